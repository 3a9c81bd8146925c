CREATE OR REPLACE FUNCTION engine.end_request(request_id bigint, error_code text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ended text;
    told text;
BEGIN
    -- One at a time: of two runs that end together the later one sees both.
    PERFORM 1 FROM sync.request AS q WHERE q.request_id = end_request.request_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM sync.run AS r
        WHERE r.request_id = end_request.request_id
            AND r.status IN ('waiting', 'running'))
    THEN
        RETURN;
    END IF;
    SELECT CASE
        WHEN end_request.error_code IS NOT NULL OR bool_or(r.status = 'failed') THEN 'failed'
        WHEN bool_or(r.status = 'held') THEN 'held'
        WHEN bool_or(r.status = 'cancelled') THEN 'cancelled'
        ELSE 'done'
    END INTO ended FROM sync.run AS r WHERE r.request_id = end_request.request_id;
    SELECT left(string_agg(format('%s: nothing (more) was done for %s', r.error_code, r.employees), '; '), 500)
    INTO told FROM (
        SELECT x.error_code, string_agg(x.employee_kuerzel, ', ' ORDER BY x.employee_kuerzel) AS employees
        FROM sync.run AS x
        WHERE x.request_id = end_request.request_id
            AND x.error_code IN ('paused', 'inactive')
        GROUP BY x.error_code
    ) AS r;
    -- Those merged into it say the same: they asked for the same.
    told := nullif(concat_ws('; ', told, (
        SELECT q.message FROM sync.request AS q WHERE q.request_id = end_request.request_id)), '');
    UPDATE sync.request AS q SET status = ended, message = coalesce(told, q.message), finished_at = clock_timestamp()
    WHERE (q.request_id = end_request.request_id AND q.status = 'running')
        OR (q.merged_into = end_request.request_id AND q.status = 'merged');
END
$$;
COMMENT ON FUNCTION engine.end_request(bigint, text) IS
'Ends a request whose runs have all ended, and those merged into it: failed (also with a code of its own), else held, else cancelled, else done.';
