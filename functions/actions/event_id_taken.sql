CREATE OR REPLACE FUNCTION engine.event_id_taken(action_id bigint, fence bigint, observed_at timestamptz, entry jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    act sync.action;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = event_id_taken.action_id FOR UPDATE;
    PERFORM engine.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);
    IF act.status <> 'running' THEN
        RETURN 'failed';
    END IF;
    IF (entry ->> 'present')::boolean IS NOT FALSE THEN
        -- Alive: it is ours. Settled only if it says what we meant; else it is compared like any other pair.
        PERFORM engine.store_entries(act.employee_kuerzel, 'google', observed_at, jsonb_build_array(entry));
        UPDATE sync.calendar_sync AS l
        SET google_event_id = entry ->> 'id', google_calendar_id = e.google_calendar_id, tagged = true, text_from_advoware = true,
            anonymized = coalesce((entry ->> 'tag_anonymized')::boolean, act.mode = 'anonymous'),
            -- It may be what an earlier attempt made, while the Termin has moved on.
            meant_side = CASE WHEN l.earlier_fingerprints <> '{}' THEN l.meant_side END,
            meant_fingerprint = NULL, meant_time_fingerprint = NULL, meant_acknowledged = false
        FROM sync.employee AS e WHERE l.sync_id = act.sync_id AND e.kuerzel = act.employee_kuerzel;
        IF act.mode = 'full' AND (entry ->> 'tag_anonymized')::boolean THEN
            -- Losing the hub must not leak names (RULES 6).
            UPDATE sync.employee AS e SET anonymize = true WHERE e.kuerzel = act.employee_kuerzel AND NOT e.anonymize;
        END IF;
        PERFORM engine.end_action(act.action_id, 'done', 'adopted');
        PERFORM engine.settle_links(act.employee_kuerzel, act.sync_id);
        RETURN 'adopted';
    END IF;
    IF entry ->> 'ts' IS NULL AND entry ->> 'etag' IS NULL
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l WHERE l.sync_id = act.sync_id AND l.last_error = 'event_id_taken') THEN
        -- Used, they say, and not there: either answer may be wrong for a moment. Said again at the next attempt, the id is unusable (RULES 5).
        PERFORM engine.fail_action(action_id, fence, 'event_id_taken');
        RETURN 'failed';
    END IF;
    UPDATE sync.calendar_sync AS l SET event_generation = l.event_generation + 1 WHERE l.sync_id = act.sync_id;
    RETURN 'again';
END
$$;
COMMENT ON FUNCTION engine.event_id_taken(bigint, bigint, timestamptz, jsonb) IS 'An insert was answered 409; entry is what a GET of that id says. Alive: adopted. Cancelled: again, with the next generation (begin the action once more). A 404, told by an entry without timestamp and etag, contradicts the 409: failed, the id stays; when the next attempt meets the same, the id is unusable: again, with the next generation (RULES 5).';
GRANT EXECUTE ON FUNCTION engine.event_id_taken(bigint, bigint, timestamptz, jsonb) TO calendar_sync_user;
