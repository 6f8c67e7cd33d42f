"""Four eyes: what needs them is written down as a proposal, and done in the transaction in which somebody else confirms it.

Whoever asks for such a deed, whichever way, gets `ProposedError` with the proposal. Nobody confirms what the same hand proposed
(see `mikrocert.accounts.proposals`); whoever proposed it may take it back by refusing it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from mikrocert.accounts import Deed, Proposal, ProposalState, ProposalStore, system_user
from mikrocert.accounts.proposals import PROPOSAL_WORDS, identity_of
from mikrocert.accounts.rows import deeds_of
from mikrocert.archive import ErasureReason
from mikrocert.archive.tables import accounts as account_table
from mikrocert.errors import ProposalError
from mikrocert.report import StatusValue
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from mikrocert.accounts.proposals import Request
    from mikrocert.archive import Archive, Archived, Unit
    from mikrocert.service.system import System

__all__ = ["Proposals"]

_AT_ONCE: Final = 100
_OF_CREDENTIALS: Final = {Deed.REVOKE, Deed.ERASE}


class _Impossible(Exception):
    """What was proposed can't be done any more."""

    def __init__(self, why: Message) -> None:
        super().__init__(why)
        self.why = why


class Proposals:
    """What waits for a second pair of eyes; safe to use from several threads.

    Args:
        system: does what is confirmed.
        archive: where proposals are kept.
        now: tells the time (aware).
    """

    def __init__(self, system: System, *, archive: Archive, now: Callable[[], datetime]) -> None:
        self._system = system
        self._archive = archive
        self._now = now
        self._store = ProposalStore(archive)

    def wanted(self, connection: Connection, deed: Deed, institution: str) -> bool:
        """Return within a transaction whether a deed needs a second pair of eyes.

        Args:
            connection: of the transaction.
            deed: the deed.
            institution: for which institution.
        """
        deeds = {Deed(name) for name in self._system.settings.four_eyes.deeds}
        wanted = select(account_table.c.four_eyes).where(account_table.c.institution == institution)
        deeds |= deeds_of(connection.execute(wanted).scalar_one_or_none())
        return bool(deeds) if deed is Deed.RELAX else deed in deeds

    def needed(self, deed: Deed, institution: str) -> bool:
        """Return whether a deed needs a second pair of eyes.

        Raises:
            ArchiveError: if the database fails.
        """
        with self._archive.database.reading() as connection:
            return self.wanted(connection, deed, institution)

    def propose(
        self,
        connection: Connection,
        request: Request,
    ) -> Proposal | None:
        """Write down within a transaction what is asked for; return none where it can be done at once.

        Whoever calls lets the transaction commit, and then raises `ProposedError`.

        Args:
            connection: of the transaction, which has its turn.
            request: what is asked for.
        """
        if not self.wanted(connection, request.deed, request.institution):
            return None
        proposal = request.proposal(days=self._system.settings.four_eyes.days)
        self._store.add(connection, proposal)
        return proposal

    def find(self, institution: str | None, proposal_id: str) -> Proposal:
        """Return a proposal.

        Args:
            institution: whose it has to be; none means anybody's, for the operator.
            proposal_id: its identifier.

        Raises:
            UnknownProposal: if there is none, or it is another institution's.
            ArchiveError: if a database fails.
        """
        with self._archive.database.reading() as connection:
            return self._store.standing(connection, institution, proposal_id, at=self._now())

    def of_subject(self, subject: str) -> Proposal | None:
        """Return the newest proposal about something, or none."""
        return self._store.of_subject(subject, at=self._now())

    def recent(
        self, institution: str | None, *, before: str | None = None, limit: int = 100
    ) -> tuple[Proposal, ...]:
        """Return proposals, the newest first.

        Args:
            institution: whose; none means all, for the operator.
            before: identifier of the last one that is known already, or none.
            limit: how many at most.
        """
        return self._store.recent(institution, before=before, limit=limit, at=self._now())

    def waiting(self, *, limit: int = 100) -> tuple[Proposal, ...]:
        """Return, for the operator, what waits for all institutions, the newest first.

        Args:
            limit: how many at most.
        """
        return self._store.waiting(at=self._now(), limit=limit)

    def confirm(
        self, proposal_id: str, *, institution: str | None = None, actor: str | None = None
    ) -> Proposal:
        """Confirm what somebody else proposed: it is done in the same transaction, once.

        Args:
            proposal_id: its identifier.
            institution: whose it has to be; none means anybody's, for the operator.
            actor: who confirms; none means the user of the operating system.

        Raises:
            UnknownProposal: if there is none, or it is another institution's.
            ProposalError: if it was decided before, has expired, is one's own, or can't be done any more.
            HeldError: if it is to erase what is on hold; the proposal goes on waiting.
            ArchiveError: if it fails; the proposal goes on waiting.
        """
        by, at = actor or system_user(), self._now()
        impossible: Message | None = None
        with self._archive.unit() as unit:
            proposal = self._waiting(unit.connection, institution, proposal_id, at=at)
            if self._store.identity(unit.connection, proposal_id) == identity_of(unit.connection, by):
                raise ProposalError(
                    message(
                        "{proposal} was proposed by the same hand; somebody else confirms it, with another account or another key",
                        proposal=proposal_id,
                    )
                )
            try:
                self._do(unit, proposal, by=by, at=at)
            except _Impossible as error:
                impossible = error.why
            state = ProposalState.CONFIRMED if impossible is None else ProposalState.VOID
            self._decide(unit, proposal, state, by=by, at=at)
        self._store.forget(proposal_id)
        if impossible is not None:
            raise ProposalError(impossible)
        self._system.confirmed(proposal)
        return self.find(institution, proposal_id)

    def refuse(
        self,
        proposal_id: str,
        *,
        institution: str | None = None,
        actor: str | None = None,
        why: str | None = None,
    ) -> Proposal:
        """Refuse what was proposed, or take back what oneself proposed: nothing comes of it.

        Args:
            proposal_id: its identifier.
            institution: whose it has to be; none means anybody's, for the operator.
            actor: who refuses; none means the user of the operating system.
            why: the reason, for the acts; it stays, so it names no learner. None where there is none.

        Raises:
            UnknownProposal: if there is none, or it is another institution's.
            ProposalError: if it was decided before, or has expired.
            ArchiveError: if the reason is not fit to be kept, or a database fails.
        """
        by, at = actor or system_user(), self._now()
        with self._archive.unit() as unit:
            proposal = self._waiting(unit.connection, institution, proposal_id, at=at)
            self._cancel(unit.connection, proposal)
            self._decide(unit, proposal, ProposalState.REFUSED, by=by, at=at, why=why)
        self._store.forget(proposal_id)
        return self.find(institution, proposal_id)

    def expire(self) -> None:
        """Note of what waited too long that nothing comes of it.

        Raises:
            ArchiveError: if a database fails.
        """
        at = self._now()
        while some := self._store.overdue(at=at, limit=_AT_ONCE):
            for proposal_id in some:
                with self._archive.unit() as unit:
                    proposal = self._store.standing(unit.connection, None, proposal_id, at=at)
                    self._cancel(unit.connection, proposal)
                    self._store.decide(unit.connection, proposal_id, ProposalState.EXPIRED, by=None, at=at)
                self._store.forget(proposal_id)

    def _waiting(
        self, connection: Connection, institution: str | None, proposal_id: str, *, at: datetime
    ) -> Proposal:
        proposal = self._store.standing(connection, institution, proposal_id, at=at)
        if proposal.state is not ProposalState.WAITING:
            raise ProposalError(
                message("{proposal} {state}", proposal=proposal_id, state=PROPOSAL_WORDS[proposal.state])
            )
        return proposal

    def _decide(
        self,
        unit: Unit,
        proposal: Proposal,
        state: ProposalState,
        *,
        by: str,
        at: datetime,
        why: str | None = None,
    ) -> None:
        self._store.decide(unit.connection, proposal.id, state, by=by, at=at)
        unit.act(
            at=at,
            actor=by,
            deed="proposals refuse" if state is ProposalState.REFUSED else "proposals confirm",
            subject=proposal.id,
            why=why,
            details={
                "deed": proposal.deed.value,
                "subject": proposal.subject,
                "proposed_by": proposal.actor,
                "state": state.value,
            },
        )

    def _cancel(self, connection: Connection, proposal: Proposal) -> None:
        if proposal.deed in {Deed.ISSUE, Deed.REPLACE}:
            self._system.batches.end_proposed(connection, proposal.subject)

    def _do(self, unit: Unit, proposal: Proposal, *, by: str, at: datetime) -> None:
        """Do what was proposed.

        Raises:
            _Impossible: if it can't be done any more.
        """
        content, subject = proposal.content, proposal.subject
        details = {"proposal": proposal.id, "proposed_by": proposal.actor}
        connection = unit.connection
        if proposal.deed in _OF_CREDENTIALS:
            self._demand(unit.find(subject), proposal.deed)
        if proposal.deed is Deed.REVOKE:
            unit.revoke(subject, reason=content["reason"], at=at)
            unit.act(at=at, actor=by, deed="revoke", subject=subject, details=details)
        elif proposal.deed is Deed.ERASE:
            reason = ErasureReason.of(content["reason"])
            unit.erase(subject, reason=reason, at=at)
            unit.act(
                at=at,
                actor=by,
                deed="archive erase",
                subject=subject,
                why=content["why"],
                details={"reason": reason.value, **details},
            )
        elif proposal.deed in {Deed.ISSUE, Deed.REPLACE}:
            if not self._system.batches.set_off_proposed(connection, subject):
                raise _Impossible(message("batch {batch} was cancelled", batch=subject))
        else:
            accounts = self._system.the_accounts()
            how: dict[str, Any] = {"actor": by, "at": at, "why": content["why"], "details": details}
            if proposal.deed is Deed.APPROVE:
                accounts.set_approved(connection, subject, **how)
            else:
                accounts.set_four_eyes(connection, subject, deeds_of(content["deeds"]), **how)

    @staticmethod
    def _demand(archived: Archived, deed: Deed) -> None:
        identifier = archived.registration.identifier
        if archived.erased_at is not None:
            raise _Impossible(
                message("the content of {identifier} was erased meanwhile", identifier=identifier)
            )
        if deed is Deed.REVOKE and archived.status.value is not StatusValue.LIVE:
            raise _Impossible(
                message("{identifier} was revoked or replaced meanwhile", identifier=identifier)
            )
