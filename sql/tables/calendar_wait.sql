SELECT pg_catalog.to_regclass('sync.calendar_wait') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.calendar_wait (
    employee_kuerzel varchar(10) PRIMARY KEY REFERENCES sync.employee (kuerzel) ON DELETE CASCADE,
    refusals integer NOT NULL CHECK (refusals > 0),
    refused_at timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL
);
\endif

COMMENT ON TABLE sync.calendar_wait IS
'Employees whose calendar Google would not make yet, because it limits how many are made in some hours. A row goes when the calendar is there.';
COMMENT ON COLUMN sync.calendar_wait.employee_kuerzel IS 'Whose calendar.';
COMMENT ON COLUMN sync.calendar_wait.refusals IS 'How often in a row.';
COMMENT ON COLUMN sync.calendar_wait.refused_at IS 'When last.';
COMMENT ON COLUMN sync.calendar_wait.next_attempt_at IS 'Google is not asked again before. sync.retry_failed() makes it now.';
