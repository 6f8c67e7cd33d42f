"""The zone in which days are meant."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

__all__ = ["PRAGUE", "in_prague"]

PRAGUE = ZoneInfo("Europe/Prague")
"""The zone in which dates of awards are meant."""


def in_prague(moment: datetime) -> datetime:
    """Return an aware moment in the zone of Prague; at the very ends of the calendar unchanged."""
    try:
        return moment.astimezone(PRAGUE)
    except OverflowError:
        return moment
