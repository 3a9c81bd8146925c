CREATE OR REPLACE FUNCTION engine.settled_time(
    strategy sync.sync_strategy_enum, source sync.source_system_enum,
    advoware_time timestamptz, google_time timestamptz, read_at timestamptz
) RETURNS timestamptz
LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(
        CASE
            WHEN strategy = 'last_change_wins' THEN greatest(advoware_time, google_time)
            WHEN source = 'advoware' THEN advoware_time
            ELSE google_time
        END,
        read_at)
$$;
COMMENT ON FUNCTION
    engine.settled_time(sync.sync_strategy_enum, sync.source_system_enum, timestamptz, timestamptz, timestamptz) IS
'last_sync of a settled link (rules 2): its source''s settled timestamp; under last_change_wins the newer of both; read_at where there is none.';

CREATE OR REPLACE FUNCTION engine.key_prefix(fingerprint text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT substring(fingerprint FROM '^[^:]*:[^:]*:')
$$;
COMMENT ON FUNCTION engine.key_prefix(text) IS
'Version and key id of a fingerprint. Fingerprints of different ones cannot be compared.';

CREATE OR REPLACE FUNCTION engine.side_changed(
    fingerprint text,
    time_fingerprint text,
    api_time timestamptz,
    settled_fingerprint text,
    watermark timestamptz,
    meant_fingerprint text,
    meant_time_fingerprint text
) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE
        WHEN fingerprint IS NULL THEN false
        WHEN fingerprint = meant_fingerprint THEN false
        WHEN meant_fingerprint IS NULL AND time_fingerprint = meant_time_fingerprint THEN false
        WHEN settled_fingerprint IS NULL THEN true
        WHEN fingerprint = settled_fingerprint THEN false
        -- Another key or version: contents cannot be compared with the past.
        WHEN engine.key_prefix(fingerprint) IS DISTINCT FROM engine.key_prefix(settled_fingerprint)
            THEN coalesce(api_time > watermark, false)
        ELSE true
    END
$$;
COMMENT ON FUNCTION engine.side_changed(text, text, timestamptz, text, timestamptz, text, text) IS
'Whether a side has changed: it differs from when it was settled and from our last write. Another key or version: by time (rules 3).';

CREATE OR REPLACE FUNCTION engine.observed_at(entry sync.seen, read sync.reading) RETURNS timestamptz
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE
        WHEN entry.present
            AND entry.master_id IS NULL
            -- No list shows what belongs to others.
            AND entry.ownership IS DISTINCT FROM 'foreign'
            AND entry.ends_at > read.window_from
            AND entry.starts_at < read.window_to
            THEN greatest(entry.observed_at, read.whole_at)
        ELSE entry.observed_at
    END
$$;
COMMENT ON FUNCTION engine.observed_at(sync.seen, sync.reading) IS
'When an entry was last seen: itself, or by the last whole list of its side, which writes no entry that has not changed (rules 1).';
