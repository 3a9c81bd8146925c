SELECT pg_catalog.to_regtype('engine.split_half') IS NULL AS is_new \gset
\if :is_new
CREATE TYPE engine.split_half AS (sync_id uuid, frnr bigint, is_undone boolean, may_write boolean);
\endif
COMMENT ON TYPE engine.split_half IS
'Of the second half of a series that a user split: the first half''s link and Termin, and whether the split is an edit that is undone.';

CREATE OR REPLACE FUNCTION engine.split_half_of(event sync.seen) RETURNS engine.split_half
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    half engine.split_half;
BEGIN
    IF event.present
        AND event.master_id IS NULL
        AND NOT event.invitation
        AND event.tag_sync_id IS NOT NULL
        AND event.entry_id LIKE '%\_R%'
        AND event.entry_id <> engine.series_family(event.entry_id)
    THEN
        SELECT l.sync_id, l.advoware_frnr,
            (l.sync_strategy = 'source_system_wins' AND l.source_system = 'advoware')
                OR (l.sync_strategy = 'last_change_wins' AND NOT (s.state).may_write),
            (s.state).may_write
        INTO half
        FROM sync.calendar_sync AS l
        JOIN engine.link_states AS s ON s.sync_id = l.sync_id
        WHERE l.sync_id = event.tag_sync_id
            AND l.employee_kuerzel = event.employee_kuerzel
            AND l.google_event_id <> event.entry_id
            AND engine.series_family(l.google_event_id) = engine.series_family(event.entry_id);
    END IF;
    RETURN half;
END
$$;
COMMENT ON FUNCTION engine.split_half_of(sync.seen) IS
'Google copies our tag onto the second half of a split series. Undone where Advoware wins, or W is false; else a new appointment (rules 8).';

CREATE OR REPLACE FUNCTION engine.text_of_split_half(event sync.seen) RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    half engine.split_half := engine.split_half_of(event);
BEGIN
    RETURN CASE WHEN NOT half.is_undone THEN half.frnr END;
END
$$;
COMMENT ON FUNCTION engine.text_of_split_half(sync.seen) IS
'The Termin that has the text of an anonymised second half; NULL: the event is none, or its split is undone.';
