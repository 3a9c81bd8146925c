-- rules 3: no endless loop, whatever an API does. Google acknowledges a change and its answer is the event as it was.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL linked(1);
CALL sync_once();
CALL termin_is(1, 'moved@ten');

-- A run whose list of Google's changes is empty.
CREATE FUNCTION run_without_effect() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    seen_at timestamptz;
    act bigint;
    todo jsonb;
BEGIN
    CALL start_run();
    seen_at := (SELECT r.observed_at FROM engine.begin_reading(run_id(), fence(), key()) AS r);
    PERFORM engine.store_reading(run_id(), fence(), reading(true, false) || jsonb_build_object(
        'observed_at', seen_at,
        'google', '{"unidentifiable": 0, "whole": false, "base_token": "token", "new_token": "token", "entries": []}'::jsonb));
    PERFORM engine.settle(run_id(), fence());
    PERFORM engine.plan_phase(run_id(), 4);
    FOR act IN SELECT t.action_id FROM sync.action AS t WHERE t.run_id = test.run_id() AND t.status = 'planned' LOOP
        todo := begun(act);
        PERFORM engine.complete_action(act, fence(), clock_timestamp(), (SELECT entry_of(e) FROM test.event AS e WHERE e.id = engine.own_event_id(link_id(1), 0)));
    END LOOP;
    PERFORM engine.finish_run(run_id(), fence(), NULL);
    RETURN happened() || ' | ' || link_says(1);
END
$$;
SELECT is(run_without_effect(), 'update_event done | pending', 'Google says yes and changes nothing: it is asked once more …');
SELECT is(run_without_effect(), 'update_event done | failed: stored something else', '… and after the second time the link stops');
SELECT is(run_without_effect(), 'nothing | failed: stored something else', '… for good');

-- A person asks for another try, though a write of the stopped link was begun meanwhile and never answered.
UPDATE sync.action SET write_state = 'pending', status = 'superseded' WHERE write_state = 'stopped';
SELECT is(sync.retry_failed(), 1, 'retry_failed finds a stopped link, whatever became of its last write');
SELECT matches(run_without_effect(), '^update_event done', '… and it is written once more');
SELECT * FROM finish();
ROLLBACK;
