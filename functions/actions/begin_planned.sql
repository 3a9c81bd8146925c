CREATE OR REPLACE FUNCTION engine.begin_planned(act sync.action, run sync.run) RETURNS engine.begun_action
LANGUAGE plpgsql
AS $$
DECLARE
    begun engine.begun_action := engine.ended(act);
    link sync.calendar_sync;
    write engine.pending_write;
    s engine.link_state;
    plan engine.decision;
BEGIN
    SELECT l.* INTO link FROM sync.calendar_sync AS l WHERE l.sync_id = act.sync_id FOR UPDATE;
    IF FOUND AND NOT link.deleted THEN
        -- Found once: what stands in a call of engine.state_of takes the place of each use.
        write := engine.pending_write_of(link);
        SELECT x.* INTO s FROM engine.state_of(link, write) AS x;
        begun.observed_at := greatest(begun.observed_at, (s.termin).observed_at, (s.event).observed_at);
        SELECT d.* INTO plan FROM engine.decide(s, engine.planning_of(run, act.phase)) AS d
        WHERE d.kind = act.kind
            OR (d.kind = 'refuse' AND act.phase = 3 AND act.kind <> 'tag_event');
    END IF;
    IF plan.kind IS NULL THEN
        PERFORM engine.end_action(act.action_id, 'superseded', 'plan_no_longer_holds');
        RETURN begun;
    ELSIF plan.kind = 'refuse' THEN
        UPDATE sync.calendar_sync AS l
        SET sync_status = 'failed', last_error = left(plan.reason, 120), refused_basis = plan.basis
        WHERE l.sync_id = act.sync_id;
        UPDATE sync.action AS t SET basis = plan.basis, kind = engine.refused_kind(act.phase, s, plan.reason)
        WHERE t.action_id = act.action_id;
        PERFORM engine.end_action(act.action_id, 'refused', plan.reason);
        RETURN begun;
    ELSIF plan.prove_google OR plan.prove_advoware THEN
        begun.verdict := CASE WHEN plan.prove_google THEN 'prove_google' ELSE 'prove_advoware' END;
        begun.control_frnr := engine.control_termin(act.employee_kuerzel, act.advoware_frnr);
        begun.calendar_id := coalesce(link.google_calendar_id, engine.calendar_of(act.employee_kuerzel));
        begun.is_occurrence := (s.event).master_id IS NOT NULL;
        RETURN begun;
    ELSIF NOT act.approved AND engine.rests_on_time(s, plan, act.phase) AND engine.clock_is_wrong() THEN
        PERFORM engine.end_action(act.action_id, 'held', 'advoware_clock_is_utc');
        RETURN begun;
    ELSIF act.kind = 'soft_delete' THEN
        PERFORM engine.end_link(link);
        PERFORM engine.end_action(act.action_id, 'done', 'soft_deleted');
        RETURN begun;
    END IF;
    link := engine.prepare_link(act, s);
    RETURN engine.order_of(engine.record_begin(act, link, s, plan, begun.observed_at), link, s, plan);
END
$$;
COMMENT ON FUNCTION engine.begin_planned(sync.action, sync.run) IS
'Decides again with the policy and the readings of now: what no longer applies ends superseded or refused, what rests on an absence is proven first.';

CREATE OR REPLACE FUNCTION engine.calendar_of(employee text) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT e.google_calendar_id FROM sync.employee AS e WHERE e.kuerzel = employee);
END
$$;
COMMENT ON FUNCTION engine.calendar_of(text) IS 'An employee''s Google calendar; NULL: none is known.';

CREATE OR REPLACE FUNCTION engine.end_link(link sync.calendar_sync) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    -- Nothing will follow an attempt of a link that ends; what it may still make is known to be late.
    PERFORM engine.give_up_attempts(link);
    PERFORM engine.end_writes(link);
    UPDATE sync.calendar_sync AS l
    SET deleted = true, sync_status = 'synced', last_error = NULL, next_attempt_at = NULL, attempts = 0,
        superseded_count = 0
    WHERE l.sync_id = link.sync_id;
END
$$;
COMMENT ON FUNCTION engine.end_link(sync.calendar_sync) IS 'Soft delete: the appointment is gone on both sides.';

CREATE OR REPLACE FUNCTION engine.prepare_link(act sync.action, s engine.link_state) RETURNS sync.calendar_sync
LANGUAGE plpgsql
AS $$
DECLARE
    link sync.calendar_sync := s.link;
BEGIN
    IF act.kind = 'recreate_event' THEN
        -- The id is given up only when a GET has shown it cancelled or unusable.
        IF link.google_event_id = engine.own_event_id(link.sync_id, link.event_generation)
            AND (s.event).proof IN ('cancelled', 'deleted_by_us')
        THEN
            link.event_generation := link.event_generation + 1;
        END IF;
        link.google_event_id := NULL;
        link.google_fingerprint := NULL;
        link.google_watermark := NULL;
        link.tagged := false;
        link.sync_status := 'pending';
    ELSIF act.kind IN ('create_termin', 'recreate_termin') THEN
        -- An attempt is given up only in the transaction that begins its successor.
        PERFORM engine.give_up_attempts(link);
        IF link.advoware_frnr IS NOT NULL THEN
            -- The event's tag names the old Termin: it is tagged anew, or a lost hub would create the Termin once more.
            link.advoware_frnr := NULL;
            link.advoware_fingerprint := NULL;
            link.advoware_watermark := NULL;
            link.sync_status := 'pending';
            link.tagged := false;
        END IF;
    END IF;
    IF link IS DISTINCT FROM s.link THEN
        PERFORM engine.keep_link(link);
    END IF;
    RETURN link;
END
$$;
COMMENT ON FUNCTION engine.prepare_link(sync.action, engine.link_state) IS
'What must be true before the request goes out: a link whose entry is created again is half, in the transaction before. Else nothing changes.';

CREATE OR REPLACE FUNCTION engine.record_begin(
    act sync.action, link sync.calendar_sync, s engine.link_state, plan engine.decision, began_at timestamptz
) RETURNS sync.action
LANGUAGE plpgsql
AS $$
DECLARE
    written_side sync.source_system_enum := engine.side_of(act.kind);
    is_content boolean := act.kind IN (
        'create_event', 'recreate_event', 'update_event', 'create_termin', 'recreate_termin', 'update_termin');
    is_attempt boolean := act.kind IN ('create_termin', 'recreate_termin');
    -- The same content again, which was stored otherwise the last time.
    repeats boolean := act.kind IN ('update_event', 'update_termin') AND (s.write).missed_fingerprint IS NOT NULL
        AND ((s.write).side, (s.write).fingerprint, (s.write).time_fingerprint)
            IS NOT DISTINCT FROM (written_side, plan.meant_fingerprint, plan.meant_time_fingerprint);
BEGIN
    IF is_content AND (s.write).side IS NOT NULL THEN
        -- What earlier writes to this side meant or left there may still be seen, and is not an edit then.
        UPDATE sync.action AS w
        SET write_state = CASE
            WHEN w.writes_in = written_side AND w.write_state <> 'stopped' THEN 'overtaken'::sync.write_state
        END
        WHERE w.employee_kuerzel = act.employee_kuerzel
            AND w.sync_id = act.sync_id
            AND w.write_state IS NOT NULL;
    END IF;
    UPDATE sync.action AS t
    SET status = 'running', started_at = began_at, unproven = false, mode = plan.mode, writes_in = written_side,
        meant_fingerprint = plan.meant_fingerprint, meant_time_fingerprint = plan.meant_time_fingerprint,
        write_state = CASE WHEN is_content THEN 'pending' END::sync.write_state,
        missed_fingerprint = CASE WHEN repeats THEN (s.write).missed_fingerprint END,
        repeats_miss = repeats,
        attempt = CASE WHEN is_attempt THEN 'running' END::sync.attempt_state,
        frnr_mark = CASE WHEN is_attempt THEN coalesce((SELECT o.highest_frnr FROM sync.office AS o), 0) END,
        deadline = CASE WHEN is_attempt THEN began_at + interval '60 seconds' END
    WHERE t.action_id = act.action_id
    RETURNING t.* INTO act;
    RETURN act;
END
$$;
COMMENT ON FUNCTION engine.record_begin(sync.action, sync.calendar_sync, engine.link_state, engine.decision, timestamptz) IS
'Records what is meant before it is sent: a write of content is the link''s pending write from now on, a POST an attempt (rules 3 and 5).';

CREATE OR REPLACE FUNCTION engine.side_of(kind text) RETURNS sync.source_system_enum
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT k.writes_in FROM sync.action_kind AS k WHERE k.kind = side_of.kind);
END
$$;
COMMENT ON FUNCTION engine.side_of(text) IS 'The system that an action of this kind writes in; NULL: none.';
