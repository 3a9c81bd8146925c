-- rules 1: what ended before the past edge is left alone until a side is seen inside again: half links too, and attempts in doubt, of which a reading says
-- nothing that does not reach them.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
\ir ../support/doubt.psql
SELECT no_plan();
CALL office();
CALL termin_is(500, 'the control@nine');
CALL sync_once();
-- Something of the day before yesterday, and the midnight after which it is out of reach.
CREATE FUNCTION before_yesterday() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT now() - interval '50 hours' $$;
CREATE PROCEDURE days_pass() LANGUAGE sql AS $$
    UPDATE sync.setting SET window_past_days = 1;
    UPDATE termin SET listed = false WHERE ends_at < engine.window_from();
    UPDATE event SET listed = false WHERE ends_at < engine.window_from();
$$;
UPDATE sync.setting SET window_past_days = 3;

CALL event_is('a', 'talk@nine', starts => before_yesterday());
CALL start_run(2);
CALL read();
SELECT is(engine.plan_phase(run_id(), 2), 1, 'before: an event without a Termin, within the window');
CALL finish_run();
SAVEPOINT planned;
CALL days_pass();
CALL sync_once();
SELECT is(happened() || ', ' || counts(), 'nothing, 1 Termine, 2 events', 'a half link that left the window is left alone in phase 2');
UPDATE event SET starts_at = tomorrow(), ends_at = tomorrow() + interval '1 hour', listed = true, etag = 2, changed_at = later() WHERE id = 'a';
CALL sync_once();
SELECT is(happened(), 'create_termin done, tag_event done', '… until its event is seen inside again');
ROLLBACK TO planned;
DELETE FROM sync.calendar_sync WHERE sync_id = link_of('a');
DELETE FROM event WHERE id = 'a';

CALL termin_is(501, 'brief@nine', starts => before_yesterday());
CALL start_run(1);
CALL read();
SELECT is(engine.plan_phase(run_id(), 1), 1, 'before: a Termin without an event, within the window');
CALL finish_run();
CALL days_pass();
CALL sync_once();
SELECT is(happened() || ', ' || counts(), 'nothing, 2 Termine, 1 events', 'a half link that left the window is left alone in phase 1');
UPDATE termin SET starts_at = tomorrow(), ends_at = tomorrow() + interval '1 hour', listed = true, changed_at = later() WHERE frnr = 501;
CALL sync_once();
SELECT is(happened(), 'create_event done', '… until its Termin is seen inside again');
CALL start_over();

UPDATE sync.setting SET window_past_days = 3;
CALL sync_once();
CALL event_is('a', 'talk@nine', starts => before_yesterday());
CALL doubted('a');
CALL termin_is(510, 'talk@nine', starts => before_yesterday());
CALL days_pass();
CALL time_passes();
CALL sync_once();
SELECT is(happened() || ', ' || action_says(attempt('a')), 'nothing, in_doubt: timeout', 'an attempt that left the window while in doubt is not posted again');
-- The event is moved to tomorrow: what was posted still lies where no list reaches.
UPDATE event SET content = 'talk@ten', starts_at = tomorrow(), ends_at = tomorrow() + interval '1 hour', listed = true, etag = 2, changed_at = later() WHERE id = 'a';
CALL sync_once();
SELECT is(happened() || ', ' || action_says(attempt('a')), 'nothing, in_doubt: timeout', '… nor when its event is moved into the window afterwards');
UPDATE sync.setting SET window_past_days = 3;
UPDATE termin SET listed = true;
CALL sync_once();
SELECT is(action_says(attempt('a')) || ', ' || counts(), 'done: found_by_content, 2 Termine, 2 events', '… a list that reaches it resolves it');

SELECT * FROM finish();
ROLLBACK;
