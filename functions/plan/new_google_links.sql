CREATE OR REPLACE FUNCTION engine.tag_is_open(employee text, event sync.seen) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(event.tag_kuerzel = employee AND event.tag_frnr IS NOT NULL AND event.master_id IS NULL AND event.entry_id !~ '_'
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
            -- A link that names this Termin and whose own event is alive makes the tagged one a user's copy.
            JOIN sync.seen AS own ON own.employee_kuerzel = employee AND own.side = 'google' AND own.entry_id = l.google_event_id AND own.present
            WHERE l.employee_kuerzel = employee AND NOT l.deleted AND l.advoware_frnr = event.tag_frnr), false)
$$;
COMMENT ON FUNCTION engine.tag_is_open(text, sync.seen) IS 'Whether an event''s tag still has to be settled before the event may count as a user''s copy: no living event of a link stands for its Termin.';

CREATE OR REPLACE FUNCTION engine.new_google_links(employee text) RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made integer;
BEGIN
    INSERT INTO sync.calendar_sync (employee_kuerzel, google_event_id, source_system, sync_strategy, sync_status, advoware_write_allowed,
        last_sync, google_calendar_id, anonymized, text_from_advoware, starts_at, ends_at)
    SELECT employee, g.entry_id, 'google', p.sync_strategy, 'pending', engine.write_flag(p.advoware_writes, 'google'),
        NULL, e.google_calendar_id, coalesce(g.tag_anonymized, false),
        -- Parts of a series of ours have their text from Advoware.
        coalesce(g.tag_anonymized, false) OR EXISTS (SELECT 1 FROM sync.calendar_sync AS k
            WHERE k.employee_kuerzel = employee AND k.text_from_advoware
                AND split_part(k.google_event_id, '_', 1) = split_part(g.entry_id, '_', 1) AND g.entry_id LIKE '%\_%'),
        g.starts_at, g.ends_at
    FROM engine.unlinked_events(employee) AS g
    LEFT JOIN engine.split_halves(employee) AS half ON half.entry_id = g.entry_id
    JOIN sync.effective_policy AS p ON p.employee_kuerzel = employee
    JOIN sync.employee AS e ON e.kuerzel = employee
    WHERE engine.write_flag(p.advoware_writes, 'google')
        AND g.unusable IS NULL AND g.fingerprint IS NOT NULL AND coalesce(g.event_type, 'default') = 'default'
        AND g.obstacle IS NULL
        AND (NOT coalesce(g.tag_anonymized, false) OR half.frnr IS NOT NULL)
        AND half.is_undone IS NOT TRUE
        -- While the first half must not be written its Termin stands for the second, too.
        AND NOT EXISTS (SELECT 1 FROM engine.link_state AS k WHERE k.sync_id = half.sync_id AND NOT k.may_write)
        AND NOT engine.tag_is_open(employee, g)
        -- An id of a link's own is never a new appointment.
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = employee AND NOT l.deleted AND g.entry_id ~ '^[0-9a-f]{32}(v[0-9]{1,6})?$' AND replace(l.sync_id::text, '-', '') = left(g.entry_id, 32))
        AND g.ends_at > engine.window_from() AND g.starts_at < engine.window_to()
    ORDER BY g.starts_at;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN made;
END
$$;
COMMENT ON FUNCTION engine.new_google_links(text) IS 'Phase 2: every event without a link gets one (source google, pending), if it may be written in Advoware. Never one tagged anonymised, whatever its Kürzel, but for the second half of a series of ours, whose text is known. Returns how many.';
