CREATE OR REPLACE FUNCTION sync.progress(request_id bigint)
RETURNS TABLE (
    employee_kuerzel text, run_status text, error_code text, phase integer, kind text,
    planned integer, done integer, failed integer, refused integer, held integer, in_doubt integer, superseded integer)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        r.employee_kuerzel, r.status, r.error_code, t.phase, t.kind,
        coalesce(t.planned, 0), coalesce(t.done, 0), coalesce(t.failed, 0), coalesce(t.refused, 0),
        coalesce(t.held, 0), coalesce(t.in_doubt, 0), coalesce(t.superseded, 0)
    FROM sync.run AS r
    -- Run by run, whatever the planner thinks of tables that were never analysed.
    LEFT JOIN LATERAL (
        SELECT
            a.phase::integer,
            a.kind,
            (count(*) FILTER (WHERE a.status IN ('planned', 'running')))::integer AS planned,
            (count(*) FILTER (WHERE a.status = 'done'))::integer AS done,
            (count(*) FILTER (WHERE a.status = 'failed'))::integer AS failed,
            (count(*) FILTER (WHERE a.status = 'refused'))::integer AS refused,
            (count(*) FILTER (WHERE a.status = 'held'))::integer AS held,
            (count(*) FILTER (WHERE a.status = 'in_doubt'))::integer AS in_doubt,
            (count(*) FILTER (WHERE a.status IN ('superseded', 'cancelled')))::integer AS superseded
        FROM sync.action AS a
        WHERE a.run_id = r.run_id
        GROUP BY a.phase, a.kind
    ) AS t ON true
    WHERE r.request_id = (
        SELECT coalesce(q.merged_into, q.request_id) FROM sync.request AS q WHERE q.request_id = progress.request_id)
    ORDER BY r.employee_kuerzel, t.phase, t.kind
$$;
COMMENT ON FUNCTION sync.progress(bigint) IS
'What a request has done so far: a row per employee, phase and kind of action (NULL for a run without actions).';
GRANT EXECUTE ON FUNCTION sync.progress(bigint) TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;
