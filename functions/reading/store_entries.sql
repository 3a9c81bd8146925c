CREATE OR REPLACE FUNCTION engine.store_entries(
    employee text, side sync.source_system_enum, observed_at timestamptz, entries jsonb, proof text DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    changed sync.seen[];
    read sync.reading;
BEGIN
    SELECT r.* INTO read FROM sync.reading AS r WHERE r.employee_kuerzel = employee AND r.side = store_entries.side;
    changed := ARRAY(
        SELECT engine.seen_anew(k.entry, e)
        FROM engine.entries_of(
            employee, store_entries.side, store_entries.observed_at, store_entries.entries, store_entries.proof) AS e
        -- Each by its key.
        LEFT JOIN LATERAL (
            SELECT s AS entry FROM sync.seen AS s
            WHERE s.employee_kuerzel = employee
                AND s.side = store_entries.side
                AND s.entry_id = e.entry_id
            LIMIT 1
        ) AS k ON true
        WHERE CASE
            -- A tombstone of something never seen tells nothing.
            WHEN k.entry IS NULL THEN e.present OR e.proof IS NOT NULL
            ELSE engine.observed_at(k.entry, read) <= e.observed_at AND NOT engine.tells_nothing_new(k.entry, e)
        END);
    IF cardinality(changed) > 0 THEN
        PERFORM engine.write_seen(changed);
        PERFORM engine.raise_highest_frnr(side, changed);
        IF side = 'advoware' AND read.digest IS NOT NULL THEN
            PERFORM engine.forget_digest(employee);
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION engine.store_entries(text, sync.source_system_enum, timestamptz, jsonb, text) IS
'Stores what was seen of some entries of a side, each by key. observed_at: database time at which the request was sent that saw them.';

CREATE OR REPLACE FUNCTION engine.forget_digest(employee text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE sync.reading AS r SET digest = NULL
    WHERE r.employee_kuerzel = employee
        AND r.side = 'advoware'
        AND r.digest IS NOT NULL;
END
$$;
COMMENT ON FUNCTION engine.forget_digest(text) IS
'The hub knows something of a Termin that the last list did not say: the same list again is to be read.';

CREATE OR REPLACE FUNCTION engine.raise_highest_frnr(side sync.source_system_enum, entries sync.seen[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF side = 'advoware' THEN
        UPDATE sync.office AS o SET highest_frnr = h.frnr
        FROM (SELECT max(e.entry_id::bigint) AS frnr FROM unnest(entries) AS e) AS h
        WHERE h.frnr > o.highest_frnr;
    END IF;
END
$$;
COMMENT ON FUNCTION engine.raise_highest_frnr(sync.source_system_enum, sync.seen[]) IS 'Numbers only grow: the highest ever seen is remembered (rules 5).';

-- A FULL JOIN can only be hashed or merged: no statistics can make the planner compare every entry
-- with every known one.
CREATE OR REPLACE FUNCTION engine.store_list(
    employee text, side sync.source_system_enum, observed_at timestamptz, entries jsonb, unchanged jsonb,
    from_time timestamptz, to_time timestamptz
) RETURNS void
LANGUAGE plpgsql
-- All rows of an employee are read: by the page, and not one by one as an index scan would.
SET enable_indexscan = off
AS $$
DECLARE
    changed sync.seen[];
    read sync.reading;
BEGIN
    SELECT r.* INTO read FROM sync.reading AS r WHERE r.employee_kuerzel = employee AND r.side = store_list.side;
    changed := ARRAY(
        SELECT CASE
            WHEN e.entry_id IS NULL THEN engine.missing_entry(k.entry, store_list.observed_at)
            ELSE engine.seen_anew(k.entry, e.entry)
        END
        FROM (
            SELECT x.entry_id, x AS entry
            FROM engine.entries_of(employee, store_list.side, store_list.observed_at, store_list.entries, NULL) AS x
            UNION ALL
            SELECT u.entry_id, NULL FROM jsonb_array_elements_text(store_list.unchanged) AS u (entry_id)
        ) AS e
        FULL JOIN (
            SELECT s AS entry, s.entry_id FROM sync.seen AS s
            WHERE s.employee_kuerzel = employee
                AND s.side = store_list.side
        ) AS k ON k.entry_id = e.entry_id
        WHERE CASE
            WHEN k.entry_id IS NULL THEN (e.entry).present
            WHEN e.entry IS NULL AND e.entry_id IS NOT NULL THEN false
            WHEN engine.observed_at(k.entry, read) > store_list.observed_at THEN false
            WHEN e.entry_id IS NOT NULL THEN NOT engine.tells_nothing_new(k.entry, e.entry)
            -- Missing is what its last known span puts inside the window, or what never had a span; never what belongs
            -- to others, which no list shows, nor an occurrence, which stands in the list of its own series.
            ELSE (k.entry).present
                AND coalesce((k.entry).ends_at > from_time, true)
                AND coalesce((k.entry).starts_at < to_time, true)
                AND (k.entry).ownership IS DISTINCT FROM 'foreign'
                AND (k.entry).master_id IS NULL
        END);
    IF cardinality(changed) > 0 THEN
        PERFORM engine.write_seen(changed);
        PERFORM engine.raise_highest_frnr(side, changed);
    END IF;
END
$$;
COMMENT ON FUNCTION
    engine.store_list(text, sync.source_system_enum, timestamptz, jsonb, jsonb, timestamptz, timestamptz) IS
'Stores a whole list of a side: what is new or has changed is written, what it lacks is missing; unchanged: ids of what is there as before (rules 1).';

CREATE OR REPLACE FUNCTION engine.missing_entry(known sync.seen, observed_at timestamptz) RETURNS sync.seen
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    known.present := false;
    known.proof := NULL;
    known.proven_at := NULL;
    known.gone_at := NULL;
    known.digest := NULL;
    known.observed_at := missing_entry.observed_at;
    RETURN known;
END
$$;
COMMENT ON FUNCTION engine.missing_entry(sync.seen, timestamptz) IS 'An entry as a whole list leaves it that lacks it: not there, and not proven.';
