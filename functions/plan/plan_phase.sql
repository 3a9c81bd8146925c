CREATE OR REPLACE FUNCTION engine.plan_phase(run_id bigint, phase integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- As for engine.begin_action: entries and links are asked for by key.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    run sync.run;
BEGIN
    -- May it be planned? -----------------------------------------------------------
    IF phase IS NULL OR phase NOT BETWEEN 1 AND 4 THEN
        RAISE EXCEPTION
            'phase: % is not a phase; allowed: 1 (new in Advoware), 2 (new in Google), 3 (deleted), 4 (changed)',
            phase USING ERRCODE = '22023';
    END IF;
    -- One plan at a time, and no takeover meanwhile: the session of a listener that died may still be planning.
    SELECT r.* INTO run FROM sync.run AS r WHERE r.run_id = plan_phase.run_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'run_id: % is not a run', run_id USING ERRCODE = '22023',
            HINT = 'SELECT run_id, employee_kuerzel, status FROM sync.run shows them.';
    ELSIF run.status <> 'running' THEN
        RAISE EXCEPTION 'run_id: run % is %; only a running one can be planned', run_id, run.status
            USING ERRCODE = '22023',
            HINT = 'SELECT sync.request_sync(dry_run => true) shows what would be done.';
    END IF;
    IF engine.is_paused(run.employee_kuerzel) THEN
        UPDATE sync.run AS r SET error_code = 'paused' WHERE r.run_id = run.run_id;
        RETURN 0;
    END IF;
    PERFORM set_config('sync.run_id', run_id::text, true), set_config('sync.phase', phase::text, true);

    -- Plan -------------------------------------------------------------------------
    IF phase <> 3 THEN
        -- What was held before is asked anew. (Phase 3: see engine.apply_guard.)
        UPDATE sync.action AS t SET status = 'superseded', finished_at = clock_timestamp()
        WHERE t.employee_kuerzel = run.employee_kuerzel
            AND t.status = 'held'
            AND t.phase = plan_phase.phase
            AND t.kind <> 'create_calendar'
            AND t.run_id <> run.run_id;
    END IF;
    PERFORM engine.look_again(run);
    PERFORM engine.plan_series_tags(run, phase);
    IF phase = 1 THEN
        PERFORM engine.new_advoware_links(run);
    ELSIF phase = 2 THEN
        PERFORM engine.new_google_links(run);
    END IF;
    PERFORM engine.plan_links(run, phase);
    IF phase = 3 THEN
        PERFORM engine.plan_strays(run);
        PERFORM engine.plan_late_termine(run);
        PERFORM engine.apply_guard(run);
    ELSE
        PERFORM engine.hold_reshaped(run, phase);
    END IF;
    RETURN (
        SELECT count(*) FROM sync.action AS t
        WHERE t.run_id = run.run_id
            AND t.phase = plan_phase.phase
            AND t.status = 'planned');
END
$$;
COMMENT ON FUNCTION engine.plan_phase(bigint, integer) IS
'Plans a phase (1-4) of a running run: what the last look found becomes actions, each with a reason. Returns how many wait. Raises 22023.';
GRANT EXECUTE ON FUNCTION engine.plan_phase(bigint, integer) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION engine.plan_links(run sync.run, phase integer) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    looked_at uuid[] := (SELECT k.links FROM engine.look AS k WHERE k.run_id = run.run_id);
    planning engine.planning := engine.planning_of(run, phase);
BEGIN
    IF coalesce(cardinality(looked_at), 0) = 0 THEN
        RETURN;
    END IF;
    INSERT INTO sync.action (
        run_id, phase, kind, reason, status, result, sync_id, employee_kuerzel, advoware_frnr, google_event_id,
        missing_side, approved, conflict, reverted, unproven, mode, meant_fingerprint, meant_time_fingerprint,
        basis, finished_at)
    SELECT run.run_id, plan_links.phase,
        CASE WHEN is_.refused THEN engine.refused_kind(plan_links.phase, x.s, d.reason) ELSE d.kind END, d.reason,
        CASE WHEN is_.refused THEN 'refused' WHEN is_.held THEN 'held' ELSE 'planned' END,
        CASE WHEN is_.refused THEN d.reason WHEN is_.held THEN 'advoware_clock_is_utc' END,
        d.sync_id, run.employee_kuerzel, (x.s).link.advoware_frnr, (x.s).link.google_event_id, d.missing_side,
        is_.approved,
        d.conflict, d.reverted, d.prove_advoware OR d.prove_google,
        d.mode, d.meant_fingerprint, d.meant_time_fingerprint,
        CASE WHEN is_.refused THEN d.basis END,
        CASE WHEN is_.refused OR is_.held THEN clock_timestamp() END
    FROM engine.link_states AS one
    CROSS JOIN LATERAL (SELECT one.state AS s OFFSET 0) AS x
    CROSS JOIN LATERAL engine.decide(x.s, planning) AS d
    CROSS JOIN LATERAL (
        SELECT engine.is_approved(d.sync_id, d.kind,
            engine.target_entry(d.kind, (x.s).link.advoware_frnr, (x.s).link.google_event_id)) AS approved
        OFFSET 0
    ) AS let
    CROSS JOIN LATERAL (
        SELECT d.kind = 'refuse' AS refused, let.approved,
            engine.rests_on_time(x.s, d, plan_links.phase) AND NOT let.approved AND engine.clock_is_wrong() AS held
        OFFSET 0
    ) AS is_
    WHERE one.sync_id = ANY (looked_at)
        AND engine.is_due((x.s).link)
        -- Once in a run, and once more when the first plan no longer applied.
        AND NOT EXISTS (
            SELECT 1 FROM sync.action AS t
            WHERE t.sync_id = d.sync_id
                AND t.run_id = run.run_id
                AND t.kind = d.kind
                AND t.status NOT IN ('superseded', 'in_doubt')
                -- In a dry run nothing is tagged between two phases.
                AND (t.phase = plan_links.phase OR (t.kind = 'tag_event' AND t.status = 'planned')))
    ORDER BY (x.s).link.starts_at, d.sync_id, d.kind = 'tag_event';

    UPDATE sync.calendar_sync AS l
    SET sync_status = 'failed', last_error = left(t.result, 120), refused_basis = t.basis
    FROM sync.action AS t
    WHERE t.run_id = run.run_id
        AND t.phase = plan_links.phase
        AND t.status = 'refused'
        AND l.sync_id = t.sync_id
        AND l.refused_basis IS DISTINCT FROM t.basis;
END
$$;
COMMENT ON FUNCTION engine.plan_links(sync.run, integer) IS
'Turns what the rules decide for the links that are not quiet into actions; refusals are marked on their links, once each (rules 2).';

CREATE OR REPLACE FUNCTION engine.plan_strays(run sync.run) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO sync.action (run_id, phase, kind, reason, sync_id, employee_kuerzel, advoware_frnr, google_event_id,
        missing_side, approved)
    SELECT run.run_id, 3, 'delete_event', 'another living event of the same appointment', l.sync_id,
        run.employee_kuerzel, l.advoware_frnr, stray.entry_id, 'advoware',
        engine.is_approved(l.sync_id, 'delete_event', stray.entry_id)
    FROM engine.look AS k
    CROSS JOIN LATERAL engine.unlinked_events(run.employee_kuerzel, k.events) AS stray
    JOIN sync.calendar_sync AS l ON l.sync_id = engine.owner_of_stray(stray)
    WHERE k.run_id = run.run_id
        AND NOT EXISTS (
            SELECT 1 FROM sync.action AS t
            WHERE t.run_id = run.run_id
                AND t.google_event_id = stray.entry_id
                AND t.kind = 'delete_event'
                AND t.status <> 'superseded')
$$;
COMMENT ON FUNCTION engine.plan_strays(sync.run) IS
'Phase 3: second living events of a link, and halves of a split that is undone, are to be deleted, guarded (rules 6 and 8).';

CREATE OR REPLACE FUNCTION engine.refused_kind(phase integer, s engine.link_state, reason text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE
        WHEN phase = 2 THEN 'create_termin'
        WHEN phase = 3 AND s.event_missing THEN 'delete_termin'
        WHEN phase = 3 AND reason = 'invitation_is_read_only' THEN 'delete_event'
        WHEN phase = 3 THEN 'recreate_termin'
        WHEN reason IN ('invitation_is_read_only', 'occurrence_cannot_repeat') THEN 'update_event'
        ELSE 'update_termin'
    END
$$;
COMMENT ON FUNCTION engine.refused_kind(integer, engine.link_state, text) IS 'Which operation a refusal refused, for sync.action.kind.';
