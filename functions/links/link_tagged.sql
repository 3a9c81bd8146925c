CREATE OR REPLACE FUNCTION engine.link_tagged(employee text, event_id text) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    event sync.seen;
    policy sync.effective_policy;
    chosen uuid;
    began sync.source_system_enum;
BEGIN
    SELECT g.* INTO event FROM engine.unlinked_events(employee) AS g WHERE g.entry_id = event_id;
    IF NOT FOUND OR event.tag_frnr IS NULL OR EXISTS (
        SELECT 1 FROM sync.calendar_sync AS l WHERE l.employee_kuerzel = employee AND NOT l.deleted AND l.advoware_frnr = event.tag_frnr) THEN
        RETURN false;
    END IF;
    IF event.tag_anonymized THEN
        -- Losing the hub must not leak names.
        UPDATE sync.employee AS e SET anonymize = true WHERE e.kuerzel = employee AND NOT e.anonymize;
    END IF;
    SELECT p.* INTO policy FROM sync.effective_policy AS p WHERE p.employee_kuerzel = employee;
    began := coalesce(event.tag_source, 'advoware');
    chosen := coalesce(event.tag_sync_id, gen_random_uuid());
    IF EXISTS (SELECT 1 FROM sync.calendar_sync AS l WHERE l.sync_id = chosen AND (NOT l.deleted OR l.employee_kuerzel <> employee)) THEN
        chosen := gen_random_uuid();
    END IF;
    INSERT INTO sync.calendar_sync AS l (sync_id, employee_kuerzel, advoware_frnr, google_event_id, source_system, sync_strategy, sync_status,
        advoware_write_allowed, last_sync, google_calendar_id, event_generation, anonymized, text_from_advoware, tagged, starts_at, ends_at)
    SELECT chosen, employee, event.tag_frnr, event.entry_id, began, policy.sync_strategy, 'pending',
        engine.write_flag(policy.advoware_writes, began, event.tag_frnr), NULL, e.google_calendar_id,
        coalesce(substring(event.entry_id FROM '^[0-9a-f]{32}v([0-9]{1,6})$')::integer, 0),
        coalesce(event.tag_anonymized, false), began = 'advoware' OR coalesce(event.tag_anonymized, false), true, event.starts_at, event.ends_at
    FROM sync.employee AS e WHERE e.kuerzel = employee
    -- The link was soft-deleted: the same one lives again, with nothing settled.
    ON CONFLICT ON CONSTRAINT calendar_sync_pkey DO UPDATE SET
        deleted = false, advoware_frnr = excluded.advoware_frnr, google_event_id = excluded.google_event_id, source_system = excluded.source_system,
        sync_strategy = excluded.sync_strategy, sync_status = 'pending', advoware_write_allowed = excluded.advoware_write_allowed,
        google_calendar_id = excluded.google_calendar_id, event_generation = excluded.event_generation, anonymized = excluded.anonymized,
        text_from_advoware = excluded.text_from_advoware, tagged = true, advoware_fingerprint = NULL, google_fingerprint = NULL,
        advoware_watermark = NULL, google_watermark = NULL, meant_side = NULL, meant_fingerprint = NULL, meant_time_fingerprint = NULL,
        meant_acknowledged = false, meant_at = NULL, missed_fingerprint = NULL, missed_at = NULL, earlier_fingerprints = '{}', text_withheld = false,
        refused_basis = NULL, superseded_count = 0, last_error = NULL, next_attempt_at = NULL, attempts = 0;
    RETURN true;
END
$$;
COMMENT ON FUNCTION engine.link_tagged(text, text) IS 'Gives a tagged event back its link: the tag''s source, strategy and W by policy (RULES 6). Sets employee.anonymize when the event is an anonymised copy. false: it has a link, or its Termin has.';

CREATE OR REPLACE FUNCTION engine.relink_heirs(employee text, only_link uuid DEFAULT NULL) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE sync.calendar_sync AS l
    SET google_event_id = heir.entry_id, google_fingerprint = NULL, google_watermark = NULL, tagged = true,
        anonymized = coalesce(heir.tag_anonymized, l.anonymized)
    FROM (
        SELECT DISTINCT ON (k.sync_id) k.sync_id, g.entry_id, g.tag_anonymized
        FROM engine.unlinked_events(employee) AS g
        JOIN sync.calendar_sync AS k ON k.employee_kuerzel = employee AND NOT k.deleted AND k.advoware_frnr = g.tag_frnr
        JOIN sync.seen AS own ON own.employee_kuerzel = employee AND own.side = 'google' AND own.entry_id = k.google_event_id
            AND NOT own.present AND own.proof IS NOT NULL
        WHERE g.tag_kuerzel = employee AND g.master_id IS NULL AND g.entry_id !~ '_' AND (only_link IS NULL OR k.sync_id = only_link)
        ORDER BY k.sync_id, g.api_timestamp, g.entry_id
    ) AS heir
    WHERE l.sync_id = heir.sync_id;
$$;
COMMENT ON FUNCTION engine.relink_heirs(text, uuid) IS 'A link whose own event is proven gone takes the event whose tag names its Termin instead: moved or copied by a user, it is the same appointment (RULES 6).';
