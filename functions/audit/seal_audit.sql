CREATE OR REPLACE FUNCTION engine.audit_row_digest(row_values jsonb) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT sha256(convert_to(row_values::text, 'UTF8'))
$$;
COMMENT ON FUNCTION engine.audit_row_digest(jsonb) IS 'SHA-256 of an audit row in its canonical form: a JSON array of its values as jsonb writes it, instants as whole microseconds since 1970 (UTC), in UTF-8. It depends on no time zone, locale, date style or version of the server.';

CREATE OR REPLACE FUNCTION engine.microseconds(instant timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT
AS $$ SELECT (extract(epoch FROM instant) * 1000000)::bigint $$;
COMMENT ON FUNCTION engine.microseconds(timestamptz) IS 'Microseconds since 1970-01-01 00:00 UTC.';

CREATE OR REPLACE FUNCTION engine.audit_day_digest(day date, OUT rows bigint, OUT rows_digest text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT count(*), encode(sha256(coalesce(string_agg(d.digest, '' ORDER BY d.part, d.id, d."timestamp"), '')), 'hex')
    FROM (
        SELECT 1 AS part, a.id::bigint, a."timestamp", engine.audit_row_digest(jsonb_build_array('calendar_sync_audit', a.id, engine.microseconds(a."timestamp"),
            a.sync_id, a.action, a.employee_kuerzel, a.run_id, a.phase, a.actor, a.application, a.transaction_id, a.old_values, a.new_values,
            a.login, engine.microseconds(a.statement_at), engine.microseconds(a.written_at))) AS digest
        FROM sync.calendar_sync_audit AS a
        WHERE a."timestamp" >= audit_day_digest.day::timestamp AT TIME ZONE 'UTC' AND a."timestamp" < (audit_day_digest.day + 1)::timestamp AT TIME ZONE 'UTC'
        UNION ALL
        SELECT 2, p.id, p."timestamp", engine.audit_row_digest(jsonb_build_array('policy_audit', p.id, engine.microseconds(p."timestamp"),
            p.table_name, p.row_key, p.action, p.run_id, p.phase, p.actor, p.application, p.transaction_id, p.old_values, p.new_values,
            p.login, engine.microseconds(p.statement_at), engine.microseconds(p.written_at)))
        FROM sync.policy_audit AS p
        WHERE p."timestamp" >= audit_day_digest.day::timestamp AT TIME ZONE 'UTC' AND p."timestamp" < (audit_day_digest.day + 1)::timestamp AT TIME ZONE 'UTC'
    ) AS d
$$;
COMMENT ON FUNCTION engine.audit_day_digest(date) IS 'How many rows both audit tables have for a day (UTC), and the SHA-256 over their digests.';

CREATE OR REPLACE FUNCTION engine.audit_seal_digest(day date, rows bigint, rows_digest text, previous_digest text, sealed_at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT encode(engine.audit_row_digest(jsonb_build_array('audit_seal', to_char(day, 'YYYY-MM-DD'), rows, rows_digest, previous_digest, engine.microseconds(sealed_at))), 'hex')
$$;
COMMENT ON FUNCTION engine.audit_seal_digest(date, bigint, text, text, timestamptz) IS 'The digest of a seal: SHA-256 (hex) of its other columns, the digest of the day before among them.';

CREATE OR REPLACE FUNCTION sync.seal_audit(at_most integer DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    last_seal sync.audit_seal;
    next_day date;
    closed date := ((clock_timestamp() - interval '10 minutes') AT TIME ZONE 'UTC')::date - 1;
    content record;
    sealed timestamptz;
    made integer := 0;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'transaction_isolation: % would seal what was there when the transaction began; allowed is read committed', current_setting('transaction_isolation') USING ERRCODE = '25001';
    END IF;
    -- One at a time; who comes second finds it done. Readers are not disturbed.
    LOCK TABLE sync.audit_seal IN SHARE ROW EXCLUSIVE MODE;
    SELECT s.* INTO last_seal FROM sync.audit_seal AS s ORDER BY s.day DESC LIMIT 1;
    next_day := coalesce(last_seal.day + 1, (SELECT (least(min(a."timestamp"), (SELECT min(p."timestamp") FROM sync.policy_audit AS p)) AT TIME ZONE 'UTC')::date FROM sync.calendar_sync_audit AS a));
    WHILE next_day <= closed AND made < coalesce(at_most, 2147483647) LOOP
        -- Not while a transaction that wrote into it is open: the next call seals it.
        PERFORM 1 FROM engine.audit_gate AS g WHERE g.gate = engine.gate_of(next_day) FOR UPDATE SKIP LOCKED;
        EXIT WHEN NOT FOUND;
        UPDATE engine.audit_gate AS g SET sealed = next_day WHERE g.gate = engine.gate_of(next_day);
        SELECT d.* INTO content FROM engine.audit_day_digest(next_day) AS d;
        sealed := clock_timestamp();
        INSERT INTO sync.audit_seal (day, rows, rows_digest, previous_digest, sealed_at, digest)
        VALUES (next_day, content.rows, content.rows_digest, last_seal.digest, sealed,
            engine.audit_seal_digest(next_day, content.rows, content.rows_digest, last_seal.digest, sealed))
        RETURNING * INTO last_seal;
        made := made + 1;
        next_day := next_day + 1;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION sync.seal_audit(integer) IS 'Seals every closed day (UTC) of the audit that has no seal yet, oldest first, at_most so many (NULL: all); a day is closed ten minutes after its end, and waits while a transaction that wrote into it is open. Calling it again changes nothing. Returns how many days it sealed. Raises 25001 in a transaction that is not read committed.';
GRANT EXECUTE ON FUNCTION sync.seal_audit(integer) TO calendar_sync_operator;

CREATE OR REPLACE FUNCTION sync.verify_audit(since date DEFAULT NULL) RETURNS TABLE (day date, problem text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    seal sync.audit_seal;
    before sync.audit_seal;
    content record;
    stray date;
    closed date := ((clock_timestamp() - interval '3 days') AT TIME ZONE 'UTC')::date;
BEGIN
    SELECT min(x.day) INTO stray FROM (
        SELECT (min(a."timestamp") AT TIME ZONE 'UTC')::date AS day FROM sync.calendar_sync_audit AS a
        UNION ALL SELECT (min(p."timestamp") AT TIME ZONE 'UTC')::date FROM sync.policy_audit AS p) AS x;
    IF stray < (SELECT min(s.day) FROM sync.audit_seal AS s) THEN
        RETURN QUERY SELECT stray, 'rows from before the first seal: rows were added, or the first seals removed';
        RETURN;
    END IF;
    FOR seal IN SELECT s.* FROM sync.audit_seal AS s ORDER BY s.day LOOP
        day := seal.day;
        problem := CASE
            WHEN before.day IS NULL AND seal.previous_digest IS NOT NULL THEN 'the first seals are missing: this one continues an earlier one'
            WHEN seal.digest <> engine.audit_seal_digest(seal.day, seal.rows, seal.rows_digest, seal.previous_digest, seal.sealed_at) THEN 'the seal was changed' END;
        IF problem IS NULL AND seal.day <> before.day + 1 THEN
            day := before.day + 1;
            problem := 'the seal is missing';
        ELSIF problem IS NULL AND seal.previous_digest IS DISTINCT FROM before.digest THEN
            problem := 'the chain is broken: previous_digest is not the digest of the day before';
        END IF;
        IF problem IS NULL AND (since IS NULL OR seal.day >= since) THEN
            problem := engine.audit_partition_problem(seal);
            IF problem IS NULL AND coalesce(to_regclass(format('sync.calendar_sync_audit_%s', to_char(seal.day, 'YYYY_MM'))),
                to_regclass(format('sync.policy_audit_%s', to_char(seal.day, 'YYYY_MM')))) IS NOT NULL THEN
                SELECT d.* INTO content FROM engine.audit_day_digest(seal.day) AS d;
                problem := CASE
                    WHEN content.rows < seal.rows THEN format('rows were removed: %s sealed, %s there', seal.rows, content.rows)
                    WHEN content.rows > seal.rows THEN format('rows were added: %s sealed, %s there', seal.rows, content.rows)
                    WHEN content.rows_digest <> seal.rows_digest
                        OR EXISTS (SELECT 1 FROM sync.calendar_sync_audit AS a CROSS JOIN engine.audit_derived(a.action, a."timestamp", a.new_values) AS d
                            WHERE a."timestamp" >= seal.day::timestamp AT TIME ZONE 'UTC' AND a."timestamp" < (seal.day + 1)::timestamp AT TIME ZONE 'UTC'
                                AND (a.day, a.change) IS DISTINCT FROM (d.day, d.change)) THEN 'rows were changed' END;
            END IF;
        END IF;
        IF problem IS NOT NULL THEN
            RETURN NEXT;
            RETURN;
        END IF;
        before := seal;
    END LOOP;
    SELECT (min(x.at) AT TIME ZONE 'UTC')::date INTO day FROM (
        SELECT min(a."timestamp") AS at FROM sync.calendar_sync_audit AS a
        WHERE a."timestamp" >= coalesce(before.day + 1, '-infinity')::timestamp AT TIME ZONE 'UTC' AND a."timestamp" < closed::timestamp AT TIME ZONE 'UTC'
        UNION ALL SELECT min(p."timestamp") FROM sync.policy_audit AS p
        WHERE p."timestamp" >= coalesce(before.day + 1, '-infinity')::timestamp AT TIME ZONE 'UTC' AND p."timestamp" < closed::timestamp AT TIME ZONE 'UTC') AS x;
    IF day IS NOT NULL THEN
        problem := 'not sealed, although it ended more than three days ago: sync.housekeeping tells whether sealing was stopped or fails';
        RETURN NEXT;
    END IF;
END
$$;
COMMENT ON FUNCTION sync.verify_audit(date) IS 'Adds up the audit against its seals and names the first day (UTC) that does not: rows changed, removed or added, a seal changed or missing, the chain broken, a partition gone without a record of retention, or rows that nobody has sealed for more than three days. No row: all is well. since: recompute the rows of days from then on only; the chain of seals is always checked whole.';
GRANT EXECUTE ON FUNCTION sync.verify_audit(date) TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;

GRANT SELECT ON sync.audit_seal, sync.audit_retention TO calendar_sync_operator, calendar_sync_bi;
