CREATE OR REPLACE FUNCTION engine.unremembered_copies(employee text) RETURNS TABLE (entry_id text, sync_id uuid, is_ours boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT g.entry_id, l.sync_id,
        l.meant_side IS NOT DISTINCT FROM 'google' AND NOT l.meant_acknowledged AND EXISTS (
            SELECT 1 FROM sync.action AS t WHERE t.sync_id = l.sync_id AND t.mode = 'anonymous' AND t.started_at = l.meant_at)
    FROM sync.seen AS g
    JOIN sync.calendar_sync AS l ON l.sync_id = g.tag_sync_id AND l.employee_kuerzel = employee AND NOT l.deleted AND NOT l.anonymized
        AND (l.google_event_id = g.entry_id OR (l.google_event_id IS NULL
            AND g.entry_id ~ '^[0-9a-f]{32}(v[0-9]{1,6})?$' AND left(g.entry_id, 32) = replace(l.sync_id::text, '-', '')))
    WHERE g.employee_kuerzel = employee AND g.side = 'google' AND g.present AND g.master_id IS NULL AND g.tag_anonymized AND g.tag_kuerzel = employee
    UNION ALL
    SELECT g.entry_id, NULL, false
    FROM engine.unlinked_events(employee) AS g
    WHERE g.tag_anonymized AND engine.tag_is_open(employee, g)
        -- Whose link the hub has, even a soft-deleted one, is a copy that a user made of an event the hub remembers.
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l WHERE l.sync_id = g.tag_sync_id)
$$;
COMMENT ON FUNCTION engine.unremembered_copies(text) IS 'Anonymised copies of an employee that the hub does not know as such: a link''s own event whose tag says so while the link does not (is_ours: an anonymous write of ours that was not answered explains it), and tagged events whose link the hub does not have.';

CREATE OR REPLACE FUNCTION engine.remember_anonymity(employee text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- The hub was lost or restored since they were made: it must not leak names.
    UPDATE sync.employee AS e SET anonymize = true
    FROM sync.effective_policy AS p
    WHERE e.kuerzel = employee AND p.employee_kuerzel = employee AND NOT p.anonymize
        AND EXISTS (SELECT 1 FROM engine.unremembered_copies(employee) AS c WHERE NOT c.is_ours);
    -- Once known they tell nothing new: turning anonymisation off on purpose is obeyed.
    UPDATE sync.calendar_sync AS l SET anonymized = true
    FROM engine.unremembered_copies(employee) AS c
    WHERE l.sync_id = c.sync_id;
END
$$;
COMMENT ON FUNCTION engine.remember_anonymity(text) IS 'Before anything is planned: anonymised copies that the hub does not remember turn employee.anonymize on, so that a lost or restored hub leaks no names (RULES 6), and links remember what the tags of their own events say.';
