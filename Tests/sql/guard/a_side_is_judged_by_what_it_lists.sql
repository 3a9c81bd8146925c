-- rules 5, guard: whether a side answers with nothing is judged by what it lists, not by what we have put there ourselves since.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CREATE FUNCTION plan_says() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(n || ' ' || kind || ' ' || status, ', ' ORDER BY kind, status), 'nothing')
    FROM (SELECT kind, concat_ws(': ', status, nullif(result, 'ok')) AS status, count(*) AS n FROM sync.action WHERE run_id = run_id() AND kind <> 'tag_event' GROUP BY 1, 2) AS t
$$;
CREATE PROCEDURE links(source text) LANGUAGE plpgsql AS $$ BEGIN FOR i IN 1..5 LOOP CALL linked(i, source); END LOOP; END $$;

SAVEPOINT anew;
CALL termin_is(900, 'the control@nine');
CALL links('google');
CALL sync_once();
UPDATE event SET cancelled = true, etag = etag + 1;
CALL termin_is(901, 'brand new@nine');
CALL sync_once();
SELECT is((SELECT string_agg(DISTINCT kind || ' ' || concat_ws(': ', status, result), ', ' ORDER BY kind || ' ' || concat_ws(': ', status, result)) FROM sync.action WHERE run_id = run_id() AND kind <> 'tag_event'),
    'create_event done: ok, delete_termin held: brake_empty_side, recreate_event held: brake_empty_side', 'Google lost everything and phase 1 creates an event in the same run: all deletions and re-creations are held');
CALL sync_once();
SELECT is((SELECT string_agg(DISTINCT kind || ' ' || concat_ws(': ', status, result), ', ' ORDER BY kind || ' ' || concat_ws(': ', status, result)) FROM sync.action WHERE run_id = run_id()),
    'delete_termin held: brake_empty_side, recreate_event held: brake_empty_side', '… and still in the next run, though Google lists our new event');
CALL event_is('other', 'not ours@nine');
CALL start_run(3);
CALL read();
SELECT engine.plan_phase(run_id(), 3) \g /dev/null
SELECT is((SELECT string_agg(DISTINCT status, ', ') FROM sync.action WHERE run_id = run_id()), 'planned', 'a user''s event is listed: Google answers');
ROLLBACK TO SAVEPOINT anew;

CALL links('advoware');
DELETE FROM termin;
CALL event_is('newone', 'brand new@nine');
CALL sync_once();
SELECT is(plan_says(), '1 create_termin done: created, 5 delete_event held: brake_empty_side', 'Advoware lost everything and phase 2 creates a Termin in the same run: held');
CALL sync_once();
SELECT is(plan_says(), '5 delete_event held: brake_empty_side', '… and still in the next run');
ROLLBACK TO SAVEPOINT anew;

-- A few are gone of many that we created ourselves: no side is empty.

UPDATE sync.setting SET brake_count = 100;
DO $$ BEGIN FOR i IN 1..5 LOOP CALL termin_is(i, 'talk ' || i || '@nine'); END LOOP; END $$;
CALL sync_once();
CALL termin_gone(5);
UPDATE event SET cancelled = true, etag = etag + 1 WHERE (tags ->> 'tag_frnr')::integer = 4;
CALL sync_once();
SELECT is(plan_says(), '1 delete_event done, 1 recreate_event done', 'a calendar that holds only what we created lists it');
ROLLBACK TO SAVEPOINT anew;

-- Entries without a known span.

CALL termin_is(900, 'x@nine', at(0), '{"unusable": "bad_time", "fingerprint": null, "time_fingerprint": null, "starts_at": null, "ends_at": null}');
CALL links('advoware');
CALL sync_once();
CALL termin_gone(900);
CALL sync_once();
SELECT is((SELECT present FROM sync.seen WHERE entry_id = '900'), false, 'a Termin that was never understood is missing when the list lacks it');
DELETE FROM termin;
CALL sync_once();
SELECT is(plan_says(), '5 delete_event held: brake_empty_side', '… and does not stand for a side that answers with nothing');
ROLLBACK TO SAVEPOINT anew;

-- Nor do Termine that belong to others.

CALL links('advoware');
CALL termin_is(901, 'theirs@nine', more => '{"ownership": "foreign"}');
CALL sync_once();
DELETE FROM termin;
CALL sync_once();
SELECT is(plan_says(), '5 delete_event held: brake_empty_side', 'a colleague''s Termin that was listed once does not stand for it either');

SELECT * FROM finish();
ROLLBACK;
