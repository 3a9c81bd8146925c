CREATE OR REPLACE VIEW engine.claimable_request AS
SELECT q.request_id, q.employee_kuerzel, q.phase, q.full_content, q.dry_run, q.requested_at
FROM sync.request AS q
WHERE q.status = 'waiting'
    -- Merged, but not seen when the other one was claimed: what was read for that one may be older than this request.
    OR (q.status = 'merged' AND q.claimed_at IS NULL
        AND EXISTS (SELECT 1 FROM sync.request AS o WHERE o.request_id = q.merged_into AND o.status <> 'waiting'))
    -- Claimed by a listener that was lost before it made the runs, or that lives and did not make them in the time that reading the
    -- employees may take.
    OR (q.status = 'running' AND q.started_at IS NULL
        AND (EXISTS (SELECT 1 FROM sync.listener AS l WHERE l.listener = q.claimed_by
                AND (l.stopped_at IS NOT NULL OR l.heartbeat_at < clock_timestamp() - (SELECT s.lease FROM sync.setting AS s)))
            OR q.claimed_at < clock_timestamp() - (SELECT s.lease FROM sync.setting AS s) - interval '40 seconds'));
COMMENT ON VIEW engine.claimable_request IS 'The requests that wait for a listener, also those whose listener was lost (no heartbeat within a lease) before it made their runs.';
COMMENT ON COLUMN engine.claimable_request.request_id IS 'The request.';
COMMENT ON COLUMN engine.claimable_request.employee_kuerzel IS 'The employee it is for; NULL: all of them.';
COMMENT ON COLUMN engine.claimable_request.phase IS 'Which phase; NULL: all four.';
COMMENT ON COLUMN engine.claimable_request.full_content IS 'Whether to compare the content of every pair, whatever time stamps say.';
COMMENT ON COLUMN engine.claimable_request.dry_run IS 'Whether to plan only.';
COMMENT ON COLUMN engine.claimable_request.requested_at IS 'When it was asked for.';

CREATE OR REPLACE FUNCTION engine.mark_claimed(request_id bigint, listener text, opened boolean) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    WITH picked AS (
        UPDATE sync.request AS q
        SET status = 'running', merged_into = NULL, claimed_by = mark_claimed.listener, claimed_at = clock_timestamp(),
            started_at = CASE WHEN opened THEN clock_timestamp() END
        WHERE q.request_id = mark_claimed.request_id
        RETURNING q.*
    )
    -- All that ask for the same are served by this claim. One that is being cancelled is locked, and stays out.
    UPDATE sync.request AS m
    SET status = 'merged', merged_into = mark_claimed.request_id, claimed_by = mark_claimed.listener, claimed_at = clock_timestamp()
    WHERE m.request_id IN (
        SELECT o.request_id FROM sync.request AS o, picked
        WHERE o.request_id <> picked.request_id AND (o.status = 'waiting' OR (o.status = 'merged' AND o.claimed_at IS NULL))
            AND o.phase IS NOT DISTINCT FROM picked.phase AND o.employee_kuerzel IS NOT DISTINCT FROM picked.employee_kuerzel
            AND o.full_content = picked.full_content AND o.dry_run = picked.dry_run
        FOR NO KEY UPDATE OF o SKIP LOCKED);
END
$$;
COMMENT ON FUNCTION engine.mark_claimed(bigint, text, boolean) IS 'Makes a request, which the caller has locked, a listener''s own, and merges all that ask for the same into it. opened: its run is made at once. Never waits for another transaction.';

CREATE OR REPLACE FUNCTION engine.open_request_for_one(listener text, asked_before timestamptz DEFAULT 'infinity') RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    picked engine.claimable_request;
BEGIN
    -- The run refers to the employee: whoever has locked that row keeps this request waiting, and nobody else's.
    SELECT c.* INTO picked FROM engine.claimable_request AS c
    JOIN sync.employee AS e ON e.kuerzel = c.employee_kuerzel AND e.active
    WHERE c.requested_at < asked_before
    ORDER BY c.request_id
    LIMIT 1
    FOR NO KEY UPDATE OF c SKIP LOCKED FOR KEY SHARE OF e SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM engine.mark_claimed(picked.request_id, listener, true);
    INSERT INTO sync.run (request_id, employee_kuerzel, phase, full_content, dry_run)
    VALUES (picked.request_id, picked.employee_kuerzel, picked.phase, picked.full_content, picked.dry_run);
    RETURN picked.request_id;
END
$$;
COMMENT ON FUNCTION engine.open_request_for_one(text, timestamptz) IS 'Takes the oldest request for one active employee that waits for a listener (asked for before a moment), and makes its run. NULL: none waits. Who is to know of the run is the caller''s business. Never waits for another transaction.';

CREATE OR REPLACE FUNCTION engine.claim_request(listener text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    picked bigint;
    opened boolean := false;
BEGIN
    PERFORM engine.require_version(listener);
    -- What a crash forgets of this is done again.
    PERFORM set_config('synchronous_commit', 'off', true);
    -- All workers are busy: whoever asked for one employee is to see that a listener has taken it, and the run waits in its turn.
    WHILE engine.open_request_for_one(listener, clock_timestamp() - interval '1 second') IS NOT NULL LOOP
        opened := true;
    END LOOP;
    IF opened THEN
        -- A worker that looked meanwhile found neither the request nor its run.
        PERFORM pg_notify('calendar_sync', 'queue');
    END IF;
    -- NO KEY: an open transaction that has merged its request into this one holds a share of the key.
    SELECT c.request_id INTO picked FROM engine.claimable_request AS c
    -- Whoever left may have come back.
    WHERE NOT EXISTS (SELECT 1 FROM sync.employee AS e WHERE e.kuerzel = c.employee_kuerzel AND e.active)
    ORDER BY c.request_id
    LIMIT 1
    FOR NO KEY UPDATE OF c SKIP LOCKED;
    IF NOT FOUND THEN
        PERFORM engine.housekeeping_if_due();
        RETURN NULL;
    END IF;
    PERFORM engine.mark_claimed(picked, listener, false);
    RETURN picked;
END
$$;
COMMENT ON FUNCTION engine.claim_request(text) IS 'Takes the oldest request for which the employees have to be read from Advoware first (for all of them, or for one who has left), and with it all that ask for the same; NULL: none waits (then a batch of housekeeping is done, if it is due). Those for one active employee are opened by engine.claim_run, or here when no worker has been free for a second. Never waits for another transaction. Raises CS002 when the hub is no longer of the listener''s version.';
GRANT EXECUTE ON FUNCTION engine.claim_request(text) TO calendar_sync_user;
