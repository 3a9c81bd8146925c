SELECT pg_catalog.to_regclass('sync.series') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.series (
    employee_kuerzel varchar(10) NOT NULL REFERENCES sync.employee (kuerzel),
    family text NOT NULL,
    carried_since timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    PRIMARY KEY (employee_kuerzel, family)
);
\endif

COMMENT ON TABLE sync.series IS
'Google series that are carried occurrence by occurrence, one link each. Once carried so, a series stays so, whatever shape it takes later (rules 8).';
COMMENT ON COLUMN sync.series.employee_kuerzel IS 'In whose calendar.';
COMMENT ON COLUMN sync.series.family IS 'Id of the master without what "this and following" appends to it: the parts of a split series are one series here.';
COMMENT ON COLUMN sync.series.carried_since IS 'Since when.';
COMMENT ON COLUMN sync.series.attempts IS 'How often in a row Google has refused the tag that says that it is carried so.';
COMMENT ON COLUMN sync.series.next_attempt_at IS 'The tag is not tried again before this time. sync.retry_failed() clears it.';
