"""A hub of any size as a settled office leaves it: paired links, both sides seen as they were settled, nothing to do.

Filled set-based beside the triggers; only columns that the design promises are named.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from hashlib import sha256

import psycopg

KEY = "1:0a1b2c3d"
OFFICE = ("1234", "office", "example.test")
LISTENER = "cost"

# One appointment a number. One in four began in Google.
APPOINTMENT = f"""
    SELECT a.*, CASE WHEN from_google THEN 'e' || frnr ELSE replace(sync_id::text, '-', '') END AS event_id,
        '{KEY}:' || encode(sha256(convert_to('all of ' || frnr, 'UTF8')), 'hex') AS fp,
        '{KEY}:' || encode(sha256(convert_to('time of ' || frnr, 'UTF8')), 'hex') AS time_fp,
        '{KEY}:' || encode(sha256(convert_to('blocked ' || frnr, 'UTF8')), 'hex') AS anon_fp,
        starts_at + interval '1 hour' AS ends_at, date_trunc('day', now()) - interval '3 days' AS settled_at
    FROM (
        SELECT i AS frnr, k.kuerzel, i % 4 = 0 AS from_google,
            md5('advoware/{OFFICE[0]}/{OFFICE[1]}/' || k.kuerzel || '/' || i)::uuid AS sync_id,
            date_trunc('day', now()) + (1 + i % 1500) * interval '1 day' + interval '10 hours' AS starts_at
        FROM generate_series(1, {{size}}) AS i, LATERAL (SELECT 'E' || 1 + (i - 1) / {{each}} AS kuerzel) AS k
    ) AS a
"""
LINKS = """
    INSERT INTO sync.calendar_sync (sync_id, employee_kuerzel, advoware_frnr, google_event_id, source_system, sync_strategy, sync_status,
        advoware_write_allowed, last_sync, google_calendar_id, text_from_advoware, tagged, starts_at, ends_at,
        advoware_watermark, google_watermark, advoware_fingerprint, google_fingerprint)
    SELECT sync_id, kuerzel, frnr, event_id, (CASE WHEN from_google THEN 'google' ELSE 'advoware' END)::sync.source_system_enum,
        'source_system_wins', 'synced', from_google, settled_at, 'calendar of ' || kuerzel, NOT from_google, true, starts_at, ends_at,
        settled_at, settled_at, fp, fp
    FROM ({appointments}) AS a
"""
TERMINE = """
    INSERT INTO sync.seen (employee_kuerzel, side, entry_id, present, api_timestamp, fingerprint, time_fingerprint, anonymous_fingerprint,
        starts_at, ends_at, ownership, observed_at)
    SELECT kuerzel, 'advoware', frnr, true, settled_at, fp, time_fp, anon_fp, starts_at, ends_at, 'exclusive', settled_at
    FROM ({appointments}) AS a
"""
EVENTS = """
    INSERT INTO sync.seen (employee_kuerzel, side, entry_id, present, api_timestamp, etag, fingerprint, time_fingerprint, starts_at, ends_at,
        event_type, tag_sync_id, tag_frnr, tag_kuerzel, tag_source, tag_anonymized, observed_at)
    SELECT kuerzel, 'google', event_id, true, settled_at, '"1"', fp, time_fp, starts_at, ends_at,
        'default', sync_id, frnr, kuerzel, (CASE WHEN from_google THEN 'google' ELSE 'advoware' END)::sync.source_system_enum, false, settled_at
    FROM ({appointments}) AS a
"""
# As a listener sends them.
ENTRIES = """
    SELECT side::text, jsonb_strip_nulls(jsonb_build_object('id', entry_id, 'ts', api_timestamp, 'etag', etag, 'fingerprint', fingerprint, 'time_fingerprint', time_fingerprint,
        'anonymous_fingerprint', anonymous_fingerprint, 'starts_at', starts_at, 'ends_at', ends_at, 'present', true, 'ownership', ownership, 'event_type', event_type,
        'tag_sync_id', tag_sync_id, 'tag_frnr', tag_frnr, 'tag_kuerzel', tag_kuerzel, 'tag_source', tag_source, 'tag_anonymized', tag_anonymized))
    FROM sync.seen WHERE employee_kuerzel = %s AND present
"""
ALWAYS = """
    SELECT format('ALTER TABLE %s {} TRIGGER %I', tgrelid::regclass, tgname) FROM pg_trigger
    WHERE tgrelid IN ('sync.calendar_sync'::regclass, 'sync.seen'::regclass) AND tgenabled = 'A' AND NOT tgisinternal
"""


def start_listener(hub: psycopg.Connection) -> None:
    hub.execute("SELECT engine.listener_start(%s, %s, %s, %s, engine.schema_version(), false)", [LISTENER, *OFFICE])


def fill(hub: psycopg.Connection, size: int, each: int) -> None:
    """Makes the hub one of that many links, that many for each employee (E1, E2, …)."""
    start_listener(hub)
    hub.execute("SELECT engine.store_employees(ARRAY(SELECT 'E' || i FROM generate_series(1, %s::integer) AS i))", [size // each])
    # A slow machine loses no lease.
    hub.execute("UPDATE sync.setting SET lease = '10 minutes'")
    hub.execute("UPDATE sync.employee SET google_calendar_id = 'calendar of ' || kuerzel, calendar_shared = true")
    hub.execute("UPDATE sync.office SET highest_frnr = %s", [size])
    appointments = APPOINTMENT.format(size=size, each=each)
    always = [row[0] for row in hub.execute(ALWAYS).fetchall()]
    with hub.transaction():
        hub.execute("SET LOCAL session_replication_role = replica; SET LOCAL statement_timeout = 0")
        for trigger in always:
            hub.execute(trigger.format("DISABLE"))
        for insert in (LINKS, TERMINE, EVENTS):
            hub.execute(insert.format(appointments=appointments))
        for trigger in always:
            hub.execute(trigger.format("ENABLE ALWAYS"))


@dataclass
class Employee:
    """What the two systems say of one employee, and the doings of its users."""

    kuerzel: str
    termine: dict[str, dict] = field(default_factory=dict)
    events: dict[str, dict] = field(default_factory=dict)
    highest: int = 0
    touched: set[str] = field(default_factory=set)
    changes: int = 0

    @classmethod
    def of(cls, hub: psycopg.Connection, kuerzel: str) -> "Employee":
        """As the hub has seen it last."""
        here = cls(kuerzel, highest=hub.execute("SELECT highest_frnr FROM sync.office").fetchone()[0])
        for side, entry in hub.execute(ENTRIES, [kuerzel]).fetchall():
            (here.termine if side == "advoware" else here.events)[entry["id"]] = entry
        return here

    def now(self) -> str:
        """A change time; every call gives a later one."""
        self.changes += 1
        return (datetime.now(timezone.utc) + timedelta(microseconds=self.changes)).isoformat()

    def next_number(self) -> int:
        self.highest += 1
        return self.highest

    def _say(self, entry: dict, text: str) -> None:
        self.changes += 1
        content = sha256(f"{text} {self.changes}".encode()).hexdigest()
        entry |= {"fingerprint": f"{KEY}:{content}", "ts": self.now()}
        if "anonymous_fingerprint" in entry:
            entry["anonymous_fingerprint"] = f"{KEY}:{content[::-1]}"
        if "etag" in entry:
            entry["etag"] = f'"{self.changes}"'

    def _picked(self, source: str, count: int) -> list[dict]:
        """Events of appointments that began there, none twice."""
        picked = [e for e in self.events.values() if e.get("tag_source") == source and e["id"] not in self.touched][:count]
        assert len(picked) == count, f"{len(picked)} of {count} appointments from {source}"
        self.touched.update(e["id"] for e in picked)
        return picked

    # What users do

    def edit_termine(self, count: int) -> None:
        for event in self._picked("advoware", count):
            self._say(self.termine[str(event["tag_frnr"])], "edit")

    def edit_events(self, count: int) -> None:
        for event in self._picked("google", count):
            self._say(event, "edit")

    def delete_termine(self, count: int) -> None:
        for event in self._picked("advoware", count):
            del self.termine[str(event["tag_frnr"])]

    def add_termine(self, count: int) -> None:
        like = next(iter(self.termine.values()))
        for _ in range(count):
            frnr = str(self.next_number())
            self.termine[frnr] = {**like, "id": frnr}
            self._say(self.termine[frnr], "new")

    def add_events(self, count: int) -> None:
        like = {key: value for key, value in next(iter(self.events.values())).items() if not key.startswith("tag_")}
        for _ in range(count):
            new = f"n{len(self.touched)}x{self.changes}"
            self.events[new] = {**like, "id": new}
            self.touched.add(new)
            self._say(self.events[new], "new")

    # What a listener's writes leave there

    def write_event(self, event_id: str, frnr: str, tags: dict) -> dict:
        """The event says what the Termin says; its state, as Google answers it."""
        source = self.termine[frnr]
        state = {key: source[key] for key in ("fingerprint", "time_fingerprint", "starts_at", "ends_at")}
        self.events[event_id] = self.events.get(event_id, {"id": event_id, "present": True, "event_type": "default"}) | state | tags
        return self.tag_event(event_id, tags)

    def tag_event(self, event_id: str, tags: dict) -> dict:
        event = self.events[event_id]
        event |= tags | {"ts": self.now(), "etag": f'"{self.changes}"'}
        return event

    def write_termin(self, frnr: str, event_id: str) -> None:
        source = self.events[event_id]
        state = {key: source[key] for key in ("fingerprint", "time_fingerprint", "starts_at", "ends_at")}
        self.termine[frnr] = {"anonymous_fingerprint": source["time_fingerprint"], **self.termine.get(frnr, {}), "id": frnr, "present": True, "ownership": "exclusive", **state,
                              "ts": self.now()}
