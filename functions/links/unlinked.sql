CREATE OR REPLACE FUNCTION engine.unlinked_events(employee text, ids text[]) RETURNS SETOF sync.seen
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    entry sync.seen;
BEGIN
    FOR entry IN
        SELECT e.* FROM sync.seen AS e
        WHERE e.employee_kuerzel = employee
            AND e.side = 'google'
            AND e.entry_id = ANY (ids)
            AND e.present
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
    held_back integer[] := ARRAY(SELECT h FROM engine.held_back(employee) AS h);
BEGIN
    FOR entry IN
        SELECT t.* FROM sync.seen AS t
        WHERE t.employee_kuerzel = employee
            AND t.frnr = ANY (numbers)
            AND t.frnr IS NOT NULL
            AND t.present
            AND t.frnr <> ALL (held_back)
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
'Those of these Termine that are there, have no link and are not held back for an attempt in doubt.';
