CREATE OR REPLACE FUNCTION engine.take_request(request_id bigint, listener text, is_opened boolean) RETURNS sync.request
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    taken sync.request;
BEGIN
    UPDATE sync.request AS q
    SET status = 'running', claimed_by = take_request.listener, claimed_at = clock_timestamp(),
        started_at = CASE WHEN is_opened THEN clock_timestamp() END
    WHERE q.request_id = take_request.request_id
    RETURNING q.* INTO taken;
    -- Nothing has been read for this claim yet, so it serves all who ask for the same. One that is being cancelled is
    -- locked, and stays out.
    UPDATE sync.request AS m
    SET status = 'merged', merged_into = taken.request_id, claimed_by = taken.claimed_by, claimed_at = taken.claimed_at
    WHERE m.request_id = ANY (ARRAY(
        SELECT o.request_id FROM sync.request AS o
        WHERE o.status = 'waiting'
            AND engine.asks_for(o) = engine.asks_for(taken)
        FOR NO KEY UPDATE SKIP LOCKED));
    RETURN taken;
END
$$;
COMMENT ON FUNCTION engine.take_request(bigint, text, boolean) IS
'Makes a request, which the caller has locked, a listener''s own, merges all that wait for the same into it, and returns it. Never waits.';

CREATE OR REPLACE FUNCTION engine.give_back_requests(requests bigint[]) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    -- What was merged into them stays so: the next claim serves that, too.
    UPDATE sync.request AS q SET status = 'waiting', claimed_by = NULL, claimed_at = NULL
    WHERE q.request_id = ANY (requests)
$$;
COMMENT ON FUNCTION engine.give_back_requests(bigint[]) IS
'Lets requests that were claimed and have no runs yet, and that the caller has locked, wait again, with all that was merged into them.';

CREATE OR REPLACE FUNCTION engine.give_back_lost_requests() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lease interval := (SELECT s.lease FROM sync.setting AS s);
    lost bigint[];
BEGIN
    lost := ARRAY(
        SELECT q.request_id FROM sync.request AS q
        WHERE q.status = 'running'
            AND q.started_at IS NULL
            AND (EXISTS (SELECT FROM sync.listener AS l
                    WHERE l.listener = q.claimed_by
                        AND (l.stopped_at IS NOT NULL
                            OR NOT l.heartbeat_at BETWEEN clock_timestamp() - lease AND clock_timestamp()))
                -- Its listener lives, and does not know of the claim, or reading the employees took too long; or nobody
                -- can tell, because the clock was set back.
                OR NOT q.claimed_at BETWEEN clock_timestamp() - lease - interval '40 seconds' AND clock_timestamp())
        FOR NO KEY UPDATE SKIP LOCKED);
    IF lost <> '{}' THEN
        PERFORM engine.give_back_requests(lost);
    END IF;
END
$$;
COMMENT ON FUNCTION engine.give_back_lost_requests() IS
'Lets requests wait again whose listener was lost (no heartbeat within a lease) or never heard of its claim, before they had runs. Never waits.';
