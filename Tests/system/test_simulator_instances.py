"""The simulated events.instances against python-dateutil: a simulator that expands wrongly would let the product agree with its error."""

import os
from datetime import datetime, time, timedelta, timezone
from itertools import takewhile
from random import Random
from zoneinfo import ZoneInfo

import google.auth.transport.requests
import pytest
import requests
from generated_series import BERLIN, Series, series
from google.oauth2 import service_account
from office import Office
from series_oracles import walls

UTC = timezone.utc


class Calendar:
    """One calendar of the simulated Google, through its API."""

    def __init__(self, office: Office):
        session = requests.Session()
        session.trust_env = False
        login = service_account.Credentials.from_service_account_file(office.service_account, scopes=["https://www.googleapis.com/auth/calendar"])
        login.refresh(google.auth.transport.requests.Request(session))
        session.headers["Authorization"] = f"Bearer {login.token}"
        self.session, self.url = session, f"{office.url}/calendar/v3/calendars"
        self.url += "/" + self.call("POST", body={"summary": "Serien", "timeZone": "Europe/Berlin"})["id"] + "/events"

    def call(self, method: str, path: str = "", body=None, **query):
        answer = self.session.request(method, self.url + path, json=body, params=query, timeout=30)
        assert answer.ok, (method, path, body, query, answer.text)
        return answer.json() if answer.content else None

    def instances(self, event_id: str, **query) -> list[dict]:
        found, page = [], {}
        while True:
            answer = self.call("GET", f"/{event_id}/instances", **{"maxResults": 2500, **query}, **page)
            assert len(answer["items"]) <= query.get("maxResults", 2500)
            found += answer["items"]
            if "nextPageToken" not in answer:
                return found
            page = {"pageToken": answer["nextPageToken"]}


@pytest.fixture(scope="module")
def calendar(tmp_path_factory):
    office = Office(os.environ["OFFICE_SIMULATOR_BIN"], tmp_path_factory.mktemp("simulator"), employees=1, termine=1)
    try:
        yield Calendar(office)
    finally:
        office.stop()


def moment(field: dict) -> datetime:
    """A start or end in UTC; a whole day begins at midnight in the calendar's zone."""
    if "date" in field:
        return datetime.fromisoformat(field["date"]).replace(tzinfo=BERLIN).astimezone(UTC)
    return datetime.fromisoformat(field["dateTime"]).astimezone(UTC)


def in_utc(made: Series, wall) -> datetime:
    wall = wall if isinstance(wall, datetime) else datetime.combine(wall, time())
    return wall.replace(tzinfo=BERLIN if made.all_day else ZoneInfo(made.zone)).astimezone(UTC)


def expected(made: Series, before: datetime) -> list[tuple]:
    """The starts by python-dateutil; a timed occurrence keeps its duration, a whole day ends at midnight."""
    found = []
    for wall in takewhile(lambda wall: in_utc(made, wall) < before, walls(made)):
        start = in_utc(made, wall)
        end = in_utc(made, wall + (made.end - made.start)) if made.all_day else start + (in_utc(made, made.end) - in_utc(made, made.start))
        found.append((start, end))
    return sorted(found)


def spans(items: list[dict]) -> list[tuple]:
    return [(moment(item["start"]), moment(item["end"])) for item in items]


def text(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("part", range(2))
def test_instances_are_those_of_the_rule(calendar, part):
    random = Random(11_000 + part)
    for number in range(120):
        made = series(random)
        if len(made.rules) > 1:
            continue
        event_id = calendar.call("POST", body={"summary": f"Serie {number}", **made.event()})["id"]
        start = in_utc(made, made.start)
        # In the middle of the series or beyond its end, and from its beginning.
        low = start + timedelta(days=random.randint(0, 900), hours=random.randint(0, 23))
        for since, before in ((start - timedelta(days=1), start + timedelta(days=700)), (low, low + timedelta(days=random.randint(1, 500)))):
            shown = calendar.instances(event_id, timeMin=text(since), timeMax=text(before))
            assert spans(shown) == [one for one in expected(made, before) if one[1] > since], (made, since, before)
            assert all(item["recurringEventId"] == event_id and moment(item["originalStartTime"]) == moment(item["start"]) for item in shown)


def test_exceptions_stand_in_the_place_of_their_occurrences(calendar):
    random = Random(12_000)
    seen = 0
    for number in range(24):
        made = series(random)
        if len(made.rules) > 1:
            continue
        event_id = calendar.call("POST", body={"summary": f"Serie {number}", **made.event()})["id"]
        start = in_utc(made, made.start)
        window = {"timeMin": text(start - timedelta(days=1)), "timeMax": text(start + timedelta(days=700))}
        before = calendar.instances(event_id, **window)
        if len(before) < 4:
            continue
        seen += 1
        cancelled, moved, renamed = random.sample(before, 3)
        calendar.call("DELETE", f"/{cancelled['id']}")
        calendar.call("PATCH", f"/{renamed['id']}", {"summary": "Anders"})
        far = start + timedelta(days=random.choice([350, 900])) + timedelta(minutes=7)
        calendar.call("PATCH", f"/{moved['id']}", {name: {"date": None, "dateTime": text(far + timedelta(minutes=length)), "timeZone": "Europe/Berlin"} for name, length in (("start", 0), ("end", 20))})

        stays = [item for item in before if item["id"] not in (cancelled["id"], moved["id"])]
        own = [(far, far + timedelta(minutes=20))] if far < start + timedelta(days=700) else []
        after = calendar.instances(event_id, **window)
        assert spans(after) == sorted(spans(stays) + own), made
        assert [item["id"] for item in after if item["summary"] == "Anders"] == [renamed["id"]]
        for item in after:
            assert moment(item["originalStartTime"]) == moment(next(one for one in before if one["id"] == item["id"])["originalStartTime"])

        deleted = calendar.instances(event_id, showDeleted="true", **window)
        assert [item["id"] for item in deleted if item["status"] == "cancelled"] == [cancelled["id"]]
        assert sorted(item["id"] for item in deleted) == sorted([item["id"] for item in after] + [cancelled["id"]])
        assert [item["id"] for item in calendar.instances(event_id, maxResults=40, showDeleted="true", **window)] == [item["id"] for item in deleted]
        for changed in (cancelled, moved, renamed):
            original = changed["originalStartTime"]
            shown = calendar.instances(event_id, showDeleted="true", originalStart=original.get("dateTime") or original["date"], **(window if changed is not moved else {}))
            assert [item["id"] for item in shown] == [changed["id"]]
    assert seen > 8
