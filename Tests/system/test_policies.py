"""What may be written, and what may be told."""

from agree import assert_agree
from appointments import event, termin


def test_with_no_writes_allowed_nothing_ever_reaches_advoware(office, hub, kuerzel):
    frnr = office.add_termin(**termin(kuerzel, "Nur lesen"))
    hub.rows("UPDATE sync.setting SET advoware_writes = 'none'")
    hub.sync()
    office.add_event(kuerzel, **event("Bleibt in Google"))
    office.advance()
    office.edit_event(kuerzel, hub.link(advoware_frnr=frnr)["google_event_id"], summary="Geändert")
    hub.program("run")
    assert office.writes("advoware") == []
    assert office.event_of(kuerzel, "Bleibt in Google")
    assert office.event_of(kuerzel, "Nur lesen")


def test_a_link_whose_write_flag_is_taken_away_is_refused_with_a_reason(office, hub, kuerzel):
    hub.sync()
    event_id = office.add_event(kuerzel, **event("Erst erlaubt"))
    hub.sync()
    hub.rows("UPDATE sync.calendar_sync SET advoware_write_allowed = false WHERE google_event_id = %s", event_id)
    office.advance()
    office.edit_event(kuerzel, event_id, summary="Dann nicht mehr")
    office.forget_requests()
    hub.program("run")
    assert office.writes() == []
    link = hub.link(google_event_id=event_id)
    assert link["sync_status"] == "failed" and link["last_error"]
    hub.rows("UPDATE sync.calendar_sync SET advoware_write_allowed = true WHERE google_event_id = %s", event_id)
    hub.sync()
    assert office.termin_of("Dann nicht mehr")
    assert_agree(office)


def test_a_termin_is_sent_back_with_every_field_that_was_read(office, hub, kuerzel):
    hub.rows("UPDATE sync.setting SET default_strategy = 'last_change_wins', advoware_writes = 'all'")
    frnr = office.add_termin(**termin(kuerzel, "Mit Beiwerk", azRubrum="Meier ./. Schulze", nr="12/26", raumNr="3", erinnerung=1, unbekannt="bleibt"))
    hub.sync()
    office.advance()
    office.edit_event(kuerzel, hub.link(advoware_frnr=frnr)["google_event_id"], summary="Mit Beiwerk, geändert")
    before = office.termin(frnr)
    hub.sync()
    after = office.termin(frnr)
    assert after["text"] == "Mit Beiwerk, geändert"
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed <= {"text", "zuletztGeaendertAm"}


def test_what_users_set_on_an_event_stays(office, hub, kuerzel):
    frnr = office.add_termin(**termin(kuerzel, "Mit Erinnerung"))
    hub.sync()
    event_id = hub.link(advoware_frnr=frnr)["google_event_id"]
    reminders = {"useDefault": False, "overrides": [{"method": "popup", "minutes": 7}]}
    office.edit_event(kuerzel, event_id, colorId="5", reminders=reminders)
    office.advance()
    office.edit_termin(frnr, text="Mit Erinnerung, neu")
    hub.sync()
    found = office.event(kuerzel, event_id)
    assert (found["summary"], found["colorId"], found["reminders"]) == ("Mit Erinnerung, neu", "5", reminders)


def test_anonymised_copies_say_nothing_and_never_come_back(office, hub, kuerzel):
    frnr = office.add_termin(**termin(kuerzel, "Scheidung Müller", notiz="vertraulich", ort="Haus der Mandantin"))
    hub.sync(CALENDAR_SYNC_ANONYMIZE_GOOGLE_EVENTS="true")
    assert_agree(office, anonymized=True)
    event_id = hub.link(advoware_frnr=frnr)["google_event_id"]
    copy = office.event(kuerzel, event_id)
    assert (copy["summary"], copy.get("description", ""), copy.get("location", "")) == ("Advoware blocked", "", "")
    # Nothing in the environment turns it off again.
    hub.sync(CALENDAR_SYNC_ANONYMIZE_GOOGLE_EVENTS="false")
    assert_agree(office, anonymized=True)
    hub.rows("UPDATE sync.calendar_sync SET sync_strategy = 'last_change_wins', advoware_write_allowed = true")
    office.advance()
    office.edit_event(kuerzel, event_id, summary="von Hand", location="irgendwo")
    hub.sync()
    assert (office.termin(frnr)["text"], office.termin(frnr)["notiz"], office.termin(frnr)["ort"]) == \
        ("Scheidung Müller", "vertraulich", "Haus der Mandantin")
    assert not [t for t in office.termine() if "blocked" in t["text"]]


def test_the_time_of_an_anonymised_copy_can_be_moved_without_touching_the_text(office, hub, kuerzel):
    hub.rows("UPDATE sync.setting SET anonymize_google_events = true, default_strategy = 'last_change_wins', advoware_writes = 'all'")
    frnr = office.add_termin(**termin(kuerzel, "Geheimer Ortstermin", notiz="nur wir"))
    hub.sync()
    office.advance()
    moved = event("", von="15:00", bis="16:00")
    office.edit_event(kuerzel, hub.link(advoware_frnr=frnr)["google_event_id"], start=moved["start"], end=moved["end"])
    hub.sync()
    found = office.termin(frnr)
    assert (found["uhrzeitVon"], found["uhrzeitBis"], found["text"], found["notiz"]) == ("15:00:00", "16:00:00", "Geheimer Ortstermin", "nur wir")
    assert_agree(office, anonymized=True)


def test_turning_anonymisation_on_or_off_rewrites_the_copies(office, hub):
    hub.sync()
    hub.rows("UPDATE sync.setting SET anonymize_google_events = true")
    hub.sync()
    assert_agree(office, anonymized=True)
    hub.rows("UPDATE sync.setting SET anonymize_google_events = false")
    hub.sync()
    assert_agree(office)


def test_one_employees_anonymisation_is_enough(office, hub):
    first, second = office.employees()[:2]
    hub.sync()
    hub.rows("UPDATE sync.employee SET anonymize = true WHERE kuerzel = %s", first)
    hub.sync()
    assert {e["summary"] for e in office.events(first)} == {"Advoware blocked"}
    assert "Advoware blocked" not in {e.get("summary") for e in office.events(second)}


def test_a_private_termin_is_private_in_google(office, hub, kuerzel):
    frnr = office.add_termin(**termin(kuerzel, "Arzt", privat=1))
    hub.sync()
    assert office.event(kuerzel, hub.link(advoware_frnr=frnr)["google_event_id"])["visibility"] == "private"


def test_a_termin_that_is_marked_private_later_becomes_private_in_google(office, hub, kuerzel):
    frnr = office.add_termin(**termin(kuerzel, "Arzt"))
    hub.sync()
    event_id = hub.link(advoware_frnr=frnr)["google_event_id"]
    office.edit_termin(frnr, privat=1)
    office.forget_requests()
    hub.sync()
    event = office.event(kuerzel, event_id)
    assert (event["visibility"], event["summary"]) == ("private", "Arzt")
    assert len(office.writes()) == 1, "one write, and nothing else of the event is touched"
    office.edit_termin(frnr, privat=0)
    office.forget_requests()
    hub.sync()
    assert office.event(kuerzel, event_id)["visibility"] == "private", "one way only"
    assert office.writes() == []
    assert_agree(office)


def test_nothing_is_done_for_who_is_paused(office, hub):
    first, second = office.employees()[:2]
    hub.sync()
    hub.rows("UPDATE sync.employee SET paused = true WHERE kuerzel = %s", first)
    office.add_termin(**termin(first, "Muss warten"))
    office.add_termin(**termin(second, "Muss nicht warten"))
    hub.sync()
    assert not [e for e in office.events(first) if e.get("summary") == "Muss warten"]
    assert office.event_of(second, "Muss nicht warten")
    hub.rows("UPDATE sync.setting SET paused = true")
    office.forget_requests()
    hub.sync()
    assert office.writes() == []
    assert not [r for r in office.requests() if "/Termine" in r["path"] or "/events" in r["path"]]
    hub.rows("UPDATE sync.setting SET paused = false")
    hub.rows("UPDATE sync.employee SET paused = false")
    hub.sync()
    assert_agree(office)


def test_invitations_are_copied_and_never_written(office, hub, kuerzel):
    hub.sync()
    other = {"email": "gericht@example.org"}
    event_id = office.add_event(kuerzel, **event("Einladung des Gerichts"), organizer=other)
    hub.sync()
    frnr = office.termin_of("Einladung des Gerichts")["frNr"]
    hub.rows("UPDATE sync.calendar_sync SET sync_strategy = 'last_change_wins' WHERE google_event_id = %s", event_id)
    office.advance()
    office.edit_termin(frnr, text="Umbenannt")
    office.forget_requests()
    hub.program("run")
    assert office.writes("google") == []


def test_who_runs_it_anonymized_finds_no_name_in_google(office, hub, kuerzel):
    office.add_termin(**termin(kuerzel, "Mandant Geheim"))
    hub.sync("--employee", kuerzel, "--anonymized", "--dry-run")
    assert not hub.value("SELECT anonymize FROM sync.employee WHERE kuerzel = %s", kuerzel)
    assert office.writes("google") == []
    printed = hub.sync("--employee", kuerzel, "--anonymized")
    assert f"full_content = false: anonymize of {kuerzel} was turned on" in printed
    assert hub.value("SELECT anonymize FROM sync.employee WHERE kuerzel = %s", kuerzel)
    assert hub.rows("SELECT new_values ->> 'anonymize', new_values ->> 'requested_by' FROM sync.policy_audit WHERE table_name = 'employee' AND row_key = %s "
                    "AND new_values ? 'anonymize' AND action = 'UPDATE'", kuerzel) == [("true", "calendar_sync_user")]
    events = office.events(kuerzel)
    assert events and all(event["summary"] == "Advoware blocked" for event in events if event.get("extendedProperties"))
    # It stays on until it is turned off in the hub.
    hub.sync()
    assert all(event["summary"] == "Advoware blocked" for event in office.events(kuerzel) if event.get("extendedProperties"))
