"""What the fields of a Termin mean: whose it is, what a whole day is, and what its clock says."""

import pytest
from agree import assert_agree
from appointments import day, event, termin
from patience import nothing_more_to_write

pytestmark = pytest.mark.office(employees=2, termine=0)

MAY_WRITE = "UPDATE sync.setting SET default_strategy = 'last_change_wins', advoware_writes = 'all'"


def copies(office, text: str) -> list[str]:
    return [k for k in office.employees() for e in office.events(k) if e["summary"] == text]


@pytest.mark.parametrize("anwalt", ["ALLE", "Allgemein"])
def test_a_termin_for_everybody_is_copied_to_each_and_written_for_nobody(office, hub, kuerzel, anwalt):
    other = office.employees()[1]
    hub.rows(MAY_WRITE)
    frnr = office.add_termin(**termin(other, "Kanzleiausflug", anwalt=anwalt))
    hub.sync()
    assert copies(office, "Kanzleiausflug") == [kuerzel, other]
    before = office.termin(frnr)
    office.advance()
    for who, changes in ((kuerzel, {"summary": "Ohne mich"}), (other, None)):
        [link] = [e for e in office.events(who) if e["summary"] == "Kanzleiausflug"]
        office.edit_event(who, link["id"], **changes) if changes else office.delete_event(who, link["id"])
    office.forget_requests()
    hub.program("run")
    assert office.termin(frnr) == before and office.writes("advoware") == []
    assert hub.rows("SELECT DISTINCT last_error FROM sync.calendar_sync WHERE advoware_frnr = %s", frnr) == [("termin_is_for_everybody",)]
    assert "change or delete the Termin in Advoware" in hub.value("SELECT needs FROM bi.health WHERE employee_kuerzel = %s", kuerzel)


def test_a_termin_that_becomes_everybodys_keeps_its_event(office, hub, kuerzel):
    other = office.employees()[1]
    frnr = office.add_termin(**termin(kuerzel, "Fortbildung"))
    hub.sync()
    office.edit_termin(frnr, sb=other, anwalt="ALLE")
    hub.sync()
    assert copies(office, "Fortbildung") == [kuerzel, other]
    nothing_more_to_write(office, hub)


def test_where_lists_lack_what_is_everybodys_nothing_is_deleted(office, hub, kuerzel):
    other = office.employees()[1]
    office.fault("advoware", "everybody_unlisted")
    frnr = office.add_termin(**termin(kuerzel, "Fortbildung"))
    hub.sync()
    office.edit_termin(frnr, sb=other, anwalt="ALLE")
    for _ in range(2):
        hub.program("run")
        assert copies(office, "Fortbildung") == [kuerzel, other]
    office.delete_termin(frnr)
    hub.program("run")
    assert copies(office, "Fortbildung") == []


def test_kuerzel_that_differ_in_case_are_two_people(office, hub):
    office.add_employee("Mu")
    office.add_employee("MU")
    frnr = office.add_termin(**termin("Mu", "Für beide", anwalt="MU"))
    alone = office.add_termin(**termin("MU", "Nur für MU"))
    hub.rows(MAY_WRITE)
    hub.sync()
    assert copies(office, "Für beide") == ["Mu", "MU"] and copies(office, "Nur für MU") == ["MU"]
    office.delete_event("Mu", office.event_of("Mu", "Für beide")["id"])
    hub.program("run")
    assert office.termin(frnr) is not None and office.termin(alone) is not None
    assert ("failed", "termin_shared_with_another_employee") in hub.rows(
        "SELECT sync_status::text, last_error FROM sync.calendar_sync WHERE employee_kuerzel = 'Mu'")


def test_another_lawyers_private_termin_is_copied_and_not_changed(office, hub, kuerzel):
    other = office.employees()[1]
    hub.rows(MAY_WRITE)
    frnr = office.add_termin(**termin(kuerzel, "Arzt", anwalt=other, privat=1))
    hub.sync()
    before = office.termin(frnr)
    office.advance()
    office.edit_event(kuerzel, office.event_of(kuerzel, "Arzt")["id"], summary="Zahnarzt")
    hub.program("run")
    assert office.termin(frnr) == before
    assert hub.link(advoware_frnr=frnr, employee_kuerzel=kuerzel)["last_error"] == "private_termin_of_another_lawyer"
    office.edit_event(other, office.event_of(other, "Arzt")["id"], location="Köln")
    hub.program("run")
    assert office.termin(frnr)["ort"] == "Köln", "its own lawyer changes it as ever"


def test_an_absence_of_whole_days_comes_and_goes_as_one(office, hub, kuerzel):
    hub.rows(MAY_WRITE)
    one = office.add_termin(**termin(kuerzel, "Heiligabend", von="00:00", bis="23:59", dauertermin=0, abwesenheit=1))
    long = office.add_termin(**termin(kuerzel, "Urlaub", von="00:00", bis="23:59", dauertermin=0, abwesenheit=1, datum=day(10), datumBis=day(14)))
    hub.sync()
    assert all("date" in office.event_of(kuerzel, text)["start"] for text in ("Heiligabend", "Urlaub"))
    assert_agree(office)
    nothing_more_to_write(office, hub)
    # A new text leaves what says the time as it was.
    office.advance()
    office.edit_event(kuerzel, office.event_of(kuerzel, "Urlaub")["id"], summary="Kur")
    before = office.termin(long)
    hub.sync()
    times = ("datum", "datumBis", "uhrzeitVon", "uhrzeitBis", "dauertermin", "abwesenheit")
    assert office.termin_of("Kur") and [office.termin(long)[t] for t in times] == [before[t] for t in times]
    # One of a few hours is none any more.
    office.advance()
    moved = event("Heiligabend", ahead=5)
    office.edit_event(kuerzel, office.event_of(kuerzel, "Heiligabend")["id"],
                      start={**moved["start"], "date": None}, end={**moved["end"], "date": None})
    hub.sync()
    assert (office.termin(one)["abwesenheit"], office.termin(one)["dauertermin"]) == (0, 0)
    assert_agree(office)
    nothing_more_to_write(office, hub)


# The clock of Advoware, proven


def conflict(office, hub, kuerzel: str, text: str) -> dict:
    """Both sides of one appointment change: Advoware last. Returns its link."""
    office.add_event(kuerzel, **event(text))
    hub.sync()
    link = hub.link(google_event_id=office.event_of(kuerzel, text)["id"])
    office.advance()
    office.edit_event(kuerzel, link["google_event_id"], summary=f"{text} in Google")
    office.advance()
    office.edit_termin(link["advoware_frnr"], text=f"{text} in Advoware")
    return link


def test_the_first_write_shows_whether_advoware_says_berlin_time(office, hub, kuerzel):
    hub.rows(MAY_WRITE)
    hub.sync()
    assert "not proven yet" in hub.program("check")[1]
    link = conflict(office, hub, kuerzel, "Verhandlung")
    assert hub.value("SELECT advoware_clock FROM sync.office") == "berlin"
    assert "its timestamps are Berlin time (proven" in hub.program("check")[1]
    hub.sync()
    assert office.event(kuerzel, link["google_event_id"])["summary"] == "Verhandlung in Advoware", "the later change wins"
    assert_agree(office)


def test_what_both_changed_is_held_where_advoware_says_utc(office, hub, kuerzel):
    hub.rows(MAY_WRITE)
    office.fault("advoware", "utc_clock")
    hub.sync()
    link = conflict(office, hub, kuerzel, "Verhandlung")
    office.add_termin(**termin(kuerzel, "Nebenbei", ahead=8))
    assert hub.value("SELECT advoware_clock FROM sync.office") == "utc"
    code, output = hub.program("run")[:2]
    assert code == 1
    assert office.event(kuerzel, link["google_event_id"])["summary"] == "Verhandlung in Google"
    assert office.termin(link["advoware_frnr"])["text"] == "Verhandlung in Advoware"
    assert hub.rows("SELECT result FROM sync.action WHERE status = 'held'") == [("advoware_clock_is_utc",)]
    assert office.event_of(kuerzel, "Nebenbei"), "what needs no clock goes on"
    assert "UTC and not Berlin time" in hub.program("check")[1]
    assert "Advoware's timestamps are UTC" in hub.program("status")[1]
    # Set right, the next write shows it, and the later change wins.
    office.heal()
    office.add_event(kuerzel, **event("Zeigt die Uhr", ahead=9))
    hub.program("run")
    assert hub.value("SELECT advoware_clock FROM sync.office") == "berlin"
    hub.sync()
    assert office.event(kuerzel, link["google_event_id"])["summary"] == "Verhandlung in Advoware"
    assert_agree(office)


def test_a_changed_termin_shows_the_clock_as_well_as_a_new_one(office, hub, kuerzel):
    hub.rows(MAY_WRITE)
    office.fault("advoware", "no_date")
    hub.sync()
    google = office.add_event(kuerzel, **event("Besprechung"))
    hub.sync()
    assert hub.value("SELECT advoware_clock FROM sync.office") is None, "without a date nothing is shown"
    office.heal()
    office.advance()
    office.edit_event(kuerzel, google, summary="Verschoben")
    office.forget_requests()
    hub.sync()
    assert hub.value("SELECT advoware_clock FROM sync.office") == "berlin"
    assert len([r for r in office.asked("advoware", "GET") if r["query"].get("kuerzel") == kuerzel]) == 2, "no request more"


def test_text_typed_into_an_anonymised_copy_is_taken_back(office, hub, kuerzel):
    hub.rows(MAY_WRITE)
    hub.rows("UPDATE sync.setting SET anonymize_google_events = true")
    frnr = office.add_termin(**termin(kuerzel, "Mandant Meier"))
    hub.sync()
    office.advance()
    copy = hub.link(advoware_frnr=frnr)["google_event_id"]
    moved = event("Mandant Meier", ahead=6)
    office.edit_event(kuerzel, copy, summary="Meier, dringend", description="anrufen", start=moved["start"], end=moved["end"])
    hub.sync()
    hub.sync()
    said = office.event(kuerzel, copy)
    assert (said["summary"], said.get("description") or "") == ("Advoware blocked", "")
    assert (office.termin(frnr)["text"], office.termin(frnr)["datum"][:10]) == ("Mandant Meier", day(6))
    nothing_more_to_write(office, hub)
