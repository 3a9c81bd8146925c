-- How long was each employee at most without a good sync?
-- For whoever has to trust the calendars. One row per employee: the longest time between two complete runs that ended done, and when it was (Berlin).
-- Nights and weekends count; look for what is longer than the weekend of everybody else. The time since the last good run counts, too.
SELECT DISTINCT ON (g.employee_kuerzel)
    g.employee_kuerzel, date_trunc('minute', g.until - g.since) AS longest, (g.since AT TIME ZONE 'Europe/Berlin')::date AS from_day, (g.until AT TIME ZONE 'Europe/Berlin')::date AS to_day
FROM (
    SELECT r.employee_kuerzel, r.finished_at AS since, lead(r.finished_at, 1, now()) OVER (PARTITION BY r.employee_kuerzel ORDER BY r.finished_at) AS until
    FROM bi.runs AS r
    WHERE r.status = 'done' AND r.error_code IS NULL AND r.phases = 'all' AND NOT r.dry_run
) AS g
ORDER BY g.employee_kuerzel, g.until - g.since DESC;
