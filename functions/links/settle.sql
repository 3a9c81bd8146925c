CREATE OR REPLACE FUNCTION engine.settle(run_id bigint, fence bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    held sync.run := engine.require_lease(run_id, fence);
BEGIN
    PERFORM engine.settle_attempts(held.employee_kuerzel);
    PERFORM engine.relink(held.employee_kuerzel);
    PERFORM engine.carry_series(held.employee_kuerzel, held.full_content);
    PERFORM engine.adopt_occurrences(held.employee_kuerzel);
    PERFORM engine.link_twins(held.employee_kuerzel);
    PERFORM engine.settle_links(held.employee_kuerzel);
    RETURN EXISTS (SELECT 1 FROM engine.due_series(held.employee_kuerzel));
END
$$;
COMMENT ON FUNCTION engine.settle(bigint, bigint) IS 'Step 3 of a run, and again after every reading: attempts in doubt, events of ours without link, series carried by occurrence, twins without link, silent settling. true: the occurrences of some series have to be listed before anything is planned for them, because it is now carried by occurrence: read once more.';
GRANT EXECUTE ON FUNCTION engine.settle(bigint, bigint) TO calendar_sync_user;
