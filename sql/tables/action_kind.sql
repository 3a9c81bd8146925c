SELECT pg_catalog.to_regclass('sync.action_kind') IS NULL AS is_new \gset
\if :is_new
CREATE TABLE sync.action_kind (
    kind text PRIMARY KEY,
    writes_in sync.source_system_enum,
    effect text NOT NULL CHECK (effect IN ('create', 'update', 'delete', 'tag', 'link', 'end')),
    is_repeated boolean NOT NULL DEFAULT false,
    counts_as text,
    meaning text NOT NULL
);
\endif

-- The install says what the kinds are: a kind that no longer stands here goes.
WITH said (kind, writes_in, effect, is_repeated, counts_as, meaning) AS (
    VALUES
        ('create_event', 'google', 'create', false, 'events_created', 'An event is made for a Termin.'),
        ('create_termin', 'advoware', 'create', false, 'termine_created', 'A Termin is made for an event.'),
        ('recreate_event', 'google', 'create', true, 'events_created', 'A lost event is made again.'),
        ('recreate_termin', 'advoware', 'create', true, 'termine_created', 'A lost Termin is made again.'),
        ('update_event', 'google', 'update', false, 'events_updated', 'The event gets what the Termin says.'),
        ('update_termin', 'advoware', 'update', false, 'termine_updated', 'The Termin gets what the event says.'),
        ('delete_event', 'google', 'delete', false, 'events_deleted', 'The event is deleted, and the link ends.'),
        ('delete_termin', 'advoware', 'delete', false, 'termine_deleted', 'The Termin is deleted, and the link ends.'),
        ('soft_delete', NULL, 'end', false, 'soft_deleted', 'The link ends; nothing is sent.'),
        ('tag_event', 'google', 'tag', false, 'linked', 'The event gets our private properties, or is made private.'),
        ('tag_series', 'google', 'tag', false, NULL, 'A series gets our tag that it is carried by occurrence.'),
        ('link_event', NULL, 'link', false, 'linked', 'A tagged event is given back its link; nothing is sent.'),
        ('create_calendar', 'google', 'create', false, NULL, 'A new calendar is made, once a person has approved it.')
), gone AS (
    DELETE FROM sync.action_kind AS k WHERE NOT EXISTS (SELECT FROM said WHERE said.kind = k.kind)
)
INSERT INTO sync.action_kind AS k (kind, writes_in, effect, is_repeated, counts_as, meaning)
SELECT said.kind, said.writes_in::sync.source_system_enum, said.effect, said.is_repeated, said.counts_as, said.meaning
FROM said
ON CONFLICT (kind) DO UPDATE
SET writes_in = excluded.writes_in,
    effect = excluded.effect,
    is_repeated = excluded.is_repeated,
    counts_as = excluded.counts_as,
    meaning = excluded.meaning
WHERE (k.writes_in, k.effect, k.is_repeated, k.counts_as, k.meaning)
    IS DISTINCT FROM
    (excluded.writes_in, excluded.effect, excluded.is_repeated, excluded.counts_as, excluded.meaning);

COMMENT ON TABLE sync.action_kind IS 'What an action can be: where it writes, what it does there, how a run counts it. Filled by the install.';
COMMENT ON COLUMN sync.action_kind.kind IS 'As in sync.action.kind.';
COMMENT ON COLUMN sync.action_kind.writes_in IS 'The system that it writes in; NULL: nothing is written outside the hub.';
COMMENT ON COLUMN sync.action_kind.effect IS
'create, update or delete an appointment; tag an event as ours; link an event again; end a link.';
COMMENT ON COLUMN sync.action_kind.is_repeated IS 'Whether it makes again what was there before and is lost.';
COMMENT ON COLUMN sync.action_kind.counts_as IS 'The column of sync.run that counts it when it is done; NULL: none does.';
COMMENT ON COLUMN sync.action_kind.meaning IS 'What it does, in a sentence.';
