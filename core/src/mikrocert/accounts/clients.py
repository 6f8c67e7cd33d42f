"""Clients of OAuth 2.0: programs of an institution that prove who they are by a key or a certificate, and get tokens for a short time.

A token looks like a key of an institution and is kept like one: its hash only. So it ends at once with its client, its account or its
scope, which a token that is signed and kept by nobody wouldn't.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import delete, insert, select, update

from mikrocert.accounts.assertions import read_assertion
from mikrocert.accounts.certificates import certificate_in, holds_at
from mikrocert.accounts.jwks import read_keys
from mikrocert.accounts.networks import read_network
from mikrocert.accounts.refusing import fault_of, refused
from mikrocert.accounts.rows import account_in, entrance_details, entrance_of, entrance_values, joined_scopes
from mikrocert.accounts.secrets import hash_of, new_secret, same_hash
from mikrocert.accounts.values import Entrance, Scope
from mikrocert.archive.acts import add_act, checked_text
from mikrocert.archive.tables import accounts as account_table
from mikrocert.archive.tables import client_assertions, client_tokens
from mikrocert.archive.tables import clients as client_table
from mikrocert.award.identifiers import is_identifier, new_identifier
from mikrocert.errors import AccountError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from mikrocert.accounts.assertions import Assertion
    from mikrocert.accounts.values import Account
    from mikrocert.archive.database import Database

__all__ = ["Client", "Clients", "Grant", "client_of", "thumbprint", "with_client"]

_LIFETIME = timedelta(minutes=10)
_KEPT = timedelta(days=1)
"""How long after its end an assertion is remembered, so that it isn't good again where a clock is set back by less."""


@attrs.frozen
class Client(Entrance):
    """A program of an institution; its identifier is its `client_id`.

    Args:
        jwks: its public keys (RFC 7517), for assertions that it signs (RFC 7523); none where it has a certificate.
        certificate: SHA-256 of its certificate (hex), for TLS (RFC 8705); none where it has keys.
    """

    jwks: str | None = None
    certificate: str | None = None


@attrs.frozen
class Grant:
    """A token that a client was given.

    Args:
        secret: its text.
        scopes: what it is for.
        seconds: how long it is valid.
    """

    secret: str = attrs.field(repr=False)
    scopes: frozenset[Scope]
    seconds: int


class Clients:
    """The clients of all institutions; safe to use from several threads and processes.

    Args:
        database: of the archive.
        allowed: takes an account and a moment; returns the scopes that its stage allows then.
    """

    def __init__(
        self, database: Database, *, allowed: Callable[[Account, datetime], frozenset[Scope]]
    ) -> None:
        self._database = database
        self._allowed = allowed

    def add(
        self,
        institution: str,
        *,
        scopes: Iterable[Scope],
        actor: str,
        at: datetime,
        jwks: bytes | None = None,
        certificate: bytes | None = None,
        expires_at: datetime | None = None,
        networks: Iterable[str] = (),
        note: str | None = None,
    ) -> Client:
        """Register a client, with keys or a certificate.

        Args:
            institution: name of the institution's offer.
            scopes: what its tokens may be for, at least one.
            actor: who registers it.
            at: when (aware).
            jwks: its public keys (JWK Set), or none.
            certificate: its certificate (PEM or DER), or none.
            expires_at: from when on it isn't valid (aware), or none.
            networks: from where it may be used (CIDR); none means from everywhere.
            note: what it is in words, or none.

        Raises:
            AccountError: if there is no account, a network, a key or the certificate is none, or it would be for nothing, expired or
                unable to prove who it is.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        wanted = frozenset(scopes)
        if not wanted:
            raise AccountError(message("a client needs at least one scope: issue, read or revoke"))
        if expires_at is not None and expires_at <= at:
            raise AccountError(message("the client would be expired already; a later day would be right"))
        client = Client(
            new_identifier(),
            institution,
            wanted,
            tuple(dict.fromkeys(map(read_network, networks))),
            None if note is None else checked_text(note, what=message("the note")),
            at,
            expires_at,
            **_proof(jwks, certificate),
        )
        with self._database.writing() as connection:
            account_in(connection, institution)
            connection.execute(insert(client_table).values(**entrance_values(client)))
            details = {**entrance_details(client), **_proof_details(client)}
            add_act(
                connection, at=at, actor=actor, deed="client add", subject=client.identifier, details=details
            )
        return client

    def replace(
        self,
        identifier: str,
        *,
        actor: str,
        at: datetime,
        jwks: bytes | None = None,
        certificate: bytes | None = None,
        why: str | None = None,
    ) -> Client:
        """Replace the keys or the certificate of a client, which counts from then on; its tokens stay.

        Args:
            identifier: of the client.
            actor: who does it.
            at: when (aware).
            jwks: all its public keys from now on (JWK Set), or none.
            certificate: its certificate from now on (PEM or DER), or none.
            why: the reason, or none.

        Raises:
            AccountError: if there is no such client, it is over, or a key or the certificate is none.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        proof = _proof(jwks, certificate)
        with self._database.writing() as connection:
            old = _client_in(connection, identifier)
            if old.is_over(at):
                raise AccountError(
                    message(
                        "{client} is over; `mikrocert client add` registers another one", client=identifier
                    )
                )
            new = attrs.evolve(old, **proof)
            details = {"institution": old.institution, **_proof_details(new)}
            add_act(
                connection,
                at=at,
                actor=actor,
                deed="client replace",
                subject=identifier,
                why=why,
                details=details,
            )
            connection.execute(
                update(client_table).where(client_table.c.identifier == identifier).values(**proof)
            )
            return new

    def end(self, identifier: str, *, actor: str, at: datetime, why: str | None = None) -> Client:
        """End a client and its tokens, at once and for good.

        Raises:
            AccountError: if there is no such client, or it was ended before.
            ArchiveError: if a text is not fit to be kept, or the database fails.
        """
        with self._database.writing() as connection:
            client = _client_in(connection, identifier)
            if client.ended_at is not None:
                raise AccountError(message("{client} was ended before", client=identifier))
            add_act(
                connection,
                at=at,
                actor=actor,
                deed="client end",
                subject=identifier,
                why=why,
                details={"institution": client.institution},
            )
            connection.execute(
                update(client_table).where(client_table.c.identifier == identifier).values(ended_at=at)
            )
            return _client_in(connection, identifier)

    def client(self, identifier: str) -> Client:
        """Return a client.

        Raises:
            AccountError: if there is none with this identifier.
            ArchiveError: if there is no archive, or the database fails.
        """
        with self._database.reading() as connection:
            return _client_in(connection, identifier)

    def clients(self, institution: str | None = None) -> tuple[Client, ...]:
        """Return clients, also those that are over, by institution and in the order of registration.

        Args:
            institution: whose; none means all.

        Raises:
            ArchiveError: if there is no archive, or the database fails.
        """
        columns = client_table.c
        wanted = select(client_table).order_by(columns.institution, columns.made_at, columns.identifier)
        if institution is not None:
            wanted = wanted.where(columns.institution == institution)
        with self._database.reading() as connection:
            return tuple(map(client_of, connection.execute(wanted)))

    def token(
        self,
        *,
        audiences: Collection[str],
        address: str | None,
        at: datetime,
        assertion: str | None = None,
        client: str | None = None,
        certificate: bytes | None = None,
        scopes: Iterable[str] = (),
    ) -> Grant:
        """Give a token to a client that proves who it is, by an assertion or by the certificate of its connection.

        What a token was given to by a certificate is only good together with it (RFC 8705, 3).

        Args:
            audiences: what we are called: the address of the token endpoint, and that of the instance.
            address: from where it asks, or none where that isn't asking.
            at: when (aware).
            assertion: what it signed (`client_assertion`), or none.
            client: who it says that it is (`client_id`); needed without an assertion.
            certificate: the certificate (DER) that the connection was made with, proven by the handshake; or none.
            scopes: what for; none means all that it may.

        Raises:
            AuthenticationError: if it doesn't prove it; always the same. The logger `mikrocert.accounts` has the reason.
            AccountError: if it may not do what it asks for now.
            ArchiveError: if there is no archive, or the database fails.
        """
        if assertion is None:
            asking = self._opened(client or "", address=address, at=at)
            if asking.certificate is None or certificate is None:
                raise refused(asking.identifier, "no proof")
            if not same_hash(thumbprint(certificate).encode(), asking.certificate.encode()):
                raise refused(asking.identifier, "another certificate")
            if not holds_at(certificate, at):
                raise refused(asking.identifier, "the certificate is not valid now")
            return self._grant(asking, at=at, scopes=_asked(scopes), certificate=asking.certificate)
        unverified = read_assertion(assertion)
        if client is not None and client != unverified.client:
            raise refused(None, "assertion of another client")
        asking = self._opened(unverified.client, address=address, at=at)
        proof = unverified.verified(asking, audiences=audiences, at=at)
        return self._grant(asking, at=at, scopes=_asked(scopes), assertion=proof)

    def _opened(self, identifier: str, *, address: str | None, at: datetime) -> Client:
        """Return a client that wants to prove who it is.

        Args:
            identifier: who it says that it is.
            address: from where it asks, or none where that isn't known.
            at: when (aware).

        Raises:
            AuthenticationError: if there is none, or it is not valid now or from there.
            ArchiveError: if there is no archive, or the database fails.
        """
        if not is_identifier(identifier):
            raise refused(None, "malformed client")
        with self._database.reading() as connection:
            row = connection.execute(
                select(client_table).where(client_table.c.identifier == identifier)
            ).one_or_none()
        if row is None:
            raise refused(None, "unknown client")
        client = client_of(row)
        fault = fault_of(client, address=address, at=at)
        if fault is not None:
            raise refused(identifier, fault)
        return client

    def _grant(
        self,
        client: Client,
        *,
        at: datetime,
        scopes: frozenset[Scope],
        assertion: Assertion | None = None,
        certificate: str | None = None,
    ) -> Grant:
        """Give a token to a client that has proven who it is.

        Args:
            client: who.
            at: when (aware).
            scopes: what for; none means all that it may.
            assertion: what proved it, which is good once; none where a certificate did.
            certificate: SHA-256 (hex) of the certificate that has to come with the token, or none.

        Raises:
            AuthenticationError: if the assertion was used before.
            AccountError: if it may do nothing of what it asks for now.
            ArchiveError: if the database fails.
        """
        identifier, secret = new_secret()
        with self._database.writing() as connection:
            wanted = scopes or client.scopes
            granted = wanted & client.scopes & self._allowed(account_in(connection, client.institution), at)
            _forget(connection, at - _KEPT)
            if assertion is not None:
                _use_up(connection, client, assertion)
            if scopes - granted or not granted:
                raise AccountError(
                    message("not allowed now: {scopes:comma}", scopes=joined_scopes(wanted - granted).split())
                )
            end = min(at + _LIFETIME, client.expires_at or at + _LIFETIME)
            connection.execute(
                insert(client_tokens).values(
                    identifier=identifier,
                    client=client.identifier,
                    hash=hash_of(secret),
                    scopes=joined_scopes(granted),
                    certificate=certificate,
                    made_at=at,
                    expires_at=end,
                )
            )
        return Grant(secret, granted, int((end - at).total_seconds()))


def thumbprint(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate (DER), in hex (RFC 8705, 3.1)."""
    return hashlib.sha256(certificate).hexdigest()


def _proof(jwks: bytes | None, certificate: bytes | None) -> dict[str, Any]:
    """Return what is kept of the keys or the certificate of a client.

    Raises:
        AccountError: if there are both or neither, or a key or the certificate is none.
    """
    if (jwks is None) == (certificate is None):
        raise AccountError(message("a client has either keys or a certificate"))
    return {
        "jwks": None if jwks is None else read_keys(jwks),
        "certificate": None if certificate is None else thumbprint(certificate_in(certificate)),
    }


def _proof_details(client: Client) -> dict[str, str | None]:
    """Return what an act says of the keys or the certificate of a client."""
    return {
        "keys": None if client.jwks is None else hashlib.sha256(client.jwks.encode()).hexdigest(),
        "certificate": client.certificate,
    }


def _asked(names: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes that names are of.

    Raises:
        AccountError: if one is unknown.
    """
    there, wanted = [scope.value for scope in Scope], tuple(names)
    for name in wanted:
        if name not in there:
            raise AccountError(
                message("there is no scope '{scope}'; there are: {known:comma}", scope=name, known=there)
            )
    return frozenset(map(Scope, wanted))


def _use_up(connection: Connection, client: Client, assertion: Assertion) -> None:
    """Remember an assertion.

    Raises:
        AuthenticationError: if it was used before.
    """
    used = hashlib.sha256(
        f"{client.identifier} {assertion.identifier}".encode("utf-8", "surrogatepass")
    ).hexdigest()
    there = select(client_assertions.c.hash).where(client_assertions.c.hash == used)
    if connection.execute(there).one_or_none() is not None:
        raise refused(client.identifier, "assertion used before")
    connection.execute(insert(client_assertions).values(hash=used, expires_at=assertion.ends))


def _forget(connection: Connection, before: datetime) -> None:
    """Forget tokens and assertions that ended long ago."""
    for table in (client_tokens, client_assertions):
        connection.execute(delete(table).where(table.c.expires_at < before))


def _client_in(connection: Connection, identifier: str) -> Client:
    row = None
    if is_identifier(identifier):
        wanted = select(client_table).where(client_table.c.identifier == identifier)
        row = connection.execute(wanted).one_or_none()
    if row is None:
        raise AccountError(
            message("there is no client {client}; `mikrocert client list` names all", client=identifier)
        )
    return client_of(row)


def client_of(row: Row[Any]) -> Client:
    """Return the client that a row is of."""
    return Client(**entrance_of(row), jwks=row.jwks, certificate=row.certificate)


def with_client(identifier: str) -> Any:  # noqa: ANN401 - a statement
    """Return what selects a token, its client and its account, in one row."""
    tokens = client_tokens.c
    accounts = [column for column in account_table.c if column.name != "institution"]
    return (
        select(
            *client_table.c,
            *accounts,
            tokens.hash.label("token_hash"),
            tokens.scopes.label("token_scopes"),
            tokens.certificate.label("token_certificate"),
            tokens.made_at.label("token_made_at"),
            tokens.expires_at.label("token_expires_at"),
        )
        .select_from(client_tokens.join(client_table).join(account_table))
        .where(tokens.identifier == identifier)
    )
