CREATE OR REPLACE FUNCTION engine.hold_reshaped(run_id bigint, phase integer) RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    employee text := (SELECT r.employee_kuerzel FROM sync.run AS r WHERE r.run_id = hold_reshaped.run_id);
    families text[];
    wanted text[];
    held integer;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM sync.series AS s WHERE s.employee_kuerzel = employee) THEN
        RETURN 0;
    END IF;
    SELECT array_agg(coalesce(t.entry_id, d.sync_id::text)), array_agg(DISTINCT engine.series_family(g.master_id)) FILTER (WHERE g.master_id IS NOT NULL) INTO wanted, families
    FROM engine.decisions(employee, 3) AS d
    JOIN sync.calendar_sync AS l ON l.sync_id = d.sync_id
    CROSS JOIN LATERAL (SELECT engine.target_entry(d.kind, l.advoware_frnr, l.google_event_id) AS entry_id) AS t
    LEFT JOIN sync.seen AS g ON g.employee_kuerzel = employee AND g.side = 'google' AND g.entry_id = l.google_event_id
    WHERE d.missing_side = 'google' AND NOT engine.is_approved(d.sync_id, d.kind, t.entry_id);
    IF families IS NULL OR engine.brake_reason(employee, 'google', wanted) IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE sync.action AS t SET status = 'held', result = 'brake_series', finished_at = clock_timestamp()
    FROM sync.seen AS g
    WHERE t.run_id = hold_reshaped.run_id AND t.phase = hold_reshaped.phase AND t.status = 'planned' AND NOT t.approved
        AND g.employee_kuerzel = employee AND g.side = 'google' AND g.entry_id = t.google_event_id
        AND engine.series_family(g.master_id) = ANY (families);
    GET DIAGNOSTICS held = ROW_COUNT;
    RETURN held;
END
$$;
COMMENT ON FUNCTION engine.hold_reshaped(bigint, integer) IS
'A shape change of a series that is carried by occurrence is held or let through as one: when the brake will hold the deletions it leads to, what it creates (phase 2) and changes (phase 4) is held with them (RULES 8). Returns how many.';
