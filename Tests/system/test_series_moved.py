"""Series whose shape comes about in a way of its own: through our own write, past the edge of the window, out of the listed span."""

from datetime import date, timedelta

import pytest
from appointments import at, day, event, termin
from test_occurrences import exdate, instance, quiet, said, shown


def next_day_with(number: int, month: int | None = None) -> date:
    on = date.fromisoformat(day(3))
    while on.day != number or on.month != (month or on.month):
        on += timedelta(days=1)
    return on


def series(office, text: str) -> list[tuple]:
    return [(t["turnus"], t["turnusArt"]) for t in office.termine() if t["text"] == text]


@pytest.mark.parametrize("number, month, art, rule", [(31, None, 3, "FREQ=MONTHLY"), (29, 2, 4, "FREQ=YEARLY")])
def test_an_event_of_googles_that_advoware_makes_a_series_is_no_edit_of_googles(office, hub, kuerzel, number, month, art, rule):
    hub.rows("UPDATE sync.setting SET expand_days = 90, default_strategy = 'last_change_wins'")
    hub.sync()
    on = next_day_with(number, month)
    google = office.add_event(kuerzel, **event("Monatsende", datum=on.isoformat()))
    hub.sync()
    office.advance()
    office.edit_termin(office.termin_of("Monatsende")["frNr"], turnus=1, turnusArt=art, dauertermin=1, datumBis="2037-12-31")
    hub.sync()
    assert office.event(kuerzel, google)["recurrence"] == [f"RRULE:{rule}"]
    quiet(office, hub)
    assert series(office, "Monatsende") == [(1, art)]
    assert hub.value("SELECT sync_status FROM sync.calendar_sync WHERE google_event_id = %s", google) == "synced"


def test_a_series_of_googles_created_again_is_no_edit_of_googles(office, hub, kuerzel):
    """recreate_event: the new event is a write of ours, too."""
    hub.rows("UPDATE sync.setting SET expand_days = 90, default_strategy = 'last_change_wins'")
    hub.sync()
    google = office.add_event(kuerzel, **event("Monatsende", datum=next_day_with(31).isoformat()))
    hub.sync()
    office.advance()
    office.delete_event(kuerzel, google)
    office.advance()
    office.edit_termin(office.termin_of("Monatsende")["frNr"], turnus=1, turnusArt=3, dauertermin=1, datumBis="2037-12-31")
    hub.sync()
    assert office.event_of(kuerzel, "Monatsende")["recurrence"] == ["RRULE:FREQ=MONTHLY"]
    quiet(office, hub)
    assert series(office, "Monatsende") == [(1, 3)]


def test_a_carried_series_that_is_moved_keeps_its_days_though_the_oldest_left_the_window(office, hub, kuerzel):
    hub.rows("UPDATE sync.setting SET expand_days = 10, brake_count = 1000, window_past_days = 31")
    hub.sync()
    first = day(-35)
    google = office.add_event(kuerzel, **event("Täglich", datum=first, recurrence=["RRULE:FREQ=DAILY", exdate(day(3))]))
    hub.sync()
    # As if a day had passed.
    hub.rows("UPDATE sync.setting SET window_past_days = 30")
    hub.sync()
    before = {t["frNr"]: t["datum"][:10] for t in office.termine(kuerzel) if t["text"] == "Täglich"}
    assert min(before.values()) == day(-31)
    office.advance()
    moved = event("Täglich", datum=first, von="12:00", bis="13:00", recurrence=["RRULE:FREQ=DAILY", exdate(day(3), "120000")])
    office.edit_event(kuerzel, google, **moved)
    hub.sync()
    after = [t for t in office.termine(kuerzel) if t["text"] == "Täglich"]
    assert {t["frNr"]: t["datum"][:10] for t in after} == before
    assert {t["uhrzeitVon"] for t in after if t["datum"][:10] > day(-31)} == {"12:00:00"}
    quiet(office, hub)


@pytest.mark.parametrize("options", [(), ("--recheck",)])
@pytest.mark.parametrize("to", [-60, 3000])
def test_an_occurrence_dragged_out_of_the_window_is_written_back(office, hub, kuerzel, options, to):
    office.add_termin(**termin(kuerzel, "Dienst", turnus=1, turnusArt=2, dauertermin=1, datum=day(3), datumBis=day(31)))
    hub.sync()
    master = office.event_of(kuerzel, "Dienst")["id"]
    office.advance()
    # The last one, too: nothing behind it shows that one is missing.
    for ahead in (10, 31):
        office.edit_event(kuerzel, instance(master, day(ahead)), start=at(day(to), "10:00"), end=at(day(to), "11:00"))
    if options:
        # No listing shows what was moved.
        hub.rows("UPDATE sync.reading SET sync_token = NULL WHERE side = 'google'")
    hub.sync(*options)
    assert shown(office, kuerzel, master) == [(day(n), "Dienst") for n in (3, 10, 17, 24, 31)]
    assert hub.value("SELECT sum(reverted) > 0 FROM sync.run")
    quiet(office, hub)


@pytest.mark.parametrize("options", [(), ("--recheck",)])
def test_where_google_wins_an_occurrence_dragged_out_of_the_window_is_carried(office, hub, kuerzel, options):
    hub.rows("UPDATE sync.setting SET expand_days = 40")
    hub.sync()
    master = office.add_event(kuerzel, **event("Jour fixe", datum=day(3), recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"]))
    hub.sync()
    assert series(office, "Jour fixe") == [(1, 2)]
    office.advance()
    office.edit_event(kuerzel, instance(master, day(10)), start=at(day(-60), "10:00"), end=at(day(-60), "11:00"))
    if options:
        hub.rows("UPDATE sync.reading SET sync_token = NULL WHERE side = 'google'")
    hub.sync(*options)
    assert said(office, kuerzel, "Jour fixe") == [day(3), day(17), day(24)]
    quiet(office, hub)
