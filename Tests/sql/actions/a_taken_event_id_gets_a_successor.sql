-- rules 5: the generation of an event's id is raised only when a GET has shown the current id cancelled or unusable.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL termin_is(1, 'talk@nine');
CREATE FUNCTION taken(entry jsonb) RETURNS text LANGUAGE sql AS $$ SELECT engine.event_id_taken(action('create_event'), fence(), clock_timestamp(), entry) $$;
CREATE FUNCTION generation() RETURNS integer LANGUAGE sql STABLE AS $$ SELECT event_generation FROM sync.calendar_sync $$;
CALL start_run(1);
CALL read();
SELECT engine.plan_phase(run_id(), 1) \g /dev/null
SELECT begun(action('create_event')) ->> 'event_id' AS id \gset
SAVEPOINT begun;

SELECT is(taken(jsonb_build_object('id', :'id', 'present', false, 'ts', later(), 'etag', '7')), 'again', '409, and a GET shows it cancelled: once more …');
SELECT is(begun(action('create_event')) ->> 'event_id', :'id' || 'v1', '… with the next generation');
ROLLBACK TO begun;
SELECT is(taken(jsonb_build_object('id', :'id', 'present', false, 'ts', NULL, 'etag', '7')), 'again', 'a tombstone without a time is one, too');
ROLLBACK TO begun;

SELECT is(taken(jsonb_build_object('id', :'id', 'present', false)), 'failed', '409, and a GET answers 404: that contradicts itself and shows nothing');
SELECT is(generation(), 0, '… the id stays');
SELECT is(action_says(action('create_event')), 'failed: event_id_taken', '… the row has failed');
SELECT is((SELECT (sync_status, last_error, attempts, next_attempt_at > clock_timestamp())::text FROM sync.calendar_sync), '(failed,event_id_taken,1,t)', '… and waits');
SELECT is(engine.finish_run(run_id(), fence(), NULL), 'failed', '… the run says so');
SELECT sync.retry_failed() \g /dev/null
SAVEPOINT failed;
CALL sync_once(1);
SELECT is(happened() || ', ' || (SELECT string_agg(id, ',') FROM event), 'create_event done, ' || :'id', 'the next attempt uses the same id');
ROLLBACK TO failed;

CALL start_run(1);
CALL read();
SELECT engine.plan_phase(run_id(), 1) \g /dev/null
SELECT is(begun(action('create_event')) ->> 'event_id', :'id', 'met again at the next attempt …');
SELECT is(taken(jsonb_build_object('id', :'id', 'present', false)), 'again', '… it is no passing contradiction: the id is unusable …');
SELECT is(begun(action('create_event')) ->> 'event_id', :'id' || 'v1', '… and gets a successor');

SELECT * FROM finish();
ROLLBACK;
