"""Judge a signature that was read, with all that it carries, and with no question of trust: is it intact, of which level?

The steps, by number:

1. structure: what `reading` found (ETSI TS 119 182-1, 5 and 6);
2. signer: the one certificate that the protected header names by digest (5.2.2);
3. signature: over the protected header and the payload, with the signer's key (RFC 7515, 5.2; RFC 7797);
4. what is carried: each certificate, list of revoked ones and OCSP response by itself (`carried`);
5. time stamps: what each covers (`imprints`), and whether it is whole (`timestamps`);
6. counter-signatures: each over this signature (5.3.2);
7. level: what of all this was found to hold (6.3).

1 to 3 say whether the signature is intact. A fault in 4 to 6 leaves it so, and is an error all the same.
Nothing is fetched; an exception of a library is a finding.

Levels, each only with what the one before has: B-B, an intact baseline signature; B-T, an intact `sigTst`; B-LT, the certificates of
signer, issuer and time-stamp unit, and whole revocation data about the signer; B-LTA, an intact
`arcTst` that covers these. Whether revocation data are fresh enough is a question of trust.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from mikrocert_seal_ades.jades import imprints
from mikrocert_seal_ades.jades.detached import Document, resolve
from mikrocert_seal_ades.jades.errors import UnreadableError
from mikrocert_seal_ades.jades.header import DIGESTS, CertificateDigest
from mikrocert_seal_ades.jades.http_messages import HttpMessage
from mikrocert_seal_ades.jades.imprints import CLAUSES, Digester, Pieces, TimeStamped
from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, is_low, verify, widened
from mikrocert_seal_ades.pki.carried import Carried, Placed
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.problems import Problem, phrase, problem
from mikrocert_seal_ades.pki.stamps import (
    PlacedToken,
    ReadToken,
    Stamp,
    examine_order,
    examine_token,
    read_token,
)

if TYPE_CHECKING:
    from mikrocert_seal_ades.jades.reading import JadesFile
    from mikrocert_seal_ades.jades.unsigned import Unsigned

Level: TypeAlias = Literal["none", "B-B", "B-T", "B-LT", "B-LTA"]

MOST_STAMPS: Final = 100
"""The most time stamps that are examined."""

_REFERENCES: Final = frozenset(("xRefs", "rRefs", "axRefs", "arRefs", "sigRTst", "rfsTst"))
_DOUBTS: Final = frozenset(
    ("issuer-not-at-hand", "responder-not-at-hand", "timestamp-spelled", "timestamp-foreign")
)
_DEEPEST: Final = 3


@attrs.frozen
class Inspection:
    """What was found out about one signature.

    `structure` are the faults of form, `signature` those of signer and signature, `evidence` those of all that is carried beside.
    `intact` is None where what was signed is not at hand. `chain` are the DER certificates that the seal carries, the signer's
    first; empty where the signer is not identified. `carried` is all that there is to validate with.
    """

    intact: bool | None
    level: Level
    stamps: tuple[Stamp, ...]
    structure: tuple[Problem, ...]
    signature: tuple[Problem, ...]
    evidence: tuple[Problem, ...]
    carried: Carried = attrs.field(repr=False, eq=False)
    chain: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    others: tuple[bytes, ...] = attrs.field(default=(), repr=False)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All of them."""
        return self.structure + self.signature + self.evidence


def inspect(file: "JadesFile", *, documents: Sequence[Document] | HttpMessage = ()) -> Inspection:
    """Return what is to be said of `file`.

    `documents` may be those that it refers to, or the HTTP message, where its content is outside. Raises nothing: every failure of a library is a
    problem.
    """
    return _inspected(file, documents=documents, depth=0)


def _inspected(file: "JadesFile", *, documents: Sequence[Document] | HttpMessage, depth: int) -> Inspection:
    structure, content = file.problems, None  # 1
    signer, signature = _signer(file)  # 2
    at_hand = verifiable = True
    digests = file.header.certificate_digests
    if signer is not None and not signature and not all(_matches(signer, one) for one in digests):
        structure += (problem("certificate-reference-ambiguous"),)
    if "sigD" in file.header.names and any(one.code == "payload-detached" for one in structure):
        resolved = resolve(file, documents=documents)
        content, at_hand, verifiable = (
            resolved.content,
            resolved.at_hand,
            resolved.signed is not None,
        )
        structure = tuple(one for one in structure if one.code != "payload-detached")
        structure += tuple(one for one in resolved.problems if one.severity != "error")
        signature += tuple(one for one in resolved.problems if one.severity == "error")
        file = attrs.evolve(file, signing_input=file.signing_input + (resolved.signed or b""))
    elif "sigD" in file.header.names:
        at_hand = False
    if signer is not None and verifiable and not _failed(signature):
        signature += _signature(file, signer=signer)  # 3
    chain = () if signer is None else (signer, *file.header.certificates[1:])
    good = signer is not None and not _failed(signature)
    intact = None if good and not at_hand else good
    stamped = imprints.time_stamped(file, content=content)
    tokens = [read_token(one) for one in islice(_tokens(stamped), MOST_STAMPS)]
    carried = _carried(file, tokens=tokens)  # 4
    evidence = [*carried.problems]
    examined = [examine_token(one, carried=carried) for one in tokens]  # 5
    stamps = [stamp for stamp, _ in examined]
    evidence += (fault for _, faults in examined for fault in faults)
    evidence += examine_order(stamps)
    evidence += _counted(file, stamped)
    evidence += _counter_signatures(file, depth=depth)  # 6
    evidence += _revoked(carried, chain[:1])
    evidence += _uncovered(file, stamps)
    evidence += _references(file)
    evidence = _without_doubts(evidence, file=file, stamps=stamps)
    level: Level = "none"
    if intact and not _failed(structure):
        level = _level(file, signer=chain[0], stamps=stamps, carried=carried)  # 7
    others = tuple(octets for entry in file.unsigned for octets in entry.certificates)
    return Inspection(
        intact, level, tuple(stamps), structure, signature, tuple(evidence), carried, chain, others
    )


def _failed(problems: Iterable[Problem]) -> bool:
    return any(one.severity == "error" for one in problems)


def _signer(file: "JadesFile") -> tuple[bytes | None, tuple[Problem, ...]]:
    """Return the certificate that the digests name: the first of `x5c`, or without `x5c` one of those in `etsiU`."""
    header = file.header
    candidates = header.certificates[:1]
    if "x5c" not in header.names:
        candidates = tuple(certificate for entry in file.unsigned for certificate in entry.certificates)
    for candidate in candidates:
        others = [digest for digest in header.certificate_digests if not _matches(candidate, digest)]
        if len(others) == len(header.certificate_digests):
            continue
        strange = [one for one in others if not any(_matches(c, one) for c in header.certificates)]
        return candidate, (problem("certificate-reference-mismatch"),) if strange else ()
    return None, (problem("signer-unidentified"),)


def _matches(certificate: bytes, digest: CertificateDigest) -> bool:
    return hashlib.new(DIGESTS[digest.digAlg][0], certificate).digest() == digest.digVal


def _signature(file: "JadesFile", *, signer: bytes) -> tuple[Problem, ...]:
    if file.header.alg is None:
        return (problem("signature-not-checked"),)
    try:
        public_key = x509.public_key(signer)
    except CertificateError as fault:
        return fault.problems
    algorithm = ALGORITHMS[file.header.alg]
    signature = widened(file.signature, algorithm=algorithm)
    wrong = verify(file.signing_input, signature=signature, algorithm=algorithm, public_key=public_key)
    if wrong:
        return (wrong,)
    found: list[Problem] = []
    if signature != file.signature:
        found.append(problem("signature-narrow", count=len(file.signature), expected=len(signature)))
    if not is_low(signature, algorithm=algorithm):
        found.append(problem("signature-high"))
    return tuple(found)


def _tokens(stamped: Sequence[TimeStamped]) -> Iterator[PlacedToken]:
    digester = Digester()
    for container in stamped:
        pieces = container.pieces
        digest = None if pieces is None else partial(_digest, digester, pieces)
        for index, octets in enumerate(container.tokens):
            where = f"{container.where}.tstTokens[{index}]"
            problems = () if container.problem is None else (attrs.evolve(container.problem, where=where),)
            yield PlacedToken(container.kind, where, octets, digest, problems, clause=CLAUSES[container.kind])


def _digest(digester: Digester, pieces: Pieces, algorithm: str) -> bytes:
    return digester.digest(pieces, algorithm=algorithm)


def _carried(file: "JadesFile", *, tokens: Sequence[ReadToken]) -> Carried:
    x5c = f"{file.where}.protected.x5c" if file.where else "protected.x5c"
    certificates = [
        Placed(f"{x5c}[{i}]", one, covered=True) for i, one in enumerate(file.header.certificates)
    ]
    lists: list[Placed] = []
    responses: list[Placed] = []
    for entry in file.unsigned:
        certificates += [Placed(*one) for one in entry.values.certificates]
        lists += [Placed(*one) for one in entry.values.lists]
        responses += [Placed(*one) for one in entry.values.responses]
    for read in tokens:
        if read.token is not None:
            certificates += [Placed(read.placed.where, one) for one in read.token.certificates]
            lists += [Placed(read.placed.where, one) for one in read.token.lists]
    return Carried(certificates, lists=lists, responses=responses)


def _counted(file: "JadesFile", stamped: Sequence[TimeStamped]) -> Iterator[Problem]:
    count = sum(len(container.tokens) for container in stamped)
    if count > MOST_STAMPS:
        yield problem("timestamps-many", where=file.where, count=count, most=MOST_STAMPS)
    for container in stamped:
        if container.kind == "sigTst" and len(container.tokens) > 1:
            yield problem("timestamps-together", where=container.where, count=len(container.tokens))


def _counter_signatures(file: "JadesFile", *, depth: int) -> Iterator[Problem]:
    from mikrocert_seal_ades.jades.reading import parse_countersignature  # noqa: PLC0415  each reads the other

    for entry in file.unsigned:
        if not entry.counter_signature:
            continue
        if depth == _DEEPEST:
            yield problem("values-not-judged", where=entry.where)
            continue
        try:
            other = parse_countersignature(entry.counter_signature, of=file)
        except UnreadableError as fault:
            yield from _broken(fault.problems, where=entry.where)
            continue
        found = _inspected(other, documents=(), depth=depth + 1)
        faults = [one for one in found.problems if one.severity == "error"]
        if faults or not found.intact:
            yield from _broken(faults, where=entry.where)
        else:
            yield problem("counter-signature", where=entry.where, name=x509.called(found.chain[0]))


def _broken(faults: Iterable[Problem], *, where: str) -> Iterator[Problem]:
    for fault in faults:
        reason = phrase(fault.text, **fault.parameters)
        yield problem("counter-signature-broken", where=where, reason=reason)


def _revoked(carried: Carried, certificates: Sequence[bytes]) -> Iterator[Problem]:
    for certificate in certificates:
        for one in carried.statuses(certificate):
            if one.status == "revoked" and one.revoked_at is not None:
                name = x509.called(certificate)
                yield problem("revocation-found", where=one.where, name=name, time=one.revoked_at)


def _uncovered(file: "JadesFile", stamps: Sequence[Stamp]) -> Iterator[Problem]:
    """Yield the entries behind the last archive time stamp, where there is one: everybody can add such."""
    from mikrocert_seal_ades.jades.unsigned import called  # noqa: PLC0415  as above

    archived = _archived(file, stamps)
    if archived is not None:
        for entry in file.unsigned[archived + 1 :]:
            yield problem("unsigned-uncovered", where=entry.where, what=called(entry.kind), size=entry.size)


def _without_doubts(
    evidence: Sequence[Problem], *, file: "JadesFile", stamps: Sequence[Stamp]
) -> list[Problem]:
    """Leave out what can't be told of octets that an intact archive time stamp covers: these are as they were then."""
    archived = _archived(file, stamps) or 0
    covered = _within(file.unsigned[:archived])
    return [one for one in evidence if not (one.code in _DOUBTS and one.where.startswith(covered))]


def _references(file: "JadesFile") -> Iterator[Problem]:
    for entry in file.unsigned:
        if entry.kind in _REFERENCES:
            yield problem("references-not-baseline", where=entry.where)


def _archived(file: "JadesFile", stamps: Sequence[Stamp]) -> int | None:
    """Return the place among the entries of the last intact archive time stamp."""
    intact = {stamp.where for stamp in stamps if stamp.kind == "arcTst" and stamp.intact}
    places = [
        index
        for index, entry in enumerate(file.unsigned)
        if any(where.startswith(_within([entry])) for where in intact)
    ]
    return places[-1] if places else None


def _within(entries: Iterable["Unsigned"]) -> tuple[str, ...]:
    """Return what the paths of all that is in `entries` begin with."""
    return tuple(f"{entry.where}{mark}" for entry in entries for mark in ".[")


def _level(file: "JadesFile", *, signer: bytes, stamps: Sequence[Stamp], carried: Carried) -> Level:
    stamped = [stamp for stamp in stamps if stamp.kind == "sigTst" and stamp.intact]
    if not stamped:
        return "B-B"
    if any(entry.kind in _REFERENCES for entry in file.unsigned):
        return "B-T"
    if not _validated(signer, stamped[0], carried=carried, entries=file.unsigned):
        return "B-T"
    archived = _archived(file, stamps)
    if archived is None or not _validated(
        signer, stamped[0], carried=carried, entries=file.unsigned[:archived]
    ):
        return "B-LT"
    return "B-LTA"


def _validated(signer: bytes, stamp: Stamp, *, carried: Carried, entries: Sequence["Unsigned"]) -> bool:
    """Return whether the unit is at hand and `entries` have whole revocation data that know the signer, whose issuer is at hand then."""
    places = _within(entries)
    if stamp.unit is None:
        return False
    return carried.is_root(signer) or any(
        status.where.startswith(places) and status.status != "unknown" for status in carried.statuses(signer)
    )
