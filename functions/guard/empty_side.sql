CREATE OR REPLACE FUNCTION engine.side_is_empty(employee text, side sync.source_system_enum) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    from_time timestamptz := engine.window_from();
    to_time timestamptz := engine.window_to();
    read_at timestamptz := (
        SELECT r.observed_at FROM sync.reading AS r WHERE r.employee_kuerzel = employee AND r.side = 'advoware');
    listed sync.seen;
    put_there_at timestamptz;
    missing_since timestamptz;
BEGIN
    FOR listed IN
        SELECT e.* FROM sync.seen AS e
        WHERE e.employee_kuerzel = employee
            AND e.side = side_is_empty.side
            AND e.present
            AND coalesce(e.ends_at > from_time, true)
            AND coalesce(e.starts_at < to_time, true)
            -- What lists do not show: others' Termine, and what was found by a GET alone.
            AND NOT (e.side = 'advoware'
                AND (e.ownership IS NOT DISTINCT FROM 'foreign' OR e.observed_at > coalesce(read_at, 'infinity')))
    LOOP
        -- What we have put there ourselves since the others are missing says nothing about the side that lost them.
        put_there_at := engine.put_there_at(listed);
        IF put_there_at IS NULL THEN
            RETURN false;
        END IF;
        missing_since := coalesce(missing_since, engine.missing_since(employee, side), 'infinity');
        IF put_there_at <= missing_since THEN
            RETURN false;
        END IF;
    END LOOP;
    -- Three links or more should be there.
    RETURN 3 = (
        SELECT count(*) FROM (
            SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = employee
                AND NOT l.deleted
                AND l.advoware_frnr IS NOT NULL
                AND l.google_event_id IS NOT NULL
                AND coalesce(l.ends_at > from_time, true)
                AND coalesce(l.starts_at < to_time, true)
            LIMIT 3) AS three);
END
$$;
COMMENT ON FUNCTION engine.side_is_empty(text, sync.source_system_enum) IS
'Whether a side lists nothing, but for what we have put there since it lost the rest, while three links or more should be there (rules 5).';

CREATE OR REPLACE FUNCTION engine.missing_since(employee text, side sync.source_system_enum) RETURNS timestamptz
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    entry sync.seen;
    since timestamptz;
BEGIN
    FOR entry IN
        SELECT m.* FROM sync.seen AS m
        WHERE m.employee_kuerzel = employee
            AND m.side = missing_since.side
            AND NOT m.present
    LOOP
        CONTINUE WHEN entry.observed_at >= since;
        IF EXISTS (
            SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = employee
                AND NOT l.deleted
                AND l.advoware_frnr = entry.frnr
                AND l.google_event_id IS NOT NULL
                AND l.refused_basis IS NULL)
            OR (entry.side = 'google'
                AND EXISTS (
                    SELECT 1 FROM sync.calendar_sync AS l
                    WHERE l.employee_kuerzel = employee
                        AND NOT l.deleted
                        AND l.google_event_id = entry.entry_id
                        AND l.advoware_frnr IS NOT NULL
                        AND l.refused_basis IS NULL))
        THEN
            since := entry.observed_at;
        END IF;
    END LOOP;
    RETURN since;
END
$$;
COMMENT ON FUNCTION engine.missing_since(text, sync.source_system_enum) IS 'Since when anything of a link is missing on a side; NULL: nothing is.';

CREATE OR REPLACE FUNCTION engine.put_there_at(entry sync.seen) RETURNS timestamptz
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    link uuid;
BEGIN
    IF entry.side = 'advoware' THEN
        SELECT l.sync_id INTO link FROM sync.calendar_sync AS l
        WHERE l.employee_kuerzel = entry.employee_kuerzel
            AND NOT l.deleted
            AND l.advoware_frnr = entry.frnr;
        RETURN (
            SELECT max(t.finished_at) FROM sync.action AS t
            WHERE t.sync_id = link
                AND t.status = 'done'
                AND t.kind IN ('create_termin', 'recreate_termin')
                AND t.advoware_frnr = entry.frnr);
    END IF;
    SELECT l.sync_id INTO link FROM sync.calendar_sync AS l
    WHERE l.employee_kuerzel = entry.employee_kuerzel
        AND NOT l.deleted
        AND l.google_event_id = entry.entry_id;
    RETURN (
        SELECT max(t.finished_at) FROM sync.action AS t
        WHERE t.sync_id = link
            AND t.status = 'done'
            AND t.kind IN ('create_event', 'recreate_event')
            AND t.google_event_id = entry.entry_id);
END
$$;
COMMENT ON FUNCTION engine.put_there_at(sync.seen) IS 'When an action of ours created this entry of a link; NULL: none did.';
