SELECT pg_catalog.to_regclass('sync.approval') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.approval (
    approval_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL,
    employee_kuerzel varchar(10) NOT NULL REFERENCES sync.employee (kuerzel),
    sync_id uuid,
    kind text NOT NULL,
    approved_by text NOT NULL DEFAULT session_user,
    approved_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT now() + interval '24 hours',
    spent_at timestamptz,
    entry_id text
);
CREATE INDEX approval_open ON sync.approval (sync_id, kind) WHERE spent_at IS NULL;
\endif

COMMENT ON TABLE sync.approval IS
'What a person let through the mass-deletion guard: exactly the rows shown, once. See sync.approve_held.';
COMMENT ON COLUMN sync.approval.approval_id IS 'The approval''s number.';
COMMENT ON COLUMN sync.approval.run_id IS 'The run whose held rows were approved.';
COMMENT ON COLUMN sync.approval.employee_kuerzel IS 'Whose.';
COMMENT ON COLUMN sync.approval.sync_id IS 'The link; NULL for create_calendar.';
COMMENT ON COLUMN sync.approval.kind IS 'The operation approved.';
COMMENT ON COLUMN sync.approval.approved_by IS 'Who approved.';
COMMENT ON COLUMN sync.approval.approved_at IS 'When.';
COMMENT ON COLUMN sync.approval.expires_at IS 'After this it is worth nothing.';
COMMENT ON COLUMN sync.approval.spent_at IS 'When it was used, or the plan no longer contained it; of create_calendar also when the calendar answered again.';
COMMENT ON COLUMN sync.approval.entry_id IS 'What may be deleted: the event''s id or the Termin''s number; NULL: nothing is deleted.';
