CREATE OR REPLACE FUNCTION engine.supersede_action(
    action_id bigint, fence bigint, side text, observed_at timestamptz, entry jsonb
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    act sync.action;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = supersede_action.action_id FOR UPDATE;
    PERFORM engine.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);
    PERFORM engine.store_entries(act.employee_kuerzel, side::sync.source_system_enum, observed_at, jsonb_build_array(entry),
        CASE WHEN (entry ->> 'present')::boolean IS FALSE THEN 'gone' END);
    -- Nothing was sent, so nothing is meant; unless what is there is just that: a write whose answer was lost and that was sent again.
    -- Earlier writes were sent: what they meant stays known, and how one was missed.
    UPDATE sync.calendar_sync AS l SET meant_side = CASE WHEN l.earlier_fingerprints <> '{}' THEN l.meant_side END,
        meant_fingerprint = NULL, meant_time_fingerprint = NULL, meant_acknowledged = false
    WHERE l.sync_id = act.sync_id AND engine.is_about_link(act, l) AND l.meant_side IS NOT NULL AND NOT l.meant_acknowledged AND l.missed_fingerprint IS NULL
        AND NOT coalesce(l.meant_side::text = side
            AND coalesce(entry ->> 'fp' = l.meant_fingerprint, entry ->> 'time_fp' = l.meant_time_fingerprint), false);
    IF act.status IN ('planned', 'running') THEN
        PERFORM engine.end_action(act.action_id, 'superseded', 'not_as_planned');
    END IF;
END
$$;
COMMENT ON FUNCTION engine.supersede_action(bigint, bigint, text, timestamptz, jsonb) IS
'The target or source was not what the plan saw (also after 412 or 404): the answer is stored as its reading, nothing was written, and the link is planned anew (RULES 4).';
GRANT EXECUTE ON FUNCTION engine.supersede_action(bigint, bigint, text, timestamptz, jsonb) TO calendar_sync_user;
