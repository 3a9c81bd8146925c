CREATE OR REPLACE FUNCTION engine.is_time(word text) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    PERFORM word::timestamptz;
    RETURN true;
EXCEPTION WHEN data_exception THEN
    RETURN false;
END
$$;
COMMENT ON FUNCTION engine.is_time(text) IS 'Whether this can be read as a timestamp.';

CREATE OR REPLACE FUNCTION engine.fault_of(field text, word text, is_good boolean, allowed text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN is_good IS NOT TRUE THEN
        format('%s: %s; allowed: %s', field, coalesce('"' || left(word, 40) || '"', 'missing'), allowed) END
$$;
COMMENT ON FUNCTION engine.fault_of(text, text, boolean, text) IS 'What is wrong with a value, and what is allowed; NULL: it is good.';

CREATE OR REPLACE FUNCTION engine.faults_of_old_row(row_says jsonb) RETURNS text[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    frnr text := row_says ->> 'advoware_frnr';
    event text := row_says ->> 'google_event_id';
    who text := row_says ->> 'employee_kuerzel';
    who_is_known boolean := EXISTS (SELECT 1 FROM sync.employee AS e WHERE e.kuerzel = row_says ->> 'employee_kuerzel');
    -- As PostgreSQL writes them, and as a program in Python does.
    yes_or_no CONSTANT text := '^(t|f|true|false|1|0)$';
BEGIN
    RETURN array_remove(ARRAY[
        engine.fault_of('sync_id', row_says ->> 'sync_id',
            row_says ->> 'sync_id' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', 'a UUID'),
        CASE WHEN NOT who_is_known THEN engine.fault_of('employee_kuerzel', who, false, coalesce(
            (SELECT string_agg(e.kuerzel, ', ' ORDER BY e.kuerzel) FROM sync.employee AS e)
                || ' (leave the rows of who has left out)',
            'nobody yet: start a listener once, it reads the employees from Advoware')) END,
        engine.fault_of('advoware_frnr', frnr,
            frnr IS NULL OR (frnr ~ '^-?[0-9]{1,10}$' AND frnr::bigint BETWEEN -2147483648 AND 2147483647
                AND frnr::bigint <> 0), 'a Termin''s number, or nothing'),
        engine.fault_of('google_event_id', event, event IS NULL OR (length(event) <= 255 AND event !~ '\s'),
            'an event''s id of at most 255 characters, or nothing'),
        CASE WHEN frnr IS NULL AND event IS NULL THEN
            'advoware_frnr and google_event_id: both missing; allowed: at least one of them' END,
        engine.fault_of('source_system', row_says ->> 'source_system',
            row_says ->> 'source_system' IN ('advoware', 'google'), 'advoware, google'),
        engine.fault_of('sync_strategy', row_says ->> 'sync_strategy',
            row_says ->> 'sync_strategy' IN ('source_system_wins', 'last_change_wins'),
            'source_system_wins, last_change_wins'),
        engine.fault_of('sync_status', row_says ->> 'sync_status',
            coalesce(row_says ->> 'sync_status' IN ('pending', 'synced', 'failed'), true), 'pending, synced, failed'),
        engine.fault_of('advoware_write_allowed', row_says ->> 'advoware_write_allowed',
            row_says ->> 'advoware_write_allowed' ~* yes_or_no, 'true, false'),
        engine.fault_of('deleted', row_says ->> 'deleted', row_says ->> 'deleted' ~* yes_or_no, 'true, false'),
        engine.fault_of('last_sync', row_says ->> 'last_sync', coalesce(engine.is_time(row_says ->> 'last_sync'), true),
            'a timestamp, or nothing'),
        engine.fault_of('created_at', row_says ->> 'created_at',
            coalesce(engine.is_time(row_says ->> 'created_at'), true), 'a timestamp, or nothing')
    ], NULL);
END
$$;
COMMENT ON FUNCTION engine.faults_of_old_row(jsonb) IS
'What is wrong with a row of the program that ran before, by field: value and what is allowed. Empty: nothing.';

SELECT pg_catalog.to_regtype('engine.old_row') IS NULL AS is_new \gset
\if :is_new
CREATE TYPE engine.old_row AS (
    row_number bigint, says jsonb, sync_id uuid, employee_kuerzel text, advoware_frnr integer, google_event_id text,
    verdict text, faults text[]
);
\endif
COMMENT ON TYPE engine.old_row IS
'A row of the program that ran before, and what becomes of it: link, half link, there already, deleted: left out, or wrong.';

CREATE OR REPLACE FUNCTION engine.other_row(rows bigint[], mine bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE
AS $$
    SELECT min(r) FROM unnest(rows) AS r WHERE r <> mine
$$;
COMMENT ON FUNCTION engine.other_row(bigint[], bigint) IS 'The first of several rows that is not this one.';

CREATE OR REPLACE FUNCTION engine.hub_knows(
    sync_id uuid, employee text, frnr integer, event_id text, OUT is_known boolean, OUT faults text[]
)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    owner text := (SELECT l.employee_kuerzel FROM sync.calendar_sync AS l WHERE l.sync_id = hub_knows.sync_id);
    of_termin sync.calendar_sync;
    of_event sync.calendar_sync;
BEGIN
    faults := '{}';
    is_known := false;
    IF owner IS NOT NULL THEN
        is_known := owner = employee;
        IF NOT is_known THEN
            faults := ARRAY[format('sync_id: "%s" is a link of %s in the hub; allowed: one that it does not know',
                sync_id, owner)];
        END IF;
        RETURN;
    END IF;
    SELECT l.* INTO of_termin FROM sync.calendar_sync AS l
    WHERE l.employee_kuerzel = employee
        AND NOT l.deleted
        AND l.advoware_frnr = frnr;
    SELECT l.* INTO of_event FROM sync.calendar_sync AS l
    WHERE l.employee_kuerzel = employee
        AND NOT l.deleted
        AND l.google_event_id = event_id;
    IF of_termin.sync_id = of_event.sync_id THEN
        is_known := true;
        RETURN;
    END IF;
    faults := array_remove(ARRAY[
        CASE WHEN of_termin.sync_id IS NOT NULL THEN
            format('advoware_frnr: "%s" belongs to link %s in the hub, with %s; allowed: a Termin without link', frnr,
                of_termin.sync_id, coalesce('event ' || of_termin.google_event_id, 'no event')) END,
        CASE WHEN of_event.sync_id IS NOT NULL THEN
            format('google_event_id: "%s" belongs to link %s in the hub, with %s; allowed: an event without link',
                event_id, of_event.sync_id, coalesce('Termin ' || of_event.advoware_frnr, 'no Termin')) END], NULL);
END
$$;
COMMENT ON FUNCTION engine.hub_knows(uuid, text, integer, text) IS
'Whether the hub has this link, by its id or by both sides, and what it knows that is in the way.';

CREATE OR REPLACE FUNCTION engine.judge_old_rows(rows jsonb) RETURNS SETOF engine.old_row
LANGUAGE sql STABLE
AS $$
    -- Each step once for each row.
    WITH said AS MATERIALIZED (
        SELECT r.ordinality AS row_number, c.says,
            coalesce(c.says ->> 'deleted' ~* '^(t|true|1)$', false) AS is_deleted
        FROM jsonb_array_elements(rows) WITH ORDINALITY AS r (row)
        -- Nothing is nothing, however it is written.
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(f.key, nullif(btrim(f.value), '')) AS says FROM jsonb_each_text(r.row) AS f
        ) AS c
    ), checked AS MATERIALIZED (
        SELECT s.*, CASE WHEN s.is_deleted THEN '{}' ELSE engine.faults_of_old_row(s.says) END AS faults FROM said AS s
    ), read AS (
        SELECT c.row_number, c.says, c.is_deleted, c.faults,
            CASE WHEN is_.good THEN (c.says ->> 'sync_id')::uuid END AS sync_id,
            c.says ->> 'employee_kuerzel' AS kuerzel,
            CASE WHEN is_.good THEN (c.says ->> 'advoware_frnr')::integer END AS frnr,
            CASE WHEN is_.good THEN c.says ->> 'google_event_id' END AS event_id
        FROM checked AS c
        CROSS JOIN LATERAL (SELECT NOT c.is_deleted AND c.faults = '{}' AS good) AS is_
    -- One link, one Termin, one event: a second row that names it, and what the hub knows, are in the way ------
    ), met AS MATERIALIZED (
        SELECT r.*,
            array_remove(ARRAY[
                CASE WHEN r.sync_id IS NOT NULL AND count(*) OVER same_link > 1 THEN
                    format('sync_id: "%s" stands in row %s, too; allowed: once', r.sync_id,
                        engine.other_row(array_agg(r.row_number) OVER same_link, r.row_number)) END,
                CASE WHEN r.frnr IS NOT NULL AND count(*) OVER same_termin > 1 THEN
                    format('advoware_frnr: "%s" stands in row %s, too; allowed: one row for one Termin of an employee',
                        r.frnr, engine.other_row(array_agg(r.row_number) OVER same_termin, r.row_number)) END,
                CASE WHEN r.event_id IS NOT NULL AND count(*) OVER same_event > 1 THEN
                    format('google_event_id: "%s" stands in row %s, too; allowed: one row for one event',
                        r.event_id, engine.other_row(array_agg(r.row_number) OVER same_event, r.row_number)) END
            ], NULL) AS doubles
        FROM read AS r
        WINDOW same_link AS (PARTITION BY r.sync_id),
            same_termin AS (PARTITION BY r.kuerzel, r.frnr),
            same_event AS (PARTITION BY r.kuerzel, r.event_id)
    )
    SELECT m.row_number, m.says, m.sync_id, m.kuerzel, m.frnr, m.event_id,
        CASE
            WHEN m.is_deleted THEN 'deleted: left out'
            WHEN cardinality(m.faults || m.doubles || hub.faults) > 0 THEN 'wrong'
            WHEN hub.is_known THEN 'there already'
            WHEN m.frnr IS NULL OR m.event_id IS NULL THEN 'half link'
            ELSE 'link'
        END,
        m.faults || m.doubles || hub.faults
    FROM met AS m
    CROSS JOIN LATERAL engine.hub_knows(m.sync_id, m.kuerzel, m.frnr, m.event_id) AS hub
    ORDER BY m.row_number
$$;
COMMENT ON FUNCTION engine.judge_old_rows(jsonb) IS
'What becomes of the rows of the program that ran before, a JSON array; they are counted from 1. Changes nothing.';
