"""The office simulator as the tests see it: its users' doings, its snapshot, its request log."""

import json
import subprocess
from pathlib import Path

import requests


class Office:
    """One simulator process with an Advoware and a Google of its own."""

    def __init__(self, program: str, directory: Path, employees: int, termine: int, seed: int = 1):
        self.env_file = directory / "office.env"
        self.service_account = directory / "service-account.json"
        self.output = directory / "simulator.log"
        # No proxy of the machine's may come between.
        self.session = requests.Session()
        self.session.trust_env = False
        with self.output.open("w") as errors:
            self.process = subprocess.Popen(
                [program, "--port", "0", "--seed", str(seed), "--employees", str(employees), "--termine", str(termine),
                 "--env-file", str(self.env_file), "--service-account", str(self.service_account)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True)
        line = self.process.stdout.readline()
        assert line, f"the simulator did not start: {self.output.read_text()}"
        self.url = json.loads(line)["url"]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.session.close()

    def _call(self, method: str, path: str, body=None, **query):
        answer = self.session.request(method, f"{self.url}/control/{path}", json=body, params=query, timeout=30)
        assert answer.ok, f"{method} /control/{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    # What is there

    def snapshot(self) -> dict:
        return self._call("GET", "snapshot")

    def employees(self) -> list[str]:
        return [e["kuerzel"] for e in self.snapshot()["advoware"]["employees"] if e["aktiv"]]

    def termine(self, kuerzel: str | None = None) -> list[dict]:
        """All Termine, or those that employee's list would show."""
        return [t for t in self.snapshot()["advoware"]["termine"]
                if kuerzel is None or kuerzel in (t.get("sb"), t.get("anwalt")) or (t.get("anwalt") or "").lower() in ("alle", "allgemein")]

    def termin(self, frnr: int) -> dict | None:
        return next((t for t in self.termine() if t["frNr"] == frnr), None)

    def calendars(self, kuerzel: str) -> list[dict]:
        return [c for c in self.snapshot()["google"]["calendars"] if c["summary"] == f"AW-{kuerzel}"]

    def calendar(self, kuerzel: str) -> dict:
        found = self.calendars(kuerzel)
        assert len(found) == 1, f"{len(found)} calendars AW-{kuerzel}"
        return found[0]

    def events(self, kuerzel: str) -> list[dict]:
        """The living events of that employee's calendar."""
        return [e for e in self.calendar(kuerzel)["events"] if e.get("status") != "cancelled"]

    def event(self, kuerzel: str, event_id: str) -> dict | None:
        return next((e for e in self.events(kuerzel) if e["id"] == event_id), None)

    def event_status(self, kuerzel: str, event_id: str) -> str | None:
        """Also of an occurrence that nobody has changed; None: there is none."""
        answer = self.session.get(f"{self.url}/control/event/{event_id}", params={"calendar": f"AW-{kuerzel}"}, timeout=30)
        return answer.json()["status"] if answer.ok else None

    def event_of(self, kuerzel: str, text: str) -> dict:
        found = [e for e in self.events(kuerzel) if e.get("summary") == text]
        assert len(found) == 1, f"{len(found)} events say {text!r}"
        return found[0]

    def termin_of(self, text: str) -> dict:
        found = [t for t in self.termine() if t.get("text") == text]
        assert len(found) == 1, f"{len(found)} Termine say {text!r}"
        return found[0]

    # What users do

    def add_termin(self, **fields) -> int:
        return self._call("POST", "termin", fields)["frNr"]

    def edit_termin(self, frnr: int, **fields) -> None:
        self._call("PUT", f"termin/{frnr}", fields)

    def edit_numbers(self, frnr: int, numbers: dict[str, str]) -> None:
        """Digit by digit as they are given here."""
        body = "{" + ", ".join(f'"{name}": {number}' for name, number in numbers.items()) + "}"
        answer = self.session.put(f"{self.url}/control/termin/{frnr}", data=body, headers={"Content-Type": "application/json"}, timeout=30)
        assert answer.ok, answer.text

    def raw(self, path: str) -> str:
        """What the simulator says there, as text."""
        return self.session.get(f"{self.url}/control/{path}", timeout=30).text

    def delete_termin(self, frnr: int) -> None:
        self._call("DELETE", f"termin/{frnr}")

    def add_event(self, kuerzel: str, **event) -> str:
        return self._call("POST", "event", {"calendar": f"AW-{kuerzel}", "event": event})["id"]

    def edit_event(self, kuerzel: str, event_id: str, **event) -> None:
        self._call("PATCH", f"event/{event_id}", {"calendar": f"AW-{kuerzel}", "event": event})

    def delete_event(self, kuerzel: str, event_id: str) -> None:
        self._call("DELETE", f"event/{event_id}", calendar=f"AW-{kuerzel}")

    def split_event(self, kuerzel: str, occurrence: str, **changes) -> str:
        """Edits "this and following"; the id of the second half."""
        return self._call("POST", f"event/{occurrence}/split", {"calendar": f"AW-{kuerzel}", "event": changes})["id"]

    def add_calendar(self, name: str, **fields) -> str:
        """Somebody makes another calendar; `accessRole`: what the service account may do with it."""
        return self._call("POST", "calendar", {"summary": name, **fields})["id"]

    def change_calendar(self, name: str, **fields) -> None:
        """By name or id: `summary` renames it, `accessRole` changes what the service account may do with it."""
        self._call("PATCH", f"calendar/{name}", fields)

    def delete_calendar(self, name: str) -> None:
        self._call("DELETE", f"calendar/{name}")

    def acl(self, kuerzel: str) -> list[tuple]:
        return [(r["role"], r["scope"].get("value")) for r in self.calendar(kuerzel)["acl"]]

    def add_employee(self, kuerzel: str) -> None:
        self._call("POST", "employee", {"kuerzel": kuerzel, "name": "Neu", "vorname": "Nina"})

    def delete_employee(self, kuerzel: str) -> None:
        self._call("DELETE", f"employee/{kuerzel}")

    def advance(self, seconds: int = 60) -> None:
        """Moves the clock of both systems, so that the next edit is a later one for sure."""
        self._call("POST", "clock", {"advance_seconds": seconds})

    # The same office again

    def keep(self, name: str) -> None:
        """Both systems as they are now, to come back to."""
        self._call("POST", f"checkpoint/{name}")

    def back_to(self, name: str) -> None:
        """As they were then; without faults, and with an empty log."""
        self._call("POST", f"restore/{name}")

    # What goes wrong

    def fault(self, system: str, weakness: str, **when) -> None:
        whenever = {} if {"chance", "nth", "always", "times"} & when.keys() else {"always": True}
        self._call("POST", "fault", {"system": system, "weakness": weakness, **whenever, **when})

    def heal(self) -> None:
        self._call("DELETE", "fault")

    def quota(self, **spec) -> None:
        """From now on Google keeps its quotas: per_user (of one user only), per_project, seconds, status, retry_after."""
        self._call("POST", "quota", spec)

    def lift_quota(self) -> None:
        self._call("DELETE", "quota")

    # What was asked of both systems

    def requests(self) -> list[dict]:
        return self._call("GET", "requests")["requests"]

    def forget_requests(self) -> None:
        self._call("DELETE", "requests")

    def asked(self, system: str, method: str = "GET", path: str = "", having: str | None = None) -> list[dict]:
        """The requests of one method whose path contains this and whose query has that parameter."""
        return [r for r in self.requests() if (r["system"], r["method"]) == (system, method) and path in r["path"]
                and (having is None or having in r["query"])]

    def writes(self, system: str | None = None) -> list[str]:
        """Every request that could change something, as "POST path status"; logins are none."""
        return [f"{r['method']} {r['path']} {r['status']}" for r in self.requests()
                if r["method"] != "GET" and r["system"] != "login" and system in (None, r["system"])]
