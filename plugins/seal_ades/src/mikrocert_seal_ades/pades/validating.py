"""Judge the seal of a PDF that was read: is every octet of the file as it was when it was sealed?

The steps, by number:

1. coverage: the byte range begins with the file, ends with it and leaves out the signature and nothing else
   (ISO 32000-2, 12.8.1);
2. the signature as octets: hexadecimal in one case, CMS written in one way, zeros behind it;
3. the digest of the covered octets is the signed one;
4. the seal certificate is the one that the signed attributes name by digest;
5. the signature fits;
6. every other certificate belongs to the seal certificate's chain and is itself signed by the next one, the root by
   itself.

Together they leave no bit of the file that could be changed unnoticed, unless the chain is there without its root:
then it takes an anchor to vouch for the last certificate (`vouched_for`). Whether the chain leads to someone trusted
is asked afterwards and elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any, Final

import attrs
from mikrocert.api import Finding

from mikrocert_seal_ades.pades import attributes, cms
from mikrocert_seal_ades.pades.cms import CmsError, refuse, sequence_of, tlv
from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, verify
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.x509 import asn1crypto

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mikrocert_seal_ades.pades.cms import SignedData
    from mikrocert_seal_ades.pades.reading import PadesFile

__all__ = ["Examined", "chain_of", "examine", "vouched_for"]

_SUB_FILTER: Final = "/ETSI.CAdES.detached"
_HEXADECIMAL: Final = re.compile(rb"<(?:(?:[0-9A-F]{2})*|(?:[0-9a-f]{2})*)>")
_PATH: Final = "pdf.signature"


@attrs.frozen
class Examined:
    """What was found out about integrity.

    Args:
        findings: everything that is wrong; empty means intact.
        chain: DER certificates, the seal certificate first, each issued by the next; empty where they can't be read.
    """

    findings: tuple[Finding, ...]
    chain: tuple[bytes, ...] = attrs.field(default=(), repr=False)


def vouched_for(chain: Sequence[bytes], *, anchors: Iterable[bytes]) -> bool:
    """Say whether the last certificate of an intact chain is a root, an anchor, or issued by an anchor.

    Otherwise nothing says that its octets are those that its issuer signed. The seal certificate itself needs nobody:
    the signature covers its digest.
    """
    top = chain[-1]
    return len(chain) == 1 or _claims_root(top) or any(_vouches(anchor, top) for anchor in anchors)


def _vouches(anchor: bytes, certificate: bytes) -> bool:
    try:
        return anchor == certificate or x509.issued(certificate, by=anchor)
    except CertificateError:
        return False


def chain_of(file: PadesFile) -> tuple[bytes, ...]:
    """Return the certificates of a seal in order, the seal certificate first; none where they can't be read."""
    try:
        return _chain(cms.read(file.contents))
    except CmsError:
        return ()


def examine(file: PadesFile) -> Examined:
    """Return all that is wrong with the seal of a PDF. Raises nothing: what a library raises is a finding."""
    findings: list[Finding] = []
    chain: tuple[bytes, ...] = ()
    try:
        findings += _coverage(file)  # 1, 2
        signed_data = cms.read(file.contents)  # 2
        chain = _chain(signed_data)
        said = attributes.read(signed_data)
        findings += _digests(file, signed_data, said)  # 3, 4
        findings += _signature(signed_data)  # 5
        findings += _certificates(signed_data, chain)  # 6
    except CmsError as error:
        findings.append(_wrong("seal-malformed", error.cs, error.en))
    except Exception as error:  # noqa: BLE001  a library that stumbles over a hostile file must not stop the report
        reason = type(error).__name__
        findings.append(
            _wrong(
                "seal-malformed",
                "Pečeť v PDF nelze ověřit, je chybně zapsaná.",
                f"The seal in the PDF can't be verified: {reason}.",
            )
        )
    return Examined(tuple(findings), chain)


def _coverage(file: PadesFile) -> list[Finding]:
    findings: list[Finding] = []
    if file.sub_filter != _SUB_FILTER:
        findings.append(
            _wrong(
                "not-pades",
                f"Podpis v PDF není pečeť PAdES (má druh {file.sub_filter}, patří tam {_SUB_FILTER}).",
                f"The signature in the PDF is no PAdES seal (its kind is {file.sub_filter}; {_SUB_FILTER} is right).",
            )
        )
    size = len(file.data)
    match file.byte_range:
        case (0, before, after, length) if 0 < before < after <= size and after + length == size:
            gap = file.data[before:after]
        case (0, before, after, length) if 0 < before < after <= size and 0 <= length < size - after:
            rest = size - after - length
            return [
                *findings,
                _wrong(
                    "changed-after-seal",
                    f"Za zapečetěný obsah PDF někdo připojil další data (bajtů: {rest}).",
                    f"Someone appended {rest} octets to the PDF after it was sealed.",
                ),
            ]
        case _:
            return [
                *findings,
                _wrong(
                    "not-covered",
                    "Pečeť nezahrnuje celé PDF.",
                    "The seal doesn't cover the whole PDF.",
                ),
            ]
    if not _HEXADECIMAL.fullmatch(gap) or bytes.fromhex(gap[1:-1].decode("ascii")) != file.contents:
        findings.append(
            _wrong(
                "gap",
                "V místě, které pečeť v PDF vynechává, je něco jiného než ona sama.",
                "The place that the seal leaves out of the PDF holds something else than the seal itself.",
            )
        )
    return findings


def _digests(file: PadesFile, signed_data: SignedData, said: attributes.SignedAttributes) -> list[Finding]:
    findings: list[Finding] = []
    digest = hashlib.new(cms.DIGESTS[signed_data.digest])
    view = memoryview(file.data)
    for start, length in zip(file.byte_range[::2], file.byte_range[1::2], strict=False):
        digest.update(view[max(start, 0) : max(start, 0) + max(length, 0)])
    if not hmac.compare_digest(digest.digest(), said.message_digest):
        findings.append(
            _wrong(
                "digest-mismatch",
                "Otisk obsahu PDF nesouhlasí s pečetí.",
                "The digest of the PDF's content doesn't fit the seal.",
            )
        )
    name, reference = next(iter(said.certificate_digests), ("none", b""))
    if (
        name not in {"sha256", "sha384", "sha512"}
        or hashlib.new(name, signed_data.signer).digest() != reference
    ):
        findings.append(
            _wrong(
                "certificate-mismatch",
                "Certifikát v pečeti není ten, na který se podepsané údaje odvolávají.",
                "The certificate in the seal isn't the one that the signed attributes refer to.",
            )
        )
    return findings


def _signature(signed_data: SignedData) -> list[Finding]:
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
        return []
    if wrong.code == "signature-invalid":
        return [
            _wrong(
                wrong.code, "Podpis v pečeti PDF nesouhlasí.", "The signature in the PDF's seal doesn't fit."
            )
        ]
    return [_wrong(wrong.code, wrong.cs, wrong.en)]


def _side_by_side(signature: bytes, *, size: int) -> bytes:
    """The r and s of a DER sequence as JWS writes them; the DER has to be the one way of writing them."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature  # noqa: PLC0415

    r, s = decode_dss_signature(signature)
    if encode_dss_signature(r, s) != signature:
        refuse("Podpis není zapsán v DER.", "The signature isn't written in DER.")
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _chain(signed_data: SignedData) -> tuple[bytes, ...]:
    """The embedded certificates from the seal certificate upwards, as far as they lead."""
    chain = [signed_data.signer]
    rest = [certificate for certificate in signed_data.certificates if certificate != signed_data.signer]
    while issuer := next((other for other in rest if x509.issued(chain[-1], by=other)), None):
        chain.append(issuer)
        rest.remove(issuer)
    return tuple(chain)


def _certificates(signed_data: SignedData, chain: tuple[bytes, ...]) -> list[Finding]:
    findings: list[Finding] = []
    foreign = len(signed_data.certificates) - len(chain)
    if foreign:
        findings.append(
            _wrong(
                "foreign-certificates",
                f"Pečeť nese certifikáty, které nepatří do jejího řetězce (je jich {foreign}).",
                f"The seal holds certificates that don't belong to its chain: {foreign}.",
            )
        )
    top = chain[-1]
    if len(chain) > 1 and _claims_root(top) and not x509.issued(top, by=top):
        findings.append(
            _wrong(
                "foreign-certificates",
                "Kořenový certifikát v pečeti není ten, který jeho vydavatel vydal.",
                "The root certificate in the seal isn't the one that its issuer made.",
            )
        )
    if not all(_canonical(certificate) for certificate in chain[1:]):
        findings.append(
            _wrong(
                "certificate-malformed",
                "Certifikát v pečeti je zapsán jinak, než byl vydán.",
                "A certificate in the seal is written otherwise than it was issued.",
            )
        )
    return findings


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


def _wrong(code: str, cs: str, en: str) -> Finding:
    return Finding.error(code, cs, en, path=_PATH)
