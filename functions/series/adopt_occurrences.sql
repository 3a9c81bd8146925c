CREATE OR REPLACE FUNCTION engine.adopt_occurrences(run sync.run) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    employee text := run.employee_kuerzel;
    look engine.look;
    pair record;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM sync.series AS c WHERE c.employee_kuerzel = employee) THEN
        RETURN;
    END IF;
    SELECT k.* INTO look FROM engine.look AS k WHERE k.run_id = run.run_id;

    -- Which link goes to which occurrence ------------------------------------------
    FOR pair IN
        WITH vanished AS (
            SELECT s.link, engine.series_family((s.event).master_id) AS family,
                row_number() OVER (
                    PARTITION BY engine.series_family((s.event).master_id)
                    ORDER BY (s.event).starts_at, (s.link).google_event_id) AS place
            FROM (
                SELECT (x.state).* FROM engine.link_states AS x WHERE x.sync_id = ANY (look.links) OFFSET 0
            ) AS s
            WHERE (s.event).master_id IS NOT NULL
                AND s.event_missing
                AND (s.termin).present
                AND NOT (s.policy).paused
                AND engine.is_carried(employee, (s.event).master_id)
                -- What ended before the window is left alone: its heir is not among those in reach, and it would take
                -- a neighbour's.
                AND (coalesce((s.link).ends_at > engine.window_from(), true)
                    OR (s.termin).ends_at > engine.window_from())
        ), heir AS (
            SELECT o.entry_id, engine.series_family(coalesce(o.master_id, o.entry_id)) AS family,
                row_number() OVER (
                    PARTITION BY engine.series_family(coalesce(o.master_id, o.entry_id))
                    ORDER BY o.starts_at, o.entry_id) AS place
            FROM engine.unlinked_events(employee, look.events) AS o
            LEFT JOIN LATERAL (
                SELECT x.* FROM sync.seen AS x
                WHERE x.employee_kuerzel = employee
                    AND x.side = 'google'
                    AND x.entry_id = o.master_id
                LIMIT 1
            ) AS m ON true
            WHERE engine.is_carried(employee, coalesce(o.master_id, o.entry_id))
                AND o.unusable IS NULL
                AND o.fingerprint IS NOT NULL
                AND o.ends_at > engine.window_from()
                AND o.starts_at < coalesce(m.listed_before, m.listed_to, 'infinity')
        )
        SELECT v.link, h.entry_id
        FROM vanished AS v
        JOIN heir AS h ON h.family = v.family AND h.place = v.place
    LOOP
        -- It goes there ------------------------------------------------------------
        PERFORM engine.end_writes(pair.link);
        UPDATE sync.calendar_sync AS l
        SET google_event_id = pair.entry_id, google_watermark = NULL, tagged = false,
            superseded_count = 0, refused_basis = NULL
        WHERE l.sync_id = (pair.link).sync_id;
    END LOOP;
END
$$;
COMMENT ON FUNCTION engine.adopt_occurrences(sync.run) IS
'When a carried series changes its shape, an occurrence without link takes over the link of a vanished one, in order of time (rules 8).';
