"""What users do in a chaos run, drawn from a seed, and what must have become of it in the end."""

import random
from collections import Counter
from dataclasses import dataclass, field

from appointments import all_day, day, event, termin

WORDS = ("Besprechung", "Verhandlung", "Frist", "Ortstermin", "Telefonat", "Mediation", "Notar", "Gutachten")
PLACES = ("", "Köln", "Saal 7", "Büro", "Landgericht")


@dataclass
class Item:
    """An appointment that a user made."""

    marker: str
    kuerzel: str
    born: str
    shape: str
    frnr: int | None = None
    event: str | None = None


@dataclass
class Made:
    """What is known of all appointments that share a marker."""

    count: int = 0
    deleted: int = 0
    # Entered on both sides: whether two or one depends on whether the first had been carried already.
    crossed: int = 0
    # Made in Advoware by an employee whose copies say nothing.
    blocked: bool = False


@dataclass
class Users:
    """Draws edits and carries them out. What is drawn depends on the seed and the step alone; whether it hits anything, on the world."""

    office: object
    hub: object
    seed: str
    employees: list[str]
    # Twins that were entered on both sides are linked without the right to write unless all may be written: their edits could be refused.
    writable: list[str]
    # Whose Termine are anonymised in Google.
    blocked: frozenset[str]
    items: list[Item] = field(default_factory=list)
    made: dict[str, Made] = field(default_factory=dict)
    edits: Counter = field(default_factory=Counter)
    theirs: dict[int, dict] = field(default_factory=dict)

    def edit(self, step: int) -> None:
        dice = random.Random(f"{self.seed}/edit/{step}")
        kind = dice.choices(("create", "text", "move", "place", "delete", "twin", "cross"), (25, 25, 18, 12, 11, 6, 3))[0]
        side = dice.choice(("advoware", "google"))
        # Drawn in any case, so that what follows does not depend on what is there.
        which, words, ahead, hour, place = dice.random(), dice.choice(WORDS), dice.randint(1, 200), dice.randint(7, 18), dice.choice(PLACES)
        shape = dice.choices(("timed", "day", "series"), (75, 15, 10))[0]
        kuerzel = dice.choice(self.writable if kind == "cross" else self.employees)
        if kind in ("create", "twin", "cross") or not self.items:
            # Twins say the same on purpose, on one side or entered on both.
            for on in {"twin": (side, side), "cross": ("advoware", "google")}.get(kind, (side,)):
                self._create(f"#{step}", kuerzel, on, "timed" if kind == "cross" else shape, words, ahead, hour, place)
            self.made[f"#{step}"].crossed = int(kind == "cross")
            self.made[f"#{step}"].blocked = kuerzel in self.blocked and side == "advoware"
            hit = True
        else:
            # The newer ones more often: their first copies are still under way.
            item = self.items[-1 - int(which * which * len(self.items))]
            hit = self._change(item, side, kind, words, ahead, hour, place)
        self.edits[kind if hit else "missed"] += 1

    # What is typed

    @staticmethod
    def _termin(kuerzel: str, shape: str, text: str, ahead: int, hour: int, place: str) -> dict:
        fields = termin(kuerzel, text, ahead=ahead, von=f"{hour:02}:00", bis=f"{hour + 1:02}:30", ort=place)
        if shape == "day":
            fields |= {"dauertermin": 1, "uhrzeitVon": "00:00:00", "uhrzeitBis": "23:59:00"}
        if shape == "series":
            fields |= {"dauertermin": 1, "turnus": 1, "turnusArt": 2, "datumBis": day(ahead + 70)}
        return fields

    @staticmethod
    def _event(shape: str, text: str, ahead: int, hour: int, place: str) -> dict:
        if shape == "day":
            return all_day(text, ahead=ahead, location=place)
        more = {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=8"]} if shape == "series" else {}
        return event(text, ahead=ahead, von=f"{hour:02}:00", bis=f"{hour + 1:02}:30", location=place, **more)

    def _create(self, marker, kuerzel, side, shape, words, ahead, hour, place) -> None:
        item = Item(marker, kuerzel, side, shape)
        text = f"{words} {marker}"
        if side == "advoware":
            own = {"referat": len(self.theirs) % 9 + 1, "raumNr": len(self.theirs)}
            item.frnr = self.office.add_termin(**self._termin(kuerzel, shape, text, ahead, hour, place), **own)
            self.theirs[item.frnr] = own | {"kuerzel": kuerzel}
        else:
            item.event = self.office.add_event(kuerzel, **self._event(shape, text, ahead, hour, place))
        self.items.append(item)
        self.made.setdefault(marker, Made()).count += 1

    def _ids(self, item: Item) -> None:
        """Where it is now: what is created again has other ids."""
        found = self.hub.rows("SELECT advoware_frnr, google_event_id FROM sync.calendar_sync WHERE NOT deleted AND employee_kuerzel = %s"
                              " AND (advoware_frnr = %s OR google_event_id = %s)", item.kuerzel, item.frnr, item.event)
        if len(found) == 1:
            item.frnr, item.event = found[0][0] or item.frnr, found[0][1] or item.event

    def _change(self, item, side, kind, words, ahead, hour, place) -> bool:
        self._ids(item)
        target = item.frnr if side == "advoware" else item.event
        if target is None:
            return False
        text = f"{words} {item.marker}"
        try:
            if kind == "delete":
                # Counted before it is sent: an answer may be lost here too.
                self.made[item.marker].deleted += 1
                self.office.delete_termin(target) if side == "advoware" else self.office.delete_event(item.kuerzel, target)
            elif side == "advoware":
                times = self._termin(item.kuerzel, item.shape, text, ahead, hour, place)
                self.office.edit_termin(target, **{"text": {"text": text}, "place": {"ort": place, "notiz": words},
                                                   "move": {k: times[k] for k in ("datum", "datumBis", "uhrzeitVon", "uhrzeitBis")}}[kind])
            else:
                times = self._event(item.shape, text, ahead, hour, place)
                self.office.edit_event(item.kuerzel, target, **{"text": {"summary": text}, "place": {"location": place, "description": words},
                                                                "move": {k: v for k, v in times.items() if k in ("start", "end", "recurrence")}}[kind])
        except AssertionError:
            # Gone already.
            return False
        return True

    # What must have become of it

    def losses_and_duplicates(self, snapshot: dict) -> tuple[list[str], list[str]]:
        """Markers that are there less or more often than users made them; deleted ones may be there or not."""
        living = {"Advoware": Counter(marker_of(t.get("text")) for t in snapshot["advoware"]["termine"]),
                  "Google": Counter(marker_of(e.get("summary")) for c in snapshot["google"]["calendars"] for e in c["events"]
                                    if e.get("status") != "cancelled")}
        losses, duplicates = [], []
        for side, there in living.items():
            for marker, made in self.made.items():
                if side == "Google" and made.blocked:
                    continue
                if there[marker] > made.count:
                    duplicates.append(f"{marker} is in {side} {there[marker]} times, {made.count} were made")
                if there[marker] < made.count - made.crossed - made.deleted:
                    losses.append(f"{marker} is in {side} {there[marker]} times, {made.count} were made and {made.deleted} deleted")
        return losses, duplicates

    def leaks(self, snapshot: dict) -> list[str]:
        """Living events that say what anonymised Termine say."""
        return [f"{e['summary']} stands in Google, and is anonymised" for c in snapshot["google"]["calendars"] for e in c["events"]
                if e.get("status") != "cancelled" and (made := self.made.get(marker_of(e.get("summary")))) and made.blocked]

    def damaged_fields(self, snapshot: dict) -> list[str]:
        """Termine of users whose fields that nobody edits have changed."""
        there = {t["frNr"]: t for t in snapshot["advoware"]["termine"]}
        return [f"{frnr}: {name}" for frnr, own in self.theirs.items() if frnr in there
                for name, value in own.items() if name != "kuerzel" and there[frnr].get(name) != value]


def marker_of(text: str | None) -> str:
    return (text or "").rpartition(" ")[2]
