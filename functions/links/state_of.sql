-- Long because it is one SELECT, without settings of its own, so that the planner puts it in the place of its call: a
-- state costs the look-ups of two entries, two readings and a policy, each by key, whatever the statistics say (LIMIT
-- keeps each look-up a look-up).
CREATE OR REPLACE FUNCTION engine.state_of(l sync.calendar_sync, w engine.pending_write) RETURNS SETOF engine.link_state
LANGUAGE sql STABLE
AS $$
    SELECT
        -- The link, both sides and what the policy allows --------------------------
        l, t.entry, e.entry, p, w,
        engine.observed_at(t.entry, of_advoware.reading),
        engine.observed_at(e.entry, of_google.reading),
        is_.termin_usable, is_.event_usable, is_.termin_missing, is_.event_missing, is_.is_foreign,
        (l).advoware_write_allowed AND p.advoware_writes <> 'none' AND coalesce((l).advoware_frnr, 1) > 0,
        copy.anonymized, to_google.mode,
        CASE WHEN copy.anonymized THEN 'time_only' ELSE 'full' END,
        -- Carried occurrence by occurrence: the link waits for the occurrence that it is to stand for.
        coalesce(e.present AND e.is_series, false) AND engine.is_carried((l).employee_kuerzel, (l).google_event_id),

        -- What the copy lacks ------------------------------------------------------
        -- Private there, and not yet here. What is Google's own and has not our text stays as its owner wants it to be
        -- seen.
        is_.termin_usable
            AND is_.event_usable
            AND NOT is_.is_foreign
            AND t.is_private
            AND NOT e.is_private
            AND NOT e.invitation
            AND (l).times_hidden < 3
            AND to_google.mode <> 'time_only',

        (CASE
            WHEN copy.anonymized THEN e.fingerprint = t.anonymous_fingerprint
            ELSE e.fingerprint = t.fingerprint
        END) IS TRUE,
        -- The copy's text does not follow the policy yet: not anonymised, or still so, or a text was kept from it
        -- meanwhile.
        (to_google.mode = 'anonymous' AND NOT copy.anonymized)
            OR (to_google.mode = 'full' AND copy.anonymized)
            OR (to_google.mode = 'full' AND (l).text_withheld AND t.fingerprint <> e.fingerprint) IS TRUE
            OR typed.over,
        (to_google.mode = 'time_only' AND (l).text_withheld AND e.time_fingerprint = t.time_fingerprint) IS TRUE,

        -- What has changed ---------------------------------------------------------
        -- What an earlier write of ours left there is no edit.
        coalesce(t.present, false)
            AND NOT ((w).side = 'advoware' AND ours.outdated) IS TRUE
            AND NOT ((w).side = 'google' AND taken.over) IS TRUE
            AND engine.side_changed(
                t.fingerprint, t.time_fingerprint, t.api_timestamp, (l).advoware_fingerprint, (l).advoware_watermark,
                CASE WHEN (w).side = 'advoware' THEN (w).fingerprint END,
                CASE WHEN (w).side = 'advoware' THEN (w).time_fingerprint END),
        coalesce(e.present, false)
            AND NOT ((w).side = 'google' AND ours.outdated) IS TRUE
            AND NOT ((w).side = 'advoware' AND taken.over) IS TRUE
            AND engine.side_changed(
                e.fingerprint, e.time_fingerprint, e.api_timestamp, (l).google_fingerprint, (l).google_watermark,
                CASE WHEN (w).side = 'google' THEN (w).fingerprint END,
                CASE WHEN (w).side = 'google' THEN (w).time_fingerprint END),

        -- What the last write left, and what all this rests on ---------------------
        ours.outdated, source.as_sent,
        CASE
            WHEN source.as_sent THEN source.settled
            WHEN (w).fingerprint IS NOT NULL THEN (w).fingerprint
            WHEN source.settled <> source.fingerprint THEN source.settled
        END,
        md5(concat_ws('|', (l).sync_strategy, (l).advoware_write_allowed, p.advoware_writes, p.anonymize,
            coalesce(t.present::text, '?'), coalesce(t.fingerprint, '-'), coalesce(t.unusable, '-'),
            coalesce(t.ownership, '-'),
            coalesce(e.present::text, '?'), coalesce(e.fingerprint, '-'), coalesce(e.unusable, '-')))

    -- Looked up --------------------------------------------------------------------
    FROM sync.effective_policy AS p
    LEFT JOIN LATERAL (
        SELECT s.*, s AS entry FROM sync.seen AS s
        WHERE s.employee_kuerzel = (l).employee_kuerzel
            AND s.side = 'advoware'
            AND s.entry_id = (l).advoware_frnr::text
        LIMIT 1
    ) AS t ON true
    LEFT JOIN LATERAL (
        SELECT s.*, s AS entry FROM sync.seen AS s
        WHERE s.employee_kuerzel = (l).employee_kuerzel
            AND s.side = 'google'
            AND s.entry_id = (l).google_event_id
        LIMIT 1
    ) AS e ON true
    -- When an entry was last seen is asked because of a pending write alone.
    LEFT JOIN LATERAL (
        SELECT r AS reading FROM sync.reading AS r
        WHERE r.employee_kuerzel = (l).employee_kuerzel
            AND r.side = 'advoware'
            AND (w).side IS NOT NULL
        LIMIT 1
    ) AS of_advoware ON true
    LEFT JOIN LATERAL (
        SELECT r AS reading FROM sync.reading AS r
        WHERE r.employee_kuerzel = (l).employee_kuerzel
            AND r.side = 'google'
            AND (w).side IS NOT NULL
        LIMIT 1
    ) AS of_google ON true

    -- Concluded --------------------------------------------------------------------
    CROSS JOIN LATERAL (
        SELECT
            coalesce(t.present AND t.unusable IS NULL, false) AS termin_usable,
            coalesce(e.present AND e.unusable IS NULL, false) AS event_usable,
            coalesce(NOT t.present, false) AS termin_missing,
            coalesce(NOT e.present, false) AS event_missing,
            coalesce(t.present AND t.ownership = 'foreign', false) AS is_foreign
    ) AS is_
    -- A write whose answer was lost is known by the event's own tag: the copy's text never comes back (rules 7).
    CROSS JOIN LATERAL (
        SELECT (l).anonymized
            OR coalesce(e.present AND e.tag_anonymized AND e.tag_sync_id = (l).sync_id, false) AS anonymized
    ) AS copy
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN NOT p.anonymize THEN 'full'
            -- An event of Google's own that never received text from Advoware keeps its text.
            WHEN (l).source_system = 'google'
                AND NOT (l).text_from_advoware
                AND (l).google_event_id IS NOT NULL
                THEN 'time_only'
            ELSE 'anonymous'
        END AS mode
    ) AS to_google
    -- An anonymised copy that says when as its Termin does, and more: somebody typed it. What Google makes of our own
    -- text is settled as it is.
    CROSS JOIN LATERAL (
        SELECT (to_google.mode = 'anonymous'
            AND copy.anonymized
            AND is_.termin_usable
            AND is_.event_usable
            AND e.time_fingerprint = t.time_fingerprint
            AND e.fingerprint <> t.anonymous_fingerprint
            AND engine.key_prefix(e.fingerprint) = engine.key_prefix(t.anonymous_fingerprint)
            AND NOT ((w).is_stopped AND e.fingerprint = (l).google_fingerprint) IS TRUE) IS TRUE AS over
    ) AS typed
    -- The written side shows what an earlier write meant or left, and not what the last one meant.
    CROSS JOIN LATERAL (
        SELECT CASE (w).side WHEN 'advoware' THEN is_.termin_usable WHEN 'google' THEN is_.event_usable ELSE false END
            AND (here.fingerprint = (w).missed_fingerprint
                OR here.fingerprint = ANY ((w).earlier_fingerprints)
                OR here.time_fingerprint = ANY ((w).earlier_fingerprints)) IS TRUE
            AND CASE
                WHEN (w).fingerprint IS NULL THEN here.time_fingerprint = (w).time_fingerprint
                ELSE here.fingerprint = (w).fingerprint
            END IS NOT TRUE AS outdated
        FROM (
            SELECT
                CASE (w).side WHEN 'advoware' THEN t.fingerprint ELSE e.fingerprint END AS fingerprint,
                CASE (w).side WHEN 'advoware' THEN t.time_fingerprint ELSE e.time_fingerprint END AS time_fingerprint
        ) AS here
    ) AS ours
    -- The side that the last write took its content from.
    CROSS JOIN LATERAL (
        SELECT
            CASE (w).side WHEN 'google' THEN t.fingerprint ELSE e.fingerprint END AS fingerprint,
            CASE (w).side WHEN 'google' THEN (l).advoware_fingerprint ELSE (l).google_fingerprint END AS settled,
            CASE
                WHEN (w).fingerprint IS NULL THEN
                    CASE (w).side WHEN 'google' THEN t.time_fingerprint ELSE e.time_fingerprint END
                        = (w).time_fingerprint
                WHEN (w).side = 'google' THEN
                    (t.fingerprint = (w).fingerprint) IS TRUE OR (t.anonymous_fingerprint = (w).fingerprint) IS TRUE
                ELSE e.fingerprint = (w).fingerprint
            END IS TRUE AS as_sent
    ) AS source
    -- What an acknowledged write took from there is no change any more, unless something else is seen where it went: a
    -- Termin that is deleted before anybody has read it again is not created anew.
    CROSS JOIN LATERAL (
        SELECT (w).is_acknowledged
            AND source.as_sent
            AND ((w).missed_fingerprint IS NULL OR (w).repeats_miss)
            AND CASE (w).side
                WHEN 'advoware' THEN is_.termin_usable
                    AND engine.observed_at(t.entry, of_advoware.reading) > (w).began_at
                ELSE is_.event_usable
            END IS NOT TRUE AS over
    ) AS taken
    WHERE p.employee_kuerzel = (l).employee_kuerzel
$$;
COMMENT ON FUNCTION engine.state_of(sync.calendar_sync, engine.pending_write) IS
'A link as it is or would be, beside what was last seen of both sides and its policy, and what follows (rules 3). w: its unsettled writes.';

CALL pg_temp.make_view('engine.link_states', $view$
SELECT l.sync_id, state
FROM sync.calendar_sync AS l
-- Once for each link, not once for each use.
CROSS JOIN LATERAL (SELECT engine.pending_write_of(l) AS write OFFSET 0) AS pending
CROSS JOIN LATERAL engine.state_of(l, pending.write) AS state
WHERE NOT l.deleted
$view$);
COMMENT ON VIEW engine.link_states IS 'Every active link as engine.state_of shows it. Ask for links by sync_id.';
COMMENT ON COLUMN engine.link_states.sync_id IS 'The link.';
COMMENT ON COLUMN engine.link_states.state IS 'Its state.';
