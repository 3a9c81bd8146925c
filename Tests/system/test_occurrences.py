"""Series that Advoware cannot represent, carried occurrence by occurrence, one link each; and what happens when they change their shape."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from agree import BERLIN, assert_agree, of_termin
from appointments import all_day, day, event, termin
from dateutil.rrule import rrulestr

SPAN = 40


@pytest.fixture
def hub(hub):
    """Carried so far ahead only, so that the tests are quick."""
    hub.rows("UPDATE sync.setting SET expand_days = %s", SPAN)
    hub.sync()
    return hub


def days(rule: str, first: str, without: tuple = ()) -> list[str]:
    """The days of a rule until the end of the span, by dateutil."""
    start = datetime.fromisoformat(first)
    edge = datetime.fromisoformat(day(SPAN + 1))
    return [f"{d:%Y-%m-%d}" for d in rrulestr(f"RRULE:{rule}", dtstart=start).between(start, edge, inc=True) if d < edge and f"{d:%Y-%m-%d}" not in without]


def said(office, kuerzel: str, text: str) -> list[str]:
    """The days on which Advoware has this appointment; a series counts as none."""
    found = [t for t in office.termine(kuerzel) if t["text"] == text]
    assert not [t for t in found if int(t.get("turnus") or 0) > 0], f"{text} is a series in Advoware"
    return sorted(of_termin(t)[1][:10] for t in found)


def quiet(office, hub) -> None:
    """A further sync, also one that trusts nothing, writes nothing; no two active links share a side."""
    office.forget_requests()
    hub.sync()
    hub.sync("--recheck")
    assert office.writes() == []


def weekday(on: str) -> str:
    return ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[date.fromisoformat(on).weekday()]


def exdate(on: str, clock: str = "100000") -> str:
    return f"EXDATE;TZID=Europe/Berlin:{on.replace('-', '')}T{clock}"


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY;BYDAY={a},{b}", "FREQ=MONTHLY;BYDAY=2TU", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=MONTHLY;BYMONTHDAY=31,-1",
                                  "FREQ=DAILY;BYDAY={a},{b};COUNT=4"])
def test_a_series_that_advoware_cannot_hold_is_carried_by_occurrence(office, hub, kuerzel, rule):
    # Google counts the start as an occurrence, so it lies on the rule.
    rule = rule.format(a=weekday(day(3)), b=weekday(day(5)))
    first = f"{rrulestr('RRULE:' + rule.split(';COUNT')[0], dtstart=datetime.fromisoformat(day(3)))[0]:%Y-%m-%d}"
    office.add_event(kuerzel, **event("Schwierig", datum=first, recurrence=["RRULE:" + rule]))
    hub.sync()
    assert said(office, kuerzel, "Schwierig") == days(rule, first)
    assert all(t["uhrzeitVon"] == "10:00:00" for t in office.termine(kuerzel) if t["text"] == "Schwierig")
    quiet(office, hub)


def test_excluded_and_added_days(office, hub, kuerzel):
    first = day(2)
    office.add_event(kuerzel, **event("Mit Ausnahmen", datum=first, recurrence=["RRULE:FREQ=WEEKLY", exdate(day(9)), f"RDATE;TZID=Europe/Berlin:{day(11).replace('-', '')}T100000"]))
    hub.sync()
    assert said(office, kuerzel, "Mit Ausnahmen") == sorted([*days("FREQ=WEEKLY", first, (day(9),)), day(11)])
    quiet(office, hub)


def test_occurrences_longer_than_a_day_and_across_midnight(office, hub, kuerzel):
    office.add_event(kuerzel, **all_day("Messe", datum=day(3), days=3, recurrence=["RRULE:FREQ=WEEKLY;COUNT=2"]))
    office.add_event(kuerzel, summary="Nachtdienst", start={"dateTime": f"{day(4)}T22:00:00", "timeZone": "Europe/Berlin"},
                     end={"dateTime": f"{day(5)}T06:00:00", "timeZone": "Europe/Berlin"}, recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    hub.sync()
    assert [of_termin(t)[:3] for t in sorted(office.termine(kuerzel), key=lambda t: t["datum"]) if t["text"] == "Messe"] == [(True, day(3), day(5)), (True, day(10), day(12))]
    assert said(office, kuerzel, "Nachtdienst") == [day(4), day(5), day(6)]
    quiet(office, hub)


def instance(master: str, on: str, clock: str = "10:00:00") -> str:
    """The id of the occurrence on that day."""
    moment = datetime.fromisoformat(f"{on}T{clock}").replace(tzinfo=BERLIN).astimezone(ZoneInfo("UTC"))
    return f"{master}_{moment:%Y%m%dT%H%M%SZ}"


def shown(office, kuerzel: str, master: str) -> list[tuple]:
    """What Google shows of a simple series: (day, text) of each occurrence."""
    events = office.calendar(kuerzel)["events"]
    series = next(e for e in events if e["id"] == master)
    start = series["start"]["dateTime"][:19]
    rule = rrulestr(series["recurrence"][0].replace("Z", "") if "UNTIL" in series["recurrence"][0] else series["recurrence"][0], dtstart=datetime.fromisoformat(start))
    exceptions = {e["originalStartTime"]["dateTime"][:10]: e for e in events if e.get("recurringEventId") == master}
    found = []
    for on in (f"{d:%Y-%m-%d}" for d in rule):
        one = exceptions.get(on)
        if one is None:
            found.append((on, series["summary"]))
        elif one["status"] != "cancelled":
            found.append((one["start"]["dateTime"][:10], one["summary"]))
    return found


def simple(office, kuerzel: str, text: str = "Jour fixe", rule: str = "FREQ=WEEKLY;COUNT=4", **more) -> str:
    return office.add_event(kuerzel, **event(text, datum=day(3), recurrence=["RRULE:" + rule], **more))


def test_one_occurrence_deleted_by_its_user_makes_single_appointments_of_a_series(office, hub, kuerzel):
    master = simple(office, kuerzel)
    hub.sync()
    frnr = office.termin_of("Jour fixe")["frNr"]
    assert office.termin_of("Jour fixe")["turnus"] == 1
    office.advance()
    office.delete_event(kuerzel, instance(master, day(10)))
    hub.sync()
    assert said(office, kuerzel, "Jour fixe") == [day(3), day(17), day(24)]
    # The link of the series went to the first occurrence.
    assert office.termin(frnr)["datum"][:10] == day(3)
    quiet(office, hub)


def test_one_occurrence_moved_and_renamed(office, hub, kuerzel):
    master = simple(office, kuerzel)
    hub.sync()
    office.advance()
    office.edit_event(kuerzel, instance(master, day(10)), **event("Verlegt", datum=day(12)))
    hub.sync()
    assert said(office, kuerzel, "Jour fixe") == [day(3), day(17), day(24)]
    assert said(office, kuerzel, "Verlegt") == [day(12)]
    quiet(office, hub)


def test_an_exception_taken_back_leaves_the_series_carried_by_occurrence(office, hub, kuerzel):
    master = simple(office, kuerzel)
    hub.sync()
    office.advance()
    gone = instance(master, day(10))
    office.delete_event(kuerzel, gone)
    hub.sync()
    office.advance()
    office.edit_event(kuerzel, gone, status="confirmed")
    hub.sync()
    assert said(office, kuerzel, "Jour fixe") == [day(3), day(10), day(17), day(24)]
    quiet(office, hub)


def test_a_rule_edited_keeps_the_links(office, hub, kuerzel):
    first = day(3)
    master = office.add_event(kuerzel, **event("Runde", datum=first, recurrence=[f"RRULE:FREQ=WEEKLY;BYDAY={weekday(first)},{weekday(day(4))};COUNT=6"]))
    hub.sync()
    numbers = {t["frNr"] for t in office.termine(kuerzel) if t["text"] == "Runde"}
    office.advance()
    office.edit_event(kuerzel, master, start={"dateTime": f"{first}T14:00:00", "timeZone": "Europe/Berlin"}, end={"dateTime": f"{first}T15:30:00", "timeZone": "Europe/Berlin"})
    office.forget_requests()
    hub.sync()
    after = [t for t in office.termine(kuerzel) if t["text"] == "Runde"]
    assert {t["frNr"] for t in after} == numbers and {t["uhrzeitVon"] for t in after} == {"14:00:00"}
    assert not [w for w in office.writes("advoware") if w.startswith(("POST", "DELETE"))]
    quiet(office, hub)


def test_this_and_following_of_a_series_carried_by_occurrence(office, hub, kuerzel):
    first = day(3)
    master = office.add_event(kuerzel, **event("Runde", datum=first, recurrence=[f"RRULE:FREQ=WEEKLY;BYDAY={weekday(first)},{weekday(day(4))};COUNT=6"]))
    hub.sync()
    numbers = {t["frNr"] for t in office.termine(kuerzel) if t["text"] == "Runde"}
    office.advance()
    office.split_event(kuerzel, instance(master, day(10)), summary="Neue Runde")
    office.forget_requests()
    hub.sync()
    assert said(office, kuerzel, "Runde") == [day(3), day(4)]
    assert said(office, kuerzel, "Neue Runde") == [day(10), day(11), day(17), day(18)]
    assert {t["frNr"] for t in office.termine(kuerzel) if "unde" in t["text"]} == numbers
    quiet(office, hub)


def test_a_shorter_series_loses_its_termine_and_a_deleted_one_all(office, hub, kuerzel):
    first = day(3)
    rule = f"FREQ=WEEKLY;BYDAY={weekday(first)},{weekday(day(4))}"
    master = office.add_event(kuerzel, **event("Kurz", datum=first, recurrence=[f"RRULE:{rule};COUNT=6"]))
    hub.sync()
    office.advance()
    office.edit_event(kuerzel, master, recurrence=[f"RRULE:{rule};COUNT=3"])
    hub.sync()
    assert said(office, kuerzel, "Kurz") == [day(3), day(4), day(10)]
    office.advance()
    office.delete_event(kuerzel, master)
    hub.sync()
    assert said(office, kuerzel, "Kurz") == []
    quiet(office, hub)


def test_the_window_moves_and_further_occurrences_come_in(office, hub, kuerzel):
    rule = f"FREQ=WEEKLY;BYDAY={weekday(day(2))},{weekday(day(3))}"
    office.add_event(kuerzel, **event("Endlos", datum=day(2), recurrence=[f"RRULE:{rule}"]))
    hub.sync()
    before = said(office, kuerzel, "Endlos")
    hub.rows("UPDATE sync.setting SET expand_days = %s", SPAN + 7)
    hub.sync()
    after = said(office, kuerzel, "Endlos")
    assert after[:len(before)] == before and len(after) == len(before) + 2
    quiet(office, hub)


def test_an_occurrence_edited_in_advoware_changes_that_occurrence_alone(office, hub, kuerzel):
    hub.rows("UPDATE sync.setting SET default_strategy = 'last_change_wins'")
    master = office.add_event(kuerzel, **event("Runde", datum=day(3), recurrence=[f"RRULE:FREQ=WEEKLY;BYDAY={weekday(day(3))},{weekday(day(4))};COUNT=4"]))
    hub.sync()
    frnr = next(t["frNr"] for t in office.termine(kuerzel) if t["text"] == "Runde" and t["datum"][:10] == day(4))
    office.advance()
    office.edit_termin(frnr, text="Anders", uhrzeitVon="12:00:00", uhrzeitBis="13:00:00")
    hub.sync()
    changed = office.event(kuerzel, instance(master, day(4)))
    assert (changed["summary"], changed["start"]["dateTime"][11:16], "recurrence" in changed, "sync_id" in str(changed)) == ("Anders", "12:00", False, False)
    assert said(office, kuerzel, "Runde") == [day(3), day(10), day(11)]
    quiet(office, hub)


def test_an_edit_of_a_copied_series_is_undone(office, hub, kuerzel):
    office.add_termin(**termin(kuerzel, "Dienst", turnus=1, turnusArt=2, dauertermin=1, datum=day(3), datumBis=day(31)))
    hub.sync()
    master = office.event_of(kuerzel, "Dienst")["id"]
    office.advance()
    office.delete_event(kuerzel, instance(master, day(10)))
    office.edit_event(kuerzel, instance(master, day(17)), summary="Heimlich", **{k: v for k, v in event("", datum=day(18)).items() if k != "summary"})
    hub.sync()
    assert shown(office, kuerzel, master) == [(day(n), "Dienst") for n in (3, 10, 17, 24, 31)]
    assert hub.value("SELECT sum(reverted) > 0 FROM sync.run")
    assert office.termin_of("Dienst")["turnus"] == 1
    quiet(office, hub)


def test_a_split_of_a_copied_series_is_undone(office, hub, kuerzel):
    office.add_termin(**termin(kuerzel, "Dienst", turnus=1, turnusArt=2, dauertermin=1, datum=day(3), datumBis=day(31)))
    hub.sync()
    master = office.event_of(kuerzel, "Dienst")["id"]
    office.advance()
    office.split_event(kuerzel, instance(master, day(17)), summary="Abgespalten")
    hub.sync()
    assert shown(office, kuerzel, master) == [(day(n), "Dienst") for n in (3, 10, 17, 24, 31)]
    assert not [e for e in office.events(kuerzel) if e["summary"] == "Abgespalten"] and office.termin_of("Dienst")["turnus"] == 1
    assert_agree(office)
    quiet(office, hub)


def test_a_split_is_a_new_appointment_where_google_may_win(office, hub, kuerzel):
    hub.rows("UPDATE sync.setting SET default_strategy = 'last_change_wins', advoware_writes = 'all', anonymize_google_events = true")
    office.add_termin(**termin(kuerzel, "Mandant Meier", notiz="geheim", turnus=1, turnusArt=2, dauertermin=1, datum=day(3), datumBis=day(31)))
    hub.sync()
    master = next(e["id"] for e in office.events(kuerzel) if "recurrence" in e and e["start"]["dateTime"][:10] == day(3))
    office.advance()
    office.split_event(kuerzel, instance(master, day(17)))
    hub.sync()
    found = sorted((t["datum"][:10], t["datumBis"][:10], t["text"], t["notiz"]) for t in office.termine(kuerzel) if t["text"] == "Mandant Meier")
    assert found == [(day(3), day(10), "Mandant Meier", "geheim"), (day(17), day(31), "Mandant Meier", "geheim")]
    assert {e["summary"] for e in office.events(kuerzel)} == {"Advoware blocked"}
    quiet(office, hub)


def test_a_lost_hub_finds_the_occurrences_again(office, hub, kuerzel, another_hub):
    office.add_event(kuerzel, **event("Runde", datum=day(3), recurrence=[f"RRULE:FREQ=WEEKLY;BYDAY={weekday(day(3))},{weekday(day(4))};COUNT=6"]))
    master = simple(office, kuerzel)
    hub.sync()
    office.advance()
    office.delete_event(kuerzel, instance(master, day(10)))
    hub.sync()
    links = hub.value("SELECT count(*) FROM sync.calendar_sync WHERE NOT deleted")
    fresh = another_hub
    fresh.rows("UPDATE sync.setting SET expand_days = %s", SPAN)
    office.forget_requests()
    fresh.sync()
    assert [w for w in office.writes() if "PATCH" not in w] == []
    assert fresh.value("SELECT count(*) FROM sync.calendar_sync WHERE NOT deleted") == links
    quiet(office, fresh)


def test_a_shape_change_is_held_as_one(office, hub, kuerzel):
    first = day(1)
    master = office.add_event(kuerzel, **event("Täglich", datum=first, recurrence=["RRULE:FREQ=DAILY;COUNT=30", exdate(day(2))]))
    hub.sync()
    before = said(office, kuerzel, "Täglich")
    assert len(before) == 29
    office.advance()
    office.edit_event(kuerzel, master, recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"], start={"dateTime": f"{first}T16:00:00", "timeZone": "Europe/Berlin"},
                      end={"dateTime": f"{first}T17:00:00", "timeZone": "Europe/Berlin"})
    office.forget_requests()
    hub.sync(expect=1)
    assert office.writes("advoware") == [] and said(office, kuerzel, "Täglich") == before
    run = hub.value("SELECT max(run_id) FROM sync.run WHERE status = 'held'")
    hub.rows("SELECT sync.approve_held(%s)", run)
    hub.sync()
    assert said(office, kuerzel, "Täglich") == [first, day(8), day(15)]
    assert {t["uhrzeitVon"] for t in office.termine(kuerzel) if t["text"] == "Täglich"} == {"16:00:00"}
    quiet(office, hub)
