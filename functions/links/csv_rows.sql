CREATE OR REPLACE FUNCTION engine.csv_rows(content text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    needed CONSTANT text[] := ARRAY['sync_id', 'employee_kuerzel', 'advoware_frnr', 'google_event_id', 'source_system',
        'sync_strategy', 'advoware_write_allowed', 'deleted'];
    said text := rtrim(ltrim(content, U&'\FEFF'), E'\r\n') || E'\n';
    understood bigint;
    header text[];
    wrong text;
    rows jsonb;
BEGIN
    -- Fields, quoted or not, each with what ends it; the end of a line ends the row, too.
    WITH field AS (
        SELECT f.n, f.found[2] AS ended_by, length(f.found[1]) + length(f.found[2]) AS size,
            CASE WHEN starts_with(f.found[1], '"')
                THEN replace(substr(f.found[1], 2, length(f.found[1]) - 2), '""', '"')
                ELSE f.found[1] END AS word
        FROM regexp_matches(said, '("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n)', 'g') WITH ORDINALITY AS f (found, n)
    ), line AS (
        SELECT x.line, array_agg(x.word ORDER BY x.n) AS words, sum(x.size) AS size
        FROM (
            SELECT f.n, f.word, f.size, coalesce(count(*) FILTER (WHERE f.ended_by <> ',') OVER (
                ORDER BY f.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS line
            FROM field AS f
        ) AS x
        GROUP BY x.line
    ), named AS (
        SELECT ARRAY(SELECT btrim(w) FROM unnest(l.words) AS w) AS names FROM line AS l WHERE l.line = 0
    )
    SELECT max(n.names), sum(l.size),
        string_agg(format('row %s has %s fields, the header names %s', l.line, cardinality(l.words),
            cardinality(n.names)), E'\n' ORDER BY l.line) FILTER (WHERE cardinality(l.words) <> cardinality(n.names)),
        coalesce(jsonb_agg(jsonb_object(n.names, l.words) ORDER BY l.line)
            FILTER (WHERE l.line > 0 AND cardinality(l.words) = cardinality(n.names)), '[]')
    INTO header, understood, wrong, rows
    FROM line AS l
    CROSS JOIN named AS n;

    IF NOT needed <@ header THEN
        RAISE EXCEPTION 'header: it names "%"; needed, separated by commas: %', left(array_to_string(header, ','), 200),
            array_to_string(needed, ', ') USING ERRCODE = '22023';
    ELSIF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the file is no table: rows have more or fewer fields than its header'
            USING ERRCODE = '22023', DETAIL = wrong;
    ELSIF understood <> length(said) THEN
        RAISE EXCEPTION 'the file is no CSV: a quote stands inside a field, or is not closed' USING ERRCODE = '22023';
    END IF;
    RETURN rows;
END
$$;
COMMENT ON FUNCTION engine.csv_rows(text) IS
'The rows of content, a CSV text with a header, as a JSON array for sync.adopt_rows. Raises 22023: no CSV, or a column is missing.';
GRANT EXECUTE ON FUNCTION engine.csv_rows(text) TO calendar_sync_operator;
