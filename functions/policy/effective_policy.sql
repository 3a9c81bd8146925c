CALL pg_temp.make_view('sync.effective_policy', $view$
SELECT
    e.kuerzel AS employee_kuerzel,
    coalesce(e.sync_strategy, s.default_strategy) AS sync_strategy,
    CASE WHEN e.sync_strategy IS NULL THEN 'office' ELSE 'employee' END AS sync_strategy_from,
    coalesce(e.advoware_writes, s.advoware_writes) AS advoware_writes,
    CASE WHEN e.advoware_writes IS NULL THEN 'office' ELSE 'employee' END AS advoware_writes_from,
    e.anonymize OR s.anonymize_google_events AS anonymize,
    CASE
        WHEN e.anonymize AND s.anonymize_google_events THEN 'both'
        WHEN s.anonymize_google_events THEN 'office'
        WHEN e.anonymize THEN 'employee'
        ELSE 'nobody'
    END AS anonymize_from,
    e.paused OR s.paused AS paused,
    CASE
        WHEN e.paused AND s.paused THEN 'both'
        WHEN s.paused THEN 'office'
        WHEN e.paused THEN 'employee'
        ELSE 'nobody'
    END AS paused_from,
    e.active
FROM sync.employee AS e
CROSS JOIN sync.setting AS s
$view$);
COMMENT ON VIEW sync.effective_policy IS
'What applies to whom, and whether the employee''s row or the office''s setting says so. Anonymisation and pause: whichever asks for it wins.';
COMMENT ON COLUMN sync.effective_policy.employee_kuerzel IS 'The employee.';
COMMENT ON COLUMN sync.effective_policy.sync_strategy IS 'Strategy of new links.';
COMMENT ON COLUMN sync.effective_policy.sync_strategy_from IS 'employee or office.';
COMMENT ON COLUMN sync.effective_policy.advoware_writes IS 'none, own or all.';
COMMENT ON COLUMN sync.effective_policy.advoware_writes_from IS 'employee or office.';
COMMENT ON COLUMN sync.effective_policy.anonymize IS 'Whether copies in Google are anonymised.';
COMMENT ON COLUMN sync.effective_policy.anonymize_from IS 'Which row asks for it: office, employee, both or nobody.';
COMMENT ON COLUMN sync.effective_policy.paused IS 'Whether everything rests.';
COMMENT ON COLUMN sync.effective_policy.paused_from IS 'Which row asks for it: office, employee, both or nobody.';
COMMENT ON COLUMN sync.effective_policy.active IS 'Whether Advoware names the employee.';

CREATE OR REPLACE FUNCTION engine.is_paused(employee text) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT coalesce(bool_or(p.paused), false) FROM sync.effective_policy AS p WHERE p.employee_kuerzel = employee);
END
$$;
COMMENT ON FUNCTION engine.is_paused(text) IS 'Whether nothing is to be read, planned or written for an employee now.';
