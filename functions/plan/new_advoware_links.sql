CREATE OR REPLACE FUNCTION engine.new_termine(look engine.look, employee text) RETURNS SETOF sync.seen
LANGUAGE sql STABLE
AS $$
    SELECT t.* FROM engine.unlinked_termine(employee, look.termine) AS t
    WHERE t.unusable IS NULL
        AND t.fingerprint IS NOT NULL
        AND t.ownership IS DISTINCT FROM 'foreign'
        AND t.ends_at > engine.window_from()
        AND t.starts_at < engine.window_to()
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
'Termine that phase 1 has to carry: usable, within the window, this employee''s, without link, and named by no living event''s tag.';

CREATE OR REPLACE FUNCTION engine.new_advoware_links(run sync.run) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    employee text := run.employee_kuerzel;
    look engine.look;
    policy sync.effective_policy;
    termin sync.seen;
    known sync.calendar_sync;
    made uuid[] := '{}';
    id uuid;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM sync.office) THEN
        RAISE EXCEPTION 'the hub does not know its office yet' USING ERRCODE = '55000',
            HINT = 'Start a listener once: engine.listener_start records Kanzlei and database.';
    END IF;
    SELECT k.* INTO look FROM engine.look AS k WHERE k.run_id = run.run_id;
    IF coalesce(cardinality(look.termine), 0) = 0 THEN
        RETURN;
    END IF;
    SELECT p.* INTO policy FROM sync.effective_policy AS p WHERE p.employee_kuerzel = employee;
    FOR termin IN SELECT t.* FROM engine.new_termine(look, employee) AS t ORDER BY t.starts_at LOOP
        -- A soft-deleted link whose Termin appears again lives again as a half link.
        SELECT l.* INTO known FROM sync.calendar_sync AS l
        WHERE l.employee_kuerzel = employee
            AND l.deleted
            AND l.advoware_frnr = termin.frnr
        ORDER BY l.sync_id = engine.advoware_link_id(employee, termin.frnr) DESC, l.created_at DESC
        LIMIT 1;
        IF FOUND THEN
            id := engine.revive_link(known, termin, policy);
        ELSE
            id := engine.advoware_link_id(employee, termin.frnr);
            -- The fixed id may be taken by a link whose Termin was created again under another number.
            IF EXISTS (SELECT 1 FROM sync.calendar_sync AS l WHERE l.sync_id = id) THEN
                id := gen_random_uuid();
            END IF;
            INSERT INTO sync.calendar_sync (
                sync_id, employee_kuerzel, advoware_frnr, source_system, sync_strategy, sync_status,
                advoware_write_allowed, last_sync, starts_at, ends_at)
            VALUES (id, employee, termin.frnr, 'advoware', policy.sync_strategy, 'pending',
                engine.write_flag(policy.advoware_writes, 'advoware', termin.frnr), NULL,
                termin.starts_at, termin.ends_at);
        END IF;
        made := made || id;
    END LOOP;
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
