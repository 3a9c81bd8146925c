-- rules 1: when the calendar vanished every link's event is created again and nothing is deleted in Advoware, also where a POST was in doubt meanwhile.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
\ir ../support/doubt.psql
SELECT no_plan();
CALL office();
CALL termin_is(500, 'the control@nine');
CALL sync_once();
CALL event_is('a', 'talk@nine');
CALL doubted('a');
CALL start_run();
SELECT engine.calendar_gone(run_id(), fence()) \g /dev/null
SELECT sync.approve_held(run_id()) \g /dev/null
DELETE FROM sync.request WHERE status = 'waiting';
DELETE FROM event;
CALL start_run();
SELECT engine.calendar_gone(run_id(), fence()), engine.store_calendar(run_id(), fence(), 'a new calendar', true) \g /dev/null
CALL read();
CALL carry_out_phase(1);
CALL carry_out_phase(2);
CALL carry_out_phase(3);
CALL carry_out_phase(4);
CALL finish_run();
SELECT is(counts(), '1 Termine, 1 events', 'before: the other link''s event is in the new calendar, the attempt still in doubt');
SELECT link_of('a') AS link \gset

SAVEPOINT before;
CALL termin_is(510, 'talk@nine');
CALL sync_once();
SELECT is(action_says(attempt('a')) || ', ' || happened(:'link'::uuid), 'done: found_by_content, create_event done', 'its Termin turns up: its event is created again in the new calendar');
SELECT is((SELECT (advoware_frnr, google_calendar_id, google_event_id = engine.own_event_id(sync_id, 0), sync_status)::text FROM sync.calendar_sync WHERE sync_id = :'link'),
    '(510,"a new calendar",t,synced)', '… the link is paired there');
CALL sync_once();
SELECT is(happened() || ', ' || counts(), 'nothing, 2 Termine, 2 events', '… and then there is peace');
ROLLBACK TO before;

CALL sync_once();
SELECT is(happened(), 'nothing', 'while the attempt is in doubt the half link stays');
CALL time_passes();
CALL sync_once();
SELECT is(happened() || ', ' || link_says(:'link'::uuid), 'soft_delete done, deleted', 'no Termin after the wait: the half link ends, for its event went with the calendar');
SELECT is((SELECT reason FROM sync.action WHERE action_id = action('soft_delete')), 'its event was in the calendar that vanished', '… and says why');
SELECT is((SELECT needs FROM bi.health), 'nothing', '… nothing is left to do');
CALL termin_is(520, 'talk@nine');
CALL sync_once();
SELECT is(happened() || ', ' || counts(), 'nothing, 2 Termine, 1 events', 'should it turn up still later it is not deleted because a calendar vanished');
SELECT matches((SELECT needs FROM bi.health), '1 Termine turned up late .*\(520\)', '… bi.health names it to a person');

SELECT * FROM finish();
ROLLBACK;
