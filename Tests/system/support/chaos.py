"""An office under random edits, faults, kills, stops and database restarts; then quiet, and everything has to be in order.

    chaos.py [--seed N] [--minutes M] [--steps N] [--employees N]

The seed decides edits and mishaps: the same seed makes the same plan again. See ops/chaos.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psycopg
from agree import differences
from chaos_users import Users, marker_of
from cluster import Cluster
from hub import Hub
from office import Office

# One mishap in so many steps, roughly.
MISHAPS = {"kill": 100, "stop": 6, "restart": 4, "crash": 3, "terminate": 25, "weather": 60, "request": 150, "person": 40, "day": 20}
FAULTS = {
    "advoware": ("error_500", "error_500_after_acting", "connection_cut_before", "connection_cut_after", "acts_late", "cut_off", "cut_off_connection",
                 "html_page", "html_page_after_acting", "slow", "field_case", "date_formats", "frnr_null", "token_dies_early", "wrong_empty_list",
                 "entry_without_number", "unreadable_timestamp"),
    "google": ("error_500", "error_500_after_acting", "connection_cut_before", "connection_cut_after", "cut_off", "cut_off_connection", "html_page",
               "html_page_after_acting", "slow", "unauthorized", "rate_limit_403", "too_many_429", "error_503", "precondition_412", "gone_410",
               "short_pages", "empty_pages", "bare_tombstones", "item_without_id"),
    "login": ("error_500", "connection_cut", "html_page"),
}
# None under which an edit is refused: what policy forbids would be a difference for good.
# The third says whether copies are anonymised.
POLICIES = (("own", "source_system_wins", False), ("all", "last_change_wins", False), ("all", "source_system_wins", False),
            ("own", "source_system_wins", True))
# In hub time a dead process' claims run out at once, its requests after the longest time one may take.
LATE_SECONDS = 0.5
# Longer than in_doubt_wait and a run: what arrives then has been sent once more, and is to be deleted.
TOO_LATE_SECONDS = 10.0
PACE = 0.05


class Chaos:
    def __init__(self, seed: str, directory: Path, employees: int = 6):
        self.seed, self.directory = seed, directory
        self.count: Counter = Counter()
        self.problems: list[str] = []
        self.since = 0
        self.stopped: dict[int, float] = {}
        directory.mkdir(parents=True, exist_ok=True)
        self.cluster = Cluster()
        self.cluster.install_hub("chaos")
        os.environ |= {"PGHOST": "127.0.0.1", "PGPORT": str(self.cluster.port)}
        self.office = Office(os.environ["OFFICE_SIMULATOR_BIN"], directory, employees=employees, termine=0)
        self.hub = Hub("chaos", os.environ["SYSTEM_PASSWORD"], directory, self.office.env_file)
        self.listeners = []
        self.env = self.office.env_file.read_text()
        employees = self.office.employees()
        self.policies = {kuerzel: POLICIES[place % len(POLICIES)] for place, kuerzel in enumerate(employees)}
        self.users = Users(self.office, self, seed, employees, [k for k, (writes, *_) in self.policies.items() if writes == "all"],
                           frozenset(k for k, (*_, anonymous) in self.policies.items() if anonymous))

    # The hub, which is away now and then

    def rows(self, sql: str, *parameters) -> list[tuple]:
        for _ in range(200):
            try:
                if self.hub.connection.closed:
                    self.hub.connection = self.cluster.connect(self.hub.database)
                return self.hub.rows(sql, *parameters)
            except psycopg.OperationalError:
                self.hub.connection.close()
                time.sleep(0.05)
        raise AssertionError("the database does not come back")

    def value(self, sql: str, *parameters):
        return self.rows(sql, *parameters)[0][0]

    # The plan

    def run(self, steps: int | None, seconds: float | None) -> None:
        for _ in range(2):
            self.hub.sync()
        self.rows("""UPDATE sync.setting SET lease = '5 seconds', in_doubt_wait = '2 seconds', retry_first = '0 seconds', retry_longest = '1 second',
            brake_count = 1, brake_share = 2""")
        self.set_policies()
        end = time.monotonic() + (seconds or 1e9)
        step = 0
        while time.monotonic() < end and step < (steps or 1e9):
            self.step(step)
            step += 1
        self.count["steps"] = step

    def set_policies(self) -> None:
        for kuerzel, policy in self.policies.items():
            self.rows("UPDATE sync.employee SET (advoware_writes, sync_strategy, anonymize) = (%s, %s, %s) WHERE kuerzel = %s", *policy, kuerzel)

    def step(self, step: int) -> None:
        dice = random.Random(f"{self.seed}/step/{step}")
        self.users.edit(step)
        for mishap, chance in MISHAPS.items():
            if dice.random() < chance / 1000:
                self.count[mishap] += 1
                getattr(self, f"do_{mishap}")(dice)
        if step % 10 == 0:
            self.office.advance(1)
            self.read_log()
        self.tend()
        # Time for the listeners to carry some of it.
        time.sleep(PACE)

    def tend(self) -> None:
        """Continues who was stopped, starts who is missing."""
        for pid in [pid for pid, until in self.stopped.items() if until < time.monotonic()]:
            os.kill(pid, signal.SIGCONT)
            del self.stopped[pid]
        while len(self.listeners) < 2:
            log = self.directory / f"listener-{self.count['started']}.log"
            with log.open("w") as output:
                self.listeners.append(subprocess.Popen(self.hub.command("listen"), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                                       env=self.hub.environment(CALENDAR_SYNC_WORKERS="3")))
            self.count["started"] += 1

    # Mishaps

    def do_request(self, dice: random.Random) -> None:
        phase = dice.choice((None, None, None, None, 1, 2, 3, 4))
        recheck = dice.random() < 0.1
        if self.value("SELECT count(*) FROM sync.request WHERE status IN ('waiting', 'running')") < 3:
            self.rows("INSERT INTO sync.request (phase, recheck) VALUES (%s, %s)", phase, recheck)

    def do_kill(self, dice: random.Random) -> None:
        place = dice.randrange(2)
        if place < len(self.listeners):
            listener = self.listeners.pop(place)
            listener.kill()
            listener.wait()
            self.stopped.pop(listener.pid, None)
            self.let_time_pass_for(listener.pid)

    def let_time_pass_for(self, pid: int) -> None:
        """For what a dead process had claimed a minute and more goes by, so that a run has many deaths."""
        time.sleep(LATE_SECONDS / 4)
        mine = "listener LIKE %s"
        self.rows(f"""WITH lost AS (UPDATE sync.run SET lease_until = clock_timestamp() - interval '1 millisecond' WHERE status = 'running' AND {mine}
            RETURNING run_id) UPDATE sync.action SET deadline = clock_timestamp() FROM lost WHERE action.run_id = lost.run_id AND status = 'running'""",
                  f"%:{pid}:%")
        self.rows("UPDATE sync.request SET claimed_at = claimed_at - interval '2 minutes' WHERE status = 'running' AND started_at IS NULL AND claimed_by LIKE %s",
                  f"%:{pid}:%")

    def do_stop(self, dice: random.Random) -> None:
        place, seconds = dice.randrange(2), dice.choice((0.5, 6.5))
        if place < len(self.listeners) and self.listeners[place].pid not in self.stopped:
            os.kill(self.listeners[place].pid, signal.SIGSTOP)
            self.stopped[self.listeners[place].pid] = time.monotonic() + seconds

    def do_restart(self, dice: random.Random) -> None:
        self.cluster.restart(dice.choice(("fast", "immediate")))

    def do_crash(self, dice: random.Random) -> None:
        """Both listeners at once."""
        for _ in range(2):
            self.do_kill(random.Random(0) if len(self.listeners) == 1 else dice)

    def do_terminate(self, dice: random.Random) -> None:
        share = dice.choice((0.3, 1))
        self.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'chaos' AND pid <> pg_backend_pid() AND random() < %s", share)

    def do_person(self, dice: random.Random) -> None:
        """Somebody lets pass what is held, also while the run still works."""
        self.approve()

    def do_day(self, dice: random.Random) -> None:
        """For the guard a day goes by, also for what was approved and not yet done."""
        self.rows("UPDATE sync.action SET planned_at = planned_at - interval '1 day' WHERE missing_side IS NOT NULL")
        self.rows("UPDATE sync.approval SET expires_at = expires_at - interval '1 day' WHERE spent_at IS NULL")

    def do_weather(self, dice: random.Random) -> None:
        self.office.heal()
        for _ in range(dice.randint(0, 5)):
            system = dice.choice(("advoware", "advoware", "google", "google", "login"))
            weakness = dice.choice(FAULTS[system])
            # A POST to Advoware is where a duplicate would come from.
            chance = 0.3 if weakness in ("acts_late", "frnr_null") else 0.03 if system == "google" or weakness == "slow" else 0.1
            more = {"seconds": LATE_SECONDS} if weakness == "slow" else {}
            if weakness == "acts_late":
                more = {"seconds": dice.choice((LATE_SECONDS, LATE_SECONDS, TOO_LATE_SECONDS)), "method": "POST"}
                self.count["weather too late"] += more["seconds"] == TOO_LATE_SECONDS
            self.office.fault(system, weakness, chance=chance, seed=dice.randrange(2**31), **more)

    # What was asked of both systems

    def read_log(self) -> None:
        for request in self.office._call("GET", "requests", since=self.since)["requests"]:
            self.since = request["n"]
            self.count["requests"] += 1
            self.count["faults"] += len(request.get("weaknesses", []))
            self.problems += [f"not in the API: {v}" for v in request.get("violations", [])]
            if request["method"] == "GET" or request["system"] == "login":
                continue
            self.count["writes"] += 1
            if request["system"] == "advoware" and request["method"] in ("PUT", "DELETE"):
                self.check_allowed(request)
        self.office.forget_requests()

    def check_allowed(self, request: dict) -> None:
        fields = {**(request["body"] or {}), **request["query"]}
        frnr = int(next(value for name, value in fields.items() if name.lower() == "frnr"))
        own = self.users.theirs.get(frnr)
        if own and self.policies[own["kuerzel"]][0] == "own":
            self.problems.append(f"forbidden: {request['method']} of Termin {frnr} of {own['kuerzel']}, which a user made")

    # Quiet, and what must hold then

    def quiet(self, seconds: float = 120) -> None:
        self.office.heal()
        for pid in self.stopped:
            self.stopped[pid] = 0
        self.tend()
        end = time.monotonic() + seconds
        calm = 0
        # What is on its way arrives.
        time.sleep(TOO_LATE_SECONDS)
        while calm < 2:
            self.ask_the_person()
            self.rows("SELECT sync.retry_failed()")
            self.read_log()
            writes = self.count["writes"]
            request = self.value("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id")
            while self.value("SELECT status IN ('waiting', 'running', 'merged') FROM sync.request WHERE request_id = %s", request):
                if time.monotonic() > end:
                    return self.problems.append(f"no end: request {request} is still open")
                time.sleep(0.05)
            self.read_log()
            open_rows = self.value("SELECT count(*) FROM sync.action WHERE status IN ('planned', 'running', 'in_doubt', 'held')")
            calm = calm + 1 if self.count["writes"] == writes and not open_rows and not self.differences() else 0
            if time.monotonic() > end:
                self.problems += self.differences()[:20]
                self.problems.append(f"no calm: {open_rows} open actions, {self.count['writes'] - writes} writes in the last sync")
                return

    def differences(self) -> list[str]:
        return differences(self.office, blocked=self.users.blocked)

    def ask_the_person(self) -> None:
        """What only a person can tell: which Termin an unanswered POST made, and that held deletions are meant."""
        for action, kuerzel, event, mark in self.rows("""SELECT action_id, employee_kuerzel, google_event_id, frnr_mark FROM sync.action
                WHERE status = 'in_doubt' AND result = 'time_match_needs_person'"""):
            words = (self.office.event(kuerzel, event) or {}).get("summary")
            # What bi.health names as late belongs to an earlier attempt.
            taken = {frnr for (frnr,) in self.rows("""SELECT advoware_frnr FROM sync.calendar_sync WHERE NOT deleted AND employee_kuerzel = %s
                UNION SELECT advoware_frnr FROM sync.action WHERE result = 'late_answer'""", kuerzel)}
            ours = [t["frNr"] for t in self.office.termine(kuerzel) if t["frNr"] > mark and t["frNr"] not in taken and t["frNr"] not in self.users.theirs
                    and marker_of(t["text"]) == marker_of(words)]
            self.count["settled by a person"] += 1
            self.rows("SELECT sync.settle_attempt(%s, %s)", action, ours[0] if ours else None)
        self.approve()

    def approve(self) -> None:
        for (run,) in self.rows("SELECT DISTINCT run_id FROM sync.action WHERE status = 'held' AND kind <> 'link_event'"):
            try:
                self.rows("SELECT sync.approve_held(%s)", run)
                self.count["approved"] += 1
            except psycopg.errors.InvalidParameterValue:
                # It is approved already, or the next plan has come.
                self.count["nothing to approve"] += 1

    def judge(self) -> None:
        snapshot = self.office.snapshot()
        losses, duplicates = self.users.losses_and_duplicates(snapshot)
        damaged = self.users.damaged_fields(snapshot)
        self.count |= {"losses": len(losses), "duplicates": len(duplicates)}
        self.problems += losses[:10] + duplicates[:10] + damaged[:10] + self.users.leaks(snapshot)[:10]
        self.keep_evidence(snapshot, {problem.partition(" ")[0] for problem in losses + duplicates})
        self.problems += [f"two runs at once: {row}" for row in self.rows("""SELECT a.run_id, b.run_id FROM sync.run AS a JOIN sync.run AS b USING (employee_kuerzel)
            WHERE a.run_id < b.run_id AND (a.started_at, a.finished_at) OVERLAPS (b.started_at, b.finished_at)""")[:3]]
        # Users move and rename whole series here, never one occurrence.
        self.problems += [f"{kuerzel}: series {family} is carried by occurrence" for kuerzel, family in
                          self.rows("SELECT employee_kuerzel, family FROM sync.series")[:10]]
        self.judge_links("active links")
        self.problems += [f"{row[0]} needs attention: {row[1]}" for row in self.rows("SELECT employee_kuerzel, needs FROM bi.health WHERE needs_attention")]
        self.problems += [f"a listener crashed: {log.name}" for log in self.directory.glob("listener-*.log") if "Fatal error" in log.read_text()]
        for name, sql in {"runs": "count(*)", "taken over": "sum(takeovers)", "conflicts": "sum(conflicts)"}.items():
            self.count[name] = int(self.value(f"SELECT {sql} FROM sync.run"))
        for name, sql in {"in doubt": "doubted_at IS NOT NULL AND kind LIKE '%create_termin'", "found by content": "result = 'found_by_content'",
                          "late answers": "result = 'late_answer'", "held": "result LIKE 'brake%'", "actions": "status = 'done'"}.items():
            self.count[name] = self.value(f"SELECT count(*) FROM sync.action WHERE {sql}")

    def keep_evidence(self, snapshot: dict, markers: set[str]) -> None:
        """All that is known of appointments that are there too often or not at all, so that the cause can be found."""
        for marker in markers:
            termine = [t for t in snapshot["advoware"]["termine"] if marker_of(t.get("text")) == marker]
            events = [e for c in snapshot["google"]["calendars"] for e in c["events"] if marker_of(e.get("summary")) == marker]
            names = [t["frNr"] for t in termine], [e["id"] for e in events]
            known = {table: [row for (row,) in self.rows(f"""SELECT to_jsonb(t) FROM sync.{table} AS t
                WHERE advoware_frnr = ANY (%s) OR google_event_id = ANY (%s) ORDER BY 1""", *names)] for table in ("calendar_sync", "action")}
            found = {"made by": [vars(item) for item in self.users.items if item.marker == marker], "termine": termine, "events": events, **known}
            (self.directory / f"evidence-{marker[1:]}.json").write_text(json.dumps(found, indent=1, default=str, ensure_ascii=False))

    def judge_links(self, what: str) -> None:
        links = Counter(self.rows("SELECT employee_kuerzel, advoware_frnr, google_event_id FROM sync.calendar_sync WHERE NOT deleted"))
        there = {(k, t["frNr"]) for k in self.users.employees for t in self.office.termine(k)}
        if {(k, f) for k, f, _ in links} != there or len(links) != len(there):
            self.problems.append(f"{len(links)} {what} for {len(there)} appointments")

    # A hub that knows nothing, at the same office

    def forget_the_hub(self) -> None:
        self.stop_listeners()
        self.hub.close()
        self.cluster.install_hub("forgotten")
        env_file = self.directory / "forgotten.env"
        env_file.write_text(self.env)
        self.hub = Hub("forgotten", os.environ["SYSTEM_PASSWORD"], self.directory, env_file)
        before = self.users.losses_and_duplicates(self.office.snapshot())
        # So that it knows whom there is a policy for.
        self.hub.program("run", "--dry-run")
        self.set_policies()
        self.office.forget_requests()
        # A slow machine may lose a lease: what counts is what is written until all is well.
        codes = [self.hub.program("run")[0] for _ in range(3)]
        if 0 not in codes:
            self.problems.append(f"a hub that forgot everything does not come to an end: {codes}")
        written = [r for r in self.office.requests() if is_content(r)]
        self.problems += [f"a hub that forgot everything wrote: {r['method']} {r['path']} {r['status']}" for r in written[:10]]
        if self.users.losses_and_duplicates(self.office.snapshot()) != before or self.differences():
            self.problems.append("a hub that forgot everything lost or doubled something")
        self.judge_links("links, of a hub that forgot everything,")
        self.count["known again"] = self.value("SELECT count(*) FROM sync.calendar_sync WHERE NOT deleted")

    def table(self) -> str:
        rows = [("edits", sum(self.users.edits.values()) - self.users.edits["missed"]), *sorted((f"  {k}", v) for k, v in self.users.edits.items()),
                ("appointments", len(self.users.items)), ("kills", self.count["kill"] + 2 * self.count["crash"]), ("stops", self.count["stop"]),
                ("database restarts", self.count["restart"]), ("sessions ended", self.count["terminate"]), ("faults", self.count["faults"]),
                *((name, self.count[name]) for name in ("requests", "writes", "runs", "taken over", "actions", "conflicts", "in doubt", "found by content",
                                                        "late answers", "weather too late", "settled by a person", "held", "approved", "duplicates", "losses", "known again"))]
        return "\n".join(f"{name:<22}{number:>8}" for name, number in rows)

    def stop_listeners(self) -> None:
        for listener in self.listeners:
            os.kill(listener.pid, signal.SIGCONT)
            listener.kill()
            listener.wait()
        self.listeners = []

    def close(self) -> None:
        self.stop_listeners()
        self.hub.close()
        self.office.stop()
        self.cluster.remove()


def is_content(request: dict) -> bool:
    """Whether it writes an appointment; tags, calendars and rights are none."""
    if request["method"] == "GET" or request["system"] == "login":
        return False
    if request["system"] == "advoware":
        return True
    return "/events" in request["path"] and not (request["method"] == "PATCH" and set(request["body"] or {}) <= {"extendedProperties"})


def chaos(seed: str, directory: Path, *, steps: int | None = None, seconds: float | None = None, employees: int = 6) -> Chaos:
    """One run to its end; `problems` says what was not in order."""
    run = Chaos(seed, directory, employees)
    try:
        run.run(steps, seconds)
        run.quiet()
        run.judge()
        run.forget_the_hub()
    finally:
        run.close()
    return run


def main() -> int:
    parser = argparse.ArgumentParser(prog="ops/chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", default=str(random.randrange(10**6)), help="decides edits and mishaps; a new one each time without it")
    parser.add_argument("--minutes", type=float, default=2, help="how long it is not quiet (2)")
    parser.add_argument("--steps", type=int, help="or how many edits")
    parser.add_argument("--employees", type=int, default=6)
    arguments = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="chaos-", dir="/tmp"))
    print(f"seed {arguments.seed}, {directory}", flush=True)
    started = time.monotonic()
    run = chaos(arguments.seed, directory, steps=arguments.steps, seconds=None if arguments.steps else arguments.minutes * 60, employees=arguments.employees)
    print(f"seed {arguments.seed}, {time.monotonic() - started:.0f} s\n{run.table()}")
    print("\n".join(run.problems) or "everything is in order")
    return 1 if run.problems else 0


if __name__ == "__main__":
    sys.exit(main())
