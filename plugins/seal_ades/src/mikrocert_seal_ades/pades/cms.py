"""The CMS signature inside a sealed PDF, written and read in one way only (RFC 5652; EN 319 122-1).

A CMS signature covers its signed attributes and, through them, the document and the seal certificate. Version,
algorithms, signer identifier and the other certificates stand outside. So that nothing in there can change unnoticed,
`read` takes the values out, `SignedData.dump` writes them again, and both have to give the same octets.
"""

from __future__ import annotations

from typing import Any, Final, Literal, NoReturn

import attrs

from mikrocert_seal_ades.pki import der
from mikrocert_seal_ades.pki.chains import LONGEST_CHAIN
from mikrocert_seal_ades.pki.der import longest_identifier
from mikrocert_seal_ades.pki.der import value as tlv
from mikrocert_seal_ades.pki.problems import Phrase, phrase
from mikrocert_seal_ades.pki.x509 import LONGEST_IDENTIFIER, asn1crypto, parse

__all__ = ["DIGESTS", "SIGNATURES", "CmsError", "SignedData", "first", "read", "refuse", "sequence_of", "tlv"]

LARGEST: Final = 256 * 1024
"""The most octets of a signature that are read, its padding included."""

DATA: Final = bytes.fromhex("06092a864886f70d010701")
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
_VERSION_1: Final = b"\x02\x01\x01"
_TIME_STAMP: Final = bytes.fromhex("060b2a864886f70d010910020e")
"""id-aa-signatureTimeStampToken, 1.2.840.113549.1.9.16.2.14, the one unsigned attribute that is read."""
_SEQUENCE, _SET, _OCTETS, _CONTEXT_0, _CONTEXT_1 = 0x30, 0x31, 0x04, 0xA0, 0xA1
_NULL: Final = b"\x05\x00"


class CmsError(Exception):
    """The octets are no CMS signature of the one form that is read.

    Args:
        reason: what was met instead, a whole sentence.
    """

    def __init__(self, reason: Phrase) -> None:
        super().__init__(reason)
        self.reason = reason


def refuse(reason: Phrase) -> NoReturn:
    """Raise `CmsError` with this reason."""
    raise CmsError(reason)


def sequence_of(*contents: bytes) -> bytes:
    """Return a DER SEQUENCE of these DER values."""
    return tlv(_SEQUENCE, *contents)


def _oid(hexadecimal: str) -> bytes:
    return tlv(0x06, bytes.fromhex(hexadecimal))


_SHA: Final = {"sha256": "608648016503040201", "sha384": "608648016503040202", "sha512": "608648016503040203"}
_PLAIN: Final = {name: sequence_of(_oid(oid)) for name, oid in _SHA.items()}
_WITH_NULL: Final = {name: sequence_of(_oid(oid), _NULL) for name, oid in _SHA.items()}
_SALTS: Final = {"sha256": 32, "sha384": 48, "sha512": 64}


def _pss(digest: str) -> bytes:
    """Return RSASSA-PSS parameters with one digest for all and a salt as long as it (RFC 4055, 3.1)."""
    hashing = _WITH_NULL[digest]
    masking = sequence_of(_oid("2a864886f70d010108"), hashing)
    salt = tlv(0x02, bytes((_SALTS[digest],)))
    return sequence_of(
        _oid("2a864886f70d01010a"), sequence_of(tlv(0xA0, hashing), tlv(0xA1, masking), tlv(0xA2, salt))
    )


Digest = Literal["sha256", "sha384", "sha512"]
_NAMES: Final[tuple[Digest, ...]] = ("sha256", "sha384", "sha512")

DIGESTS: Final[dict[bytes, Digest]] = {table[name]: name for table in (_PLAIN, _WITH_NULL) for name in _NAMES}
"""The digest algorithm identifiers that are read; the first three are also written (RFC 5754, 2)."""

_RSA_NAMES: Final = {"sha256": "0b", "sha384": "0c", "sha512": "0d"}
_ECDSA_NAMES: Final = {"sha256": "02", "sha384": "03", "sha512": "04"}

SIGNATURES: Final[dict[tuple[Digest, bytes], str]] = {
    **{(d, sequence_of(_oid("2a864886f70d0101" + _RSA_NAMES[d]), _NULL)): f"RS{d[3:]}" for d in _NAMES},
    **{(d, sequence_of(_oid("2a864886f70d010101"), _NULL)): f"RS{d[3:]}" for d in _NAMES},
    **{(d, _pss(d)): f"PS{d[3:]}" for d in _NAMES},
    **{(d, sequence_of(_oid("2a8648ce3d0403" + _ECDSA_NAMES[d]))): f"ES{d[3:]}" for d in _NAMES},
}
"""Digest and signature algorithm identifier → name of the algorithm in RFC 7518; the first of a name is written."""


@attrs.frozen
class SignedData:
    """A detached CMS signature by one signer.

    Args:
        certificates: DER certificates in the order in which they are written.
        signer: the one among them that `sid` names.
        digest: DER AlgorithmIdentifier in digestAlgorithms and again in the signer's info.
        algorithm: DER AlgorithmIdentifier of the signature.
        signed_attributes: DER, the inside of the SET OF.
        signature: as CMS has it; r and s in DER for ECDSA.
        tokens: time-stamp tokens of the signature, DER (RFC 3161, appendix A).
    """

    certificates: tuple[bytes, ...] = attrs.field(repr=False)
    signer: bytes = attrs.field(repr=False)
    digest: bytes
    algorithm: bytes
    signed_attributes: bytes = attrs.field(repr=False)
    signature: bytes = attrs.field(repr=False)
    tokens: tuple[bytes, ...] = attrs.field(default=(), repr=False)

    @property
    def signing_input(self) -> bytes:
        """The octets under the signature (RFC 5652, 5.4)."""
        return tlv(_SET, self.signed_attributes)

    @property
    def algorithm_name(self) -> str:
        """Name of the signature algorithm in RFC 7518, such as RS256."""
        return SIGNATURES[DIGESTS[self.digest], self.algorithm]

    @property
    def spelled_as_written(self) -> bool:
        """Whether the algorithms are named in the one way in which they are written here."""
        name = self.algorithm_name
        first = next(octets for (_, octets), other in SIGNATURES.items() if other == name)
        return self.digest in _PLAIN.values() and self.algorithm == first

    def dump(self) -> bytes:
        """Return the DER ContentInfo (RFC 5652, 3 and 5)."""
        signer_info = sequence_of(
            _VERSION_1,
            _issuer_and_serial(self.signer),
            self.digest,
            tlv(_CONTEXT_0, self.signed_attributes),
            self.algorithm,
            tlv(_OCTETS, self.signature),
            *([tlv(_CONTEXT_1, sequence_of(_TIME_STAMP, tlv(_SET, *self.tokens)))] if self.tokens else ()),
        )
        signed_data = sequence_of(
            _VERSION_1,
            tlv(_SET, self.digest),
            sequence_of(DATA),
            tlv(_CONTEXT_0, *self.certificates),
            tlv(_SET, signer_info),
        )
        return sequence_of(_SIGNED_DATA, tlv(_CONTEXT_0, signed_data))


def read(contents: bytes) -> SignedData:
    """Return the CMS signature at the beginning of these octets, which are padded with zeros.

    Args:
        contents: the decoded /Contents of a signature dictionary.

    Raises:
        CmsError: if there is none, or if anything in it is written otherwise than `SignedData.dump` writes it.
    """
    if len(contents) > LARGEST:
        refuse(
            phrase(
                "The seal in the PDF has {size} octets; at most {limit} are read.",
                size=len(contents),
                limit=LARGEST,
            )
        )
    if (longest := longest_identifier(contents)) > LONGEST_IDENTIFIER:
        refuse(
            phrase(
                "An object identifier in the seal has {size} octets; at most {limit} are read.",
                size=longest,
                limit=LONGEST_IDENTIFIER,
            )
        )
    try:
        found = _values(contents)
        octets = found.dump()
    except CmsError:
        raise
    except Exception as error:
        raise CmsError(
            phrase("The seal in the PDF can't be read ({kind}).", kind=type(error).__name__)
        ) from error
    if contents[: len(octets)] != octets:
        refuse(
            phrase(
                "The wrapping of the seal is written otherwise than its values demand; it was changed where the signature doesn't reach."
            ),
        )
    if any(contents[len(octets) :]):
        refuse(
            phrase("Behind the seal in the PDF there should be nothing but zeros; there is something else."),
        )
    return found


def first(contents: bytes) -> bytes:
    """Return the DER ContentInfo at the beginning of these octets, which are padded with zeros.

    Args:
        contents: the decoded /Contents of a signature dictionary.

    Raises:
        CmsError: if there is none, or something else behind it.
    """
    try:
        octets: bytes = asn1crypto("cms").ContentInfo.load(contents).dump()
    except Exception as error:
        raise CmsError(
            phrase("The seal in the PDF can't be read ({kind}).", kind=type(error).__name__)
        ) from error
    if contents[: len(octets)] != octets or any(contents[len(octets) :]):
        refuse(
            phrase("Behind the seal in the PDF there should be nothing but zeros; there is something else."),
        )
    if _takes_in_zeros(octets):
        refuse(phrase("The seal in the PDF says that it is longer than it is."))
    return octets


def _takes_in_zeros(octets: bytes) -> bool:
    """Return whether a ContentInfo says that it has some of the zeros behind it; one of indefinite length says nothing of the kind."""
    try:
        return any(tag == 0 for _, whole in der.values(octets) for tag, _ in der.values(whole))
    except (ValueError, IndexError):
        return False


def _values(contents: bytes) -> SignedData:
    cms: Any = asn1crypto("cms")
    signed_data = cms.ContentInfo.load(contents)["content"]
    if len(signed_data["signer_infos"]) != 1:
        refuse(
            phrase(
                "The seal has {count} signatures; there has to be exactly one.",
                count=len(signed_data["signer_infos"]),
            ),
        )
    info = signed_data["signer_infos"][0]
    unsigned = info["unsigned_attrs"]
    if len(unsigned) > 1 or any(attribute["type"].dump() != _TIME_STAMP for attribute in unsigned):
        refuse(
            phrase("The seal carries unsigned attributes that are no time stamp of it."),
        )
    digest, algorithm = info["digest_algorithm"].dump(), info["signature_algorithm"].dump()
    if digest not in DIGESTS or (DIGESTS[digest], algorithm) not in SIGNATURES:
        refuse(
            phrase(
                "The algorithm of the seal isn't allowed; RSA, RSA-PSS and ECDSA with SHA-256, SHA-384 or SHA-512 are."
            ),
        )
    if len(signed_data["certificates"]) > LONGEST_CHAIN:
        refuse(phrase("The seal holds more certificates than any chain has."))
    certificates = tuple(certificate.chosen.dump() for certificate in signed_data["certificates"])
    named = [
        certificate
        for certificate in certificates
        if _issuer_and_serial(certificate) == info["sid"].chosen.dump()
    ]
    if len(named) != 1:
        refuse(
            phrase("The seal doesn't hold exactly one certificate that its signer identifier names."),
        )
    return SignedData(
        certificates=certificates,
        signer=named[0],
        digest=digest,
        algorithm=algorithm,
        signed_attributes=info["signed_attrs"].contents,
        signature=info["signature"].native,
        tokens=tuple(token.dump() for attribute in unsigned for token in attribute["values"]),
    )


def _issuer_and_serial(certificate: bytes) -> bytes:
    tbs = parse(certificate)["tbs_certificate"]
    return sequence_of(tbs["issuer"].dump(), tbs["serial_number"].dump())
