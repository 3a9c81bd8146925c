-- A listener needs the audit's partitions of this month. Those of the coming ones are made ahead of time, and health tells when they cannot be.
BEGIN;
\ir ../support/office.psql
SELECT no_plan();
CALL office();
CREATE FUNCTION first_of(months_ahead integer) RETURNS date LANGUAGE sql AS $$ SELECT (date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') + make_interval(months => months_ahead))::date $$;
CREATE PROCEDURE drop_month(months_ahead integer) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS sync.calendar_sync_audit_%1$s, sync.policy_audit_%1$s', to_char(first_of(months_ahead), 'YYYY_MM'));
END
$$;
CREATE PROCEDURE start() LANGUAGE sql AS $$ SELECT engine.listener_start('listener', '1234', 'office', 'example.test', engine.schema_version(), false) $$;
CREATE FUNCTION months_missing() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(substring(h.needs FROM '[0-9]{4}-[0-9]{2}'), ' ' ORDER BY h.needs), 'none') FROM bi.hub_health AS h WHERE h.needs ~ '^the audit has no partitions'
$$;
SELECT is(months_missing(), 'none', 'all months are there');

CALL drop_month(3);
CALL start();
SELECT is(months_missing(), 'none', 'a listener that starts makes what is missing');

-- Something keeps it from making the one in three months.
CALL drop_month(3);
CREATE FUNCTION engine.ensure_audit_month_before() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'no room' USING ERRCODE = '53100';
END
$$;
CREATE EVENT TRIGGER no_room ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION engine.ensure_audit_month_before();
SELECT lives_ok('CALL test.start()', 'whatever keeps a listener from making the one in three months, it starts');
SELECT is(months_missing(), to_char(first_of(3), 'YYYY-MM'), '… and health tells');
SELECT is((SELECT last_error FROM sync.housekeeping), '53100', '… with the reason');
SELECT matches((SELECT string_agg(h.needs, ' ') FROM bi.hub_health AS h), 'housekeeping failed \(53100\)', '… as it tells of housekeeping');
CALL drop_month(0);
SELECT throws_ok('CALL test.start()', '53100', NULL, 'without this month it cannot start');
ALTER EVENT TRIGGER no_room DISABLE;
CALL start();
SELECT is(months_missing(), 'none', 'nothing in the way: all are made');

SELECT * FROM finish();
ROLLBACK;
