-- What did the mass-deletion guard hold, and who let it pass?
-- For whoever supervises the operators. One row per run that held something: how many changes, how many of them were approved, by whom, and when (Berlin).
-- No name: nobody approved; the cause was fixed, or it is still held (SELECT * FROM bi.health).
SELECT r.day, r.run_id, r.employee_kuerzel, r.held, coalesce(p.approved, 0) AS approved, p.by, p.at
FROM bi.runs AS r
LEFT JOIN (
    SELECT (a.new_values ->> 'run_id')::bigint AS run_id, count(*) AS approved, string_agg(DISTINCT a.actor, ', ') AS by,
        (min(a."timestamp") AT TIME ZONE 'Europe/Berlin')::timestamp(0) AS at
    FROM sync.policy_audit AS a
    WHERE a.table_name = 'approval' AND a.action = 'INSERT'
    GROUP BY 1
) AS p ON p.run_id = r.run_id
WHERE r.held > 0 AND NOT r.dry_run
ORDER BY r.run_id;
