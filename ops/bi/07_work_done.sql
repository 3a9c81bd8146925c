-- How much does the sync do for each employee?
-- For the office's management. One row per employee over the last twelve months: events written in Google, Termine written in Advoware,
-- and on how many days there was anything to do. As far back as actions are kept (sync.setting.keep_runs).
SELECT d.employee_kuerzel,
    sum(d.actions) FILTER (WHERE d.written_in = 'google') AS written_in_google,
    coalesce(sum(d.actions) FILTER (WHERE d.written_in = 'advoware'), 0) AS written_in_advoware,
    count(DISTINCT d.day) AS days
FROM bi.actions_daily AS d
WHERE d.status = 'done' AND d.day > (now() AT TIME ZONE 'Europe/Berlin')::date - interval '12 months'
GROUP BY 1
ORDER BY 1;
