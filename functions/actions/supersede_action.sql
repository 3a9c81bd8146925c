CREATE OR REPLACE FUNCTION engine.supersede_action(
    action_id bigint, fence bigint, side text, observed_at timestamptz, entry jsonb
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    act sync.action;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = supersede_action.action_id FOR UPDATE;
    PERFORM engine.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);
    PERFORM engine.store_entries(act.employee_kuerzel, side::sync.source_system_enum, observed_at,
        jsonb_build_array(entry),
        CASE WHEN (entry ->> 'present')::boolean IS FALSE THEN 'gone' END);
    -- Nothing was sent, so this action has meant nothing; unless what is there is just that (a write whose answer was
    -- lost and that was begun again), or it repeats one that was missed.
    UPDATE sync.action AS t SET write_state = NULL
    WHERE t.action_id = act.action_id
        AND t.write_state = 'pending'
        AND t.missed_fingerprint IS NULL
        AND NOT coalesce(t.writes_in::text = side
            AND coalesce(
                entry ->> 'fingerprint' = t.meant_fingerprint,
                entry ->> 'time_fingerprint' = t.meant_time_fingerprint), false);
    IF act.status IN ('planned', 'running') THEN
        PERFORM engine.end_action(act.action_id, 'superseded', 'not_as_planned');
    END IF;
END
$$;
COMMENT ON FUNCTION engine.supersede_action(bigint, bigint, text, timestamptz, jsonb) IS
'Target or source was not what the plan saw: the answer is its reading, nothing was written, the link is planned anew (rules 4). Raises CS003.';
GRANT EXECUTE ON FUNCTION engine.supersede_action(bigint, bigint, text, timestamptz, jsonb) TO calendar_sync_user;
