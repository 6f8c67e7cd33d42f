"""Cursors: where a list goes on, in a form that tells a client nothing and that it can't get wrong by hand."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import TYPE_CHECKING

from mikrocert.api import Registration

if TYPE_CHECKING:
    from typing import Any

__all__ = ["cursor_after", "position_of"]

_LONGEST = 400


def cursor_after(last: Registration) -> str:
    """Return the cursor of the page after this registration.

    Args:
        last: the last one that was looked at.
    """
    position = json.dumps([last.issued_at.isoformat(), last.identifier], separators=(",", ":"))
    return urlsafe_b64encode(position.encode()).decode().rstrip("=")


def position_of(cursor: str, *, institution: str) -> Registration | None:
    """Return the registration after which a page begins, or none if this is no cursor of ours.

    Whatever it says, what follows is of the institution alone: it is a place in the order of issuing and nothing else.

    Args:
        cursor: as `cursor_after` returned it.
        institution: whose list it is.
    """
    try:
        if len(cursor) > _LONGEST:
            return None
        position: Any = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        issued_at, identifier = position
        moment = datetime.fromisoformat(issued_at)
    except (ValueError, TypeError, RecursionError, binascii.Error):
        return None
    if not isinstance(identifier, str) or moment.tzinfo is None:
        return None
    return Registration(identifier, institution, "", moment)
