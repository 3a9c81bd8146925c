CREATE OR REPLACE FUNCTION sync.retry_failed() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    due integer;
BEGIN
    -- In the order in which runs lock them, and before their actions.
    PERFORM FROM sync.calendar_sync AS l
    WHERE NOT l.deleted
        AND (l.next_attempt_at IS NOT NULL OR l.refused_basis IS NOT NULL OR l.last_error = 'stored something else')
    ORDER BY l.sync_id
    FOR NO KEY UPDATE;
    -- Stopped with both sides settled as they are: the side that was written from counts as never settled again.
    WITH stopped AS (
        SELECT l.sync_id, l.employee_kuerzel,
            coalesce((
                SELECT min(w.writes_in) FROM sync.action AS w
                WHERE w.employee_kuerzel = l.employee_kuerzel
                    AND w.sync_id = l.sync_id
                    AND w.write_state IS NOT NULL),
                CASE l.source_system WHEN 'advoware' THEN 'google' ELSE 'advoware' END::sync.source_system_enum
            ) AS writes_in
        FROM sync.calendar_sync AS l
        WHERE NOT l.deleted
            AND l.sync_status = 'failed'
            AND l.last_error = 'stored something else'
    ), forgotten AS (
        UPDATE sync.action AS w SET write_state = NULL
        FROM stopped AS s
        WHERE w.employee_kuerzel = s.employee_kuerzel
            AND w.sync_id = s.sync_id
            AND w.write_state = 'stopped'
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
    UPDATE sync.series AS c SET next_attempt_at = NULL WHERE c.next_attempt_at IS NOT NULL;
    RETURN due;
END
$$;
COMMENT ON FUNCTION sync.retry_failed() IS
'Makes links that failed or were refused, and calendars not made yet, due at the next run. in_doubt_wait is not shortened. Returns how many.';
GRANT EXECUTE ON FUNCTION sync.retry_failed() TO calendar_sync_operator;
