-- Which appointments were ever created twice?
-- For whoever sees a double in a calendar. The audit remembers every number that a link ever had.
-- More than one event id: the event was created again, because it had been deleted or its calendar was lost. More than one frNr: the same for the Termin.
-- Ids count that came where none was: a link that passes from one occurrence of a series to another gets an id, but nothing is created.
-- "reasons" says why, while the actions are kept (sync.setting.keep_runs); late_answer is a true double: Advoware made a Termin after all, long after
-- it was asked, and the sync had asked again. An empty answer: nothing was ever created twice. Reads the whole audit, so it takes its time.
SELECT
    a.employee_kuerzel, a.sync_id, a.event_ids, a.termine, l.status,
    (SELECT string_agg(DISTINCT t.reason || coalesce(' (' || nullif(t.result, 'ok') || ')', ''), '; ') FROM sync.action AS t
     WHERE t.sync_id = a.sync_id AND t.status IN ('done', 'failed') AND (t.kind IN (SELECT k.kind FROM sync.action_kind AS k WHERE k.is_repeated) OR t.result = 'late_answer')) AS reasons
FROM (
    SELECT c.employee_kuerzel, c.sync_id,
        array_agg(DISTINCT c.new_values ->> 'google_event_id') FILTER (WHERE c.new_values ->> 'google_event_id' <> '' AND c.old_values ->> 'google_event_id' IS NULL) AS event_ids,
        array_agg(DISTINCT c.new_values ->> 'advoware_frnr') FILTER (WHERE c.new_values ->> 'advoware_frnr' <> '' AND c.old_values ->> 'advoware_frnr' IS NULL) AS termine
    FROM sync.calendar_sync_audit AS c
    GROUP BY c.employee_kuerzel, c.sync_id
) AS a
LEFT JOIN bi.links AS l ON l.sync_id = a.sync_id
WHERE cardinality(a.event_ids) > 1 OR cardinality(a.termine) > 1
    OR EXISTS (SELECT 1 FROM sync.action AS t WHERE t.sync_id = a.sync_id AND t.result = 'late_answer')
ORDER BY a.employee_kuerzel, a.sync_id;
