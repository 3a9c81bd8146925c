"""Series as Google really numbers and lists them; entries that are there for Google and for nobody else."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from agree import BERLIN, assert_agree
from appointments import all_day, day, event, termin
from patience import health, nothing_more_to_write

pytestmark = pytest.mark.office(employees=1, termine=3)


def instance(master: str, on: str, clock: str = "10:00") -> str:
    return f"{master}_{datetime.fromisoformat(f'{on}T{clock}').replace(tzinfo=BERLIN).astimezone(ZoneInfo('UTC')):%Y%m%dT%H%M%SZ}"


def of(office, kuerzel: str, text: str) -> list[str]:
    """The first days of the Termine of that text; a series says how often."""
    return sorted(t["datum"][:10] + (f" every {t['turnus']}" if int(t.get("turnus") or 0) else "") for t in office.termine(kuerzel) if t["text"] == text)


def test_an_endless_series_that_was_split_is_two_series(office, hub, kuerzel):
    hub.sync()
    master = office.add_event(kuerzel, **event("Täglich", ahead=3, recurrence=["RRULE:FREQ=DAILY"]))
    hub.sync()
    office.advance()
    half = office.split_event(kuerzel, instance(master, day(20)), location="Saal")
    hub.sync()
    assert half.startswith(master + "_R") and of(office, kuerzel, "Täglich") == [day(3) + " every 1", day(20) + " every 1"]
    assert_agree(office)
    nothing_more_to_write(office, hub)


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("rule, carried", [("FREQ=WEEKLY;COUNT=6", False), ("FREQ=WEEKLY;COUNT=8;BYDAY={a},{b}", True)])
def test_an_occurrence_deleted_in_the_second_half_is_one_of_the_second_half(office, hub, kuerzel, rule, carried, bare):
    hub.sync()
    names = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
    rule = rule.format(**{k: names[datetime.fromisoformat(day(n)).weekday()] for k, n in (("a", 3), ("b", 5))})
    master = office.add_event(kuerzel, **event("Geteilt", ahead=3, recurrence=[f"RRULE:{rule}"]))
    hub.sync()
    office.advance()
    office.split_event(kuerzel, instance(master, day(17)))
    hub.sync()
    office.advance()
    if bare:
        office.fault("google", "bare_tombstones")
    office.delete_event(kuerzel, instance(master, day(24)))
    hub.sync()
    assert of(office, kuerzel, "Geteilt") == ([day(n) for n in (3, 5, 10, 12, 17, 19, 26)] if carried else [day(n) for n in (3, 10, 17, 31, 38)])
    nothing_more_to_write(office, hub)


@pytest.mark.parametrize("rule, days", [("FREQ=DAILY;COUNT=3", (4, 5, 6)), ("FREQ=DAILY;COUNT=4;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR,SA,SU", (4, 6, 8, 10))])
def test_a_series_of_which_every_occurrence_was_deleted_is_deleted(office, hub, kuerzel, rule, days):
    hub.sync()
    master = office.add_event(kuerzel, **event("Alle weg", ahead=4, recurrence=[f"RRULE:{rule}"]))
    hub.sync()
    assert of(office, kuerzel, "Alle weg")
    office.advance()
    for ahead in days:
        office.delete_event(kuerzel, instance(master, day(ahead)))
    hub.sync()
    assert of(office, kuerzel, "Alle weg") == []
    assert hub.value("SELECT count(*) FROM sync.calendar_sync WHERE NOT deleted AND google_event_id LIKE %s", master + "%") == 0
    nothing_more_to_write(office, hub)
    # Somebody takes one back: its series' tag is asked about first.
    office.advance()
    office.edit_event(kuerzel, instance(master, day(days[1])), status="confirmed")
    hub.program("run")
    hub.sync()
    assert of(office, kuerzel, "Alle weg") == [day(days[1])]
    nothing_more_to_write(office, hub)


def test_a_series_of_advoware_of_which_every_occurrence_was_deleted_comes_back(office, hub, kuerzel):
    office.add_termin(**termin(kuerzel, "Bleibt", turnus=1, turnusArt=1, dauertermin=1, datum=day(4), datumBis=day(6)))
    hub.sync()
    master = office.event_of(kuerzel, "Bleibt")["id"]
    office.advance()
    for ahead in (4, 5, 6):
        office.delete_event(kuerzel, instance(master, day(ahead)))
    hub.sync()
    link = hub.link(advoware_frnr=office.termin_of("Bleibt")["frNr"])
    assert link["google_event_id"] == master + "v1" and office.event(kuerzel, master + "v1")["summary"] == "Bleibt"
    nothing_more_to_write(office, hub)


def test_an_exception_beyond_reach_stays_said_until_it_is_carried(office, hub, kuerzel):
    hub.sync()
    master = office.add_event(kuerzel, **event("Fern", ahead=400, recurrence=["RRULE:FREQ=DAILY;COUNT=4"]))
    hub.sync()
    assert of(office, kuerzel, "Fern") == [day(400) + " every 1"]
    office.advance()
    office.edit_event(kuerzel, instance(master, day(402)), **event("Fern", ahead=402, von="15:00", bis="16:00"))
    for arguments in ((), ("--recheck",), (), ("--recheck",)):
        hub.program("run", *arguments)
        link = hub.link(google_event_id=master)
        assert (link["sync_status"], link["last_error"]) == ("failed", "series_has_no_occurrence_in_reach")
        assert "series_has_no_occurrence_in_reach" in health(hub)
    hub.rows("UPDATE sync.setting SET expand_days = 410")
    hub.sync()
    assert of(office, kuerzel, "Fern") == [day(n) for n in (400, 401, 402, 403)]
    nothing_more_to_write(office, hub)


def test_an_occurrence_whose_series_is_cancelled_stands_alone(office, hub, kuerzel):
    hub.sync()
    alone = instance("mastercancelled", day(9))
    office.add_event(kuerzel, id="mastercancelled", **event("Serie", ahead=2, recurrence=["RRULE:FREQ=WEEKLY"], status="cancelled"))
    office.add_event(kuerzel, id=alone, recurringEventId="mastercancelled", **event("Übrig", ahead=9, originalStartTime=event("", ahead=9)["start"]))
    hub.sync()
    assert of(office, kuerzel, "Übrig") == [day(9)]
    assert hub.value("SELECT present FROM sync.seen WHERE side = 'google' AND entry_id = %s", alone)
    nothing_more_to_write(office, hub)


IMPORTED = "_60q30c1g60o30e1i60o4ac1g"


def test_an_imported_event_is_a_single_one(office, hub, another_hub, kuerzel):
    hub.sync()
    office.add_event(kuerzel, id=IMPORTED, **event("Importiert", ahead=4))
    hub.sync()
    assert of(office, kuerzel, "Importiert") == [day(4)]
    # The hub is lost, and the event was edited meanwhile.
    office.advance()
    office.edit_event(kuerzel, IMPORTED, summary="Importiert, geändert")
    another_hub.sync()
    assert another_hub.value("SELECT advoware_write_allowed FROM sync.calendar_sync WHERE google_event_id = %s", IMPORTED)
    assert (of(office, kuerzel, "Importiert"), of(office, kuerzel, "Importiert, geändert")) == ([], [day(4)])
    nothing_more_to_write(office, another_hub)


def test_anonymisation_leaves_imported_events_their_words(office, hub, kuerzel):
    hub.rows("UPDATE sync.setting SET default_strategy = 'last_change_wins'")
    hub.sync()
    office.add_event(kuerzel, id=IMPORTED, **event("Einer", ahead=4))
    hub.sync()
    # Its text comes from Advoware from now on.
    office.advance()
    office.edit_termin(office.termin_of("Einer")["frNr"], text="Einer, geändert")
    hub.sync()
    office.add_event(kuerzel, id="_8d9lcgrfdpr6asjk", **event("Anderer", ahead=6, description="Eigenes"))
    hub.sync()
    hub.rows("UPDATE sync.setting SET anonymize_google_events = true")
    hub.sync()
    other = office.event(kuerzel, "_8d9lcgrfdpr6asjk")
    assert (other["summary"], other["description"]) == ("Anderer", "Eigenes")


def guests(answer: str) -> dict:
    return {"attendees": [{"email": "chefin@example.org", "organizer": True, "responseStatus": "accepted"}, {"email": "ich@example.org", "self": True, "responseStatus": answer}],
            "organizer": {"email": "chefin@example.org"}}


def test_a_declined_invitation_is_as_good_as_deleted(office, hub, kuerzel):
    hub.sync()
    office.add_event(kuerzel, **event("Abgesagt", ahead=4, **guests("declined")))
    later = office.add_event(kuerzel, **event("Zugesagt", ahead=6, **guests("accepted")))
    hub.sync()
    assert (of(office, kuerzel, "Abgesagt"), of(office, kuerzel, "Zugesagt")) == ([], [day(6)])
    office.advance()
    office.edit_event(kuerzel, later, attendees=guests("declined")["attendees"])
    office.forget_requests()
    hub.sync()
    assert of(office, kuerzel, "Zugesagt") == [] and len(office.asked("google", path=later)) == 1
    nothing_more_to_write(office, hub)
    office.advance()
    office.edit_event(kuerzel, later, attendees=guests("accepted")["attendees"])
    hub.sync()
    assert of(office, kuerzel, "Zugesagt") == [day(6)]


def test_a_birthday_imported_as_1604_is_carried_by_occurrence(office, hub, kuerzel):
    hub.sync()
    on = day(20)
    office.add_event(kuerzel, **all_day("Geburtstag", datum="1604" + on[4:], recurrence=["RRULE:FREQ=YEARLY"]))
    hub.sync()
    assert on in of(office, kuerzel, "Geburtstag") and not [d for d in of(office, kuerzel, "Geburtstag") if "every" in d]
    nothing_more_to_write(office, hub)


def next_months(first: str, by: int) -> str:
    year, month = divmod(int(first[:4]) * 12 + int(first[5:7]) - 1 + by, 12)
    return f"{year}-{month + 1:02}-{first[8:]}"


@pytest.mark.parametrize("lost", [False, True])
def test_a_carried_series_says_so_to_a_hub_without_memory(office, hub, another_hub, kuerzel, lost):
    """`another_hub` is the hub as it was before the series was carried, or one that never knew it."""
    first = next(d for n in range(3, 40) if int((d := day(n))[8:]) <= 28)
    days = [next_months(first, n) for n in (0, 2, 4, 6)]
    hub.sync()
    master = office.add_event(kuerzel, **event("Quartal", datum=first, recurrence=["RRULE:FREQ=MONTHLY;INTERVAL=2;COUNT=4"]))
    hub.sync()
    if not lost:
        another_hub.sync()
    office.advance()
    office.edit_event(kuerzel, instance(master, days[1]), summary="Quartal, außer der Reihe")
    office.forget_requests()
    hub.sync()
    assert office.event(kuerzel, master)["extendedProperties"]["private"]["carried"] == master and len(office.asked("google", "PATCH")) == 1
    nothing_more_to_write(office, hub)
    before = (sorted(t["frNr"] for t in office.termine(kuerzel)), sorted(e["id"] for e in office.events(kuerzel)))
    another_hub.sync()
    another_hub.sync("--recheck")
    assert (sorted(t["frNr"] for t in office.termine(kuerzel)), sorted(e["id"] for e in office.events(kuerzel))) == before
    assert of(office, kuerzel, "Quartal") == [days[0], *days[2:]]
    pairs = "SELECT advoware_frnr, google_event_id FROM sync.calendar_sync WHERE NOT deleted AND google_event_id LIKE %s ORDER BY 1"
    assert another_hub.rows(pairs, master + "%") == hub.rows(pairs, master + "%")
    nothing_more_to_write(office, another_hub)


def test_a_tag_that_google_refuses_is_tried_with_growing_delay(office, hub, kuerzel):
    hub.sync()
    event_id = office.add_event(kuerzel, **event("Ohne Marke", ahead=4))
    office.fault("google", "invalid_400", method="PATCH")
    audited, tried = [], 0
    for _ in range(4):
        hub.program("run")
        link = hub.link(google_event_id=event_id)
        assert (link["sync_status"], link["last_error"], link["attempts"]) == ("failed", "google_rejected", 1), hub.problems()
        audited.append(hub.value("SELECT count(*) FROM sync.calendar_sync_audit"))
    assert len(office.asked("google", "PATCH")) == 1 and len(set(audited)) == 1
    office.heal()
    hub.rows("SELECT sync.retry_failed()")
    hub.sync()
    assert hub.link(google_event_id=event_id)["sync_status"] == "synced"
    nothing_more_to_write(office, hub)


# As calendars of real people hold them, in all the shapes in which they have been recorded; none of these is one of theirs.
SELF = {"organizer": {"email": "jemand@example.org"}, "attendees": [{"email": "ich@example.org", "self": True, "responseStatus": "needsAction"}]}
SHAPES = {
    "timedevent1": event("Besprechung", ahead=2, description="Zeile\n<b>zwei</b>", location="Raum 3"),
    "alldayevent1": all_day("Messe", ahead=3, days=3, transparency="transparent"),
    "notitle1": {k: v for k, v in event("", ahead=4).items() if k != "summary"},
    "nolength1": event("Kein Ende", ahead=4, von="10:00", bis="10:00"),
    "tentative1": event("Vielleicht", ahead=5, status="tentative", visibility="confidential"),
    "_60q30c1g60o30e1i60o4ac1g": event("Importiert", ahead=6, iCalUID="abc@outlook.example"),
    "_6cr3edhi6sr3iba168q3gb9k": event("Auch importiert", ahead=6, recurrence=["RRULE:FREQ=WEEKLY;COUNT=2"]),
    "invited1": event("Eingeladen", ahead=7, **SELF),
    "unknownorganizer1": event("Wer lädt ein?", ahead=7, organizer={"email": "unknownorganizer@calendar.google.com"}),
    "outofoffice1": event("Nicht da", ahead=8, eventType="outOfOffice"),
    "birthday1": all_day("Geburtstag", ahead=8, eventType="birthday", recurrence=["RRULE:FREQ=YEARLY"]),
    "fromgmail1": event("Flug", ahead=8, eventType="fromGmail"),
    "weekly1": event("Zwei Tage", ahead=2, recurrence=["RRULE:FREQ=WEEKLY;WKST=MO;UNTIL=20990101T000000Z;BYDAY=MO,TH"]),
    "excluded1": event("Mit Ausnahme", ahead=2, recurrence=["EXDATE;TZID=Europe/Berlin:20300101T100000", "RRULE:FREQ=WEEKLY"]),
    "oldzone1": event("Alte Zone", ahead=3, start={"dateTime": day(3) + "T10:00:00-05:00", "timeZone": "America/New_York"},
                      end={"dateTime": day(3) + "T11:00:00-05:00", "timeZone": "America/New_York"}),
    "cancelledmaster1": event("Abgesagte Serie", ahead=2, recurrence=["RRULE:FREQ=DAILY"], status="cancelled"),
    instance("cancelledmaster1", day(9)): event("Übrig", ahead=9, recurringEventId="cancelledmaster1", originalStartTime=event("", ahead=9)["start"]),
    instance("nobodysmaster1", day(9)): event("Einzeln eingeladen", ahead=9, recurringEventId="nobodysmaster1", originalStartTime=event("", ahead=9)["start"], **SELF),
    "x" * 300: event("Langer Name", ahead=9),
}


def test_every_entry_that_was_read_leaves_a_trace(office, hub, kuerzel):
    hub.sync()
    for event_id, shape in SHAPES.items():
        office.add_event(kuerzel, id=event_id, **shape)
    hub.sync()
    seen = dict(hub.rows("SELECT entry_id, present FROM sync.seen WHERE side = 'google'"))
    named = {row[0] for row in hub.rows("SELECT google_event_id FROM sync.action WHERE status = 'refused'")}
    alive = {e["id"] for e in office.events(kuerzel)}
    assert alive >= SHAPES.keys() - {"cancelledmaster1"}
    assert not [i for i in alive if not seen.get(i) and i not in named]
    # What has no link is named.
    linked = {row[0] for row in hub.rows("SELECT google_event_id FROM sync.calendar_sync WHERE NOT deleted")}
    carried = {row[0] for row in hub.rows("SELECT family FROM sync.series")}
    assert alive - linked - named - carried <= {"outofoffice1", "birthday1", "fromgmail1"}
    nothing_more_to_write(office, hub)
