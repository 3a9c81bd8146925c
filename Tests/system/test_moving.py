"""Moving over from the program that runs today, with its table and without: nothing is created, nothing deleted, nothing leaks."""

import os
import subprocess

import pytest
from agree import assert_agree
from appointments import all_day, day, event, termin
from hub import PROJECT, psql
from seed_program import COLUMNS, SeedProgram

pytestmark = pytest.mark.office(employees=2, termine=0)


def settle_in(office, anonymize: bool) -> SeedProgram:
    """An office that has worked with that program for a while."""
    first, second = office.employees()
    office.add_termin(**termin(first, "Besprechung", ahead=3, notiz="Akte mitnehmen", ort="Raum 2"))
    office.add_termin(**termin(first, "Zwei zur selben Zeit", ahead=4))
    office.add_termin(**termin(first, "Die andere", ahead=4))
    office.add_termin(**termin(first, "Ganzer Tag", ahead=6, von="00:00", bis="23:59", dauertermin=1))
    office.add_termin(**termin(first, "Messe", ahead=8, von="00:00", bis="23:59", dauertermin=1, datumBis=day(10)))
    office.add_termin(**termin(first, "Vorbei", ahead=-20))
    office.add_termin(**termin(first, "Lange vorbei", ahead=-200))
    office.add_termin(**termin(second, "Gericht", ahead=5))
    program = SeedProgram(office, anonymize)
    program.sync()
    office.add_event(first, **event("Zahnarzt", ahead=12, description="nüchtern", location="Marktplatz"))
    office.add_event(second, **all_day("Urlaub", ahead=20, days=3))
    office.advance()
    program.sync()
    office.advance()
    return program


def know_employees(hub) -> None:
    with hub.listen():
        hub.wait_for("SELECT count(*) = 2 FROM sync.employee")


def adopt(hub, *arguments: str) -> str:
    return psql(hub.database, *(part for argument in arguments for part in ("-v", argument)), "-f", "ops/adopt.sql")


def refused(hub, *arguments: str) -> str:
    """What adopt.sql says that adopts nothing."""
    done = subprocess.run(["psql", "-X", "-d", hub.database, *(part for argument in arguments for part in ("-v", argument)), "-f", "ops/adopt.sql"],
                          cwd=PROJECT, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 3, done.stdout + done.stderr
    return done.stderr


def done(hub) -> dict[str, int]:
    """What the last run of everybody did."""
    return dict(hub.rows("""SELECT t.kind, count(*) FROM sync.action AS t JOIN sync.run AS r USING (run_id)
        WHERE r.request_id = (SELECT max(request_id) FROM sync.request) GROUP BY t.kind"""))


def ids(office) -> tuple:
    return (sorted(t["frNr"] for t in office.termine()), sorted(e["id"] for kuerzel in office.employees() for e in office.events(kuerzel)))


def assert_taken_over(office, hub, before: tuple, anonymize: bool) -> None:
    """The first run writes our tags and nothing else, a second one nothing at all."""
    office.forget_requests()
    hub.sync()
    assert set(done(hub)) == {"tag_event"}, hub.rows("SELECT kind, reason, status, result, advoware_frnr FROM sync.action")
    assert ids(office) == before
    assert not office.asked("advoware", "POST", "Termine") and not office.asked("advoware", "PUT") and not office.asked("advoware", "DELETE")
    assert not office.asked("google", "DELETE")
    says = {e["summary"] for kuerzel in office.employees() for e in office.events(kuerzel)}
    assert ("Advoware blocked" in says) == anonymize
    assert says - {"Advoware blocked", "Zahnarzt", "Urlaub"} == (set() if anonymize else {
        "Besprechung", "Zwei zur selben Zeit", "Die andere", "Ganzer Tag", "Messe", "Vorbei", "Lange vorbei", "Gericht"})
    assert hub.rows("SELECT DISTINCT anonymize FROM sync.employee") == [(anonymize,)]
    hub.sync()
    assert done(hub) == {}
    assert hub.rows("SELECT DISTINCT needs FROM bi.health") == [("nothing",)]


@pytest.mark.parametrize("anonymize", [False, True], ids=["plain", "anonymised"])
@pytest.mark.parametrize("source", ["file", "table"])
def test_the_rows_of_the_program_are_taken_over(office, hub, tmp_path, source, anonymize):
    program = settle_in(office, anonymize)
    rows = f"file={program.export(tmp_path / 'rows.csv')}" if source == "file" else f"table={program.table_in(hub)}"
    know_employees(hub)
    before = ids(office)
    shown = adopt(hub, rows, "dry_run=on")
    assert shown.count("| link ") == len(program.rows) and "Nothing was adopted" in shown
    assert hub.value("SELECT count(*) FROM sync.calendar_sync") == 0
    adopt(hub, rows)
    kept = ", ".join(column for column in COLUMNS if column not in ("sync_status", "last_sync", "created_at"))
    assert {tuple(map(str, r)) for r in hub.rows(f"SELECT {kept} FROM sync.calendar_sync")} == {
        tuple(str(r[c]) for c in kept.split(", ")) for r in program.rows}
    assert_taken_over(office, hub, before, anonymize)
    again = adopt(hub, rows)
    assert "there already" in again and "| link " not in again


@pytest.mark.parametrize("anonymize", [False, True], ids=["plain", "anonymised"])
def test_without_the_table_old_copies_are_found_again(office, hub, anonymize):
    settle_in(office, anonymize)
    assert_taken_over(office, hub, ids(office), anonymize)
    assert hub.value("SELECT count(*) FROM sync.calendar_sync WHERE NOT deleted AND sync_status = 'synced'") == 9
    assert hub.value("SELECT count(*) FROM sync.calendar_sync WHERE anonymized") == (7 if anonymize else 0)
    office.add_termin(**termin(office.employees()[0], "Neue Mandantin", ahead=30))
    office.advance()
    hub.sync()
    assert done(hub) == {"create_event": 1}
    before_the_window = frozenset(e["id"] for e in office.events(office.employees()[0]) if e["start"].get("dateTime", "").startswith(day(-200)))
    assert len(before_the_window) == 1
    assert_agree(office, ignore=before_the_window, blocked=frozenset(office.employees()) if anonymize else frozenset())
    assert any(e["summary"] == "Neue Mandantin" for e in office.events(office.employees()[0])) != anonymize


def test_a_series_of_the_program_is_corrected_and_not_doubled(office, hub, tmp_path):
    """It knows no rule: its copy of a series is one event."""
    kuerzel = office.employees()[0]
    office.add_termin(**termin(kuerzel, "Jour fixe", ahead=7, turnus=1, turnusArt=2, dauertermin=1, datumBis=day(70)))
    program = settle_in(office, anonymize=False)
    know_employees(hub)
    adopt(hub, f"file={program.export(tmp_path / 'rows.csv')}")
    before = ids(office)
    hub.sync()
    assert done(hub)["update_event"] == 1 and set(done(hub)) == {"tag_event", "update_event"}
    assert ids(office) == before
    assert office.event_of(kuerzel, "Jour fixe")["recurrence"]
    hub.sync()
    assert done(hub) == {}


def test_what_the_rows_forbid_never_reaches_advoware(office, hub, tmp_path):
    program = settle_in(office, anonymize=False)
    kuerzel = office.employees()[0]
    row = next(r for r in program.rows if r["source_system"] == "google" and r["employee_kuerzel"] == kuerzel)
    row["advoware_write_allowed"] = False
    know_employees(hub)
    adopt(hub, f"file={program.export(tmp_path / 'rows.csv')}")
    office.edit_event(kuerzel, row["google_event_id"], summary="Anderer Arzt")
    office.advance()
    office.forget_requests()
    hub.program("run")
    assert office.termin(row["advoware_frnr"])["text"] == "Zahnarzt"
    assert not office.asked("advoware", "PUT")
    assert hub.link(advoware_frnr=row["advoware_frnr"])["last_error"] == "advoware_write_forbidden"


def test_wrong_rows_are_named_and_nothing_is_half_done(office, hub, tmp_path):
    program = settle_in(office, anonymize=False)
    know_employees(hub)
    program.rows[1]["sync_strategy"] = "advoware_wins"
    program.rows[3]["employee_kuerzel"] = "XX"
    program.rows[5]["google_event_id"] = program.rows[4]["google_event_id"]
    said = refused(hub, f"file={program.export(tmp_path / 'rows.csv')}")
    # Of two rows for one event both are named.
    assert f"4 of {len(program.rows)} rows are wrong, nothing was adopted" in said
    for words in ('row 2: sync_strategy: "advoware_wins"; allowed: source_system_wins, last_change_wins', 'row 4: employee_kuerzel: "XX"; allowed: ',
                  "row 5: google_event_id: ", "row 6: google_event_id: "):
        assert words in said
    assert hub.value("SELECT count(*) FROM sync.calendar_sync") == 0
    assert "expected -v file=rows.csv or -v table=schema.name" in refused(hub)
    assert "cannot be read, or is empty" in refused(hub, f"file={tmp_path / 'nothing.csv'}")


def test_an_operator_may_adopt(office, hub, tmp_path):
    program = settle_in(office, anonymize=False)
    know_employees(hub)
    rows = program.export(tmp_path / "rows.csv")
    psql(hub.database, "-c", "SET ROLE calendar_sync_operator", "-v", f"file={rows}", "-f", "ops/adopt.sql")
    assert hub.value("SELECT count(*) FROM sync.calendar_sync") == len(program.rows)


def test_an_old_copy_whose_termin_is_gone_is_not_posted(office, hub):
    settle_in(office, anonymize=True)
    kuerzel = office.employees()[0]
    gone = office.termin_of("Besprechung")["frNr"]
    office.delete_termin(gone)
    [old] = [e["id"] for e in office.events(kuerzel) if e["start"].get("dateTime", "").startswith(day(3))]
    before = ids(office)
    for _ in range(2):
        hub.sync()
        assert ids(office) == before
    assert not [t for t in office.termine() if t["text"] == "Advoware blocked"]
    [needs] = hub.rows("SELECT needs FROM bi.health WHERE needs_attention")[0]
    assert old in needs and "sync.link_copy" in needs and "delete it in Google" in needs
    office.delete_event(kuerzel, old)
    hub.sync()
    assert hub.rows("SELECT DISTINCT needs FROM bi.health") == [("nothing",)]


def test_nobody_guesses_whose_a_copy_is(office, hub):
    settle_in(office, anonymize=True)
    first = office.employees()[0]
    gone = office.termin_of("Die andere")["frNr"]
    office.delete_termin(gone)
    left = office.termin_of("Zwei zur selben Zeit")["frNr"]
    before = ids(office)
    hub.sync()
    assert ids(office) == before
    copies = [e["id"] for e in office.events(first) if e["start"].get("dateTime", "").startswith(day(4))]
    assert len(copies) == 2
    needs = hub.value("SELECT needs FROM bi.health WHERE employee_kuerzel = %s", first)
    assert str(left) in needs and all(copy in needs for copy in copies)
    hub.rows("SELECT sync.link_copy(%s, frnr => %s, event => %s)", first, left, copies[1])
    office.delete_event(first, copies[0])
    hub.sync()
    assert hub.link(advoware_frnr=left)["sync_status"] == "synced"
    assert hub.value("SELECT needs FROM bi.health WHERE employee_kuerzel = %s", first) == "nothing"


def test_a_hub_without_memory_looks_at_the_whole_calendar_once(office, hub, another_hub):
    """All anonymised copies lie before the window; a new Termin comes in: its name stays out of Google."""
    kuerzel = office.employees()[0]
    frnr = office.add_termin(**termin(kuerzel, "Mandant Alt", ahead=2))
    hub.sync(CALENDAR_SYNC_ANONYMIZE_GOOGLE_EVENTS="true")
    [copy] = office.events(kuerzel)
    office.edit_termin(frnr, datum=day(-400), datumBis=day(-400))
    office.edit_event(kuerzel, copy["id"], start={"dateTime": f"{day(-400)}T10:00:00", "timeZone": "Europe/Berlin"},
                      end={"dateTime": f"{day(-400)}T11:00:00", "timeZone": "Europe/Berlin"})
    office.add_termin(**termin(kuerzel, "Mandantin Neu", ahead=3))
    office.advance()
    office.forget_requests()
    another_hub.sync()
    assert [e["summary"] for e in office.events(kuerzel)] == ["Advoware blocked"] * 2
    whole = [r for r in office.asked("google", path=f"/calendars/{office.calendar(kuerzel)['id']}/events") if r["path"].endswith("/events")]
    assert whole and "timeMin" not in whole[0]["query"] and "syncToken" not in whole[0]["query"]
    office.forget_requests()
    another_hub.rows("UPDATE sync.reading SET sync_token = NULL WHERE side = 'google'")
    another_hub.sync()
    listings = [r for r in office.asked("google", path="/events") if r["path"].endswith("/events")]
    assert listings and all("timeMin" in r["query"] for r in listings)
