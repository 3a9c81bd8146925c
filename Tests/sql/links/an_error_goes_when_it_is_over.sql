-- An error, a count or a hold goes when what it was about is over.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL termin_is(900, 'the control@nine');
CREATE PROCEDURE plan(phase integer) LANGUAGE plpgsql AS $$
BEGIN
    CALL start_run(phase);
    CALL read();
    PERFORM engine.plan_phase(run_id(), phase);
END
$$;
CREATE PROCEDURE finish_run() LANGUAGE sql AS $$ SELECT engine.finish_run(run_id(), fence(), NULL) $$;

-- Pairs that need not agree: text is kept from the copy.

UPDATE sync.employee SET anonymize = true;
CALL linked(1, 'google', 'last_change_wins');
CALL linked(2, 'google', 'last_change_wins', false);
CALL linked(3, 'google', 'last_change_wins');
CALL termin_is(1, 'kept@nine');
CALL termin_is(2, 'kept@nine');
CALL termin_is(3, 'kept@nine');
CALL sync_once();
SELECT is(outcome(1), 'nothing | synced | kept@nine | talk@nine', 'text is kept from the copy: settled');
CALL termin_is(1, 'kept@nine', later(), '{"unusable": "bad_time", "fingerprint": null, "time_fingerprint": null}');
CALL sync_once();
SELECT is(link_says(1), 'failed: unusable: bad_time', 'the Termin cannot be read …');
CALL termin_is(1, 'kept@nine', later(), '{"unusable": null}');
UPDATE termin SET more = '{}' WHERE frnr = 1;
CALL sync_once();
SELECT is(link_says(1), 'synced', '… and when it can, all is well again');

CALL event_is('e2', 'talk@ten');
CALL plan(4);
SELECT begun(action_of(2)) \g /dev/null
SELECT engine.fail_action(action_of(2), fence(), 'google_503') \g /dev/null
CALL finish_run();
UPDATE sync.calendar_sync SET next_attempt_at = NULL WHERE sync_id = link_id(2);
CALL sync_once();
SELECT is(outcome(2), 'update_event done | synced | kept@nine | talk@nine', 'undoing an edit of the time failed once: done, it is settled');

CALL termin_is(1, 'kept@ten');
CALL plan(4);
SELECT begun(action_of(1)) \g /dev/null
SELECT engine.fail_action(action_of(1), fence(), 'google_503') \g /dev/null
CALL finish_run();
CALL termin_is(1, 'kept@nine');
CALL sync_once();
SELECT is(outcome(1), 'nothing | synced | kept@nine | talk@nine', 'carrying an edit of the time failed, and the edit was taken back: nothing is left to be done');
CALL event_is('e1', 'talk@ten');
CALL sync_once();
SELECT is(outcome(1), 'update_event done | synced | kept@nine | talk@nine', '… and when the write that failed arrives after all, it is undone');

DO $$ BEGIN FOR i IN 1..6 LOOP
    UPDATE test.termin SET listed = false WHERE frnr = 3; CALL sync_once(3);
    UPDATE test.termin SET listed = true WHERE frnr = 3; CALL sync_once(4);
END LOOP; END $$;
SELECT is((SELECT (superseded_count, sync_status)::text FROM sync.calendar_sync WHERE sync_id = link_id(3)), '(0,synced)', 'plans that did not hold, with good syncs between them: not five in a row');
UPDATE sync.employee SET anonymize = false;

-- What was stopped stays stopped, whatever failed meanwhile.

INSERT INTO mangled VALUES ('google', 'brief@ten', 'brief!@ten');
CALL linked(4, 'advoware');
CALL termin_is(4, 'brief@ten');
CALL sync_once();
CALL sync_once();
UPDATE termin SET more = '{"unusable": "bad_time", "fingerprint": null, "time_fingerprint": null}' WHERE frnr = 4;
CALL sync_once();
SELECT is(link_says(4), 'failed: unusable: bad_time', 'a stopped link whose Termin cannot be read says that …');
UPDATE termin SET more = '{}' WHERE frnr = 4;
CALL sync_once();
SELECT is(outcome(4), 'nothing | failed: stored something else | brief@ten | brief!@ten', '… and then again that it was stopped');

-- Another key: a pair that does not agree goes on being compared with its own past.

SELECT set_config('test.key', '1:k2', true) \g /dev/null
CALL sync_once();
SELECT is((SELECT (advoware_fingerprint, google_fingerprint)::text FROM sync.calendar_sync WHERE sync_id = link_id(4)), (fingerprint('brief@ten'), fingerprint('brief!@ten'))::text,
    'not changed by its timestamps: it is known by the new key from now on');
SELECT is(link_says(4), 'failed: stored something else', '… stopped as it was');
CALL termin_is(4, 'later@ten', NULL);
CALL sync_once();
SELECT is(outcome(4), 'update_event done | synced | later@ten | later@ten', '… so that an edit without timestamp is seen');

-- A hold of phase 1.

CALL linked(5, 'advoware');
UPDATE sync.calendar_sync SET google_event_id = NULL, sync_status = 'pending' WHERE sync_id = link_id(5);
DELETE FROM event WHERE tags ->> 'tag_frnr' = '5';
CALL termin_gone(5);
CALL plan(1);
SELECT engine.record_proof(action_of(5), fence(), 'advoware', 'unproven', clock_timestamp()) \g /dev/null
CALL finish_run();
SELECT is(outcome(5), 'soft_delete held (absence_not_provable) | pending, no event | gone | gone', 'phase 1 cannot prove that a Termin is gone: held');
CALL sync_once();
SELECT is(outcome(5), 'soft_delete done | deleted | gone | gone', '… the next run can …');
SELECT is_empty($$SELECT 1 FROM sync.action WHERE status = 'held'$$, '… and nothing is held any more');

-- A link that its tag brings back has no past.

CALL linked(6, 'google', 'source_system_wins', false);
UPDATE sync.employee SET advoware_writes = 'none';
CALL termin_gone(6);
CALL sync_once();
SELECT is(link_says(6), 'failed: advoware_write_forbidden', 'refused …');
CALL event_gone('e6');
CALL sync_once();
SELECT is(link_says(6), 'deleted', '… gone on both sides …');
UPDATE sync.calendar_sync SET superseded_count = 3, text_withheld = true WHERE sync_id = link_id(6);
UPDATE event SET cancelled = false, etag = etag + 1 WHERE id = 'e6';
CALL sync_once();
SELECT is(outcome(6), 'recreate_termin refused (advoware_write_forbidden) | failed: advoware_write_forbidden | gone | talk@nine',
    '… and back from the bin: the link lives again and is refused aloud, not pending in silence');
SELECT is((SELECT (superseded_count, text_withheld)::text FROM sync.calendar_sync WHERE sync_id = link_id(6)), '(0,f)', '… nothing else of its past is left');

-- Nothing is tagged that is about to be deleted.

UPDATE sync.employee SET advoware_writes = NULL;
CALL linked(7, 'google');
UPDATE sync.calendar_sync SET tagged = false WHERE sync_id = link_id(7);
UPDATE termin SET more = '{"ownership": "foreign"}' WHERE frnr = 7;
CALL sync_once();
SELECT is(happened(link_id(7)), 'delete_event done', 'an untagged event whose Termin belongs to others is deleted, not tagged');

-- A proof is of the run that fetched it, whatever lists say later.

CALL linked(8, 'google');
CALL event_gone('e8');
CALL plan(3);
SELECT begun(action_of(8)) \g /dev/null
SELECT engine.fail_action(action_of(8), fence(), 'advoware_503') \g /dev/null
CALL finish_run();
UPDATE sync.calendar_sync SET next_attempt_at = NULL WHERE sync_id = link_id(8);
CALL start_run(3);
CALL read();
SELECT engine.store_entries('SB', 'google', clock_timestamp(), (SELECT jsonb_build_array(entry_of(e)) FROM event AS e WHERE e.id = 'e8')) \g /dev/null
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT is((SELECT verdict FROM engine.begin_action(action_of(8), fence())), 'prove_google', 'a tombstone in a later list does not renew the proof of an earlier run');
CALL carry_out(action_of(8));
SELECT is(outcome(8), 'delete_termin done | deleted | gone | gone', '… it is proven anew');
CALL finish_run();

SELECT * FROM finish();
ROLLBACK;
