"""Opening accounts, moving them on, making and ending keys, and telling whose a key is."""

from __future__ import annotations

import hashlib
import logging
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from mikrocert.accounts.clients import Clients, client_of, thumbprint, with_client
from mikrocert.accounts.networks import read_network
from mikrocert.accounts.people import CLIENT, KEY
from mikrocert.accounts.proposals import Request, nobody_else
from mikrocert.accounts.refusing import LOGGER, fault_of, is_before, refused
from mikrocert.accounts.rows import (
    account_in,
    account_of,
    conformance_of,
    entrance_details,
    insert_account,
    insert_key,
    joined_deeds,
    joined_networks,
    key_in,
    key_of,
    mandate_columns,
    mandate_details,
    move_account,
    update_account,
    update_key,
    with_account,
)
from mikrocert.accounts.secrets import hash_of, identifier_in, new_secret, same_hash
from mikrocert.accounts.values import (
    STAGE_WORDS,
    Account,
    ApiKey,
    Caller,
    Deed,
    MandateRecord,
    NewApiKey,
    Scope,
    Stage,
)
from mikrocert.archive.acts import Act, add_act, checked_text, read_acts
from mikrocert.archive.tables import accounts as account_table
from mikrocert.archive.tables import api_keys, client_assertions, client_tokens
from mikrocert.errors import AccountError, ArchiveError, ProposedError
from mikrocert.texts import message
from mikrocert.texts.dates import local_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from mikrocert.accounts.approval import Approval
    from mikrocert.accounts.proposals import Propose
    from mikrocert.archive.database import Database

__all__ = ["Accounts"]

_LONGEST_NETWORKS = 4000
_NOBODYS = hash_of("nobody's")
"""What an unknown key is compared with, so that it costs what a known one does."""

_ALLOWED_WITHOUT_MANDATE = frozenset({Scope.READ, Scope.REVOKE})
_ALLOWED_WHILE_SUSPENDED = frozenset({Scope.READ})


class Accounts:
    """The accounts of institutions and their keys; safe to use from several threads and processes.

    Every method that changes something takes who does it (`actor`), when (`at`, aware) and, where somebody will ask, `why`;
    the act is written down in the same transaction.

    Args:
        database: of the archive.
        sandbox: whether test seals are made here, so that whoever has an account may try to issue; else only who is approved
            may, as long as the mandate holds.
        propose: writes down within a transaction what needs a second pair of eyes, and returns it; none where it needs none.
    """

    def __init__(self, database: Database, *, sandbox: bool, propose: Propose = nobody_else) -> None:
        self._database = database
        self._sandbox = sandbox
        self._propose = propose

    def add(self, institution: str, *, actor: str, at: datetime, why: str | None = None) -> Account:
        """Open an account in a sandbox, at the beginning of the way.

        Raises:
            AccountError: if there is one, or this is no sandbox.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        if not self._sandbox:
            raise AccountError(
                message(
                    "here real credentials are issued; an account is opened by the file that `mikrocert institution approve` "
                    "writes in the sandbox (--from FILE)"
                )
            )
        with self._database.writing() as connection:
            insert_account(connection, institution, Stage.SANDBOX, at)
            add_act(connection, at=at, actor=actor, deed="institution add", subject=institution, why=why)
            return account_in(connection, institution)

    def add_approved(
        self, approval: Approval, *, actor: str, at: datetime, why: str | None = None
    ) -> Account:
        """Open an account in production for an institution that was approved in the sandbox.

        Raises:
            AccountError: if there is one, this is a sandbox, or the mandate has ended.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        if self._sandbox:
            raise AccountError(
                message(
                    "this is a sandbox (sandbox = true); an approval opens an account where real credentials are issued, which is "
                    "another instance with an archive of its own"
                )
            )
        _check_mandate(approval.mandate, at)
        details = {
            "sandbox": approval.sandbox,
            "approved_by": approval.approved_by,
            "approved_at": approval.approved_at,
            "conformance": list(approval.conformance),
            **mandate_details(approval.mandate),
        }
        with self._database.writing() as connection:
            insert_account(connection, approval.institution, Stage.APPROVED, at)
            update_account(connection, approval.institution, **mandate_columns(approval.mandate))
            add_act(
                connection,
                at=at,
                actor=actor,
                deed="institution add",
                subject=approval.institution,
                why=why,
                details=details,
            )
            return account_in(connection, approval.institution)

    def conform(
        self,
        institution: str,
        *,
        conforms: bool,
        details: Mapping[str, Any],
        actor: str,
        at: datetime,
        why: str | None = None,
    ) -> Account:
        """Record a conformance run; where an institution conforms for the first time, its account moves on.

        Args:
            institution: name of the institution's offer.
            conforms: whether its exports have all that they have to.
            details: what was tried, and what came out.
            actor: who ran it.
            at: when (aware).
            why: why something was left out, or none.

        Raises:
            AccountError: if it has no account, or this is no sandbox.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        self._require_sandbox()
        with self._database.writing() as connection:
            account = account_in(connection, institution)
            add_act(
                connection,
                at=at,
                actor=actor,
                deed="institution conform",
                subject=institution,
                why=why,
                details={"conforms": conforms, **details},
            )
            if conforms and account.stage is Stage.SANDBOX:
                move_account(connection, institution, Stage.CONFORMANT, at)
            return account_in(connection, institution)

    def mandate(
        self,
        institution: str,
        document: bytes,
        *,
        since: date,
        until: date | None,
        actor: str,
        at: datetime,
        why: str | None = None,
    ) -> Account:
        """Record the agreement under which the operator seals for an institution, or the one that follows it.

        Args:
            institution: name of the institution's offer.
            document: the signed document; its hash is kept.
            since: first day on which it holds.
            until: last day on which it holds, or none.
            actor: who records it.
            at: when (aware).
            why: a remark, or none.

        Raises:
            AccountError: if there is no account, it doesn't conform yet, or the mandate has ended or ends before it begins.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        mandate = MandateRecord(hashlib.sha256(document).hexdigest(), since, until)
        if mandate.ended_on(since):
            raise AccountError(message("the mandate ends on {until}, before it begins", until=until))
        _check_mandate(mandate, at)
        with self._database.writing() as connection:
            account = account_in(connection, institution)
            _require_stage(account, Stage.CONFORMANT)
            add_act(
                connection,
                at=at,
                actor=actor,
                deed="institution mandate",
                subject=institution,
                why=why,
                details=mandate_details(mandate),
            )
            update_account(connection, institution, **mandate_columns(mandate))
            if account.stage is Stage.CONFORMANT:
                move_account(connection, institution, Stage.MANDATED, at)
            return account_in(connection, institution)

    def want_four_eyes(
        self, institution: str, deeds: Iterable[Deed], *, actor: str, at: datetime, why: str
    ) -> Account:
        """Set what needs a second pair of eyes for an institution; to want it for less needs one itself.

        Args:
            institution: name of the institution's offer.
            deeds: all that need it from now on.
            actor: who says so.
            at: when (aware).
            why: the reason.

        Raises:
            AccountError: if there is no account.
            ProposedError: if it is wanted for less than before, so that somebody else has to confirm it.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        wanted = frozenset(deeds) - {Deed.RELAX}
        with self._database.writing() as connection:
            before = account_in(connection, institution).four_eyes
            proposal = None
            if before - wanted:
                content = {"deeds": joined_deeds(wanted), "why": why}
                request = Request(Deed.RELAX, institution, institution, actor, at, content)
                proposal = self._propose(connection, request)
            if proposal is None:
                self.set_four_eyes(connection, institution, wanted, actor=actor, at=at, why=why)
            account = account_in(connection, institution)
        if proposal is not None:
            raise ProposedError(proposal)
        return account

    @staticmethod
    def set_four_eyes(
        connection: Connection,
        institution: str,
        deeds: frozenset[Deed],
        *,
        actor: str,
        at: datetime,
        why: str,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Write into a transaction what needs a second pair of eyes for an institution."""
        add_act(
            connection,
            at=at,
            actor=actor,
            deed="institution four-eyes",
            subject=institution,
            why=why,
            details={"deeds": joined_deeds(deeds), **(details or {})},
        )
        update_account(connection, institution, four_eyes=joined_deeds(deeds) or None)

    def approve(
        self, institution: str, *, actor: str, at: datetime, why: str | None = None
    ) -> tuple[Account, tuple[str, ...]]:
        """Approve that an institution goes to production; again, where the approval is to be written down anew.

        Returns:
            Its account, and the SHA-256 (hex) of the exports of its last conformance run that was passed.

        Raises:
            AccountError: if there is no account, it has no mandate or one that has ended, is suspended, or this is no sandbox.
            ProposedError: if somebody else has to confirm it.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        with self._database.writing() as connection:
            account = self._approvable(connection, institution, at)
            proposal = None
            if account.stage is Stage.MANDATED:  # else it was confirmed before
                content = {"why": why}
                request = Request(Deed.APPROVE, institution, institution, actor, at, content)
                proposal = self._propose(connection, request)
            if proposal is None:
                self.set_approved(connection, institution, actor=actor, at=at, why=why)
            approved = account_in(connection, institution), conformance_of(connection, institution)
        if proposal is not None:
            raise ProposedError(proposal)
        return approved

    def _approvable(self, connection: Connection, institution: str, at: datetime) -> Account:
        self._require_sandbox()
        account = account_in(connection, institution)
        _require_stage(account, Stage.MANDATED)
        _check_not_suspended(account)
        if account.mandate is not None:
            _check_mandate(account.mandate, at)
        return account

    def set_approved(
        self,
        connection: Connection,
        institution: str,
        *,
        actor: str,
        at: datetime,
        why: str | None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Write into a transaction that an institution is approved.

        Raises:
            AccountError: if it can't be (see `approve`).
        """
        account = self._approvable(connection, institution, at)
        add_act(
            connection,
            at=at,
            actor=actor,
            deed="institution approve",
            subject=institution,
            why=why,
            details=details,
        )
        if account.stage is Stage.MANDATED:
            move_account(connection, institution, Stage.APPROVED, at)

    def suspend(self, institution: str, *, actor: str, at: datetime, why: str) -> Account:
        """Suspend an account: its keys read only, until it is resumed.

        Raises:
            AccountError: if there is no account, or it is suspended already.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        with self._database.writing() as connection:
            _check_not_suspended(account_in(connection, institution))
            add_act(connection, at=at, actor=actor, deed="institution suspend", subject=institution, why=why)
            update_account(connection, institution, suspended_at=at)
            return account_in(connection, institution)

    def resume(self, institution: str, *, actor: str, at: datetime, why: str) -> Account:
        """Lift the suspension of an account; it is as far as it was.

        Raises:
            AccountError: if there is no account, or it isn't suspended.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        with self._database.writing() as connection:
            if account_in(connection, institution).suspended_at is None:
                raise AccountError(message("{institution} is not suspended", institution=institution))
            add_act(connection, at=at, actor=actor, deed="institution resume", subject=institution, why=why)
            update_account(connection, institution, suspended_at=None)
            return account_in(connection, institution)

    def account(self, institution: str) -> Account:
        """Return the account of an institution.

        Raises:
            AccountError: if it has none.
            ArchiveError: if there is no archive, or the database fails.
        """
        with self._database.reading() as connection:
            return account_in(connection, institution)

    def accounts(self) -> tuple[Account, ...]:
        """Return all accounts, by name of the institution.

        Raises:
            ArchiveError: if there is no archive, or the database fails.
        """
        with self._database.reading() as connection:
            rows = connection.execute(select(account_table).order_by(account_table.c.institution))
            return tuple(map(account_of, rows))

    def acts(self, *, since: datetime | None = None, after: int = 0, limit: int = 1000) -> tuple[Act, ...]:
        """Return acts in the order in which they were done.

        Args:
            since: the earliest moment (aware), or none.
            after: number of the act after which they are wanted.
            limit: how many at most.

        Raises:
            ArchiveError: if one of them is damaged, there is no archive, or the database fails.
        """
        with self._database.reading() as connection:
            return tuple(read_acts(connection, after=after, limit=limit, since=since))

    def make_key(
        self,
        institution: str,
        *,
        scopes: Iterable[Scope],
        actor: str,
        at: datetime,
        expires_at: datetime | None = None,
        networks: Iterable[str] = (),
        note: str | None = None,
    ) -> NewApiKey:
        """Make a key; its text is in what is returned and nowhere else.

        Args:
            institution: name of the institution's offer.
            scopes: what it is for, at least one.
            actor: who makes it.
            at: when (aware).
            expires_at: from when on it isn't valid (aware), or none.
            networks: from where it may be used (CIDR); none means from everywhere.
            note: what it is for in words, or none.

        Raises:
            AccountError: if there is no account, a network is none, or it would be for nothing or expired already.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        wanted = frozenset(scopes)
        if not wanted:
            raise AccountError(message("a key needs at least one scope: issue, read or revoke"))
        if expires_at is not None and expires_at <= at:
            raise AccountError(message("the key would be expired already; a later day would be right"))
        allowed = tuple(dict.fromkeys(map(read_network, networks)))
        if len(joined_networks(allowed)) > _LONGEST_NETWORKS:
            raise AccountError(message("these are too many networks; fewer and larger ones would be right"))
        kept = None if note is None else checked_text(note, what=message("the note"))
        identifier, secret = new_secret()
        key = ApiKey(identifier, institution, wanted, allowed, kept, at, expires_at)
        with self._database.writing() as connection:
            account_in(connection, institution)
            insert_key(connection, key, secret)
            add_act(
                connection,
                at=at,
                actor=actor,
                deed="key make",
                subject=identifier,
                details=entrance_details(key),
            )
        return NewApiKey(key, secret)

    def end_key(self, identifier: str, *, actor: str, at: datetime, why: str | None = None) -> ApiKey:
        """End a key at once and for good.

        Raises:
            AccountError: if there is no such key, or it was ended before.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        with self._database.writing() as connection:
            key = key_in(connection, identifier)
            if key.ended_at is not None:
                raise _over(key)
            add_act(
                connection,
                at=at,
                actor=actor,
                deed="key end",
                subject=identifier,
                why=why,
                details={"institution": key.institution},
            )
            update_key(connection, identifier, ended_at=at)
            return key_in(connection, identifier)

    def replace_key(self, identifier: str, *, overlap: timedelta, actor: str, at: datetime) -> NewApiKey:
        """Make a key like another one, which is valid for some time yet, so that nothing stops meanwhile.

        The new key has scopes, networks, note and length of life of the old one.

        Args:
            identifier: of the old key.
            overlap: how long the old one stays valid; no longer than it would have been.
            actor: who does it.
            at: when (aware).

        Raises:
            AccountError: if there is no such key, or it is over or was replaced before.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        if overlap < timedelta(0):
            raise AccountError(message("the overlap can't be negative"))
        new, secret = new_secret()
        with self._database.writing() as connection:
            old = key_in(connection, identifier)
            if old.is_over(at):
                raise _over(old)
            if old.replaced_by is not None:
                raise AccountError(
                    message(
                        "{key} was replaced before, by {other}; replace that one",
                        key=identifier,
                        other=old.replaced_by,
                    )
                )
            lifetime = None if old.expires_at is None else old.expires_at - old.made_at
            key = ApiKey(
                new,
                old.institution,
                old.scopes,
                old.networks,
                old.note,
                at,
                None if lifetime is None else at + lifetime,
            )
            end = at + overlap if old.expires_at is None else min(at + overlap, old.expires_at)
            insert_key(connection, key, secret)
            update_key(connection, identifier, replaced_by=new, expires_at=end)
            details = {**entrance_details(key), "new": new, "old_until": end.isoformat()}
            add_act(connection, at=at, actor=actor, deed="key replace", subject=identifier, details=details)
        return NewApiKey(key, secret)

    def key(self, identifier: str) -> ApiKey:
        """Return a key.

        Raises:
            AccountError: if there is none with this identifier.
            ArchiveError: if there is no archive, or the database fails.
        """
        with self._database.reading() as connection:
            return key_in(connection, identifier)

    def keys(self, institution: str | None = None) -> tuple[ApiKey, ...]:
        """Return keys, also those that are over, by institution and in the order of making.

        Args:
            institution: whose; none means all.

        Raises:
            ArchiveError: if there is no archive, or the database fails.
        """
        columns = api_keys.c
        wanted = select(api_keys).order_by(columns.institution, columns.made_at, columns.identifier)
        if institution is not None:
            wanted = wanted.where(columns.institution == institution)
        with self._database.reading() as connection:
            return tuple(map(key_of, connection.execute(wanted)))

    def forget_ended(self, before: datetime) -> None:
        """Delete tokens and assertions of clients that ended before a moment (aware).

        Raises:
            ArchiveError: if there is no archive, or the database fails.
        """
        with self._database.changing() as connection:
            for table in (client_tokens, client_assertions):
                connection.execute(delete(table).where(table.c.expires_at < before))

    @property
    def clients(self) -> Clients:
        """The clients of OAuth 2.0."""
        return Clients(self._database, allowed=self._allowed)

    def authenticate(
        self, secret: str, *, address: str | None, at: datetime, certificate: bytes | None = None
    ) -> Caller:
        """Return who sent the text of a key, or of a token.

        The scopes are those that the stage of the account allows now: who is suspended may read; who isn't approved, or whose
        mandate doesn't hold, may in production read and revoke.

        Args:
            secret: the text, as it came.
            address: from where it came, or none where that isn't known; then a key with networks isn't valid.
            at: when (aware).
            certificate: the certificate (DER) that the connection was made with, or none.

        Raises:
            AuthenticationError: if it is no valid key; always the same. The logger `mikrocert.accounts` has the reason.
            ArchiveError: if there is no archive, or the database fails.
        """
        identifier = identifier_in(secret)
        if identifier is None:
            raise refused(None, "malformed")
        with self._database.reading() as connection:
            row = connection.execute(with_account(identifier)).one_or_none()
            token = None if row is not None else connection.execute(with_client(identifier)).one_or_none()
        stored = row.hash if row is not None else token.token_hash if token is not None else _NOBODYS
        right = same_hash(hash_of(secret), stored)
        if right and token is not None:
            return self._client_calling(token, address=address, at=at, certificate=certificate)
        if not right or row is None:
            raise refused(None, "unknown or wrong secret")
        key = key_of(row)
        fault = fault_of(key, address=address, at=at)
        scopes = key.scopes & self._allowed(account_of(row), at)
        if fault is not None or not scopes:
            raise refused(identifier, fault or "nothing allowed")
        self._note_use(key, local_time(at).date())
        return Caller(key.institution, scopes, f"{KEY}{identifier}")

    def person(self, institution: str, *, scopes: Iterable[Scope], name: str, at: datetime) -> Caller:
        """Return somebody at an institution who signed in somewhere else, with what may be done now, as `authenticate` does.

        Args:
            institution: name of the institution's offer.
            scopes: what they may do there.
            name: under which their acts are recorded.
            at: when (aware).

        Raises:
            AuthenticationError: if the institution has no account, or nothing may be done now.
            ArchiveError: if there is no archive, the name is not fit to be recorded, or the database fails.
        """
        name = checked_text(name, what=message("the name of who acts"))
        try:
            account = self.account(institution)
        except AccountError as error:
            raise refused(None, "a person of an institution without account") from error
        allowed = frozenset(scopes) & self._allowed(account, at)
        if not allowed:
            raise refused(None, "nothing allowed to a person")
        return Caller(institution, allowed, name)

    def _client_calling(
        self,
        token: Row[Any],
        *,
        address: str | None,
        at: datetime,
        certificate: bytes | None,
    ) -> Caller:
        """Return the client that a token was given to."""
        client = client_of(token)
        fault = fault_of(client, address=address, at=at)
        if fault is None and (token.token_expires_at <= at or is_before(at, token.token_made_at)):
            fault = "token expired"
        bound = token.token_certificate
        if fault is None and bound is not None and (certificate is None or thumbprint(certificate) != bound):
            fault = "token of another certificate"
        scopes = frozenset(map(Scope, token.token_scopes.split())) & client.scopes
        scopes &= self._allowed(account_of(token), at)
        if fault is not None or not scopes:
            raise refused(client.identifier, fault or "nothing allowed")
        return Caller(client.institution, scopes, f"{CLIENT}{client.identifier}")

    def _allowed(self, account: Account, at: datetime) -> frozenset[Scope]:
        """Return the scopes that the stage of an account allows."""
        if account.suspended_at is not None:
            return _ALLOWED_WHILE_SUSPENDED
        if self._sandbox:
            return frozenset(Scope)
        mandated = account.mandate is not None and account.mandate.holds_on(local_time(at).date())
        if account.stage is Stage.APPROVED and mandated:
            return frozenset(Scope)
        return _ALLOWED_WITHOUT_MANDATE

    def _note_use(self, key: ApiKey, day: date) -> None:
        """Remember the day on which a key was used, once a day; who asks is served, too, where that can't be written."""
        if key.used_on is not None and key.used_on >= day:
            return
        try:
            with self._database.writing() as connection:
                update_key(connection, key.identifier, used_on=day.isoformat())
        except ArchiveError as error:
            logging.getLogger(LOGGER).warning(
                "the day on which key %s was used can't be noted: %s", key.identifier, error
            )

    def _require_sandbox(self) -> None:
        if not self._sandbox:
            raise AccountError(
                message("this is done in the sandbox (sandbox = true), and here real credentials are issued")
            )


def _over(key: ApiKey) -> AccountError:
    return AccountError(
        message("{key} is over already; `mikrocert key make` makes another one", key=key.identifier)
    )


def _check_mandate(mandate: MandateRecord, at: datetime) -> None:
    if mandate.ended_on(local_time(at).date()):
        raise AccountError(
            message("the mandate ended on {until}; record the one that follows it", until=mandate.until)
        )


def _check_not_suspended(account: Account) -> None:
    if account.suspended_at is not None:
        raise AccountError(
            message(
                "{institution} is suspended since {at}",
                institution=account.institution,
                at=account.suspended_at,
            )
        )


def _require_stage(account: Account, stage: Stage) -> None:
    if account.stage.place < stage.place:
        raise AccountError(
            message(
                "{institution} is {stage}; it has to be {wanted} first",
                institution=account.institution,
                stage=STAGE_WORDS[account.stage],
                wanted=STAGE_WORDS[stage],
            )
        )
