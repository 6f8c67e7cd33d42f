"""Legal holds: while one stands, nothing of a credential is erased, whoever asks for it.

A hold is an act, and so is its end; so nobody takes one back unseen, and there is no row whose change would open the way.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.archive.acts import Act, add_act, read_acts
from mikrocert.errors import ArchiveError
from mikrocert.texts import message

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = ["HOLD", "Hold", "end_hold", "holds_in"]

HOLD: Final = "hold add"
_END: Final = "hold end"


@attrs.frozen
class Hold:
    """What forbids to erase a credential.

    Args:
        number: of the act that it is.
        identifier: of the credential.
        since: when it began (aware).
        actor: who put it on hold.
        why: by whose order and for what.
        ended_at: when it ended (aware); none while it stands.
        ended_by: who ended it, or none.
    """

    number: int
    identifier: str
    since: datetime
    actor: str
    why: str
    ended_at: datetime | None = None
    ended_by: str | None = None

    @property
    def stands(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None


def holds_in(connection: Connection, *, identifier: str | None = None) -> tuple[Hold, ...]:
    """Return holds, ended ones too, in the order in which they began.

    Args:
        connection: a transaction that reads.
        identifier: of the only credential wanted; none means all.

    Raises:
        ArchiveError: if an act is damaged.
    """
    ends = {act.details.get("hold"): act for act in read_acts(connection, deed=_END, subject=identifier)}
    return tuple(
        _hold(act, ends.get(act.number)) for act in read_acts(connection, deed=HOLD, subject=identifier)
    )


def end_hold(connection: Connection, number: int, *, actor: str, at: datetime, why: str) -> Hold:
    """Write into a transaction that a hold is over.

    Args:
        connection: a transaction that writes and has its turn.
        number: of the hold.
        actor: who ends it.
        at: when (aware).
        why: why it is over.

    Raises:
        ArchiveError: if there is no such hold, it has ended, or a text is not fit to be kept.
    """
    found = next((hold for hold in holds_in(connection) if hold.number == number), None)
    if found is None:
        raise ArchiveError(message("there is no hold {number}; `mikrocert hold list` has all", number=number))
    if not found.stands:
        raise ArchiveError(message("hold {number} ended on {at} already", number=number, at=found.ended_at))
    add_act(
        connection, at=at, actor=actor, deed=_END, subject=found.identifier, why=why, details={"hold": number}
    )
    return attrs.evolve(found, ended_at=at, ended_by=actor)


def _hold(act: Act, end: Act | None) -> Hold:
    hold = Hold(act.number, act.subject, act.at, act.actor, act.why or "")
    return hold if end is None else attrs.evolve(hold, ended_at=end.at, ended_by=end.actor)
