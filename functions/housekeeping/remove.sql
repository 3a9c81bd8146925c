-- What housekeeping removes, table by table: at most batch rows older than before, the oldest first and through
-- indexes, so that a batch takes no longer because the tables are large. Each returns how many.

CREATE OR REPLACE FUNCTION engine.last_runs() RETURNS bigint[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(last.run_id), '{}')
    FROM sync.employee AS e
    CROSS JOIN LATERAL (
        SELECT r.run_id FROM sync.run AS r
        WHERE r.employee_kuerzel = e.kuerzel
            AND r.finished_at IS NOT NULL
            AND NOT r.dry_run
        ORDER BY r.finished_at DESC
        LIMIT 1
    ) AS last
$$;
COMMENT ON FUNCTION engine.last_runs() IS
'Each employee''s last run: how it ended is asked for, however long ago that was.';

CREATE OR REPLACE FUNCTION engine.is_still_needed(action sync.action) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(
        (action).status IN ('planned', 'running', 'in_doubt', 'held')
        -- For ever: such a Termin is never copied onward. Another given-up attempt may still find its Termin (rules 5).
        OR (action).attempt IN ('given_up', 'late')
        -- What a write that is not settled meant is not an edit when it turns up (rules 3).
        OR (action).write_state IS NOT NULL
        -- What cannot be carried is said once, not once in every keep_runs.
        OR ((action).status = 'refused' AND (action).basis IS NOT NULL AND (action).sync_id IS NULL AND EXISTS (
            SELECT FROM sync.seen AS s
            WHERE s.employee_kuerzel = (action).employee_kuerzel
                AND s.side = (CASE WHEN (action).google_event_id IS NULL
                    THEN 'advoware' ELSE 'google' END)::sync.source_system_enum
                AND s.entry_id = coalesce((action).google_event_id, (action).advoware_frnr::text)
                AND s.present
                AND s.unusable IS NOT NULL)), false)
$$;
COMMENT ON FUNCTION engine.is_still_needed(sync.action) IS
'Whether an action stays although its run is old: open work, what is known of attempts (rules 5), refusals that are said only once.';

CREATE OR REPLACE FUNCTION engine.remove_actions(before timestamptz, batch integer) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kept bigint[] := engine.last_runs();
    removed bigint;
BEGIN
    DELETE FROM sync.action AS t WHERE t.action_id = ANY (ARRAY(
        SELECT (its.action).action_id
        FROM sync.run AS r
        -- OFFSET 0: run by run, and no further than the batch goes, whatever the planner thinks of the tables' sizes.
        CROSS JOIN LATERAL (SELECT a FROM sync.action AS a WHERE a.run_id = r.run_id OFFSET 0) AS its (action)
        WHERE r.finished_at < before
            AND r.run_id <> ALL (kept)
            -- A dry run's rows were a plan and no more.
            AND (r.dry_run OR NOT engine.is_still_needed(its.action))
        ORDER BY r.finished_at
        LIMIT batch));
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION engine.remove_actions(timestamptz, integer) IS 'Removes actions of old runs that nothing needs any more.';

CREATE OR REPLACE FUNCTION engine.remove_runs(before timestamptz, batch integer) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kept bigint[] := engine.last_runs();
    removed bigint;
BEGIN
    DELETE FROM sync.run AS r WHERE r.run_id = ANY (ARRAY(
        SELECT x.run_id FROM sync.run AS x
        WHERE x.finished_at < before
            AND x.run_id <> ALL (kept)
            AND NOT EXISTS (SELECT FROM sync.action AS t WHERE t.run_id = x.run_id)
        ORDER BY x.finished_at
        LIMIT batch));
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION engine.remove_runs(timestamptz, integer) IS 'Removes old runs without actions, but for the last one of each employee.';

CREATE OR REPLACE FUNCTION engine.remove_requests(before timestamptz, batch integer) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    removed bigint;
BEGIN
    DELETE FROM sync.request AS q WHERE q.request_id = ANY (ARRAY(
        SELECT x.request_id FROM sync.request AS x
        WHERE x.finished_at < before
            AND x.status NOT IN ('waiting', 'running', 'merged')
            AND NOT EXISTS (SELECT FROM sync.run AS r WHERE r.request_id = x.request_id)
            AND NOT EXISTS (SELECT FROM sync.request AS m WHERE m.merged_into = x.request_id)
        LIMIT batch));
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION engine.remove_requests(timestamptz, integer) IS 'Removes old requests without runs.';

CREATE OR REPLACE FUNCTION engine.remove_entries(before timestamptz, batch integer) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    removed bigint;
BEGIN
    DELETE FROM sync.seen AS s WHERE (s.employee_kuerzel, s.side, s.entry_id) IN (
        SELECT x.employee_kuerzel, x.side, x.entry_id
        FROM sync.seen AS x
        WHERE NOT x.present
            AND x.observed_at < before
            AND NOT EXISTS (
                SELECT FROM sync.calendar_sync AS l
                WHERE l.employee_kuerzel = x.employee_kuerzel
                    AND NOT l.deleted
                    AND l.google_event_id = x.entry_id
                    AND x.side = 'google')
            AND NOT EXISTS (
                SELECT FROM sync.calendar_sync AS l
                WHERE l.employee_kuerzel = x.employee_kuerzel
                    AND NOT l.deleted
                    AND l.advoware_frnr = CASE WHEN x.side = 'advoware' THEN x.entry_id::integer END)
            -- A master stays as long as any of its occurrences is there.
            AND NOT EXISTS (
                SELECT FROM sync.seen AS o
                WHERE o.employee_kuerzel = x.employee_kuerzel
                    AND o.side = x.side
                    AND o.master_id = x.entry_id
                    AND o.present)
        LIMIT batch);
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION engine.remove_entries(timestamptz, integer) IS 'Removes entries that are long gone and that no link names.';

CREATE OR REPLACE FUNCTION engine.remove_listeners(before timestamptz, batch integer) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    removed bigint;
BEGIN
    DELETE FROM sync.listener AS l WHERE l.listener IN (
        SELECT x.listener FROM sync.listener AS x
        WHERE coalesce(x.stopped_at, x.heartbeat_at) < before
            AND NOT EXISTS (SELECT FROM sync.run AS r WHERE r.listener = x.listener AND r.status = 'running')
        LIMIT batch);
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION engine.remove_listeners(timestamptz, integer) IS 'Removes listeners that are long gone and have no run.';

CREATE OR REPLACE FUNCTION engine.remove_approvals(before timestamptz, batch integer) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    removed bigint;
BEGIN
    DELETE FROM sync.approval AS p WHERE p.approval_id IN (
        SELECT x.approval_id FROM sync.approval AS x
        WHERE least(x.spent_at, x.expires_at) < before
        LIMIT batch);
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION engine.remove_approvals(timestamptz, integer) IS 'Removes approvals that were spent or expired long ago.';
