CREATE OR REPLACE FUNCTION engine.relink(employee text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    event record;
BEGIN
    PERFORM engine.remember_anonymity(employee);
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
        FROM engine.unlinked_events(employee) AS g
        JOIN sync.calendar_sync AS k ON k.employee_kuerzel = employee AND NOT k.deleted AND k.google_event_id IS NULL
            AND g.entry_id ~ '^[0-9a-f]{32}(v[0-9]{1,6})?$' AND replace(k.sync_id::text, '-', '') = left(g.entry_id, 32)
        JOIN sync.employee AS e ON e.kuerzel = employee
        WHERE g.master_id IS NULL
        ORDER BY k.sync_id, generation DESC
    ) AS own
    WHERE l.sync_id = own.sync_id;

    -- 2. A tag that names a Termin whose link's own event is proven gone.
    PERFORM engine.relink_heirs(employee);

    -- 3. Tagged events whose link the hub does not have, where the Termin is known to be there. (Others: phase 2 asks Advoware first.)
    FOR event IN
        SELECT g.entry_id
        FROM engine.unlinked_events(employee) AS g
        JOIN sync.seen AS a ON a.employee_kuerzel = employee AND a.side = 'advoware' AND a.entry_id = g.tag_frnr::text AND a.present
        WHERE g.tag_kuerzel = employee AND g.master_id IS NULL AND g.entry_id !~ '_'
            AND a.entry_id::bigint NOT IN (SELECT h FROM engine.held_back(employee) AS h)
            -- Its occurrences find their own Termine.
            AND NOT (g.is_series AND g.obstacle IS NOT NULL AND engine.was_carried(employee, g.entry_id))
        -- Of several that name one Termin the one with our own id comes first; the others are copies a user made.
        ORDER BY left(g.entry_id, 32) IS DISTINCT FROM replace(g.tag_sync_id::text, '-', ''), g.api_timestamp, g.entry_id
    LOOP
        PERFORM engine.link_tagged(employee, event.entry_id);
    END LOOP;
END
$$;
COMMENT ON FUNCTION engine.relink(text) IS 'Links that can be found without asking anybody: events with a link''s own id, and tags; before that, whether copies were anonymised. So a hub that lost its memory finds itself again (RULES 6).';
