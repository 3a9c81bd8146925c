CREATE OR REPLACE FUNCTION engine.complete_action(
    action_id bigint, fence bigint, observed_at timestamptz, entry jsonb DEFAULT NULL, new_frnr bigint DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    act sync.action;
    not_stored boolean := false;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = complete_action.action_id FOR UPDATE;
    IF act.kind IN ('create_termin', 'recreate_termin') THEN
        -- Numbers only grow: one that was known before the POST, or is linked already, is an answer without a number.
        IF new_frnr <= coalesce(act.frnr_mark, 0) OR new_frnr > 2147483647 OR EXISTS (
            SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = act.employee_kuerzel AND NOT l.deleted AND l.advoware_frnr = new_frnr) THEN
            new_frnr := NULL;
        END IF;
    END IF;
    IF act.kind IN ('create_termin', 'recreate_termin') AND act.status IN ('in_doubt', 'failed') AND new_frnr IS NOT NULL THEN
        -- A late answer to an open attempt is not thrown away; one to an attempt given up is recorded and never copied onward.
        IF act.given_up OR act.status = 'failed' THEN
            UPDATE sync.action AS t SET advoware_frnr = new_frnr, result = 'late_answer' WHERE t.action_id = act.action_id;
        ELSE
            PERFORM engine.attempt_made(act.action_id, new_frnr, 'late_answer');
        END IF;
        RETURN;
    END IF;
    PERFORM engine.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);
    IF act.status <> 'running' THEN
        RETURN;
    END IF;

    IF act.kind IN ('create_termin', 'recreate_termin') THEN
        IF new_frnr IS NULL THEN
            PERFORM engine.doubt_action(action_id, fence, 'advoware_no_number');
            RETURN;
        END IF;
        -- What was created is seen by the next phase; the re-reading says what was stored.
        INSERT INTO sync.seen AS s (employee_kuerzel, side, entry_id, present, fingerprint, time_fingerprint, starts_at, ends_at, ownership, observed_at)
        SELECT act.employee_kuerzel, 'advoware', new_frnr::text, true, act.meant_fingerprint, act.meant_time_fingerprint, g.starts_at, g.ends_at, 'exclusive', act.started_at
        FROM sync.seen AS g WHERE g.employee_kuerzel = act.employee_kuerzel AND g.side = 'google' AND g.entry_id = act.google_event_id
        ON CONFLICT ON CONSTRAINT seen_pkey DO NOTHING;
        PERFORM engine.attempt_made(act.action_id, new_frnr, 'created');
        RETURN;
    END IF;

    IF entry IS NOT NULL THEN
        PERFORM engine.store_entries(act.employee_kuerzel,
            CASE WHEN act.kind IN ('update_termin', 'delete_termin') THEN 'advoware' ELSE 'google' END::sync.source_system_enum,
            observed_at, jsonb_build_array(entry));
    END IF;

    IF act.kind IN ('delete_event', 'delete_termin') THEN
        PERFORM engine.store_entries(act.employee_kuerzel, CASE act.kind WHEN 'delete_termin' THEN 'advoware' ELSE 'google' END::sync.source_system_enum, observed_at,
            jsonb_build_array(jsonb_build_object('id', CASE act.kind WHEN 'delete_termin' THEN act.advoware_frnr::text ELSE act.google_event_id END, 'present', false)),
            'deleted_by_us');
        UPDATE sync.calendar_sync AS l SET deleted = true, sync_status = 'synced', last_error = NULL, next_attempt_at = NULL, attempts = 0, superseded_count = 0
        -- A second living event of the link, or a late Termin, says nothing about the link.
        WHERE l.sync_id = act.sync_id AND engine.is_about_link(act, l);
    ELSIF act.kind IN ('create_event', 'recreate_event') THEN
        UPDATE sync.calendar_sync AS l
        SET google_event_id = entry ->> 'id', google_calendar_id = e.google_calendar_id, tagged = true, text_from_advoware = true,
            anonymized = act.mode = 'anonymous', meant_acknowledged = true, attempts = 0, superseded_count = 0
        FROM sync.employee AS e WHERE l.sync_id = act.sync_id AND e.kuerzel = act.employee_kuerzel;
        UPDATE sync.action AS t SET google_event_id = entry ->> 'id' WHERE t.action_id = act.action_id;
    ELSIF act.kind = 'update_event' THEN
        UPDATE sync.calendar_sync AS l
        SET meant_acknowledged = true, attempts = 0, superseded_count = 0, tagged = true,
            text_from_advoware = l.text_from_advoware OR act.mode <> 'time_only',
            anonymized = CASE act.mode WHEN 'anonymous' THEN true WHEN 'full' THEN false ELSE l.anonymized END
        WHERE l.sync_id = act.sync_id;
    ELSIF act.kind = 'update_termin' THEN
        -- What was sent is settled here; what Advoware stored is read again.
        UPDATE sync.calendar_sync AS l
        SET meant_acknowledged = true, attempts = 0, superseded_count = 0, next_attempt_at = NULL, last_error = NULL, sync_status = 'synced',
            google_fingerprint = g.fingerprint, google_watermark = g.api_timestamp,
            last_sync = engine.settled_time(l.sync_strategy, l.source_system, l.advoware_watermark, g.api_timestamp, act.started_at)
        FROM sync.seen AS g
        WHERE l.sync_id = act.sync_id AND g.employee_kuerzel = l.employee_kuerzel AND g.side = 'google' AND g.entry_id = l.google_event_id;
    ELSIF act.kind = 'tag_event' THEN
        UPDATE sync.calendar_sync AS l SET tagged = l.tagged OR s.g_master_id IS NULL
        FROM engine.link_state AS s WHERE l.sync_id = act.sync_id AND s.sync_id = act.sync_id;
        IF act.phase = 4 THEN
            -- What failed on the way is over. A refusal that was overwritten by it is said anew.
            UPDATE sync.calendar_sync AS l
            SET times_hidden = l.times_hidden + 1, superseded_count = 0,
                attempts = CASE WHEN s.agree THEN 0 ELSE l.attempts END, next_attempt_at = CASE WHEN NOT s.agree THEN l.next_attempt_at END,
                refused_basis = CASE WHEN l.attempts = 0 THEN l.refused_basis END,
                sync_status = CASE WHEN s.agree THEN 'pending' ELSE l.sync_status END, last_error = CASE WHEN s.agree THEN NULL ELSE l.last_error END
            FROM engine.link_state AS s WHERE l.sync_id = act.sync_id AND s.sync_id = act.sync_id;
            not_stored := NOT coalesce((entry ->> 'is_private')::boolean, false);
        END IF;
    END IF;
    PERFORM engine.end_action(act.action_id, CASE WHEN not_stored THEN 'failed' ELSE 'done' END, CASE WHEN not_stored THEN 'visibility_not_stored' ELSE 'ok' END);
    PERFORM engine.settle_links(act.employee_kuerzel, act.sync_id);
END
$$;
COMMENT ON FUNCTION engine.complete_action(bigint, bigint, timestamptz, jsonb, bigint) IS
'Writes an action''s success back: link, audit and action row in one transaction. entry: the written side as the remote system answered it (observed_at: from begin_action); new_frnr: the number of a created Termin. A late answer to an attempt in doubt settles it even after the lease was lost.';
GRANT EXECUTE ON FUNCTION engine.complete_action(bigint, bigint, timestamptz, jsonb, bigint) TO calendar_sync_user;
