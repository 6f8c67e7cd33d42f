"""Refusing what wants to be let in: those outside learn nothing, the log of the program the reason."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from mikrocert.accounts.networks import is_within
from mikrocert.errors import AuthenticationError

if TYPE_CHECKING:
    from datetime import datetime

    from mikrocert.accounts.values import Entrance

__all__ = ["LOGGER", "fault_of", "is_before", "refused"]

LOGGER = "mikrocert.accounts"
"""Name of the logger that is told the reasons."""

_CLOCKS_DIFFER = timedelta(minutes=5)


def refused(identifier: str | None, reason: str) -> AuthenticationError:
    """Return the error that tells nothing; the log is told which key or client it was, where it was one, and never what was sent."""
    logging.getLogger(LOGGER).info("%s refused: %s", identifier or "–", reason)
    return AuthenticationError()


def fault_of(one: Entrance, *, address: str | None, at: datetime) -> str | None:
    """Return why a key or a client is not valid, or none.

    What was ended stays so whatever the clock says. Before it was made it can't have been used: then the clock is wrong, and
    nobody knows whether it has expired.

    Args:
        one: the key or the client.
        address: from where it is used, or none where that isn't known.
        at: when (aware).
    """
    if one.ended_at is not None:
        return "ended"
    if one.is_over(at):
        return "expired"
    if is_before(at, one.made_at):
        return "clock set back"
    if not is_within(address, one.networks):
        return "foreign network"
    return None


def is_before(at: datetime, made_at: datetime) -> bool:
    """Return whether a moment is before the one at which something was made, by more than clocks of hosts differ."""
    return at < made_at - _CLOCKS_DIFFER
