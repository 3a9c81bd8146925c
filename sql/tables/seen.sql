SELECT pg_catalog.to_regclass('sync.seen') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.seen (
    employee_kuerzel varchar(10) NOT NULL REFERENCES sync.employee (kuerzel),
    side sync.source_system_enum NOT NULL,
    entry_id text NOT NULL,
    master_id text,
    present boolean NOT NULL,
    proof text CHECK (proof IN ('gone', 'cancelled', 'deleted_by_us')),
    api_timestamp timestamptz,
    gone_at timestamptz,
    etag text,
    fingerprint text,
    time_fingerprint text,
    anonymous_fingerprint text,
    starts_at timestamptz,
    ends_at timestamptz,
    unusable text,
    ownership text
        CHECK (ownership IN ('exclusive', 'own', 'shared', 'private', 'everybody', 'foreign')),
    event_type text,
    invitation boolean NOT NULL DEFAULT false,
    tag_sync_id uuid,
    tag_frnr bigint,
    tag_kuerzel text,
    tag_source sync.source_system_enum,
    tag_anonymized boolean,
    observed_at timestamptz NOT NULL,
    proven_at timestamptz,
    is_private boolean NOT NULL DEFAULT false,
    is_series boolean NOT NULL DEFAULT false,
    obstacle text CHECK (obstacle ~ '^[a-z0-9_]{1,60}$'),
    listed_to timestamptz,
    listed_before timestamptz,
    frnr integer GENERATED ALWAYS AS (CASE WHEN side = 'advoware' THEN entry_id::integer END) STORED,
    digest bigint,
    says_anonymous boolean NOT NULL DEFAULT false,
    tag_carried boolean,
    PRIMARY KEY (employee_kuerzel, side, entry_id)
);
-- The masters of series, of which there are few.
CREATE INDEX seen_masters ON sync.seen (employee_kuerzel) WHERE is_series AND side = 'google';
CREATE INDEX seen_frnr ON sync.seen (employee_kuerzel, frnr, present) WHERE frnr IS NOT NULL;
-- By the tag's own Kürzel: for the employee's the primary key would fit as well, and go through all their events.
CREATE INDEX seen_event_tags ON sync.seen (tag_kuerzel, tag_frnr) WHERE tag_frnr IS NOT NULL;
-- By what they say first: for the employee's the primary key would fit as well, and go through all their events.
CREATE INDEX seen_anonymous ON sync.seen (fingerprint, employee_kuerzel) WHERE says_anonymous;
CREATE INDEX seen_occurrences ON sync.seen (employee_kuerzel, master_id) WHERE master_id IS NOT NULL;
\endif
CALL pg_temp.set_options('sync.seen',
    'autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05');

COMMENT ON TABLE sync.seen IS
'What each side looked like when last seen: ids, times, keyed fingerprints. Plans compare links with this. An unchanged entry is not written.';
COMMENT ON COLUMN sync.seen.employee_kuerzel IS 'In whose list or calendar it was seen.';
COMMENT ON COLUMN sync.seen.side IS 'Which system.';
COMMENT ON COLUMN sync.seen.entry_id IS 'frNr or event id.';
COMMENT ON COLUMN sync.seen.master_id IS 'The series an occurrence belongs to (Google''s recurringEventId).';
COMMENT ON COLUMN sync.seen.present IS 'Whether it was there.';
COMMENT ON COLUMN sync.seen.proof IS 'How its absence was proven (gone, cancelled, deleted_by_us); NULL: only missing from a list.';
COMMENT ON COLUMN sync.seen.api_timestamp IS 'The system''s own change time; NULL where it gives none.';
COMMENT ON COLUMN sync.seen.gone_at IS 'When it was cancelled, where Google tells it.';
COMMENT ON COLUMN sync.seen.etag IS 'Google''s etag, for If-Match.';
COMMENT ON COLUMN sync.seen.fingerprint IS 'Keyed fingerprint of the whole appointment.';
COMMENT ON COLUMN sync.seen.time_fingerprint IS 'Keyed fingerprint of time and recurrence alone.';
COMMENT ON COLUMN sync.seen.anonymous_fingerprint IS 'Advoware: fingerprint that the anonymised copy would have.';
COMMENT ON COLUMN sync.seen.starts_at IS 'Start of the (first) occurrence.';
COMMENT ON COLUMN sync.seen.ends_at IS 'End of the last occurrence; infinity: endless.';
COMMENT ON COLUMN sync.seen.unusable IS 'Why the entry cannot be understood; NULL: it can. Unusable entries are left alone.';
COMMENT ON COLUMN sync.seen.ownership IS
'Whose a Termin is: exclusive (sb and anwalt are this employee), own, shared, private (shared, another lawyer''s private one), everybody, foreign.';
COMMENT ON COLUMN sync.seen.event_type IS 'Google''s eventType; only default is carried.';
COMMENT ON COLUMN sync.seen.invitation IS 'Whether somebody else organises the event: copied, never written.';
COMMENT ON COLUMN sync.seen.tag_sync_id IS 'Our private property: the link.';
COMMENT ON COLUMN sync.seen.tag_frnr IS 'Our private property: the Termin.';
COMMENT ON COLUMN sync.seen.tag_kuerzel IS 'Our private property: the employee.';
COMMENT ON COLUMN sync.seen.tag_source IS 'Our private property: where it began.';
COMMENT ON COLUMN sync.seen.tag_anonymized IS 'Our private property: whether the event is an anonymised copy.';
COMMENT ON COLUMN sync.seen.tag_carried IS
'Our private property of a master: its series is carried by occurrence. It names the series, so that a copy of it does not say so.';
COMMENT ON COLUMN sync.seen.observed_at IS
'Database time at which the request was sent that saw it change. What later lists say of an unchanged entry: engine.observed_at().';
COMMENT ON COLUMN sync.seen.is_series IS 'Whether the entry repeats: a Termin with turnus, or the master of a Google series.';
COMMENT ON COLUMN sync.seen.obstacle IS
'What keeps Advoware from representing this Google series as one Termin; NULL: nothing. Its fingerprint then covers the exceptions, too.';
COMMENT ON COLUMN sync.seen.listed_to IS 'Of a master: its occurrences that begin before this time were listed; NULL: they are to be listed.';
COMMENT ON COLUMN sync.seen.listed_before IS
'Of a master: the same of the listing before. An occurrence beyond it is new because time has passed, not because the shape changed.';
COMMENT ON COLUMN sync.seen.proven_at IS
'When the request was sent whose answer is the proof. A later list that still lacks the entry proves nothing.';
COMMENT ON COLUMN sync.seen.frnr IS 'Of a Termin: its number, as entry_id says it.';
COMMENT ON COLUMN sync.seen.says_anonymous IS
'Whether the event carries no tag of ours and says exactly what an anonymised copy says. Without a link it is never posted (rules 6).';
COMMENT ON COLUMN sync.seen.is_private IS 'Whether it is marked private there: privat in Advoware, visibility private or confidential in Google.';
COMMENT ON COLUMN sync.seen.digest IS
'Of a Termin: keyed digest of how a list showed it; the same again says nothing new. NULL: not known, or something else was learned since.';
