CREATE OR REPLACE FUNCTION engine.plan_phase(run_id bigint, phase integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    run sync.run;
    planned integer;
BEGIN
    IF phase IS NULL OR phase NOT BETWEEN 1 AND 4 THEN
        RAISE EXCEPTION 'phase: % is not a phase; allowed are 1 (new in Advoware), 2 (new in Google), 3 (deleted), 4 (changed)', phase USING ERRCODE = '22023';
    END IF;
    -- One plan at a time, and no takeover meanwhile: the session of a listener that died may still be planning.
    SELECT r.* INTO run FROM sync.run AS r WHERE r.run_id = plan_phase.run_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'run_id: % is no run', run_id USING ERRCODE = '22023', HINT = 'SELECT run_id, employee_kuerzel, status FROM sync.run shows them.';
    END IF;
    IF run.status <> 'running' THEN
        RAISE EXCEPTION 'run_id: run % is %; only a running one can be planned', run_id, run.status USING ERRCODE = '22023',
            HINT = 'SELECT sync.request_sync(dry_run => true) shows what would be done.';
    END IF;
    IF engine.is_paused(run.employee_kuerzel) THEN
        UPDATE sync.run AS r SET error_code = 'paused' WHERE r.run_id = run.run_id;
        RETURN 0;
    END IF;
    PERFORM set_config('sync.run_id', run_id::text, true), set_config('sync.phase', phase::text, true);
    -- What was held before is asked anew. (Phase 3: see the brake.)
    UPDATE sync.action AS t SET status = 'superseded', finished_at = clock_timestamp()
    WHERE t.employee_kuerzel = run.employee_kuerzel AND t.phase = plan_phase.phase AND plan_phase.phase <> 3 AND t.status = 'held'
        AND t.kind <> 'create_calendar' AND t.run_id <> run.run_id;

    IF phase = 1 THEN
        PERFORM engine.new_advoware_links(run.employee_kuerzel);
        PERFORM engine.refuse_unusable(run_id, 1, 'advoware');
    ELSIF phase = 2 THEN
        PERFORM engine.new_google_links(run.employee_kuerzel);
        PERFORM engine.refuse_unusable(run_id, 2, 'google');
        -- A tagged event whose link the hub does not have is never posted before a single GET of its Termin.
        INSERT INTO sync.action (run_id, phase, kind, reason, employee_kuerzel, advoware_frnr, google_event_id, unproven)
        SELECT run.run_id, 2, 'link_event', 'tagged as ours, but its link is not known: its Termin is asked for', run.employee_kuerzel, g.tag_frnr, g.entry_id, true
        FROM engine.unlinked_events(run.employee_kuerzel) AS g
        WHERE engine.tag_is_open(run.employee_kuerzel, g)
            AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l
                WHERE l.employee_kuerzel = run.employee_kuerzel AND NOT l.deleted AND l.advoware_frnr = g.tag_frnr)
            AND NOT EXISTS (SELECT 1 FROM sync.action AS t WHERE t.run_id = run.run_id AND t.kind = 'link_event' AND t.google_event_id = g.entry_id)
            AND NOT EXISTS (SELECT 1 FROM engine.held_back(run.employee_kuerzel) AS h WHERE h = g.tag_frnr);
    END IF;

    INSERT INTO sync.action (run_id, phase, kind, reason, status, result, sync_id, employee_kuerzel, advoware_frnr, google_event_id,
        missing_side, approved, conflict, reverted, unproven, mode, meant_fingerprint, meant_time_fingerprint, basis, finished_at)
    SELECT run.run_id, plan_phase.phase,
        CASE WHEN d.kind = 'refuse' THEN engine.refused_kind(plan_phase.phase, d.sync_id, d.reason) ELSE d.kind END, d.reason,
        CASE WHEN d.kind = 'refuse' THEN 'refused' ELSE 'planned' END,
        CASE WHEN d.kind = 'refuse' THEN d.reason END,
        d.sync_id, run.employee_kuerzel, l.advoware_frnr, l.google_event_id,
        d.missing_side,
        engine.is_approved(d.sync_id, d.kind, engine.target_entry(d.kind, l.advoware_frnr, l.google_event_id)),
        d.conflict, d.reverted, d.prove_advoware OR d.prove_google, d.mode, d.meant_fingerprint, d.meant_time_fingerprint,
        CASE WHEN d.kind = 'refuse' THEN d.basis END,
        CASE WHEN d.kind = 'refuse' THEN clock_timestamp() END
    FROM engine.decisions(run.employee_kuerzel, plan_phase.phase, run.full_content, run.started_at) AS d
    JOIN sync.calendar_sync AS l ON l.sync_id = d.sync_id
    -- Once in a run, and once more when the first plan no longer held.
    WHERE NOT EXISTS (
        SELECT 1 FROM sync.action AS t
        WHERE t.run_id = run.run_id AND t.sync_id = d.sync_id AND t.kind = d.kind AND t.status NOT IN ('superseded', 'in_doubt')
            -- In a dry run nothing is tagged between two phases.
            AND (t.phase = plan_phase.phase OR (t.kind = 'tag_event' AND t.status = 'planned')))
    ORDER BY l.starts_at, l.sync_id, d.kind = 'tag_event';

    UPDATE sync.calendar_sync AS l
    SET sync_status = 'failed', last_error = left(t.result, 120), refused_basis = t.basis
    FROM sync.action AS t
    WHERE t.run_id = run.run_id AND t.phase = plan_phase.phase AND t.status = 'refused' AND t.sync_id = l.sync_id
        AND l.refused_basis IS DISTINCT FROM t.basis;

    IF phase = 3 THEN
        INSERT INTO sync.action (run_id, phase, kind, reason, sync_id, employee_kuerzel, advoware_frnr, google_event_id, missing_side, approved)
        SELECT run.run_id, 3, 'delete_event', 'another living event of the same appointment', s.sync_id, run.employee_kuerzel, l.advoware_frnr, s.entry_id, 'advoware',
            engine.is_approved(s.sync_id, 'delete_event', s.entry_id)
        FROM engine.stray_events(run.employee_kuerzel) AS s
        JOIN sync.calendar_sync AS l ON l.sync_id = s.sync_id
        WHERE NOT EXISTS (SELECT 1 FROM sync.action AS t
            WHERE t.run_id = run.run_id AND t.google_event_id = s.entry_id AND t.kind = 'delete_event' AND t.status <> 'superseded');
        PERFORM engine.plan_late_termine(run_id);
        PERFORM engine.apply_brake(run_id);
    ELSE
        PERFORM engine.hold_reshaped(run_id, phase);
    END IF;
    SELECT count(*) INTO planned FROM sync.action AS t WHERE t.run_id = run.run_id AND t.phase = plan_phase.phase AND t.status = 'planned';
    RETURN planned;
END
$$;
COMMENT ON FUNCTION engine.plan_phase(bigint, integer) IS
'Plans a phase (1 new in Advoware, 2 new in Google, 3 deleted, 4 changed) of a running run: compares the links with what was seen and writes sync.action rows with kind, reason and link. Refusals are marked on their links. Phase 3 passes the brake before any proof is fetched. Returns how many rows wait to be begun. Raises 22023 for an unknown phase or a run that is not running.';
GRANT EXECUTE ON FUNCTION engine.plan_phase(bigint, integer) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION engine.refused_kind(phase integer, link uuid, reason text) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN phase = 2 THEN 'create_termin'
        WHEN phase = 3 AND s.g_known AND NOT s.g_present THEN 'delete_termin'
        WHEN phase = 3 THEN CASE WHEN reason = 'invitation_is_read_only' THEN 'delete_event' ELSE 'recreate_termin' END
        WHEN reason IN ('invitation_is_read_only', 'occurrence_cannot_repeat') THEN 'update_event'
        ELSE 'update_termin'
    END
    FROM engine.link_state AS s WHERE s.sync_id = link
$$;
COMMENT ON FUNCTION engine.refused_kind(integer, uuid, text) IS 'Which operation a refusal refused, for sync.action.kind.';
