CREATE OR REPLACE FUNCTION engine.close_run(run_id bigint, error_code text) RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    run sync.run;
    ended_with text;
    is_failure boolean;
BEGIN
    SELECT r.* INTO run FROM sync.run AS r WHERE r.run_id = close_run.run_id FOR UPDATE;
    -- What a pause left undone is noted on the run while it works.
    ended_with := coalesce(close_run.error_code, run.error_code);
    is_failure := ended_with IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM sync.result_code AS c
            WHERE c.code = engine.code_of(ended_with)
                AND c.class = 'run');

    -- What was left ----------------------------------------------------------------
    UPDATE sync.action AS t
    SET status = 'superseded',
        result = CASE ended_with WHEN 'paused' THEN 'paused' ELSE 'run_ended' END,
        finished_at = clock_timestamp()
    WHERE t.run_id = run.run_id
        AND t.status = 'planned'
        AND NOT run.dry_run;
    UPDATE sync.action AS t
    SET status = 'in_doubt',
        attempt = CASE t.attempt WHEN 'running' THEN 'in_doubt' ELSE t.attempt END,
        doubted_at = clock_timestamp(),
        result = coalesce(t.result, 'run_ended')
    WHERE t.run_id = run.run_id
        AND t.status = 'running';

    -- How it ended -----------------------------------------------------------------
    UPDATE sync.run AS r
    SET events_created = c.events_created,
        termine_created = c.termine_created,
        events_updated = c.events_updated,
        termine_updated = c.termine_updated,
        events_deleted = c.events_deleted,
        termine_deleted = c.termine_deleted,
        soft_deleted = c.soft_deleted,
        linked = c.linked,
        refused = c.refused,
        failed = c.failed,
        in_doubt = c.in_doubt,
        held = c.held,
        superseded = c.superseded,
        conflicts = c.conflicts,
        reverted = c.reverted,
        error_code = ended_with,
        lease_until = NULL,
        finished_at = clock_timestamp(),
        status = CASE
            WHEN engine.is_cancelled(run.request_id) THEN 'cancelled'
            WHEN is_failure OR c.failed + c.in_doubt > 0 THEN 'failed'
            WHEN c.held > 0 AND NOT run.dry_run THEN 'held'
            ELSE 'done' END
    FROM engine.run_counts(run.run_id) AS c
    WHERE r.run_id = run.run_id
    RETURNING r.* INTO run;
    DELETE FROM engine.look AS k WHERE k.run_id = run.run_id;

    IF run.status = 'done' AND run.error_code IS NULL AND run.phase IS NULL AND NOT run.dry_run THEN
        UPDATE sync.employee AS e SET last_good_sync = run.finished_at WHERE e.kuerzel = run.employee_kuerzel;
    END IF;
    PERFORM engine.end_request(run.request_id);
    RETURN run.status;
END
$$;
-- A code of class run (paused, inactive) says that there was nothing to be done, or why something was left.
COMMENT ON FUNCTION engine.close_run(bigint, text) IS
'Ends a run, and its request with its last one. Returns failed (a failure, a doubt or an error code), else held, else done.';

CREATE OR REPLACE FUNCTION engine.finish_run(run_id bigint, fence bigint, error_code text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    run sync.run := engine.require_lease(run_id, fence);
BEGIN
    IF NOT EXISTS (SELECT 1 FROM sync.action AS t WHERE t.run_id = run.run_id) THEN
        -- It has done nothing: forgotten, it is made once more.
        PERFORM engine.need_not_last();
    END IF;
    RETURN engine.close_run(run.run_id, error_code);
END
$$;
COMMENT ON FUNCTION engine.finish_run(bigint, bigint, text) IS
'Ends a run as engine.close_run does, for the listener that has it. Returns the status. Raises CS003 when the lease is lost.';
GRANT EXECUTE ON FUNCTION engine.finish_run(bigint, bigint, text) TO calendar_sync_user;
