"""Values that Advoware writes in a way of its own: an end in ticks alone, half an emoji, numbers longer than anybody's."""

import pytest
from appointments import event, termin
from patience import nothing_more_to_write

pytestmark = pytest.mark.office(employees=1, termine=3)


def test_ticks_that_are_the_only_end_are_not_wiped_by_a_change_of_text(office, hub, kuerzel):
    hub.sync()
    # Such hours that those that are missing mean the same.
    ids = [office.add_event(kuerzel, **event(f"Zeitlos {n}", ahead=3 + n, von="09:00", bis="10:00")) for n in range(20)]
    hub.sync()
    # The one of which the simulator leaves nothing but the ticks.
    [link] = [link for link in map(lambda i: hub.link(google_event_id=i), ids) if link["advoware_frnr"] % 20 == 15]
    office.fault("advoware", "missing_times")
    hub.sync()
    office.advance()
    office.edit_event(kuerzel, link["google_event_id"], summary="Umbenannt")
    office.forget_requests()
    hub.sync()
    [put] = [r["body"] for r in office.asked("advoware", "PUT") if r["body"]["text"] == "Umbenannt"]
    assert put["uhrzeitBis"] == "10:00:00" and "uhrzeitBisTicks" not in put
    assert office.termin_of("Umbenannt")["uhrzeitBis"] == "10:00:00"


def test_half_an_emoji_costs_no_more_than_itself(office, hub, kuerzel):
    office.fault("advoware", "lone_surrogate")
    frnr = office.add_termin(**termin(kuerzel, "Feier "))
    other = office.add_termin(**termin(kuerzel, "Daneben", ahead=6))
    hub.sync()
    assert office.event(kuerzel, hub.link(advoware_frnr=frnr)["google_event_id"])["summary"] == "Feier \N{REPLACEMENT CHARACTER}"
    assert hub.link(advoware_frnr=other)["sync_status"] == "synced"
    nothing_more_to_write(office, hub)
    hub.sync("--recheck")
    nothing_more_to_write(office, hub)


def test_a_number_that_nobody_understands_is_sent_back_as_it_was_read(office, hub, kuerzel):
    hub.sync()
    google = office.add_event(kuerzel, **event("Mit Zahlen"))
    hub.sync()
    link = hub.link(google_event_id=google)
    # Through text, or Python would round them.
    numbers = {"referat": "1234567890.123456789", "kategorieId": "9223372036854775809"}
    office.edit_numbers(link["advoware_frnr"], numbers)
    office.advance()
    office.edit_event(kuerzel, link["google_event_id"], summary="Mit Zahlen, geändert")
    office.forget_requests()
    hub.sync()
    sent = office.raw("requests")
    assert all(sent.count(f'"{name}":{number}') >= 1 for name, number in numbers.items())
    nothing_more_to_write(office, hub)
