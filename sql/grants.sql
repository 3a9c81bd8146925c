-- Who may do what. The listener works through functions; people read what they work with; PUBLIC can do nothing.
REVOKE ALL ON SCHEMA sync, engine, bi FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA sync, engine, bi FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA sync, engine FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA sync, engine FROM PUBLIC;
REVOKE ALL ON TYPE sync.source_system_enum, sync.sync_strategy_enum, sync.sync_status_enum FROM PUBLIC;

GRANT USAGE ON SCHEMA sync, engine, bi TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;

GRANT SELECT ON sync.request, sync.run, sync.listener, sync.effective_policy, sync.employee, sync.setting, bi.health
    TO calendar_sync_user, calendar_sync_operator;
-- What kinds and codes mean.
GRANT SELECT ON sync.action_kind, sync.result_code TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;
GRANT SELECT ON sync.action TO calendar_sync_user, calendar_sync_operator;
-- Earlier versions granted single columns.
REVOKE SELECT ON sync.calendar_sync FROM calendar_sync_operator;
GRANT SELECT ON
    sync.calendar_sync, sync.series, sync.job, sync.approval, sync.office, sync.calendar_wait, sync.housekeeping
    TO calendar_sync_operator;
GRANT INSERT (phase, employee_kuerzel, full_content, recheck, dry_run) ON sync.request
    TO calendar_sync_user, calendar_sync_operator;

-- The operator sets policy: by columns, so that ids and states stay the hub's.
-- Earlier versions let the operator add employees; Advoware names them.
REVOKE INSERT (kuerzel, sync_strategy, advoware_writes, anonymize, paused) ON sync.employee FROM calendar_sync_operator;
GRANT UPDATE (sync_strategy, advoware_writes, anonymize, paused) ON sync.employee TO calendar_sync_operator;
GRANT UPDATE (
    paused, anonymize_google_events, default_strategy, advoware_writes, window_past_days, window_future_days,
    brake_count, brake_share, in_doubt_wait, lease, expand_days, retry_first, retry_longest, keep_runs, keep_audit,
    advoware_concurrency, google_concurrency) ON sync.setting TO calendar_sync_operator;
GRANT
    INSERT (jobname, schedule, time_zone, phase, employee_kuerzel, full_content, recheck, dry_run, active),
    UPDATE (jobname, schedule, time_zone, phase, employee_kuerzel, full_content, recheck, dry_run, active),
    DELETE ON sync.job TO calendar_sync_operator;
GRANT UPDATE (next_at) ON sync.housekeeping TO calendar_sync_operator;
GRANT UPDATE (sync_strategy, advoware_write_allowed) ON sync.calendar_sync TO calendar_sync_operator;

-- Reports see no fingerprint and no token.
GRANT SELECT (
    sync_id, employee_kuerzel, advoware_frnr, google_event_id, source_system, sync_strategy, sync_status,
    advoware_write_allowed, deleted, last_sync, created_at, google_calendar_id, event_generation, anonymized,
    starts_at, ends_at, advoware_watermark, google_watermark, attempts, last_error, next_attempt_at)
    ON sync.calendar_sync TO calendar_sync_user, calendar_sync_bi;
GRANT SELECT ON sync.calendar_sync_audit, sync.policy_audit TO calendar_sync_operator, calendar_sync_bi;
GRANT SELECT ON sync.request, sync.run, bi.health TO calendar_sync_bi;
GRANT SELECT (
    action_id, run_id, phase, kind, reason, status, result, sync_id, employee_kuerzel, advoware_frnr, google_event_id,
    missing_side, approved, conflict, reverted, unproven, mode, frnr_mark, deadline, doubted_at, attempt,
    write_state, writes_in, repeats_miss, planned_at, started_at, finished_at)
    ON sync.action TO calendar_sync_bi;
