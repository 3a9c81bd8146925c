CREATE OR REPLACE FUNCTION engine.is_about_link(act sync.action, link sync.calendar_sync) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE act.kind
        WHEN 'delete_termin' THEN link.advoware_frnr = act.advoware_frnr
        WHEN 'delete_event' THEN link.google_event_id = act.google_event_id
        ELSE true END IS TRUE
$$;
COMMENT ON FUNCTION engine.is_about_link(sync.action, sync.calendar_sync) IS 'Whether what becomes of an action says anything about its link: the deletion of a second living event, or of a late Termin, does not.';

CREATE OR REPLACE FUNCTION engine.begin_action(action_id bigint, fence bigint)
RETURNS TABLE (
    verdict text, kind text, sync_id uuid, calendar_id text, event_id text, etag text, frnr bigint, mode text,
    source_fp text, expected_fp text, meant_fp text, meant_time_fp text,
    tag_frnr bigint, tag_source text, tag_anonymized boolean, observed_at timestamptz, deadline timestamptz, control_frnr bigint,
    is_occurrence boolean, text_frnr bigint,
    expected_ownership text, is_private boolean
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    act sync.action;
    run sync.run;
    link sync.calendar_sync;
    state engine.link_state;
    plan record;
    target text;
    now_at timestamptz := clock_timestamp();
    written sync.source_system_enum;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = begin_action.action_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'action_id: % is no action', action_id USING ERRCODE = '22023';
    END IF;
    run := engine.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);
    kind := act.kind; sync_id := act.sync_id; frnr := act.advoware_frnr; event_id := act.google_event_id; observed_at := now_at;
    verdict := 'ended';

    IF act.status NOT IN ('planned', 'running') OR run.dry_run THEN
        RETURN NEXT; RETURN;
    END IF;
    IF engine.is_cancelled(run.request_id) THEN
        PERFORM engine.end_action(act.action_id, 'cancelled', 'request_cancelled');
        RETURN NEXT; RETURN;
    END IF;
    IF engine.is_paused(act.employee_kuerzel) THEN
        UPDATE sync.run AS r SET error_code = 'paused' WHERE r.run_id = act.run_id;
        PERFORM engine.end_action(act.action_id, 'superseded', 'paused');
        RETURN NEXT; RETURN;
    END IF;
    SELECT s.entry_id::bigint INTO control_frnr FROM sync.seen AS s
    WHERE s.side = 'advoware' AND s.present AND s.observed_at > now_at - interval '1 day' AND s.entry_id ~ '^[0-9]+$'
        AND s.entry_id IS DISTINCT FROM act.advoware_frnr::text
    ORDER BY s.observed_at DESC LIMIT 1;

    IF act.kind = 'link_event' THEN
        IF NOT EXISTS (SELECT 1 FROM sync.seen AS s WHERE s.employee_kuerzel = act.employee_kuerzel AND s.side = 'advoware'
                AND s.entry_id = act.advoware_frnr::text AND CASE WHEN s.present THEN s.observed_at ELSE s.proven_at END >= run.started_at) THEN
            verdict := 'prove_advoware';
        ELSIF engine.link_tagged(act.employee_kuerzel, act.google_event_id) THEN
            PERFORM engine.end_action(act.action_id, 'done', 'linked');
            PERFORM engine.settle_links(act.employee_kuerzel);
        ELSE
            PERFORM engine.end_action(act.action_id, 'superseded', 'plan_no_longer_holds');
        END IF;
        RETURN NEXT; RETURN;
    END IF;

    SELECT l.* INTO link FROM sync.calendar_sync AS l WHERE l.sync_id = act.sync_id FOR UPDATE;
    calendar_id := coalesce(link.google_calendar_id, (SELECT e.google_calendar_id FROM sync.employee AS e WHERE e.kuerzel = act.employee_kuerzel));

    -- A second living event of the link, or a Termin that an attempt given up has made late.
    IF act.kind = 'delete_event' AND act.google_event_id IS DISTINCT FROM link.google_event_id
        OR act.kind = 'delete_termin' AND act.advoware_frnr IS DISTINCT FROM link.advoware_frnr THEN
        SELECT s.etag, s.fingerprint INTO etag, expected_fp
        FROM sync.seen AS s
        WHERE s.employee_kuerzel = act.employee_kuerzel AND CASE act.kind
            WHEN 'delete_event' THEN s.side = 'google' AND s.entry_id = act.google_event_id
                AND EXISTS (SELECT 1 FROM engine.stray_events(act.employee_kuerzel) AS stray WHERE stray.entry_id = s.entry_id AND stray.sync_id = act.sync_id)
            ELSE s.side = 'advoware' AND s.entry_id = act.advoware_frnr::text
                AND EXISTS (SELECT 1 FROM engine.late_termine(act.employee_kuerzel) AS late WHERE late.frnr = act.advoware_frnr AND late.sync_id = act.sync_id)
            END;
        IF FOUND THEN
            UPDATE sync.action AS t SET status = 'running', started_at = now_at WHERE t.action_id = act.action_id;
            expected_ownership := CASE WHEN act.kind = 'delete_termin' THEN 'exclusive' END;
            verdict := 'go';
        ELSE
            PERFORM engine.end_action(act.action_id, 'superseded', 'plan_no_longer_holds');
        END IF;
        RETURN NEXT; RETURN;
    END IF;

    IF act.status = 'planned' THEN
        SELECT d.* INTO plan FROM engine.decisions(act.employee_kuerzel, act.phase, run.full_content, run.started_at, act.sync_id) AS d
        WHERE d.kind = act.kind OR (d.kind = 'refuse' AND act.phase = 3 AND act.kind <> 'tag_event');
        IF FOUND AND plan.kind = 'refuse' THEN
            UPDATE sync.calendar_sync AS l SET sync_status = 'failed', last_error = left(plan.reason, 120), refused_basis = plan.basis WHERE l.sync_id = act.sync_id;
            UPDATE sync.action AS t SET basis = plan.basis, kind = engine.refused_kind(act.phase, act.sync_id, plan.reason) WHERE t.action_id = act.action_id;
            PERFORM engine.end_action(act.action_id, 'refused', plan.reason);
            RETURN NEXT; RETURN;
        ELSIF NOT FOUND THEN
            PERFORM engine.end_action(act.action_id, 'superseded', 'plan_no_longer_holds');
            RETURN NEXT; RETURN;
        END IF;
        IF plan.prove_advoware OR plan.prove_google THEN
            verdict := CASE WHEN plan.prove_google THEN 'prove_google' ELSE 'prove_advoware' END;
            RETURN NEXT; RETURN;
        END IF;
        IF act.kind = 'soft_delete' THEN
            -- Nothing will follow an attempt of a link that ends; what it may still make is known to be late.
            UPDATE sync.action AS t SET given_up = true, status = 'failed', result = 'given_up', finished_at = now_at
            WHERE t.sync_id = act.sync_id AND t.status = 'in_doubt';
            UPDATE sync.calendar_sync AS l SET deleted = true, sync_status = 'synced', last_error = NULL, next_attempt_at = NULL WHERE l.sync_id = link.sync_id;
            PERFORM engine.end_action(act.action_id, 'done', 'soft_deleted');
            RETURN NEXT; RETURN;
        END IF;
        SELECT s.* INTO state FROM engine.link_state AS s WHERE s.sync_id = act.sync_id;
        mode := plan.mode;
        written := CASE WHEN act.kind IN ('create_event', 'recreate_event', 'update_event') THEN 'google'
            WHEN act.kind IN ('create_termin', 'recreate_termin', 'update_termin') THEN 'advoware' END;

        IF act.kind = 'recreate_event' THEN
            -- The id is given up only when a GET has shown it cancelled or unusable.
            IF link.google_event_id = engine.own_event_id(link.sync_id, link.event_generation) AND state.g_proof IN ('cancelled', 'deleted_by_us') THEN
                link.event_generation := link.event_generation + 1;
            END IF;
            UPDATE sync.calendar_sync AS l SET google_event_id = NULL, google_fingerprint = NULL, google_watermark = NULL, tagged = false,
                event_generation = link.event_generation, sync_status = 'pending'
            WHERE l.sync_id = link.sync_id;
        ELSIF act.kind IN ('create_termin', 'recreate_termin') THEN
            -- An attempt is given up only in the transaction that begins its successor.
            UPDATE sync.action AS t SET given_up = true, status = 'failed', result = 'given_up', finished_at = now_at
            WHERE t.sync_id = act.sync_id AND t.status = 'in_doubt';
            -- The event's tag names the old Termin: it is to be tagged anew, or a lost hub would create the Termin once more.
            UPDATE sync.calendar_sync AS l SET advoware_frnr = NULL, advoware_fingerprint = NULL, advoware_watermark = NULL, sync_status = 'pending', tagged = false
            WHERE l.sync_id = link.sync_id AND l.advoware_frnr IS NOT NULL;
        END IF;
        IF written IS NOT NULL THEN
            UPDATE sync.calendar_sync AS l SET meant_side = written,
                -- What earlier writes meant or left there may still be seen, and is no edit then.
                earlier_fingerprints = CASE WHEN l.meant_side = written THEN ARRAY(
                    SELECT DISTINCT e FROM unnest(l.earlier_fingerprints || coalesce(l.meant_fingerprint, l.meant_time_fingerprint) || l.missed_fingerprint) AS e
                    WHERE e IS NOT NULL ORDER BY e) ELSE '{}' END,
                -- A miss is one of the content that is meant again.
                missed_fingerprint = CASE WHEN m.again THEN l.missed_fingerprint END, missed_at = CASE WHEN m.again THEN l.missed_at END,
                meant_fingerprint = plan.meant_fingerprint, meant_time_fingerprint = plan.meant_time_fingerprint,
                meant_acknowledged = false, meant_at = now_at
            FROM (SELECT act.kind LIKE 'update%' AND (link.meant_side, link.meant_fingerprint, link.meant_time_fingerprint)
                IS NOT DISTINCT FROM (written, plan.meant_fingerprint, plan.meant_time_fingerprint) AS again) AS m
            WHERE l.sync_id = link.sync_id;
        END IF;
        UPDATE sync.action AS t SET status = 'running', started_at = now_at, mode = plan.mode, unproven = false,
            meant_fingerprint = plan.meant_fingerprint, meant_time_fingerprint = plan.meant_time_fingerprint,
            frnr_mark = CASE WHEN act.kind IN ('create_termin', 'recreate_termin') THEN coalesce((SELECT o.highest_frnr FROM sync.office AS o), 0) END,
            deadline = CASE WHEN act.kind IN ('create_termin', 'recreate_termin') THEN now_at + interval '60 seconds' END
        WHERE t.action_id = act.action_id
        RETURNING t.* INTO act;
        source_fp := plan.source_fingerprint;
        expected_fp := plan.expected_fingerprint;
        -- Whose a Termin is decides whether it may be deleted, and its content does not show it.
        expected_ownership := CASE WHEN act.kind IN ('update_termin', 'delete_termin') THEN state.a_ownership END;
    ELSE
        -- Begun already: the event's id was taken, the next generation is tried.
        SELECT s.* INTO state FROM engine.link_state AS s WHERE s.sync_id = act.sync_id;
        source_fp := state.a_fingerprint;
        mode := act.mode;
    END IF;

    target := CASE WHEN act.kind IN ('create_event', 'recreate_event') THEN engine.own_event_id(link.sync_id, link.event_generation) ELSE link.google_event_id END;
    verdict := 'go';
    event_id := target;
    is_private := state.to_be_hidden;
    is_occurrence := state.g_master_id IS NOT NULL AND act.kind NOT IN ('create_event', 'recreate_event');
    IF act.kind = 'create_termin' AND mode = 'time_only' THEN
        text_frnr := engine.split_frnr(act.employee_kuerzel, link.google_event_id);
    END IF;
    etag := state.g_etag;
    meant_fp := act.meant_fingerprint;
    meant_time_fp := act.meant_time_fingerprint;
    tag_frnr := link.advoware_frnr;
    tag_source := link.source_system::text;
    tag_anonymized := CASE mode WHEN 'anonymous' THEN true WHEN 'full' THEN false ELSE link.anonymized END;
    deadline := act.deadline;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION engine.begin_action(bigint, bigint) IS
'Begins an action in a transaction of its own: locks the link, decides again with the policy and the readings of now, and records what is meant. verdict: go (send it), prove_advoware or prove_google (fetch a single GET, engine.record_proof, begin again), ended (nothing to send: superseded, settled, cancelled, done). expected_fp and expected_ownership: what the target must still be when it is written. Raises CS003 when the lease is lost.';
GRANT EXECUTE ON FUNCTION engine.begin_action(bigint, bigint) TO calendar_sync_user;
