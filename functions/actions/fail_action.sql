CREATE OR REPLACE FUNCTION engine.fail_action(
    action_id bigint, fence bigint, code text, retry_after_seconds integer DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    act sync.action;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = fail_action.action_id FOR UPDATE;
    PERFORM engine.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);
    IF act.status NOT IN ('planned', 'running') THEN
        RETURN;
    END IF;
    IF act.attempt = 'running' AND starts_with(code, 'hub_') THEN
        -- An error of the hub's own says nothing about the POST, which may have gone out.
        PERFORM engine.doubt_action(action_id, fence, code);
        RETURN;
    END IF;
    PERFORM engine.end_action(act.action_id, 'failed', code);
    PERFORM engine.delay_series_tag(act, retry_after_seconds);
    UPDATE sync.calendar_sync AS l
    SET sync_status = 'failed', last_error = code, attempts = l.attempts + 1,
        next_attempt_at = engine.backoff_until(
            l.attempts, make_interval(secs => least(coalesce(retry_after_seconds, 0), 86400)))
    WHERE l.sync_id = act.sync_id
        AND engine.is_about_link(act, l);
END
$$;
COMMENT ON FUNCTION engine.fail_action(bigint, bigint, text, integer) IS
'An action failed: its link waits with growing delay (retry_after_seconds at least), its neighbours go on (rules 5). Raises CS003.';
GRANT EXECUTE ON FUNCTION engine.fail_action(bigint, bigint, text, integer) TO calendar_sync_user;
