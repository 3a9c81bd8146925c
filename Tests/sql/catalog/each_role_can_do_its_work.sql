-- Each role can do its work and nothing more.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT no_plan();
CALL office();
CALL linked(1, 'google');
CREATE FUNCTION as_role(role text, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('role', role, true);
    EXECUTE statement;
    PERFORM set_config('role', 'none', true);
END
$$;
CREATE FUNCTION may(role text, statement text) RETURNS text LANGUAGE sql AS $$
    SELECT lives_ok(format('SELECT test.as_role(%L, %L)', role, statement), format('%s may: %s', role, statement))
$$;
CREATE FUNCTION may_not(role text, statement text) RETURNS text LANGUAGE sql AS $$
    SELECT throws_ok(format('SELECT test.as_role(%L, %L)', role, statement), '42501', NULL, format('%s may not: %s', role, statement))
$$;

-- The operator: requests, schedules, sets policy, approves.

SELECT may('calendar_sync_operator', s) FROM unnest(ARRAY[
    'SELECT * FROM sync.calendar_sync', 'SELECT * FROM sync.action', 'SELECT * FROM sync.series', 'SELECT sync.next_run(''0 18 $ * *'')', 'SELECT engine.count_ticks(''0 3 * * *'', ''Europe/Berlin'', now(), now() + interval ''3 days'')',
    'INSERT INTO sync.request DEFAULT VALUES',
    'INSERT INTO sync.request (phase, employee_kuerzel, full_content, recheck, dry_run) VALUES (3, ''SB'', true, true, true)',
    'SELECT sync.request_sync(phase => 1)', 'SELECT sync.cancel_request(sync.request_sync(phase => 4))', 'SELECT * FROM sync.progress(1)', 'SELECT sync.retry_failed()', 'SELECT sync.apply_policy(''SB'')', 'SELECT * FROM sync.adopt_rows(''[]'')',
    'SELECT * FROM sync.request', 'SELECT * FROM sync.run', 'SELECT action_id, kind, reason, status, result, advoware_frnr, google_event_id, frnr_mark FROM sync.action', 'SELECT * FROM sync.listener', 'SELECT * FROM sync.effective_policy', 'SELECT * FROM sync.job', 'SELECT * FROM bi.health',
    'SELECT * FROM sync.calendar_sync_audit', 'SELECT * FROM sync.policy_audit', 'SELECT sync_id, advoware_frnr, sync_status, last_error FROM sync.calendar_sync',
    'UPDATE sync.setting SET paused = false, brake_count = 11, window_past_days = 20',
    'UPDATE sync.employee SET paused = false, advoware_writes = ''all'', sync_strategy = NULL, anonymize = false WHERE kuerzel = ''SB''',
    'UPDATE sync.calendar_sync SET advoware_write_allowed = false, sync_strategy = ''last_change_wins'' WHERE employee_kuerzel = ''SB''',
    'INSERT INTO sync.job (jobname, schedule) VALUES (''nightly'', ''15 3 * * *'')', 'UPDATE sync.job SET active = false WHERE jobname = ''nightly''', 'DELETE FROM sync.job WHERE jobname = ''nightly'''
]) AS s;
SELECT may_not('calendar_sync_operator', s) FROM unnest(ARRAY[
    'SELECT * FROM sync.seen', 'SELECT sync_token FROM sync.reading',
    'UPDATE sync.calendar_sync SET deleted = true', 'UPDATE sync.calendar_sync SET google_event_id = NULL', 'DELETE FROM sync.calendar_sync', 'INSERT INTO sync.calendar_sync (employee_kuerzel, advoware_frnr, source_system) VALUES (''SB'', 2, ''advoware'')',
    'INSERT INTO sync.request (status) VALUES (''done'')', 'UPDATE sync.request SET status = ''done''', 'UPDATE sync.run SET status = ''done''', 'UPDATE sync.action SET approved = true', 'INSERT INTO sync.approval (run_id, employee_kuerzel, kind) VALUES (1, ''SB'', ''delete_event'')',
    'INSERT INTO sync.employee (kuerzel) VALUES (''XX'')', 'UPDATE sync.employee SET active = false', 'UPDATE sync.employee SET google_calendar_id = ''x''', 'UPDATE sync.job SET next_run_at = now()', 'UPDATE sync.office SET kanzlei = ''x''', 'DELETE FROM sync.setting',
    'INSERT INTO sync.calendar_sync_audit (sync_id, action, actor, transaction_id) VALUES (gen_random_uuid(), ''UPDATE'', ''x'', 1)', 'UPDATE sync.policy_audit SET actor = ''x''', 'DELETE FROM sync.calendar_sync_audit', 'TRUNCATE sync.policy_audit',
    'SELECT engine.claim_run(''x'')', 'SELECT engine.begin_action(1, 1)', 'SELECT engine.store_employees(''{XX}'')', 'SELECT engine.accept_notification('''')', 'SELECT engine.listener_start(''x'', '''', '''', '''', 1, true)',
    'SELECT engine.store_entries(''SB'', ''google'', now(), ''[]'')', 'SELECT engine.settle_links(''{}'')', 'SELECT engine.end_request(1)', 'CREATE TABLE sync.mine ()', 'CREATE TABLE bi.mine ()'
]) AS s;

-- Row by row: a soft-deleted link is a record of what was.

CALL linked(2, 'google');
UPDATE sync.calendar_sync SET deleted = true WHERE advoware_frnr = 2;
SELECT as_role('calendar_sync_operator', 'UPDATE sync.calendar_sync SET sync_strategy = ''source_system_wins''') \g /dev/null
SELECT as_role('calendar_sync_operator', 'UPDATE sync.calendar_sync SET sync_strategy = ''last_change_wins''') \g /dev/null
SELECT is(string_agg(advoware_frnr || ' ' || sync_strategy, ', ' ORDER BY advoware_frnr), '1 last_change_wins, 2 source_system_wins', 'the operator sets the policy of living links only')
FROM sync.calendar_sync;
CREATE FUNCTION links_seen_by(role text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    seen bigint;
BEGIN
    PERFORM set_config('role', role, true);
    SELECT count(*) INTO seen FROM sync.calendar_sync;
    PERFORM set_config('role', 'none', true);
    RETURN seen;
END
$$;
SELECT is(links_seen_by(role), 2::bigint, role || ' sees the soft-deleted ones too') FROM unnest(ARRAY['calendar_sync_operator', 'calendar_sync_user', 'calendar_sync_bi']) AS role;

-- The listener: works through functions, reads what it works with.

SELECT may('calendar_sync_user', s) FROM unnest(ARRAY[
    'SELECT engine.schema_version()', 'SELECT engine.listener_start(''x'', ''1234'', ''office'', ''example.test'', engine.schema_version(), false)', 'SELECT engine.heartbeat(''x'')', 'SELECT engine.listener_stop(''x'')', 'SELECT sync.listener_alive()',
    'SELECT engine.store_employees(''{SB}'')', 'SELECT engine.accept_notification(''3'')', 'SELECT * FROM engine.claim_run(''x'')', 'SELECT engine.open_request(1, ''x'')', 'SELECT engine.use_idle_time()', 'SELECT sync.request_sync(phase => 2)', 'SELECT * FROM sync.progress(1)',
    'INSERT INTO sync.request DEFAULT VALUES', 'SELECT * FROM sync.action', 'SELECT * FROM sync.run', 'SELECT * FROM sync.request', 'SELECT * FROM sync.employee', 'SELECT * FROM sync.setting', 'SELECT * FROM bi.health'
]) AS s;
SELECT may_not('calendar_sync_user', s) FROM unnest(ARRAY[
    'UPDATE sync.calendar_sync SET advoware_write_allowed = true', 'SELECT google_fingerprint FROM sync.calendar_sync', 'INSERT INTO sync.seen (employee_kuerzel, side, entry_id, present, observed_at) VALUES (''SB'', ''google'', ''x'', true, now())',
    'UPDATE sync.setting SET paused = true', 'UPDATE sync.employee SET paused = true', 'UPDATE sync.run SET fence = 1', 'UPDATE sync.action SET status = ''done''', 'DELETE FROM sync.request', 'INSERT INTO sync.job (jobname, schedule) VALUES (''x'', ''* * * * *'')',
    'SELECT sync.approve_held(1)', 'SELECT sync.apply_policy(''SB'')', 'SELECT * FROM sync.adopt_rows(''[]'')', 'SELECT sync.retry_failed()', 'SELECT sync.settle_attempt(1, 1)', 'SELECT * FROM sync.calendar_sync_audit', 'SELECT nextval(''sync.run_run_id_seq'')',
    'SELECT engine.attempt_made(1, 1, ''x'')', 'SELECT engine.require_lease(1, 1)', 'CREATE TABLE sync.mine ()'
]) AS s;

-- Reporting: reads bi.*, audit and runs; sees no token and no fingerprint.

SELECT may('calendar_sync_bi', s) FROM unnest(ARRAY[
    'SELECT * FROM bi.health', 'SELECT * FROM sync.calendar_sync_audit', 'SELECT * FROM sync.policy_audit', 'SELECT * FROM bi.runs', 'SELECT * FROM sync.run', 'SELECT sync.next_run(''*/10 7-19 * * mon-fri'')', 'SELECT * FROM sync.request', 'SELECT * FROM sync.audit_seal', 'SELECT * FROM sync.audit_retention', 'SELECT * FROM sync.verify_audit()', 'SELECT action_id, kind, reason, status, result FROM sync.action',
    'SELECT sync_id, employee_kuerzel, advoware_frnr, google_event_id, sync_status, last_sync FROM sync.calendar_sync', 'SELECT * FROM sync.progress(1)', 'SELECT * FROM engine.decide_deleted(ROW(true, false, ''last_change_wins'', ''google'', true, false, false, NULL, NULL, false, false, false)::engine.deletion)'
]) AS s;
SELECT may_not('calendar_sync_bi', s) FROM unnest(ARRAY[
    'SELECT * FROM sync.calendar_sync', 'SELECT google_fingerprint FROM sync.calendar_sync', 'SELECT sync.seal_audit()', 'SELECT sync.drop_audit_before()', 'SELECT * FROM sync.action', 'SELECT meant_fingerprint FROM sync.action', 'SELECT * FROM sync.seen', 'SELECT fingerprint FROM sync.seen', 'SELECT etag FROM sync.seen', 'SELECT sync_token FROM sync.reading',
    'SELECT * FROM engine.link_states', 'INSERT INTO sync.request DEFAULT VALUES', 'SELECT sync.request_sync()', 'UPDATE sync.setting SET paused = true', 'SELECT sync.cancel_request(1)', 'SELECT sync.retry_failed()', 'DELETE FROM sync.calendar_sync_audit', 'CREATE TABLE bi.mine ()'
]) AS s;

-- Anybody else.

CREATE ROLE calendar_sync_nobody_in_tests;
SELECT may_not('calendar_sync_nobody_in_tests', s) FROM unnest(ARRAY[
    'SELECT * FROM sync.request', 'SELECT * FROM bi.health', 'SELECT engine.schema_version()', 'SELECT sync.request_sync()', 'INSERT INTO sync.request DEFAULT VALUES', 'CREATE TABLE sync.mine ()'
]) AS s;
SELECT is(has_database_privilege('calendar_sync_nobody_in_tests', current_database(), 'CONNECT'), false, 'whoever has none of these roles cannot connect: whoever can connect can NOTIFY');
SELECT is(has_database_privilege(role, current_database(), 'CONNECT'), true, role || ' may connect') FROM unnest(ARRAY['calendar_sync_user', 'calendar_sync_operator', 'calendar_sync_bi']) AS role;

SELECT * FROM finish();
ROLLBACK;
