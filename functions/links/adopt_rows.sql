CREATE OR REPLACE FUNCTION sync.adopt_rows(rows jsonb, dry_run boolean DEFAULT false)
RETURNS TABLE (
    row_number bigint, becomes text, employee_kuerzel text, advoware_frnr integer, google_event_id text,
    source_system text, sync_strategy text, advoware_write_allowed boolean
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- Times without a zone are UTC, as that program stored them.
SET TimeZone = 'UTC'
AS $$
DECLARE
    judged engine.old_row[] := ARRAY(SELECT r FROM engine.judge_old_rows(rows) AS r);
    wrong text;
    how_many bigint;
BEGIN
    -- All or nothing ----------------------------------------------------------------
    SELECT count(*), string_agg(format('row %s: %s', r.row_number, array_to_string(r.faults, '; ')), E'\n'
        ORDER BY r.row_number)
    INTO how_many, wrong
    FROM unnest(judged) AS r WHERE r.verdict = 'wrong';
    IF how_many > 0 THEN
        RAISE EXCEPTION '% of % rows are wrong, nothing was adopted', how_many, cardinality(judged)
            USING ERRCODE = '22023', DETAIL = wrong,
            HINT = 'Rows are counted from 1, the header is none. Correct these, or leave them out.';
    END IF;

    -- Links that the next run settles -----------------------------------------------
    IF NOT dry_run THEN
        INSERT INTO sync.calendar_sync (
            sync_id, employee_kuerzel, advoware_frnr, google_event_id, source_system, sync_strategy, sync_status,
            advoware_write_allowed, last_sync, created_at, google_calendar_id, text_from_advoware)
        SELECT r.sync_id, r.employee_kuerzel, r.advoware_frnr, r.google_event_id,
            (r.says ->> 'source_system')::sync.source_system_enum,
            (r.says ->> 'sync_strategy')::sync.sync_strategy_enum, 'pending', engine.old_write_flag(r),
            (r.says ->> 'last_sync')::timestamptz, coalesce((r.says ->> 'created_at')::timestamptz, now()),
            engine.calendar_of(r.employee_kuerzel), r.says ->> 'source_system' = 'advoware'
        FROM unnest(judged) AS r
        WHERE r.verdict IN ('link', 'half link')
        ORDER BY r.sync_id;
        -- That program named a series' occurrences one by one: so they are carried.
        INSERT INTO sync.series (employee_kuerzel, family)
        SELECT DISTINCT r.employee_kuerzel,
            engine.series_family(regexp_replace(r.google_event_id, engine.of_occurrence(), ''))
        FROM unnest(judged) AS r
        WHERE r.verdict IN ('link', 'half link')
            AND r.google_event_id ~ engine.of_occurrence()
        ON CONFLICT DO NOTHING;
        -- What they link is recognised when the whole calendar is looked at.
        UPDATE sync.reading AS d SET sync_token = NULL, boundless_at = NULL
        WHERE d.side = 'google'
            AND d.employee_kuerzel IN (
                SELECT r.employee_kuerzel FROM unnest(judged) AS r WHERE r.verdict IN ('link', 'half link'));
        SELECT count(*) INTO how_many FROM unnest(judged) AS r WHERE r.verdict IN ('link', 'half link');
        RAISE NOTICE '%', CASE
            WHEN how_many > 0 THEN format('adopted: %s of %s rows; the next run settles them', how_many,
                cardinality(judged))
            ELSE 'nothing was left to adopt'
        END;
    END IF;

    RETURN QUERY
    SELECT r.row_number, r.verdict, r.employee_kuerzel, r.advoware_frnr, r.google_event_id, r.says ->> 'source_system',
        r.says ->> 'sync_strategy', CASE WHEN r.verdict LIKE '%link' THEN engine.old_write_flag(r) END
    FROM unnest(judged) AS r;
END
$$;
COMMENT ON FUNCTION sync.adopt_rows(jsonb, boolean) IS
'Makes links of the rows of the program that ran before; the next run settles them. dry_run: only says so. Raises 22023, each wrong row named.';
GRANT EXECUTE ON FUNCTION sync.adopt_rows(jsonb, boolean) TO calendar_sync_operator;

CREATE OR REPLACE FUNCTION engine.of_occurrence() RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT '_[0-9]{8}(T[0-9]{6}Z)?$'
$$;
COMMENT ON FUNCTION engine.of_occurrence() IS 'What the id of a series'' occurrence ends in, as a regular expression.';

CREATE OR REPLACE FUNCTION engine.old_write_flag(old engine.old_row) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    -- Derived Termine cannot be written, whatever that program said.
    SELECT old.says ->> 'advoware_write_allowed' ~* '^(t|true|1)$' AND coalesce(old.advoware_frnr, 1) > 0
$$;
COMMENT ON FUNCTION engine.old_write_flag(engine.old_row) IS 'W of an adopted row: what the row says, to the letter.';

CREATE OR REPLACE FUNCTION engine.meet_adopted(employee text, observed_at timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    -- The other side of what was seen is missing where a list should have shown it, of what nobody has seen both are.
    -- That is a list's word: it is asked for before anything is done because of it.
    INSERT INTO sync.seen (employee_kuerzel, side, entry_id, present, observed_at)
    SELECT employee, missing.side, missing.id, false, meet_adopted.observed_at
    FROM sync.calendar_sync AS l
    LEFT JOIN sync.seen AS t ON t.employee_kuerzel = employee
        AND t.side = 'advoware'
        AND t.entry_id = l.advoware_frnr::text
    LEFT JOIN sync.seen AS e ON e.employee_kuerzel = employee
        AND e.side = 'google'
        AND e.entry_id = l.google_event_id
    CROSS JOIN LATERAL (
        SELECT 'google'::sync.source_system_enum AS side, l.google_event_id::text AS id WHERE e.entry_id IS NULL
        UNION ALL
        SELECT 'advoware', l.advoware_frnr::text
        WHERE t.entry_id IS NULL
            AND coalesce(e.ends_at > engine.window_from(), true)
            AND coalesce(e.starts_at < engine.window_to(), true)
    ) AS missing
    WHERE l.employee_kuerzel = employee
        AND l.employee_kuerzel <> ''
        AND NOT l.deleted
        AND NOT l.tagged
        AND coalesce(l.google_calendar_id = engine.calendar_of(employee), true)
        AND l.google_fingerprint IS NULL
        AND l.advoware_fingerprint IS NULL
        AND missing.id IS NOT NULL
    ON CONFLICT ON CONSTRAINT seen_pkey DO NOTHING;
END
$$;
COMMENT ON FUNCTION engine.meet_adopted(text, timestamptz) IS
'When the whole calendar was listed: what adopted links name and no list has shown is missing, and will be asked for (rules 1 and 6).';
