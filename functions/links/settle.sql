CREATE OR REPLACE FUNCTION engine.settle(run_id bigint, fence bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- As for engine.begin_action: entries and links are asked for by key.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    run sync.run := engine.require_lease(run_id, fence);
BEGIN
    PERFORM engine.need_not_last();
    PERFORM engine.resolve_attempts(run.employee_kuerzel);
    PERFORM engine.remember_carried(run.employee_kuerzel);
    PERFORM engine.take_look(run);
    IF NOT engine.all_is_quiet(run) THEN
        PERFORM engine.relink(run);
        PERFORM engine.look_again(run);
        PERFORM engine.carry_series(run);
        PERFORM engine.adopt_occurrences(run);
        PERFORM engine.link_twins(run);
        PERFORM engine.settle_links(k.links) FROM engine.look AS k WHERE k.run_id = run.run_id;
    END IF;
    RETURN EXISTS (SELECT 1 FROM engine.due_series(run.employee_kuerzel));
END
$$;
COMMENT ON FUNCTION engine.settle(bigint, bigint) IS
'After every reading: attempts, one look, events of ours, series, twins, silent settling. true: list due series, then again. Raises CS003.';
GRANT EXECUTE ON FUNCTION engine.settle(bigint, bigint) TO calendar_sync_user;
