-- rules 5, guard: too many deletions and re-creations because of one side, or a side that answers with nothing: all of them are held until a person lets them through.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
\ir ../support/guard.psql
CALL office('SB', 'MK');
CALL termin_is(900, 'the control@nine');

-- Count and share: both have to be exceeded.

CALL links(1, 40);
CALL lose('advoware', 1, 10);
CALL plan();
SELECT is(plan_says(), '10 delete_event planned', '10 of 40 links: as many as brake_count, let through');
CALL start_over();
CALL links(1, 40);
CALL lose('advoware', 1, 11);
CALL plan();
SELECT is(plan_says(), '11 delete_event held: brake_too_many', '11 of 40 links: more than brake_count and brake_share, all of them are held, none let through');
SELECT is_empty($$SELECT 1 FROM sync.seen WHERE proof IS NOT NULL$$, '… before any proof is fetched');
SELECT is((SELECT verdict FROM engine.begin_action(action('delete_event'), fence())), 'ended', '… and what is held cannot be begun');
SELECT is(engine.plan_phase(run_id(), 3), 0, '… nor planned again in the same run');
SELECT is(engine.finish_run(run_id(), fence(), NULL), 'held', 'the run ends held');
SELECT is((SELECT count(*) FROM sync.calendar_sync WHERE deleted OR sync_status <> 'synced'), 0::bigint, '… and no link is touched');
SELECT matches((SELECT needs FROM bi.health WHERE employee_kuerzel = 'SB'), '^11 held: .*approve_held\(' || run_id() || '\)', 'bi.health says what is held and what to do');
CALL start_over();
CALL links(1, 60);
CALL lose('advoware', 1, 12);
CALL plan();
SELECT is(plan_says(), '12 delete_event planned', '12 of 60 links: brake_share is reached, not exceeded, let through');
CALL start_over();
UPDATE sync.setting SET brake_count = 2, brake_share = 50;
CALL links(1, 6);
CALL lose('google', 1, 4);
CALL plan();
SELECT is(plan_says(), '4 recreate_event held: brake_too_many', 're-creations count like deletions, and both settings can be changed');
CALL start_over();

-- One side at a time; soft deletes and refusals are not counted; other work goes on.

CALL links(1, 12);
CALL links(13, 14, 'google');
CALL lose('advoware', 1, 7);
CALL lose('google', 7, 9);
CALL lose('google', 13, 13);
UPDATE sync.calendar_sync SET advoware_write_allowed = false WHERE sync_id = link_id(13);
CALL termin_is(12, 'brief@ten');
UPDATE sync.setting SET brake_count = 5, brake_share = 20;
CALL start_run();
CALL read();
CALL carry_out_phase(3);
CALL carry_out_phase(4);
SELECT is(plan_says(), '6 delete_event held: brake_too_many, 1 delete_termin refused: advoware_write_forbidden, 2 recreate_event done: ok, 1 soft_delete done: soft_deleted, 1 update_event done: ok',
    'six are missing in Advoware and are held; two missing in Google, a soft delete, a refusal and a change are not');
SELECT is(engine.finish_run(run_id(), fence(), NULL), 'held', 'other work goes on; the run ends held');
CALL start_over();

-- Within 24 hours.

UPDATE sync.setting SET brake_count = 3, brake_share = 0;
CALL links(1, 20);
CALL lose('advoware', 1, 2);
CALL sync_once(3);
SELECT is(plan_says(), '2 delete_event done: ok', 'two are deleted');
CALL lose('advoware', 3, 4);
CALL plan();
SELECT is(plan_says(), '2 delete_event held: brake_too_many', 'two more within 24 hours: with those of before they are too many');
CALL finish_run();
UPDATE sync.action SET planned_at = planned_at - interval '25 hours' WHERE status = 'done';
CALL plan();
SELECT is(plan_says(), '2 delete_event planned', 'what was done more than 24 hours ago is not counted, nor what was held');
SELECT is((SELECT count(*) FROM sync.action WHERE status = 'held'), 0::bigint, 'a new plan replaces what was held');
CALL start_over();

-- A side that answers with nothing.

UPDATE sync.setting SET brake_count = 100, brake_share = 100;
CALL links(1, 3);
DELETE FROM termin;
CALL plan();
SELECT is(plan_says(), '3 delete_event held: brake_empty_side', 'three links, and Advoware answers with nothing: held whatever brake_count and brake_share say');
CALL start_over();
CALL links(1, 3);
DELETE FROM termin;
CALL termin_is(901, 'old@nine', starts => now() - interval '200 days');
CALL plan();
SELECT is(plan_says(), '3 delete_event held: brake_empty_side', '… also if it lists only what lies outside the window');
DELETE FROM termin WHERE frnr = 901;
CALL start_over();
CALL links(1, 3);
CALL lose('google', 1, 3);
CALL plan();
SELECT is(plan_says(), '3 recreate_event held: brake_empty_side', 'three links, and Google answers with nothing: held');
CALL start_over();
CALL links(1, 2);
CALL lose('google', 1, 2);
CALL plan();
SELECT is(plan_says(), '2 recreate_event planned', 'two links, and Google answers with nothing: let through');
CALL start_over();
CALL links(1, 2);
CALL linked(3, starts => now() - interval '200 days');
CALL lose('google', 1, 3);
CALL plan();
SELECT is(plan_says(), '2 recreate_event planned', 'a link that ended before the window is not expected to be listed');
CALL start_over();
CALL links(1, 4);
DELETE FROM termin;
CALL lose('google', 1, 4);
CALL plan();
SELECT is(plan_says(), '4 soft_delete planned', 'gone on both sides is not held: each needs its proofs');
CALL start_over();
CALL termin_is(900, 'the control@nine');

-- A person lets them through: exactly these links and kinds, once.

UPDATE sync.setting SET brake_count = 2, brake_share = 0;
CALL links(1, 8);
CALL lose('advoware', 1, 4);
CALL plan();
CALL finish_run();
SELECT throws_ok($$SELECT sync.approve_held(987654)$$, '22023', NULL, 'approving an unknown run says so');
SELECT sync.approve_held(run_id()) AS asked \gset
SELECT is((SELECT employee_kuerzel FROM sync.request WHERE request_id = :asked)::text, 'SB', 'approving files a request for that employee');
SELECT throws_ok($$SELECT sync.approve_held(run_id())$$, '22023', NULL, 'approving twice says that nothing is left to approve');
SELECT is((SELECT string_agg(kind, ',') FROM sync.approval), 'delete_event,delete_event,delete_event,delete_event', 'the rows shown are approved');
DELETE FROM sync.request WHERE status = 'waiting';
-- Meanwhile one comes back, and three more go: too many on their own.
CALL termin_is(4, 'talk@nine');
CALL lose('advoware', 5, 7);
CALL plan();
SELECT is(plan_says(), '3 delete_event held: brake_too_many, 3 delete_event planned', 'exactly those approved are let through, the new ones are held');
SELECT set_eq($$SELECT advoware_frnr FROM sync.action WHERE run_id = test.run_id() AND status = 'planned' AND approved$$, ARRAY[1, 2, 3], '… and no other');
SELECT isnt((SELECT spent_at FROM sync.approval WHERE sync_id = link_id(4)), NULL, 'an approval is spent when the plan no longer contains it');
DO $$
DECLARE
    action bigint;
BEGIN
    FOR action IN SELECT action_id FROM sync.action WHERE run_id = test.run_id() AND status = 'planned' LOOP CALL carry_out(action); END LOOP;
END
$$;
SELECT is((SELECT count(*) FROM sync.approval WHERE spent_at IS NULL), 0::bigint, '… and when its action is done');
CALL finish_run();
CALL termin_is(5, 'talk@nine');
CALL plan();
SELECT is(plan_says(), '2 delete_event planned', 'approved ones do not count for the guard of the next 24 hours');
CALL start_over();

CALL links(1, 5);
CALL lose('advoware', 1, 3);
CALL plan();
CALL finish_run();
SELECT sync.approve_held(run_id()) \g /dev/null
DELETE FROM sync.request WHERE status = 'waiting';
UPDATE sync.approval SET expires_at = now() - interval '1 second';
CALL plan();
SELECT is(plan_says(), '3 delete_event held: brake_too_many', 'an approval is worth nothing after 24 hours');
CALL start_over();

-- What spends an approval, and what does not.

CALL links(1, 5);
CALL lose('advoware', 1, 3);
CALL plan();
CALL finish_run();
SELECT sync.approve_held(run_id()) \g /dev/null
DELETE FROM sync.request WHERE status = 'waiting';
SELECT is((SELECT DISTINCT expires_at - approved_at FROM sync.approval), interval '24 hours', 'an approval holds for 24 hours');
CALL plan();
UPDATE sync.employee SET paused = true WHERE kuerzel = 'SB';
SELECT begun(action_id) FROM sync.action WHERE run_id = run_id() AND status = 'planned' \g /dev/null
CALL finish_run();
UPDATE sync.employee SET paused = false WHERE kuerzel = 'SB';
SELECT is((SELECT count(*) FROM sync.approval WHERE spent_at IS NULL), 3::bigint, 'a pause does not spend an approval');
CALL plan();
SELECT is(plan_says(), '3 delete_event planned', '… it is used afterwards');
SELECT begun(action_id) FROM sync.action WHERE run_id = run_id() AND status = 'planned' \g /dev/null
SELECT engine.fail_action(action_id, fence(), 'http_503') FROM sync.action WHERE run_id = run_id() AND status = 'running' \g /dev/null
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
CALL finish_run();
CALL plan();
SELECT is(plan_says(), 'nothing', 'what failed waits');
SELECT is((SELECT count(*) FROM sync.approval WHERE spent_at IS NULL), 3::bigint, '… and so does its approval');
CALL finish_run();
SELECT sync.retry_failed() \g /dev/null
CALL plan();
SELECT is(plan_says(), '3 delete_event planned', '… until it is tried again');
CALL start_over();

CALL links(1, 3);
DELETE FROM termin;
CALL plan();
CALL finish_run();
SELECT sync.approve_held(run_id()) \g /dev/null
DELETE FROM sync.request WHERE status = 'waiting';
CALL sync_once(1);
SELECT is((SELECT count(*) FROM sync.approval WHERE spent_at IS NULL), 3::bigint, 'a run of another phase does not spend an approval');
CALL start_run(3, dry_run => true);
SELECT engine.dry_run(run_id(), fence(), reading() || jsonb_build_object('observed_at', clock_timestamp())) \g /dev/null
CALL finish_run();
SELECT is((SELECT count(*) FROM sync.approval WHERE spent_at IS NULL), 3::bigint, 'nor does a dry run');
CALL plan();
SELECT is(plan_says(), '3 delete_event planned', 'an approval lets an empty side through too');
CALL start_over();

-- Also a Termin that is created again.

CALL links(1, 5, 'google');
CALL lose('advoware', 1, 3);
UPDATE sync.setting SET brake_count = 2, brake_share = 0;
CALL plan();
CALL finish_run();
SELECT sync.approve_held(run_id()) \g /dev/null
DELETE FROM sync.request WHERE status = 'waiting';
CALL plan();
SELECT is(plan_says(), '3 recreate_termin planned', 're-creations are approved like deletions');
CALL carry_out(action_of(1));
SELECT is((SELECT count(*) FROM sync.approval WHERE spent_at IS NULL), 2::bigint, '… and their approval is spent when the Termin is there');
CALL start_over();

-- The other employee's links are none of this employee's business.

UPDATE sync.setting SET brake_count = 2, brake_share = 20;
CALL links(1, 12);
CALL links(101, 200, 'advoware', 'MK');
CALL lose('advoware', 1, 3);
CALL plan();
SELECT is(plan_says(), '3 delete_event held: brake_too_many', 'the share is of the employee''s own links');

SELECT * FROM finish();
ROLLBACK;
