CREATE OR REPLACE FUNCTION engine.clock_change(time_zone text, since timestamptz, until timestamptz) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before interval := (since AT TIME ZONE time_zone) - (since AT TIME ZONE 'UTC');
    earliest timestamptz := date_trunc('second', since, 'UTC');
    latest timestamptz := date_trunc('second', until, 'UTC');
    middle timestamptz;
BEGIN
    IF (latest AT TIME ZONE time_zone) - (latest AT TIME ZONE 'UTC') = before THEN
        RETURN NULL;
    END IF;
    WHILE latest - earliest > interval '1 second' LOOP
        middle := date_trunc('second', earliest + (latest - earliest) / 2, 'UTC');
        IF (middle AT TIME ZONE time_zone) - (middle AT TIME ZONE 'UTC') = before THEN
            earliest := middle;
        ELSE
            latest := middle;
        END IF;
    END LOOP;
    RETURN latest;
END
$$;
COMMENT ON FUNCTION engine.clock_change(text, timestamptz, timestamptz) IS 'The instant at which the clocks of a zone change between two instants at most a few days apart; NULL if they show the same offset at both.';

CREATE OR REPLACE FUNCTION engine.check_time_zone(time_zone text) RETURNS void
LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- PostgreSQL would take "Berlin3" or "+2" for a zone of its own, hours the other way round; asking pg_timezone_names each time takes too long.
    IF time_zone ~ '[0-9]' AND time_zone !~* '^([a-z]+/.*|(est5ed|cst6cd|mst7md|pst8pd)t|gmt[+-]?0)$' THEN
        RAISE invalid_parameter_value;
    END IF;
    PERFORM '2000-01-01 00:00+00'::timestamptz AT TIME ZONE time_zone;
EXCEPTION WHEN invalid_parameter_value THEN
    RAISE EXCEPTION 'time_zone: "%" is unknown; allowed are names such as Europe/Berlin, America/New_York, UTC', left(time_zone, 40) USING ERRCODE = '22023',
        HINT = 'SELECT name FROM pg_timezone_names ORDER BY name shows all.';
END
$$;
COMMENT ON FUNCTION engine.check_time_zone(text) IS 'Raises 22023 that names the field, the value and what is allowed if the server does not know that zone.';

CREATE OR REPLACE FUNCTION engine.day_matches(day date, days integer[], last_day boolean, weekdays integer[], either_day boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN either_day THEN by_date OR by_week ELSE by_date AND by_week END
    FROM (VALUES (
        pg_catalog.date_part('day', day) = ANY (days) OR (last_day AND pg_catalog.date_part('day', day + 1) = 1),
        pg_catalog.date_part('dow', day) = ANY (weekdays)
    )) AS matched (by_date, by_week)
$$;
COMMENT ON FUNCTION engine.day_matches(date, integer[], boolean, integer[], boolean) IS 'Whether a schedule, as engine.parse_schedule reads it, matches a day of a month it names: either of day of month and day of week if both are restricted, else both.';

CREATE OR REPLACE FUNCTION engine.next_match(minutes integer[], hours integer[], days integer[], last_day boolean, months integer[], weekdays integer[],
    either_day boolean, wall timestamp) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    day date := wall::date;
    from_hour integer := date_part('hour', wall);
    from_minute integer := date_part('minute', wall);
    found integer;
BEGIN
    -- 29 February on a given weekday can be 40 years away.
    WHILE day < wall::date + 15000 LOOP
        IF NOT date_part('month', day) = ANY (months) THEN
            day := date_trunc('month', day::timestamp) + interval '1 month';
        ELSE
            IF engine.day_matches(day, days, last_day, weekdays, either_day) THEN
                IF from_hour = ANY (hours) THEN
                    found := (SELECT min(m) FROM unnest(minutes) AS m WHERE m >= from_minute);
                    IF found IS NOT NULL THEN
                        RETURN day + make_interval(hours => from_hour, mins => found);
                    END IF;
                END IF;
                found := (SELECT min(h) FROM unnest(hours) AS h WHERE h > from_hour);
                IF found IS NOT NULL THEN
                    RETURN day + make_interval(hours => found, mins => minutes[1]);
                END IF;
            END IF;
            day := day + 1;
        END IF;
        from_hour := 0;
        from_minute := 0;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION engine.next_match(integer[], integer[], integer[], boolean, integer[], integer[], boolean, timestamp) IS 'The first wall-clock minute at or after a given one that a schedule, as engine.parse_schedule reads it, names; without regard to zones. Goes day by day, and month by month over months that are not named.';

CREATE OR REPLACE FUNCTION sync.next_run(schedule text, time_zone text DEFAULT 'Europe/Berlin', after timestamptz DEFAULT now()) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s record;
    wall timestamp;
    day_before timestamptz;
    day_after timestamptz;
    first_pass timestamptz;
    second_pass timestamptz;
    change timestamptz;
    comes_again timestamptz;
    again timestamp;
BEGIN
    s := engine.parse_schedule(schedule);
    PERFORM engine.check_time_zone(time_zone);
    IF NOT isfinite(after) THEN
        RETURN NULL;
    ELSIF s.every_seconds IS NOT NULL THEN
        RETURN after + make_interval(secs => s.every_seconds);
    END IF;
    wall := date_trunc('minute', after AT TIME ZONE time_zone) + interval '1 minute';

    IF s.follows_clock THEN
        -- From the first pass of an hour that comes twice: what the clock has shown already, it shows again.
        change := engine.clock_change(time_zone, after, after + interval '25 hours');
        again := engine.next_match(s.minutes, s.hours, s.days, s.last_day, s.months, s.weekdays, s.either_day, date_trunc('minute', change AT TIME ZONE time_zone));
        IF again < wall THEN
            comes_again := change + (again - (change AT TIME ZONE time_zone));
        END IF;
    END IF;

    LOOP
        wall := engine.next_match(s.minutes, s.hours, s.days, s.last_day, s.months, s.weekdays, s.either_day, wall);
        IF wall IS NULL THEN
            RETURN comes_again;
        END IF;
        -- When the clock shows that minute by the offset before, and by the offset after any change near it.
        day_before := (wall AT TIME ZONE time_zone) - interval '25 hours';
        day_after := (wall AT TIME ZONE time_zone) + interval '25 hours';
        first_pass := (wall - ((day_before AT TIME ZONE time_zone) - (day_before AT TIME ZONE 'UTC'))) AT TIME ZONE 'UTC';
        second_pass := (wall - ((day_after AT TIME ZONE time_zone) - (day_after AT TIME ZONE 'UTC'))) AT TIME ZONE 'UTC';
        IF (first_pass AT TIME ZONE time_zone) <> wall AND (second_pass AT TIME ZONE time_zone) <> wall THEN
            -- In the gap: right after it, or not at all.
            first_pass := CASE WHEN NOT s.follows_clock THEN engine.clock_change(time_zone, day_before, day_after) END;
        ELSIF (first_pass AT TIME ZONE time_zone) <> wall THEN
            first_pass := second_pass;
        ELSIF s.follows_clock AND first_pass <= after AND (second_pass AT TIME ZONE time_zone) = wall THEN
            first_pass := second_pass;
        END IF;
        IF first_pass > after THEN
            RETURN least(first_pass, comes_again);
        END IF;
        wall := wall + interval '1 minute';
    END LOOP;
END
$$;
COMMENT ON FUNCTION sync.next_run(text, text, timestamptz) IS 'When a schedule is due next after an instant, by the rule of Debian''s cron at clock changes: with * at the beginning of minute or hour it follows the wall clock (nothing is made up for in spring, both passes count in autumn); any other that falls into the gap is due once right after it, and in the hour that comes twice in the first pass only. Raises 22023 if the schedule or the time zone cannot be read.';
GRANT EXECUTE ON FUNCTION sync.next_run(text, text, timestamptz) TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;

CREATE OR REPLACE FUNCTION engine.count_matches(minutes integer[], hours integer[], days integer[], last_day boolean, months integer[], weekdays integer[],
    either_day boolean, after timestamp, until timestamp) RETURNS bigint
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(sum(CASE
        WHEN d > after AND d + interval '1 day' <= until THEN cardinality(hours) * cardinality(minutes)
        ELSE (SELECT count(*) FROM unnest(hours) AS h, unnest(minutes) AS m
            WHERE d + make_interval(hours => h, mins => m) > after AND d + make_interval(hours => h, mins => m) <= until) END), 0)
    FROM generate_series(date_trunc('day', after), until, interval '1 day') AS d
    WHERE date_part('month', d) = ANY (months) AND engine.day_matches(d::date, days, last_day, weekdays, either_day)
$$;
COMMENT ON FUNCTION engine.count_matches(integer[], integer[], integer[], boolean, integer[], integer[], boolean, timestamp, timestamp) IS 'How many minutes of the wall clock after one and until another, that one included, a schedule names, as engine.parse_schedule reads it; without regard to zones.';

CREATE OR REPLACE FUNCTION engine.count_ticks(schedule text, time_zone text, since timestamptz, until timestamptz) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s record;
    instant CONSTANT interval := '1 microsecond';
    -- A change a day earlier still decides what the clock shows for the second time.
    looked timestamptz := since - interval '25 hours';
    look_to timestamptz;
    change timestamptz;
    old_wall timestamp;
    new_wall timestamp;
    counted timestamp;
    ticks bigint := 0;
BEGIN
    s := engine.parse_schedule(schedule);
    PERFORM engine.check_time_zone(time_zone);
    IF s.every_seconds IS NOT NULL THEN
        RETURN greatest(floor(extract(epoch FROM until - since) / s.every_seconds), 0);
    END IF;
    -- Between two changes of clocks ticks are counted on the wall clock: from counted on, which itself is not due any more.
    counted := since AT TIME ZONE time_zone;
    WHILE looked < until LOOP
        look_to := least(looked + interval '7 days', until);
        change := engine.clock_change(time_zone, looked, look_to);
        IF change IS NOT NULL THEN
            -- What the clock showed when it was changed, and what it showed then.
            old_wall := (change AT TIME ZONE 'UTC') + ((looked AT TIME ZONE time_zone) - (looked AT TIME ZONE 'UTC'));
            new_wall := change AT TIME ZONE time_zone;
            IF change > since THEN
                ticks := ticks + engine.count_matches(s.minutes, s.hours, s.days, s.last_day, s.months, s.weekdays, s.either_day, counted, old_wall - instant);
                counted := CASE WHEN s.follows_clock THEN new_wall - instant WHEN new_wall > old_wall THEN new_wall ELSE old_wall - instant END;
                -- Whatever falls into the gap is due once, right after it.
                IF NOT s.follows_clock AND new_wall > old_wall AND engine.count_matches(s.minutes, s.hours, s.days, s.last_day, s.months, s.weekdays, s.either_day, old_wall - instant, new_wall) > 0 THEN
                    ticks := ticks + 1;
                END IF;
            ELSIF NOT s.follows_clock THEN
                counted := greatest(counted, old_wall - instant);
            END IF;
        END IF;
        looked := coalesce(change, look_to);
    END LOOP;
    RETURN ticks + engine.count_matches(s.minutes, s.hours, s.days, s.last_day, s.months, s.weekdays, s.either_day, counted, until AT TIME ZONE time_zone);
END
$$;
COMMENT ON FUNCTION engine.count_ticks(text, text, timestamptz, timestamptz) IS 'How often a schedule is due in its time_zone after one instant (since) and until another, that one included.';
GRANT EXECUTE ON FUNCTION engine.count_ticks(text, text, timestamptz, timestamptz) TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;
