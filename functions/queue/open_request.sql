CREATE OR REPLACE FUNCTION engine.open_request(request_id bigint, employees_error text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked sync.request;
    made integer;
BEGIN
    SELECT q.* INTO asked FROM sync.request AS q WHERE q.request_id = open_request.request_id FOR NO KEY UPDATE;
    IF asked.status IS DISTINCT FROM 'running' OR asked.started_at IS NOT NULL THEN
        RETURN 0;
    END IF;
    INSERT INTO sync.run (request_id, employee_kuerzel, phase, full_content, dry_run)
    SELECT asked.request_id, e.kuerzel, asked.phase, asked.full_content, asked.dry_run
    FROM sync.employee AS e
    WHERE e.active AND (asked.employee_kuerzel IS NULL OR e.kuerzel = asked.employee_kuerzel)
    ORDER BY e.kuerzel
    ON CONFLICT ON CONSTRAINT run_request_id_employee_kuerzel_key DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    IF made > 0 THEN
        -- Other listeners share them.
        PERFORM pg_notify('calendar_sync', 'queue');
    END IF;
    UPDATE sync.request AS q SET started_at = clock_timestamp(),
        message = CASE WHEN made > 0 THEN q.message ELSE coalesce(employees_error,
            CASE WHEN asked.employee_kuerzel IS NULL THEN 'no active employee: nothing to do'
                ELSE format('%s is inactive, Advoware does not name this employee any more: nothing was done; calendar and links stay', asked.employee_kuerzel) END) END
    WHERE q.request_id = open_request.request_id;
    PERFORM engine.end_request(request_id, CASE WHEN made = 0 THEN employees_error END);
    RETURN made;
END
$$;
COMMENT ON FUNCTION engine.open_request(bigint, text) IS 'Makes one run per active employee (or for the one asked for) of a claimed request. employees_error: why the list could not be read; the known ones go on, and with none known the request fails with that code as its message. Returns how many runs.';
GRANT EXECUTE ON FUNCTION engine.open_request(bigint, text) TO calendar_sync_user;
