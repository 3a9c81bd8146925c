CREATE OR REPLACE VIEW bi.hub_health AS
SELECT CASE WHEN h.last_error = '55P03'
    THEN 'housekeeping failed (55P03): somebody held a lock for long (as a superuser: SELECT * FROM pg_stat_activity WHERE xact_start < now() - interval ''1 minute''); it is tried again every hour. Until it succeeds, days of the audit may be without a seal and old rows stay'
    WHEN h.last_error IS NOT NULL
    THEN format('housekeeping failed (%s): the database server''s log says why; it is tried again every hour. Until it succeeds, days of the audit may be without a seal and old rows stay', h.last_error)
    ELSE format('housekeeping is stopped: sync.housekeeping.next_at is %s, so no day of the audit is sealed and nothing old is removed; UPDATE sync.housekeeping SET next_at = now() lets it go on', h.next_at)
END AS needs, false AS stands_still
FROM sync.housekeeping AS h
WHERE h.last_error IS NOT NULL OR h.next_at > clock_timestamp() + interval '2 days'
UNION ALL
-- Since when nobody was there, not since when it waits: a listener that is started again has its time.
SELECT format('%s requests wait, the oldest (%s) since %s, and no listener is alive: start calendar-sync listen', count(*), min(q.request_id),
    to_char(min(q.requested_at) AT TIME ZONE 'Europe/Berlin', 'DD.MM. HH24:MI')), true
FROM sync.request AS q
WHERE q.status IN ('waiting', 'running') AND q.requested_at < clock_timestamp() - interval '5 minutes'
    AND NOT EXISTS (SELECT 1 FROM sync.listener AS l WHERE l.heartbeat_at > clock_timestamp() - interval '5 minutes')
HAVING count(*) > 0
UNION ALL
SELECT format('request %s has waited since %s to be opened, although a listener is alive: its log says why', q.request_id,
    to_char(q.requested_at AT TIME ZONE 'Europe/Berlin', 'DD.MM. HH24:MI')), false
FROM engine.claimable_request AS q
WHERE q.requested_at < clock_timestamp() - interval '15 minutes'
    -- While there is work, it waits for a worker.
    AND NOT EXISTS (SELECT 1 FROM sync.run AS r WHERE r.status = 'running' AND r.lease_until > clock_timestamp())
    AND EXISTS (SELECT 1 FROM sync.listener AS l WHERE l.stopped_at IS NULL AND l.schema_version = engine.schema_version()
        AND l.started_at < clock_timestamp() - interval '15 minutes' AND l.heartbeat_at > clock_timestamp() - interval '1 minute')
UNION ALL
SELECT CASE WHEN j.next_run_at IS NULL THEN format('schedule %s can no longer be run: %s', coalesce(j.jobname, 'job ' || j.jobid), j.last_error)
    ELSE format('schedule %s was due at %s and nobody looked: start calendar-sync listen', coalesce(j.jobname, 'job ' || j.jobid),
        to_char(j.next_run_at AT TIME ZONE 'Europe/Berlin', 'DD.MM. HH24:MI')) END, j.next_run_at IS NOT NULL
FROM sync.job AS j
WHERE j.active AND (j.next_run_at IS NULL OR (j.next_run_at < clock_timestamp() - interval '5 minutes'
    AND NOT EXISTS (SELECT 1 FROM sync.listener AS l WHERE l.heartbeat_at > clock_timestamp() - interval '5 minutes')))
UNION ALL
SELECT format('listener %s needs schema version %s, the hub has %s, and gives it no work: start the listener that fits the hub, or run ops/create_db.sql of the listener''s release',
    l.listener, l.schema_version, engine.schema_version()),
    NOT EXISTS (SELECT 1 FROM sync.listener AS o WHERE o.stopped_at IS NULL AND o.schema_version = engine.schema_version() AND o.heartbeat_at > clock_timestamp() - interval '1 minute')
FROM sync.listener AS l
WHERE l.schema_version <> engine.schema_version() AND l.stopped_at IS NULL AND l.heartbeat_at > clock_timestamp() - interval '1 minute';
COMMENT ON VIEW bi.hub_health IS 'What the hub itself needs from a person, whichever employee: no row is good. calendar-sync status shows it, too.';
COMMENT ON COLUMN bi.hub_health.needs IS 'What to do.';
COMMENT ON COLUMN bi.hub_health.stands_still IS 'Whether nothing is carried until then: no listener that fits is there, and requests or schedules wait for one.';
REVOKE ALL ON bi.hub_health FROM PUBLIC;
GRANT SELECT ON bi.hub_health TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;

CREATE OR REPLACE VIEW bi.health AS
SELECT
    e.kuerzel AS employee_kuerzel,
    e.active,
    p.paused,
    e.last_good_sync,
    last_run.status AS last_run_status,
    coalesce(link.active_links, 0)::integer AS links,
    coalesce(link.waiting, 0)::integer AS waiting,
    coalesce(link.failed, 0)::integer AS failed,
    (coalesce(act.held, 0) + (act.no_calendar IS NOT NULL)::integer)::integer AS held,
    coalesce(act.in_doubt, 0)::integer AS in_doubt,
    coalesce(nullif(concat_ws('; ',
        CASE WHEN NOT e.active THEN 'inactive: Advoware does not name this employee any more; calendar and links stay, and go on when it does again' END,
        CASE WHEN p.paused_from IN ('office', 'both') THEN 'paused: UPDATE sync.setting SET paused = false' END,
        CASE WHEN p.paused_from IN ('employee', 'both') THEN format('paused: UPDATE sync.employee SET paused = false WHERE kuerzel = %L', e.kuerzel) END,
        CASE WHEN e.active AND NOT p.paused AND hub.stands_still THEN 'nothing is carried at the moment: SELECT * FROM bi.hub_health' END,
        CASE WHEN act.no_calendar IS NOT NULL THEN format('the calendar does not answer: restore it in Google, or the service account''s right to it; or SELECT sync.approve_held(%s) has a new one made and filled', act.no_calendar) END,
        CASE WHEN act.held > 0 THEN format('%s held: look at sync.action of run %s, then SELECT sync.approve_held(%s)', act.held, act.held_run, act.held_run) END,
        CASE WHEN act.need_person > 0 THEN format('%s in doubt: SELECT sync.settle_attempt(%s, frnr => …)', act.need_person, act.doubt_action) END,
        CASE WHEN last_run.status = 'failed' AND last_run.error_code IS NOT NULL THEN format('last run ended with %s', last_run.error_code)
            || CASE WHEN last_run.error_code LIKE 'calendar_not_shared%' THEN ': check GOOGLE_CALENDAR_OWNER_EMAIL, and that the service account owns the calendar; appointments are carried all the same'
                WHEN last_run.error_code = 'hub_busy' THEN ': somebody held a lock for long; if it stays, as a superuser: SELECT * FROM pg_stat_activity WHERE xact_start < now() - interval ''1 minute'''
                WHEN last_run.error_code = 'google_forbidden' THEN ': share the calendar with the service account as owner'
                ELSE '' END END,
        CASE WHEN calendar.employee_kuerzel IS NOT NULL THEN format('Google makes no more calendars for now: tried again %s', CASE WHEN calendar.next_attempt_at > clock_timestamp() THEN 'after ' || to_char(calendar.next_attempt_at AT TIME ZONE 'Europe/Berlin', 'DD.MM. HH24:MI') ELSE 'by the next run' END) END,
        CASE WHEN act.late > 0 THEN format('%s Termine turned up late from attempts that had been given up (%s): what is still as it was made is deleted by the next sync; delete other doubles in Advoware', act.late, act.late_numbers) END,
        CASE WHEN link.refused > 0 THEN format('%s refused (%s): allow it (employee.advoware_writes, calendar_sync.advoware_write_allowed), change the appointment, or leave it', link.refused, link.refusals) END,
        CASE WHEN link.failed > link.refused THEN format('%s failed (%s): see sync.calendar_sync.last_error, then SELECT sync.retry_failed()', link.failed - link.refused, link.errors) END
    ), ''), 'nothing') AS needs,
    e.active AND coalesce(link.failed > 0 OR (hub.stands_still AND NOT p.paused) OR act.held > 0 OR act.no_calendar IS NOT NULL OR act.need_person > 0 OR act.late > 0 OR last_run.status IN ('failed', 'held'), false) AS needs_attention
FROM sync.employee AS e
JOIN sync.effective_policy AS p ON p.employee_kuerzel = e.kuerzel
CROSS JOIN (SELECT coalesce(bool_or(h.stands_still), false) AS stands_still FROM bi.hub_health AS h) AS hub
LEFT JOIN LATERAL (
    SELECT r.status, r.error_code FROM sync.run AS r
    WHERE r.employee_kuerzel = e.kuerzel AND NOT r.dry_run AND r.finished_at IS NOT NULL
    ORDER BY r.finished_at DESC LIMIT 1
) AS last_run ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS active_links, count(*) FILTER (WHERE l.sync_status = 'pending') AS waiting, count(*) FILTER (WHERE l.sync_status = 'failed') AS failed,
        count(*) FILTER (WHERE l.sync_status = 'failed' AND said.is_refusal) AS refused,
        string_agg(DISTINCT l.last_error, ', ') FILTER (WHERE l.sync_status = 'failed' AND said.is_refusal) AS refusals,
        string_agg(DISTINCT l.last_error, ', ') FILTER (WHERE l.sync_status = 'failed' AND NOT said.is_refusal) AS errors
    FROM sync.calendar_sync AS l
    CROSS JOIN LATERAL (
        SELECT coalesce(l.last_error ~ '^unusable: ' OR l.last_error IN ('advoware_write_forbidden', 'anonymised_copy_has_no_text',
            'termin_shared_with_another_employee', 'invitation_is_read_only'), false) AS is_refusal
    ) AS said
    WHERE l.employee_kuerzel = e.kuerzel AND NOT l.deleted
) AS link ON true
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE t.status = 'held' AND t.kind <> 'create_calendar') AS held, max(t.run_id) FILTER (WHERE t.status = 'held' AND t.kind <> 'create_calendar') AS held_run,
        max(t.run_id) FILTER (WHERE t.status = 'held' AND t.kind = 'create_calendar') AS no_calendar,
        count(*) FILTER (WHERE t.status = 'in_doubt') AS in_doubt,
        count(*) FILTER (WHERE t.status = 'in_doubt' AND t.result = 'time_match_needs_person') AS need_person,
        min(t.action_id) FILTER (WHERE t.status = 'in_doubt' AND t.result = 'time_match_needs_person') AS doubt_action,
        count(*) FILTER (WHERE t.result = 'late_answer' AND t.status = 'failed') AS late,
        string_agg(t.advoware_frnr::text, ', ') FILTER (WHERE t.result = 'late_answer' AND t.status = 'failed') AS late_numbers
    FROM sync.action AS t JOIN sync.run AS r ON r.run_id = t.run_id
    WHERE t.employee_kuerzel = e.kuerzel AND NOT r.dry_run
        AND (t.status IN ('held', 'in_doubt') OR (t.status = 'failed' AND t.result = 'late_answer' AND EXISTS (
            SELECT 1 FROM sync.seen AS s
            WHERE s.employee_kuerzel = e.kuerzel AND s.side = 'advoware' AND s.entry_id = t.advoware_frnr::text AND s.present)))
) AS act ON true
LEFT JOIN sync.calendar_wait AS calendar ON calendar.employee_kuerzel = e.kuerzel
ORDER BY e.kuerzel;
COMMENT ON VIEW bi.health IS 'One row per employee: last good sync, what waits, failed, is held or in doubt, and what to do about it.';
COMMENT ON COLUMN bi.health.employee_kuerzel IS 'The employee.';
COMMENT ON COLUMN bi.health.active IS 'Whether Advoware names the employee.';
COMMENT ON COLUMN bi.health.paused IS 'Whether everything rests.';
COMMENT ON COLUMN bi.health.last_good_sync IS 'End of the last complete run that ended done.';
COMMENT ON COLUMN bi.health.last_run_status IS 'How the last run ended.';
COMMENT ON COLUMN bi.health.links IS 'Active links.';
COMMENT ON COLUMN bi.health.waiting IS 'Links with work still to be done.';
COMMENT ON COLUMN bi.health.failed IS 'Failed links.';
COMMENT ON COLUMN bi.health.held IS 'Actions that wait for approval.';
COMMENT ON COLUMN bi.health.in_doubt IS 'Creates whose outcome is unknown.';
COMMENT ON COLUMN bi.health.needs IS 'What to do.';
COMMENT ON COLUMN bi.health.needs_attention IS 'Whether somebody should look: the last run failed or was held, something is held, failed, or in doubt until a person settles it, or the hub stands still (bi.hub_health). Never for who is inactive.';
REVOKE ALL ON bi.health FROM PUBLIC;
