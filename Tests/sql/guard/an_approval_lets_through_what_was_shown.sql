-- rules 5, guard: an approval lets exactly what was shown through, once; it is spent when that is done, when the plan no longer contains it, or after 24 hours.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
\ir ../support/guard.psql
CALL office();
CALL termin_is(900, 'the control@nine');
UPDATE sync.setting SET brake_count = 2, brake_share = 0;

-- What does not spend it.

CALL links(1, 8);
CALL lose('advoware', 1, 4);
CALL plan();
CALL approve();
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT is(unspent(), 4::bigint, 'an approval given while the run still works is not spent by its second plan');
CALL finish_run();
CALL plan();
SELECT is(plan_says(), '4 delete_event planned', '… and lets the next run do it');
CALL start_over();

CALL links(1, 8);
CALL lose('advoware', 1, 4);
CALL plan_and_approve();
CALL plan();
SELECT engine.record_proof(action_id, fence(), 'advoware', 'unproven', clock_timestamp()) FROM sync.action WHERE run_id = run_id() AND status = 'planned' \g /dev/null
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT is(unspent(), 4::bigint, 'a proof that cannot be had does not spend an approval');
CALL finish_run();
CALL plan();
SELECT is(plan_says(), '4 delete_event planned', '… it is used when the proof can be had');
CALL start_over();

CALL links(1, 8);
CALL lose('advoware', 1, 4);
CALL plan_and_approve();
CALL plan();
UPDATE event SET content = 'edited@nine', etag = etag + 1, changed_at = later() WHERE id IN (event_id(1), event_id(2), event_id(3));
CALL carry_out_all();
SELECT is(plan_says(), '1 delete_event done: ok, 3 delete_event superseded: not_as_planned', 'three copies were edited meanwhile');
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT is(plan_says(), '1 delete_event done: ok, 3 delete_event planned, 3 delete_event superseded: not_as_planned',
    '… which spends no approval as long as the plan still contains them');
CALL carry_out_all();
SELECT is(unspent(), 0::bigint, '… until it is done');
CALL start_over();

UPDATE sync.setting SET brake_count = 0;
CALL links(1, 4);
CALL another_event(1);
CALL plan_and_approve();
CALL plan();
SELECT is(plan_says(), '1 delete_event planned', 'the deletion of a second living event is approved');
CALL begin_all();
CALL fail_all();
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT is(unspent(), 1::bigint, '… and when it fails its approval is not spent');
CALL finish_run();
CALL plan();
SELECT is(plan_says(), '1 delete_event planned', '… but used by the next run');
CALL start_over();

-- What spends it.

CALL links(1, 4);
CALL lose('advoware', 1, 2);
CALL plan_and_approve();
CALL plan();
CALL termin_is(1, 'talk@nine');
CALL read();
CALL carry_out_all();
SELECT is(plan_says(), '1 delete_event done: ok, 1 delete_event superseded: plan_no_longer_holds', 'one Termin is there again when its event is to be deleted');
SELECT is(unspent(), 0::bigint, '… its approval is spent like the other''s');
CALL start_over();

-- It lets through what was shown, and not one row more.

CALL links(1, 4);
CALL another_event(1);
CALL plan_and_approve();
SELECT is((SELECT entry_id FROM sync.approval), another_event_id(1), 'an approval names what is to be deleted');
CALL event_gone(another_event_id(1));
CALL lose('advoware', 1, 1);
CALL plan();
SELECT is(plan_says(), '1 delete_event held: brake_too_many', 'the approval for a second living event does not let the deletion of the link''s own through');
SELECT is(unspent(), 0::bigint, '… it is spent: the plan no longer contains it');
CALL start_over();

CALL links(1, 4);
CALL lose('advoware', 1, 1);
CALL plan_and_approve();
CALL another_event(1);
CALL plan();
SELECT set_eq($$SELECT google_event_id = event_id(1), status FROM sync.action WHERE run_id = test.run_id()$$, $$VALUES (true, 'planned'), (false, 'held')$$,
    'nor the one for the link''s own that of a second one');
CALL finish_run();
CALL approve();
SELECT is((SELECT count(DISTINCT entry_id) FROM sync.approval WHERE spent_at IS NULL), 2::bigint, '… which can be approved beside it');
CALL start_over();

-- A Termin of a given-up attempt that turned up late.
CALL links(1, 4, 'google');
CALL termin_is(950, 'talk@nine');
CALL start_run();
CALL read();
INSERT INTO sync.action (run_id, phase, kind, reason, status, result, sync_id, employee_kuerzel, advoware_frnr, meant_fingerprint, attempt)
VALUES (run_id(), 2, 'create_termin', 'test', 'failed', 'late_answer', link_id(1), 'SB', 950, fingerprint('talk@nine'), 'late');
CALL finish_run();
CALL plan_and_approve();
SELECT is((SELECT entry_id FROM sync.approval), '950', 'the approval for a late Termin names it');
CALL lose('google', 1, 1);
CALL plan();
SELECT set_eq($$SELECT advoware_frnr, status FROM sync.action WHERE run_id = test.run_id() AND kind = 'delete_termin'$$, $$VALUES (950, 'planned'), (1, 'held')$$,
    '… and does not let the deletion of the link''s own through');
CALL start_over();
CALL termin_gone(950);

-- A new calendar.

CALL links(1, 1);
CALL start_run();
SELECT engine.calendar_gone(run_id(), fence()) \g /dev/null
CALL approve();
CALL start_run(dry_run => true);
SELECT engine.dry_run(run_id(), fence(), reading() || jsonb_build_object('observed_at', r.observed_at))
FROM engine.begin_reading(run_id(), fence(), key()) AS r \g /dev/null
CALL finish_run();
SELECT is(unspent(), 1::bigint, 'a dry run does not spend the approval of a new calendar');
-- A user brings the old one back.
CALL sync_once();
SELECT is(unspent(), 0::bigint, 'it is spent when the calendar answers again');
CALL start_run();
SELECT is(engine.calendar_gone(run_id(), fence()), false, '… and when that vanishes once more a person is asked once more');

-- What is over is removed.

DELETE FROM sync.approval;
INSERT INTO sync.approval (run_id, employee_kuerzel, kind, entry_id, expires_at, spent_at) VALUES
    (1, 'SB', 'delete_event', 'spent long ago', now() - interval '99 days', now() - interval '100 days'),
    (1, 'SB', 'delete_event', 'expired long ago', now() - interval '91 days', NULL),
    (1, 'SB', 'delete_event', 'spent', now() - interval '88 days', now() - interval '89 days'),
    (1, 'SB', 'delete_event', 'open', now() + interval '1 hour', NULL);
SELECT cmp_ok(sync.housekeeping(), '>=', 2::bigint, 'housekeeping removes approvals that were spent or have expired longer ago than keep_runs (90 days)');
SELECT set_eq('SELECT entry_id FROM sync.approval', ARRAY['spent', 'open'], '… and no others');
SELECT is((SELECT count(*) FROM sync.policy_audit WHERE table_name = 'approval' AND action = 'DELETE' AND actor = session_user AND old_values ->> 'entry_id' = 'spent long ago'), 1::bigint,
    '… the audit says so');

SELECT * FROM finish();
ROLLBACK;
