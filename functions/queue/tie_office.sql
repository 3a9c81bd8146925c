CREATE OR REPLACE FUNCTION engine.tie_office(listener text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    office record;
BEGIN
    SELECT min(l.kanzlei) AS kanzlei, min(l.database_name) AS database_name, min(l.host) AS host,
        count(DISTINCT (l.kanzlei, l.database_name, l.host)) AS offices
    INTO office
    FROM sync.listener AS l
    WHERE l.kanzlei IS NOT NULL
        AND CASE
            WHEN tie_office.listener IS NULL THEN
                l.stopped_at IS NULL
                AND l.heartbeat_at BETWEEN clock_timestamp() - interval '1 minute' AND clock_timestamp()
            ELSE l.listener = tie_office.listener
        END;
    -- Whoever does not say which listener read leaves it to the next reading when they differ.
    IF office.offices = 1 AND NOT engine.require_office(office.kanzlei, office.database_name, office.host) THEN
        INSERT INTO sync.office (kanzlei, database_name, host)
        VALUES (office.kanzlei, office.database_name, office.host)
        ON CONFLICT ON CONSTRAINT office_pkey DO NOTHING;
        PERFORM engine.require_office(office.kanzlei, office.database_name, office.host);
    END IF;
END
$$;
COMMENT ON FUNCTION engine.tie_office(text) IS
'The hub belongs to the office of the listener (NULL: of all that live) whose reading has just succeeded. Raises CS001: it belongs to another.';
