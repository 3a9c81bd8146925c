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
        -- Another key or version: contents cannot be compared with the past.
        WHEN split_part(fingerprint, ':', 1) <> split_part(settled_fingerprint, ':', 1)
            OR split_part(fingerprint, ':', 2) <> split_part(settled_fingerprint, ':', 2)
            THEN coalesce(api_time > watermark, false)
        ELSE fingerprint <> settled_fingerprint
    END
$$;
COMMENT ON FUNCTION engine.side_changed(text, text, timestamptz, text, timestamptz, text, text) IS
'Whether a side has changed: its fingerprint differs both from the one it had when last settled and from the one meant by the last write of ours to it (RULES 3). Never settled counts as changed. Fingerprints of another key or version fall back to the timestamp.';

CREATE OR REPLACE FUNCTION engine.key_prefix(fingerprint text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT substring(fingerprint FROM '^[^:]*:[^:]*:')
$$;
COMMENT ON FUNCTION engine.key_prefix(text) IS 'Version and key id of a fingerprint. Fingerprints of different ones cannot be compared.';
