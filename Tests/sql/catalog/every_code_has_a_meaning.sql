-- Kinds of actions and codes of results are data: whatever a function or view says stands in its table, and operators get the remedy.
BEGIN;
\ir ../support/office.psql
SELECT no_plan();

-- What the functions and views say, without their comments.
CREATE TEMPORARY TABLE source AS
SELECT proc.oid::regprocedure::text AS name, regexp_replace(proc.prosrc, '--[^\n]*', '', 'g') AS text
FROM pg_proc AS proc
WHERE proc.pronamespace IN ('sync'::regnamespace, 'engine'::regnamespace, 'bi'::regnamespace)
UNION ALL
SELECT class.oid::regclass::text, replace(pg_get_viewdef(class.oid), '::text', '')
FROM pg_class AS class
WHERE class.relkind = 'v' AND class.relnamespace IN ('sync'::regnamespace, 'engine'::regnamespace, 'bi'::regnamespace);
CREATE TEMPORARY TABLE word AS
SELECT DISTINCT source.name, found[1] AS word
FROM source, regexp_matches(source.text, '''([a-z]+(?:_[a-z]+)+)''', 'g') AS found;

-- Words with an underscore that are neither kind nor code nor the name of anything in the hub.
CREATE TEMPORARY TABLE other_word (word text, reason text);
INSERT INTO other_word VALUES
    ('application_name', 'a setting of the server'), ('synchronous_commit', 'a setting of the server'),
    ('transaction_isolation', 'a setting of the server'),
    ('source_system_wins', 'a strategy'), ('last_change_wins', 'a strategy'),
    ('prove_advoware', 'a verdict of engine.begin_action'), ('prove_google', 'a verdict of engine.begin_action'),
    ('deleted_by_us', 'a proof in sync.seen'),
    ('time_only', 'a mode of writing');
SELECT is_empty($$SELECT w.name, w.word FROM word AS w
    WHERE NOT EXISTS (SELECT FROM sync.action_kind AS k WHERE k.kind = w.word)
        AND NOT EXISTS (SELECT FROM sync.result_code AS c WHERE c.code = w.word)
        AND NOT EXISTS (SELECT FROM other_word AS o WHERE o.word = w.word)
        AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = w.word)
        AND NOT EXISTS (SELECT FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
            WHERE a.attname = w.word AND c.relnamespace IN ('sync'::regnamespace, 'engine'::regnamespace, 'bi'::regnamespace))
        AND NOT EXISTS (SELECT FROM pg_class AS c
            WHERE c.relname = w.word AND c.relnamespace IN ('sync'::regnamespace, 'engine'::regnamespace))
        AND NOT EXISTS (SELECT FROM pg_proc AS p
            WHERE w.word = ANY (p.proargnames) AND p.pronamespace IN ('sync'::regnamespace, 'engine'::regnamespace))
        -- Keys of the JSON that a listener sends.
        AND NOT EXISTS (SELECT FROM source AS s WHERE s.name = w.name AND s.text ~ ('->>? ''' || w.word || ''''))
    ORDER BY w.word$$, 'every word with an underscore is a kind, a code, a name, or has a reason in this test');
SELECT cmp_ok((SELECT count(DISTINCT w.word) FROM word AS w JOIN sync.result_code AS c ON c.code = w.word), '>', 20::bigint, 'codes are among them');
SELECT is_empty('SELECT word FROM other_word EXCEPT SELECT word FROM word', 'no reason stands here for a word that nobody says any more');

-- What is assigned to or compared with a kind.
CREATE TEMPORARY VIEW said_kind AS
SELECT source.name, found[1] AS word
FROM source, regexp_matches(source.text, '\mkind\M\s*(?:=|<>|:=|IS DISTINCT FROM)\s*''([^'']+)''', 'g') AS found
UNION ALL
SELECT source.name, one[1]
FROM source,
    regexp_matches(source.text, '\mkind\M\s+(?:NOT\s+)?IN\s+\((''[^)]*)\)', 'g') AS found,
    regexp_matches(found[1], '''([a-z_]+)''', 'g') AS one;
SELECT cmp_ok((SELECT count(*) FROM said_kind), '>', 10::bigint, 'kinds are found in the functions');
SELECT is_empty($$SELECT s.name, s.word FROM said_kind AS s
    -- A decision, which becomes a refused action of some kind.
    WHERE s.word <> 'refuse' AND NOT EXISTS (SELECT FROM sync.action_kind AS k WHERE k.kind = s.word)$$, 'every kind has a row');

-- What is assigned to or compared with the end of an action, a link or a run, codes without an underscore among them.
CREATE TEMPORARY VIEW said_code AS
SELECT source.name, found[1] AS word
FROM source, regexp_matches(source.text,
    '\m(?:result|last_error|error_code)\M\s*(?:=|<>|:=|IS DISTINCT FROM)\s*(?:CASE\s[^;]*?THEN\s+)?(?:left\()?''([^'']+)''', 'g') AS found
-- The SQLSTATE that housekeeping failed with, and the sentence about a schedule, are no codes.
WHERE source.name NOT IN ('bi.hub_health', 'hub_health') AND source.name NOT LIKE '%housekeeping%'
UNION ALL
SELECT source.name, one[1]
FROM source,
    regexp_matches(source.text, '\m(?:result|last_error|error_code)\M\s+(?:NOT\s+)?IN\s+\(([^)]*)\)', 'g') AS found,
    regexp_matches(found[1], '''([^'']+)''', 'g') AS one
UNION ALL
SELECT source.name, found[1]
FROM source, regexp_matches(source.text,
    '\m(?:end_action|doubt_action|attempt_made|close_run|finish_run|fail_action)\((?:[^;'']|''[^'']*'')*?''([^'']+)''\)', 'g') AS found;
SELECT cmp_ok((SELECT count(DISTINCT word) FROM said_code), '>', 15::bigint, 'codes are found in the functions');
SELECT is_empty($$SELECT s.name, s.word FROM said_code AS s
    WHERE NOT EXISTS (SELECT FROM sync.result_code AS c WHERE c.code = engine.code_of(s.word))$$, 'every code has a row');

-- How a code finds its row.
SELECT is(engine.code_of(said), key, coalesce(said, 'NULL') || ' is explained by ' || coalesce(key, 'nothing')) FROM (VALUES
    ('advoware_timeout', 'advoware_timeout'), ('stored something else', 'stored something else'), (NULL, NULL),
    ('unusable: event_id_too_long', 'event_id_too_long'), ('in_doubt: advoware_timeout', 'in_doubt'),
    ('calendar_not_shared: google_forbidden', 'calendar_not_shared')) AS example (said, key);

-- What the rows say of themselves.
SELECT is_empty($$SELECT k.kind, k.counts_as FROM sync.action_kind AS k
    WHERE k.counts_as IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_attribute AS a WHERE a.attrelid = 'sync.run'::regclass AND a.attname = k.counts_as)$$, 'what counts a kind is a column of sync.run');
SELECT is_empty($$SELECT kind FROM sync.action_kind WHERE (writes_in IS NULL) <> (effect IN ('link', 'end'))$$,
    'all kinds but those that only change a link write somewhere');
SELECT is_empty($$SELECT kind FROM sync.action_kind WHERE is_repeated <> (kind ~ '^recreate_')$$, 'recreate_ says that it is done again');
SELECT is_empty($$SELECT code FROM sync.result_code WHERE needs_person AND remedy IS NULL$$, 'where a person is needed, the row says what for');
SELECT is_empty($$SELECT code FROM sync.result_code WHERE class IN ('run', 'outcome') AND (needs_person OR remedy IS NOT NULL)$$,
    'what only says how it ended needs nobody');
SELECT is_empty($$SELECT code FROM sync.result_code WHERE meaning !~ '^[A-Z].*[.]$' OR remedy ~ '[.]$'$$,
    'a meaning is a sentence; a remedy stands inside one');

-- Repeating the install.
UPDATE sync.result_code SET remedy = 'something old' WHERE code = 'hub_busy';
INSERT INTO sync.result_code (code, class, needs_person, meaning) VALUES ('of_long_ago', 'failure', false, 'Nobody says this any more.');
UPDATE sync.action_kind SET counts_as = 'failed' WHERE kind = 'tag_event';
\ir ../../../sql/tables/action_kind.sql
\ir ../../../sql/tables/result_code.sql
SELECT ok((SELECT remedy LIKE 'if it stays%' FROM sync.result_code WHERE code = 'hub_busy'), 'a row that was changed is as the install says again');
SELECT is_empty($$SELECT code FROM sync.result_code WHERE code = 'of_long_ago'$$, '… one that it does not name is gone');
SELECT is((SELECT counts_as FROM sync.action_kind WHERE kind = 'tag_event'), 'linked', '… kinds too');

-- Operators get the remedy of exactly what happened.
CALL office();
CREATE FUNCTION needs() RETURNS text LANGUAGE sql AS $$ SELECT h.needs FROM bi.health AS h WHERE h.employee_kuerzel = 'SB' $$;
CALL linked(1, 'google');
CALL linked(2, 'google');
CALL linked(3, 'google');
UPDATE sync.calendar_sync SET sync_status = 'failed', last_error = 'occurrence_cannot_repeat' WHERE advoware_frnr = 1;
SELECT is(needs(), '1 refused (occurrence_cannot_repeat): make it a single Termin again, or make a new one', 'a refusal that policy has nothing to do with is not answered with policy');
UPDATE sync.calendar_sync SET sync_status = 'failed', last_error = 'unusable: event_id_too_long' WHERE advoware_frnr = 2;
UPDATE sync.calendar_sync SET sync_status = 'failed', last_error = 'google_timeout' WHERE advoware_frnr = 3;
SELECT is(needs(), '1 refused (occurrence_cannot_repeat): make it a single Termin again, or make a new one; '
    '1 refused (unusable: event_id_too_long): copy the event in Google and delete the old one; '
    '1 failed (google_timeout): if it lasts for hours: calendar-sync check; SELECT sync.retry_failed() has them tried again by the next run',
    'each code has its own');


-- What a request could not do.
INSERT INTO sync.request (request_id, status) OVERRIDING SYSTEM VALUE VALUES (901, 'done');
INSERT INTO sync.run (run_id, request_id, employee_kuerzel, status, error_code, finished_at) OVERRIDING SYSTEM VALUE
VALUES (9011, 901, 'SB', 'failed', 'calendar_not_shared: google_forbidden', now());
INSERT INTO sync.action (run_id, phase, kind, reason, status, result, employee_kuerzel) VALUES
    (9011, 4, 'update_event', 'x', 'refused', 'occurrence_cannot_repeat', 'SB'), (9011, 4, 'update_event', 'x', 'refused', 'occurrence_cannot_repeat', 'SB'),
    (9011, 4, 'update_event', 'x', 'failed', 'google_gone', 'SB'), (9011, 3, 'delete_event', 'x', 'done', 'hub_busy', 'SB');
SELECT results_eq('SELECT r.code, r.remedy FROM sync.remedies(901) AS r', $$VALUES
    ('calendar_not_shared', 'check GOOGLE_CALENDAR_OWNER_EMAIL, and that the service account owns the calendar; appointments are carried all the same'),
    ('occurrence_cannot_repeat', 'make it a single Termin again, or make a new one')$$,
    'each code once, and only where somebody can do something');
SELECT is_empty('SELECT * FROM sync.remedies(902)', 'of a request that is not there: nothing');

SELECT * FROM finish();
ROLLBACK;
