-- Who else was meant, which clock, which day: more of each audit row. Seals of closed days, and a record of what retention dropped.
-- A migration is immutable once released: later changes go into the next number. Runs as calendar_sync_owner (see install.sql).

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
-- Rows that are there have their day and change now; new ones get them from a trigger, which costs a fifth of a generated column.
ALTER TABLE sync.calendar_sync_audit ALTER COLUMN day DROP EXPRESSION, ALTER COLUMN change DROP EXPRESSION;
COMMENT ON COLUMN sync.calendar_sync_audit."timestamp" IS 'Start of the transaction that changed it; of one that lasted past midnight (UTC) the moment of writing, so that no row turns up in a day that has ended.';
COMMENT ON COLUMN sync.calendar_sync_audit.run_id IS 'The run that changed it, as the listener''s transaction named it; NULL: a person did.';
COMMENT ON COLUMN sync.calendar_sync_audit.login IS 'The role that really connected, where a superuser went by another name (SET SESSION AUTHORIZATION); NULL: the actor did.';
COMMENT ON COLUMN sync.calendar_sync_audit.statement_at IS 'Start of the statement that the client sent; NULL in rows older than this column.';
COMMENT ON COLUMN sync.calendar_sync_audit.written_at IS 'The clock when the row was written; NULL in rows older than this column.';
COMMENT ON COLUMN sync.calendar_sync_audit.day IS 'The day of the timestamp in Berlin.';
COMMENT ON COLUMN sync.calendar_sync_audit.change IS 'What the change was: new (link made), event or termin (it received its event or Termin), settled (both sides noted as carried), failed, deleted (softly), revived, policy (write flag or strategy), removed (the row itself), bookkeeping (anything else).';
-- For reports by day, answered from the index alone; and for reading one day of a month.
CREATE INDEX calendar_sync_audit_day ON sync.calendar_sync_audit (day, employee_kuerzel, actor, change);
CREATE INDEX calendar_sync_audit_time ON sync.calendar_sync_audit USING brin ("timestamp");

ALTER TABLE sync.policy_audit
    ADD COLUMN run_id bigint,
    ADD COLUMN phase smallint,
    ADD COLUMN login text,
    ADD COLUMN statement_at timestamptz,
    ADD COLUMN written_at timestamptz;
COMMENT ON TABLE sync.policy_audit IS 'Every change of policy and schedule (employee, setting, job, approval) and every drop by retention: append-only, in monthly partitions.';
COMMENT ON COLUMN sync.policy_audit."timestamp" IS 'Start of the transaction that changed it; of one that lasted past midnight (UTC) the moment of writing.';
COMMENT ON COLUMN sync.policy_audit.row_key IS 'The row that changed: Kürzel, job or approval number, month.';
COMMENT ON COLUMN sync.policy_audit.run_id IS 'The run that changed it; NULL: a person or the listener itself did.';
COMMENT ON COLUMN sync.policy_audit.phase IS 'The phase of that run.';
COMMENT ON COLUMN sync.policy_audit.login IS 'The role that really connected, where a superuser went by another name (SET SESSION AUTHORIZATION); NULL: the actor did.';
COMMENT ON COLUMN sync.policy_audit.statement_at IS 'Start of the statement that the client sent; NULL in rows older than this column.';
COMMENT ON COLUMN sync.policy_audit.written_at IS 'The clock when the row was written; NULL in rows older than this column.';

CREATE TABLE sync.audit_seal (
    day date PRIMARY KEY,
    rows bigint NOT NULL CHECK (rows >= 0),
    rows_digest text NOT NULL CHECK (rows_digest ~ '^[0-9a-f]{64}$'),
    previous_digest text CHECK (previous_digest ~ '^[0-9a-f]{64}$'),
    sealed_at timestamptz NOT NULL,
    digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$')
);
COMMENT ON TABLE sync.audit_seal IS 'One seal per closed day (UTC) of both audit tables, each chained to the one before by SHA-256: whoever changes, adds or removes a row or a seal breaks the chain, and sync.verify_audit() names the day. No late row can pass: whoever writes an audit row holds a shared lock on its day until the end of the transaction, a day is sealed only under that lock held alone and ten minutes after its end, a transaction that lasts past midnight writes into the new day, and rows for a sealed day are refused. Kept for ever; append-only like the audit. Keep an export elsewhere (ops/audit_seals): a superuser could write history and seals anew.';
COMMENT ON COLUMN sync.audit_seal.day IS 'The day, in UTC. Days without a row are sealed too.';
COMMENT ON COLUMN sync.audit_seal.rows IS 'Rows of that day in sync.calendar_sync_audit and sync.policy_audit together.';
COMMENT ON COLUMN sync.audit_seal.rows_digest IS 'SHA-256 (hex) over the SHA-256 of each row in its canonical form (sync.audit_row_digest), links first, then policy, each by id.';
COMMENT ON COLUMN sync.audit_seal.previous_digest IS 'digest of the day before; NULL: this is the first seal.';
COMMENT ON COLUMN sync.audit_seal.sealed_at IS 'When it was sealed.';
COMMENT ON COLUMN sync.audit_seal.digest IS 'SHA-256 (hex) of all other columns (sync.audit_seal_digest).';

CREATE TABLE sync.audit_retention (
    month date PRIMARY KEY CHECK (extract(day FROM month) = 1),
    rows bigint NOT NULL,
    last_digest text NOT NULL,
    dropped_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    dropped_by text NOT NULL DEFAULT session_user
);
COMMENT ON TABLE sync.audit_retention IS 'The months of the audit that sync.drop_audit_before has dropped. Append-only; each row is in sync.policy_audit, and so in a seal, too. The seals of dropped days stay.';
COMMENT ON COLUMN sync.audit_retention.month IS 'First day of the month (UTC) whose partitions were dropped.';
COMMENT ON COLUMN sync.audit_retention.rows IS 'How many rows it had, by its seals.';
COMMENT ON COLUMN sync.audit_retention.last_digest IS 'digest of the seal of its last day.';
COMMENT ON COLUMN sync.audit_retention.dropped_at IS 'When it was dropped.';
COMMENT ON COLUMN sync.audit_retention.dropped_by IS 'Who asked for it: the role that logged in.';
