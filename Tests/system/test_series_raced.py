"""A user moves a whole series while it is being read, or just after we wrote it. Master and occurrences are two requests."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from agree import assert_agree
from appointments import at, day, event, termin
from test_occurrences import quiet

# Between the moment an answer was true and the moment it arrives.
MEANWHILE = 1.0
# Nobody else's requests come between.
pytestmark = pytest.mark.office(employees=1, termine=0)


def meanwhile(office, hub, path: str, method: str, edit) -> None:
    """Syncs; what that request is answered is old when it arrives, because of this edit."""
    office.forget_requests()
    office.fault("google", "slow", times=1, method=method, path_contains=path, seconds=MEANWHILE)
    with ThreadPoolExecutor() as pool:
        run = pool.submit(hub.sync)
        end = time.monotonic() + 30
        while not office.asked("google", method, path.rstrip("?")):
            assert time.monotonic() < end, "it was never asked for"
            time.sleep(0.02)
        edit()
        run.result()
    office.heal()


def moved(ahead: int, hour: int) -> dict:
    return {"start": at(day(ahead), f"{hour}:00"), "end": at(day(ahead), f"{hour + 1}:00")}


def exceptions(office, kuerzel: str) -> list[str]:
    return [e["id"] for e in office.events(kuerzel) if e.get("recurringEventId")]


@pytest.mark.parametrize("known", [False, True])
def test_a_series_moved_while_it_is_read_stays_a_series(office, hub, kuerzel, known):
    hub.rows("UPDATE sync.setting SET default_strategy = 'last_change_wins'")
    hub.sync()
    google = office.add_event(kuerzel, **event("Jour fixe", ahead=3, recurrence=["RRULE:FREQ=WEEKLY;COUNT=8"]))
    if known:
        hub.sync()
        office.advance()
        office.edit_event(kuerzel, google, location="Saal 7")
    meanwhile(office, hub, "/events?", "GET", lambda: office.edit_event(kuerzel, google, **moved(4, 15)))
    hub.sync()
    assert [(t["turnus"], t["uhrzeitVon"]) for t in office.termine(kuerzel) if t["text"] == "Jour fixe"] == [(1, "15:00:00")]
    assert_agree(office)
    quiet(office, hub)


def test_a_series_moved_just_after_our_write_is_not_written_back_piece_by_piece(office, hub, kuerzel):
    hub.rows("UPDATE sync.setting SET default_strategy = 'last_change_wins'")
    hub.sync()
    hub.rows("UPDATE sync.employee SET advoware_writes = 'all'")
    frnr = office.add_termin(**termin(kuerzel, "Dienst", turnus=1, turnusArt=2, dauertermin=1, datum=day(3), datumBis=day(60)))
    hub.sync()
    master = office.event_of(kuerzel, "Dienst")["id"]
    office.advance()
    office.edit_termin(frnr, uhrzeitVon="08:00:00", uhrzeitBis="09:00:00")

    def later():
        office.advance()
        office.edit_event(kuerzel, master, **moved(4, 15))

    meanwhile(office, hub, master, "PATCH", later)
    assert exceptions(office, kuerzel) == []
    hub.sync()
    assert [(t["turnus"], t["uhrzeitVon"]) for t in office.termine(kuerzel) if t["text"] == "Dienst"] == [(1, "15:00:00")]
    assert_agree(office)
    quiet(office, hub)
