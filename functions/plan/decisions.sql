CREATE OR REPLACE FUNCTION engine.decisions(
    employee text,
    phase integer,
    full_content boolean DEFAULT false,
    proven_since timestamptz DEFAULT '-infinity',
    only_link uuid DEFAULT NULL
) RETURNS TABLE (
    sync_id uuid,
    kind text,
    reason text,
    missing_side sync.source_system_enum,
    prove_advoware boolean,
    prove_google boolean,
    conflict boolean,
    reverted boolean,
    mode text,
    source_fingerprint text,
    expected_fingerprint text,
    meant_fingerprint text,
    meant_time_fingerprint text,
    basis text
)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH edge AS (
        SELECT engine.window_from() AS past, (SELECT e.google_calendar_id FROM sync.employee AS e WHERE e.kuerzel = employee) AS calendar_id
    ), states AS (
        SELECT
            s.*,
            s.a_known AND NOT s.a_present AS a_missing,
            s.g_known AND NOT s.g_present AS g_missing,
            -- Where a write was stopped as stored otherwise, what the written side says is no edit, not even to a whole comparison.
            s.a_changed OR (full_content AND s.a_usable AND s.g_usable AND NOT s.agree AND NOT s.text_withheld
                AND NOT coalesce(s.meant_side = 'advoware' AND s.meant_time_fingerprint IS NULL, false)) AS a_differs,
            s.g_changed OR (full_content AND s.a_usable AND s.g_usable AND NOT s.agree AND NOT s.text_withheld
                AND NOT coalesce(s.meant_side = 'google' AND s.meant_time_fingerprint IS NULL, false)) AS g_differs,
            coalesce(s.a_ownership = 'foreign' AND s.a_present, false) AS is_foreign,
            coalesce(s.a_proof IS NOT NULL AND s.a_proven_at >= proven_since, false) AS a_proven,
            coalesce(s.g_proof IS NOT NULL AND s.g_proven_at >= proven_since, false) AS g_proven,
            -- Said to have been written, but something else is there, or an earlier write of ours: the same direction again (RULES 3).
            s.holds_outdated_write AS missed
        FROM engine.link_state AS s
        WHERE s.employee_kuerzel = employee
            AND (only_link IS NULL OR s.sync_id = only_link)
            AND NOT s.paused
            AND NOT s.g_is_carried
            -- What is planned already does not wait because something else of its link has failed meanwhile.
            AND (only_link IS NOT NULL OR s.next_attempt_at IS NULL OR s.next_attempt_at <= clock_timestamp())
            -- An unanswered POST is settled first (RULES 5).
            AND engine.doubt_is_over(s.sync_id)
    ), candidates AS (
        -- Phase 1: links that lack an event.
        SELECT s.*,
            CASE WHEN s.a_usable AND NOT s.is_foreign THEN 'create_event'
                 WHEN s.a_missing OR s.is_foreign THEN 'soft_delete' END AS d_kind,
            CASE WHEN s.a_usable AND NOT s.is_foreign THEN 'in Advoware, not yet in Google'
                 WHEN s.is_foreign THEN 'the Termin belongs to others'
                 ELSE 'gone in Advoware before it reached Google' END AS d_reason,
            NULL::sync.source_system_enum AS d_missing, false AS d_conflict, false AS d_reverted
        FROM states AS s
        WHERE phase = 1 AND s.google_event_id IS NULL AND s.advoware_frnr IS NOT NULL
        UNION ALL
        -- Phase 2: links that lack a Termin.
        SELECT s.*,
            CASE WHEN s.g_usable AND s.anonymized AND engine.split_frnr(employee, s.google_event_id) IS NULL THEN 'refuse'
                 WHEN s.g_usable AND NOT s.may_write THEN 'refuse'
                 WHEN s.g_usable THEN 'create_termin'
                 WHEN s.g_missing OR NOT s.g_known AND s.google_calendar_id <> edge.calendar_id THEN 'soft_delete' END,
            CASE WHEN s.g_usable AND s.anonymized AND engine.split_frnr(employee, s.google_event_id) IS NULL THEN 'anonymised_copy_has_no_text'
                 WHEN s.g_usable AND NOT s.may_write THEN 'advoware_write_forbidden'
                 WHEN s.g_usable THEN 'in Google, not yet in Advoware'
                 WHEN s.g_known THEN 'gone in Google before it reached Advoware'
                 ELSE 'its event was in the calendar that vanished' END,
            NULL, false, false
        FROM states AS s
        CROSS JOIN edge
        WHERE phase = 2 AND s.advoware_frnr IS NULL AND s.google_event_id IS NOT NULL
        UNION ALL
        SELECT s.*, 'tag_event',
            CASE WHEN phase = 4 THEN 'marked private in Advoware' ELSE 'the link is whole: the event gets our tag' END, NULL, false, false
        FROM states AS s
        WHERE CASE
                -- In phase 3 too, right after a Termin was created again: a hub lost before that would create it once more.
                WHEN phase IN (2, 3) THEN NOT s.tagged AND s.g_master_id IS NULL
                WHEN phase = 4 THEN s.to_be_hidden END
            AND s.advoware_frnr IS NOT NULL AND s.google_event_id IS NOT NULL AND s.a_present AND NOT s.is_foreign AND s.g_usable AND NOT s.g_invitation
        UNION ALL
        -- Phase 3: whole links with a side that is missing, or whose Termin belongs to others.
        SELECT s.*,
            CASE WHEN s.a_unusable IS NOT NULL AND s.a_present OR s.g_unusable IS NOT NULL AND s.g_present THEN 'refuse' ELSE d.kind END,
            CASE WHEN s.a_unusable IS NOT NULL AND s.a_present OR s.g_unusable IS NOT NULL AND s.g_present
                THEN 'unusable: ' || coalesce(s.a_unusable, s.g_unusable) ELSE d.reason END,
            CASE WHEN d.kind IN ('delete_event', 'delete_termin', 'recreate_event', 'recreate_termin')
                THEN CASE WHEN s.a_missing OR s.is_foreign THEN 'advoware' ELSE 'google' END::sync.source_system_enum END,
            false, false
        FROM states AS s
        CROSS JOIN LATERAL engine.decide_deleted(s.a_missing, s.g_missing, s.sync_strategy, s.source_system, s.may_write,
            s.a_differs, s.g_differs, s.a_time, s.g_gone_at, s.is_foreign, coalesce(s.a_ownership = 'shared', false), s.anonymized) AS d
        WHERE phase = 3 AND s.advoware_frnr IS NOT NULL AND s.google_event_id IS NOT NULL AND d.kind IS NOT NULL
        UNION ALL
        -- Phase 4: whole links, both sides there.
        SELECT s.*,
            CASE WHEN s.a_unusable IS NOT NULL OR s.g_unusable IS NOT NULL THEN 'refuse'
                 WHEN s.missed THEN CASE s.meant_side WHEN 'google' THEN 'update_event' ELSE CASE WHEN s.may_write THEN 'update_termin' ELSE 'refuse' END END
                 WHEN d.kind = 'update_termin' AND s.advoware_mode = 'time_only' AND s.a_time_fingerprint = s.g_time_fingerprint AND s.copy_stale THEN 'update_event'
                 WHEN d.kind = 'update_termin' THEN d.kind
                 WHEN s.copy_stale THEN 'update_event'
                 ELSE d.kind END,
            CASE WHEN s.a_unusable IS NOT NULL OR s.g_unusable IS NOT NULL THEN 'unusable: ' || coalesce(s.a_unusable, s.g_unusable)
                 WHEN s.missed AND s.meant_side = 'advoware' AND NOT s.may_write THEN 'advoware_write_forbidden'
                 WHEN s.missed AND s.missed_fingerprint IS NULL THEN 'an earlier write of ours arrived instead of the last one'
                 WHEN s.missed THEN 'the other system stored something else than was meant'
                 WHEN s.copy_stale AND d.kind IS DISTINCT FROM 'update_termin'
                    THEN CASE WHEN s.anonymize THEN 'anonymisation was turned on' ELSE 'anonymisation was turned off' END
                 ELSE d.reason END,
            NULL, d.conflict AND NOT s.missed, d.reverted AND NOT s.missed
        FROM states AS s
        CROSS JOIN LATERAL engine.decide_changed(s.sync_strategy, s.source_system, s.may_write, s.a_differs, s.g_differs, s.a_time, s.g_time) AS d
        WHERE phase = 4 AND s.a_present AND s.g_present AND NOT s.is_foreign
            AND (d.kind IS NOT NULL OR s.copy_stale OR s.missed OR s.a_unusable IS NOT NULL OR s.g_unusable IS NOT NULL)
            -- Agreeing pairs are settled without a write.
            AND NOT (s.agree AND NOT s.copy_stale)
            -- Nor is a time written that is there already.
            AND NOT (coalesce(CASE d.kind WHEN 'update_termin' THEN s.advoware_mode WHEN 'update_event' THEN s.google_mode END = 'time_only', false) AND s.a_usable AND s.g_usable
                AND s.a_time_fingerprint = s.g_time_fingerprint AND NOT s.copy_stale)
    ), decided AS (
        SELECT c.*,
            CASE WHEN r.asks THEN CASE c.d_kind WHEN 'refuse' THEN 'recreate_termin' ELSE c.d_kind END
                 WHEN o.code IS NOT NULL THEN 'refuse' ELSE c.d_kind END AS f_kind,
            CASE WHEN r.asks THEN 'missing in Advoware: asked for before it is refused (' || coalesce(o.code, c.d_reason) || ')'
                 ELSE coalesce(o.code, c.d_reason) END AS f_reason,
            CASE WHEN r.asks THEN 'advoware' WHEN o.code IS NULL AND c.d_kind <> 'refuse' THEN c.d_missing END AS f_missing,
            r.asks,
            CASE WHEN c.d_kind IN ('create_event', 'recreate_event') THEN CASE WHEN c.anonymize THEN 'anonymous' ELSE 'full' END
                 WHEN c.d_kind = 'update_event' THEN c.google_mode
                 WHEN c.d_kind IN ('update_termin', 'create_termin', 'recreate_termin') THEN c.advoware_mode END AS f_mode
        FROM candidates AS c
        CROSS JOIN edge
        -- What the other side cannot take.
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN c.g_invitation AND c.g_present AND c.d_kind IN ('update_event', 'delete_event') THEN 'invitation_is_read_only'
                WHEN c.g_obstacle IS NOT NULL AND c.d_kind IN ('create_termin', 'recreate_termin', 'update_termin') THEN 'unusable: series_not_representable'
                WHEN c.a_is_series AND c.g_master_id IS NOT NULL AND c.d_kind = 'update_event' THEN 'occurrence_cannot_repeat' END AS code
        ) AS o
        -- A refusal that rests on an absence in Advoware needs its proof like a deletion: the Termin may be there, and a colleague's.
        CROSS JOIN LATERAL (
            SELECT phase = 3 AND c.a_missing AND c.g_usable AND NOT c.a_proven AND (o.code IS NOT NULL OR c.d_kind = 'refuse') AS asks
        ) AS r
        WHERE c.d_kind IS NOT NULL
            -- What ended before the window is left alone until a side is seen inside it again.
            AND (coalesce(c.ends_at >= edge.past, true)
                OR (c.a_present AND c.a_ends_at >= edge.past) OR (c.g_present AND c.g_ends_at >= edge.past))
    )
    SELECT
        d.sync_id, d.f_kind, d.f_reason, d.f_missing,
        d.a_missing AND d.f_kind <> 'refuse' AND NOT d.a_proven,
        d.g_missing AND d.f_kind <> 'refuse' AND NOT d.g_proven,
        d.d_conflict, d.d_reverted, d.f_mode,
        CASE WHEN d.f_kind IN ('create_event', 'recreate_event', 'update_event') THEN d.a_fingerprint
             WHEN d.f_kind IN ('create_termin', 'recreate_termin', 'update_termin') THEN d.g_fingerprint END,
        CASE WHEN d.f_kind IN ('update_event', 'delete_event', 'tag_event') THEN d.g_fingerprint
             WHEN d.f_kind IN ('update_termin', 'delete_termin') THEN d.a_fingerprint END,
        CASE WHEN d.f_mode = 'full' AND d.f_kind IN ('create_event', 'recreate_event', 'update_event') THEN d.a_fingerprint
             WHEN d.f_mode = 'anonymous' THEN d.a_anonymous_fingerprint
             WHEN d.f_mode = 'full' THEN d.g_fingerprint END,
        CASE WHEN d.f_kind IN ('create_event', 'recreate_event', 'update_event') THEN d.a_time_fingerprint
             WHEN d.f_kind IN ('create_termin', 'recreate_termin', 'update_termin') THEN d.g_time_fingerprint END,
        d.basis
    FROM decided AS d
    -- A refusal is said once; it is looked at again when the policy or either side changes.
    WHERE NOT ((d.f_kind = 'refuse' OR d.asks) AND d.refused_basis IS NOT DISTINCT FROM d.basis)
        -- What writes the event makes it private, too; and what is to be written to Advoware comes first, unless it fails: a write of ours would
        -- make Google's change later than it was.
        AND NOT (phase = 4 AND d.f_kind = 'tag_event' AND EXISTS (SELECT 1 FROM decided AS o
            WHERE o.sync_id = d.sync_id AND (o.f_kind = 'update_event' OR (o.f_kind = 'update_termin' AND o.attempts = 0))))
$$;
COMMENT ON FUNCTION engine.decisions(text, integer, boolean, timestamptz, uuid) IS
'What a phase (1-4) does to an employee''s links now, and why: the rules of RULES 2 applied to engine.link_state. One row per link that needs something. prove_…: the absence it rests on has no single GET newer than proven_since. The fingerprints: of the source content, of the target as the plan saw it, and of what the target should be afterwards. Changes nothing.';
