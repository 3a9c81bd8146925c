-- At nine in the morning: bi.hub_health names what is not carried and why, and bi.health sends everybody there.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office('SB', 'MK');
UPDATE sync.employee SET active = false WHERE kuerzel = 'MK';
UPDATE sync.listener SET heartbeat_at = now() - interval '1 hour';
DELETE FROM sync.request;
CREATE FUNCTION needs() RETURNS text LANGUAGE sql AS $$ SELECT coalesce(string_agg(h.needs, ' | ' ORDER BY h.needs), 'nothing') FROM bi.hub_health AS h WHERE h.stands_still $$;
CREATE FUNCTION all_needs() RETURNS text LANGUAGE sql AS $$ SELECT coalesce(string_agg(h.needs, ' | ' ORDER BY h.needs), 'nothing') FROM bi.hub_health AS h WHERE h.needs !~ '^housekeeping' $$;
CREATE FUNCTION health(kuerzel text) RETURNS text LANGUAGE sql AS $$ SELECT format('%s (%s)', h.needs, h.needs_attention) FROM bi.health AS h WHERE h.employee_kuerzel = kuerzel $$;

SELECT is(needs(), 'nothing', 'without a listener, but nobody waits: nothing stands still');
INSERT INTO sync.request DEFAULT VALUES;
UPDATE sync.request SET requested_at = clock_timestamp() - interval '1 minute';
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
UPDATE sync.listener SET heartbeat_at = clock_timestamp(), stopped_at = NULL, started_at = clock_timestamp(), schema_version = engine.schema_version();
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

UPDATE sync.listener SET heartbeat_at = now(), schema_version = engine.schema_version() + 1;
SELECT matches(needs(), '^listener .* needs schema version \d+, the hub has \d+, and gives it no work: ', 'a listener of another version is named while it lives');
INSERT INTO sync.listener (listener, schema_version) VALUES ('new', engine.schema_version());
SELECT matches(all_needs(), '^listener .* needs schema version', '… also beside one that fits');
SELECT is(health('SB'), 'nothing (f)', '… which carries everything');
UPDATE sync.listener SET stopped_at = clock_timestamp();
SELECT is(all_needs(), 'nothing', '… and not when it has left');

SELECT * FROM finish();
ROLLBACK;
