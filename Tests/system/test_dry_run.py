"""A dry run says what would happen, and nothing happens."""

from agree import assert_agree
from appointments import event, termin

WORK = {"request", "run", "action", "listener", "request_request_id_seq", "run_run_id_seq", "action_action_id_seq"}


def contents(hub) -> dict[str, list]:
    """Every row of every table but those that describe work."""
    tables = [name for (name,) in hub.rows("SELECT relname FROM pg_class WHERE relnamespace = 'sync'::regnamespace AND relkind = 'r'")
              if name not in WORK]
    assert {"calendar_sync", "seen", "reading", "employee"} <= set(tables)
    return {name: hub.rows(f"SELECT row::text FROM sync.{name} AS row ORDER BY 1") for name in tables}


def plan(hub) -> list[tuple]:
    return hub.rows("""SELECT kind, advoware_frnr, google_event_id FROM sync.action
        WHERE run_id IN (SELECT run_id FROM sync.run WHERE request_id = (SELECT max(request_id) FROM sync.request)) ORDER BY 1, 2, 3""")


def test_of_a_new_office_it_plans_every_event_and_creates_none(office, hub):
    output = hub.sync("--dry-run")
    assert office.writes() == []
    assert output.strip()
    assert hub.value("SELECT count(*) FROM sync.calendar_sync") == 0
    assert hub.value("SELECT count(*) FROM sync.reading") == 0
    assert hub.value("SELECT count(*) FROM sync.action WHERE kind = 'create_event' AND status = 'planned' AND reason <> ''") > 0
    hub.sync()
    assert_agree(office)


def test_it_touches_no_link_no_reading_and_neither_system(office, hub):
    kuerzel = office.employees()[0]
    edited, deleted = (office.add_termin(**termin(kuerzel, text)) for text in ("Wird geändert", "Wird gelöscht"))
    hub.sync()
    office.add_event(kuerzel, **event("Neu in Google"))
    office.advance()
    office.edit_termin(edited, text="Ist geändert")
    office.delete_termin(deleted)
    office.forget_requests()
    before = contents(hub)
    hub.sync("--dry-run")
    assert contents(hub) == before
    assert office.writes() == []
    kinds = hub.rows("""SELECT kind, unproven FROM sync.action WHERE status = 'planned' ORDER BY kind""")
    assert [kind for kind, _ in kinds] == ["create_termin", "delete_event", "update_event"]
    # A deletion is proven by asking for that one entry, and nobody was asked.
    assert dict(kinds)["delete_event"] is True


def test_the_plan_is_what_the_next_run_then_does(office, hub):
    kuerzel = office.employees()[0]
    frnr = office.add_termin(**termin(kuerzel, "Bald anders"))
    hub.sync()
    office.add_event(kuerzel, **event("Aus Google"))
    office.advance()
    office.edit_termin(frnr, text="Nun anders")
    hub.sync("--dry-run")
    planned = sorted(kind for kind, *_ in plan(hub))
    hub.sync()
    done = sorted(kind for kind, *_ in plan(hub))
    assert planned and [kind for kind in done if kind != "tag_event"] == planned


def test_nothing_to_do_is_an_empty_plan(office, hub):
    hub.sync()
    assert plan(hub)
    hub.sync("--dry-run")
    assert plan(hub) == []
