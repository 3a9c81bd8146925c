CREATE OR REPLACE FUNCTION engine.masters_of(employee text, family text) RETURNS SETOF sync.seen
LANGUAGE sql STABLE
AS $$
    SELECT m.* FROM sync.seen AS m
    WHERE m.employee_kuerzel = employee
        AND m.side = 'google'
        AND m.is_series
        AND m.present
        AND engine.series_family(m.entry_id) = masters_of.family
$$;
COMMENT ON FUNCTION engine.masters_of(text, text) IS 'The living masters of a series: one, or of a split series each part''s.';

CREATE OR REPLACE FUNCTION engine.later_parts(employee text) RETURNS SETOF text
LANGUAGE sql STABLE
AS $$
    SELECT m.entry_id FROM sync.seen AS m
    WHERE m.employee_kuerzel = employee
        AND m.side = 'google'
        AND m.is_series
        AND m.present
        AND m.entry_id <> engine.series_family(m.entry_id)
$$;
COMMENT ON FUNCTION engine.later_parts(text) IS
'Masters of what was split off from series, carried or not: a tombstone of one of their occurrences need not say whose it is.';

CREATE OR REPLACE FUNCTION engine.due_series(employee text) RETURNS SETOF text
LANGUAGE sql STABLE
AS $$
    SELECT m.entry_id
    FROM sync.series AS s
    CROSS JOIN LATERAL engine.masters_of(s.employee_kuerzel, s.family) AS m
    WHERE s.employee_kuerzel = employee
        AND (m.listed_to IS NULL
            OR m.listed_to < engine.expand_to()
            -- What was seen long before the series was carried is no list to go by.
            OR m.observed_at < s.carried_since - interval '15 minutes')
$$;
COMMENT ON FUNCTION engine.due_series(text) IS
'Masters of carried series whose occurrences have to be listed (again): never listed, or not as far ahead as expand_days asks for.';

CREATE OR REPLACE FUNCTION engine.was_carried(look engine.look, master sync.seen) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    of_master integer;
    twins text[];
BEGIN
    SELECT array_agg(DISTINCT o.fingerprint) INTO twins
    FROM sync.seen AS o
    WHERE o.employee_kuerzel = master.employee_kuerzel
        AND o.side = 'google'
        AND o.present
        AND o.master_id = master.entry_id
        AND NOT EXISTS (
            SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = master.employee_kuerzel
                AND NOT l.deleted
                AND l.google_event_id = o.entry_id);
    IF twins IS NULL THEN
        RETURN false;
    END IF;
    SELECT l.advoware_frnr INTO of_master FROM sync.calendar_sync AS l
    WHERE l.employee_kuerzel = master.employee_kuerzel
        AND NOT l.deleted
        AND l.google_event_id = master.entry_id;
    RETURN EXISTS (
        SELECT 1 FROM sync.seen AS t
        WHERE t.employee_kuerzel = master.employee_kuerzel
            AND t.frnr IS NOT NULL
            AND t.frnr = ANY (look.termine || of_master)
            AND t.present
            AND t.fingerprint = ANY (twins)
            AND NOT EXISTS (
                SELECT 1 FROM sync.calendar_sync AS l
                WHERE l.employee_kuerzel = master.employee_kuerzel
                    AND NOT l.deleted
                    AND l.advoware_frnr = t.frnr
                    AND l.google_event_id IS DISTINCT FROM master.entry_id));
END
$$;
COMMENT ON FUNCTION engine.was_carried(engine.look, sync.seen) IS
'Whether an occurrence of this series has an exact twin among the Termine without link: the hub lost its memory since it was carried (rules 6).';

CREATE OR REPLACE FUNCTION engine.may_carry(employee text, master_id text) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT 1 FROM engine.masters_of(employee, engine.series_family(master_id)) AS m
        JOIN sync.calendar_sync AS l ON l.employee_kuerzel = employee
            AND NOT l.deleted
            AND l.google_event_id = m.entry_id
        JOIN engine.link_states AS s ON s.sync_id = l.sync_id
        WHERE NOT (s.state).may_write
            OR (s.state).anonymized);
END
$$;
COMMENT ON FUNCTION engine.may_carry(text, text) IS
'Whether no other part of a split series stands in the way of carrying it: one that may not be written, or is an anonymised copy.';
