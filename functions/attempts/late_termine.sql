CREATE OR REPLACE FUNCTION engine.late_termine(employee text) RETURNS TABLE (sync_id uuid, frnr integer)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.sync_id, t.advoware_frnr
    FROM sync.action AS t
    JOIN sync.calendar_sync AS l ON l.sync_id = t.sync_id
    JOIN sync.effective_policy AS p ON p.employee_kuerzel = t.employee_kuerzel
    JOIN sync.seen AS s ON s.employee_kuerzel = t.employee_kuerzel AND s.side = 'advoware' AND s.entry_id = t.advoware_frnr::text
    WHERE t.employee_kuerzel = employee AND t.kind IN ('create_termin', 'recreate_termin') AND t.status = 'failed' AND t.result = 'late_answer'
        -- Still exactly as meant: nobody has worked with it.
        AND s.present AND s.ownership = 'exclusive' AND s.fingerprint = t.meant_fingerprint
        -- Because a calendar vanished nothing is deleted in Advoware.
        AND NOT EXISTS (SELECT 1 FROM sync.employee AS e WHERE e.kuerzel = employee AND e.google_calendar_id <> l.google_calendar_id)
        AND l.advoware_write_allowed AND p.advoware_writes <> 'none'
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS k
            WHERE k.employee_kuerzel = employee AND NOT k.deleted AND k.advoware_frnr = t.advoware_frnr)
        -- An open attempt of the same link may yet take it for its own.
        AND NOT EXISTS (SELECT 1 FROM sync.action AS open WHERE open.sync_id = t.sync_id AND open.status = 'in_doubt')
$$;
COMMENT ON FUNCTION engine.late_termine(text) IS 'Termine that turned up from attempts that had been given up, are still exactly as meant and may be written: phase 3 deletes them under the brake (RULES 5).';

CREATE OR REPLACE FUNCTION engine.plan_late_termine(run_id bigint) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO sync.action (run_id, phase, kind, reason, sync_id, employee_kuerzel, advoware_frnr, missing_side, approved)
    SELECT r.run_id, 3, 'delete_termin', 'turned up late from an attempt that had been given up', late.sync_id, r.employee_kuerzel, late.frnr, 'google',
        engine.is_approved(late.sync_id, 'delete_termin', late.frnr::text)
    FROM sync.run AS r
    CROSS JOIN LATERAL engine.late_termine(r.employee_kuerzel) AS late
    WHERE r.run_id = plan_late_termine.run_id
        AND NOT EXISTS (SELECT 1 FROM sync.action AS t
            WHERE t.run_id = r.run_id AND t.kind = 'delete_termin' AND t.advoware_frnr = late.frnr AND t.status <> 'superseded')
$$;
COMMENT ON FUNCTION engine.plan_late_termine(bigint) IS 'Phase 3: plans the deletion of what attempts made after they had been given up. The listener reads each directly before its DELETE.';
