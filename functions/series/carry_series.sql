CREATE OR REPLACE FUNCTION engine.reaches_advoware(look engine.look, s engine.link_state, recheck boolean)
RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    changed engine.choice;
    deleted engine.choice;
BEGIN
    IF NOT s.event_usable
        OR NOT (s.event).is_series
        OR (s.event).obstacle IS NULL
        OR (s.policy).paused
        OR s.anonymized
        OR s.is_carried
        OR NOT engine.doubt_is_over(s.link)
        OR NOT engine.may_carry((s.link).employee_kuerzel, (s.link).google_event_id)
    THEN
        RETURN false;
    END IF;
    -- A hub that was lost or restored: its Termine stand for the occurrences already.
    IF s.may_write AND engine.was_carried(look, s.event) THEN
        RETURN true;
    END IF;
    IF (s.link).advoware_frnr IS NULL THEN
        RETURN s.may_write;
    END IF;
    IF s.termin_usable THEN
        -- What Google made of a write of ours is not an edit (rules 3); and a Termin that is a series gives way to an
        -- edit alone.
        changed := engine.decide_changed(engine.change_of(s, recheck));
        RETURN changed.kind = 'update_termin'
            -- What is not written because of this employee's event is not carried because of it.
            AND coalesce((s.termin).ownership NOT IN ('private', 'everybody'), true)
            AND (s.event_changed OR NOT (s.termin).is_series)
            AND NOT (engine.was_missed(s) AND (s.write).side = 'google'
                AND (s.event).fingerprint = coalesce((s.write).missed_fingerprint, (s.event).fingerprint));
    END IF;
    deleted := engine.decide_deleted(ROW(
        s.termin_missing, false, (s.link).sync_strategy, (s.link).source_system, s.may_write,
        s.termin_changed, s.event_changed, (s.termin).api_timestamp, (s.event).gone_at,
        s.is_foreign, coalesce((s.termin).ownership IN ('shared', 'private'), false),
        s.anonymized)::engine.deletion);
    RETURN deleted.kind = 'recreate_termin';
END
$$;
COMMENT ON FUNCTION engine.reaches_advoware(engine.look, engine.link_state, boolean) IS
'Whether what Google has made of a linked series is to reach Advoware, which cannot represent it. Where Advoware wins it is undone (rules 8).';

CREATE OR REPLACE FUNCTION engine.has_to_be_carried(look engine.look, event sync.seen) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN event.is_series
        AND event.obstacle IS NOT NULL
        AND event.unusable IS NULL
        AND coalesce(event.event_type, 'default') = 'default'
        AND NOT coalesce(event.tag_anonymized, false)
        AND NOT event.says_anonymous
        AND (NOT engine.tag_is_open(event) OR engine.was_carried(look, event))
        AND engine.may_carry(event.employee_kuerzel, event.entry_id)
        AND engine.owner_of_stray(event) IS NULL;
END
$$;
COMMENT ON FUNCTION engine.has_to_be_carried(engine.look, sync.seen) IS
'Whether a series without link is one that Advoware cannot represent and that is a new appointment (rules 8).';

CREATE OR REPLACE FUNCTION engine.first_occurrence(s engine.link_state) RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT o.entry_id
    FROM engine.unlinked_events((s.link).employee_kuerzel, ARRAY(
        SELECT x.entry_id FROM sync.seen AS x
        WHERE x.employee_kuerzel = (s.link).employee_kuerzel
            AND x.master_id = (s.link).google_event_id)) AS o
    WHERE o.unusable IS NULL
        AND o.fingerprint IS NOT NULL
        AND o.ends_at > engine.window_from()
    -- The one that says what the Termin says, if there is one.
    ORDER BY (o.fingerprint = (s.termin).fingerprint) IS TRUE DESC, o.starts_at, o.entry_id
    LIMIT 1
$$;
COMMENT ON FUNCTION engine.first_occurrence(engine.link_state) IS
'The occurrence in reach that takes over the link of its whole series; NULL: there is none.';

CREATE OR REPLACE FUNCTION engine.carry_series(run sync.run) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    employee text := run.employee_kuerzel;
    look engine.look;
    s engine.link_state;
    first text;
BEGIN
    SELECT k.* INTO look FROM engine.look AS k WHERE k.run_id = run.run_id;
    INSERT INTO sync.series (employee_kuerzel, family)
    SELECT employee, engine.series_family(e.entry_id)
    FROM engine.unlinked_events(employee, look.events) AS e
    WHERE e.is_series
        AND e.obstacle IS NOT NULL
        AND engine.has_to_be_carried(look, e)
    UNION
    SELECT employee, engine.series_family((x.state).link.google_event_id)
    FROM engine.link_states AS x
    WHERE x.sync_id = ANY (look.links)
        AND (x.state).event.is_series
        AND (x.state).event.obstacle IS NOT NULL
        AND engine.reaches_advoware(look, x.state, run.recheck)
    ON CONFLICT DO NOTHING;
    IF NOT EXISTS (SELECT 1 FROM sync.series AS c WHERE c.employee_kuerzel = employee) THEN
        RETURN;
    END IF;

    FOR s IN
        SELECT (x.state).* FROM engine.link_states AS x
        WHERE x.sync_id = ANY (look.links)
            AND (x.state).is_carried
    LOOP
        first := CASE WHEN engine.doubt_is_over(s.link) THEN engine.first_occurrence(s) END;
        IF first IS NOT NULL THEN
            PERFORM engine.end_writes(s.link);
            UPDATE sync.calendar_sync AS l
            SET google_event_id = first, google_watermark = NULL, sync_status = 'pending', tagged = false,
                -- The master keeps the id that would be the link's own.
                event_generation = l.event_generation
                    + (l.google_event_id = engine.own_event_id(l.sync_id, l.event_generation))::integer,
                refused_basis = NULL, superseded_count = 0
            WHERE l.sync_id = (s.link).sync_id;
        ELSIF NOT s.agree AND (s.event).listed_to IS NOT NULL THEN
            -- There is nothing that the link could stand for: said, not passed over.
            UPDATE sync.calendar_sync AS l SET sync_status = 'failed', last_error = 'series_has_no_occurrence_in_reach'
            WHERE l.sync_id = (s.link).sync_id
                AND l.last_error IS DISTINCT FROM 'series_has_no_occurrence_in_reach';
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION engine.carry_series(sync.run) IS
'Decides which series are carried by occurrence from now on. The link that the whole series had goes to its first occurrence (rules 8).';
