CREATE OR REPLACE FUNCTION engine.split_halves(employee text)
RETURNS TABLE (sync_id uuid, entry_id text, frnr bigint, is_undone boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.sync_id, g.entry_id, s.advoware_frnr::bigint,
        (s.sync_strategy = 'source_system_wins' AND s.source_system = 'advoware') OR (s.sync_strategy = 'last_change_wins' AND NOT s.may_write)
    FROM sync.seen AS g
    JOIN engine.link_state AS s ON s.sync_id = g.tag_sync_id AND s.employee_kuerzel = employee AND s.google_event_id <> g.entry_id
        AND engine.series_family(s.google_event_id) = engine.series_family(g.entry_id)
    WHERE g.employee_kuerzel = employee AND g.side = 'google' AND g.present AND g.master_id IS NULL AND NOT g.invitation
        AND g.entry_id LIKE '%\_R%' AND g.entry_id <> engine.series_family(g.entry_id)
$$;
COMMENT ON FUNCTION engine.split_halves(text) IS
'Second halves of linked series that a user split ("this and following"): Google copies our tag onto them. is_undone: Advoware wins for that link, or the last change would and W is false, so the split is an edit that is undone: the half is deleted and the series restored. Otherwise it is a new appointment, once W holds for the first half; frnr is the Termin whose text an anonymised one takes (RULES 8).';

CREATE OR REPLACE FUNCTION engine.split_frnr(employee text, event_id text) RETURNS bigint
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT h.frnr FROM engine.split_halves(employee) AS h WHERE h.entry_id = event_id AND NOT h.is_undone
$$;
COMMENT ON FUNCTION engine.split_frnr(text, text) IS 'The Termin that has the text of an anonymised second half of a series that a user split; NULL: the event is none.';

CREATE OR REPLACE FUNCTION engine.may_carry(employee text, master_id text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT NOT EXISTS (SELECT 1 FROM engine.link_state AS k
        WHERE k.employee_kuerzel = employee AND k.g_present AND k.g_is_series AND (NOT k.may_write OR k.anonymized)
            AND engine.series_family(k.google_event_id) = engine.series_family(master_id))
$$;
COMMENT ON FUNCTION engine.may_carry(text, text) IS 'Whether a series may be carried by occurrence as far as the other parts of a split series are concerned: they would be carried with it, so none of them may be one that must not be written in Advoware, or that is an anonymised copy.';
