CREATE OR REPLACE FUNCTION engine.audit_row_digest(row_values jsonb) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT sha256(convert_to(row_values::text, 'UTF8'))
$$;
-- It depends on no time zone, locale, date style or version of the server.
COMMENT ON FUNCTION engine.audit_row_digest(jsonb) IS
'SHA-256 of an audit row in its canonical form: a JSON array of its values as jsonb writes it, instants as microseconds, in UTF-8.';

CREATE OR REPLACE FUNCTION engine.microseconds(instant timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT (extract(epoch FROM instant) * 1000000)::bigint $$;
COMMENT ON FUNCTION engine.microseconds(timestamptz) IS 'Microseconds since 1970-01-01 00:00 UTC.';

CREATE OR REPLACE FUNCTION engine.audit_day_digest(day date, OUT rows bigint, OUT rows_digest text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH digests AS (
        SELECT 1 AS part, a.id::bigint, a."timestamp", engine.audit_row_digest(jsonb_build_array(
            'calendar_sync_audit', a.id, engine.microseconds(a."timestamp"),
            a.sync_id, a.action, a.employee_kuerzel, a.run_id, a.phase, a.actor, a.application, a.transaction_id,
            a.old_values, a.new_values,
            a.login, engine.microseconds(a.statement_at), engine.microseconds(a.written_at))) AS digest
        FROM sync.calendar_sync_audit AS a
        WHERE a."timestamp" >= audit_day_digest.day::timestamp AT TIME ZONE 'UTC'
            AND a."timestamp" < (audit_day_digest.day + 1)::timestamp AT TIME ZONE 'UTC'
        UNION ALL
        SELECT 2, p.id, p."timestamp", engine.audit_row_digest(jsonb_build_array(
            'policy_audit', p.id, engine.microseconds(p."timestamp"),
            p.table_name, p.row_key, p.action, p.run_id, p.phase, p.actor, p.application, p.transaction_id,
            p.old_values, p.new_values,
            p.login, engine.microseconds(p.statement_at), engine.microseconds(p.written_at)))
        FROM sync.policy_audit AS p
        WHERE p."timestamp" >= audit_day_digest.day::timestamp AT TIME ZONE 'UTC'
            AND p."timestamp" < (audit_day_digest.day + 1)::timestamp AT TIME ZONE 'UTC'
    )
    SELECT count(*), encode(sha256(coalesce(string_agg(d.digest, '' ORDER BY d.part, d.id, d."timestamp"), '')), 'hex')
    FROM digests AS d
$$;
COMMENT ON FUNCTION engine.audit_day_digest(date) IS
'How many rows both audit tables have for a day (UTC), and the SHA-256 over their digests.';

CREATE OR REPLACE FUNCTION engine.audit_seal_digest(
    day date, rows bigint, rows_digest text, previous_digest text, sealed_at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT encode(engine.audit_row_digest(jsonb_build_array(
        'audit_seal', to_char(day, 'YYYY-MM-DD'), rows, rows_digest, previous_digest,
        engine.microseconds(sealed_at))), 'hex')
$$;
COMMENT ON FUNCTION engine.audit_seal_digest(date, bigint, text, text, timestamptz) IS
'The digest of a seal: SHA-256 (hex) of its other columns, the digest of the day before among them.';
