-- rules 5: what becomes of attempts in doubt in an empty list, after days without a run, after a person's word, and beside others.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
\ir ../support/doubt.psql
SELECT no_plan();
CALL office();

-- An employee who has no Termin at all.

CALL sync_once();
CALL event_is('a', 'talk@nine');
CALL doubted('a');
CALL time_passes();
CALL sync_once();
SELECT is(happened(), 'nothing', 'an empty list after the wait is not believed by itself');
CALL sync_once();
SELECT is(happened(), 'nothing', '… nor a second one right after it');
CALL time_passes();
CALL sync_once();
SELECT is(happened(), 'create_termin done, tag_event done', 'a second one, one wait later, is: it is posted again, though the list was empty before the attempt, too');
SELECT is(counts(), '1 Termine, 1 events', '… once');
CALL start_over();

-- Days without a run.

CALL termin_is(500, 'the control@nine');
CALL sync_once();
CALL event_is('a', 'talk@nine');
CALL doubted('a');
CALL time_passes();
CALL sync_once(2);
CALL termin_is(510, 'talk@nine');
CALL time_passes('3 days');
CALL sync_once(1);
SELECT is((SELECT count(*) FROM event WHERE content = 'talk@nine' AND NOT cancelled), 1::bigint, 'a late Termin is not copied onward when nobody looked for days');
SELECT is(action_says(attempt('a')), 'failed: late_answer', '… it is known as late');
CALL sync_once();
SELECT is(happened() || ', ' || counts(), 'delete_termin done, 2 Termine, 2 events', '… and deleted like any other');
CALL termin_is(520, 'talk@nine');
CALL sync_once(1);
SELECT is(happened(), 'create_event done', 'a second one of the same content is nobody''s attempt: one POST makes one Termin');
CALL start_over();

CALL sync_once();
CALL event_is('a', 'talk@nine');
CALL doubted('a');
CALL time_passes();
CALL sync_once(2);
CALL time_passes('3 days');
CALL sync_once();
SELECT is(action_says(attempt('a')), 'failed: never_arrived', 'a complete reading more than a day later that does not show it ends the search');
CALL termin_is(530, 'talk@nine');
CALL sync_once(1);
SELECT is(happened(), 'create_event done', '… what a person enters like it afterwards is new');
SELECT isnt((SELECT attempt FROM sync.action WHERE action_id = attempt('a')), 'late', '… the attempt stays given up');
CALL start_over();

CALL sync_once();
CALL event_is('a', 'talk@nine');
CALL doubted('a');
CALL time_passes();
CALL sync_once(2);
CALL time_passes('3 days');
UPDATE termin SET listed = false;
CALL start_run();
CALL read();
SELECT is(action_says(attempt('a')), 'failed: given_up', 'an empty list ends no search');
CALL finish_run();
UPDATE termin SET listed = true;
CALL start_over();

-- Two late ones of the same content.

CALL sync_once();
CALL event_is('a', 'talk@nine');
CALL event_is('b', 'talk@nine');
CALL doubted('a', 'b');
CALL time_passes();
CALL sync_once(2);
CALL termin_is(601, 'talk@nine');
CALL termin_is(602, 'talk@nine');
CALL sync_once(1);
SELECT set_eq($$SELECT advoware_frnr FROM sync.action WHERE result = 'late_answer'$$, ARRAY[601, 602], 'two attempts given up and two late Termine are matched one to one');
SELECT is(happened(), 'nothing', '… none is copied onward');
CALL start_over();

-- A person's word.

CALL sync_once();
CALL event_is('a', 'talk@nine');
CALL doubted('a');
SELECT sync.settle_attempt(attempt('a'), NULL) \g /dev/null
SELECT is((SELECT (status, result, attempt)::text FROM sync.action WHERE action_id = attempt('a')), '(failed,none_is_ours,given_up)', 'none is ours, a person says: given up');
CALL sync_once();
CALL termin_is(710, 'talk@nine');
CALL sync_once(1);
SELECT is(happened() || ', ' || action_says(attempt('a')), 'nothing, failed: late_answer', 'its Termin turns up after all: it is known, and not copied onward');
CALL sync_once();
SELECT is(counts(), '2 Termine, 2 events', '… but deleted');
CALL start_over();

-- Attempts that began in another order than they were planned in.

CALL sync_once();
CALL event_is('a', 'talk@nine');
CALL event_is('b', 'talk@nine');
CALL start_run(2);
CALL read();
SELECT engine.plan_phase(run_id(), 2) \g /dev/null
SELECT begun(action_id) FROM sync.action WHERE run_id = run_id() AND google_event_id = 'b' \g /dev/null
-- Another employee's list shows a higher number in between.
UPDATE sync.office SET highest_frnr = highest_frnr + 20;
SELECT begun(action_id) FROM sync.action WHERE run_id = run_id() AND google_event_id = 'a' \g /dev/null
SELECT engine.doubt_action(action_id, fence(), 'timeout') FROM sync.action WHERE run_id = run_id() AND status = 'running' \g /dev/null
CALL finish_run();
SELECT min(frnr_mark) + 10 AS early, max(frnr_mark) + 10 AS late FROM sync.action WHERE run_id = run_id() \gset
CALL termin_is(:early, 'talk@nine');
CALL termin_is(:late, 'talk@nine');
CALL sync_once();
SELECT results_eq($$SELECT google_event_id::text, advoware_frnr FROM sync.calendar_sync WHERE google_event_id IN ('a', 'b') ORDER BY 1$$,
    format($$VALUES ('a', %s), ('b', %s)$$, :late, :early), 'equal attempts and Termine are matched by mark, not by the order of the plan');
CALL time_passes();
CALL sync_once();
SELECT is(happened() || ', ' || counts(), 'nothing, 3 Termine, 3 events', '… so nothing is made twice');
CALL start_over();

-- More Termine above the lower mark than attempts: which of them were made is told by the marks.

CALL sync_once();
CALL event_is('a', 'talk@nine');
CALL event_is('b', 'talk@nine');
CALL doubted('a', 'b');
UPDATE sync.action SET frnr_mark = frnr_mark + 20 WHERE action_id = attempt('b');
SELECT frnr_mark AS mark FROM sync.action WHERE action_id = attempt('a') \gset
CALL termin_is(:mark + 5, 'talk@nine');
CALL termin_is(:mark + 6, 'talk@nine');
CALL termin_is(:mark + 30, 'talk@nine');
CALL start_run();
CALL read();
SELECT set_eq($$SELECT advoware_frnr FROM sync.action WHERE result = 'found_by_content'$$, ARRAY[:mark + 5, :mark + 30], 'an attempt takes the lowest number above its own mark that no other took');
CALL finish_run();
CALL start_over();

-- An open attempt takes what its given-up predecessor was thought to have made; that one's may still turn up.

CALL sync_once();
CALL event_is('a', 'talk@nine');
CALL doubted('a');
CALL time_passes();
CALL doubted('a');
SELECT engine.complete_action(attempt('a'), fence(), clock_timestamp(), NULL, 9001) \g /dev/null
CALL termin_is(9001, 'talk@nine');
CALL sync_once();
SELECT is((SELECT string_agg(concat_ws(' ', status, result), ', ' ORDER BY action_id) FROM sync.action WHERE kind = 'create_termin'), 'failed given_up, done found_by_content',
    'of two attempts and one Termin the open one is resolved');
CALL termin_is(9002, 'talk@nine');
CALL sync_once(1);
SELECT is(happened() || ', ' || action_says(attempt('a')), 'nothing, failed: late_answer', '… and the other one''s, when it comes, is late');
CALL start_over();

-- The hub itself could not write down what became of a POST.

CALL sync_once();
CALL event_is('a', 'talk@nine');
CALL start_run(2);
CALL read();
SELECT engine.plan_phase(run_id(), 2) \g /dev/null
SELECT begun(action('create_termin')) \g /dev/null
SELECT engine.fail_action(action('create_termin'), fence(), 'hub_error') \g /dev/null
SELECT is(action_says(attempt('a')), 'in_doubt: hub_error', 'an error of the hub''s own says nothing about the POST: in doubt, not failed');
SELECT is(link_says(link_of('a')), 'failed: in_doubt: hub_error, no Termin', '… and the link says so');
CALL finish_run();
CALL start_over();
CALL sync_once();
CALL event_is('a', 'talk@nine');
CALL start_run(2);
CALL read();
SELECT engine.plan_phase(run_id(), 2) \g /dev/null
SELECT engine.fail_action(action('create_termin'), fence(), 'hub_error') \g /dev/null
SELECT is(action_says(attempt('a')), 'failed: hub_error', 'before the attempt has begun nothing was sent: failed');
CALL finish_run();
CALL start_over();
CALL sync_once();
CALL event_is('a', 'talk@nine');
CALL start_run(2);
CALL read();
SELECT engine.plan_phase(run_id(), 2) \g /dev/null
SELECT begun(action('create_termin')) \g /dev/null
SELECT engine.fail_action(action('create_termin'), fence(), 'advoware_rejected') \g /dev/null
SELECT is(action_says(attempt('a')), 'failed: advoware_rejected', 'what Advoware refused was not made: failed');

SELECT * FROM finish();
ROLLBACK;
