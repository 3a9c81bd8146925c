-- From the first hub (its tables made by migrations 1 to 3) to tables as sql/tables has them. What it knows stays.
-- Its functions and views go; those of now are made afterwards, in schema engine where people do not call them.
DO $old$
DECLARE
    gone record;
BEGIN
    FOR gone IN
        SELECT format('%I.%I', class.relnamespace::regnamespace, class.relname) AS name FROM pg_class AS class
        WHERE class.relnamespace IN ('sync'::regnamespace, 'bi'::regnamespace) AND class.relkind = 'v'
    LOOP
        EXECUTE format('DROP VIEW IF EXISTS %s CASCADE', gone.name);
    END LOOP;
    FOR gone IN
        SELECT format('%I.%I(%s)', proc.pronamespace::regnamespace, proc.proname,
            pg_get_function_identity_arguments(proc.oid)) AS name FROM pg_proc AS proc
        WHERE proc.pronamespace IN ('sync'::regnamespace, 'bi'::regnamespace)
    LOOP
        -- With the triggers that call it.
        EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', gone.name);
    END LOOP;
END
$old$;
CREATE SCHEMA engine;
ALTER TABLE sync.migration SET SCHEMA engine;
DROP SEQUENCE sync.fence_seq;

-- What now() minus an interval can reach. Longer than a thousand years means: for ever.
UPDATE sync.setting SET keep_runs = least(keep_runs, '1000 years'), keep_audit = least(keep_audit, '1000 years')
WHERE greatest(keep_runs, keep_audit) > '1000 years';
ALTER TABLE sync.setting
    DROP CONSTRAINT setting_keep_runs_check,
    DROP CONSTRAINT setting_keep_audit_check,
    ADD CONSTRAINT setting_keep_runs_check CHECK (keep_runs BETWEEN '1 day' AND '1000 years'),
    ADD CONSTRAINT setting_keep_audit_check CHECK (keep_audit BETWEEN '30 days' AND '1000 years'),
    ADD COLUMN advoware_concurrency integer NOT NULL DEFAULT 4 CHECK (advoware_concurrency BETWEEN 1 AND 64),
    ADD COLUMN google_concurrency integer NOT NULL DEFAULT 8 CHECK (google_concurrency BETWEEN 1 AND 64);
ALTER TABLE sync.employee ADD COLUMN calendar_shared_with text;

ALTER TABLE sync.calendar_sync
    ADD COLUMN text_withheld boolean NOT NULL DEFAULT false,
    ADD COLUMN earlier_fingerprints text[] NOT NULL DEFAULT '{}',
    ADD COLUMN times_hidden smallint NOT NULL DEFAULT 0;
ALTER TABLE sync.calendar_sync ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON sync.calendar_sync FOR SELECT
    TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi USING (true);
CREATE POLICY operator_sets_living_links ON sync.calendar_sync FOR UPDATE TO calendar_sync_operator USING (NOT deleted);

ALTER TABLE sync.seen
    ADD COLUMN proven_at timestamptz,
    ADD COLUMN is_private boolean NOT NULL DEFAULT false,
    ADD COLUMN is_series boolean NOT NULL DEFAULT false,
    ADD COLUMN obstacle text CHECK (obstacle ~ '^[a-z0-9_]{1,60}$'),
    ADD COLUMN listed_to timestamptz,
    ADD COLUMN listed_before timestamptz;
CREATE INDEX seen_occurrences ON sync.seen (employee_kuerzel, master_id) WHERE master_id IS NOT NULL;
-- How private the events are, and of what shape, is learned from a whole list.
UPDATE sync.reading SET sync_token = NULL WHERE side = 'google';

ALTER TABLE sync.listener ADD COLUMN schema_version integer NOT NULL DEFAULT 1;
ALTER TABLE sync.job
    ALTER COLUMN phase TYPE integer,
    ALTER COLUMN employee_kuerzel TYPE text,
    ADD COLUMN last_error text;
UPDATE sync.request
SET status = 'rejected', message = format('phase: %s is not a phase; allowed are 1 to 4, or NULL for all', phase), phase = NULL,
    finished_at = coalesce(finished_at, clock_timestamp())
WHERE phase NOT BETWEEN 1 AND 4;
ALTER TABLE sync.request
    ADD CONSTRAINT request_phase_check CHECK (phase BETWEEN 1 AND 4),
    ADD COLUMN jobid bigint REFERENCES sync.job (jobid) ON DELETE SET NULL,
    ADD COLUMN due_at timestamptz,
    ADD COLUMN ticks_skipped bigint;
CREATE INDEX request_job ON sync.request (jobid) WHERE jobid IS NOT NULL;
CREATE INDEX request_merged ON sync.request (merged_into) WHERE merged_into IS NOT NULL;
-- Equal requests are merged when one is taken, and not before.
UPDATE sync.request SET status = 'waiting', merged_into = NULL WHERE status = 'merged' AND claimed_at IS NULL;
DROP INDEX sync.request_open, sync.run_waiting;
CREATE INDEX request_open ON sync.request (status, request_id) WHERE status IN ('waiting', 'running');
CREATE INDEX request_unopened ON sync.request (request_id) WHERE status = 'running' AND started_at IS NULL;
CREATE INDEX run_open ON sync.run (request_id, run_id) WHERE status IN ('waiting', 'running');
CREATE INDEX run_finished ON sync.run (finished_at);
CREATE INDEX run_last ON sync.run (employee_kuerzel, finished_at) WHERE finished_at IS NOT NULL AND NOT dry_run;
CREATE INDEX action_given_up ON sync.action (employee_kuerzel) WHERE given_up;
-- Of an approval that is open now nobody can tell what may be deleted: it lets no deletion through, what is held is shown again.
ALTER TABLE sync.approval ADD COLUMN entry_id text;

ALTER TABLE sync.calendar_sync_audit
    ADD COLUMN login text,
    ADD COLUMN statement_at timestamptz,
    ADD COLUMN written_at timestamptz,
    ADD COLUMN day date GENERATED ALWAYS AS (("timestamp" AT TIME ZONE 'Europe/Berlin')::date) STORED,
    ADD COLUMN change text GENERATED ALWAYS AS (CASE
        WHEN action = 'INSERT' THEN 'new'
        WHEN action = 'DELETE' THEN 'removed'
        WHEN new_values -> 'deleted' = 'true' THEN 'deleted'
        WHEN new_values -> 'deleted' = 'false' THEN 'revived'
        WHEN new_values ?| ARRAY['advoware_write_allowed', 'sync_strategy'] THEN 'policy'
        WHEN new_values -> 'sync_status' = '"failed"' OR new_values ->> 'last_error' <> '' THEN 'failed'
        WHEN new_values ->> 'google_event_id' <> '' THEN 'event'
        WHEN new_values ->> 'advoware_frnr' <> '' THEN 'termin'
        WHEN new_values ?| ARRAY['advoware_watermark', 'google_watermark', 'last_sync'] THEN 'settled'
        ELSE 'bookkeeping' END) STORED;
-- Rows that are there have their day and change now; new ones get them from a trigger, which costs a fifth.
ALTER TABLE sync.calendar_sync_audit ALTER COLUMN day DROP EXPRESSION, ALTER COLUMN change DROP EXPRESSION;
CREATE INDEX calendar_sync_audit_day ON sync.calendar_sync_audit (day, employee_kuerzel, actor, change);
CREATE INDEX calendar_sync_audit_time ON sync.calendar_sync_audit USING brin ("timestamp");
ALTER TABLE sync.policy_audit
    ADD COLUMN run_id bigint,
    ADD COLUMN phase smallint,
    ADD COLUMN login text,
    ADD COLUMN statement_at timestamptz,
    ADD COLUMN written_at timestamptz;
