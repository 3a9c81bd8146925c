CREATE OR REPLACE FUNCTION engine.brake_reason(employee text, side sync.source_system_enum, targets text[]) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN wanted = 0 THEN NULL
        WHEN seen.listed = 0 AND link.expected >= 3 THEN 'brake_empty_side'
        WHEN wanted + done.spent > s.brake_count AND wanted + done.spent > link.active * s.brake_share / 100 THEN 'brake_too_many' END
    FROM sync.setting AS s
    CROSS JOIN LATERAL (SELECT coalesce(cardinality(targets), 0) AS wanted) AS asked
    CROSS JOIN LATERAL (
        SELECT count(*) AS active, count(*) FILTER (WHERE l.advoware_frnr IS NOT NULL AND l.google_event_id IS NOT NULL
            AND coalesce(l.ends_at > engine.window_from(), true) AND coalesce(l.starts_at < engine.window_to(), true)) AS expected
        FROM sync.calendar_sync AS l WHERE l.employee_kuerzel = employee AND NOT l.deleted
    ) AS link
    CROSS JOIN LATERAL (
        -- All that was begun may have arrived, however it ended. What is tried again is one and the same.
        SELECT count(DISTINCT one.target) AS spent FROM sync.action AS t
        CROSS JOIN LATERAL (SELECT coalesce(engine.target_entry(t.kind, t.advoware_frnr, t.google_event_id), t.sync_id::text) AS target) AS one
        WHERE t.employee_kuerzel = employee AND t.missing_side = side AND NOT t.approved AND one.target <> ALL (targets)
            AND t.started_at IS NOT NULL AND t.planned_at > clock_timestamp() - interval '24 hours'
    ) AS done
    CROSS JOIN LATERAL (
        -- Since when something is missing there.
        SELECT min(m.observed_at) AS at FROM sync.calendar_sync AS l
        JOIN sync.seen AS m ON m.employee_kuerzel = employee AND m.side = brake_reason.side AND NOT m.present
            AND m.entry_id = CASE brake_reason.side WHEN 'advoware' THEN l.advoware_frnr::text ELSE l.google_event_id END
        WHERE l.employee_kuerzel = employee AND NOT l.deleted AND l.refused_basis IS NULL
            AND l.advoware_frnr IS NOT NULL AND l.google_event_id IS NOT NULL
    ) AS missing
    CROSS JOIN LATERAL (
        -- What we have put there ourselves since then says nothing about the side that lost the others.
        SELECT ARRAY(SELECT CASE brake_reason.side WHEN 'advoware' THEN t.advoware_frnr::text ELSE t.google_event_id END FROM sync.action AS t
            WHERE t.employee_kuerzel = employee AND t.status = 'done' AND t.finished_at > missing.at
                AND t.kind IN (CASE brake_reason.side WHEN 'advoware' THEN 'create_termin' ELSE 'create_event' END,
                    CASE brake_reason.side WHEN 'advoware' THEN 'recreate_termin' ELSE 'recreate_event' END)) AS ids
    ) AS put
    CROSS JOIN LATERAL (
        SELECT count(*) AS listed FROM sync.seen AS e
        WHERE e.employee_kuerzel = employee AND e.side = brake_reason.side AND e.present
            AND coalesce(e.ends_at > engine.window_from(), true) AND coalesce(e.starts_at < engine.window_to(), true)
            -- What lists do not show: others' Termine, and what was found by a GET alone.
            AND NOT (e.side = 'advoware' AND (e.ownership IS NOT DISTINCT FROM 'foreign' OR e.observed_at > coalesce(
                (SELECT r.observed_at FROM sync.reading AS r WHERE r.employee_kuerzel = employee AND r.side = 'advoware'), 'infinity')))
            AND NOT EXISTS (SELECT 1 FROM unnest(put.ids) AS ours WHERE ours = e.entry_id)
    ) AS seen
$$;
COMMENT ON FUNCTION engine.brake_reason(text, sync.source_system_enum, text[]) IS
'Why the brake holds these deletions and re-creations because of one missing side (RULES 5); targets: what each of them deletes (engine.target_entry), or else its link. brake_too_many (those begun in the last 24 h included, however they ended, each once; approved ones not; they exceed both brake_count and brake_share) or brake_empty_side (that side answers with nothing, but for what we have put there since, while 3 links or more should be there); NULL: it lets them through.';

CREATE OR REPLACE FUNCTION engine.apply_brake(run_id bigint) RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    run sync.run;
    one_side sync.source_system_enum;
    wanted text[];
    why text;
    held integer := 0;
    here integer;
BEGIN
    SELECT r.* INTO run FROM sync.run AS r WHERE r.run_id = apply_brake.run_id;

    -- What was held before is shown anew by this plan, or is no longer wanted.
    UPDATE sync.action AS t SET status = 'superseded', finished_at = clock_timestamp()
    WHERE t.employee_kuerzel = run.employee_kuerzel AND t.status = 'held' AND t.run_id <> run.run_id AND t.phase = 3;
    UPDATE sync.approval AS p SET spent_at = clock_timestamp()
    WHERE p.employee_kuerzel = run.employee_kuerzel AND p.spent_at IS NULL AND p.kind <> 'create_calendar'
        AND NOT EXISTS (SELECT 1 FROM sync.action AS t WHERE t.run_id = run.run_id AND t.sync_id = p.sync_id AND t.kind = p.kind
            AND engine.target_entry(t.kind, t.advoware_frnr, t.google_event_id) IS NOT DISTINCT FROM p.entry_id AND t.status IN ('planned', 'running', 'held', 'failed'))
        -- What failed and waits to be tried again is still wanted.
        AND NOT EXISTS (SELECT 1 FROM sync.calendar_sync AS l WHERE l.sync_id = p.sync_id AND NOT l.deleted AND l.next_attempt_at > clock_timestamp())
        AND NOT run.dry_run;

    FOREACH one_side IN ARRAY enum_range(NULL::sync.source_system_enum) LOOP
        SELECT array_agg(coalesce(engine.target_entry(t.kind, t.advoware_frnr, t.google_event_id), t.sync_id::text)) INTO wanted FROM sync.action AS t
        WHERE t.run_id = run.run_id AND t.phase = 3 AND t.missing_side = one_side AND t.status = 'planned' AND NOT t.approved;
        CONTINUE WHEN wanted IS NULL;
        -- What this run shows as missing after it has held some belongs to the same loss.
        SELECT max(t.result) INTO why FROM sync.action AS t
        WHERE t.run_id = run.run_id AND t.phase = 3 AND t.missing_side = one_side AND t.status = 'held' AND starts_with(t.result, 'brake_');
        why := coalesce(why, engine.brake_reason(run.employee_kuerzel, one_side, wanted));
        IF why IS NOT NULL THEN
            UPDATE sync.action AS t SET status = 'held', finished_at = clock_timestamp(), result = why
            WHERE t.run_id = run.run_id AND t.phase = 3 AND t.missing_side = one_side AND t.status = 'planned' AND NOT t.approved;
            GET DIAGNOSTICS here = ROW_COUNT;
            held := held + here;
        END IF;
    END LOOP;
    RETURN held;
END
$$;
COMMENT ON FUNCTION engine.apply_brake(bigint) IS
'The brake (RULES 5): when deletions and re-creations because of one missing side (those begun in the last 24 h included; approved, held and soft deletes not) would exceed both brake_count and brake_share, or that side answers with nothing while 3 links or more should be there, all of them are held, and with them what the same run plans for that side later. Returns how many.';
