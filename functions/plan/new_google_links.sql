CREATE OR REPLACE FUNCTION engine.is_new_appointment(event sync.seen) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    half engine.split_half;
    owner uuid;
BEGIN
    IF event.unusable IS NOT NULL OR event.fingerprint IS NULL OR event.obstacle IS NOT NULL
        OR coalesce(event.event_type, 'default') <> 'default'
        -- Somebody's anonymised copy, whose link nobody knows.
        OR event.says_anonymous
        OR event.ends_at <= engine.window_from()
        OR event.starts_at >= engine.window_to()
        OR engine.tag_is_open(event)
    THEN
        RETURN false;
    END IF;
    -- An id of a link's own is never a new appointment.
    owner := engine.owner_of_event_id(event.entry_id);
    IF owner IS NOT NULL AND EXISTS (
        SELECT 1 FROM sync.calendar_sync AS l
        WHERE l.sync_id = owner
            AND l.employee_kuerzel = event.employee_kuerzel
            AND NOT l.deleted)
    THEN
        RETURN false;
    END IF;
    half := engine.split_half_of(event);
    IF half.sync_id IS NOT NULL THEN
        -- While the first half must not be written its Termin stands for the second, too.
        RETURN NOT half.is_undone
            AND half.may_write
            AND (half.frnr IS NOT NULL OR NOT coalesce(event.tag_anonymized, false));
    END IF;
    -- Never an anonymised copy, whatever its Kürzel.
    RETURN NOT coalesce(event.tag_anonymized, false);
END
$$;
COMMENT ON FUNCTION engine.is_new_appointment(sync.seen) IS
'Whether phase 2 posts an event without link: no anonymised copy but the second half of a series of ours, whose text is known (rules 2 and 8).';

CREATE OR REPLACE FUNCTION engine.is_part_of_ours(event sync.seen) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    base text := engine.series_stem(coalesce(event.master_id, event.entry_id));
BEGIN
    RETURN engine.is_part_of_series(event) AND (
        EXISTS (
            SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.sync_id = engine.owner_of_event_id(base)
                AND l.employee_kuerzel = event.employee_kuerzel
                AND l.text_from_advoware)
        OR EXISTS (
            SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = event.employee_kuerzel
                AND engine.series_stem(l.google_event_id) = base
                AND l.text_from_advoware
                AND l.source_system = 'google'));
END
$$;
COMMENT ON FUNCTION engine.is_part_of_ours(sync.seen) IS
'Whether an event is part of a series whose text is from Advoware: an occurrence of it, or what a user split off (rules 7).';

CREATE OR REPLACE FUNCTION engine.new_google_links(run sync.run) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    employee text := run.employee_kuerzel;
    look engine.look;
    policy sync.effective_policy;
    made uuid[];
BEGIN
    SELECT k.* INTO look FROM engine.look AS k WHERE k.run_id = run.run_id;
    IF coalesce(cardinality(look.events), 0) = 0 THEN
        RETURN;
    END IF;
    SELECT p.* INTO policy FROM sync.effective_policy AS p WHERE p.employee_kuerzel = employee;
    IF engine.write_flag(policy.advoware_writes, 'google') THEN
        WITH new AS (
            INSERT INTO sync.calendar_sync (
                employee_kuerzel, google_event_id, source_system, sync_strategy, sync_status,
                advoware_write_allowed, last_sync, google_calendar_id,
                anonymized, text_from_advoware, starts_at, ends_at)
            SELECT employee, e.entry_id, 'google', policy.sync_strategy, 'pending',
                true, NULL, engine.calendar_of(employee),
                coalesce(e.tag_anonymized, false),
                -- Parts of a series of ours have their text from Advoware.
                coalesce(e.tag_anonymized, false) OR engine.is_part_of_ours(e),
                e.starts_at, e.ends_at
            FROM engine.unlinked_events(employee, look.events) AS e
            WHERE engine.is_new_appointment(e)
            ORDER BY e.starts_at
            RETURNING sync_id
        )
        SELECT array_agg(n.sync_id) INTO made FROM new AS n;
        PERFORM engine.look_at(run.run_id, made);
    END IF;
    PERFORM engine.refuse_unusable(run, 'google');
    PERFORM engine.plan_tagged_events(run, look);
END
$$;
COMMENT ON FUNCTION engine.new_google_links(sync.run) IS
'Phase 2: every event without a link gets one (source google, pending), if it may be written in Advoware (rules 2).';

CREATE OR REPLACE FUNCTION engine.plan_tagged_events(run sync.run, look engine.look) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO sync.action (run_id, phase, kind, reason, employee_kuerzel, advoware_frnr, google_event_id, unproven)
    SELECT run.run_id, 2, 'link_event', 'tagged as ours, but its link is not known: its Termin is asked for',
        run.employee_kuerzel, e.tag_frnr, e.entry_id, true
    FROM engine.unlinked_events(run.employee_kuerzel, look.events) AS e
    WHERE engine.tag_is_open(e)
        AND NOT EXISTS (
            SELECT 1 FROM sync.calendar_sync AS l
            WHERE l.employee_kuerzel = run.employee_kuerzel
                AND NOT l.deleted
                AND l.advoware_frnr = e.tag_frnr::integer)
        AND NOT EXISTS (
            SELECT 1 FROM sync.action AS t
            WHERE t.run_id = run.run_id
                AND t.kind = 'link_event'
                AND t.google_event_id = e.entry_id)
        AND NOT EXISTS (SELECT 1 FROM engine.reserved_termine(run.employee_kuerzel) AS h WHERE h = e.tag_frnr)
$$;
COMMENT ON FUNCTION engine.plan_tagged_events(sync.run, engine.look) IS
'A tagged event whose link the hub does not have is never posted before a single GET of its Termin (rules 6).';
