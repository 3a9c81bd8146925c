CREATE OR REPLACE FUNCTION engine.target_entry(kind text, frnr integer, event_id text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE kind WHEN 'delete_event' THEN event_id WHEN 'delete_termin' THEN frnr::text END
$$;
COMMENT ON FUNCTION engine.target_entry(text, integer, text) IS
'What an operation deletes: the event''s id or the Termin''s number; NULL: nothing, its link says which it is. Tells a second event apart.';

CREATE OR REPLACE FUNCTION engine.is_approved(link uuid, kind text, entry_id text) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM sync.approval AS p
        WHERE p.sync_id = link
            AND p.kind = is_approved.kind
            AND p.spent_at IS NULL
            AND p.entry_id IS NOT DISTINCT FROM is_approved.entry_id
            AND p.expires_at > clock_timestamp());
END
$$;
COMMENT ON FUNCTION engine.is_approved(uuid, text, text) IS
'Whether a person has let this operation on this link, and this entry (engine.target_entry), through the guard, and that still holds.';

CREATE OR REPLACE FUNCTION engine.spend_approval(finished sync.action) RETURNS void
LANGUAGE sql
AS $$
    UPDATE sync.approval AS p SET spent_at = clock_timestamp()
    WHERE finished.approved
        AND p.sync_id = finished.sync_id
        AND p.kind = finished.kind
        AND p.spent_at IS NULL
        AND p.entry_id IS NOT DISTINCT FROM engine.target_entry(
            finished.kind, finished.advoware_frnr, finished.google_event_id)
$$;
COMMENT ON FUNCTION engine.spend_approval(sync.action) IS
'An approval is spent when its action is done or refused, or its plan no longer applies.';

CREATE OR REPLACE FUNCTION sync.approve_held(run_id bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    employee text;
    approved integer;
BEGIN
    SELECT r.employee_kuerzel INTO employee FROM sync.run AS r WHERE r.run_id = approve_held.run_id FOR UPDATE;
    IF employee IS NULL THEN
        RAISE EXCEPTION 'run_id: % is not a run', run_id USING ERRCODE = '22023',
            HINT = 'SELECT run_id, employee_kuerzel FROM sync.run WHERE status = ''held'' shows what is held.';
    END IF;
    INSERT INTO sync.approval (run_id, employee_kuerzel, sync_id, kind, entry_id)
    SELECT t.run_id, t.employee_kuerzel, t.sync_id, t.kind, shown.entry_id
    FROM sync.action AS t
    CROSS JOIN LATERAL (SELECT engine.target_entry(t.kind, t.advoware_frnr, t.google_event_id) AS entry_id) AS shown
    WHERE t.run_id = approve_held.run_id
        AND t.status = 'held'
        AND NOT EXISTS (SELECT 1 FROM sync.run AS r WHERE r.run_id = t.run_id AND r.dry_run)
        AND NOT EXISTS (
            SELECT 1 FROM sync.approval AS p
            WHERE p.employee_kuerzel = t.employee_kuerzel
                AND p.sync_id IS NOT DISTINCT FROM t.sync_id
                AND p.kind = t.kind
                AND p.entry_id IS NOT DISTINCT FROM shown.entry_id
                AND p.spent_at IS NULL
                AND p.expires_at > clock_timestamp());
    GET DIAGNOSTICS approved = ROW_COUNT;
    IF approved = 0 THEN
        RAISE EXCEPTION 'run_id: run % holds nothing that could be approved (any more)', run_id USING ERRCODE = '22023',
            HINT = 'A later run of the same employee may show the rows anew: '
                'SELECT run_id FROM sync.action WHERE status = ''held''.';
    END IF;
    RETURN sync.request_sync(employee => employee);
END
$$;
COMMENT ON FUNCTION sync.approve_held(bigint) IS
'Lets exactly what a run shows as held through the guard, once, within 24 hours, and requests a sync. Returns the request. Raises 22023.';
GRANT EXECUTE ON FUNCTION sync.approve_held(bigint) TO calendar_sync_operator;
