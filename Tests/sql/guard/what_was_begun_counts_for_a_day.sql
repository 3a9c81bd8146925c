-- rules 5, guard: within 24 hours it counts what was begun, however that ended, and a loss that goes on within a run is one loss.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
\ir ../support/guard.psql
CALL office();
CALL termin_is(900, 'the control@nine');
UPDATE sync.setting SET brake_count = 3, brake_share = 0, retry_first = '0 seconds';

CALL links(1, 20);
CALL lose('advoware', 1, 3);
CALL plan();
CALL begin_all();
-- Google has done it, nobody has heard of it.
CALL lose('google', 1, 3);
CALL taken_over();
CALL lose('advoware', 4, 6);
CALL read();
CALL carry_out_phase(3);
SELECT is((SELECT count(*) FROM sync.action WHERE run_id = run_id() AND advoware_frnr > 3 AND status = 'held'), 3::bigint,
    'three deletions of a listener that was killed count: three more are held');
CALL start_over();

CALL links(1, 20);
CALL lose('google', 1, 3);
CALL plan();
CALL begin_all();
CALL fail_all();
CALL finish_run();
CALL lose('google', 4, 6);
CALL sync_once();
SELECT is(happened(link_id(1)), 'create_event done', 'a re-creation that failed once it was begun ends as a new event');
SELECT is((SELECT count(*) FROM sync.action WHERE run_id = run_id() AND kind = 'recreate_event' AND status = 'held'), 3::bigint,
    '… and counts all the same: three more are held');
CALL start_over();

CALL links(1, 20);
CALL lose('advoware', 1, 3);
CALL plan();
CALL begin_all();
CALL fail_all();
CALL finish_run();
CALL plan();
SELECT is(plan_says(), '3 delete_event planned', 'what failed and is tried again is counted once');
CALL begin_all();
CALL fail_all();
CALL finish_run();
CALL lose('advoware', 4, 4);
CALL plan();
SELECT is(plan_says(), '4 delete_event held: brake_too_many', '… however often, and one more is one too many');
CALL start_over();

UPDATE sync.setting SET brake_count = 1;
CALL links(1, 20);
CALL another_event(1);
CALL sync_once(3);
SELECT is(plan_says(), '1 delete_event done: ok', 'a second living event is deleted');
CALL lose('advoware', 1, 1);
CALL plan();
SELECT is(plan_says(), '1 delete_event held: brake_too_many', '… and the link''s own is another one');
CALL start_over();

UPDATE sync.setting SET brake_count = 10, brake_share = 20;
CALL links(1, 40);
CALL lose('advoware', 1, 12);
CALL plan();
SELECT is(plan_says(), '12 delete_event held: brake_too_many', 'twelve of forty are held');
CALL lose('advoware', 13, 20);
CALL read(google => false);
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT is(plan_says(), '20 delete_event held: brake_too_many', '… and so are eight more that the same run finds missing afterwards');
CALL lose('google', 21, 23);
CALL read();
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT is(plan_says(), '20 delete_event held: brake_too_many, 3 recreate_event planned', '… but not what is missing on the other side');
CALL finish_run();
SELECT * FROM finish();
ROLLBACK;
