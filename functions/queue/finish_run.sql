CREATE OR REPLACE FUNCTION engine.close_run(run_id bigint, error_code text) RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    run sync.run;
    code text;
BEGIN
    SELECT r.* INTO run FROM sync.run AS r WHERE r.run_id = close_run.run_id FOR UPDATE;
    -- What a pause left undone is noted on the run while it works.
    code := coalesce(close_run.error_code, run.error_code);
    UPDATE sync.action AS t SET status = 'superseded', result = CASE code WHEN 'paused' THEN code ELSE 'run_ended' END, finished_at = clock_timestamp()
    WHERE t.run_id = run.run_id AND t.status = 'planned' AND NOT run.dry_run;
    UPDATE sync.action AS t
    SET status = 'in_doubt', attempt = CASE t.attempt WHEN 'running' THEN 'in_doubt' ELSE t.attempt END,
        doubted_at = clock_timestamp(), result = coalesce(t.result, 'run_ended')
    WHERE t.run_id = run.run_id AND t.status = 'running';

    UPDATE sync.run AS r
    SET events_created = c.events_created, termine_created = c.termine_created, events_updated = c.events_updated, termine_updated = c.termine_updated,
        events_deleted = c.events_deleted, termine_deleted = c.termine_deleted, soft_deleted = c.soft_deleted, linked = c.linked,
        refused = c.refused, failed = c.failed, in_doubt = c.in_doubt, held = c.held, superseded = c.superseded,
        conflicts = c.conflicts, reverted = c.reverted,
        error_code = code, lease_until = NULL, finished_at = clock_timestamp(),
        status = CASE
            WHEN engine.is_cancelled(run.request_id) THEN 'cancelled'
            WHEN code NOT IN ('paused', 'inactive') THEN 'failed'
            WHEN c.failed + c.in_doubt > 0 THEN 'failed'
            WHEN c.held > 0 AND NOT run.dry_run THEN 'held'
            ELSE 'done' END
    FROM (
        SELECT
            count(*) FILTER (WHERE t.status = 'done' AND t.kind IN ('create_event', 'recreate_event')) AS events_created,
            count(*) FILTER (WHERE t.status = 'done' AND t.kind IN ('create_termin', 'recreate_termin')) AS termine_created,
            count(*) FILTER (WHERE t.status = 'done' AND t.kind = 'update_event') AS events_updated,
            count(*) FILTER (WHERE t.status = 'done' AND t.kind = 'update_termin') AS termine_updated,
            count(*) FILTER (WHERE t.status = 'done' AND t.kind = 'delete_event') AS events_deleted,
            count(*) FILTER (WHERE t.status = 'done' AND t.kind = 'delete_termin') AS termine_deleted,
            count(*) FILTER (WHERE t.status = 'done' AND t.kind = 'soft_delete') AS soft_deleted,
            count(*) FILTER (WHERE t.status = 'done' AND t.kind IN ('link_event', 'tag_event')) AS linked,
            count(*) FILTER (WHERE t.status = 'refused') AS refused,
            count(*) FILTER (WHERE t.status = 'failed') AS failed,
            count(*) FILTER (WHERE t.status = 'in_doubt') AS in_doubt,
            count(*) FILTER (WHERE t.status = 'held') AS held,
            count(*) FILTER (WHERE t.status = 'superseded') AS superseded,
            count(*) FILTER (WHERE t.conflict AND t.status IN ('done', 'planned')) AS conflicts,
            count(*) FILTER (WHERE t.reverted AND t.status IN ('done', 'planned')) AS reverted
        FROM sync.action AS t WHERE t.run_id = run.run_id
    ) AS c
    WHERE r.run_id = run.run_id
    RETURNING r.* INTO run;

    DELETE FROM engine.look AS k WHERE k.run_id = run.run_id;
    IF run.status = 'done' AND code IS NULL AND run.phase IS NULL AND NOT run.dry_run THEN
        UPDATE sync.employee AS e SET last_good_sync = run.finished_at WHERE e.kuerzel = run.employee_kuerzel;
    END IF;
    PERFORM engine.end_request(run.request_id);
    RETURN run.status;
END
$$;
COMMENT ON FUNCTION engine.close_run(bigint, text) IS 'Ends a run: counts per kind, status (failed with failed actions or an error code, else held with held ones, else done), and its request when it was the last one. paused and inactive are no failures: they say that there is nothing to be done, or why something was left. Returns the status.';

CREATE OR REPLACE FUNCTION engine.finish_run(run_id bigint, fence bigint, error_code text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    run sync.run := engine.require_lease(run_id, fence);
BEGIN
    RETURN engine.close_run(run.run_id, error_code);
END
$$;
COMMENT ON FUNCTION engine.finish_run(bigint, bigint, text) IS 'Ends a run: counts per kind, status (failed with failed actions or an error code, else held with held ones, else done), and its request when it was the last one. Returns the status.';
GRANT EXECUTE ON FUNCTION engine.finish_run(bigint, bigint, text) TO calendar_sync_user;
