-- rules 2, phase 3: the table and what stands over it, on the function that decides. W: Advoware may be written.
BEGIN;
SELECT no_plan();
-- Of what a test does not name, nothing holds.
CREATE FUNCTION pg_temp.decided(
    missing_advoware boolean, missing_google boolean, strategy sync.sync_strategy_enum, source sync.source_system_enum, may_write boolean,
    changed_advoware boolean DEFAULT false, changed_google boolean DEFAULT false, advoware_time timestamptz DEFAULT NULL,
    cancelled_at timestamptz DEFAULT NULL, is_foreign boolean DEFAULT false, is_shared boolean DEFAULT false, is_anonymized boolean DEFAULT false
) RETURNS engine.choice LANGUAGE sql AS $$
    SELECT engine.decide_deleted(ROW(missing_advoware, missing_google, strategy, source, may_write, changed_advoware, changed_google,
        advoware_time, cancelled_at, is_foreign, is_shared, is_anonymized)::engine.deletion)
$$;

-- Who is missing, strategy, source, W, changed on the side that is left, what follows.
CREATE TEMPORARY TABLE row_of_table (missing text, strategy text, source text, may_write boolean, changed boolean, wanted text, says text);
INSERT INTO row_of_table VALUES
    ('A', 'source_system_wins', 'advoware', true,  false, 'delete_event',    'it began in Advoware: the event is deleted'),
    ('A', 'source_system_wins', 'advoware', true,  true,  'delete_event',    'it began in Advoware: the event is deleted though it was changed'),
    ('A', 'source_system_wins', 'advoware', false, false, 'delete_event',    'it began in Advoware: the event is deleted'),
    ('A', 'source_system_wins', 'advoware', false, true,  'delete_event',    'it began in Advoware: the event is deleted though it was changed'),
    ('A', 'source_system_wins', 'google',   true,  false, 'recreate_termin', 'it began in Google: the Termin is created again'),
    ('A', 'source_system_wins', 'google',   true,  true,  'recreate_termin', 'it began in Google: the Termin is created again'),
    ('A', 'source_system_wins', 'google',   false, false, 'refuse',          'it began in Google: creating the Termin again is refused'),
    ('A', 'source_system_wins', 'google',   false, true,  'refuse',          'it began in Google: creating the Termin again is refused'),
    ('A', 'last_change_wins',   'advoware', true,  true,  'recreate_termin', 'changed in Google: the Termin is created again'),
    ('A', 'last_change_wins',   'advoware', true,  false, 'delete_event',    'not changed in Google: the event is deleted'),
    ('A', 'last_change_wins',   'advoware', false, true,  'refuse',          'changed in Google: creating the Termin again is refused'),
    ('A', 'last_change_wins',   'advoware', false, false, 'delete_event',    'not changed in Google: the event is deleted'),
    ('A', 'last_change_wins',   'google',   true,  true,  'recreate_termin', 'changed in Google: the Termin is created again'),
    ('A', 'last_change_wins',   'google',   true,  false, 'delete_event',    'not changed in Google: the event is deleted'),
    ('A', 'last_change_wins',   'google',   false, true,  'refuse',          'changed in Google: creating the Termin again is refused'),
    ('A', 'last_change_wins',   'google',   false, false, 'delete_event',    'not changed in Google: the event is deleted'),
    ('G', 'source_system_wins', 'advoware', true,  false, 'recreate_event',  'it began in Advoware: the event is created again'),
    ('G', 'source_system_wins', 'advoware', true,  true,  'recreate_event',  'it began in Advoware: the event is created again'),
    ('G', 'source_system_wins', 'advoware', false, false, 'recreate_event',  'it began in Advoware: the event is created again'),
    ('G', 'source_system_wins', 'advoware', false, true,  'recreate_event',  'it began in Advoware: the event is created again'),
    ('G', 'source_system_wins', 'google',   true,  false, 'delete_termin',   'it began in Google: the Termin is deleted'),
    ('G', 'source_system_wins', 'google',   true,  true,  'delete_termin',   'it began in Google: the Termin is deleted though it was changed'),
    ('G', 'source_system_wins', 'google',   false, false, 'refuse',          'it began in Google: deleting the Termin is refused'),
    ('G', 'source_system_wins', 'google',   false, true,  'refuse',          'it began in Google: deleting the Termin is refused'),
    ('G', 'last_change_wins',   'advoware', true,  true,  'recreate_event',  'changed in Advoware: the event is created again'),
    ('G', 'last_change_wins',   'advoware', true,  false, 'delete_termin',   'not changed in Advoware: the Termin is deleted'),
    ('G', 'last_change_wins',   'advoware', false, true,  'recreate_event',  'changed in Advoware: the event is created again'),
    ('G', 'last_change_wins',   'advoware', false, false, 'recreate_event',  'Advoware may not be written: the event is created again'),
    ('G', 'last_change_wins',   'google',   true,  true,  'recreate_event',  'changed in Advoware: the event is created again'),
    ('G', 'last_change_wins',   'google',   true,  false, 'delete_termin',   'not changed in Advoware: the Termin is deleted'),
    ('G', 'last_change_wins',   'google',   false, true,  'recreate_event',  'changed in Advoware: the event is created again'),
    ('G', 'last_change_wins',   'google',   false, false, 'recreate_event',  'Advoware may not be written: the event is created again');

CREATE TEMPORARY VIEW side AS
SELECT t.*, format('%s, %s, %s', CASE t.missing WHEN 'A' THEN 'deleted in Advoware' ELSE 'deleted in Google' END, t.strategy,
    CASE WHEN t.may_write THEN 'W' ELSE 'not W' END) AS place
FROM row_of_table AS t;

SELECT is(d.kind, s.wanted, format('%s, %s', s.place, s.says))
FROM side AS s
CROSS JOIN pg_temp.decided(s.missing = 'A', s.missing = 'G', s.strategy::sync.sync_strategy_enum, s.source::sync.source_system_enum, s.may_write,
    changed_advoware => s.missing = 'G' AND s.changed, changed_google => s.missing = 'A' AND s.changed) AS d;

SELECT is(d.kind, 'soft_delete', format('gone on both sides, %s, from %s, %s: soft delete', strategy, source, CASE WHEN may_write THEN 'W' ELSE 'not W' END))
FROM unnest(enum_range(NULL::sync.sync_strategy_enum)) AS strategy, unnest(enum_range(NULL::sync.source_system_enum)) AS source,
    unnest(ARRAY[true, false]) AS may_write
CROSS JOIN pg_temp.decided(true, true, strategy, source, may_write, true, true, is_shared => true, is_anonymized => true) AS d;

SELECT is(d.kind, NULL, format('nothing is missing, %s, from %s: nothing happens', strategy, source))
FROM unnest(enum_range(NULL::sync.sync_strategy_enum)) AS strategy, unnest(enum_range(NULL::sync.source_system_enum)) AS source
CROSS JOIN pg_temp.decided(false, false, strategy, source, true, true, true) AS d;

-- Changed in Advoware, deleted in Google under last_change_wins: which came later?

CREATE FUNCTION pg_temp.contest(changed_at timestamptz, cancelled_at timestamptz, may_write boolean DEFAULT true) RETURNS text LANGUAGE sql AS $$
    SELECT kind FROM pg_temp.decided(false, true, 'last_change_wins', 'google', may_write, true, false, changed_at, cancelled_at)
$$;
SELECT is(pg_temp.contest('2030-01-01 10:01Z', '2030-01-01 10:00Z'), 'recreate_event', 'changed in Advoware after the cancellation in Google: the event is created again');
SELECT is(pg_temp.contest('2030-01-01 09:59Z', '2030-01-01 10:00Z'), 'delete_termin', 'changed in Advoware before the cancellation in Google: the Termin is deleted');
SELECT is(pg_temp.contest('2030-01-01 10:00Z', '2030-01-01 10:00Z'), 'delete_termin', 'changed in Advoware in the moment of the cancellation is not later');
SELECT is(pg_temp.contest('2030-01-01 09:59Z', NULL), 'recreate_event', 'changed in Advoware, and Google does not tell when it cancelled: the event is created again');
SELECT is(pg_temp.contest(NULL, NULL), 'recreate_event', 'changed in Advoware, and neither tells when: the event is created again');
SELECT is(pg_temp.contest(NULL, '2030-01-01 10:00Z'), 'delete_termin', 'changed in Advoware at an unknown time loses against a known cancellation');
SELECT is(pg_temp.contest('2030-01-01 09:59Z', '2030-01-01 10:00Z', false), 'recreate_event',
    'changed in Advoware before the cancellation, not W: the event is created again');

-- Over the table: Termine of others, shared ones, anonymised copies.

SELECT is(d.kind, 'delete_event', format('the Termin belongs to others, %s, from %s, %s: the event is deleted', strategy, source, CASE WHEN may_write THEN 'W' ELSE 'not W' END))
FROM unnest(enum_range(NULL::sync.sync_strategy_enum)) AS strategy, unnest(enum_range(NULL::sync.source_system_enum)) AS source,
    unnest(ARRAY[true, false]) AS may_write
CROSS JOIN pg_temp.decided(false, false, strategy, source, may_write, true, true, is_foreign => true) AS d;

SELECT is(d.kind, 'soft_delete', format('the Termin belongs to others and the event is gone, %s, from %s: soft delete, nothing is created', strategy, source))
FROM unnest(enum_range(NULL::sync.sync_strategy_enum)) AS strategy, unnest(enum_range(NULL::sync.source_system_enum)) AS source
CROSS JOIN pg_temp.decided(false, true, strategy, source, true, true, is_foreign => true) AS d;

SELECT is(d.kind, 'recreate_termin', 'a Termin that belonged to others and is gone is gone like any other')
FROM pg_temp.decided(true, false, 'source_system_wins', 'google', true, is_foreign => true) AS d;

SELECT results_eq(
    format($$SELECT kind, reason FROM pg_temp.decided(false, true, %L, 'google', true, is_shared => true)$$, strategy),
    $$VALUES ('refuse', 'termin_shared_with_another_employee')$$,
    format('deleted in Google, %s, W: a Termin that also belongs to another employee is not deleted', strategy))
FROM unnest(enum_range(NULL::sync.sync_strategy_enum)) AS strategy;
SELECT is(d.kind, 'recreate_event', 'deleted in Google, source_system_wins, from Advoware: the event of a shared Termin is created again')
FROM pg_temp.decided(false, true, 'source_system_wins', 'advoware', true, is_shared => true) AS d;

SELECT is(d.kind, 'delete_event', format('deleted in Advoware, %s: an anonymised copy cannot create its original again, the event is deleted', strategy))
FROM unnest(enum_range(NULL::sync.sync_strategy_enum)) AS strategy
CROSS JOIN pg_temp.decided(true, false, strategy, 'google', true, changed_google => true, is_anonymized => true) AS d;
SELECT is(d.kind, 'delete_termin', 'deleted in Google, from Google: the Termin of an anonymised copy is deleted like any other')
FROM pg_temp.decided(false, true, 'source_system_wins', 'google', true, is_anonymized => true) AS d;
SELECT is(d.kind, 'recreate_event', 'deleted in Google, from Advoware: an anonymised copy is created again')
FROM pg_temp.decided(false, true, 'source_system_wins', 'advoware', true, is_anonymized => true) AS d;

-- Reasons: words for people, and codes where policy forbids.

SELECT is(d.reason, 'advoware_write_forbidden', format('refused with what policy forbids: missing in %s', CASE WHEN missing_a THEN 'Advoware' ELSE 'Google' END))
FROM unnest(ARRAY[true, false]) AS missing_a
CROSS JOIN pg_temp.decided(missing_a, NOT missing_a, 'source_system_wins', 'google', false) AS d;
SELECT is(d.reason, s.reason, 'the reason says: ' || s.reason)
FROM (VALUES
    (true, false, 'source_system_wins', 'advoware', true, false, 'deleted in Advoware, where it began'),
    (true, false, 'source_system_wins', 'google', true, false, 'deleted in Advoware, but it began in Google'),
    (true, false, 'last_change_wins', 'google', true, true, 'deleted in Advoware, but changed in Google'),
    (true, false, 'last_change_wins', 'google', true, false, 'deleted in Advoware'),
    (false, true, 'source_system_wins', 'advoware', true, false, 'deleted in Google, but it began in Advoware'),
    (false, true, 'source_system_wins', 'google', true, false, 'deleted in Google, where it began'),
    (false, true, 'last_change_wins', 'google', true, true, 'deleted in Google, but changed in Advoware'),
    (false, true, 'last_change_wins', 'google', true, false, 'deleted in Google'),
    (false, true, 'last_change_wins', 'google', false, false, 'deleted in Google, but Advoware may not be written'),
    (true, true, 'last_change_wins', 'google', true, false, 'gone on both sides')
) AS s (missing_a, missing_g, strategy, source, may_write, changed, reason)
CROSS JOIN pg_temp.decided(s.missing_a, s.missing_g, s.strategy::sync.sync_strategy_enum, s.source::sync.source_system_enum, s.may_write, s.changed, s.changed) AS d;

SELECT is(d.reason, 'the Termin belongs to others now', 'the reason says: the Termin belongs to others now')
FROM pg_temp.decided(false, false, 'source_system_wins', 'google', true, is_foreign => true) AS d;
SELECT is(d.reason, 'the Termin belongs to others and the event is gone', 'the reason says: the Termin belongs to others and the event is gone')
FROM pg_temp.decided(false, true, 'source_system_wins', 'google', true, is_foreign => true) AS d;
SELECT is(d.reason, 'deleted in Advoware; an anonymised copy cannot create its original again', 'the reason says: an anonymised copy cannot create its original again')
FROM pg_temp.decided(true, false, 'source_system_wins', 'google', true, is_anonymized => true) AS d;

SELECT * FROM finish();
ROLLBACK;
