CREATE OR REPLACE FUNCTION engine.complete_action(
    action_id bigint, fence bigint, observed_at timestamptz, entry jsonb DEFAULT NULL, new_frnr bigint DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- As for engine.begin_action: every row is asked for by its key.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    act sync.action;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = complete_action.action_id FOR UPDATE;
    IF act.writes_in = 'google' THEN
        -- An event's own id and content tell again what a crash forgets; a Termin has no such id.
        PERFORM engine.need_not_last();
    END IF;
    IF act.attempt IS NOT NULL AND engine.complete_attempt(act, fence, new_frnr) THEN
        RETURN;
    END IF;
    PERFORM engine.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);
    IF act.status <> 'running' THEN
        RETURN;
    END IF;
    IF act.kind = 'tag_series' THEN
        PERFORM engine.complete_series_tag(act, observed_at, entry);
        RETURN;
    ELSIF entry IS NOT NULL THEN
        PERFORM engine.store_entries(act.employee_kuerzel, act.writes_in, observed_at, jsonb_build_array(entry));
    END IF;
    CASE
        WHEN act.kind IN ('delete_event', 'delete_termin') THEN PERFORM engine.complete_deletion(act, observed_at);
        WHEN act.kind = 'tag_event' THEN PERFORM engine.complete_tag(act, entry);
        ELSE PERFORM engine.complete_write(act, entry);
    END CASE;
END
$$;
COMMENT ON FUNCTION engine.complete_action(bigint, bigint, timestamptz, jsonb, bigint) IS
'Writes a success back. entry: the written side as answered; new_frnr: a created Termin. A late answer to an attempt needs no lease. Raises CS003.';
GRANT EXECUTE ON FUNCTION engine.complete_action(bigint, bigint, timestamptz, jsonb, bigint) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION engine.complete_attempt(act sync.action, fence bigint, new_frnr bigint) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    -- Numbers only grow: one that was known before the POST, or is linked already, is an answer without a number.
    number bigint := CASE
        WHEN new_frnr > coalesce(act.frnr_mark, 0) AND new_frnr <= 2147483647
            AND NOT engine.is_taken(act.employee_kuerzel, new_frnr)
        THEN new_frnr END;
BEGIN
    IF act.attempt <> 'running' THEN
        IF number IS NULL THEN
            RETURN false;
        ELSIF act.attempt = 'in_doubt' THEN
            -- A late answer to an open attempt is not thrown away …
            PERFORM engine.attempt_made(act.action_id, number, 'late_answer');
        ELSIF act.status = 'failed' THEN
            -- … one to an attempt given up is recorded, and never copied onward.
            UPDATE sync.action AS t SET advoware_frnr = number, attempt = 'late', result = 'late_answer'
            WHERE t.action_id = act.action_id;
        END IF;
        RETURN true;
    END IF;
    PERFORM engine.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);
    IF number IS NULL THEN
        PERFORM engine.doubt_action(act.action_id, fence, 'advoware_no_number');
        RETURN true;
    END IF;
    -- What was created is seen by the next phase; the re-reading says what was stored.
    INSERT INTO sync.seen (employee_kuerzel, side, entry_id, present, fingerprint, time_fingerprint,
        starts_at, ends_at, ownership, observed_at)
    SELECT act.employee_kuerzel, 'advoware', number::text, true, act.meant_fingerprint, act.meant_time_fingerprint,
        e.starts_at, e.ends_at, 'exclusive', act.started_at
    FROM sync.seen AS e
    WHERE e.employee_kuerzel = act.employee_kuerzel
        AND e.side = 'google'
        AND e.entry_id = act.google_event_id
    ON CONFLICT ON CONSTRAINT seen_pkey DO NOTHING;
    PERFORM engine.forget_digest(act.employee_kuerzel);
    PERFORM engine.record_made(act, number, 'created');
    RETURN true;
END
$$;
COMMENT ON FUNCTION engine.complete_attempt(sync.action, bigint, bigint) IS
'The answer to a POST: its number settles the attempt, none leaves it in doubt; the re-reading joins the link (rules 5). false: unknown.';

CREATE OR REPLACE FUNCTION engine.complete_deletion(act sync.action, observed_at timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    link sync.calendar_sync;
    entry_id text := CASE act.kind WHEN 'delete_termin' THEN act.advoware_frnr::text ELSE act.google_event_id END;
BEGIN
    PERFORM engine.store_entries(act.employee_kuerzel, act.writes_in, observed_at,
        jsonb_build_array(jsonb_build_object('id', entry_id, 'present', false)), 'deleted_by_us');
    SELECT l.* INTO link FROM sync.calendar_sync AS l WHERE l.sync_id = act.sync_id FOR NO KEY UPDATE;
    -- A second living event of the link, or a late Termin, says nothing about the link.
    IF engine.is_about_link(act, link) THEN
        PERFORM engine.end_link(link);
    END IF;
    PERFORM engine.end_action(act.action_id, 'done', 'ok');
END
$$;
COMMENT ON FUNCTION engine.complete_deletion(sync.action, timestamptz) IS 'What was deleted is seen as gone, and its link is soft-deleted.';

CREATE OR REPLACE FUNCTION engine.complete_tag(act sync.action, entry jsonb) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    link sync.calendar_sync;
    old sync.calendar_sync;
    s engine.link_state;
    write engine.pending_write;
    is_hidden boolean := act.phase <> 4 OR coalesce((entry ->> 'is_private')::boolean, false);
BEGIN
    PERFORM engine.end_action(act.action_id, CASE WHEN is_hidden THEN 'done' ELSE 'failed' END,
        CASE WHEN is_hidden THEN 'ok' ELSE 'visibility_not_stored' END);
    SELECT l.* INTO old FROM sync.calendar_sync AS l WHERE l.sync_id = act.sync_id FOR NO KEY UPDATE;
    write := engine.pending_write_of(old);
    SELECT x.* INTO s FROM engine.state_of(old, write) AS x;
    link := old;
    link.tagged := link.tagged OR (s.event).master_id IS NULL;
    IF act.phase = 4 THEN
        -- What failed on the way is over. A refusal that was overwritten by it is said anew.
        link.times_hidden := link.times_hidden + 1;
        link.superseded_count := 0;
        IF old.attempts > 0 THEN
            link.refused_basis := NULL;
        END IF;
        IF s.agree THEN
            link.attempts := 0;
            link.next_attempt_at := NULL;
            link.sync_status := 'pending';
            link.last_error := NULL;
        END IF;
    END IF;
    PERFORM engine.keep_settled(old, link, write);
END
$$;
COMMENT ON FUNCTION engine.complete_tag(sync.action, jsonb) IS
'The event carries our tag, or was made private; whether Google stored that is in its answer (rules 6 and 7).';

CREATE OR REPLACE FUNCTION engine.complete_write(act sync.action, entry jsonb) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    old sync.calendar_sync;
    link sync.calendar_sync;
    write engine.pending_write;
BEGIN
    SELECT l.* INTO old FROM sync.calendar_sync AS l WHERE l.sync_id = act.sync_id FOR NO KEY UPDATE;
    link := old;
    link.attempts := 0;
    link.superseded_count := 0;
    IF act.kind = 'update_termin' THEN
        -- What Advoware stored is read again, and settled then: until then only what failed is over.
        link.next_attempt_at := NULL;
        link.last_error := NULL;
        link.sync_status := 'synced';
    ELSE
        IF act.kind IN ('create_event', 'recreate_event') THEN
            link.google_event_id := entry ->> 'id';
            link.google_calendar_id := engine.calendar_of(act.employee_kuerzel);
            act.google_event_id := entry ->> 'id';
        END IF;
        link.tagged := true;
        link.text_from_advoware := link.text_from_advoware OR act.mode <> 'time_only';
        link.anonymized := CASE act.mode WHEN 'anonymous' THEN true WHEN 'full' THEN false ELSE link.anonymized END;
    END IF;
    UPDATE sync.action AS t
    SET status = 'done', result = 'ok', finished_at = clock_timestamp(), unproven = false,
        google_event_id = act.google_event_id
    WHERE t.action_id = act.action_id
    RETURNING t.* INTO act;
    IF act.approved THEN
        PERFORM engine.spend_approval(act);
    END IF;
    write := engine.pending_write_of(link);
    PERFORM engine.keep_settled(old, link, write);
END
$$;
COMMENT ON FUNCTION engine.complete_write(sync.action, jsonb) IS
'A write of content was acknowledged: what it says of the link, and what settling makes of it, are one UPDATE of the link (rules 3).';
