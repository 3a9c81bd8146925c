-- ops/handbook/audit.md: each closed day is sealed, the seals are chained, and sync.verify_audit() names the first day that does not add up.
BEGIN;
\ir ../support/office.psql
\ir ../support/by_trigger.psql
SELECT no_plan();
SET LOCAL TimeZone = 'Pacific/Auckland';

CREATE FUNCTION today() RETURNS date LANGUAGE sql AS $$ SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date $$;
CREATE PROCEDURE written(days_ago integer, rows integer DEFAULT 3) LANGUAGE plpgsql AS $$
DECLARE
    noon timestamptz := ((today() - days_ago)::timestamp + interval '12 hours') AT TIME ZONE 'UTC';
BEGIN
    PERFORM engine.ensure_audit_month((noon AT TIME ZONE 'UTC')::date);
    CALL test.by_trigger(format($insert$
        INSERT INTO sync.calendar_sync_audit (sync_id, action, "timestamp", employee_kuerzel, actor, transaction_id, new_values)
        SELECT test.link_id(i), 'UPDATE', %1$L::timestamptz + i * interval '1 minute', 'SB', 'calendar_sync_user', i, jsonb_build_object('attempts', i) FROM generate_series(1, %2$s) AS i;
        INSERT INTO sync.policy_audit (table_name, row_key, action, "timestamp", actor, transaction_id, new_values)
        VALUES ('employee', 'SB', 'UPDATE', %1$L, 'boss', 7, '{"paused": true}') $insert$, noon, rows));
END
$$;
-- The verdict after somebody with a superuser's means did this; undone afterwards.
CREATE FUNCTION verdict_after(tampering text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    ALTER TABLE sync.calendar_sync_audit DISABLE TRIGGER USER;
    ALTER TABLE sync.policy_audit DISABLE TRIGGER USER;
    ALTER TABLE sync.audit_seal DISABLE TRIGGER USER;
    ALTER TABLE sync.audit_retention DISABLE TRIGGER USER;
    EXECUTE tampering;
    SELECT (today() - v.day) || ' days ago: ' || v.problem INTO said FROM sync.verify_audit() AS v;
    RAISE EXCEPTION 'undo' USING ERRCODE = 'CS999';
EXCEPTION WHEN SQLSTATE 'CS999' THEN
    RETURN coalesce(said, 'all is well');
END
$$;
CREATE FUNCTION seals() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg((today() - s.day) || ':' || s.rows, ' ' ORDER BY s.day) FROM sync.audit_seal AS s
$$;

-- Sealing.

SELECT is(sync.seal_audit(), 0, 'without a closed day there is nothing to seal');
CALL written(5);
CALL written(3, 1);
CALL written(1);
UPDATE sync.setting SET brake_count = 12;
SELECT is(verdict_after(), '5 days ago: not sealed, although it ended more than three days ago: sync.housekeeping tells whether sealing was stopped or fails', 'a day with rows that nobody sealed');
SELECT is(sync.seal_audit(at_most => 2), 2, 'a few days at a time');
SELECT is(seals(), '5:4 4:0', '… oldest first, days without rows too, both audit tables together');
SELECT is(sync.seal_audit() >= 2, true, 'the rest');
-- In the first ten minutes of a day the day before is still open.
SELECT is(seals(), '5:4 4:0 3:2 2:0' || CASE WHEN (SELECT count(*) FROM sync.audit_seal) = 5 THEN ' 1:4' ELSE '' END, '… up to yesterday, never today');
SELECT is(sync.seal_audit(), 0, 'once');
SELECT is_empty($$SELECT 1 FROM (SELECT s.*, lag(s.digest) OVER (ORDER BY s.day) AS before FROM sync.audit_seal AS s) AS s WHERE s.previous_digest IS DISTINCT FROM s.before$$, 'each seal names the one before');
SELECT is(verdict_after(), 'all is well', 'what nobody touched adds up');

-- Nobody gets past a seal, or past the triggers that know who did what.

SELECT throws_ok(s, '55000', NULL, 'a row that no trigger wrote is refused, also to a superuser: ' || s) FROM unnest(ARRAY[
    $$INSERT INTO sync.calendar_sync_audit (sync_id, action, actor, transaction_id) VALUES (gen_random_uuid(), 'UPDATE', 'somebody else', 1)$$,
    $$INSERT INTO sync.policy_audit (table_name, row_key, action, actor, transaction_id) VALUES ('setting', 'true', 'UPDATE', 'somebody else', 1)$$,
    format($$INSERT INTO sync.policy_audit_%s (table_name, row_key, action, actor, transaction_id) VALUES ('setting', 'true', 'UPDATE', 'somebody else', 1)$$, to_char(today(), 'YYYY_MM'))]) AS s;
SELECT throws_ok('CALL test.written(3)', '55000', NULL, 'rows for a sealed day are refused, also to a superuser');
SELECT throws_ok('CALL test.written(4)', '55000', NULL, '… for one without rows too');
SELECT throws_ok('CALL test.written(6)', '55000', NULL, '… and for one before the first');
INSERT INTO sync.audit_seal SELECT today(), 0, digest, digest, now(), digest FROM sync.audit_seal ORDER BY day DESC LIMIT 1;
UPDATE sync.setting SET brake_count = 13;
SELECT is("timestamp", (today() + 1)::timestamp AT TIME ZONE 'UTC', 'a change on a day that is sealed already (a clock was set back) goes to the next one, and its clocks tell') FROM sync.policy_audit ORDER BY id DESC LIMIT 1;
ALTER TABLE sync.audit_seal DISABLE TRIGGER USER;
DELETE FROM sync.audit_seal WHERE day = today();
ALTER TABLE sync.audit_seal ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE sync.audit_seal ENABLE ALWAYS TRIGGER append_only_truncate;
CREATE FUNCTION as_replica(statement text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN SET LOCAL session_replication_role = replica; EXECUTE statement; END $$;
SELECT throws_ok(s, '55000', NULL, 'append-only: ' || s)
FROM unnest(ARRAY['sync.audit_seal', 'sync.audit_retention']) AS t, unnest(ARRAY['DELETE FROM ' || t, 'TRUNCATE ' || t, 'UPDATE ' || t || ' SET rows = rows']) AS s
WHERE t = 'sync.audit_seal' OR s LIKE 'TRUNC%';
SELECT throws_ok($$SELECT test.as_replica('DELETE FROM sync.audit_seal')$$, '55000', NULL, '… under session_replication_role = replica too');
SET LOCAL session_replication_role = origin;
SET LOCAL ROLE calendar_sync_owner;
SELECT throws_ok('UPDATE sync.audit_seal SET rows = 0', '55000', NULL, '… to the owner too');
RESET ROLE;

-- verify_audit names the first day that does not add up.

CREATE FUNCTION on_day(days_ago integer) RETURNS text LANGUAGE sql AS $$ SELECT format('"timestamp"::date = %L', (today() - days_ago)::text) $$;
SET LOCAL TimeZone = 'UTC';
SELECT is(verdict_after('UPDATE sync.calendar_sync_audit SET new_values = ''{"attempts": 9}'' WHERE transaction_id = 1 AND ' || on_day(5)), '5 days ago: rows were changed', 'a row changed');
SELECT is(verdict_after('UPDATE sync.policy_audit SET actor = ''nobody'' WHERE ' || on_day(3)), '3 days ago: rows were changed', 'who it was changed');
SELECT is(verdict_after('UPDATE sync.calendar_sync_audit SET "timestamp" = "timestamp" + interval ''1 microsecond'' WHERE ' || on_day(3)), '3 days ago: rows were changed', 'when it was changed by a microsecond');
SELECT is(verdict_after(format('UPDATE sync.calendar_sync_audit SET %s WHERE %s', change, on_day(3))), '3 days ago: rows were changed', change)
FROM unnest(ARRAY['sync_id = gen_random_uuid()', 'action = ''INSERT''', 'employee_kuerzel = NULL', 'run_id = 1', 'phase = 1', 'application = ''x''', 'transaction_id = 99', 'old_values = ''{}''',
    'login = ''x''', 'statement_at = now()', 'written_at = now()', 'id = -id']) AS change;
SELECT is(verdict_after(format('UPDATE sync.calendar_sync_audit SET %s WHERE %s', change, on_day(3))), '3 days ago: rows were changed', 'what reports go by is no way around the seal: ' || change)
FROM unnest(ARRAY['day = day - 1', 'change = ''policy''', 'change = NULL']) AS change;
SELECT is(verdict_after('DELETE FROM sync.calendar_sync_audit WHERE transaction_id = 2 AND ' || on_day(5)), '5 days ago: rows were removed: 4 sealed, 3 there', 'a row removed');
SELECT is(verdict_after('CALL test.written(4, 1)'), '4 days ago: rows were added: 0 sealed, 2 there', 'rows added to a day that had none');
SELECT is(verdict_after('CALL test.written(9)'), '9 days ago: rows from before the first seal: rows were added, or the first seals removed', 'rows added before the first');
SELECT is(verdict_after('UPDATE sync.calendar_sync_audit SET new_values = NULL WHERE ' || on_day(3) || '; UPDATE sync.audit_seal SET (rows, rows_digest) = (SELECT d.rows, d.rows_digest FROM engine.audit_day_digest(day) AS d) WHERE ' || replace(on_day(3), '"timestamp"::date', 'day')),
    '3 days ago: the seal was changed', 'a seal made to fit changed rows');
SELECT is(verdict_after('UPDATE sync.calendar_sync_audit SET new_values = NULL WHERE ' || on_day(3) || '; UPDATE sync.audit_seal SET (rows, rows_digest) = (SELECT d.rows, d.rows_digest FROM engine.audit_day_digest(day) AS d) WHERE ' || replace(on_day(3), '"timestamp"::date', 'day')
    || '; UPDATE sync.audit_seal SET digest = engine.audit_seal_digest(day, rows, rows_digest, previous_digest, sealed_at) WHERE ' || replace(on_day(3), '"timestamp"::date', 'day')),
    '2 days ago: the chain is broken: previous_digest is not the digest of the day before', '… and its digest with it');
SELECT is(verdict_after('UPDATE sync.audit_seal SET sealed_at = sealed_at - interval ''1 day'' WHERE ' || replace(on_day(4), '"timestamp"::date', 'day')), '4 days ago: the seal was changed', 'when it was sealed changed');
SELECT is(verdict_after('DELETE FROM sync.audit_seal WHERE ' || replace(on_day(4), '"timestamp"::date', 'day')), '4 days ago: the seal is missing', 'a seal removed');
SELECT is(verdict_after('DELETE FROM sync.audit_seal WHERE ' || replace(on_day(5), '"timestamp"::date', 'day')), '5 days ago: rows from before the first seal: rows were added, or the first seals removed', 'the first seal removed');
SELECT is(verdict_after('DELETE FROM sync.audit_seal WHERE ' || replace(on_day(5), '"timestamp"::date', 'day') || '; DELETE FROM sync.calendar_sync_audit WHERE ' || on_day(5) || '; DELETE FROM sync.policy_audit WHERE ' || on_day(5)),
    '4 days ago: the first seals are missing: this one continues an earlier one', '… with its rows');
SELECT is(verdict_after(format('DROP TABLE sync.calendar_sync_audit_%1$s, sync.policy_audit_%1$s', to_char(today() - 5, 'YYYY_MM'))),
    '5 days ago: the partitions of this month are missing, and sync.audit_retention has no record of it', 'a month dropped by hand');
SELECT is(verdict_after(format('DROP TABLE sync.policy_audit_%1$s', to_char(today() - 5, 'YYYY_MM'))), '5 days ago: a partition of this month is missing', '… or half of it');
SELECT is(verdict_after(format('INSERT INTO sync.audit_retention (month, rows, last_digest) VALUES (%L, 0, ''x''); UPDATE sync.calendar_sync_audit SET new_values = NULL WHERE %s', date_trunc('month', (today() - 5)::timestamp)::date, on_day(5))),
    '5 days ago: rows were changed', 'a made-up record of retention hides nothing');

-- The same digests everywhere, for good.

SELECT engine.ensure_audit_month('2031-03-30') \g /dev/null
CALL by_trigger($insert$
INSERT INTO sync.calendar_sync_audit (id, sync_id, action, "timestamp", employee_kuerzel, run_id, phase, actor, application, transaction_id, old_values, new_values, statement_at, written_at) VALUES
    (2, '0b8f2a52-3c58-4d5e-9a63-0f3f7f0f1a2b', 'UPDATE', '2031-03-30 00:59:59.123456+00', 'MÜ', 7, 4, 'calendar_sync_user', 'calendar-sync', 4711,
        '{"last_sync": "2031-03-30T00:00:00+00:00", "attempts": 1}', '{"attempts": 0, "last_error": "say \"ü\"\n"}', '2031-03-30 00:59:59.1+00', '2031-03-30 01:00:00+00'),
    (1, '0b8f2a52-3c58-4d5e-9a63-0f3f7f0f1a2b', 'INSERT', '2031-03-30 00:30:00+00', 'MÜ', NULL, NULL, 'boss', NULL, 4710, NULL, '{"brake_share": 20.00, "paused": false}', NULL, NULL);
INSERT INTO sync.policy_audit (id, table_name, row_key, action, "timestamp", actor, application, transaction_id, old_values, new_values, login) OVERRIDING SYSTEM VALUE VALUES
    (1, 'setting', 'true', 'UPDATE', '2031-03-30 23:59:59.999999+00', 'boss', 'psql', 4712, '{"in_doubt_wait": "00:02:00"}', '{"in_doubt_wait": "00:03:00"}', 'root');
$insert$);
SELECT is((SELECT d::text FROM engine.audit_day_digest('2031-03-30') AS d), '(3,c7c3343f1af48a0e240fa676f413d1810a86cff7e4f3598a08560f1c73ebe395)', 'a day''s digest is what anybody computes from its rows');
SET LOCAL TimeZone = 'America/New_York';
SET LOCAL DateStyle = 'German';
SET LOCAL IntervalStyle = 'iso_8601';
SET LOCAL bytea_output = 'escape';
SET LOCAL extra_float_digits = -5;
SELECT is((SELECT d::text FROM engine.audit_day_digest('2031-03-30') AS d), '(3,c7c3343f1af48a0e240fa676f413d1810a86cff7e4f3598a08560f1c73ebe395)', '… in any time zone and style');
SELECT is(engine.audit_seal_digest('2031-03-30', 3, 'a', NULL, '2031-03-31 00:10:00.5+00'), '5e174780cfc67b3486a34662959fc26be3dc730f5ab9da27646c28223f77e20f', 'so is a seal''s');
SELECT is(verdict_after(), 'all is well', '… and the chain');

SELECT * FROM finish();
ROLLBACK;
