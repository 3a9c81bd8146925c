CREATE OR REPLACE FUNCTION engine.new_termine(look engine.look, employee text) RETURNS SETOF sync.seen
LANGUAGE sql STABLE
AS $$
    SELECT t.* FROM engine.unlinked_termine(employee, look.termine) AS t
    WHERE t.unusable IS NULL
        AND t.fingerprint IS NOT NULL
        AND t.ownership IS DISTINCT FROM 'foreign'
        AND t.ends_at > engine.window_from()
        AND t.starts_at < engine.window_to()
        AND NOT engine.waits_for_copies(t)
        -- An event that says it is this Termin's may still be found alive: it is asked for first.
        AND NOT EXISTS (
            SELECT 1 FROM engine.unlinked_events(employee, ARRAY(
                SELECT s.entry_id FROM sync.seen AS s
                WHERE s.tag_kuerzel = employee
                    AND s.tag_frnr = t.frnr
                    AND s.side = 'google'
                    AND s.present)) AS e
            WHERE engine.names_termin(e))
$$;
COMMENT ON FUNCTION engine.new_termine(engine.look, text) IS
'Termine that phase 1 has to carry: usable, within the window, this employee''s, without link, named by no tag, waiting for no copy.';

CREATE OR REPLACE FUNCTION engine.new_advoware_links(run sync.run) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    employee text := run.employee_kuerzel;
    look engine.look;
    policy sync.effective_policy;
    again record;
    termine sync.seen[];
    revived integer[] := '{}';
    made uuid[] := '{}';
BEGIN
    IF NOT EXISTS (SELECT 1 FROM sync.office) THEN
        RAISE EXCEPTION 'the hub does not know its office yet' USING ERRCODE = '55000',
            HINT = 'The first reading of a listener records Kanzlei and database.';
    END IF;
    SELECT k.* INTO look FROM engine.look AS k WHERE k.run_id = run.run_id;
    IF coalesce(cardinality(look.termine), 0) = 0 THEN
        RETURN;
    END IF;
    SELECT p.* INTO policy FROM sync.effective_policy AS p WHERE p.employee_kuerzel = employee;
    termine := ARRAY(SELECT t FROM engine.new_termine(look, employee) AS t ORDER BY t.starts_at);
    -- A soft-deleted link whose Termin appears again lives again as a half link.
    FOR again IN
        SELECT l.link, t AS termin
        FROM unnest(termine) AS t
        JOIN LATERAL (
            SELECT k AS link FROM sync.calendar_sync AS k
            WHERE k.employee_kuerzel = employee
                AND k.deleted
                AND k.advoware_frnr = t.frnr
            ORDER BY k.sync_id = engine.advoware_link_id(employee, t.frnr) DESC, k.created_at DESC
            LIMIT 1
        ) AS l ON true
    LOOP
        made := made || engine.revive_link(again.link, again.termin, policy);
        revived := revived || (again.termin).frnr;
    END LOOP;
    WITH new AS (
        INSERT INTO sync.calendar_sync (
            sync_id, employee_kuerzel, advoware_frnr, source_system, sync_strategy, sync_status,
            advoware_write_allowed, last_sync, starts_at, ends_at)
        SELECT
            -- The fixed id may be taken by a link whose Termin was created again under another number.
            CASE WHEN taken.is_so THEN gen_random_uuid() ELSE own.id END,
            employee, t.frnr, 'advoware', policy.sync_strategy, 'pending',
            engine.write_flag(policy.advoware_writes, 'advoware', t.frnr), NULL, t.starts_at, t.ends_at
        FROM unnest(termine) AS t
        CROSS JOIN LATERAL (SELECT engine.advoware_link_id(employee, t.frnr) AS id OFFSET 0) AS own
        CROSS JOIN LATERAL (
            SELECT EXISTS (SELECT 1 FROM sync.calendar_sync AS l WHERE l.sync_id = own.id) AS is_so
        ) AS taken
        WHERE t.frnr <> ALL (revived)
        RETURNING sync_id
    )
    SELECT made || coalesce(array_agg(n.sync_id), '{}') INTO made FROM new AS n;
    PERFORM engine.look_at(run.run_id, made);
    PERFORM engine.refuse_unusable(run, 'advoware');
END
$$;
COMMENT ON FUNCTION engine.new_advoware_links(sync.run) IS
'Phase 1: every Termin without a link gets one (source advoware, pending); a soft-deleted link of it lives again (rules 2).';

CREATE OR REPLACE FUNCTION engine.revive_link(
    known sync.calendar_sync, termin sync.seen, policy sync.effective_policy
) RETURNS uuid
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM engine.end_writes(known);
    UPDATE sync.calendar_sync AS l
    SET deleted = false, source_system = 'advoware', sync_status = 'pending', sync_strategy = policy.sync_strategy,
        advoware_write_allowed = engine.write_flag(policy.advoware_writes, 'advoware', l.advoware_frnr),
        google_event_id = NULL, google_fingerprint = NULL, advoware_fingerprint = NULL,
        google_watermark = NULL, advoware_watermark = NULL,
        anonymized = false, tagged = false, text_from_advoware = false, text_withheld = false,
        last_error = NULL, refused_basis = NULL, attempts = 0, superseded_count = 0, next_attempt_at = NULL,
        starts_at = termin.starts_at, ends_at = termin.ends_at
    WHERE l.sync_id = known.sync_id;
    RETURN known.sync_id;
END
$$;
COMMENT ON FUNCTION engine.revive_link(sync.calendar_sync, sync.seen, sync.effective_policy) IS
'A soft-deleted link whose Termin appears again: a half link of source advoware, W by policy, nothing settled (rules 2).';
