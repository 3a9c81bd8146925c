CREATE OR REPLACE FUNCTION engine.refuse_unusable(run_id bigint, phase integer, side sync.source_system_enum) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO sync.action (run_id, phase, kind, reason, status, result, employee_kuerzel, advoware_frnr, google_event_id, basis, finished_at)
    SELECT r.run_id, refuse_unusable.phase, CASE WHEN refuse_unusable.side = 'advoware' THEN 'create_event' ELSE 'create_termin' END,
        'unusable: ' || u.unusable, 'refused', u.unusable, r.employee_kuerzel,
        CASE WHEN refuse_unusable.side = 'advoware' THEN u.entry_id::integer END,
        CASE WHEN refuse_unusable.side = 'google' THEN u.entry_id END,
        u.basis, clock_timestamp()
    FROM sync.run AS r
    CROSS JOIN LATERAL (
        SELECT x.entry_id, u.unusable, md5(concat_ws('|', x.side, x.entry_id, u.unusable)) AS basis
        FROM (SELECT * FROM engine.unlinked_events(r.employee_kuerzel) WHERE refuse_unusable.side = 'google'
              UNION ALL
              SELECT * FROM engine.unlinked_termine(r.employee_kuerzel) WHERE refuse_unusable.side = 'advoware') AS x
        -- What could have been carried by occurrence is so by now, but for what its tag is still asked about.
        CROSS JOIN LATERAL (SELECT coalesce(x.unusable, CASE WHEN x.obstacle IS NOT NULL AND (x.tag_frnr IS NULL OR x.tag_anonymized)
            THEN 'series_not_representable' END) AS unusable) AS u
        WHERE u.unusable IS NOT NULL
    ) AS u
    WHERE r.run_id = refuse_unusable.run_id
        AND NOT EXISTS (SELECT 1 FROM sync.action AS t JOIN sync.run AS said ON said.run_id = t.run_id
            WHERE t.employee_kuerzel = r.employee_kuerzel AND t.basis = u.basis AND NOT said.dry_run)
$$;
COMMENT ON FUNCTION engine.refuse_unusable(bigint, integer, sync.source_system_enum) IS 'Entries that can be identified but not carried (a series that the other side cannot hold, unreadable times) are refused with a reason, once each: never flattened, never dropped in silence.';
