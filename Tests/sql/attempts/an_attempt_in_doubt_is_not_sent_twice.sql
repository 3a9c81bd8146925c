-- rules 5: Advoware has no id of ours. A POST without an answer is in doubt until a reading or a person resolves it; never posted twice, never lost.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
UPDATE sync.setting SET in_doubt_wait = '2 minutes';
CALL termin_is(500, 'the control@nine');
CALL sync_once(1);

CREATE FUNCTION link_of(event text) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT l.sync_id FROM sync.calendar_sync AS l WHERE l.google_event_id = event AND NOT l.deleted
$$;
CREATE PROCEDURE finish_run() LANGUAGE sql AS $$ SELECT engine.finish_run(run_id(), fence(), NULL) $$;
-- An attempt whose answer never came, for a new event of this name.
CREATE PROCEDURE doubted(VARIADIC events text[]) LANGUAGE plpgsql AS $$
DECLARE
    act bigint;
BEGIN
    CALL start_run(2);
    CALL read();
    PERFORM engine.plan_phase(run_id(), 2);
    FOR act IN SELECT t.action_id FROM sync.action AS t WHERE t.run_id = test.run_id() AND t.google_event_id = ANY (events) AND t.status = 'planned' ORDER BY t.action_id LOOP
        PERFORM begun(act);
        PERFORM engine.doubt_action(act, fence(), 'timeout');
    END LOOP;
    PERFORM engine.finish_run(run_id(), fence(), NULL);
END
$$;
CREATE FUNCTION attempt(event text) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT min(action_id) FROM sync.action WHERE google_event_id = event AND kind = 'create_termin' $$;
-- As if it had been longer ago.
CREATE PROCEDURE time_passes(how_long interval DEFAULT '3 minutes') LANGUAGE sql AS $$
    UPDATE sync.action SET doubted_at = doubted_at - how_long, deadline = deadline - how_long, started_at = started_at - how_long WHERE attempt IN ('in_doubt', 'given_up');
    UPDATE sync.calendar_sync SET next_attempt_at = next_attempt_at - how_long;
    UPDATE sync.reading SET observed_at = observed_at - how_long, empty_since = empty_since - how_long;
    UPDATE sync.seen SET observed_at = observed_at - how_long;
$$;
CREATE PROCEDURE start_over() LANGUAGE sql AS $$
    DELETE FROM sync.action; DELETE FROM sync.calendar_sync; DELETE FROM sync.seen; DELETE FROM test.event; DELETE FROM test.termin WHERE frnr <> 500;
    DELETE FROM sync.reading;
$$;

-- The attempt is recorded before anything is sent.

CALL event_is('a', 'talk@nine');
CALL start_run(2);
CALL read();
SELECT engine.plan_phase(run_id(), 2) \g /dev/null
CREATE TEMPORARY TABLE told AS SELECT * FROM engine.begin_action(action('create_termin'), fence());
SELECT is((b.verdict, b.event_id, b.source_fingerprint, b.meant_fingerprint, b.meant_time_fingerprint, b.frnr)::text, ('go', 'a', fingerprint('talk@nine'), fingerprint('talk@nine'), time_fingerprint('talk@nine'), NULL)::text,
    'begin_action says what to post') FROM told AS b;
SELECT is((t.status, t.frnr_mark, t.meant_fingerprint, t.deadline - t.started_at)::text, ('running', 500, fingerprint('talk@nine'), interval '60 seconds')::text,
    'the attempt is recorded first: mark (the highest frNr ever seen), deadline, what is meant') FROM sync.action AS t WHERE t.action_id = action('create_termin');
SELECT engine.doubt_action(action('create_termin'), fence(), 'timeout') \g /dev/null
SELECT is(action_says(action('create_termin')), 'in_doubt: timeout', 'no answer: in doubt');
SELECT is(link_says(link_of('a')), 'failed: in_doubt: timeout, no Termin', '… and the link says so');
SELECT is(engine.finish_run(run_id(), fence(), NULL), 'failed', '… and the run');
CALL sync_once();
SELECT is(happened(), 'nothing', 'the next run does not post again');
SELECT is(sync.retry_failed() >= 0, true, 'retry_failed …');
CALL sync_once();
SELECT is(happened(), 'nothing', '… does not shorten the wait');

-- Settled by content.

CALL termin_is(501, 'talk@nine');
CALL sync_once();
SELECT is(action_says(attempt('a')), 'done: found_by_content', 'an unlinked Termin above the mark with the content meant: it is ours');
SELECT is((SELECT (advoware_frnr, sync_status, source_system)::text FROM sync.calendar_sync WHERE sync_id = link_of('a')), '(501,synced,google)', '… the link is paired');
SELECT is(happened(), 'tag_event done', '… and nothing is created, on neither side');
CALL sync_once();
SELECT is(happened(), 'nothing', '… also not later');
CALL start_over();

CALL event_is('a', 'talk@nine');
CALL event_is('b', 'talk@nine');
CALL doubted('a', 'b');
CALL termin_is(502, 'talk@nine');
CALL sync_once(1, 2);
SELECT is((SELECT count(*) FROM sync.action WHERE result = 'found_by_content'), 1::bigint, 'two attempts of the same content and one Termin: one of them is resolved');
SELECT is((SELECT count(*) FROM sync.action WHERE status = 'in_doubt'), 1::bigint, '… the other is still in doubt');
CALL termin_is(503, 'talk@nine');
CALL sync_once(1, 2);
SELECT set_eq('SELECT advoware_frnr FROM sync.calendar_sync WHERE advoware_frnr > 500', ARRAY[502, 503], 'matched one to one');
CALL start_over();

-- What does not count as ours.

CALL termin_is(510, 'talk@nine');
CALL event_is('a', 'brief@ten');
CALL sync_once(1);
CALL doubted('a');
CALL termin_is(509, 'brief@ten');
CALL termin_is(511, 'brief@ten', later(), '{"ownership": "own"}');
CALL termin_is(512, 'brief@ten', later(), '{"ownership": "shared"}');
CALL sync_once(2);
SELECT is(action_says(attempt('a')), 'in_doubt: timeout', 'not below the mark, and not one whose sb or anwalt is another: still in doubt');
CALL start_over();

-- Until the wait is over phase 1 leaves all unlinked Termine above the mark alone; after it only those that match by start and end.

CALL event_is('a', 'talk@nine');
CALL doubted('a');
CALL termin_is(600, 'lunch@nine');
CALL termin_is(601, 'brief@ten');
CALL termin_is(602, 'brief@ten', later(), '{"ownership": "shared"}');
CALL sync_once(1);
SELECT set_eq('SELECT advoware_frnr FROM sync.action WHERE run_id = test.run_id()', ARRAY[500], 'before the wait is over: everything above the mark is left alone');
SELECT is(action_says(attempt('a')), 'in_doubt: timeout', '… also one that matches by start and end only');
CALL time_passes();
CALL sync_once(1, 2);
SELECT set_eq('SELECT advoware_frnr FROM sync.action WHERE run_id = test.run_id()', ARRAY[601, 602], 'after it: what matches by start and end is still left alone, the rest is carried');
SELECT is(action_says(attempt('a')), 'in_doubt: time_match_needs_person', '… that one is held for a person');
SELECT is((SELECT in_doubt FROM bi.health), 1, 'bi.health counts it');
SELECT matches((SELECT needs FROM bi.health), format('1 in doubt: SELECT sync.settle_attempt\(%s, ', attempt('a')), '… and says what to do');
CALL sync_once(2);
SELECT is(happened(), 'nothing', 'while a person is waited for nothing is posted again');

-- A person resolves it.

SELECT throws_ok(format('SELECT sync.settle_attempt(%s, 601)', attempt('a')), '22023', NULL, 'not with a Termin that another link has');
SELECT throws_ok(format('SELECT sync.settle_attempt(%s, -5)', attempt('a')), '22023', NULL, 'not with a number that no Termin can have');
SELECT throws_ok('SELECT sync.settle_attempt(0, 600)', '22023', NULL, 'not an action that is not in doubt');
SELECT is(sync.settle_attempt(attempt('a'), 600), 'linked with Termin 600', 'a person says which it is');
SELECT is(action_says(attempt('a')), 'done: settled_by_person', '… it is resolved');
CALL sync_once();
SELECT is((SELECT (advoware_frnr, sync_status)::text FROM sync.calendar_sync WHERE sync_id = link_of('a')), '(600,synced)', '… the link is paired');
SELECT is((SELECT content FROM termin WHERE frnr = 600), 'talk@nine', '… and what differs is written once more');
CALL start_over();

CALL event_is('a', 'talk@nine');
CALL doubted('a');
CALL termin_is(700, 'lunch@nine');
CALL time_passes();
CALL sync_once(2);
SELECT alike(sync.settle_attempt(attempt('a'), NULL), 'none is ours%', 'a person says that none is ours');
CALL sync_once(1, 2);
SELECT is((SELECT string_agg(content, ', ' ORDER BY frnr) FROM termin WHERE frnr > 600), 'lunch@nine, talk@nine', '… the Termin is created again');
SELECT is((SELECT count(*) FROM event WHERE NOT cancelled), 3::bigint, '… and the other one is carried like any new one');
CALL start_over();

-- Posted again: only after a complete reading that was begun after the wait and shows no candidate.

CALL event_is('a', 'talk@nine');
CALL doubted('a');
CALL sync_once(2);
SELECT is(happened(), 'nothing', 'a reading begun before the wait is over lets nothing be posted again');
CALL time_passes();
CALL start_run(2);
SELECT is(engine.plan_phase(run_id(), 2), 0, 'nor does the wait alone, without a reading after it');
CALL finish_run();
CALL start_run(2);
SELECT engine.store_reading(run_id(), fence(), jsonb_set(reading(), '{advoware,unidentifiable}', '1') || jsonb_build_object('observed_at', clock_timestamp())) \g /dev/null
SELECT is(engine.plan_phase(run_id(), 2), 0, 'nor does one with an entry that cannot be identified');
SELECT engine.store_reading(run_id(), fence(), '{"advoware": {"entries": [], "unidentifiable": 0}}' || jsonb_build_object('observed_at', clock_timestamp())) \g /dev/null
SELECT is(engine.plan_phase(run_id(), 2), 0, 'nor does an empty one');
SELECT engine.store_reading(run_id(), fence(), '{"advoware": {"entries": [], "unidentifiable": 0}}' || jsonb_build_object('observed_at', clock_timestamp())) \g /dev/null
SELECT is(engine.plan_phase(run_id(), 2), 0, 'nor does a second empty one right after it');
CALL time_passes();
SELECT engine.store_reading(run_id(), fence(), '{"advoware": {"entries": [], "unidentifiable": 0}}' || jsonb_build_object('observed_at', clock_timestamp())) \g /dev/null
SELECT is(engine.plan_phase(run_id(), 2), 1, 'a second empty one, one wait later, does');
CALL finish_run();
CALL start_run(2);
CALL read();
SELECT is(engine.plan_phase(run_id(), 2), 1, 'so does a complete one that is not empty');
SELECT is((SELECT attempt FROM sync.action WHERE action_id = attempt('a')), 'in_doubt', 'an attempt is not given up before its successor begins');
SELECT is((SELECT verdict FROM engine.begin_action(action('create_termin'), fence())), 'go', 'its successor begins …');
SELECT is((SELECT (status, attempt)::text FROM sync.action WHERE action_id = attempt('a')), '(failed,given_up)', '… and gives it up');

-- Late answers.

SELECT engine.complete_action(attempt('a'), fence(), clock_timestamp(), NULL, 800) \g /dev/null
SELECT is((SELECT (status, result, advoware_frnr)::text FROM sync.action WHERE action_id = attempt('a')), '(failed,late_answer,800)', 'a late answer to an attempt given up is recorded');
SELECT is((SELECT advoware_frnr FROM sync.calendar_sync WHERE sync_id = link_of('a')), NULL, '… and does not touch the link');
SELECT engine.complete_action(action('create_termin'), fence(), clock_timestamp(), NULL, 801) \g /dev/null
CALL finish_run();
CALL termin_is(800, 'talk@nine');
CALL termin_is(801, 'talk@nine');
CALL sync_once();
SELECT is((SELECT count(*) FROM event WHERE content = 'talk@nine' AND NOT cancelled), 1::bigint, 'what turns up from an attempt given up is never copied onward');
CALL termin_is(800, 'talk moved@ten');
CALL time_passes('3 days');
CALL sync_once();
SELECT is((SELECT count(*) FROM event WHERE content LIKE 'talk%' AND NOT cancelled), 1::bigint, '… not even when it was changed, or days later');
CALL start_over();

CALL event_is('a', 'talk@nine');
CALL doubted('a');
CALL time_passes();
CALL sync_once(2);
SELECT is((SELECT count(*) FROM sync.action WHERE attempt = 'given_up'), 1::bigint, 'an attempt is given up, and its successor done');
CALL termin_is(850, 'talk@nine');
CALL sync_once();
SELECT is((SELECT count(*) FROM sync.calendar_sync WHERE advoware_frnr = 850), 0::bigint, '… what matches it whole is never copied onward, though no answer came');
CALL start_over();

CALL event_is('a', 'talk@nine');
CALL doubted('a');
SELECT engine.complete_action(attempt('a'), fence() - 100, clock_timestamp(), NULL, 900) \g /dev/null
SELECT is(action_says(attempt('a')), 'done: late_answer', 'until it is given up any answer resolves it, even after the lease was lost');
SELECT is((SELECT advoware_frnr FROM sync.calendar_sync WHERE sync_id = link_of('a')), 900, '… the link is paired');
CALL termin_is(900, 'talk@nine');
CALL sync_once();
SELECT is(link_says(link_of('a')), 'synced', '… and settled by the next reading');
CALL start_over();

-- A listener that was lost in the middle.

CALL event_is('a', 'talk@nine');
CALL start_run(2);
CALL read();
SELECT engine.plan_phase(run_id(), 2) \g /dev/null
SELECT begun(action('create_termin')) \g /dev/null
UPDATE sync.run SET lease_until = now() - interval '1 second' WHERE run_id = run_id();
SELECT fence FROM engine.claim_run('another listener') \gset
SELECT set_config('test.fence', :'fence', true) \g /dev/null
SELECT is(action_says(attempt('a')), 'in_doubt: listener_lost', 'a create that a lost listener had begun is in doubt');
SELECT ok(engine.doubt_until(t) > t.deadline + interval '119 seconds', '… until its deadline and the wait are over') FROM sync.action AS t WHERE t.action_id = attempt('a');
CALL read();
SELECT is(engine.plan_phase(run_id(), 2), 0, '… and not posted again');
CALL finish_run();
CALL start_over();

-- An answer without a number is no answer, and a new number is not a number of another.

CALL event_is('a', 'talk@nine');
CALL start_run(2);
CALL read();
SELECT engine.plan_phase(run_id(), 2) \g /dev/null
SELECT begun(action('create_termin')) \g /dev/null
SELECT engine.complete_action(action('create_termin'), fence(), clock_timestamp(), NULL, NULL) \g /dev/null
SELECT is(action_says(attempt('a')), 'in_doubt: advoware_no_number', 'an answer without a number leaves the attempt in doubt');
SELECT engine.complete_action(action('create_termin'), fence(), clock_timestamp(), NULL, -3) \g /dev/null
SELECT engine.complete_action(action('create_termin'), fence(), clock_timestamp(), NULL, (SELECT highest_frnr FROM sync.office)) \g /dev/null
SELECT is(action_says(attempt('a')), 'in_doubt: advoware_no_number', '… and so do a derived number and one that was known before the POST');
SELECT engine.doubt_action(action('create_termin'), fence(), 'no_number') \g /dev/null
CALL finish_run();

-- A half link is not soft-deleted while an attempt is in doubt.

CALL event_gone('a');
CALL sync_once(2);
SELECT is(happened(), 'nothing', 'its event is gone while the attempt is in doubt: that is resolved first');
CALL termin_is(1000, 'talk@nine');
CALL sync_once();
SELECT is((SELECT (t.status, l.deleted)::text FROM sync.action AS t JOIN sync.calendar_sync AS l USING (sync_id) WHERE t.action_id = attempt('a')), '(done,t)',
    '… then the Termin goes the way of its event');
SELECT is((SELECT count(*) FROM termin WHERE frnr = 1000), 0::bigint, '… it is deleted');

-- Also a Termin that is created again.

CALL start_over();
CALL linked(1100, 'google');
CALL termin_gone(1100);
CALL start_run(3);
CALL read();
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT begun(action('recreate_termin')) \g /dev/null
SELECT engine.doubt_action(action('recreate_termin'), fence(), 'http_500') \g /dev/null
SELECT is(link_says(1100), 'failed: in_doubt: http_500, no Termin', 'a re-creation can be in doubt too: the link is half');
CALL finish_run();
CALL termin_is(1101, 'talk@nine');
CALL sync_once(1, 2, 3, 4);
SELECT is((SELECT (advoware_frnr, sync_status)::text FROM sync.calendar_sync WHERE sync_id = link_id(1100)), '(1101,synced)', '… and is found by content');

SELECT * FROM finish();
ROLLBACK;
