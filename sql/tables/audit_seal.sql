SELECT pg_catalog.to_regclass('sync.audit_seal') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.audit_seal (
    day date PRIMARY KEY,
    rows bigint NOT NULL CHECK (rows >= 0),
    rows_digest text NOT NULL CHECK (rows_digest ~ '^[0-9a-f]{64}$'),
    previous_digest text CHECK (previous_digest ~ '^[0-9a-f]{64}$'),
    sealed_at timestamptz NOT NULL,
    digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$')
);
\endif

-- No late row can pass: whoever writes an audit row holds its day's row of engine.audit_gate until the end of the
-- transaction, a day is sealed only by who has that row alone and ten minutes after its end, a transaction that lasts
-- past midnight writes into the new day, and rows for a sealed day are refused. Append-only like the audit. An export
-- is to be kept elsewhere (ops/audit_seals): a superuser could write history and seals anew.
COMMENT ON TABLE sync.audit_seal IS
'One seal per closed day (UTC) of both audit tables, chained by SHA-256: sync.verify_audit() names a day that was changed. Kept for good.';
COMMENT ON COLUMN sync.audit_seal.day IS 'The day, in UTC. Days without a row are sealed too.';
COMMENT ON COLUMN sync.audit_seal.rows IS 'Rows of that day in sync.calendar_sync_audit and sync.policy_audit together.';
COMMENT ON COLUMN sync.audit_seal.rows_digest IS 'SHA-256 (hex) over the SHA-256 of each row in its canonical form (engine.audit_row_digest), links first, then policy, each by id.';
COMMENT ON COLUMN sync.audit_seal.previous_digest IS 'digest of the day before; NULL: this is the first seal.';
COMMENT ON COLUMN sync.audit_seal.sealed_at IS 'When it was sealed.';
COMMENT ON COLUMN sync.audit_seal.digest IS 'SHA-256 (hex) of all other columns (engine.audit_seal_digest).';
