CREATE OR REPLACE FUNCTION engine.has_to_be_shared(employee sync.employee, owner text, dry_run boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT owner IS NOT NULL
        AND NOT dry_run
        AND NOT coalesce(employee.calendar_shared AND lower(employee.calendar_shared_with) = lower(owner), false)
$$;
COMMENT ON FUNCTION engine.has_to_be_shared(sync.employee, text, boolean) IS
'Whether an employee''s calendar has to be shared with the owner account given (NULL: there is none); a dry run shares nothing.';

CREATE OR REPLACE FUNCTION engine.begin_calendar(run_id bigint, fence bigint, owner text DEFAULT NULL)
RETURNS TABLE (google_calendar_id text, to_be_shared boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    run sync.run := engine.require_lease(run_id, fence);
BEGIN
    IF engine.is_paused(run.employee_kuerzel) THEN
        PERFORM engine.close_run(run.run_id, 'paused');
        RETURN;
    END IF;
    RETURN QUERY
    SELECT e.google_calendar_id, engine.has_to_be_shared(e, owner, run.dry_run) FROM sync.employee AS e
    WHERE e.kuerzel = run.employee_kuerzel;
END
$$;
-- Asked again before a calendar is created or shared. Shared with the owner account given; NULL: there is none. It
-- waits for the disk, and with it for the claim.
COMMENT ON FUNCTION engine.begin_calendar(bigint, bigint, text) IS
'The known calendar (NULL: none yet) and whether it has to be shared. No row: the employee is paused, and the run has ended. Raises CS003: the lease is lost.';
GRANT EXECUTE ON FUNCTION engine.begin_calendar(bigint, bigint, text) TO calendar_sync_user;
