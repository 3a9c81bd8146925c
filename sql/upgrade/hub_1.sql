-- From the first hub (its tables made by migrations 1 to 3) to tables as sql/tables has them. What it knows stays.
-- Its functions and views go; those of now are made afterwards, in schema engine where people do not call them.
DO $old$
DECLARE
    gone record;
BEGIN
    FOR gone IN
        SELECT format('%I.%I', class.relnamespace::regnamespace, class.relname) AS name FROM pg_class AS class
        WHERE class.relnamespace IN ('sync'::regnamespace, 'bi'::regnamespace)
            AND class.relkind = 'v'
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
ALTER TABLE sync.migration SET SCHEMA engine;
DROP SEQUENCE sync.fence_seq;

-- What now() minus an interval can reach. Longer than a thousand years means: for good.
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

-- A write that is not settled is known by its action, and no longer by its link.
\ir ../tables/action_kind.sql
ALTER TABLE sync.action
    DROP CONSTRAINT action_kind_check,
    ADD CONSTRAINT action_kind_fkey FOREIGN KEY (kind) REFERENCES sync.action_kind (kind),
    ADD COLUMN writes_in sync.source_system_enum,
    ADD COLUMN attempt sync.attempt_state,
    ADD COLUMN write_state sync.write_state,
    ADD COLUMN missed_fingerprint text,
    ADD COLUMN repeats_miss boolean NOT NULL DEFAULT false;
UPDATE sync.action AS t
SET attempt = CASE
        WHEN t.result = 'never_arrived' THEN 'never_arrived'
        WHEN t.result = 'late_answer' AND t.status = 'failed' THEN 'late'
        WHEN t.given_up THEN 'given_up'
        WHEN t.status IN ('running', 'in_doubt', 'done') THEN t.status
        ELSE 'failed'
    END::sync.attempt_state
WHERE t.kind IN ('create_termin', 'recreate_termin')
    AND t.started_at IS NOT NULL;
UPDATE sync.action AS t
SET write_state = 'pending', writes_in = l.meant_side, missed_fingerprint = l.missed_fingerprint,
    repeats_miss = coalesce(l.missed_at < l.meant_at, false)
FROM sync.calendar_sync AS l
WHERE l.sync_id = t.sync_id
    AND l.meant_side IS NOT NULL
    AND l.meant_at = t.started_at;
-- What was stopped stays so, and a person can ask for it again.
UPDATE sync.action AS t
SET write_state = 'stopped', writes_in = k.writes_in
FROM sync.action_kind AS k, (
    SELECT max(w.action_id) AS action_id
    FROM sync.calendar_sync AS l
    JOIN sync.action AS w ON w.sync_id = l.sync_id
    WHERE NOT l.deleted
        AND l.meant_side IS NULL
        AND l.sync_status = 'failed'
        AND l.last_error = 'stored something else'
        AND w.status = 'done'
        AND w.kind IN ('update_event', 'update_termin')
    GROUP BY l.sync_id
) AS last
WHERE t.action_id = last.action_id
    AND k.kind = t.kind;
ALTER INDEX sync.action_brake RENAME TO action_guard;
DROP INDEX IF EXISTS sync.action_given_up;
ALTER TABLE sync.action DROP COLUMN given_up;
CREATE INDEX action_attempt ON sync.action (employee_kuerzel) WHERE attempt IN ('in_doubt', 'given_up', 'late');
CREATE UNIQUE INDEX action_pending_write ON sync.action (sync_id) WHERE write_state = 'pending';
CREATE INDEX action_unsettled_write ON sync.action (employee_kuerzel, sync_id) WHERE write_state IS NOT NULL;

ALTER TABLE sync.calendar_sync
    DROP COLUMN meant_side,
    DROP COLUMN meant_fingerprint,
    DROP COLUMN meant_time_fingerprint,
    DROP COLUMN meant_acknowledged,
    DROP COLUMN meant_at,
    DROP COLUMN missed_fingerprint,
    DROP COLUMN missed_at,
    ADD COLUMN text_withheld boolean NOT NULL DEFAULT false,
    ADD COLUMN times_hidden smallint NOT NULL DEFAULT 0;
CREATE INDEX calendar_sync_employee ON sync.calendar_sync (employee_kuerzel)
    WHERE NOT deleted
        AND employee_kuerzel <> '';
CREATE INDEX calendar_sync_series ON sync.calendar_sync (employee_kuerzel, split_part(google_event_id, '_', 1))
    WHERE text_from_advoware
        AND source_system = 'google';
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
    ADD COLUMN listed_before timestamptz,
    ADD COLUMN says_anonymous boolean NOT NULL DEFAULT false,
    ADD COLUMN frnr integer GENERATED ALWAYS AS (CASE WHEN side = 'advoware' THEN entry_id::integer END) STORED;
DROP INDEX sync.seen_control, sync.seen_event_tags;
CREATE INDEX seen_event_tags ON sync.seen (tag_kuerzel, tag_frnr) WHERE tag_frnr IS NOT NULL;
CREATE INDEX seen_frnr ON sync.seen (employee_kuerzel, frnr, present) WHERE frnr IS NOT NULL;
CREATE INDEX seen_masters ON sync.seen (employee_kuerzel) WHERE is_series AND side = 'google';
CREATE INDEX seen_anonymous ON sync.seen (fingerprint, employee_kuerzel) WHERE says_anonymous;
ALTER TABLE sync.reading
    ADD COLUMN whole_at timestamptz,
    ADD COLUMN boundless_at timestamptz;
CREATE INDEX reading_control ON sync.reading (whole_at) WHERE side = 'advoware' AND entries > 0;
CREATE INDEX seen_occurrences ON sync.seen (employee_kuerzel, master_id) WHERE master_id IS NOT NULL;
-- How private the events are, and of what shape, is learned from a whole list.
UPDATE sync.reading SET sync_token = NULL WHERE side = 'google';

ALTER TABLE sync.listener ADD COLUMN schema_version integer NOT NULL DEFAULT 1;
ALTER TABLE sync.job
    ALTER COLUMN phase TYPE integer,
    ALTER COLUMN employee_kuerzel TYPE text,
    ADD COLUMN last_error text;
UPDATE sync.request
SET status = 'rejected', message = format('phase: %s is not a phase; allowed: 1 to 4, or NULL for all', phase),
    phase = NULL, finished_at = coalesce(finished_at, clock_timestamp())
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
-- Of an approval that is open now nobody can tell what may be deleted: it lets no deletion through, what is held is
-- shown again.
ALTER TABLE sync.approval ADD COLUMN entry_id text;
DROP INDEX sync.approval_open;
CREATE INDEX approval_open ON sync.approval (sync_id, kind) WHERE spent_at IS NULL;

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
