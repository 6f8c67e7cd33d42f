"""The signed attributes of a PAdES seal (EN 319 122-1, 5; EN 319 142-1, 6.3)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import attrs

from mikrocert_seal_ades.pades.cms import DATA, DIGESTS, refuse, sequence_of, tlv
from mikrocert_seal_ades.pki.chains import LONGEST_CHAIN
from mikrocert_seal_ades.pki.problems import phrase
from mikrocert_seal_ades.pki.x509 import asn1crypto

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mikrocert_seal_ades.pades.cms import SignedData

__all__ = ["SignedAttributes", "encode", "read"]

_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
_ALGORITHM_PROTECTION: Final = "1.2.840.113549.1.9.52"


@attrs.frozen
class SignedAttributes:
    """What the signed attributes say.

    Args:
        message_digest: digest of everything in the PDF that the seal covers.
        certificate_digests: name of the digest algorithm and digest of each certificate that the seal refers to.
    """

    message_digest: bytes
    certificate_digests: tuple[tuple[str, bytes], ...]


def encode(
    *, document_digest: bytes, certificates: Sequence[bytes], digest: bytes, algorithm: bytes
) -> bytes:
    """Return the inside of the SET OF signed attributes.

    They name every certificate in the seal, so that none can be added or left out unnoticed (RFC 5035, 4). The signing
    time stands in /M of the signature dictionary and is not repeated here (EN 319 142-1, 6.3).

    Args:
        document_digest: SHA-256 over the byte range of the PDF.
        certificates: DER, the seal certificate first.
        digest: DER AlgorithmIdentifier of the digest.
        algorithm: DER AlgorithmIdentifier of the signature; both are repeated under the signature (RFC 6211).
    """
    # ESSCertIDv2 without algorithm means SHA-256 (RFC 5035, 4).
    references = [sequence_of(tlv(0x04, hashlib.sha256(one).digest())) for one in certificates]
    reference = sequence_of(sequence_of(*references))
    values = {
        _CONTENT_TYPE: DATA,
        _MESSAGE_DIGEST: tlv(0x04, document_digest),
        _SIGNING_CERTIFICATE_V2: reference,
        _ALGORITHM_PROTECTION: sequence_of(digest, tlv(0xA1, algorithm[_header_size(algorithm) :])),
    }
    core: Any = asn1crypto("core")
    attributes = [
        sequence_of(core.ObjectIdentifier(name).dump(), tlv(0x31, value)) for name, value in values.items()
    ]
    # DER sorts a SET OF by the octets of its elements (ITU-T X.690, 11.6).
    return b"".join(sorted(attributes))


def read(signed_data: SignedData) -> SignedAttributes:
    """Return what the signed attributes say.

    Raises:
        CmsError: if one that PAdES B-B demands is missing or wrong, or one that it forbids is there.
    """
    cms: Any = asn1crypto("cms")
    found: dict[str, Any] = {}
    for attribute in cms.CMSAttributes.load(signed_data.signing_input, strict=True):
        name = attribute["type"].dotted
        if name in found or len(attribute["values"]) != 1:
            refuse(
                phrase("The signed attribute {name} is there twice.", name=name),
            )
        found[name] = attribute["values"][0]
    missing = [
        name for name in (_CONTENT_TYPE, _MESSAGE_DIGEST, _SIGNING_CERTIFICATE_V2) if name not in found
    ]
    if missing:
        refuse(phrase("The seal lacks the signed attribute {names}.", names=", ".join(missing)))
    if _SIGNING_TIME in found:
        refuse(
            phrase(
                "The signing time stands inside the signature; PAdES has it in the signature dictionary only (/M)."
            ),
        )
    if found[_CONTENT_TYPE].dump() != DATA:
        refuse(
            phrase("The seal doesn't say that it covers the data of a document."),
        )
    if _ALGORITHM_PROTECTION in found:
        _check_algorithms(found[_ALGORITHM_PROTECTION].dump(), signed_data)
    tsp: Any = asn1crypto("tsp")
    references = tsp.SigningCertificateV2.load(found[_SIGNING_CERTIFICATE_V2].dump(), strict=True)
    if len(references["certs"]) > LONGEST_CHAIN:
        refuse(phrase("The seal names more certificates than any chain has."))
    return SignedAttributes(
        message_digest=found[_MESSAGE_DIGEST].native,
        certificate_digests=tuple(
            (reference["hash_algorithm"]["algorithm"].native, reference["cert_hash"].native)
            for reference in references["certs"]
        ),
    )


def _check_algorithms(protection: bytes, signed_data: SignedData) -> None:
    tagged = tlv(0xA1, signed_data.algorithm[_header_size(signed_data.algorithm) :])
    name = DIGESTS[signed_data.digest]
    if protection not in {sequence_of(digest, tagged) for digest, other in DIGESTS.items() if other == name}:
        refuse(
            phrase("The signed statement of the algorithms doesn't fit those used."),
        )


def _header_size(value: bytes) -> int:
    return 2 if value[1] < 0x80 else 2 + (value[1] & 0x7F)  # noqa: PLR2004  the short form of a length
