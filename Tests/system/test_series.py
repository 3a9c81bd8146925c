"""Series that both systems can represent, each way. The others: see test_occurrences.py."""

import pytest
from agree import assert_agree
from appointments import all_day, day, event, termin
from datetime import date


def weekday(ahead: int) -> str:
    return ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[date.fromisoformat(day(ahead)).weekday()]


def early(ahead: int) -> str:
    """A day of the month that every month has."""
    return next(d for n in range(ahead, ahead + 40) if int((d := day(n))[8:]) <= 28)


@pytest.mark.parametrize("art, interval", [(1, 1), (1, 3), (2, 1), (2, 2), (3, 1), (3, 6), (4, 1)])
def test_a_series_of_advoware_becomes_a_series_in_google(office, hub, kuerzel, art, interval):
    first = early(3)
    for end, text in ((day(400), "begrenzt"), ("2037-12-31", "endlos")):
        office.add_termin(**termin(kuerzel, text, turnus=interval, turnusArt=art, dauertermin=1, datum=first, datumBis=end))
    hub.sync()
    assert len(office.event_of(kuerzel, "begrenzt")["recurrence"]) == 1
    assert "UNTIL" not in office.event_of(kuerzel, "endlos")["recurrence"][0]
    assert_agree(office)
    office.forget_requests()
    hub.sync("--recheck")
    assert office.writes() == []


@pytest.mark.parametrize("rule, art, turnus", [("FREQ=DAILY", 1, 1), ("FREQ=DAILY;INTERVAL=2", 1, 2), ("FREQ=WEEKLY", 2, 1), ("FREQ=WEEKLY;INTERVAL=2;BYDAY={weekday}", 2, 2),
                                                ("FREQ=MONTHLY;BYMONTHDAY={day}", 3, 1), ("FREQ=YEARLY", 4, 1)])
def test_a_simple_series_of_google_becomes_a_series_in_advoware(office, hub, kuerzel, rule, art, turnus):
    hub.sync()
    first = early(3)
    name = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[date.fromisoformat(first).weekday()]
    office.add_event(kuerzel, **event("Serie", datum=first, recurrence=["RRULE:" + rule.format(weekday=name, day=int(first[8:]))]))
    hub.sync()
    made = office.termin_of("Serie")
    assert (made["turnusArt"], made["turnus"], made["dauertermin"], made["datum"][:10], made["datumBis"][:4]) == (art, turnus, 1, first, "2037")
    office.forget_requests()
    hub.sync("--recheck")
    assert office.writes() == []


def test_a_count_becomes_the_date_of_the_last_occurrence(office, hub, kuerzel):
    hub.sync()
    office.add_event(kuerzel, **event("Fünf Mal", ahead=4, recurrence=["RRULE:FREQ=DAILY;COUNT=5"]))
    hub.sync()
    assert office.termin_of("Fünf Mal")["datumBis"][:10] == day(8)
    office.forget_requests()
    hub.sync("--recheck")
    assert office.writes() == []


def test_an_all_day_series_goes_both_ways(office, hub, kuerzel):
    office.add_termin(**termin(kuerzel, "Ganztags aus Advoware", von="00:00", bis="23:59", turnus=1, turnusArt=2, dauertermin=1, datum=day(3), datumBis=day(60)))
    hub.sync()
    office.add_event(kuerzel, **all_day("Ganztags aus Google", ahead=4, recurrence=["RRULE:FREQ=WEEKLY"]))
    hub.sync()
    assert "date" in office.event_of(kuerzel, "Ganztags aus Advoware")["start"]
    made = office.termin_of("Ganztags aus Google")
    assert (made["uhrzeitVon"], made["uhrzeitBis"], made["turnusArt"]) == ("00:00:00", "23:59:00", 2)
    assert_agree(office)
    office.forget_requests()
    hub.sync("--recheck")
    assert office.writes() == []


def test_a_series_changed_on_one_side_changes_on_the_other(office, hub, kuerzel):
    frnr = office.add_termin(**termin(kuerzel, "Wird kürzer", turnus=1, turnusArt=2, dauertermin=1, datum=day(3), datumBis=day(200)))
    hub.sync()
    event_id = office.add_event(kuerzel, **event("Wird seltener", ahead=4, recurrence=["RRULE:FREQ=DAILY"]))
    hub.sync()
    office.advance()
    office.edit_termin(frnr, datumBis=day(100))
    office.edit_event(kuerzel, event_id, recurrence=["RRULE:FREQ=DAILY;INTERVAL=7"])
    hub.sync()
    assert office.termin_of("Wird seltener")["turnus"] == 7
    assert_agree(office)
