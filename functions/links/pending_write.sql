CREATE OR REPLACE FUNCTION engine.pending_write_of(link sync.calendar_sync) RETURNS engine.pending_write
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    write engine.pending_write;
BEGIN
    SELECT
        min(w.writes_in),
        max(w.meant_fingerprint) FILTER (WHERE w.write_state = 'pending'),
        max(w.meant_time_fingerprint) FILTER (WHERE w.write_state = 'pending'),
        coalesce(bool_or(w.status = 'done') FILTER (WHERE w.write_state = 'pending'), false),
        max(w.started_at) FILTER (WHERE w.write_state = 'pending'),
        max(w.missed_fingerprint) FILTER (WHERE w.write_state = 'pending'),
        coalesce(bool_or(w.repeats_miss) FILTER (WHERE w.write_state = 'pending'), false),
        array_remove(
            array_agg(coalesce(w.meant_fingerprint, w.meant_time_fingerprint))
                FILTER (WHERE w.write_state = 'overtaken')
                || array_agg(w.missed_fingerprint) FILTER (WHERE w.write_state = 'overtaken'),
            NULL),
        coalesce(bool_or(w.write_state = 'stopped'), false)
    INTO write
    FROM sync.action AS w
    WHERE w.employee_kuerzel = link.employee_kuerzel
        AND w.sync_id = link.sync_id
        AND w.write_state IS NOT NULL;
    RETURN write;
END
$$;
COMMENT ON FUNCTION engine.pending_write_of(sync.calendar_sync) IS
'A link''s writes that are not settled, by key: the last one, what earlier ones may still bring, or that it was stopped. No side: none.';

CREATE OR REPLACE FUNCTION engine.end_writes(link sync.calendar_sync) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE sync.action AS w
    SET write_state = NULL
    WHERE w.employee_kuerzel = link.employee_kuerzel
        AND w.sync_id = link.sync_id
        AND w.write_state IS NOT NULL;
END
$$;
COMMENT ON FUNCTION engine.end_writes(sync.calendar_sync) IS
'Nothing waits for a link''s writes any more: they are settled, or the link stands for another entry now.';
