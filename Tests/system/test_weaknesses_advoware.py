"""Advoware at its worst, one weakness at a time. ops/handbook/weaknesses.md says what is expected."""

import pytest
from agree import assert_agree
from appointments import all_day, at, day, event, termin
from patience import health, impatient, nothing_more_to_write, run_error, until_agreed

pytestmark = pytest.mark.office(employees=1, termine=4)

LIST = {"method": "GET", "path_contains": "kuerzel="}
SINGLE = {"method": "GET", "path_contains": "frnr="}


def google_born(office, hub, kuerzel, *texts, ahead: int = 3) -> list[dict]:
    """Appointments that began in Google, synced; their links."""
    ids = [office.add_event(kuerzel, **event(text, ahead=ahead + n)) for n, text in enumerate(texts)]
    hub.sync()
    return [hub.link(google_event_id=i) for i in ids]


# 1, 2, 4: how answers are written


def test_all_ways_of_writing_at_once_change_nothing(office, hub, kuerzel):
    for weakness in ("field_case", "date_formats", "unreadable_timestamp", "derived_termine", "absent_shapes"):
        office.fault("advoware", weakness)
    frnr = office.add_termin(**termin(kuerzel, "Krumm geschrieben"))
    hub.sync()
    [link] = google_born(office, hub, kuerzel, "Aus Google")
    office.advance()
    office.edit_termin(frnr, text="Krumm geändert")
    office.edit_event(kuerzel, link["google_event_id"], summary="Aus Google, geändert")
    hub.sync()
    assert office.event_of(kuerzel, "Krumm geändert") and office.termin_of("Aus Google, geändert")
    nothing_more_to_write(office, hub)


def test_a_put_says_what_it_read_and_only_once(office, hub, kuerzel):
    office.fault("advoware", "field_case")
    hub.sync()
    [link] = google_born(office, hub, kuerzel, "Mit Beiwerk")
    frnr = link["advoware_frnr"]
    office.edit_termin(frnr, referat="Zivilrecht", kategorieId=7, vorbereitungsDauer="00:30:00", azRubrum="Meier ./. Schulze", erinnerung=1)
    hub.sync()
    office.advance()
    office.edit_event(kuerzel, link["google_event_id"], start=at(day(3), "10:00"), end=at(day(3), "12:30"))
    office.forget_requests()
    hub.sync()
    [put] = [r["body"] for r in office.asked("advoware", "PUT")]
    names = [name.lower() for name in put]
    assert len(names) == len(set(names)) and "uhrzeitbisticks" not in names
    after = office.termin(frnr)
    assert (after["uhrzeitBis"], after["referat"], after["kategorieId"], after["vorbereitungsDauer"], after["azRubrum"], after["erinnerung"]) == \
        ("12:30:00", "Zivilrecht", 7, "00:30:00", "Meier ./. Schulze", 1)
    nothing_more_to_write(office, hub)


# 3: times that are missing


def test_missing_times_fall_back_and_come_back(office, hub, kuerzel):
    office.fault("advoware", "missing_times")
    numbers = [office.add_termin(**termin(kuerzel, f"Zeitlos {n}", ahead=n, von="14:00", bis="15:30")) for n in range(3, 13)]
    hub.sync()
    shown = {n: office.event(kuerzel, hub.link(advoware_frnr=n)["google_event_id"]) for n in numbers}
    for n, copy in shown.items():
        times = copy["start"]["dateTime"][11:16], copy["end"]["dateTime"][11:16]
        # No start: 09:00, and its end is later; no end: 10:00 is before the start, so it is an hour.
        assert times == (("14:00", "15:30") if n % 5 else ("09:00", "15:30") if n % 2 == 0 else ("14:00", "15:00"))
    nothing_more_to_write(office, hub)
    office.heal()
    hub.sync()
    assert_agree(office)


# 5, 6: a POST whose outcome is not known


@pytest.mark.parametrize("weakness", ["error_500", "html_page", "connection_cut_before"])
def test_a_post_that_failed_is_sent_again_after_the_wait_and_not_before(office, hub, kuerzel, weakness):
    hub.sync()
    hub.rows("UPDATE sync.setting SET in_doubt_wait = '1 hour', retry_first = '0 seconds'")
    office.add_event(kuerzel, **event("Kommt an"))
    office.fault("advoware", weakness, nth=[1], method="POST")
    hub.sync(expect=1)
    hub.rows("SELECT sync.retry_failed()")
    hub.program("run")
    assert len(office.asked("advoware", "POST")) == 1, "the wait is over too early"
    assert health(hub, "in_doubt") == 1 and "in_doubt" in hub.value("SELECT last_error FROM sync.calendar_sync WHERE sync_status = 'failed'")
    hub.rows("UPDATE sync.setting SET in_doubt_wait = '0 seconds'")
    until_agreed(office, hub)
    assert office.termin_of("Kommt an") and len(office.asked("advoware", "POST")) == 2
    assert health(hub) == "nothing"


def test_an_answer_that_comes_after_the_time_out_is_not_made_twice(office, hub, kuerzel):
    hub.sync()
    impatient(hub)
    office.add_event(kuerzel, **event("Langsam beantwortet"))
    office.fault("advoware", "slow", nth=[1], method="POST", seconds=3)
    printed = hub.sync(ADVOWARE_API_TIMEOUT_SECONDS="1")
    assert "advoware_timeout" in printed, "the list that is read after writing shows what the POST has made"
    until_agreed(office, hub)
    assert office.termin_of("Langsam beantwortet") and len(office.asked("advoware", "POST")) == 1


def test_nothing_is_posted_again_while_a_list_holds_an_entry_without_number(office, hub, kuerzel):
    hub.sync()
    impatient(hub)
    office.add_event(kuerzel, **event("Vielleicht schon da"))
    office.fault("advoware", "error_500", nth=[1], method="POST")
    office.fault("advoware", "entry_without_number")
    hub.program("run")
    hub.rows("SELECT pg_sleep(1.1)")
    for _ in range(2):
        hub.rows("SELECT sync.retry_failed()")
        hub.program("run")
    assert len(office.asked("advoware", "POST")) == 1
    office.heal()
    until_agreed(office, hub)
    assert office.termin_of("Vielleicht schon da") and len(office.asked("advoware", "POST")) == 2


def test_a_post_that_advoware_never_accepts_disturbs_nobody(office, hub, kuerzel):
    hub.sync()
    office.add_event(kuerzel, **event("Wird nie etwas"))
    frnr = office.add_termin(**termin(kuerzel, "Nachbar"))
    office.fault("advoware", "error_500", method="POST")
    hub.sync(expect=1)
    assert office.event(kuerzel, hub.link(advoware_frnr=frnr)["google_event_id"])
    assert hub.value("SELECT last_error FROM sync.calendar_sync WHERE sync_status = 'failed'") == "in_doubt: advoware_server_error"


# 6, 7, 13: readings that fail


@pytest.mark.parametrize("weakness, options, tries, code, exit_code", [
    ("error_500", {}, 2, "advoware_server_error", 3), ("html_page", {}, 3, "advoware_server_error", 3),
    ("html_page", {"status": 200}, 3, "advoware_bad_answer", 1), ("empty_body", {}, 3, "advoware_bad_answer", 1), ("cut_off", {}, 3, "advoware_bad_answer", 1),
    ("cut_off_connection", {}, 3, "advoware_connection_broken", 3), ("connection_cut_before", {}, 3, "advoware_connection_broken", 3),
    ("slow", {"seconds": 2}, 3, "advoware_timeout", 3), ("not_found", {}, 1, "advoware_not_found", 1), ("token_dies_early", {}, 2, "advoware_unauthorized", 1)])
def test_a_list_that_cannot_be_read_ends_the_run_and_changes_nothing(office, hub, kuerzel, weakness, options, tries, code, exit_code):
    frnr = office.add_termin(**termin(kuerzel, "Bleibt"))
    hub.sync()
    office.edit_termin(frnr, text="Bleibt, geändert")
    seen = hub.rows("SELECT side, entry_id, present, fingerprint FROM sync.seen ORDER BY 1, 2")
    office.forget_requests()
    office.fault("advoware", weakness, always=True, **LIST, **options)
    printed = hub.sync(expect=exit_code, ADVOWARE_API_TIMEOUT_SECONDS="1")
    # On a kept connection libcurl asks once more by itself.
    assert tries <= len(office.asked("advoware", having="kuerzel")) <= tries * (2 if weakness == "connection_cut_before" else 1)
    assert office.writes() == [] and hub.rows("SELECT side, entry_id, present, fingerprint FROM sync.seen ORDER BY 1, 2") == seen
    assert run_error(hub) == code and code in printed and health(hub).startswith(f"last run ended with {code}: ")
    office.heal()
    hub.sync()
    assert_agree(office)


@pytest.mark.parametrize("weakness, options", [("error_500", {}), ("html_page", {}), ("cut_off", {}), ("empty_body", {}), ("connection_cut_before", {})])
def test_a_list_that_fails_once_is_read_again_at_once(office, hub, kuerzel, weakness, options):
    office.add_termin(**termin(kuerzel, "Beim zweiten Mal"))
    office.fault("advoware", weakness, nth=[1], **LIST, **options)
    hub.sync()
    assert len(office.asked("advoware", having="kuerzel")) == 2
    assert_agree(office)


@pytest.mark.parametrize("weakness", ["wrong_empty_list", "error_500", "cut_off"])
def test_without_a_list_of_employees_the_known_ones_go_on(office, hub, kuerzel, weakness):
    hub.sync()
    office.add_termin(**termin(kuerzel, "Geht weiter"))
    office.fault("advoware", weakness, always=True, path_contains="Mitarbeiter")
    hub.program("run")
    assert hub.value("SELECT bool_and(active) FROM sync.employee")
    assert_agree(office)


# 7: absence


def test_a_termin_that_is_gone_is_said_to_be_so_in_several_ways(office, hub, kuerzel):
    numbers = [office.add_termin(**termin(kuerzel, f"Geht {n}", ahead=n)) for n in range(3, 7)]
    hub.sync()
    office.fault("advoware", "absent_shapes")
    for number in numbers[:3]:
        office.delete_termin(number)
    hub.sync()
    assert [e["summary"] for e in office.events(kuerzel) if e.get("summary", "").startswith("Geht")] == ["Geht 6"]
    assert_agree(office)


def test_a_list_that_lacks_entries_deletes_nothing_that_is_there(office, hub, kuerzel):
    hub.sync()
    office.fault("advoware", "short_list", always=True, **LIST)
    office.forget_requests()
    hub.sync()
    assert office.writes() == [] and len(office.asked("advoware", having="frnr")) == 2
    office.heal()
    nothing_more_to_write(office, hub)
    assert_agree(office)


def test_absence_that_cannot_be_proven_is_held(office, hub, kuerzel):
    hub.sync()
    office.fault("advoware", "short_list", always=True, **LIST)
    # Nothing at all, and nothing about the Termin that is known to be there either.
    office.fault("advoware", "empty_body", always=True, **SINGLE)
    office.forget_requests()
    hub.sync(expect=1)
    assert office.writes() == []
    assert health(hub, "last_run_status") == "held" and "held" in health(hub)
    assert hub.value("SELECT count(*) FROM sync.action WHERE status = 'held' AND result = 'absence_not_provable'") == 2
    office.heal()
    hub.sync()
    assert_agree(office)
    assert health(hub) == "nothing"


def test_a_termin_denied_by_list_and_single_answer_comes_back_once(office, hub, kuerzel):
    hub.sync()
    before = len(office.events(kuerzel))
    office.fault("advoware", "short_list", always=True, **LIST)
    office.fault("advoware", "null_single", always=True, **SINGLE)
    hub.sync()
    assert len(office.events(kuerzel)) == before - 2 and office.writes("advoware") == []
    office.heal()
    hub.sync()
    assert_agree(office)
    nothing_more_to_write(office, hub)


# 6, 7: PUT and DELETE


@pytest.mark.parametrize("weakness, options, puts", [
    ("error_500_after_acting", {}, 1), ("connection_cut_after", {}, 1), ("html_page_after_acting", {}, 1), ("cut_off", {}, 1), ("empty_body", {}, 1),
    ("slow", {"seconds": 3}, 1), ("error_500", {}, 2), ("html_page", {}, 2), ("not_found", {}, 2), ("token_dies_early", {}, 2)])
def test_a_put_is_judged_by_what_is_there_afterwards(office, hub, kuerzel, weakness, options, puts):
    hub.sync()
    impatient(hub)
    [link] = google_born(office, hub, kuerzel, "Vorher")
    office.advance()
    office.edit_event(kuerzel, link["google_event_id"], summary="Nachher")
    office.forget_requests()
    office.fault("advoware", weakness, nth=[1], method="PUT", **options)
    code, _ = hub.program("run", ADVOWARE_API_TIMEOUT_SECONDS="1")
    assert code == (1 if weakness in ("error_500", "html_page") else 0), hub.problems()
    until_agreed(office, hub)
    assert office.termin(link["advoware_frnr"])["text"] == "Nachher"
    assert len(office.asked("advoware", "PUT")) == puts and office.writes("google") == []


@pytest.mark.parametrize("weakness, deletes", [("error_500_after_acting", 1), ("connection_cut_after", 1), ("error_500", 2), ("not_found", 2), ("html_page", 2)])
def test_a_delete_is_judged_by_what_is_there_afterwards(office, hub, kuerzel, weakness, deletes):
    hub.sync()
    impatient(hub)
    [link] = google_born(office, hub, kuerzel, "Wird abgesagt")
    office.delete_event(kuerzel, link["google_event_id"])
    office.forget_requests()
    office.fault("advoware", weakness, nth=[1], method="DELETE")
    hub.program("run")
    until_agreed(office, hub)
    assert office.termin(link["advoware_frnr"]) is None
    assert len(office.asked("advoware", "DELETE")) == deletes
    assert hub.value("SELECT deleted FROM sync.calendar_sync WHERE sync_id = %s", link["sync_id"])


def test_a_put_that_is_always_answered_404_stops_as_a_contradiction(office, hub, kuerzel):
    hub.sync()
    [link] = google_born(office, hub, kuerzel, "Unauffindbar")
    office.advance()
    office.edit_event(kuerzel, link["google_event_id"], summary="Unauffindbar, geändert")
    office.fault("advoware", "not_found", always=True, method="PUT")
    office.forget_requests()
    for _ in range(5):
        hub.program("run")
    assert len(office.asked("advoware", "PUT")) == 5
    stopped = hub.link(sync_id=link["sync_id"])
    assert (stopped["sync_status"], stopped["last_error"]) == ("failed", "answers contradict each other") and stopped["next_attempt_at"]
    assert "answers contradict each other" in health(hub)
    office.heal()
    hub.rows("SELECT sync.retry_failed()")
    hub.sync()
    assert_agree(office)


def test_a_single_answer_that_differs_from_the_list_settles(office, hub, kuerzel):
    hub.sync()
    [link] = google_born(office, hub, kuerzel, "Zweierlei")
    office.advance()
    office.edit_event(kuerzel, link["google_event_id"], summary="Zweierlei, geändert")
    office.fault("advoware", "single_differs")
    office.forget_requests()
    hub.sync()
    assert office.termin(link["advoware_frnr"])["text"] == "Zweierlei, geändert"
    assert len(office.asked("advoware", "PUT")) == 1 and office.writes("google") == []
    nothing_more_to_write(office, hub)


# 8, 10, 12


def test_a_number_that_is_free_again_is_not_taken_for_the_old_one(office, hub, kuerzel):
    [first] = google_born(office, hub, kuerzel, "Erster") if hub.sync() else []
    office.delete_event(kuerzel, first["google_event_id"])
    hub.sync()
    [second] = google_born(office, hub, kuerzel, "Zweiter")
    assert second["advoware_frnr"] > first["advoware_frnr"]
    assert_agree(office)


def test_derived_termine_are_copied_and_never_written(office, hub, kuerzel):
    hub.rows("UPDATE sync.setting SET default_strategy = 'last_change_wins', advoware_writes = 'all'")
    office.fault("advoware", "derived_termine")
    frnr = next(n for n in (office.add_termin(**termin(kuerzel, "Mit Vorbereitung", ahead=n, von="14:00", bis="15:00")) for n in (3, 4, 5)) if n % 3 == 0)
    hub.sync()
    link = hub.link(advoware_frnr=-frnr)
    copy = office.event(kuerzel, link["google_event_id"])
    assert copy["summary"] == "Vorbereitung: Mit Vorbereitung" and copy["start"]["dateTime"][11:16] == "13:30"
    office.advance()
    office.edit_event(kuerzel, link["google_event_id"], summary="Umbenannt")
    office.forget_requests()
    hub.sync()
    assert office.event(kuerzel, link["google_event_id"])["summary"] == "Vorbereitung: Mit Vorbereitung"
    office.delete_event(kuerzel, link["google_event_id"])
    hub.sync()
    assert office.event(kuerzel, hub.link(advoware_frnr=-frnr)["google_event_id"])
    assert office.writes("advoware") == []
    office.delete_termin(frnr)
    hub.sync()
    assert not [e for e in office.events(kuerzel) if e["id"] in (link["google_event_id"], hub.value(
        "SELECT google_event_id FROM sync.calendar_sync WHERE advoware_frnr = %s", -frnr))]
    assert office.writes("advoware") == []


def test_whole_days_end_a_minute_before_midnight(office, hub, kuerzel):
    hub.sync()
    office.add_event(kuerzel, **all_day("Kanzleiausflug", ahead=8, days=2))
    hub.sync()
    made = office.termin_of("Kanzleiausflug")
    assert (made["uhrzeitVon"], made["uhrzeitBis"], made["datumBis"], made["dauertermin"]) == ("00:00:00", "23:59:00", day(9), 1)
    nothing_more_to_write(office, hub)


def test_slow_answers_are_waited_for(office, hub, kuerzel):
    office.add_termin(**termin(kuerzel, "Gut Ding will Weile haben"))
    office.fault("advoware", "slow", seconds=0.7)
    hub.sync(ADVOWARE_API_TIMEOUT_SECONDS="5")
    assert_agree(office)


# Whose a Termin is


def test_a_termin_that_becomes_a_colleagues_too_before_the_delete_stays(office, hub, kuerzel):
    office.add_employee("NN")
    hub.sync()
    [link] = google_born(office, hub, kuerzel, "Wird geteilt")
    frnr = link["advoware_frnr"]
    office.delete_event(kuerzel, link["google_event_id"])
    # The proof that the event is gone takes its time: meanwhile somebody adds the colleague.
    office.fault("google", "slow", nth=[1], method="GET", path_contains=link["google_event_id"], seconds=3)
    with hub.listen():
        request = hub.value("SELECT sync.request_sync(employee => %s)", kuerzel)
        hub.wait_for("SELECT count(*) > 0 FROM sync.action WHERE kind = 'delete_termin' AND status = 'planned'")
        office.edit_termin(frnr, anwalt="NN")
        hub.wait_end(request)
    assert office.termin(frnr) is not None and office.asked("advoware", "DELETE") == []
    stays = hub.link(sync_id=link["sync_id"])
    assert (stays["sync_status"], stays["last_error"]) == ("failed", "termin_shared_with_another_employee")
