"""Berlin time at both clock changes, all-day, long and odd appointments, both ways."""

from datetime import date, timedelta

import pytest
from agree import assert_agree
from appointments import all_day, day, event, termin


def last_sunday(year: int, month: int) -> date:
    end = date(year, month, 31)
    return end - timedelta(days=(end.weekday() + 1) % 7)


def clock_changes() -> list[str]:
    """The next change in spring and the next in autumn."""
    today = date.fromisoformat(day(2))
    return [next(d for y in (today.year, today.year + 1) if (d := last_sunday(y, month)) > today).isoformat() for month in (3, 10)]


HOURS = [("00:30", "01:30"), ("01:30", "03:30"), ("01:59", "03:00"), ("02:15", "02:45"), ("03:00", "04:00"), ("23:00", "23:59")]


def settled(office, hub) -> None:
    """Both sides agree, and a whole comparison finds nothing to write."""
    hub.sync()
    assert_agree(office)
    office.forget_requests()
    hub.sync()
    hub.sync("--recheck")
    assert office.writes() == []


def test_termine_around_both_clock_changes_arrive_at_their_wall_time(office, hub, kuerzel):
    spring, autumn = clock_changes()
    for von, bis in HOURS:
        office.add_termin(**termin(kuerzel, f"Herbst {von}", von=von, bis=bis, datum=autumn))
        if "02:00" > von or von >= "03:00":
            office.add_termin(**termin(kuerzel, f"Frühling {von}", von=von, bis=bis, datum=spring))
    settled(office, hub)


def test_events_around_both_clock_changes_arrive_at_their_wall_time(office, hub, kuerzel):
    spring, autumn = clock_changes()
    hub.sync()
    for von, bis in HOURS:
        office.add_event(kuerzel, **event(f"Herbst {von}", von=von, bis=bis, datum=autumn))
        if "02:00" > von or von >= "03:00":
            office.add_event(kuerzel, **event(f"Frühling {von}", von=von, bis=bis, datum=spring))
    settled(office, hub)


def test_both_passes_of_the_hour_that_comes_twice_settle(office, hub, kuerzel):
    _, autumn = clock_changes()
    hub.sync()
    for offset in ("+02:00", "+01:00"):
        office.add_event(kuerzel, summary=f"Doppelt {offset}", start={"dateTime": f"{autumn}T02:10:00{offset}"}, end={"dateTime": f"{autumn}T02:50:00{offset}"})
    settled(office, hub)


def test_a_termin_in_the_hour_that_does_not_exist_settles(office, hub, kuerzel):
    spring, _ = clock_changes()
    office.add_termin(**termin(kuerzel, "Gibt es nicht", von="02:30", bis="03:30", datum=spring))
    hub.sync()
    assert office.event_of(kuerzel, "Gibt es nicht")
    office.forget_requests()
    hub.sync()
    hub.sync("--recheck")
    assert office.writes() == []


def test_all_day_and_long_appointments_both_ways(office, hub, kuerzel):
    spring, autumn = clock_changes()
    office.add_termin(**termin(kuerzel, "Urlaub", von="00:00", bis="23:59", dauertermin=1, datum=day(10), datumBis=day(14)))
    office.add_termin(**termin(kuerzel, "Seminar", von="10:00", bis="16:00", datum=day(20), datumBis=day(22)))
    office.add_termin(**termin(kuerzel, "Genau ein Tag", von="10:00", bis="10:00", datum=day(24), datumBis=day(25)))
    office.add_termin(**termin(kuerzel, "Über Nacht", von="22:00", bis="06:00", datum=spring, datumBis=(date.fromisoformat(spring) + timedelta(days=1)).isoformat()))
    hub.sync()
    office.add_event(kuerzel, **all_day("Feiertag", ahead=30))
    office.add_event(kuerzel, **all_day("Messe", datum=autumn, days=3))
    office.add_event(kuerzel, **event("Lange Sitzung", von="21:00", bis="23:59"))
    settled(office, hub)
    assert office.event_of(kuerzel, "Urlaub")["start"] == {"date": day(10)}
    assert office.event_of(kuerzel, "Urlaub")["end"] == {"date": day(15)}
    assert office.termin_of("Messe")["dauertermin"] == 1


def test_missing_and_impossible_times_fall_back_as_the_seed_says(office, hub, kuerzel):
    numbers = [
        office.add_termin(**{**termin(kuerzel, "ohne Beginn"), "uhrzeitVon": None}),
        office.add_termin(**{**termin(kuerzel, "ohne Ende", von="08:00"), "uhrzeitBis": None}),
        office.add_termin(**termin(kuerzel, "Ende vor Beginn", von="15:00", bis="14:00")),
    ]
    settled(office, hub)
    starts = [office.event(kuerzel, hub.link(advoware_frnr=n)["google_event_id"]) for n in numbers]
    assert [e["summary"] for e in starts] == ["ohne Beginn", "ohne Ende", "Ende vor Beginn"]


@pytest.mark.parametrize("text", ["Ümläute & <b>Zeichen</b> 100%", "Zeile 1\nZeile 2\n\nZeile 4", "  Leerzeichen außen  ", "Anführung \"so\" und 'so'", "Emoji 🎻 und 中文", "x" * 900,
                                  "Tab\tund\x07Glocke", "a\u0308 zerlegt, ä ganz", ""])
def test_odd_texts_settle_both_ways(office, hub, kuerzel, text):
    office.add_termin(**termin(kuerzel, text, notiz=text, ort=text.replace("\n", " ")))
    hub.sync()
    office.add_event(kuerzel, **event(text, ahead=9, description=text))
    hub.sync()
    assert hub.value("SELECT count(*) FROM sync.calendar_sync WHERE source_system = 'google' AND sync_status = 'synced'") == 1
    office.forget_requests()
    hub.sync()
    hub.sync("--recheck")
    assert office.writes() == []


def test_what_lies_before_the_window_is_left_alone(office, hub, kuerzel):
    old = office.add_termin(**termin(kuerzel, "Lange her", ahead=-60))
    recent = office.add_termin(**termin(kuerzel, "Neulich", ahead=-20))
    hub.sync()
    assert hub.rows("SELECT 1 FROM sync.calendar_sync WHERE advoware_frnr = %s", old) == []
    assert office.event_of(kuerzel, "Neulich") and hub.link(advoware_frnr=recent)
    assert_agree(office)
