-- rules 5: what turns up from an attempt that had been given up is never copied onward, stands in bi.health, and is deleted if still exactly as meant and W is true.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL termin_is(500, 'the control@nine');
CALL sync_once(1);

CREATE FUNCTION link_of(event text) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT l.sync_id FROM sync.calendar_sync AS l WHERE l.google_event_id = event ORDER BY l.deleted LIMIT 1
$$;
CREATE FUNCTION attempt(event text) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT min(action_id) FROM sync.action WHERE google_event_id = event AND kind = 'create_termin' $$;
CREATE PROCEDURE doubted(event text) LANGUAGE plpgsql AS $$
BEGIN
    CALL start_run(2);
    CALL read();
    PERFORM engine.plan_phase(run_id(), 2);
    PERFORM begun(action('create_termin'));
    PERFORM engine.doubt_action(action('create_termin'), fence(), 'timeout');
    PERFORM engine.finish_run(run_id(), fence(), NULL);
    UPDATE sync.action SET doubted_at = doubted_at - interval '3 minutes', deadline = deadline - interval '3 minutes' WHERE status = 'in_doubt';
    UPDATE sync.calendar_sync SET next_attempt_at = NULL;
END
$$;
-- An event whose first attempt was given up and whose second made Termin 600; the first one's Termin, number 601, turns up only now.
CREATE PROCEDURE given_up(event text, content text, late integer) LANGUAGE plpgsql AS $$
BEGIN
    CALL event_is(event, content);
    CALL doubted(event);
    CALL sync_once(2);
    CALL termin_is(late, content);
END
$$;

CALL given_up('a', 'talk@nine', 601);
CALL sync_once(1, 2);
SELECT is((SELECT count(*) FROM event WHERE content = 'talk@nine' AND NOT cancelled), 1::bigint, 'it is not copied onward');
SELECT matches((SELECT needs FROM bi.health), '1 Termine turned up late .*\(601\)', 'bi.health names it');
CALL start_run(3);
CALL read();
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT begun(action('delete_termin')) \g /dev/null
SELECT engine.fail_action(action('delete_termin'), fence(), 'advoware_server_error') \g /dev/null
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
SELECT is((SELECT (sync_status, attempts, next_attempt_at IS NULL)::text FROM sync.calendar_sync WHERE google_event_id = 'a'), '(synced,0,t)', 'a deletion of it that fails says nothing about the link');
CALL sync_once(3);
SELECT is(happened(), 'delete_termin done', 'phase 3 deletes it');
SELECT is((SELECT (reason, advoware_frnr)::text FROM sync.action WHERE action_id = action('delete_termin')),
    '("turned up late from an attempt that had been given up",601)', '… and says why');
SELECT is((SELECT string_agg(frnr::text, ' ' ORDER BY frnr) FROM termin), '500 ' || (SELECT advoware_frnr FROM sync.calendar_sync WHERE google_event_id = 'a'),
    '… the link''s own Termin stays');
SELECT is((SELECT (sync_status, deleted)::text FROM sync.calendar_sync WHERE google_event_id = 'a'), '(synced,f)', '… and the link is as it was');
SELECT is((SELECT needs FROM bi.health), 'nothing', '… nothing is left to do');
CALL sync_once();
SELECT is(happened(), 'nothing', '… for good');

CALL given_up('b', 'brief@ten', 701);
CALL termin_is(701, 'brief moved@eleven');
CALL sync_once();
SELECT is((SELECT count(*) FROM termin WHERE frnr = 701), 1::bigint, 'somebody has changed it before it was first seen: it is nobody''s but theirs, and carried');
CALL given_up('c', 'court@ten', 801);
CALL sync_once(1);
CALL termin_is(801, 'court moved@eleven');
CALL sync_once();
SELECT is(happened(), 'nothing', 'somebody has changed it since: it stays');
SELECT matches((SELECT needs FROM bi.health), '1 Termine turned up late .*\(801\)', '… in bi.health');
CALL termin_is(801, 'court@ten');
CALL start_run(3);
CALL read();
SELECT is(engine.plan_phase(run_id(), 3), 1, 'changed between the plan and its DELETE …');
CALL termin_is(801, 'court moved@twelve');
CALL carry_out(action('delete_termin'));
SELECT is(action_says(action('delete_termin')), 'superseded: not_as_planned', '… it stays: the Termin is read directly before');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL termin_is(801, 'court@ten');
UPDATE sync.calendar_sync SET advoware_write_allowed = false WHERE google_event_id = 'c';
CALL sync_once(3);
SELECT is(happened(), 'nothing', 'without W it stays');
UPDATE sync.calendar_sync SET advoware_write_allowed = true WHERE google_event_id = 'c';
UPDATE sync.employee SET advoware_writes = 'none';
CALL sync_once(3);
SELECT is(happened(), 'nothing', '… also when nothing may be written for the employee');
UPDATE sync.employee SET advoware_writes = NULL;
UPDATE sync.setting SET brake_count = 0, brake_share = 0;
CALL sync_once(3);
SELECT is(happened(), 'delete_termin held (brake_too_many)', 'the guard holds it like any other deletion');
SELECT sync.approve_held(run_id()) \g /dev/null
CALL sync_once(3);
SELECT is(happened(), 'delete_termin done', '… and a person lets it through');
UPDATE sync.setting SET brake_count = 10, brake_share = 20;

-- Its event is gone while the attempt is in doubt: after the wait the half link ends, and the attempt with it.

CALL event_is('d', 'gone@one');
CALL doubted('d');
CALL event_gone('d');
CALL sync_once();
SELECT is(happened(), 'soft_delete done', 'a half link whose event is gone ends when its attempt''s wait is over');
SELECT is((SELECT (status, attempt)::text FROM sync.action WHERE action_id = attempt('d')), '(failed,given_up)', '… and the attempt is given up with it');
SELECT is((SELECT in_doubt FROM bi.health), 0, '… nothing stays in doubt for good');
CALL termin_is(901, 'gone@one');
CALL sync_once();
SELECT is((SELECT string_agg(kind || ' ' || status, ', ' ORDER BY action_id) FROM sync.action WHERE run_id = run_id()), 'delete_termin done', 'what it made late goes the way of its event');

-- sync.settle_attempt tells people what is wrong.

CALL termin_is(950, 'older@six');
CALL sync_once();
CALL event_is('e', 'visit@two');
CALL doubted('e');
SELECT throws_like(format('SELECT sync.settle_attempt(%s, 940)', attempt('e')), 'frnr: 940 is older than the attempt; %above 950', 'a number from before the attempt');
SELECT throws_like(format('SELECT sync.settle_attempt(%s, 960)', attempt('e')), 'frnr: 960 is not among the Termine of SB that were last read', 'a number that nobody has seen');
CALL termin_is(961, 'theirs@two', later(), '{"ownership": "foreign"}');
CALL sync_once(1);
SELECT throws_like(format('SELECT sync.settle_attempt(%s, 961)', attempt('e')), 'frnr: 961 is not among %', 'a Termin of others');
SELECT throws_like(format('SELECT sync.settle_attempt(%s, 0)', attempt('e')), 'frnr: 0 is not a number of a Termin; allowed: 1 to 2147483647, or NULL%', 'no number at all');
SELECT throws_like('SELECT sync.settle_attempt(999999, NULL)', 'action_id: 999999 is not an action; only %', 'no action');
SELECT throws_like('SELECT sync.settle_attempt(NULL, NULL)', 'action_id: NULL is not an action; only %', 'nothing at all');
SELECT throws_like(format('SELECT sync.settle_attempt(%s, NULL)', attempt('a')), 'action_id: % is an attempt that has been given up%', 'an attempt that has been given up');
SELECT throws_like(format('SELECT sync.settle_attempt(%s, NULL)', attempt('b') + 1), 'action_id: % is a % that is done; only %', 'an action that is not in doubt');

SELECT * FROM finish();
ROLLBACK;
