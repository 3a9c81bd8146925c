CREATE OR REPLACE FUNCTION engine.claim_work(listener text, owner text, key_prefix text)
RETURNS TABLE (run_id bigint, fence bigint, request_id bigint, employee_kuerzel text, phase smallint, dry_run boolean,
    lease_seconds integer, advoware_concurrency integer, google_concurrency integer,
    google_calendar_id text, to_be_shared boolean,
    observed_at timestamptz, window_from timestamptz, window_to timestamptz, google_from timestamptz, google_token text,
    expand_to timestamptz, carried jsonb, parts jsonb, due jsonb, advoware_digest text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- As for engine.claim_run.
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    claimed record;
    ordered record;
BEGIN
    LOOP
        SELECT c.* INTO claimed FROM engine.claim_run(listener, owner) AS c;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        SELECT NULL::timestamptz AS observed_at, NULL::timestamptz AS window_from, NULL::timestamptz AS window_to,
            NULL::timestamptz AS google_from, NULL::text AS google_token, NULL::timestamptz AS expand_to,
            NULL::jsonb AS carried, NULL::jsonb AS parts, NULL::jsonb AS due, NULL::text AS advoware_digest
        INTO ordered;
        -- Nothing comes before the reading: what to read is said at once, and one answer less is waited for.
        IF claimed.run_id IS NOT NULL AND claimed.google_calendar_id IS NOT NULL AND NOT claimed.to_be_shared THEN
            SELECT r.* INTO ordered
            FROM engine.begin_reading(claimed.run_id, claimed.fence, claim_work.key_prefix) AS r;
            -- Somebody has paused the employee just now, and the run has ended.
            CONTINUE WHEN NOT FOUND;
        END IF;
        RETURN QUERY SELECT claimed.run_id, claimed.fence, claimed.request_id, claimed.employee_kuerzel, claimed.phase,
            claimed.dry_run, claimed.lease_seconds, claimed.advoware_concurrency, claimed.google_concurrency,
            claimed.google_calendar_id, claimed.to_be_shared,
            ordered.observed_at, ordered.window_from, ordered.window_to, ordered.google_from, ordered.google_token,
            ordered.expand_to, ordered.carried, ordered.parts, ordered.due, ordered.advoware_digest;
        RETURN;
    END LOOP;
END
$$;
COMMENT ON FUNCTION engine.claim_work(text, text, text) IS
'Claims as engine.claim_run does, and says what to read as engine.begin_reading does where nothing comes before that. Raises CS002.';
GRANT EXECUTE ON FUNCTION engine.claim_work(text, text, text) TO calendar_sync_user;
