"""The envelopes `jades` and `pades`: sealed JSON files and sealed PDFs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from mikrocert.api import Envelope, OpenedEnvelope, SealInfo
from mikrocert.errors import EnvelopeError

from mikrocert_seal_ades import jades, pades
from mikrocert_seal_ades.owner import owner_noted
from mikrocert_seal_ades.pades.validating import chain_of, vouched_for
from mikrocert_seal_ades.pki.trust import examine_path
from mikrocert_seal_ades.results import finding_of, results

if TYPE_CHECKING:
    from datetime import datetime

    from mikrocert.api import CheckResult, Trust

__all__ = ["JadesEnvelope", "PadesEnvelope"]

_JWS: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?:payload|signatures|protected|signature|header)"\s*:')
_LEVELS: Final = {"arcTst": "B-LTA", "rVals": "B-LT", "xVals": "B-LT", "sigTst": "B-T"}

_NOT_VOUCHED_FOR: Final = jades.Problem(
    "certificate-not-vouched-for",
    "undetermined",
    "signature",
    "Poslední certifikát v\u00a0pečeti nelze ověřit, chybí certifikát jeho vydavatele.",
    "The last certificate in the seal can't be verified, because its issuer's certificate is missing.",
)


class JadesEnvelope(Envelope):
    """A credential sealed with JAdES: JWS JSON General serialization (ETSI TS 119 182-1)."""

    def recognises(self, data: bytes) -> bool:
        """Say whether this is a JSON object whose first member is one of a JWS."""
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
        kinds = {entry.kind for entry in file.unsigned}
        note = SealInfo(
            kind="JAdES",
            level=next((level for kind, level in _LEVELS.items() if kind in kinds), "B-B"),
            owner=owner_noted(file.header.certificates),
            claimed_at=file.header.signing_time,
        )
        return OpenedEnvelope("jades", file.payload, (note,), file)

    def examine(self, opened: OpenedEnvelope, *, trust: Trust, at: datetime) -> tuple[CheckResult, ...]:
        """Answer the checks `integrity` and `trust`.

        Args:
            opened: what `open` returned.
            trust: whom the verifier trusts.
            at: the time of verification (aware).
        """
        file = cast("jades.JadesFile", opened.content)
        found = jades.validate(file, trust=jades.Anchors(trust.anchors), at=at)
        return results(
            [finding_of(problem, place="jades") for problem in found.integrity],
            found.trust,
            chain=file.header.certificates,
            path=found.path,
            trust=trust,
            claimed_at=file.header.signing_time,
            place="jades",
        )


class PadesEnvelope(Envelope):
    """A certificate sealed with PAdES (EN 319 142-1), with a `.jsonld` inside."""

    def recognises(self, data: bytes) -> bool:
        """Say whether this begins as a PDF does, maybe after some white space."""
        return data[:1024].lstrip().startswith(b"%PDF-")

    def open(self, data: bytes) -> OpenedEnvelope:
        """Parse the PDF strictly and take out the one `.jsonld`.

        Raises:
            EnvelopeError: if it is too large, encrypted, damaged, or doesn't hold exactly one seal and one `.jsonld`.
        """
        file = pades.read(data)
        note = SealInfo(
            kind="PAdES", level="B-B", owner=owner_noted(chain_of(file)), claimed_at=file.claimed_at
        )
        return OpenedEnvelope("pades", file.attachment, (note,), file, payload_name=file.attachment_name)

    def examine(self, opened: OpenedEnvelope, *, trust: Trust, at: datetime) -> tuple[CheckResult, ...]:
        """Answer the checks `integrity` and `trust` for the seal of the PDF.

        Args:
            opened: what `open` returned.
            trust: whom the verifier trusts.
            at: the time of verification (aware).
        """
        file = cast("pades.PadesFile", opened.content)
        found = pades.examine(file)
        problems: tuple[jades.Problem, ...] = ()
        path: tuple[bytes, ...] = ()
        if not found.findings:
            anchors = jades.Anchors(trust.anchors)
            way = examine_path(
                found.chain, trust=anchors, signed_at=file.claimed_at, at=at, where="signature"
            )
            problems, path = way.problems, way.certificates
            if not vouched_for(found.chain, anchors=trust.anchors):
                problems = (_NOT_VOUCHED_FOR, *problems)
        return results(
            found.findings,
            problems,
            chain=found.chain,
            path=path,
            trust=trust,
            claimed_at=file.claimed_at,
            place="pdf",
        )
