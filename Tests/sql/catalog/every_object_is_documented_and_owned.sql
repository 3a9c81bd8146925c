-- What has to hold for every object of the hub, whoever adds it.
BEGIN;
SELECT plan(20);

-- Partitions are made as months begin; they say what their parent says.
CREATE TEMPORARY VIEW our_relation AS
SELECT class.*, namespace.nspname || '.' || class.relname AS name
FROM pg_class AS class
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE namespace.nspname IN ('sync', 'engine', 'bi') AND class.relkind IN ('r', 'p', 'v', 'm', 'S');

CREATE TEMPORARY VIEW our_function AS
SELECT proc.*, proc.oid::regprocedure::text AS name
FROM pg_proc AS proc
JOIN pg_namespace AS namespace ON namespace.oid = proc.pronamespace
WHERE namespace.nspname IN ('sync', 'engine', 'bi');

-- Enums, domains and composite types of their own; not the row and array types that come with tables.
CREATE TEMPORARY VIEW our_type AS
SELECT type.*, type.oid::regtype::text AS name
FROM pg_type AS type
JOIN pg_namespace AS namespace ON namespace.oid = type.typnamespace
LEFT JOIN pg_class AS row_of ON row_of.oid = type.typrelid
WHERE namespace.nspname IN ('sync', 'engine', 'bi') AND type.typelem = 0 AND (type.typrelid = 0 OR row_of.relkind = 'c');

SELECT ok((SELECT count(*) FROM our_relation) > 10 AND (SELECT count(*) FROM our_function) > 10 AND (SELECT count(*) FROM our_type) > 2,
    'the lint sees the hub''s objects');

-- Comments

SELECT is_empty(
    $$SELECT name FROM our_relation WHERE relkind <> 'S' AND NOT relispartition AND obj_description(oid, 'pg_class') IS NULL$$,
    'every table and view has a comment');
SELECT is_empty(
    $$SELECT name || '.' || attname FROM our_relation JOIN pg_attribute ON attrelid = our_relation.oid
      WHERE relkind IN ('r', 'p') AND NOT relispartition AND attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL$$,
    'every column of a table has a comment');
SELECT is_empty(
    $$SELECT name || '.' || attname FROM our_relation JOIN pg_attribute ON attrelid = our_relation.oid
      WHERE relkind IN ('v', 'm') AND attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL$$,
    'every column of a view has a comment');
SELECT is_empty($$SELECT name FROM our_function WHERE obj_description(oid, 'pg_proc') IS NULL$$, 'every function has a comment');
SELECT is_empty($$SELECT name FROM our_type WHERE obj_description(oid, 'pg_type') IS NULL$$, 'every type has a comment');
SELECT is_empty(
    $$SELECT nspname FROM pg_namespace WHERE nspname IN ('sync', 'engine', 'bi') AND obj_description(oid, 'pg_namespace') IS NULL$$,
    'both schemas have a comment');
-- A sentence may begin with the name or value it explains.
SELECT is_empty(
    $$SELECT name, text FROM (
          SELECT name, obj_description(oid, 'pg_class') FROM our_relation WHERE relkind <> 'S' AND NOT relispartition
          UNION ALL SELECT name, obj_description(oid, 'pg_proc') FROM our_function
          UNION ALL SELECT name, obj_description(oid, 'pg_type') FROM our_type
          UNION ALL SELECT nspname, obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname IN ('sync', 'engine', 'bi')
          UNION ALL SELECT name || ' ' || polname, obj_description(pg_policy.oid, 'pg_policy') FROM our_relation JOIN pg_policy ON polrelid = our_relation.oid
      ) AS said (name, text)
      WHERE text !~ '^([A-ZÄÖÜ0-9]|[a-z]+(_[a-z]+)+ |[a-z]+:)' OR text !~ '[.]$' OR text !~ ' .* '$$,
    'what is said of tables, views, functions, types and rules are sentences: from a capital letter or a name to a full stop');
SELECT is_empty(
    $$SELECT name || '.' || attname, col_description(attrelid, attnum) FROM our_relation JOIN pg_attribute ON attrelid = our_relation.oid
      WHERE relkind <> 'S' AND NOT relispartition AND attnum > 0 AND col_description(attrelid, attnum) !~ '^\S.*[.…]$'$$,
    'what is said of columns ends with a full stop');
SELECT is_empty(
    $$SELECT our_function.name, argument.name FROM our_function, unnest(proargnames, coalesce(proargmodes, array_fill('i'::"char", ARRAY[coalesce(cardinality(proargnames), 0)]))) AS argument (name, mode)
      WHERE argument.mode IN ('i', 'v') AND has_function_privilege('calendar_sync_operator', our_function.oid, 'EXECUTE')
        -- Whoever knows the tables knows these.
        AND argument.name NOT IN ('employee', 'phase', 'request_id', 'run_id', 'action_id', 'link', 'frnr', 'strategy', 'source')
        AND obj_description(our_function.oid, 'pg_proc') !~ ('\m' || replace(argument.name, '_', '[_ ]') || '\M')$$,
    'functions that people call explain their arguments');

-- Functions

SELECT is_empty(
    $$SELECT name FROM our_function WHERE prosecdef
      AND NOT EXISTS (SELECT FROM unnest(proconfig) AS setting WHERE setting LIKE 'search\_path=%')$$,
    'every SECURITY DEFINER function has a fixed search_path');
SELECT is_empty(
    $$SELECT name, setting FROM our_function, unnest(proconfig) AS setting
      WHERE prosecdef AND setting ~ '^search_path=.*(public|\$user)'$$,
    'no SECURITY DEFINER function looks for names where others may create them');

-- Owners

SELECT is_empty(
    $$SELECT name FROM our_relation WHERE relowner <> 'calendar_sync_owner'::regrole
      UNION ALL SELECT name FROM our_function WHERE proowner <> 'calendar_sync_owner'::regrole
      UNION ALL SELECT name FROM our_type WHERE typowner <> 'calendar_sync_owner'::regrole
      UNION ALL SELECT nspname FROM pg_namespace WHERE nspname IN ('sync', 'engine', 'bi') AND nspowner <> 'calendar_sync_owner'::regrole$$,
    'calendar_sync_owner owns everything');
SELECT is_empty(
    $$SELECT rolname FROM pg_roles WHERE rolname LIKE 'calendar\_sync\_%'
      AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)$$,
    'no role of ours can do what only an administrator should');
SELECT is_empty(
    $$SELECT rolname FROM pg_roles WHERE rolname IN ('calendar_sync_owner', 'calendar_sync_operator', 'calendar_sync_bi') AND rolcanlogin$$,
    'owner, operator and bi cannot log in by themselves');

-- PUBLIC

SELECT is_empty(
    $$SELECT name, privilege_type FROM our_relation, aclexplode(relacl) WHERE grantee = 0
      UNION ALL
      SELECT name || '.' || attname, privilege_type
      FROM our_relation JOIN pg_attribute ON attrelid = our_relation.oid, aclexplode(attacl) WHERE grantee = 0$$,
    'PUBLIC has no right on a table, view, sequence or column');
SELECT is_empty(
    $$SELECT name FROM our_function, aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0$$,
    'PUBLIC may call no function');
SELECT is_empty(
    $$SELECT name FROM our_type, aclexplode(coalesce(typacl, acldefault('T', typowner))) WHERE grantee = 0$$,
    'PUBLIC may use no type');
SELECT is_empty(
    $$SELECT nspname, privilege_type FROM pg_namespace, aclexplode(nspacl) WHERE nspname IN ('sync', 'engine', 'bi') AND grantee = 0$$,
    'PUBLIC has no right on a schema');
SELECT is_empty(
    $$SELECT datname, privilege_type FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
      WHERE datname = current_database() AND grantee = 0$$,
    'PUBLIC may not connect');

SELECT * FROM finish();
ROLLBACK;
