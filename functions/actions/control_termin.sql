CREATE OR REPLACE FUNCTION engine.control_of(read sync.reading, other_than integer) RETURNS bigint
LANGUAGE plpgsql STABLE
-- The index has them in order, and the first will do: who knows nothing of the table would read and sort them all.
SET enable_sort = off
AS $$
BEGIN
    RETURN (
        SELECT s.frnr FROM sync.seen AS s
        WHERE s.employee_kuerzel = read.employee_kuerzel
            AND s.frnr IS NOT NULL
            AND s.frnr > 0
            AND s.frnr IS DISTINCT FROM other_than
            AND s.present
            AND engine.observed_at(s, read) > clock_timestamp() - interval '1 day'
        ORDER BY s.frnr DESC
        LIMIT 1);
END
$$;
COMMENT ON FUNCTION engine.control_of(sync.reading, integer) IS
'A Termin of one employee that was seen within a day, but for the one named; NULL: there is none.';

CREATE OR REPLACE FUNCTION engine.control_termin(employee text, other_than integer) RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    read sync.reading;
    control bigint;
BEGIN
    SELECT r.* INTO read FROM sync.reading AS r WHERE r.employee_kuerzel = employee AND r.side = 'advoware';
    control := engine.control_of(read, other_than);
    IF control IS NULL THEN
        -- Any Termin of the office will do.
        FOR read IN
            SELECT r.* FROM sync.reading AS r
            WHERE r.side = 'advoware'
                AND r.entries > 0
                AND r.whole_at > clock_timestamp() - interval '1 day'
            ORDER BY r.whole_at DESC
            LIMIT 10
        LOOP
            control := engine.control_of(read, other_than);
            EXIT WHEN control IS NOT NULL;
        END LOOP;
    END IF;
    RETURN control;
END
$$;
COMMENT ON FUNCTION engine.control_termin(text, integer) IS
'A Termin of the office that was seen within a day: a good answer about it shows that Advoware is well (rules 2). NULL: none is known.';
