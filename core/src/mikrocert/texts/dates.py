"""Days and moments as people read them: in the zone of Prague, in Czech and English, whatever the process's locale."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from mikrocert.texts import Message

__all__ = ["PRAGUE", "in_prague", "written"]

PRAGUE = ZoneInfo("Europe/Prague")
"""The zone in which dates of awards are meant."""

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def in_prague(moment: datetime) -> datetime:
    """Return an aware moment in the zone of Prague; at the very ends of the calendar unchanged."""
    try:
        return moment.astimezone(PRAGUE)
    except OverflowError:
        return moment


def written(day: date) -> Message:
    """Write a day as `22. 11. 2026` and `22 November 2026`; a moment is written as its day in Prague."""
    if isinstance(day, datetime):
        day = in_prague(day).date()
    return Message(
        f"{day.day}.\u00a0{day.month}. {day.year}", f"{day.day}\u00a0{_MONTHS[day.month - 1]} {day.year}"
    )
