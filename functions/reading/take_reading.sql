CREATE OR REPLACE FUNCTION engine.take_reading(
    run_id bigint, fence bigint, reading jsonb, error_code text,
    OUT stored boolean, OUT again boolean, OUT status text
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- As for engine.begin_action: entries and links are asked for by key.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    stored := engine.store_reading(run_id, fence, reading);
    -- What a long reading leads to takes its time: in a statement of its own whoever waits for its locks waits less.
    IF NOT stored
        OR jsonb_array_length(coalesce(reading #> '{advoware,entries}', '[]')) > 200
        OR jsonb_array_length(coalesce(reading #> '{google,entries}', '[]')) > 200
    THEN
        RETURN;
    END IF;
    again := engine.settle(run_id, fence);
    IF NOT again AND engine.needs_no_plan(run_id) THEN
        status := engine.finish_run(run_id, fence, error_code);
    END IF;
END
$$;
-- stored false: as engine.store_reading says. again NULL: engine.settle is still to be called, and says it.
COMMENT ON FUNCTION engine.take_reading(bigint, bigint, jsonb, text) IS
'Stores a run''s first reading, settles if it is short, and ends the run (status, with error_code) if no phase can have anything to do.';
GRANT EXECUTE ON FUNCTION engine.take_reading(bigint, bigint, jsonb, text) TO calendar_sync_user;
