CREATE OR REPLACE FUNCTION engine.unremembered_copies(employee text)
RETURNS TABLE (entry_id text, sync_id uuid, is_ours boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    -- A link's own event whose tag says so while the link does not; is_ours: an anonymous write of ours that was not
    -- answered explains it.
    SELECT
        g.entry_id,
        l.sync_id,
        l.meant_side IS NOT DISTINCT FROM 'google'
            AND NOT l.meant_acknowledged
            AND EXISTS (
                SELECT FROM sync.action AS t
                WHERE t.sync_id = l.sync_id
                    AND t.mode = 'anonymous'
                    AND t.started_at = l.meant_at)
    FROM sync.seen AS g
    JOIN sync.calendar_sync AS l ON l.sync_id = g.tag_sync_id
    WHERE g.employee_kuerzel = employee
        AND g.side = 'google'
        AND g.present
        AND g.master_id IS NULL
        AND g.tag_anonymized
        AND g.tag_kuerzel = employee
        AND l.employee_kuerzel = employee
        AND NOT l.deleted
        AND NOT l.anonymized
        AND (l.google_event_id = g.entry_id
            OR (l.google_event_id IS NULL
                AND g.entry_id ~ '^[0-9a-f]{32}(v[0-9]{1,6})?$'
                AND left(g.entry_id, 32) = replace(l.sync_id::text, '-', '')))
    UNION ALL
    -- A tagged event whose link the hub does not have. Whose link it has, even a soft-deleted one, is a copy that a
    -- user made of an event the hub remembers.
    SELECT g.entry_id, NULL, false
    FROM engine.unlinked_events(employee) AS g
    WHERE g.tag_anonymized
        AND engine.tag_is_open(employee, g)
        AND NOT EXISTS (SELECT FROM sync.calendar_sync AS l WHERE l.sync_id = g.tag_sync_id)
$$;
COMMENT ON FUNCTION engine.unremembered_copies(text) IS
'Anonymised copies of an employee that the hub does not know as such. is_ours: an unanswered write of ours explains it.';

CREATE OR REPLACE FUNCTION engine.remember_anonymity(employee text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- The hub was lost or restored since they were made: it must not leak names.
    UPDATE sync.employee AS e
    SET anonymize = true
    FROM sync.effective_policy AS p
    WHERE e.kuerzel = employee
        AND p.employee_kuerzel = employee
        AND NOT p.anonymize
        AND EXISTS (SELECT FROM engine.unremembered_copies(employee) AS c WHERE NOT c.is_ours);
    -- Once known they tell nothing new: turning anonymisation off on purpose is obeyed.
    UPDATE sync.calendar_sync AS l
    SET anonymized = true
    FROM engine.unremembered_copies(employee) AS c
    WHERE l.sync_id = c.sync_id;
END
$$;
COMMENT ON FUNCTION engine.remember_anonymity(text) IS
'Before planning: anonymised copies that the hub does not remember turn employee.anonymize on, and links remember theirs (rules 6).';
