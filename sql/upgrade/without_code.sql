-- Views, functions and composite types of an older hub go, with the triggers that call them. Those of now are made
-- afterwards; what the tables hold stays.
DO $old$
DECLARE
    gone record;
BEGIN
    FOR gone IN
        SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TYPE' END AS kind,
            format('%I.%I', c.relnamespace::regnamespace, c.relname) AS name
        FROM pg_class AS c
        WHERE c.relnamespace::regnamespace::text IN ('sync', 'engine', 'bi')
            AND c.relkind IN ('v', 'c')
    LOOP
        EXECUTE format('DROP %s IF EXISTS %s CASCADE', gone.kind, gone.name);
    END LOOP;
    FOR gone IN
        SELECT format('%I.%I(%s)', p.pronamespace::regnamespace, p.proname,
            pg_get_function_identity_arguments(p.oid)) AS name
        FROM pg_proc AS p
        WHERE p.pronamespace::regnamespace::text IN ('sync', 'engine', 'bi')
    LOOP
        EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', gone.name);
    END LOOP;
END
$old$;
