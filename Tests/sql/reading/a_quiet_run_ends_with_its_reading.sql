-- The claim says what to read, and a reading that leaves nothing to do ends the run: two statements.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL termin_is(1, 'talk@nine');
CALL sync_once();

CREATE TABLE work AS SELECT * FROM engine.claim_work('listener', NULL, key()) WITH NO DATA;
CREATE PROCEDURE claim() LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sync.request_sync(employee => 'SB');
    DELETE FROM test.work;
    INSERT INTO test.work SELECT * FROM engine.claim_work('listener', NULL, test.key());
    PERFORM set_config('test.run', run_id::text, true), set_config('test.fence', fence::text, true) FROM test.work;
END
$$;
-- What the reading that was ordered says, with an error beside it or none.
CREATE FUNCTION taken(error_code text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s, %s, %s', t.stored, coalesce(t.again::text, '-'), coalesce(t.status, '-'))
    FROM work AS w, engine.take_reading(run_id(), fence(), reading() || jsonb_build_object(
        'observed_at', w.observed_at, 'window_from', w.window_from, 'window_to', w.window_to), error_code) AS t
$$;
CREATE FUNCTION ended() RETURNS text LANGUAGE sql AS $$ SELECT r.status || coalesce(' ' || r.error_code, '') FROM sync.run AS r WHERE r.run_id = run_id() $$;

CALL claim();
SELECT is((observed_at IS NOT NULL, window_from, google_token)::text, (true, engine.window_from(), 'token')::text, 'the claim says what to read') FROM work;
SELECT is(taken(), 't, false, done', 'a reading that shows nothing new ends the run');
SELECT is(ended(), 'done', '… as done');
CALL claim();
SELECT is(taken('calendar_not_shared: google_forbidden'), 't, false, failed', 'what went wrong before is not forgotten');
SELECT is(ended(), 'failed calendar_not_shared: google_forbidden', '… the run ends with it');

CALL termin_is(2, 'letter@ten');
CALL claim();
SELECT is(taken(), 't, false, -', 'one that shows something new does not end it');
SELECT is(ended(), 'running', '… there is something to do');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
CALL sync_once();

INSERT INTO termin (frnr, content, changed_at, starts_at, ends_at)
SELECT n, 'many@' || n, later(), tomorrow(), tomorrow() + interval '1 hour' FROM generate_series(1001, 1201) AS n;
CALL claim();
SELECT is(taken(), 't, -, -', 'a long one is settled in a statement of its own');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
DELETE FROM termin WHERE frnr > 1000;

-- What waits for a person, or is in doubt, is planned whatever a reading shows.
CALL sync_once();
CALL claim();
INSERT INTO sync.action (run_id, phase, kind, reason, status, employee_kuerzel) VALUES (run_id(), 3, 'delete_event', 'test', 'held', 'SB');
SELECT is(taken(), 't, false, -', 'while something is held the phases are planned');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
DELETE FROM sync.action WHERE status = 'held';

CALL claim();
UPDATE work SET window_to = window_to + interval '1 day';
SELECT is(taken(), 'f, -, -', 'a reading of another window is thrown away');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

-- Where something comes before the reading, the claim does not say what to read.
UPDATE sync.employee SET google_calendar_id = NULL WHERE kuerzel = 'SB';
CALL claim();
SELECT is(observed_at, NULL, 'an employee without a calendar: first that is made') FROM work;
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
UPDATE sync.employee SET google_calendar_id = 'calendar of SB' WHERE kuerzel = 'SB';
UPDATE sync.employee SET paused = true WHERE kuerzel = 'SB';
CALL claim();
SELECT is_empty($$SELECT * FROM test.work$$, 'paused: there is no work');

SELECT * FROM finish();
ROLLBACK;
