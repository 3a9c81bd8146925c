-- When a schedule is due next: calendar, months, both changes of the clocks.
BEGIN;
\ir ../support/office.psql
SELECT no_plan();

-- The next ticks after a wall-clock time, as the zone's clock shows them with its offset.
CREATE FUNCTION ticks(schedule text, zone text, since timestamptz, wanted integer DEFAULT 3) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    at timestamptz := since;
    said text[] := '{}';
BEGIN
    FOR n IN 1..wanted LOOP
        at := sync.next_run(schedule, zone, at);
        said := said || (to_char(at AT TIME ZONE zone, 'YYYY-MM-DD HH24:MI:SS') || to_char(extract(epoch FROM (at AT TIME ZONE zone) - (at AT TIME ZONE 'UTC')) / 3600, 'SGFM90.0'));
    END LOOP;
    RETURN replace(array_to_string(said, ', '), ':00+', '+');
END
$$;
CREATE FUNCTION due(schedule text, zone text, since timestamptz, wanted text, why text) RETURNS text LANGUAGE sql AS $$
    SELECT is(replace(ticks(schedule, zone, since, cardinality(string_to_array(wanted, ', '))), ':00-', '-'), wanted, format('%s in %s: %s', schedule, zone, why))
$$;

-- The calendar

SELECT due('*/10 7-19 * * mon-fri', 'Europe/Berlin', '2026-06-05 19:45+02', '2026-06-05 19:50+2.0, 2026-06-08 07:00+2.0, 2026-06-08 07:10+2.0', 'over the weekend');
SELECT due('* * * * *', 'Europe/Berlin', '2026-06-05 19:45:30+02', '2026-06-05 19:46+2.0, 2026-06-05 19:47+2.0', 'strictly after, at the full minute');
SELECT due('46 19 * * *', 'Europe/Berlin', '2026-06-05 19:46:00+02', '2026-06-06 19:46+2.0', 'a tick does not follow itself');
SELECT due('0 0 29 2 *', 'UTC', '2096-03-01 00:00Z', '2104-02-29 00:00+0.0', '2100 is no leap year');
SELECT due('0 0 29 2 */6', 'UTC', '2026-01-01 00:00Z', '2032-02-29 00:00+0.0, 2048-02-29 00:00+0.0', 'a field that begins with * restricts nothing, but must match: 29 February on Saturday or Sunday');
SELECT due('0 0 1 1 mon', 'UTC', '2026-12-25 00:00Z', '2027-01-01 00:00+0.0, 2027-01-04 00:00+0.0', 'either matches if both are restricted');
SELECT due('0 12 $ * *', 'UTC', '2027-01-31 13:00Z', '2027-02-28 12:00+0.0, 2027-03-31 12:00+0.0, 2027-04-30 12:00+0.0', 'the last day of each month');
SELECT due('0 12 15,$ 2 *', 'UTC', '2028-02-01 00:00Z', '2028-02-15 12:00+0.0, 2028-02-29 12:00+0.0', '… in a list, in a leap year');
SELECT due('@yearly', 'Asia/Kolkata', '2026-06-01 00:00Z', '2027-01-01 00:00+5.5', 'in the zone''s own year');
SELECT due('20 seconds', 'Europe/Berlin', '2026-06-05 12:00:07+02', '2026-06-05 12:00:27+2.0, 2026-06-05 12:00:47+2.0', 'counted from the last tick');
SELECT is(sync.next_run('* * * * *', 'UTC', 'infinity'), NULL, 'after the end of time nothing is due');

-- Spring in Berlin: 02:00 becomes 03:00.

SELECT due('30 2 * * *', 'Europe/Berlin', '2026-03-28 12:00+01', '2026-03-29 03:00+2.0, 2026-03-30 02:30+2.0', 'what falls into the gap runs once right after it');
SELECT due('0,20,40 2 * * *', 'Europe/Berlin', '2026-03-28 12:00+01', '2026-03-29 03:00+2.0, 2026-03-30 02:00+2.0', '… once, however often it falls into it');
SELECT due('30 1,2,3 * * *', 'Europe/Berlin', '2026-03-29 00:00+01', '2026-03-29 01:30+1.0, 2026-03-29 03:00+2.0, 2026-03-29 03:30+2.0', '… beside what does not');
SELECT due('0 2,3 * * *', 'Europe/Berlin', '2026-03-29 00:00+01', '2026-03-29 03:00+2.0, 2026-03-30 02:00+2.0', '… and not twice at the same instant');
SELECT due('*/30 2 * * *', 'Europe/Berlin', '2026-03-28 12:00+01', '2026-03-30 02:00+2.0', 'with * in the minute nothing is made up for');
SELECT due('30 * * * *', 'Europe/Berlin', '2026-03-29 01:00+01', '2026-03-29 01:30+1.0, 2026-03-29 03:30+2.0', '… nor with * in the hour');
SELECT due('30 */2 * * *', 'Europe/Berlin', '2026-03-29 00:00+01', '2026-03-29 00:30+1.0, 2026-03-29 04:30+2.0', '… nor with a step');

-- Autumn in Berlin: 03:00 becomes 02:00 again.

SELECT due('30 2 * * *', 'Europe/Berlin', '2026-10-24 12:00+02', '2026-10-25 02:30+2.0, 2026-10-26 02:30+1.0', 'the hour that comes twice counts in its first pass');
SELECT due('30 2 * * *', 'Europe/Berlin', '2026-10-25 02:10+01', '2026-10-26 02:30+1.0', '… only, also when the second one has begun');
SELECT due('0-59/20 1-3 * * *', 'Europe/Berlin', '2026-10-25 02:30+02', '2026-10-25 02:40+2.0, 2026-10-25 03:00+1.0', '… from one pass past the other');
SELECT due('30 * * * *', 'Europe/Berlin', '2026-10-25 01:00+02', '2026-10-25 01:30+2.0, 2026-10-25 02:30+2.0, 2026-10-25 02:30+1.0, 2026-10-25 03:30+1.0', 'with * in the hour both passes count');
SELECT due('*/30 2 * * *', 'Europe/Berlin', '2026-10-25 01:00+02', '2026-10-25 02:00+2.0, 2026-10-25 02:30+2.0, 2026-10-25 02:00+1.0, 2026-10-25 02:30+1.0, 2026-10-26 02:00+1.0', '… and with * in the minute');

-- Other zones, other changes.

SELECT due('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03 12:00+10:30', '2026-10-04 02:30+11.0, 2026-10-05 02:15+11.0', 'a gap of half an hour');
SELECT due('45 1 * * *', 'Australia/Lord_Howe', '2026-04-04 12:00+11', '2026-04-05 01:45+11.0, 2026-04-06 01:45+10.5', 'half an hour that comes twice');
SELECT due('45 * * * *', 'Australia/Lord_Howe', '2026-04-05 01:00+11', '2026-04-05 01:45+11.0, 2026-04-05 01:45+10.5, 2026-04-05 02:45+10.5', '… both of its passes');
SELECT due('@daily', 'America/Santiago', '2026-09-05 12:00-04', '2026-09-06 01:00-3.0, 2026-09-07 00:00-3.0', 'a midnight that does not exist');
SELECT due('@daily', 'Asia/Beirut', '2026-03-28 12:00+02', '2026-03-29 01:00+3.0, 2026-03-30 00:00+3.0', 'a midnight that does not exist');
SELECT due('@hourly', 'Asia/Beirut', '2026-03-28 22:30+02', '2026-03-28 23:00+2.0, 2026-03-29 01:00+3.0', '… by the hour');
SELECT due('30 23 * * *', 'Africa/Cairo', '2026-10-29 12:00+03', '2026-10-29 23:30+3.0, 2026-10-30 23:30+2.0', 'the last hour of a day comes twice');
SELECT due('30 23 * * *', 'America/Santiago', '2026-04-04 12:00-03', '2026-04-04 23:30-3.0, 2026-04-05 23:30-4.0', 'the last hour of a day comes twice');
SELECT due('0 12 * * *', 'Pacific/Apia', '2011-12-29 13:00-10', '2011-12-31 00:00+14.0, 2011-12-31 12:00+14.0', 'a whole day that does not exist');

-- Counting ticks

SELECT is(engine.count_ticks(schedule, zone, since, until), wanted::bigint, format('%s: %s ticks from %s to %s', schedule, wanted, since, until))
FROM (VALUES
    ('* * * * *', 'Europe/Berlin', timestamptz '2026-01-01 00:00+01', timestamptz '2027-01-01 00:00+01', 525600),
    ('0 * * * *', 'Europe/Berlin', '2026-03-28 12:00+01', '2026-03-30 12:00+02', 47),
    ('30 * * * *', 'Europe/Berlin', '2026-10-24 12:00+02', '2026-10-26 12:00+01', 49),
    ('30 2 * * *', 'Europe/Berlin', '2025-01-01 00:00+01', '2027-01-01 00:00+01', 730),
    ('*/10 7-19 * * mon-fri', 'Europe/Berlin', '2026-06-05 18:00+02', '2026-06-08 07:20+02', 14),
    ('0 0 29 2 *', 'UTC', '2020-01-01 00:00Z', '2040-01-01 00:00Z', 5),
    ('7 seconds', 'UTC', '2026-01-01 00:00:00Z', '2026-01-01 00:01:00Z', 8),
    ('0 3 * * *', 'UTC', '2026-01-01 03:00:00Z', '2026-01-01 03:00:00Z', 0),
    ('0 3 * * *', 'UTC', '2026-01-01 02:59:59Z', '2026-01-01 03:00:00Z', 1),
    ('0 3 * * *', 'UTC', '2026-01-01 03:00:00Z', '2026-01-02 02:59:00Z', 0)
) AS s (schedule, zone, since, until, wanted);
SELECT is(engine.count_ticks('17 2,3,4 * * *', 'America/New_York', since, since + interval '9 days'), (
    WITH RECURSIVE tick (at) AS (
        SELECT sync.next_run('17 2,3,4 * * *', 'America/New_York', since)
        UNION ALL SELECT sync.next_run('17 2,3,4 * * *', 'America/New_York', at) FROM tick WHERE at < since + interval '10 days')
    SELECT count(*) FROM tick WHERE at <= since + interval '9 days'), 'counted as they come, from ' || since)
FROM generate_series(timestamptz '2026-02-25 05:00Z', '2026-03-20 00:00Z', '31 hours') AS since;
-- Wherever the count begins and ends around a change: in the gap, in either pass, on the change itself.
CREATE FUNCTION counted_apart(schedule text, zone text, around timestamptz) RETURNS bigint LANGUAGE sql AS $$
    WITH RECURSIVE tick (at) AS (
        SELECT sync.next_run(schedule, zone, around - interval '5 hours')
        UNION ALL SELECT sync.next_run(schedule, zone, at) FROM tick WHERE at < around + interval '5 hours')
    SELECT count(*) FROM generate_series(around - interval '5 hours', around + interval '5 hours', '45 minutes') AS since,
        LATERAL generate_series(since, around + interval '5 hours', '135 minutes') AS until
    WHERE engine.count_ticks(schedule, zone, since, until) <> (SELECT count(*) FROM tick WHERE at > since AND at <= until)
$$;
SELECT is(counted_apart(schedule, zone, around), 0::bigint, format('"%s" around %s in %s: as many as there are', schedule, around, zone))
FROM unnest(ARRAY['17 * * * *', '*/30 2 * * *', '0,30 1-3 * * *', '30 2 * * *', '0 0 * * *', '59 23 * * *']) AS schedule,
    (VALUES ('Europe/Berlin', timestamptz '2026-03-29 01:00Z'), ('Europe/Berlin', '2026-10-25 01:00Z'), ('Australia/Lord_Howe', '2026-10-03 15:30Z'),
        ('Australia/Lord_Howe', '2026-04-04 15:00Z'), ('America/Santiago', '2026-09-06 04:00Z'), ('Africa/Cairo', '2026-10-29 21:00Z'), ('Pacific/Apia', '2011-12-30 10:00Z')) AS z (zone, around);
SELECT clock_timestamp() AS began \gset
SELECT engine.count_ticks('* * * * *', 'Europe/Berlin', '2026-01-01', '2027-01-01'), engine.count_ticks('1 seconds', 'Europe/Berlin', '2026-01-01', '2027-01-01'),
    engine.count_ticks('*/2 1-3 * * *', 'Europe/Berlin', '2026-01-01', '2027-01-01') \g /dev/null
-- 60 ms on an idle machine; minute by minute it was 20 seconds, and several such jobs never came to an end.
SELECT cmp_ok(clock_timestamp() - :'began', '<', interval '2 seconds', 'what was missed in a year is counted in no time');
SELECT throws_ok('SELECT ' || call, '22023', 'time_zone: "Mars" is unknown; allowed: names such as Europe/Berlin, America/New_York, UTC', 'an unknown zone is refused by name: ' || call)
FROM unnest(ARRAY[$$sync.next_run('* * * * *', 'Mars')$$, $$engine.count_ticks('* * * * *', 'Mars', now(), now())$$, $$sync.next_run('10 seconds', 'Mars')$$]) AS call;
SELECT throws_like(format('SELECT sync.next_run(''@daily'', %L)', zone), 'time_zone: "' || zone || '" is unknown;%', 'what only looks like a zone is refused, as in sync.job: ' || zone)
FROM unnest(ARRAY['Berlin3', '+2', 'Foo5Bar', 'UTC-3']) AS zone;
SELECT lives_ok('SELECT engine.check_time_zone(z.name) FROM pg_timezone_names AS z', 'every name that the server knows is a zone');

SELECT * FROM finish();
ROLLBACK;
