CREATE OR REPLACE FUNCTION engine.record_proof(
    action_id bigint, fence bigint, side text, outcome text, observed_at timestamptz, entry jsonb DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    act sync.action;
    id text;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = record_proof.action_id FOR UPDATE;
    PERFORM engine.require_lease(act.run_id, fence);
    IF side NOT IN ('advoware', 'google') OR outcome NOT IN ('gone', 'cancelled', 'present', 'unproven') THEN
        RAISE EXCEPTION
            'side "%" or outcome "%" is unknown; allowed: advoware, google and gone, cancelled, present, unproven',
            side, outcome USING ERRCODE = '22023';
    END IF;
    id := CASE side WHEN 'advoware' THEN act.advoware_frnr::text ELSE act.google_event_id END;
    IF outcome = 'unproven' THEN
        PERFORM engine.end_action(act.action_id, 'held', 'absence_not_provable');
    ELSIF outcome = 'present' THEN
        PERFORM engine.store_entries(act.employee_kuerzel, side::sync.source_system_enum, observed_at,
            jsonb_build_array(entry || jsonb_build_object('id', id)));
    ELSE
        PERFORM engine.store_entries(act.employee_kuerzel, side::sync.source_system_enum, observed_at,
            jsonb_build_array(coalesce(entry, '{}') || jsonb_build_object('id', id, 'present', false)), outcome);
        IF side = 'google' AND act.sync_id IS NOT NULL THEN
            PERFORM engine.take_heir(act.sync_id);
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION engine.record_proof(bigint, bigint, text, text, timestamptz, jsonb) IS
'Records what a single GET says of an entry: gone, cancelled, present (with the entry) or unproven (held). Then begin again. Raises CS003.';
GRANT EXECUTE ON FUNCTION engine.record_proof(bigint, bigint, text, text, timestamptz, jsonb) TO calendar_sync_user;
