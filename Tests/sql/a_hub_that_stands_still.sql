-- At nine in the morning: bi.hub_health names what is not carried and why, bi.health sends everybody there, settings say what is allowed.
BEGIN;
\ir support/office.psql
\ir support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK');
UPDATE sync.employee SET active = false WHERE kuerzel = 'MK';
UPDATE sync.listener SET heartbeat_at = now() - interval '1 hour';
DELETE FROM sync.request;
CREATE FUNCTION needs() RETURNS text LANGUAGE sql AS $$ SELECT coalesce(string_agg(h.needs, ' | ' ORDER BY h.needs), 'nothing') FROM bi.hub_health AS h WHERE h.stands_still $$;
CREATE FUNCTION all_needs() RETURNS text LANGUAGE sql AS $$ SELECT coalesce(string_agg(h.needs, ' | ' ORDER BY h.needs), 'nothing') FROM bi.hub_health AS h WHERE h.needs !~ '^housekeeping' $$;
CREATE FUNCTION health(kuerzel text) RETURNS text LANGUAGE sql AS $$ SELECT format('%s (%s)', h.needs, h.needs_attention) FROM bi.health AS h WHERE h.employee_kuerzel = kuerzel $$;
CREATE PROCEDURE asked(ago interval) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sync.request DEFAULT VALUES;
    UPDATE sync.request SET requested_at = clock_timestamp() - ago WHERE status = 'waiting';
END
$$;

SELECT is(needs(), 'nothing', 'without a listener, but nobody waits: nothing stands still');
CALL asked('1 minute');
SELECT is(needs(), 'nothing', 'a request that waits for a minute is nothing yet');
UPDATE sync.request SET requested_at = clock_timestamp() - interval '3 days';
SELECT matches(needs(), '^1 requests wait, the oldest \(\d+\) since \d\d\.\d\d\. \d\d:\d\d, and no listener is alive: start calendar-sync listen$', 'after five minutes without a listener the hub says what to do');
SELECT is(health('SB'), 'nothing is carried at the moment: SELECT * FROM bi.hub_health (t)', '… and every employee''s row sends there');
SELECT matches(health('MK'), '^inactive: .* \(f\)$', '… but not who is inactive');
UPDATE sync.employee SET paused = true WHERE kuerzel = 'SB';
SELECT matches(health('SB'), '^paused: .* \(f\)$', '… nor who is paused');
UPDATE sync.employee SET paused = false WHERE kuerzel = 'SB';

UPDATE sync.listener SET heartbeat_at = clock_timestamp() - interval '2 minutes', stopped_at = clock_timestamp() - interval '2 minutes';
SELECT is(needs(), 'nothing', 'a listener that is being started again has its five minutes, however long the request has waited');
UPDATE sync.listener SET heartbeat_at = clock_timestamp(), stopped_at = NULL, started_at = clock_timestamp(), schema_version = sync.schema_version();
SELECT is(all_needs(), 'nothing', '… and time to take what waits');
UPDATE sync.listener SET started_at = clock_timestamp() - interval '20 minutes';
SELECT matches(all_needs(), '^request \d+ has waited since .* to be opened, although a listener is alive: its log says why$', 'a request that a living listener does not take is named');
SELECT is(health('SB'), 'nothing (f)', '… but the others are carried');
UPDATE sync.request SET requested_at = clock_timestamp() - interval '10 minutes';
SELECT is(all_needs(), 'nothing', '… after a quarter of an hour');
UPDATE sync.request SET status = 'running', started_at = now(), claimed_at = now(), requested_at = now() - interval '5 hours';
SELECT is(all_needs(), 'nothing', 'a sync that takes hours is no reason to worry while somebody works on it');
DELETE FROM sync.request;

INSERT INTO sync.job (jobname, schedule) VALUES ('nightly', '0 3 * * *');
SELECT is(needs(), 'nothing', 'a schedule that is not due is nothing');
UPDATE sync.job SET next_run_at = clock_timestamp() - interval '6 minutes';
SELECT is(all_needs(), 'nothing', 'a living listener will look at it');
UPDATE sync.listener SET heartbeat_at = now() - interval '1 hour';
SELECT matches(needs(), '^schedule nightly was due at .* and nobody looked: start calendar-sync listen$', 'a schedule that nobody looked at is named');
UPDATE sync.job SET next_run_at = NULL, last_error = 'time_zone: "Mars" is unknown';
SELECT is(all_needs(), 'schedule nightly can no longer be run: time_zone: "Mars" is unknown', 'one that never comes again is named, too');
UPDATE sync.job SET active = false;
SELECT is(needs(), 'nothing', '… unless it is paused');

UPDATE sync.listener SET heartbeat_at = now(), schema_version = sync.schema_version() + 1;
SELECT matches(needs(), '^listener .* needs schema version \d+, the hub has \d+, and gives it no work: ', 'a listener of another version is named while it lives');
INSERT INTO sync.listener (listener, schema_version) VALUES ('new', sync.schema_version());
SELECT matches(all_needs(), '^listener .* needs schema version', '… also beside one that fits');
SELECT is(health('SB'), 'nothing (f)', '… which carries everything');
UPDATE sync.listener SET stopped_at = clock_timestamp();
SELECT is(all_needs(), 'nothing', '… and not when it has left');

-- Settings.

SELECT throws_ok(format('UPDATE sync.setting SET %s = %s', s.field, s.value), s.code, s.says, s.field || ' = ' || s.value || ' is refused with what is allowed')
FROM (VALUES
    ('brake_share', '200', '23514', 'brake_share: 200.00; allowed are 0 to 100 percent'), ('brake_count', '-1', '23514', 'brake_count: -1; allowed are 0 and more'),
    ('lease', '''1 second''', '23514', 'lease: 00:00:01; allowed are 5 seconds to 10 minutes'), ('lease', 'NULL', '23514', 'lease: NULL; allowed are 5 seconds to 10 minutes'),
    ('advoware_writes', '''some''', '23514', 'advoware_writes: some; allowed are none, own, all'),
    ('window_past_days', '-3', '23514', 'window_past_days: -3; allowed are 0 to 3650 days'), ('expand_days', '0', '23514', 'expand_days: 0; allowed are 1 to 3660 days'),
    ('in_doubt_wait', '''2 days''', '23514', 'in_doubt_wait: 2 days; allowed are 0 seconds to 1 day'),
    ('google_concurrency', '65', '23514', 'google_concurrency: 65; allowed are 1 to 64'),
    ('keep_runs', '''1 hour''', '22023', 'keep_runs: 01:00:00; allowed are 1 day to 1000 years')) AS s (field, value, code, says);
SELECT throws_ok($$UPDATE sync.employee SET advoware_writes = 'some'$$, '23514', 'advoware_writes: some; allowed are none, own, all, or NULL for sync.setting''s', 'an employee''s too');
SELECT throws_ok($$INSERT INTO sync.job (schedule, active) VALUES ('@daily', NULL)$$, '22023', 'active: NULL; allowed are true and false', 'a job is active or it is not');
SELECT throws_like($$UPDATE sync.setting SET paused = NULL$$, 'paused: NULL; allowed are true and false', 'the office is paused or it is not');
SET LOCAL session_replication_role = replica;
SELECT throws_ok($$INSERT INTO sync.request (phase) VALUES (9)$$, '23514', NULL, 'no way to ask for a phase that does not exist: no listener could open it');
SELECT lives_ok($$INSERT INTO sync.request (phase, status) VALUES (4, 'done')$$, 'what is copied by replication or restored is taken as it is');
SELECT is((SELECT status FROM sync.request WHERE phase = 4), 'done', '… old requests do not wait again');

SELECT * FROM finish();
ROLLBACK;
