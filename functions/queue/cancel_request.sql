CREATE OR REPLACE FUNCTION sync.cancel_request(request_id bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked sync.request;
    -- Of one that was merged: the one whose runs serve it.
    served_by bigint := (
        SELECT coalesce(q.merged_into, q.request_id) FROM sync.request AS q
        WHERE q.request_id = cancel_request.request_id);
BEGIN
    -- Runs before their request, as everybody locks them.
    PERFORM FROM sync.run AS r
    WHERE r.request_id = served_by
        AND r.status = 'waiting'
    ORDER BY r.run_id
    FOR NO KEY UPDATE;
    SELECT q.* INTO asked FROM sync.request AS q WHERE q.request_id = cancel_request.request_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'request_id: % is not a request', request_id USING ERRCODE = '22023',
            HINT = 'SELECT request_id, status FROM sync.request shows them.';
    END IF;
    IF asked.status NOT IN ('waiting', 'running', 'merged') THEN
        RETURN asked.status;
    END IF;
    IF asked.started_at IS NULL THEN
        -- It has no runs that could go on for those merged into it: they wait on their own account.
        UPDATE sync.request AS m SET status = 'waiting', merged_into = NULL, claimed_by = NULL, claimed_at = NULL
        WHERE m.merged_into = asked.request_id
            AND m.status = 'merged';
    END IF;
    UPDATE sync.request AS q SET status = 'cancelled', finished_at = clock_timestamp()
    WHERE q.request_id = asked.request_id;
    IF engine.is_cancelled(served_by) THEN
        UPDATE sync.run AS r SET status = 'cancelled', finished_at = clock_timestamp()
        WHERE r.request_id = served_by
            AND r.status = 'waiting';
    END IF;
    -- A worker that looked meanwhile found what goes on for others locked.
    PERFORM engine.wake_listeners();
    RETURN 'cancelled';
END
$$;
COMMENT ON FUNCTION sync.cancel_request(bigint) IS
'Cancels a request that waits or runs; a running one stops between two actions. What was merged with it goes on. Returns its status, or how it had ended.';
GRANT EXECUTE ON FUNCTION sync.cancel_request(bigint) TO calendar_sync_user, calendar_sync_operator;
