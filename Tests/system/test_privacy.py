"""Content passes through; it stays nowhere."""

import os
from pathlib import Path

import pytest
from appointments import event, termin

MARKERS = ("Markierung-Text-7351", "Markierung-Notiz-7352", "Markierung-Ort-7353")


def plant(office, kuerzel: str, number: int) -> None:
    text, note, place = (f"{marker}-{number}" for marker in MARKERS)
    office.add_termin(**termin(kuerzel, text, ahead=number, notiz=note, ort=place))
    office.add_event(kuerzel, **event(text, ahead=number + 20, description=note, location=place))


def assert_no_marker(hub, where: str, text: str) -> None:
    for marker in MARKERS:
        position = text.find(marker)
        assert position < 0, f"{marker} in {where}: {text[max(0, position - 200):position + 50]}"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_markers_in_text_note_and_place_are_in_no_table_and_no_log(office, hub, log_format):
    environment = {"CALENDAR_SYNC_LOG_LEVEL": "trace", "CALENDAR_SYNC_LOG_FORMAT": log_format}
    first, second = office.employees()[:2]
    hub.sync(**environment)
    for number in range(3, 9):
        plant(office, first, number)
        plant(office, second, number)
    # Also where things go wrong: refused by the API, broken answers, a row that the hub cannot settle.
    office.fault("google", "forbidden_403", nth=[2], method="POST", path_contains="/events")
    office.fault("google", "error_500_after_acting", nth=[4], method="POST", path_contains="/events")
    office.fault("advoware", "html_page_after_acting", nth=[3], method="POST")
    office.fault("advoware", "error_500", nth=[5], method="POST")
    hub.program("run", **environment)
    office.heal()
    office.advance()
    for frnr in [t["frNr"] for t in office.termine() if t["text"].startswith(MARKERS[0])][::2]:
        office.edit_termin(frnr, notiz=MARKERS[1] + "-neu")
    for found in [e for e in office.events(first) if e.get("summary", "").startswith(MARKERS[0])][::3]:
        office.delete_event(first, found["id"])
    hub.program("run", "--recheck", **environment)
    hub.program("status", **environment)
    assert any(t["text"].startswith(MARKERS[0]) for t in office.termine())
    assert_no_marker(hub, "the hub", hub.dump())
    assert_no_marker(hub, "a log", hub.all_logs())
    if server_log := os.environ.get("SERVER_LOG"):
        assert_no_marker(hub, "the server's log", Path(server_log).read_text(errors="replace"))


def test_the_reporting_role_sees_no_token_and_no_fingerprint(hub):
    hub.sync()
    columns = {name for (name,) in hub.rows("SELECT column_name FROM information_schema.columns WHERE table_schema = 'bi'")}
    assert columns
    assert not [name for name in columns if any(word in name for word in ("token", "fingerprint", "etag"))]
    readable = hub.rows("""SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'sync'::regnamespace AND a.attnum > 0 AND c.relkind IN ('r', 'p', 'v')
        AND has_column_privilege('calendar_sync_bi', c.oid, a.attnum, 'SELECT')""")
    assert not [f"{table}.{column}" for table, column in readable if any(word in column for word in ("token", "fingerprint", "etag"))]


def test_the_log_says_what_happened_by_kuerzel_and_number(office, hub):
    kuerzel = office.employees()[0]
    office.add_termin(**termin(kuerzel, "Unter Nummer"))
    with hub.listen(CALENDAR_SYNC_LOG_LEVEL="debug") as listener:
        assert hub.request("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id")[0] == "done"
        listener.terminate()
    printed = listener.log.read_text()
    assert kuerzel in printed
    assert str(hub.value("SELECT max(run_id) FROM sync.run")) in printed
