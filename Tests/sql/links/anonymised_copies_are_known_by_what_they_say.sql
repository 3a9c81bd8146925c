-- rules 6: an event that says exactly what an anonymised copy says is found again one to one, or held for a person; it is never posted.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
UPDATE sync.setting SET default_strategy = 'source_system_wins', advoware_writes = 'own';
CREATE FUNCTION link_of(frnr integer) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(concat_ws(' ', l.google_event_id, l.source_system, l.sync_strategy, CASE WHEN l.advoware_write_allowed THEN 'W' END,
        l.sync_status, CASE WHEN l.anonymized THEN 'anonymised' END), ', '), 'no link')
    FROM sync.calendar_sync AS l WHERE l.advoware_frnr = link_of.frnr AND NOT l.deleted
$$;
CREATE FUNCTION anonymize() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT e.anonymize FROM sync.employee AS e WHERE e.kuerzel = 'SB' $$;
CREATE FUNCTION needs() RETURNS text LANGUAGE sql STABLE AS $$ SELECT h.needs FROM bi.health AS h WHERE h.employee_kuerzel = 'SB' $$;
CREATE FUNCTION says(event text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT CASE WHEN e.cancelled THEN 'gone' ELSE e.content END FROM event AS e WHERE e.id = says.event $$;

-- Without the old table, anonymised.

SAVEPOINT empty;
CALL termin_is(1, 'client@nine');
CALL event_is('copy1', 'blocked@nine');
CALL termin_is(2, 'another@ten');
CALL termin_is(3, 'a third@ten');
CALL event_is('copy2', 'blocked@ten');
CALL event_is('copy3', 'blocked@ten');
CALL event_is('own', 'dentist@six');
CALL termin_is(4, 'dentist@six');
CALL sync_once();
SELECT is((SELECT string_agg(DISTINCT kind || ' ' || status, ', ') FROM sync.action WHERE run_id = run_id()), 'tag_event done', 'nothing is written but our tags');
SELECT is(link_of(1), 'copy1 advoware source_system_wins synced anonymised', 'an anonymised twin began in Advoware; strategy and W by policy');
SELECT is(link_of(2) || ', ' || link_of(3), 'copy2 advoware source_system_wins synced anonymised, copy3 advoware source_system_wins synced anonymised', 'as many copies as Termine at one time: one to one');
SELECT is(link_of(4), 'own google last_change_wins synced', 'exact twins as ever');
SELECT is((SELECT sync_id FROM sync.calendar_sync WHERE advoware_frnr = 1), engine.advoware_link_id('SB', 1), 'the link is the one that a hub without memory would make');
SELECT is(anonymize(), true, 'anonymisation is on: no name is written');
CALL sync_once();
SELECT is(happened(), 'nothing', 'a second run writes nothing');
CALL termin_is(1, 'client@eight');
CALL sync_once();
SELECT is(says('copy1'), 'blocked@eight', 'they go on as anonymised copies');
SELECT is(needs(), 'nothing', 'nobody has to do anything');
ROLLBACK TO empty;

-- Under all an anonymised twin may write; a derived Termin's never.

UPDATE sync.setting SET advoware_writes = 'all', default_strategy = 'last_change_wins';
CALL termin_is(1, 'client@nine');
CALL event_is('copy1', 'blocked@nine');
CALL termin_is(-2, 'travel@ten');
CALL event_is('copy2', 'blocked@ten');
CALL termin_is(3, 'a colleague''s@six', later(), '{"ownership": "foreign"}');
CALL event_is('copy3', 'blocked@six');
CALL sync_once();
SELECT is(link_of(1), 'copy1 advoware last_change_wins W synced anonymised', 'strategy and W are those of policy');
SELECT is(link_of(-2), 'copy2 advoware last_change_wins synced anonymised', '… and never write for a derived Termin');
SELECT is(link_of(3), 'no link', 'a colleague''s Termin is nobody''s twin');
ROLLBACK TO empty;

-- A copy whose Termin is gone.

UPDATE sync.employee SET anonymize = true;
UPDATE sync.setting SET advoware_writes = 'all';
CALL termin_is(1, 'client@nine');
CALL event_is('copy1', 'blocked@nine');
CALL event_is('old', 'blocked@ten');
CALL sync_once();
SELECT is((SELECT count(*) FROM termin), 1::bigint, 'a copy whose Termin is gone is never posted');
SELECT is((SELECT status || ': ' || reason FROM sync.action WHERE run_id = run_id() AND google_event_id = 'old'), 'refused: anonymised_copy_without_link', '… which is said');
SELECT is(needs(), 'events that say what anonymised copies say and have no link: 1 (old); they are never posted: SELECT sync.link_copy(''SB'', frnr => …, event => …) links one to its Termin, or delete it in Google',
    'bi.health says what to do');
SELECT is((SELECT needs_attention FROM bi.health), true, '… and that somebody has to');
CALL sync_once();
SELECT is(happened(), 'nothing', 'it is said once');
SELECT is((SELECT count(*) FROM termin), 1::bigint, '… and stays so');
CALL event_gone('old');
CALL sync_once();
SELECT is(needs(), 'nothing', 'deleted in Google: nobody has to do anything');
CALL event_is('new', 'blocked@six');
CALL sync_once();
SELECT is((SELECT count(*) FROM termin), 1::bigint, 'whoever makes one later posts nothing either');
UPDATE event SET content = 'dentist@six', changed_at = later(), etag = etag + 1 WHERE id = 'new';
CALL sync_once();
SELECT is((SELECT count(*) FROM termin), 2::bigint, 'one that says something else is a new appointment');
ROLLBACK TO empty;

-- Ambiguous.

UPDATE sync.employee SET anonymize = true;
CALL termin_is(1, 'client@nine');
CALL termin_is(2, 'other@nine');
CALL event_is('copy', 'blocked@nine');
CALL event_is('a', 'blocked@ten');
CALL event_is('b', 'blocked@ten');
CALL termin_is(3, 'third@ten');
CALL termin_is(4, 'fourth@six');
CALL sync_once();
SELECT is(link_of(1) || ', ' || link_of(2) || ', ' || link_of(3), 'no link, no link, no link', 'more Termine than copies at one time, or fewer: nobody can tell whose they are');
SELECT is((SELECT count(*) FROM event), 4::bigint, 'none of them is copied; what is not concerned is');
SELECT is((SELECT count(*) FROM termin), 4::bigint, 'none of them is posted');
SELECT is((SELECT string_agg(concat_ws(' ', kind, result, advoware_frnr, google_event_id), ', ' ORDER BY phase, advoware_frnr, google_event_id) FROM sync.action WHERE run_id = run_id() AND status = 'refused'),
    'create_event anonymised_copies_ambiguous 1, create_event anonymised_copies_ambiguous 2, create_event anonymised_copies_ambiguous 3, '
    'create_termin anonymised_copy_without_link a, create_termin anonymised_copy_without_link b, create_termin anonymised_copy_without_link copy', 'it is said of each');
SELECT is(needs(), 'events that say what anonymised copies say and have no link: 3 (a, b, copy); they are never posted: SELECT sync.link_copy(''SB'', frnr => …, event => …) links one to its Termin, '
    'or delete it in Google; Termine that are not copied until it is said whose those are: 1, 2, 3', 'bi.health names them');
SELECT throws_like($$SELECT sync.link_copy('SB', 4711, 'copy')$$, 'frnr: 4711 is no Termin of SB that was seen and has no link', 'no such Termin');
SELECT throws_like($$SELECT sync.link_copy('SB', 1, 'nothing')$$, 'event: "nothing" is no anonymised copy of SB without link; those there are: a, b, copy', 'no such copy');
SELECT throws_like($$SELECT sync.link_copy('XX', 1, 'copy')$$, 'employee: "XX" is unknown; known: SB', 'no such employee');
SELECT ok(sync.link_copy('SB', 2, 'copy') IS NOT NULL, 'a person says whose a copy is');
SELECT throws_like($$SELECT sync.link_copy('SB', 2, 'a')$$, 'frnr: 2 is no Termin%', '… a Termin has one');
CALL event_gone('b');
CALL sync_once();
SELECT is(link_of(2), 'copy advoware source_system_wins synced anonymised', 'the link is settled');
SELECT is(link_of(3), 'a advoware source_system_wins synced anonymised', 'with the other copy deleted in Google, this one is nobody else''s');
SELECT is((SELECT count(*) FROM event WHERE content = 'blocked@nine' AND NOT cancelled), 2::bigint, 'the Termin that was left is copied');
SELECT is(needs(), 'nothing', 'nobody has to do anything');
ROLLBACK TO empty;

-- A series that says so.

UPDATE sync.employee SET anonymize = true;
CALL event_is('series', 'blocked@nine', later(), '{"is_series": true, "obstacle": "exceptions"}');
CALL sync_once();
SELECT is((SELECT count(*) FROM sync.series), 0::bigint, 'a series that says so is not carried by occurrence');
SELECT is((SELECT result FROM sync.action WHERE run_id = run_id()), 'anonymised_copy_without_link', '… and said to be one');
ROLLBACK TO empty;

-- An event that came to say so before it reached Advoware.

UPDATE sync.employee SET anonymize = true;
CALL event_is('slow', 'dentist@nine');
CALL start_run(2);
CALL read();
SELECT engine.plan_phase(run_id(), 2) \g /dev/null
SELECT begun(action('create_termin')) \g /dev/null
SELECT engine.fail_action(action('create_termin'), fence(), 'advoware_unreachable') \g /dev/null
SELECT engine.finish_run(run_id(), fence(), NULL) \g /dev/null
SELECT sync.retry_failed() \g /dev/null
CALL event_is('slow', 'blocked@nine');
CALL sync_once();
SELECT is(happened(), 'create_termin refused (anonymised_copy_has_no_text)', 'an event that has a link, and says so before it reached Advoware, is not posted either');
SELECT is((SELECT count(*) FROM termin), 0::bigint, '… there is no Termin');
ROLLBACK TO empty;

-- What our tag is on says it by its tag.

CALL linked(1);
CALL sync_once();
CALL event_is(event_id(1), 'blocked@nine');
CALL sync_once();
SELECT is((SELECT says_anonymous FROM sync.seen WHERE side = 'google'), false, 'a tagged event that somebody renamed is none');
SELECT is(event_says(1), 'talk@nine', '… its edit is undone');
SELECT is(anonymize(), false, '… and nobody is anonymised because of it');

SELECT * FROM finish();
ROLLBACK;
