"""Holds the simulated Google Calendar against Google's own Python client.

    pytest google_client_check.py        with SIMULATOR_URL and SIMULATOR_SERVICE_ACCOUNT set
    python google_client_check.py --url http://127.0.0.1:PORT --service-account FILE

Needs google-api-python-client, google-auth and pytest. Every test makes calendars of its own; the office is left as it is.
"""

import argparse
import json
import os
import pathlib
import sys
import urllib.request
import uuid

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "support"))
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"

from discovery_check import check_requests  # noqa: E402

SCOPE = "https://www.googleapis.com/auth/calendar"
ZONE = "Europe/Berlin"


def control(method, path, body=None):
    request = urllib.request.Request(
        os.environ["SIMULATOR_URL"] + "/control/" + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return json.load(answer)


def build_service(scopes=(SCOPE,), **changes):
    from google.oauth2 import service_account
    from googleapiclient.discovery import build

    key = json.loads(pathlib.Path(os.environ["SIMULATOR_SERVICE_ACCOUNT"]).read_text()) | changes
    credentials = service_account.Credentials.from_service_account_info(key, scopes=list(scopes))
    return build(
        "calendar",
        "v3",
        credentials=credentials,
        static_discovery=True,
        client_options={"api_endpoint": os.environ["SIMULATOR_URL"] + "/calendar/v3/"},
    )


@pytest.fixture(scope="module")
def service():
    return build_service()


@pytest.fixture(autouse=True)
def _no_faults():
    control("DELETE", "fault")
    yield
    control("DELETE", "fault")


@pytest.fixture
def calendar(service):
    name = "Prüfung-" + uuid.uuid4().hex[:8]
    made = service.calendars().insert(body={"summary": name, "timeZone": ZONE}).execute()
    yield made["id"]
    service.calendars().delete(calendarId=made["id"]).execute()


@pytest.fixture
def events(service):
    return service.events()


def timed(day="2027-01-04", start="10:00:00", end="11:00:00", **more):
    return {
        "summary": "Besprechung Müller 📅",
        "start": {"dateTime": f"{day}T{start}+01:00", "timeZone": ZONE},
        "end": {"dateTime": f"{day}T{end}+01:00", "timeZone": ZONE},
    } | more


def weekly(**more):
    return timed(recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"], **more)


def refused(status, reason, call):
    from googleapiclient.errors import HttpError

    with pytest.raises(HttpError) as caught:
        call.execute()
    assert caught.value.status_code == status
    assert json.loads(caught.value.content)["error"]["errors"][0]["reason"] == reason


def listed(events, calendar, **parameters):
    """All pages; the events and the sync token."""
    found, request = [], events.list(calendarId=calendar, **parameters)
    while request is not None:
        page = request.execute()
        found += page["items"]
        request = events.list_next(request, page)
    return found, page.get("nextSyncToken")


# Login


@pytest.mark.parametrize(
    ("what", "scopes", "changes"),
    [
        ("invalid_grant", [SCOPE], {"client_email": "someone@else.example"}),
        ("invalid_grant", [SCOPE], {"private_key_id": "0" * 40}),
        ("invalid_scope", ["https://www.googleapis.com/auth/drive"], {}),
    ],
)
def test_a_wrong_login_is_refused(what, scopes, changes):
    from google.auth.exceptions import RefreshError

    with pytest.raises(RefreshError, match=what):
        build_service(scopes, **changes).calendarList().list().execute()


def test_a_dead_token_is_renewed_once(calendar):
    own = build_service()
    own.calendars().get(calendarId=calendar).execute()
    control("POST", "fault", {"system": "google", "weakness": "unauthorized", "nth": 1})
    assert own.calendars().get(calendarId=calendar).execute()["id"] == calendar


# Calendars and rules


def test_calendars_are_listed_page_by_page(service):
    made = [service.calendars().insert(body={"summary": f"Seite {n}"}).execute()["id"] for n in range(3)]
    seen, request = [], service.calendarList().list(maxResults=2)
    while request is not None:
        page = request.execute()
        assert len(page["items"]) <= 2
        seen += [item["id"] for item in page["items"]]
        request = service.calendarList().list_next(request, page)
    assert set(made) <= set(seen) and len(seen) == len(set(seen))
    assert service.calendarList().get(calendarId=made[0]).execute()["accessRole"] == "owner"
    for calendar_id in made:
        service.calendars().delete(calendarId=calendar_id).execute()


def test_a_calendar_is_in_utc_unless_it_says_otherwise(service, calendar):
    assert service.calendars().get(calendarId=calendar).execute()["timeZone"] == ZONE
    plain = service.calendars().insert(body={"summary": "ohne Zone"}).execute()
    assert plain["timeZone"] == "UTC"
    service.calendars().delete(calendarId=plain["id"]).execute()
    refused(404, "notFound", service.calendars().get(calendarId=plain["id"]))
    refused(404, "notFound", service.events().list(calendarId=plain["id"]))


def test_a_calendar_is_shared(service, calendar):
    body = {"role": "owner", "scope": {"type": "user", "value": "kanzlei@example.org"}}
    rule = service.acl().insert(calendarId=calendar, sendNotifications=False, body=body).execute()
    assert rule["id"] == "user:kanzlei@example.org"
    service.acl().insert(calendarId=calendar, sendNotifications=False, body=body).execute()
    rules = service.acl().list(calendarId=calendar).execute()["items"]
    assert sorted(rule["role"] for rule in rules) == ["owner", "owner"]
    bad = body | {"role": "king"}
    refused(400, "invalid", service.acl().insert(calendarId=calendar, body=bad))


# Single events


def test_an_event_comes_back_as_it_was_sent(events, calendar):
    body = timed(description="Zeile 1\r\nZeile 2", location="Köln", extendedProperties={"private": {"a": "1"}})
    made = events.insert(calendarId=calendar, sendUpdates="none", body=body).execute()
    read = events.get(calendarId=calendar, eventId=made["id"]).execute()
    assert read == made
    for name in body:
        assert read[name] == body[name]
    assert read["status"] == "confirmed" and read["organizer"]["self"] and read["updated"].endswith("Z")


def test_an_id_is_used_once_for_ever(events, calendar):
    own = uuid.uuid4().hex
    events.insert(calendarId=calendar, body=timed(id=own)).execute()
    refused(409, "duplicate", events.insert(calendarId=calendar, body=timed(id=own)))
    events.delete(calendarId=calendar, eventId=own).execute()
    refused(409, "duplicate", events.insert(calendarId=calendar, body=timed(id=own)))
    assert events.get(calendarId=calendar, eventId=own).execute()["status"] == "cancelled"
    refused(410, "deleted", events.delete(calendarId=calendar, eventId=own))


@pytest.mark.parametrize("bad", ["abcd", "UPPER", "wxyz1", "a" * 1025, "ab-cd"])
def test_a_bad_id_is_refused(events, calendar, bad):
    refused(400, "invalid", events.insert(calendarId=calendar, body=timed(id=bad)))


def test_bad_times_are_refused(events, calendar):
    insert = lambda **times: events.insert(calendarId=calendar, body=timed() | times)  # noqa: E731
    refused(400, "timeRangeEmpty", insert(end={"dateTime": "2027-01-04T09:00:00+01:00"}))
    refused(400, "required", insert(end=None))
    refused(400, "invalid", insert(end={"date": "2027-01-05"}))
    refused(400, "invalid", insert(start={"dateTime": "gestern"}))
    refused(400, "required", insert(start={"dateTime": "2027-01-04T09:00:00"}))
    refused(400, "invalid", insert(start={"dateTime": "2027-01-04T09:00:00", "timeZone": "Berlin"}))
    refused(400, "required", insert(recurrence=["RRULE:FREQ=DAILY"], end={"dateTime": "2027-01-04T11:00:00+01:00"}))
    refused(400, "invalid", insert(recurrence=["RRULE:FREQ=NEVER"]))
    refused(400, "invalid", insert(recurrence=["DTSTART:20270104T100000Z", "RRULE:FREQ=DAILY"]))


def test_a_patch_merges_and_null_clears(events, calendar):
    made = events.insert(
        calendarId=calendar, body=timed(location="Köln", extendedProperties={"private": {"a": "1", "b": "2"}})
    ).execute()
    change = {"location": None, "description": "neu", "extendedProperties": {"private": {"b": None, "c": "3"}}}
    patched = events.patch(calendarId=calendar, eventId=made["id"], body=change).execute()
    assert "location" not in patched and patched["description"] == "neu" and patched["summary"] == made["summary"]
    assert patched["extendedProperties"]["private"] == {"a": "1", "c": "3"}
    assert patched["etag"] != made["etag"] and patched["sequence"] == made["sequence"]
    whole_day = {"start": {"date": "2027-01-04"}, "end": {"date": "2027-01-05"}}
    refused(400, "invalid", events.patch(calendarId=calendar, eventId=made["id"], body=whole_day))
    for name in whole_day:
        whole_day[name] |= {"dateTime": None, "timeZone": None}
    moved = events.patch(calendarId=calendar, eventId=made["id"], body=whole_day).execute()
    assert moved["start"] == {"date": "2027-01-04"} and moved["sequence"] == made["sequence"] + 1


def test_an_update_replaces(events, calendar):
    made = events.insert(calendarId=calendar, body=timed(location="Köln")).execute()
    updated = events.update(calendarId=calendar, eventId=made["id"], body=timed(summary="anders")).execute()
    assert "location" not in updated and updated["summary"] == "anders" and updated["created"] == made["created"]
    refused(400, "required", events.update(calendarId=calendar, eventId=made["id"], body={"summary": "ohne Zeit"}))


def test_a_stale_etag_is_refused(events, calendar):
    made = events.insert(calendarId=calendar, body=timed()).execute()
    events.patch(calendarId=calendar, eventId=made["id"], body={"summary": "zwei"}).execute()
    for stale in [
        events.patch(calendarId=calendar, eventId=made["id"], body={"summary": "drei"}),
        events.update(calendarId=calendar, eventId=made["id"], body=timed()),
        events.delete(calendarId=calendar, eventId=made["id"]),
    ]:
        stale.headers["If-Match"] = made["etag"]
        refused(412, "conditionNotMet", stale)
    fresh = events.delete(calendarId=calendar, eventId=made["id"])
    fresh.headers["If-Match"] = events.get(calendarId=calendar, eventId=made["id"]).execute()["etag"]
    fresh.execute()


def test_what_is_not_there_is_not_found(events, calendar):
    for call in [events.get, events.delete, events.instances]:
        refused(404, "notFound", call(calendarId=calendar, eventId="nothere"))
    refused(404, "notFound", events.patch(calendarId=calendar, eventId="nothere", body={"summary": "x"}))


# Series


def test_a_series_has_instances_and_exceptions(events, calendar):
    series = events.insert(calendarId=calendar, body=weekly()).execute()["id"]
    instances = events.instances(calendarId=calendar, eventId=series).execute()["items"]
    assert [item["id"] for item in instances] == [f"{series}_202701{day}T090000Z" for day in ("04", "11", "18", "25")]
    assert all(item["recurringEventId"] == series for item in instances)
    moved = events.patch(calendarId=calendar, eventId=instances[1]["id"], body=timed(day="2027-01-12")).execute()
    assert moved["originalStartTime"]["dateTime"] == "2027-01-11T10:00:00+01:00"
    events.delete(calendarId=calendar, eventId=instances[2]["id"]).execute()
    left = events.instances(calendarId=calendar, eventId=series).execute()["items"]
    assert [item["start"]["dateTime"][8:10] for item in left] == ["04", "12", "25"]
    assert len(events.instances(calendarId=calendar, eventId=series, showDeleted=True).execute()["items"]) == 4
    found, _ = listed(events, calendar)
    assert len(found) == 3 and sum(item["status"] == "cancelled" for item in found) == 1
    singles, _ = listed(events, calendar, singleEvents=True, orderBy="startTime")
    assert [item["start"]["dateTime"][8:10] for item in singles] == ["04", "12", "25"]
    events.delete(calendarId=calendar, eventId=series).execute()
    assert listed(events, calendar)[0] == []


def test_the_wall_clock_of_a_series_stays_across_a_clock_change(events, calendar):
    body = timed(day="2027-03-22", recurrence=["RRULE:FREQ=WEEKLY;UNTIL=20270405T080000Z"])
    series = events.insert(calendarId=calendar, body=body).execute()["id"]
    instances = events.instances(calendarId=calendar, eventId=series).execute()["items"]
    assert [item["start"]["dateTime"] for item in instances] == [
        "2027-03-22T10:00:00+01:00",
        "2027-03-29T10:00:00+02:00",
        "2027-04-05T10:00:00+02:00",
    ]


# Listings


def test_pages_hold_everything_once(events, calendar):
    ids = {events.insert(calendarId=calendar, body=timed()).execute()["id"] for _ in range(5)}
    control("POST", "fault", {"system": "google", "weakness": "empty_pages", "always": True})
    found, token = listed(events, calendar, maxResults=2)
    assert {item["id"] for item in found} == ids and len(found) == 5 and token


def test_a_sync_token_brings_changes_and_tombstones(events, calendar):
    keep = events.insert(calendarId=calendar, body=timed()).execute()["id"]
    gone = events.insert(calendarId=calendar, body=timed()).execute()["id"]
    _, token = listed(events, calendar, showDeleted=True)
    assert listed(events, calendar, syncToken=token)[0] == []
    events.patch(calendarId=calendar, eventId=keep, body={"summary": "neu"}).execute()
    events.delete(calendarId=calendar, eventId=gone).execute()
    changed, later = listed(events, calendar, syncToken=token)
    assert {item["id"]: item["status"] for item in changed} == {keep: "confirmed", gone: "cancelled"}
    assert listed(events, calendar, syncToken=later)[0] == []
    assert [item["id"] for item in listed(events, calendar)[0]] == [keep]
    assert len(listed(events, calendar, showDeleted=True)[0]) == 2


def test_a_sync_token_refuses_filters_and_can_die(events, calendar):
    _, token = listed(events, calendar)
    for filter in [
        {"timeMin": "2027-01-01T00:00:00Z"},
        {"timeMax": "2027-01-01T00:00:00Z"},
        {"updatedMin": "2027-01-01T00:00:00Z"},
        {"q": "x"},
        {"orderBy": "updated"},
        {"iCalUID": "x"},
        {"privateExtendedProperty": "a=1"},
        {"showDeleted": False},
    ]:
        refused(400, "badRequest", events.list(calendarId=calendar, syncToken=token, **filter))
    refused(410, "fullSyncRequired", events.list(calendarId=calendar, syncToken="bm9uc2Vuc2U="))
    control("POST", "fault", {"system": "google", "weakness": "gone_410", "times": 1})
    refused(410, "fullSyncRequired", events.list(calendarId=calendar, syncToken=token))
    refused(410, "fullSyncRequired", events.list(calendarId=calendar, syncToken=token))
    _, fresh = listed(events, calendar)
    assert listed(events, calendar, syncToken=fresh)[0] == []


def test_a_window_is_obeyed(events, calendar):
    events.insert(calendarId=calendar, body=timed(day="2027-01-04")).execute()
    later = events.insert(calendarId=calendar, body=timed(day="2027-02-04")).execute()["id"]
    series = events.insert(calendarId=calendar, body=weekly(id="serie")).execute()["id"]
    window = {"timeMin": "2027-01-20T00:00:00+01:00"}
    assert {item["id"] for item in listed(events, calendar, **window)[0]} == {later, series}
    window = {"timeMin": "2027-01-26T00:00:00+01:00", "timeMax": "2027-03-01T00:00:00Z"}
    assert {item["id"] for item in listed(events, calendar, **window)[0]} == {later}


def test_private_properties_are_found(events, calendar):
    tagged = events.insert(calendarId=calendar, body=timed(extendedProperties={"private": {"frNr": "7"}})).execute()
    events.insert(calendarId=calendar, body=timed()).execute()
    found, _ = listed(events, calendar, privateExtendedProperty="frNr=7")
    assert [item["id"] for item in found] == [tagged["id"]]


# The request log


def test_all_of_this_is_as_google_describes_it():
    requests = control("GET", "requests")["requests"]
    assert any(request["system"] == "google" for request in requests)
    # What these tests themselves send wrongly, on purpose.
    problems = [problem for problem in check_requests(requests) if "is missing" not in problem]
    assert problems == []


def test_what_google_does_not_describe_is_found_out():
    bad = {"n": 1, "system": "google", "method": "PATCH", "path": "/calendar/v3/calendars/x/events/y"}
    bad |= {"query": {"zone": "x", "sendUpdates": "some"}, "body": {"start": {"day": "x"}, "titel": "y", "summary": 3}}
    assert len(check_requests([bad])) == 5
    assert check_requests([bad | {"path": "/calendar/v3/nothing"}])[0].endswith("no such method")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--service-account", required=True)
    arguments = parser.parse_args()
    os.environ["SIMULATOR_URL"] = arguments.url
    os.environ["SIMULATOR_SERVICE_ACCOUNT"] = arguments.service_account
    sys.exit(pytest.main(["-q", "--noconftest", "-p", "no:cacheprovider", __file__]))
