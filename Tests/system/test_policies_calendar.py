"""Which calendar is an employee's, whatever people do to it in Google, and with whom it is shared."""

import pytest
from agree import assert_agree, differences
from appointments import event, termin

OWNER = {"GOOGLE_CALENDAR_OWNER_EMAIL": "kanzlei@example.com"}


def needs(hub, kuerzel: str) -> str:
    return hub.value("SELECT needs FROM bi.health WHERE employee_kuerzel = %s", kuerzel)


def held_run(hub, kuerzel: str) -> int:
    return hub.value("SELECT max(run_id) FROM sync.action WHERE kind = 'create_calendar' AND status = 'held' AND employee_kuerzel = %s", kuerzel)


def test_a_deleted_calendar_holds_the_run_until_a_new_one_is_approved(office, hub, kuerzel):
    hub.sync()
    office.add_event(kuerzel, **event("Begann in Google"))
    hub.sync()
    termine, events = len(office.termine(kuerzel)), len(office.events(kuerzel))
    office.delete_calendar(f"AW-{kuerzel}")
    office.forget_requests()
    hub.sync(expect=1)
    assert office.calendars(kuerzel) == [] and office.writes() == [], "nothing is made and nothing deleted before somebody has looked"
    assert "the calendar does not answer" in needs(hub, kuerzel)
    assert hub.rows("SELECT status, held FROM sync.run WHERE employee_kuerzel = %s ORDER BY run_id DESC LIMIT 1", kuerzel) == [("held", 1)]
    hub.value("SELECT sync.approve_held(run_id => %s)", held_run(hub, kuerzel))
    hub.sync()
    assert (len(office.termine(kuerzel)), len(office.events(kuerzel))) == (termine, events)
    assert office.writes("advoware") == []
    assert_agree(office)
    assert needs(hub, kuerzel) == "nothing"
    office.forget_requests()
    hub.sync()
    assert office.writes() == []


def test_a_renamed_calendar_is_still_the_one(office, hub, kuerzel):
    hub.sync()
    known = office.calendar(kuerzel)["id"]
    office.change_calendar(known, summary="Meine Termine")
    # One that has the name now is not taken for it.
    stranger = office.add_calendar(f"AW-{kuerzel}")
    frnr = office.add_termin(**termin(kuerzel, "Nach dem Umbenennen"))
    hub.sync()
    assert hub.value("SELECT google_calendar_id FROM sync.employee WHERE kuerzel = %s", kuerzel) == known
    calendars = {c["id"]: c for c in office.snapshot()["google"]["calendars"]}
    assert calendars[stranger]["events"] == []
    assert "Nach dem Umbenennen" in {e.get("summary") for e in calendars[known]["events"]}
    assert hub.link(advoware_frnr=frnr)["google_calendar_id"] == known


def test_of_two_calendars_of_one_name_the_one_that_holds_our_events_is_taken(office, hub, kuerzel):
    hub.sync()
    ours = office.calendar(kuerzel)["id"]
    # An older one that somebody gave the same name stands before ours in the list; the hub has lost its memory.
    other = office.employees()[1]
    stranger = office.calendar(other)["id"]
    office.change_calendar(ours, summary="Zwischenname")
    office.change_calendar(stranger, summary=f"AW-{kuerzel}")
    office.change_calendar(ours, summary=f"AW-{kuerzel}")
    office.delete_employee(other)
    hub.rows("""SET session_replication_role = replica; DELETE FROM sync.calendar_sync; DELETE FROM sync.seen; DELETE FROM sync.reading;
        DELETE FROM sync.action; DELETE FROM sync.run; DELETE FROM sync.request; UPDATE sync.employee SET google_calendar_id = NULL, calendar_shared = false; RESET session_replication_role""")
    office.forget_requests()
    hub.sync("--employee", kuerzel)
    assert hub.value("SELECT google_calendar_id FROM sync.employee WHERE kuerzel = %s", kuerzel) == ours
    assert office.writes() == [], "and everything in it is found again"


def test_a_calendar_of_that_name_that_may_only_be_read_is_somebody_elses(office, hub, kuerzel):
    readable = office.add_calendar(f"AW-{kuerzel}", accessRole="reader")
    office.add_termin(**termin(kuerzel, "In den eigenen"))
    hub.sync()
    made = hub.value("SELECT google_calendar_id FROM sync.employee WHERE kuerzel = %s", kuerzel)
    assert made != readable
    calendars = {c["id"]: c for c in office.snapshot()["google"]["calendars"]}
    assert calendars[readable]["events"] == []
    assert "In den eigenen" in {e["summary"] for e in calendars[made]["events"]}


def test_a_calendar_that_a_person_made_and_lets_us_write_to_is_used(office, hub, kuerzel):
    given = office.add_calendar(f"AW-{kuerzel}", accessRole="writer")
    # Sharing is the owner's right: that is said, and stops nothing.
    hub.sync(expect=1, **OWNER)
    assert office.calendar(kuerzel)["id"] == given
    assert_agree(office)
    assert needs(hub, kuerzel).startswith("last run ended with calendar_not_shared: google_forbidden: check GOOGLE_CALENDAR_OWNER_EMAIL")


def test_a_right_that_was_taken_away_is_said_and_nothing_is_lost(office, hub, kuerzel):
    hub.sync()
    calendar = office.calendar(kuerzel)["id"]
    office.change_calendar(calendar, accessRole="reader")
    frnr = office.add_termin(**termin(kuerzel, "Darf nicht geschrieben werden"))
    hub.sync(expect=1)
    assert "failed (google_forbidden)" in needs(hub, kuerzel)
    # Not even seen any more: the same answer as for a deleted one, so a person looks first.
    office.change_calendar(calendar, accessRole="none")
    hub.sync(expect=1)
    assert "the calendar does not answer: restore it in Google, or the service account's right to it" in needs(hub, kuerzel)
    assert len(office.calendars(kuerzel)) == 1
    office.change_calendar(calendar, accessRole="owner")
    hub.rows("SELECT sync.retry_failed()")
    hub.sync()
    assert hub.link(advoware_frnr=frnr)["google_calendar_id"] == calendar
    assert_agree(office)
    assert needs(hub, kuerzel) == "nothing"


@pytest.mark.office(employees=1, termine=6)
def test_sharing_that_failed_is_finished_by_the_next_run(office, hub, kuerzel):
    office.fault("google", "forbidden_403", nth=[1], method="POST", path_contains="/acl")
    hub.sync(expect=1, **OWNER)
    assert hub.value("SELECT error_code FROM sync.run ORDER BY run_id DESC LIMIT 1") == "calendar_not_shared: google_forbidden"
    assert hub.value("SELECT calendar_shared FROM sync.employee WHERE kuerzel = %s", kuerzel) is False
    assert not differences(office), "the appointments are carried all the same"
    hub.sync(**OWNER)
    assert office.acl(kuerzel).count(("owner", "kanzlei@example.com")) == 1
    assert len(office.calendars(kuerzel)) == 1
    assert hub.value("SELECT calendar_shared_with FROM sync.employee WHERE kuerzel = %s", kuerzel) == "kanzlei@example.com"


def test_another_owner_account_gets_the_calendars_too(office, hub, kuerzel):
    hub.sync(**OWNER)
    office.forget_requests()
    hub.sync(**OWNER)
    assert not [r for r in office.requests() if "/acl" in r["path"]], "shared once, nobody asks again"
    hub.sync(GOOGLE_CALENDAR_OWNER_EMAIL="neu@example.com")
    assert ("owner", "neu@example.com") in office.acl(kuerzel)
    assert ("owner", "kanzlei@example.com") in office.acl(kuerzel), "nobody's right is taken away"
    assert hub.value("SELECT bool_and(calendar_shared_with = 'neu@example.com') FROM sync.employee")
    mails = [r for r in office.requests() if r["method"] == "POST" and "/acl" in r["path"]]
    assert mails and all(r["query"].get("sendNotifications") == "false" for r in mails)
