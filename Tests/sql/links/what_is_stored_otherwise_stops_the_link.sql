-- rules 3: what is read after a write differs from what was meant: once more in the same direction, then the link stops. Only a third state is an edit.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();

-- Advoware stores something else.

INSERT INTO mangled VALUES ('advoware', 'lunch@ten', 'lunch!@ten'), ('google', 'brief@ten', 'brief!@ten');
CALL linked(1, 'google', 'last_change_wins');
CALL event_is('e1', 'lunch@ten', at(100));
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
CALL carry_out(action('update_termin'));
CALL read();
SELECT is(link_says(1), 'pending', 'the Termin reads otherwise than it was written: noted');
SELECT is(engine.plan_phase(run_id(), 4), 0, 'a row is done once in a run');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL sync_once(4);
SELECT is(happened(link_id(1)), 'update_termin done', 'it is tried once more in the same direction');
SELECT is((SELECT reason FROM sync.action WHERE action_id = action('update_termin')), 'the other system stored something else than was meant', '… and says why');
SELECT is(link_says(1), 'failed: stored something else', 'the same difference twice: failed');
SELECT is(event_says(1), 'lunch@ten', 'nothing flows back because of it');
CALL sync_once();
SELECT is(happened(link_id(1)), 'nothing', 'no endless loop: the next run does nothing');
CALL event_is('e1', 'lunch@ten', at(110));
CALL sync_once();
SELECT is(happened(link_id(1)), 'nothing', 'a newer timestamp alone is not an edit');
CALL event_is('e1', 'party@ten', at(120));
CALL sync_once();
SELECT is(outcome(1), 'update_termin done | synced | party@ten | party@ten', 'a third state on the side that was written from is an edit');

CALL event_is('e1', 'lunch@ten', at(130));
CALL sync_once();
CALL sync_once();
SELECT is(link_says(1), 'failed: stored something else', 'it fails again when it is written again');
CALL termin_is(1, 'mine@ten', at(140));
CALL sync_once();
SELECT is(outcome(1), 'update_event done | synced | mine@ten | mine@ten', 'a third state on the side that was written is an edit');

-- Google stores something else: its answer says so at once.

CALL linked(2, 'advoware');
CALL termin_is(2, 'brief@ten', at(200));
CALL sync_once(4);
SELECT is(outcome(2), 'update_event done | pending | brief@ten | brief!@ten', 'Google''s answer differs from what was meant: noted');
CALL sync_once(4);
SELECT is(outcome(2), 'update_event done | failed: stored something else | brief@ten | brief!@ten', 'the same difference twice: failed');
CALL sync_once();
SELECT is(happened(link_id(2)), 'nothing', 'no endless loop: the next run does nothing');
CALL termin_is(2, 'note@ten', at(210));
CALL sync_once();
SELECT is(outcome(2), 'update_event done | synced | note@ten | note@ten', 'the next edit is carried');

-- A first difference that goes away.

INSERT INTO mangled VALUES ('google', 'once@ten', 'once!@ten');
CALL termin_is(2, 'once@ten', at(220));
CALL sync_once(4);
DELETE FROM mangled WHERE told = 'once@ten';
CALL sync_once(4);
SELECT is(outcome(2), 'update_event done | synced | once@ten | once@ten', 'stored as meant at the second time: settled');
SELECT is((SELECT (engine.pending_write_of(l)).missed_fingerprint FROM sync.calendar_sync AS l WHERE sync_id = link_id(2)), NULL, '… and forgotten');

-- New ones.

INSERT INTO mangled VALUES ('google', 'new@ten', 'new!@ten'), ('advoware', 'fresh@ten', 'fresh!@ten');
CALL termin_is(300, 'new@ten', at(300));
CALL event_is('fresh', 'fresh@ten', at(300));
CALL sync_once();
SELECT results_eq('SELECT kind, status FROM sync.action WHERE run_id = test.run_id() ORDER BY kind',
    $$VALUES ('create_event', 'done'), ('create_termin', 'done'), ('tag_event', 'done'), ('update_event', 'done'), ('update_termin', 'done')$$, 'new ones: created, and written once more in the same run');
SELECT is((SELECT string_agg(concat_ws(' ', link_says(sync_id)), ', ') FROM sync.calendar_sync WHERE sync_id NOT IN (link_id(1), link_id(2))),
    'failed: stored something else, failed: stored something else', '… then they fail');
CALL sync_once();
SELECT is(happened(), 'nothing', 'no endless loop: the next run does nothing');

INSERT INTO mangled VALUES ('advoware', 'soft@ten', 'soft!@ten');
UPDATE sync.employee SET sync_strategy = 'last_change_wins';
CALL event_is('soft', 'soft@ten', at(310));
CALL sync_once();
CALL sync_once();
SELECT is((SELECT content FROM event WHERE id = 'soft'), 'soft@ten', 'a new Termin that was stored otherwise does not flow back under last_change_wins either');
SELECT is((SELECT l.sync_status || ': ' || l.last_error FROM sync.calendar_sync AS l WHERE l.google_event_id = 'soft'), 'failed: stored something else', '… it is tried once more, then it stops');
UPDATE sync.employee SET sync_strategy = NULL;

-- Without W nothing is tried in Advoware.

INSERT INTO mangled VALUES ('advoware', 'tea@ten', 'tea!@ten');
CALL linked(4, 'google');
CALL event_is('e4', 'tea@ten', at(400));
CALL sync_once(4);
SELECT is(outcome(4), 'update_termin done | pending | tea!@ten | tea@ten', 'Advoware stores something else …');
UPDATE sync.calendar_sync SET advoware_write_allowed = false WHERE sync_id = link_id(4);
CALL sync_once(4);
SELECT is(outcome(4), 'update_termin refused (advoware_write_forbidden) | failed: advoware_write_forbidden | tea!@ten | tea@ten', '… and W was taken: it is not tried again');

-- sync.retry_failed() tries again what was stopped, in the direction that was tried.

INSERT INTO mangled VALUES ('advoware', 'stew@ten', 'stew!@ten');
CALL linked(5, 'advoware', 'last_change_wins');
CALL event_is('' || event_id(5), 'stew@ten', at(500));
CALL sync_once();
CALL sync_once();
SELECT is(outcome(5), 'update_termin done | failed: stored something else | stew!@ten | stew@ten', 'Google''s edit is stored otherwise in Advoware twice: failed');
CALL sync_once();
SELECT is(happened(link_id(5)), 'nothing', '… and left alone');
SELECT sync.retry_failed() \g /dev/null
CALL sync_once();
CALL sync_once();
SELECT is(outcome(5), 'update_termin done | failed: stored something else | stew!@ten | stew@ten', 'retry_failed: written again, in the same direction, and stopped again');
DELETE FROM mangled WHERE told = 'stew@ten';
SELECT ok(sync.retry_failed() > 0, 'retry_failed counts what was stopped');
CALL sync_once();
SELECT is(outcome(5), 'update_termin done | synced | stew@ten | stew@ten', 'retry_failed after the system was fixed: settled');
SELECT is(outcome(2), 'nothing | synced | once@ten | once@ten', '… its neighbours are left alone');

-- A whole comparison writes it again in the same direction, and never back, however late the other side's timestamp is.

INSERT INTO mangled VALUES ('google', 'cake@ten', 'cake!@ten'), ('advoware', 'stew@ten', 'stew!@ten');
CALL linked(7, 'advoware', 'last_change_wins');
CALL termin_is(7, 'cake@ten');
CALL sync_once();
CALL sync_once();
SELECT is(link_says(7), 'failed: stored something else', 'Google stores something else, later than the Termin was changed');
CALL start_run(4, recheck => true);
CALL read();
CALL carry_out_phase(4);
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
SELECT is(termin_says(7), 'cake@ten', 'recheck: what Google made of it does not flow back');
SELECT is((SELECT string_agg(DISTINCT t.kind, ', ') FROM sync.action AS t WHERE t.run_id = run_id() AND t.sync_id = link_id(7)), 'update_event', '… the same direction is tried again');
CALL event_is(event_id(7), 'pie@ten', later());
CALL sync_once();
SELECT is(termin_says(7), 'pie@ten', '… an edit is an edit');

-- Another key between the write and its reading says nothing about what was stored.

CALL linked(6, 'google');
CALL event_is('e6', 'soup@ten', at(600));
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
CALL carry_out(action_of(6));
SELECT set_config('test.key', '1:k2', true) \g /dev/null
CALL read(google => false);
SELECT is((SELECT engine.was_missed(s.state) FROM engine.link_states AS s WHERE s.sync_id = link_id(6)), false, 'a reading under another key does not count as stored otherwise');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL sync_once();
SELECT is(outcome(6), 'nothing | synced | soup@ten | soup@ten', '… and the pair is settled once both sides are read under it');

-- Of every content twice at most: another content begins anew, and never flows back.

INSERT INTO mangled VALUES ('google', 'C1@nine', 'c1@nine'), ('google', 'C2@nine', 'c2@nine'), ('advoware', 'C1@nine', 'c1@nine'), ('advoware', 'C2@nine', 'c2@nine');
CREATE FUNCTION runs(frnr integer, times integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text := '';
BEGIN
    FOR i IN 1..times LOOP
        CALL sync_once();
        said := said || CASE WHEN i > 1 THEN ', ' ELSE '' END || happened(link_id(frnr));
    END LOOP;
    RETURN said;
END
$$;
CALL linked(20, 'advoware');
CALL termin_is(20, 'C1@nine');
CALL sync_once();
CALL termin_is(20, 'C2@nine');
SELECT is(runs(20, 4), 'update_event done, update_event done, nothing, nothing', 'the source changes between two misses: the new content is tried twice, then no more');
SELECT is(link_says(20), 'failed: stored something else', '… and it stops');
CALL linked(21, 'google', 'last_change_wins');
CALL termin_is(21, 'C1@nine');
CALL sync_once();
CALL termin_is(21, 'C2@nine');
SELECT is(runs(21, 4), 'update_event done, update_event done, nothing, nothing', '… under last_change_wins, too');
SELECT is(termin_says(21), 'C2@nine', '… and what Google made of it does not overwrite the Termin');
CALL linked(22, 'google', 'last_change_wins');
CALL event_is('e22', 'C1@nine');
CALL sync_once();
CALL event_is('e22', 'C2@nine');
SELECT is(runs(22, 4), 'update_termin done, update_termin done, nothing, nothing', '… and when Advoware stores it otherwise');
SELECT is(event_says(22), 'C2@nine', '… nor the event');
CALL linked(23, 'google', 'last_change_wins');
CALL termin_is(23, 'C1@nine');
CALL sync_once();
CALL termin_is(23, 'talk@nine');
CALL sync_once();
SELECT is(outcome(23), 'update_event done | synced | talk@nine | talk@nine', 'the source goes back to where it was: so does the event');

-- The second try fails, or finds another etag: what is there is still no edit.

CALL linked(24, 'google', 'last_change_wins');
CALL termin_is(24, 'C1@nine');
CALL sync_once();
CALL start_run(4);
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
SELECT begun(action_of(24)) \g /dev/null
SELECT engine.fail_action(action_of(24), fence(), 'google_503') \g /dev/null
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
UPDATE sync.calendar_sync SET next_attempt_at = NULL WHERE sync_id = link_id(24);
CALL start_run(4);
CALL read();
SELECT is(engine.plan_phase(run_id(), 4), 1, 'the second try was not answered: it is tried again …');
UPDATE event SET etag = etag + 1 WHERE id = 'e24';
CALL carry_out(action_of(24));
SELECT is((SELECT kind || ' ' || action_says(action_id) FROM sync.action WHERE action_id = action_of(24)), 'update_event superseded: not_as_planned', '… then the event has another etag');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
SELECT is(runs(24, 2), 'update_event done, nothing', '… it is tried once more in the same direction, and stops');
SELECT is(outcome(24), 'nothing | failed: stored something else | C1@nine | c1@nine', '… and nothing has flowed back');

-- Something else every time.

CREATE SEQUENCE vary;
CREATE OR REPLACE FUNCTION stored(side text, told text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN told LIKE 'varied%' THEN 'varied' || nextval('test.vary') || '@nine'
        ELSE coalesce((SELECT m.stored FROM test.mangled AS m WHERE m.side = stored.side AND m.told = stored.told), told) END
$$;
CALL linked(30, 'advoware');
CALL termin_is(30, 'varied@nine');
SELECT is(runs(30, 4), 'update_event done, update_event done, nothing, nothing', 'Google stores something else every time: stopped at the second miss');
SELECT is(link_says(30), 'failed: stored something else', '… and said');
CALL linked(31, 'google', 'last_change_wins');
CALL event_is('e31', 'varied@nine');
SELECT is(runs(31, 4), 'update_termin done, update_termin done, nothing, nothing', '… and Advoware likewise');
SELECT is(event_says(31), 'varied@nine', '… nothing flows back');

-- An edit of the source between the second write and its reading is not swallowed.

CALL linked(40, 'google');
CALL event_is('e40', 'C1@nine');
CALL sync_once();
CALL start_run();
CALL read();
SELECT engine.plan_phase(run_id(), 4) \g /dev/null
CALL carry_out(action_of(40));
SELECT engine.finish_run(run_id(), fence(), 'advoware_timeout') \g /dev/null
CALL event_is('e40', 'dinner@nine');
CALL sync_once();
SELECT is(outcome(40), 'update_termin done | synced | dinner@nine | dinner@nine', 'the event was edited before what Advoware stored was read: the edit is carried');

SELECT * FROM finish();
ROLLBACK;
