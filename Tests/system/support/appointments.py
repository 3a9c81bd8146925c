"""Appointments as users would type them: a day some days ahead, Berlin time."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


def day(ahead: int) -> str:
    return (datetime.now(BERLIN).date() + timedelta(days=ahead)).isoformat()


def termin(kuerzel: str, text: str, ahead: int = 5, von: str = "10:00", bis: str = "11:00", **more) -> dict:
    on = more.pop("datum", day(ahead))
    return {"sb": kuerzel, "anwalt": kuerzel, "text": text, "notiz": "", "ort": "", "datum": on, "datumBis": more.pop("datumBis", on),
            "uhrzeitVon": f"{von}:00", "uhrzeitBis": f"{bis}:00", **more}


def at(on: str, clock: str) -> dict:
    return {"dateTime": f"{on}T{clock}:00", "timeZone": "Europe/Berlin"}


def event(text: str, ahead: int = 5, von: str = "10:00", bis: str = "11:00", **more) -> dict:
    on = more.pop("datum", day(ahead))
    return {"summary": text, "start": at(on, von), "end": at(on, bis), **more}


def all_day(text: str, ahead: int = 5, days: int = 1, **more) -> dict:
    first = date.fromisoformat(more.pop("datum", day(ahead)))
    return {"summary": text, "start": {"date": first.isoformat()}, "end": {"date": (first + timedelta(days=days)).isoformat()}, **more}
