"""A listener that calls the hub in the program's order, each call a transaction of its own, and does what it is told to an office in memory.

Every function of the hub that it needs is called in one place.
"""

from psycopg.types.json import Jsonb

from counters import Cost, Meter
from settled_office import KEY, LISTENER, Employee


class Superseded(AssertionError):
    """An action that was to be sent is not: what is measured would be something else."""


class SqlListener:
    def __init__(self, meter: Meter, office: Employee):
        self.meter = meter
        self.office = office
        self.google_token: str | None = None
        self.readings = 0
        self.run = self.fence = None

    def call(self, function: str, *arguments, more: str = ""):
        places = ", ".join(["%s"] * len(arguments))
        cursor = self.meter.hub.execute(f"SELECT * FROM {function}({places}){more}", arguments)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]

    # A run, step by step

    def ask(self) -> None:
        self.meter.hub.execute("SELECT sync.request_sync(employee => %s)", [self.office.kuerzel])

    def claim(self) -> None:
        [claimed] = self.call("engine.claim_run", LISTENER)
        self.run, self.fence = claimed["run_id"], claimed["fence"]

    def read(self, google: str | None = None) -> None:
        """Advoware whole, and Google whole, since the last token, or not at all."""
        [order] = self.call("engine.begin_reading", self.run, self.fence, KEY)
        reading = {"key_prefix": KEY, "observed_at": order["observed_at"].isoformat(), "window_from": order["window_from"].isoformat(),
                   "window_to": order["window_to"].isoformat(), "advoware": {"unidentifiable": 0, "entries": list(self.office.termine.values())}}
        if google:
            whole = google == "whole"
            assert whole or order["google_token"] is not None, "the hub has no token to go on from"
            self.readings += 1
            reading["google"] = {"unidentifiable": 0, "whole": whole, "boundless": order["google_from"] is None, "base_token": None if whole else order["google_token"],
                                 "new_token": f"token {self.readings}", "listed": [],
                                 "entries": list(self.office.events.values()) if whole else []}
        [stored] = self.call("engine.store_reading", self.run, self.fence, Jsonb(reading), more=" AS stored")
        assert stored["stored"], "the reading was thrown away"

    def settle(self) -> None:
        self.call("engine.settle", self.run, self.fence)

    def plan(self, phase: int) -> list[dict]:
        planned = {"phase": phase, "planned": None}
        while planned["phase"] and not planned["planned"]:
            [planned] = self.call("engine.plan_next", self.run, phase, phase)
        if not planned["phase"]:
            return []
        cursor = self.meter.hub.execute(
            "SELECT action_id, kind, sync_id, advoware_frnr, google_event_id FROM sync.action WHERE run_id = %s AND phase = %s AND status = 'planned' "
            "ORDER BY action_id", [self.run, phase])
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]

    def finish(self, error_code: str | None = None) -> str:
        [ended] = self.call("engine.finish_run", self.run, self.fence, error_code, more=" AS status")
        return ended["status"]

    # One action, begin to end

    def begin(self, action: dict) -> dict:
        for _ in range(4):
            [todo] = self.call("engine.begin_action", action["action_id"], self.fence)
            if not todo["verdict"].startswith("prove_"):
                break
            side = todo["verdict"].removeprefix("prove_")
            self.call("engine.record_proof", action["action_id"], self.fence, side, "gone", todo["observed_at"], None)
        if todo["verdict"] != "go":
            raise Superseded(f"{action['kind']} of {action['google_event_id']}, {action['advoware_frnr']}: {todo['verdict']}")
        return todo

    def complete(self, action: dict, todo: dict, entry: dict | None = None, new_frnr: int | None = None) -> None:
        self.call("engine.complete_action", action["action_id"], self.fence, todo["observed_at"], Jsonb(entry) if entry else None, new_frnr)

    def carry_out(self, action: dict) -> None:
        kind, office = action["kind"], self.office
        todo = self.begin(action)
        event_id, frnr = todo["event_id"], str(action["advoware_frnr"])
        tags = {"tag_sync_id": str(action["sync_id"]), "tag_frnr": action["advoware_frnr"], "tag_kuerzel": office.kuerzel,
                "tag_source": todo["tag_source"], "tag_anonymized": False}
        if kind in ("create_event", "update_event"):
            self.complete(action, todo, office.write_event(event_id, frnr, tags))
        elif kind == "tag_event":
            self.complete(action, todo, office.tag_event(event_id, tags))
        elif kind == "update_termin":
            office.write_termin(frnr, event_id)
            self.complete(action, todo)
        elif kind == "create_termin":
            number = office.next_number()
            office.write_termin(str(number), event_id)
            self.complete(action, todo, new_frnr=number)
        elif kind == "delete_event":
            del office.events[event_id]
            self.complete(action, todo)
        else:
            raise AssertionError(f"nobody changed anything that asks for {kind}")

    # A whole run

    def open(self, google: str) -> None:
        """Up to the readings, stored."""
        self.ask()
        self.claim()
        self.read(google)

    def carry_out_phases(self) -> list[tuple[str, Cost]]:
        """All four, as the program does; what each step took, by its name or the action's kind."""
        costs = []
        for phase in range(1, 5):
            for _ in range(2):
                with self.meter.measure() as planning:
                    actions = self.plan(phase)
                if not actions:
                    break
                costs.append((f"plan {phase}", planning))
                for action in actions:
                    with self.meter.measure() as cost:
                        self.carry_out(action)
                    costs.append((action["kind"], cost))
                if not any(a["kind"].endswith("_termin") for a in actions):
                    break
                with self.meter.measure() as cost:
                    self.read()
                    self.settle()
                costs.append((f"read again {phase}", cost))
        return costs
