-- rules 6: of two living events of a link the extra one is deleted, however often its deletion is begun.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL linked(1);
INSERT INTO test.event
SELECT engine.own_event_id(link_id(1), 3), 'talk@nine', later(), tomorrow(), tomorrow() + interval '1 hour', true, false, 1, '{}', e.tags
FROM test.event AS e;
CALL start_run();
CALL read();
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT is(begun(action('delete_event')) ->> 'event_id', engine.own_event_id(link_id(1), 3), 'the second living event is to be deleted');
SELECT is(begun(action('delete_event')) ->> 'event_id', engine.own_event_id(link_id(1), 3), '… and nothing else after a lost connection');
SELECT * FROM finish();
ROLLBACK;
