CREATE OR REPLACE FUNCTION engine.unknown_termine(
    run_id bigint, fence bigint, termine bigint[], digests bigint[]
) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- All of an employee's Termine are compared at once: by one hash of them, read by the page.
SET enable_nestloop = off
SET enable_indexscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    employee text;
BEGIN
    SELECT r.employee_kuerzel INTO employee FROM sync.run AS r
    WHERE r.run_id = unknown_termine.run_id
        AND r.fence = unknown_termine.fence;
    RETURN to_jsonb(ARRAY(
        SELECT t.frnr FROM unnest(termine, digests) AS t (frnr, digest)
        LEFT JOIN (
            SELECT s.frnr, s.digest FROM sync.seen AS s
            WHERE s.employee_kuerzel = employee
                AND s.side = 'advoware'
                AND s.present
        ) AS k ON k.frnr = t.frnr
        WHERE k.digest IS DISTINCT FROM t.digest));
END
$$;
COMMENT ON FUNCTION engine.unknown_termine(bigint, bigint, bigint[], bigint[]) IS
'Of the Termine of a list, by number and digest of how it shows them, those that the hub does not know exactly so. Returns their numbers.';
GRANT EXECUTE ON FUNCTION engine.unknown_termine(bigint, bigint, bigint[], bigint[]) TO calendar_sync_user;
