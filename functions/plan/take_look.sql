-- The one pass over all of an employee's links and entries. It is written with FULL JOINs because these can only be
-- hashed or merged: no statistics, however wrong, can make the planner compare every link with every entry. Only narrow
-- columns go through it. The function is long because it is one statement: what is quiet stands there as a whole.
CREATE OR REPLACE FUNCTION engine.take_look(run sync.run) RETURNS void
LANGUAGE plpgsql
-- All rows of an employee are read: by the page, and not one by one as an index scan would.
SET enable_indexscan = off
AS $$
DECLARE
    employee text := run.employee_kuerzel;
    recheck boolean := run.recheck;
    past_edge timestamptz := engine.window_from() - interval '1 day';
    anonymize boolean := (
        SELECT p.anonymize FROM sync.effective_policy AS p WHERE p.employee_kuerzel = run.employee_kuerzel);
    families text[] := ARRAY(SELECT s.family FROM sync.series AS s WHERE s.employee_kuerzel = run.employee_kuerzel);
BEGIN
    -- What is noted ---------------------------------------------------------------
    INSERT INTO engine.look AS k (run_id, anonymize, links, termine, events)
    SELECT run.run_id, anonymize,
        coalesce(array_agg(l.sync_id) FILTER (WHERE l.sync_id IS NOT NULL), '{}') || ARRAY(
            -- Whatever both sides say, a write that is not settled is to be thought of.
            SELECT DISTINCT w.sync_id FROM sync.action AS w
            WHERE w.employee_kuerzel = employee
                AND w.write_state IS NOT NULL),
        coalesce(array_agg(t.frnr) FILTER (WHERE l.sync_id IS NULL AND t.frnr IS NOT NULL), '{}'),
        coalesce(array_agg(e.entry_id) FILTER (WHERE l.sync_id IS NULL AND e.entry_id IS NOT NULL), '{}')
    -- Links beside what was seen of both sides ------------------------------------
    FROM (
        SELECT x.sync_id, x.advoware_frnr, x.google_event_id,
            x.source_system, x.sync_strategy, x.sync_status, x.last_sync,
            x.advoware_fingerprint, x.google_fingerprint, x.advoware_watermark, x.google_watermark,
            x.starts_at, x.ends_at, x.anonymized, x.text_from_advoware, x.text_withheld, x.tagged, x.times_hidden,
            x.last_error, x.refused_basis, x.superseded_count
        FROM sync.calendar_sync AS x
        WHERE x.employee_kuerzel = employee
            AND x.employee_kuerzel <> ''
            AND NOT x.deleted
    ) AS l
    FULL JOIN (
        SELECT x.frnr, x.present, x.unusable, x.ownership, x.fingerprint, x.anonymous_fingerprint, x.api_timestamp,
            x.starts_at, x.ends_at, x.is_private
        FROM sync.seen AS x
        WHERE x.employee_kuerzel = employee
            AND x.side = 'advoware'
    ) AS t ON t.frnr = l.advoware_frnr
    FULL JOIN (
        SELECT x.entry_id, x.master_id, x.present, x.unusable, x.fingerprint, x.api_timestamp,
            x.is_private, x.invitation, x.is_series, x.tag_frnr, x.tag_anonymized, x.ends_at
        FROM sync.seen AS x
        WHERE x.employee_kuerzel = employee
            AND x.side = 'google'
    ) AS e ON e.entry_id = l.google_event_id
    -- What is not quiet -----------------------------------------------------------
    WHERE CASE
        WHEN l.sync_id IS NULL THEN coalesce(t.present, false)
            -- What ended before the window is left alone until it is seen inside again, unless its tag names a Termin
            -- that is listed.
            OR coalesce(
                e.present
                AND ((e.ends_at > past_edge) IS NOT FALSE
                    OR EXISTS (
                        SELECT 1 FROM sync.seen AS named
                        WHERE named.employee_kuerzel = employee
                            AND named.frnr = e.tag_frnr
                            AND named.present)), false)
        -- So is an adopted link of such an event, whose Termin no list has shown.
        WHEN t.frnr IS NULL
            AND e.present
            AND e.ends_at <= past_edge
            AND l.google_fingerprint IS NULL
            THEN false
        -- A link is quiet when each of these holds; engine.settled and engine.decide find nothing to do for it then.
        ELSE (
            l.sync_status = 'synced'
            AND l.last_error IS NULL
            AND l.refused_basis IS NULL
            AND l.superseded_count = 0
            -- Both sides are there, and as they were settled.
            AND t.present
            AND t.unusable IS NULL
            AND t.ownership IS DISTINCT FROM 'foreign'
            AND e.present
            AND e.unusable IS NULL
            AND t.fingerprint = l.advoware_fingerprint
            AND e.fingerprint = l.google_fingerprint
            AND t.api_timestamp IS NOT DISTINCT FROM l.advoware_watermark
            AND e.api_timestamp IS NOT DISTINCT FROM l.google_watermark
            AND t.starts_at IS NOT DISTINCT FROM l.starts_at
            AND t.ends_at IS NOT DISTINCT FROM l.ends_at
            -- Another strategy counts by another clock.
            AND l.last_sync IS NOT DISTINCT FROM engine.settled_time(
                l.sync_strategy, l.source_system, t.api_timestamp, e.api_timestamp, l.last_sync)
            -- The copy's text follows the policy, and the hub knows what the copy says.
            AND CASE WHEN anonymize THEN l.anonymized OR (l.source_system = 'google' AND NOT l.text_from_advoware)
                ELSE NOT l.anonymized AND NOT l.text_withheld END
            AND (NOT anonymize OR NOT l.anonymized OR e.fingerprint = t.anonymous_fingerprint)
            AND (l.anonymized OR e.tag_anonymized IS NOT TRUE)
            AND (NOT l.text_withheld OR t.fingerprint <> e.fingerprint)
            -- It carries our tag, and is as private as its Termin.
            AND (l.tagged OR e.invitation OR e.master_id IS NOT NULL)
            AND (NOT t.is_private OR e.is_private OR e.invitation OR l.times_hidden >= 3)
            AND (t.is_private OR l.times_hidden = 0)
            AND (NOT e.is_series OR engine.series_family(e.entry_id) <> ALL (families))
            AND (NOT recheck
                OR CASE
                    WHEN l.anonymized THEN e.fingerprint = t.anonymous_fingerprint
                    ELSE e.fingerprint = t.fingerprint
                END)
        ) IS NOT TRUE
    END
    ON CONFLICT ON CONSTRAINT look_pkey DO UPDATE
    SET anonymize = excluded.anonymize, links = excluded.links, termine = excluded.termine, events = excluded.events;
END
$$;
COMMENT ON FUNCTION engine.take_look(sync.run) IS
'Looks once at all of an employee''s links and entries, and notes in engine.look what is not quiet: only that reaches the rules.';

CREATE OR REPLACE FUNCTION engine.look_again(run sync.run) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM engine.look AS k
        JOIN sync.effective_policy AS p ON p.employee_kuerzel = run.employee_kuerzel
        WHERE k.run_id = run.run_id
            AND k.anonymize = p.anonymize)
    THEN
        PERFORM engine.take_look(run);
    END IF;
END
$$;
COMMENT ON FUNCTION engine.look_again(sync.run) IS
'Looks anew when nobody has since the last reading, or anonymisation was turned on or off: quiet copies are to be rewritten (rules 7).';

CREATE OR REPLACE FUNCTION engine.look_at(run_id bigint, made uuid[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF cardinality(made) > 0 THEN
        UPDATE engine.look AS k SET links = k.links || made WHERE k.run_id = look_at.run_id;
    END IF;
END
$$;
COMMENT ON FUNCTION engine.look_at(bigint, uuid[]) IS 'Links that a run has made or revived since its last look reach the rules, too.';

CREATE OR REPLACE FUNCTION engine.all_is_quiet(run sync.run) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM engine.look AS k
        WHERE k.run_id = run.run_id
            AND k.links = '{}'
            AND k.termine = '{}'
            AND k.events = '{}');
END
$$;
COMMENT ON FUNCTION engine.all_is_quiet(sync.run) IS
'Whether the last look of this run found all of the employee''s links quiet, and nothing without a link.';
