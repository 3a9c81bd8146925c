-- What is old and over is removed; what anybody still needs stays, however old it is.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();

-- Everything that has ended ended that much earlier.
CREATE PROCEDURE time_passes(how_long interval) LANGUAGE sql AS $$
    UPDATE sync.request SET requested_at = requested_at - how_long, finished_at = finished_at - how_long;
    UPDATE sync.run SET created_at = created_at - how_long, finished_at = finished_at - how_long;
    UPDATE sync.action SET planned_at = planned_at - how_long, finished_at = finished_at - how_long, doubted_at = doubted_at - how_long;
    UPDATE sync.seen SET observed_at = observed_at - how_long;
$$;
CREATE FUNCTION housekept() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    WHILE sync.housekeeping() > 0 LOOP
    END LOOP;
    RETURN (SELECT count(*) FROM sync.request) || ' requests, ' || (SELECT count(*) FROM sync.run) || ' runs, ' || (SELECT count(*) FROM sync.action) || ' actions';
END
$$;
CREATE FUNCTION there(run bigint) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM sync.run AS r JOIN sync.request AS q ON q.request_id = r.request_id WHERE r.run_id = there.run)
$$;
-- A run with one action in this state.
CREATE FUNCTION a_run(status text, result text DEFAULT NULL, kind text DEFAULT 'create_termin', dry boolean DEFAULT false) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
BEGIN
    CALL start_run(dry_run => dry);
    INSERT INTO sync.action (run_id, phase, kind, reason, status, result, employee_kuerzel) VALUES (run_id(), 2, a_run.kind, 'a test', 'done', NULL, 'SB')
    RETURNING action_id INTO made;
    PERFORM engine.finish_run(run_id(), fence(), NULL);
    UPDATE sync.action AS t SET status = a_run.status, result = a_run.result, doubted_at = clock_timestamp() WHERE t.action_id = made;
    RETURN run_id();
END
$$;

-- What goes

CALL termin_is(1, 'talk@nine');
CALL sync_once();
CALL time_passes('100 days');
CALL sync_once();
SELECT is(housekept(), '1 requests, 1 runs, 0 actions', 'a finished request is removed with its runs and actions once it is older than keep_runs (90 days)');
SELECT is(link_says(l.sync_id), 'synced', 'its links stay') FROM sync.calendar_sync AS l;
SELECT isnt_empty('SELECT 1 FROM sync.calendar_sync_audit', 'and so does what the audit says of them');
SELECT is((SELECT array[actions_removed, runs_removed, requests_removed] FROM sync.housekeeping), array[1, 1, 1]::bigint[], 'how many of each were removed is on record');

CALL sync_once();
CALL time_passes('89 days');
CALL sync_once();
SELECT is(housekept(), '3 requests, 3 runs, 0 actions', 'what is younger than keep_runs stays');
UPDATE sync.setting SET keep_runs = '80 days';
SELECT is(housekept(), '1 requests, 1 runs, 0 actions', 'keep_runs is obeyed');

CALL time_passes('400 days');
SELECT is(housekept(), '1 requests, 1 runs, 0 actions', 'the last run of an employee stays, however old');
SELECT is((SELECT last_run_status FROM bi.health), 'done', 'so that bi.health can say how it ended');
CALL start_run(dry_run => true);
SELECT engine.dry_run(run_id(), fence(), reading() || jsonb_build_object('observed_at', clock_timestamp())) \g /dev/null
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
SELECT is(housekept(), '2 requests, 2 runs, 0 actions', 'a dry run does not take its place');

SELECT is(sync.housekeeping(), 0::bigint, 'a second pass finds nothing to remove');

-- What stays

CREATE TABLE kept AS SELECT a_run(s) AS run, s AS status FROM unnest(ARRAY['held', 'in_doubt', 'done', 'failed', 'superseded', 'refused', 'cancelled']) AS s;
CREATE TABLE dry AS SELECT a_run(s, dry => true) AS run, s AS status FROM unnest(ARRAY['planned', 'held']) AS s;
SELECT a_run('failed', 'late_answer') AS late, a_run('failed', 'given_up') AS given_up, a_run('refused', 'series_not_representable') AS unusable \gset
UPDATE sync.action SET attempt = CASE result WHEN 'given_up' THEN 'given_up' ELSE 'late' END::sync.attempt_state WHERE result IN ('late_answer', 'given_up');
UPDATE sync.action SET basis = 'x', google_event_id = 'series' WHERE result = 'series_not_representable';
SELECT engine.store_entries('SB', 'google', clock_timestamp(), '[{"id": "series", "unusable": "series_not_representable", "present": true}]') \g /dev/null
-- Somebody reads every day: only what is over grows old.
CREATE FUNCTION later_still(how_long interval) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    CALL time_passes(how_long);
    PERFORM a_run('done');
    RETURN housekept();
END
$$;
SELECT later_still('79 days') \g /dev/null
UPDATE sync.action SET doubted_at = clock_timestamp() WHERE result = 'given_up';
SELECT later_still('1 hour') \g /dev/null
SELECT ok(bool_and(there(run)), 'nothing goes before its time') FROM kept;
UPDATE sync.setting SET keep_runs = '1 day';
SELECT later_still('1 hour') \g /dev/null
SELECT is(there(run), status IN ('held', 'in_doubt'), format('the run of an action that is %s %s', status, CASE WHEN status IN ('held', 'in_doubt') THEN 'stays: it is not over' ELSE 'goes' END))
FROM kept;
SELECT is(there(run), false, format('a %s row of a dry run is a plan and no more: it goes', status)) FROM dry;
SELECT is(there(:given_up), true, 'an attempt given up within the last day stays: its Termin may still turn up (rules 5)');
SELECT later_still('30 days') \g /dev/null
SELECT is(there(:given_up), true, '… after days, too, as long as no reading has ended the search');
UPDATE sync.action SET result = 'never_arrived', attempt = 'never_arrived' WHERE result = 'given_up';
SELECT later_still('1 hour') \g /dev/null
SELECT is(there(:given_up), false, 'and goes after that');
SELECT is(there(:late), true, 'an attempt that answered late stays for good: its Termin is never copied onward (rules 5)');
SELECT is(there(:unusable), true, 'the refusal of an entry that is still there stays, or it would be said again and again');
UPDATE sync.seen SET unusable = NULL, observed_at = clock_timestamp() WHERE entry_id = 'series';
SELECT later_still('1 hour') \g /dev/null
SELECT is(there(:unusable), false, 'and goes when the entry can be carried, or is gone');

-- Requests

INSERT INTO sync.request DEFAULT VALUES;
INSERT INTO sync.request DEFAULT VALUES;
UPDATE sync.request SET status = 'merged', merged_into = (SELECT min(request_id) FROM sync.request WHERE status = 'waiting'), claimed_at = now()
WHERE request_id = (SELECT max(request_id) FROM sync.request WHERE status = 'waiting');
UPDATE sync.request SET requested_at = now() - interval '1 year' WHERE status IN ('waiting', 'merged');
SELECT housekept() \g /dev/null
SELECT set_eq('SELECT status FROM sync.request WHERE status IN (''waiting'', ''merged'')', ARRAY['waiting', 'merged'], 'a request that waits stays however long it has been waiting, and so do those merged with it');
SELECT sync.cancel_request(request_id) FROM sync.request WHERE status IN ('waiting', 'merged') ORDER BY request_id DESC \g /dev/null
SELECT engine.accept_notification('nonsense') \g /dev/null
CALL time_passes('2 days');
SELECT housekept() \g /dev/null
SELECT is_empty('SELECT 1 FROM sync.request WHERE status IN (''cancelled'', ''rejected'', ''merged'')', 'cancelled and rejected requests go, those merged with others too');

-- Entries and listeners

DELETE FROM sync.seen;
DELETE FROM sync.calendar_sync;
CALL linked(1, 'google');
CALL linked(2);
SELECT engine.store_entries('SB', 'advoware', clock_timestamp(), '[{"id": "1", "present": false}, {"id": "2", "present": false}, {"id": "7", "present": false}, {"id": "8", "fingerprint": "x"}]', 'gone') \g /dev/null
SELECT engine.store_entries('SB', 'google', clock_timestamp(),
    jsonb_build_array(jsonb_build_object('id', event_id(2), 'present', false)) || '[{"id": "e1", "present": false}, {"id": "e7", "present": false}, {"id": "e8", "fingerprint": "x"},
    {"id": "s", "is_series": true, "present": false}, {"id": "s_1", "master_id": "s", "fingerprint": "x"}, {"id": "s_2", "master_id": "s", "present": false}]', 'cancelled') \g /dev/null
UPDATE sync.calendar_sync SET deleted = true WHERE advoware_frnr = 2;
SELECT housekept() \g /dev/null
SELECT isnt_empty('SELECT 1 FROM sync.seen WHERE entry_id = ''e7''', 'an entry that has just gone stays');
CALL time_passes('2 days');
UPDATE sync.seen SET observed_at = clock_timestamp() WHERE present;
SELECT housekept() \g /dev/null
SELECT set_eq('SELECT entry_id FROM sync.seen', ARRAY['1', '8', 'e1', 'e8', 's', 's_1'],
    'of entries long gone only those go that no living link names and that are no series with occurrences still there');

SELECT engine.listener_start(l, '1234', 'office', 'example.test', engine.schema_version(), false) FROM unnest(ARRAY['left', 'lost', 'at work', 'lost at work']) AS l \g /dev/null
UPDATE sync.listener SET heartbeat_at = clock_timestamp() - interval '2 days' WHERE listener <> 'at work';
UPDATE sync.listener SET stopped_at = heartbeat_at WHERE listener = 'left';
CALL start_run();
UPDATE sync.run SET listener = 'lost at work' WHERE run_id = run_id();
SELECT housekept() \g /dev/null
SELECT set_eq('SELECT listener FROM sync.listener', ARRAY['at work', 'lost at work'], 'listeners that left or were lost long ago go, unless a run still has to be taken over from them');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

-- In batches

SELECT a_run('done') FROM generate_series(1, 5) \g /dev/null
CALL time_passes('2 days');
SELECT a_run('done') \g /dev/null
SELECT actions_removed AS actions, runs_removed AS runs FROM sync.housekeeping \gset
SELECT sync.housekeeping(2) \g /dev/null
SELECT is((SELECT (actions_removed - :actions)::text || (runs_removed - :runs <= 2) FROM sync.housekeeping), '2true', 'one call removes at most so many rows of each table');
SELECT is(housekept(), (SELECT count(*) || ' requests, ' || count(*) || ' runs, ' || count(*) || ' actions' FROM sync.run AS r WHERE there(r.run_id)), 'and the rest is removed by the next ones');
SELECT throws_ok(format('SELECT sync.housekeeping(%s)', b), '22023', NULL, format('batch %s is refused', b)) FROM unnest(ARRAY['0', '-1', '1000001', 'NULL']) AS b;
SELECT throws_like('SELECT sync.housekeeping(0)', 'batch: 0 is not a number of rows; allowed: 1 to 1000000', 'the error names argument, value and what is allowed');

-- When

CREATE FUNCTION is_due() RETURNS boolean LANGUAGE sql AS $$ SELECT next_at <= clock_timestamp() FROM sync.housekeeping $$;
-- The listener of the office is long forgotten by now.
SELECT engine.listener_start('listener', '1234', 'office', 'example.test', engine.schema_version(), false) \g /dev/null
CREATE FUNCTION asked_for_work() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    found bigint := (SELECT c.request_id FROM engine.claim_run('listener') AS c);
BEGIN
    IF found IS NULL THEN
        PERFORM engine.use_idle_time();
    END IF;
    RETURN found;
END
$$;
UPDATE sync.housekeeping SET next_at = now(), last_at = NULL;
SELECT a_run('done') AS old \gset
CALL time_passes('2 days');
SELECT a_run('done') \g /dev/null
INSERT INTO sync.request DEFAULT VALUES;
SELECT isnt(asked_for_work(), NULL, 'a listener that asks for work gets it');
SELECT is(there(:old), true, 'and no housekeeping is done meanwhile');
SELECT is(asked_for_work(), NULL, 'one that finds nothing to do');
SELECT is(there(:old), false, 'does a batch of housekeeping when it is due');
SELECT is(is_due(), true, 'there may be more: it stays due');
SELECT 'sync.policy_audit_' || to_char((now() AT TIME ZONE 'UTC') + interval '2 months', 'YYYY_MM') AS partition \gset
DROP TABLE :partition;
SELECT is(asked_for_work(), NULL, 'the next one finds nothing to remove');
SELECT isnt(to_regclass(:'partition'), NULL, 'and makes partitions of the audit that are missing ahead of time');
SELECT is((SELECT next_at - last_at BETWEEN '23:59' AND '1 day 00:01' FROM sync.housekeeping), true, 'then it is due again in a day');
CALL time_passes('2 days');
SELECT a_run('done') AS old \gset
CALL time_passes('2 days');
SELECT a_run('done'), asked_for_work() \g /dev/null
SELECT is(there(:old), true, 'before that nothing is removed');

UPDATE sync.housekeeping SET next_at = now();
CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the test breaks it' USING ERRCODE = 'XX001'; END $$;
CREATE TRIGGER broken BEFORE DELETE ON sync.action FOR EACH ROW EXECUTE FUNCTION broken();
SET LOCAL client_min_messages = error;
SELECT lives_ok('SELECT asked_for_work()', 'housekeeping that fails disturbs nobody who asks for work');
SELECT is((SELECT last_error FROM sync.housekeeping), 'XX001', 'its error is on record');
SELECT is((SELECT next_at > clock_timestamp() + interval '59 minutes' FROM sync.housekeeping), true, 'and it is tried again after an hour');
DROP TRIGGER broken ON sync.action;
UPDATE sync.housekeeping SET next_at = now();
SELECT asked_for_work() \g /dev/null
SELECT is((SELECT last_error FROM sync.housekeeping), NULL, 'a pass that goes well clears the error');

UPDATE sync.setting SET keep_audit = '30 days';
SELECT engine.ensure_audit_month('2020-01-01') \g /dev/null
ALTER TABLE sync.calendar_sync_audit DISABLE TRIGGER lock_audit_day;
INSERT INTO sync.calendar_sync_audit (sync_id, action, "timestamp", actor, transaction_id, day, change) VALUES (gen_random_uuid(), 'UPDATE', '2020-01-31 12:00+00', 'x', 1, '2020-01-31', 'bookkeeping');
UPDATE sync.housekeeping SET next_at = now();
SAVEPOINT retention_fails;
CREATE OR REPLACE FUNCTION sync.drop_audit_before(before date DEFAULT NULL) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the test breaks it' USING ERRCODE = 'XX002'; END $$;
SELECT asked_for_work() \g /dev/null
SELECT is((SELECT (h.last_error, count(*)) FROM sync.housekeeping AS h, sync.audit_seal GROUP BY h.last_error), ('XX002'::text, 31::bigint), 'what was sealed stays sealed when retention fails');
SELECT matches((SELECT needs FROM bi.hub_health WHERE NOT stands_still), '^housekeeping failed \(XX002\)', 'and whoever looks at the hub is told');
ROLLBACK TO retention_fails;
SELECT a_run('done') AS old \gset
CALL time_passes('400 days');
SELECT a_run('done') \g /dev/null
SAVEPOINT removal_fails;
CREATE TRIGGER broken BEFORE DELETE ON sync.action FOR EACH ROW EXECUTE FUNCTION broken();
SELECT asked_for_work() \g /dev/null
SELECT is((SELECT (h.last_error, count(*)) FROM sync.housekeeping AS h, sync.audit_seal GROUP BY h.last_error), ('XX001'::text, 31::bigint), 'days are sealed although nothing can be removed');
ROLLBACK TO removal_fails;
SELECT asked_for_work() \g /dev/null
SELECT asked_for_work() \g /dev/null
SELECT is_empty('SELECT 1 FROM bi.hub_health WHERE NOT stands_still', 'nothing to say: all is well');
UPDATE sync.housekeeping SET next_at = 'infinity';
SELECT matches((SELECT needs FROM bi.hub_health WHERE NOT stands_still), '^housekeeping is stopped: sync.housekeeping.next_at is infinity', 'housekeeping that somebody stopped is named');

-- How long at most

SELECT throws_ok(format('UPDATE sync.setting SET %I = %L', s, v), '22023', NULL, format('%s: %s is refused', s, v))
FROM (VALUES ('keep_audit', '1001 years'), ('keep_audit', '170000000 years'), ('keep_runs', '4000000 days'), ('keep_audit', '29 days'), ('keep_runs', '1 hour')) AS x (s, v);
SELECT throws_like($$UPDATE sync.setting SET keep_audit = '2000 years'$$, 'keep_audit: 2000 years; allowed: 30 days to 1000 years', 'the error names setting, value and what is allowed');
SELECT lives_ok($$UPDATE sync.setting SET keep_audit = '1000 years', keep_runs = '1000 years'$$, 'a thousand years are allowed');
SELECT lives_ok('SELECT sync.drop_audit_before(), sync.housekeeping()', '… and can be subtracted from today');

-- What takes how much

SELECT set_eq('SELECT table_name FROM sync.hub_size',
    $$SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('sync', 'engine') AND tablename !~ '_audit_\d{4}_\d\d$'$$, 'sync.hub_size has a row for every table');
SELECT is((SELECT sum(bytes) FROM sync.hub_size), (SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class AS c WHERE c.relnamespace IN ('sync'::regnamespace, 'engine'::regnamespace) AND c.relkind = 'r')::numeric,
    'and together they are what all tables and partitions of the hub take');
SELECT cmp_ok((SELECT partitions FROM sync.hub_size WHERE table_name = 'sync.calendar_sync_audit'), '>=', 4, 'partitions are summed up with their table');

-- Autovacuum

SELECT is_empty($$SELECT t.name FROM (VALUES ('seen'), ('action'), ('run'), ('request'), ('listener')) AS t (name)
    JOIN pg_class AS c ON c.relnamespace = 'sync'::regnamespace AND c.relname = t.name
    WHERE NOT EXISTS (SELECT FROM pg_options_to_table(c.reloptions) AS o WHERE o.option_name = 'autovacuum_vacuum_scale_factor' AND o.option_value::float < 0.2)$$,
    'autovacuum comes to the busy tables earlier than by default');

SELECT * FROM finish();
ROLLBACK;
