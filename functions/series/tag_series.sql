-- A series that is carried by occurrence carries a tag that says so: its occurrences cannot be tagged one by one, and a
-- hub without memory has to list and match them before anything is created (rules 6). The tag names the series' family,
-- so that a copy that a user makes of the series does not say it of itself.

CREATE OR REPLACE FUNCTION engine.remember_carried(employee text) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO sync.series (employee_kuerzel, family)
    SELECT DISTINCT remember_carried.employee, engine.series_family(m.entry_id)
    FROM sync.seen AS m
    WHERE m.employee_kuerzel = employee
        AND m.side = 'google'
        AND m.is_series
        AND m.present
        AND m.tag_carried
        AND NOT engine.is_carried(employee, m.entry_id)
    ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION engine.remember_carried(text) IS
'Series whose tag says that they are carried by occurrence are: the hub was lost or restored since (rules 6).';

CREATE OR REPLACE FUNCTION engine.may_tag_series(master sync.seen) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN master.present
        AND master.is_series
        AND master.unusable IS NULL
        AND NOT master.invitation
        AND master.tag_carried IS NOT TRUE
        AND EXISTS (
            SELECT 1 FROM sync.series AS s
            WHERE s.employee_kuerzel = master.employee_kuerzel
                AND s.family = engine.series_family(master.entry_id)
                AND (s.next_attempt_at IS NULL OR s.next_attempt_at <= clock_timestamp()));
END
$$;
COMMENT ON FUNCTION engine.may_tag_series(sync.seen) IS
'Whether a master is to get the tag that its series is carried by occurrence, now.';

CREATE OR REPLACE FUNCTION engine.plan_series_tags(run sync.run, phase integer) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO sync.action (run_id, phase, kind, reason, employee_kuerzel, google_event_id)
    SELECT run.run_id, plan_series_tags.phase, 'tag_series', 'carried by occurrence: the series gets our tag',
        run.employee_kuerzel, m.entry_id
    FROM sync.seen AS m
    WHERE m.employee_kuerzel = run.employee_kuerzel
        AND m.side = 'google'
        AND m.is_series
        -- Before anything else is created or changed.
        AND plan_series_tags.phase = coalesce(run.phase, 1)
        AND engine.may_tag_series(m)
        AND NOT EXISTS (
            SELECT 1 FROM sync.action AS t
            WHERE t.run_id = run.run_id
                AND t.phase = plan_series_tags.phase
                AND t.kind = 'tag_series'
                AND t.google_event_id = m.entry_id
                AND t.status NOT IN ('superseded', 'in_doubt'))
$$;
COMMENT ON FUNCTION engine.plan_series_tags(sync.run, integer) IS
'In a run''s first phase: one tag for each part of a series that is carried by occurrence and does not say so.';

CREATE OR REPLACE FUNCTION engine.begin_series_tag(act sync.action) RETURNS engine.begun_action
LANGUAGE plpgsql
AS $$
DECLARE
    begun engine.begun_action := engine.ended(act);
    master sync.seen;
BEGIN
    IF act.status <> 'planned' THEN
        RETURN begun;
    END IF;
    SELECT m.* INTO master FROM sync.seen AS m
    WHERE m.employee_kuerzel = act.employee_kuerzel
        AND m.side = 'google'
        AND m.entry_id = act.google_event_id;
    IF engine.may_tag_series(master) IS NOT TRUE THEN
        PERFORM engine.end_action(act.action_id, 'superseded', 'plan_no_longer_holds');
        RETURN begun;
    END IF;
    begun.observed_at := greatest(begun.observed_at, master.observed_at);
    UPDATE sync.action AS t SET status = 'running', started_at = begun.observed_at, writes_in = 'google'
    WHERE t.action_id = act.action_id;
    begun.verdict := 'go';
    begun.calendar_id := engine.calendar_of(act.employee_kuerzel);
    begun.etag := master.etag;
    begun.expected_fingerprint := master.fingerprint;
    begun.is_occurrence := false;
    RETURN begun;
END
$$;
COMMENT ON FUNCTION engine.begin_series_tag(sync.action) IS
'Begins to tag a series, if it is still there and carried by occurrence.';

CREATE OR REPLACE FUNCTION engine.complete_series_tag(
    act sync.action, observed_at timestamptz, entry jsonb
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    master sync.seen;
BEGIN
    IF (entry ->> 'tag_carried')::boolean IS NOT TRUE THEN
        PERFORM engine.end_action(act.action_id, 'failed', 'tag_not_stored');
        PERFORM engine.delay_series_tag(act, 0);
        RETURN;
    END IF;
    SELECT m.* INTO master FROM sync.seen AS m
    WHERE m.employee_kuerzel = act.employee_kuerzel
        AND m.side = 'google'
        AND m.entry_id = act.google_event_id;
    -- The answer knows nothing of the occurrences, and nothing else has changed. They have their series' etag.
    UPDATE sync.seen AS s SET etag = entry ->> 'etag'
    WHERE s.employee_kuerzel = act.employee_kuerzel
        AND s.side = 'google'
        AND s.master_id = master.entry_id
        AND s.etag = master.etag;
    UPDATE sync.seen AS s
    SET etag = entry ->> 'etag', api_timestamp = (entry ->> 'ts')::timestamptz, tag_carried = true,
        observed_at = greatest(s.observed_at, complete_series_tag.observed_at)
    WHERE s.employee_kuerzel = act.employee_kuerzel
        AND s.side = 'google'
        AND s.entry_id = master.entry_id
        AND s.present;
    UPDATE sync.series AS c SET attempts = 0, next_attempt_at = NULL
    WHERE c.employee_kuerzel = act.employee_kuerzel
        AND c.family = engine.series_family(act.google_event_id)
        AND c.attempts > 0;
    PERFORM engine.end_action(act.action_id, 'done', 'ok');
END
$$;
COMMENT ON FUNCTION engine.complete_series_tag(sync.action, timestamptz, jsonb) IS
'A series says that it is carried by occurrence; its echo in the next list tells nothing new.';

CREATE OR REPLACE FUNCTION engine.delay_series_tag(act sync.action, retry_after_seconds integer) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE sync.series AS c
    SET attempts = c.attempts + 1,
        next_attempt_at = engine.backoff_until(
            c.attempts, make_interval(secs => least(coalesce(retry_after_seconds, 0), 86400)))
    WHERE act.kind = 'tag_series'
        AND c.employee_kuerzel = act.employee_kuerzel
        AND c.family = engine.series_family(act.google_event_id);
END
$$;
COMMENT ON FUNCTION engine.delay_series_tag(sync.action, integer) IS
'A series could not be tagged: it is tried again with growing delay; its occurrences are carried meanwhile.';
