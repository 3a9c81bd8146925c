-- A statement of its own before the plan, because a first sync makes thousands of links: with it in one, the plan of a
-- large employee takes twice as long, and whoever waits for its locks as well.
CREATE OR REPLACE FUNCTION engine.link_new(run_id bigint, phase integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- As for engine.begin_action: entries and links are asked for by key.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    run sync.run;
BEGIN
    SELECT r.* INTO run FROM sync.run AS r WHERE r.run_id = link_new.run_id FOR NO KEY UPDATE;
    -- What stands in the way is said by the plan.
    IF run.status IS DISTINCT FROM 'running' OR engine.is_paused(run.employee_kuerzel) THEN
        RETURN;
    END IF;
    PERFORM set_config('sync.run_id', run_id::text, true), set_config('sync.phase', phase::text, true);
    PERFORM engine.look_again(run);
    IF phase = 1 THEN
        PERFORM engine.new_advoware_links(run);
    ELSIF phase = 2 THEN
        PERFORM engine.new_google_links(run);
    END IF;
END
$$;
COMMENT ON FUNCTION engine.link_new(bigint, integer) IS
'Before the plan of phase 1 or 2: what is new gets its half link. The plan makes those that are still missing. Other phases: nothing.';
GRANT EXECUTE ON FUNCTION engine.link_new(bigint, integer) TO calendar_sync_user;
