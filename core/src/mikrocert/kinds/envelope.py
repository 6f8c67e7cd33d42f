"""Envelopes: the forms of sealed files; each secures octets, opens what was secured and judges its seals."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mikrocert.kinds.signer import Identity
    from mikrocert.report import CheckResult, SealInfo

__all__ = ["Envelope", "OpenedEnvelope", "Prepared", "Services", "Trust"]


@attrs.frozen
class Trust:
    """Whom the verifier trusts.

    Args:
        anchors: X.509 certificates (DER) at which a chain may end: roots, issuing CAs or, as trusted
            lists have them, end entities.
        sandbox: whether test seals whose root is among the anchors may be trusted. Everywhere else a
            test seal fails `trust`.
        organisations: those anchors (DER) below which certificates of organisations seal that don't say they are for
            seals. Below all others only certificates for electronic seals do.
        qualified: those anchors (DER) whose certificates are believed when they claim to be qualified.
    """

    anchors: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    sandbox: bool = False
    organisations: frozenset[bytes] = attrs.field(default=frozenset(), repr=False)
    qualified: frozenset[bytes] = attrs.field(default=frozenset(), repr=False)


@attrs.frozen
class OpenedEnvelope:
    """An envelope, opened.

    Args:
        envelope: name of the envelope.
        payload: the octets inside, to be opened further: another envelope or a credential.
        seals: one note per seal.
        content: the envelope's own reading of the file, opaque to everyone else.
        payload_name: file name of the payload, where the envelope is a document around a file (an attachment of a PDF),
            empty where that has no name; none where the payload is no file.
    """

    envelope: str
    payload: bytes = attrs.field(repr=False)
    seals: tuple[SealInfo, ...]
    content: object = attrs.field(repr=False)
    payload_name: str | None = None


@attrs.frozen
class Prepared:
    """A file that lacks its signature.

    Args:
        to_be_signed: the octets that the signer signs.
        algorithm: the algorithm that it has to sign them with, as `Identity.algorithm` names it.
        unfinished: what the envelope needs to finish the file, opaque to everyone else.
    """

    to_be_signed: bytes = attrs.field(repr=False)
    algorithm: str
    unfinished: object = attrs.field(repr=False)


@attrs.frozen
class Services:
    """What an envelope may ask of the outside while it finishes a batch.

    Level B-B needs nothing; time-stamps and revocation data will be members.
    """


class Envelope(ABC):
    """Secures octets in one kind of sealed file, opens such files and judges their seals.

    An envelope knows neither what the credential says nor where keys are.
    """

    @abstractmethod
    def prepare(self, payload: bytes, *, identity: Identity, at: datetime) -> Prepared:
        """Return a file that lacks its signature, and what has to be signed.

        The same arguments give the same octets to be signed, so that after a crash exactly those are signed again.

        Args:
            payload: the octets to be secured, kept as they are.
            identity: who will sign; its certificates, where there are any, go into the file.
            at: the signing time to claim (aware; written in UTC with whole seconds).

        Raises:
            SealError: if this payload can't be secured so, or not with such a key.
        """

    @abstractmethod
    def finish_many(
        self, prepared: Sequence[Prepared], signatures: Sequence[bytes], *, services: Services
    ) -> tuple[bytes, ...]:
        """Put each signature into its file and return the files in order.

        Args:
            prepared: what `prepare` returned.
            signatures: what the signer made of their `to_be_signed`, in the same order.
            services: what may be asked of the outside, once for the whole batch.

        Raises:
            SealError: if a signature does not fit what was to be signed; then no file is returned.
        """

    @abstractmethod
    def recognises(self, data: bytes) -> bool:
        """Return whether the first octets claim to be such a file; never raises, costs next to nothing."""

    @abstractmethod
    def open(self, data: bytes) -> OpenedEnvelope:
        """Parse the file strictly.

        Raises:
            EnvelopeError: if it can't be opened, with every fault found.
        """

    @abstractmethod
    def examine(self, opened: OpenedEnvelope, *, trust: Trust, at: datetime) -> tuple[CheckResult, ...]:
        """Return the results of `integrity` (intact, covers everything) and `trust` (chain, purpose, time, revocation).

        The result of `trust` holds the seals with the level and the quality that they were judged to have; a seal's own
        word is no judgement.

        Args:
            opened: what `open` returned.
            trust: whom the verifier trusts.
            at: the time of verification (aware).
        """
