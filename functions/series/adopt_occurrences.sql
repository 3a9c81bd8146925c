CREATE OR REPLACE FUNCTION engine.adopt_occurrences(employee text) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE sync.calendar_sync AS l
    SET google_event_id = heir.entry_id, google_watermark = NULL, tagged = false, superseded_count = 0, refused_basis = NULL,
        meant_side = NULL, meant_fingerprint = NULL, meant_time_fingerprint = NULL, meant_acknowledged = false, meant_at = NULL,
        missed_fingerprint = NULL, missed_at = NULL
    FROM (
        SELECT s.sync_id, engine.series_family(s.g_master_id) AS family,
            row_number() OVER (PARTITION BY engine.series_family(s.g_master_id) ORDER BY s.g_starts_at, s.google_event_id) AS place
        FROM engine.link_state AS s
        WHERE s.employee_kuerzel = employee AND s.g_master_id IS NOT NULL AND s.g_known AND NOT s.g_present AND s.a_present
            AND NOT s.paused AND engine.is_carried(employee, s.g_master_id)
            -- What ended before the window is left alone: its heir is not among those in reach, and it would take a neighbour's.
            AND (coalesce(s.ends_at > engine.window_from(), true) OR s.a_ends_at > engine.window_from())
    ) AS vanished
    JOIN (
        SELECT o.entry_id, engine.series_family(coalesce(o.master_id, o.entry_id)) AS family,
            row_number() OVER (PARTITION BY engine.series_family(coalesce(o.master_id, o.entry_id)) ORDER BY o.starts_at, o.entry_id) AS place
        FROM engine.unlinked_events(employee) AS o
        LEFT JOIN sync.seen AS m ON m.employee_kuerzel = employee AND m.side = 'google' AND m.entry_id = o.master_id
        WHERE engine.is_carried(employee, coalesce(o.master_id, o.entry_id)) AND o.unusable IS NULL AND o.fingerprint IS NOT NULL
            AND o.ends_at > engine.window_from() AND o.starts_at < coalesce(m.listed_before, m.listed_to, 'infinity')
    ) AS heir ON heir.family = vanished.family AND heir.place = vanished.place
    WHERE l.sync_id = vanished.sync_id
$$;
COMMENT ON FUNCTION engine.adopt_occurrences(text) IS
'When a series that is carried by occurrence changes its shape, an occurrence without link takes over the link of a vanished one of the same series, in order of time, before anything is created or deleted (RULES 8). Occurrences that only came into reach because time has passed take part in nothing, nor do links that ended before the window.';
