-- Cost: what a lost hub finds again reaches the rules with one write, however much it is.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
INSERT INTO test.termin SELECT i, 't' || i || '@nine', later(), tomorrow(), tomorrow() + interval '1 hour' FROM generate_series(1, 200) AS i;
INSERT INTO test.event
SELECT 'e' || i, 't' || i || '@nine', later(), tomorrow(), tomorrow() + interval '1 hour', true, false, 1, '{}',
    jsonb_build_object('tag_sync_id', link_id(i), 'tag_frnr', i, 'tag_kuerzel', 'SB', 'tag_source', 'google', 'tag_anonymized', false)
FROM generate_series(1, 200) AS i;
CALL start_run();
CALL read();
SELECT is((SELECT count(*) FROM sync.calendar_sync WHERE sync_status = 'synced'), 200::bigint, 'all links are found again');
SELECT cmp_ok((SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE relid = 'engine.look'::regclass), '<=', 2::bigint,
    '… and the look is written once for all of them');

SELECT * FROM finish();
ROLLBACK;
