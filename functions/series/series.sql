CREATE OR REPLACE FUNCTION engine.series_family(event_id text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT regexp_replace(event_id, '(_R[0-9]{8}(T[0-9]{6}Z?)?)+$', '')
$$;
COMMENT ON FUNCTION engine.series_family(text) IS 'The id of a series without what Google appends when a user splits it ("this and following"): all its parts are one family (RULES 8).';

CREATE OR REPLACE FUNCTION engine.is_carried(employee text, master_id text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (SELECT 1 FROM sync.series AS s WHERE s.employee_kuerzel = employee AND s.family = engine.series_family(master_id))
$$;
COMMENT ON FUNCTION engine.is_carried(text, text) IS 'Whether a Google series is carried occurrence by occurrence.';

CREATE OR REPLACE FUNCTION engine.due_series(employee text) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m.entry_id
    FROM sync.series AS s
    JOIN sync.seen AS m ON m.employee_kuerzel = s.employee_kuerzel AND m.side = 'google' AND m.present AND m.is_series
        AND engine.series_family(m.entry_id) = s.family
    WHERE s.employee_kuerzel = employee
        -- What was seen long before the series was carried is no list to go by.
        AND (m.listed_to IS NULL OR m.listed_to < engine.expand_to() OR m.observed_at < s.carried_since - interval '15 minutes')
$$;
COMMENT ON FUNCTION engine.due_series(text) IS 'Masters of series carried by occurrence whose occurrences have to be listed (again): never listed, or not as far ahead as expand_days asks for.';

CREATE OR REPLACE FUNCTION engine.was_carried(employee text, master_id text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT 1 FROM sync.seen AS o
        JOIN sync.seen AS a ON a.employee_kuerzel = employee AND a.side = 'advoware' AND a.present AND a.fingerprint = o.fingerprint
        WHERE o.employee_kuerzel = employee AND o.side = 'google' AND o.present AND o.master_id = was_carried.master_id
            AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l WHERE l.employee_kuerzel = employee AND NOT l.deleted
                AND (l.google_event_id = o.entry_id OR (l.advoware_frnr::text = a.entry_id AND l.google_event_id IS DISTINCT FROM was_carried.master_id))))
$$;
COMMENT ON FUNCTION engine.was_carried(text, text) IS 'Whether an occurrence of a Google series has an exact twin among the Termine without link: the series was carried by occurrence before the hub lost its memory, whatever an old tag of its master says (RULES 6).';
