-- rules 2, phase 3, from the reading to the settled link: every row of the table is planned, proven, begun and written back.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
UPDATE sync.setting SET brake_count = 1000;

-- One link each, all in one run: what is missing, strategy, source, W, whether the side that is left was changed (to 'talk@ten').
CREATE TABLE row_of_table (frnr integer GENERATED ALWAYS AS IDENTITY, missing text, strategy text, source text, may_write boolean, changed boolean,
    wanted text, says text);
INSERT INTO row_of_table (missing, strategy, source, may_write, changed, wanted, says) VALUES
    ('AG', 'source_system_wins', 'advoware', true,  false, 'soft_delete done | deleted | gone | gone', 'soft delete'),
    ('AG', 'source_system_wins', 'google',   false, false, 'soft_delete done | deleted | gone | gone', 'soft delete'),
    ('AG', 'last_change_wins',   'google',   true,  false, 'soft_delete done | deleted | gone | gone', 'soft delete'),
    ('A',  'source_system_wins', 'advoware', true,  false, 'delete_event done | deleted | gone | gone', 'the event is deleted'),
    ('A',  'source_system_wins', 'advoware', false, true,  'delete_event done | deleted | gone | gone', 'the event is deleted'),
    ('A',  'source_system_wins', 'google',   true,  false, 'recreate_termin done, tag_event done | synced | talk@nine | talk@nine', 'the Termin is created again'),
    ('A',  'source_system_wins', 'google',   true,  true,  'recreate_termin done, tag_event done | synced | talk@ten | talk@ten', 'the Termin is created again'),
    ('A',  'source_system_wins', 'google',   false, false, 'recreate_termin refused (advoware_write_forbidden) | failed: advoware_write_forbidden | gone | talk@nine', 'refused'),
    ('A',  'last_change_wins',   'advoware', true,  true,  'recreate_termin done, tag_event done | synced | talk@ten | talk@ten', 'the Termin is created again'),
    ('A',  'last_change_wins',   'google',   true,  true,  'recreate_termin done, tag_event done | synced | talk@ten | talk@ten', 'the Termin is created again'),
    ('A',  'last_change_wins',   'google',   false, true,  'recreate_termin refused (advoware_write_forbidden) | failed: advoware_write_forbidden | gone | talk@ten', 'refused'),
    ('A',  'last_change_wins',   'advoware', true,  false, 'delete_event done | deleted | gone | gone', 'the event is deleted'),
    ('A',  'last_change_wins',   'google',   false, false, 'delete_event done | deleted | gone | gone', 'the event is deleted'),
    ('G',  'source_system_wins', 'advoware', true,  false, 'recreate_event done | synced | talk@nine | talk@nine', 'the event is created again'),
    ('G',  'source_system_wins', 'advoware', false, true,  'recreate_event done | synced | talk@ten | talk@ten', 'the event is created again'),
    ('G',  'source_system_wins', 'google',   true,  false, 'delete_termin done | deleted | gone | gone', 'the Termin is deleted'),
    ('G',  'source_system_wins', 'google',   true,  true,  'delete_termin done | deleted | gone | gone', 'the Termin is deleted'),
    ('G',  'source_system_wins', 'google',   false, false, 'delete_termin refused (advoware_write_forbidden) | failed: advoware_write_forbidden | talk@nine | gone', 'refused'),
    ('G',  'last_change_wins',   'advoware', true,  true,  'recreate_event done | synced | talk@ten | talk@ten', 'the event is created again'),
    ('G',  'last_change_wins',   'google',   true,  true,  'recreate_event done | synced | talk@ten | talk@ten', 'the event is created again'),
    ('G',  'last_change_wins',   'google',   false, true,  'recreate_event done | synced | talk@ten | talk@ten', 'the event is created again'),
    ('G',  'last_change_wins',   'advoware', true,  false, 'delete_termin done | deleted | gone | gone', 'the Termin is deleted'),
    ('G',  'last_change_wins',   'google',   true,  false, 'delete_termin done | deleted | gone | gone', 'the Termin is deleted'),
    ('G',  'last_change_wins',   'google',   false, false, 'recreate_event done | synced | talk@nine | talk@nine', 'the event is created again');

DO $$
DECLARE
    r test.row_of_table;
BEGIN
    FOR r IN SELECT * FROM test.row_of_table ORDER BY frnr LOOP
        CALL linked(r.frnr, r.source, r.strategy, r.may_write);
        IF r.missing = 'A' AND r.changed THEN CALL event_is(event_id(r.frnr), 'talk@ten'); END IF;
        IF r.missing LIKE '%A%' THEN CALL termin_gone(r.frnr); END IF;
        IF r.missing LIKE '%G%' THEN CALL event_gone(event_id(r.frnr)); END IF;
        IF r.missing = 'G' AND r.changed THEN CALL termin_is(r.frnr, 'talk@ten'); END IF;
    END LOOP;
END
$$;
CALL termin_is(900, 'the control@nine');
CALL sync_once(3);

CREATE VIEW told AS
SELECT r.*, link_id(r.frnr) AS sync_id, format('phase 3: deleted in %s, %s, from %s%s, %s', CASE r.missing WHEN 'A' THEN 'Advoware' WHEN 'G' THEN 'Google' ELSE 'both' END,
    r.strategy, r.source, CASE WHEN r.missing = 'AG' THEN '' WHEN r.changed THEN ', changed' ELSE ', not changed' END, CASE WHEN r.may_write THEN 'W' ELSE 'not W' END) AS place
FROM row_of_table AS r;
SELECT is(outcome(t.frnr), t.wanted, format('%s: %s', t.place, t.says)) FROM told AS t ORDER BY t.frnr;

-- What the links look like afterwards.

SELECT is(l.last_sync, CASE WHEN t.strategy = 'last_change_wins' THEN greatest(a.changed_at, g.changed_at) WHEN t.source = 'advoware' THEN a.changed_at ELSE g.changed_at END,
    format('%s: last_sync is the settled time of %s', t.place, CASE WHEN t.strategy = 'last_change_wins' THEN 'the newer side' ELSE 'its source' END))
FROM told AS t JOIN sync.calendar_sync AS l USING (sync_id)
JOIN test.termin AS a ON a.frnr = l.advoware_frnr JOIN test.event AS g ON g.id = l.google_event_id
WHERE t.wanted LIKE '%| synced |%' ORDER BY t.frnr;

SELECT is_empty($$SELECT frnr FROM told JOIN sync.calendar_sync AS l USING (sync_id) WHERE wanted LIKE '%| synced |%'
    AND (advoware_fingerprint IS DISTINCT FROM google_fingerprint OR (engine.pending_write_of(l)).side IS NOT NULL OR attempts > 0 OR advoware_watermark IS NULL OR google_watermark IS NULL)$$,
    'created again: both sides are settled and nothing is meant any more');
SELECT is_empty($$SELECT frnr FROM told JOIN sync.calendar_sync AS l USING (sync_id) WHERE wanted LIKE 'recreate_event done%'
    AND NOT (l.google_event_id LIKE replace(l.sync_id::text, '-', '') || '%' AND l.tagged AND l.text_from_advoware)$$,
    'an event created again has an id made from its link, and our tag');
SELECT is_empty($$SELECT frnr FROM told JOIN sync.calendar_sync AS l USING (sync_id) WHERE wanted LIKE 'recreate_event done%' AND source = 'advoware'
    AND l.event_generation <> 1$$,
    'an id that a GET has shown cancelled is not used again: the next generation');
SELECT is_empty($$SELECT frnr FROM told JOIN sync.calendar_sync AS l USING (sync_id) WHERE wanted LIKE 'recreate_termin done%' AND l.advoware_frnr <= 900$$,
    'a Termin created again has a new number');
SELECT is_empty($$SELECT frnr FROM told JOIN sync.calendar_sync USING (sync_id) WHERE deleted AND (sync_status <> 'synced' OR last_error IS NOT NULL OR next_attempt_at IS NOT NULL)$$,
    'a soft-deleted link waits for nothing');

-- The audit tells it.

SELECT results_eq(
    $$SELECT DISTINCT a.action::text, a.employee_kuerzel::text, a.run_id, a.phase::integer, a.actor = session_user, a.old_values ->> 'deleted' FROM told JOIN sync.calendar_sync_audit AS a USING (sync_id)
      WHERE a.new_values ->> 'deleted' = 'true'$$,
    $$SELECT 'UPDATE', 'SB', test.run_id(), 3, true, 'false'$$,
    'every soft delete has an audit row with employee, run and phase');
SELECT results_eq(
    $$SELECT t.frnr FROM told AS t WHERE (SELECT count(*) FROM sync.calendar_sync_audit AS a WHERE a.sync_id = t.sync_id AND a.new_values ->> 'deleted' = 'true') = 1 ORDER BY 1$$,
    $$SELECT frnr FROM told WHERE wanted LIKE '%| deleted |%' ORDER BY 1$$, 'exactly the links that were soft-deleted have one');
SELECT is(count(*), 3::bigint, 'every refusal of this phase has an audit row that names it')
FROM told AS t JOIN sync.calendar_sync_audit AS a USING (sync_id) WHERE a.new_values ->> 'last_error' = 'advoware_write_forbidden' AND a.phase = 3;
SELECT is(r.status || format(' %s %s %s %s %s %s', r.events_created, r.termine_created, r.events_deleted, r.termine_deleted, r.soft_deleted, r.refused), 'done 6 4 4 4 3 3',
    'the run counts what it did')
FROM sync.run AS r WHERE r.run_id = run_id();

-- Once is enough.

CALL sync_once(3);
SELECT is(happened(), 'nothing', 'the next run finds nothing more to do');

-- Changed, and deleted on the other side before or after.

CALL linked(101, 'google', 'last_change_wins');
CALL linked(102, 'google', 'last_change_wins');
CALL linked(103, 'google', 'last_change_wins');
CALL termin_is(101, 'talk@ten', at(5000));
CALL termin_is(102, 'talk@ten', at(5000));
CALL termin_is(103, 'talk@ten', at(5000));
CALL event_gone('e101', at(4999));
CALL event_gone('e102', at(5001));
CALL event_gone('e103', NULL);
CALL sync_once(3);
SELECT is(outcome(101), 'recreate_event done | synced | talk@ten | talk@ten', 'phase 3: deleted in Google, last_change_wins, changed later in Advoware: the event is created again');
-- The whole listing did not tell when it was cancelled: the proof did.
SELECT is(outcome(102), 'recreate_event superseded (plan_no_longer_holds), delete_termin done | deleted | gone | gone', 'phase 3: deleted in Google, last_change_wins, changed earlier in Advoware: the Termin is deleted');
SELECT is(outcome(103), 'recreate_event done | synced | talk@ten | talk@ten', 'phase 3: deleted in Google, last_change_wins, no time of cancellation: the event is created again');

-- Over the table.

CALL linked(201, 'google', 'source_system_wins');
CALL linked(202, 'advoware', 'source_system_wins');
CALL linked(203, 'google', 'source_system_wins');
CALL linked(204, 'google', 'last_change_wins');
CALL linked(205, 'google', 'source_system_wins');
CALL linked(206, 'advoware', 'source_system_wins');
CALL termin_is(201, 'talk@nine', at(0), '{"ownership": "foreign"}');
CALL termin_is(202, 'talk@nine', at(0), '{"ownership": "foreign"}');
CALL termin_is(203, 'talk@nine', at(0), '{"ownership": "shared"}');
CALL termin_is(204, 'talk@nine', at(0), '{"ownership": "shared"}');
CALL event_gone(event_id(202));
CALL event_gone('e203');
CALL event_gone('e204');
CALL termin_is(206, 'talk@nine', at(0), '{"ownership": "shared"}');
CALL event_gone(event_id(206));
UPDATE sync.calendar_sync SET anonymized = true, text_from_advoware = true WHERE sync_id = link_id(205);
CALL termin_gone(205);
CALL sync_once(3);
SELECT is(outcome(201), 'delete_event done | deleted | talk@nine | gone', 'phase 3: the Termin belongs to others: its event is deleted, nothing in Advoware');
SELECT is(outcome(202), 'soft_delete done | deleted | talk@nine | gone', 'phase 3: the Termin belongs to others and the event is gone: soft delete, nothing is created');
SELECT is(outcome(203), 'delete_termin refused (termin_shared_with_another_employee) | failed: termin_shared_with_another_employee | talk@nine | gone',
    'phase 3: deleted in Google, source_system_wins, W: a shared Termin stays');
SELECT is(outcome(204), 'delete_termin refused (termin_shared_with_another_employee) | failed: termin_shared_with_another_employee | talk@nine | gone',
    'phase 3: deleted in Google, last_change_wins, W: a shared Termin stays');
SELECT is(outcome(205), 'delete_event done | deleted | gone | gone', 'phase 3: deleted in Advoware: an anonymised copy is deleted, not copied back');
SELECT is(outcome(206), 'recreate_event done | synced | talk@nine | talk@nine', 'phase 3: deleted in Google, from Advoware: the event of a shared Termin is created again');

-- What is left alone.

CALL linked(301, 'google');
CALL linked(302, 'google');
CALL linked(303, 'google', starts => now() - interval '200 days');
CALL termin_is(301, 'talk@nine', at(0), '{"unusable": "bad_time", "fingerprint": null, "time_fingerprint": null}');
CALL event_gone('e301');
CALL event_is('e302', 'talk@nine', at(0), '{"unusable": "series_not_representable", "fingerprint": null, "time_fingerprint": null}');
CALL termin_gone(302);
CALL event_gone('e303');
CALL sync_once(3);
SELECT is(outcome(301), 'delete_termin refused (unusable: bad_time) | failed: unusable: bad_time | talk@nine | gone',
    'phase 3: a link whose Termin cannot be understood is left alone, and says so');
SELECT is(outcome(302), 'recreate_termin refused (unusable: series_not_representable) | failed: unusable: series_not_representable | gone | talk@nine',
    'phase 3: a link whose event cannot be understood is left alone, and says so');
SELECT is(outcome(303), 'nothing | synced | talk@nine | gone', 'phase 3: what ended before the window is left alone');

SELECT * FROM finish();
ROLLBACK;
