CREATE OR REPLACE FUNCTION engine.link_twins(employee text) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO sync.calendar_sync (employee_kuerzel, advoware_frnr, google_event_id, source_system, sync_strategy, sync_status,
        advoware_write_allowed, last_sync, google_calendar_id, starts_at, ends_at)
    SELECT employee, a.frnr, g.entry_id, 'google', 'last_change_wins', 'pending',
        p.advoware_writes = 'all' AND a.frnr > 0, NULL, e.google_calendar_id, a.starts_at, a.ends_at
    FROM (
        SELECT t.fingerprint, t.entry_id::bigint AS frnr, t.starts_at, t.ends_at,
            row_number() OVER (PARTITION BY t.fingerprint ORDER BY t.entry_id::bigint) AS place, count(*) OVER (PARTITION BY t.fingerprint) AS twins
        FROM engine.unlinked_termine(employee) AS t
        WHERE t.unusable IS NULL AND t.fingerprint IS NOT NULL AND t.ownership IS DISTINCT FROM 'foreign'
    ) AS a
    JOIN (
        SELECT u.fingerprint, u.entry_id, row_number() OVER (PARTITION BY u.fingerprint ORDER BY u.api_timestamp, u.entry_id) AS place,
            count(*) OVER (PARTITION BY u.fingerprint) AS twins
        FROM engine.unlinked_events(employee) AS u
        WHERE u.unusable IS NULL AND u.fingerprint IS NOT NULL
            -- What can match by no tag is as good as untagged.
            AND (u.tag_sync_id IS NULL AND u.tag_frnr IS NULL OR u.entry_id ~ '_')
            AND NOT EXISTS (SELECT 1 FROM engine.stray_events(employee) AS x WHERE x.entry_id = u.entry_id)
            AND coalesce(u.event_type, 'default') = 'default'
    ) AS g ON g.fingerprint = a.fingerprint AND g.place = a.place AND g.twins = a.twins
    JOIN sync.effective_policy AS p ON p.employee_kuerzel = employee
    JOIN sync.employee AS e ON e.kuerzel = employee
$$;
COMMENT ON FUNCTION engine.link_twins(text) IS 'Links exact twins without links: fingerprints equal, one to one; source google, last_change_wins, W only under all (RULES 6).';
