"""Pausing, leaving, returning, and policies that change while there is work."""

import pytest
from agree import assert_agree, differences
from appointments import event, termin


def asked_of(office, kuerzel: str) -> list[str]:
    """Every request about that employee's Termine or calendar."""
    calendars = [c["id"].split("@")[0] for c in office.calendars(kuerzel)]
    return [f"{r['method']} {r['path']}" for r in office.requests()
            if r["query"].get("kuerzel") == kuerzel or r["query"].get("quotaUser") == kuerzel or any(c in r["path"] for c in calendars)]


def test_who_is_paused_is_neither_read_nor_written_and_the_request_says_so(office, hub, kuerzel):
    hub.sync()
    hub.rows("UPDATE sync.employee SET paused = true WHERE kuerzel = %s", kuerzel)
    office.add_termin(**termin(kuerzel, "Wartet das Ende der Pause ab"))
    office.forget_requests()
    output = hub.sync("--employee", kuerzel)
    assert asked_of(office, kuerzel) == []
    assert "paused" in output
    assert hub.rows("SELECT status, message FROM sync.request ORDER BY request_id DESC LIMIT 1") == \
        [("done", f"paused: nothing (more) was done for {kuerzel}")]
    assert "paused" in hub.program("status")[1]
    hub.sync("--dry-run")
    assert asked_of(office, kuerzel) == []
    hub.rows("UPDATE sync.employee SET paused = false")
    hub.sync()
    assert_agree(office)


@pytest.mark.office(employees=1, termine=0)
def test_a_pause_in_the_middle_of_a_run_takes_effect_at_the_next_action(office, hub, kuerzel):
    hub.sync()
    for number in range(24):
        office.add_termin(**termin(kuerzel, f"Termin {number}", ahead=number + 1))
    office.fault("google", "slow", method="POST", path_contains="/events", seconds=1, always=True)
    with hub.listen():
        request = hub.value("SELECT sync.request_sync()")
        hub.wait_for("SELECT count(*) >= 2 FROM sync.action WHERE status = 'done' AND kind = 'create_event'")
        hub.rows("UPDATE sync.setting SET paused = true")
        assert hub.wait_end(request) == ("done", f"paused: nothing (more) was done for {kuerzel}")
        made = len(office.events(kuerzel))
        assert 2 <= made < 24
        assert hub.value("SELECT count(*) FROM sync.action WHERE status = 'superseded' AND result = 'paused'") == 24 - made
        office.heal()
        hub.rows("UPDATE sync.setting SET paused = false")
        assert hub.request("SELECT sync.request_sync()") == ("done", None)
    assert_agree(office)


def test_who_leaves_is_left_alone_and_who_returns_goes_on(office, hub, kuerzel):
    hub.sync()
    office.add_event(kuerzel, **event("Begann in Google"))
    hub.sync()
    calendar, links = office.calendar(kuerzel)["id"], hub.value("SELECT count(*) FROM sync.calendar_sync WHERE employee_kuerzel = %s", kuerzel)
    office.delete_employee(kuerzel)
    hub.sync()
    office.add_termin(**termin(kuerzel, "Noch in der Abwesenheit"))
    office.delete_event(kuerzel, office.event_of(kuerzel, "Begann in Google")["id"])
    office.forget_requests()
    output = hub.sync("--employee", kuerzel)
    assert f"{kuerzel} is inactive" in output
    assert asked_of(office, kuerzel) == []
    assert "inactive" in hub.program("status")[1]
    assert len([t for t in office.termine(kuerzel) if t["text"] == "Begann in Google"]) == 1
    office.add_employee(kuerzel)
    # Who has returned can be asked for at once.
    hub.sync("--employee", kuerzel)
    assert office.calendar(kuerzel)["id"] == calendar
    assert not [d for d in differences(office) if d.startswith(kuerzel)]
    assert not [t for t in office.termine(kuerzel) if t["text"] == "Begann in Google"], "a deletion during the absence is proven and carried"
    assert hub.value("SELECT count(*) FROM sync.calendar_sync WHERE employee_kuerzel = %s", kuerzel) == links + 1


def test_a_kuerzel_with_umlauts_goes_all_the_way(office, hub):
    office.add_employee("ÄÖÜß")
    frnr = office.add_termin(**termin("ÄÖÜß", "Mit Umlauten"))
    hub.sync()
    event_id = office.add_event("ÄÖÜß", **event("Zurück über den Fluß"))
    office.advance()
    office.edit_termin(frnr, text="Mit Ümläuten")
    hub.sync("--employee", "ÄÖÜß", GOOGLE_CALENDAR_OWNER_EMAIL="kanzlei@example.com")
    made = office.termin_of("Zurück über den Fluß")
    assert (made["sb"], made["anwalt"]) == ("ÄÖÜß", "ÄÖÜß")
    assert office.event_of("ÄÖÜß", "Mit Ümläuten")["extendedProperties"]["private"]["kuerzel"] == "ÄÖÜß"
    office.delete_event("ÄÖÜß", event_id)
    office.delete_termin(frnr)
    with hub.listen() as listener:
        listener.wait_until_listening()
        hub.rows("SELECT pg_notify('calendar_sync', '{\"employee\": \"ÄÖÜß\"}')")
        hub.wait_for("SELECT count(*) = 2 FROM sync.request WHERE employee_kuerzel = 'ÄÖÜß' AND status = 'done'", what=hub.all_logs)
    assert office.termine("ÄÖÜß") == [] and office.events("ÄÖÜß") == []
    assert len(office.calendars("ÄÖÜß")) == 1


def test_what_was_refused_is_done_when_the_policy_allows_it(office, hub, kuerzel):
    hub.sync()
    event_id = office.add_event(kuerzel, **event("Erst in Google"))
    hub.sync()
    hub.rows("UPDATE sync.setting SET advoware_writes = 'none'")
    office.advance()
    office.edit_event(kuerzel, event_id, summary="Dann geändert")
    office.add_event(kuerzel, **event("Wartet in Google"))
    office.forget_requests()
    hub.program("run")
    assert office.writes("advoware") == []
    assert "1 refused (advoware_write_forbidden): allow it" in hub.value("SELECT needs FROM bi.health WHERE employee_kuerzel = %s", kuerzel)
    hub.rows("UPDATE sync.employee SET advoware_writes = 'own' WHERE kuerzel = %s", kuerzel)
    hub.sync()
    assert office.termin_of("Dann geändert") and office.termin_of("Wartet in Google")
    assert_agree(office)


def test_apply_policy_gives_links_what_new_ones_would_get(office, hub, kuerzel):
    frnr = office.add_termin(**termin(kuerzel, "Umgestellt"))
    hub.sync()
    hub.rows("UPDATE sync.employee SET sync_strategy = 'last_change_wins', advoware_writes = 'all' WHERE kuerzel = %s", kuerzel)
    event_id = hub.link(advoware_frnr=frnr)["google_event_id"]
    office.advance()
    office.edit_event(kuerzel, event_id, summary="Vor apply_policy")
    hub.sync()
    assert office.event(kuerzel, event_id)["summary"] == "Umgestellt", "a link keeps its own policy"
    assert hub.value("SELECT sync.apply_policy(%s)", kuerzel) > 0
    office.advance()
    office.edit_event(kuerzel, event_id, summary="Nach apply_policy")
    hub.sync()
    assert office.termin(frnr)["text"] == "Nach apply_policy"
    assert hub.value("SELECT count(*) FROM sync.calendar_sync WHERE employee_kuerzel <> %s AND sync_strategy = 'last_change_wins'", kuerzel) == 0


def test_a_text_edited_in_google_reaches_advoware_while_anonymised_and_never_the_other_way(office, hub, kuerzel):
    hub.rows("UPDATE sync.setting SET default_strategy = 'last_change_wins'")
    hub.sync()
    event_id = office.add_event(kuerzel, **event("Eigener Termin"))
    hub.sync(CALENDAR_SYNC_ANONYMIZE_GOOGLE_EVENTS="true")
    assert office.event(kuerzel, event_id)["summary"] == "Eigener Termin"
    office.advance()
    office.edit_event(kuerzel, event_id, summary="Eigener Termin, umbenannt")
    hub.sync()
    frnr = office.termin_of("Eigener Termin, umbenannt")["frNr"]
    office.advance()
    office.edit_termin(frnr, text="Vertraulich: Müller", ort="Raum 7", uhrzeitVon="14:00:00", uhrzeitBis="15:00:00")
    hub.sync()
    hub.sync("--recheck")
    found = office.event(kuerzel, event_id)
    assert (found["summary"], found.get("location", ""), found["start"]["dateTime"][11:16]) == ("Eigener Termin, umbenannt", "", "14:00")
    assert office.termin(frnr)["text"] == "Vertraulich: Müller"
    hub.rows("UPDATE sync.setting SET anonymize_google_events = false")
    hub.sync()
    assert office.event(kuerzel, event_id)["summary"] == "Vertraulich: Müller"
    assert_agree(office)


@pytest.mark.office(employees=2, termine=3)
@pytest.mark.parametrize("writes", ["own", "none"])
def test_a_termin_given_to_a_colleague_takes_its_event_along_in_one_run(office, hub, writes):
    giver, taker = office.employees()[:2]
    hub.sync()
    office.advance()
    began = office.add_event(giver, **event("Übernimmt die Kollegin"))
    hub.sync()
    hub.rows("UPDATE sync.employee SET advoware_writes = %s WHERE kuerzel = %s", writes, giver)
    termin = office.termin_of("Übernimmt die Kollegin")
    office.advance()
    office.edit_termin(termin["frNr"], sb=taker, anwalt=taker)
    hub.sync()
    assert began not in [e["id"] for e in office.events(giver)]
    assert [e["summary"] for e in office.events(taker)].count("Übernimmt die Kollegin") == 1
    assert office.termin_of("Übernimmt die Kollegin")["frNr"] == termin["frNr"], "nothing was created in Advoware"
    assert hub.rows("SELECT status, result FROM sync.action WHERE google_event_id = %s AND phase = 3 ORDER BY action_id", began) == \
        [("superseded", "plan_no_longer_holds"), ("done", "ok")]
    office.forget_requests()
    hub.sync()
    assert office.writes() == []
