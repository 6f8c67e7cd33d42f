"""What `mikrocert seal inspect` says of a file: its seals, JAdES or PAdES, with no question of trust."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

import attrs
from mikrocert.api import EnvelopeError, Message, Severity

from mikrocert_seal_ades import jades, pades
from mikrocert_seal_ades.jades.inspecting import inspect as inspected
from mikrocert_seal_ades.messages import message_of
from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.problems import problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from mikrocert.api import Say

    from mikrocert_seal_ades.jades import Document, JadesFile
    from mikrocert_seal_ades.pades import PadesFile
    from mikrocert_seal_ades.pki.problems import Problem
    from mikrocert_seal_ades.pki.stamps import Stamp

__all__ = ["Fault", "InspectedFile", "InspectedSeal", "InspectedStamp", "inspect", "to_json"]

_JUDGED: Final = frozenset(
    {
        "sigTst",
        "arcTst",
        "sigRTst",
        "rfsTst",
        "xVals",
        "axVals",
        "rVals",
        "arVals",
        "tstVD",
        "anyValData",
        "cSig",
    }
)
"""Kinds of what stands behind a signature that are inspected, so that nothing is left to say of their being there."""


@attrs.frozen
class Fault:
    """Something that is wrong, or that a reader should know.

    Args:
        code: stable, meant for programs.
        message: for people.
        where: path in the file.
        clause: of the standard that demands otherwise; empty where none does.
    """

    code: str
    message: Message
    where: str
    clause: str = ""


@attrs.frozen
class InspectedStamp:
    """A time stamp.

    Args:
        kind: as its container is called in the file, such as `sigTst`; `DTS` for one of a PDF.
        imprint: whether it is one of what it stands at; none where nobody can tell.
        signature: whether it is whole in itself; none where nobody can tell.
        time: when it was made (aware), as it says itself; none where it can't be read.
        policy: object identifier, dotted.
        unit: whose certificate made it.
    """

    kind: str
    imprint: bool | None
    signature: bool | None
    time: datetime | None
    policy: str | None
    unit: str | None

    @property
    def intact(self) -> bool | None:
        """Whether both hold; none where nobody can tell."""
        if False in {self.imprint, self.signature}:
            return False
        return None if None in {self.imprint, self.signature} else True


@attrs.frozen
class InspectedSeal:
    """A seal, or any other signature.

    Args:
        intact: whether what it covers is what was sealed; none where that isn't at hand.
        level: what was judged to be reached, such as B-LTA; `none` where not even B-B is.
        algorithm: name of the signature algorithm in RFC 7518.
        signing_time: as the seal claims (aware).
        signer: whose certificate made it.
        stamps: in the order of the file.
        errors: what is wrong.
        warnings: what a reader should know.
    """

    intact: bool | None
    level: str
    algorithm: str | None
    signing_time: datetime | None
    signer: str | None
    stamps: tuple[InspectedStamp, ...]
    errors: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


@attrs.frozen
class InspectedFile:
    """The seals of a file, and why others, or all, can't be read."""

    seals: tuple[InspectedSeal, ...]
    errors: tuple[Fault, ...] = ()


def inspect(data: bytes, documents: Sequence[Document] = ()) -> InspectedFile:
    """Return what is to be said of a file, whatever it is.

    Args:
        data: a JAdES file in any serialization, or a PDF.
        documents: those that it refers to, where what it covers is outside.
    """
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return _pdf(data)
    try:
        reading = jades.parse_all(data)
    except jades.UnreadableError as error:
        return InspectedFile((), _faults(error.problems))
    return InspectedFile(
        tuple(_json(file, documents=documents) for file in reading.files), _faults(reading.problems)
    )


def _json(file: JadesFile, *, documents: Sequence[Document]) -> InspectedSeal:
    found = inspected(file, documents=documents)
    problems = [one for one in found.problems if not _said_otherwise(one)]
    if not file.canonical and file.serialization != "compact":
        problems.append(problem("not-canonical"))
    return InspectedSeal(
        intact=found.intact,
        level=found.level,
        algorithm=file.header.alg,
        signing_time=file.header.signing_time,
        signer=_called(found.chain[0] if found.chain else None),
        stamps=_stamps(found.stamps),
        errors=_faults(one for one in problems if one.severity == "error"),
        warnings=_faults(one for one in problems if one.severity in {"undetermined", "warning"}),
    )


def _said_otherwise(one: Problem) -> bool:
    return one.code == "unsigned-present" and one.where.rpartition(".")[2] in _JUDGED


def _pdf(data: bytes) -> InspectedFile:
    try:
        files = pades.read_all(data)
    except EnvelopeError as error:
        return InspectedFile(
            (),
            tuple(
                Fault(finding.code, finding.message, finding.path)
                for finding in error.findings
                if finding.severity is Severity.ERROR
            ),
        )
    return InspectedFile(tuple(map(_seal_of_pdf, files)))


def _seal_of_pdf(file: PadesFile) -> InspectedSeal:
    found = pades.inspect(file)
    return InspectedSeal(
        intact=found.intact if found.chain else None,
        level=found.level,
        algorithm=pades.algorithm_of(file) or None,
        signing_time=file.claimed_at,
        signer=_called(found.chain[0] if found.chain else None),
        stamps=_stamps(found.stamps),
        errors=_faults(one for one in found.problems if one.severity == "error"),
        warnings=_faults(one for one in found.problems if one.severity in {"undetermined", "warning"}),
    )


def _stamps(stamps: Iterable[Stamp]) -> tuple[InspectedStamp, ...]:
    return tuple(
        InspectedStamp(
            stamp.kind, stamp.imprint, stamp.signature, stamp.time, stamp.policy, _called(stamp.unit)
        )
        for stamp in stamps
    )


def _called(certificate: bytes | None) -> str | None:
    if certificate is None:
        return None
    try:
        return x509.called(certificate) or None
    except CertificateError:
        return None


def _faults(problems: Iterable[Problem]) -> tuple[Fault, ...]:
    return tuple(Fault(one.code, message_of(one), one.where, one.clause) for one in problems)


def to_json(file: InspectedFile, say: Say) -> Mapping[str, object]:
    """Return what was found as `mikrocert seal inspect --json` prints it.

    Args:
        file: what was found.
        say: writes in the language of the reader.
    """
    return {
        "signatures": [_seal_to_json(seal, say) for seal in file.seals],
        "errors": _faults_to_json(file.errors, say),
    }


def _seal_to_json(seal: InspectedSeal, say: Say) -> Mapping[str, object]:
    return {
        "intact": seal.intact,
        "level": seal.level,
        "algorithm": seal.algorithm,
        "signing_time": _time(seal.signing_time),
        "signer": seal.signer,
        "timestamps": [
            {
                "kind": stamp.kind,
                "intact": stamp.intact,
                "imprint": stamp.imprint,
                "signature": stamp.signature,
                "time": _time(stamp.time),
                "policy": stamp.policy,
                "unit": stamp.unit,
            }
            for stamp in seal.stamps
        ],
        "errors": _faults_to_json(seal.errors, say),
        "warnings": _faults_to_json(seal.warnings, say),
    }


def _faults_to_json(faults: Iterable[Fault], say: Say) -> list[Mapping[str, str | None]]:
    return [
        {"code": one.code, "message": say(one.message), "where": one.where, "clause": one.clause or None}
        for one in faults
    ]


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
