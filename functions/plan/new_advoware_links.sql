CREATE OR REPLACE FUNCTION engine.new_advoware_links(employee text) RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made integer;
    revived integer;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM sync.office) THEN
        RAISE EXCEPTION 'the hub does not know its office yet' USING ERRCODE = '55000', HINT = 'Start a listener once: engine.listener_start records Kanzlei and database.';
    END IF;
    -- A soft-deleted link whose Termin appears again lives again as a half link.
    UPDATE sync.calendar_sync AS l
    SET deleted = false, source_system = 'advoware', sync_status = 'pending', sync_strategy = p.sync_strategy,
        advoware_write_allowed = engine.write_flag(p.advoware_writes, 'advoware', l.advoware_frnr),
        google_event_id = NULL, google_fingerprint = NULL, advoware_fingerprint = NULL, google_watermark = NULL, advoware_watermark = NULL,
        meant_side = NULL, meant_fingerprint = NULL, meant_time_fingerprint = NULL, meant_acknowledged = false, missed_fingerprint = NULL,
        anonymized = false, tagged = false, text_from_advoware = false, last_error = NULL, refused_basis = NULL,
        attempts = 0, superseded_count = 0, next_attempt_at = NULL, starts_at = t.starts_at, ends_at = t.ends_at
    FROM engine.new_termine(employee) AS t
    JOIN sync.effective_policy AS p ON p.employee_kuerzel = employee
    WHERE l.sync_id = (
        SELECT d.sync_id FROM sync.calendar_sync AS d
        WHERE d.employee_kuerzel = employee AND d.deleted AND d.advoware_frnr = t.entry_id::integer
        ORDER BY d.sync_id = engine.advoware_link_id(employee, t.entry_id::bigint) DESC, d.created_at DESC
        LIMIT 1);
    GET DIAGNOSTICS revived = ROW_COUNT;

    INSERT INTO sync.calendar_sync (sync_id, employee_kuerzel, advoware_frnr, source_system, sync_strategy, sync_status, advoware_write_allowed,
        last_sync, starts_at, ends_at)
    -- The fixed id may be taken by a link whose Termin was created again under another number.
    SELECT CASE WHEN EXISTS (SELECT 1 FROM sync.calendar_sync AS k WHERE k.sync_id = engine.advoware_link_id(employee, t.entry_id::bigint))
            THEN gen_random_uuid() ELSE engine.advoware_link_id(employee, t.entry_id::bigint) END,
        employee, t.entry_id::integer, 'advoware', p.sync_strategy, 'pending',
        engine.write_flag(p.advoware_writes, 'advoware', t.entry_id::bigint), NULL, t.starts_at, t.ends_at
    FROM engine.new_termine(employee) AS t
    JOIN sync.effective_policy AS p ON p.employee_kuerzel = employee
    ORDER BY t.starts_at;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN made + revived;
END
$$;
COMMENT ON FUNCTION engine.new_advoware_links(text) IS 'Phase 1: every Termin without a link gets one (source advoware, pending); a soft-deleted link of it is revived as a half link. Returns how many.';

CREATE OR REPLACE FUNCTION engine.new_termine(employee text) RETURNS SETOF sync.seen
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.* FROM engine.unlinked_termine(employee) AS t
    WHERE t.unusable IS NULL AND t.fingerprint IS NOT NULL AND t.ownership IS DISTINCT FROM 'foreign'
        AND t.ends_at > engine.window_from() AND t.starts_at < engine.window_to()
        -- An event that says it is this Termin's may still be found alive: it is asked for first.
        AND NOT EXISTS (SELECT 1 FROM engine.unlinked_events(employee) AS g
            WHERE g.tag_kuerzel = employee AND g.tag_frnr::text = t.entry_id AND g.master_id IS NULL AND g.entry_id !~ '_')
$$;
COMMENT ON FUNCTION engine.new_termine(text) IS 'Termine that phase 1 has to carry: usable, within the window, ours, without link.';
