SELECT pg_catalog.to_regclass('sync.audit_retention') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.audit_retention (
    month date PRIMARY KEY CHECK (extract(day FROM month) = 1),
    rows bigint NOT NULL,
    last_digest text NOT NULL,
    dropped_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    dropped_by text NOT NULL DEFAULT session_user
);
\endif

COMMENT ON TABLE sync.audit_retention IS
'The months of the audit that sync.drop_audit_before has dropped. Append-only, and audited itself; the seals of those days stay.';
COMMENT ON COLUMN sync.audit_retention.month IS 'First day of the month (UTC) whose partitions were dropped.';
COMMENT ON COLUMN sync.audit_retention.rows IS 'How many rows it had, by its seals.';
COMMENT ON COLUMN sync.audit_retention.last_digest IS 'digest of the seal of its last day.';
COMMENT ON COLUMN sync.audit_retention.dropped_at IS 'When it was dropped.';
COMMENT ON COLUMN sync.audit_retention.dropped_by IS 'Who asked for it: the role that logged in.';
