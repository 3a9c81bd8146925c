-- A NOTIFY may carry anything: four thousand damaged payloads, the same ones every time, each become a request or a rejected one.
BEGIN;
\ir ../support/office.psql
\ir ../support/listener.psql
SELECT plan(7);
CALL office('SB', 'ÄÖ');
DELETE FROM sync.request;

CREATE FUNCTION mutated(payload text) RETURNS text LANGUAGE plpgsql AS $mutated$
DECLARE
    place integer;
    pieces text[] := ARRAY['{', '}', '[', ']', '"', ':', ',', '\', '\u0000', '\ud800', 'null', 'true', '1', '4', '5', '-', '.', 'e9', ' ', E'\n', E'\x01', 'ä', '🎻',
        '''', ';', '%', '$$', 'phase', 'employee', 'SB', '{"a":', '99999999999999999999', E'\u0301', E'\u202e', 'queue'];
BEGIN
    FOR step IN 1..1 + floor(random() * 3)::integer LOOP
        place := 1 + floor(random() * greatest(length(payload), 1))::integer;
        payload := CASE floor(random() * 6)::integer
            WHEN 0 THEN left(payload, place - 1)
            WHEN 1 THEN overlay(payload PLACING '' FROM place FOR 1 + floor(random() * 3)::integer)
            WHEN 2 THEN overlay(payload PLACING pieces[1 + floor(random() * array_length(pieces, 1))::integer] FROM place FOR 1)
            WHEN 3 THEN overlay(payload PLACING left(payload, 30) FROM place FOR 0)
            -- NOTIFY takes 7999 bytes.
            WHEN 4 THEN left(payload || repeat(pieces[1 + floor(random() * array_length(pieces, 1))::integer], floor(random() * 60)::integer), 1500)
            ELSE overlay(payload PLACING pieces[1 + floor(random() * array_length(pieces, 1))::integer] FROM place FOR 0)
        END;
    END LOOP;
    RETURN payload;
END
$mutated$;

-- Each that is rejected has a row of its own here; usually they share one a minute.
CREATE FUNCTION accepted(payload text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    UPDATE engine.notification_rate SET last_rejected = NULL;
    RETURN engine.accept_notification(payload);
END
$$;
SELECT setseed(0.25);
CREATE TEMPORARY TABLE answer AS
WITH payloads AS MATERIALIZED (
    SELECT n, mutated((ARRAY['', '1', '2', '4', 'queue', '{}', '{"phase": 2, "employee": "SB"}', '{"employee": "ÄÖ", "full_content": true}',
        '{"dry_run": true, "phase": null, "kuerzel": null, "full_content": false, "recheck": false}', '[{"phase": 1}]'])[1 + n % 10]) AS payload
    FROM generate_series(1, 4000) AS n
)
SELECT p.n, p.payload, accepted(p.payload) AS request_id FROM payloads AS p;

SELECT is((SELECT count(*) FROM answer), 4000::bigint, 'no payload raises an error');
SELECT is((SELECT count(*) FROM answer WHERE request_id IS NULL AND payload <> 'queue'), 0::bigint, 'only the product''s own makes no request');
SELECT is((SELECT count(*) FROM answer AS a LEFT JOIN sync.request AS q USING (request_id) WHERE a.request_id IS NOT NULL AND q.request_id IS NULL), 0::bigint, 'what is returned is a request');
SELECT is((SELECT array_agg(DISTINCT q.status::text ORDER BY q.status::text) FROM sync.request AS q), ARRAY['rejected', 'waiting'], 'each waits or is rejected');
SELECT is((SELECT count(*) FROM sync.request AS q WHERE q.status = 'rejected' AND (q.message IS NULL OR q.message !~ '^(payload|employee|employee_kuerzel|phase): ' OR length(q.message) > 500)), 0::bigint,
    'each that is rejected says which field, and briefly');
SELECT is((SELECT count(*) FROM sync.request AS q WHERE q.phase NOT BETWEEN 1 AND 4 OR q.employee_kuerzel NOT IN ('SB', 'ÄÖ')), 0::bigint, 'none asks for what does not exist');
SELECT ok((SELECT count(*) FILTER (WHERE q.status = 'rejected') BETWEEN 1000 AND 3900 FROM sync.request AS q), 'some mutations hurt and some do not');
SELECT * FROM finish();
ROLLBACK;
