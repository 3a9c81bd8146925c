CREATE OR REPLACE FUNCTION engine.store_entries(
    employee text, side sync.source_system_enum, observed_at timestamptz, entries jsonb, proof text DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO sync.seen AS s (
        employee_kuerzel, side, entry_id, master_id, present, proof, proven_at, api_timestamp, gone_at, etag,
        fingerprint, time_fingerprint, anonymous_fingerprint, starts_at, ends_at, unusable, ownership,
        event_type, invitation, tag_sync_id, tag_frnr, tag_kuerzel, tag_source, tag_anonymized, is_series, obstacle, is_private, observed_at)
    SELECT DISTINCT ON (e.id)
        store_entries.employee, store_entries.side, e.id, e.master_id, coalesce(e.present, true),
        CASE WHEN coalesce(e.present, true) THEN NULL ELSE store_entries.proof END,
        CASE WHEN NOT coalesce(e.present, true) AND store_entries.proof IS NOT NULL THEN store_entries.observed_at END,
        e.ts, CASE WHEN NOT coalesce(e.present, true) THEN e.ts END, e.etag,
        e.fp, e.time_fp, e.anon_fp, e.starts_at, e.ends_at, e.unusable, e.ownership,
        e.event_type, coalesce(e.invitation, false), e.tag_sync_id,
        CASE WHEN e.tag_frnr BETWEEN -2147483648 AND 2147483647 THEN e.tag_frnr END, e.tag_kuerzel,
        CASE WHEN e.tag_source IN ('advoware', 'google') THEN e.tag_source::sync.source_system_enum END,
        e.tag_anonymized, coalesce(e.is_series, false), e.obstacle, coalesce(e.is_private, false), store_entries.observed_at
    FROM jsonb_to_recordset(store_entries.entries) AS e (
        id text, master_id text, present boolean, ts timestamptz, etag text, fp text, time_fp text, anon_fp text,
        starts_at timestamptz, ends_at timestamptz, unusable text, ownership text, event_type text, invitation boolean,
        tag_sync_id uuid, tag_frnr bigint, tag_kuerzel text, tag_source text, tag_anonymized boolean,
        is_series boolean, obstacle text, is_private boolean)
    WHERE e.id IS NOT NULL
        -- A number that no column holds identifies nothing.
        AND (store_entries.side = 'google' OR (e.id ~ '^-?[0-9]{1,10}$' AND e.id::bigint BETWEEN -2147483648 AND 2147483647))
        -- A tombstone of something never seen tells nothing.
        AND (coalesce(e.present, true) OR store_entries.proof IS NOT NULL OR EXISTS (
            SELECT 1 FROM sync.seen AS k
            WHERE k.employee_kuerzel = store_entries.employee AND k.side = store_entries.side AND k.entry_id = e.id))
    ORDER BY e.id, e.ts DESC NULLS LAST
    ON CONFLICT ON CONSTRAINT seen_pkey DO UPDATE SET
        master_id = coalesce(excluded.master_id, s.master_id),
        present = excluded.present,
        -- A later list that still lacks it does not unprove it, nor prove it anew.
        proof = CASE WHEN excluded.present THEN NULL ELSE coalesce(excluded.proof, s.proof) END,
        proven_at = CASE WHEN excluded.present THEN NULL ELSE coalesce(excluded.proven_at, s.proven_at) END,
        api_timestamp = CASE WHEN excluded.present THEN excluded.api_timestamp ELSE s.api_timestamp END,
        gone_at = CASE WHEN excluded.present THEN NULL ELSE coalesce(excluded.gone_at, s.gone_at) END,
        etag = coalesce(excluded.etag, s.etag),
        fingerprint = CASE WHEN excluded.present THEN excluded.fingerprint ELSE s.fingerprint END,
        time_fingerprint = CASE WHEN excluded.present THEN excluded.time_fingerprint ELSE s.time_fingerprint END,
        anonymous_fingerprint = CASE WHEN excluded.present THEN excluded.anonymous_fingerprint ELSE s.anonymous_fingerprint END,
        starts_at = coalesce(excluded.starts_at, s.starts_at),
        ends_at = coalesce(excluded.ends_at, s.ends_at),
        unusable = excluded.unusable,
        ownership = coalesce(excluded.ownership, s.ownership),
        event_type = coalesce(excluded.event_type, s.event_type),
        invitation = CASE WHEN excluded.present THEN excluded.invitation ELSE s.invitation END,
        tag_sync_id = CASE WHEN excluded.present THEN excluded.tag_sync_id ELSE s.tag_sync_id END,
        tag_frnr = CASE WHEN excluded.present THEN excluded.tag_frnr ELSE s.tag_frnr END,
        tag_kuerzel = CASE WHEN excluded.present THEN excluded.tag_kuerzel ELSE s.tag_kuerzel END,
        tag_source = CASE WHEN excluded.present THEN excluded.tag_source ELSE s.tag_source END,
        tag_anonymized = CASE WHEN excluded.present THEN excluded.tag_anonymized ELSE s.tag_anonymized END,
        is_series = CASE WHEN excluded.present THEN excluded.is_series ELSE s.is_series END,
        obstacle = CASE WHEN excluded.present THEN excluded.obstacle ELSE s.obstacle END,
        is_private = CASE WHEN excluded.present THEN excluded.is_private ELSE s.is_private END,
        observed_at = excluded.observed_at
    WHERE s.observed_at <= excluded.observed_at;

    IF side = 'advoware' THEN
        UPDATE sync.office AS o SET highest_frnr = h.highest
        FROM (SELECT max(e.id::bigint) AS highest FROM jsonb_to_recordset(store_entries.entries) AS e (id text) WHERE e.id ~ '^[0-9]{1,10}$' AND e.id::bigint <= 2147483647) AS h
        WHERE h.highest > o.highest_frnr;
    END IF;
END
$$;
COMMENT ON FUNCTION engine.store_entries(text, sync.source_system_enum, timestamptz, jsonb, text) IS
'Stores what was seen of entries of one side, set-based. observed_at: database time at which the request was sent; an older observation never replaces a newer one. proof: how absence was proven by a single GET (NULL: from a list). Of an entry that is gone the last known content stays.';
