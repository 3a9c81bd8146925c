CREATE OR REPLACE FUNCTION engine.calendar_gone(run_id bigint, fence bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    run sync.run := engine.require_lease(run_id, fence);
BEGIN
    IF NOT run.dry_run AND EXISTS (
        SELECT 1 FROM sync.approval AS p
        WHERE p.employee_kuerzel = run.employee_kuerzel
            AND p.kind = 'create_calendar'
            AND p.spent_at IS NULL
            AND p.expires_at > clock_timestamp())
    THEN
        RETURN true;
    END IF;
    UPDATE sync.action AS a SET status = 'superseded', finished_at = clock_timestamp()
    WHERE a.employee_kuerzel = run.employee_kuerzel
        AND a.kind = 'create_calendar'
        AND a.status = 'held'
        AND NOT run.dry_run;
    INSERT INTO sync.action (run_id, phase, kind, reason, status, result, employee_kuerzel)
    VALUES (run.run_id, 1, 'create_calendar', 'the known calendar answers 404: a new one is made only after approval',
        'held', 'calendar_vanished', run.employee_kuerzel);
    PERFORM engine.finish_run(run_id, fence, NULL);
    RETURN false;
END
$$;
-- sync.approve_held lets a new calendar be made.
COMMENT ON FUNCTION engine.calendar_gone(bigint, bigint) IS
'The known calendar answers 404. false: the run has ended as held; true: approved, make a new one and call store_calendar. Raises CS003.';
GRANT EXECUTE ON FUNCTION engine.calendar_gone(bigint, bigint) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION engine.calendar_answers(run sync.run) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    -- It is there, or has a successor: nobody needs to approve one any more.
    UPDATE sync.action AS a SET status = 'superseded', finished_at = clock_timestamp()
    WHERE a.employee_kuerzel = run.employee_kuerzel
        AND a.kind = 'create_calendar'
        AND a.status = 'held';
    UPDATE sync.approval AS p SET spent_at = clock_timestamp()
    WHERE p.employee_kuerzel = run.employee_kuerzel
        AND p.kind = 'create_calendar'
        AND p.spent_at IS NULL;
END
$$;
COMMENT ON FUNCTION engine.calendar_answers(sync.run) IS
'The employee''s calendar has been read: a held question for a new one, and an approval of it, are over.';
