CREATE OR REPLACE FUNCTION engine.tag_is_open(event sync.seen) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN coalesce(engine.names_termin(event), false)
        -- A link that names this Termin and whose own event is alive makes the tagged one a user's copy.
        AND NOT EXISTS (
            SELECT 1 FROM sync.calendar_sync AS l
            JOIN sync.seen AS own ON own.employee_kuerzel = l.employee_kuerzel
                AND own.side = 'google'
                AND own.entry_id = l.google_event_id
                AND own.present
            WHERE l.employee_kuerzel = event.employee_kuerzel
                AND NOT l.deleted
                AND l.advoware_frnr = event.tag_frnr::integer);
END
$$;
COMMENT ON FUNCTION engine.tag_is_open(sync.seen) IS
'Whether an event''s tag has to be settled before it may count as a user''s copy: no living event of a link stands for its Termin.';

CREATE OR REPLACE FUNCTION engine.link_tagged(event sync.seen) RETURNS uuid
LANGUAGE plpgsql
AS $$
DECLARE
    policy sync.effective_policy;
    known sync.calendar_sync;
    began sync.source_system_enum := coalesce(event.tag_source, 'advoware');
    is_anonymized boolean := coalesce(event.tag_anonymized, false);
    chosen uuid := coalesce(event.tag_sync_id, gen_random_uuid());
BEGIN
    IF event.tag_frnr IS NULL
        OR engine.is_taken(event.employee_kuerzel, event.tag_frnr)
        OR EXISTS (
            SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = event.employee_kuerzel
                AND NOT l.deleted
                AND l.google_event_id = event.entry_id)
    THEN
        RETURN NULL;
    END IF;
    IF is_anonymized THEN
        -- Losing the hub must not leak names.
        UPDATE sync.employee AS e SET anonymize = true WHERE e.kuerzel = event.employee_kuerzel AND NOT e.anonymize;
    END IF;
    SELECT p.* INTO policy FROM sync.effective_policy AS p WHERE p.employee_kuerzel = event.employee_kuerzel;
    SELECT l.* INTO known FROM sync.calendar_sync AS l WHERE l.sync_id = chosen;
    IF FOUND AND known.deleted AND known.employee_kuerzel = event.employee_kuerzel THEN
        -- The link was soft-deleted: the same one lives again, with nothing settled.
        PERFORM engine.end_writes(known);
    ELSIF FOUND THEN
        chosen := gen_random_uuid();
    END IF;
    INSERT INTO sync.calendar_sync AS l (
        sync_id, employee_kuerzel, advoware_frnr, google_event_id, source_system, sync_strategy, sync_status,
        advoware_write_allowed, last_sync, google_calendar_id, event_generation, anonymized, text_from_advoware, tagged,
        starts_at, ends_at)
    SELECT chosen, event.employee_kuerzel, event.tag_frnr, event.entry_id, began, policy.sync_strategy, 'pending',
        engine.write_flag(policy.advoware_writes, began, event.tag_frnr), NULL, e.google_calendar_id,
        engine.generation_of_event_id(event.entry_id), is_anonymized, began = 'advoware' OR is_anonymized, true,
        event.starts_at, event.ends_at
    FROM sync.employee AS e WHERE e.kuerzel = event.employee_kuerzel
    ON CONFLICT ON CONSTRAINT calendar_sync_pkey DO UPDATE SET
        deleted = false, advoware_frnr = excluded.advoware_frnr, google_event_id = excluded.google_event_id,
        source_system = excluded.source_system, sync_strategy = excluded.sync_strategy, sync_status = 'pending',
        advoware_write_allowed = excluded.advoware_write_allowed, google_calendar_id = excluded.google_calendar_id,
        event_generation = excluded.event_generation, anonymized = excluded.anonymized,
        text_from_advoware = excluded.text_from_advoware, tagged = true, text_withheld = false,
        advoware_fingerprint = NULL, google_fingerprint = NULL, advoware_watermark = NULL, google_watermark = NULL,
        refused_basis = NULL, superseded_count = 0, last_error = NULL, next_attempt_at = NULL, attempts = 0;
    RETURN chosen;
END
$$;
COMMENT ON FUNCTION engine.link_tagged(sync.seen) IS
'Gives a tagged event back its link: the tag''s source, strategy and W by policy (rules 6). NULL: it, or its Termin, has a link.';

CREATE OR REPLACE FUNCTION engine.take_heir(link uuid) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    half sync.calendar_sync;
    heir sync.seen;
BEGIN
    SELECT l.* INTO half FROM sync.calendar_sync AS l WHERE l.sync_id = link AND NOT l.deleted;
    IF NOT FOUND OR NOT EXISTS (
        SELECT 1 FROM sync.seen AS own
        WHERE own.employee_kuerzel = half.employee_kuerzel
            AND own.side = 'google'
            AND own.entry_id = half.google_event_id
            AND NOT own.present
            AND own.proof IS NOT NULL)
    THEN
        RETURN false;
    END IF;
    SELECT e.* INTO heir
    FROM engine.unlinked_events(half.employee_kuerzel, ARRAY(
        SELECT s.entry_id FROM sync.seen AS s
        WHERE s.tag_kuerzel = half.employee_kuerzel
            AND s.tag_frnr = half.advoware_frnr
            AND s.side = 'google')) AS e
    WHERE engine.names_termin(e)
    ORDER BY e.api_timestamp, e.entry_id
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE sync.calendar_sync AS l
    SET google_event_id = heir.entry_id, google_fingerprint = NULL, google_watermark = NULL, tagged = true,
        anonymized = coalesce(heir.tag_anonymized, l.anonymized)
    WHERE l.sync_id = link;
    RETURN true;
END
$$;
COMMENT ON FUNCTION engine.take_heir(uuid) IS
'A link whose own event is proven gone takes the event whose tag names its Termin: moved or copied, it is the same appointment (rules 6).';
