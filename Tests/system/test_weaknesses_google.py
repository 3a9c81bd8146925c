"""Google at its worst, one weakness at a time. ops/handbook/weaknesses.md says what is expected."""

from datetime import datetime

import pytest
from agree import assert_agree
from appointments import event, termin
from patience import health, impatient, nothing_more_to_write, run_error, until_agreed

pytestmark = pytest.mark.office(employees=1, termine=4)

LIST = {"method": "GET", "path_contains": "/events?"}


def copies(office, hub, kuerzel, *texts) -> list[dict]:
    """Appointments that began in Advoware, synced; their links."""
    numbers = [office.add_termin(**termin(kuerzel, text, ahead=3 + n)) for n, text in enumerate(texts)]
    hub.sync()
    return [hub.link(advoware_frnr=n) for n in numbers]


# What is tried again


@pytest.mark.parametrize("weakness, options", [
    ("user_rate_limit_403", {}), ("error_500", {}), ("error_500", {"status": 502}), ("error_500", {"status": 504}), ("html_page", {}), ("connection_cut_before", {})])
def test_what_passes_is_tried_again_in_the_same_run(office, hub, kuerzel, weakness, options):
    links = copies(office, hub, kuerzel, "Erster", "Zweiter")
    office.advance()
    for link in links:
        office.edit_termin(link["advoware_frnr"], ort="Zimmer 4")
    office.fault("google", weakness, nth=[1], method="PATCH", **options)
    office.forget_requests()
    hub.sync()
    assert len(office.asked("google", "PATCH")) == 3
    assert_agree(office)


@pytest.mark.parametrize("as_date", [False, True])
@pytest.mark.parametrize("weakness", ["too_many_429", "rate_limit_403", "error_503"])
def test_retry_after_is_obeyed(office, hub, kuerzel, weakness, as_date):
    [link] = copies(office, hub, kuerzel, "Mit Geduld")
    office.advance()
    office.edit_termin(link["advoware_frnr"], ort="Zimmer 4")
    office.fault("google", weakness, nth=[1], method="PATCH", retry_after=3, retry_after_date=as_date)
    office.forget_requests()
    hub.sync()
    first, second = [datetime.fromisoformat(r["at"].replace("Z", "+00:00")) for r in office.asked("google", "PATCH")]
    assert (second - first).total_seconds() >= 3
    assert_agree(office)


def test_a_wait_longer_than_a_run_is_left_to_a_later_run(office, hub, kuerzel):
    office.add_employee("NN")
    hub.sync()
    [first] = copies(office, hub, kuerzel, "Muss warten")
    [other] = copies(office, hub, "NN", "Nachbarin")
    office.advance()
    for link in (first, other):
        office.edit_termin(link["advoware_frnr"], ort="Zimmer 4")
    office.fault("google", "too_many_429", always=True, method="PATCH", path_contains=first["google_event_id"], retry_after=7200)
    hub.sync(expect=1)
    waiting = hub.link(sync_id=first["sync_id"])
    assert (waiting["sync_status"], waiting["last_error"]) == ("failed", "google_rate_limited")
    assert hub.value("SELECT next_attempt_at > now() + interval '119 minutes' FROM sync.calendar_sync WHERE sync_id = %s", first["sync_id"])
    assert office.event("NN", other["google_event_id"])["location"] == "Zimmer 4"


# What is not


@pytest.mark.parametrize("weakness, code", [
    ("forbidden_403", "google_forbidden"), ("insufficient_permissions_403", "google_forbidden"), ("invalid_400", "google_rejected")])
def test_what_does_not_pass_is_not_tried_again_and_disturbs_nobody(office, hub, kuerzel, weakness, code):
    first, second = copies(office, hub, kuerzel, "Verboten", "Nachbar")
    office.advance()
    for link in (first, second):
        office.edit_termin(link["advoware_frnr"], ort="Zimmer 4")
    office.fault("google", weakness, method="PATCH", path_contains=first["google_event_id"])
    office.forget_requests()
    printed = hub.sync(expect=1)
    assert len([r for r in office.asked("google", "PATCH") if first["google_event_id"] in r["path"]]) == 1
    stopped = hub.link(sync_id=first["sync_id"])
    assert (stopped["sync_status"], stopped["last_error"], stopped["attempts"]) == ("failed", code, 1) and stopped["next_attempt_at"]
    assert code in printed and code in health(hub) and "retry_failed" in health(hub)
    assert office.event(kuerzel, second["google_event_id"])["location"] == "Zimmer 4"
    office.heal()
    hub.rows("SELECT sync.retry_failed()")
    hub.sync()
    assert_agree(office)
    assert health(hub) == "nothing"


def test_a_token_refused_twice_ends_the_run(office, hub, kuerzel):
    hub.sync()
    office.forget_requests()
    office.fault("google", "unauthorized")
    hub.sync(expect=1)
    assert run_error(hub) == "google_unauthorized" and len(office.asked("google")) == 2
    assert len(office.asked("login", "POST", "token")) == 2


# 404, 409, 410, 412


def test_a_patch_that_finds_nothing_is_looked_at_and_planned_again(office, hub, kuerzel):
    [link] = copies(office, hub, kuerzel, "Angeblich weg")
    office.advance()
    office.edit_termin(link["advoware_frnr"], ort="Zimmer 4")
    office.fault("google", "not_found", nth=[1], method="PATCH")
    hub.sync()
    assert_agree(office)
    assert hub.link(sync_id=link["sync_id"])["google_event_id"] == link["google_event_id"]


def test_a_known_calendar_that_is_denied_is_not_made_again(office, hub, kuerzel):
    hub.sync()
    frnr = office.add_termin(**termin(kuerzel, "Wartet"))
    office.fault("google", "not_found", times=1, method="GET", path_contains="/calendars/")
    office.forget_requests()
    hub.sync(expect=1)
    assert office.writes() == [] and health(hub, "last_run_status") == "held" and "approve_held" in health(hub)
    hub.sync()
    assert office.event(kuerzel, hub.link(advoware_frnr=frnr)["google_event_id"])
    assert_agree(office)
    assert health(hub) == "nothing"


def test_an_id_that_google_calls_used_and_does_not_show_gets_a_successor_at_the_second_try(office, hub, kuerzel):
    hub.sync()
    impatient(hub)
    frnr = office.add_termin(**termin(kuerzel, "Kennung vergeben"))
    office.fault("google", "conflict", nth=[1, 2])
    hub.sync(expect=1)
    link = hub.link(advoware_frnr=frnr)
    assert (link["last_error"], link["event_generation"]) == ("event_id_taken", 0)
    hub.sync()
    link = hub.link(advoware_frnr=frnr)
    assert link["google_event_id"].endswith("v1") and link["event_generation"] == 1
    assert_agree(office)
    nothing_more_to_write(office, hub)


@pytest.mark.parametrize("weakness", ["error_500_after_acting", "connection_cut_after", "gone_410", "not_found", "precondition_412", "html_page_after_acting"])
def test_a_delete_is_judged_by_what_is_there_afterwards(office, hub, kuerzel, weakness):
    impatient(hub)
    [link] = copies(office, hub, kuerzel, "Fällt aus")
    office.delete_termin(link["advoware_frnr"])
    office.fault("google", weakness, nth=[1], method="DELETE")
    hub.program("run")
    until_agreed(office, hub)
    assert office.event(kuerzel, link["google_event_id"]) is None
    assert hub.value("SELECT deleted FROM sync.calendar_sync WHERE sync_id = %s", link["sync_id"])
    nothing_more_to_write(office, hub)


@pytest.mark.parametrize("weakness", ["error_500_after_acting", "connection_cut_after", "cut_off", "empty_body", "html_page_after_acting"])
def test_a_patch_whose_answer_was_lost_is_settled_and_no_edit(office, hub, kuerzel, weakness):
    hub.rows("UPDATE sync.setting SET default_strategy = 'last_change_wins', advoware_writes = 'all'")
    impatient(hub)
    [link] = copies(office, hub, kuerzel, "Vorher")
    office.advance()
    office.edit_termin(link["advoware_frnr"], text="Nachher")
    office.fault("google", weakness, nth=[1], method="PATCH")
    hub.program("run")
    until_agreed(office, hub)
    assert office.event(kuerzel, link["google_event_id"])["summary"] == "Nachher"
    assert office.writes("advoware") == []
    nothing_more_to_write(office, hub)


def test_an_event_that_somebody_else_changes_all_the_time_is_planned_again_then_stopped(office, hub, kuerzel):
    [link] = copies(office, hub, kuerzel, "Widersprüchlich")
    office.advance()
    office.edit_termin(link["advoware_frnr"], ort="Zimmer 4")
    office.fault("google", "precondition_412")
    office.forget_requests()
    hub.sync()
    assert len(office.asked("google", "PATCH")) == 2, "planned once more in the same run"
    for _ in range(4):
        hub.program("run")
    assert len(office.asked("google", "PATCH")) == 5
    stopped = hub.link(sync_id=link["sync_id"])
    assert (stopped["sync_status"], stopped["last_error"]) == ("failed", "answers contradict each other") and stopped["next_attempt_at"]
    assert "answers contradict each other" in health(hub)
    office.heal()
    hub.rows("SELECT sync.retry_failed()")
    hub.sync()
    assert_agree(office)
    assert hub.link(sync_id=link["sync_id"])["superseded_count"] == 0


# Readings that fail


@pytest.mark.parametrize("weakness, options, code, exit_code", [
    ("html_page", {"status": 200}, "google_bad_answer", 1), ("cut_off", {}, "google_bad_answer", 1), ("empty_body", {}, "google_bad_answer", 1),
    ("error_503", {}, "google_server_error", 3), ("cut_off_connection", {}, "google_connection_broken", 3), ("forbidden_403", {}, "google_forbidden", 1),
    ("insufficient_permissions_403", {}, "google_forbidden", 1)])
def test_a_list_that_cannot_be_read_ends_the_run_and_changes_nothing(office, hub, kuerzel, weakness, options, code, exit_code):
    [link] = copies(office, hub, kuerzel, "Bleibt")
    office.advance()
    office.edit_event(kuerzel, link["google_event_id"], summary="Wird zurückgesetzt")
    before = hub.rows("SELECT side, entry_id, present, fingerprint FROM sync.seen ORDER BY 1, 2"), hub.rows("SELECT sync_token FROM sync.reading WHERE side = 'google'")
    office.forget_requests()
    office.fault("google", weakness, always=True, **LIST, **options)
    printed = hub.sync(expect=exit_code)
    tried = len(office.asked("google", path="/events"))
    assert tried == 1 if code == "google_forbidden" else 5 <= tried <= 10
    assert office.writes() == []
    assert before == (hub.rows("SELECT side, entry_id, present, fingerprint FROM sync.seen ORDER BY 1, 2"), hub.rows("SELECT sync_token FROM sync.reading WHERE side = 'google'"))
    assert run_error(hub) == code and code in printed and health(hub).startswith(f"last run ended with {code}")
    office.heal()
    hub.sync()
    assert_agree(office)


def test_a_page_that_fails_in_the_middle_costs_the_reading_and_no_change(office, hub, kuerzel):
    hub.sync()
    ids = [office.add_event(kuerzel, **event(f"Seite {n}", ahead=n)) for n in range(3, 9)]
    office.fault("google", "short_pages")
    office.fault("google", "forbidden_403", always=True, method="GET", path_contains="pageToken=")
    hub.sync(expect=1)
    assert hub.value("SELECT count(*) FROM sync.calendar_sync WHERE google_event_id = ANY (%s)", ids) == 0
    office.heal()
    hub.sync()
    assert hub.value("SELECT count(*) FROM sync.calendar_sync WHERE google_event_id = ANY (%s) AND sync_status = 'synced'", ids) == 6
    assert_agree(office)


# Calendars


@pytest.mark.office(employees=2, termine=3)
def test_a_calendar_that_may_not_be_made_yet_stops_nobody_else(office, hub):
    office.fault("google", "calendar_limit", nth=[1])
    printed = hub.sync(expect=1)
    made = [k for k in office.employees() if office.calendars(k)]
    waiting = next(k for k in office.employees() if k not in made)
    assert len(made) == 1 and len(office.events(made[0])) >= 3
    assert hub.value("SELECT error_code FROM sync.run WHERE employee_kuerzel = %s", waiting) == "google_calendar_limit"
    assert "google_calendar_limit" in printed
    assert "google_calendar_limit" in hub.value("SELECT needs FROM bi.health WHERE employee_kuerzel = %s", waiting)
    assert len([r for r in office.asked("google", "POST") if r["path"].endswith("/calendars")]) == 2
    hub.rows("SELECT sync.retry_failed()")
    hub.sync()
    assert_agree(office)


def test_a_calendar_whose_making_was_not_answered_is_not_made_twice(office, hub, kuerzel):
    office.fault("google", "connection_cut_after", nth=[1], method="POST", path_contains="/calendars")
    hub.program("run")
    hub.sync()
    assert len(office.calendars(kuerzel)) == 1
    assert_agree(office)


# The login


@pytest.mark.parametrize("weakness, options, code", [("invalid_grant", {}, "google_login_refused"), ("error_500", {"status": 400}, "google_login_refused")])
def test_a_login_that_is_refused_is_said_clearly_and_not_tried_in_a_loop(office, hub, kuerzel, weakness, options, code):
    hub.sync()
    office.forget_requests()
    office.fault("login", weakness, path_contains="/token", **options)
    printed = hub.sync(expect=1)
    assert code in printed and health(hub).startswith(f"last run ended with {code}: ")
    assert office.asked("google") == [] and len(office.asked("login", "POST", "/token")) == 1


@pytest.mark.parametrize("weakness", ["error_503", "html_page", "cut_off", "empty_body", "connection_cut_before"])
def test_a_login_that_fails_for_a_moment_is_tried_again(office, hub, kuerzel, weakness):
    office.fault("login", weakness, nth=[1], path_contains="/token")
    hub.sync()
    assert len([r for r in office.asked("login", "POST") if r["path"] == "/token"]) == 2
    assert_agree(office)


def test_a_token_without_an_end_is_used_all_the_same(office, hub, kuerzel):
    office.fault("login", "no_expiry", path_contains="/token")
    hub.sync()
    assert len([r for r in office.asked("login", "POST") if r["path"] == "/token"]) == 1
    assert_agree(office)


def test_slow_answers_are_waited_for(office, hub, kuerzel):
    office.fault("google", "slow", method="GET", seconds=1)
    copies(office, hub, kuerzel, "Gut Ding will Weile haben")
    assert_agree(office)
