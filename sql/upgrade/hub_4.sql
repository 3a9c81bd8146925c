-- From a hub of schema version 4, or one that has just become like it, to requests and runs as sql/tables has them.

-- Whose runs take turns.
ALTER TABLE sync.run ADD COLUMN for_one boolean NOT NULL DEFAULT false;
UPDATE sync.run AS r SET for_one = true
FROM sync.request AS q
WHERE q.request_id = r.request_id
    AND q.employee_kuerzel IS NOT NULL
    AND r.status IN ('waiting', 'running');
CREATE INDEX run_turn ON sync.run (for_one, request_id, run_id) WHERE status IN ('waiting', 'running');

-- What full_content was, recheck is now; full_content = false has another meaning, which nobody asked for then. As the
-- column is renamed and not written, no trigger judges or records an old row.
ALTER TABLE sync.request RENAME COLUMN full_content TO recheck;
ALTER TABLE sync.request ADD COLUMN full_content boolean NOT NULL DEFAULT true;
ALTER TABLE sync.run RENAME COLUMN full_content TO recheck;
ALTER TABLE sync.run ADD COLUMN full_content boolean NOT NULL DEFAULT true;
ALTER TABLE sync.job RENAME COLUMN full_content TO recheck;
ALTER TABLE sync.job ADD COLUMN full_content boolean NOT NULL DEFAULT true;

-- What lists have shown is known by its digest.
ALTER TABLE sync.reading ADD COLUMN digest text;
ALTER TABLE sync.seen ADD COLUMN digest bigint;

-- Copies without our tag are known by what they say; the whole calendar is looked at before the first name is written.
ALTER TABLE sync.reading ADD COLUMN boundless_at timestamptz;
ALTER TABLE sync.seen ADD COLUMN says_anonymous boolean NOT NULL DEFAULT false;
CREATE INDEX seen_anonymous ON sync.seen (fingerprint, employee_kuerzel) WHERE says_anonymous;

-- A listener says for which office it is; the office is that of the first reading. Who notified is on record.
ALTER TABLE sync.listener ADD COLUMN kanzlei text, ADD COLUMN database_name text, ADD COLUMN host text;
ALTER TABLE sync.request ADD COLUMN notifications bigint, ADD COLUMN not_before timestamptz;

-- Termine for everybody, and private ones of another lawyer, are told from others.
ALTER TABLE sync.seen
    DROP CONSTRAINT seen_ownership_check,
    ADD CONSTRAINT seen_ownership_check
        CHECK (ownership IN ('exclusive', 'own', 'shared', 'private', 'everybody', 'foreign'));

-- What Advoware's timestamps are is proven.
ALTER TABLE sync.office
    ADD COLUMN advoware_clock text CHECK (advoware_clock IN ('berlin', 'utc')),
    ADD COLUMN advoware_clock_offset interval,
    ADD COLUMN advoware_clock_at timestamptz;

-- Ids of imported events begin with _.
DROP INDEX sync.calendar_sync_series;
CREATE INDEX calendar_sync_series ON sync.calendar_sync (
    employee_kuerzel, regexp_replace(google_event_id, '(.)(_R?[0-9]{8}(T[0-9]{6}Z?)?)+$', '\1'))
    WHERE text_from_advoware
        AND source_system = 'google';

-- A series that is carried by occurrence says so itself. (A hub_1 has none yet.)
ALTER TABLE sync.seen ADD COLUMN tag_carried boolean;
ALTER TABLE IF EXISTS sync.series
    ADD COLUMN attempts integer NOT NULL DEFAULT 0,
    ADD COLUMN next_attempt_at timestamptz;
