CREATE OR REPLACE FUNCTION engine.guard_reason(employee text, side sync.source_system_enum, targets text[]) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    setting sync.setting;
    wanted bigint := coalesce(cardinality(targets), 0);
    spent bigint;
BEGIN
    IF wanted = 0 THEN
        RETURN NULL;
    ELSIF engine.side_is_empty(employee, side) THEN
        RETURN 'brake_empty_side';
    END IF;
    SELECT s.* INTO setting FROM sync.setting AS s;
    -- All that was begun may have arrived, however it ended. What is tried again is one and the same.
    SELECT count(DISTINCT one.target) INTO spent
    FROM sync.action AS t
    CROSS JOIN LATERAL (
        SELECT coalesce(engine.target_entry(t.kind, t.advoware_frnr, t.google_event_id), t.sync_id::text) AS target
    ) AS one
    WHERE t.employee_kuerzel = employee
        AND t.missing_side = side
        AND NOT t.approved
        AND t.started_at IS NOT NULL
        AND t.planned_at > clock_timestamp() - interval '24 hours'
        AND one.target <> ALL (targets);
    IF wanted + spent <= setting.brake_count THEN
        RETURN NULL;
    END IF;
    RETURN CASE WHEN wanted + spent > setting.brake_share / 100 * (
        SELECT count(*) FROM sync.calendar_sync AS l
        WHERE l.employee_kuerzel = employee
            AND l.employee_kuerzel <> ''
            AND NOT l.deleted)
        THEN 'brake_too_many' END;
END
$$;
COMMENT ON FUNCTION engine.guard_reason(text, sync.source_system_enum, text[]) IS
'Why deletions and re-creations of these targets, because a side misses them, are held: brake_too_many, brake_empty_side; NULL: let through.';

CREATE OR REPLACE FUNCTION engine.apply_guard(run sync.run) RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    one_side sync.source_system_enum;
    wanted text[];
    why text;
    held integer := 0;
    here integer;
BEGIN
    -- What was held before is shown anew by this plan, or is no longer wanted.
    UPDATE sync.action AS t SET status = 'superseded', finished_at = clock_timestamp()
    WHERE t.employee_kuerzel = run.employee_kuerzel
        AND t.status = 'held'
        AND t.run_id <> run.run_id
        AND t.phase = 3;
    PERFORM engine.spend_unwanted_approvals(run) WHERE NOT run.dry_run;

    FOREACH one_side IN ARRAY enum_range(NULL::sync.source_system_enum) LOOP
        SELECT array_agg(coalesce(engine.target_entry(t.kind, t.advoware_frnr, t.google_event_id), t.sync_id::text))
        INTO wanted
        FROM sync.action AS t
        WHERE t.run_id = run.run_id
            AND t.phase = 3
            AND t.missing_side = one_side
            AND t.status = 'planned'
            AND NOT t.approved;
        CONTINUE WHEN wanted IS NULL;
        -- What this run shows as missing after it has held some belongs to the same loss.
        SELECT max(t.result) INTO why FROM sync.action AS t
        WHERE t.run_id = run.run_id
            AND t.phase = 3
            AND t.missing_side = one_side
            AND t.status = 'held'
            AND starts_with(t.result, 'brake_');
        why := coalesce(why, engine.guard_reason(run.employee_kuerzel, one_side, wanted));
        IF why IS NOT NULL THEN
            UPDATE sync.action AS t SET status = 'held', finished_at = clock_timestamp(), result = why
            WHERE t.run_id = run.run_id
                AND t.phase = 3
                AND t.missing_side = one_side
                AND t.status = 'planned'
                AND NOT t.approved;
            GET DIAGNOSTICS here = ROW_COUNT;
            held := held + here;
        END IF;
    END LOOP;
    RETURN held;
END
$$;
COMMENT ON FUNCTION engine.apply_guard(sync.run) IS
'The mass-deletion guard (rules 5): too many because of one missing side, or a side that lists nothing, and all are held. Returns how many.';

CREATE OR REPLACE FUNCTION engine.spend_unwanted_approvals(run sync.run) RETURNS void
LANGUAGE sql
AS $$
    UPDATE sync.approval AS p SET spent_at = clock_timestamp()
    WHERE p.employee_kuerzel = run.employee_kuerzel
        AND p.spent_at IS NULL
        AND p.kind <> 'create_calendar'
        AND NOT EXISTS (
            SELECT 1 FROM sync.action AS t
            WHERE t.run_id = run.run_id
                AND t.sync_id = p.sync_id
                AND t.kind = p.kind
                AND engine.target_entry(t.kind, t.advoware_frnr, t.google_event_id) IS NOT DISTINCT FROM p.entry_id
                AND t.status IN ('planned', 'running', 'held', 'failed'))
        -- What failed and waits to be tried again is still wanted.
        AND NOT EXISTS (
            SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.sync_id = p.sync_id
                AND NOT l.deleted
                AND l.next_attempt_at > clock_timestamp())
$$;
COMMENT ON FUNCTION engine.spend_unwanted_approvals(sync.run) IS
'An approval is spent when a plan, proven again, no longer contains what it let through (rules 5).';
