"""Everything that can go wrong does; the neighbours go on, and nothing is lost or made twice."""

import patience
import pytest
from agree import assert_agree
from appointments import event, termin
from patience import until_agreed


@pytest.fixture
def impatient(hub) -> None:
    """Waits that are minutes in an office take a second here."""
    patience.impatient(hub)


def test_a_row_that_fails_does_not_disturb_its_neighbours(office, hub, kuerzel):
    numbers = [office.add_termin(**termin(kuerzel, f"Nachbar {n}", ahead=n)) for n in range(3, 8)]
    hub.sync()
    office.advance()
    for number in numbers:
        office.edit_termin(number, text=f"Geändert {number}")
    unlucky = hub.link(advoware_frnr=numbers[2])
    office.fault("google", "error_500", always=True, method="PATCH", path_contains=unlucky["google_event_id"])
    hub.sync(expect=1)
    assert sorted(e["summary"] for e in office.events(kuerzel) if "Geändert" in e.get("summary", "")) == \
        sorted(f"Geändert {n}" for n in numbers if n != numbers[2])
    link = hub.link(advoware_frnr=numbers[2])
    assert (link["sync_status"], link["attempts"]) == ("failed", 1) and link["last_error"] and link["next_attempt_at"]
    assert hub.value("SELECT count(*) FROM sync.calendar_sync WHERE sync_status = 'failed'") == 1
    office.heal()
    hub.rows("SELECT sync.retry_failed()")
    hub.sync()
    assert_agree(office)


@pytest.mark.parametrize("system", ["advoware", "google"])
def test_a_proof_that_fails_does_not_disturb_its_neighbours(office, hub, kuerzel, system):
    numbers = [office.add_termin(**termin(kuerzel, f"Nachbar {n}", ahead=n)) for n in range(3, 8)]
    hub.sync()
    office.advance()
    unlucky = hub.link(advoware_frnr=numbers[0])
    for number in numbers[:2]:
        if system == "advoware":
            office.delete_termin(number)
        else:
            office.delete_event(kuerzel, hub.link(advoware_frnr=number)["google_event_id"])
    office.edit_termin(numbers[3], text="Geändert")
    asked = f"frnr={numbers[0]}" if system == "advoware" else unlucky["google_event_id"]
    office.fault(system, "error_500", always=True, method="GET", path_contains=asked)
    hub.sync(expect=1)
    assert patience.run_error(hub) is None
    done = hub.rows("SELECT phase, status, advoware_frnr FROM sync.action WHERE run_id = (SELECT max(run_id) FROM sync.action) ORDER BY action_id")
    assert done == [(3, "failed", numbers[0]), (3, "done", numbers[1]), (4, "done", numbers[3])]
    link = hub.link(sync_id=unlucky["sync_id"])
    assert (link["sync_status"], link["attempts"]) == ("failed", 1) and link["last_error"] and link["next_attempt_at"]
    assert office.event_of(kuerzel, "Geändert")
    office.heal()
    hub.rows("SELECT sync.retry_failed()")
    hub.sync()
    assert_agree(office)


def test_one_termin_that_advoware_refuses_does_not_stop_the_others(office, hub, kuerzel):
    hub.sync()
    for n in range(3, 8):
        office.add_event(kuerzel, **event(f"Für Advoware {n}", ahead=n))
    office.fault("advoware", "error_500", nth=[3], method="POST")
    hub.program("run")
    assert len([t for t in office.termine() if t["text"].startswith("Für Advoware")]) >= 4
    assert hub.value("SELECT count(*) FROM sync.calendar_sync WHERE source_system = 'google' AND sync_status = 'synced'") == 4


@pytest.mark.parametrize("weakness", ["frnr_null", "error_500_after_acting", "connection_cut_after", "html_page_after_acting", "cut_off", "empty_body"])
def test_a_termin_whose_post_was_not_answered_is_not_made_twice(office, hub, kuerzel, impatient, weakness):
    hub.sync()
    for n in range(3, 6):
        office.add_event(kuerzel, **event(f"Einmal {n}", ahead=n))
    office.fault("advoware", weakness, nth=[2], method="POST")
    hub.program("run")
    until_agreed(office, hub)
    assert sorted(t["text"] for t in office.termine() if t["text"].startswith("Einmal")) == ["Einmal 3", "Einmal 4", "Einmal 5"]


@pytest.mark.parametrize("weakness", ["error_500_after_acting", "connection_cut_after", "cut_off", "html_page_after_acting"])
def test_an_event_whose_insert_was_not_answered_is_not_made_twice(office, hub, kuerzel, impatient, weakness):
    office.fault("google", weakness, nth=[2, 5], method="POST", path_contains="/events")
    hub.program("run")
    until_agreed(office, hub)


def test_a_token_that_dies_early_is_renewed_once_for_all(office, hub, kuerzel):
    hub.sync()
    office.add_termin(**termin(kuerzel, "Nach der Anmeldung"))
    office.fault("advoware", "token_dies_early", nth=[2])
    office.fault("google", "unauthorized", nth=[2])
    office.forget_requests()
    hub.sync()
    logins = [r["path"] for r in office.requests() if r["system"] == "login"]
    assert len(logins) == 4 and len(set(logins)) == 2
    assert_agree(office)


@pytest.mark.parametrize("weakness", ["rate_limit_403", "quota_403", "too_many_429", "error_503", "connection_cut"])
def test_google_is_asked_again_when_it_says_so(office, hub, kuerzel, weakness):
    hub.sync()
    for n in range(3, 9):
        office.add_termin(**termin(kuerzel, f"Mit Geduld {n}", ahead=n))
    office.fault("google", weakness, nth=[1, 2, 5, 6], path_contains="/events")
    hub.sync()
    assert_agree(office)


def test_a_sync_token_that_google_forgot_costs_nothing_but_a_whole_listing(office, hub, kuerzel):
    frnr = office.add_termin(**termin(kuerzel, "Bleibt"))
    hub.sync()
    office.delete_event(kuerzel, hub.link(advoware_frnr=frnr)["google_event_id"])
    office.fault("google", "gone_410", times=1, method="GET", path_contains=office.calendar(kuerzel)["id"].split("@")[0])
    hub.sync()
    assert_agree(office)
    office.forget_requests()
    hub.sync()
    assert office.writes() == []


@pytest.mark.parametrize("system, weakness", [("google", "short_pages"), ("google", "empty_pages"), ("google", "bare_tombstones"),
                                              ("advoware", "field_case"), ("advoware", "date_formats"), ("advoware", "unreadable_timestamp")])
def test_answers_of_another_shape_say_the_same(office, hub, kuerzel, system, weakness):
    hub.sync()
    office.fault(system, weakness)
    frnr = office.add_termin(**termin(kuerzel, "Anders geschrieben"))
    office.add_event(kuerzel, **event("Auch anders geschrieben"))
    hub.sync()
    office.advance()
    office.edit_termin(frnr, text="Anders geschrieben und geändert")
    gone = office.termin_of("Auch anders geschrieben")["frNr"]
    office.delete_event(kuerzel, hub.link(advoware_frnr=gone)["google_event_id"])
    hub.sync()
    assert_agree(office)
    office.forget_requests()
    hub.sync()
    assert office.writes() == []


def test_a_list_that_is_wrongly_empty_deletes_nothing(office, hub, kuerzel):
    hub.sync()
    before = office.events(kuerzel)
    office.forget_requests()
    office.fault("advoware", "wrong_empty_list", always=True, method="GET", path_contains="kuerzel")
    code, _ = hub.program("run")
    assert code == 1
    assert office.writes() == []
    assert office.events(kuerzel) == before
    assert hub.value("SELECT status FROM sync.request ORDER BY request_id DESC LIMIT 1") == "held"
    office.heal()
    hub.sync()
    assert office.writes() == []
    assert_agree(office)


def test_a_list_that_misses_some_deletes_nothing_that_is_still_there(office, hub, kuerzel):
    frnr = office.add_termin(**termin(kuerzel, "Noch da"))
    hub.sync()
    # Its own proof says that it exists.
    hub.rows("UPDATE sync.seen SET present = false, proof = NULL WHERE side = 'advoware' AND entry_id = %s", str(frnr))
    office.forget_requests()
    hub.sync("--phase", "3")
    assert office.writes() == []
    assert_agree(office)


def test_too_many_deletions_at_once_are_held_until_a_person_approves(office, hub, kuerzel):
    numbers = [office.add_termin(**termin(kuerzel, f"Massenhaft {n}", ahead=n)) for n in range(2, 16)]
    hub.sync()
    for number in numbers:
        office.delete_termin(number)
    office.forget_requests()
    hub.sync(expect=1)
    assert office.writes("google") == []
    run = hub.value("SELECT run_id FROM sync.run WHERE status = 'held' ORDER BY run_id DESC LIMIT 1")
    hub.rows("SELECT sync.approve_held(run_id => %s)", run)
    hub.sync()
    assert not [e for e in office.events(kuerzel) if "Massenhaft" in e.get("summary", "")]
    assert_agree(office)


def test_an_office_where_everything_goes_wrong_a_little_ends_complete_and_without_doubles(office, hub, kuerzel, impatient):
    hub.sync()
    for n in range(3, 9):
        office.add_event(kuerzel, **event(f"Trotz allem {n}", ahead=n))
        office.add_termin(**termin(kuerzel, f"Dennoch {n}", ahead=n + 10))
    for system in ("advoware", "google"):
        for weakness in ("error_500", "error_500_after_acting", "connection_cut_before", "connection_cut_after", "html_page", "cut_off"):
            office.fault(system, weakness, chance=0.03)
    office.fault("advoware", "frnr_null", chance=0.1, method="POST")
    for _ in range(4):
        hub.program("run")
        hub.rows("SELECT sync.retry_failed()")
    office.heal()
    until_agreed(office, hub)
    for n in range(3, 9):
        assert office.termin_of(f"Trotz allem {n}") and office.event_of(kuerzel, f"Dennoch {n}")
    office.forget_requests()
    hub.sync()
    assert office.writes() == []


def collide(hub, times: int) -> None:
    """So many times somebody else is in the way of what is written about links."""
    hub.rows("CREATE SEQUENCE sync.collision")
    hub.rows(f"""CREATE FUNCTION sync.collide() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN IF nextval('sync.collision') <= {times} THEN RAISE EXCEPTION 'canceling statement due to lock timeout' USING ERRCODE = '55P03'; END IF; RETURN NEW; END $$""")
    hub.rows("CREATE TRIGGER collide BEFORE UPDATE ON sync.calendar_sync FOR EACH ROW EXECUTE FUNCTION sync.collide()")


def test_a_collision_with_another_session_is_no_failure(office, hub, kuerzel):
    frnr = office.add_termin(**termin(kuerzel, "Trotz Gedränge"))
    hub.sync()
    office.advance()
    office.edit_termin(frnr, text="Trotz Gedränge geändert")
    collide(hub, 2)
    hub.sync()
    assert office.event_of(kuerzel, "Trotz Gedränge geändert")
    assert_agree(office)


def test_a_lock_that_is_never_given_back_is_no_bug_and_has_a_code_of_its_own(office, hub, kuerzel, impatient):
    frnr = office.add_termin(**termin(kuerzel, "Gesperrt"))
    hub.sync()
    office.advance()
    office.edit_termin(frnr, text="Gesperrt und geändert")
    collide(hub, 1000)
    code, printed = hub.program("run", "--phase", "4")
    assert code == 1 and "hub_busy" in printed and "hub_error" not in printed, printed
    hub.rows("DROP TRIGGER collide ON sync.calendar_sync")
    until_agreed(office, hub)
