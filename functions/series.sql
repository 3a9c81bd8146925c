CREATE OR REPLACE FUNCTION sync.series_family(event_id text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT regexp_replace(event_id, '(_R[0-9]{8}(T[0-9]{6}Z?)?)+$', '')
$$;
COMMENT ON FUNCTION sync.series_family(text) IS 'The id of a series without what Google appends when a user splits it ("this and following"): all its parts are one family (RULES 8).';
REVOKE ALL ON FUNCTION sync.series_family(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.is_carried(employee text, master_id text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (SELECT 1 FROM sync.series AS s WHERE s.employee_kuerzel = employee AND s.family = sync.series_family(master_id))
$$;
COMMENT ON FUNCTION sync.is_carried(text, text) IS 'Whether a Google series is carried occurrence by occurrence.';
REVOKE ALL ON FUNCTION sync.is_carried(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.due_series(employee text) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m.entry_id
    FROM sync.series AS s
    JOIN sync.seen AS m ON m.employee_kuerzel = s.employee_kuerzel AND m.side = 'google' AND m.present AND m.is_series
        AND sync.series_family(m.entry_id) = s.family
    WHERE s.employee_kuerzel = employee
        -- What was seen long before the series was carried is no list to go by.
        AND (m.listed_to IS NULL OR m.listed_to < sync.expand_to() OR m.observed_at < s.carried_since - interval '15 minutes')
$$;
COMMENT ON FUNCTION sync.due_series(text) IS 'Masters of series carried by occurrence whose occurrences have to be listed (again): never listed, or not as far ahead as expand_days asks for.';
REVOKE ALL ON FUNCTION sync.due_series(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.was_carried(employee text, master_id text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH counted AS (
        SELECT count(DISTINCT o.entry_id) AS occurrences,
            count(DISTINCT o.entry_id) FILTER (WHERE a.entry_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM sync.calendar_sync AS l WHERE l.employee_kuerzel = employee AND NOT l.deleted
                    AND (l.google_event_id = o.entry_id OR (l.advoware_frnr::text = a.entry_id AND l.google_event_id IS DISTINCT FROM was_carried.master_id)))) AS twins
        FROM sync.seen AS o
        LEFT JOIN sync.seen AS a ON a.employee_kuerzel = employee AND a.side = 'advoware' AND a.present AND a.fingerprint = o.fingerprint
        WHERE o.employee_kuerzel = employee AND o.side = 'google' AND o.present AND o.master_id = was_carried.master_id
            AND o.ends_at > sync.window_from()
    )
    SELECT c.twins > 0 AND (
        m.obstacle IS NOT NULL
        -- Advoware could hold it as a whole. One Termin that looks like one of its days says nothing; most of them had one when it was carried.
        OR (c.twins >= least(2, c.occurrences) AND 2 * c.twins >= c.occurrences
            -- And no Termin stands for it as a whole: neither one that says the same nor the one that its tag names.
            AND NOT EXISTS (SELECT 1 FROM sync.seen AS w
                WHERE w.employee_kuerzel = employee AND w.side = 'advoware' AND w.present
                    AND (w.fingerprint = m.fingerprint OR (w.is_series AND m.tag_kuerzel = employee AND w.entry_id = m.tag_frnr::text)))))
    FROM counted AS c, sync.seen AS m
    WHERE m.employee_kuerzel = employee AND m.side = 'google' AND m.entry_id = was_carried.master_id
$$;
COMMENT ON FUNCTION sync.was_carried(text, text) IS 'Whether a Google series was carried by occurrence before the hub lost its memory, whatever an old tag of its master says (RULES 6): an occurrence has an exact twin among the Termine without link. Of a series that Advoware could hold as a whole (it has lost its exceptions since) at least half of the occurrences in the window must have one, two at least, and no Termin may stand for the series as a whole.';
REVOKE ALL ON FUNCTION sync.was_carried(text, text) FROM PUBLIC;
