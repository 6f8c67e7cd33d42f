"""The envelopes `jades` and `pades`: sealed JSON files and sealed PDFs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar, cast

from mikrocert.api import (
    Envelope,
    EnvelopeError,
    OpenedEnvelope,
    Prepared,
    SealError,
    SealInfo,
    message,
    owner_of,
)

from mikrocert_seal_ades import jades, pades
from mikrocert_seal_ades.messages import refusal
from mikrocert_seal_ades.pki.algorithms import same_key
from mikrocert_seal_ades.pki.chains import Anchors
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.x509 import public_key
from mikrocert_seal_ades.results import finding_of, results

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mikrocert.api import CheckResult, Identity, SealOwner, Services, Trust

__all__ = ["JadesEnvelope", "PadesEnvelope"]

_Unfinished = TypeVar("_Unfinished")

_JWS: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?:payload|signatures|protected|signature|header)"\s*:')


class JadesEnvelope(Envelope):
    """A JSON text sealed with JAdES: JWS JSON General serialization (ETSI TS 119 182-1).

    Args:
        profile: header profile of what is sealed, `ts119182-1.2.1` or `edc-legacy`.
    """

    def __init__(self, *, profile: jades.Profile = jades.DEFAULT_PROFILE) -> None:
        self._profile: jades.Profile = profile

    def prepare(self, payload: bytes, *, identity: Identity, at: datetime) -> Prepared:
        """Return a JAdES file that lacks its signature, and what has to be signed.

        Args:
            payload: UTF-8 without a byte order mark, kept as it is.
            identity: who will sign; the certificates go into the file.
            at: the signing time to claim (aware; written in UTC with whole seconds).

        Raises:
            SealError: if the identity has no certificate, or payload, time, algorithm, key or certificates won't do.
        """
        _check_certificates(identity, envelope="JAdES")
        try:
            unfinished = jades.prepare(
                payload,
                certificates=identity.certificates,
                algorithm=identity.algorithm,
                at=at,
                profile=self._profile,
            )
        except jades.SealingError as error:
            raise refusal(error) from error
        return Prepared(unfinished.to_be_signed, unfinished.algorithm, unfinished)

    def finish_many(
        self,
        prepared: Sequence[Prepared],
        signatures: Sequence[bytes],
        *,
        services: Services,  # noqa: ARG002  level B-B asks nobody
    ) -> tuple[bytes, ...]:
        """Put each signature into its file and return the files in order.

        Args:
            prepared: what `prepare` returned.
            signatures: what the signer made of their `to_be_signed`, in the same order.
            services: not used; level B-B needs nothing from outside.

        Raises:
            SealError: if a signature is missing or does not fit; then no file is returned.
        """
        return _finished(prepared, signatures, kind=jades.Prepared, finish=jades.finish)

    def recognises(self, data: bytes) -> bool:
        """Return whether this is a JSON object whose first member is one of a JWS."""
        return _JWS.match(data[:1024]) is not None

    def open(self, data: bytes) -> OpenedEnvelope:
        """Parse the file strictly.

        Raises:
            EnvelopeError: if it can't be opened, with every fault found.
        """
        try:
            file = jades.parse(data)
        except jades.UnreadableError as error:
            raise EnvelopeError(finding_of(problem, place="jades") for problem in error.problems) from error
        info = SealInfo(
            kind="JAdES",
            level=None,
            owner=_owner(file.header.certificates),
            claimed_at=file.header.signing_time,
        )
        return OpenedEnvelope("jades", file.payload, (info,), file)

    def examine(self, opened: OpenedEnvelope, *, trust: Trust, at: datetime) -> tuple[CheckResult, ...]:
        """Return the results of the checks `integrity` and `trust`.

        Args:
            opened: what `open` returned.
            trust: whom the verifier trusts.
            at: the time of verification (aware).
        """
        file = cast("jades.JadesFile", opened.content)
        validation = jades.validate(file, trust=_anchors(trust), at=at)
        return results(validation, info=opened.seals[0], trust=trust, place="jades")


class PadesEnvelope(Envelope):
    """A PDF sealed with PAdES (EN 319 142-1), with one file inside."""

    def prepare(self, payload: bytes, *, identity: Identity, at: datetime) -> Prepared:
        """Return a sealed PDF that lacks its signature, and what has to be signed.

        Args:
            payload: a complete PDF, neither sealed nor encrypted; its octets stay as they are.
            identity: who will sign; the certificates go into the PDF.
            at: the signing time to claim (aware; written in UTC with whole seconds).

        Raises:
            SealError: if the identity has no certificate, or PDF, time, algorithm, key or certificates won't do.
        """
        _check_certificates(identity, envelope="PAdES")
        unfinished = pades.prepare(
            payload, certificates=identity.certificates, algorithm=identity.algorithm, at=at
        )
        return Prepared(unfinished.to_be_signed, unfinished.algorithm, unfinished)

    def finish_many(
        self,
        prepared: Sequence[Prepared],
        signatures: Sequence[bytes],
        *,
        services: Services,  # noqa: ARG002  level B-B asks nobody
    ) -> tuple[bytes, ...]:
        """Put each signature into its PDF and return the PDFs in order.

        Args:
            prepared: what `prepare` returned.
            signatures: what the signer made of their `to_be_signed`, in the same order.
            services: not used; level B-B needs nothing from outside.

        Raises:
            SealError: if a signature is missing or does not fit; then no PDF is returned.
        """
        return _finished(prepared, signatures, kind=pades.Prepared, finish=pades.finish)

    def recognises(self, data: bytes) -> bool:
        """Return whether this begins as a PDF does, maybe after some white space."""
        return data[:1024].lstrip().startswith(b"%PDF-")

    def open(self, data: bytes) -> OpenedEnvelope:
        """Parse the PDF strictly and take out the one file inside.

        Raises:
            EnvelopeError: if it is too large, encrypted, damaged, or doesn't hold exactly one seal and one file.
        """
        file = pades.read(data)
        info = SealInfo(
            kind="PAdES", level=None, owner=_owner(pades.chain_of(file)), claimed_at=file.claimed_at
        )
        return OpenedEnvelope("pades", file.attachment, (info,), file, payload_name=file.attachment_name)

    def examine(self, opened: OpenedEnvelope, *, trust: Trust, at: datetime) -> tuple[CheckResult, ...]:
        """Return the results of the checks `integrity` and `trust` for the seal of the PDF.

        Args:
            opened: what `open` returned.
            trust: whom the verifier trusts.
            at: the time of verification (aware).
        """
        file = cast("pades.PadesFile", opened.content)
        validation = pades.validate(file, trust=_anchors(trust), at=at)
        return results(validation, info=opened.seals[0], trust=trust, place="pdf")


def _check_certificates(identity: Identity, *, envelope: str) -> None:
    if not identity.certificates:
        raise SealError(
            message(
                "{envelope} needs a seal certificate, and this signer has only a key; a signer with a certificate would be right",
                envelope=envelope,
            )
        )
    try:
        same = same_key(identity.public_key, public_key(identity.certificates[0]))
    except CertificateError as error:
        raise refusal(error) from error
    if not same:
        raise SealError(
            message("the signer's key is not the one in its seal certificate, which has to stand first")
        )


def _finished(
    prepared: Sequence[Prepared],
    signatures: Sequence[bytes],
    *,
    kind: type[_Unfinished],
    finish: Callable[..., bytes],
) -> tuple[bytes, ...]:
    if len(prepared) != len(signatures):
        raise SealError(
            message(
                "{signatures} signatures came for {files} files; one for each would be right",
                signatures=len(signatures),
                files=len(prepared),
            )
        )
    files: list[bytes] = []
    for number, (one, signature) in enumerate(zip(prepared, signatures, strict=True), start=1):
        if not isinstance(one.unfinished, kind):
            raise SealError(message("file {number} was prepared by another envelope", number=number))
        try:
            files.append(finish(one.unfinished, signature=signature))
        except (SealError, jades.SealingError) as error:
            fault = error if isinstance(error, SealError) else refusal(error)
            raise SealError(
                message(
                    "signature {number} of {count}: {fault}",
                    number=number,
                    count=len(signatures),
                    fault=fault,
                )
            ) from error
    return tuple(files)


def _anchors(trust: Trust) -> Anchors:
    return Anchors(trust.anchors, organisations=trust.organisations)


def _owner(certificates: Sequence[bytes]) -> SealOwner | None:
    """The owner that a seal certificate names, or none where it names none."""
    try:
        return owner_of(certificates)
    except SealError:
        return None
