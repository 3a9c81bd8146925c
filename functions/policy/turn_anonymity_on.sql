CREATE OR REPLACE FUNCTION engine.turn_anonymity_on(asked sync.request) RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    switch text := coalesce('anonymize of ' || asked.employee_kuerzel, 'anonymize_google_events of the office');
    is_turned boolean;
BEGIN
    IF asked.dry_run THEN
        RETURN 'full_content = false: planned as if anonymised; a dry run turns nothing on';
    END IF;
    -- For the record: who asked may be somebody else than who is logged in (a schedule, a notification).
    PERFORM set_config(
        'sync.asked',
        jsonb_build_object('request_id', asked.request_id, 'requested_by', asked.requested_by)::text,
        true);
    IF asked.employee_kuerzel IS NULL THEN
        UPDATE sync.setting AS s SET anonymize_google_events = true WHERE NOT s.anonymize_google_events;
    ELSE
        UPDATE sync.employee AS e SET anonymize = true
        WHERE e.kuerzel = asked.employee_kuerzel
            AND NOT e.anonymize;
    END IF;
    is_turned := FOUND;
    PERFORM set_config('sync.asked', '', true);
    RETURN format('full_content = false: %s %s', switch,
        CASE WHEN is_turned THEN format('was turned on (asked by %s)', asked.requested_by) ELSE 'was on already' END);
END
$$;
-- It is turned off in the hub, as ever, by whoever sets policy.
COMMENT ON FUNCTION engine.turn_anonymity_on(sync.request) IS
'Turns anonymisation on for whom a request with full_content = false asks, on record with who asked. Returns what the request''s message says.';
