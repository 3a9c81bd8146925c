CREATE OR REPLACE FUNCTION engine.unremembered_copies(look engine.look, employee text)
RETURNS TABLE (entry_id text, sync_id uuid, is_ours boolean)
LANGUAGE sql STABLE
AS $$
    -- A link's own event whose tag says so while the link does not. An anonymous write of ours that was not answered
    -- explains it.
    SELECT e.entry_id, l.sync_id, EXISTS (
        SELECT 1 FROM sync.action AS w
        WHERE w.employee_kuerzel = employee
            AND w.sync_id = l.sync_id
            AND w.write_state = 'pending'
            AND w.writes_in = 'google'
            AND w.mode = 'anonymous'
            AND w.status <> 'done')
    FROM unnest(look.links) AS one (sync_id)
    JOIN sync.calendar_sync AS l ON l.sync_id = one.sync_id
    JOIN LATERAL (
        SELECT s.* FROM sync.seen AS s
        WHERE s.employee_kuerzel = employee
            AND s.side = 'google'
            AND s.entry_id = l.google_event_id
        LIMIT 1
    ) AS e ON true
    WHERE l.employee_kuerzel = employee
        AND NOT l.deleted
        AND NOT l.anonymized
        AND e.present
        AND e.master_id IS NULL
        AND e.tag_anonymized
        AND e.tag_kuerzel = employee
        AND e.tag_sync_id = l.sync_id
    UNION ALL
    -- The same of a half link that has not been given its event yet.
    SELECT e.entry_id, l.sync_id, EXISTS (
        SELECT 1 FROM sync.action AS w
        WHERE w.employee_kuerzel = employee
            AND w.sync_id = l.sync_id
            AND w.write_state = 'pending'
            AND w.writes_in = 'google'
            AND w.mode = 'anonymous'
            AND w.status <> 'done')
    FROM engine.unlinked_events(employee, look.events) AS e
    JOIN sync.calendar_sync AS l ON l.sync_id = e.tag_sync_id
    WHERE l.employee_kuerzel = employee
        AND NOT l.deleted
        AND NOT l.anonymized
        AND l.google_event_id IS NULL
        AND engine.owner_of_event_id(e.entry_id) = l.sync_id
        AND e.master_id IS NULL
        AND e.tag_anonymized
        AND e.tag_kuerzel = employee
    UNION ALL
    SELECT e.entry_id, NULL, false
    FROM engine.unlinked_events(employee, look.events) AS e
    WHERE e.tag_anonymized
        AND engine.tag_is_open(e)
        -- Whose link the hub has, even a soft-deleted one, is a copy that a user made of an event the hub remembers.
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l WHERE l.sync_id = e.tag_sync_id)
$$;
COMMENT ON FUNCTION engine.unremembered_copies(engine.look, text) IS
'Anonymised copies that the hub does not know as such, by their tags. is_ours: an anonymous write of ours without an answer explains it.';

CREATE OR REPLACE FUNCTION engine.remember_anonymity(look engine.look, employee text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    copies uuid[];
    is_forgotten boolean;
BEGIN
    SELECT array_agg(c.sync_id) FILTER (WHERE c.sync_id IS NOT NULL), bool_or(NOT c.is_ours) INTO copies, is_forgotten
    FROM engine.unremembered_copies(look, employee) AS c;
    IF is_forgotten THEN
        -- The hub was lost or restored since they were made: it must not leak names.
        UPDATE sync.employee AS e SET anonymize = true
        FROM sync.effective_policy AS p
        WHERE e.kuerzel = employee
            AND p.employee_kuerzel = employee
            AND NOT p.anonymize;
    END IF;
    -- Once known they tell nothing new: turning anonymisation off on purpose is obeyed.
    UPDATE sync.calendar_sync AS l SET anonymized = true WHERE l.sync_id = ANY (copies);
END
$$;
COMMENT ON FUNCTION engine.remember_anonymity(engine.look, text) IS
'Before anything is planned: anonymised copies that the hub has forgotten turn employee.anonymize on, and links remember their tags (rules 6).';

CREATE OR REPLACE FUNCTION engine.recognise_copies(employee text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    policy sync.effective_policy;
    copies uuid[];
    is_forgotten boolean;
BEGIN
    SELECT p.* INTO policy FROM sync.effective_policy AS p WHERE p.employee_kuerzel = employee;
    SELECT array_agg(l.sync_id) FILTER (WHERE l.sync_id IS NOT NULL), count(*) > 0 INTO copies, is_forgotten
    FROM sync.seen AS e
    LEFT JOIN sync.calendar_sync AS l ON l.employee_kuerzel = employee
        AND NOT l.deleted
        AND l.google_event_id = e.entry_id
    WHERE e.employee_kuerzel = employee
        AND e.side = 'google'
        AND e.present
        AND CASE
            WHEN l.sync_id IS NULL THEN
                e.says_anonymous
                OR (e.tag_anonymized
                    AND e.tag_kuerzel = employee
                    AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS o WHERE o.sync_id = e.tag_sync_id))
            -- A link that was adopted and has not been settled yet. Where its Termin says the same, the event hides
            -- nothing.
            ELSE e.says_anonymous
                AND NOT l.anonymized
                AND NOT l.tagged
                AND l.google_fingerprint IS NULL
                AND (policy.anonymize OR NOT EXISTS (
                    SELECT 1 FROM sync.seen AS t
                    WHERE t.employee_kuerzel = employee
                        AND t.side = 'advoware'
                        AND t.entry_id = l.advoware_frnr::text
                        AND t.fingerprint = e.fingerprint))
        END;
    IF is_forgotten AND NOT policy.anonymize THEN
        UPDATE sync.employee AS e SET anonymize = true WHERE e.kuerzel = employee;
    END IF;
    UPDATE sync.calendar_sync AS l SET anonymized = true, text_from_advoware = true WHERE l.sync_id = ANY (copies);
END
$$;
COMMENT ON FUNCTION engine.recognise_copies(text) IS
'When the whole calendar was listed: copies that say so themselves make adopted links anonymised, and turn employee.anonymize on (rules 6).';
