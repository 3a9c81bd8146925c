CREATE OR REPLACE FUNCTION engine.follow_later_termine(look engine.look, employee text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    later record;
BEGIN
    FOR later IN
        SELECT l AS link, e.tag_frnr::integer AS frnr
        FROM unnest(look.links) AS one (sync_id)
        JOIN sync.calendar_sync AS l ON l.sync_id = one.sync_id AND NOT l.deleted
        JOIN LATERAL (
            SELECT s.* FROM sync.seen AS s
            WHERE s.employee_kuerzel = employee
                AND s.side = 'google'
                AND s.entry_id = l.google_event_id
            LIMIT 1
        ) AS e ON e.present AND e.master_id IS NULL
        WHERE e.tag_sync_id = l.sync_id
            AND e.tag_kuerzel = employee
            AND e.tag_frnr > coalesce(l.advoware_frnr, 0)
    LOOP
        CONTINUE WHEN NOT EXISTS (
            SELECT 1 FROM sync.seen AS s
            WHERE s.employee_kuerzel = employee
                AND s.side = 'advoware'
                AND s.entry_id = later.frnr::text
                AND s.present);
        CONTINUE WHEN EXISTS (
            SELECT 1 FROM sync.seen AS s
            WHERE s.employee_kuerzel = employee
                AND s.side = 'advoware'
                AND s.entry_id = (later.link).advoware_frnr::text
                AND s.present);
        CONTINUE WHEN EXISTS (
            SELECT 1 FROM sync.calendar_sync AS o
            WHERE o.employee_kuerzel = employee
                AND NOT o.deleted
                AND o.advoware_frnr = later.frnr);
        PERFORM engine.end_writes(later.link);
        UPDATE sync.calendar_sync AS l
        SET advoware_frnr = later.frnr, advoware_fingerprint = NULL, advoware_watermark = NULL,
            sync_status = 'pending', tagged = true
        WHERE l.sync_id = (later.link).sync_id;
    END LOOP;
    UPDATE sync.action AS t
    SET status = 'done', attempt = 'done', result = 'found_by_tag', advoware_frnr = l.advoware_frnr,
        finished_at = clock_timestamp()
    FROM sync.calendar_sync AS l
    WHERE t.employee_kuerzel = employee
        AND t.attempt = 'in_doubt'
        AND l.sync_id = t.sync_id
        AND l.advoware_frnr > t.frnr_mark;
END
$$;
COMMENT ON FUNCTION engine.follow_later_termine(engine.look, text) IS
'A link''s own event names a later Termin, and the link''s is not there: the hub was restored from before that one was created (rules 6).';

CREATE OR REPLACE FUNCTION engine.take_own_events(look engine.look, employee text) RETURNS void
LANGUAGE sql
AS $$
    UPDATE sync.calendar_sync AS l
    SET google_event_id = own.entry_id, event_generation = engine.generation_of_event_id(own.entry_id),
        tagged = true, text_from_advoware = true, anonymized = coalesce(own.tag_anonymized, l.anonymized),
        google_calendar_id = e.google_calendar_id
    FROM sync.employee AS e, (
        SELECT DISTINCT ON (engine.owner_of_event_id(u.entry_id))
            engine.owner_of_event_id(u.entry_id) AS sync_id, u.entry_id, u.tag_anonymized
        FROM engine.unlinked_events(employee, look.events) AS u
        WHERE u.master_id IS NULL
            AND engine.owner_of_event_id(u.entry_id) IS NOT NULL
        ORDER BY engine.owner_of_event_id(u.entry_id), engine.generation_of_event_id(u.entry_id) DESC
    ) AS own
    WHERE e.kuerzel = employee
        AND l.sync_id = own.sync_id
        AND l.employee_kuerzel = employee
        AND NOT l.deleted
        AND l.google_event_id IS NULL
$$;
COMMENT ON FUNCTION engine.take_own_events(engine.look, text) IS 'A half link takes the event whose id is exactly its own, of the highest generation.';

CREATE OR REPLACE FUNCTION engine.relink(run sync.run) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    employee text := run.employee_kuerzel;
    look engine.look;
    event sync.seen;
    reserved_termine bigint[];
    one uuid;
    made uuid[] := '{}';
BEGIN
    SELECT k.* INTO look FROM engine.look AS k WHERE k.run_id = run.run_id;
    PERFORM engine.remember_anonymity(look, employee);
    PERFORM engine.follow_later_termine(look, employee);
    PERFORM engine.take_own_events(look, employee);
    IF cardinality(look.events) = 0 THEN
        RETURN;
    END IF;
    PERFORM engine.take_heir(l) FROM unnest(look.links) AS l;

    -- Tagged events whose link the hub does not have, where the Termin is known to be there. (Others: phase 2 asks
    -- Advoware first.)
    reserved_termine := ARRAY(SELECT h FROM engine.reserved_termine(employee) AS h);
    FOR event IN
        SELECT e.*
        FROM engine.unlinked_events(employee, look.events) AS e
        JOIN LATERAL (
            SELECT x.present FROM sync.seen AS x
            WHERE x.employee_kuerzel = employee
                AND x.side = 'advoware'
                AND x.entry_id = e.tag_frnr::text
            LIMIT 1
        ) AS t ON t.present
        WHERE engine.names_termin(e)
            AND e.tag_frnr <> ALL (reserved_termine)
            -- Its occurrences find their own Termine.
            AND NOT (e.is_series AND e.obstacle IS NOT NULL AND engine.was_carried(look, e))
        -- Of several that name one Termin the one with our own id comes first; the others are copies a user made.
        ORDER BY engine.owner_of_event_id(e.entry_id) IS DISTINCT FROM e.tag_sync_id, e.api_timestamp, e.entry_id
    LOOP
        one := engine.link_tagged(event);
        IF one IS NOT NULL THEN
            made := made || one;
        END IF;
    END LOOP;
    PERFORM engine.look_at(run.run_id, made);
END
$$;
COMMENT ON FUNCTION engine.relink(sync.run) IS
'Links that can be found without asking anybody: events with a link''s own id, and tags; so a lost hub finds itself again (rules 6).';
