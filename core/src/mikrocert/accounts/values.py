"""The values of accounts and keys."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

import attrs

from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from ipaddress import IPv4Network, IPv6Network

__all__ = [
    "DEED_WORDS",
    "STAGE_WORDS",
    "Account",
    "ApiKey",
    "Caller",
    "Deed",
    "Entrance",
    "MandateRecord",
    "Network",
    "NewApiKey",
    "Scope",
    "Stage",
]

Network: TypeAlias = "IPv4Network | IPv6Network"
"""A network from which a key may be used."""


class Stage(Enum):
    """How far an institution is on its way, in this order."""

    SANDBOX = "sandbox"
    CONFORMANT = "conformant"
    MANDATED = "mandated"
    APPROVED = "approved"

    @property
    def place(self) -> int:
        """Its place in the order, from 0."""
        return list(Stage).index(self)


STAGE_WORDS: Mapping[Stage, Message] = {
    Stage.SANDBOX: message("in the sandbox"),
    Stage.CONFORMANT: message("conformant"),
    Stage.MANDATED: message("mandated"),
    Stage.APPROVED: message("approved"),
}
"""What each stage is called."""


class Scope(Enum):
    """What a key is for."""

    ISSUE = "issue"
    READ = "read"
    REVOKE = "revoke"


class Deed(Enum):
    """What can need a second pair of eyes; `RELAX`, to want it for less, needs one wherever anything does."""

    ISSUE = "issue"
    REPLACE = "replace"
    REVOKE = "revoke"
    ERASE = "erase"
    APPROVE = "approve"
    RELAX = "relax"


DEED_WORDS: Mapping[Deed, Message] = {
    Deed.ISSUE: message("issue a batch"),
    Deed.REPLACE: message("replace a credential"),
    Deed.REVOKE: message("revoke a credential"),
    Deed.ERASE: message("erase a credential"),
    Deed.APPROVE: message("approve an institution"),
    Deed.RELAX: message("want a second pair of eyes for less"),
}
"""What each deed is called."""


@attrs.frozen
class MandateRecord:
    """The agreement under which the operator seals for an institution, as somebody laid it before the operator.

    Args:
        document: SHA-256 of the document (hex).
        since: first day on which it holds.
        until: last day on which it holds, or none.
    """

    document: str
    since: date
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether it holds on this day."""
        return self.since <= day and not self.ended_on(day)

    def ended_on(self, day: date) -> bool:
        """Return whether it holds no more on this day."""
        return self.until is not None and self.until < day


@attrs.frozen
class Account:
    """An institution's account.

    Args:
        institution: name of the institution's offer.
        stage: how far it is.
        since: from when on it is so far (aware).
        suspended_at: when it was suspended (aware); none where it isn't.
        mandate: the newest mandate that was recorded, or none.
        four_eyes: what needs a second pair of eyes for this institution, besides what does for all.
    """

    institution: str
    stage: Stage
    since: datetime
    suspended_at: datetime | None = None
    mandate: MandateRecord | None = None
    four_eyes: frozenset[Deed] = frozenset()


@attrs.frozen
class Entrance:
    """A way in for an institution's program: an `ApiKey` or a `Client`.

    Args:
        identifier: 12 characters by which it is called; they are no secret.
        institution: whose it is.
        scopes: what it is for.
        networks: from where it may be used; none means from everywhere.
        note: what somebody noted about it, or none.
        made_at: when it was made (aware).
        expires_at: from when on it isn't valid (aware), or none.
        ended_at: when somebody ended it (aware), or none.
    """

    identifier: str
    institution: str
    scopes: frozenset[Scope]
    networks: tuple[Network, ...]
    note: str | None
    made_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None = None

    def is_over(self, at: datetime) -> bool:
        """Return whether it is valid no more: ended, whatever the clock says, or expired."""
        return self.ended_at is not None or (self.expires_at is not None and self.expires_at <= at)


@attrs.frozen
class ApiKey(Entrance):
    """An institution's key, without its secret.

    Args:
        replaced_by: identifier of the key that replaces it, or none.
        used_on: the last day on which it was used, or none.
    """

    replaced_by: str | None = None
    used_on: date | None = None


@attrs.frozen
class NewApiKey:
    """A key that was just made.

    Args:
        key: the key.
        secret: its text, which nobody can say again.
    """

    key: ApiKey
    secret: str = attrs.field(repr=False)


@attrs.frozen
class Caller:
    """Who was authenticated.

    Args:
        institution: for which institution.
        scopes: what may be done now: those of the key that the stage of the account allows.
        name: under which acts are recorded, such as `key K7mQx4Rt9bHz`.
    """

    institution: str
    scopes: frozenset[Scope]
    name: str

    def may(self, scope: Scope) -> bool:
        """Return whether something of this scope may be done now."""
        return scope in self.scopes
