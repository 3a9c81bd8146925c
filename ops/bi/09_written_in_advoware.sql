-- What did the sync write in Advoware?
-- For whoever is responsible for Advoware, the office's record of its dates. One row per month and kind of write; "refused" is what policy kept away from it.
-- recreate_termin means that a Termin had been deleted in Advoware and was made again because its event won.
SELECT to_char(d.day, 'YYYY-MM') AS month, d.kind,
    coalesce(sum(d.actions) FILTER (WHERE d.status = 'done'), 0) AS done,
    coalesce(sum(d.actions) FILTER (WHERE d.status = 'refused'), 0) AS refused,
    coalesce(sum(d.actions) FILTER (WHERE d.status IN ('failed', 'in_doubt')), 0) AS failed_or_in_doubt
FROM bi.actions_daily AS d
WHERE d.written_in = 'advoware'
GROUP BY 1, 2
ORDER BY 1, 2;
