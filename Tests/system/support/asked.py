"""How many requests a run may ask both systems: nothing changed, and changes of every kind. Used by ops/bench wire and by the small test of the same."""

import re
from collections import Counter
from datetime import date, datetime, timezone

from appointments import BERLIN, at, day, event, termin
from hub import Hub
from office import Office

EMPLOYEES = ("GET", "employees")
TERMINE = ("GET", "Termine of an employee")
TERMIN = ("GET", "one Termin")
POST_TERMIN = ("POST", "Termin")
PUT_TERMIN = ("PUT", "Termin")
DELETE_TERMIN = ("DELETE", "Termin")
EVENTS = ("GET", "events of a calendar")
EVENT = ("GET", "one event")
INSERT_EVENT = ("POST", "event")
PATCH_EVENT = ("PATCH", "event")
DELETE_EVENT = ("DELETE", "event")

# What a path of Google's asks for, by method.
GOOGLE = ((r"/calendars/[^/]+/events/[^/]+/instances", "occurrences of a series"), (r"/calendars/[^/]+/events/[^/]+", "event"),
          (r"/calendars/[^/]+/events", "events of a calendar"), (r"/calendars/[^/]+/acl", "rights of a calendar"), (r"/calendars/[^/]+", "one calendar"),
          (r"/calendars", "calendar"), (r"/users/me/calendarList", "calendars"))


def operation(request: dict) -> tuple[str, str]:
    """(method, what of) of one request of the simulator's log."""
    method, path, query = request["method"], request["path"], {name.lower() for name in request["query"]}
    if request["system"] == "login":
        return method, "login"
    if request["system"] == "advoware":
        if path.endswith("/Mitarbeiter"):
            return EMPLOYEES
        return (TERMINE if "kuerzel" in query else TERMIN) if method == "GET" else (method, "Termin")
    what = next(what for pattern, what in GOOGLE if re.search(pattern + "$", path))
    if method == "GET" and what == "event":
        return EVENT
    return (method, "event") if (method, what) == ("POST", "events of a calendar") else (method, what)


def counted(requests: list[dict]) -> Counter:
    return Counter(map(operation, requests))


def everyday(employees: int) -> Counter:
    """One request for all in which nothing changed; logins and calendars are known."""
    return Counter({EMPLOYEES: 1, TERMINE: employees, EVENTS: employees})


def differences(found: Counter, expected: Counter) -> list[str]:
    """What was asked more or less often than it should, a line each."""
    return [f"{method} {what}: {found[method, what]}, expected {expected[method, what]}" for method, what in sorted({*found, *expected})
            if found[method, what] != expected[method, what]]


# Series of every shape

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def weekday(ahead: int) -> str:
    return WEEKDAYS[date.fromisoformat(day(ahead)).weekday()]


def occurrence(master: str, ahead: int) -> str:
    """The id of the one at ten o'clock on that day."""
    moment = datetime.fromisoformat(f"{day(ahead)}T10:00:00").replace(tzinfo=BERLIN).astimezone(timezone.utc)
    return f"{master}_{moment:%Y%m%dT%H%M%SZ}"


def add_series(office: Office, kuerzel: str) -> None:
    """In both calendars; of Google's some that Advoware can hold, and some that are carried by occurrence. Every start lies on its rule."""
    # A day that every month has.
    early = next(d for n in range(3, 40) if int((d := day(n))[8:]) <= 28)
    for art in (1, 2, 3, 4):
        for turnus, end in ((1, day(400)), (2, "2037-12-31")):
            office.add_termin(**termin(kuerzel, f"Serie der Art {art}, jede {turnus}.", datum=early, datumBis=end, turnus=turnus, turnusArt=art, dauertermin=1))
    office.add_termin(**termin(kuerzel, "Ganztags jede Woche", von="00:00", bis="23:59", datum=early, datumBis=day(90), turnus=1, turnusArt=2, dauertermin=1))

    def google(text: str, *recurrence: str, **more) -> str:
        return office.add_event(kuerzel, **{**event(text, ahead=more.pop("ahead", 5), recurrence=list(recurrence)), **more})

    google("Google fünfmal täglich", "RRULE:FREQ=DAILY;COUNT=5")
    google("Google jede Woche", "RRULE:FREQ=WEEKLY")
    google("Google jeden Monat", f"RRULE:FREQ=MONTHLY;BYMONTHDAY={int(early[8:])}", start=at(early, "10:00"), end=at(early, "11:00"))
    google("Google jedes Jahr", "RRULE:FREQ=YEARLY", start=at(early, "10:00"), end=at(early, "11:00"))
    # Carried by occurrence.
    google("Google an zwei Tagen", f"RRULE:FREQ=WEEKLY;BYDAY={weekday(5)},{weekday(7)};COUNT=6")
    google("Google mit Ausnahme", "RRULE:FREQ=WEEKLY;COUNT=5", f"EXDATE;TZID=Europe/Berlin:{day(12).replace('-', '')}T100000")
    google("Google mit Zusatz", "RRULE:FREQ=WEEKLY;COUNT=3", f"RDATE;TZID=Europe/Berlin:{day(8).replace('-', '')}T100000")
    google("Google über Mitternacht", "RRULE:FREQ=DAILY;COUNT=3", start=at(day(5), "22:00"), end=at(day(6), "06:00"))
    moved, cancelled = (google(f"Google {what}", "RRULE:FREQ=WEEKLY;COUNT=4") for what in ("verlegt", "ausgefallen"))
    office.edit_event(kuerzel, occurrence(moved, 12), **event("Google verlegt", ahead=14, von="15:00", bis="16:00"))
    office.delete_event(kuerzel, occurrence(cancelled, 12))


# Changes of every kind

TERMINE_TO_CHANGE = ("bearbeitet", "gelöscht", "Kopie bearbeitet", "Kopie gelöscht", "nur berührt")
EVENTS_TO_CHANGE = ("bearbeitet", "verlegt", "gelöscht", "Kopie bearbeitet", "Kopie gelöscht")


def add_to_change(office: Office, kuerzel: str) -> None:
    """What `change` changes, to be synced before."""
    for n, what in enumerate(TERMINE_TO_CHANGE):
        office.add_termin(**termin(kuerzel, f"{kuerzel} Termin {what}", ahead=3 + n))
    office.add_termin(**termin(kuerzel, f"{kuerzel} Serie bearbeitet", datum=day(3), datumBis=day(200), turnus=1, turnusArt=2, dauertermin=1))
    for n, what in enumerate(EVENTS_TO_CHANGE):
        office.add_event(kuerzel, **event(f"{kuerzel} Event {what}", ahead=13 + n))


def change(office: Office, hub: Hub, kuerzel: str) -> Counter:
    """Users change one employee's appointments in every way; what a run may ask because of it, beside what it asks every day.

    Everything begins and ends as rules 2 say where the system wins in which an appointment began.
    """
    events = dict(hub.rows("SELECT advoware_frnr, google_event_id FROM sync.calendar_sync WHERE NOT deleted AND employee_kuerzel = %s", kuerzel))
    ids = {t["text"]: (t["frNr"], events[t["frNr"]]) for t in office.termine(kuerzel) if t["text"].startswith(f"{kuerzel} ")}

    def frnr(text: str) -> int:
        return ids[f"{kuerzel} {text}"][0]

    def event_id(text: str) -> str:
        return ids[f"{kuerzel} {text}"][1]

    expected: Counter = Counter()
    # New ones: the tag is one more PATCH where the appointment began in Google.
    for n in range(3):
        office.add_termin(**termin(kuerzel, f"{kuerzel} neuer Termin {n}", ahead=20 + n))
    office.add_termin(**termin(kuerzel, f"{kuerzel} neue Serie", datum=day(20), datumBis=day(100), turnus=1, turnusArt=1, dauertermin=1))
    expected[INSERT_EVENT] += 4
    for n in range(2):
        office.add_event(kuerzel, **event(f"{kuerzel} neues Event {n}", ahead=24 + n))
    expected += Counter({POST_TERMIN: 2, PATCH_EVENT: 2})
    # Changed ones, and changed copies: the event is written from the Termin, or the Termin from the event, read directly before.
    office.edit_termin(frnr("Termin bearbeitet"), text=f"{kuerzel} Termin, nun anders")
    office.edit_termin(frnr("Serie bearbeitet"), uhrzeitVon="12:00:00", uhrzeitBis="13:00:00")
    office.edit_event(kuerzel, event_id("Termin Kopie bearbeitet"), summary="Kopie, nun anders")
    expected[PATCH_EVENT] += 3
    office.edit_event(kuerzel, event_id("Event bearbeitet"), summary=f"{kuerzel} Event, nun anders")
    office.edit_event(kuerzel, event_id("Event verlegt"), start=at(day(30), "08:00"), end=at(day(30), "09:00"))
    office.edit_termin(frnr("Event Kopie bearbeitet"), text="Kopie, nun anders")
    # What Google did not list again, and the hub does not keep: the content of the event (rules 2).
    expected += Counter({TERMIN: 3, PUT_TERMIN: 3, EVENT: 1})
    # Deleted ones, and deleted copies, which come back: each absence is proven.
    office.delete_termin(frnr("Termin gelöscht"))
    expected += Counter({TERMIN: 1, DELETE_EVENT: 1})
    office.delete_event(kuerzel, event_id("Event gelöscht"))
    expected += Counter({EVENT: 1, TERMIN: 1, DELETE_TERMIN: 1})
    office.delete_event(kuerzel, event_id("Termin Kopie gelöscht"))
    expected += Counter({EVENT: 1, INSERT_EVENT: 1})
    office.delete_termin(frnr("Event Kopie gelöscht"))
    # Again the content; and the tag names another Termin.
    expected += Counter({TERMIN: 1, EVENT: 1, POST_TERMIN: 1, PATCH_EVENT: 1})
    # No change of what is carried over.
    office.edit_termin(frnr("Termin nur berührt"), referat="5")
    # What was stored, of all Termine that were written.
    expected[TERMINE] += 1
    return expected

