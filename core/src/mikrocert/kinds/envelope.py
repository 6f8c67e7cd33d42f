"""Envelopes: sealed files of which an envelope knows how to find the octets inside and to judge the seals."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from datetime import datetime

    from mikrocert.report import CheckResult, SealInfo

__all__ = ["Envelope", "OpenedEnvelope", "Trust"]


@attrs.frozen
class Trust:
    """Whom the verifier trusts.

    Args:
        anchors: X.509 certificates (DER) at which a chain may end: roots, issuing CAs or, as trusted
            lists have them, end entities.
        sandbox: whether test seals whose root is among the anchors may be trusted. Everywhere else a
            test seal fails `trust`.
    """

    anchors: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    sandbox: bool = False


@attrs.frozen
class OpenedEnvelope:
    """An envelope, opened.

    Args:
        envelope: name of the envelope.
        payload: the octets inside, to be opened further: another envelope or a credential.
        seals: one note per seal.
        content: the envelope's own reading of the file, opaque to everyone else.
        payload_name: file name of the payload, where the envelope has one (an attachment of a PDF).
    """

    envelope: str
    payload: bytes = attrs.field(repr=False)
    seals: tuple[SealInfo, ...]
    content: object = attrs.field(repr=False)
    payload_name: str | None = None


class Envelope(ABC):
    """Opens one kind of sealed file and judges its seals, without knowing what the credential says."""

    @abstractmethod
    def recognises(self, data: bytes) -> bool:
        """Say from the first octets whether this claims to be such a file; never raises, costs next to nothing."""

    @abstractmethod
    def open(self, data: bytes) -> OpenedEnvelope:
        """Parse the file strictly.

        Raises:
            EnvelopeError: if it can't be opened, with every fault found.
        """

    @abstractmethod
    def examine(self, opened: OpenedEnvelope, *, trust: Trust, at: datetime) -> tuple[CheckResult, ...]:
        """Answer the checks `integrity` (intact, covers everything) and `trust` (chain, time, revocation).

        Args:
            opened: what `open` returned.
            trust: whom the verifier trusts.
            at: the time of verification (aware).
        """
