"""The zone in which days are meant, that of the national framework."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

__all__ = ["ZONE", "local_time"]

ZONE = ZoneInfo("Europe/Prague")
"""The framework's zone, in which dates of awards are meant."""


def local_time(moment: datetime) -> datetime:
    """Return an aware moment in the framework's zone; at the very ends of the calendar unchanged."""
    try:
        return moment.astimezone(ZONE)
    except OverflowError:
        return moment
