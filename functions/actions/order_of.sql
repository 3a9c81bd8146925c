CREATE OR REPLACE FUNCTION engine.order_of(
    act sync.action, link sync.calendar_sync, s engine.link_state, plan engine.decision
) RETURNS engine.begun_action
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    begun engine.begun_action := engine.ended(act);
    makes_event boolean := act.kind IN ('create_event', 'recreate_event');
BEGIN
    begun.verdict := 'go';
    begun.observed_at := act.started_at;
    begun.calendar_id := coalesce(link.google_calendar_id, engine.calendar_of(act.employee_kuerzel));
    begun.event_id := CASE
        WHEN makes_event THEN engine.own_event_id(link.sync_id, link.event_generation)
        ELSE link.google_event_id
    END;
    begun.etag := (s.event).etag;
    begun.mode := act.mode;
    begun.source_fingerprint := plan.source_fingerprint;
    begun.expected_fingerprint := plan.expected_fingerprint;
    begun.meant_fingerprint := act.meant_fingerprint;
    begun.meant_time_fingerprint := act.meant_time_fingerprint;
    begun.is_private := s.is_to_be_hidden;
    -- Unless a list has shown exceptions of a series there are none: those made since stand in the next list.
    begun.has_exceptions := (s.event).present AND (s.event).obstacle IS NOT NULL;
    begun.is_occurrence := (s.event).master_id IS NOT NULL AND NOT makes_event;
    IF act.kind IN ('update_termin', 'delete_termin') THEN
        -- Whose a Termin is decides whether it may be deleted, and its content does not show it.
        begun.expected_ownership := CASE WHEN (s.termin).present THEN (s.termin).ownership END;
    END IF;
    IF act.kind = 'create_termin' AND act.mode = 'time_only' THEN
        begun.text_frnr := engine.text_of_split_half(s.event);
    END IF;
    IF act.kind <> 'tag_event' AND act.kind <> 'delete_event' THEN
        -- Termine may be asked for, and answered with nothing.
        begun.control_frnr := engine.control_termin(act.employee_kuerzel, act.advoware_frnr);
    END IF;
    begun.tag_frnr := link.advoware_frnr;
    begun.tag_source := link.source_system::text;
    begun.tag_anonymized := CASE act.mode WHEN 'anonymous' THEN true WHEN 'full' THEN false ELSE link.anonymized END;
    begun.deadline := act.deadline;
    RETURN begun;
END
$$;
COMMENT ON FUNCTION engine.order_of(sync.action, sync.calendar_sync, engine.link_state, engine.decision) IS
'What the listener is told to do: all that an action that has begun needs to be carried out.';

CREATE OR REPLACE FUNCTION engine.begin_again(act sync.action) RETURNS engine.begun_action
LANGUAGE plpgsql
AS $$
DECLARE
    link sync.calendar_sync;
    write engine.pending_write;
    s engine.link_state;
    plan engine.decision;
    begun engine.begun_action;
BEGIN
    SELECT l.* INTO link FROM sync.calendar_sync AS l WHERE l.sync_id = act.sync_id FOR UPDATE;
    write := engine.pending_write_of(link);
    SELECT x.* INTO s FROM engine.state_of(link, write) AS x;
    plan.source_fingerprint := (s.termin).fingerprint;
    begun := engine.order_of(act, link, s, plan);
    begun.observed_at := greatest(clock_timestamp(), begun.observed_at, (s.event).observed_at);
    RETURN begun;
END
$$;
COMMENT ON FUNCTION engine.begin_again(sync.action) IS 'Begun already: the event''s id was taken, the next generation is tried (rules 5).';
