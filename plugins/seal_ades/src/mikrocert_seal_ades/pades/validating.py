"""Judge the seal of a PDF that was read: is every octet of the file as it was when it was sealed?

The steps, by number:

0. content: beside its pages the PDF holds nothing that acts, hides or can be filled in (`content`);
1. coverage: the byte range begins with the file, ends with it and leaves out the signature and nothing else
   (ISO 32000-2, 12.8.1);
2. the signature as octets: hexadecimal in one case, CMS written in one way, zeros behind it;
3. the digest of the covered octets is the signed one;
4. the seal certificate is the one that the signed attributes name by digest;
5. the signature fits;
6. every other certificate belongs to the seal certificate's chain and is itself signed by the next one, the root by
   itself;
7. whatever could be written otherwise without a seal noticing is written as it is here; else a warning says so.

8. trust: from the seal certificate to an anchor, at the time claimed and now (RFC 5280, 6).

1 to 7 leave no bit of the file that could be changed unnoticed, unless the chain is there without its root: then it
takes an anchor to vouch for the last certificate, which is a matter of 8.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any, Final

from mikrocert_seal_ades.pades import attributes, cms
from mikrocert_seal_ades.pades.cms import CmsError, refuse, sequence_of, tlv
from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, is_low, verify
from mikrocert_seal_ades.pki.chains import Anchors
from mikrocert_seal_ades.pki.chains import chain_of as chain_from
from mikrocert_seal_ades.pki.problems import Phrase, Problem, phrase, problem
from mikrocert_seal_ades.pki.trust import examine_path
from mikrocert_seal_ades.pki.validation import Validation
from mikrocert_seal_ades.pki.x509 import asn1crypto

if TYPE_CHECKING:
    from datetime import datetime

    from mikrocert_seal_ades.pades.cms import SignedData
    from mikrocert_seal_ades.pades.reading import PadesFile

__all__ = ["chain_of", "validate"]

_DIGESTS: Final = frozenset({"sha256", "sha384", "sha512"})
_SUB_FILTER: Final = "/ETSI.CAdES.detached"
_HEXADECIMAL: Final = re.compile(rb"<(?:(?:[0-9A-F]{2})*|(?:[0-9a-f]{2})*)>")
_LOWER: Final = re.compile(rb"[a-f]")
_WHERE: Final = "signature"


def chain_of(file: PadesFile) -> tuple[bytes, ...]:
    """Return the certificates of a seal in order, the seal certificate first; none where they can't be read."""
    try:
        return _chain(cms.read(file.contents))
    except CmsError:
        return ()


def validate(file: PadesFile, *, trust: Anchors, at: datetime) -> Validation:
    """Return what is wrong with the seal of a PDF.

    Raises nothing: what a library raises is a problem of severity `error`.

    Args:
        file: the PDF, as it was read.
        trust: the certificates that are trusted.
        at: the time of validation (aware).
    """
    structure: list[Problem] = []
    signature: list[Problem] = []
    chain: tuple[bytes, ...] = ()
    try:
        structure += file.content_problems  # 0
        structure += _coverage(file)  # 1, 2
        signed_data = cms.read(file.contents)  # 2
        chain = _chain(signed_data)
        signed_attributes = attributes.read(signed_data)
        signature += _digests(file, signed_data, signed_attributes)  # 3, 4
        signature += _signature(signed_data)  # 5
        signature += _certificates(signed_data, chain)  # 6
        signature += _forms(signed_data, signed_attributes)  # 7
    except CmsError as error:
        structure.append(_wrong("seal-malformed", error.reason))
    except Exception as error:  # noqa: BLE001  a library that stumbles over a hostile file must not stop the report
        kind = type(error).__name__
        structure.append(
            _wrong("seal-malformed", phrase("The seal in the PDF can't be verified: {reason}.", reason=kind))
        )
    if not chain:
        return Validation(tuple(structure), tuple(signature), tuple(structure))
    path = examine_path(chain, trust=trust, signed_at=file.claimed_at, at=at, where=_WHERE)  # 8
    trusting = path.problems
    if not _vouched_for(chain, trust=trust):
        trusting = (problem("certificate-not-vouched-for", where=_WHERE), *trusting)
    return Validation(tuple(structure), tuple(signature), trusting, chain, path.certificates)


def _vouched_for(chain: tuple[bytes, ...], *, trust: Anchors) -> bool:
    """Whether the last certificate of an intact chain is a root, an anchor, or issued by an anchor.

    Otherwise nothing says that its octets are those that its issuer signed. The seal certificate itself needs nobody:
    the signature covers its digest.
    """
    top = chain[-1]
    return len(chain) == 1 or _claims_root(top) or any(_vouches(anchor, top) for anchor in trust.certificates)


def _vouches(anchor: bytes, certificate: bytes) -> bool:
    return anchor == certificate or x509.issued(certificate, by=anchor)


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
    size = len(file.data)
    match file.byte_range:
        case (0, before, after, length) if 0 < before < after <= size and after + length == size:
            gap = file.data[before:after]
        case (0, before, after, length) if 0 < before < after <= size and 0 <= length < size - after:
            rest = size - after - length
            return [
                *problems,
                _wrong(
                    "changed-after-seal",
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
    if not _HEXADECIMAL.fullmatch(gap) or bytes.fromhex(gap[1:-1].decode("ascii")) != file.contents:
        problems.append(
            _wrong(
                "gap",
                phrase(
                    "The place that the seal leaves out of the PDF holds something else than the seal itself."
                ),
            )
        )
    elif _LOWER.search(gap):
        problems.append(problem("hexadecimal-lower", where=_WHERE))
    return problems


def _digests(file: PadesFile, signed_data: SignedData, signed: attributes.SignedAttributes) -> list[Problem]:
    problems: list[Problem] = []
    digest = hashlib.new(cms.DIGESTS[signed_data.digest])
    view = memoryview(file.data)
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
    """The r and s of a DER sequence as JWS writes them; the DER has to be the one way of writing them."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature  # noqa: PLC0415

    r, s = decode_dss_signature(signature)
    if encode_dss_signature(r, s) != signature:
        refuse(phrase("The signature isn't written in DER."))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _chain(signed_data: SignedData) -> tuple[bytes, ...]:
    """The embedded certificates from the seal certificate upwards, as far as they lead."""
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
    if len(chain) > 1 and _claims_root(top) and not x509.issued(top, by=top):
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
    """Whether the signed attributes refer to a certificate."""
    return any(
        name in _DIGESTS and hashlib.new(name, certificate).digest() == digest
        for name, digest in signed.certificate_digests
    )


def _claims_root(certificate: bytes) -> bool:
    """Whether a certificate of an authority is meant to be its own issuer, by its names or by its key identifiers.

    Either will do, so that a change of one of them can't make a root look like something that nobody at hand issued.
    """
    parsed = x509.parse(certificate)
    issuer_key = parsed.authority_key_identifier
    return parsed.issuer.dump() == parsed.subject.dump() or issuer_key in {None, parsed.key_identifier}


def _canonical(certificate: bytes) -> bool:
    """Whether what stands around the signed part of a certificate is written in the one way of DER."""
    parsed: Any = asn1crypto("x509").Certificate.load(certificate, strict=True)
    tbs, signature = parsed["tbs_certificate"], parsed["signature_value"]
    inner = tbs["signature"].dump()
    return certificate == sequence_of(tbs.dump(), inner, tlv(0x03, b"\x00", signature.contents[1:]))


def _wrong(code: str, reason: Phrase) -> Problem:
    return Problem(code, "error", _WHERE, reason.text, reason.parameters)
