-- rules 1: a known calendar that answers 404 holds the run before anything is created; on approval every event is created again, and nothing is deleted in Advoware.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK');
CALL linked(1, 'advoware');
CALL linked(2, 'google');
CALL linked(3, 'google');
CALL linked(4, 'advoware', employee => 'MK');
CALL linked(5, 'google');
UPDATE sync.calendar_sync SET advoware_frnr = NULL, advoware_fingerprint = NULL, sync_status = 'pending' WHERE sync_id IN (link_id(3), link_id(5));
DELETE FROM termin WHERE frnr IN (3, 4, 5);
CALL start_run();
CALL read();
-- The POST of this one is in doubt.
INSERT INTO sync.action (run_id, phase, kind, reason, status, sync_id, employee_kuerzel, meant_fingerprint, meant_time_fingerprint, frnr_mark, doubted_at, attempt)
VALUES (run_id(), 2, 'create_termin', 'test', 'in_doubt', link_id(5), 'SB', fingerprint('talk@nine'), time_fingerprint('talk@nine'), 100, clock_timestamp(), 'in_doubt');
SELECT engine.finish_run(run_id(), fence(), 'test') \g /dev/null
DELETE FROM event;

CALL start_run();
SELECT is(engine.calendar_gone(run_id(), fence()), false, 'no new calendar without approval');
SELECT is((SELECT status FROM sync.run WHERE run_id = run_id()), 'held', '… the run is held');
SELECT is(happened(), 'create_calendar held (calendar_vanished)', '… and says what is held');
SELECT matches((SELECT needs FROM bi.health WHERE employee_kuerzel = 'SB'), 'approve_held', 'bi.health says what to do');
SELECT is((SELECT string_agg(link_says(sync_id), ', ') FROM sync.calendar_sync WHERE employee_kuerzel = 'SB' AND sync_status = 'synced'), 'synced, synced', 'the links are as they were');
CALL start_run();
SELECT is(engine.calendar_gone(run_id(), fence()), false, 'the next run is held again');
SELECT is((SELECT count(*) FROM sync.action WHERE kind = 'create_calendar' AND status = 'held'), 1::bigint, '… and holds in the place of the last');
SELECT sync.approve_held(run_id()) \g /dev/null
DELETE FROM sync.request WHERE status = 'waiting';
CALL start_run();
SELECT is(engine.calendar_gone(run_id(), fence()), true, 'approved: a new calendar may be made');
SELECT engine.store_calendar(run_id(), fence(), 'a new calendar', false) \g /dev/null
SELECT is((google_calendar_id, calendar_shared)::text, '("a new calendar",f)', 'the new calendar is recorded, not yet shared') FROM sync.employee WHERE kuerzel = 'SB';
SELECT is((SELECT count(*) FROM sync.approval WHERE spent_at IS NULL), 0::bigint, '… and the approval is spent');
SELECT is(google_token, NULL, '… its listing is whole') FROM engine.begin_reading(run_id(), fence(), key());
CALL read();
CALL carry_out_phase(1);
CALL carry_out_phase(2);
CALL carry_out_phase(3);
CALL carry_out_phase(4);
SELECT results_eq($$SELECT kind, status FROM sync.action WHERE run_id = test.run_id() ORDER BY 1$$, $$VALUES ('create_event', 'done'), ('create_event', 'done')$$, 'every link''s event is created again, and nothing is deleted in Advoware');
SELECT is(engine.finish_run(run_id(), fence(), NULL), 'done', '… the guard has nothing to say to it');
SELECT is(event_says(1) || ', ' || event_says(2) || ', ' || (SELECT count(*) FROM termin), 'talk@nine, talk@nine, 2', '… everything is there again');
SELECT is((SELECT string_agg(DISTINCT google_calendar_id, ',') FROM sync.calendar_sync WHERE employee_kuerzel = 'SB' AND NOT deleted AND sync_id <> link_id(5)), 'a new calendar', '… in the new calendar');
SELECT is(link_says(3), 'deleted', 'a half link whose only event was in the vanished calendar ends');
SELECT is(link_says(5), 'pending, no Termin', '… but not while its POST is in doubt');
SELECT is((SELECT google_calendar_id FROM sync.calendar_sync WHERE sync_id = link_id(4)), 'calendar of MK', 'another employee''s links are not touched');
CALL sync_once();
SELECT is(happened(), 'nothing', 'and then there is peace');
CALL start_run();
SELECT is(engine.calendar_gone(run_id(), fence()), false, 'an approval is good for one calendar');

SELECT * FROM finish();
ROLLBACK;
