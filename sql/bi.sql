-- Reporting views beside bi.health, for people who have never seen the code. Days are days in Berlin. No content, no
-- token, no fingerprint. Runs and actions are kept for sync.setting.keep_runs, links for good, the audit behind
-- bi.changes and bi.changes_daily for keep_audit.

CALL pg_temp.make_view('bi.runs', $view$
SELECT
    (coalesce(r.finished_at, r.started_at, r.created_at) AT TIME ZONE 'Europe/Berlin')::date AS day,
    r.run_id, r.request_id, r.employee_kuerzel,
    CASE r.phase
        WHEN 1 THEN '1 new in Advoware'
        WHEN 2 THEN '2 new in Google'
        WHEN 3 THEN '3 deleted'
        WHEN 4 THEN '4 changed'
        ELSE 'all'
    END AS phases,
    r.full_content, r.recheck, r.dry_run, r.status, r.error_code,
    q.requested_by, q.requested_at, r.started_at, r.finished_at,
    extract(epoch FROM r.started_at - q.requested_at)::numeric(12, 3) AS waited_seconds,
    extract(epoch FROM r.finished_at - r.started_at)::numeric(12, 3) AS took_seconds,
    r.listener, r.takeovers,
    r.events_created, r.events_updated, r.events_deleted, r.termine_created, r.termine_updated, r.termine_deleted,
    r.soft_deleted, r.linked, r.conflicts, r.reverted, r.refused, r.failed, r.held, r.in_doubt, r.superseded
FROM sync.run AS r
JOIN sync.request AS q ON q.request_id = r.request_id
$view$);
COMMENT ON VIEW bi.runs IS 'One row per run: one employee''s share of a request for a sync, how long it took and what it did. Kept for sync.setting.keep_runs.';
COMMENT ON COLUMN bi.runs.day IS 'The day in Berlin on which it ended (else began, else was made).';
COMMENT ON COLUMN bi.runs.run_id IS 'Number of the run.';
COMMENT ON COLUMN bi.runs.request_id IS 'Number of the request it served; the runs of one request share it.';
COMMENT ON COLUMN bi.runs.employee_kuerzel IS 'Whose appointments.';
COMMENT ON COLUMN bi.runs.phases IS 'What was asked for: all, or one phase by number and name.';
COMMENT ON COLUMN bi.runs.full_content IS 'false: it was asked for with anonymisation.';
COMMENT ON COLUMN bi.runs.recheck IS 'Whether both sides were read whole and every pair compared.';
COMMENT ON COLUMN bi.runs.dry_run IS 'Whether it only planned; then nothing was changed, and the numbers say what would have been.';
COMMENT ON COLUMN bi.runs.status IS 'waiting, running, done, failed (an action failed or a side could not be read), held (something waits for a person), cancelled.';
COMMENT ON COLUMN bi.runs.error_code IS 'Why the run as a whole failed; sync.result_code explains the codes.';
COMMENT ON COLUMN bi.runs.requested_by IS 'Database role that asked for it.';
COMMENT ON COLUMN bi.runs.requested_at IS 'When it was asked for.';
COMMENT ON COLUMN bi.runs.started_at IS 'When a listener took it (for the last time).';
COMMENT ON COLUMN bi.runs.finished_at IS 'When it ended.';
COMMENT ON COLUMN bi.runs.waited_seconds IS 'Seconds from the request until it started.';
COMMENT ON COLUMN bi.runs.took_seconds IS 'Seconds from its start to its end.';
COMMENT ON COLUMN bi.runs.listener IS 'The program that did it: host and process.';
COMMENT ON COLUMN bi.runs.takeovers IS 'How often another listener had to take it over.';
COMMENT ON COLUMN bi.runs.events_created IS 'Events created in Google.';
COMMENT ON COLUMN bi.runs.events_updated IS 'Events changed in Google.';
COMMENT ON COLUMN bi.runs.events_deleted IS 'Events deleted in Google.';
COMMENT ON COLUMN bi.runs.termine_created IS 'Termine created in Advoware.';
COMMENT ON COLUMN bi.runs.termine_updated IS 'Termine changed in Advoware.';
COMMENT ON COLUMN bi.runs.termine_deleted IS 'Termine deleted in Advoware.';
COMMENT ON COLUMN bi.runs.soft_deleted IS 'Links ended because the appointment was gone on both sides.';
COMMENT ON COLUMN bi.runs.linked IS 'Events that were linked again, marked as ours or made private.';
COMMENT ON COLUMN bi.runs.conflicts IS 'Appointments that had changed on both sides; the later change won.';
COMMENT ON COLUMN bi.runs.reverted IS 'Edits of a copy that were undone.';
COMMENT ON COLUMN bi.runs.refused IS 'Changes that policy forbids.';
COMMENT ON COLUMN bi.runs.failed IS 'Changes that failed and are tried again.';
COMMENT ON COLUMN bi.runs.held IS 'Changes that wait for a person''s approval.';
COMMENT ON COLUMN bi.runs.in_doubt IS 'Termine of which it is not known whether Advoware made them.';
COMMENT ON COLUMN bi.runs.superseded IS 'Changes whose plan no longer applied when they were begun; planned anew.';

CALL pg_temp.make_view('bi.actions_daily', $view$
SELECT
    (coalesce(t.finished_at, t.planned_at) AT TIME ZONE 'Europe/Berlin')::date AS day,
    t.employee_kuerzel,
    coalesce(k.writes_in::text, 'hub') AS written_in,
    t.kind, t.status,
    count(*) AS actions,
    count(*) FILTER (WHERE t.approved) AS approved,
    (percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM t.finished_at - t.started_at)))::numeric(12, 3)
        AS median_seconds
FROM sync.action AS t
JOIN sync.run AS r ON r.run_id = t.run_id
JOIN sync.action_kind AS k ON k.kind = t.kind
WHERE NOT r.dry_run
GROUP BY 1, 2, 3, 4, 5
$view$);
COMMENT ON VIEW bi.actions_daily IS 'What the sync did in Advoware and Google: one row per day, employee, kind of operation and how it ended, dry runs left out. Kept for sync.setting.keep_runs.';
COMMENT ON COLUMN bi.actions_daily.day IS 'The day in Berlin on which it ended (else was planned).';
COMMENT ON COLUMN bi.actions_daily.employee_kuerzel IS 'Whose appointments.';
COMMENT ON COLUMN bi.actions_daily.written_in IS 'Where it writes: advoware, google, or hub (only the link changes).';
COMMENT ON COLUMN bi.actions_daily.kind IS 'The operation; sync.action_kind says what each does.';
COMMENT ON COLUMN bi.actions_daily.status IS 'done; failed (tried again); refused (policy forbids it); superseded (planned anew); held (waits for a person); in_doubt; planned, running, cancelled.';
COMMENT ON COLUMN bi.actions_daily.actions IS 'How many.';
COMMENT ON COLUMN bi.actions_daily.approved IS 'How many of them a person let through the mass-deletion guard.';
COMMENT ON COLUMN bi.actions_daily.median_seconds IS 'Median of the seconds from beginning to end, the remote system''s answer included.';

CALL pg_temp.make_view('bi.changes', $view$
SELECT
    a.day, a."timestamp" AS changed_at, a.employee_kuerzel, a.change,
    coalesce(a.new_values ->> 'advoware_frnr', a.old_values ->> 'advoware_frnr', l.advoware_frnr::text)::bigint
        AS advoware_frnr,
    coalesce(a.new_values ->> 'google_event_id', a.old_values ->> 'google_event_id', l.google_event_id)
        AS google_event_id,
    a.actor, a.application, a.run_id, a.phase, q.requested_by,
    a.old_values, a.new_values, a.sync_id, a.transaction_id, a.id AS audit_id
FROM sync.calendar_sync_audit AS a
LEFT JOIN sync.calendar_sync AS l ON l.sync_id = a.sync_id
LEFT JOIN sync.run AS r ON r.run_id = a.run_id
LEFT JOIN sync.request AS q ON q.request_id = r.request_id
$view$);
COMMENT ON VIEW bi.changes IS 'Every change of a link, from the audit: what, when, and who or what did it. Ask for days (day = …): the rest is found by them. Kept for sync.setting.keep_audit.';
COMMENT ON COLUMN bi.changes.day IS 'The day in Berlin.';
COMMENT ON COLUMN bi.changes.changed_at IS 'When: the start of the transaction.';
COMMENT ON COLUMN bi.changes.employee_kuerzel IS 'Whose appointment.';
COMMENT ON COLUMN bi.changes.change IS
'new, event or termin (it got one), settled, failed, deleted (softly), revived, policy, removed (the row itself), or bookkeeping.';
COMMENT ON COLUMN bi.changes.advoware_frnr IS 'The Termin.';
COMMENT ON COLUMN bi.changes.google_event_id IS 'The event.';
COMMENT ON COLUMN bi.changes.actor IS 'The database role that logged in and did it.';
COMMENT ON COLUMN bi.changes.application IS 'The program it used.';
COMMENT ON COLUMN bi.changes.run_id IS 'The run that did it; NULL: a person did it in the database.';
COMMENT ON COLUMN bi.changes.phase IS 'The phase of that run: 1 new in Advoware, 2 new in Google, 3 deleted, 4 changed; NULL: the settling before them.';
COMMENT ON COLUMN bi.changes.requested_by IS 'Who had asked for that run; NULL when it is no longer kept.';
COMMENT ON COLUMN bi.changes.old_values IS 'Old values of the columns that changed.';
COMMENT ON COLUMN bi.changes.new_values IS 'New values of the columns that changed.';
COMMENT ON COLUMN bi.changes.sync_id IS 'The link.';
COMMENT ON COLUMN bi.changes.transaction_id IS 'Changes with the same number were made together.';
COMMENT ON COLUMN bi.changes.audit_id IS 'Running number in the audit.';

CALL pg_temp.make_view('bi.changes_daily', $view$
SELECT a.day, a.employee_kuerzel, a.actor, a.change, count(*) AS changes
FROM sync.calendar_sync_audit AS a
GROUP BY a.day, a.employee_kuerzel, a.actor, a.change
$view$);
COMMENT ON VIEW bi.changes_daily IS 'How much changed: one row per day, employee, actor and kind of change, from the audit of the links. Kept for sync.setting.keep_audit.';
COMMENT ON COLUMN bi.changes_daily.day IS 'The day in Berlin.';
COMMENT ON COLUMN bi.changes_daily.employee_kuerzel IS 'Whose appointments.';
COMMENT ON COLUMN bi.changes_daily.actor IS 'The database role that did it; the listener''s is calendar_sync_user unless the office chose another.';
COMMENT ON COLUMN bi.changes_daily.change IS 'As in bi.changes. One carried change leaves one row settled and some of bookkeeping.';
COMMENT ON COLUMN bi.changes_daily.changes IS 'How many rows of the audit.';

CALL pg_temp.make_view('bi.conflicts', $view$
SELECT
    (t.finished_at AT TIME ZONE 'Europe/Berlin')::date AS day,
    t.finished_at AS decided_at, t.employee_kuerzel,
    CASE WHEN t.conflict THEN 'changed on both sides' ELSE 'edit of the copy undone' END AS what,
    CASE k.writes_in WHEN 'google' THEN 'advoware' WHEN 'advoware' THEN 'google' END AS winner,
    t.kind, t.reason, t.advoware_frnr, t.google_event_id, t.sync_id, t.run_id, t.action_id
FROM sync.action AS t
JOIN sync.run AS r ON r.run_id = t.run_id
JOIN sync.action_kind AS k ON k.kind = t.kind
WHERE (t.conflict OR t.reverted)
    AND t.status = 'done'
    AND NOT r.dry_run
$view$);
COMMENT ON VIEW bi.conflicts IS 'One row per edit that lost: to the later change on the other side, or as an edit of a copy. Kept for sync.setting.keep_runs.';
COMMENT ON COLUMN bi.conflicts.day IS 'The day in Berlin on which the winner was written.';
COMMENT ON COLUMN bi.conflicts.decided_at IS 'When the winner was written to the other side.';
COMMENT ON COLUMN bi.conflicts.employee_kuerzel IS 'Whose appointment.';
COMMENT ON COLUMN bi.conflicts.what IS '"changed on both sides" or "edit of the copy undone".';
COMMENT ON COLUMN bi.conflicts.winner IS 'The side that was kept: advoware or google.';
COMMENT ON COLUMN bi.conflicts.kind IS 'The write that settled it.';
COMMENT ON COLUMN bi.conflicts.reason IS 'Why, in words.';
COMMENT ON COLUMN bi.conflicts.advoware_frnr IS 'The Termin.';
COMMENT ON COLUMN bi.conflicts.google_event_id IS 'The event.';
COMMENT ON COLUMN bi.conflicts.sync_id IS 'The link.';
COMMENT ON COLUMN bi.conflicts.run_id IS 'The run.';
COMMENT ON COLUMN bi.conflicts.action_id IS 'The action.';

CALL pg_temp.make_view('bi.failures', $view$
SELECT
    (f.failed_at AT TIME ZONE 'Europe/Berlin')::date AS day,
    f.failed_at, f.employee_kuerzel, f.what, f.status, f.code,
    coalesce(NOT l.deleted AND l.sync_status = 'failed', false) AS still_failed,
    CASE WHEN NOT l.deleted AND l.sync_status = 'failed' THEN l.next_attempt_at END AS next_attempt_at,
    f.advoware_frnr, f.google_event_id, f.sync_id, f.run_id, f.action_id, said.meaning, said.remedy
FROM (
    SELECT
        coalesce(t.finished_at, t.doubted_at, t.planned_at) AS failed_at,
        t.employee_kuerzel::text,
        t.kind AS what,
        t.status,
        coalesce(t.result, 'unknown') AS code,
        t.advoware_frnr, t.google_event_id, t.sync_id, t.run_id, t.action_id
    FROM sync.action AS t
    JOIN sync.run AS r ON r.run_id = t.run_id
    WHERE t.status IN ('failed', 'refused', 'in_doubt')
        AND NOT r.dry_run
    UNION ALL
    SELECT r.finished_at, r.employee_kuerzel, 'run', r.status, r.error_code, NULL, NULL, NULL, r.run_id, NULL
    FROM sync.run AS r
    LEFT JOIN sync.result_code AS c ON c.code = engine.code_of(r.error_code)
    WHERE r.error_code IS NOT NULL
        -- A pause is not a failure.
        AND c.class IS DISTINCT FROM 'run'
        AND r.finished_at IS NOT NULL
        AND NOT r.dry_run
) AS f
LEFT JOIN sync.calendar_sync AS l ON l.sync_id = f.sync_id
LEFT JOIN sync.result_code AS said ON said.code = engine.code_of(f.code)
$view$);
COMMENT ON VIEW bi.failures IS 'One row per operation that failed, was refused by policy or is in doubt, and per run that could not be done as a whole. Kept for sync.setting.keep_runs.';
COMMENT ON COLUMN bi.failures.day IS 'The day in Berlin.';
COMMENT ON COLUMN bi.failures.failed_at IS 'When.';
COMMENT ON COLUMN bi.failures.employee_kuerzel IS 'Whose appointment.';
COMMENT ON COLUMN bi.failures.what IS 'The operation (as in bi.actions_daily.kind), or run.';
COMMENT ON COLUMN bi.failures.status IS 'failed (tried again), refused (policy forbids it), in_doubt (Advoware did not say whether it made the Termin); of a run how it ended.';
COMMENT ON COLUMN bi.failures.code IS 'What happened, as a code; meaning and remedy explain it.';
COMMENT ON COLUMN bi.failures.still_failed IS 'Whether the appointment''s link is failed even now; of a run always false.';
COMMENT ON COLUMN bi.failures.next_attempt_at IS 'If so, when it is tried again at the earliest; NULL: at the next run.';
COMMENT ON COLUMN bi.failures.advoware_frnr IS 'The Termin.';
COMMENT ON COLUMN bi.failures.google_event_id IS 'The event.';
COMMENT ON COLUMN bi.failures.sync_id IS 'The link.';
COMMENT ON COLUMN bi.failures.run_id IS 'The run.';
COMMENT ON COLUMN bi.failures.action_id IS 'The action; NULL: the run as a whole.';
COMMENT ON COLUMN bi.failures.meaning IS 'What the code means.';
COMMENT ON COLUMN bi.failures.remedy IS 'What to do about it; NULL: nothing, it is tried again or settled by itself.';

CALL pg_temp.make_view('bi.latency', $view$
SELECT
    (t.finished_at AT TIME ZONE 'Europe/Berlin')::date AS day,
    t.employee_kuerzel,
    CASE k.writes_in WHEN 'google' THEN 'advoware to google' ELSE 'google to advoware' END AS direction,
    t.kind, s.changed_at, t.finished_at AS arrived_at,
    extract(epoch FROM t.finished_at - s.changed_at)::numeric(14, 3) AS seconds,
    t.advoware_frnr, t.google_event_id, t.sync_id, t.run_id, t.action_id
FROM sync.action AS t
JOIN sync.run AS r ON r.run_id = t.run_id
JOIN sync.employee AS e ON e.kuerzel = t.employee_kuerzel
JOIN sync.action_kind AS k ON k.kind = t.kind
-- The side that was not written is the one where the change was made.
CROSS JOIN LATERAL (
    SELECT CASE k.writes_in WHEN 'google' THEN 'advoware_watermark' ELSE 'google_watermark' END AS watermark
) AS other
CROSS JOIN LATERAL (
    -- The change time that was settled with the write.
    SELECT (a.new_values ->> other.watermark)::timestamptz AS changed_at
    FROM sync.calendar_sync_audit AS a
    WHERE a.sync_id = t.sync_id
        AND a.run_id = t.run_id
        AND coalesce(a.written_at, a."timestamp") >= t.started_at
        -- So that only one month is looked into.
        AND a."timestamp" BETWEEN t.started_at - interval '1 hour' AND coalesce(r.finished_at, t.finished_at)
        AND a.new_values ->> other.watermark IS NOT NULL
    ORDER BY a."timestamp", a.id
    LIMIT 1
) AS s
WHERE t.status = 'done'
    AND NOT t.reverted
    AND NOT r.dry_run
    AND k.effect IN ('create', 'update')
    AND NOT k.is_repeated
    -- What was there before is copied late, but nobody waited for it.
    AND s.changed_at >= e.created_at
$view$);
-- Left out are undone edits and what had been changed before the hub knew the employee. Both clocks are believed.
COMMENT ON VIEW bi.latency IS
'How long a dated change took to the other side: one row per appointment created or changed there. Kept for keep_runs.';
COMMENT ON COLUMN bi.latency.day IS 'The day in Berlin on which it arrived.';
COMMENT ON COLUMN bi.latency.employee_kuerzel IS 'Whose appointment.';
COMMENT ON COLUMN bi.latency.direction IS '"advoware to google" or "google to advoware".';
COMMENT ON COLUMN bi.latency.kind IS 'The write that carried it.';
COMMENT ON COLUMN bi.latency.changed_at IS 'When it was changed, by the clock of the system where that was.';
COMMENT ON COLUMN bi.latency.arrived_at IS 'When it had been written on the other side.';
COMMENT ON COLUMN bi.latency.seconds IS 'Seconds between the two. An appointment that came into the window late (sync.setting.window_future_days) has waited long by design.';
COMMENT ON COLUMN bi.latency.advoware_frnr IS 'The Termin.';
COMMENT ON COLUMN bi.latency.google_event_id IS 'The event.';
COMMENT ON COLUMN bi.latency.sync_id IS 'The link.';
COMMENT ON COLUMN bi.latency.run_id IS 'The run.';
COMMENT ON COLUMN bi.latency.action_id IS 'The action.';

CALL pg_temp.make_view('bi.schedule', $view$
SELECT
    j.jobid, j.jobname, j.schedule, j.time_zone, j.active,
    CASE j.phase
        WHEN 1 THEN '1 new in Advoware'
        WHEN 2 THEN '2 new in Google'
        WHEN 3 THEN '3 deleted'
        WHEN 4 THEN '4 changed'
        ELSE 'all'
    END AS phases,
    j.employee_kuerzel, j.full_content, j.recheck, j.dry_run, j.next_run_at,
    j.next_run_at AT TIME ZONE 'Europe/Berlin' AS next_run_in_berlin,
    j.last_run_at, j.last_request_id, q.status AS last_request_status, j.ticks_skipped, j.username, j.last_error
FROM sync.job AS j
LEFT JOIN sync.request AS q ON q.request_id = j.last_request_id
$view$);
COMMENT ON VIEW bi.schedule IS 'One row per schedule: what it asks for, when it is due, what came of it last.';
COMMENT ON COLUMN bi.schedule.jobid IS 'Number of the job.';
COMMENT ON COLUMN bi.schedule.jobname IS 'Its name.';
COMMENT ON COLUMN bi.schedule.schedule IS 'When: a cron expression (minute, hour, day of month, month, weekday), @daily and the like, or N seconds.';
COMMENT ON COLUMN bi.schedule.time_zone IS 'The zone the expression is meant in.';
COMMENT ON COLUMN bi.schedule.active IS 'false: it rests.';
COMMENT ON COLUMN bi.schedule.phases IS 'What it asks for: all, or one phase by number and name.';
COMMENT ON COLUMN bi.schedule.employee_kuerzel IS 'For whom; NULL: everybody.';
COMMENT ON COLUMN bi.schedule.full_content IS 'false: it asks for anonymisation, and turns it on.';
COMMENT ON COLUMN bi.schedule.recheck IS 'Whether both sides are read whole and every pair compared.';
COMMENT ON COLUMN bi.schedule.dry_run IS 'Whether it only plans.';
COMMENT ON COLUMN bi.schedule.next_run_at IS 'When it is due next.';
COMMENT ON COLUMN bi.schedule.next_run_in_berlin IS 'The same as wall time in Berlin.';
COMMENT ON COLUMN bi.schedule.last_run_at IS 'When it last fired.';
COMMENT ON COLUMN bi.schedule.last_request_id IS 'The request it made then.';
COMMENT ON COLUMN bi.schedule.last_request_status IS 'How that request ended; NULL: none yet, or no longer kept.';
COMMENT ON COLUMN bi.schedule.ticks_skipped IS 'How many times it was due while nothing ran and was not made up for.';
COMMENT ON COLUMN bi.schedule.username IS 'Who made it.';
COMMENT ON COLUMN bi.schedule.last_error IS 'Why it can no longer run (its time zone is gone, for instance); NULL: it can.';

CALL pg_temp.make_view('bi.links', $view$
SELECT
    l.sync_id, l.employee_kuerzel, l.advoware_frnr, l.google_event_id, l.google_calendar_id,
    l.source_system::text AS began_in, l.sync_strategy::text AS sync_strategy, l.advoware_write_allowed, l.anonymized,
    CASE WHEN l.deleted THEN 'deleted' ELSE l.sync_status::text END AS status,
    l.last_error, l.attempts, l.next_attempt_at, l.starts_at, l.ends_at, l.last_sync, l.created_at,
    l.event_generation AS event_created_again
FROM sync.calendar_sync AS l
$view$);
COMMENT ON VIEW bi.links IS 'One row per appointment that is, or was, carried between Advoware and Google. Ids, times and states; what it says stays in the two systems.';
COMMENT ON COLUMN bi.links.sync_id IS 'The link.';
COMMENT ON COLUMN bi.links.employee_kuerzel IS 'Whose appointment.';
COMMENT ON COLUMN bi.links.advoware_frnr IS 'The Termin''s number in Advoware; NULL: none yet, or gone.';
COMMENT ON COLUMN bi.links.google_event_id IS 'The event''s id in Google; NULL: none yet, or gone.';
COMMENT ON COLUMN bi.links.google_calendar_id IS 'The calendar that holds the event.';
COMMENT ON COLUMN bi.links.began_in IS 'Where the appointment began: advoware or google.';
COMMENT ON COLUMN bi.links.sync_strategy IS 'Who wins when the sides differ: source_system_wins (where it began) or last_change_wins.';
COMMENT ON COLUMN bi.links.advoware_write_allowed IS 'false: nothing reaches Advoware for it.';
COMMENT ON COLUMN bi.links.anonymized IS 'Whether the copy in Google says "Advoware blocked".';
COMMENT ON COLUMN bi.links.status IS 'pending (work to be done), synced, failed (see last_error), deleted (gone on both sides).';
COMMENT ON COLUMN bi.links.last_error IS 'Why it failed; sync.result_code explains the codes.';
COMMENT ON COLUMN bi.links.attempts IS 'Failures in a row.';
COMMENT ON COLUMN bi.links.next_attempt_at IS 'Not tried before this time.';
COMMENT ON COLUMN bi.links.starts_at IS 'Start of the (first) occurrence when last settled.';
COMMENT ON COLUMN bi.links.ends_at IS 'End of the last occurrence when last settled; infinity: it has none.';
COMMENT ON COLUMN bi.links.last_sync IS 'Change time of the state that was last carried.';
COMMENT ON COLUMN bi.links.created_at IS 'When the link was made.';
COMMENT ON COLUMN bi.links.event_created_again IS 'How often the event had to be created under a new id.';

GRANT SELECT ON
    bi.runs, bi.actions_daily, bi.changes, bi.changes_daily, bi.conflicts,
    bi.failures, bi.latency, bi.schedule, bi.links
    TO calendar_sync_operator, calendar_sync_bi;
