CREATE OR REPLACE FUNCTION engine.carry_series(employee text, full_content boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO sync.series (employee_kuerzel, family)
    SELECT employee, engine.series_family(g.entry_id)
    FROM engine.unlinked_events(employee) AS g
    WHERE g.is_series AND g.obstacle IS NOT NULL AND g.unusable IS NULL AND coalesce(g.event_type, 'default') = 'default'
        AND NOT coalesce(g.tag_anonymized, false)
        AND (NOT engine.tag_is_open(employee, g) OR engine.was_carried(employee, g.entry_id))
        AND engine.may_carry(employee, g.entry_id)
        AND NOT EXISTS (SELECT 1 FROM engine.stray_events(employee) AS s WHERE s.entry_id = g.entry_id)
    UNION
    -- What Google has made of a linked series is to reach Advoware, which cannot hold it.
    SELECT employee, engine.series_family(s.google_event_id)
    FROM engine.link_state AS s
    -- As in engine.decisions: where a write was stopped as stored otherwise, what the written side says is no edit.
    CROSS JOIN LATERAL (
        SELECT full_content AND s.a_usable AND s.g_usable AND NOT s.agree AND NOT s.text_withheld AS disagree,
            CASE WHEN s.meant_time_fingerprint IS NULL THEN s.meant_side::text END AS stopped
    ) AS f
    CROSS JOIN LATERAL engine.decide_changed(s.sync_strategy, s.source_system, s.may_write,
        s.a_changed OR (f.disagree AND f.stopped IS DISTINCT FROM 'advoware'), s.g_changed OR (f.disagree AND f.stopped IS DISTINCT FROM 'google'),
        s.a_time, s.g_time) AS changed
    CROSS JOIN LATERAL engine.decide_deleted(s.a_known AND NOT s.a_present, false, s.sync_strategy, s.source_system, s.may_write,
        s.a_changed, s.g_changed, s.a_time, s.g_gone_at, coalesce(s.a_ownership = 'foreign' AND s.a_present, false),
        coalesce(s.a_ownership = 'shared', false), s.anonymized) AS deleted
    WHERE s.employee_kuerzel = employee AND s.g_usable AND s.g_is_series AND s.g_obstacle IS NOT NULL
        AND NOT s.paused AND NOT s.anonymized AND NOT s.g_is_carried AND engine.doubt_is_over(s.sync_id)
        AND engine.may_carry(employee, s.google_event_id)
        AND CASE
            -- A hub that was lost or restored: its Termine stand for the occurrences already.
            WHEN s.may_write AND engine.was_carried(employee, s.google_event_id) THEN true
            WHEN s.advoware_frnr IS NULL THEN s.may_write
            -- What Google made of a write of ours is no edit (RULES 3); and a Termin that is a series gives way to an edit alone.
            WHEN s.a_usable THEN changed.kind = 'update_termin' AND (s.g_changed OR NOT s.a_is_series) AND NOT EXISTS (
                SELECT 1 FROM engine.missed_writes(employee, s.sync_id) AS m
                WHERE s.meant_side = 'google' AND m.found = coalesce(s.missed_fingerprint, m.found))
            ELSE deleted.kind = 'recreate_termin' END
    ON CONFLICT DO NOTHING;

    -- The link of the series goes to its first occurrence.
    UPDATE sync.calendar_sync AS l
    SET google_event_id = first.entry_id, google_watermark = NULL, sync_status = 'pending', tagged = false,
        -- The master keeps the id that would be the link's own.
        event_generation = l.event_generation + CASE WHEN l.google_event_id = engine.own_event_id(l.sync_id, l.event_generation) THEN 1 ELSE 0 END,
        meant_side = NULL, meant_fingerprint = NULL, meant_time_fingerprint = NULL, meant_acknowledged = false, meant_at = NULL,
        missed_fingerprint = NULL, missed_at = NULL, refused_basis = NULL, superseded_count = 0
    FROM (
        SELECT DISTINCT ON (s.sync_id) s.sync_id, o.entry_id
        FROM engine.link_state AS s
        JOIN engine.unlinked_events(employee) AS o ON o.master_id = s.google_event_id AND o.unusable IS NULL AND o.fingerprint IS NOT NULL
            AND o.ends_at > engine.window_from()
        WHERE s.employee_kuerzel = employee AND s.g_is_carried AND engine.doubt_is_over(s.sync_id)
        -- The one that says what the Termin says, if there is one.
        ORDER BY s.sync_id, (o.fingerprint = s.a_fingerprint) IS TRUE DESC, o.starts_at, o.entry_id
    ) AS first
    WHERE l.sync_id = first.sync_id;

    -- Without an occurrence in reach there is nothing that the link could stand for: said, not passed over.
    UPDATE sync.calendar_sync AS l SET sync_status = 'failed', last_error = 'series_has_no_occurrence_in_reach'
    FROM engine.link_state AS s
    WHERE s.sync_id = l.sync_id AND s.employee_kuerzel = employee AND s.g_is_carried AND NOT s.agree AND l.last_error IS DISTINCT FROM 'series_has_no_occurrence_in_reach'
        AND EXISTS (SELECT 1 FROM sync.seen AS m WHERE m.employee_kuerzel = employee AND m.side = 'google' AND m.entry_id = s.google_event_id AND m.listed_to IS NOT NULL);
END
$$;
COMMENT ON FUNCTION engine.carry_series(text, boolean) IS
'Decides which Google series are carried occurrence by occurrence from now on: those that Advoware cannot hold and whose shape is to reach it (new ones; linked ones where Google''s change wins and W holds). full_content: as in the run, a pair that disagrees counts as changed on both sides. The link that the whole series had goes to its first occurrence (RULES 8); where none is in reach it says so. Where Advoware wins nothing is carried: the shape is an edit that is undone. What Google made of a write of ours is no edit and carries nothing (RULES 3).';
