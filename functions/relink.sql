CREATE OR REPLACE FUNCTION sync.write_flag(advoware_writes text, source sync.source_system_enum, frnr bigint DEFAULT NULL) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    -- Derived Termine (negative numbers) cannot be written, whatever the policy.
    SELECT coalesce(frnr, 1) > 0 AND CASE advoware_writes WHEN 'all' THEN true WHEN 'own' THEN source = 'google' ELSE false END
$$;
COMMENT ON FUNCTION sync.write_flag(text, sync.source_system_enum, bigint) IS 'advoware_write_allowed of a new link by the policy advoware_writes: none never, own only what began in Google, all always; never for derived Termine (RULES 2).';
REVOKE ALL ON FUNCTION sync.write_flag(text, sync.source_system_enum, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.write_flag(text, sync.source_system_enum, bigint) TO calendar_sync_operator, calendar_sync_bi;

CREATE OR REPLACE FUNCTION sync.unlinked_events(employee text) RETURNS SETOF sync.seen
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT g.* FROM sync.seen AS g
    WHERE g.employee_kuerzel = employee AND g.side = 'google' AND g.present
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = employee AND NOT l.deleted AND l.google_event_id = g.entry_id)
        -- A series is an appointment, or its occurrences are.
        AND CASE WHEN g.master_id IS NOT NULL THEN sync.is_carried(employee, g.master_id)
            WHEN g.is_series THEN NOT sync.is_carried(employee, g.entry_id) ELSE true END
$$;
COMMENT ON FUNCTION sync.unlinked_events(text) IS 'Events that are there, are appointments of their own and have no active link: single ones, series, and of the series that are carried by occurrence their occurrences.';
REVOKE ALL ON FUNCTION sync.unlinked_events(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.unlinked_termine(employee text) RETURNS SETOF sync.seen
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.* FROM sync.seen AS a
    WHERE a.employee_kuerzel = employee AND a.side = 'advoware' AND a.present
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = employee AND NOT l.deleted AND l.advoware_frnr::text = a.entry_id)
        AND a.entry_id::bigint NOT IN (SELECT h FROM sync.held_back(employee) AS h)
$$;
COMMENT ON FUNCTION sync.unlinked_termine(text) IS 'Termine that are there, have no active link and are not held back for an attempt in doubt.';
REVOKE ALL ON FUNCTION sync.unlinked_termine(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.link_tagged(employee text, event_id text) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    event sync.seen;
    policy sync.effective_policy;
    chosen uuid;
    began sync.source_system_enum;
BEGIN
    SELECT g.* INTO event FROM sync.unlinked_events(employee) AS g WHERE g.entry_id = event_id;
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
        sync.write_flag(policy.advoware_writes, began, event.tag_frnr), NULL, e.google_calendar_id,
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
COMMENT ON FUNCTION sync.link_tagged(text, text) IS 'Gives a tagged event back its link: the tag''s source, strategy and W by policy (RULES 6). Sets employee.anonymize when the event is an anonymised copy. false: it has a link, or its Termin has.';
REVOKE ALL ON FUNCTION sync.link_tagged(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.relink_heirs(employee text, only_link uuid DEFAULT NULL) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE sync.calendar_sync AS l
    SET google_event_id = heir.entry_id, google_fingerprint = NULL, google_watermark = NULL, tagged = true,
        anonymized = coalesce(heir.tag_anonymized, l.anonymized)
    FROM (
        SELECT DISTINCT ON (k.sync_id) k.sync_id, g.entry_id, g.tag_anonymized
        FROM sync.unlinked_events(employee) AS g
        JOIN sync.calendar_sync AS k ON k.employee_kuerzel = employee AND NOT k.deleted AND k.advoware_frnr = g.tag_frnr
        JOIN sync.seen AS own ON own.employee_kuerzel = employee AND own.side = 'google' AND own.entry_id = k.google_event_id
            AND NOT own.present AND own.proof IS NOT NULL
        WHERE g.tag_kuerzel = employee AND g.master_id IS NULL AND g.entry_id !~ '_' AND (only_link IS NULL OR k.sync_id = only_link)
        ORDER BY k.sync_id, g.api_timestamp, g.entry_id
    ) AS heir
    WHERE l.sync_id = heir.sync_id;
$$;
COMMENT ON FUNCTION sync.relink_heirs(text, uuid) IS 'A link whose own event is proven gone takes the event whose tag names its Termin instead: moved or copied by a user, it is the same appointment (RULES 6).';
REVOKE ALL ON FUNCTION sync.relink_heirs(text, uuid) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.relink(employee text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    event record;
BEGIN
    PERFORM sync.remember_anonymity(employee);
    -- 0. A link's own event names a later Termin, and the link's is not there: the hub was restored from before that one was created.
    UPDATE sync.calendar_sync AS l
    SET advoware_frnr = later.frnr, advoware_fingerprint = NULL, advoware_watermark = NULL, sync_status = 'pending', tagged = true,
        meant_side = NULL, meant_fingerprint = NULL, meant_time_fingerprint = NULL, meant_acknowledged = false, meant_at = NULL
    FROM (
        SELECT k.sync_id, g.tag_frnr::integer AS frnr
        FROM sync.calendar_sync AS k
        JOIN sync.seen AS g ON g.employee_kuerzel = employee AND g.side = 'google' AND g.entry_id = k.google_event_id AND g.present
            AND g.tag_sync_id = k.sync_id AND g.tag_kuerzel = employee AND g.master_id IS NULL AND g.tag_frnr > coalesce(k.advoware_frnr, 0)
        JOIN sync.seen AS a ON a.employee_kuerzel = employee AND a.side = 'advoware' AND a.entry_id = g.tag_frnr::text AND a.present
        WHERE k.employee_kuerzel = employee AND NOT k.deleted
            AND NOT EXISTS (SELECT 1 FROM sync.seen AS old
                WHERE old.employee_kuerzel = employee AND old.side = 'advoware' AND old.entry_id = k.advoware_frnr::text AND old.present)
            AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS o
                WHERE o.employee_kuerzel = employee AND NOT o.deleted AND o.advoware_frnr = g.tag_frnr)
    ) AS later
    WHERE l.sync_id = later.sync_id;
    UPDATE sync.action AS t SET status = 'done', result = 'found_by_tag', advoware_frnr = l.advoware_frnr, finished_at = clock_timestamp()
    FROM sync.calendar_sync AS l
    WHERE t.employee_kuerzel = employee AND t.status = 'in_doubt' AND l.sync_id = t.sync_id AND l.advoware_frnr > t.frnr_mark;

    -- 1. An event whose id is exactly a half link's own.
    UPDATE sync.calendar_sync AS l
    SET google_event_id = own.entry_id, event_generation = own.generation, tagged = true, text_from_advoware = true,
        anonymized = coalesce(own.tag_anonymized, l.anonymized), google_calendar_id = own.google_calendar_id
    FROM (
        SELECT DISTINCT ON (k.sync_id) k.sync_id, g.entry_id, g.tag_anonymized, e.google_calendar_id,
            coalesce(substring(g.entry_id FROM 'v([0-9]{1,6})$')::integer, 0) AS generation
        FROM sync.unlinked_events(employee) AS g
        JOIN sync.calendar_sync AS k ON k.employee_kuerzel = employee AND NOT k.deleted AND k.google_event_id IS NULL
            AND g.entry_id ~ '^[0-9a-f]{32}(v[0-9]{1,6})?$' AND replace(k.sync_id::text, '-', '') = left(g.entry_id, 32)
        JOIN sync.employee AS e ON e.kuerzel = employee
        WHERE g.master_id IS NULL
        ORDER BY k.sync_id, generation DESC
    ) AS own
    WHERE l.sync_id = own.sync_id;

    -- 2. A tag that names a Termin whose link's own event is proven gone.
    PERFORM sync.relink_heirs(employee);

    -- 3. Tagged events whose link the hub does not have, where the Termin is known to be there. (Others: phase 2 asks Advoware first.)
    FOR event IN
        SELECT g.entry_id
        FROM sync.unlinked_events(employee) AS g
        JOIN sync.seen AS a ON a.employee_kuerzel = employee AND a.side = 'advoware' AND a.entry_id = g.tag_frnr::text AND a.present
        WHERE g.tag_kuerzel = employee AND g.master_id IS NULL AND g.entry_id !~ '_'
            AND a.entry_id::bigint NOT IN (SELECT h FROM sync.held_back(employee) AS h)
            -- Its occurrences find their own Termine.
            AND NOT (g.is_series AND g.obstacle IS NOT NULL AND sync.was_carried(employee, g.entry_id))
        -- Of several that name one Termin the one with our own id comes first; the others are copies a user made.
        ORDER BY left(g.entry_id, 32) IS DISTINCT FROM replace(g.tag_sync_id::text, '-', ''), g.api_timestamp, g.entry_id
    LOOP
        PERFORM sync.link_tagged(employee, event.entry_id);
    END LOOP;
END
$$;
COMMENT ON FUNCTION sync.relink(text) IS 'Links that can be found without asking anybody: events with a link''s own id, and tags; before that, whether copies were anonymised. So a hub that lost its memory finds itself again (RULES 6).';
REVOKE ALL ON FUNCTION sync.relink(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.stray_events(employee text) RETURNS TABLE (sync_id uuid, entry_id text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT l.sync_id, g.entry_id
    FROM sync.unlinked_events(employee) AS g
    JOIN sync.calendar_sync AS l ON l.employee_kuerzel = employee AND NOT l.deleted
        AND replace(l.sync_id::text, '-', '') = left(g.entry_id, 32) AND g.entry_id <> l.google_event_id
    JOIN sync.seen AS own ON own.employee_kuerzel = employee AND own.side = 'google' AND own.entry_id = l.google_event_id AND own.present
    WHERE g.entry_id ~ '^[0-9a-f]{32}(v[0-9]{1,6})?$' AND g.master_id IS NULL AND NOT g.invitation
    UNION ALL
    SELECT h.sync_id, h.entry_id FROM sync.split_halves(employee) AS h
    WHERE h.is_undone AND EXISTS (SELECT 1 FROM sync.unlinked_events(employee) AS u WHERE u.entry_id = h.entry_id)
$$;
COMMENT ON FUNCTION sync.stray_events(text) IS 'Living events of a link that the link does not name: an event created again whose predecessor came back from the bin (RULES 6), and the second half of a series whose split is undone (RULES 8). They are deleted under the brake.';
REVOKE ALL ON FUNCTION sync.stray_events(text) FROM PUBLIC;
