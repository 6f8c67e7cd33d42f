"""The status of a credential: what the archive knows of it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import attrs

__all__ = ["CredentialStatus", "StatusValue"]


class StatusValue(Enum):
    """Where a credential stands in the archive."""

    LIVE = "live"
    REVOKED = "revoked"
    REPLACED = "replaced"


@attrs.frozen
class CredentialStatus:
    """What the archive says of a credential.

    Args:
        value: live, revoked or replaced.
        since: when it came into that state (aware).
        reason: the reason given; none while live.
        successor: identifier of the credential that replaces this one.
        as_of: the moment (aware) at which the archive said so, where that isn't the time of verification; what happened since isn't known.
    """

    value: StatusValue
    since: datetime
    reason: str | None = None
    successor: str | None = None
    as_of: datetime | None = None
