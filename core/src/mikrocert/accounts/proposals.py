"""Proposals: what somebody asked for and somebody else has to confirm.

What is personal in one, such as the reason of a revocation, is encrypted under a key of its own, which is destroyed with the decision: what
was done is then in the events and acts, what wasn't is nobody's business.

Who is another one? An actor is a program with a key or as a client, a person who signed in, or a user of the operating system. Of
programs it can be known that one hand holds both: one replaces the other, or both have the same note. Of people it is who they signed in
as; at a terminal it is the user of the operating system, whatever name was given for the acts.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs
from sqlalchemy import insert, select, update

from mikrocert.accounts.people import CLIENT, KEY, PERSON, system_user
from mikrocert.accounts.values import Deed
from mikrocert.archive.encryption import Place, decrypt, encrypt, new_key
from mikrocert.archive.tables import api_keys, clients, proposals
from mikrocert.award.identifiers import ALPHABET
from mikrocert.errors import UnknownProposal
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Row

    from mikrocert.archive import Archive

__all__ = [
    "PROPOSAL_WORDS",
    "Proposal",
    "ProposalState",
    "ProposalStore",
    "Propose",
    "Request",
    "identity_of",
    "nobody_else",
]

_MOST_REPLACED: Final = 1000


class ProposalState(Enum):
    """What became of a proposal."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    EXPIRED = "expired"
    VOID = "void"


PROPOSAL_WORDS: Mapping[ProposalState, Message] = {
    ProposalState.WAITING: message("waits"),
    ProposalState.CONFIRMED: message("was confirmed"),
    ProposalState.REFUSED: message("was refused"),
    ProposalState.EXPIRED: message("has expired"),
    ProposalState.VOID: message("can't be done any more"),
}
"""What each state is called."""


@attrs.frozen
class Proposal:
    """What somebody asked for.

    Args:
        id: twelve characters, the second a hyphen.
        institution: for which institution.
        deed: what is to be done.
        subject: to what: the identifier of a credential or a batch, or the name of an institution.
        actor: who asked for it.
        made_at: when (aware).
        expires_at: until when it waits (aware).
        state: what became of it.
        decided_at: when (aware); none while it waits.
        decided_by: by whom, or none.
        content: what else belongs to it, such as the reason; empty once it is decided.
    """

    id: str
    institution: str
    deed: Deed
    subject: str
    actor: str
    made_at: datetime
    expires_at: datetime
    state: ProposalState = ProposalState.WAITING
    decided_at: datetime | None = None
    decided_by: str | None = None
    content: Mapping[str, Any] = attrs.field(factory=dict[str, Any], hash=False, repr=False)


@attrs.frozen
class Request:
    """What somebody asks for, before it is known whether it has to be proposed.

    Args:
        deed: what is to be done.
        institution: for which institution.
        subject: to what (see `Proposal`).
        actor: who asks.
        at: when (aware).
        content: what else belongs to it.
    """

    deed: Deed
    institution: str
    subject: str
    actor: str
    at: datetime
    content: Mapping[str, Any] = attrs.field(factory=dict[str, Any], hash=False, repr=False)

    def proposal(self, *, days: int) -> Proposal:
        """Return the proposal that it makes, with an identifier of its own; none of a credential or a batch is like it."""
        drawn = "p-" + "".join(secrets.choice(ALPHABET) for _ in range(10))
        until = self.at + timedelta(days=days)
        return Proposal(
            drawn,
            self.institution,
            self.deed,
            self.subject,
            self.actor,
            self.at,
            until,
            content=self.content,
        )


Propose: TypeAlias = "Callable[[Connection, Request], Proposal | None]"
"""Writes down within a transaction what is asked for, and returns the proposal; none where it can be done at once."""


def nobody_else(connection: Connection, request: Request) -> Proposal | None:  # noqa: ARG001 - as `Propose`
    """Return that nothing needs a second pair of eyes."""
    return None


def identity_of(connection: Connection, actor: str) -> str:
    """Return who is behind an actor, as far as it can be known (see above).

    Args:
        connection: a transaction that reads.
        actor: as acts name it.
    """
    if actor.startswith(
        PERSON
    ):  # what they are called is no part of who they are: they may change it themselves
        return PERSON + actor.removeprefix(PERSON).partition(" ")[0]
    if actor.startswith(KEY):
        return _holder(_first_key(connection, actor.removeprefix(KEY)))
    if actor.startswith(CLIENT):
        table = clients
        wanted = select(table).where(table.c.identifier == actor.removeprefix(CLIENT))
        return _holder(connection.execute(wanted).one_or_none())
    return f"user {system_user()}"


def _first_key(connection: Connection, identifier: str) -> Row[Any] | None:
    """Return the key that this one replaces, or the one that that one replaced, and so on; the key itself where it replaces none."""
    row = connection.execute(select(api_keys).where(api_keys.c.identifier == identifier)).one_or_none()
    for _ in range(_MOST_REPLACED):
        if row is None:
            break
        before = select(api_keys).where(api_keys.c.replaced_by == row.identifier)
        replaced = connection.execute(before).one_or_none()
        if replaced is None:
            break
        row = replaced
    return row


def _holder(row: Row[Any] | None) -> str:
    if row is None:
        return "nobody"
    return (
        f"{row.identifier} of {row.institution}"
        if row.note is None
        else f"'{row.note.casefold()}' of {row.institution}"
    )


class ProposalStore:
    """Proposals in the archive's database.

    Args:
        archive: the archive.
    """

    def __init__(self, archive: Archive) -> None:
        self.database = archive.database
        self._keys = archive.keys

    def add(self, connection: Connection, proposal: Proposal) -> None:
        """Write a proposal down within a transaction; its key is stored before."""
        key = new_key()
        self._keys.expect({proposal.id: key}, {}, named={})
        octets = json.dumps(dict(proposal.content), ensure_ascii=False).encode()
        connection.execute(
            insert(proposals).values(
                id=proposal.id,
                institution=proposal.institution,
                deed=proposal.deed.value,
                subject=proposal.subject,
                actor=proposal.actor,
                identity=identity_of(connection, proposal.actor),
                content=encrypt(octets, key=key, place=_of_content(proposal.id)),
                made_at=proposal.made_at,
                expires_at=proposal.expires_at,
                state=ProposalState.WAITING.value,
            )
        )

    @staticmethod
    def identity(connection: Connection, proposal_id: str) -> str:
        """Return within a transaction who is behind a proposal."""
        wanted = select(proposals.c.identity).where(proposals.c.id == proposal_id)
        return str(connection.execute(wanted).scalar_one())

    def standing(
        self, connection: Connection, institution: str | None, proposal_id: str, *, at: datetime
    ) -> Proposal:
        """Return a proposal as it stands within a transaction.

        Args:
            connection: of the transaction.
            institution: whose it has to be; none means anybody's, for the operator.
            proposal_id: its identifier.
            at: now (aware).

        Raises:
            UnknownProposal: if there is none, or it is another institution's.
        """
        wanted = select(proposals).where(proposals.c.id == proposal_id)
        if institution is not None:
            wanted = wanted.where(proposals.c.institution == institution)
        row = connection.execute(wanted).one_or_none()
        if row is None:
            raise UnknownProposal(message("there is no proposal {id}", id=proposal_id[:20]))
        return self._proposal(row, at=at)

    def of_subject(self, subject: str, *, at: datetime) -> Proposal | None:
        """Return the newest proposal about something, or none."""
        wanted = select(proposals).where(proposals.c.subject == subject).order_by(proposals.c.made_at.desc())
        with self.database.reading() as connection:
            row = connection.execute(wanted.limit(1)).one_or_none()
        return None if row is None else self._proposal(row, at=at)

    def recent(
        self, institution: str | None, *, before: str | None, limit: int, at: datetime
    ) -> tuple[Proposal, ...]:
        """Return proposals, the newest first.

        Args:
            institution: whose; none means all.
            before: identifier of the last one that is known already, or none.
            limit: how many at most.
            at: now (aware).
        """
        table = proposals.c
        wanted = select(proposals).order_by(table.made_at.desc(), table.id.desc()).limit(limit)
        if institution is not None:
            wanted = wanted.where(table.institution == institution)
        if before is not None:
            last = select(table.made_at).where(table.id == before).scalar_subquery()
            wanted = wanted.where((table.made_at < last) | ((table.made_at == last) & (table.id < before)))
        with self.database.reading() as connection:
            rows = connection.execute(wanted).all()
        return tuple(self._proposal(row, at=at) for row in rows)

    def waiting(self, *, at: datetime, limit: int) -> tuple[Proposal, ...]:
        """Return what waits for all institutions, the newest first."""
        table = proposals.c
        waits = (table.state == ProposalState.WAITING.value) & (table.expires_at >= at)
        wanted = select(proposals).where(waits).order_by(table.made_at.desc(), table.id.desc()).limit(limit)
        with self.database.reading() as connection:
            rows = connection.execute(wanted).all()
        return tuple(self._proposal(row, at=at) for row in rows)

    def overdue(self, *, at: datetime, limit: int) -> tuple[str, ...]:
        """Return identifiers of proposals that wait though their time is over."""
        table = proposals.c
        waiting = (table.state == ProposalState.WAITING.value) & (table.expires_at < at)
        with self.database.reading() as connection:
            return tuple(connection.execute(select(table.id).where(waiting).limit(limit)).scalars())

    @staticmethod
    def decide(
        connection: Connection, proposal_id: str, state: ProposalState, *, by: str | None, at: datetime
    ) -> None:
        """Note within a transaction what became of a proposal; what belonged to it goes."""
        its = update(proposals).where(proposals.c.id == proposal_id)
        connection.execute(its.values(state=state.value, decided_at=at, decided_by=by, content=None))

    def forget(self, proposal_id: str) -> None:
        """Destroy the key of a proposal that was decided."""
        self._keys.drop([proposal_id])

    def _proposal(self, row: Row[Any], *, at: datetime) -> Proposal:
        state = ProposalState(row.state)
        if state is ProposalState.WAITING and row.expires_at < at:
            state = ProposalState.EXPIRED
        content: Mapping[str, Any] = {}
        ciphertext: bytes | None = row.content
        stored = None if ciphertext is None else self._keys.find([row.id]).get(row.id)
        if ciphertext is not None and stored is not None and stored.key is not None:
            content = json.loads(decrypt(ciphertext, key=stored.key, place=_of_content(row.id)))
        return Proposal(
            row.id,
            row.institution,
            Deed(row.deed),
            row.subject,
            row.actor,
            row.made_at,
            row.expires_at,
            state,
            row.decided_at,
            row.decided_by,
            content,
        )


def _of_content(proposal_id: str) -> Place:
    return Place("proposals", (proposal_id,), "content")
