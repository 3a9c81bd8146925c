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
COMMENT ON FUNCTION engine.clock_change(text, timestamptz, timestamptz) IS
'When a zone''s clocks change between two instants at most a few days apart; NULL if they show the same offset at both.';

CREATE OR REPLACE FUNCTION engine.check_time_zone(time_zone text) RETURNS void
LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- PostgreSQL would take "Berlin3" or "+2" for a zone of its own, hours the other way round; asking
    -- pg_timezone_names each time takes too long.
    IF time_zone ~ '[0-9]' AND time_zone !~* '^([a-z]+/.*|(est5ed|cst6cd|mst7md|pst8pd)t|gmt[+-]?0)$' THEN
        RAISE invalid_parameter_value;
    END IF;
    PERFORM '2000-01-01 00:00+00'::timestamptz AT TIME ZONE time_zone;
EXCEPTION WHEN invalid_parameter_value THEN
    RAISE EXCEPTION 'time_zone: "%" is unknown; allowed: names such as Europe/Berlin, America/New_York, UTC',
        left(time_zone, 40)
        USING ERRCODE = '22023', HINT = 'SELECT name FROM pg_timezone_names ORDER BY name shows all.';
END
$$;
COMMENT ON FUNCTION engine.check_time_zone(text) IS
'Raises 22023 that names the field, the value and what is allowed if the server does not know that zone.';
