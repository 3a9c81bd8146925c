CREATE SCHEMA IF NOT EXISTS bi;
COMMENT ON SCHEMA bi IS 'Reporting views. No content, no token, no fingerprint.';

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
    coalesce(act.held, 0)::integer AS held,
    coalesce(act.in_doubt, 0)::integer AS in_doubt,
    coalesce(nullif(concat_ws('; ',
        CASE WHEN p.paused THEN 'paused: UPDATE sync.setting or sync.employee SET paused = false' END,
        CASE WHEN act.held > 0 THEN format('%s held: look at sync.action of run %s, then SELECT sync.approve_held(%s)', act.held, act.held_run, act.held_run) END,
        CASE WHEN act.need_person > 0 THEN format('%s in doubt: SELECT sync.settle_attempt(%s, frnr => …)', act.need_person, act.doubt_action) END,
        CASE WHEN last_run.status = 'failed' AND last_run.error_code IS NOT NULL THEN format('last run ended with %s', last_run.error_code) END,
        CASE WHEN act.late > 0 THEN format('%s Termine turned up late from attempts that had been given up (%s): delete those that are doubles in Advoware', act.late, act.late_numbers) END,
        CASE WHEN link.failed > 0 THEN format('%s failed (%s): see sync.calendar_sync.last_error, then SELECT sync.retry_failed()', link.failed, link.errors) END
    ), ''), 'nothing') AS needs,
    coalesce(link.failed > 0 OR act.held > 0 OR act.need_person > 0 OR act.late > 0 OR last_run.status IN ('failed', 'held'), false) AS needs_attention
FROM sync.employee AS e
JOIN sync.effective_policy AS p ON p.employee_kuerzel = e.kuerzel
LEFT JOIN LATERAL (
    SELECT r.status, r.error_code FROM sync.run AS r
    WHERE r.employee_kuerzel = e.kuerzel AND NOT r.dry_run AND r.finished_at IS NOT NULL
    ORDER BY r.finished_at DESC LIMIT 1
) AS last_run ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS active_links, count(*) FILTER (WHERE l.sync_status = 'pending') AS waiting, count(*) FILTER (WHERE l.sync_status = 'failed') AS failed,
        string_agg(DISTINCT l.last_error, ', ') FILTER (WHERE l.sync_status = 'failed') AS errors
    FROM sync.calendar_sync AS l WHERE l.employee_kuerzel = e.kuerzel AND NOT l.deleted
) AS link ON true
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE t.status = 'held') AS held, max(t.run_id) FILTER (WHERE t.status = 'held') AS held_run,
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
COMMENT ON COLUMN bi.health.needs_attention IS 'Whether somebody should look: the last run failed or was held, something is held, failed, or in doubt until a person settles it.';
REVOKE ALL ON bi.health FROM PUBLIC;
