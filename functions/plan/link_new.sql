CREATE OR REPLACE FUNCTION engine.link_new(run_id bigint, phase integer) RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    run sync.run;
    made integer;
BEGIN
    SELECT r.* INTO run FROM sync.run AS r WHERE r.run_id = link_new.run_id FOR NO KEY UPDATE;
    -- What stands in the way is said by the plan.
    IF run.status IS DISTINCT FROM 'running' OR engine.is_paused(run.employee_kuerzel) THEN
        RETURN 0;
    END IF;
    PERFORM set_config('sync.run_id', run_id::text, true), set_config('sync.phase', phase::text, true);
    PERFORM engine.look_again(run);
    SELECT -cardinality(k.links) INTO made FROM engine.look AS k WHERE k.run_id = run.run_id;
    IF phase = 1 THEN
        PERFORM engine.new_advoware_links(run);
    ELSIF phase = 2 THEN
        PERFORM engine.new_google_links(run);
    END IF;
    RETURN (SELECT made + cardinality(k.links) FROM engine.look AS k WHERE k.run_id = run.run_id);
END
$$;
COMMENT ON FUNCTION engine.link_new(bigint, integer) IS
'Before the plan of phase 1 or 2: what is new gets its half link. The plan makes those that are still missing. Returns how many it made.';

CREATE OR REPLACE FUNCTION engine.plan_next(
    run_id bigint, first integer, last integer, OUT phase integer, OUT planned integer
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- As for engine.begin_action: entries and links are asked for by key.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    -- A first sync makes thousands of links: with them in one statement the plan of a large employee takes twice as
    -- long, and whoever waits for its locks as well.
    many CONSTANT integer := 200;
BEGIN
    PERFORM engine.need_not_last();
    IF engine.needs_no_plan(run_id) THEN
        RETURN;
    END IF;
    FOR one IN first..last LOOP
        phase := one;
        IF phase <= 2 AND engine.link_new(run_id, phase) > many THEN
            RETURN;
        END IF;
        planned := engine.plan_phase(run_id, phase);
        IF planned > 0 THEN
            RETURN;
        END IF;
    END LOOP;
    phase := NULL;
END
$$;
COMMENT ON FUNCTION engine.plan_next(bigint, integer, integer) IS
'Plans phase after phase until one has something to do; NULL: none has. planned NULL: links were made, ask again from there. Raises 22023.';
GRANT EXECUTE ON FUNCTION engine.plan_next(bigint, integer, integer) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION engine.needs_no_plan(run_id bigint) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
    run sync.run;
BEGIN
    SELECT r.* INTO run FROM sync.run AS r WHERE r.run_id = needs_no_plan.run_id;
    -- What stands in the way is said by the plan.
    IF run.status IS DISTINCT FROM 'running' OR engine.is_paused(run.employee_kuerzel) THEN
        RETURN false;
    END IF;
    PERFORM engine.look_again(run);
    RETURN engine.all_is_quiet(run)
        AND NOT EXISTS (
            SELECT 1 FROM sync.action AS t
            WHERE t.employee_kuerzel = run.employee_kuerzel
                AND t.status IN ('planned', 'running', 'in_doubt', 'held'))
        AND NOT EXISTS (
            SELECT 1 FROM sync.action AS t
            WHERE t.employee_kuerzel = run.employee_kuerzel
                AND t.attempt IN ('in_doubt', 'given_up', 'late'))
        AND NOT EXISTS (
            SELECT 1 FROM sync.approval AS p
            WHERE p.employee_kuerzel = run.employee_kuerzel
                AND p.spent_at IS NULL);
END
$$;
COMMENT ON FUNCTION engine.needs_no_plan(bigint) IS
'Whether no phase of a run can have anything to do: all is quiet, nothing is held, in doubt, late or approved. Most runs are so.';
