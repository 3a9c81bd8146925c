-- Installs or upgrades the hub inside the database we are connected to:  psql -d DB -f sql/install.sql
-- Can be repeated at any time. Everything is one transaction: it is all there, or nothing has changed.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

\ir roles.sql
\ir database.sql

BEGIN;
SELECT pg_advisory_xact_lock(hashtextextended('calendar_sync install', 0)) AS locked \gset
SET LOCAL ROLE calendar_sync_owner;
SET LOCAL search_path = pg_catalog, pg_temp;

\ir schemas.sql
\ir types.sql
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
\ir tables/run.sql
\ir tables/action.sql
\ir tables/approval.sql
\ir tables/calendar_wait.sql
\ir tables/housekeeping.sql
\ir tables/calendar_sync_audit.sql
\ir tables/policy_audit.sql
\ir tables/audit_gate.sql
\ir tables/audit_seal.sql
\ir tables/audit_retention.sql

\ir ../functions/policy/effective_policy.sql
\ir ../functions/policy/window.sql
\ir ../functions/schedule/parse_schedule.sql
\ir ../functions/schedule/next_run.sql
\ir ../functions/plan/decide_deleted.sql
\ir ../functions/plan/decide_changed.sql
\ir ../functions/series/series.sql
\ir ../functions/links/side_changed.sql
\ir ../functions/links/link_state.sql
\ir ../functions/series/split_series.sql
\ir ../functions/links/forget_event.sql
\ir ../functions/attempts/doubt.sql
\ir ../functions/attempts/settle_attempts.sql
\ir ../functions/attempts/settle_attempt.sql
\ir ../functions/plan/decisions.sql
\ir ../functions/reading/store_entries.sql
\ir ../triggers/audit.sql
\ir ../functions/audit/seal_audit.sql
\ir ../functions/audit/drop_audit_before.sql
\ir ../triggers/link_guard.sql
\ir ../triggers/request.sql
\ir ../triggers/job.sql
\ir ../triggers/setting.sql
\ir ../functions/housekeeping/housekeeping.sql
\ir ../functions/calendar/begin_calendar.sql
\ir ../functions/queue/require_lease.sql
\ir ../functions/queue/claimable_request.sql
\ir ../functions/queue/take_request.sql
\ir ../functions/queue/store_employees.sql
\ir ../functions/queue/end_request.sql
\ir ../functions/queue/open_request.sql
\ir ../functions/queue/claim_run.sql
\ir ../functions/queue/listener.sql
\ir ../functions/reading/begin_reading.sql
\ir ../functions/reading/mark_missing.sql
\ir ../functions/reading/store_occurrences.sql
\ir ../functions/reading/store_reading.sql
\ir ../functions/calendar/store_calendar.sql
\ir ../functions/calendar/calendar_gone.sql
\ir ../functions/links/settled_time.sql
\ir ../functions/links/settle_links.sql
\ir ../functions/links/settle.sql
\ir ../functions/policy/write_flag.sql
\ir ../functions/links/unlinked.sql
\ir ../functions/links/link_tagged.sql
\ir ../functions/links/relink.sql
\ir ../functions/links/stray_events.sql
\ir ../functions/links/link_twins.sql
\ir ../functions/series/carry_series.sql
\ir ../functions/series/adopt_occurrences.sql
\ir ../functions/series/hold_reshaped.sql
\ir ../functions/links/ids.sql
\ir ../functions/plan/new_advoware_links.sql
\ir ../functions/plan/new_google_links.sql
\ir ../functions/policy/remember_anonymity.sql
\ir ../functions/guard/approvals.sql
\ir ../functions/guard/brake.sql
\ir ../functions/attempts/late_termine.sql
\ir ../functions/plan/plan_phase.sql
\ir ../functions/plan/refuse_unusable.sql
\ir ../functions/actions/begin_action.sql
\ir ../functions/actions/end_action.sql
\ir ../functions/actions/record_proof.sql
\ir ../functions/actions/complete_action.sql
\ir ../functions/actions/supersede_action.sql
\ir ../functions/actions/fail_action.sql
\ir ../functions/actions/doubt_action.sql
\ir ../functions/actions/event_id_taken.sql
\ir ../functions/queue/limits.sql
\ir ../functions/calendar/calendar_refused.sql
\ir ../functions/queue/finish_run.sql
\ir ../functions/plan/dry_run.sql
\ir ../functions/queue/request_sync.sql
\ir ../functions/queue/accept_notification.sql
\ir ../functions/queue/cancel_request.sql
\ir ../functions/queue/retry_failed.sql
\ir ../functions/policy/apply_policy.sql
\ir ../functions/queue/progress.sql
\ir ../functions/queue/run_now.sql
\ir ../functions/schedule/jobs.sql
\ir health.sql
\ir bi.sql
\ir hub_size.sql
\ir grants.sql
COMMIT;
