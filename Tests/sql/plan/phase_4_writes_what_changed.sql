-- rules 2, phase 4, from the reading to the settled link: every row of the table is planned, begun and written back.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();

-- One link each, all in one run. The Termin is changed to 'brief@nine', the event to 'lunch@ten'; A< and G< say which change came first.
CREATE TABLE row_of_table (frnr integer GENERATED ALWAYS AS IDENTITY, strategy text, source text, changed text, may_write boolean, wanted text, says text);
INSERT INTO row_of_table (strategy, source, changed, may_write, wanted, says) VALUES
    ('source_system_wins', 'advoware', 'A',   true,  'update_event done | synced | brief@nine | brief@nine', 'the event is written'),
    ('source_system_wins', 'advoware', 'A',   false, 'update_event done | synced | brief@nine | brief@nine', 'the event is written'),
    ('source_system_wins', 'advoware', 'G',   true,  'update_event done | synced | talk@nine | talk@nine', 'the edit of the copy is undone'),
    ('source_system_wins', 'advoware', 'G',   false, 'update_event done | synced | talk@nine | talk@nine', 'the edit of the copy is undone'),
    ('source_system_wins', 'advoware', 'A<G', true,  'update_event done | synced | brief@nine | brief@nine', 'the event is written'),
    ('source_system_wins', 'google',   'G',   true,  'update_termin done | synced | lunch@ten | lunch@ten', 'the Termin is written'),
    ('source_system_wins', 'google',   'G',   false, 'update_termin refused (advoware_write_forbidden) | failed: advoware_write_forbidden | talk@nine | lunch@ten', 'refused'),
    ('source_system_wins', 'google',   'A',   true,  'update_termin done | synced | talk@nine | talk@nine', 'the edit of the copy is undone'),
    ('source_system_wins', 'google',   'A',   false, 'update_termin refused (advoware_write_forbidden) | failed: advoware_write_forbidden | brief@nine | talk@nine', 'refused'),
    ('source_system_wins', 'google',   'G<A', true,  'update_termin done | synced | lunch@ten | lunch@ten', 'the Termin is written'),
    ('source_system_wins', 'google',   'G<A', false, 'update_termin refused (advoware_write_forbidden) | failed: advoware_write_forbidden | brief@nine | lunch@ten', 'refused'),
    ('last_change_wins',   'advoware', 'A',   true,  'update_event done | synced | brief@nine | brief@nine', 'the event is written'),
    ('last_change_wins',   'google',   'A',   false, 'update_event done | synced | brief@nine | brief@nine', 'the event is written'),
    ('last_change_wins',   'advoware', 'G',   true,  'update_termin done | synced | lunch@ten | lunch@ten', 'the Termin is written'),
    ('last_change_wins',   'google',   'G',   true,  'update_termin done | synced | lunch@ten | lunch@ten', 'the Termin is written'),
    ('last_change_wins',   'google',   'G',   false, 'update_event done | synced | talk@nine | talk@nine', 'the event is written'),
    ('last_change_wins',   'advoware', 'A<G', true,  'update_termin done | synced | lunch@ten | lunch@ten', 'the Termin is written'),
    ('last_change_wins',   'google',   'G<A', true,  'update_event done | synced | brief@nine | brief@nine', 'the event is written'),
    ('last_change_wins',   'google',   'A<G', false, 'update_event done | synced | brief@nine | brief@nine', 'the event is written'),
    ('last_change_wins',   'google',   'A=G', true,  'update_event done | synced | brief@nine | brief@nine', 'the event is written'),
    ('last_change_wins',   'google',   'A?G', true,  'update_termin done | synced | lunch@ten | lunch@ten', 'the Termin is written'),
    ('last_change_wins',   'google',   '',    true,  'nothing | synced | talk@nine | talk@nine', 'nothing happens');

DO $$
DECLARE
    r test.row_of_table;
BEGIN
    FOR r IN SELECT * FROM test.row_of_table ORDER BY frnr LOOP
        CALL linked(r.frnr, r.source, r.strategy, r.may_write);
        IF r.changed LIKE 'A%' THEN CALL termin_is(r.frnr, 'brief@nine', CASE WHEN r.changed <> 'A?G' THEN at(7000) END); END IF;
        IF r.changed LIKE '%G%' THEN CALL event_is(event_id(r.frnr), 'lunch@ten', CASE r.changed WHEN 'A=G' THEN at(7000) WHEN 'A<G' THEN at(8000) ELSE at(6000) END); END IF;
        IF r.changed LIKE '%<A' THEN CALL termin_is(r.frnr, 'brief@nine', at(7000)); END IF;
    END LOOP;
END
$$;
CALL sync_once(4);

CREATE VIEW told AS
SELECT r.*, link_id(r.frnr) AS sync_id, format('phase 4: %s, from %s, %s, %s', r.strategy, r.source,
    CASE r.changed WHEN 'A' THEN 'changed in Advoware' WHEN 'G' THEN 'changed in Google' WHEN 'A<G' THEN 'changed on both sides, later in Google'
        WHEN 'G<A' THEN 'changed on both sides, later in Advoware' WHEN 'A=G' THEN 'changed on both sides at the same time'
        WHEN 'A?G' THEN 'changed on both sides, Advoware does not say when' ELSE 'not changed' END,
    CASE WHEN r.may_write THEN 'W' ELSE 'not W' END) AS place
FROM row_of_table AS r;
SELECT is(outcome(t.frnr), t.wanted, format('%s: %s', t.place, t.says)) FROM told AS t ORDER BY t.frnr;

-- What the links look like afterwards.

SELECT is(l.last_sync, CASE WHEN t.strategy = 'last_change_wins' THEN greatest(a.changed_at, g.changed_at) WHEN t.source = 'advoware' THEN a.changed_at ELSE g.changed_at END,
    format('%s: last_sync is the settled time of %s', t.place, CASE WHEN t.strategy = 'last_change_wins' THEN 'the newer side' ELSE 'its source' END))
FROM told AS t JOIN sync.calendar_sync AS l USING (sync_id)
JOIN test.termin AS a ON a.frnr = t.frnr JOIN test.event AS g ON g.id = l.google_event_id
WHERE t.wanted LIKE '%| synced |%' ORDER BY t.frnr;
SELECT is_empty($$SELECT frnr FROM told JOIN sync.calendar_sync AS l USING (sync_id) JOIN test.termin AS a USING (frnr) JOIN test.event AS g ON g.id = l.google_event_id
    WHERE wanted LIKE '%| synced |%' AND (l.advoware_fingerprint, l.google_fingerprint, l.advoware_watermark, l.google_watermark, (engine.pending_write_of(l)).side)
        IS DISTINCT FROM (fingerprint(a.content), fingerprint(g.content), a.changed_at, g.changed_at, NULL)$$,
    'written: both sides are settled as they are now, and nothing is meant any more');
SELECT is_empty($$SELECT frnr FROM told JOIN sync.calendar_sync AS l USING (sync_id) WHERE wanted LIKE '%refused%'
    AND (l.advoware_fingerprint, l.google_fingerprint) IS DISTINCT FROM (fingerprint('talk@nine'), fingerprint('talk@nine'))$$,
    'refused: both sides stay settled as they were');
SELECT results_eq(
    $$SELECT frnr FROM told JOIN sync.action AS t USING (sync_id) WHERE t.conflict ORDER BY 1$$,
    $$SELECT frnr FROM told WHERE strategy = 'last_change_wins' AND length(changed) = 3 ORDER BY 1$$,
    'both changed under last_change_wins is a conflict, and nothing else is');
SELECT results_eq(
    $$SELECT frnr FROM told JOIN sync.action AS t USING (sync_id) WHERE t.reverted ORDER BY 1$$,
    $$SELECT frnr FROM told WHERE strategy = 'source_system_wins' AND wanted LIKE '%done%' AND (source = 'advoware' AND changed LIKE '%G%' OR source = 'google' AND changed LIKE '%A%') ORDER BY 1$$,
    'an edit of the copy that is undone is counted as reverted');
SELECT is(format('%s %s %s %s %s %s', r.status, r.events_updated, r.termine_updated, r.refused, r.conflicts, r.reverted), 'done 11 7 3 5 5', 'the run counts what it did')
FROM sync.run AS r WHERE r.run_id = run_id();
SELECT is_empty($$SELECT frnr FROM told AS t WHERE wanted LIKE '%done%' AND NOT EXISTS (SELECT FROM sync.calendar_sync_audit AS a
    WHERE a.sync_id = t.sync_id AND a.run_id = test.run_id() AND a.phase = 4 AND a.employee_kuerzel = 'SB' AND a.action = 'UPDATE')$$,
    'every write of this phase leaves audit rows with run and phase');

CALL sync_once();
SELECT is(happened(), 'nothing', 'the next run of all phases finds nothing more to do');

-- Trusting no timestamp: recheck.

CREATE PROCEDURE compare_everything() LANGUAGE plpgsql AS $$
BEGIN
    CALL start_run(recheck => true);
    CALL read();
    CALL carry_out_phase(4);
    PERFORM engine.finish_run(run_id(), fence(), NULL);
END
$$;
CALL linked(101, 'google', 'last_change_wins');
CALL linked(102, 'advoware', 'source_system_wins');
-- A hub that believes both sides to be settled as they are, though they say different things.
CALL termin_is(101, 'brief@nine', at(9000));
CALL event_is('e101', 'lunch@ten', at(9001));
CALL event_is(event_id(102), 'lunch@ten', at(9001));
UPDATE sync.calendar_sync SET advoware_fingerprint = fingerprint('brief@nine'), google_fingerprint = fingerprint('lunch@ten') WHERE sync_id = link_id(101);
UPDATE sync.calendar_sync SET google_fingerprint = fingerprint('lunch@ten') WHERE sync_id = link_id(102);
CALL linked(103, 'google', 'last_change_wins');
CALL termin_is(103, 'brief@nine', at(9002));
CALL event_is('e103', 'lunch@ten', at(9001));
UPDATE sync.calendar_sync SET advoware_fingerprint = fingerprint('brief@nine'), google_fingerprint = fingerprint('lunch@ten') WHERE sync_id = link_id(103);
CALL sync_once(4);
SELECT is(happened(), 'nothing', 'a pair that disagrees since it was settled is left alone');
CALL compare_everything();
SELECT is(outcome(101), 'update_termin done | synced | lunch@ten | lunch@ten', 'recheck: a pair that disagrees counts as changed on both sides: the later one wins');
SELECT is(outcome(103), 'update_event done | synced | brief@nine | brief@nine', 'recheck: … on both sides: the later one may be Advoware');
SELECT is(outcome(102), 'update_event done | synced | talk@nine | talk@nine', 'recheck: a pair that disagrees counts as changed on both sides: its source wins');

-- What is left alone.

CALL linked(201, 'google');
CALL linked(202, 'advoware');
CALL linked(203, 'advoware');
CALL linked(204, 'google', starts => now() - interval '200 days');
CALL linked(205, 'google', starts => now() - interval '200 days');
CALL termin_is(201, 'talk@nine', later(), '{"unusable": "bad_time", "fingerprint": null, "time_fingerprint": null}');
CALL event_is('e201', 'lunch@ten');
CALL event_is(event_id(202), 'talk@nine', later(), '{"unusable": "event_with_bad_times", "fingerprint": null, "time_fingerprint": null}');
CALL event_is(event_id(203), 'talk@nine', later(), '{"invitation": true}');
CALL termin_is(202, 'brief@nine');
CALL termin_is(203, 'brief@nine');
CALL event_is('e204', 'lunch@ten');
CALL event_is('e205', 'lunch@ten');
UPDATE event SET starts_at = tomorrow(), ends_at = tomorrow() + interval '1 hour' WHERE id = 'e205';
CALL sync_once(4);
SELECT is(outcome(201), 'update_termin refused (unusable: bad_time) | failed: unusable: bad_time | talk@nine | lunch@ten',
    'phase 4: a link whose Termin cannot be understood is left alone, and says so');
SELECT is(outcome(202), 'update_termin refused (unusable: event_with_bad_times) | failed: unusable: event_with_bad_times | brief@nine | talk@nine',
    'phase 4: a link whose event cannot be understood is left alone, and says so');
SELECT is(outcome(203), 'update_event refused (invitation_is_read_only) | failed: invitation_is_read_only | brief@nine | talk@nine', 'phase 4: an invitation is never written');
SELECT is(outcome(204), 'nothing | synced | talk@nine | lunch@ten', 'phase 4: what ended before the window is left alone');
SELECT is(outcome(205), 'update_termin done | synced | lunch@ten | lunch@ten', 'phase 4: what ended before the window is carried again once a side is seen inside it');

SELECT * FROM finish();
ROLLBACK;
