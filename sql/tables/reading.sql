SELECT pg_catalog.to_regclass('sync.reading') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.reading (
    employee_kuerzel varchar(10) NOT NULL REFERENCES sync.employee (kuerzel),
    side sync.source_system_enum NOT NULL,
    sync_token text,
    key_prefix text,
    calendar_id text,
    window_from timestamptz,
    window_to timestamptz,
    complete boolean NOT NULL DEFAULT false,
    whole boolean NOT NULL DEFAULT false,
    entries integer NOT NULL DEFAULT 0,
    unidentifiable integer NOT NULL DEFAULT 0,
    empty_since timestamptz,
    observed_at timestamptz,
    whole_at timestamptz,
    digest text,
    boundless_at timestamptz,
    PRIMARY KEY (employee_kuerzel, side)
);
CREATE INDEX reading_control ON sync.reading (whole_at) WHERE side = 'advoware' AND entries > 0;
\endif

COMMENT ON TABLE sync.reading IS
'The last complete reading of each side: when, which window, and Google''s sync token to go on from.';
COMMENT ON COLUMN sync.reading.employee_kuerzel IS 'Whose list.';
COMMENT ON COLUMN sync.reading.side IS 'Which system.';
COMMENT ON COLUMN sync.reading.sync_token IS 'Google''s token for the next incremental listing; NULL: list whole.';
COMMENT ON COLUMN sync.reading.key_prefix IS 'Version and key id of the fingerprints of this reading.';
COMMENT ON COLUMN sync.reading.calendar_id IS 'The calendar the token belongs to.';
COMMENT ON COLUMN sync.reading.window_from IS 'Start of the window read.';
COMMENT ON COLUMN sync.reading.window_to IS 'End of the window read; infinity: open.';
COMMENT ON COLUMN sync.reading.complete IS 'A reading is complete or is not stored at all.';
COMMENT ON COLUMN sync.reading.whole IS 'true: a whole listing; false: changes since the token.';
COMMENT ON COLUMN sync.reading.entries IS 'How many entries it had.';
COMMENT ON COLUMN sync.reading.unidentifiable IS 'Entries that had no usable id.';
COMMENT ON COLUMN sync.reading.empty_since IS
'When the first of the last readings in a row that were empty began; counted anew when the wait of an attempt in doubt is over.';
COMMENT ON COLUMN sync.reading.observed_at IS 'Database time at which the reading began.';
COMMENT ON COLUMN sync.reading.whole_at IS
'When the last whole listing began: all entries that are present in its window were seen then (engine.observed_at).';
COMMENT ON COLUMN sync.reading.digest IS
'Keyed digest of Advoware''s last answer, while sync.seen says nothing else than it: the same answer again changes nothing. NULL: read it.';
COMMENT ON COLUMN sync.reading.boundless_at IS
'When the whole calendar was listed, whatever lies before the window; NULL: not yet, so the next reading does (rules 6).';
