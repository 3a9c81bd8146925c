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

SELECT pg_catalog.to_regclass('sync.migration') IS NULL AS is_new \gset
\if :is_new
    CREATE SCHEMA sync;
    COMMENT ON SCHEMA sync IS 'The hub of the calendar sync: state, policy, audit, schedule and every decision.';
    CREATE TABLE sync.migration (
        number integer PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE sync.migration IS 'The numbered migrations of sql/ that this hub has had.';
    COMMENT ON COLUMN sync.migration.number IS 'Number in the file name.';
    COMMENT ON COLUMN sync.migration.applied_at IS 'When it was applied.';
\endif

SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 1) AS due \gset
\if :due
    \ir 001_links.sql
    INSERT INTO sync.migration (number) VALUES (1);
\endif
SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 2) AS due \gset
\if :due
    \ir 002_work.sql
    INSERT INTO sync.migration (number) VALUES (2);
\endif
SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 3) AS due \gset
\if :due
    \ir 003_audit.sql
    INSERT INTO sync.migration (number) VALUES (3);
\endif
SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 4) AS due \gset
\if :due
    \ir 004_rate.sql
    INSERT INTO sync.migration (number) VALUES (4);
\endif
SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 5) AS due \gset
\if :due
    \ir 005_policies.sql
    INSERT INTO sync.migration (number) VALUES (5);
\endif
SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 6) AS due \gset
\if :due
    \ir 006_schedule.sql
    INSERT INTO sync.migration (number) VALUES (6);
\endif
SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 7) AS due \gset
\if :due
    \ir 007_audit_seal.sql
    INSERT INTO sync.migration (number) VALUES (7);
\endif
SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 8) AS due \gset
\if :due
    \ir 008_housekeeping.sql
    INSERT INTO sync.migration (number) VALUES (8);
\endif
SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 10) AS due \gset
\if :due
    \ir 010_series.sql
    INSERT INTO sync.migration (number) VALUES (10);
\endif
SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 11) AS due \gset
\if :due
    \ir 011_limits.sql
    INSERT INTO sync.migration (number) VALUES (11);
\endif
SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 12) AS due \gset
\if :due
    \ir 012_own_writes.sql
    INSERT INTO sync.migration (number) VALUES (12);
\endif
SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 13) AS due \gset
\if :due
    \ir 013_approvals.sql
    INSERT INTO sync.migration (number) VALUES (13);
\endif
SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 14) AS due \gset
\if :due
    \ir 014_given_up.sql
    INSERT INTO sync.migration (number) VALUES (14);
\endif
SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 15) AS due \gset
\if :due
    \ir 015_fences.sql
    INSERT INTO sync.migration (number) VALUES (15);
\endif
SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 16) AS due \gset
\if :due
    \ir 016_private.sql
    INSERT INTO sync.migration (number) VALUES (16);
\endif
SELECT NOT EXISTS (SELECT 1 FROM sync.migration WHERE number = 17) AS due \gset
\if :due
    \ir 017_checks.sql
    INSERT INTO sync.migration (number) VALUES (17);
\endif

\ir ../functions/effective_policy.sql
\ir ../functions/window.sql
\ir ../functions/schedule_parse.sql
\ir ../functions/schedule_next.sql
\ir ../functions/decide_deleted.sql
\ir ../functions/decide_changed.sql
\ir ../functions/series.sql
\ir ../functions/link_state.sql
\ir ../functions/split_series.sql
\ir ../functions/forget_event.sql
\ir ../functions/doubt.sql
\ir ../functions/decisions.sql
\ir ../functions/store_entries.sql
\ir ../triggers/audit.sql
\ir ../functions/audit_seal.sql
\ir ../functions/audit_retention.sql
\ir ../triggers/link_guard.sql
\ir ../triggers/request.sql
\ir ../triggers/job.sql
\ir ../triggers/setting.sql
\ir ../functions/housekeeping.sql
\ir ../functions/begin_calendar.sql
\ir ../functions/claim.sql
\ir ../functions/listener.sql
\ir ../functions/reading.sql
\ir ../functions/settle.sql
\ir ../functions/relink.sql
\ir ../functions/link_twins.sql
\ir ../functions/carry_series.sql
\ir ../functions/new_links.sql
\ir ../functions/remember_anonymity.sql
\ir ../functions/brake.sql
\ir ../functions/late_termine.sql
\ir ../functions/plan_phase.sql
\ir ../functions/begin_action.sql
\ir ../functions/end_of_action.sql
\ir ../functions/rate.sql
\ir ../functions/finish_run.sql
\ir ../functions/requests.sql
\ir ../functions/run_now.sql
\ir ../functions/schedule_jobs.sql
\ir health.sql
\ir bi.sql
\ir hub_size.sql
\ir grants.sql
COMMIT;
