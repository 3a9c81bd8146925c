CREATE OR REPLACE FUNCTION engine.store_occurrences(employee text, observed_at timestamptz, from_time timestamptz, listed jsonb) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE sync.seen AS o
    SET present = false, proof = NULL, proven_at = NULL, gone_at = NULL, observed_at = store_occurrences.observed_at
    FROM sync.seen AS m
    LEFT JOIN jsonb_to_recordset(store_occurrences.listed) AS l (id text, until timestamptz) ON l.id = m.entry_id
    WHERE o.employee_kuerzel = employee AND o.side = 'google' AND o.present AND o.ends_at > from_time
        AND o.observed_at < store_occurrences.observed_at
        AND m.employee_kuerzel = employee AND m.side = 'google' AND m.entry_id = o.master_id
        -- Missing from the whole list of its series, or there is no series any more.
        AND (o.starts_at < l.until OR NOT m.present OR NOT m.is_series);

    UPDATE sync.seen AS m SET listed_before = m.listed_to, listed_to = l.until
    FROM jsonb_to_recordset(store_occurrences.listed) AS l (id text, until timestamptz)
    WHERE m.employee_kuerzel = employee AND m.side = 'google' AND m.entry_id = l.id;
END
$$;
COMMENT ON FUNCTION engine.store_occurrences(text, timestamptz, timestamptz, jsonb) IS 'Makes missing what a whole list of a series'' occurrences (listed: id of the master, until when) no longer shows, and all occurrences of a series that is gone. The entries of the same reading have been stored before.';
