"""Users do at random to series what Google's pages let them do; afterwards both sides show the same, day by day."""

import random
from datetime import date, timedelta

import expansion
import pytest
from appointments import at, day

SPAN = 30
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class User:
    """Somebody who is never content with a series."""

    def __init__(self, office, kuerzel: str, seed: int):
        self.office, self.kuerzel, self.random = office, kuerzel, random.Random(seed)
        self.said: list[str] = []

    def events(self) -> list[dict]:
        return self.office.calendar(self.kuerzel)["events"]

    def series(self) -> list[dict]:
        return [e for e in self.events() if e.get("recurrence") and e.get("status") != "cancelled"]

    def rule(self, first: date) -> list[str]:
        weekday = WEEKDAYS[first.weekday()]
        kind = self.random.randrange(7)
        end = self.random.choice(["", f";COUNT={self.random.randint(2, 9)}", f";UNTIL={(first + timedelta(days=self.random.randint(7, 40))):%Y%m%d}T215959Z"])
        if kind == 0:
            return [f"RRULE:FREQ=DAILY;INTERVAL={self.random.randint(2, 6)}{end}"]
        if kind in (1, 2):
            return [f"RRULE:FREQ=WEEKLY{end}"]
        if kind == 3:
            return [f"RRULE:FREQ=WEEKLY;BYDAY={weekday},{WEEKDAYS[(first.weekday() + 2) % 7]}{end}"]
        if kind == 4:
            return [f"RRULE:FREQ=MONTHLY;BYMONTHDAY={first.day}{end}"]
        if kind == 5:
            return [f"RRULE:FREQ=MONTHLY;BYDAY={(first.day - 1) // 7 + 1}{weekday}{end}" if first.day <= 28 else f"RRULE:FREQ=MONTHLY;BYDAY=-1{weekday}{end}"]
        return [f"RRULE:FREQ=WEEKLY{end}", f"EXDATE;TZID=Europe/Berlin:{(first + timedelta(days=7)):%Y%m%d}T100000"]

    def act(self) -> None:
        known = self.series()
        deed = self.random.choice(["new", "new", "text", "time", "rule", "split", "delete", "drop", "move", "rename", "restore"]) if known else "new"
        self.said.append(deed)
        self.office.advance()
        if deed == "new":
            first = date.fromisoformat(day(self.random.randint(1, 9)))
            self.office.add_event(self.kuerzel, summary=f"Serie {len(self.said)}", start=at(first.isoformat(), "10:00"), end=at(first.isoformat(), "11:00"),
                                  recurrence=self.rule(first))
            return
        master = self.random.choice(known)
        first = master["start"]["dateTime"][:10]
        if deed == "text":
            self.office.edit_event(self.kuerzel, master["id"], summary=f"Neu {len(self.said)}")
        elif deed == "time":
            hour = self.random.randint(8, 17)
            self.office.edit_event(self.kuerzel, master["id"], start=at(first, f"{hour:02}:00"), end=at(first, f"{hour + 1:02}:00"))
        elif deed == "rule":
            self.office.edit_event(self.kuerzel, master["id"], recurrence=self.rule(date.fromisoformat(first)))
        elif deed == "delete":
            self.office.delete_event(self.kuerzel, master["id"])
        elif deed == "restore":
            days = expansion.starts(master, day(SPAN))
            gone = [e for e in self.events() if e.get("recurringEventId") == master["id"] and e["status"] == "cancelled"
                    and expansion.start(e["originalStartTime"]) in days]
            if gone:
                self.office.edit_event(self.kuerzel, self.random.choice(gone)["id"], status="confirmed")
        else:
            self.one_occurrence(deed, master)

    def one_occurrence(self, deed: str, master: dict) -> None:
        starts = [s for s in expansion.starts(master, day(SPAN)) if s.date().isoformat() <= day(SPAN)]
        start = self.random.choice(starts)
        occurrence = f"{master['id']}_{start.replace(tzinfo=expansion.BERLIN).astimezone(expansion.UTC):%Y%m%dT%H%M%SZ}"
        if self.office.event_status(self.kuerzel, occurrence) == "cancelled":
            return
        if deed == "drop":
            self.office.delete_event(self.kuerzel, occurrence)
        elif deed == "rename":
            self.office.edit_event(self.kuerzel, occurrence, summary=f"Einmal {len(self.said)}")
        elif deed == "move":
            on = f"{start + timedelta(days=self.random.randint(0, 2)):%Y-%m-%d}"
            self.office.edit_event(self.kuerzel, occurrence, start=at(on, "18:00"), end=at(on, "18:30"))
        elif start > starts[0]:
            self.office.split_event(self.kuerzel, occurrence, summary=f"Ab jetzt {len(self.said)}")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("strategy", ["source_system_wins", "last_change_wins"])
def test_both_sides_show_the_same_whatever_users_do_to_their_series(office, hub, strategy, seed):
    kuerzel = office.employees()[0]
    hub.rows("UPDATE sync.setting SET expand_days = %s, default_strategy = %s, brake_count = 1000", SPAN, strategy)
    hub.sync()
    user = User(office, kuerzel, seed)
    for _ in range(6):
        for _ in range(user.random.randint(1, 4)):
            user.act()
        hub.sync()
        told = f"seed {seed}: {user.said}"
        left = expansion.advoware(office.termine(kuerzel), day(0), day(SPAN))
        right = expansion.google(office.calendar(kuerzel)["events"], day(0), day(SPAN))
        assert left == right, f"{told}\nonly in Advoware: {sorted((left - right).elements())}\nonly in Google: {sorted((right - left).elements())}"
        office.forget_requests()
        hub.sync()
        assert office.writes() == [], told
