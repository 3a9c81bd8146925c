SELECT pg_catalog.to_regclass('sync.calendar_sync_audit') IS NULL AS is_new \gset
\if :is_new
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
    login text,
    statement_at timestamptz,
    written_at timestamptz,
    day date,
    change text,
    PRIMARY KEY (id, "timestamp")
) PARTITION BY RANGE ("timestamp");
CREATE INDEX calendar_sync_audit_day ON sync.calendar_sync_audit (day, employee_kuerzel, actor, change);
CREATE INDEX calendar_sync_audit_employee ON sync.calendar_sync_audit (employee_kuerzel, "timestamp");
CREATE INDEX calendar_sync_audit_link ON sync.calendar_sync_audit (sync_id, "timestamp");
CREATE INDEX calendar_sync_audit_time ON sync.calendar_sync_audit USING brin ("timestamp");
\endif

COMMENT ON TABLE sync.calendar_sync_audit IS
'Every change of every link: append-only, in monthly partitions. No fingerprint, etag or token.';
COMMENT ON COLUMN sync.calendar_sync_audit.id IS 'Running number.';
COMMENT ON COLUMN sync.calendar_sync_audit.sync_id IS 'The link that changed.';
COMMENT ON COLUMN sync.calendar_sync_audit.action IS 'INSERT, UPDATE or DELETE.';
COMMENT ON COLUMN sync.calendar_sync_audit."timestamp" IS 'Start of the transaction that changed it; of one that lasted past midnight (UTC) the moment of writing, so that no row turns up in a day that has ended.';
COMMENT ON COLUMN sync.calendar_sync_audit.employee_kuerzel IS 'Whose appointment.';
COMMENT ON COLUMN sync.calendar_sync_audit.run_id IS 'The run that changed it, as the listener''s transaction named it; NULL: a person did, or somebody who may not work as a listener.';
COMMENT ON COLUMN sync.calendar_sync_audit.phase IS 'The phase of that run.';
COMMENT ON COLUMN sync.calendar_sync_audit.actor IS 'The role that logged in, SET ROLE seen through.';
COMMENT ON COLUMN sync.calendar_sync_audit.application IS 'application_name of the session.';
COMMENT ON COLUMN sync.calendar_sync_audit.transaction_id IS 'The transaction: rows of one change belong together.';
COMMENT ON COLUMN sync.calendar_sync_audit.old_values IS 'Old values of the columns that changed.';
COMMENT ON COLUMN sync.calendar_sync_audit.new_values IS 'New values of the columns that changed.';
COMMENT ON COLUMN sync.calendar_sync_audit.login IS 'The role that really connected, where a superuser went by another name (SET SESSION AUTHORIZATION); NULL: the actor did.';
COMMENT ON COLUMN sync.calendar_sync_audit.statement_at IS 'Start of the statement that the client sent; NULL in rows older than this column.';
COMMENT ON COLUMN sync.calendar_sync_audit.written_at IS 'The clock when the row was written; NULL in rows older than this column.';
COMMENT ON COLUMN sync.calendar_sync_audit.day IS 'The day of the timestamp in Berlin.';
COMMENT ON COLUMN sync.calendar_sync_audit.change IS 'new, event or termin (it got one), settled, failed, deleted (softly), revived, policy, removed (the row itself), or bookkeeping.';
