CREATE OR REPLACE FUNCTION sync.remedies(request_id bigint) RETURNS TABLE (code text, meaning text, remedy text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    WITH its_run AS (
        SELECT r.run_id, r.error_code
        FROM sync.run AS r
        WHERE r.request_id = (
            SELECT coalesce(q.merged_into, q.request_id)
            FROM sync.request AS q
            WHERE q.request_id = remedies.request_id)
    ), said AS (
        SELECT r.error_code AS said FROM its_run AS r
        UNION
        SELECT t.result
        FROM its_run AS r
        CROSS JOIN LATERAL (
            SELECT DISTINCT a.result FROM sync.action AS a
            WHERE a.run_id = r.run_id
                AND a.status IN ('failed', 'refused', 'held', 'in_doubt')
        ) AS t
    )
    SELECT c.code, c.meaning, c.remedy
    FROM sync.result_code AS c
    WHERE c.code IN (SELECT engine.code_of(s.said) FROM said AS s)
        AND c.remedy IS NOT NULL
    ORDER BY c.code
$$;
COMMENT ON FUNCTION sync.remedies(bigint) IS
'What to do about what a request could not do: a row per code that a person can do something about.';
GRANT EXECUTE ON FUNCTION sync.remedies(bigint) TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;
