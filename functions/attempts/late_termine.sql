CREATE OR REPLACE FUNCTION engine.may_delete_late(attempt sync.action) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN attempt.attempt = 'late'
        -- Still exactly as meant: nobody has worked with it.
        AND EXISTS (
            SELECT 1 FROM sync.seen AS s
            WHERE s.employee_kuerzel = attempt.employee_kuerzel
                AND s.side = 'advoware'
                AND s.entry_id = attempt.advoware_frnr::text
                AND s.present
                AND s.ownership = 'exclusive'
                AND s.fingerprint = attempt.meant_fingerprint)
        -- It may be written, and because a calendar vanished nothing is deleted in Advoware.
        AND EXISTS (
            SELECT 1 FROM sync.calendar_sync AS l
            JOIN sync.effective_policy AS p ON p.employee_kuerzel = l.employee_kuerzel
            JOIN sync.employee AS e ON e.kuerzel = l.employee_kuerzel
            WHERE l.sync_id = attempt.sync_id
                AND l.advoware_write_allowed
                AND p.advoware_writes <> 'none'
                AND NOT coalesce(e.google_calendar_id <> l.google_calendar_id, false))
        AND NOT EXISTS (
            SELECT 1 FROM sync.calendar_sync AS k
            WHERE k.employee_kuerzel = attempt.employee_kuerzel
                AND NOT k.deleted
                AND k.advoware_frnr = attempt.advoware_frnr)
        -- An open attempt of the same link may yet take it for its own.
        AND NOT EXISTS (
            SELECT 1 FROM sync.action AS o
            WHERE o.employee_kuerzel = attempt.employee_kuerzel
                AND o.attempt = 'in_doubt'
                AND o.sync_id = attempt.sync_id);
END
$$;
COMMENT ON FUNCTION engine.may_delete_late(sync.action) IS
'Whether the Termin that a given-up attempt made late is still exactly as meant and may be written: phase 3 deletes it, guarded (rules 5).';

CREATE OR REPLACE FUNCTION engine.plan_late_termine(run sync.run) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO sync.action (
        run_id, phase, kind, reason,
        sync_id, employee_kuerzel, advoware_frnr, missing_side, approved)
    SELECT run.run_id, 3, 'delete_termin', 'turned up late from an attempt that had been given up',
        late.sync_id, run.employee_kuerzel, late.advoware_frnr, 'google',
        engine.is_approved(late.sync_id, 'delete_termin', late.advoware_frnr::text)
    FROM sync.action AS late
    WHERE late.employee_kuerzel = run.employee_kuerzel
        AND late.attempt = 'late'
        AND engine.may_delete_late(late)
        AND NOT EXISTS (
            SELECT 1 FROM sync.action AS t
            WHERE t.run_id = run.run_id
                AND t.kind = 'delete_termin'
                AND t.advoware_frnr = late.advoware_frnr
                AND t.status <> 'superseded')
$$;
COMMENT ON FUNCTION engine.plan_late_termine(sync.run) IS
'Phase 3: plans the deletion of what attempts made after they had been given up. The listener reads each directly before its DELETE.';
