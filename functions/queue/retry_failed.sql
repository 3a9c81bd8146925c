CREATE OR REPLACE FUNCTION sync.retry_failed() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    due integer;
BEGIN
    WITH stopped AS (
        -- Stopped with both sides settled as they are: the side that was written from counts as never settled again.
        UPDATE sync.action AS w SET write_state = NULL
        FROM sync.calendar_sync AS l
        WHERE w.write_state = 'stopped'
            AND l.sync_id = w.sync_id
            AND NOT l.deleted
            AND l.sync_status = 'failed'
            AND l.last_error = 'stored something else'
        RETURNING w.sync_id, w.writes_in
    )
    UPDATE sync.calendar_sync AS l
    SET next_attempt_at = NULL, refused_basis = NULL,
        advoware_fingerprint = CASE WHEN s.writes_in = 'google' THEN NULL ELSE l.advoware_fingerprint END,
        google_fingerprint = CASE WHEN s.writes_in = 'advoware' THEN NULL ELSE l.google_fingerprint END
    FROM sync.calendar_sync AS k
    LEFT JOIN stopped AS s ON s.sync_id = k.sync_id
    WHERE k.sync_id = l.sync_id
        AND NOT l.deleted
        AND (l.next_attempt_at IS NOT NULL OR l.refused_basis IS NOT NULL OR s.sync_id IS NOT NULL);
    GET DIAGNOSTICS due = ROW_COUNT;
    DELETE FROM sync.calendar_wait;
    RETURN due;
END
$$;
COMMENT ON FUNCTION sync.retry_failed() IS
'Makes links that failed or were refused, and calendars not made yet, due at the next run. in_doubt_wait is not shortened. Returns how many.';
GRANT EXECUTE ON FUNCTION sync.retry_failed() TO calendar_sync_operator;
