CREATE OR REPLACE FUNCTION engine.series_family(event_id text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT regexp_replace(event_id, '(_R[0-9]{8}(T[0-9]{6}Z?)?)+$', '')
$$;
COMMENT ON FUNCTION engine.series_family(text) IS
'The id of a series without what Google appends when a user splits it ("this and following"): all its parts are one family (rules 8).';

CREATE OR REPLACE FUNCTION engine.is_carried(employee text, master_id text) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM sync.series AS s
        WHERE s.employee_kuerzel = employee
            AND s.family = engine.series_family(master_id));
END
$$;
COMMENT ON FUNCTION engine.is_carried(text, text) IS 'Whether a Google series is carried occurrence by occurrence.';
