-- Audit rows go by whole months, through one function that leaves a record; what is left still adds up.
BEGIN;
\ir ../support/office.psql
\ir ../support/by_trigger.psql
SELECT no_plan();
CALL office();
CREATE FUNCTION first_of(months_ago integer) RETURNS date LANGUAGE sql AS $$ SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => months_ago))::date $$;
CREATE PROCEDURE written(day date) LANGUAGE plpgsql AS $procedure$
BEGIN
    PERFORM engine.ensure_audit_month(day);
    CALL test.by_trigger(format($$INSERT INTO sync.calendar_sync_audit (sync_id, action, "timestamp", actor, transaction_id) VALUES (test.link_id(1), 'UPDATE', %L::timestamp AT TIME ZONE 'UTC', 'x', 1)$$, day));
END
$procedure$;
CREATE FUNCTION months() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(DISTINCT right(inhrelid::regclass::text, 7), ' ' ORDER BY right(inhrelid::regclass::text, 7)) FROM pg_inherits
    WHERE inhparent IN ('sync.calendar_sync_audit'::regclass, 'sync.policy_audit'::regclass) AND right(inhrelid::regclass::text, 7) < to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')
$$;
CREATE FUNCTION named(VARIADIC months_ago integer[]) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(to_char(first_of(m), 'YYYY_MM'), ' ' ORDER BY m DESC) FROM unnest(months_ago) AS m $$;
CREATE FUNCTION verdict() RETURNS text LANGUAGE sql AS $$ SELECT coalesce((SELECT v.day || ': ' || v.problem FROM sync.verify_audit() AS v), 'all is well') $$;

CALL written(first_of(4) + 9);
CALL written(first_of(3));
CALL written(first_of(2) + 20);
SELECT is(sync.drop_audit_before(), 0, 'with keep_audit of 10 years nothing is dropped');
SELECT throws_ok(format('SELECT sync.drop_audit_before(%L)', first_of(2)), '22023', NULL, 'what keep_audit keeps cannot be dropped');
UPDATE sync.setting SET keep_audit = make_interval(days => (now() AT TIME ZONE 'UTC')::date - first_of(2));
SELECT throws_like(format('SELECT sync.drop_audit_before(%L)', first_of(2)), 'the audit of % is not sealed to its end and cannot be dropped', 'neither can what is not sealed');
SELECT is(sync.drop_audit_before(), 0, '… which housekeeping passes by');
SELECT sync.seal_audit() \g /dev/null
SELECT is(verdict(), 'all is well', 'sealed');
SELECT engine.ensure_audit_month(first_of(5)) \g /dev/null
SELECT is(sync.drop_audit_before(first_of(4)), 1, 'a month from before the first seal, in which nothing was written, goes without one');
SELECT is(months(), named(4, 3, 2), '… both tables');
SELECT is_empty('SELECT 1 FROM sync.audit_retention', '… and leaves nothing to account for');
SELECT is(verdict(), 'all is well', '… nor to miss');
SAVEPOINT half;
SELECT format('DROP TABLE sync.policy_audit_%s', to_char(first_of(3), 'YYYY_MM')) AS drop_half \gset
:drop_half;
SELECT verdict() AS verdict \gset
ROLLBACK TO half;
SELECT is(:'verdict'::text, 'all is well', 'a missing partition in which nothing was is not an alarm: the rows add up');
SELECT throws_ok(format('SELECT sync.drop_audit_before(%L)', current_date - 50), '22023', NULL, 'the setting holds for whoever asks');
SELECT first_of(3) AS day \gset
SET LOCAL ROLE calendar_sync_operator;
SELECT sync.drop_audit_before(:'day') AS dropped \gset
RESET ROLE;
SELECT is(:dropped, 1, 'the operator drops what ended before a day');
SELECT is(months(), named(3, 2), '… whole months, both tables');
SELECT results_eq('SELECT month, rows, dropped_by FROM sync.audit_retention', format('VALUES (%L::date, 1::bigint, %L)', first_of(4), session_user), '… and that is on record');
SELECT matches((SELECT table_name || ' ' || action || ' ' || row_key FROM sync.policy_audit ORDER BY id DESC LIMIT 1), '^audit_retention INSERT ' || first_of(4), '… in the audit, and so under the next seal, too');
SELECT is(verdict(), 'all is well', 'what is left adds up');
SELECT engine.ensure_audit_month(first_of(5)) \g /dev/null
SELECT is(sync.drop_audit_before(), 2, 'without a day: as much as keep_audit allows, past what needs no seal');
SELECT is(months(), named(2), '… the rest stays');
SELECT is(sync.drop_audit_before(), 0, '… once');
SELECT is((SELECT count(*) FROM sync.audit_seal WHERE day < first_of(2)) > 30, true, 'the seals of dropped days stay');
SELECT is(verdict(), 'all is well', 'and it still adds up');
SAVEPOINT made_up;
ALTER TABLE sync.audit_retention DISABLE TRIGGER append_only;
UPDATE sync.audit_retention SET rows = rows + 1 WHERE month = first_of(4);
SELECT verdict() AS verdict \gset
ROLLBACK TO made_up;
SELECT is(:'verdict', (first_of(3) - 1) || ': the record of retention does not fit the seals', 'a record with another number of rows was made up');
SELECT month AS gone, last_digest AS digest FROM sync.audit_retention ORDER BY month DESC LIMIT 1 \gset
INSERT INTO sync.audit_retention (month, rows, last_digest, dropped_by, dropped_at) VALUES (:'gone'::date + interval '40 years', 1, :'digest', 'anna', '2000-01-01');
SELECT is((SELECT format('%s %s', dropped_by, dropped_at > now()) FROM sync.audit_retention WHERE month = :'gone'::date + interval '40 years'), format('%s t', session_user), 'whoever writes a record by hand is named, with the time');
ROLLBACK TO made_up;

-- A record that is made up hides nothing.

CREATE FUNCTION made_up(months_ago integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO sync.audit_retention (month, rows, last_digest)
    SELECT first_of(months_ago), sum(s.rows), (array_agg(s.digest ORDER BY s.day DESC))[1] FROM sync.audit_seal AS s
    WHERE s.day >= first_of(months_ago) AND s.day < first_of(months_ago - 1)
$$;
SELECT format('DROP TABLE sync.calendar_sync_audit_%1$s, sync.policy_audit_%1$s', to_char(first_of(2), 'YYYY_MM')) AS drop_month \gset
SAVEPOINT made_up;
SELECT made_up(2) \g /dev/null
SELECT is(verdict(), first_of(2) || ': the record of retention is made up: it says that this month was dropped, and it is there', 'one that is written before the month is dropped');
:drop_month;
SELECT matches(verdict(), '^' || first_of(2) || ': the record of retention is made up \(by .*\): keep_audit kept this month then$', '… one of a month that could not have been dropped yet');
ROLLBACK TO made_up;
UPDATE sync.setting SET keep_audit = '100 years';
SELECT is(verdict(), 'all is well', 'keeping more from now on makes none untrue');
ROLLBACK TO made_up;
ALTER TABLE sync.audit_retention DISABLE TRIGGER stamp_retention;
INSERT INTO sync.audit_retention (month, rows, last_digest, dropped_at) VALUES (first_of(-1), 1, 'x', now() + interval '100 years');
SELECT is(verdict(), first_of(-1) || ': the record of retention is made up: it says that this month was dropped, and it is there', '… one of a month to come');
ROLLBACK TO made_up;
ALTER TABLE sync.audit_retention DISABLE TRIGGER stamp_retention;
INSERT INTO sync.audit_retention (month, rows, last_digest, dropped_at) VALUES (first_of(-5), 1, 'x', now() + interval '100 years');
SELECT is(verdict(), first_of(-5) || ': the record of retention is made up: this month is not sealed to its end, and is never dropped before', '… one of a month that has no seals');
ROLLBACK TO made_up;
ALTER TABLE sync.audit_retention DISABLE TRIGGER USER;
:drop_month;
UPDATE sync.audit_retention SET month = first_of(2), last_digest = (SELECT s.digest FROM sync.audit_seal AS s WHERE s.day = first_of(1) - 1),
    rows = (SELECT sum(s.rows) FROM sync.audit_seal AS s WHERE s.day >= first_of(2) AND s.day < first_of(1)), dropped_at = dropped_at + interval '2 months'
WHERE month = first_of(3);
SELECT ok(verdict() <> 'all is well', '… one that was changed into another month''s');
ROLLBACK TO made_up;
ALTER TABLE sync.audit_retention DISABLE TRIGGER USER;
DELETE FROM sync.audit_retention WHERE month = first_of(4);
ALTER TABLE sync.policy_audit DISABLE TRIGGER USER;
DELETE FROM sync.policy_audit WHERE table_name = 'audit_retention';
SELECT made_up(4) \g /dev/null
SELECT is(verdict(), first_of(4) || ': the record of retention is made up: the audit knows nothing of it', '… one that was written past the audit');
ROLLBACK TO made_up;
ALTER TABLE sync.audit_seal DISABLE TRIGGER USER;
SAVEPOINT before;
UPDATE sync.audit_seal SET rows = rows + 1 WHERE day = first_of(4) + 12;
SELECT verdict() AS verdict \gset
ROLLBACK TO before;
SELECT is(:'verdict', first_of(4) + 12 || ': the seal was changed', 'a seal of a dropped day is still guarded by the chain');

SELECT * FROM finish();
ROLLBACK;
