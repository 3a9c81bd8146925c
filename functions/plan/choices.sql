CREATE OR REPLACE FUNCTION engine.decide_tag(s engine.link_state) RETURNS SETOF engine.choice
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    IF NOT (s.link).tagged
        AND (s.link).advoware_frnr IS NOT NULL
        AND (s.link).google_event_id IS NOT NULL
        AND (s.termin).present
        AND s.event_usable
        AND NOT s.is_foreign
        AND NOT (s.event).invitation
        -- An occurrence has the tag of its series.
        AND (s.event).master_id IS NULL
    THEN
        RETURN NEXT ROW('tag_event', 'the link is paired: the event gets our tag', NULL, false, false)::engine.choice;
    END IF;
END
$$;
COMMENT ON FUNCTION engine.decide_tag(engine.link_state) IS
'Whether the event of a paired link gets our private properties, by which a lost hub knows it again (rules 6).';

CREATE OR REPLACE FUNCTION engine.choose_update(s engine.link_state, planning engine.planning) RETURNS engine.choice
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    choice engine.choice;
    is_unusable boolean := (s.termin).unusable IS NOT NULL OR (s.event).unusable IS NOT NULL;
    time_is_there boolean := s.termin_usable
        AND s.event_usable
        AND (s.termin).time_fingerprint = (s.event).time_fingerprint;
BEGIN
    IF NOT coalesce((s.termin).present AND (s.event).present, false) OR s.is_foreign THEN
        RETURN NULL;
    END IF;
    -- Agreeing pairs are settled without a write.
    IF s.agree AND NOT s.copy_stale THEN
        RETURN NULL;
    END IF;
    choice := engine.decide_changed(engine.change_of(s, planning.recheck));
    -- Nor is a time written that is there already.
    IF time_is_there
        AND NOT s.copy_stale
        AND (CASE choice.kind
            WHEN 'update_termin' THEN s.advoware_mode
            WHEN 'update_event' THEN s.google_mode
        END) = 'time_only'
    THEN
        RETURN NULL;
    END IF;

    IF is_unusable THEN
        choice.kind := 'refuse';
        choice.reason := 'unusable: ' || coalesce((s.termin).unusable, (s.event).unusable);
    ELSIF s.holds_outdated_write THEN
        choice := engine.choose_write_again(s);
    ELSIF choice.kind = 'update_termin'
        -- The Termin says so already: what is left is the copy's text.
        AND NOT s.agree
        AND NOT (s.advoware_mode = 'time_only' AND time_is_there AND s.copy_stale)
    THEN
        NULL;
    ELSIF s.copy_stale AND s.anonymized AND s.google_mode = 'anonymous' THEN
        -- Its time is carried first, or is there already (rules 7).
        IF choice.kind IS DISTINCT FROM 'update_event' THEN
            choice.kind := 'update_event';
            choice.reason := 'text was typed into an anonymised copy: it is taken back';
            choice.conflict := false;
            choice.reverted := true;
        END IF;
    ELSIF s.copy_stale THEN
        choice.kind := 'update_event';
        choice.reason := CASE
            WHEN (s.policy).anonymize THEN 'anonymisation was turned on'
            ELSE 'anonymisation was turned off'
        END;
    END IF;
    RETURN choice;
END
$$;
COMMENT ON FUNCTION engine.choose_update(engine.link_state, engine.planning) IS
'Phase 4 for a link of which both sides are there: which one is written; no kind: neither (rules 2 and 3).';

CREATE OR REPLACE FUNCTION engine.choose_write_again(s engine.link_state) RETURNS engine.choice
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    choice engine.choice;
BEGIN
    choice.conflict := false;
    choice.reverted := false;
    choice.kind := CASE
        WHEN (s.write).side = 'google' THEN 'update_event'
        WHEN s.may_write THEN 'update_termin'
        ELSE 'refuse'
    END;
    choice.reason := CASE
        WHEN choice.kind = 'refuse' THEN 'advoware_write_forbidden'
        WHEN (s.write).missed_fingerprint IS NULL THEN 'an earlier write of ours arrived instead of the last one'
        ELSE 'the other system stored something else than was meant'
    END;
    RETURN choice;
END
$$;
COMMENT ON FUNCTION engine.choose_write_again(engine.link_state) IS
'Something else than was meant is there, or an earlier write of ours: the same direction again (rules 3).';

CREATE OR REPLACE FUNCTION engine.obstacle_to(s engine.link_state, kind text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE
        WHEN (s.termin).present AND (s.termin).ownership = 'everybody' AND kind IN ('update_termin', 'delete_termin')
            THEN 'termin_is_for_everybody'
        WHEN (s.termin).present AND (s.termin).ownership = 'private' AND kind = 'update_termin'
            THEN 'private_termin_of_another_lawyer'
        WHEN (s.event).invitation AND (s.event).present AND kind IN ('update_event', 'delete_event')
            THEN 'invitation_is_read_only'
        WHEN (s.event).obstacle IS NOT NULL AND kind IN ('create_termin', 'recreate_termin', 'update_termin')
            THEN 'unusable: series_not_representable'
        WHEN (s.termin).present AND (s.termin).is_series AND (s.event).master_id IS NOT NULL AND kind = 'update_event'
            THEN 'occurrence_cannot_repeat'
    END
$$;
COMMENT ON FUNCTION engine.obstacle_to(engine.link_state, text) IS
'Why the other side cannot take this kind of action, or must not: a code of refusal; NULL: it can (rules 2 and 8).';
