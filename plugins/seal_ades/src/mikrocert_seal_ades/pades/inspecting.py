"""Judge the seal of a PDF that was read, with all that it carries, and with no question of trust: is every octet as it was sealed?

The steps, by number:

0. content: beside its pages the PDF holds nothing that acts, hides or can be filled in (`content`);
1. coverage: the byte range begins with the file, ends with what was sealed and leaves out the signature and nothing else
   (ISO 32000-2, 12.8.1);
2. the signature as octets: hexadecimal in one case, CMS written in one way, zeros behind it;
3. the digest of the covered octets is the signed one;
4. the seal certificate is the one that the signed attributes name by digest;
5. the signature fits;
6. every other certificate belongs to the seal certificate's chain and is itself signed by the next one, the root by
   itself;
7. whatever could be written otherwise without a seal noticing is written as it is here; else a warning says so;
8. what stands behind the seal may stand there (`revisions`);
9. what is carried: each certificate, list of revoked ones and OCSP response by itself (`carried`);
10. time stamps: what each covers, and whether it is whole (`timestamps`);
11. level: what of all this was found to hold (EN 319 142-1, 6).

1 to 7 leave no bit of a file of level B-B that could be changed unnoticed, unless the chain is there without its root: then it
takes an anchor to vouch for the last certificate, which is a matter of trust. A document time stamp covers all before it.

Levels, each only with what the one before has: B-B, an intact seal; B-T, an intact time stamp of the signature or of the
document; B-LT, the certificate of who made it and whole revocation data about the signer; B-LTA, an intact document time
stamp that covers these. Whether revocation data are fresh enough is a question of trust.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import attrs

from mikrocert_seal_ades.pades import attributes, cms
from mikrocert_seal_ades.pades.cms import CmsError, refuse, sequence_of, tlv
from mikrocert_seal_ades.pades.revisions import CHANGED
from mikrocert_seal_ades.pki import stamps, x509
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, is_low, verify
from mikrocert_seal_ades.pki.carried import Carried, Placed
from mikrocert_seal_ades.pki.chains import chain_of as chain_from
from mikrocert_seal_ades.pki.problems import Phrase, Problem, phrase, problem, reason_of, sub_indication_of
from mikrocert_seal_ades.pki.x509 import asn1crypto

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mikrocert_seal_ades.pades.cms import SignedData
    from mikrocert_seal_ades.pades.reading import PadesFile
    from mikrocert_seal_ades.pades.revisions import DocumentStamp, Revision
    from mikrocert_seal_ades.pki.stamps import Stamp

__all__ = [
    "Inspection",
    "algorithm_of",
    "chain_of",
    "claims_root",
    "inspect",
    "is_as_sealed",
    "place_of",
    "signature_digest",
]

Level: TypeAlias = Literal["none", "B-B", "B-T", "B-LT", "B-LTA"]

_DIGESTS: Final = frozenset({"sha256", "sha384", "sha512"})
_SUB_FILTER: Final = "/ETSI.CAdES.detached"
_HEXADECIMAL: Final = re.compile(rb"<(?:[0-9A-F]*|[0-9a-f]*)>")
_LOWER: Final = re.compile(rb"[a-f]")
_WHERE: Final = "signature"
_DOUBTS: Final = frozenset(
    ("issuer-not-at-hand", "responder-not-at-hand", "timestamp-spelled", "timestamp-foreign")
)


@attrs.frozen
class Inspection:
    """What was found out about the seal of a PDF.

    Args:
        intact: whether what it covers is what was sealed.
        level: what was judged to be reached.
        stamps: all time stamps, in the order in which they were added.
        structure: faults of form, and of what stands behind the seal.
        signature: faults of signer and signature.
        evidence: faults of all that is carried beside.
        chain: DER, the certificates from the seal certificate upwards; none where it isn't identified.
        others: DER, the certificates that are carried beside.
        carried: what is carried beside, judged; none where nothing is.
    """

    intact: bool
    level: Level
    stamps: tuple[Stamp, ...]
    structure: tuple[Problem, ...]
    signature: tuple[Problem, ...]
    evidence: tuple[Problem, ...]
    chain: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    others: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    carried: Carried | None = attrs.field(default=None, repr=False)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All of them."""
        return self.structure + self.signature + self.evidence


def chain_of(file: PadesFile) -> tuple[bytes, ...]:
    """Return the certificates of a seal in order, the seal certificate first; none where they can't be read."""
    try:
        return _chain(file.signed_data)
    except CmsError:
        return ()


def algorithm_of(file: PadesFile) -> str:
    """Return the name in RFC 7518 of the algorithm of the seal; empty where it can't be read."""
    try:
        return file.signed_data.algorithm_name
    except CmsError:
        return ""


def is_as_sealed(file: PadesFile) -> bool:
    """Return whether the seal covers the file, and what it covers is what was sealed, whoever sealed it."""
    try:
        signed_data = file.signed_data
        digests = _digests(file, signed_data, attributes.read(signed_data))
        wrong = (*_coverage(file), *digests, *_signature(signed_data))
    except Exception:  # noqa: BLE001  as in `inspect`
        return True
    return not any(found.severity == "error" for found in wrong)


def inspect(file: PadesFile) -> Inspection:
    """Return what is to be said of the seal of a PDF.

    Raises nothing: what a library raises is a problem of severity `error`.

    Args:
        file: the PDF, as it was read.
    """
    structure: list[Problem] = []
    signature: list[Problem] = []
    chain: tuple[bytes, ...] = ()
    carried = _Carried((), ())
    try:
        structure += file.content_problems  # 0
        structure += _coverage(file)  # 1, 2
        signed_data = file.signed_data  # 2
        chain = _chain(signed_data)
        signed_attributes = attributes.read(signed_data)
        signature += _digests(file, signed_data, signed_attributes)  # 3, 4
        signature += _signature(signed_data)  # 5
        signature += _certificates(signed_data, chain)  # 6
        signature += _forms(signed_data, signed_attributes)  # 7
        structure += file.later.problems  # 8
        if signed_data.tokens or file.later.revisions:
            carried = _carried(file, signed_data, signed_attributes)  # 9, 10
    except CmsError as error:
        structure.append(_wrong("seal-malformed", error.reason))
    except Exception as error:  # noqa: BLE001  a library that stumbles over a hostile file must not stop the report
        reason = reason_of(error)
        structure.append(
            _wrong(
                "seal-malformed", phrase("The seal in the PDF can't be verified: {reason}.", reason=reason)
            )
        )
    covered = [one for one in structure if one not in file.content_problems]
    intact = bool(chain) and not _failed((*covered, *signature))
    level: Level = "none"
    if intact and not _failed(structure):
        level = _level(file, chain[0], carried=carried)  # 11
    evidence = _evidence(file, carried, chain=chain, level=level)
    others = tuple(one.octets for revision in file.later.revisions for one in revision.certificates)
    return Inspection(
        intact,
        level,
        carried.stamps,
        tuple(structure),
        tuple(signature),
        tuple(evidence),
        chain,
        others,
        carried.values,
    )


def _failed(problems: Iterable[Problem]) -> bool:
    return any(one.severity == "error" for one in problems)


@attrs.frozen
class _Carried:
    """What is carried beside the signature, judged."""

    stamps: tuple[Stamp, ...]
    problems: tuple[Problem, ...]
    values: Carried | None = None


def _carried(file: PadesFile, signed_data: SignedData, signed: attributes.SignedAttributes) -> _Carried:
    tokens = [stamps.read_token(placed) for placed in _placed(file, signed_data)]
    revisions = file.later.revisions
    certificates = [
        Placed(f"{_WHERE}.certificates[{index}]", one, covered=_names(signed, one))
        for index, one in enumerate(signed_data.certificates)
    ]
    certificates += [one for revision in revisions for one in revision.certificates]
    lists = [one for revision in revisions for one in revision.lists]
    for one in tokens:
        if one.token is not None:
            certificates += [Placed(one.placed.where, octets) for octets in one.token.certificates]
            lists += [Placed(one.placed.where, octets) for octets in one.token.lists]
    responses = [one for revision in revisions for one in revision.responses]
    values = Carried(certificates, lists=lists, responses=responses)
    examined = [stamps.examine_token(one, carried=values) for one in tokens]
    found = tuple(stamp for stamp, _ in examined)
    problems = (*values.problems, *(one for _, faults in examined for one in faults))
    return _Carried(found, (*problems, *stamps.examine_order(found)), values)


def _placed(file: PadesFile, signed_data: SignedData) -> Iterable[stamps.PlacedToken]:
    """Return the time stamps in the order in which they were added."""
    for index, token in enumerate(signed_data.tokens):
        yield stamps.PlacedToken(
            "sigTst",
            f"{_WHERE}.sigTst[{index}]",
            token,
            lambda algorithm: signature_digest(signed_data, algorithm=algorithm),
        )
    prefixes = _Prefixes(file.data)
    for number, revision in enumerate(file.later.revisions):
        if revision.stamp is not None:
            where = place_of(number)
            problems, token = _stamp(file.data, revision.stamp, end=revision.end, where=where)
            yield stamps.PlacedToken(
                "DTS", where, token, prefixes.over(revision.stamp.byte_range), tuple(problems)
            )


def place_of(number: int) -> str:
    """Return the path of a revision behind the seal, the first of which is 0."""
    return f"revision[{number}]"


def signature_digest(signed_data: SignedData, *, algorithm: str) -> bytes:
    """Return the digest of what a time stamp of the signature covers (EN 319 122-1, 5.3)."""
    return hashlib.new(algorithm, signed_data.signature).digest()


class _Prefixes:
    """Digests the first octets of a file up to ever later ends without digesting the beginning again."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._states: dict[str, tuple[int, Any]] = {}

    def over(self, byte_range: tuple[int, ...]) -> Any:  # noqa: ANN401  a function that `stamps` types
        """Return the function from the name of an algorithm to the digest of what a byte range covers."""
        _, before, after, length = byte_range

        def digest(algorithm: str) -> bytes:
            done, state = self._states.get(algorithm, (0, hashlib.new(algorithm)))
            if done > before:
                done, state = 0, hashlib.new(algorithm)
            state.update(self._data[done:before])
            self._states[algorithm] = (before, state)
            whole = state.copy()
            whole.update(self._data[after : after + length])
            return bytes(whole.digest())

        return digest


def _stamp(data: bytes, stamp: DocumentStamp, *, end: int, where: str) -> tuple[list[Problem], bytes]:
    """Return what is wrong with the place of a document time stamp, and its token."""
    match stamp.byte_range:
        case (0, before, after, length) if 0 < before < after and after + length == end:
            problems = _gap(data[before:after], stamp.contents, where=where)
        case _:
            wrong = phrase("The time stamp doesn't cover all of the PDF that was there before it.")
            problems = [_wrong("not-covered", wrong, where=where)]
    try:
        return problems, cms.first(stamp.contents)
    except CmsError as error:
        return [*problems, _wrong("timestamp-malformed", error.reason, where=where)], stamp.contents


def _evidence(file: PadesFile, carried: _Carried, *, chain: Sequence[bytes], level: Level) -> list[Problem]:
    """Return all that is wrong with what is carried, but for doubts about what a document time stamp covers: that is as it was then."""
    archived = _archived(file, carried.stamps)
    covered = tuple(f"{place_of(number)}." for number in range(archived or 0)) + (
        () if archived is None else (f"{_WHERE}.", *map(place_of, range(archived)))
    )
    found = [one for one in carried.problems if not (one.code in _DOUBTS and one.where.startswith(covered))]
    if carried.values is not None:
        found += _revoked(carried.values, chain[:1])
    if archived is not None and level == "B-LTA":
        for number, revision in enumerate(file.later.revisions[archived + 1 :], start=archived + 1):
            values = _values(revision)
            size = sum(len(one.octets) for one in values)
            what = phrase("certificates and revocation data")
            found.append(problem("unsigned-uncovered", where=place_of(number), what=what, size=size))
    return found


def _values(revision: Revision) -> tuple[Placed, ...]:
    return (*revision.certificates, *revision.lists, *revision.responses)


def _revoked(values: Carried, certificates: Sequence[bytes]) -> Iterable[Problem]:
    for certificate in certificates:
        for one in values.statuses(certificate):
            if one.status == "revoked" and one.revoked_at is not None:
                name = x509.called(certificate)
                yield problem("revocation-found", where=one.where, name=name, time=one.revoked_at)


def _archived(file: PadesFile, found: Sequence[Stamp]) -> int | None:
    """Return the last revision that adds an intact document time stamp, none where there is none."""
    intact = {stamp.where for stamp in found if stamp.kind == "DTS" and stamp.intact}
    numbers = [number for number in range(len(file.later.revisions)) if place_of(number) in intact]
    return numbers[-1] if numbers else None


def _level(file: PadesFile, signer: bytes, *, carried: _Carried) -> Level:
    good = [stamp for stamp in carried.stamps if stamp.intact]
    if not good or carried.values is None:
        return "B-B"
    count = len(file.later.revisions)
    if not _validated(signer, good[0], values=carried.values, revisions=count):
        return "B-T"
    archived = _archived(file, carried.stamps) or 0
    # The stamp that proves when the signature was there is no archive of what came after it.
    lasting = _validated(signer, good[0], values=carried.values, revisions=archived)
    return "B-LTA" if lasting else "B-LT"


def _validated(signer: bytes, stamp: Stamp, *, values: Carried, revisions: int) -> bool:
    """Return whether the unit is at hand and so many revisions have whole revocation data that know the signer."""
    if stamp.unit is None:
        return False
    places = tuple(f"{place_of(number)}." for number in range(revisions))
    if values.is_root(signer):
        return bool(places)
    return any(one.where.startswith(places) and one.status != "unknown" for one in values.statuses(signer))


def _coverage(file: PadesFile) -> list[Problem]:
    problems: list[Problem] = []
    if file.sub_filter != _SUB_FILTER:
        problems.append(
            _wrong(
                "not-pades",
                phrase(
                    "The signature in the PDF is no PAdES seal (its kind is {sub_filter}; {sub_filter2} is right).",
                    sub_filter=file.sub_filter,
                    sub_filter2=_SUB_FILTER,
                ),
            )
        )
    size = len(file.sealed)
    match file.byte_range:
        case (0, before, after, length) if 0 < before < after <= size and after + length == size:
            return [*problems, *_gap(file.sealed[before:after], file.contents, where=_WHERE)]
        case (0, before, after, length) if 0 < before < after <= size and 0 <= length < size - after:
            rest = size - after - length
            return [
                *problems,
                _wrong(
                    CHANGED,
                    phrase("Someone appended {rest} octets to the PDF after it was sealed.", rest=rest),
                ),
            ]
        case _:
            return [
                *problems,
                _wrong(
                    "not-covered",
                    phrase("The seal doesn't cover the whole PDF."),
                ),
            ]


def _gap(gap: bytes, contents: bytes, *, where: str) -> list[Problem]:
    """Return what is wrong with what a byte range leaves out."""
    if (
        len(gap) % 2
        or not _HEXADECIMAL.fullmatch(gap)
        or bytes.fromhex(gap[1:-1].decode("ascii")) != contents
    ):
        wrong = phrase(
            "The place that the seal leaves out of the PDF holds something else than the seal itself."
        )
        return [_wrong("gap", wrong, where=where)]
    return [problem("hexadecimal-lower", where=where)] if _LOWER.search(gap) else []


def _digests(file: PadesFile, signed_data: SignedData, signed: attributes.SignedAttributes) -> list[Problem]:
    problems: list[Problem] = []
    digest = hashlib.new(cms.DIGESTS[signed_data.digest])
    view = memoryview(file.sealed)
    for start, length in zip(file.byte_range[::2], file.byte_range[1::2], strict=False):
        digest.update(view[max(start, 0) : max(start, 0) + max(length, 0)])
    if not hmac.compare_digest(digest.digest(), signed.message_digest):
        problems.append(
            _wrong(
                "digest-mismatch",
                phrase("The digest of the PDF's content doesn't fit the seal."),
            )
        )
    name, reference = next(iter(signed.certificate_digests), ("none", b""))
    if name not in _DIGESTS or hashlib.new(name, signed_data.signer).digest() != reference:
        problems.append(
            _wrong(
                "certificate-mismatch",
                phrase("The certificate in the seal isn't the one that the signed attributes refer to."),
            )
        )
    return problems


def _signature(signed_data: SignedData) -> list[Problem]:
    algorithm = ALGORITHMS[signed_data.algorithm_name]
    signature = signed_data.signature
    if algorithm.kind == "ECDSA":
        signature = _side_by_side(signature, size=algorithm.coordinate)
    wrong = verify(
        signed_data.signing_input,
        signature=signature,
        algorithm=algorithm,
        public_key=x509.public_key(signed_data.signer),
    )
    if wrong is None:
        low = is_low(signature, algorithm=algorithm)
        return [] if low else [problem("signature-high", where=_WHERE)]
    if wrong.code == "signature-invalid":
        return [_wrong(wrong.code, phrase("The signature in the PDF's seal doesn't fit."))]
    return [_wrong(wrong.code, phrase(wrong.text, **wrong.parameters))]


def _side_by_side(signature: bytes, *, size: int) -> bytes:
    """Return the r and s of a DER sequence as JWS writes them; the DER has to be the one way of writing them."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature  # noqa: PLC0415

    r, s = decode_dss_signature(signature)
    if encode_dss_signature(r, s) != signature:
        refuse(phrase("The signature isn't written in DER."))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _chain(signed_data: SignedData) -> tuple[bytes, ...]:
    """Return the embedded certificates from the seal certificate upwards, as far as they lead."""
    return chain_from(signed_data.signer, among=signed_data.certificates)


def _certificates(signed_data: SignedData, chain: tuple[bytes, ...]) -> list[Problem]:
    problems: list[Problem] = []
    foreign = len(signed_data.certificates) - len(chain)
    if foreign:
        problems.append(
            _wrong(
                "foreign-certificates",
                phrase(
                    "The seal holds certificates that don't belong to its chain: {foreign}.", foreign=foreign
                ),
            )
        )
    top = chain[-1]
    if len(chain) > 1 and claims_root(top) and not x509.issued(top, by=top):
        problems.append(
            _wrong(
                "foreign-certificates",
                phrase("The root certificate in the seal isn't the one that its issuer made."),
            )
        )
    if not all(_canonical(certificate) for certificate in chain[1:]):
        problems.append(
            _wrong(
                "certificate-malformed",
                phrase("A certificate in the seal is written otherwise than it was issued."),
            )
        )
    return problems


def _forms(signed_data: SignedData, signed: attributes.SignedAttributes) -> list[Problem]:
    problems: list[Problem] = []
    certificates = signed_data.certificates
    if tuple(sorted(certificates)) != certificates:
        problems.append(problem("certificates-reordered", where=_WHERE))
    named = sum(_names(signed, certificate) for certificate in certificates)
    if not named == len(certificates) == len(signed.certificate_digests):
        problems.append(problem("certificates-unnamed", where=_WHERE, named=named, count=len(certificates)))
    if not signed_data.spelled_as_written:
        problems.append(problem("algorithms-spelled", where=_WHERE))
    return problems


def _names(signed: attributes.SignedAttributes, certificate: bytes) -> bool:
    """Return whether the signed attributes refer to a certificate."""
    return any(
        name in _DIGESTS and hashlib.new(name, certificate).digest() == digest
        for name, digest in signed.certificate_digests
    )


def claims_root(certificate: bytes) -> bool:
    """Return whether a certificate of an authority is meant to be its own issuer, by its names or by its key identifiers.

    Either will do, so that a change of one of them can't make a root look like something that nobody at hand issued.
    """
    parsed = x509.parse(certificate)
    issuer_key = parsed.authority_key_identifier
    return parsed.issuer.dump() == parsed.subject.dump() or issuer_key in {None, parsed.key_identifier}


def _canonical(certificate: bytes) -> bool:
    """Return whether what stands around the signed part of a certificate is written in the one way of DER."""
    parsed: Any = asn1crypto("x509").Certificate.load(certificate, strict=True)
    tbs, signature = parsed["tbs_certificate"], parsed["signature_value"]
    inner = tbs["signature"].dump()
    return certificate == sequence_of(tbs.dump(), inner, tlv(0x03, b"\x00", signature.contents[1:]))


def _wrong(code: str, reason: Phrase, *, where: str = _WHERE) -> Problem:
    return Problem(
        code, "error", where, reason.text, reason.parameters, sub_indication=sub_indication_of(code)
    )
