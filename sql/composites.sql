-- What the engine's functions hand to each other. Rows of tables are handed over as they are.
SELECT pg_catalog.to_regtype('engine.decision') IS NULL AS is_new \gset
\if :is_new
CREATE TYPE engine.pending_write AS (
    side sync.source_system_enum,
    fingerprint text,
    time_fingerprint text,
    is_acknowledged boolean,
    began_at timestamptz,
    missed_fingerprint text,
    repeats_miss boolean,
    earlier_fingerprints text[],
    is_stopped boolean
);
CREATE TYPE engine.link_state AS (
    link sync.calendar_sync,
    termin sync.seen,
    event sync.seen,
    policy sync.effective_policy,
    write engine.pending_write,
    termin_seen_at timestamptz,
    event_seen_at timestamptz,
    termin_usable boolean,
    event_usable boolean,
    termin_missing boolean,
    event_missing boolean,
    is_foreign boolean,
    may_write boolean,
    anonymized boolean,
    google_mode text,
    advoware_mode text,
    is_carried boolean,
    is_to_be_hidden boolean,
    agree boolean,
    copy_stale boolean,
    text_withheld boolean,
    termin_changed boolean,
    event_changed boolean,
    holds_outdated_write boolean,
    source_as_sent boolean,
    source_settled text,
    basis text
);
CREATE TYPE engine.settlement AS (
    link sync.calendar_sync,
    writes text,
    found text
);
CREATE TYPE engine.planning AS (
    phase integer,
    recheck boolean,
    proven_since timestamptz,
    past_edge timestamptz,
    calendar_id text
);
CREATE TYPE engine.deletion AS (
    missing_advoware boolean,
    missing_google boolean,
    strategy sync.sync_strategy_enum,
    source sync.source_system_enum,
    may_write boolean,
    changed_advoware boolean,
    changed_google boolean,
    advoware_time timestamptz,
    cancelled_at timestamptz,
    is_foreign boolean,
    is_shared boolean,
    is_anonymized boolean
);
CREATE TYPE engine.change AS (
    strategy sync.sync_strategy_enum,
    source sync.source_system_enum,
    may_write boolean,
    changed_advoware boolean,
    changed_google boolean,
    advoware_time timestamptz,
    google_time timestamptz
);
CREATE TYPE engine.choice AS (
    kind text,
    reason text,
    missing_side sync.source_system_enum,
    conflict boolean,
    reverted boolean
);
CREATE TYPE engine.decision AS (
    sync_id uuid,
    kind text,
    reason text,
    missing_side sync.source_system_enum,
    prove_advoware boolean,
    prove_google boolean,
    conflict boolean,
    reverted boolean,
    mode text,
    source_fingerprint text,
    expected_fingerprint text,
    meant_fingerprint text,
    meant_time_fingerprint text,
    basis text
);
CREATE TYPE engine.begun_action AS (
    verdict text,
    kind text,
    sync_id uuid,
    calendar_id text,
    event_id text,
    etag text,
    frnr bigint,
    mode text,
    source_fingerprint text,
    expected_fingerprint text,
    meant_fingerprint text,
    meant_time_fingerprint text,
    tag_frnr bigint,
    tag_source text,
    tag_anonymized boolean,
    observed_at timestamptz,
    deadline timestamptz,
    control_frnr bigint,
    is_occurrence boolean,
    text_frnr bigint,
    expected_ownership text,
    is_private boolean,
    has_exceptions boolean
);
\endif

COMMENT ON TYPE engine.pending_write IS
'The writes of one link that are not settled, all to one side: what the last one meant and what came of it, what earlier ones may still bring.';
COMMENT ON TYPE engine.link_state IS
'A link beside what was last seen of it on both sides and its policy, and what follows: what changed, what agrees, what may be written and how.';
COMMENT ON TYPE engine.settlement IS
'What settling makes of a link; writes: what becomes of its unsettled writes (keep, end, miss, stop); found: what was stored instead.';
COMMENT ON TYPE engine.planning IS
'What a plan is made with: phase, whether every pair is compared, since when a proof holds, past edge of the window, the calendar.';
COMMENT ON TYPE engine.deletion IS 'What the table of phase 3 is asked with: which side is missing, whose word counts, what may be written.';
COMMENT ON TYPE engine.change IS 'What the table of phase 4 is asked with: which side changed and when, whose word counts, what may be written.';
COMMENT ON TYPE engine.choice IS 'What a table of the rules says: the operation (refuse: the reason is a code) and why. No kind: nothing is to be done.';
COMMENT ON TYPE engine.decision IS
'What is to be done for a link and why; what has to be proven first; fingerprints of source, of target as planned for, and of what is meant.';
COMMENT ON TYPE engine.begun_action IS
'What the listener needs to carry an action out. verdict: go, prove_advoware or prove_google (a single GET first), ended (nothing to send).';
DO $comments$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT * FROM (VALUES
            ('link', 'The link.'),
            ('termin', 'The Termin as last seen; NULL: it never was.'),
            ('event', 'The event as last seen; NULL: it never was.'),
            ('policy', 'What holds for the employee.'),
            ('write', 'The writes that are not settled.'),
            ('termin_seen_at', 'When the Termin was last seen; while no write is pending: when it last changed.'),
            ('event_seen_at', 'When the event was last seen; while no write is pending: when it last changed.'),
            ('termin_usable', 'Whether the Termin is there and can be understood.'),
            ('event_usable', 'Whether the event is there and can be understood.'),
            ('termin_missing', 'Whether the Termin was seen once and is not there.'),
            ('event_missing', 'Whether the event was seen once and is not there.'),
            ('is_foreign', 'Whether the Termin is there and belongs to others.'),
            ('may_write', 'Whether Advoware may be written for this link (W in the rules).'),
            ('anonymized',
                'Whether the copy in Google says "Advoware blocked": '
                'by the link, or by the tag of the event that is there.'),
            ('google_mode', 'How the event would be written: full, anonymous or time_only.'),
            ('advoware_mode', 'How the Termin would be written: full or time_only.'),
            ('is_carried', 'Whether the event is the master of a series that is carried occurrence by occurrence.'),
            ('is_to_be_hidden', 'Whether the Termin is marked private and the event is not yet (rules 7).'),
            ('agree', 'Whether both sides say the same, as far as the copy may say it.'),
            ('copy_stale',
                'Whether the copy''s text does not follow the policy of anonymisation: not yet, or somebody typed it.'),
            ('text_withheld', 'Whether the copy lacks a text that anonymisation keeps from it, and nothing else.'),
            ('termin_changed', 'Whether the Termin changed since the link was last settled there (rules 3).'),
            ('event_changed', 'Whether the event changed since the link was last settled there (rules 3).'),
            ('holds_outdated_write',
                'Whether the written side shows what an earlier write of ours meant or left there: no edit (rules 3).'),
            ('source_as_sent',
                'Whether the side that the last write took its content from still says what was sent.'),
            ('source_settled',
                'Fingerprint with which that side is settled when the write has ended: what was sent.'),
            ('basis',
                'Digest of policy and both sides: a refusal is looked at again when it differs from refused_basis.')
        ) AS v (name, text)
    LOOP
        EXECUTE format('COMMENT ON COLUMN engine.link_state.%I IS %L', one.name, one.text);
    END LOOP;
END
$comments$;
