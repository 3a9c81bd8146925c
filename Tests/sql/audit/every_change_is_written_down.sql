-- ops/handbook/audit.md: every change of a link and of policy is written down, without fingerprints, and nobody rewrites it.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
SET LOCAL application_name = 'a test';

-- Links.

CALL linked(1, 'google');
SELECT is((a.action, a.employee_kuerzel, a.run_id, a.phase, a.actor = session_user, a.application, a.old_values, a.transaction_id = pg_current_xact_id()::text::bigint, a.timestamp = now())::text,
    ('INSERT', 'SB', NULL, NULL, true, 'a test', NULL, true, true)::text, 'a new link: who, by which application, in which transaction, when')
FROM sync.calendar_sync_audit AS a WHERE a.sync_id = link_id(1);
SELECT is(a.new_values ->> 'advoware_frnr', '1', '… and all its values') FROM sync.calendar_sync_audit AS a WHERE a.sync_id = link_id(1);
UPDATE sync.calendar_sync SET advoware_write_allowed = false WHERE sync_id = link_id(1);
SELECT results_eq($$SELECT action::text, old_values, new_values FROM sync.calendar_sync_audit WHERE sync_id = test.link_id(1) ORDER BY id DESC LIMIT 1$$,
    $$VALUES ('UPDATE', '{"advoware_write_allowed": true}'::jsonb, '{"advoware_write_allowed": false}'::jsonb)$$, 'a change: old and new values of what changed, and of nothing else');
SELECT count(*) AS rows FROM sync.calendar_sync_audit \gset
UPDATE sync.calendar_sync SET advoware_write_allowed = false WHERE sync_id = link_id(1);
SELECT is((SELECT count(*) FROM sync.calendar_sync_audit), :rows::bigint, 'an update that changes nothing leaves no row');
SELECT is_empty($$SELECT 1 FROM sync.calendar_sync_audit, jsonb_each(coalesce(new_values, '{}') || coalesce(old_values, '{}')) AS v
    WHERE v.key ~ 'fingerprint|etag|token|basis'$$, 'no fingerprint, etag or token');
UPDATE sync.calendar_sync SET advoware_write_allowed = true WHERE sync_id = link_id(1);
CALL event_is('e1', 'lunch@ten');
CALL sync_once(4);
SELECT results_eq($$SELECT DISTINCT run_id, phase::integer FROM sync.calendar_sync_audit WHERE sync_id = test.link_id(1) AND run_id IS NOT NULL AND phase IS NOT NULL$$,
    $$SELECT test.run_id(), 4$$, 'what a run does names the run and the phase');
SELECT is_empty($$SELECT 1 FROM sync.calendar_sync_audit, jsonb_each(coalesce(new_values, '{}') || coalesce(old_values, '{}')) AS v
    WHERE v.key ~ 'fingerprint|etag|token|basis' OR v.value::text ~ '1:k1:'$$, '… still without fingerprints');
DELETE FROM sync.action;
DELETE FROM sync.calendar_sync WHERE sync_id = link_id(1);
SELECT results_eq($$SELECT action::text, old_values ->> 'google_event_id', new_values FROM sync.calendar_sync_audit WHERE sync_id = test.link_id(1) ORDER BY id DESC LIMIT 1$$,
    $$VALUES ('DELETE', 'e1', NULL::jsonb)$$, 'a row that is deleted leaves all its values');
CREATE FUNCTION as_role(role text, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('role', role, true);
    EXECUTE statement;
    PERFORM set_config('role', 'none', true);
END
$$;
CALL linked(2, 'google');
SELECT as_role('calendar_sync_operator', format('UPDATE sync.calendar_sync SET advoware_write_allowed = false WHERE sync_id = %L', link_id(2))) \g /dev/null
SELECT is((SELECT actor FROM sync.calendar_sync_audit WHERE sync_id = link_id(2) ORDER BY id DESC LIMIT 1), session_user::text, 'SET ROLE is seen through: the actor is who logged in');

SELECT link_id(2) AS link \gset
SELECT ok("timestamp" = now() AND statement_at >= now() AND written_at BETWEEN statement_at AND clock_timestamp() AND day = (now() AT TIME ZONE 'Europe/Berlin')::date AND login IS NULL, 'three clocks, and the day in Berlin')
FROM sync.calendar_sync_audit ORDER BY id DESC LIMIT 1;
SET LOCAL SESSION AUTHORIZATION calendar_sync_operator;
UPDATE sync.calendar_sync SET advoware_write_allowed = true WHERE sync_id = :'link';
RESET SESSION AUTHORIZATION;
SELECT results_eq('SELECT actor, login FROM sync.calendar_sync_audit ORDER BY id DESC LIMIT 1', format('VALUES (''calendar_sync_operator'', %L)', session_user), 'a superuser who goes by another name is named too');
SELECT results_eq('SELECT change FROM sync.calendar_sync_audit WHERE sync_id = test.link_id(1) OR sync_id = test.link_id(2) GROUP BY 1 ORDER BY 1', $$VALUES ('new'), ('policy'), ('removed'), ('settled')$$, 'each row says what kind of change it was');
SET LOCAL TimeZone = 'Asia/Tokyo';
UPDATE sync.calendar_sync SET next_attempt_at = '2030-06-01 12:00:00+00' WHERE sync_id = link_id(2);
SELECT is(new_values ->> 'next_attempt_at', '2030-06-01T12:00:00+00:00', 'values are the same whatever the session''s time zone') FROM sync.calendar_sync_audit ORDER BY id DESC LIMIT 1;
RESET TimeZone;
SELECT throws_ok('TRUNCATE ' || t || ' CASCADE', '55000', NULL, 'TRUNCATE would pass by the audit: ' || t)
FROM unnest(ARRAY['sync.calendar_sync', 'sync.employee', 'sync.setting', 'sync.job', 'sync.approval']) AS t;

-- Policy and schedule.

CREATE FUNCTION last_policy() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', table_name, row_key, action, old_values::text, new_values::text) FROM sync.policy_audit ORDER BY id DESC LIMIT 1
$$;
UPDATE sync.setting SET brake_count = 12;
SELECT is(last_policy(), 'setting true UPDATE {"brake_count": 10} {"brake_count": 12}', 'a change of a setting');
UPDATE sync.employee SET paused = true WHERE kuerzel = 'SB';
SELECT is(last_policy(), 'employee SB UPDATE {"paused": false} {"paused": true}', 'a change of an employee''s policy');
INSERT INTO sync.approval (run_id, employee_kuerzel, kind) VALUES (1, 'SB', 'delete_event');
SELECT matches(last_policy(), '^approval [0-9]+ INSERT ', 'an approval');
INSERT INTO sync.job (jobname, schedule) VALUES ('nightly', '15 3 * * *');
SELECT matches(last_policy(), '^job [0-9]+ INSERT .*"schedule": "15 3', 'a new job');
SELECT count(*) AS rows FROM sync.policy_audit \gset
UPDATE sync.job SET last_run_at = now(), next_run_at = now() + interval '1 day', ticks_skipped = 1;
UPDATE sync.employee SET last_good_sync = now();
SELECT is((SELECT count(*) FROM sync.policy_audit), :rows::bigint, 'what only runs change is not a policy');
DELETE FROM sync.job;
SELECT matches(last_policy(), '^job [0-9]+ DELETE ', 'a job that is deleted');
SET LOCAL ROLE calendar_sync_operator;
UPDATE sync.housekeeping SET next_at = 'infinity';
RESET ROLE;
SELECT matches(last_policy(), '^housekeeping true UPDATE .*{"next_at": "infinity"}$', 'when housekeeping and sealing are due, set by a person');
SELECT count(*) AS rows FROM sync.policy_audit \gset
UPDATE sync.housekeeping SET next_at = '2020-01-01';
SELECT is((SELECT count(*) FROM sync.policy_audit), :rows + 1::bigint, '… a superuser too');
SELECT engine.use_idle_time() \g /dev/null
SELECT is((SELECT (count(*), max(h.next_at) > now()) FROM sync.policy_audit, sync.housekeeping AS h), (:rows + 1::bigint, true), '… not what housekeeping sets itself');
SELECT set_config('sync.run_id', '17', true), set_config('sync.phase', '2', true) \g /dev/null
UPDATE sync.employee SET anonymize = true;
SELECT is((run_id, phase, application, actor = session_user)::text, '(17,2,"a test",t)', 'what a run changes in a policy names run and phase') FROM sync.policy_audit ORDER BY id DESC LIMIT 1;
SELECT set_config('sync.run_id', '', true), set_config('sync.phase', '', true) \g /dev/null
SELECT set_config('sync.run_id', 'seven', true), set_config('sync.phase', '5000000000', true) \g /dev/null
UPDATE sync.employee SET anonymize = false;
UPDATE sync.calendar_sync SET attempts = attempts + 1 WHERE sync_id = link_id(2);
SELECT is((p.run_id, p.phase, c.run_id, c.phase)::text, '(,,,)', 'what is no run and no phase is none, and stops nobody''s change')
FROM (SELECT * FROM sync.policy_audit ORDER BY id DESC LIMIT 1) AS p, (SELECT * FROM sync.calendar_sync_audit ORDER BY id DESC LIMIT 1) AS c;
SELECT set_config('sync.run_id', '17', true), set_config('sync.phase', '2', true) \g /dev/null
SET LOCAL SESSION AUTHORIZATION calendar_sync_operator;
UPDATE sync.employee SET anonymize = true;
UPDATE sync.calendar_sync SET sync_strategy = 'last_change_wins' WHERE sync_id = :'link';
RESET SESSION AUTHORIZATION;
SELECT is((p.actor, p.run_id, p.phase, c.actor, c.run_id, c.phase)::text, '(calendar_sync_operator,,,calendar_sync_operator,,)', 'an operator cannot pass for the sync')
FROM (SELECT * FROM sync.policy_audit ORDER BY id DESC LIMIT 1) AS p, (SELECT * FROM sync.calendar_sync_audit ORDER BY id DESC LIMIT 1) AS c;
SET LOCAL SESSION AUTHORIZATION calendar_sync_user;
SELECT set_config('sync.run_id', '17', true), set_config('sync.phase', '2', true) \g /dev/null
SELECT engine.store_employees('{SB,NEU}', false) \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT is((actor, run_id, phase)::text, '(calendar_sync_user,17,2)', 'a listener''s transaction names its run') FROM sync.policy_audit ORDER BY id DESC LIMIT 1;
SELECT set_config('sync.run_id', '', true), set_config('sync.phase', '', true) \g /dev/null
SET LOCAL IntervalStyle = 'iso_8601';
UPDATE sync.setting SET in_doubt_wait = '3 minutes';
SELECT is(last_policy(), 'setting true UPDATE {"in_doubt_wait": "00:02:00"} {"in_doubt_wait": "00:03:00"}', 'intervals are written the same way whatever the session''s style');

-- Nobody rewrites it: not the owner, not with triggers for replicas only, not through a partition.

CREATE FUNCTION partition_of(parent regclass) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT tableoid::regclass::text FROM (SELECT tableoid FROM sync.calendar_sync_audit WHERE parent = 'sync.calendar_sync_audit'::regclass
        UNION SELECT tableoid FROM sync.policy_audit WHERE parent = 'sync.policy_audit'::regclass) AS p LIMIT 1
$$;
CREATE FUNCTION replica(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL session_replication_role = replica;
    EXECUTE statement;
END
$$;
SELECT throws_ok(format('SELECT test.as_role(%L, %L)', 'calendar_sync_owner', statement), '55000', NULL, 'the owner may not: ' || split_part(statement, ' SET', 1))
FROM unnest(ARRAY['sync.calendar_sync_audit', 'sync.policy_audit', partition_of('sync.calendar_sync_audit'), partition_of('sync.policy_audit')]) AS name,
    format('UPDATE %s SET actor = ''somebody''', name) AS changing, format('DELETE FROM %s', name) AS removing, format('TRUNCATE %s', name) AS emptying,
    unnest(ARRAY[changing, removing, emptying]) AS statement;
SELECT throws_ok(format('SELECT test.replica(%L)', statement), '55000', NULL, 'session_replication_role = replica does not help: ' || split_part(statement, ' SET', 1))
FROM unnest(ARRAY['sync.calendar_sync_audit', 'sync.policy_audit', partition_of('sync.calendar_sync_audit'), partition_of('sync.policy_audit')]) AS name,
    format('UPDATE %s SET actor = ''somebody''', name) AS changing, format('DELETE FROM %s', name) AS removing, format('TRUNCATE %s', name) AS emptying,
    unnest(ARRAY[changing, removing, emptying]) AS statement;
SELECT count(*) AS rows FROM sync.calendar_sync_audit \gset
SELECT replica(format('UPDATE sync.calendar_sync SET last_error = ''x'' WHERE sync_id = %L', link_id(2))) \g /dev/null
SET LOCAL session_replication_role = origin;
SELECT is((SELECT count(*) FROM sync.calendar_sync_audit), :rows + 1::bigint, '… and what is changed under it is written down');

-- Partitions.

SELECT ok((SELECT count(*) FROM pg_inherits WHERE inhparent = parent::regclass) >= 4, 'partitions of ' || parent || ' are made ahead of time')
FROM unnest(ARRAY['sync.calendar_sync_audit', 'sync.policy_audit']) AS parent;
SELECT engine.ensure_audit_month('2031-05-17') \g /dev/null
SELECT engine.ensure_audit_month('2031-05-18') \g /dev/null
SELECT is(pg_get_expr(relpartbound, oid), 'FOR VALUES FROM (''2031-05-01 00:00:00+00'') TO (''2031-06-01 00:00:00+00'')', 'one per month, in UTC') FROM pg_class WHERE oid = 'sync.policy_audit_2031_05'::regclass;
SELECT has_table('sync', 'calendar_sync_audit_2031_05', '… of both tables together');
SELECT is_empty($$SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent IN ('sync.calendar_sync_audit'::regclass, 'sync.policy_audit'::regclass)
    AND (SELECT count(*) FROM pg_trigger WHERE tgrelid = inhrelid AND (tgname LIKE 'append_only%' OR tgname = 'lock_audit_day') AND tgenabled = 'A') <> 3$$, 'every partition is guarded like its parent');
SELECT format('DROP TABLE sync.%I', 'policy_audit_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')), 'sync.policy_audit_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM') AS part \gset part_
:part_format;
UPDATE sync.setting SET brake_count = 14;
SELECT is((SELECT tableoid::regclass::text FROM sync.policy_audit ORDER BY id DESC LIMIT 1), replace(:'part_part', 'sync.', ''), 'a partition that is missing is made when it is needed');
SELECT throws_ok('DELETE FROM ' || :'part_part', '55000', NULL, '… and guarded like the others');
SELECT throws_ok('TRUNCATE ' || :'part_part', '55000', NULL, '… against TRUNCATE too');

SELECT * FROM finish();
ROLLBACK;
