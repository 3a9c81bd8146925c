-- What fails, how often, and is it still open?
-- For whoever runs the sync. One row per error code of the last 90 days; remedy says what to do; nothing: it is tried again by itself.
-- "open_now" counts appointments that are failed at this moment: a code with many failures and none open settles by itself.
SELECT
    f.code, f.status, count(*) AS failures, count(DISTINCT f.employee_kuerzel) AS employees,
    count(DISTINCT f.sync_id) FILTER (WHERE f.still_failed) AS open_now,
    max(f.day) AS last_on, max(f.remedy) AS remedy
FROM bi.failures AS f
WHERE f.day > (now() AT TIME ZONE 'Europe/Berlin')::date - 90
GROUP BY 1, 2
ORDER BY failures DESC, 1, 2;
