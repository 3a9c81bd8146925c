CREATE OR REPLACE FUNCTION engine.settle_links(employee text, only_link uuid DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    touched integer;
    here integer;
BEGIN
    -- What is no longer marked private may be marked again.
    UPDATE sync.calendar_sync AS l SET times_hidden = 0
    FROM engine.link_state AS s
    WHERE s.sync_id = l.sync_id AND s.employee_kuerzel = employee AND (only_link IS NULL OR s.sync_id = only_link)
        AND l.times_hidden > 0 AND s.a_usable AND NOT s.a_is_private;

    -- 1. Pairs that agree are settled on both sides, whoever changed what. Nothing is written.
    UPDATE sync.calendar_sync AS l
    SET sync_status = 'synced', last_error = NULL, attempts = 0, next_attempt_at = NULL, refused_basis = NULL, superseded_count = 0,
        anonymized = s.anonymized, text_withheld = false, advoware_fingerprint = s.a_fingerprint, google_fingerprint = s.g_fingerprint,
        advoware_watermark = s.a_time, google_watermark = s.g_time,
        starts_at = s.a_starts_at, ends_at = s.a_ends_at,
        last_sync = engine.settled_time(s.sync_strategy, s.source_system, s.a_time, s.g_time,
            CASE WHEN s.sync_status = 'synced' AND s.last_sync IS NOT NULL THEN s.last_sync ELSE greatest(s.a_observed_at, s.g_observed_at) END),
        meant_side = NULL, meant_fingerprint = NULL, meant_time_fingerprint = NULL, meant_acknowledged = false, meant_at = NULL,
        missed_fingerprint = NULL, missed_at = NULL, earlier_fingerprints = '{}'
    FROM engine.link_state AS s
    WHERE s.sync_id = l.sync_id AND s.employee_kuerzel = employee AND (only_link IS NULL OR s.sync_id = only_link)
        AND s.a_usable AND s.g_usable AND s.agree AND NOT s.copy_stale AND s.a_ownership IS DISTINCT FROM 'foreign'
        -- There is something left to write, and it waits: that is not over.
        AND NOT (s.to_be_hidden AND (s.last_error IS NOT NULL OR s.superseded_count > 0))
        -- Our own assumption of what a write did is not a reading.
        AND NOT coalesce(s.meant_side = 'advoware' AND s.a_observed_at <= s.meant_at, false)
        AND (s.sync_status <> 'synced' OR s.last_error IS NOT NULL OR s.meant_side IS NOT NULL OR s.refused_basis IS NOT NULL OR s.superseded_count > 0
            -- Another strategy counts by another clock.
            OR s.last_sync IS DISTINCT FROM engine.settled_time(s.sync_strategy, s.source_system, s.a_time, s.g_time, s.last_sync)
            OR (s.advoware_fingerprint, s.google_fingerprint, s.advoware_watermark, s.google_watermark, s.starts_at, s.ends_at)
                IS DISTINCT FROM (s.a_fingerprint, s.g_fingerprint, s.a_time, s.g_time, s.a_starts_at, s.a_ends_at));
    GET DIAGNOSTICS touched = ROW_COUNT;

    -- 2. A write of ours that is there as meant, while the other side has moved on: this side is settled, the other one as it was sent.
    UPDATE sync.calendar_sync AS l
    SET advoware_fingerprint = CASE WHEN s.meant_side = 'advoware' THEN s.a_fingerprint ELSE s.source_settled END,
        advoware_watermark = CASE WHEN s.meant_side = 'advoware' THEN s.a_time ELSE l.advoware_watermark END,
        google_fingerprint = CASE WHEN s.meant_side = 'google' THEN s.g_fingerprint ELSE s.source_settled END,
        google_watermark = CASE WHEN s.meant_side = 'google' THEN s.g_time ELSE l.google_watermark END,
        meant_side = NULL, meant_fingerprint = NULL, meant_time_fingerprint = NULL, meant_acknowledged = false, meant_at = NULL,
        missed_fingerprint = NULL, missed_at = NULL, earlier_fingerprints = '{}'
    FROM engine.link_state AS s
    WHERE s.sync_id = l.sync_id AND s.employee_kuerzel = employee AND (only_link IS NULL OR s.sync_id = only_link)
        AND NOT s.agree
        AND CASE s.meant_side
            WHEN 'advoware' THEN s.a_usable AND s.a_observed_at > s.meant_at
                AND coalesce(s.a_fingerprint = s.meant_fingerprint, s.a_time_fingerprint = s.meant_time_fingerprint, false)
            -- Google's answer says so, or a later reading of what was never answered.
            WHEN 'google' THEN s.g_usable AND (s.meant_acknowledged OR s.g_observed_at > s.meant_at)
                AND coalesce(s.g_fingerprint = s.meant_fingerprint, s.g_time_fingerprint = s.meant_time_fingerprint, false)
            ELSE false END;
    GET DIAGNOSTICS here = ROW_COUNT;
    touched := touched + here;

    -- Only time would be written (the copy is anonymised, or may not have Advoware's text), and it is there already: nothing is sent.
    UPDATE sync.calendar_sync AS l
    SET sync_status = 'synced', last_error = NULL, attempts = 0, next_attempt_at = NULL, refused_basis = NULL, superseded_count = 0,
        text_withheld = d.kind = 'update_event',
        advoware_fingerprint = s.a_fingerprint, google_fingerprint = s.g_fingerprint, advoware_watermark = s.a_time, google_watermark = s.g_time,
        last_sync = engine.settled_time(s.sync_strategy, s.source_system, s.a_time, s.g_time, l.last_sync),
        meant_side = NULL, meant_fingerprint = NULL, meant_time_fingerprint = NULL, meant_acknowledged = false, meant_at = NULL,
        missed_fingerprint = NULL, missed_at = NULL, earlier_fingerprints = '{}'
    FROM engine.link_state AS s
    CROSS JOIN LATERAL engine.decide_changed(s.sync_strategy, s.source_system, s.may_write, s.a_changed, s.g_changed, s.a_time, s.g_time) AS d
    WHERE s.sync_id = l.sync_id AND s.employee_kuerzel = employee AND (only_link IS NULL OR s.sync_id = only_link)
        AND s.a_usable AND s.g_usable AND NOT s.agree AND NOT s.copy_stale AND s.a_ownership IS DISTINCT FROM 'foreign'
        AND CASE d.kind WHEN 'update_termin' THEN s.advoware_mode WHEN 'update_event' THEN s.google_mode END = 'time_only' AND s.a_time_fingerprint = s.g_time_fingerprint;
    GET DIAGNOSTICS here = ROW_COUNT;
    touched := touched + here;

    -- 3. A write that was acknowledged, but something else is there: noted, and tried once more in the same direction …
    UPDATE sync.calendar_sync AS l
    SET missed_fingerprint = m.found, missed_at = clock_timestamp(), sync_status = 'pending'
    FROM engine.missed_writes(employee, only_link) AS m
    WHERE m.sync_id = l.sync_id
        AND l.missed_fingerprint IS NULL;
    GET DIAGNOSTICS here = ROW_COUNT;
    touched := touched + here;

    -- … missed twice: stopped, with both sides settled, so that only a third state counts as an edit. A source that has moved on is one.
    UPDATE sync.calendar_sync AS l
    SET sync_status = CASE WHEN s.source_as_sent THEN 'failed' ELSE 'pending' END::sync.sync_status_enum,
        last_error = CASE WHEN s.source_as_sent THEN 'stored something else' END,
        advoware_fingerprint = CASE WHEN s.meant_side = 'advoware' OR s.source_as_sent THEN s.a_fingerprint ELSE s.source_settled END,
        google_fingerprint = CASE WHEN s.meant_side = 'google' OR s.source_as_sent THEN s.g_fingerprint ELSE s.source_settled END,
        advoware_watermark = CASE WHEN s.meant_side = 'advoware' OR s.source_as_sent THEN s.a_time ELSE l.advoware_watermark END,
        google_watermark = CASE WHEN s.meant_side = 'google' OR s.source_as_sent THEN s.g_time ELSE l.google_watermark END,
        -- meant_side stays: sync.retry_failed() asks which way was tried.
        meant_fingerprint = NULL, meant_time_fingerprint = NULL, meant_acknowledged = false, meant_at = NULL,
        missed_fingerprint = NULL, missed_at = NULL, earlier_fingerprints = '{}'
    FROM engine.missed_writes(employee, only_link) AS m
    JOIN engine.link_state AS s ON s.sync_id = m.sync_id
    -- Whether it stored the same again or something else every time: no endless loop, whatever an API does.
    WHERE m.sync_id = l.sync_id AND l.missed_at < l.meant_at;
    GET DIAGNOSTICS here = ROW_COUNT;
    touched := touched + here;

    -- 4. A newer timestamp with the same content moves the watermark, and that is all. What did not change under another key is known by that key from now on.
    UPDATE sync.calendar_sync AS l
    SET advoware_watermark = CASE WHEN n.advoware AND s.a_fingerprint = s.advoware_fingerprint THEN s.a_time ELSE l.advoware_watermark END,
        google_watermark = CASE WHEN n.google AND s.g_fingerprint = s.google_fingerprint THEN s.g_time ELSE l.google_watermark END,
        advoware_fingerprint = CASE WHEN n.advoware THEN s.a_fingerprint ELSE l.advoware_fingerprint END,
        google_fingerprint = CASE WHEN n.google THEN s.g_fingerprint ELSE l.google_fingerprint END
    FROM engine.link_state AS s
    CROSS JOIN LATERAL (
        SELECT s.a_usable AND NOT s.a_changed AND (s.a_fingerprint = s.advoware_fingerprint AND s.a_time > s.advoware_watermark
                OR engine.key_prefix(s.a_fingerprint) <> engine.key_prefix(s.advoware_fingerprint)) IS TRUE AS advoware,
            s.g_usable AND NOT s.g_changed AND (s.g_fingerprint = s.google_fingerprint AND s.g_time > s.google_watermark
                OR engine.key_prefix(s.g_fingerprint) <> engine.key_prefix(s.google_fingerprint)) IS TRUE AS google
    ) AS n
    WHERE s.sync_id = l.sync_id AND s.employee_kuerzel = employee AND (only_link IS NULL OR s.sync_id = only_link) AND (n.advoware OR n.google);
    GET DIAGNOSTICS here = ROW_COUNT;
    touched := touched + here;

    -- 5. Pairs that need not agree (text is kept from the copy, or a write was stopped) and of which neither side has changed: whatever failed meanwhile is over.
    UPDATE sync.calendar_sync AS l
    SET sync_status = CASE WHEN p.stopped THEN 'failed' ELSE 'synced' END::sync.sync_status_enum, last_error = CASE WHEN p.stopped THEN 'stored something else' END,
        attempts = 0, next_attempt_at = NULL, refused_basis = NULL, superseded_count = 0
    FROM engine.link_state AS s
    CROSS JOIN LATERAL (SELECT s.meant_side IS NOT NULL AND s.meant_time_fingerprint IS NULL AND s.earlier_fingerprints = '{}' AS stopped) AS p
    WHERE s.sync_id = l.sync_id AND s.employee_kuerzel = employee AND (only_link IS NULL OR s.sync_id = only_link)
        AND s.a_usable AND s.g_usable AND NOT s.a_changed AND NOT s.g_changed AND NOT s.agree AND NOT s.copy_stale AND s.a_ownership IS DISTINCT FROM 'foreign'
        AND NOT (s.to_be_hidden AND (s.attempts > 0 OR s.superseded_count > 0))
        -- A write that was not answered and is not wanted any more may still arrive: what it meant stays known.
        AND (s.meant_side IS NULL OR p.stopped OR (s.text_withheld AND NOT s.meant_acknowledged AND NOT s.holds_outdated_write))
        AND (s.last_error IS DISTINCT FROM CASE WHEN p.stopped THEN 'stored something else' END OR s.sync_status = 'pending'
            OR s.attempts > 0 OR s.next_attempt_at IS NOT NULL OR s.refused_basis IS NOT NULL OR s.superseded_count > 0);
    GET DIAGNOSTICS here = ROW_COUNT;
    RETURN touched + here;
END
$$;
COMMENT ON FUNCTION engine.settle_links(text, uuid) IS
'Settles an employee''s links (or one) without writing anywhere: agreeing pairs, writes that arrived as meant, writes that were stored as something else (once: noted; twice: failed, stored something else), watermarks, and what failed at pairs of which neither side has changed (RULES 3). Returns how many links changed.';

CREATE OR REPLACE FUNCTION engine.missed_writes(employee text, only_link uuid DEFAULT NULL) RETURNS TABLE (sync_id uuid, found text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.sync_id, CASE s.meant_side WHEN 'google' THEN s.g_fingerprint ELSE s.a_fingerprint END
    FROM engine.link_state AS s
    WHERE s.employee_kuerzel = employee AND (only_link IS NULL OR s.sync_id = only_link) AND s.meant_acknowledged
        -- Fingerprints of another key or version say nothing about what was stored.
        AND starts_with(CASE s.meant_side WHEN 'google' THEN s.g_fingerprint ELSE s.a_fingerprint END, substring(coalesce(s.meant_fingerprint, s.meant_time_fingerprint) FROM '^[^:]*:[^:]*:'))
        AND CASE s.meant_side
            WHEN 'google' THEN s.g_usable AND s.g_observed_at >= s.meant_at
                AND coalesce(s.g_fingerprint <> s.meant_fingerprint, s.g_time_fingerprint <> s.meant_time_fingerprint, false)
            WHEN 'advoware' THEN s.a_usable AND s.a_observed_at > s.meant_at
                AND coalesce(s.a_fingerprint <> s.meant_fingerprint, s.a_time_fingerprint <> s.meant_time_fingerprint, false)
            ELSE false END
$$;
COMMENT ON FUNCTION engine.missed_writes(text, uuid) IS 'Links whose last write was acknowledged while a later reading shows something else, and what it shows.';
