-- Prints the handbook's list of kinds and codes as Markdown, from the tables of the database we are connected to. See ops/reference.
\set ON_ERROR_STOP on
\set QUIET on
\pset format unaligned
\pset tuples_only on
\pset footer off
SET search_path = pg_catalog;
SET client_min_messages = warning;

-- What is said of several codes is said once.
CREATE TEMPORARY VIEW chapter AS
SELECT
    c.class,
    string_agg('`' || c.code || '`', ', ' ORDER BY c.code COLLATE "C") AS codes,
    c.meaning,
    coalesce(c.remedy, '') AS remedy
FROM sync.result_code AS c
GROUP BY c.class, c.needs_person, c.meaning, c.remedy;
CREATE FUNCTION pg_temp.rows_of(class text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT format('| %s | %s | %s |', c.codes, replace(c.meaning, '|', '\|'), replace(c.remedy, '|', '\|'))
    FROM pg_temp.chapter AS c
    WHERE c.class = rows_of.class
    ORDER BY c.codes COLLATE "C"
$$;

\qecho '# Codes'
\qecho
\qecho 'What stands in `sync.calendar_sync.last_error`, `sync.action.result` and `sync.run.error_code`. Codes name what happened, never what an appointment says.'
\qecho 'Made by `ops/reference` from `sync.result_code` and `sync.action_kind`; what is wrong here is corrected in `sql/tables`.'
\qecho
\qecho '`unusable: …` stands before the code that says why an entry cannot be carried; what follows any other colon says more: `calendar_not_shared: google_forbidden`.'
\qecho 'In psql: `SELECT * FROM sync.result_code WHERE code = engine.code_of(''in_doubt: advoware_timeout'');`'
\qecho
\qecho '## Refused'
\qecho
\qecho 'Policy forbids it, or the other side cannot take it. Looked at again when the policy or either side changes.'
\qecho
\qecho '| code | what happened | what to do |'
\qecho '| --- | --- | --- |'
SELECT pg_temp.rows_of('refusal');
\qecho
\qecho '## Failed'
\qecho
\qecho 'Tried again by itself, after growing pauses. Where nothing stands under "what to do", that is all.'
\qecho
\qecho '| code | what happened | what to do |'
\qecho '| --- | --- | --- |'
SELECT pg_temp.rows_of('failure');
\qecho
\qecho '## Held'
\qecho
\qecho '| code | what happened | what to do |'
\qecho '| --- | --- | --- |'
SELECT pg_temp.rows_of('held');
\qecho
\qecho '## In doubt'
\qecho
\qecho '| code | what happened | what to do |'
\qecho '| --- | --- | --- |'
SELECT pg_temp.rows_of('doubt');
\qecho
\qecho '## Runs with nothing to do'
\qecho
\qecho 'Such a run has not failed.'
\qecho
\qecho '| code | what happened | |'
\qecho '| --- | --- | --- |'
SELECT pg_temp.rows_of('run');
\qecho
\qecho '## How an action ended otherwise'
\qecho
\qecho '| code | what happened | |'
\qecho '| --- | --- | --- |'
SELECT pg_temp.rows_of('outcome');
\qecho
\qecho '## Kinds of actions'
\qecho
\qecho '| kind | what it does | writes in | counted in `sync.run` as |'
\qecho '| --- | --- | --- | --- |'
SELECT format('| `%s` | %s | %s | %s |', k.kind, k.meaning, coalesce(k.writes_in::text, ''), coalesce('`' || k.counts_as || '`', ''))
FROM sync.action_kind AS k
ORDER BY k.effect, k.kind COLLATE "C";
