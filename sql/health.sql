CALL pg_temp.make_view('bi.hub_health', $view$
WITH hub AS (
    SELECT
        engine.schema_version() AS version,
        coalesce(bool_or(l.heartbeat_at > clock_timestamp() - interval '5 minutes'), false) AS has_listener,
        coalesce(bool_or(
            l.stopped_at IS NULL
            AND l.schema_version = engine.schema_version()
            AND l.heartbeat_at > clock_timestamp() - interval '1 minute'), false) AS has_fitting_listener,
        coalesce(bool_or(
            l.stopped_at IS NULL
            AND l.schema_version = engine.schema_version()
            AND l.heartbeat_at > clock_timestamp() - interval '1 minute'
            AND l.started_at < clock_timestamp() - interval '15 minutes'), false) AS has_settled_listener
    FROM sync.listener AS l
    -- A heartbeat from before the clock was set back says nothing.
    WHERE l.heartbeat_at <= clock_timestamp()
)
-- Housekeeping -----------------------------------------------------------------
SELECT
    CASE
        WHEN h.last_error = '55P03' THEN format(
            'housekeeping failed (%s): somebody held a lock for long (as a superuser: '
            'SELECT * FROM pg_stat_activity WHERE xact_start < now() - interval ''1 minute''); '
            'it is tried again every hour. '
            'Until it succeeds, days of the audit may be without a seal and old rows stay', h.last_error)
        WHEN h.last_error IS NOT NULL THEN format(
            'housekeeping failed (%s): the database server''s log says why; it is tried again every hour. '
            'Until it succeeds, days of the audit may be without a seal and old rows stay', h.last_error)
        ELSE format(
            'housekeeping is stopped: sync.housekeeping.next_at is %s, '
            'so no day of the audit is sealed and nothing old is removed; '
            'UPDATE sync.housekeeping SET next_at = now() lets it go on', h.next_at)
    END AS needs,
    false AS stands_still
FROM sync.housekeeping AS h
WHERE h.last_error IS NOT NULL
    OR h.next_at > clock_timestamp() + interval '2 days'
UNION ALL
-- The audit's months --------------------------------------------------------------
SELECT
    format('the audit has no partitions for %s, and from then on nothing could be written: something keeps '
        'housekeeping and the listeners, when they start, from making them; SELECT engine.ensure_audit_month(%L) '
        'as the database''s owner says what', to_char(month.first_day, 'YYYY-MM'), month.first_day::date),
    false
FROM (
    SELECT date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') + make_interval(months => m) AS first_day, m
    FROM generate_series(0, 3) AS m
) AS month
CROSS JOIN sync.housekeeping AS h
WHERE NOT engine.has_audit_month(month.first_day::date)
    -- The last of them becomes one when a month begins: housekeeping has two days' time.
    AND (month.m < 3
        OR h.last_error IS NOT NULL
        OR extract(day FROM clock_timestamp() AT TIME ZONE 'UTC') > 2)
UNION ALL
-- Requests without a listener --------------------------------------------------
-- Since when nobody was there, not since when it waits: a listener that is started again has its time.
SELECT
    format('%s requests wait, the oldest (%s) since %s, and no listener is alive: start calendar-sync listen',
        count(*), min(q.request_id), to_char(min(q.requested_at) AT TIME ZONE 'Europe/Berlin', 'DD.MM. HH24:MI')),
    true
FROM sync.request AS q
CROSS JOIN hub
WHERE q.status IN ('waiting', 'running')
    AND q.requested_at < clock_timestamp() - interval '5 minutes'
    AND NOT hub.has_listener
HAVING count(*) > 0
UNION ALL
-- Requests that a listener leaves alone ----------------------------------------
SELECT
    format('request %s has waited since %s to be opened, although a listener is alive: its log says why',
        q.request_id, to_char(q.requested_at AT TIME ZONE 'Europe/Berlin', 'DD.MM. HH24:MI')),
    false
FROM engine.claimable_request AS q
CROSS JOIN hub
WHERE q.requested_at < clock_timestamp() - interval '15 minutes'
    AND hub.has_settled_listener
UNION ALL
-- Schedules --------------------------------------------------------------------
SELECT
    CASE
        WHEN j.next_run_at IS NULL
            THEN format('schedule %s can no longer be run: %s', coalesce(j.jobname, 'job ' || j.jobid), j.last_error)
        ELSE format('schedule %s was due at %s and nobody looked: start calendar-sync listen',
            coalesce(j.jobname, 'job ' || j.jobid),
            to_char(j.next_run_at AT TIME ZONE 'Europe/Berlin', 'DD.MM. HH24:MI'))
    END,
    j.next_run_at IS NOT NULL
FROM sync.job AS j
CROSS JOIN hub
WHERE j.active
    AND (j.next_run_at IS NULL
        OR (j.next_run_at < clock_timestamp() - interval '5 minutes' AND NOT hub.has_listener))
UNION ALL
-- Listeners of another version -------------------------------------------------
SELECT
    format('listener %s needs schema version %s, the hub has %s, and gives it no work: '
        'start the listener that fits the hub, or run ops/create_db.sql of the listener''s release',
        l.listener, l.schema_version, hub.version),
    NOT hub.has_fitting_listener
FROM sync.listener AS l
CROSS JOIN hub
WHERE l.schema_version <> hub.version
    AND l.stopped_at IS NULL
    AND l.heartbeat_at BETWEEN clock_timestamp() - interval '1 minute' AND clock_timestamp()
UNION ALL
-- Notifications ----------------------------------------------------------------
SELECT
    format('the server''s queue of notifications is %s %% full: a session listens in a transaction that it does not '
        'end (as a superuser: SELECT pid, usename, application_name FROM pg_stat_activity WHERE state ~ ''^idle in'' '
        'ORDER BY xact_start); end that session. Until then the hub wakes no listener, they look every few seconds; '
        'when it is full every NOTIFY fails', round(queue.usage::numeric * 100)),
    false
FROM engine.notification_queue_usage() AS queue (usage)
WHERE queue.usage >= 0.1
UNION ALL
-- Advoware's clock ---------------------------------------------------------------
SELECT
    format('Advoware''s timestamps are UTC, not Berlin time (its answers to our writes show it, last on %s): '
        'where both sides changed nobody can tell the later change, so such decisions are held. '
        'Have the installation''s time zone looked at; after the next write this line goes by itself',
        to_char(o.advoware_clock_at AT TIME ZONE 'Europe/Berlin', 'DD.MM.YYYY')),
    false
FROM sync.office AS o
WHERE o.advoware_clock = 'utc'
UNION ALL
-- The clock --------------------------------------------------------------------
SELECT
    format('the clock of the database server was set back: the hub has notes up to %s, and now it is %s there. '
        'Nothing is lost by that; have the server''s time kept (timedatectl and chronyc tracking tell how it is now). '
        'This line goes when the clock has passed that moment',
        to_char(noted.last_at AT TIME ZONE 'Europe/Berlin', 'DD.MM.YYYY HH24:MI:SS'),
        to_char(clock_timestamp() AT TIME ZONE 'Europe/Berlin', 'DD.MM.YYYY HH24:MI:SS')),
    false
FROM (
    SELECT greatest(
        (SELECT max(l.heartbeat_at) FROM sync.listener AS l),
        (SELECT max(r.finished_at) FROM sync.run AS r),
        (SELECT max(r.lease_until) FROM sync.run AS r WHERE r.status = 'running')
            - (SELECT s.lease FROM sync.setting AS s),
        (SELECT max(r.observed_at) FROM sync.reading AS r),
        (SELECT max(j.last_run_at) FROM sync.job AS j)) AS last_at
) AS noted
WHERE noted.last_at > clock_timestamp() + interval '1 second'
$view$);
COMMENT ON VIEW bi.hub_health IS
'What the hub itself needs from a person, whichever employee: no row is good. calendar-sync status shows it, too.';
COMMENT ON COLUMN bi.hub_health.needs IS 'What to do.';
COMMENT ON COLUMN bi.hub_health.stands_still IS
'Whether nothing is carried until then: no listener that fits is there, and requests or schedules wait for one.';
GRANT SELECT ON bi.hub_health TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;

-- Each part is looked up once for all employees (MATERIALIZED), not once for each: a hub that was never analysed would
-- otherwise be read whole for every employee.
CALL pg_temp.make_view('bi.health', $view$
WITH hub AS MATERIALIZED (
    SELECT coalesce(bool_or(h.stands_still), false) AS stands_still FROM bi.hub_health AS h
-- Links, counted by what they say ----------------------------------------------
), said AS MATERIALIZED (
    SELECT l.employee_kuerzel, l.sync_status, l.last_error, count(*) AS links
    FROM sync.calendar_sync AS l
    WHERE NOT l.deleted
    GROUP BY l.employee_kuerzel, l.sync_status, l.last_error
), link AS MATERIALIZED (
    SELECT
        s.employee_kuerzel,
        sum(s.links) AS active_links,
        coalesce(sum(s.links) FILTER (WHERE s.sync_status = 'pending'), 0) AS waiting,
        coalesce(sum(s.links) FILTER (WHERE s.sync_status = 'failed'), 0) AS failed,
        string_agg(
                format('%s refused (%s): %s', s.links, s.last_error, coalesce(c.remedy, 'leave it')),
                '; ' ORDER BY s.last_error)
            FILTER (WHERE s.sync_status = 'failed' AND c.class = 'refusal') AS refusals,
        string_agg(format('%s failed (%s)%s', s.links, s.last_error, ': ' || c.remedy), '; ' ORDER BY s.last_error)
            FILTER (WHERE s.sync_status = 'failed' AND c.class IS DISTINCT FROM 'refusal') AS failures
    FROM said AS s
    LEFT JOIN sync.result_code AS c ON c.code = engine.code_of(s.last_error)
    GROUP BY s.employee_kuerzel
-- Actions that wait for somebody -----------------------------------------------
), open_action AS MATERIALIZED (
    SELECT t.action_id, t.run_id, t.employee_kuerzel, t.kind, t.status, t.result, t.advoware_frnr
    FROM sync.action AS t
    JOIN sync.run AS r ON r.run_id = t.run_id
    WHERE t.status IN ('held', 'in_doubt')
        AND NOT r.dry_run
    UNION ALL
    -- The late Termin of an attempt that had been given up, as long as it is there.
    SELECT t.action_id, t.run_id, t.employee_kuerzel, t.kind, 'late', t.result, t.advoware_frnr
    FROM sync.action AS t
    JOIN sync.run AS r ON r.run_id = t.run_id
    WHERE t.attempt = 'late'
        AND NOT r.dry_run
        AND EXISTS (
            SELECT FROM sync.seen AS s
            WHERE s.employee_kuerzel = t.employee_kuerzel
                AND s.side = 'advoware'
                AND s.entry_id = t.advoware_frnr::text
                AND s.present)
), act AS MATERIALIZED (
    SELECT
        t.employee_kuerzel,
        max(t.run_id) FILTER (WHERE t.status = 'held' AND t.kind = 'create_calendar') AS no_calendar,
        count(*) FILTER (WHERE t.status = 'held' AND t.kind <> 'create_calendar') AS held,
        max(t.run_id) FILTER (WHERE t.status = 'held' AND t.kind <> 'create_calendar') AS held_run,
        count(*) FILTER (WHERE t.status = 'in_doubt') AS in_doubt,
        count(*) FILTER (WHERE t.status = 'in_doubt' AND c.needs_person) AS need_person,
        min(t.action_id) FILTER (WHERE t.status = 'in_doubt' AND c.needs_person) AS doubt_action,
        count(*) FILTER (WHERE t.status = 'late') AS late,
        string_agg(t.advoware_frnr::text, ', ' ORDER BY t.advoware_frnr)
            FILTER (WHERE t.status = 'late') AS late_numbers
    FROM open_action AS t
    LEFT JOIN sync.result_code AS c ON c.code = engine.code_of(t.result)
    GROUP BY t.employee_kuerzel
-- Anonymised copies whose Termin nobody knows ----------------------------------
), copy AS MATERIALIZED (
    SELECT c.employee_kuerzel, count(*) AS copies,
        (array_agg(c.entry_id ORDER BY c.entry_id))[1:3] AS some,
        (SELECT string_agg(t.frnr::text, ', ' ORDER BY t.frnr)
        FROM sync.seen AS t
        WHERE t.employee_kuerzel = c.employee_kuerzel
            AND t.side = 'advoware'
            AND t.present
            AND t.ownership IS DISTINCT FROM 'foreign'
            AND t.anonymous_fingerprint = ANY (array_agg(c.fingerprint))
            AND NOT EXISTS (
                SELECT 1 FROM sync.calendar_sync AS l
                WHERE l.employee_kuerzel = t.employee_kuerzel
                    AND NOT l.deleted
                    AND l.advoware_frnr = t.frnr)) AS termine
    FROM engine.copies_without_link AS c
    GROUP BY c.employee_kuerzel
-- The last run of each employee ------------------------------------------------
), last_run AS MATERIALIZED (
    SELECT e.kuerzel AS employee_kuerzel, r.status, r.error_code, c.remedy
    FROM sync.employee AS e
    CROSS JOIN LATERAL (
        SELECT x.status, x.error_code FROM sync.run AS x
        WHERE x.employee_kuerzel = e.kuerzel
            AND NOT x.dry_run
            AND x.finished_at IS NOT NULL
        ORDER BY x.finished_at DESC
        LIMIT 1
    ) AS r
    LEFT JOIN sync.result_code AS c ON c.code = engine.code_of(r.error_code)
)
-- What each employee needs -----------------------------------------------------
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
        CASE WHEN NOT e.active THEN
            'inactive: Advoware does not name this employee any more; '
            'calendar and links stay, and go on when it does again' END,
        CASE WHEN p.paused_from IN ('office', 'both') THEN 'paused: UPDATE sync.setting SET paused = false' END,
        CASE WHEN p.paused_from IN ('employee', 'both') THEN
            format('paused: UPDATE sync.employee SET paused = false WHERE kuerzel = %L', e.kuerzel) END,
        CASE WHEN e.active AND NOT p.paused AND hub.stands_still THEN
            'nothing is carried at the moment: SELECT * FROM bi.hub_health' END,
        CASE WHEN act.no_calendar IS NOT NULL THEN
            format('the calendar does not answer: restore it in Google, or the service account''s right to it; '
                'or SELECT sync.approve_held(%s) has a new one made and filled', act.no_calendar) END,
        CASE WHEN act.held > 0 THEN
            format('%s held: look at sync.action of run %s, then SELECT sync.approve_held(%s)',
                act.held, act.held_run, act.held_run) END,
        CASE WHEN act.need_person > 0 THEN
            format('%s in doubt: SELECT sync.settle_attempt(%s, frnr => …)', act.need_person, act.doubt_action) END,
        CASE WHEN last_run.status = 'failed' AND last_run.error_code IS NOT NULL THEN
            format('last run ended with %s', last_run.error_code) || coalesce(': ' || last_run.remedy, '') END,
        CASE WHEN calendar.employee_kuerzel IS NOT NULL THEN
            format('Google makes no more calendars for now: tried again %s',
                CASE WHEN calendar.next_attempt_at > clock_timestamp()
                    THEN 'after ' || to_char(calendar.next_attempt_at AT TIME ZONE 'Europe/Berlin', 'DD.MM. HH24:MI')
                    ELSE 'by the next run' END) END,
        CASE WHEN act.late > 0 THEN
            format('%s Termine turned up late from attempts that had been given up (%s): '
                'what is still as it was made is deleted by the next sync; delete other doubles in Advoware',
                act.late, act.late_numbers) END,
        CASE WHEN copy.copies > 0 THEN
            format('events that say what anonymised copies say and have no link: %s (%s%s); they are never posted: '
                'SELECT sync.link_copy(%L, frnr => …, event => …) links one to its Termin, or delete it in Google',
                copy.copies, array_to_string(copy.some, ', '), CASE WHEN copy.copies > 3 THEN ', …' END,
                e.kuerzel) END,
        'Termine that are not copied until it is said whose those are: ' || copy.termine,
        link.refusals,
        link.failures || '; SELECT sync.retry_failed() has them tried again by the next run'
    ), ''), 'nothing') AS needs,
    e.active AND coalesce(
        link.failed > 0
        OR (hub.stands_still AND NOT p.paused)
        OR act.held > 0
        OR act.no_calendar IS NOT NULL
        OR act.need_person > 0
        OR act.late > 0
        OR copy.copies > 0
        OR last_run.status IN ('failed', 'held'), false) AS needs_attention
FROM sync.employee AS e
JOIN sync.effective_policy AS p ON p.employee_kuerzel = e.kuerzel
CROSS JOIN hub
LEFT JOIN last_run ON last_run.employee_kuerzel = e.kuerzel
LEFT JOIN link ON link.employee_kuerzel = e.kuerzel
LEFT JOIN act ON act.employee_kuerzel = e.kuerzel
LEFT JOIN copy ON copy.employee_kuerzel = e.kuerzel
LEFT JOIN sync.calendar_wait AS calendar ON calendar.employee_kuerzel = e.kuerzel
ORDER BY e.kuerzel
$view$);
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
COMMENT ON COLUMN bi.health.needs IS 'What to do; the remedies are those of sync.result_code.';
COMMENT ON COLUMN bi.health.needs_attention IS
'Whether somebody should look: failed, held, in doubt until a person resolves it, or the hub stands still. Never for who is inactive.';
