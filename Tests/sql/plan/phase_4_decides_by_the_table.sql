-- rules 2, phase 4: the table, on the function that decides. W: Advoware may be written.
BEGIN;
SELECT no_plan();

CREATE TEMPORARY TABLE row_of_table (strategy text, source text, changed text, may_write boolean, wanted text, says text);
INSERT INTO row_of_table VALUES
    ('source_system_wins', 'advoware', 'A',  true,  'update_event',  'the event is written'),
    ('source_system_wins', 'advoware', 'A',  false, 'update_event',  'the event is written'),
    ('source_system_wins', 'advoware', 'G',  true,  'update_event',  'the edit of the copy is undone'),
    ('source_system_wins', 'advoware', 'G',  false, 'update_event',  'the edit of the copy is undone'),
    ('source_system_wins', 'advoware', 'AG', true,  'update_event',  'the event is written'),
    ('source_system_wins', 'advoware', 'AG', false, 'update_event',  'the event is written'),
    ('source_system_wins', 'google',   'G',  true,  'update_termin', 'the Termin is written'),
    ('source_system_wins', 'google',   'G',  false, 'refuse',        'refused'),
    ('source_system_wins', 'google',   'A',  true,  'update_termin', 'the edit of the copy is undone'),
    ('source_system_wins', 'google',   'A',  false, 'refuse',        'refused'),
    ('source_system_wins', 'google',   'AG', true,  'update_termin', 'the Termin is written'),
    ('source_system_wins', 'google',   'AG', false, 'refuse',        'refused'),
    ('last_change_wins',   'advoware', 'A',  true,  'update_event',  'the event is written'),
    ('last_change_wins',   'advoware', 'A',  false, 'update_event',  'the event is written'),
    ('last_change_wins',   'advoware', 'G',  true,  'update_termin', 'the Termin is written'),
    ('last_change_wins',   'advoware', 'G',  false, 'update_event',  'the event is written from the Termin'),
    ('last_change_wins',   'google',   'A',  true,  'update_event',  'the event is written'),
    ('last_change_wins',   'google',   'A',  false, 'update_event',  'the event is written'),
    ('last_change_wins',   'google',   'G',  true,  'update_termin', 'the Termin is written'),
    ('last_change_wins',   'google',   'G',  false, 'update_event',  'the event is written from the Termin');

SELECT is(d.kind, t.wanted, format('%s, from %s, changed in %s, %s: %s', t.strategy, t.source,
    CASE t.changed WHEN 'A' THEN 'Advoware' WHEN 'G' THEN 'Google' ELSE 'both' END, CASE WHEN t.may_write THEN 'W' ELSE 'not W' END, t.says))
FROM row_of_table AS t
CROSS JOIN engine.decide_changed(ROW(t.strategy::sync.sync_strategy_enum, t.source::sync.source_system_enum, t.may_write,
    t.changed LIKE '%A%', t.changed LIKE '%G%', '2030-01-01 10:00Z', '2030-01-01 10:00Z')::engine.change) AS d;

-- Under last_change_wins only who changed counts, as long as it was one: times are not looked at.

SELECT is(d.kind, 'update_event', 'last_change_wins, only the Termin changed: the event is written though it has the later time')
FROM engine.decide_changed(ROW('last_change_wins', 'google', true, true, false, '2030-01-01 10:00Z', '2030-01-01 11:00Z')::engine.change) AS d;
SELECT is(d.kind, 'update_termin', 'last_change_wins, only the event changed: the Termin is written though it has the later time')
FROM engine.decide_changed(ROW('last_change_wins', 'advoware', true, false, true, '2030-01-01 11:00Z', '2030-01-01 10:00Z')::engine.change) AS d;

-- Both changed: the later one wins as if alone; a missing time loses; equal: Advoware.

SELECT is(d.kind, s.wanted, format('last_change_wins, from %s, both changed, %s, %s: %s', source, s.says, CASE WHEN s.may_write THEN 'W' ELSE 'not W' END,
    CASE s.wanted WHEN 'update_event' THEN 'the event is written' ELSE 'the Termin is written' END))
FROM unnest(enum_range(NULL::sync.source_system_enum)) AS source, (VALUES
    ('2030-01-01 10:01Z'::timestamptz, '2030-01-01 10:00Z'::timestamptz, true,  'update_event',  'Advoware later'),
    ('2030-01-01 10:01Z',              '2030-01-01 10:00Z',              false, 'update_event',  'Advoware later'),
    ('2030-01-01 10:00Z',              '2030-01-01 10:01Z',              true,  'update_termin', 'Google later'),
    ('2030-01-01 10:00Z',              '2030-01-01 10:01Z',              false, 'update_event',  'Google later'),
    ('2030-01-01 10:00Z',              '2030-01-01 10:00Z',              true,  'update_event',  'at the same time'),
    (NULL,                             '2030-01-01 10:00Z',              true,  'update_termin', 'Advoware without a time'),
    (NULL,                             '2030-01-01 10:00Z',              false, 'update_event',  'Advoware without a time'),
    ('2030-01-01 10:00Z',              NULL,                             true,  'update_event',  'Google without a time'),
    (NULL,                             NULL,                             true,  'update_event',  'neither with a time')
) AS s (advoware_time, google_time, may_write, wanted, says)
CROSS JOIN engine.decide_changed(ROW('last_change_wins', source, s.may_write, true, true, s.advoware_time, s.google_time)::engine.change) AS d;

-- Nothing changed.

SELECT is(d.kind, NULL, format('nothing changed, %s, from %s: nothing happens', strategy, source))
FROM unnest(enum_range(NULL::sync.sync_strategy_enum)) AS strategy, unnest(enum_range(NULL::sync.source_system_enum)) AS source
CROSS JOIN engine.decide_changed(ROW(strategy, source, true, false, false, '2030-01-01 10:00Z', '2030-01-01 10:01Z')::engine.change) AS d;

-- Conflicts and undone edits are counted.

SELECT is(d.conflict, s.wanted, format('%s, changed in %s: %s', s.strategy, s.says, CASE WHEN s.wanted THEN 'a conflict' ELSE 'no conflict' END))
FROM (VALUES
    ('last_change_wins', true, true, true, 'both'), ('last_change_wins', true, false, false, 'Advoware'), ('last_change_wins', false, true, false, 'Google'),
    ('last_change_wins', false, false, false, 'neither'), ('source_system_wins', true, true, false, 'both')
) AS s (strategy, changed_a, changed_g, wanted, says)
CROSS JOIN engine.decide_changed(ROW(s.strategy::sync.sync_strategy_enum, 'advoware', true, s.changed_a, s.changed_g, NULL, NULL)::engine.change) AS d;
SELECT is(d.reverted, s.wanted, format('%s, from %s, changed in %s, %s: %s', s.strategy, s.source, s.says, CASE WHEN s.may_write THEN 'W' ELSE 'not W' END,
    CASE WHEN s.wanted THEN 'an edit is undone' ELSE 'no edit is undone' END))
FROM (VALUES
    ('source_system_wins', 'advoware', true, false, true, true, 'Google'), ('source_system_wins', 'advoware', true, true, false, false, 'Advoware'),
    ('source_system_wins', 'google', true, true, false, true, 'Advoware'), ('source_system_wins', 'google', true, false, true, false, 'Google'),
    ('source_system_wins', 'google', false, true, false, false, 'Advoware'), ('last_change_wins', 'advoware', true, true, true, false, 'both')
) AS s (strategy, source, may_write, changed_a, changed_g, wanted, says)
CROSS JOIN engine.decide_changed(ROW(s.strategy::sync.sync_strategy_enum, s.source::sync.source_system_enum, s.may_write, s.changed_a, s.changed_g, NULL, NULL)::engine.change) AS d;

SELECT is(d.reason, s.reason, 'the reason says: ' || s.reason)
FROM (VALUES
    ('source_system_wins', 'advoware', true,  true,  false, 'changed in Advoware'),
    ('source_system_wins', 'advoware', true,  false, true,  'the copy in Google was edited: Advoware wins'),
    ('source_system_wins', 'google',   true,  true,  false, 'the copy in Advoware was edited: Google wins'),
    ('source_system_wins', 'google',   true,  false, true,  'changed in Google'),
    ('source_system_wins', 'google',   false, false, true,  'advoware_write_forbidden'),
    ('last_change_wins',   'google',   true,  true,  false, 'changed in Advoware'),
    ('last_change_wins',   'advoware', true,  false, true,  'changed in Google'),
    ('last_change_wins',   'google',   false, false, true,  'changed in Google, but Advoware may not be written'),
    ('last_change_wins',   'google',   true,  true,  true,  'changed on both sides: Google is later')
) AS s (strategy, source, may_write, changed_a, changed_g, reason)
CROSS JOIN engine.decide_changed(ROW(s.strategy::sync.sync_strategy_enum, s.source::sync.source_system_enum, s.may_write, s.changed_a, s.changed_g, NULL, '2030-01-01 10:00Z')::engine.change) AS d;
SELECT is(d.reason, 'changed on both sides: Advoware is later', 'the reason says: changed on both sides: Advoware is later')
FROM engine.decide_changed(ROW('last_change_wins', 'google', true, true, true, '2030-01-01 10:00Z', NULL)::engine.change) AS d;

SELECT * FROM finish();
ROLLBACK;
