CREATE OR REPLACE FUNCTION engine.window_from() RETURNS timestamptz
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT ((clock_timestamp() AT TIME ZONE 'Europe/Berlin')::date - s.window_past_days)::timestamp
            AT TIME ZONE 'Europe/Berlin'
        FROM sync.setting AS s);
END
$$;
COMMENT ON FUNCTION engine.window_from() IS
'Past edge of the window that is read: Berlin midnight, window_past_days ago (rules 1).';

CREATE OR REPLACE FUNCTION engine.window_to() RETURNS timestamptz
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT ((clock_timestamp() AT TIME ZONE 'Europe/Berlin')::date + s.window_future_days + 1)::timestamp
            AT TIME ZONE 'Europe/Berlin'
        FROM sync.setting AS s);
END
$$;
COMMENT ON FUNCTION engine.window_to() IS
'Future edge of the window that is read in Advoware (exclusive): Berlin midnight after the day that is window_future_days ahead.';

CREATE OR REPLACE FUNCTION engine.expand_to() RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ((clock_timestamp() AT TIME ZONE 'Europe/Berlin')::date + s.expand_days + 1)::timestamp
        AT TIME ZONE 'Europe/Berlin'
    FROM sync.setting AS s
$$;
COMMENT ON FUNCTION engine.expand_to() IS
'How far ahead a series is carried by occurrence (exclusive): Berlin midnight after the day that is expand_days ahead (rules 8).';
