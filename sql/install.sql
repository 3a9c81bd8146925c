-- Installs or upgrades the hub inside the database we are connected to:  psql -d DB -f sql/install.sql
-- Can be repeated at any time, beside listeners that work. Everything is one transaction, roles and the database's
-- rights included: it is all there, or nothing has changed.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL lock_timeout = '60s';
SELECT pg_advisory_xact_lock(hashtextextended('calendar_sync install', 0)) AS locked \gset
SET LOCAL lock_timeout = '10s';
\ir preflight.sql
\ir roles.sql
\ir database.sql
\ir helpers.sql
SET LOCAL ROLE calendar_sync_owner;

\ir schemas.sql
SELECT CASE WHEN :'is_hub_4' THEN 'ACCESS EXCLUSIVE' ELSE 'SHARE UPDATE EXCLUSIVE' END AS lock_mode \gset
CALL pg_temp.lock_hub(:'lock_mode');
\if :is_hub_4
    \ir upgrade/without_code.sql
\endif
\ir types.sql
\if :is_hub_1
    \ir upgrade/hub_1.sql
\endif
\if :is_hub_4
    \ir upgrade/hub_4.sql
\endif
\ir tables/action_kind.sql
\ir tables/result_code.sql
\ir tables/migration.sql
\ir tables/office.sql
\ir tables/setting.sql
\ir tables/employee.sql
\ir tables/calendar_sync.sql
\ir tables/seen.sql
\ir tables/reading.sql
\ir tables/series.sql
\ir tables/listener.sql
\ir tables/job.sql
\ir tables/request.sql
\ir tables/notification_rate.sql
\ir tables/run.sql
\ir tables/action.sql
\ir tables/look.sql
\ir tables/approval.sql
\ir tables/calendar_wait.sql
\ir tables/housekeeping.sql
\ir tables/calendar_sync_audit.sql
\ir tables/policy_audit.sql
\ir tables/audit_gate.sql
\ir tables/audit_seal.sql
\ir tables/audit_retention.sql

\ir ../functions/codes/code_of.sql
\ir ../functions/queue/scope.sql
\ir ../functions/policy/effective_policy.sql
\ir composites.sql
\ir ../functions/policy/window.sql
\ir ../functions/policy/write_flag.sql
\ir ../functions/policy/turn_anonymity_on.sql
\ir ../functions/schedule/parse_schedule.sql
\ir ../functions/schedule/clock.sql
\ir ../functions/schedule/matches.sql
\ir ../functions/schedule/next_run.sql
\ir ../functions/schedule/count_ticks.sql
\ir ../functions/links/ids.sql
\ir ../functions/links/settled_time.sql
\ir ../functions/links/pending_write.sql
\ir ../functions/attempts/doubt.sql
\ir ../functions/series/family.sql
\ir ../functions/links/state_of.sql
\ir ../functions/plan/decide_changed.sql
\ir ../functions/plan/decide_deleted.sql
\ir ../functions/links/settlement.sql
\ir ../functions/links/settled.sql
\ir ../functions/links/settle_link.sql
\ir ../functions/links/without_event.sql
\ir ../functions/links/unlinked.sql
\ir ../functions/series/split_series.sql
\ir ../functions/links/link_tagged.sql
\ir ../functions/links/stray_events.sql
\ir ../functions/series/carried.sql
\ir ../functions/links/remember_anonymity.sql
\ir ../functions/links/relink.sql
\ir ../functions/links/copies.sql
\ir ../functions/links/csv_rows.sql
\ir ../functions/links/old_rows.sql
\ir ../functions/links/adopt_rows.sql
\ir ../functions/links/link_twins.sql
\ir ../functions/reading/entries.sql
\ir ../functions/reading/store_entries.sql
\ir ../functions/audit/partitions.sql
\ir ../functions/audit/origin.sql
\ir ../functions/audit/audited_columns.sql
\ir ../triggers/audit_guard.sql
\ir ../triggers/audit_link.sql
\ir ../triggers/audit_policy.sql
\ir ../functions/audit/digests.sql
\ir ../functions/audit/retention_problem.sql
\ir ../functions/audit/verify_audit.sql
\ir ../functions/audit/seal_audit.sql
\ir ../functions/audit/drop_audit_before.sql
\ir ../functions/queue/wake_listeners.sql
\ir ../triggers/link_guard.sql
\ir ../triggers/request.sql
\ir ../triggers/job.sql
\ir ../triggers/setting.sql
\ir ../functions/housekeeping/remove.sql
\ir ../functions/housekeeping/housekeeping.sql
\ir ../functions/housekeeping/housekeeping_if_due.sql
\ir ../functions/queue/require_lease.sql
\ir ../functions/calendar/begin_calendar.sql
\ir ../functions/queue/claimable_request.sql
\ir ../functions/queue/take_request.sql
\ir ../functions/queue/tie_office.sql
\ir ../functions/queue/store_employees.sql
\ir ../functions/queue/end_request.sql
\ir ../functions/queue/open_request.sql
\ir ../functions/queue/begin_next_run.sql
\ir ../functions/queue/claim_run.sql
\ir ../functions/queue/listener.sql
\ir ../functions/guard/approvals.sql
\ir ../functions/attempts/resolve_attempts.sql
\ir ../functions/attempts/settle_attempt.sql
\ir ../functions/attempts/late_termine.sql
\ir ../functions/calendar/store_calendar.sql
\ir ../functions/calendar/calendar_gone.sql
\ir ../functions/reading/date_back.sql
\ir ../functions/reading/advoware_clock.sql
\ir ../functions/reading/begin_reading.sql
\ir ../functions/queue/claim_work.sql
\ir ../functions/reading/known_events.sql
\ir ../functions/reading/unknown_termine.sql
\ir ../functions/reading/store_occurrences.sql
\ir ../functions/reading/store_reading.sql
\ir ../functions/plan/choices.sql
\ir ../functions/plan/decide_phases.sql
\ir ../functions/plan/decide.sql
\ir ../functions/plan/take_look.sql
\ir ../functions/series/tag_series.sql
\ir ../functions/series/carry_series.sql
\ir ../functions/series/adopt_occurrences.sql
\ir ../functions/series/hold_reshaped.sql
\ir ../functions/links/settle.sql
\ir ../functions/guard/empty_side.sql
\ir ../functions/guard/guard.sql
\ir ../functions/plan/refuse_unusable.sql
\ir ../functions/plan/new_advoware_links.sql
\ir ../functions/plan/new_google_links.sql
\ir ../functions/plan/link_new.sql
\ir ../functions/reading/take_reading.sql
\ir ../functions/plan/plan_phase.sql
\ir ../functions/actions/end_action.sql
\ir ../functions/actions/order_of.sql
\ir ../functions/actions/begin_planned.sql
\ir ../functions/actions/control_termin.sql
\ir ../functions/actions/begin_action.sql
\ir ../functions/actions/record_proof.sql
\ir ../functions/actions/keep_settled.sql
\ir ../functions/actions/complete_action.sql
\ir ../functions/actions/supersede_action.sql
\ir ../functions/actions/doubt_action.sql
\ir ../functions/actions/fail_action.sql
\ir ../functions/actions/event_id_taken.sql
\ir ../functions/queue/limits.sql
\ir ../functions/calendar/calendar_refused.sql
\ir ../functions/queue/run_counts.sql
\ir ../functions/queue/finish_run.sql
\ir ../functions/plan/dry_run.sql
\ir ../functions/queue/request_sync.sql
\ir ../functions/queue/accept_notification.sql
\ir ../functions/queue/cancel_request.sql
\ir ../functions/queue/retry_failed.sql
\ir ../functions/policy/apply_policy.sql
\ir ../functions/queue/progress.sql
\ir ../functions/queue/phase_progress.sql
\ir ../functions/queue/remedies.sql
\ir ../functions/queue/run_now.sql
\ir ../functions/schedule/jobs.sql
\ir ../functions/schedule/run_due_jobs.sql
\ir health.sql
\ir bi.sql
\ir hub_size.sql
\ir grants.sql
COMMIT;
