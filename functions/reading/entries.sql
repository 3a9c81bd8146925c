CREATE OR REPLACE FUNCTION engine.entries_of(
    employee text, side sync.source_system_enum, observed_at timestamptz, entries jsonb, proof text
) RETURNS SETOF sync.seen
LANGUAGE sql STABLE
AS $$
    SELECT DISTINCT ON (e.id)
        entries_of.employee::varchar(10), entries_of.side, e.id, e.master_id, coalesce(e.present, true),
        CASE WHEN NOT coalesce(e.present, true) THEN entries_of.proof END,
        e.ts, CASE WHEN NOT coalesce(e.present, true) THEN e.ts END, e.etag,
        e.fingerprint, e.time_fingerprint, e.anonymous_fingerprint, e.starts_at, e.ends_at, e.unusable, e.ownership,
        e.event_type, coalesce(e.invitation, false), e.tag_sync_id,
        CASE WHEN e.tag_frnr BETWEEN -2147483648 AND 2147483647 THEN e.tag_frnr END, e.tag_kuerzel,
        CASE WHEN e.tag_source IN ('advoware', 'google') THEN e.tag_source::sync.source_system_enum END,
        e.tag_anonymized, entries_of.observed_at,
        CASE WHEN NOT coalesce(e.present, true) AND entries_of.proof IS NOT NULL THEN entries_of.observed_at END,
        coalesce(e.is_private, false), coalesce(e.is_series, false), e.obstacle,
        NULL::timestamptz, NULL::timestamptz, NULL::integer, e.digest,
        entries_of.side = 'google'
            AND coalesce(e.says_anonymous, false)
            AND num_nonnulls(e.tag_sync_id, e.tag_frnr, e.tag_kuerzel, e.tag_anonymized) = 0,
        e.tag_carried
    FROM jsonb_to_recordset(entries_of.entries) AS e (
        id text, master_id text, present boolean, ts timestamptz, etag text,
        fingerprint text, time_fingerprint text, anonymous_fingerprint text,
        starts_at timestamptz, ends_at timestamptz, unusable text, ownership text, event_type text, invitation boolean,
        tag_sync_id uuid, tag_frnr bigint, tag_kuerzel text, tag_source text, tag_anonymized boolean,
        is_series boolean, obstacle text, is_private boolean, digest bigint,
        says_anonymous boolean, tag_carried boolean)
    WHERE e.id IS NOT NULL
        -- A number that no column holds identifies nothing.
        AND (entries_of.side = 'google'
            OR (e.id ~ '^-?[0-9]{1,10}$' AND e.id::bigint BETWEEN -2147483648 AND 2147483647))
    -- Two parts of a split series may name one occurrence: the part that has it is right.
    ORDER BY e.id, coalesce(e.present, true) DESC, e.ts DESC NULLS LAST
$$;
COMMENT ON FUNCTION engine.entries_of(text, sync.source_system_enum, timestamptz, jsonb, text) IS
'What a listener says of entries, as rows of sync.seen. proof: how absence was proven by a single GET; NULL: it is a list''s word.';

CREATE OR REPLACE FUNCTION engine.tells_nothing_new(known sync.seen, entry sync.seen) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT known.present = entry.present AND CASE WHEN entry.present THEN
        known.api_timestamp IS NOT DISTINCT FROM entry.api_timestamp
        AND known.etag IS NOT DISTINCT FROM coalesce(entry.etag, known.etag)
        AND known.fingerprint IS NOT DISTINCT FROM entry.fingerprint
        AND known.time_fingerprint IS NOT DISTINCT FROM entry.time_fingerprint
        AND known.anonymous_fingerprint IS NOT DISTINCT FROM entry.anonymous_fingerprint
        AND known.starts_at IS NOT DISTINCT FROM coalesce(entry.starts_at, known.starts_at)
        AND known.ends_at IS NOT DISTINCT FROM coalesce(entry.ends_at, known.ends_at)
        AND known.unusable IS NOT DISTINCT FROM entry.unusable
        AND known.ownership IS NOT DISTINCT FROM coalesce(entry.ownership, known.ownership)
        AND known.event_type IS NOT DISTINCT FROM coalesce(entry.event_type, known.event_type)
        AND known.master_id IS NOT DISTINCT FROM nullif(coalesce(entry.master_id, known.master_id), '')
        AND known.invitation = entry.invitation
        AND known.is_private = entry.is_private
        AND known.says_anonymous = entry.says_anonymous
        AND known.is_series = entry.is_series
        AND known.obstacle IS NOT DISTINCT FROM entry.obstacle
        AND known.tag_sync_id IS NOT DISTINCT FROM entry.tag_sync_id
        AND known.tag_frnr IS NOT DISTINCT FROM entry.tag_frnr
        AND known.tag_kuerzel IS NOT DISTINCT FROM entry.tag_kuerzel
        AND known.tag_source IS NOT DISTINCT FROM entry.tag_source
        AND known.tag_anonymized IS NOT DISTINCT FROM entry.tag_anonymized
        AND known.tag_carried IS NOT DISTINCT FROM entry.tag_carried
        AND known.digest IS NOT DISTINCT FROM coalesce(entry.digest, known.digest)
    ELSE
        -- A later list that still lacks it does not unprove it, nor prove it anew.
        entry.proof IS NULL
        AND (entry.gone_at IS NULL OR known.gone_at IS NOT DISTINCT FROM entry.gone_at)
    END
$$;
COMMENT ON FUNCTION engine.tells_nothing_new(sync.seen, sync.seen) IS
'Whether an entry says what the hub knows already: it is not written then, not even when it was observed (rules 1).';

CREATE OR REPLACE FUNCTION engine.seen_anew(known sync.seen, entry sync.seen) RETURNS sync.seen
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    -- An empty one: it stands alone from now on, its series is none any more.
    entry.master_id := nullif(coalesce(entry.master_id, known.master_id), '');
    IF known IS NULL THEN
        RETURN entry;
    END IF;
    entry.etag := coalesce(entry.etag, known.etag);
    entry.starts_at := coalesce(entry.starts_at, known.starts_at);
    entry.ends_at := coalesce(entry.ends_at, known.ends_at);
    entry.ownership := coalesce(entry.ownership, known.ownership);
    entry.event_type := coalesce(entry.event_type, known.event_type);
    entry.listed_to := known.listed_to;
    entry.listed_before := known.listed_before;
    IF NOT entry.present THEN
        -- Of an entry that is gone the last known content stays, and so does its proof.
        entry.proof := coalesce(entry.proof, known.proof);
        entry.proven_at := coalesce(entry.proven_at, known.proven_at);
        entry.gone_at := coalesce(entry.gone_at, known.gone_at);
        entry.api_timestamp := known.api_timestamp;
        entry.fingerprint := known.fingerprint;
        entry.time_fingerprint := known.time_fingerprint;
        entry.anonymous_fingerprint := known.anonymous_fingerprint;
        entry.invitation := known.invitation;
        entry.is_private := known.is_private;
        entry.says_anonymous := known.says_anonymous;
        entry.is_series := known.is_series;
        entry.obstacle := known.obstacle;
        entry.tag_sync_id := known.tag_sync_id;
        entry.tag_frnr := known.tag_frnr;
        entry.tag_kuerzel := known.tag_kuerzel;
        entry.tag_source := known.tag_source;
        entry.tag_anonymized := known.tag_anonymized;
        entry.tag_carried := known.tag_carried;
    END IF;
    RETURN entry;
END
$$;
COMMENT ON FUNCTION engine.seen_anew(sync.seen, sync.seen) IS
'What is known of an entry after it was seen: what the new word leaves open stays, of what is gone the last known content.';

CREATE OR REPLACE FUNCTION engine.write_seen(entries sync.seen[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO sync.seen AS s (
        employee_kuerzel, side, entry_id, master_id, present, proof, api_timestamp, gone_at, etag,
        fingerprint, time_fingerprint, anonymous_fingerprint, starts_at, ends_at, unusable, ownership,
        event_type, invitation, tag_sync_id, tag_frnr, tag_kuerzel, tag_source, tag_anonymized, observed_at,
        proven_at, is_private, is_series, obstacle, listed_to, listed_before, digest, says_anonymous,
        tag_carried)
    SELECT
        e.employee_kuerzel, e.side, e.entry_id, e.master_id, e.present, e.proof, e.api_timestamp, e.gone_at, e.etag,
        e.fingerprint, e.time_fingerprint, e.anonymous_fingerprint, e.starts_at, e.ends_at, e.unusable, e.ownership,
        e.event_type, e.invitation, e.tag_sync_id, e.tag_frnr, e.tag_kuerzel, e.tag_source, e.tag_anonymized,
        e.observed_at, e.proven_at, e.is_private, e.is_series, e.obstacle, e.listed_to, e.listed_before,
        e.digest, e.says_anonymous, e.tag_carried
    FROM unnest(entries) AS e
    ON CONFLICT ON CONSTRAINT seen_pkey DO UPDATE SET
        master_id = excluded.master_id, present = excluded.present,
        proof = excluded.proof, proven_at = excluded.proven_at,
        api_timestamp = excluded.api_timestamp, gone_at = excluded.gone_at, etag = excluded.etag,
        fingerprint = excluded.fingerprint, time_fingerprint = excluded.time_fingerprint,
        anonymous_fingerprint = excluded.anonymous_fingerprint,
        starts_at = excluded.starts_at, ends_at = excluded.ends_at,
        unusable = excluded.unusable, ownership = excluded.ownership, event_type = excluded.event_type,
        invitation = excluded.invitation, tag_sync_id = excluded.tag_sync_id, tag_frnr = excluded.tag_frnr,
        tag_kuerzel = excluded.tag_kuerzel, tag_source = excluded.tag_source, tag_anonymized = excluded.tag_anonymized,
        is_private = excluded.is_private, is_series = excluded.is_series, obstacle = excluded.obstacle,
        says_anonymous = excluded.says_anonymous, observed_at = excluded.observed_at, digest = excluded.digest,
        tag_carried = excluded.tag_carried
    WHERE s.observed_at <= excluded.observed_at;
END
$$;
COMMENT ON FUNCTION engine.write_seen(sync.seen[]) IS
'Writes these rows of sync.seen, which are new or have changed; an older observation never replaces a newer one.';
