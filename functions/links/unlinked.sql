CREATE OR REPLACE FUNCTION engine.unlinked_events(employee text, ids text[]) RETURNS SETOF sync.seen
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    entry sync.seen;
BEGIN
    FOR entry IN
        -- Each by its key: in a hub that was never analysed, the planner would go through all of the employee's events.
        SELECT e.* FROM unnest(ids) AS one (entry_id)
        JOIN LATERAL (
            SELECT x.* FROM sync.seen AS x
            WHERE x.employee_kuerzel = employee
                AND x.side = 'google'
                AND x.entry_id = one.entry_id
            LIMIT 1
        ) AS e ON true
        WHERE e.present
        ORDER BY one.entry_id
    LOOP
        CONTINUE WHEN EXISTS (
            SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = employee
                AND NOT l.deleted
                AND l.google_event_id = entry.entry_id);
        -- A series is an appointment, or its occurrences are.
        CONTINUE WHEN entry.master_id IS NOT NULL AND NOT engine.is_carried(employee, entry.master_id);
        CONTINUE WHEN entry.master_id IS NULL AND entry.is_series AND engine.is_carried(employee, entry.entry_id);
        RETURN NEXT entry;
    END LOOP;
END
$$;
COMMENT ON FUNCTION engine.unlinked_events(text, text[]) IS
'Those of these events that are there, are appointments of their own (a series, or its occurrences where carried so) and have no link.';

CREATE OR REPLACE FUNCTION engine.unlinked_termine(employee text, numbers integer[]) RETURNS SETOF sync.seen
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    entry sync.seen;
    reserved_termine integer[] := ARRAY(SELECT h FROM engine.reserved_termine(employee) AS h);
BEGIN
    FOR entry IN
        SELECT t.* FROM unnest(numbers) AS one (frnr)
        JOIN LATERAL (
            SELECT x.* FROM sync.seen AS x
            WHERE x.employee_kuerzel = employee
                AND x.side = 'advoware'
                AND x.entry_id = one.frnr::text
            LIMIT 1
        ) AS t ON true
        WHERE t.present
            AND t.frnr <> ALL (reserved_termine)
        ORDER BY one.frnr
    LOOP
        CONTINUE WHEN EXISTS (
            SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = employee
                AND NOT l.deleted
                AND l.advoware_frnr = entry.frnr);
        RETURN NEXT entry;
    END LOOP;
END
$$;
COMMENT ON FUNCTION engine.unlinked_termine(text, integer[]) IS
'Those of these Termine that are there, have no link and are not reserved for an attempt in doubt.';
