-- rules 6: losing or restoring the hub must not leak names. Anonymised copies that the hub does not remember turn anonymisation on before anything is planned;
-- what the hub itself wrote, and what a user copied, does not.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL termin_is(900, 'the control@nine');
CREATE FUNCTION hex(link uuid) RETURNS text LANGUAGE sql AS $$ SELECT engine.own_event_id(link, 0) $$;
CREATE FUNCTION tag(link uuid, frnr integer, source text DEFAULT 'advoware', employee text DEFAULT 'SB') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('tag_sync_id', link, 'tag_frnr', frnr, 'tag_kuerzel', employee, 'tag_source', source, 'tag_anonymized', true)
$$;
CREATE FUNCTION anonymize() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT e.anonymize FROM sync.employee AS e WHERE e.kuerzel = 'SB' $$;
CREATE FUNCTION google_says() RETURNS text LANGUAGE sql STABLE AS $$ SELECT string_agg(e.content, ', ' ORDER BY e.content) FROM event AS e WHERE NOT e.cancelled $$;
-- What the copy of a link says, tag and all, as a write of ours would leave it.
CREATE PROCEDURE copy_is(frnr integer, content text, anonymized boolean) LANGUAGE sql AS $$
    UPDATE event SET content = copy_is.content, tags = tags || jsonb_build_object('tag_anonymized', anonymized), etag = etag + 1, changed_at = later() WHERE id = event_id(frnr)
$$;
-- A write of this kind that was not answered.
CREATE PROCEDURE unanswered(kind text) LANGUAGE plpgsql AS $$
BEGIN
    CALL start_run();
    CALL read();
    PERFORM engine.plan_phase(run_id(), 4);
    PERFORM begun(action(kind));
    PERFORM engine.fail_action(action(kind), fence(), 'google_timeout');
    PERFORM engine.finish_run(run_id(), fence(), NULL);
    PERFORM sync.retry_failed();
END
$$;

-- A hub without memory.

SAVEPOINT healthy;
CALL termin_is(1, 'secret@nine');
CALL event_is('x7', 'blocked@nine', later(), tag(link_id(7), 7, 'google'));
CALL sync_once(1);
SELECT is(google_says(), 'blocked@nine, blocked@nine, blocked@nine', 'a copy whose Termin is gone tells that copies were anonymised: no name is written, even by a run of phase 1 alone');
SELECT is(anonymize(), true, '… the employee is anonymised');
ROLLBACK TO healthy;

CALL termin_is(1, 'secret@nine');
CALL event_is('of MK', 'blocked@nine', later(), tag(link_id(7), 7, 'google', 'MK'));
CALL sync_once(1);
SELECT is(anonymize(), false, 'a copy tagged with another Kürzel tells nothing about this employee');
ROLLBACK TO healthy;

-- A hub restored from before anonymisation was turned on.

CALL linked(1);
CALL linked(2);
CALL sync_once();
CALL copy_is(1, 'blocked@nine', true);
CALL copy_is(2, 'blocked@nine', true);
CALL sync_once();
SELECT is(google_says(), 'blocked@nine, blocked@nine, blocked@nine', 'a restored hub does not write the names back');
SELECT is(anonymize(), true, '… it finds that copies were anonymised while it was away');
ROLLBACK TO healthy;

CALL linked(1);
UPDATE sync.calendar_sync SET google_event_id = NULL, google_fingerprint = NULL, sync_status = 'pending', tagged = false WHERE sync_id = link_id(1);
UPDATE event SET content = 'blocked@nine', tags = tags || '{"tag_anonymized": true}';
CALL sync_once();
SELECT is(google_says(), 'blocked@nine, blocked@nine', '… also where the backup knows the link without its event');
ROLLBACK TO healthy;

-- A person turns anonymisation off on purpose.

CALL linked(1);
UPDATE sync.employee SET anonymize = true;
CALL sync_once();
SELECT is(google_says(), 'blocked@nine, blocked@nine', 'before: anonymised');
SAVEPOINT anonymised;
UPDATE sync.employee SET anonymize = false;
CALL sync_once();
CALL sync_once();
SELECT is(google_says() || ', ' || anonymize(), 'talk@nine, the control@nine, false', 'turned off on purpose it stays off');
-- A user had copied an anonymised event meanwhile.
CALL event_is('copy', 'blocked@ten', later(), tag(link_id(1), 1));
CALL sync_once();
SELECT is(anonymize(), false, '… a user''s copy from then does not turn it on again');
CALL event_gone(event_id(1));
CALL start_run();
CALL read();
SELECT is(anonymize(), false, '… nor when the original is missing');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
ROLLBACK TO anonymised;

UPDATE sync.employee SET anonymize = false;
CALL unanswered('update_event');
CALL sync_once();
SELECT is(google_says() || ', ' || anonymize(), 'talk@nine, the control@nine, false', 'nor does a write of the name that did not arrive');
ROLLBACK TO anonymised;
UPDATE sync.employee SET anonymize = false;
CALL unanswered('update_event');
CALL copy_is(1, 'talk@nine', false);
CALL sync_once();
SELECT is(google_says() || ', ' || anonymize(), 'talk@nine, the control@nine, false', '… or that arrived without an answer');
ROLLBACK TO healthy;

-- Turned on, and off again before the hub knew that its write had arrived.

CALL linked(1);
CALL sync_once();
UPDATE sync.employee SET anonymize = true;
CALL unanswered('update_event');
CALL copy_is(1, 'blocked@nine', true);
SAVEPOINT arrived;
UPDATE sync.employee SET anonymize = false;
CALL sync_once();
SELECT is(event_says(1) || ', ' || anonymize(), 'talk@nine, false', 'an anonymous write of our own that arrived unanswered is not a sign of a lost hub');
ROLLBACK TO arrived;
UPDATE sync.employee SET anonymize = false;
-- The write of the name fails first.
CALL unanswered('update_event');
CALL sync_once();
SELECT is(event_says(1) || ', ' || anonymize(), 'talk@nine, false', '… nor later, when the next write did not arrive');
ROLLBACK TO arrived;
CALL start_run();
CALL read();
SELECT is((SELECT anonymized FROM sync.calendar_sync WHERE sync_id = link_id(1)), true, 'while it is on, the link remembers what the tag says');
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
ROLLBACK TO healthy;

-- The office's setting says it already.

CALL linked(1);
UPDATE sync.setting SET anonymize_google_events = true;
CALL copy_is(1, 'blocked@nine', true);
CALL sync_once();
SELECT is(anonymize(), false, 'where the office is anonymised, nothing has to be turned on for the employee');
SELECT is(google_says(), 'blocked@nine, blocked@nine', '… and nothing is leaked');

SELECT * FROM finish();
ROLLBACK;
