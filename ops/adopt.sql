-- Takes over the links of the program that ran before: the rows of its table calendar_sync, which has the seed's columns.
--
--   psql -d DB -v file=rows.csv -v dry_run=on -f ops/adopt.sql      shows what would be adopted, and changes nothing
--   psql -d DB -v file=rows.csv -f ops/adopt.sql                    adopts, all rows or none
--   psql -d DB -v table=old.calendar_sync -f ops/adopt.sql          from a table in the same database
--
-- The file is CSV (UTF-8) with a header that names the columns, in any order; what psql writes with
--   \copy calendar_sync TO rows.csv WITH (FORMAT csv, HEADER)
-- Run it as the database's owner, a superuser, or a member of calendar_sync_operator, after a listener has been started once (it
-- reads the employees from Advoware) and before the first sync. Rows are counted from 1 (of a table in the order of sync_id), every
-- wrong one is named. The next run settles the links. A second time there is nothing left to adopt.
\set ON_ERROR_STOP on
\set QUIET on
\set SHOW_CONTEXT never
\pset footer off
SET client_min_messages = notice;
\if :{?dry_run}
\else
    \set dry_run off
\endif
\if :{?file}
    \if :{?table}
        DO $$ BEGIN RAISE EXCEPTION 'both file and table are set; expected one of them'; END $$;
    \endif
    \set content `cat :'file'`
    SELECT :'content' = '' AS is_empty \gset
    \if :is_empty
        DO $$ BEGIN RAISE EXCEPTION 'file: it cannot be read, or is empty; expected CSV with a header'; END $$;
    \endif
    \set rows 'engine.csv_rows(:\'content\')'
\elif :{?table}
    \set rows '(SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(r) ORDER BY r.sync_id) FROM ' :table ' AS r)'
\else
    DO $$ BEGIN RAISE EXCEPTION 'neither file nor table is set; expected -v file=rows.csv or -v table=schema.name'; END $$;
\endif

-- One statement, and so one transaction.
\if :dry_run
    SELECT * FROM sync.adopt_rows(:rows, dry_run => true);
    \echo Nothing was adopted: this was a dry run.
\else
    SELECT a.employee_kuerzel, a.becomes, pg_catalog.count(*) AS rows FROM sync.adopt_rows(:rows) AS a
    GROUP BY 1, 2 ORDER BY 1, 2;
    \echo CALL sync.run_now(dry_run => true) shows what the next run would do.
\endif
