SELECT pg_catalog.to_regclass('engine.audit_gate') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE engine.audit_gate (
    gate integer PRIMARY KEY CHECK (gate BETWEEN 0 AND 399),
    sealed date
);
INSERT INTO engine.audit_gate (gate) SELECT g FROM generate_series(0, 399) AS g;
\endif

-- Rows of a table that only the owner may touch, because an advisory lock can be taken by everybody who can connect.
COMMENT ON TABLE engine.audit_gate IS
'Locks between those who write the audit (FOR SHARE to the end of the transaction) and those who seal it, by day (engine.gate_of).';
COMMENT ON COLUMN engine.audit_gate.gate IS 'Days since the beginning of our era, modulo 400: that day, and those 400 days before and after.';
-- It changes with every seal, so that a transaction whose snapshot is older than the seal fails instead of writing
-- behind it.
COMMENT ON COLUMN engine.audit_gate.sealed IS 'The day that was sealed last through this gate; NULL: none was.';
