-- full_content = false is the wish for anonymised copies: the request turns anonymisation on, on record, before anything is planned.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK');
UPDATE sync.office SET highest_frnr = 1000;
CREATE FUNCTION anonymous_says() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(', ', CASE WHEN (SELECT anonymize_google_events FROM sync.setting) THEN 'office' END,
        (SELECT string_agg(kuerzel, ', ' ORDER BY kuerzel) FROM sync.employee WHERE anonymize))
$$;
CREATE FUNCTION message_of(asked bigint) RETURNS text LANGUAGE sql STABLE AS $$ SELECT message FROM sync.request WHERE request_id = asked $$;
-- What the policy audit has of it since a row.
CREATE FUNCTION on_record(after bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(format('%s %s %s by %s', table_name, row_key, new_values, actor), '; ' ORDER BY id), 'nothing') FROM sync.policy_audit WHERE id > after
$$;
CREATE FUNCTION last_record() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT max(id) FROM sync.policy_audit $$;

-- Who is asked for.

SELECT last_record() AS before \gset
SELECT sync.request_sync() AS plain \gset
SELECT sync.request_sync(employee => 'SB', recheck => true) \g /dev/null
SELECT is(anonymous_says(), '', 'full details are the default, and asking for them changes no policy');
SELECT is(message_of(:plain), NULL, '… nor says anything');
SET SESSION AUTHORIZATION calendar_sync_operator;
SELECT sync.request_sync(employee => 'SB', full_content => false) AS for_one \gset
RESET SESSION AUTHORIZATION;
SELECT is(anonymous_says(), 'SB', 'full_content = false for one employee turns anonymize on for that one, at once');
SELECT is(on_record(:before), format('employee SB {"anonymize": true, "request_id": %s, "requested_by": "calendar_sync_operator"} by calendar_sync_operator', :for_one), '… on record with who asked');
SELECT is(message_of(:for_one), 'full_content = false: anonymize of SB was turned on (asked by calendar_sync_operator)', '… and the request says so');
SELECT last_record() AS before \gset
SELECT sync.request_sync(employee => 'SB', full_content => false) AS again \gset
SELECT is(message_of(:again), 'full_content = false: anonymize of SB was on already', 'what is on already is not turned on once more …');
SELECT is(on_record(:before), 'nothing', '… and there is nothing to record');
INSERT INTO sync.request (full_content) VALUES (false) RETURNING request_id AS for_all \gset
SELECT is(anonymous_says(), 'office, SB', 'for all it is the office''s setting');
SELECT is(on_record(:before), format('setting true {"request_id": %s, "requested_by": "postgres", "anonymize_google_events": true} by postgres', :for_all), '… on record with who asked');
SELECT is(message_of(:for_all), 'full_content = false: anonymize_google_events of the office was turned on (asked by postgres)', '… and the request says so');
SELECT sync.request_sync() \g /dev/null
SELECT sync.request_sync(employee => 'SB') \g /dev/null
SELECT is(anonymous_says(), 'office, SB', 'a request for full details turns nothing off');
UPDATE sync.setting SET anonymize_google_events = false;
UPDATE sync.employee SET anonymize = false;
SELECT is(anonymous_says(), '', 'that is done in the hub, as ever');

-- The listener's requests: a notification, a schedule.

SELECT last_record() AS before \gset
SET SESSION AUTHORIZATION calendar_sync_user;
SELECT engine.accept_notification('{"kuerzel": "MK", "full_content": false}') AS told \gset
RESET SESSION AUTHORIZATION;
SELECT is(anonymous_says(), 'MK', 'a notification turns it on, too');
SELECT is(on_record(:before), format('employee MK {"anonymize": true, "request_id": %s, "requested_by": "calendar_sync_user"} by calendar_sync_user', :told), '… by the listener that heard it');
UPDATE sync.employee SET anonymize = false;
SET SESSION AUTHORIZATION calendar_sync_operator;
SELECT sync.schedule('blocked', '@hourly', employee => 'MK', full_content => false) \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT is(anonymous_says(), '', 'a schedule turns nothing on when it is written …');
UPDATE sync.job SET next_run_at = now() - interval '1 minute';
SELECT last_record() AS before \gset
SET SESSION AUTHORIZATION calendar_sync_user;
SELECT engine.run_due_jobs() \g /dev/null
RESET SESSION AUTHORIZATION;
SELECT is(anonymous_says(), 'MK', '… but when it is due');
SELECT is(on_record(:before), format('employee MK {"anonymize": true, "request_id": %s, "requested_by": "calendar_sync_operator"} by calendar_sync_user', (SELECT max(request_id) FROM sync.request)), '… on record with who wrote it');
SELECT sync.unschedule('blocked') \g /dev/null
UPDATE sync.employee SET anonymize = false;

-- Nobody names somebody else.

SELECT set_config('sync.asked', '{"requested_by": "somebody else"}', true) \g /dev/null
SELECT last_record() AS before \gset
UPDATE sync.employee SET anonymize = true WHERE kuerzel = 'SB';
SELECT is(on_record(:before), 'employee SB {"anonymize": true} by postgres', 'what a session says of itself is not believed');
UPDATE sync.employee SET anonymize = false;
UPDATE sync.request SET status = 'cancelled' WHERE status = 'waiting';

-- Nothing is planned with names.

CALL termin_is(1, 'secret@nine');
CALL start_run(1, full_content => false);
CALL read();
SELECT engine.link_new(run_id(), 1) \g /dev/null
SELECT engine.plan_phase(run_id(), 1) \g /dev/null
SELECT is((SELECT string_agg(kind || ' ' || mode, ', ') FROM sync.action WHERE run_id = run_id()), 'create_event anonymous', 'the run of such a request writes no name');
SELECT is((SELECT full_content FROM sync.run WHERE run_id = run_id()), false, '… and says how it was asked for');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
SELECT is((SELECT message FROM sync.request WHERE request_id = (SELECT max(request_id) FROM sync.request)), 'full_content = false: anonymize of SB was turned on (asked by postgres)', 'its message is there when it has ended');
UPDATE sync.employee SET anonymize = false, paused = true WHERE kuerzel = 'SB';
SELECT sync.request_sync(employee => 'SB', full_content => false) AS paused \gset
SELECT is_empty($$SELECT * FROM engine.claim_run('listener')$$, 'whose employee is paused …');
SELECT is(message_of(:paused), 'paused: nothing (more) was done for SB; full_content = false: anonymize of SB was turned on (asked by postgres)', '… says both');
UPDATE sync.employee SET anonymize = false, paused = false WHERE kuerzel = 'SB';

-- A dry run: the plan as if, and nothing changed.

SELECT last_record() AS before \gset
CALL termin_is(2, 'private@ten');
CALL start_run(1, dry_run => true, full_content => false);
SELECT is(anonymous_says(), '', 'a dry run turns nothing on');
SELECT is((SELECT q.message FROM sync.request AS q JOIN sync.run AS r USING (request_id) WHERE r.run_id = run_id()), 'full_content = false: planned as if anonymised; a dry run turns nothing on', '… and says so');
SELECT is(engine.dry_run(run_id(), fence(), reading() || jsonb_build_object('observed_at', clock_timestamp())) > 0, true, '… has a plan');
SELECT is((SELECT string_agg(DISTINCT mode, ', ') FROM sync.action WHERE run_id = run_id() AND kind = 'create_event'), 'anonymous', '… as if it were on');
SELECT is(anonymous_says() || on_record(:before), 'nothing', '… and leaves no trace of it');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL start_run(1, dry_run => true);
SELECT engine.dry_run(run_id(), fence(), reading() || jsonb_build_object('observed_at', clock_timestamp())) \g /dev/null
SELECT is((SELECT string_agg(DISTINCT mode, ', ') FROM sync.action WHERE run_id = run_id() AND kind = 'create_event'), 'full', 'one with full details plans them');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

SELECT * FROM finish();
ROLLBACK;
