-- APIS, Google: making many calendars in a short time is limited: the rest of the office goes on, the calendar is tried again later.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK');
UPDATE sync.employee SET google_calendar_id = NULL WHERE kuerzel = 'SB';
UPDATE sync.setting SET retry_first = '1 minute', retry_longest = '6 hours';
CREATE FUNCTION waits() RETURNS interval LANGUAGE sql AS
    $$ SELECT date_trunc('minute', next_attempt_at - clock_timestamp() + interval '1 second') FROM sync.calendar_wait WHERE employee_kuerzel = 'SB' $$;
CREATE PROCEDURE refused(retry_after_seconds integer DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM engine.calendar_refused(run_id(), fence(), retry_after_seconds);
END
$$;

CALL start_run();
SELECT is(engine.may_create_calendar(run_id(), fence()), true, 'the first time Google may be asked');
CALL refused();
SELECT engine.finish_run(run_id(), fence(), 'google_calendar_limit') \g /dev/null
CALL start_run();
SELECT is(engine.may_create_calendar(run_id(), fence()), true, 'after one refusal the next run asks once more');
CALL refused();
SELECT is(engine.may_create_calendar(run_id(), fence()), false, 'after two it waits');
SELECT is(waits(), '1 minute'::interval, '… as long as a row that failed for the first time');
SELECT matches((SELECT needs FROM bi.health WHERE employee_kuerzel = 'SB'), 'no more calendars for now: tried again after', '… and bi.health says until when');
CALL refused();
SELECT is(waits(), '2 minutes'::interval, 'the wait grows');
CALL refused(3600);
SELECT is(waits(), '1 hour'::interval, '… and is never shorter than what Google asked for');
CALL refused(1000000000);
SELECT is(waits(), '1 day'::interval, '… nor longer than a day because of it');
SELECT engine.finish_run(run_id(), fence(), 'google_calendar_limit') \g /dev/null

CALL start_run(employee => 'MK');
SELECT is(engine.may_create_calendar(run_id(), fence()), true, 'another employee''s calendar may be asked for');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null

SELECT sync.retry_failed() \g /dev/null
CALL start_run();
SELECT is(engine.may_create_calendar(run_id(), fence()), true, 'retry_failed makes it due now');
CALL refused();
SELECT engine.store_calendar(run_id(), fence(), 'made', false) \g /dev/null
SELECT is_empty('SELECT * FROM sync.calendar_wait', 'nothing is waited for once there is a calendar');
UPDATE sync.run SET lease_until = clock_timestamp() - interval '1 second' WHERE run_id = run_id();
SELECT throws_ok('SELECT engine.may_create_calendar(test.run_id(), test.fence())', 'CS003', NULL, 'who lost the lease may not ask');
SELECT throws_ok('SELECT engine.calendar_refused(test.run_id(), test.fence())', 'CS003', NULL, '… nor tell');

-- Requests in flight.

SELECT is((SELECT l::text FROM engine.limits() AS l), '(4,8)', 'four requests to Advoware and eight to Google are in flight at most');
UPDATE sync.setting SET advoware_concurrency = 1, google_concurrency = 64;
SELECT is((SELECT l::text FROM engine.limits() AS l), '(1,64)', '… or as many as the settings say');
SELECT throws_ok(format('UPDATE sync.setting SET %s = %s', s, n), '23514', NULL, s || ' = ' || n || ' is refused')
FROM unnest(ARRAY['advoware_concurrency', 'google_concurrency']) AS s, unnest(ARRAY[0, 65]) AS n;
SET ROLE calendar_sync_operator;
SELECT lives_ok('UPDATE sync.setting SET advoware_concurrency = 2, google_concurrency = 3', 'an operator may set them');
SELECT lives_ok('SELECT * FROM sync.calendar_wait', '… and see who waits for a calendar');
SET ROLE calendar_sync_user;
SELECT is((SELECT l::text FROM engine.limits() AS l), '(2,3)', 'a listener may ask');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
