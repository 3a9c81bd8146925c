DROP VIEW IF EXISTS engine.link_state;
CREATE VIEW engine.link_state AS
SELECT
    l.sync_id, l.employee_kuerzel, l.advoware_frnr, l.google_event_id, l.source_system, l.sync_strategy, l.sync_status,
    l.google_calendar_id, l.event_generation, copy.anonymized, l.text_from_advoware, l.tagged, l.starts_at, l.ends_at,
    l.last_sync, l.advoware_watermark, l.google_watermark, l.advoware_fingerprint, l.google_fingerprint,
    l.meant_side, l.meant_fingerprint, l.meant_time_fingerprint, l.meant_acknowledged, l.meant_at, l.missed_fingerprint, l.missed_at, l.earlier_fingerprints,
    l.refused_basis, l.superseded_count, l.attempts, l.last_error, l.next_attempt_at,
    p.anonymize, p.paused,
    l.advoware_write_allowed AND p.advoware_writes <> 'none' AND coalesce(l.advoware_frnr, 1) > 0 AS may_write,
    a.entry_id IS NOT NULL AS a_known,
    coalesce(a.present, false) AS a_present,
    coalesce(a.present AND a.unusable IS NULL, false) AS a_usable,
    a.unusable AS a_unusable,
    a.fingerprint AS a_fingerprint, a.time_fingerprint AS a_time_fingerprint, a.anonymous_fingerprint AS a_anonymous_fingerprint,
    a.api_timestamp AS a_time, a.starts_at AS a_starts_at, a.ends_at AS a_ends_at, a.ownership AS a_ownership,
    a.proof AS a_proof, a.proven_at AS a_proven_at, a.observed_at AS a_observed_at,
    g.entry_id IS NOT NULL AS g_known,
    coalesce(g.present, false) AS g_present,
    coalesce(g.present AND g.unusable IS NULL, false) AS g_usable,
    g.unusable AS g_unusable,
    g.fingerprint AS g_fingerprint, g.time_fingerprint AS g_time_fingerprint,
    g.api_timestamp AS g_time, g.gone_at AS g_gone_at, g.starts_at AS g_starts_at, g.ends_at AS g_ends_at, g.etag AS g_etag,
    g.invitation AS g_invitation, g.proof AS g_proof, g.proven_at AS g_proven_at, g.observed_at AS g_observed_at, g.master_id AS g_master_id,
    coalesce(a.present AND a.is_private, false) AS a_is_private,
    coalesce(a.present AND a.is_private AND a.unusable IS NULL AND g.present AND NOT g.is_private AND g.unusable IS NULL AND NOT g.invitation, false)
        AND a.ownership IS DISTINCT FROM 'foreign' AND l.times_hidden < 3
        -- An event of Google's own whose text is not ours stays as its owner wants it to be seen.
        AND to_google.mode <> 'time_only' AS to_be_hidden,
    coalesce(a.is_series, false) AS a_is_series, coalesce(g.is_series, false) AS g_is_series, g.obstacle AS g_obstacle,
    -- Carried occurrence by occurrence: the link waits for the occurrence that it is to stand for.
    coalesce(g.present AND g.is_series, false) AND engine.is_carried(l.employee_kuerzel, l.google_event_id) AS g_is_carried,
    to_google.mode AS google_mode,
    CASE WHEN copy.anonymized THEN 'time_only' ELSE 'full' END AS advoware_mode,
    CASE
        WHEN copy.anonymized THEN g.fingerprint = a.anonymous_fingerprint
        ELSE g.fingerprint = a.fingerprint
    END IS TRUE AS agree,
    -- The copy's text does not follow the policy of anonymisation yet: it is not anonymised, or still is, or a text was kept from it meanwhile.
    (to_google.mode = 'anonymous' AND NOT copy.anonymized) OR (to_google.mode = 'full' AND copy.anonymized)
        OR (to_google.mode = 'full' AND l.text_withheld AND a.fingerprint <> g.fingerprint) IS TRUE AS copy_stale,
    (to_google.mode = 'time_only' AND l.text_withheld AND g.time_fingerprint = a.time_fingerprint) IS TRUE AS text_withheld,
    -- What an earlier write of ours left there is no edit.
    coalesce(a.present, false) AND NOT (l.meant_side = 'advoware' AND ours.outdated) IS TRUE AND engine.side_changed(a.fingerprint, a.time_fingerprint, a.api_timestamp, l.advoware_fingerprint, l.advoware_watermark,
        CASE WHEN l.meant_side = 'advoware' THEN l.meant_fingerprint END,
        CASE WHEN l.meant_side = 'advoware' THEN l.meant_time_fingerprint END) AS a_changed,
    coalesce(g.present, false) AND NOT (l.meant_side = 'google' AND ours.outdated) IS TRUE AND engine.side_changed(g.fingerprint, g.time_fingerprint, g.api_timestamp, l.google_fingerprint, l.google_watermark,
        CASE WHEN l.meant_side = 'google' THEN l.meant_fingerprint END,
        CASE WHEN l.meant_side = 'google' THEN l.meant_time_fingerprint END) AS g_changed,
    ours.outdated AS holds_outdated_write,
    source.as_sent AS source_as_sent,
    CASE WHEN source.as_sent THEN source.settled
        WHEN l.meant_fingerprint IS NOT NULL THEN l.meant_fingerprint
        WHEN source.settled <> source.fingerprint THEN source.settled END AS source_settled,
    md5(concat_ws('|', l.sync_strategy, l.advoware_write_allowed, p.advoware_writes, p.anonymize,
        coalesce(a.present::text, '?'), coalesce(a.fingerprint, '-'), coalesce(a.unusable, '-'), coalesce(a.ownership, '-'),
        coalesce(g.present::text, '?'), coalesce(g.fingerprint, '-'), coalesce(g.unusable, '-'))) AS basis
FROM sync.calendar_sync AS l
JOIN sync.effective_policy AS p ON p.employee_kuerzel = l.employee_kuerzel
LEFT JOIN sync.seen AS a ON a.employee_kuerzel = l.employee_kuerzel AND a.side = 'advoware' AND a.entry_id = l.advoware_frnr::text
LEFT JOIN sync.seen AS g ON g.employee_kuerzel = l.employee_kuerzel AND g.side = 'google' AND g.entry_id = l.google_event_id
-- A write whose answer was lost is known by the event's own tag: the copy's text never comes back (RULES 7).
CROSS JOIN LATERAL (
    SELECT l.anonymized OR coalesce(g.present AND g.tag_anonymized AND g.tag_sync_id = l.sync_id, false) AS anonymized
) AS copy
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN NOT p.anonymize THEN 'full'
        -- An event of Google's own that never received text from Advoware keeps its text.
        WHEN l.source_system = 'google' AND NOT l.text_from_advoware AND l.google_event_id IS NOT NULL THEN 'time_only'
        ELSE 'anonymous'
    END AS mode
) AS to_google
CROSS JOIN LATERAL (
    SELECT here.usable AND (here.fingerprint = l.missed_fingerprint OR here.fingerprint = ANY (l.earlier_fingerprints)
            OR here.time_fingerprint = ANY (l.earlier_fingerprints)) IS TRUE
        AND CASE WHEN l.meant_fingerprint IS NULL THEN here.time_fingerprint = l.meant_time_fingerprint ELSE here.fingerprint = l.meant_fingerprint END IS NOT TRUE AS outdated
    FROM (SELECT coalesce(CASE l.meant_side WHEN 'advoware' THEN a.present AND a.unusable IS NULL WHEN 'google' THEN g.present AND g.unusable IS NULL END, false) AS usable,
        CASE l.meant_side WHEN 'advoware' THEN a.fingerprint ELSE g.fingerprint END AS fingerprint,
        CASE l.meant_side WHEN 'advoware' THEN a.time_fingerprint ELSE g.time_fingerprint END AS time_fingerprint) AS here
) AS ours
-- The side that the last write took its content from.
CROSS JOIN LATERAL (
    SELECT CASE l.meant_side WHEN 'google' THEN a.fingerprint ELSE g.fingerprint END AS fingerprint,
        CASE l.meant_side WHEN 'google' THEN l.advoware_fingerprint ELSE l.google_fingerprint END AS settled,
        CASE WHEN l.meant_fingerprint IS NULL THEN CASE l.meant_side WHEN 'google' THEN a.time_fingerprint ELSE g.time_fingerprint END = l.meant_time_fingerprint
            WHEN l.meant_side = 'google' THEN (a.fingerprint = l.meant_fingerprint) IS TRUE OR (a.anonymous_fingerprint = l.meant_fingerprint) IS TRUE
            ELSE g.fingerprint = l.meant_fingerprint END IS TRUE AS as_sent
) AS source
WHERE NOT l.deleted;
COMMENT ON VIEW engine.link_state IS 'Every active link beside what was last seen of it on both sides (a_ Advoware, g_ Google), its effective policy, and what follows: whether a side changed, whether they agree, what may be written and how. The plans are made from this.';

-- What stands in a column of the link or of sync.seen is told there; here is said whose it is.
DO $$
DECLARE
    here record;
BEGIN
    FOR here IN
        SELECT shown.attname, col_description('sync.calendar_sync'::regclass, link.attnum) AS of_link,
            col_description('sync.seen'::regclass, entry.attnum) AS of_entry
        FROM pg_attribute AS shown
        LEFT JOIN pg_attribute AS link ON link.attrelid = 'sync.calendar_sync'::regclass AND link.attname = shown.attname
        LEFT JOIN pg_attribute AS entry ON entry.attrelid = 'sync.seen'::regclass
            AND entry.attname = CASE WHEN shown.attname IN ('a_time', 'g_time') THEN 'api_timestamp' ELSE substr(shown.attname, 3) END
        WHERE shown.attrelid = 'engine.link_state'::regclass AND shown.attnum > 0
            AND (link.attname IS NOT NULL OR (entry.attname IS NOT NULL AND shown.attname ~ '^[ag]_'))
    LOOP
        EXECUTE format('COMMENT ON COLUMN engine.link_state.%I IS %L', here.attname,
            CASE WHEN here.of_link IS NOT NULL THEN here.of_link
                WHEN here.attname ~ '^a_' THEN 'Termin as last seen: ' || here.of_entry ELSE 'Event as last seen: ' || here.of_entry END);
    END LOOP;
END
$$;
COMMENT ON COLUMN engine.link_state.anonymized IS 'Whether the copy in Google says "Advoware blocked": by the link, or by the tag of the event that is there.';
COMMENT ON COLUMN engine.link_state.anonymize IS 'Policy: whether the copy should be anonymised.';
COMMENT ON COLUMN engine.link_state.paused IS 'Policy: whether everything rests.';
COMMENT ON COLUMN engine.link_state.may_write IS 'Whether Advoware may be written for this link (W in RULES).';
COMMENT ON COLUMN engine.link_state.a_known IS 'Whether the Termin was ever seen.';
COMMENT ON COLUMN engine.link_state.a_usable IS 'Whether the Termin is there and can be understood.';
COMMENT ON COLUMN engine.link_state.a_changed IS 'Whether the Termin changed since the link was last settled there (RULES 3).';
COMMENT ON COLUMN engine.link_state.g_known IS 'Whether the event was ever seen.';
COMMENT ON COLUMN engine.link_state.g_usable IS 'Whether the event is there and can be understood.';
COMMENT ON COLUMN engine.link_state.g_changed IS 'Whether the event changed since the link was last settled there (RULES 3).';
COMMENT ON COLUMN engine.link_state.holds_outdated_write IS 'Whether meant_side shows what an earlier write of ours meant, or what was stored instead of it, and not what the last one meant: no edit, the same direction is tried again (RULES 3).';
COMMENT ON COLUMN engine.link_state.source_as_sent IS 'Whether the side that the last write took its content from still says what was sent.';
COMMENT ON COLUMN engine.link_state.source_settled IS 'Fingerprint with which that side is settled when the write has ended: what was sent. An edit made since counts as changed, even one back to what was settled before.';
COMMENT ON COLUMN engine.link_state.g_is_carried IS 'Whether the event is the master of a series that is carried occurrence by occurrence.';
COMMENT ON COLUMN engine.link_state.google_mode IS 'How the event would be written: full, anonymous or time_only.';
COMMENT ON COLUMN engine.link_state.advoware_mode IS 'How the Termin would be written: full or time_only.';
COMMENT ON COLUMN engine.link_state.agree IS 'Whether both sides say the same, as far as the copy may say it.';
COMMENT ON COLUMN engine.link_state.copy_stale IS 'Whether the copy''s text does not follow the policy of anonymisation yet.';
COMMENT ON COLUMN engine.link_state.to_be_hidden IS 'Whether the Termin is marked private and the event is not yet (RULES 7).';
COMMENT ON COLUMN engine.link_state.basis IS 'Digest of policy and both sides: a refusal is looked at again when it differs from refused_basis.';
