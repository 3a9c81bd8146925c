CREATE OR REPLACE FUNCTION sync.carry_series(employee text, full_content boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO sync.series (employee_kuerzel, family)
    SELECT employee, sync.series_family(g.entry_id)
    FROM sync.unlinked_events(employee) AS g
    WHERE g.is_series AND g.obstacle IS NOT NULL AND g.unusable IS NULL AND coalesce(g.event_type, 'default') = 'default'
        AND NOT coalesce(g.tag_anonymized, false)
        AND (NOT sync.tag_is_open(employee, g) OR sync.was_carried(employee, g.entry_id))
        AND sync.may_carry(employee, g.entry_id)
        AND NOT EXISTS (SELECT 1 FROM sync.stray_events(employee) AS s WHERE s.entry_id = g.entry_id)
    UNION
    -- What Google has made of a linked series is to reach Advoware, which cannot hold it.
    SELECT employee, sync.series_family(s.google_event_id)
    FROM sync.link_state AS s
    -- As in sync.decisions: where a write was stopped as stored otherwise, what the written side says is no edit.
    CROSS JOIN LATERAL (
        SELECT full_content AND s.a_usable AND s.g_usable AND NOT s.agree AND NOT s.text_withheld AS disagree,
            CASE WHEN s.meant_time_fingerprint IS NULL THEN s.meant_side::text END AS stopped
    ) AS f
    CROSS JOIN LATERAL sync.decide_changed(s.sync_strategy, s.source_system, s.may_write,
        s.a_changed OR (f.disagree AND f.stopped IS DISTINCT FROM 'advoware'), s.g_changed OR (f.disagree AND f.stopped IS DISTINCT FROM 'google'),
        s.a_time, s.g_time) AS changed
    CROSS JOIN LATERAL sync.decide_deleted(s.a_known AND NOT s.a_present, false, s.sync_strategy, s.source_system, s.may_write,
        s.a_changed, s.g_changed, s.a_time, s.g_gone_at, coalesce(s.a_ownership = 'foreign' AND s.a_present, false),
        coalesce(s.a_ownership = 'shared', false), s.anonymized) AS deleted
    WHERE s.employee_kuerzel = employee AND s.g_usable AND s.g_is_series AND s.g_obstacle IS NOT NULL
        AND NOT s.paused AND NOT s.anonymized AND NOT s.g_is_carried AND sync.doubt_is_over(s.sync_id)
        AND sync.may_carry(employee, s.google_event_id)
        AND CASE
            -- A hub that was lost or restored: its Termine stand for the occurrences already.
            WHEN s.may_write AND sync.was_carried(employee, s.google_event_id) THEN true
            WHEN s.advoware_frnr IS NULL THEN s.may_write
            -- What Google made of a write of ours is no edit (RULES 3); and a Termin that is a series gives way to an edit alone.
            WHEN s.a_usable THEN changed.kind = 'update_termin' AND (s.g_changed OR NOT s.a_is_series) AND NOT EXISTS (
                SELECT 1 FROM sync.missed_writes(employee, s.sync_id) AS m
                WHERE s.meant_side = 'google' AND m.found = coalesce(s.missed_fingerprint, m.found))
            ELSE deleted.kind = 'recreate_termin' END
    ON CONFLICT DO NOTHING;

    -- The link of the series goes to its first occurrence.
    UPDATE sync.calendar_sync AS l
    SET google_event_id = first.entry_id, google_watermark = NULL, sync_status = 'pending', tagged = false,
        -- The master keeps the id that would be the link's own.
        event_generation = l.event_generation + CASE WHEN l.google_event_id = sync.own_event_id(l.sync_id, l.event_generation) THEN 1 ELSE 0 END,
        meant_side = NULL, meant_fingerprint = NULL, meant_time_fingerprint = NULL, meant_acknowledged = false, meant_at = NULL,
        missed_fingerprint = NULL, missed_at = NULL, refused_basis = NULL, superseded_count = 0
    FROM (
        SELECT DISTINCT ON (s.sync_id) s.sync_id, o.entry_id
        FROM sync.link_state AS s
        JOIN sync.unlinked_events(employee) AS o ON o.master_id = s.google_event_id AND o.unusable IS NULL AND o.fingerprint IS NOT NULL
            AND o.ends_at > sync.window_from()
        WHERE s.employee_kuerzel = employee AND s.g_is_carried AND sync.doubt_is_over(s.sync_id)
        -- The one that says what the Termin says, if there is one.
        ORDER BY s.sync_id, (o.fingerprint = s.a_fingerprint) IS TRUE DESC, o.starts_at, o.entry_id
    ) AS first
    WHERE l.sync_id = first.sync_id;

    -- Without an occurrence in reach there is nothing that the link could stand for: said, not passed over.
    UPDATE sync.calendar_sync AS l SET sync_status = 'failed', last_error = 'series_has_no_occurrence_in_reach'
    FROM sync.link_state AS s
    WHERE s.sync_id = l.sync_id AND s.employee_kuerzel = employee AND s.g_is_carried AND NOT s.agree AND l.last_error IS DISTINCT FROM 'series_has_no_occurrence_in_reach'
        AND EXISTS (SELECT 1 FROM sync.seen AS m WHERE m.employee_kuerzel = employee AND m.side = 'google' AND m.entry_id = s.google_event_id AND m.listed_to IS NOT NULL);
END
$$;
COMMENT ON FUNCTION sync.carry_series(text, boolean) IS
'Decides which Google series are carried occurrence by occurrence from now on: those that Advoware cannot hold and whose shape is to reach it (new ones; linked ones where Google''s change wins and W holds). full_content: as in the run, a pair that disagrees counts as changed on both sides. The link that the whole series had goes to its first occurrence (RULES 8); where none is in reach it says so. Where Advoware wins nothing is carried: the shape is an edit that is undone. What Google made of a write of ours is no edit and carries nothing (RULES 3).';
REVOKE ALL ON FUNCTION sync.carry_series(text, boolean) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.adopt_occurrences(employee text) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE sync.calendar_sync AS l
    SET google_event_id = heir.entry_id, google_watermark = NULL, tagged = false, superseded_count = 0, refused_basis = NULL,
        meant_side = NULL, meant_fingerprint = NULL, meant_time_fingerprint = NULL, meant_acknowledged = false, meant_at = NULL,
        missed_fingerprint = NULL, missed_at = NULL
    FROM (
        SELECT s.sync_id, sync.series_family(s.g_master_id) AS family,
            row_number() OVER (PARTITION BY sync.series_family(s.g_master_id) ORDER BY s.g_starts_at, s.google_event_id) AS place
        FROM sync.link_state AS s
        WHERE s.employee_kuerzel = employee AND s.g_master_id IS NOT NULL AND s.g_known AND NOT s.g_present AND s.a_present
            AND NOT s.paused AND sync.is_carried(employee, s.g_master_id)
            -- What ended before the window is left alone: its heir is not among those in reach, and it would take a neighbour's.
            AND (coalesce(s.ends_at > sync.window_from(), true) OR s.a_ends_at > sync.window_from())
    ) AS vanished
    JOIN (
        SELECT o.entry_id, sync.series_family(coalesce(o.master_id, o.entry_id)) AS family,
            row_number() OVER (PARTITION BY sync.series_family(coalesce(o.master_id, o.entry_id)) ORDER BY o.starts_at, o.entry_id) AS place
        FROM sync.unlinked_events(employee) AS o
        LEFT JOIN sync.seen AS m ON m.employee_kuerzel = employee AND m.side = 'google' AND m.entry_id = o.master_id
        WHERE sync.is_carried(employee, coalesce(o.master_id, o.entry_id)) AND o.unusable IS NULL AND o.fingerprint IS NOT NULL
            AND o.ends_at > sync.window_from() AND o.starts_at < coalesce(m.listed_before, m.listed_to, 'infinity')
    ) AS heir ON heir.family = vanished.family AND heir.place = vanished.place
    WHERE l.sync_id = vanished.sync_id
$$;
COMMENT ON FUNCTION sync.adopt_occurrences(text) IS
'When a series that is carried by occurrence changes its shape, an occurrence without link takes over the link of a vanished one of the same series, in order of time, before anything is created or deleted (RULES 8). Occurrences that only came into reach because time has passed take part in nothing, nor do links that ended before the window.';
REVOKE ALL ON FUNCTION sync.adopt_occurrences(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION sync.hold_reshaped(run_id bigint, phase integer) RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    employee text := (SELECT r.employee_kuerzel FROM sync.run AS r WHERE r.run_id = hold_reshaped.run_id);
    families text[];
    wanted text[];
    held integer;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM sync.series AS s WHERE s.employee_kuerzel = employee) THEN
        RETURN 0;
    END IF;
    SELECT array_agg(coalesce(t.entry_id, d.sync_id::text)), array_agg(DISTINCT sync.series_family(g.master_id)) FILTER (WHERE g.master_id IS NOT NULL) INTO wanted, families
    FROM sync.decisions(employee, 3) AS d
    JOIN sync.calendar_sync AS l ON l.sync_id = d.sync_id
    CROSS JOIN LATERAL (SELECT sync.target_entry(d.kind, l.advoware_frnr, l.google_event_id) AS entry_id) AS t
    LEFT JOIN sync.seen AS g ON g.employee_kuerzel = employee AND g.side = 'google' AND g.entry_id = l.google_event_id
    WHERE d.missing_side = 'google' AND NOT sync.is_approved(d.sync_id, d.kind, t.entry_id);
    IF families IS NULL OR sync.brake_reason(employee, 'google', wanted) IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE sync.action AS t SET status = 'held', result = 'brake_series', finished_at = clock_timestamp()
    FROM sync.seen AS g
    WHERE t.run_id = hold_reshaped.run_id AND t.phase = hold_reshaped.phase AND t.status = 'planned' AND NOT t.approved
        AND g.employee_kuerzel = employee AND g.side = 'google' AND g.entry_id = t.google_event_id
        AND sync.series_family(g.master_id) = ANY (families);
    GET DIAGNOSTICS held = ROW_COUNT;
    RETURN held;
END
$$;
COMMENT ON FUNCTION sync.hold_reshaped(bigint, integer) IS
'A shape change of a series that is carried by occurrence is held or let through as one: when the brake will hold the deletions it leads to, what it creates (phase 2) and changes (phase 4) is held with them (RULES 8). Returns how many.';
REVOKE ALL ON FUNCTION sync.hold_reshaped(bigint, integer) FROM PUBLIC;
