CREATE OR REPLACE FUNCTION engine.hold_reshaped(run sync.run, phase integer) RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    employee text := run.employee_kuerzel;
    look engine.look;
    planning engine.planning := engine.planning_of(run, 3);
    families text[];
    wanted text[];
    held integer;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM sync.series AS s WHERE s.employee_kuerzel = employee) THEN
        RETURN 0;
    END IF;
    SELECT k.* INTO look FROM engine.look AS k WHERE k.run_id = run.run_id;
    planning.proven_since := '-infinity';
    SELECT array_agg(coalesce(target.entry_id, d.sync_id::text)),
        array_agg(DISTINCT engine.series_family((s.state).event.master_id))
            FILTER (WHERE (s.state).event.master_id IS NOT NULL)
    INTO wanted, families
    FROM engine.link_states AS s
    CROSS JOIN LATERAL engine.decide(s.state, planning) AS d
    CROSS JOIN LATERAL (
        SELECT engine.target_entry(d.kind, (s.state).link.advoware_frnr, (s.state).link.google_event_id) AS entry_id
    ) AS target
    WHERE s.sync_id = ANY (look.links)
        AND engine.is_due((s.state).link)
        AND d.missing_side = 'google'
        AND NOT engine.is_approved(d.sync_id, d.kind, target.entry_id);
    IF families IS NULL OR engine.guard_reason(employee, 'google', wanted) IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE sync.action AS t SET status = 'held', result = 'brake_series', finished_at = clock_timestamp()
    FROM sync.seen AS e
    WHERE t.run_id = run.run_id
        AND t.phase = hold_reshaped.phase
        AND t.status = 'planned'
        AND NOT t.approved
        AND e.employee_kuerzel = employee
        AND e.side = 'google'
        AND e.entry_id = t.google_event_id
        AND engine.series_family(e.master_id) = ANY (families);
    GET DIAGNOSTICS held = ROW_COUNT;
    RETURN held;
END
$$;
COMMENT ON FUNCTION engine.hold_reshaped(sync.run, integer) IS
'A shape change is held or let through as one: what it creates and changes is held with the deletions it leads to (rules 8). Returns how many.';
