"""Reading Google by what changed: the token, what it costs when it is lost, and answers of odd shapes."""

import pytest
from agree import assert_agree
from appointments import day, event, termin
from patience import nothing_more_to_write
from test_occurrences import instance, said

pytestmark = pytest.mark.office(employees=1, termine=4)


def lists(office) -> list[dict]:
    return [r for r in office.asked("google", path="/events") if r["path"].endswith("/events")]


def token(hub, kuerzel) -> str | None:
    return hub.value("SELECT sync_token FROM sync.reading WHERE side = 'google' AND employee_kuerzel = %s", kuerzel)


@pytest.mark.office(employees=3, termine=5)
def test_a_sync_with_nothing_to_do_asks_each_side_once_per_employee(office, hub):
    hub.sync()
    hub.sync()
    tokens = {k: token(hub, k) for k in office.employees()}
    assert len(set(tokens.values())) == 3, "every employee has a token of their own"
    office.forget_requests()
    hub.sync()
    assert sorted(r["query"]["kuerzel"] for r in office.asked("advoware", path="Termine")) == sorted(office.employees())
    assert sorted(r["query"]["syncToken"] for r in lists(office)) == sorted(tokens.values())
    assert all("timeMin" not in r["query"] for r in lists(office))
    # Beside the lists: whether the calendar is still there, and who works here.
    others = [r["path"].rsplit("/", 2)[-2:] for r in office.requests() if r["system"] != "login" and r not in lists(office) and "kuerzel" not in r["query"]]
    assert sorted(p[-1] for p in others if p[0] != "calendars") == ["Mitarbeiter"] * len([p for p in others if p[0] != "calendars"])
    assert office.writes() == []


def test_only_what_changed_is_read_again(office, hub, kuerzel):
    hub.sync()
    hub.sync()
    event_id = office.add_event(kuerzel, **event("Neu"))
    old = token(hub, kuerzel)
    office.forget_requests()
    hub.sync()
    [asked] = lists(office)
    assert asked["query"]["syncToken"] == old != token(hub, kuerzel)
    assert hub.value("SELECT entries FROM sync.reading WHERE side = 'google'") == 1
    assert hub.link(google_event_id=event_id)["sync_status"] == "synced"


@pytest.mark.parametrize("shape", [(), ("short_pages",), ("empty_pages",), ("short_pages", "empty_pages", "bare_tombstones")])
def test_after_410_the_listing_is_whole_and_deletions_are_found_by_difference(office, hub, kuerzel, shape):
    frnr = office.add_termin(**termin(kuerzel, "Kopie gelöscht"))
    hub.sync()
    ours = office.add_event(kuerzel, **event("In Google gelöscht"))
    hub.sync()
    number = hub.link(google_event_id=ours)["advoware_frnr"]
    office.delete_event(kuerzel, ours)
    office.delete_event(kuerzel, hub.link(advoware_frnr=frnr)["google_event_id"])
    for weakness in shape:
        office.fault("google", weakness)
    # The calendar forgets its tombstones, too.
    office.fault("google", "gone_410", times=1, method="GET")
    office.forget_requests()
    hub.sync()
    assert lists(office)[0]["status"] == 410 and "syncToken" not in lists(office)[1]["query"] and "timeMin" in lists(office)[1]["query"]
    assert office.termin(number) is None and office.event_of(kuerzel, "Kopie gelöscht")
    assert_agree(office)
    nothing_more_to_write(office, hub)


@pytest.mark.parametrize("shape", [(), ("bare_tombstones",), ("short_pages", "empty_pages", "bare_tombstones")])
def test_deletions_arrive_as_tombstones_of_any_shape(office, hub, kuerzel, shape):
    frnr = office.add_termin(**termin(kuerzel, "Kopie gelöscht"))
    hub.sync()
    ids = [office.add_event(kuerzel, **event(f"In Google gelöscht {n}", ahead=n)) for n in range(3, 6)]
    hub.sync()
    numbers = [hub.link(google_event_id=i)["advoware_frnr"] for i in ids]
    for weakness in shape:
        office.fault("google", weakness)
    for event_id in ids:
        office.delete_event(kuerzel, event_id)
    office.delete_event(kuerzel, hub.link(advoware_frnr=frnr)["google_event_id"])
    hub.sync()
    assert [office.termin(n) for n in numbers] == [None] * 3 and office.event_of(kuerzel, "Kopie gelöscht")
    assert_agree(office)
    nothing_more_to_write(office, hub)


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("bare", [False, True])
def test_a_series_deleted_as_a_whole_is_deleted_once(office, hub, kuerzel, lost, bare):
    hub.sync()
    series = office.add_event(kuerzel, **event("Wöchentlich", recurrence=["RRULE:FREQ=WEEKLY;COUNT=5"]))
    hub.sync()
    number = hub.link(google_event_id=series)["advoware_frnr"]
    assert office.termin(number)["turnusArt"] == 2
    if bare:
        office.fault("google", "bare_tombstones")
    office.delete_event(kuerzel, series)
    if lost:
        office.fault("google", "gone_410", times=1, method="GET")
    office.forget_requests()
    hub.sync()
    assert office.termin(number) is None and len(office.asked("advoware", "DELETE")) == 1
    assert_agree(office)
    nothing_more_to_write(office, hub)


@pytest.mark.parametrize("lost", [False, True])
def test_an_occurrence_deleted_and_told_by_its_id_alone_is_written_back(office, hub, kuerzel, lost):
    office.add_termin(**termin(kuerzel, "Dienst", turnus=1, turnusArt=2, dauertermin=1, datum=day(3), datumBis=day(31)))
    hub.sync()
    master = office.event_of(kuerzel, "Dienst")["id"]
    office.fault("google", "bare_tombstones")
    gone = instance(master, day(10))
    office.delete_event(kuerzel, gone)
    if lost:
        office.fault("google", "gone_410", times=1, method="GET")
    hub.sync()
    assert office.event(kuerzel, gone)["status"] == "confirmed"
    nothing_more_to_write(office, hub)


@pytest.mark.parametrize("lost", [False, True])
def test_occurrences_told_by_their_ids_alone_are_carried(office, hub, kuerzel, lost):
    hub.rows("UPDATE sync.setting SET expand_days = 40")
    hub.sync()
    master = office.add_event(kuerzel, **event("Jour fixe", datum=day(3), recurrence=["RRULE:FREQ=WEEKLY;COUNT=5"]))
    hub.sync()
    office.fault("google", "bare_tombstones")
    for ahead in (10, 17):
        office.delete_event(kuerzel, instance(master, day(ahead)))
        if lost:
            office.fault("google", "gone_410", times=1, method="GET")
        hub.sync()
    assert said(office, kuerzel, "Jour fixe") == [day(3), day(24), day(31)]
    nothing_more_to_write(office, hub)


def test_a_nul_in_what_somebody_wrote_on_an_event_stops_nobody(office, hub, kuerzel):
    hub.sync()
    tag = {"sync_id": "00000000-0000-4000-8000-000000000001", "kuerzel": "A\0B"}
    office.add_event(kuerzel, **event("Nullzeichen"), extendedProperties={"private": tag})
    office.add_event(kuerzel, **event("Daneben"))
    hub.sync()
    assert office.termin_of("Nullzeichen") and office.termin_of("Daneben")
    nothing_more_to_write(office, hub)


def test_an_item_that_cannot_be_identified_keeps_the_token(office, hub, kuerzel):
    hub.sync()
    hub.sync()
    kept = token(hub, kuerzel)
    office.add_event(kuerzel, **event("Neben dem Namenlosen"))
    office.fault("google", "item_without_id")
    office.forget_requests()
    hub.sync()
    hub.sync()
    assert office.termin_of("Neben dem Namenlosen") and token(hub, kuerzel) == kept
    assert [r["query"]["syncToken"] for r in lists(office)] == [kept, kept]
    office.heal()
    hub.sync()
    assert token(hub, kuerzel) != kept
    assert_agree(office)


def test_without_a_new_token_the_next_listing_is_whole(office, hub, kuerzel):
    office.fault("google", "no_sync_token")
    hub.sync()
    office.add_event(kuerzel, **event("Ohne Zeichen"))
    office.forget_requests()
    hub.sync()
    assert ["syncToken" in r["query"] for r in lists(office)] == [False] and office.termin_of("Ohne Zeichen")
    office.heal()
    hub.sync()
    office.forget_requests()
    hub.sync()
    assert ["syncToken" in r["query"] for r in lists(office)] == [True]


def test_recheck_trusts_neither_token_nor_timestamp(office, hub, kuerzel):
    frnr = office.add_termin(**termin(kuerzel, "Verglichen"))
    hub.sync()
    link = hub.link(advoware_frnr=frnr)
    office.edit_event(kuerzel, link["google_event_id"], summary="Auseinander")
    # Both sides count as settled just as they are, with timestamps from the future.
    hub.rows("UPDATE sync.setting SET paused = false")
    office.fault("google", "forbidden_403", method="PATCH")
    hub.program("run")
    office.heal()
    hub.rows("""UPDATE sync.calendar_sync AS l SET sync_status = 'synced', last_error = NULL, next_attempt_at = NULL,
        google_fingerprint = s.fingerprint, google_watermark = '2100-01-01', advoware_watermark = '2100-01-01'
        FROM sync.seen AS s WHERE s.side = 'google' AND s.entry_id = l.google_event_id AND l.sync_id = %s""", link["sync_id"])
    hub.rows("UPDATE sync.action SET write_state = NULL WHERE sync_id = %s AND write_state IS NOT NULL", link["sync_id"])
    office.forget_requests()
    hub.sync()
    assert office.writes() == [] and office.event(kuerzel, link["google_event_id"])["summary"] == "Auseinander"
    office.forget_requests()
    hub.sync("--recheck")
    assert ["syncToken" in r["query"] for r in lists(office)] == [False]
    assert office.event(kuerzel, link["google_event_id"])["summary"] == "Verglichen"
    assert_agree(office)


def test_a_window_that_widens_brings_in_what_was_never_listed(office, hub, kuerzel):
    hub.sync()
    office.add_event(kuerzel, **event("Lange her", ahead=-45))
    old = office.add_termin(**termin(kuerzel, "Auch lange her", ahead=-45))
    hub.sync()
    assert hub.value("SELECT count(*) FROM sync.calendar_sync WHERE advoware_frnr = %s", old) == 0
    hub.rows("UPDATE sync.setting SET window_past_days = 60")
    office.forget_requests()
    hub.sync()
    assert ["syncToken" in r["query"] for r in lists(office)] == [False]
    assert office.event_of(kuerzel, "Auch lange her") and office.termin_of("Lange her")
