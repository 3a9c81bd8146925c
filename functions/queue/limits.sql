CREATE OR REPLACE FUNCTION engine.limits() RETURNS TABLE (advoware_concurrency integer, google_concurrency integer)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.advoware_concurrency, s.google_concurrency FROM sync.setting AS s
$$;
-- Listeners ask with every heartbeat, and learn it with every run they claim.
COMMENT ON FUNCTION engine.limits() IS 'How many requests a listener may have in flight to Advoware and to Google.';
GRANT EXECUTE ON FUNCTION engine.limits() TO calendar_sync_user;
