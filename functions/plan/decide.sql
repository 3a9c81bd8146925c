CREATE OR REPLACE FUNCTION engine.decide_phase(
    s engine.link_state, planning engine.planning
) RETURNS SETOF engine.choice
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    -- Carried occurrence by occurrence, it waits for its occurrence; an unanswered POST is settled first (rules 5).
    IF (s.policy).paused OR s.is_carried OR NOT engine.doubt_is_over(s.link) THEN
        RETURN;
    END IF;
    -- What ended before the window is left alone until a side is seen inside it again.
    IF coalesce((s.link).ends_at, (s.termin).ends_at, (s.event).ends_at) < planning.past_edge
        AND NOT coalesce((s.termin).present AND (s.termin).ends_at >= planning.past_edge, false)
        AND NOT coalesce((s.event).present AND (s.event).ends_at >= planning.past_edge, false)
    THEN
        RETURN;
    END IF;
    CASE planning.phase
        WHEN 1 THEN RETURN QUERY SELECT * FROM engine.decide_phase_1(s);
        WHEN 2 THEN RETURN QUERY SELECT * FROM engine.decide_phase_2(s, planning);
        WHEN 3 THEN RETURN QUERY SELECT * FROM engine.decide_phase_3(s, planning);
        WHEN 4 THEN RETURN QUERY SELECT * FROM engine.decide_phase_4(s, planning);
    END CASE;
END
$$;
COMMENT ON FUNCTION engine.decide_phase(engine.link_state, engine.planning) IS
'What a phase does to a link, by its own rules; nothing for who rests, for what waits for an answer or left the window (rules 1 and 2).';

CREATE OR REPLACE FUNCTION engine.decide(s engine.link_state, planning engine.planning) RETURNS SETOF engine.decision
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    choice engine.choice;
    decision engine.decision;
    obstacle text;
    is_asked_first boolean;
    advoware_is_proven boolean := coalesce(
        (s.termin).proof IS NOT NULL AND (s.termin).proven_at >= planning.proven_since, false);
    google_is_proven boolean := coalesce(
        (s.event).proof IS NOT NULL AND (s.event).proven_at >= planning.proven_since, false);
BEGIN
    FOR choice IN SELECT * FROM engine.decide_phase(s, planning) LOOP
        obstacle := engine.obstacle_to(s, choice.kind);
        -- A refusal that rests on an absence in Advoware needs its proof like a deletion: the Termin may be there, and
        -- a colleague's.
        is_asked_first := planning.phase = 3 AND s.termin_missing AND s.event_usable AND NOT advoware_is_proven
            AND (obstacle IS NOT NULL OR choice.kind = 'refuse');
        decision := engine.contents_of(s, choice.kind);
        decision.conflict := choice.conflict;
        decision.reverted := choice.reverted;
        IF is_asked_first THEN
            decision.kind := CASE choice.kind WHEN 'refuse' THEN 'recreate_termin' ELSE choice.kind END;
            decision.reason := format('missing in Advoware: asked for before it is refused (%s)',
                coalesce(obstacle, choice.reason));
            decision.missing_side := 'advoware';
        ELSIF obstacle IS NOT NULL OR choice.kind = 'refuse' THEN
            decision.kind := 'refuse';
            decision.reason := coalesce(obstacle, choice.reason);
        ELSE
            decision.kind := choice.kind;
            decision.reason := choice.reason;
            decision.missing_side := choice.missing_side;
        END IF;
        -- A refusal is said once; it is looked at again when the policy or either side changes.
        CONTINUE WHEN (decision.kind = 'refuse' OR is_asked_first)
            AND (s.link).refused_basis IS NOT DISTINCT FROM s.basis;
        decision.prove_advoware := decision.kind <> 'refuse' AND s.termin_missing AND NOT advoware_is_proven;
        decision.prove_google := decision.kind <> 'refuse' AND s.event_missing AND NOT google_is_proven;
        RETURN NEXT decision;
    END LOOP;
END
$$;
COMMENT ON FUNCTION engine.decide(engine.link_state, engine.planning) IS
'What is to be done for a link in a phase, with what has to be proven first; refusals (kind refuse: the reason is a code) once each (rules 2).';

CREATE OR REPLACE FUNCTION engine.contents_of(s engine.link_state, kind text) RETURNS engine.decision
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    decision engine.decision;
BEGIN
    decision.sync_id := (s.link).sync_id;
    decision.basis := s.basis;
    CASE
        WHEN kind IN ('create_event', 'recreate_event', 'update_event') THEN
            decision.mode := CASE
                WHEN kind = 'update_event' THEN s.google_mode
                WHEN (s.policy).anonymize THEN 'anonymous'
                ELSE 'full'
            END;
            decision.source_fingerprint := (s.termin).fingerprint;
            decision.meant_fingerprint := CASE decision.mode
                WHEN 'full' THEN (s.termin).fingerprint
                WHEN 'anonymous' THEN (s.termin).anonymous_fingerprint
            END;
            decision.meant_time_fingerprint := (s.termin).time_fingerprint;
        WHEN kind IN ('create_termin', 'recreate_termin', 'update_termin') THEN
            decision.mode := s.advoware_mode;
            decision.source_fingerprint := (s.event).fingerprint;
            decision.meant_fingerprint := CASE decision.mode WHEN 'full' THEN (s.event).fingerprint END;
            decision.meant_time_fingerprint := (s.event).time_fingerprint;
        ELSE
            NULL;
    END CASE;
    -- What the target must still be when it is written.
    decision.expected_fingerprint := CASE
        WHEN kind IN ('update_event', 'delete_event', 'tag_event') THEN (s.event).fingerprint
        WHEN kind IN ('update_termin', 'delete_termin') THEN (s.termin).fingerprint
    END;
    RETURN decision;
END
$$;
COMMENT ON FUNCTION engine.contents_of(engine.link_state, text) IS
'How an action of this kind would be written (mode), from which content, onto which, and what is meant by it (rules 3 and 7).';

CREATE OR REPLACE FUNCTION engine.planning_of(run sync.run, phase integer) RETURNS engine.planning
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (
        SELECT ROW(phase, run.recheck, run.started_at, engine.window_from(),
            (SELECT e.google_calendar_id FROM sync.employee AS e WHERE e.kuerzel = run.employee_kuerzel)
        )::engine.planning);
END
$$;
COMMENT ON FUNCTION engine.planning_of(sync.run, integer) IS 'What a run''s plan of a phase is made with.';
