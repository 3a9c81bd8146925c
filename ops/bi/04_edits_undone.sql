-- How many edits of copies were undone?
-- For whoever decides on strategies: an edit of the copy in Google is undone when Advoware wins for that appointment (source_system_wins).
-- One row per employee and month. Somebody with many of them works in the wrong place, or should have the strategy last_change_wins.
SELECT c.employee_kuerzel, to_char(c.day, 'YYYY-MM') AS month, count(*) AS edits_undone, count(DISTINCT c.sync_id) AS appointments
FROM bi.conflicts AS c
WHERE c.what = 'edit of the copy undone'
GROUP BY 1, 2
ORDER BY 1, 2;
