-- rules 3: the one look leaves out only links for which settling and every phase have nothing to do; and it leaves out all of those.
-- Every single thing that can be different is tried alone, on a link that is settled.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL termin_is(900, 'the control@nine');
CREATE TABLE way (n serial PRIMARY KEY, what text, source text DEFAULT 'advoware');
INSERT INTO way (what, source) SELECT w, s FROM unnest(ARRAY[
    'nothing at all',
    'UPDATE sync.seen SET fingerprint = fingerprint(''x@nine'') WHERE side = ''advoware'' AND %s',
    'UPDATE sync.seen SET fingerprint = fingerprint(''x@nine'') WHERE side = ''google'' AND %s',
    'UPDATE sync.seen SET api_timestamp = at(9000) WHERE side = ''advoware'' AND %s',
    'UPDATE sync.seen SET api_timestamp = at(9000) WHERE side = ''google'' AND %s',
    'UPDATE sync.seen SET present = false WHERE side = ''advoware'' AND %s',
    'UPDATE sync.seen SET present = false WHERE side = ''google'' AND %s',
    'UPDATE sync.seen SET unusable = ''no_time'' WHERE side = ''advoware'' AND %s',
    'UPDATE sync.seen SET unusable = ''no_time'' WHERE side = ''google'' AND %s',
    'UPDATE sync.seen SET ownership = ''foreign'' WHERE side = ''advoware'' AND %s',
    'UPDATE sync.seen SET ownership = ''shared'' WHERE side = ''advoware'' AND %s',
    'UPDATE sync.seen SET is_private = true WHERE side = ''advoware'' AND %s',
    'UPDATE sync.seen SET is_private = true WHERE side = ''google'' AND %s',
    'UPDATE sync.seen SET starts_at = starts_at + interval ''1 day'' WHERE side = ''advoware'' AND %s',
    'UPDATE sync.seen SET invitation = true WHERE side = ''google'' AND %s',
    'UPDATE sync.seen SET tag_anonymized = true WHERE side = ''google'' AND %s',
    'DELETE FROM sync.seen WHERE side = ''advoware'' AND %s',
    'DELETE FROM sync.seen WHERE side = ''google'' AND %s',
    'UPDATE sync.calendar_sync SET tagged = false WHERE %s',
    'UPDATE sync.calendar_sync SET anonymized = true WHERE %s',
    'UPDATE sync.calendar_sync SET text_withheld = true WHERE %s',
    'UPDATE sync.calendar_sync SET times_hidden = 1 WHERE %s',
    'UPDATE sync.calendar_sync SET superseded_count = 1 WHERE %s',
    'UPDATE sync.calendar_sync SET refused_basis = ''x'' WHERE %s',
    'UPDATE sync.calendar_sync SET sync_status = ''failed'', last_error = ''x'' WHERE %s',
    'UPDATE sync.calendar_sync SET sync_status = ''pending'' WHERE %s',
    'UPDATE sync.calendar_sync SET sync_strategy = ''last_change_wins'' WHERE %s',
    'UPDATE sync.calendar_sync SET advoware_write_allowed = NOT advoware_write_allowed WHERE %s',
    'UPDATE sync.calendar_sync SET advoware_fingerprint = NULL WHERE %s',
    'UPDATE sync.calendar_sync SET google_watermark = NULL WHERE %s',
    'UPDATE sync.calendar_sync SET google_event_id = NULL, sync_status = ''pending'' WHERE %s',
    'UPDATE sync.calendar_sync SET advoware_frnr = NULL, sync_status = ''pending'' WHERE %s'
]) AS w, unnest(ARRAY['advoware', 'google']) AS s;
CREATE PROCEDURE links_of_all_ways() LANGUAGE plpgsql AS $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM test.way LOOP
        CALL linked(one.n, one.source);
    END LOOP;
END
$$;
CALL links_of_all_ways();
CALL start_run();
CALL read();
SELECT is((SELECT cardinality(k.links) FROM engine.look AS k WHERE k.run_id = run_id()), 0, 'settled links are quiet');

-- What the rules would make of a link, looked at or not.
CREATE FUNCTION does_something(link uuid, recheck boolean) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT (settled.link IS DISTINCT FROM (s.state).link) OR EXISTS (
        SELECT 1 FROM generate_series(1, 4) AS phase
        CROSS JOIN LATERAL engine.decide(s.state,
            ROW(phase, recheck, '-infinity', engine.window_from(), 'calendar of SB')::engine.planning) AS d)
    FROM engine.link_states AS s
    CROSS JOIN LATERAL (SELECT (engine.settled((s.state).link, (s.state).write)).link) AS settled
    WHERE s.sync_id = does_something.link
$$;
CREATE FUNCTION change(way text, n integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF way LIKE '%sync.seen%' THEN
        EXECUTE format(way, format('entry_id IN (%L, %L)', n, event_id(n)));
    ELSIF way LIKE '%calendar_sync%' THEN
        EXECUTE format(way, format('sync_id = %L', link_id(n)));
    END IF;
END
$$;
CREATE TABLE found AS SELECT w.n, w.what, w.source, false AS looked_at, false AS has_work FROM way AS w WHERE false;
CREATE PROCEDURE try_all(anonymize boolean, recheck boolean) LANGUAGE plpgsql AS $$
DECLARE
    one record;
    run sync.run;
BEGIN
    UPDATE sync.employee SET anonymize = try_all.anonymize;
    FOR one IN SELECT * FROM test.way ORDER BY n LOOP
        BEGIN
            PERFORM change(one.what, one.n);
            SELECT r.* INTO run FROM sync.run AS r WHERE r.run_id = test.run_id();
            run.recheck := recheck;
            PERFORM engine.take_look(run);
            INSERT INTO found VALUES (one.n, one.what, one.source,
                (SELECT link_id(one.n) = ANY (k.links) FROM engine.look AS k WHERE k.run_id = test.run_id()),
                does_something(link_id(one.n), recheck));
            RAISE EXCEPTION USING ERRCODE = 'XX999', MESSAGE = (SELECT to_jsonb(f)::text FROM found AS f WHERE f.n = one.n);
        EXCEPTION WHEN SQLSTATE 'XX999' THEN
            INSERT INTO found SELECT (jsonb_populate_record(NULL::found, SQLERRM::jsonb)).*;
        END;
    END LOOP;
END
$$;
CALL try_all(false, false);
SELECT is_empty('SELECT source, what FROM found WHERE has_work AND NOT looked_at', 'whatever the rules have something to do for is looked at');
SELECT set_has($$SELECT what FROM found WHERE looked_at$$, $$SELECT what FROM found WHERE has_work$$, '… each of these ways');
SELECT cmp_ok((SELECT count(*) FROM found WHERE has_work), '>', 30::bigint, '… and many of these ways are work');
SELECT is_empty($$SELECT what FROM found WHERE what = 'nothing at all' AND looked_at$$, 'a settled link is left alone');
TRUNCATE found;
CALL try_all(true, false);
SELECT is_empty('SELECT source, what FROM found WHERE has_work AND NOT looked_at', 'so it is with anonymisation on');
TRUNCATE found;
CALL try_all(false, true);
SELECT is_empty('SELECT source, what FROM found WHERE has_work AND NOT looked_at', '… and when every pair is compared');

SELECT * FROM finish();
ROLLBACK;
