"""No write is answered by a write-back of the same change, whatever a system makes of what it was told."""

import pytest
from agree import assert_agree
from appointments import at, day, event, termin
from patience import health, nothing_more_to_write

pytestmark = pytest.mark.office(employees=1, termine=3)

# More than 20 characters, line ends of two kinds, spaces at the ends, and a character beyond the basic plane.
ODD = "  Besprechung 🎻 mit dem Gutachter  "
NOTE = "Erste Zeile  \r\n\r\nzweite 🎻 Zeile\ndritte "
PLAIN = "  Erste Zeile\r\nzweite 🎻 Zeile\ndritte "
# What is made of it, and whether that says less than what was written.
FATES = [("text_trimmed", PLAIN, False), ("text_trimmed", NOTE, True), ("text_cut", NOTE, True), ("emoji_lost", NOTE, True), ("line_ends_changed", NOTE, False)]


def counts(hub) -> dict:
    names = ("conflicts", "reverted", "events_updated", "termine_updated")
    return dict(zip(names, hub.rows(f"SELECT {', '.join(names)} FROM sync.run ORDER BY run_id DESC LIMIT 1")[0]))


@pytest.mark.parametrize("strategy", ["source_system_wins", "last_change_wins"])
def test_an_edit_is_written_once_and_never_comes_back(office, hub, kuerzel, strategy):
    hub.rows("UPDATE sync.setting SET default_strategy = %s, advoware_writes = 'all'", strategy)
    frnr = office.add_termin(**termin(kuerzel, "Aus Advoware"))
    hub.sync()
    event_id = office.add_event(kuerzel, **event("Aus Google", ahead=8))
    hub.sync()
    office.advance()
    office.edit_termin(frnr, text="Aus Advoware, geändert", uhrzeitVon="13:00:00", uhrzeitBis="14:00:00")
    office.edit_event(kuerzel, event_id, summary="Aus Google, geändert", start=at(day(9), "08:00"), end=at(day(9), "09:30"))
    office.forget_requests()
    hub.sync()
    assert (len(office.asked("google", "PATCH")), len(office.asked("advoware", "PUT"))) == (1, 1) and len(office.writes()) == 2
    assert counts(hub) == {"conflicts": 0, "reverted": 0, "events_updated": 1, "termine_updated": 1}
    audit = hub.value("SELECT count(*) FROM sync.calendar_sync_audit")
    nothing_more_to_write(office, hub)
    assert hub.value("SELECT count(*) FROM sync.calendar_sync_audit") == audit
    assert_agree(office)


def test_a_touch_without_a_change_writes_nothing(office, hub, kuerzel):
    hub.rows("UPDATE sync.setting SET default_strategy = 'last_change_wins', advoware_writes = 'all'")
    frnr = office.add_termin(**termin(kuerzel, "Nur berührt"))
    hub.sync()
    link = hub.link(advoware_frnr=frnr)
    office.advance()
    office.edit_termin(frnr, referat="Zivilrecht")
    office.edit_event(kuerzel, link["google_event_id"], colorId="3")
    nothing_more_to_write(office, hub)
    moved = hub.link(advoware_frnr=frnr)
    assert moved["advoware_watermark"] > link["advoware_watermark"] and moved["google_watermark"] > link["google_watermark"]


@pytest.mark.parametrize("strategy", ["source_system_wins", "last_change_wins"])
@pytest.mark.parametrize("weakness, note, loses", [*FATES, ("zone_alias", NOTE, False)])
def test_what_google_makes_of_a_text_settles_or_is_stopped(office, hub, kuerzel, weakness, note, loses, strategy):
    hub.rows("UPDATE sync.setting SET default_strategy = %s, advoware_writes = 'all'", strategy)
    office.fault("google", weakness)
    frnr = office.add_termin(**termin(kuerzel, ODD, notiz=note))
    before = {name: office.termin(frnr)[name] for name in ("text", "notiz")}
    for _ in range(3):
        hub.program("run")
    link = hub.link(advoware_frnr=frnr)
    assert (link["sync_status"], link["last_error"]) == (("failed", "stored something else") if loses else ("synced", None))
    written = [r for r in office.requests() if r["system"] == "google" and link["google_event_id"] in (r["path"] + str(r["body"])) and r["method"] != "GET"]
    assert [r["method"] for r in written] == (["POST", "PATCH"] if loses else ["POST"])
    assert office.writes("advoware") == [] and {name: office.termin(frnr)[name] for name in before} == before
    if loses:
        assert "stored something else" in health(hub) and "retry_failed" in health(hub)
    office.forget_requests()
    hub.program("run")
    assert office.writes() == []
    # A third state is an edit, and carried.
    office.advance()
    office.edit_termin(frnr, text="Kurz", notiz="")
    hub.sync()
    assert office.event(kuerzel, link["google_event_id"])["summary"] == "Kurz"
    office.forget_requests()
    hub.program("run")
    assert office.writes() == []


@pytest.mark.parametrize("strategy", ["source_system_wins", "last_change_wins"])
@pytest.mark.parametrize("weakness, note, loses", FATES)
def test_what_advoware_makes_of_a_text_settles_or_is_stopped(office, hub, kuerzel, weakness, note, loses, strategy):
    hub.rows("UPDATE sync.setting SET default_strategy = %s, advoware_writes = 'all'", strategy)
    hub.sync()
    office.fault("advoware", weakness)
    event_id = office.add_event(kuerzel, **event(ODD, description=note))
    before = {name: office.event(kuerzel, event_id)[name] for name in ("summary", "description")}
    office.forget_requests()
    for _ in range(3):
        hub.program("run")
    link = hub.link(google_event_id=event_id)
    assert (link["sync_status"], link["last_error"]) == (("failed", "stored something else") if loses else ("synced", None))
    assert [w.split()[0] for w in office.writes("advoware")] == (["POST", "PUT"] if loses else ["POST"])
    assert {name: office.event(kuerzel, event_id)[name] for name in before} == before, "nothing flows back"
    office.forget_requests()
    hub.program("run")
    assert office.writes() == []
    office.advance()
    office.edit_event(kuerzel, event_id, summary="Kurz", description="")
    hub.sync()
    assert office.termin(link["advoware_frnr"])["text"] == "Kurz"
    nothing_more_to_write(office, hub)


def test_occurrences_that_inherit_their_masters_time_are_compared_by_content(office, hub, kuerzel):
    hub.rows("UPDATE sync.setting SET default_strategy = 'last_change_wins', advoware_writes = 'all'")
    hub.sync()
    series = office.add_event(kuerzel, **event("Zweimal die Woche", recurrence=["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=6"]))
    hub.sync()
    termine = [t for t in office.termine(kuerzel) if t["text"] == "Zweimal die Woche"]
    assert len(termine) == 6
    office.advance()
    office.edit_termin(termine[2]["frNr"], text="Ausnahmsweise anders")
    office.advance()
    # Touches the master, and with it the time of every occurrence; says nothing new.
    office.edit_event(kuerzel, series, colorId="3")
    office.forget_requests()
    hub.sync()
    assert office.writes("advoware") == [] and len(office.writes("google")) == 1
    assert counts(hub)["conflicts"] == 0 and office.termin(termine[2]["frNr"])["text"] == "Ausnahmsweise anders"
    office.forget_requests()
    hub.sync()
    assert office.writes() == []


def test_a_whole_comparison_never_writes_back_what_google_made_of_a_text(office, hub, kuerzel):
    hub.rows("UPDATE sync.setting SET default_strategy = 'last_change_wins', advoware_writes = 'all'")
    office.fault("google", "emoji_lost")
    frnr = office.add_termin(**termin(kuerzel, ODD))
    for _ in range(2):
        hub.program("run")
    hub.program("run", "--recheck")
    hub.program("run")
    assert hub.link(advoware_frnr=frnr)["last_error"] == "stored something else"
    assert office.termin(frnr)["text"] == ODD and office.writes("advoware") == []


def test_what_was_stopped_is_written_again_when_a_person_asks_for_it(office, hub, kuerzel):
    office.fault("google", "emoji_lost")
    frnr = office.add_termin(**termin(kuerzel, ODD))
    for _ in range(2):
        hub.program("run")
    assert hub.link(advoware_frnr=frnr)["last_error"] == "stored something else"
    hub.rows("SELECT sync.retry_failed()")
    hub.program("run")
    hub.program("run")
    assert hub.link(advoware_frnr=frnr)["last_error"] == "stored something else", "Google still loses it"
    office.heal()
    hub.rows("SELECT sync.retry_failed()")
    hub.sync()
    assert hub.link(advoware_frnr=frnr)["sync_status"] == "synced" and health(hub) == "nothing"
    assert_agree(office)


def test_undone_copies_and_conflicts_are_counted(office, hub, kuerzel):
    one = office.add_termin(**termin(kuerzel, "Kopie wird geändert"))
    hub.sync()
    hub.rows("UPDATE sync.setting SET default_strategy = 'last_change_wins', advoware_writes = 'all'")
    two = office.add_termin(**termin(kuerzel, "Beide ändern", ahead=7))
    hub.sync()
    office.advance()
    office.edit_event(kuerzel, hub.link(advoware_frnr=one)["google_event_id"], summary="??")
    office.edit_termin(two, text="Früher")
    office.advance()
    office.edit_event(kuerzel, hub.link(advoware_frnr=two)["google_event_id"], summary="Später")
    hub.sync()
    assert counts(hub) == {"conflicts": 1, "reverted": 1, "events_updated": 1, "termine_updated": 1}
    assert hub.rows("SELECT conflict, reverted, kind FROM sync.action WHERE conflict OR reverted ORDER BY kind") == [(False, True, "update_event"), (True, False, "update_termin")]
    assert office.termin(two)["text"] == "Später"
    assert_agree(office)
