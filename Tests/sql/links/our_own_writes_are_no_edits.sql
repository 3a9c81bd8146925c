-- rules 3: our own writes are never edits, however late they arrive and whatever has happened since.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL termin_is(900, 'the control@nine');
CREATE PROCEDURE begin_write(frnr bigint) LANGUAGE plpgsql AS $$
BEGIN
    CALL start_run(4);
    CALL read();
    PERFORM engine.plan_phase(run_id(), 4);
    PERFORM begun(action_of(frnr));
END
$$;
CREATE PROCEDURE unanswered(frnr bigint) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM engine.fail_action(action_of(frnr), fence(), 'google_timeout');
    PERFORM engine.finish_run(run_id(), fence(), NULL);
    UPDATE sync.calendar_sync SET next_attempt_at = NULL;
END
$$;

-- A PATCH that was not answered arrives; meanwhile the Termin has been edited again, and the next PATCH fails.

CALL linked(1, 'google', 'last_change_wins');
CALL termin_is(1, 'first@nine');
CALL begin_write(1);
CALL termin_is(1, 'second@nine');
CALL event_is('e1', 'first@nine');
CALL unanswered(1);
CALL begin_write(1);
CALL unanswered(1);
CALL sync_once();
SELECT is(outcome(1), 'update_event done | synced | second@nine | second@nine', 'the first write was seen before the second began: it is not an edit, and does not overwrite the Termin');
SELECT is((SELECT conflicts FROM sync.run WHERE run_id = run_id()), 0, '… nor is it a conflict');

CALL linked(2, 'google', 'last_change_wins');
CALL termin_is(2, 'first@nine');
CALL begin_write(2);
CALL unanswered(2);
CALL termin_is(2, 'second@nine');
CALL begin_write(2);
CALL event_is('e2', 'first@nine');
CALL unanswered(2);
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
SELECT is((SELECT kind || ': ' || reason FROM sync.action WHERE action_id = action_of(2)), 'update_event: an earlier write of ours arrived instead of the last one',
    'the first write arrives after the second began: the same direction again');
CALL carry_out(action_of(2));
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
SELECT is(outcome(2), 'update_event done | synced | second@nine | second@nine', '… and the Termin is not overwritten');

CALL linked(3, 'google', 'last_change_wins');
CALL termin_is(3, 'first@nine');
CALL begin_write(3);
CALL unanswered(3);
CALL termin_is(3, 'second@nine');
CALL begin_write(3);
CALL event_is('e3', 'first@nine');
SELECT engine.supersede_action(action_of(3), fence(), 'google', clock_timestamp(), entry_of(e)) FROM event AS e WHERE e.id = 'e3' \g /dev/null
SELECT is(engine.plan_phase(run_id(), 4), 1, 'the second write meets the first one by its etag: it is planned once more …');
CALL carry_out(action_of(3));
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
SELECT is(outcome(3), 'update_event superseded (not_as_planned), update_event done | synced | second@nine | second@nine', '… in the same direction');

-- The source goes back to where it was: the event follows.

CALL linked(4, 'google', 'last_change_wins');
CALL termin_is(4, 'first@nine');
CALL begin_write(4);
CALL event_is('e4', 'first@nine');
CALL unanswered(4);
CALL termin_is(4, 'talk@nine');
CALL sync_once();
SELECT is(outcome(4), 'update_event done | synced | talk@nine | talk@nine', 'the Termin went back after a write that was not answered arrived: the event follows');
CALL linked(5, 'google', 'last_change_wins');
CALL termin_is(5, 'first@nine');
CALL begin_write(5);
CALL unanswered(5);
CALL termin_is(5, 'second@nine');
CALL begin_write(5);
CALL event_is('e5', 'first@nine');
CALL unanswered(5);
CALL termin_is(5, 'talk@nine');
CALL sync_once();
SELECT is(outcome(5), 'update_event done | synced | talk@nine | talk@nine', '… after two writes, of which the first arrived, too');

-- A third state is an edit.

CALL linked(6, 'google', 'last_change_wins');
CALL termin_is(6, 'first@nine');
CALL begin_write(6);
CALL unanswered(6);
CALL termin_is(6, 'second@nine');
CALL begin_write(6);
CALL unanswered(6);
CALL event_is('e6', 'mine@nine');
CALL sync_once();
SELECT is(outcome(6), 'update_termin done | synced | mine@nine | mine@nine', 'what neither write meant is an edit');
SELECT is((SELECT count(*) FROM sync.action WHERE sync_id = link_id(6) AND write_state IS NOT NULL), 0::bigint, '… and settled, nothing is remembered of the writes');

-- A PUT that was not answered.

CALL linked(7, 'google', 'last_change_wins');
CALL event_is('e7', 'first@nine');
CALL begin_write(7);
CALL unanswered(7);
CALL event_is('e7', 'second@nine');
CALL begin_write(7);
CALL termin_is(7, 'first@nine');
CALL unanswered(7);
CALL sync_once();
SELECT is(outcome(7), 'update_termin done | synced | second@nine | second@nine', 'a PUT that arrives late does not overwrite the event');

-- An event that was created without an answer, and found when it was to be created again.

UPDATE sync.employee SET sync_strategy = 'last_change_wins', advoware_writes = 'all';
CALL termin_is(8, 'first@nine');
CALL start_run(1);
CALL read();
SELECT engine.plan_phase(run_id(), 1) \g /dev/null
SELECT begun(action('create_event')) ->> 'event_id' AS made \gset
CALL termin_is(8, 'second@nine');
CALL event_is(:'made', 'first@nine');
UPDATE event SET listed = false WHERE id = :'made';
SELECT engine.fail_action(action('create_event'), fence(), 'google_timeout') \g /dev/null
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
UPDATE sync.calendar_sync SET next_attempt_at = NULL;
CALL sync_once(1, 4);
SELECT is((SELECT content FROM event WHERE id = :'made') || ', ' || (SELECT content FROM termin WHERE frnr = 8), 'second@nine, second@nine', 'a created event that is adopted does not overwrite the Termin that has moved on');

SELECT * FROM finish();
ROLLBACK;
