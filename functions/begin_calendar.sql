CREATE OR REPLACE FUNCTION sync.has_to_be_shared(employee sync.employee, owner text, dry_run boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT owner IS NOT NULL AND NOT dry_run AND NOT coalesce(employee.calendar_shared AND lower(employee.calendar_shared_with) = lower(owner), false)
$$;
COMMENT ON FUNCTION sync.has_to_be_shared(sync.employee, text, boolean) IS 'Whether an employee''s calendar has to be shared with the owner account given (NULL: there is none); a dry run shares nothing.';
REVOKE ALL ON FUNCTION sync.has_to_be_shared(sync.employee, text, boolean) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.begin_calendar(run_id bigint, fence bigint, owner text DEFAULT NULL)
RETURNS TABLE (google_calendar_id text, to_be_shared boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    held sync.run := sync.require_lease(run_id, fence);
BEGIN
    IF sync.is_paused(held.employee_kuerzel) THEN
        PERFORM sync.close_run(held.run_id, 'paused');
        RETURN;
    END IF;
    RETURN QUERY
    SELECT e.google_calendar_id, sync.has_to_be_shared(e, owner, held.dry_run) FROM sync.employee AS e WHERE e.kuerzel = held.employee_kuerzel;
END
$$;
COMMENT ON FUNCTION sync.begin_calendar(bigint, bigint, text) IS 'Asked again before a calendar is created or shared: the known one (NULL: none yet) and whether it has to be shared with the owner account given (NULL: there is none). It waits for the disk, and with it for the claim. No row: the employee is paused, and the run has ended. Raises CS003 when the lease is lost.';
REVOKE ALL ON FUNCTION sync.begin_calendar(bigint, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.begin_calendar(bigint, bigint, text) TO calendar_sync_user;
