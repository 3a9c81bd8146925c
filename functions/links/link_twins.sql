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

CREATE OR REPLACE FUNCTION engine.anonymised_twins(look engine.look, employee text)
RETURNS TABLE (frnr integer, event_id text)
LANGUAGE sql STABLE
AS $$
    -- Grouped and not joined, as above. Copies that say nothing but the same time are as good as each other.
    SELECT pair.frnr, pair.event_id
    FROM (
        SELECT array_agg(x.frnr ORDER BY x.frnr) FILTER (WHERE x.frnr IS NOT NULL) AS termine,
            array_agg(x.event_id ORDER BY x.changed_at, x.event_id) FILTER (WHERE x.event_id IS NOT NULL) AS events
        FROM (
            SELECT t.anonymous_fingerprint AS says, t.frnr, NULL::text AS event_id, NULL::timestamptz AS changed_at
            FROM engine.unlinked_termine(employee, look.termine) AS t
            WHERE t.unusable IS NULL
                AND t.anonymous_fingerprint IS NOT NULL
                AND t.ownership IS DISTINCT FROM 'foreign'
            UNION ALL
            SELECT e.fingerprint, NULL, e.entry_id, e.api_timestamp
            FROM engine.unlinked_events(employee, look.events) AS e
            WHERE e.says_anonymous
                AND e.unusable IS NULL
                AND coalesce(e.event_type, 'default') = 'default'
                AND engine.owner_of_stray(e) IS NULL
        ) AS x
        GROUP BY x.says
    ) AS same
    CROSS JOIN LATERAL unnest(same.termine, same.events) AS pair (frnr, event_id)
    WHERE cardinality(same.termine) = cardinality(same.events)
$$;
COMMENT ON FUNCTION engine.anonymised_twins(engine.look, text) IS
'Termine without link, and events without link or tag that say exactly what their anonymised copies would, one to one (rules 6).';

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
    IF EXISTS (
        SELECT 1 FROM unnest(look.events) AS one (entry_id)
        JOIN LATERAL (
            SELECT x.says_anonymous FROM sync.seen AS x
            WHERE x.employee_kuerzel = employee
                AND x.side = 'google'
                AND x.entry_id = one.entry_id
            LIMIT 1
        ) AS e ON e.says_anonymous)
    THEN
        PERFORM engine.link_anonymised(employee, array_agg(w.frnr), array_agg(w.event_id), run.run_id)
        FROM engine.anonymised_twins(look, employee) AS w;
    END IF;
END
$$;
COMMENT ON FUNCTION engine.link_twins(sync.run) IS
'Links twins without links. Exact ones: source google, last_change_wins, W only under all; anonymised ones as what they are (rules 6).';

CREATE OR REPLACE FUNCTION engine.link_anonymised(
    employee text, termine integer[], events text[], run_id bigint DEFAULT NULL
) RETURNS uuid[]
LANGUAGE plpgsql
AS $$
DECLARE
    made uuid[];
BEGIN
    WITH new AS (
        INSERT INTO sync.calendar_sync (
            sync_id, employee_kuerzel, advoware_frnr, google_event_id, source_system, sync_strategy, sync_status,
            advoware_write_allowed, last_sync, google_calendar_id, anonymized, text_from_advoware, starts_at, ends_at)
        SELECT CASE WHEN taken.is_so THEN gen_random_uuid() ELSE own.id END,
            employee, w.frnr, w.event_id, 'advoware', p.sync_strategy, 'pending',
            engine.write_flag(p.advoware_writes, 'advoware', w.frnr), NULL, engine.calendar_of(employee), true, true,
            t.starts_at, t.ends_at
        FROM unnest(termine, events) AS w (frnr, event_id)
        JOIN LATERAL (
            SELECT x.starts_at, x.ends_at FROM sync.seen AS x
            WHERE x.employee_kuerzel = employee
                AND x.side = 'advoware'
                AND x.entry_id = w.frnr::text
            LIMIT 1
        ) AS t ON true
        JOIN sync.effective_policy AS p ON p.employee_kuerzel = employee
        CROSS JOIN LATERAL (SELECT engine.advoware_link_id(employee, w.frnr) AS id OFFSET 0) AS own
        CROSS JOIN LATERAL (
            SELECT EXISTS (SELECT 1 FROM sync.calendar_sync AS l WHERE l.sync_id = own.id) AS is_so
        ) AS taken
        RETURNING sync_id
    )
    SELECT array_agg(n.sync_id) INTO made FROM new AS n;
    PERFORM engine.look_at(run_id, made);
    RETURN made;
END
$$;
COMMENT ON FUNCTION engine.link_anonymised(text, integer[], text[], bigint) IS
'Links Termine with their anonymised copies, pair by pair: such a copy began in Advoware; strategy and W by policy. Returns the links.';
