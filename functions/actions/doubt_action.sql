CREATE OR REPLACE FUNCTION engine.doubt_action(action_id bigint, fence bigint, code text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    act sync.action;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = doubt_action.action_id FOR UPDATE;
    PERFORM engine.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);
    IF act.attempt IS DISTINCT FROM 'running' OR act.status <> 'running' THEN
        RETURN;
    END IF;
    UPDATE sync.action AS t SET status = 'in_doubt', attempt = 'in_doubt', result = code, doubted_at = clock_timestamp()
    WHERE t.action_id = act.action_id;
    UPDATE sync.calendar_sync AS l
    SET sync_status = 'failed', last_error = left('in_doubt: ' || code, 120), attempts = l.attempts + 1,
        next_attempt_at = CASE WHEN l.attempts > 0 THEN engine.backoff_until(l.attempts - 1) END
    WHERE l.sync_id = act.sync_id;
END
$$;
COMMENT ON FUNCTION engine.doubt_action(bigint, bigint, text) IS
'A POST was not answered, or without a number: the Termin may exist. In doubt until a reading or a person resolves it (rules 5). Raises CS003.';
GRANT EXECUTE ON FUNCTION engine.doubt_action(bigint, bigint, text) TO calendar_sync_user;
