CREATE OR REPLACE FUNCTION engine.event_id_taken(
    action_id bigint, fence bigint, observed_at timestamptz, entry jsonb
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    act sync.action;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = event_id_taken.action_id FOR UPDATE;
    PERFORM engine.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);
    IF act.status <> 'running' THEN
        RETURN 'failed';
    ELSIF (entry ->> 'present')::boolean IS NOT FALSE THEN
        PERFORM engine.adopt_event(act, observed_at, entry);
        RETURN 'adopted';
    ELSIF entry ->> 'ts' IS NULL AND entry ->> 'etag' IS NULL AND NOT EXISTS (
        SELECT 1 FROM sync.calendar_sync AS l WHERE l.sync_id = act.sync_id AND l.last_error = 'event_id_taken')
    THEN
        -- Used, they say, and not there: either answer may be wrong for a moment. Said again at the next attempt, the
        -- id is unusable.
        PERFORM engine.fail_action(action_id, fence, 'event_id_taken');
        RETURN 'failed';
    END IF;
    UPDATE sync.calendar_sync AS l SET event_generation = l.event_generation + 1 WHERE l.sync_id = act.sync_id;
    RETURN 'again';
END
$$;
COMMENT ON FUNCTION engine.event_id_taken(bigint, bigint, timestamptz, jsonb) IS
'An insert was answered 409; entry: a GET of that id. adopted: alive, ours. again: begin with the next generation. failed: 409 and 404 (rules 5).';
GRANT EXECUTE ON FUNCTION engine.event_id_taken(bigint, bigint, timestamptz, jsonb) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION engine.adopt_event(act sync.action, observed_at timestamptz, entry jsonb) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    old sync.calendar_sync;
    link sync.calendar_sync;
    is_anonymized boolean := (entry ->> 'tag_anonymized')::boolean;
BEGIN
    PERFORM engine.store_entries(act.employee_kuerzel, 'google', observed_at, jsonb_build_array(entry));
    IF act.mode = 'full' AND is_anonymized THEN
        -- Losing the hub must not leak names (rules 6).
        UPDATE sync.employee AS e SET anonymize = true WHERE e.kuerzel = act.employee_kuerzel AND NOT e.anonymize;
    END IF;
    -- It may be what an earlier attempt made, while the Termin has moved on: this one has meant nothing.
    UPDATE sync.action AS t SET write_state = NULL WHERE t.action_id = act.action_id;
    PERFORM engine.end_action(act.action_id, 'done', 'adopted');
    SELECT l.* INTO old FROM sync.calendar_sync AS l WHERE l.sync_id = act.sync_id FOR NO KEY UPDATE;
    link := old;
    link.google_event_id := entry ->> 'id';
    link.google_calendar_id := engine.calendar_of(act.employee_kuerzel);
    link.tagged := true;
    link.text_from_advoware := true;
    link.anonymized := coalesce(is_anonymized, act.mode = 'anonymous');
    PERFORM engine.keep_settled(old, link, engine.pending_write_of(link));
END
$$;
COMMENT ON FUNCTION engine.adopt_event(sync.action, timestamptz, jsonb) IS
'The event with the link''s own id is alive: it is the link''s. Settled if it says what we mean; else compared like any pair.';
