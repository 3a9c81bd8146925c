-- How long does it take from a change in Advoware until it stands in Google?
-- For whoever promises it to the office. One row per month: how many changes, and in how many seconds half of them, 95 of 100 and the slowest arrived.
-- Half of the schedule's interval is the best that the median can be. A long maximum is a failure that was fixed (see question 6), or a pause.
SELECT
    to_char(l.day, 'YYYY-MM') AS month, count(*) AS changes,
    round(percentile_cont(0.5) WITHIN GROUP (ORDER BY l.seconds)) AS half_within_seconds,
    round(percentile_cont(0.95) WITHIN GROUP (ORDER BY l.seconds)) AS most_within_seconds,
    round(max(l.seconds)) AS slowest_seconds
FROM bi.latency AS l
WHERE l.direction = 'advoware to google'
GROUP BY 1
ORDER BY 1;
