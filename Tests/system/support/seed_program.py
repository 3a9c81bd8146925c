"""The program that runs today, as its author describes it: naive, with a table of its own, and copies that carry no tag.

It works on the office as its users do: what matters is what it leaves behind.
"""

import csv
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from appointments import BERLIN

COLUMNS = ("sync_id", "employee_kuerzel", "advoware_frnr", "google_event_id", "source_system", "sync_strategy", "sync_status",
           "advoware_write_allowed", "deleted", "last_sync", "created_at")
TABLE = """
    CREATE SCHEMA old;
    CREATE TYPE old.source_system_enum AS ENUM ('advoware', 'google');
    CREATE TYPE old.sync_strategy_enum AS ENUM ('source_system_wins', 'last_change_wins');
    CREATE TYPE old.sync_status_enum AS ENUM ('pending', 'synced', 'failed');
    CREATE TABLE old.calendar_sync (
        sync_id UUID PRIMARY KEY DEFAULT gen_random_uuid(), employee_kuerzel VARCHAR(10) NOT NULL, advoware_frnr INTEGER,
        google_event_id VARCHAR(255), source_system old.source_system_enum NOT NULL,
        sync_strategy old.sync_strategy_enum NOT NULL DEFAULT 'source_system_wins',
        sync_status old.sync_status_enum NOT NULL DEFAULT 'synced', advoware_write_allowed BOOLEAN NOT NULL DEFAULT FALSE,
        deleted BOOLEAN NOT NULL DEFAULT FALSE, last_sync TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
        created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW())"""


class SeedProgram:
    def __init__(self, office, anonymize: bool = False):
        self.office = office
        self.anonymize = anonymize
        self.rows: list[dict] = []

    def sync(self) -> None:
        for kuerzel in self.office.employees():
            if not self.office.calendars(kuerzel):
                self.office.add_calendar(f"AW-{kuerzel}", accessRole="owner")
            termine = {t["frNr"]: t for t in self.office.termine(kuerzel)}
            events = {e["id"]: e for e in self.office.events(kuerzel)}
            mine = [r for r in self.rows if r["employee_kuerzel"] == kuerzel and not r["deleted"]]
            # Phase 1: new in Advoware.
            for frnr, termin in termine.items():
                if frnr not in [r["advoware_frnr"] for r in mine]:
                    event = self.office.add_event(kuerzel, **self.to_google(self.of_termin(termin)))
                    self.remember(kuerzel, frnr, event, "advoware", termin["zuletztGeaendertAm"])
            # Phase 2: new in Google.
            for event_id, event in events.items():
                if event_id not in [r["google_event_id"] for r in mine]:
                    frnr = self.office.add_termin(sb=kuerzel, anwalt=kuerzel, **self.to_advoware(self.of_event(event)))
                    self.remember(kuerzel, frnr, event_id, "google", event["updated"])
            # Phase 3: deleted. (Phase 4 changes what is there already.)
            for row in mine:
                if row["advoware_frnr"] not in termine or row["google_event_id"] not in events:
                    if row["google_event_id"] in events:
                        self.office.delete_event(kuerzel, row["google_event_id"])
                    row["deleted"] = True

    def remember(self, kuerzel: str, frnr: int, event_id: str, source: str, at: str) -> None:
        # The wall time of Berlin, made UTC.
        when = datetime.fromisoformat(at.replace("Z", "+00:00"))
        when = when if when.tzinfo else when.replace(tzinfo=BERLIN)
        self.rows.append(dict(zip(COLUMNS, (
            str(uuid.uuid4()), kuerzel, frnr, event_id, source, "source_system_wins", "synced", source == "google", False, when.isoformat(), when.isoformat()))))

    # Both systems' forms and the standard one between them.

    def of_termin(self, termin: dict) -> dict:
        start = datetime.fromisoformat(f"{termin['datum'][:10]}T{termin.get('uhrzeitVon') or '09:00:00'}")
        end = datetime.fromisoformat(f"{(termin.get('datumBis') or termin['datum'])[:10]}T{termin.get('uhrzeitBis') or '10:00:00'}")
        said = ("Advoware blocked", "", "") if self.anonymize else (termin.get("text", ""), termin.get("notiz", ""), termin.get("ort", ""))
        return {"start": start, "end": end, "text": said[0], "notiz": said[1], "ort": said[2],
                "dauertermin": int(termin.get("dauertermin") == 1 or end - start > timedelta(days=1))}

    def of_event(self, event: dict) -> dict:
        if "date" in event["start"]:
            start = datetime.fromisoformat(event["start"]["date"])
            end = datetime.fromisoformat(event["end"]["date"]) - timedelta(minutes=1)
        else:
            start, end = (datetime.fromisoformat(event[side]["dateTime"].replace("Z", "+00:00")).astimezone(BERLIN) for side in ("start", "end"))
        return {"start": start, "end": end, "text": event.get("summary", ""), "notiz": event.get("description", ""), "ort": event.get("location", ""),
                "dauertermin": int("date" in event["start"])}

    def to_google(self, standard: dict) -> dict:
        first, last = standard["start"], standard["end"]
        if standard["dauertermin"]:
            times = {"start": {"date": first.date().isoformat()}, "end": {"date": (last.date() + timedelta(days=1)).isoformat()}}
        else:
            times = {side: {"dateTime": time.replace(tzinfo=BERLIN).isoformat(), "timeZone": "Europe/Berlin"} for side, time in (("start", first), ("end", last))}
        return {"summary": standard["text"], "description": standard["notiz"], "location": standard["ort"], **times}

    def to_advoware(self, standard: dict) -> dict:
        first, last = standard["start"], standard["end"]
        return {"text": standard["text"], "notiz": standard["notiz"], "ort": standard["ort"], "dauertermin": standard["dauertermin"],
                "datum": first.date().isoformat(), "datumBis": last.date().isoformat(), "uhrzeitVon": first.strftime("%H:%M:%S"),
                "uhrzeitBis": last.strftime("%H:%M:%S"), "vorbereitungsDauer": "00:00:00"}

    # Its table, as a person takes it along.

    def export(self, file: Path) -> Path:
        with file.open("w", newline="") as output:
            table = csv.DictWriter(output, COLUMNS)
            table.writeheader()
            table.writerows(self.rows)
        return file

    def table_in(self, hub) -> str:
        """The table in the hub's own database; its name."""
        hub.rows(TABLE)
        for row in self.rows:
            hub.rows(f"INSERT INTO old.calendar_sync VALUES ({', '.join(['%s'] * len(COLUMNS))})", *(row[c] for c in COLUMNS))
        return "old.calendar_sync"
