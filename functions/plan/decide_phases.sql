-- One function for each phase: what it does to a link, and why. What all phases have in common is in engine.decide.

CREATE OR REPLACE FUNCTION engine.decide_phase_1(s engine.link_state) RETURNS SETOF engine.choice
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF (s.link).google_event_id IS NOT NULL OR (s.link).advoware_frnr IS NULL THEN
        RETURN;
    END IF;
    IF s.is_foreign THEN
        RETURN NEXT ROW('soft_delete', 'the Termin belongs to others', NULL, false, false)::engine.choice;
    ELSIF s.termin_usable THEN
        RETURN NEXT ROW('create_event', 'in Advoware, not yet in Google', NULL, false, false)::engine.choice;
    ELSIF s.termin_missing THEN
        RETURN NEXT ROW('soft_delete', 'gone in Advoware before it reached Google', NULL, false, false)::engine.choice;
    END IF;
END
$$;
COMMENT ON FUNCTION engine.decide_phase_1(engine.link_state) IS
'New in Advoware: a half link that lacks its event gets one, or ends when its Termin is gone or belongs to others (rules 2).';

CREATE OR REPLACE FUNCTION engine.decide_phase_2(
    s engine.link_state, planning engine.planning
) RETURNS SETOF engine.choice
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF (s.link).advoware_frnr IS NULL AND (s.link).google_event_id IS NOT NULL THEN
        IF s.event_usable
            AND (s.anonymized OR (s.event).says_anonymous)
            AND engine.text_of_split_half(s.event) IS NULL
        THEN
            RETURN NEXT ROW('refuse', 'anonymised_copy_has_no_text', NULL, false, false)::engine.choice;
        ELSIF s.event_usable AND NOT s.may_write THEN
            RETURN NEXT ROW('refuse', 'advoware_write_forbidden', NULL, false, false)::engine.choice;
        ELSIF s.event_usable THEN
            RETURN NEXT ROW('create_termin', 'in Google, not yet in Advoware', NULL, false, false)::engine.choice;
        ELSIF s.event_missing THEN
            RETURN NEXT ROW(
                'soft_delete', 'gone in Google before it reached Advoware', NULL, false, false)::engine.choice;
        ELSIF s.event IS NULL AND (s.link).google_calendar_id <> planning.calendar_id THEN
            RETURN NEXT ROW(
                'soft_delete', 'its event was in the calendar that vanished', NULL, false, false)::engine.choice;
        END IF;
    END IF;
    RETURN QUERY SELECT * FROM engine.decide_tag(s);
END
$$;
COMMENT ON FUNCTION engine.decide_phase_2(engine.link_state, engine.planning) IS
'New in Google: a half link that lacks its Termin gets one, is refused, or ends; a link that has become whole is tagged (rules 2).';

CREATE OR REPLACE FUNCTION engine.decide_phase_3(
    s engine.link_state, planning engine.planning
) RETURNS SETOF engine.choice
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    change engine.change := engine.change_of(s, planning.recheck);
    choice engine.choice;
BEGIN
    IF (s.link).advoware_frnr IS NOT NULL AND (s.link).google_event_id IS NOT NULL THEN
        choice := engine.decide_deleted(ROW(
            s.termin_missing, s.event_missing, change.strategy, change.source, change.may_write,
            change.changed_advoware, change.changed_google, change.advoware_time, (s.event).gone_at,
            s.is_foreign, coalesce((s.termin).ownership IN ('shared', 'private'), false),
            s.anonymized)::engine.deletion);
        IF choice.kind IS NOT NULL THEN
            -- There, and nobody can say what it is.
            IF ((s.termin).present AND (s.termin).unusable IS NOT NULL)
                OR ((s.event).present AND (s.event).unusable IS NOT NULL)
            THEN
                choice.kind := 'refuse';
                choice.reason := 'unusable: ' || coalesce((s.termin).unusable, (s.event).unusable);
            END IF;
            RETURN NEXT choice;
        END IF;
    END IF;
    -- Right after a Termin was created again: a hub lost before the event is tagged anew would create it once more.
    RETURN QUERY SELECT * FROM engine.decide_tag(s);
END
$$;
COMMENT ON FUNCTION engine.decide_phase_3(engine.link_state, engine.planning) IS
'Deleted: what becomes of a paired link with a side that is missing, or whose Termin belongs to others (rules 2).';

CREATE OR REPLACE FUNCTION engine.decide_phase_4(
    s engine.link_state, planning engine.planning
) RETURNS SETOF engine.choice
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    update_ engine.choice := engine.choose_update(s, planning);
    tag engine.choice;
    hides_event boolean;
BEGIN
    IF update_.kind IS NOT NULL THEN
        RETURN NEXT update_;
    END IF;
    IF s.is_to_be_hidden THEN
        -- What writes the event hides it, too. What is to be written to Advoware comes first, unless it fails: a write
        -- of ours would make Google's change later than it was.
        hides_event := engine.obstacle_to(s, update_.kind) IS NULL
            AND (update_.kind = 'update_event' OR (update_.kind = 'update_termin' AND (s.link).attempts = 0));
        IF hides_event IS NOT TRUE THEN
            tag := ROW('tag_event', 'marked private in Advoware', NULL, false, false);
            RETURN NEXT tag;
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION engine.decide_phase_4(engine.link_state, engine.planning) IS
'Changed: which side of a paired link is written from the other, and whether its event is to be made private (rules 2 and 7).';
