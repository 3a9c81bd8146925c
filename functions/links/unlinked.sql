CREATE OR REPLACE FUNCTION engine.unlinked_events(employee text) RETURNS SETOF sync.seen
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT g.* FROM sync.seen AS g
    WHERE g.employee_kuerzel = employee AND g.side = 'google' AND g.present
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = employee AND NOT l.deleted AND l.google_event_id = g.entry_id)
        -- A series is an appointment, or its occurrences are.
        AND CASE WHEN g.master_id IS NOT NULL THEN engine.is_carried(employee, g.master_id)
            WHEN g.is_series THEN NOT engine.is_carried(employee, g.entry_id) ELSE true END
$$;
COMMENT ON FUNCTION engine.unlinked_events(text) IS 'Events that are there, are appointments of their own and have no active link: single ones, series, and of the series that are carried by occurrence their occurrences.';

CREATE OR REPLACE FUNCTION engine.unlinked_termine(employee text) RETURNS SETOF sync.seen
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.* FROM sync.seen AS a
    WHERE a.employee_kuerzel = employee AND a.side = 'advoware' AND a.present
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = employee AND NOT l.deleted AND l.advoware_frnr::text = a.entry_id)
        AND a.entry_id::bigint NOT IN (SELECT h FROM engine.held_back(employee) AS h)
$$;
COMMENT ON FUNCTION engine.unlinked_termine(text) IS 'Termine that are there, have no active link and are not held back for an attempt in doubt.';
