-- What changed for SB last Tuesday, and who or what did it?
-- For whoever is asked "why is my appointment gone?". Change the Kürzel and the day in the first lines.
-- One row per change, in order of time (Berlin). "by" is a run of the sync (the login it works with, its phase and who asked for it) or a person and the program used.
-- "what" is the sync's reason, or the old and new values a person set. The numbers find the appointment in Advoware and Google.
WITH asked AS (
    SELECT 'SB' AS employee, today - (extract(isodow FROM today)::integer + 4) % 7 - 1 AS day
    FROM (SELECT (now() AT TIME ZONE 'Europe/Berlin')::date AS today) AS berlin
)
SELECT
    (c.changed_at AT TIME ZONE 'Europe/Berlin')::time(0) AS at, c.change, c.advoware_frnr, c.google_event_id,
    CASE WHEN c.run_id IS NULL THEN format('%s with %s', c.actor, coalesce(nullif(c.application, ''), 'an unnamed program'))
        ELSE format('the sync as %s, run %s, phase %s, asked for by %s', c.actor, c.run_id, coalesce(c.phase::text, 'none'), coalesce(c.requested_by, 'somebody no longer on record')) END AS by,
    coalesce(
        CASE WHEN c.run_id IS NOT NULL THEN (
            SELECT string_agg(DISTINCT t.kind || ' (' || t.status || '): ' || t.reason, '; ') FROM sync.action AS t WHERE t.run_id = c.run_id AND t.sync_id = c.sync_id
        ) END,
        (SELECT string_agg(n.key || ': ' || coalesce(c.old_values ->> n.key, 'nothing') || ' → ' || coalesce(n.value, 'nothing'), ', ' ORDER BY n.key) FROM jsonb_each_text(c.new_values) AS n)
    ) AS what
FROM asked
JOIN bi.changes AS c ON c.employee_kuerzel = asked.employee AND c.day = asked.day
WHERE c.change <> 'bookkeeping'
ORDER BY c.changed_at, c.audit_id;
