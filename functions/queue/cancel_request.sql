CREATE OR REPLACE FUNCTION sync.cancel_request(request_id bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked sync.request;
    heir bigint;
BEGIN
    -- Runs before their request, as everybody locks them.
    PERFORM FROM sync.run AS r WHERE r.request_id = cancel_request.request_id AND r.status = 'waiting' ORDER BY r.run_id FOR NO KEY UPDATE;
    SELECT q.* INTO asked FROM sync.request AS q WHERE q.request_id = cancel_request.request_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'request_id: % is no request', request_id USING ERRCODE = '22023', HINT = 'SELECT request_id, status FROM sync.request shows them.';
    END IF;
    IF asked.status NOT IN ('waiting', 'running', 'merged') THEN
        RETURN asked.status;
    END IF;
    IF asked.status = 'waiting' OR (asked.status = 'running' AND asked.started_at IS NULL) THEN
        -- Those merged into it wait on their own account: no run has been made for them.
        SELECT min(m.request_id) INTO heir FROM sync.request AS m WHERE m.merged_into = asked.request_id AND m.status = 'merged';
        UPDATE sync.request AS m
        SET status = CASE WHEN m.request_id = heir THEN 'waiting' ELSE 'merged' END, merged_into = CASE WHEN m.request_id = heir THEN NULL ELSE heir END,
            claimed_by = NULL, claimed_at = NULL
        WHERE m.merged_into = asked.request_id AND m.status = 'merged';
    END IF;
    UPDATE sync.request AS q SET status = 'cancelled', finished_at = clock_timestamp() WHERE q.request_id = asked.request_id;
    IF asked.status = 'running' AND engine.is_cancelled(asked.request_id) THEN
        UPDATE sync.run AS r SET status = 'cancelled', finished_at = clock_timestamp() WHERE r.request_id = asked.request_id AND r.status = 'waiting';
    ELSIF asked.status = 'running' THEN
        -- Its runs go on for those merged into it; a worker that looked meanwhile found them locked.
        PERFORM pg_notify('calendar_sync', 'queue');
    END IF;
    RETURN 'cancelled';
END
$$;
COMMENT ON FUNCTION sync.cancel_request(bigint) IS 'Cancels a request that waits or runs; a running one stops between two actions. Requests merged with it go on. Returns its status (of one that has ended, how it ended).';
GRANT EXECUTE ON FUNCTION sync.cancel_request(bigint) TO calendar_sync_user, calendar_sync_operator;
