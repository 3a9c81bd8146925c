-- Series that Advoware cannot hold are carried occurrence by occurrence.
-- A migration is immutable once released: later changes go into the next number. Runs as calendar_sync_owner (see install.sql).

CREATE TABLE sync.series (
    employee_kuerzel varchar(10) NOT NULL REFERENCES sync.employee (kuerzel),
    family text NOT NULL,
    carried_since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (employee_kuerzel, family)
);
COMMENT ON TABLE sync.series IS 'Google series that are carried occurrence by occurrence, one link each. Once carried so, a series stays so, whatever shape it takes later (RULES 8).';
COMMENT ON COLUMN sync.series.employee_kuerzel IS 'In whose calendar.';
COMMENT ON COLUMN sync.series.family IS 'Id of the master without what "this and following" appends to it: the parts of a split series are one series here.';
COMMENT ON COLUMN sync.series.carried_since IS 'Since when.';

ALTER TABLE sync.seen
    ADD COLUMN is_series boolean NOT NULL DEFAULT false,
    ADD COLUMN obstacle text CHECK (obstacle ~ '^[a-z0-9_]{1,60}$'),
    ADD COLUMN listed_to timestamptz,
    ADD COLUMN listed_before timestamptz;
COMMENT ON COLUMN sync.seen.is_series IS 'Whether the entry repeats: a Termin with turnus, or the master of a Google series.';
COMMENT ON COLUMN sync.seen.obstacle IS 'What keeps Advoware from holding this Google series as one Termin; NULL: nothing. Its fingerprint then covers its whole shape, exceptions included.';
COMMENT ON COLUMN sync.seen.listed_to IS 'Of a master: its occurrences that begin before this time were listed; NULL: they are to be listed.';
COMMENT ON COLUMN sync.seen.listed_before IS 'Of a master: the same of the listing before that one. An occurrence beyond it is new because time has passed, not because the series changed its shape.';
CREATE INDEX seen_occurrences ON sync.seen (employee_kuerzel, master_id) WHERE master_id IS NOT NULL;
