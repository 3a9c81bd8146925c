CREATE OR REPLACE FUNCTION sync.advoware_link_id(employee text, frnr bigint) RETURNS uuid
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT md5('advoware/' || o.kanzlei || '/' || o.database_name || '/' || employee || '/' || frnr)::uuid FROM sync.office AS o
$$;
COMMENT ON FUNCTION sync.advoware_link_id(text, bigint) IS 'sync_id of an appointment that began in Advoware: fixed for ever, so that even a hub without memory arrives at the same event id (RULES 2).';
REVOKE ALL ON FUNCTION sync.advoware_link_id(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sync.advoware_link_id(text, bigint) TO calendar_sync_operator, calendar_sync_bi;

CREATE OR REPLACE FUNCTION sync.new_advoware_links(employee text) RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made integer;
    revived integer;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM sync.office) THEN
        RAISE EXCEPTION 'the hub does not know its office yet' USING ERRCODE = '55000', HINT = 'Start a listener once: sync.listener_start records Kanzlei and database.';
    END IF;
    -- A soft-deleted link whose Termin appears again lives again as a half link.
    UPDATE sync.calendar_sync AS l
    SET deleted = false, source_system = 'advoware', sync_status = 'pending', sync_strategy = p.sync_strategy,
        advoware_write_allowed = sync.write_flag(p.advoware_writes, 'advoware', l.advoware_frnr),
        google_event_id = NULL, google_fingerprint = NULL, advoware_fingerprint = NULL, google_watermark = NULL, advoware_watermark = NULL,
        meant_side = NULL, meant_fingerprint = NULL, meant_time_fingerprint = NULL, meant_acknowledged = false, missed_fingerprint = NULL,
        anonymized = false, tagged = false, text_from_advoware = false, last_error = NULL, refused_basis = NULL,
        attempts = 0, superseded_count = 0, next_attempt_at = NULL, starts_at = t.starts_at, ends_at = t.ends_at
    FROM sync.new_termine(employee) AS t
    JOIN sync.effective_policy AS p ON p.employee_kuerzel = employee
    WHERE l.sync_id = (
        SELECT d.sync_id FROM sync.calendar_sync AS d
        WHERE d.employee_kuerzel = employee AND d.deleted AND d.advoware_frnr = t.entry_id::integer
        ORDER BY d.sync_id = sync.advoware_link_id(employee, t.entry_id::bigint) DESC, d.created_at DESC
        LIMIT 1);
    GET DIAGNOSTICS revived = ROW_COUNT;

    INSERT INTO sync.calendar_sync (sync_id, employee_kuerzel, advoware_frnr, source_system, sync_strategy, sync_status, advoware_write_allowed,
        last_sync, starts_at, ends_at)
    -- The fixed id may be taken by a link whose Termin was created again under another number.
    SELECT CASE WHEN EXISTS (SELECT 1 FROM sync.calendar_sync AS k WHERE k.sync_id = sync.advoware_link_id(employee, t.entry_id::bigint))
            THEN gen_random_uuid() ELSE sync.advoware_link_id(employee, t.entry_id::bigint) END,
        employee, t.entry_id::integer, 'advoware', p.sync_strategy, 'pending',
        sync.write_flag(p.advoware_writes, 'advoware', t.entry_id::bigint), NULL, t.starts_at, t.ends_at
    FROM sync.new_termine(employee) AS t
    JOIN sync.effective_policy AS p ON p.employee_kuerzel = employee
    ORDER BY t.starts_at;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN made + revived;
END
$$;
COMMENT ON FUNCTION sync.new_advoware_links(text) IS 'Phase 1: every Termin without a link gets one (source advoware, pending); a soft-deleted link of it is revived as a half link. Returns how many.';
REVOKE ALL ON FUNCTION sync.new_advoware_links(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.new_termine(employee text) RETURNS SETOF sync.seen
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.* FROM sync.unlinked_termine(employee) AS t
    WHERE t.unusable IS NULL AND t.fingerprint IS NOT NULL AND t.ownership IS DISTINCT FROM 'foreign'
        AND t.ends_at > sync.window_from() AND t.starts_at < sync.window_to()
        -- An event that says it is this Termin's may still be found alive: it is asked for first.
        AND NOT EXISTS (SELECT 1 FROM sync.unlinked_events(employee) AS g
            WHERE g.tag_kuerzel = employee AND g.tag_frnr::text = t.entry_id AND g.master_id IS NULL AND g.entry_id !~ '_')
$$;
COMMENT ON FUNCTION sync.new_termine(text) IS 'Termine that phase 1 has to carry: usable, within the window, ours, without link.';
REVOKE ALL ON FUNCTION sync.new_termine(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.tag_is_open(employee text, event sync.seen) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(event.tag_kuerzel = employee AND event.tag_frnr IS NOT NULL AND event.master_id IS NULL AND event.entry_id !~ '_'
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
            -- A link that names this Termin and whose own event is alive makes the tagged one a user's copy.
            JOIN sync.seen AS own ON own.employee_kuerzel = employee AND own.side = 'google' AND own.entry_id = l.google_event_id AND own.present
            WHERE l.employee_kuerzel = employee AND NOT l.deleted AND l.advoware_frnr = event.tag_frnr), false)
$$;
COMMENT ON FUNCTION sync.tag_is_open(text, sync.seen) IS 'Whether an event''s tag still has to be settled before the event may count as a user''s copy: no living event of a link stands for its Termin.';
REVOKE ALL ON FUNCTION sync.tag_is_open(text, sync.seen) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.new_google_links(employee text) RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made integer;
BEGIN
    INSERT INTO sync.calendar_sync (employee_kuerzel, google_event_id, source_system, sync_strategy, sync_status, advoware_write_allowed,
        last_sync, google_calendar_id, anonymized, text_from_advoware, starts_at, ends_at)
    SELECT employee, g.entry_id, 'google', p.sync_strategy, 'pending', sync.write_flag(p.advoware_writes, 'google'),
        NULL, e.google_calendar_id, coalesce(g.tag_anonymized, false),
        -- Parts of a series of ours have their text from Advoware.
        coalesce(g.tag_anonymized, false) OR EXISTS (SELECT 1 FROM sync.calendar_sync AS k
            WHERE k.employee_kuerzel = employee AND k.text_from_advoware
                AND split_part(k.google_event_id, '_', 1) = split_part(g.entry_id, '_', 1) AND g.entry_id LIKE '%\_%'),
        g.starts_at, g.ends_at
    FROM sync.unlinked_events(employee) AS g
    LEFT JOIN sync.split_halves(employee) AS half ON half.entry_id = g.entry_id
    JOIN sync.effective_policy AS p ON p.employee_kuerzel = employee
    JOIN sync.employee AS e ON e.kuerzel = employee
    WHERE sync.write_flag(p.advoware_writes, 'google')
        AND g.unusable IS NULL AND g.fingerprint IS NOT NULL AND coalesce(g.event_type, 'default') = 'default'
        AND g.obstacle IS NULL
        AND (NOT coalesce(g.tag_anonymized, false) OR half.frnr IS NOT NULL)
        AND half.is_undone IS NOT TRUE
        -- While the first half must not be written its Termin stands for the second, too.
        AND NOT EXISTS (SELECT 1 FROM sync.link_state AS k WHERE k.sync_id = half.sync_id AND NOT k.may_write)
        AND NOT sync.tag_is_open(employee, g)
        -- An id of a link's own is never a new appointment.
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = employee AND NOT l.deleted AND g.entry_id ~ '^[0-9a-f]{32}(v[0-9]{1,6})?$' AND replace(l.sync_id::text, '-', '') = left(g.entry_id, 32))
        AND g.ends_at > sync.window_from() AND g.starts_at < sync.window_to()
    ORDER BY g.starts_at;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN made;
END
$$;
COMMENT ON FUNCTION sync.new_google_links(text) IS 'Phase 2: every event without a link gets one (source google, pending), if it may be written in Advoware. Never one tagged anonymised, whatever its Kürzel, but for the second half of a series of ours, whose text is known. Returns how many.';
REVOKE ALL ON FUNCTION sync.new_google_links(text) FROM PUBLIC;
