-- Audit of links and of policy.
-- A migration is immutable once released: later changes go into the next number. Runs as calendar_sync_owner (see install.sql).

CREATE TABLE sync.calendar_sync_audit (
    id serial NOT NULL,
    sync_id uuid NOT NULL,
    action varchar(10) NOT NULL,
    "timestamp" timestamptz NOT NULL DEFAULT now(),
    employee_kuerzel varchar(10),
    run_id bigint,
    phase smallint,
    actor text NOT NULL,
    application text,
    transaction_id bigint NOT NULL,
    old_values jsonb,
    new_values jsonb,
    PRIMARY KEY (id, "timestamp")
) PARTITION BY RANGE ("timestamp");
CREATE INDEX calendar_sync_audit_link ON sync.calendar_sync_audit (sync_id, "timestamp");
CREATE INDEX calendar_sync_audit_employee ON sync.calendar_sync_audit (employee_kuerzel, "timestamp");
COMMENT ON TABLE sync.calendar_sync_audit IS 'Every change of every link: append-only, in monthly partitions. No fingerprint, etag or token.';
COMMENT ON COLUMN sync.calendar_sync_audit.id IS 'Running number.';
COMMENT ON COLUMN sync.calendar_sync_audit.sync_id IS 'The link that changed.';
COMMENT ON COLUMN sync.calendar_sync_audit.action IS 'INSERT, UPDATE or DELETE.';
COMMENT ON COLUMN sync.calendar_sync_audit."timestamp" IS 'Start of the transaction that changed it.';
COMMENT ON COLUMN sync.calendar_sync_audit.employee_kuerzel IS 'Whose appointment.';
COMMENT ON COLUMN sync.calendar_sync_audit.run_id IS 'The run that changed it; NULL: a person did.';
COMMENT ON COLUMN sync.calendar_sync_audit.phase IS 'The phase of that run.';
COMMENT ON COLUMN sync.calendar_sync_audit.actor IS 'The role that logged in, SET ROLE seen through.';
COMMENT ON COLUMN sync.calendar_sync_audit.application IS 'application_name of the session.';
COMMENT ON COLUMN sync.calendar_sync_audit.transaction_id IS 'The transaction: rows of one change belong together.';
COMMENT ON COLUMN sync.calendar_sync_audit.old_values IS 'Old values of the columns that changed.';
COMMENT ON COLUMN sync.calendar_sync_audit.new_values IS 'New values of the columns that changed.';

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
    PRIMARY KEY (id, "timestamp")
) PARTITION BY RANGE ("timestamp");
COMMENT ON TABLE sync.policy_audit IS 'Every change of policy and schedule (employee, setting, job, approval): append-only, in monthly partitions.';
COMMENT ON COLUMN sync.policy_audit.id IS 'Running number.';
COMMENT ON COLUMN sync.policy_audit.table_name IS 'The table that changed.';
COMMENT ON COLUMN sync.policy_audit.row_key IS 'The row that changed: Kürzel, job or approval number.';
COMMENT ON COLUMN sync.policy_audit.action IS 'INSERT, UPDATE or DELETE.';
COMMENT ON COLUMN sync.policy_audit."timestamp" IS 'Start of the transaction that changed it.';
COMMENT ON COLUMN sync.policy_audit.actor IS 'The role that logged in, SET ROLE seen through.';
COMMENT ON COLUMN sync.policy_audit.application IS 'application_name of the session.';
COMMENT ON COLUMN sync.policy_audit.transaction_id IS 'The transaction.';
COMMENT ON COLUMN sync.policy_audit.old_values IS 'Old values of the columns that changed.';
COMMENT ON COLUMN sync.policy_audit.new_values IS 'New values of the columns that changed.';
