CREATE OR REPLACE FUNCTION engine.count_ticks(
    schedule text, time_zone text, since timestamptz, until timestamptz) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s engine.schedule := engine.parse_schedule(schedule);
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
    PERFORM engine.check_time_zone(time_zone);
    IF s.every_seconds IS NOT NULL THEN
        RETURN greatest(floor(extract(epoch FROM until - since) / s.every_seconds), 0);
    END IF;
    -- Between two changes of clocks ticks are counted on the wall clock: from counted on, itself no longer due.
    counted := since AT TIME ZONE time_zone;
    WHILE looked < until LOOP
        look_to := least(looked + interval '7 days', until);
        change := engine.clock_change(time_zone, looked, look_to);
        IF change IS NOT NULL THEN
            -- What the clock showed when it was changed, and what it showed then.
            old_wall := (change AT TIME ZONE 'UTC') + ((looked AT TIME ZONE time_zone) - (looked AT TIME ZONE 'UTC'));
            new_wall := change AT TIME ZONE time_zone;
            IF change > since THEN
                ticks := ticks + engine.count_matches(s, counted, old_wall - instant);
                counted := CASE
                    WHEN s.follows_clock THEN new_wall - instant
                    WHEN new_wall > old_wall THEN new_wall
                    ELSE old_wall - instant END;
                -- Whatever falls into the gap is due once, right after it.
                IF NOT s.follows_clock AND new_wall > old_wall
                    AND engine.count_matches(s, old_wall - instant, new_wall) > 0
                THEN
                    ticks := ticks + 1;
                END IF;
            ELSIF NOT s.follows_clock THEN
                counted := greatest(counted, old_wall - instant);
            END IF;
        END IF;
        looked := coalesce(change, look_to);
    END LOOP;
    RETURN ticks + engine.count_matches(s, counted, until AT TIME ZONE time_zone);
END
$$;
COMMENT ON FUNCTION engine.count_ticks(text, text, timestamptz, timestamptz) IS
'How often a schedule is due in its time_zone after one instant (since) and until another, that one included.';
GRANT EXECUTE ON FUNCTION engine.count_ticks(text, text, timestamptz, timestamptz)
    TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;
