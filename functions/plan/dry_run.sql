CREATE OR REPLACE FUNCTION engine.dry_run(run_id bigint, fence bigint, reading jsonb) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    run sync.run := engine.require_lease(run_id, fence);
    plan jsonb;
    kept integer;
    one_phase integer;
BEGIN
    BEGIN
        IF NOT engine.store_reading(run_id, fence, reading) THEN
            RETURN NULL;
        END IF;
        IF NOT run.full_content THEN
            UPDATE sync.employee AS e SET anonymize = true WHERE e.kuerzel = run.employee_kuerzel;
        END IF;
        PERFORM engine.settle(run_id, fence);
        FOREACH one_phase IN ARRAY
            CASE WHEN run.phase IS NULL THEN ARRAY[1, 2, 3, 4] ELSE ARRAY[run.phase::integer] END
        LOOP
            PERFORM engine.plan_phase(run_id, one_phase);
        END LOOP;
        SELECT jsonb_agg(to_jsonb(t) ORDER BY t.action_id) INTO plan FROM sync.action AS t WHERE t.run_id = run.run_id;
        -- Everything but the plan is undone.
        RAISE EXCEPTION 'dry run' USING ERRCODE = 'CS999';
    EXCEPTION WHEN SQLSTATE 'CS999' THEN
        NULL;
    END;
    INSERT INTO sync.action OVERRIDING SYSTEM VALUE
    SELECT p.* FROM jsonb_populate_recordset(NULL::sync.action, coalesce(plan, '[]')) AS p;
    GET DIAGNOSTICS kept = ROW_COUNT;
    RETURN kept;
END
$$;
COMMENT ON FUNCTION engine.dry_run(bigint, bigint, jsonb) IS
'Stores, settles and plans (full_content = false: as if anonymised), undoes all but the plan. Returns its rows; NULL: the reading was overtaken. Raises CS003.';
GRANT EXECUTE ON FUNCTION engine.dry_run(bigint, bigint, jsonb) TO calendar_sync_user;
