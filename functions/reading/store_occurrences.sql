CREATE OR REPLACE FUNCTION engine.store_occurrences(
    employee text, observed_at timestamptz, from_time timestamptz, entries jsonb, listed jsonb
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    masters text[] := ARRAY(SELECT l.id FROM jsonb_to_recordset(listed) AS l (id text));
    gone text[];
BEGIN
    -- Of a series that is there no more, or is none any more, all occurrences are gone.
    gone := ARRAY(
        SELECT o.entry_id
        FROM sync.seen AS o
        JOIN LATERAL (
            SELECT s.present, s.is_series FROM sync.seen AS s
            WHERE s.employee_kuerzel = employee
                AND s.side = 'google'
                AND s.entry_id = o.master_id
            LIMIT 1
        ) AS m ON true
        WHERE o.employee_kuerzel = employee
            AND o.master_id IS NOT NULL
            AND o.side = 'google'
            AND o.present
            AND o.ends_at > from_time
            AND NOT (m.present AND m.is_series));
    IF cardinality(masters) > 0 THEN
        -- So is what the whole list of a series no longer shows; a FULL JOIN, because it can only be hashed or merged.
        gone := gone || ARRAY(
            SELECT o.entry_id
            FROM (
                SELECT s.entry_id, s.starts_at, s.observed_at, l.until
                FROM jsonb_to_recordset(listed) AS l (id text, until timestamptz)
                JOIN sync.seen AS s ON s.employee_kuerzel = employee AND s.master_id = l.id
                WHERE s.side = 'google'
                    AND s.present
                    AND s.ends_at > from_time
            ) AS o
            FULL JOIN jsonb_to_recordset(entries) AS e (id text) ON e.id = o.entry_id
            WHERE e.id IS NULL
                AND o.starts_at < o.until
                AND o.observed_at <= store_occurrences.observed_at);
    END IF;
    UPDATE sync.seen AS o
    SET present = false, proof = NULL, proven_at = NULL, gone_at = NULL, observed_at = store_occurrences.observed_at
    WHERE o.employee_kuerzel = employee
        AND o.side = 'google'
        AND o.entry_id = ANY (gone);

    UPDATE sync.seen AS m
    SET listed_before = m.listed_to, listed_to = l.until,
        observed_at = greatest(m.observed_at, store_occurrences.observed_at)
    FROM jsonb_to_recordset(listed) AS l (id text, until timestamptz)
    WHERE m.employee_kuerzel = employee
        AND m.side = 'google'
        AND m.entry_id = l.id
        AND ((m.listed_before, m.listed_to) IS DISTINCT FROM (m.listed_to, l.until)
            OR m.entry_id IN (SELECT d FROM engine.due_series(employee) AS d));
END
$$;
COMMENT ON FUNCTION engine.store_occurrences(text, timestamptz, timestamptz, jsonb, jsonb) IS
'Makes missing what a full list of a series'' occurrences (listed: master, until when) no longer shows, and those of a series that is gone.';
