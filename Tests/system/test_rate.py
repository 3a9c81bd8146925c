"""Quotas: what Google refuses is learned, who is throttled holds nobody up, and nobody is asked before it is time."""

import time
from datetime import datetime

import pytest
from agree import assert_agree
from appointments import event, termin

RUNS = "SELECT employee_kuerzel, status, error_code FROM sync.run WHERE request_id = (SELECT max(request_id) FROM sync.request)"


def google(office) -> list[dict]:
    return [r for r in office.requests() if r["system"] == "google"]


def at(request: dict) -> float:
    return datetime.fromisoformat(request["at"]).timestamp()


@pytest.mark.office(employees=3, termine=4)
def test_every_google_request_names_the_employee_it_is_made_for(office, hub):
    office.add_employee("ÄÖ ß")
    office.add_termin(**termin("ÄÖ ß", "Mit Umlaut"))
    hub.env_file.open("a").write("GOOGLE_CALENDAR_OWNER_EMAIL=kanzlei@example.org\n")
    hub.sync()
    office.add_event("ÄÖ ß", **event("Auch mit Umlaut"))
    office.edit_termin(office.termin_of("Mit Umlaut")["frNr"], text="Mit Umlaut und geändert")
    gone = office.add_termin(**termin("ÄÖ ß", "Verschwindet"))
    hub.sync()
    office.delete_termin(gone)
    hub.sync("--recheck")
    assert_agree(office)
    calendars = {office.calendar(k)["id"]: k for k in office.employees()}
    asked = google(office)
    assert {r["query"].get("quotaUser") for r in asked} == set(office.employees())
    for request in asked:
        for calendar, kuerzel in calendars.items():
            if f"/calendars/{calendar}" in request["path"]:
                assert request["query"]["quotaUser"] == kuerzel, request["path"]
    assert {"/users/me/calendarList", "/calendars"} <= {r["path"].removeprefix("/calendar/v3") for r in asked}
    assert any(r["path"].endswith("/acl") and r["method"] == "POST" for r in asked)


@pytest.mark.office(employees=5, termine=6)
@pytest.mark.parametrize("how", ["user_quota", "rate_limit_403", "quota_403", "too_many_429"])
def test_one_throttled_employee_stops_nobody_else(office, hub, how):
    everybody = office.employees()
    unlucky, others = everybody[0], everybody[1:]
    with hub.listen():
        assert hub.request("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id")[0] == "done"
        if how == "user_quota":
            office.quota(per_user=0, user=unlucky)
        else:
            office.fault("google", how, always=True, path_contains=office.calendar(unlucky)["id"])
        for n, kuerzel in enumerate(everybody * 4):
            office.add_termin(**termin(kuerzel, f"Eilig {n}", ahead=3 + n))
        request = hub.value("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id")
        hub.wait_for("SELECT count(*) = 4 FROM sync.run WHERE request_id = %s AND status = 'done' AND employee_kuerzel <> %s", request, unlucky,
                     what=hub.all_logs)
        assert hub.value("SELECT status FROM sync.run WHERE request_id = %s AND employee_kuerzel = %s", request, unlucky) == "running"
        for kuerzel in others:
            assert len([e for e in office.events(kuerzel) if e.get("summary", "").startswith("Eilig")]) == 4
        assert hub.wait_end(request, seconds=60)[0] == "failed"
    assert [r for r in hub.rows(RUNS) if r[1] != "done"] == [(unlucky, "failed", "google_rate_limited" if how != "quota_403" else "google_quota_exceeded")]
    office.lift_quota()
    office.heal()
    hub.sync()
    assert_agree(office)


@pytest.mark.office(employees=4, termine=40)
@pytest.mark.parametrize("status", [403, 429])
def test_the_project_s_quota_is_learned(office, hub, status):
    # Ten requests in a second, where an office without bounds sends a hundred.
    office.quota(per_project=20, seconds=2, status=status)
    hub.sync()
    assert_agree(office)
    answers = [r["status"] for r in google(office)]
    refused = [n for n, answer in enumerate(answers) if answer == status]
    assert refused, "the quota was never reached"
    assert len(refused) <= 40, f"{len(refused)} of {len(answers)} refused"
    later = answers[len(answers) // 2:]
    assert later.count(status) <= len(later) // 10, f"{later.count(status)} of {len(later)} refused after learning"


@pytest.mark.office(employees=1, termine=3)
def test_nobody_is_asked_again_before_retry_after(office, hub):
    hub.sync()
    office.forget_requests()
    office.fault("google", "too_many_429", nth=[1], path_contains="/events", retry_after=3)
    hub.sync()
    asked = google(office)
    refused = next(n for n, r in enumerate(asked) if r["status"] == 429)
    assert [r["status"] for r in asked].count(429) == 1
    assert 3 <= at(asked[refused + 1]) - at(asked[refused]) < 6


@pytest.mark.office(employees=2, termine=3)
def test_a_wait_of_many_minutes_ends_the_run_with_a_code_at_once(office, hub):
    hub.sync()
    for n in range(30):
        office.add_termin(**termin(office.employees()[0], f"Später {n}", ahead=3 + n))
    office.fault("google", "too_many_429", always=True, method="POST", retry_after=1800)
    office.forget_requests()
    started = time.monotonic()
    hub.sync(expect=1)
    assert time.monotonic() - started < 20
    assert len([r for r in google(office) if r["status"] == 429]) <= 8
    assert ("failed", "google_rate_limited") in [(r[1], r[2]) for r in hub.rows(RUNS)]
    waits = "SELECT count(*) FROM sync.calendar_sync WHERE last_error = 'google_rate_limited' AND next_attempt_at < clock_timestamp() + interval '25 minutes'"
    assert hub.value(waits) == 0
    office.heal()
    hub.rows("SELECT sync.retry_failed()")
    hub.sync()
    assert_agree(office)


def test_advoware_is_left_alone_as_long_as_it_asks(office, hub):
    hub.sync()
    office.fault("advoware", "error_500", nth=[1, 2], method="GET", path_contains="kuerzel=", status=429)
    hub.sync()
    assert_agree(office)


@pytest.mark.office(employees=1, termine=60)
def test_a_changed_number_of_requests_in_flight_takes_effect_without_restart(office, hub):
    hub.rows("UPDATE sync.setting SET google_concurrency = 1")
    office.fault("google", "slow", always=True, method="POST", seconds=0.25, path_contains="/events")
    with hub.listen():
        request = hub.value("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id")
        hub.wait_for("SELECT count(*) > 5 FROM sync.action WHERE status = 'done'", what=hub.all_logs)
        before = len(google(office))
        hub.rows("UPDATE sync.setting SET google_concurrency = 10")
        assert hub.wait_end(request)[0] == "done"
    times = [at(r) for r in google(office) if r["method"] == "POST" and r["path"].endswith("/events")]
    early = times[:before - 10]
    assert early and all(b - a >= 0.2 for a, b in zip(early, early[1:])), "more than one in flight"
    assert max(sum(1 for t in times if 0 <= t - start < 0.2) for start in times) > 4, "never more than a few in flight"
    assert_agree(office)


@pytest.mark.office(employees=3, termine=3)
def test_a_calendar_that_google_will_not_make_waits_and_the_others_go_on(office, hub):
    hub.sync()
    office.add_employee("NN")
    office.add_termin(**termin("NN", "Noch ohne Kalender"))
    office.add_termin(**termin(office.employees()[0], "Mit Kalender"))
    office.fault("google", "calendar_limit")

    def asked() -> int:
        return len([r for r in google(office) if r["method"] == "POST" and r["path"].endswith("/calendars") and r["status"] == 403])

    hub.sync(expect=1)
    assert [r for r in hub.rows(RUNS) if r[1] != "done"] == [("NN", "failed", "google_calendar_limit")]
    assert office.event_of(office.employees()[0], "Mit Kalender")
    for _ in range(3):
        hub.sync(expect=1)
    assert asked() == 2, "asked by every run"
    assert "no more calendars for now" in hub.value("SELECT needs FROM bi.health WHERE employee_kuerzel = 'NN'")
    office.heal()
    hub.rows("SELECT sync.retry_failed()")
    hub.sync()
    assert_agree(office)
