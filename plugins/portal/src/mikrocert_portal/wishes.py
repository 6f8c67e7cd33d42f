"""What a holder chose in a form, as the share that is to be made."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from mikrocert.api import ZONE, Access, Finding, NewShare, ShareRefused, ShareScope

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["END_CHOICES", "access_wished", "share_wished"]

_DAYS: Final = {"day": 1, "week": 7, "month": 30}
END_CHOICES: Final = (*_DAYS, "date", "open")
"""Until when: a day, a week, a month from now; the end of a date; until it is withdrawn."""

_DIGITS: Final = 6


def share_wished(fields: Mapping[str, str], *, at: datetime) -> NewShare:
    """Return the share that a form asks for.

    Args:
        fields: what was typed and chosen: `scope`, `until`, `date`, `most`, `note`.
        at: now (aware).

    Raises:
        ShareRefused: if something is missing or makes no sense, with every fault that can be seen here.
    """
    faults: list[Finding] = []
    scope = next((one for one in ShareScope if one.value == fields.get("scope")), None)
    if scope is None:
        faults.append(Finding.error("missing", "choose what they see", path="scope"))
    until, fault = _until(fields, at=at)
    if fault is not None:
        faults.append(fault)
    most, number = None, fields.get("most", "").strip()
    if number:
        if number.isascii() and number.isdecimal() and len(number) <= _DIGITS:
            most = int(number)
        else:
            faults.append(
                Finding.error("no-number", "how often it can be opened has to be a whole number", path="most")
            )
    if faults or scope is None:
        raise ShareRefused(faults)
    return NewShare(scope, until=until, most=most, note=fields.get("note"))


def access_wished(fields: Mapping[str, str]) -> Access:
    """Return what a form wants the permanent link to show.

    Raises:
        ShareRefused: if nothing that there is was chosen.
    """
    for access in Access:
        if access.value == fields.get("access"):
            return access
    raise ShareRefused([Finding.error("missing", "choose what the permanent link shows", path="access")])


def _until(fields: Mapping[str, str], *, at: datetime) -> tuple[datetime | None, Finding | None]:
    choice = fields.get("until")
    if choice in _DAYS:
        return at + timedelta(days=_DAYS[choice]), None
    if choice == "open":
        return None, None
    if choice != "date":
        return None, Finding.error("missing", "choose until when", path="until")
    try:
        day = date.fromisoformat(fields.get("date", "").strip())
        midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZONE)
        return midnight.astimezone(UTC), None
    except (ValueError, OverflowError):
        return None, Finding.error("no-date", "choose a date, such as 2027-03-31", path="date")
