-- Who changed settings, policies or schedules in the last 90 days?
-- For whoever answers for them. One row per change, the latest first, times in Berlin. A run in "run_id" means that the sync set it
-- (an anonymised event of ours was found again: that employee is anonymised from then on); only logins that may work as a listener can say so, and
-- "actor" is always the login.
SELECT
    (p."timestamp" AT TIME ZONE 'Europe/Berlin')::timestamp(0) AS at, p.actor, p.application, p.run_id, p.table_name, p.row_key, p.action,
    (SELECT string_agg(k.key || ': ' || coalesce(p.old_values ->> k.key, 'nothing') || ' → ' || coalesce(p.new_values ->> k.key, 'nothing'), ', ' ORDER BY k.key)
     FROM jsonb_object_keys(coalesce(p.new_values, p.old_values)) AS k (key)) AS what
FROM sync.policy_audit AS p
WHERE p."timestamp" > now() - interval '90 days' AND p.table_name <> 'approval'
ORDER BY p."timestamp" DESC, p.id DESC;
