CREATE OR REPLACE FUNCTION engine.has_arrived(s engine.link_state) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    RETURN CASE (s.write).side
        WHEN 'advoware' THEN s.termin_usable
            -- Our own assumption of what a write did is not a reading.
            AND s.termin_seen_at > (s.write).began_at
            AND coalesce((s.termin).fingerprint = (s.write).fingerprint,
                (s.termin).time_fingerprint = (s.write).time_fingerprint, false)
        -- Google's answer says so, or a later reading of what was never answered.
        WHEN 'google' THEN s.event_usable
            AND ((s.write).is_acknowledged OR s.event_seen_at > (s.write).began_at)
            AND coalesce((s.event).fingerprint = (s.write).fingerprint,
                (s.event).time_fingerprint = (s.write).time_fingerprint, false)
        ELSE false
    END;
END
$$;
COMMENT ON FUNCTION engine.has_arrived(engine.link_state) IS 'Whether the last write is seen there as it was meant.';

CREATE OR REPLACE FUNCTION engine.was_missed(s engine.link_state) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    RETURN coalesce((s.write).is_acknowledged, false) AND CASE (s.write).side
        -- Google's acknowledgement is the event as it is stored, also where that is what was known before.
        WHEN 'google' THEN s.event_usable
            -- Fingerprints of another key or version say nothing about what was stored.
            AND starts_with((s.event).fingerprint,
                engine.key_prefix(coalesce((s.write).fingerprint, (s.write).time_fingerprint)))
            AND coalesce((s.event).fingerprint <> (s.write).fingerprint,
                (s.event).time_fingerprint <> (s.write).time_fingerprint, false)
        WHEN 'advoware' THEN s.termin_usable
            AND s.termin_seen_at > (s.write).began_at
            AND starts_with((s.termin).fingerprint,
                engine.key_prefix(coalesce((s.write).fingerprint, (s.write).time_fingerprint)))
            AND coalesce((s.termin).fingerprint <> (s.write).fingerprint,
                (s.termin).time_fingerprint <> (s.write).time_fingerprint, false)
        ELSE false
    END;
END
$$;
COMMENT ON FUNCTION engine.was_missed(engine.link_state) IS
'Whether the last write was acknowledged while Google''s answer, or a later reading of Advoware, shows something else.';

CREATE OR REPLACE FUNCTION engine.only_time_is_left(s engine.link_state) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    choice engine.choice;
BEGIN
    IF s.termin_usable
        AND s.event_usable
        AND NOT s.copy_stale
        AND NOT s.is_foreign
        AND (s.termin).time_fingerprint = (s.event).time_fingerprint
    THEN
        choice := engine.decide_changed(engine.change_of(s, false));
        IF (CASE choice.kind WHEN 'update_termin' THEN s.advoware_mode WHEN 'update_event' THEN s.google_mode END)
            = 'time_only'
        THEN
            RETURN choice.kind;
        END IF;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION engine.only_time_is_left(engine.link_state) IS
'The write that would carry time alone although the time is there already (update_event or update_termin); NULL: there is none.';

CREATE OR REPLACE FUNCTION engine.tag_was_refused(link sync.calendar_sync) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN link.attempts > 0 AND coalesce((
        SELECT t.kind = 'tag_event' AND t.status = 'failed' FROM sync.action AS t
        WHERE t.sync_id = link.sync_id
        ORDER BY t.action_id DESC
        LIMIT 1), false);
END
$$;
COMMENT ON FUNCTION engine.tag_was_refused(sync.calendar_sync) IS
'Whether the last that happened to a link is that its tag failed: it waits for its next attempt, whatever else both sides agree on (rules 5).';

CREATE OR REPLACE FUNCTION engine.with_tag_refused(
    settled engine.settlement, before sync.calendar_sync
) RETURNS engine.settlement
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    link sync.calendar_sync := settled.link;
BEGIN
    IF engine.tag_was_refused(before) THEN
        link.sync_status := before.sync_status;
        link.last_error := before.last_error;
        link.attempts := before.attempts;
        link.next_attempt_at := before.next_attempt_at;
        settled.link := link;
    END IF;
    RETURN settled;
END
$$;
COMMENT ON FUNCTION engine.with_tag_refused(engine.settlement, sync.calendar_sync) IS
'What settling makes of a link whose tag was refused: both sides are settled, the failure and its delay stay.';

CREATE OR REPLACE FUNCTION engine.settled(link sync.calendar_sync, write engine.pending_write) RETURNS engine.settlement
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    s engine.link_state;
    result engine.settlement;
    missed engine.settlement;
    carries_time_alone text;
BEGIN
    SELECT x.* INTO s FROM engine.state_of(link, write) AS x;
    result.writes := 'keep';
    result.link := link;
    IF s.link IS NULL THEN
        RETURN result;
    END IF;
    IF link.times_hidden > 0 AND s.termin_usable AND NOT (s.termin).is_private THEN
        -- What is no longer marked private may be marked again.
        link.times_hidden := 0;
        s.link := link;
        result.link := link;
    END IF;

    -- Both sides agree -------------------------------------------------------------
    -- Something may be left to write, and wait: that is not over. Our own assumption of what a write did is not a
    -- reading.
    IF s.agree
        AND s.termin_usable
        AND s.event_usable
        AND NOT s.copy_stale
        AND NOT s.is_foreign
        AND NOT (s.is_to_be_hidden AND (link.last_error IS NOT NULL OR link.superseded_count > 0))
        AND NOT coalesce(write.side = 'advoware' AND s.termin_seen_at <= write.began_at, false)
    THEN
        RETURN engine.with_tag_refused(engine.settle_agreement(s), link);
    END IF;

    -- The last write has arrived, or time alone is left ----------------------------
    IF NOT s.agree AND engine.has_arrived(s) THEN
        result := engine.settle_arrival(s);
        SELECT x.* INTO s FROM engine.state_of(result.link, NULL) AS x;
    END IF;
    IF NOT s.agree THEN
        carries_time_alone := engine.only_time_is_left(s);
        IF carries_time_alone IS NOT NULL THEN
            RETURN engine.with_tag_refused(engine.settle_time_alone(s, carries_time_alone), link);
        END IF;
    END IF;

    -- The last write was missed ----------------------------------------------------
    IF engine.was_missed(s) THEN
        missed := engine.settle_miss(s);
        RETURN CASE WHEN missed IS NULL THEN result ELSE missed END;
    END IF;

    -- Nothing has changed ----------------------------------------------------------
    s.link := engine.settle_watermarks(s);
    result.link := s.link;
    IF s.termin_usable
        AND s.event_usable
        AND NOT s.agree
        AND NOT s.copy_stale
        AND NOT s.is_foreign
        AND NOT s.termin_changed
        AND NOT s.event_changed
        AND NOT (s.is_to_be_hidden AND (link.attempts > 0 OR link.superseded_count > 0))
        -- A write that was not answered and is not wanted any more may still arrive: what it meant stays known.
        AND ((s.write).side IS NULL
            OR (s.write).is_stopped
            OR (s.text_withheld AND NOT (s.write).is_acknowledged AND NOT s.holds_outdated_write))
    THEN
        result.link := engine.settle_rest(s);
        result := engine.with_tag_refused(result, link);
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION engine.settled(sync.calendar_sync, engine.pending_write) IS
'What settling makes of a link and its unsettled writes, without writing anywhere: the rules of settling, the first that fits (rules 3).';
