-- Gates of the audit's days, and upper limits of how long things are kept.
-- A migration is immutable once released: later changes go into the next number. Runs as calendar_sync_owner (see install.sql).

CREATE TABLE sync.audit_gate (
    gate integer PRIMARY KEY CHECK (gate BETWEEN 0 AND 399),
    sealed date
);
INSERT INTO sync.audit_gate (gate) SELECT g FROM generate_series(0, 399) AS g;
COMMENT ON TABLE sync.audit_gate IS 'Locks between those who write the audit and those who seal it, a row for every 400th day (sync.gate_of). Whoever writes an audit row holds the row of its day FOR SHARE until the end of the transaction; sealing the day takes it alone. Rows of a table that only the owner may touch, because an advisory lock can be taken by everybody who can connect.';
COMMENT ON COLUMN sync.audit_gate.gate IS 'Days since the beginning of our era, modulo 400: that day, and those 400 days before and after.';
COMMENT ON COLUMN sync.audit_gate.sealed IS 'The day that was sealed last through this gate. It changes with every seal, so that a transaction whose snapshot is older than the seal fails instead of writing behind it; NULL: none was.';

-- What now() minus an interval can reach. Longer than a thousand years means: for ever.
UPDATE sync.setting SET keep_runs = least(keep_runs, '1000 years'), keep_audit = least(keep_audit, '1000 years') WHERE greatest(keep_runs, keep_audit) > '1000 years';
ALTER TABLE sync.setting
    DROP CONSTRAINT setting_keep_runs_check, DROP CONSTRAINT setting_keep_audit_check,
    ADD CONSTRAINT setting_keep_runs_check CHECK (keep_runs BETWEEN '1 day' AND '1000 years'),
    ADD CONSTRAINT setting_keep_audit_check CHECK (keep_audit BETWEEN '30 days' AND '1000 years');
COMMENT ON COLUMN sync.setting.keep_runs IS 'How long finished requests, runs and actions are kept: 1 day to 1000 years.';
COMMENT ON COLUMN sync.setting.keep_audit IS 'How long the audit''s partitions are kept: 30 days to 1000 years.';
COMMENT ON COLUMN sync.calendar_sync_audit.run_id IS 'The run that changed it, as the listener''s transaction named it; NULL: a person did, or somebody who may not work as a listener.';
COMMENT ON COLUMN sync.policy_audit.run_id IS 'The run that changed it, as the listener''s transaction named it; NULL: a person or the listener itself did.';
COMMENT ON TABLE sync.policy_audit IS 'Every change of policy and schedule (employee, setting, job, approval), every drop by retention, and when housekeeping is due where a person set it: append-only, in monthly partitions.';
COMMENT ON TABLE sync.audit_seal IS 'One seal per closed day (UTC) of both audit tables, each chained to the one before by SHA-256: whoever changes, adds or removes a row or a seal breaks the chain, and sync.verify_audit() names the day. No late row can pass: whoever writes an audit row holds its day''s row of sync.audit_gate until the end of the transaction, a day is sealed only by who has that row alone and ten minutes after its end, a transaction that lasts past midnight writes into the new day, and rows for a sealed day are refused. Kept for ever; append-only like the audit. Keep an export elsewhere (ops/audit_seals): a superuser could write history and seals anew.';
COMMENT ON TABLE sync.audit_retention IS 'The months of the audit that sync.drop_audit_before has dropped, but those before the first seal, in which nothing was. Append-only; each row is in sync.policy_audit, and so in a seal, too. The seals of dropped days stay.';
