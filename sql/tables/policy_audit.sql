SELECT pg_catalog.to_regclass('sync.policy_audit') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.policy_audit (
    id bigint GENERATED ALWAYS AS IDENTITY,
    table_name text NOT NULL,
    row_key text NOT NULL,
    action varchar(10) NOT NULL,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    application text,
    transaction_id bigint NOT NULL,
    old_values jsonb,
    new_values jsonb,
    run_id bigint,
    phase smallint,
    login text,
    statement_at timestamptz,
    written_at timestamptz,
    PRIMARY KEY (id, "timestamp")
) PARTITION BY RANGE ("timestamp");
\endif

COMMENT ON TABLE sync.policy_audit IS
'Every change of policy and schedule, every drop by retention, housekeeping set by a person: append-only, in monthly partitions.';
COMMENT ON COLUMN sync.policy_audit.id IS 'Running number.';
COMMENT ON COLUMN sync.policy_audit.table_name IS 'The table that changed.';
COMMENT ON COLUMN sync.policy_audit.row_key IS 'The row that changed: Kürzel, job or approval number, month.';
COMMENT ON COLUMN sync.policy_audit.action IS 'INSERT, UPDATE or DELETE.';
COMMENT ON COLUMN sync.policy_audit."timestamp" IS 'Start of the transaction that changed it; of one that lasted past midnight (UTC) the moment of writing.';
COMMENT ON COLUMN sync.policy_audit.actor IS 'The role that logged in, SET ROLE seen through.';
COMMENT ON COLUMN sync.policy_audit.application IS 'application_name of the session.';
COMMENT ON COLUMN sync.policy_audit.transaction_id IS 'The transaction.';
COMMENT ON COLUMN sync.policy_audit.old_values IS 'Old values of the columns that changed.';
COMMENT ON COLUMN sync.policy_audit.new_values IS 'New values of the columns that changed; where a request with full_content = false did it, also its request_id and requested_by.';
COMMENT ON COLUMN sync.policy_audit.run_id IS 'The run that changed it, as the listener''s transaction named it; NULL: a person or the listener itself did.';
COMMENT ON COLUMN sync.policy_audit.phase IS 'The phase of that run.';
COMMENT ON COLUMN sync.policy_audit.login IS 'The role that really connected, where a superuser went by another name (SET SESSION AUTHORIZATION); NULL: the actor did.';
COMMENT ON COLUMN sync.policy_audit.statement_at IS 'Start of the statement that the client sent; NULL in rows older than this column.';
COMMENT ON COLUMN sync.policy_audit.written_at IS 'The clock when the row was written; NULL in rows older than this column.';
