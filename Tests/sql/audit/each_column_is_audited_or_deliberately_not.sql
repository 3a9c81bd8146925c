-- What the audit keeps of a link is decided column by column, and it keeps exactly what changed.
BEGIN;
\ir ../support/office.psql
SELECT no_plan();
CALL office();

SELECT set_eq($$SELECT c.name FROM engine.audited_columns() AS c$$,
    $$SELECT a.attname::text FROM pg_attribute AS a
      WHERE a.attrelid = 'sync.calendar_sync'::regclass AND a.attnum > 0 AND NOT a.attisdropped$$,
    'every column of sync.calendar_sync stands in the list, and no other: whoever adds one decides in functions/audit/audited_columns.sql');
SELECT is_empty($$SELECT c.name FROM engine.audited_columns() AS c WHERE c.is_audited AND c.name ~ 'fingerprint|etag|token|basis'$$,
    'no fingerprint, etag, token or what is made of them is audited');

-- The oracle: both rows as JSON, compared key by key.
CREATE FUNCTION kept(row_values jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT row_values - (SELECT array_agg(c.name) FROM engine.audited_columns() AS c WHERE NOT c.is_audited)
$$;
CREATE FUNCTION changed(one jsonb, other jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_object_agg(v.key, v.value) FROM jsonb_each(test.kept(one)) AS v WHERE v.value <> other -> v.key
$$;
CREATE FUNCTION last_said() RETURNS TABLE (action text, was jsonb, is_now jsonb) LANGUAGE sql AS $$
    SELECT a.action, a.old_values, a.new_values FROM sync.calendar_sync_audit AS a ORDER BY a.id DESC LIMIT 1
$$;
CREATE FUNCTION link_as_json() RETURNS jsonb LANGUAGE sql SET timezone = 'UTC' AS $$
    SELECT to_jsonb(l) FROM sync.calendar_sync AS l WHERE l.created_at = '2026-01-01 00:00+00'
$$;
SET LOCAL timezone = 'America/New_York';
INSERT INTO sync.calendar_sync (employee_kuerzel, advoware_frnr, google_event_id, source_system, created_at, starts_at, advoware_fingerprint)
VALUES ('SB', 1, 'e1', 'google', '2026-01-01 00:00+00', '2026-02-03 10:00:00.5+01', 'x');
SELECT is((last_said())::text, ('INSERT', NULL::jsonb, kept(link_as_json()))::text, 'a new link leaves all that is audited');

-- One change of each column: to another value, and to NULL where that is possible.
CREATE FUNCTION change_is_kept(assignment text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before jsonb := test.link_as_json();
    after jsonb;
    said record;
BEGIN
    EXECUTE format('UPDATE sync.calendar_sync SET %s WHERE created_at = ''2026-01-01 00:00+00''', assignment);
    after := test.link_as_json();
    IF after = before THEN
        RETURN fail(assignment || ' changes nothing');
    END IF;
    SELECT * INTO said FROM test.last_said();
    RETURN is((said.action, said.was, said.is_now)::text, ('UPDATE', test.changed(before, after), test.changed(after, before))::text, assignment);
END
$$;
CREATE TEMPORARY VIEW free_column AS
SELECT a.attnum, a.attname, a.attnotnull, format_type(a.atttypid, NULL) AS type
FROM pg_attribute AS a
WHERE a.attrelid = 'sync.calendar_sync'::regclass AND a.attnum > 0 AND NOT a.attisdropped
    -- The first three never change.
    AND a.attname NOT IN ('sync_id', 'employee_kuerzel', 'created_at', 'source_system');
SELECT cmp_ok((SELECT count(*) FROM free_column), '>', 20::bigint, 'many columns are tried');
SELECT change_is_kept(format('%I = %s', c.attname, CASE
    WHEN c.attname = 'sync_status' THEN '''failed'''
    WHEN c.attname = 'google_event_id' THEN '''e2'', times_hidden = 3'
    WHEN c.type = 'boolean' THEN format('NOT %I', c.attname)
    WHEN c.type = 'timestamp with time zone' THEN 'now() + interval ''1 day 1 microsecond'''
    WHEN c.type IN ('integer', 'smallint') THEN format('%I + 1', c.attname)
    WHEN c.type = 'text[]' THEN '''{a,b}'''
    WHEN c.type ~ 'source_system_enum$' THEN '''advoware'''
    WHEN c.type ~ 'sync_strategy_enum$' THEN '''last_change_wins'''
    ELSE '''y''' END))
FROM free_column AS c
ORDER BY c.attnum;
SELECT change_is_kept(format('%I = NULL', c.attname))
FROM free_column AS c
WHERE NOT c.attnotnull AND c.attname <> 'last_error'
ORDER BY c.attnum;
SELECT change_is_kept('source_system = CASE source_system WHEN ''google'' THEN ''advoware'' ELSE ''google'' END::sync.source_system_enum, deleted = false');

SELECT link_as_json() AS before \gset
DELETE FROM sync.calendar_sync WHERE created_at = '2026-01-01 00:00+00';
SELECT is((last_said())::text, ('DELETE', kept(:'before'), NULL::jsonb)::text, 'a row that is deleted leaves all that is audited');

SELECT * FROM finish();
ROLLBACK;
