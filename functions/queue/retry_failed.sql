CREATE OR REPLACE FUNCTION sync.retry_failed() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    due integer;
BEGIN
    UPDATE sync.calendar_sync AS l
    SET next_attempt_at = NULL,
        refused_basis = NULL,
        -- Stopped with both sides settled as they are: the side that was written from counts as never settled again, so
        -- the write is tried again.
        advoware_fingerprint = CASE WHEN o.stopped AND o.written = 'google' THEN NULL ELSE l.advoware_fingerprint END,
        google_fingerprint = CASE WHEN o.stopped AND o.written = 'advoware' THEN NULL ELSE l.google_fingerprint END
    FROM (
        SELECT
            k.sync_id,
            k.sync_status = 'failed' AND k.last_error = 'stored something else' AS stopped,
            coalesce(
                k.meant_side,
                (CASE k.source_system WHEN 'advoware' THEN 'google' ELSE 'advoware' END)::sync.source_system_enum
            ) AS written
        FROM sync.calendar_sync AS k
    ) AS o
    WHERE o.sync_id = l.sync_id
        AND NOT l.deleted
        AND (l.next_attempt_at IS NOT NULL
            OR l.refused_basis IS NOT NULL
            OR o.stopped);
    GET DIAGNOSTICS due = ROW_COUNT;
    DELETE FROM sync.calendar_wait;
    RETURN due;
END
$$;
-- What was stopped because a system stored something else is written once more. Calendars that Google would not make
-- are due, too. The wait of attempts in doubt is not shortened.
COMMENT ON FUNCTION sync.retry_failed() IS
'Makes all links that failed or were refused due at the next run, whatever delay they had. Returns how many.';
GRANT EXECUTE ON FUNCTION sync.retry_failed() TO calendar_sync_operator;
