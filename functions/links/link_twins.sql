CREATE OR REPLACE FUNCTION engine.twins(look engine.look, employee text) RETURNS TABLE (frnr integer, event_id text)
LANGUAGE sql STABLE
AS $$
    -- Grouped and not joined: what is equal meets, however many there are and whatever the planner believes.
    SELECT pair.frnr, pair.event_id
    FROM (
        SELECT array_agg(x.frnr ORDER BY x.frnr) FILTER (WHERE x.frnr IS NOT NULL) AS termine,
            array_agg(x.event_id ORDER BY x.changed_at, x.event_id) FILTER (WHERE x.event_id IS NOT NULL) AS events
        FROM (
            SELECT t.fingerprint, t.frnr, NULL::text AS event_id, NULL::timestamptz AS changed_at
            FROM engine.unlinked_termine(employee, look.termine) AS t
            WHERE t.unusable IS NULL
                AND t.fingerprint IS NOT NULL
                AND t.ownership IS DISTINCT FROM 'foreign'
            UNION ALL
            SELECT e.fingerprint, NULL, e.entry_id, e.api_timestamp
            FROM engine.unlinked_events(employee, look.events) AS e
            WHERE e.unusable IS NULL
                AND e.fingerprint IS NOT NULL
                -- What can match by no tag is as good as untagged.
                AND (e.tag_sync_id IS NULL AND e.tag_frnr IS NULL OR NOT engine.can_match(e))
                AND coalesce(e.event_type, 'default') = 'default'
                AND engine.owner_of_stray(e) IS NULL
        ) AS x
        GROUP BY x.fingerprint
    ) AS same
    CROSS JOIN LATERAL unnest(same.termine, same.events) AS pair (frnr, event_id)
    WHERE cardinality(same.termine) = cardinality(same.events)
$$;
COMMENT ON FUNCTION engine.twins(engine.look, text) IS
'Termine and events without link that say exactly the same, one to one (rules 6).';

CREATE OR REPLACE FUNCTION engine.link_twins(run sync.run) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    employee text := run.employee_kuerzel;
    look engine.look;
    made uuid[];
BEGIN
    SELECT k.* INTO look FROM engine.look AS k WHERE k.run_id = run.run_id;
    IF cardinality(look.termine) = 0 OR cardinality(look.events) = 0 THEN
        RETURN;
    END IF;
    WITH new AS (
        INSERT INTO sync.calendar_sync (
            employee_kuerzel, advoware_frnr, google_event_id, source_system, sync_strategy, sync_status,
            advoware_write_allowed, last_sync, google_calendar_id, starts_at, ends_at)
        SELECT employee, w.frnr, w.event_id, 'google', 'last_change_wins', 'pending',
            p.advoware_writes = 'all' AND w.frnr > 0, NULL, engine.calendar_of(employee), t.starts_at, t.ends_at
        FROM engine.twins(look, employee) AS w
        JOIN LATERAL (
            SELECT x.starts_at, x.ends_at FROM sync.seen AS x
            WHERE x.employee_kuerzel = employee
                AND x.side = 'advoware'
                AND x.entry_id = w.frnr::text
            LIMIT 1
        ) AS t ON true
        JOIN sync.effective_policy AS p ON p.employee_kuerzel = employee
        RETURNING sync_id
    )
    SELECT array_agg(n.sync_id) INTO made FROM new AS n;
    PERFORM engine.look_at(run.run_id, made);
END
$$;
COMMENT ON FUNCTION engine.link_twins(sync.run) IS
'Links exact twins without links: source google, last_change_wins, W only under all (rules 6).';
