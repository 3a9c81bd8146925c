CREATE OR REPLACE FUNCTION sync.begin_calendar(run_id bigint, fence bigint, owner text DEFAULT NULL)
RETURNS TABLE (google_calendar_id text, to_be_shared boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    held sync.run := sync.require_lease(run_id, fence);
BEGIN
    -- Only the lock on the run has to be forgotten by a crash, or the end of a run that did nothing.
    PERFORM set_config('synchronous_commit', 'off', true);
    IF sync.is_paused(held.employee_kuerzel) THEN
        PERFORM sync.close_run(held.run_id, 'paused');
        RETURN;
    END IF;
    RETURN QUERY
    SELECT e.google_calendar_id,
        owner IS NOT NULL AND NOT held.dry_run AND NOT coalesce(e.calendar_shared AND lower(e.calendar_shared_with) = lower(owner), false)
    FROM sync.employee AS e WHERE e.kuerzel = held.employee_kuerzel;
END
$$;
COMMENT ON FUNCTION sync.begin_calendar(bigint, bigint, text) IS 'Asked before Google is asked for the calendar, and again before one is created or shared: the known calendar (NULL: none yet) and whether it has to be shared with the owner account given (NULL: there is none). No row: the employee is paused, and the run has ended. Raises CS003 when the lease is lost.';
REVOKE ALL ON FUNCTION sync.begin_calendar(bigint, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.begin_calendar(bigint, bigint, text) TO calendar_sync_user;
