"""Envelopes: the forms of sealed files; each secures octets, opens what was secured and judges its seals."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import attrs

from mikrocert.errors import SealError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mikrocert.kinds.signer import Identity
    from mikrocert.report import CheckResult, Finding, SealInfo
    from mikrocert.texts import Text

__all__ = ["Envelope", "Lasting", "OpenedEnvelope", "Prepared", "Services", "Trust", "TrustedLists"]


@attrs.frozen
class TrustedLists:
    """Trusted lists (ETSI TS 119 612) on this machine; whoever uses them verifies them.

    Args:
        folder: where they are kept.
        signers: the certificates (X.509, DER) that the list of lists is signed with, which lead to all others.
        territories: whose lists are wanted there, as lists call them; none means all that the list of lists knows.
        url: where the list of lists is published; none means the usual place, which whoever uses them knows.
    """

    folder: Path
    signers: tuple[bytes, ...] = attrs.field(repr=False)
    territories: tuple[str, ...] = ()
    url: str | None = None


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
        revocation: `required`: without data that say whether a certificate was revoked at the time that counts, trust is
            undetermined; `if-available`: such data are not missed, and every report says so.
        revocation_hosts: names of hosts that may be asked for such data where a file has none, and for certificates of issuers that it
            lacks; none means that nobody is asked.
        lists: trusted lists, whose services are trusted besides the anchors, or none.
    """

    anchors: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    sandbox: bool = False
    organisations: frozenset[bytes] = attrs.field(default=frozenset(), repr=False)
    qualified: frozenset[bytes] = attrs.field(default=frozenset(), repr=False)
    revocation: Literal["required", "if-available"] = "required"
    revocation_hosts: frozenset[str] = frozenset()
    lists: TrustedLists | None = None


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
        title: what its seals are called where a file has several envelopes, such as "Seal of the document"; none where
            they have no name.
        enclosed_at: when what the file stands in is proven to have been there (aware), and so every octet of this file; the core
            says so before `examine`. None where nothing proves that.
    """

    envelope: str
    payload: bytes = attrs.field(repr=False)
    seals: tuple[SealInfo, ...]
    content: object = attrs.field(repr=False)
    payload_name: str | None = None
    title: Text | None = None
    enclosed_at: datetime | None = None


@attrs.frozen
class Lasting:
    """How long a sealed file proves by itself that it was sealed when it was.

    Args:
        level: what the file holds, such as `B-LTA`; whether it is trusted is another question.
        until: from when on it proves nothing any more (aware): certificate or algorithm of what proves it last have ended.
    """

    level: str
    until: datetime


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


def _nothing(_url: str, _body: bytes | None, _media_type: str) -> None:
    return None


@attrs.frozen
class Services:
    """What a signer has beside its key, for an envelope to ask while it finishes a batch; nothing unless it says so.

    A sandbox answers here for its own addresses, so that its seals last without a network.

    Args:
        timestamps: addresses of time-stamp authorities (RFC 3161), asked where settings name none.
        reply: returns the answer to a request for an address: given the address, what is posted to it or none where it is
            only read, and the media type of what is posted. None where only the network can answer.
    """

    timestamps: tuple[str, ...] = ()
    reply: Callable[[str, bytes | None, str], bytes | None] = attrs.field(default=_nothing, repr=False)


class Envelope(ABC):
    """Secures octets in one kind of sealed file, opens such files and judges their seals.

    An envelope knows neither what the credential says nor where keys are.
    """

    @abstractmethod
    def prepare(self, payload: bytes, *, identity: Identity, at: datetime) -> Prepared:
        """Return a file that lacks its signature, and what has to be signed.

        The same arguments give the same octets to be signed, so that after a crash exactly those are signed again; only a time stamp
        of the payload, where settings want one in what is signed, is another one then.

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

        What proves the document around a file, proves the file too (`OpenedEnvelope.enclosed_at`).

        The result of `trust` holds the seals with the level and the quality that they were judged to have; a seal's own
        word is no judgement.

        Args:
            opened: what `open` returned.
            trust: whom the verifier trusts.
            at: the time of verification (aware).
        """

    def vouched_for(self, certificates: Sequence[bytes], *, trust: Trust, at: datetime) -> bool:  # noqa: ARG002 - for those that use no lists
        """Return whether the verifier's trusted lists stand above a seal certificate, so that its seals can be trusted by them.

        It is asked before anything is sealed. Nothing is fetched.

        Args:
            certificates: X.509, DER, the seal certificate first, each issued by the next.
            trust: whom the verifier trusts.
            at: the time (aware).
        """
        return False

    def timestamps(self, *, renewed: bool) -> int:  # noqa: ARG002 - for those that take none
        """Return how many time stamps a file takes as settings are now, so that they can be counted against a contract.

        Args:
            renewed: whether the file is renewed; else it is sealed. Where it depends on the file, it is the most that it takes.
        """
        return 0

    def examine_lists(self, lists: TrustedLists, *, at: datetime) -> tuple[Finding, ...]:  # noqa: ARG002 - likewise
        """Return what there is to say of trusted lists for `mikrocert doctor`: warnings and errors for what somebody has to do.

        Args:
            lists: where they are.
            at: the time (aware).

        Returns:
            The findings; empty where the envelope uses no lists. Their paths are places within the lists, such as a territory.
        """
        return ()

    def update_lists(self, lists: TrustedLists, *, at: datetime) -> tuple[Finding, ...]:  # noqa: ARG002 - likewise
        """Fetch trusted lists over the network, verify them and keep those that hold; what can't be had leaves what is kept.

        Args:
            lists: where they are kept, and where they come from.
            at: the time (aware).

        Returns:
            What became of them: an error for each that failed; empty where the envelope uses no lists. Their paths are places within
            the lists, such as a territory.

        Raises:
            SealError: if the folder can't be used.
        """
        return ()

    def readings(self, opened: OpenedEnvelope) -> tuple[str, ...]:  # noqa: ARG002 - for those without pages
        """Return what programs read on the pages of a document, once in each order in which it can be read.

        It is asked for a document by somebody else whose seal is trusted, and what isn't found there is told. It costs no
        more than the document is long.

        Args:
            opened: what `open` returned.

        Returns:
            The text of all pages, in each order; empty where the envelope has no pages.
        """
        return ()

    def lasting(self, opened: OpenedEnvelope) -> Lasting | None:  # noqa: ARG002 - for those that have no end
        """Return how long a sealed file proves its seal, whoever made it.

        It is asked when seals are renewed, about files of the archive. Nothing is fetched.

        Args:
            opened: what `open` returned.

        Returns:
            The level and the end; none where the seals of this envelope can't be renewed, or have no end.

        Raises:
            SealError: if the seal is not intact, so that nothing lasts.
        """
        return None

    def renew_many(self, files: Sequence[bytes], *, services: Services) -> tuple[bytes, ...]:  # noqa: ARG002 - see `lasting`
        """Return sealed files that prove their seals for longer, in order; what was sealed stays, octet for octet.

        A file below the highest level is raised to it, one that is there gets a further time stamp.

        Args:
            files: sealed files whose seals are intact and haven't ended.
            services: what may be asked of the outside, once for the whole batch.

        Raises:
            SealError: if a file can't be renewed, or a service refuses, is silent, or answers something else than it was asked;
                then no file is returned.
        """
        raise SealError(message("seals of this kind can't be renewed"))
