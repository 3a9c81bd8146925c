CREATE OR REPLACE FUNCTION engine.without_errors(link sync.calendar_sync) RETURNS sync.calendar_sync
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    link.last_error := NULL;
    link.attempts := 0;
    link.next_attempt_at := NULL;
    link.refused_basis := NULL;
    link.superseded_count := 0;
    RETURN link;
END
$$;
COMMENT ON FUNCTION engine.without_errors(sync.calendar_sync) IS 'The link with nothing left of what failed, was refused or superseded.';

CREATE OR REPLACE FUNCTION engine.with_both_sides(s engine.link_state) RETURNS sync.calendar_sync
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    link sync.calendar_sync := s.link;
BEGIN
    link.advoware_fingerprint := (s.termin).fingerprint;
    link.google_fingerprint := (s.event).fingerprint;
    link.advoware_watermark := (s.termin).api_timestamp;
    link.google_watermark := (s.event).api_timestamp;
    RETURN link;
END
$$;
COMMENT ON FUNCTION engine.with_both_sides(engine.link_state) IS 'The link with both sides settled as they are.';

CREATE OR REPLACE FUNCTION engine.settle_agreement(s engine.link_state) RETURNS engine.settlement
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    settled engine.settlement;
    link sync.calendar_sync := engine.without_errors(engine.with_both_sides(s));
BEGIN
    link.sync_status := 'synced';
    link.anonymized := s.anonymized;
    link.text_withheld := false;
    link.starts_at := (s.termin).starts_at;
    link.ends_at := (s.termin).ends_at;
    link.last_sync := engine.settled_time(
        link.sync_strategy, link.source_system, link.advoware_watermark, link.google_watermark,
        CASE WHEN (s.link).sync_status = 'synced' AND link.last_sync IS NOT NULL THEN link.last_sync
            ELSE greatest((s.termin).observed_at, (s.event).observed_at) END);
    settled.link := link;
    settled.writes := 'end';
    RETURN settled;
END
$$;
COMMENT ON FUNCTION engine.settle_agreement(engine.link_state) IS
'Both sides agree: the link is settled on both, whoever changed what. Nothing is written (rules 3).';

CREATE OR REPLACE FUNCTION engine.settle_arrival(s engine.link_state) RETURNS engine.settlement
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    settled engine.settlement;
    link sync.calendar_sync := s.link;
BEGIN
    IF (s.write).side = 'advoware' THEN
        link.advoware_fingerprint := (s.termin).fingerprint;
        link.advoware_watermark := (s.termin).api_timestamp;
        link.google_fingerprint := s.source_settled;
    ELSE
        link.google_fingerprint := (s.event).fingerprint;
        link.google_watermark := (s.event).api_timestamp;
        link.advoware_fingerprint := s.source_settled;
    END IF;
    settled.link := link;
    settled.writes := 'end';
    RETURN settled;
END
$$;
COMMENT ON FUNCTION engine.settle_arrival(engine.link_state) IS
'A write is there as meant while its source has moved on: the written side is settled, the source as it was sent (rules 3).';

CREATE OR REPLACE FUNCTION engine.settle_time_alone(s engine.link_state, kind text) RETURNS engine.settlement
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    settled engine.settlement;
    link sync.calendar_sync := engine.without_errors(engine.with_both_sides(s));
BEGIN
    link.sync_status := 'synced';
    link.text_withheld := kind = 'update_event';
    link.last_sync := engine.settled_time(
        link.sync_strategy, link.source_system, link.advoware_watermark, link.google_watermark, link.last_sync);
    settled.link := link;
    settled.writes := 'end';
    RETURN settled;
END
$$;
COMMENT ON FUNCTION engine.settle_time_alone(engine.link_state, text) IS
'Only time would be written, by this kind of action, and it is there already: nothing is sent, both sides are settled (rules 7).';

CREATE OR REPLACE FUNCTION engine.settle_miss(s engine.link_state) RETURNS engine.settlement
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    settled engine.settlement;
    link sync.calendar_sync := s.link;
BEGIN
    IF (s.write).missed_fingerprint IS NULL THEN
        -- Noted, and tried once more in the same direction.
        link.sync_status := 'pending';
        settled.writes := 'miss';
        settled.found := CASE (s.write).side WHEN 'google' THEN (s.event).fingerprint ELSE (s.termin).fingerprint END;
    ELSIF (s.write).repeats_miss THEN
        -- Whether the same again or something else every time: no endless loop, whatever an API does. Both sides are
        -- settled, so that only a third state counts as an edit; a source that has moved on is one.
        settled.writes := 'stop';
        IF s.source_as_sent THEN
            link := engine.without_errors(engine.with_both_sides(s));
            link.sync_status := 'failed';
            link.last_error := 'stored something else';
        ELSE
            link := (engine.settle_arrival(s)).link;
            link.sync_status := 'pending';
            link.last_error := NULL;
        END IF;
    ELSE
        RETURN NULL;
    END IF;
    settled.link := link;
    RETURN settled;
END
$$;
COMMENT ON FUNCTION engine.settle_miss(engine.link_state) IS
'A write was acknowledged, and something else is there: noted once, stopped the second time; NULL: it is to be tried again first (rules 3).';

CREATE OR REPLACE FUNCTION engine.settle_watermarks(s engine.link_state) RETURNS sync.calendar_sync
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    link sync.calendar_sync := s.link;
BEGIN
    IF s.termin_usable AND NOT s.termin_changed THEN
        IF (s.termin).fingerprint = link.advoware_fingerprint
            AND (s.termin).api_timestamp > link.advoware_watermark
        THEN
            link.advoware_watermark := (s.termin).api_timestamp;
        ELSIF engine.key_prefix((s.termin).fingerprint) <> engine.key_prefix(link.advoware_fingerprint) THEN
            -- What did not change is known by the new key from now on.
            link.advoware_fingerprint := (s.termin).fingerprint;
        END IF;
    END IF;
    IF s.event_usable AND NOT s.event_changed THEN
        IF (s.event).fingerprint = link.google_fingerprint
            AND (s.event).api_timestamp > link.google_watermark
        THEN
            link.google_watermark := (s.event).api_timestamp;
        ELSIF engine.key_prefix((s.event).fingerprint) <> engine.key_prefix(link.google_fingerprint) THEN
            link.google_fingerprint := (s.event).fingerprint;
        END IF;
    END IF;
    RETURN link;
END
$$;
COMMENT ON FUNCTION engine.settle_watermarks(engine.link_state) IS
'A newer timestamp with the same content moves the watermark, and that is all (rules 3).';

CREATE OR REPLACE FUNCTION engine.settle_rest(s engine.link_state) RETURNS sync.calendar_sync
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
    link sync.calendar_sync := engine.without_errors(s.link);
BEGIN
    IF (s.write).is_stopped THEN
        link.sync_status := 'failed';
        link.last_error := 'stored something else';
    ELSE
        link.sync_status := 'synced';
    END IF;
    RETURN link;
END
$$;
COMMENT ON FUNCTION engine.settle_rest(engine.link_state) IS
'Neither side has changed, and they need not agree (text is kept from the copy, or a write was stopped): what failed meanwhile is over.';
