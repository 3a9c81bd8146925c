CREATE OR REPLACE FUNCTION sync.progress(request_id bigint)
RETURNS TABLE (employee_kuerzel text, run_status text, error_code text, phase integer, kind text,
    planned integer, done integer, failed integer, refused integer, held integer, in_doubt integer, superseded integer)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.employee_kuerzel, r.status, r.error_code, t.phase::integer, t.kind,
        (count(*) FILTER (WHERE t.status IN ('planned', 'running')))::integer,
        (count(*) FILTER (WHERE t.status = 'done'))::integer,
        (count(*) FILTER (WHERE t.status = 'failed'))::integer,
        (count(*) FILTER (WHERE t.status = 'refused'))::integer,
        (count(*) FILTER (WHERE t.status = 'held'))::integer,
        (count(*) FILTER (WHERE t.status = 'in_doubt'))::integer,
        (count(*) FILTER (WHERE t.status IN ('superseded', 'cancelled')))::integer
    FROM sync.request AS q
    JOIN sync.run AS r ON r.request_id = coalesce(q.merged_into, q.request_id)
    LEFT JOIN sync.action AS t ON t.run_id = r.run_id
    WHERE q.request_id = progress.request_id
    GROUP BY r.employee_kuerzel, r.status, r.error_code, t.phase, t.kind
    ORDER BY r.employee_kuerzel, t.phase, t.kind
$$;
COMMENT ON FUNCTION sync.progress(bigint) IS 'What a request has done so far: a row per employee, phase and kind of action (phase and kind are NULL for a run without actions).';
GRANT EXECUTE ON FUNCTION sync.progress(bigint) TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;
