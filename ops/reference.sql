-- Prints the reference of the hub as Markdown, from the catalog of the database we are connected to. See ops/reference.
\set ON_ERROR_STOP on
\set QUIET on
\pset format unaligned
\pset tuples_only on
\pset footer off
-- Every name comes out qualified.
SET search_path = pg_catalog;
SET client_min_messages = warning;
\ir rights.psql

-- In a cell of a table a bar would end the cell.
CREATE FUNCTION pg_temp.cell(text text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT replace(replace(coalesce(text, ''), '|', '\|'), E'\n', ' ') $$;
-- As people write types and defaults.
CREATE FUNCTION pg_temp.short(text text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(replace(replace(text, 'timestamp with time zone', 'timestamptz'), 'character varying', 'varchar'), '(NULL|''[^'']*'')::[a-z_.]+', '\1', 'g')
$$;
CREATE FUNCTION pg_temp.rights(kind text, name text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(format('`%s`: %s', r.role, r.rights), '; ' ORDER BY r.role), 'none but the owner''s')
    FROM pg_temp.hub_right AS r WHERE r.kind = rights.kind AND r.name = rights.name
$$;
CREATE TEMPORARY VIEW relation AS
SELECT object.kind, object.name, object.oid, obj_description(object.oid, 'pg_class') AS comment FROM hub_object AS object WHERE object.kind IN ('table', 'view');
CREATE TEMPORARY VIEW routine AS
SELECT object.name, object.kind, split_part(object.name, '(', 1) AS short, obj_description(object.oid, 'pg_proc') AS comment,
    pg_temp.short(pg_get_function_arguments(object.oid)) AS arguments,
    CASE WHEN object.kind = 'function' THEN pg_temp.short(pg_get_function_result(object.oid)) END AS result,
    CASE
        WHEN proc.prorettype = 'trigger'::regtype THEN 'trigger'
        WHEN has_function_privilege('calendar_sync_operator', object.oid, 'EXECUTE') OR has_function_privilege('calendar_sync_bi', object.oid, 'EXECUTE') THEN 'people'
        WHEN has_function_privilege('calendar_sync_user', object.oid, 'EXECUTE') THEN 'listener'
        ELSE 'inside'
    END AS audience
FROM hub_object AS object JOIN pg_proc AS proc ON proc.oid = object.oid
WHERE object.kind IN ('function', 'procedure');

-- Of a table or view: what it is, its columns, its keys, who may what.
CREATE FUNCTION pg_temp.chapter(name text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT format(E'\n### %s\n\n%s\n\n| column | type | |\n| --- | --- | --- |', r.name, r.comment)
    FROM pg_temp.relation AS r WHERE r.name = chapter.name
    UNION ALL (
        SELECT format('| `%s` | `%s`%s | %s |', att.attname, pg_temp.short(format_type(att.atttypid, att.atttypmod)),
            CASE WHEN att.attidentity <> '' THEN ', numbered by itself'
                WHEN def.adbin IS NOT NULL THEN format(', default `%s`', pg_temp.cell(pg_temp.short(pg_get_expr(def.adbin, def.adrelid))))
                WHEN att.attnotnull THEN ', required' ELSE '' END,
            pg_temp.cell(col_description(att.attrelid, att.attnum)))
        FROM pg_temp.relation AS r
        JOIN pg_attribute AS att ON att.attrelid = r.oid AND att.attnum > 0 AND NOT att.attisdropped
        LEFT JOIN pg_attrdef AS def ON def.adrelid = att.attrelid AND def.adnum = att.attnum
        WHERE r.name = chapter.name ORDER BY att.attnum)
    UNION ALL
    SELECT '' FROM pg_temp.relation AS r WHERE r.name = chapter.name
    UNION ALL (
        SELECT '- ' || CASE con.contype WHEN 'p' THEN 'Key: ' WHEN 'u' THEN 'Unique: ' ELSE 'Refers: ' END || '`' || regexp_replace(pg_get_constraintdef(con.oid), '^(PRIMARY KEY|UNIQUE|FOREIGN KEY) ', '') || '`'
        FROM pg_temp.relation AS r JOIN pg_constraint AS con ON con.conrelid = r.oid AND con.contype IN ('p', 'u', 'f')
        WHERE r.name = chapter.name ORDER BY con.contype <> 'p', con.contype, con.conname COLLATE "C")
    UNION ALL (
        SELECT format('- Trigger `%s`: `%s`', tr.tgname, tr.tgfoid::regproc)
        FROM pg_temp.relation AS r JOIN pg_trigger AS tr ON tr.tgrelid = r.oid AND NOT tr.tgisinternal
        WHERE r.name = chapter.name ORDER BY tr.tgname COLLATE "C")
    UNION ALL
    (SELECT format('- Row-level rule `%s`: %s', pol.polname, obj_description(pol.oid, 'pg_policy'))
        FROM pg_temp.relation AS r JOIN pg_policy AS pol ON pol.polrelid = r.oid WHERE r.name = chapter.name ORDER BY pol.polname COLLATE "C")
    UNION ALL
    SELECT '- Rights: ' || pg_temp.rights(r.kind, r.name) || '.' FROM pg_temp.relation AS r WHERE r.name = chapter.name
$$;

\qecho '# Reference'
\qecho
\qecho 'Every table, view, type and function of the hub, with what the database itself says about it (`\\d+ sync.*` and `\\df+ sync.*` in psql).'
\qecho 'Made by `ops/reference` from the catalog; what is wrong here is corrected in the `COMMENT ON` beside the definition.'
\qecho
\qecho '| schema | |'
\qecho '| --- | --- |'
SELECT format('| `%s` | %s |', object.name, pg_temp.cell(obj_description(object.oid, 'pg_namespace'))) FROM hub_object AS object WHERE object.kind = 'schema' ORDER BY object.name COLLATE "C" DESC;

\qecho
\qecho '## For people: functions'
\qecho
\qecho 'What operators, reports and scripts call.'
SELECT format(E'\n### %s\n\n```\n%s(%s)%s\n```\n\n%s\n\nMay be called by: %s.', r.short, r.short, r.arguments, ' → ' || r.result, r.comment,
    (SELECT string_agg(format('`%s`', h.role), ', ' ORDER BY h.role) FROM hub_right AS h WHERE h.kind = r.kind AND h.name = r.name))
FROM routine AS r WHERE r.audience = 'people' ORDER BY r.name COLLATE "C";

\qecho
\qecho '## Views'
SELECT line FROM (SELECT r.name FROM relation AS r WHERE r.kind = 'view' ORDER BY split_part(r.name, '.', 1) COLLATE "C", r.name COLLATE "C") AS r, LATERAL pg_temp.chapter(r.name) WITH ORDINALITY AS line (line, place)
ORDER BY r.name COLLATE "C", line.place;

\qecho
\qecho '## Tables'
SELECT line.line FROM (SELECT r.name FROM relation AS r WHERE r.kind = 'table') AS r, LATERAL pg_temp.chapter(r.name) WITH ORDINALITY AS line (line, place)
ORDER BY r.name COLLATE "C", line.place;

\qecho
\qecho '## Types'
\qecho
\qecho '| type | values | |'
\qecho '| --- | --- | --- |'
SELECT format('| `%s` | %s | %s |', object.name,
    coalesce((SELECT string_agg(format('`%s`', e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = object.oid),
        (SELECT format('`%s`', format_type(t.typbasetype, t.typtypmod)) FROM pg_type AS t WHERE t.oid = object.oid AND t.typtype = 'd')),
    pg_temp.cell(obj_description(object.oid, 'pg_type')))
FROM hub_object AS object WHERE object.kind = 'type' ORDER BY object.name COLLATE "C";

\qecho
\qecho '## Functions of the listener'
\qecho
\qecho 'Called by `calendar-sync` in the order of a run; each call is a transaction. People have no right to them.'
\qecho
\qecho '| function | |'
\qecho '| --- | --- |'
SELECT format('| `%s(%s)`%s | %s |', r.short, pg_temp.cell(r.arguments), ' → `' || pg_temp.cell(r.result) || '`', pg_temp.cell(r.comment)) FROM routine AS r WHERE r.audience = 'listener' ORDER BY r.name COLLATE "C";

\qecho
\qecho '## Functions inside the hub'
\qecho
\qecho 'Called by the others; nobody but the owner has a right to them.'
\qecho
\qecho '| function | |'
\qecho '| --- | --- |'
SELECT format('| `%s(%s)`%s | %s |', r.short, pg_temp.cell(r.arguments), ' → `' || pg_temp.cell(r.result) || '`', pg_temp.cell(r.comment)) FROM routine AS r WHERE r.audience = 'inside' ORDER BY r.name COLLATE "C";

\qecho
\qecho '## Trigger functions'
\qecho
\qecho '| function | fires on | |'
\qecho '| --- | --- | --- |'
SELECT format('| `%s` | %s | %s |', r.short,
    (SELECT string_agg(DISTINCT format('`%s`', tr.tgrelid::regclass), ', ') FROM pg_trigger AS tr JOIN pg_class AS c ON c.oid = tr.tgrelid AND NOT c.relispartition
        WHERE tr.tgfoid = (r.short)::regproc AND NOT tr.tgisinternal),
    pg_temp.cell(r.comment))
FROM routine AS r WHERE r.audience = 'trigger' ORDER BY r.name COLLATE "C";
