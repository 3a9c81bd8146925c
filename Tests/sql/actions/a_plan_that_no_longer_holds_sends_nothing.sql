-- rules 2 and 4: beginning looks again; what is not as planned ends superseded with nothing sent, and its link is planned anew. Rows that fail wait.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
UPDATE sync.office SET highest_frnr = 1000;

CREATE PROCEDURE plan(phase integer) LANGUAGE plpgsql AS $$
BEGIN
    CALL start_run(phase);
    CALL read();
    PERFORM engine.plan_phase(run_id(), phase);
END
$$;
CREATE PROCEDURE finish_run() LANGUAGE sql AS $$ SELECT engine.finish_run(run_id(), fence(), NULL) $$;

-- Beginning records what is meant.

CALL linked(1, 'google', 'last_change_wins');
CALL event_is('e1', 'lunch@ten');
CALL plan(4);
SELECT is((b.verdict, b.kind, b.sync_id, b.event_id, b.frnr, b.mode, b.source_fingerprint, b.expected_fingerprint, b.meant_fingerprint, b.meant_time_fingerprint)::text,
    ('go', 'update_termin', link_id(1), 'e1', 1, 'full', fingerprint('lunch@ten'), fingerprint('talk@nine'), fingerprint('lunch@ten'), time_fingerprint('lunch@ten'))::text,
    'begin_action says what is to be written, from what, onto what') FROM engine.begin_action(action('update_termin'), fence()) AS b;
SELECT is((w.side, w.fingerprint, w.time_fingerprint, w.is_acknowledged)::text, ('advoware', fingerprint('lunch@ten'), time_fingerprint('lunch@ten'), false)::text,
    '… and it is the link''s pending write') FROM sync.calendar_sync AS l, engine.pending_write_of(l) AS w WHERE sync_id = link_id(1);

-- Not what the plan saw.

CALL termin_is(1, 'mine@six', at(5000));
SELECT engine.supersede_action(action('update_termin'), fence(), 'advoware', clock_timestamp(), entry_of(t)) FROM termin AS t WHERE frnr = 1 \g /dev/null
SELECT is(action_says(action('update_termin')), 'superseded: not_as_planned', 'the target is not what the plan saw: superseded');
SELECT is((w.side, w.fingerprint, l.superseded_count)::text, '(,,1)', '… nothing was sent, nothing is meant, and it is counted')
FROM sync.calendar_sync AS l, engine.pending_write_of(l) AS w WHERE sync_id = link_id(1);
SELECT is((SELECT fingerprint FROM sync.seen WHERE side = 'advoware' AND entry_id = '1'), fingerprint('mine@six'), '… the answer is the reading of that entry');
SELECT is(engine.plan_phase(run_id(), 4), 1, 'the link is planned once more in the same run');
CALL carry_out(action('update_event'));
SELECT is(outcome(1), 'update_termin superseded (not_as_planned), update_event done | synced | mine@six | mine@six', '… with what is known now');
SELECT is((SELECT superseded_count FROM sync.calendar_sync WHERE sync_id = link_id(1)), 0, 'settled: the count begins again');
CALL finish_run();

CALL linked(2, 'advoware');
CALL termin_is(2, 'brief@ten');
CALL plan(4);
CALL event_is(event_id(2), 'lunch@ten');
CALL carry_out(action('update_event'));
SELECT is(action_says(action('update_event')), 'superseded: not_as_planned', '412: the etag is not what the plan saw: superseded');
SELECT is((SELECT etag FROM sync.seen WHERE entry_id = event_id(2)), '2', '… the new etag is known');
CALL carry_out_phase(4);
SELECT is(outcome(2), 'update_event superseded (not_as_planned), update_event done | synced | brief@ten | brief@ten', '… and the second plan goes through');
CALL finish_run();

CALL linked(3, 'google');
CALL event_is('e3', 'lunch@ten');
CALL plan(4);
SELECT begun(action('update_termin')) \g /dev/null
CALL termin_gone(3);
SELECT engine.supersede_action(action('update_termin'), fence(), 'advoware', clock_timestamp(), '{"id": "3", "present": false}') \g /dev/null
SELECT is((SELECT (present, proof)::text FROM sync.seen WHERE side = 'advoware' AND entry_id = '3'), '(f,gone)', 'the target is gone: the answer is its reading, and a proof');
CALL finish_run();
CALL sync_once(3);
SELECT is(outcome(3), 'recreate_termin done, tag_event done | synced | lunch@ten | lunch@ten', '… phase 3 takes over');

-- The policy or a reading changed before it was begun.

CALL linked(4, 'google');
CALL event_is('e4', 'lunch@ten');
CALL plan(4);
UPDATE sync.calendar_sync SET advoware_write_allowed = false WHERE sync_id = link_id(4);
CALL carry_out(action('update_termin'));
SELECT is(outcome(4), 'update_termin superseded (plan_no_longer_holds) | synced | talk@nine | lunch@ten', 'W was taken between plan and beginning: nothing is sent');
SELECT is((SELECT (engine.pending_write_of(l)).side FROM sync.calendar_sync AS l WHERE sync_id = link_id(4)), NULL, '… and nothing is meant');
SELECT is(engine.plan_phase(run_id(), 4), 0, 'the second plan refuses');
SELECT is(outcome(4), 'update_termin superseded (plan_no_longer_holds), update_termin refused (advoware_write_forbidden) | failed: advoware_write_forbidden | talk@nine | lunch@ten', '… and says so');
CALL finish_run();
CALL linked(5, 'advoware');
CALL termin_is(5, 'brief@ten');
CALL plan(4);
CALL event_is(event_id(5), 'brief@ten');
CALL read();
SELECT is((SELECT verdict FROM engine.begin_action(action('update_event'), fence())), 'ended', 'both sides came to agree before it was begun: nothing is sent');
CALL finish_run();
CALL linked(11, 'advoware');
CALL termin_is(11, 'brief@ten');
CALL plan(4);
SELECT begun(action_of(11)) \g /dev/null
CALL event_is(event_id(11), 'brief@ten');
SELECT engine.supersede_action(action_of(11), fence(), 'google', clock_timestamp(), entry_of(e)) FROM event AS e WHERE e.id = event_id(11) \g /dev/null
SELECT is(engine.plan_phase(run_id(), 4), 0, 'the target says already what would be written: it is not planned again');
CALL read();
SELECT is(link_says(11), 'synced', '… and both sides are settled');
CALL finish_run();
CALL linked(6, 'google');
CALL event_is('e6', 'lunch@ten');
CALL plan(4);
UPDATE sync.calendar_sync SET deleted = true WHERE sync_id = link_id(6);
SELECT is((SELECT verdict FROM engine.begin_action(action('update_termin'), fence())), 'ended', 'a link that was deleted by hand is not written');
CALL finish_run();
SELECT throws_ok('SELECT * FROM engine.begin_action(0, fence())', '22023', NULL, 'beginning an unknown action says so');

-- Superseded five times in a row without settling.

CALL linked(7, 'advoware');
CREATE PROCEDURE contradict() LANGUAGE plpgsql AS $$
BEGIN
    UPDATE test.termin SET listed = false WHERE frnr = 7;
    CALL plan(3);
    CALL carry_out(action_of(7));
    CALL finish_run();
END
$$;
CALL contradict();
CALL contradict();
CALL contradict();
CALL contradict();
SELECT is(link_says(7), 'synced', 'the list lacks it, the GET finds it, four times');
CALL contradict();
SELECT is(link_says(7), 'failed: answers contradict each other', 'the fifth time in a row: failed');
SELECT ok((SELECT next_attempt_at > clock_timestamp() AND attempts = 1 FROM sync.calendar_sync WHERE sync_id = link_id(7)), '… and it waits');
CALL sync_once(3);
SELECT is(happened(), 'nothing', '… it is left alone meanwhile');
UPDATE termin SET listed = true;
CALL sync_once(3);
SELECT is(link_says(7), 'synced', 'it is settled when list and GET agree');
CALL contradict();
UPDATE termin SET listed = true;
CALL sync_once(3);
CALL contradict();
CALL contradict();
CALL contradict();
CALL contradict();
SELECT is(link_says(7), 'synced', 'settling begins the count again');
UPDATE termin SET listed = true;

-- A row that fails waits, longer every time, and does not disturb its neighbours.

CALL linked(8, 'google');
CALL linked(9, 'google');
CALL event_is('e8', 'lunch@ten');
CALL event_is('e9', 'lunch@ten');
CALL plan(4);
SELECT begun(action_of(8)) \g /dev/null
SELECT engine.fail_action(action_of(8), fence(), 'http_503') \g /dev/null
CALL carry_out(action_of(9));
CALL read();
SELECT is(action_says(action_of(8)), 'failed: http_503', 'an action that failed says with which code');
SELECT is(link_says(8) || ', ' || link_says(9), 'failed: http_503, synced', 'one fails, its neighbour goes on');
SELECT is(engine.finish_run(run_id(), fence(), NULL), 'failed', 'a run with failed actions is failed');
SELECT ok((SELECT next_attempt_at BETWEEN clock_timestamp() + interval '50 seconds' AND clock_timestamp() + interval '70 seconds' FROM sync.calendar_sync WHERE sync_id = link_id(8)),
    'it waits for retry_first');
CALL sync_once();
SELECT is(happened(link_id(8)), 'nothing', '… and is not tried before');
SELECT is(sync.retry_failed(), 2, 'retry_failed makes it and what was refused due');
CALL plan(4);
SELECT begun(action_of(8)) \g /dev/null
SELECT engine.fail_action(action_of(8), fence(), 'http_429', 500) \g /dev/null
SELECT ok((SELECT next_attempt_at > clock_timestamp() + interval '490 seconds' AND attempts = 2 FROM sync.calendar_sync WHERE sync_id = link_id(8)), 'it waits at least as long as it was told');
CALL finish_run();
SELECT ok(engine.backoff_until(n) BETWEEN clock_timestamp() + wanted - interval '1 second' AND clock_timestamp() + wanted + interval '1 second', format('after %s failures in a row: %s', n + 1, wanted))
FROM (VALUES (0, interval '1 minute'), (1, '2 minutes'), (4, '16 minutes'), (20, '6 hours'), (1000, '6 hours')) AS s (n, wanted);
UPDATE sync.calendar_sync SET next_attempt_at = now() WHERE sync_id = link_id(8);
CALL sync_once(4);
SELECT is(outcome(8), 'update_termin done | synced | lunch@ten | lunch@ten', 'nothing was forgotten meanwhile');
SELECT is((SELECT (attempts, next_attempt_at)::text FROM sync.calendar_sync WHERE sync_id = link_id(8)), '(0,)', '… and success begins the count again');

-- Runs.

CALL linked(10, 'google');
CALL event_is('e10', 'lunch@ten');
CALL plan(4);
SELECT is(engine.finish_run(run_id(), fence(), 'advoware_http_500'), 'failed', 'a run that ends with an error is failed');
SELECT is(happened(link_id(10)), 'update_termin superseded (run_ended)', '… what was planned ends superseded');
SELECT is((SELECT error_code FROM sync.run WHERE run_id = run_id()), 'advoware_http_500', '… and it says why');
SELECT throws_ok($$SELECT engine.plan_phase(run_id(), 4)$$, '22023', NULL, 'a run that has ended cannot be planned');
SELECT throws_ok($$SELECT engine.plan_phase(run_id(), 5)$$, '22023', NULL, 'an unknown phase cannot be planned');
SELECT throws_ok($$SELECT engine.plan_phase(0, 1)$$, '22023', NULL, 'an unknown run cannot be planned');

-- Whose the Termin is.

CALL linked(30, 'google');
CALL event_gone('e30');
CALL plan(3);
SELECT is(begun(action('delete_termin')) ->> 'expected_ownership', 'exclusive', 'a deletion says whose the Termin has to be');
UPDATE termin SET more = '{"ownership": "shared"}' WHERE frnr = 30;
SELECT engine.supersede_action(action('delete_termin'), fence(), 'advoware', clock_timestamp(), entry_of(t)) FROM termin AS t WHERE frnr = 30 \g /dev/null
CALL carry_out_phase(3);
SELECT is(outcome(30), 'delete_termin superseded (not_as_planned), delete_termin refused (termin_shared_with_another_employee) | failed: termin_shared_with_another_employee | talk@nine | gone',
    'it became a colleague''s too before the DELETE: nothing is deleted, the second plan refuses');
CALL finish_run();

SELECT * FROM finish();
ROLLBACK;
