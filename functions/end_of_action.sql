CREATE OR REPLACE FUNCTION sync.record_proof(
    action_id bigint, fence bigint, side text, outcome text, observed_at timestamptz, entry jsonb DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    act sync.action;
    id text;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = record_proof.action_id FOR UPDATE;
    PERFORM sync.require_lease(act.run_id, fence);
    IF side NOT IN ('advoware', 'google') OR outcome NOT IN ('gone', 'cancelled', 'present', 'unproven') THEN
        RAISE EXCEPTION 'side "%" or outcome "%" is unknown; allowed are advoware, google and gone, cancelled, present, unproven', side, outcome USING ERRCODE = '22023';
    END IF;
    id := CASE side WHEN 'advoware' THEN act.advoware_frnr::text ELSE act.google_event_id END;
    IF outcome = 'unproven' THEN
        PERFORM sync.end_action(act.action_id, 'held', 'absence_not_provable');
    ELSIF outcome = 'present' THEN
        PERFORM sync.store_entries(act.employee_kuerzel, side::sync.source_system_enum, observed_at, jsonb_build_array(entry || jsonb_build_object('id', id)));
    ELSE
        PERFORM sync.store_entries(act.employee_kuerzel, side::sync.source_system_enum, observed_at,
            jsonb_build_array(coalesce(entry, '{}') || jsonb_build_object('id', id, 'present', false)), outcome);
        IF side = 'google' THEN
            PERFORM sync.relink_heirs(act.employee_kuerzel, act.sync_id);
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION sync.record_proof(bigint, bigint, text, text, timestamptz, jsonb) IS
'Records the answer of a single GET that proves (gone, cancelled) or refutes (present, with the entry) that an appointment is missing; it is the reading of that entry. unproven: no proof could be had, the action is held. Call sync.begin_action afterwards.';
REVOKE ALL ON FUNCTION sync.record_proof(bigint, bigint, text, text, timestamptz, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.record_proof(bigint, bigint, text, text, timestamptz, jsonb) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION sync.complete_action(
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
            PERFORM sync.attempt_made(act.action_id, new_frnr, 'late_answer');
        END IF;
        RETURN;
    END IF;
    PERFORM sync.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);
    IF act.status <> 'running' THEN
        RETURN;
    END IF;

    IF act.kind IN ('create_termin', 'recreate_termin') THEN
        IF new_frnr IS NULL THEN
            PERFORM sync.doubt_action(action_id, fence, 'advoware_no_number');
            RETURN;
        END IF;
        -- What was created is seen by the next phase; the re-reading says what was stored.
        INSERT INTO sync.seen AS s (employee_kuerzel, side, entry_id, present, fingerprint, time_fingerprint, starts_at, ends_at, ownership, observed_at)
        SELECT act.employee_kuerzel, 'advoware', new_frnr::text, true, act.meant_fingerprint, act.meant_time_fingerprint, g.starts_at, g.ends_at, 'exclusive', act.started_at
        FROM sync.seen AS g WHERE g.employee_kuerzel = act.employee_kuerzel AND g.side = 'google' AND g.entry_id = act.google_event_id
        ON CONFLICT ON CONSTRAINT seen_pkey DO NOTHING;
        PERFORM sync.attempt_made(act.action_id, new_frnr, 'created');
        RETURN;
    END IF;

    IF entry IS NOT NULL THEN
        PERFORM sync.store_entries(act.employee_kuerzel,
            CASE WHEN act.kind IN ('update_termin', 'delete_termin') THEN 'advoware' ELSE 'google' END::sync.source_system_enum,
            observed_at, jsonb_build_array(entry));
    END IF;

    IF act.kind IN ('delete_event', 'delete_termin') THEN
        PERFORM sync.store_entries(act.employee_kuerzel, CASE act.kind WHEN 'delete_termin' THEN 'advoware' ELSE 'google' END::sync.source_system_enum, observed_at,
            jsonb_build_array(jsonb_build_object('id', CASE act.kind WHEN 'delete_termin' THEN act.advoware_frnr::text ELSE act.google_event_id END, 'present', false)),
            'deleted_by_us');
        UPDATE sync.calendar_sync AS l SET deleted = true, sync_status = 'synced', last_error = NULL, next_attempt_at = NULL, attempts = 0, superseded_count = 0
        -- A second living event of the link, or a late Termin, says nothing about the link.
        WHERE l.sync_id = act.sync_id AND sync.is_about_link(act, l);
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
            last_sync = sync.settled_time(l.sync_strategy, l.source_system, l.advoware_watermark, g.api_timestamp, act.started_at)
        FROM sync.seen AS g
        WHERE l.sync_id = act.sync_id AND g.employee_kuerzel = l.employee_kuerzel AND g.side = 'google' AND g.entry_id = l.google_event_id;
    ELSIF act.kind = 'tag_event' THEN
        UPDATE sync.calendar_sync AS l SET tagged = l.tagged OR s.g_master_id IS NULL
        FROM sync.link_state AS s WHERE l.sync_id = act.sync_id AND s.sync_id = act.sync_id;
        IF act.phase = 4 THEN
            -- What failed on the way is over. A refusal that was overwritten by it is said anew.
            UPDATE sync.calendar_sync AS l
            SET times_hidden = l.times_hidden + 1, superseded_count = 0,
                attempts = CASE WHEN s.agree THEN 0 ELSE l.attempts END, next_attempt_at = CASE WHEN NOT s.agree THEN l.next_attempt_at END,
                refused_basis = CASE WHEN l.attempts = 0 THEN l.refused_basis END,
                sync_status = CASE WHEN s.agree THEN 'pending' ELSE l.sync_status END, last_error = CASE WHEN s.agree THEN NULL ELSE l.last_error END
            FROM sync.link_state AS s WHERE l.sync_id = act.sync_id AND s.sync_id = act.sync_id;
            not_stored := NOT coalesce((entry ->> 'is_private')::boolean, false);
        END IF;
    END IF;
    PERFORM sync.end_action(act.action_id, CASE WHEN not_stored THEN 'failed' ELSE 'done' END, CASE WHEN not_stored THEN 'visibility_not_stored' ELSE 'ok' END);
    PERFORM sync.settle_links(act.employee_kuerzel, act.sync_id);
END
$$;
COMMENT ON FUNCTION sync.complete_action(bigint, bigint, timestamptz, jsonb, bigint) IS
'Writes an action''s success back: link, audit and action row in one transaction. entry: the written side as the remote system answered it (observed_at: from begin_action); new_frnr: the number of a created Termin. A late answer to an attempt in doubt settles it even after the lease was lost.';
REVOKE ALL ON FUNCTION sync.complete_action(bigint, bigint, timestamptz, jsonb, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.complete_action(bigint, bigint, timestamptz, jsonb, bigint) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION sync.supersede_action(
    action_id bigint, fence bigint, side text, observed_at timestamptz, entry jsonb
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    act sync.action;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = supersede_action.action_id FOR UPDATE;
    PERFORM sync.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);
    PERFORM sync.store_entries(act.employee_kuerzel, side::sync.source_system_enum, observed_at, jsonb_build_array(entry),
        CASE WHEN (entry ->> 'present')::boolean IS FALSE THEN 'gone' END);
    -- Nothing was sent, so nothing is meant; unless what is there is just that: a write whose answer was lost and that was sent again.
    -- Earlier writes were sent: what they meant stays known, and how one was missed.
    UPDATE sync.calendar_sync AS l SET meant_side = CASE WHEN l.earlier_fingerprints <> '{}' THEN l.meant_side END,
        meant_fingerprint = NULL, meant_time_fingerprint = NULL, meant_acknowledged = false
    WHERE l.sync_id = act.sync_id AND sync.is_about_link(act, l) AND l.meant_side IS NOT NULL AND NOT l.meant_acknowledged AND l.missed_fingerprint IS NULL
        AND NOT coalesce(l.meant_side::text = side
            AND coalesce(entry ->> 'fp' = l.meant_fingerprint, entry ->> 'time_fp' = l.meant_time_fingerprint), false);
    IF act.status IN ('planned', 'running') THEN
        PERFORM sync.end_action(act.action_id, 'superseded', 'not_as_planned');
    END IF;
END
$$;
COMMENT ON FUNCTION sync.supersede_action(bigint, bigint, text, timestamptz, jsonb) IS
'The target or source was not what the plan saw (also after 412 or 404): the answer is stored as its reading, nothing was written, and the link is planned anew (RULES 4).';
REVOKE ALL ON FUNCTION sync.supersede_action(bigint, bigint, text, timestamptz, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.supersede_action(bigint, bigint, text, timestamptz, jsonb) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION sync.fail_action(action_id bigint, fence bigint, code text, retry_after_seconds integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    act sync.action;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = fail_action.action_id FOR UPDATE;
    PERFORM sync.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);
    IF act.status NOT IN ('planned', 'running') THEN
        RETURN;
    END IF;
    IF act.status = 'running' AND act.kind IN ('create_termin', 'recreate_termin') AND starts_with(code, 'hub_') THEN
        -- An error of the hub's own says nothing about the POST, which may have gone out.
        PERFORM sync.doubt_action(action_id, fence, code);
        RETURN;
    END IF;
    PERFORM sync.end_action(act.action_id, 'failed', code);
    UPDATE sync.calendar_sync AS l
    SET sync_status = 'failed', last_error = code, attempts = l.attempts + 1,
        next_attempt_at = sync.backoff_until(l.attempts, make_interval(secs => least(coalesce(retry_after_seconds, 0), 86400)))
    WHERE l.sync_id = act.sync_id AND sync.is_about_link(act, l);
END
$$;
COMMENT ON FUNCTION sync.fail_action(bigint, bigint, text, integer) IS 'An action failed: its link is marked failed with the code and waits with growing delay (at least retry_after_seconds). Its neighbours go on. A create of a Termin that had begun is in doubt instead when the error is the hub''s own (hub_…).';
REVOKE ALL ON FUNCTION sync.fail_action(bigint, bigint, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.fail_action(bigint, bigint, text, integer) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION sync.doubt_action(action_id bigint, fence bigint, code text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    act sync.action;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = doubt_action.action_id FOR UPDATE;
    PERFORM sync.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);
    IF act.status <> 'running' OR act.kind NOT IN ('create_termin', 'recreate_termin') THEN
        RETURN;
    END IF;
    UPDATE sync.action AS t SET status = 'in_doubt', result = code, doubted_at = clock_timestamp() WHERE t.action_id = act.action_id;
    UPDATE sync.calendar_sync AS l
    SET sync_status = 'failed', last_error = left('in_doubt: ' || code, 120), attempts = l.attempts + 1,
        next_attempt_at = CASE WHEN l.attempts > 0 THEN sync.backoff_until(l.attempts - 1) END
    WHERE l.sync_id = act.sync_id;
END
$$;
COMMENT ON FUNCTION sync.doubt_action(bigint, bigint, text) IS 'A POST to Advoware was not answered, answered without a number or with a 5xx: the Termin may exist. The attempt is in doubt until a reading or a person settles it (RULES 5).';
REVOKE ALL ON FUNCTION sync.doubt_action(bigint, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.doubt_action(bigint, bigint, text) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION sync.event_id_taken(action_id bigint, fence bigint, observed_at timestamptz, entry jsonb) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    act sync.action;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = event_id_taken.action_id FOR UPDATE;
    PERFORM sync.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);
    IF act.status <> 'running' THEN
        RETURN 'failed';
    END IF;
    IF (entry ->> 'present')::boolean IS NOT FALSE THEN
        -- Alive: it is ours. Settled only if it says what we meant; else it is compared like any other pair.
        PERFORM sync.store_entries(act.employee_kuerzel, 'google', observed_at, jsonb_build_array(entry));
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
        PERFORM sync.end_action(act.action_id, 'done', 'adopted');
        PERFORM sync.settle_links(act.employee_kuerzel, act.sync_id);
        RETURN 'adopted';
    END IF;
    IF entry ->> 'ts' IS NULL AND entry ->> 'etag' IS NULL
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l WHERE l.sync_id = act.sync_id AND l.last_error = 'event_id_taken') THEN
        -- Used, they say, and not there: either answer may be wrong for a moment. Said again at the next attempt, the id is unusable (RULES 5).
        PERFORM sync.fail_action(action_id, fence, 'event_id_taken');
        RETURN 'failed';
    END IF;
    UPDATE sync.calendar_sync AS l SET event_generation = l.event_generation + 1 WHERE l.sync_id = act.sync_id;
    RETURN 'again';
END
$$;
COMMENT ON FUNCTION sync.event_id_taken(bigint, bigint, timestamptz, jsonb) IS 'An insert was answered 409; entry is what a GET of that id says. Alive: adopted. Cancelled: again, with the next generation (begin the action once more). A 404, told by an entry without timestamp and etag, contradicts the 409: failed, the id stays; when the next attempt meets the same, the id is unusable: again, with the next generation (RULES 5).';
REVOKE ALL ON FUNCTION sync.event_id_taken(bigint, bigint, timestamptz, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.event_id_taken(bigint, bigint, timestamptz, jsonb) TO calendar_sync_user;
