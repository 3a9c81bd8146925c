CREATE OR REPLACE FUNCTION engine.waits_for_copies(termin sync.seen) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN termin.side = 'advoware'
        AND termin.ownership IS DISTINCT FROM 'foreign'
        AND EXISTS (
            SELECT 1 FROM sync.seen AS e
            WHERE e.says_anonymous
                AND e.fingerprint = termin.anonymous_fingerprint
                AND e.employee_kuerzel = termin.employee_kuerzel
                AND e.present
                AND NOT EXISTS (
                    SELECT 1 FROM sync.calendar_sync AS l
                    WHERE l.employee_kuerzel = e.employee_kuerzel
                        AND NOT l.deleted
                        AND l.google_event_id = e.entry_id));
END
$$;
COMMENT ON FUNCTION engine.waits_for_copies(sync.seen) IS
'Whether an event without link says what this Termin''s anonymised copy would, and is not its twin: a person has to say whose it is (rules 6).';

CALL pg_temp.make_view('engine.copies_without_link', $view$
SELECT e.employee_kuerzel, e.entry_id, e.fingerprint
FROM sync.seen AS e
JOIN sync.reading AS r ON r.employee_kuerzel = e.employee_kuerzel
    AND r.side = 'google'
WHERE e.says_anonymous
    AND e.side = 'google'
    AND e.present
    AND e.master_id IS NULL
    AND e.ends_at > r.window_from
    AND NOT EXISTS (
        SELECT 1 FROM sync.calendar_sync AS l
        WHERE l.employee_kuerzel = e.employee_kuerzel
            AND NOT l.deleted
            AND l.google_event_id = e.entry_id)
$view$);
COMMENT ON VIEW engine.copies_without_link IS
'Events that say exactly what anonymised copies say, without tag and link, as far as the window reaches: never posted (rules 6).';
COMMENT ON COLUMN engine.copies_without_link.employee_kuerzel IS 'In whose calendar.';
COMMENT ON COLUMN engine.copies_without_link.entry_id IS 'The event.';
COMMENT ON COLUMN engine.copies_without_link.fingerprint IS 'What it says, which is no more than when.';

CREATE OR REPLACE FUNCTION sync.link_copy(employee text, frnr integer, event text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made uuid[];
BEGIN
    PERFORM engine.require_employee('employee', employee);
    IF NOT EXISTS (
        SELECT 1 FROM engine.copies_without_link AS c
        WHERE c.employee_kuerzel = employee
            AND c.entry_id = link_copy.event)
    THEN
        RAISE EXCEPTION 'event: "%" is no anonymised copy of % without link; those there are: %',
            coalesce(left(link_copy.event, 255), 'NULL'), employee, coalesce((
                SELECT string_agg(c.entry_id, ', ' ORDER BY c.entry_id) FROM engine.copies_without_link AS c
                WHERE c.employee_kuerzel = employee), 'none') USING ERRCODE = '22023';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM engine.unlinked_termine(employee, ARRAY[link_copy.frnr]) AS t
        WHERE t.ownership IS DISTINCT FROM 'foreign')
    THEN
        RAISE EXCEPTION 'frnr: % is no Termin of % that was seen and has no link',
            coalesce(link_copy.frnr::text, 'NULL'), employee USING ERRCODE = '22023',
            HINT = 'sync.seen shows what was seen, sync.calendar_sync the links.';
    END IF;
    made := engine.link_anonymised(employee, ARRAY[link_copy.frnr], ARRAY[link_copy.event]);
    RETURN made[1];
END
$$;
COMMENT ON FUNCTION sync.link_copy(text, integer, text) IS
'A person says whose Termin an anonymised copy without link (event) stands for; bi.health names them. Returns the link. Raises 22023.';
GRANT EXECUTE ON FUNCTION sync.link_copy(text, integer, text) TO calendar_sync_operator;
