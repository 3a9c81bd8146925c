-- Every statement of these functions asks for rows by a whole key. A session may have planned one while its table was a
-- page long, and with autovacuum off nothing tells it that the table has grown: so plans that read a table whole are
-- switched off at the entrance. Nor is there anything to choose for each link anew: planning one costs many times what
-- looking it up does.
CREATE OR REPLACE FUNCTION engine.begin_action(action_id bigint, fence bigint) RETURNS engine.begun_action
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    act sync.action;
    run sync.run;
BEGIN
    SELECT t.* INTO act FROM sync.action AS t WHERE t.action_id = begin_action.action_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'action_id: % is not an action', action_id USING ERRCODE = '22023';
    END IF;
    run := engine.require_lease(act.run_id, fence);
    PERFORM set_config('sync.phase', act.phase::text, true);

    IF act.status NOT IN ('planned', 'running') OR run.dry_run THEN
        RETURN engine.ended(act);
    ELSIF engine.is_cancelled(run.request_id) THEN
        PERFORM engine.end_action(act.action_id, 'cancelled', 'request_cancelled');
        RETURN engine.ended(act);
    ELSIF engine.is_paused(act.employee_kuerzel) THEN
        UPDATE sync.run AS r SET error_code = 'paused' WHERE r.run_id = act.run_id;
        PERFORM engine.end_action(act.action_id, 'superseded', 'paused');
        RETURN engine.ended(act);
    ELSIF act.kind = 'link_event' THEN
        RETURN engine.begin_link_event(act, run);
    ELSIF act.kind = 'tag_series' THEN
        RETURN engine.begin_series_tag(act);
    END IF;
    RETURN coalesce(
        engine.begin_extra_deletion(act),
        CASE
            WHEN act.status = 'planned' THEN engine.begin_planned(act, run)
            -- An event's own id makes it safe to send its creation again; nothing else is sent twice.
            WHEN act.kind IN ('create_event', 'recreate_event') THEN engine.begin_again(act)
            ELSE engine.ended(act)
        END);
END
$$;
COMMENT ON FUNCTION engine.begin_action(bigint, bigint) IS
'Begins an action in a transaction of its own: decides again under the link''s lock, records what is meant. Raises CS003: the lease is lost.';
GRANT EXECUTE ON FUNCTION engine.begin_action(bigint, bigint) TO calendar_sync_user;

CREATE OR REPLACE FUNCTION engine.ended(act sync.action) RETURNS engine.begun_action
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    begun engine.begun_action;
BEGIN
    begun.verdict := 'ended';
    begun.kind := act.kind;
    begun.sync_id := act.sync_id;
    begun.frnr := act.advoware_frnr;
    begun.event_id := act.google_event_id;
    -- Never before the reading that the plan rests on, whatever was done to the clock meanwhile.
    begun.observed_at := greatest(clock_timestamp(), (
        SELECT max(r.observed_at) FROM sync.reading AS r WHERE r.employee_kuerzel = act.employee_kuerzel));
    RETURN begun;
END
$$;
COMMENT ON FUNCTION engine.ended(sync.action) IS 'What begin_action answers when nothing is to be sent, or before more is known.';

CREATE OR REPLACE FUNCTION engine.begin_link_event(act sync.action, run sync.run) RETURNS engine.begun_action
LANGUAGE plpgsql
AS $$
DECLARE
    begun engine.begun_action := engine.ended(act);
    termin sync.seen;
    event sync.seen;
    made uuid;
BEGIN
    SELECT t.* INTO termin FROM sync.seen AS t
    WHERE t.employee_kuerzel = act.employee_kuerzel
        AND t.side = 'advoware'
        AND t.entry_id = act.advoware_frnr::text;
    begun.observed_at := greatest(begun.observed_at, termin.observed_at);
    IF NOT coalesce(run.started_at <= CASE
        WHEN termin.present THEN engine.observed_at(termin, (
            SELECT r FROM sync.reading AS r WHERE r.employee_kuerzel = act.employee_kuerzel AND r.side = 'advoware'))
        ELSE termin.proven_at
    END, false) THEN
        begun.verdict := 'prove_advoware';
        begun.control_frnr := engine.control_termin(act.employee_kuerzel, act.advoware_frnr);
        RETURN begun;
    END IF;
    SELECT e.* INTO event FROM engine.unlinked_events(act.employee_kuerzel, ARRAY[act.google_event_id]) AS e;
    made := CASE WHEN FOUND THEN engine.link_tagged(event) END;
    IF made IS NULL THEN
        PERFORM engine.end_action(act.action_id, 'superseded', 'plan_no_longer_holds');
    ELSE
        PERFORM engine.end_action(act.action_id, 'done', 'linked');
        PERFORM engine.look_at(act.run_id, ARRAY[made]);
        PERFORM engine.settle_link(made);
    END IF;
    RETURN begun;
END
$$;
COMMENT ON FUNCTION engine.begin_link_event(sync.action, sync.run) IS
'A tagged event is given back its link, once a single GET of this run, or its list, has said whether its Termin is there (rules 6).';

CREATE OR REPLACE FUNCTION engine.begin_extra_deletion(act sync.action) RETURNS engine.begun_action
LANGUAGE plpgsql
AS $$
DECLARE
    begun engine.begun_action := engine.ended(act);
    link sync.calendar_sync;
    entry sync.seen;
    holds boolean;
BEGIN
    IF act.kind NOT IN ('delete_event', 'delete_termin') THEN
        RETURN NULL;
    END IF;
    SELECT l.* INTO link FROM sync.calendar_sync AS l WHERE l.sync_id = act.sync_id FOR UPDATE;
    IF engine.is_about_link(act, link) THEN
        RETURN NULL;
    END IF;
    IF act.kind = 'delete_event' THEN
        SELECT e.* INTO entry FROM sync.seen AS e
        WHERE e.employee_kuerzel = act.employee_kuerzel
            AND e.side = 'google'
            AND e.entry_id = act.google_event_id;
        holds := engine.owner_of_stray(entry) = act.sync_id;
    ELSE
        SELECT t.* INTO entry FROM sync.seen AS t
        WHERE t.employee_kuerzel = act.employee_kuerzel
            AND t.side = 'advoware'
            AND t.entry_id = act.advoware_frnr::text;
        holds := EXISTS (
            SELECT 1 FROM sync.action AS late
            WHERE late.employee_kuerzel = act.employee_kuerzel
                AND late.attempt = 'late'
                AND late.advoware_frnr = act.advoware_frnr
                AND late.sync_id = act.sync_id
                AND engine.may_delete_late(late));
        begun.expected_ownership := 'exclusive';
        begun.control_frnr := engine.control_termin(act.employee_kuerzel, act.advoware_frnr);
    END IF;
    IF holds IS NOT TRUE THEN
        PERFORM engine.end_action(act.action_id, 'superseded', 'plan_no_longer_holds');
        RETURN engine.ended(act);
    END IF;
    begun.observed_at := greatest(begun.observed_at, entry.observed_at);
    UPDATE sync.action AS t
    SET status = 'running', started_at = begun.observed_at,
        writes_in = CASE act.kind WHEN 'delete_event' THEN 'google' ELSE 'advoware' END::sync.source_system_enum
    WHERE t.action_id = act.action_id;
    begun.verdict := 'go';
    begun.calendar_id := coalesce(link.google_calendar_id, (
        SELECT e.google_calendar_id FROM sync.employee AS e WHERE e.kuerzel = act.employee_kuerzel));
    begun.etag := entry.etag;
    begun.expected_fingerprint := entry.fingerprint;
    RETURN begun;
END
$$;
COMMENT ON FUNCTION engine.begin_extra_deletion(sync.action) IS
'Begins the deletion of a second living event, or of a Termin that an attempt made late; NULL: the action is about its link.';
