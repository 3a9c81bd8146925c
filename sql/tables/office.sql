SELECT pg_catalog.to_regclass('sync.office') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.office (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    kanzlei text NOT NULL,
    database_name text NOT NULL,
    host text NOT NULL,
    highest_frnr bigint NOT NULL DEFAULT 0,
    first_used_at timestamptz NOT NULL DEFAULT now(),
    advoware_clock text CHECK (advoware_clock IN ('berlin', 'utc')),
    advoware_clock_offset interval,
    advoware_clock_at timestamptz
);
\endif

COMMENT ON TABLE sync.office IS
'The one office this hub belongs to, as the first listener whose reading succeeded named it. A listener configured for another office is refused.';
COMMENT ON COLUMN sync.office.only_row IS 'Always true: there is one row at most.';
COMMENT ON COLUMN sync.office.kanzlei IS 'ADVOWARE_KANZLEI of that listener.';
COMMENT ON COLUMN sync.office.database_name IS 'ADVOWARE_DATABASE of that listener.';
COMMENT ON COLUMN sync.office.host IS 'Host of ADVOWARE_API_BASE_URL of that listener.';
COMMENT ON COLUMN sync.office.highest_frnr IS 'The highest positive frNr ever seen. Numbers only grow, so a Termin that we made ourselves lies above the mark taken before its POST.';
COMMENT ON COLUMN sync.office.first_used_at IS 'When that was.';
COMMENT ON COLUMN sync.office.advoware_clock IS
'What Advoware''s timestamps are, as its answers to our own writes show: berlin or utc; NULL: nothing has been written yet.';
COMMENT ON COLUMN sync.office.advoware_clock_offset IS 'How far such a timestamp was ahead of the UTC time in the answer that showed it.';
COMMENT ON COLUMN sync.office.advoware_clock_at IS 'When that was, to the day while it stays the same.';
