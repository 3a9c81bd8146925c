-- By the rule of Debian's cron at clock changes: with * at the beginning of minute or hour a schedule follows the wall
-- clock (nothing is made up for in spring, both passes count in autumn); any other that falls into the gap is due once
-- right after it, and in the hour that comes twice in the first pass only.

CREATE OR REPLACE FUNCTION engine.instant_of(s engine.schedule, time_zone text, wall timestamp, after timestamptz)
RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- Any change near that minute lies between these.
    day_before timestamptz := (wall AT TIME ZONE time_zone) - interval '25 hours';
    day_after timestamptz := (wall AT TIME ZONE time_zone) + interval '25 hours';
    -- When the clock shows that minute by the offset before, and by the offset after the change.
    first_pass timestamptz :=
        (wall - ((day_before AT TIME ZONE time_zone) - (day_before AT TIME ZONE 'UTC'))) AT TIME ZONE 'UTC';
    second_pass timestamptz :=
        (wall - ((day_after AT TIME ZONE time_zone) - (day_after AT TIME ZONE 'UTC'))) AT TIME ZONE 'UTC';
    comes_first boolean := (first_pass AT TIME ZONE time_zone) = wall;
    comes_second boolean := (second_pass AT TIME ZONE time_zone) = wall;
BEGIN
    IF NOT comes_first AND NOT comes_second THEN
        -- In the gap: right after it, or not at all.
        RETURN CASE WHEN NOT s.follows_clock THEN engine.clock_change(time_zone, day_before, day_after) END;
    END IF;
    IF NOT comes_first OR (s.follows_clock AND first_pass <= after AND comes_second) THEN
        RETURN second_pass;
    END IF;
    RETURN first_pass;
END
$$;
COMMENT ON FUNCTION engine.instant_of(engine.schedule, text, timestamp, timestamptz) IS
'When a schedule that names a wall-clock minute is due for it, after an instant if it can be so twice; NULL: not at all.';

CREATE OR REPLACE FUNCTION sync.next_run(
    schedule text, time_zone text DEFAULT 'Europe/Berlin', after timestamptz DEFAULT now()) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s engine.schedule := engine.parse_schedule(schedule);
    wall timestamp;
    due timestamptz;
    change timestamptz;
    comes_again timestamptz;
    again timestamp;
BEGIN
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
        again := engine.next_match(s, date_trunc('minute', change AT TIME ZONE time_zone));
        IF again < wall THEN
            comes_again := change + (again - (change AT TIME ZONE time_zone));
        END IF;
    END IF;

    LOOP
        wall := engine.next_match(s, wall);
        IF wall IS NULL THEN
            RETURN comes_again;
        END IF;
        due := engine.instant_of(s, time_zone, wall, after);
        IF due > after THEN
            RETURN least(due, comes_again);
        END IF;
        wall := wall + interval '1 minute';
    END LOOP;
END
$$;
COMMENT ON FUNCTION sync.next_run(text, text, timestamptz) IS
'When a schedule is due next after an instant, read in a time zone. Raises 22023 if the schedule or the time zone cannot be read.';
GRANT EXECUTE ON FUNCTION sync.next_run(text, text, timestamptz)
    TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;
