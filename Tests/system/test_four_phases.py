"""The main job: both systems say the same after a sync, and the next one has nothing to do."""

import pytest
from agree import assert_agree
from appointments import at, day, event, termin


@pytest.mark.office(employees=5, termine=40)
def test_a_first_sync_carries_the_whole_office_into_google(office, hub):
    hub.sync()
    assert_agree(office)
    assert hub.value("SELECT count(*) FROM sync.calendar_sync WHERE sync_status <> 'synced'") == 0
    assert hub.value("SELECT count(*) FROM sync.calendar_sync WHERE NOT deleted") == sum(len(office.events(k)) for k in office.employees())
    assert hub.rows("SELECT kuerzel FROM sync.employee WHERE active ORDER BY kuerzel COLLATE \"C\"") == [(k,) for k in sorted(office.employees())]


@pytest.mark.office(employees=5, termine=40)
def test_a_second_sync_writes_nothing(office, hub):
    hub.sync()
    office.forget_requests()
    audit = hub.value("SELECT count(*) FROM sync.calendar_sync_audit")
    hub.sync()
    hub.sync("--recheck")
    assert office.writes() == []
    assert audit >= 200 and hub.value("SELECT count(*) FROM sync.calendar_sync_audit") == audit


def test_each_employee_gets_one_calendar_shared_with_the_owner_account(office, hub):
    hub.sync(GOOGLE_CALENDAR_OWNER_EMAIL="kanzlei@example.com")
    hub.sync(GOOGLE_CALENDAR_OWNER_EMAIL="kanzlei@example.com")
    for kuerzel in office.employees():
        rules = [(r["role"], r["scope"].get("value")) for r in office.calendar(kuerzel)["acl"]]
        assert rules.count(("owner", "kanzlei@example.com")) == 1


def test_an_event_that_began_in_google_becomes_a_termin(office, hub, kuerzel):
    hub.sync()
    event_id = office.add_event(kuerzel, **event("Rücksprache Gutachter", description="Akte mitbringen", location="Zimmer 4"))
    hub.sync()
    made = office.termin_of("Rücksprache Gutachter")
    assert (made["sb"], made["anwalt"], made["notiz"], made["ort"]) == (kuerzel, kuerzel, "Akte mitbringen", "Zimmer 4")
    link = hub.link(google_event_id=event_id)
    assert (link["source_system"], link["advoware_frnr"], link["advoware_write_allowed"], link["sync_status"]) == ("google", made["frNr"], True, "synced")
    assert_agree(office)


def test_an_edit_is_carried_each_way(office, hub, kuerzel):
    frnr = office.add_termin(**termin(kuerzel, "Mandantengespräch"))
    hub.sync()
    event_id = office.add_event(kuerzel, **event("Teambesprechung"))
    hub.sync()
    office.advance()
    office.edit_termin(frnr, text="Mandantengespräch verlegt", uhrzeitVon="14:00:00", uhrzeitBis="15:30:00")
    office.edit_event(kuerzel, event_id, summary="Teambesprechung groß", start=at(day(6), "08:30"), end=at(day(6), "09:15"))
    hub.sync()
    assert office.event(kuerzel, hub.link(advoware_frnr=frnr)["google_event_id"])["summary"] == "Mandantengespräch verlegt"
    carried = office.termin_of("Teambesprechung groß")
    assert (carried["datum"][:10], carried["uhrzeitVon"], carried["uhrzeitBis"]) == (day(6), "08:30:00", "09:15:00")
    assert_agree(office)


def test_a_delete_is_carried_each_way(office, hub, kuerzel):
    frnr = office.add_termin(**termin(kuerzel, "Fällt aus"))
    hub.sync()
    google_born = office.add_event(kuerzel, **event("Fällt auch aus"))
    hub.sync()
    copy = hub.link(advoware_frnr=frnr)["google_event_id"]
    twin = hub.link(google_event_id=google_born)["advoware_frnr"]
    office.delete_termin(frnr)
    office.delete_event(kuerzel, google_born)
    hub.sync()
    assert office.event(kuerzel, copy) is None
    assert office.termin(twin) is None
    assert hub.value("SELECT count(*) FROM sync.calendar_sync WHERE deleted") == 2
    assert_agree(office)


def test_a_copy_that_was_edited_or_deleted_is_made_good_again(office, hub, kuerzel):
    first = office.add_termin(**termin(kuerzel, "Hauptverhandlung"))
    second = office.add_termin(**termin(kuerzel, "Ortstermin", ahead=7))
    hub.sync()
    office.advance()
    office.edit_event(kuerzel, hub.link(advoware_frnr=first)["google_event_id"], summary="Verhandlung??")
    office.delete_event(kuerzel, hub.link(advoware_frnr=second)["google_event_id"])
    office.forget_requests()
    hub.sync()
    assert office.writes("advoware") == []
    assert_agree(office)
    assert hub.value("SELECT sum(reverted) FROM sync.run") == 1
    link = hub.link(advoware_frnr=second)
    assert (link["event_generation"], link["sync_status"]) == (1, "synced")


def test_an_edit_of_a_termin_that_began_in_google_is_undone(office, hub, kuerzel):
    hub.sync()
    office.add_event(kuerzel, **event("Jour fixe"))
    hub.sync()
    office.advance()
    office.edit_termin(office.termin_of("Jour fixe")["frNr"], text="Jour fixe (geändert)")
    hub.sync()
    assert office.termin_of("Jour fixe")["text"] == "Jour fixe"
    assert_agree(office)


def test_what_both_sides_lost_is_soft_deleted_without_a_write(office, hub, kuerzel):
    frnr = office.add_termin(**termin(kuerzel, "Überall weg"))
    hub.sync()
    event_id = hub.link(advoware_frnr=frnr)["google_event_id"]
    office.delete_termin(frnr)
    office.delete_event(kuerzel, event_id)
    office.forget_requests()
    hub.sync()
    assert office.writes() == []
    assert hub.value("SELECT deleted FROM sync.calendar_sync WHERE advoware_frnr = %s", frnr)


def test_under_last_change_wins_the_later_change_wins_either_way(office, hub, kuerzel):
    hub.rows("UPDATE sync.setting SET default_strategy = 'last_change_wins', advoware_writes = 'all'")
    numbers = [office.add_termin(**termin(kuerzel, text, ahead=n)) for n, text in enumerate(("Google später", "Advoware später", "Nur Google"), 4)]
    hub.sync()
    events = [hub.link(advoware_frnr=n)["google_event_id"] for n in numbers]
    office.advance()
    office.edit_termin(numbers[0], text="von Advoware")
    office.edit_event(kuerzel, events[1], summary="von Google")
    office.advance()
    office.edit_event(kuerzel, events[0], summary="Google gewinnt")
    office.edit_termin(numbers[1], text="Advoware gewinnt")
    office.edit_event(kuerzel, events[2], summary="Nur in Google geändert")
    hub.sync()
    assert [office.termin(n)["text"] for n in numbers] == ["Google gewinnt", "Advoware gewinnt", "Nur in Google geändert"]
    assert_agree(office)
    assert hub.value("SELECT sum(conflicts) FROM sync.run") == 2


def test_one_phase_does_only_its_own_part(office, hub, kuerzel):
    hub.sync()
    office.add_event(kuerzel, **event("Wartet auf Phase 2"))
    frnr = office.add_termin(**termin(kuerzel, "Neu in Advoware"))
    office.forget_requests()
    hub.sync("--phase", "1")
    assert office.writes("advoware") == []
    assert office.event(kuerzel, hub.link(advoware_frnr=frnr)["google_event_id"])
    hub.sync("--phase", "2")
    assert office.termin_of("Wartet auf Phase 2")
    assert_agree(office)


def test_one_employee_does_not_touch_the_others(office, hub):
    first, second = office.employees()[:2]
    hub.sync("--employee", first)
    assert office.calendars(second) == []
    hub.sync()
    assert_agree(office)


def test_a_termin_of_two_employees_is_carried_for_each(office, hub):
    first, second = office.employees()[:2]
    frnr = office.add_termin(**termin(first, "Gemeinsam", anwalt=second))
    hub.sync()
    assert hub.value("SELECT count(*) FROM sync.calendar_sync WHERE advoware_frnr = %s AND sync_status = 'synced'", frnr) == 2
    assert_agree(office)


def test_a_termin_given_to_a_colleague_moves_to_the_colleagues_calendar(office, hub):
    first, second = office.employees()[:2]
    frnr = office.add_termin(**termin(first, "Wird abgegeben"))
    hub.sync()
    office.edit_termin(frnr, sb=second, anwalt=second)
    hub.sync()
    hub.sync()
    assert [k for k in (first, second) for e in office.events(k) if e.get("summary") == "Wird abgegeben"] == [second]
    assert office.termin(frnr) is not None
    assert_agree(office)


def test_a_new_employee_gets_a_calendar_and_one_who_left_keeps_it(office, hub):
    hub.sync()
    left = office.employees()[0]
    before = len(office.events(left))
    office.delete_employee(left)
    office.add_employee("NN")
    hub.sync()
    assert len(office.calendars("NN")) == 1
    assert len(office.events(left)) == before
    assert hub.value("SELECT active FROM sync.employee WHERE kuerzel = %s", left) is False


def test_the_audit_tells_every_change_of_every_link(office, hub, kuerzel):
    frnr = office.add_termin(**termin(kuerzel, "Mit Geschichte"))
    hub.sync()
    office.add_event(kuerzel, **event("Auch mit Geschichte"))
    hub.sync()
    office.advance()
    office.edit_termin(frnr, text="Mit mehr Geschichte")
    hub.sync()
    office.delete_termin(frnr)
    hub.sync()
    # Replayed in order, the audit gives each link as it now is, in every column that it speaks of.
    told: dict = {}
    for sync_id, action, new in hub.rows("SELECT sync_id, action, new_values FROM sync.calendar_sync_audit ORDER BY id"):
        assert (action == "INSERT") == (sync_id not in told)
        told.setdefault(sync_id, {}).update(new)
    current = dict(hub.rows("SELECT sync_id, to_jsonb(link) FROM sync.calendar_sync AS link"))
    assert told.keys() == current.keys()
    for sync_id, values in told.items():
        assert {"sync_status", "deleted", "advoware_frnr", "google_event_id"} <= values.keys()
        assert not [name for name in values if "fingerprint" in name or "etag" in name or "token" in name]
        assert values == {name: current[sync_id][name] for name in values}
    assert hub.value("SELECT bool_and(actor = 'calendar_sync_user' AND run_id IS NOT NULL) FROM sync.calendar_sync_audit")
