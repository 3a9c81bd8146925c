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

UPDATE sync.listener SET heartbeat_at = clock_timestamp(), stopped_at = NULL, schema_version = sync.schema_version();
SELECT matches(needs(), '^request \d+ has waited since .* to be opened, although a listener is alive: its log says why; SELECT sync.cancel_request\(\d+\) takes the request back$', 'a request that a living listener does not open is named');
UPDATE sync.request SET requested_at = clock_timestamp() - interval '10 minutes';
SELECT is(needs(), 'nothing', '… after a quarter of an hour');
DELETE FROM sync.request;

INSERT INTO sync.job (jobname, schedule) VALUES ('nightly', '0 3 * * *');
SELECT is(needs(), 'nothing', 'a schedule that is not due is nothing');
UPDATE sync.job SET next_run_at = clock_timestamp() - interval '6 minutes';
SELECT matches(needs(), '^schedule nightly was due at .* and nobody looked: start calendar-sync listen$', 'a schedule that nobody looked at is named');
UPDATE sync.job SET active = false;
SELECT is(needs(), 'nothing', '… unless it is paused');

UPDATE sync.listener SET schema_version = sync.schema_version() + 1 WHERE listener = (SELECT min(l.listener) FROM sync.listener AS l);
SELECT matches(needs(), '^listener .* needs schema version \d+, the hub has \d+, and gives it no work: ', 'a listener of another version is named while it lives');
UPDATE sync.listener SET stopped_at = clock_timestamp();
SELECT is(needs(), 'nothing', '… and not when it has left');

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
SET LOCAL session_replication_role = replica;
SELECT throws_like($$INSERT INTO sync.request (phase) VALUES (9)$$, 'phase: 9 is not a phase%', 'no way around the check of a request: no listener could open it');

SELECT * FROM finish();
ROLLBACK;
