CREATE OR REPLACE FUNCTION engine.mark_missing(
    employee text, side sync.source_system_enum, observed_at timestamptz, from_time timestamptz, to_time timestamptz, ids text[]
) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE sync.seen AS s
    SET present = false, proof = NULL, proven_at = NULL, gone_at = NULL, observed_at = mark_missing.observed_at
    WHERE s.employee_kuerzel = mark_missing.employee AND s.side = mark_missing.side AND s.present
        AND s.observed_at <= mark_missing.observed_at
        -- What was never understood has no span: the list it once stood in lacks it now, and absence is proven before anything comes of it.
        AND coalesce(s.ends_at > mark_missing.from_time, true) AND coalesce(s.starts_at < mark_missing.to_time, true)
        -- No list shows what belongs to others; whose it is by now, and whether it is there, is asked when it matters.
        AND s.ownership IS DISTINCT FROM 'foreign'
        -- Occurrences stand in the lists of their own series.
        AND s.master_id IS NULL
        AND NOT EXISTS (SELECT 1 FROM unnest(mark_missing.ids) AS i WHERE i = s.entry_id)
$$;
COMMENT ON FUNCTION engine.mark_missing(text, sync.source_system_enum, timestamptz, timestamptz, timestamptz, text[]) IS 'A whole reading makes missing only what its last known span puts inside that reading''s window, or what never had one (RULES 1), and never a Termin that belongs to others: no list shows it.';
