"""Seal a PDF: one invisible signature over the whole of it, at level B-B.

`prepare` and `finish` leave the signing to whoever has the key, once or for many files at a time.

Next: `extending`.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

import attrs
from mikrocert.api import MikrocertError, SealError, message

from mikrocert_seal_ades.messages import message_of, refusal
from mikrocert_seal_ades.pades import attributes
from mikrocert_seal_ades.pades.cms import DIGESTS, SIGNATURES, SignedData
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, lowered, verify
from mikrocert_seal_ades.pki.chains import sealing_key
from mikrocert_seal_ades.pki.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mikrocert_seal_ades.pades.writing import Revision

__all__ = ["LARGEST", "STAMP_ROOM", "Prepared", "finish", "prepare"]

LARGEST: Final = 32_767
"""The most octets of a signature: PDF/A allows a string no more (ISO 19005-3, 6.1.13)."""

STAMP_ROOM: Final = 12 * 1024
"""How many octets are kept for a time stamp; real ones take two to eight thousand."""

_ATTRIBUTES: Final = 1024


@attrs.frozen
class Prepared:
    """A sealed PDF that lacks its signature.

    Args:
        to_be_signed: the signed attributes, which hold the digest of the PDF (RFC 5652, 5.4).
        algorithm: name of the algorithm to sign them with (RFC 7518, 3.1).
        public_key: that of the seal certificate, DER SubjectPublicKeyInfo.
        revision: the PDF with an empty place for the seal.
        signed_data: what goes there, without the signature.
    """

    to_be_signed: bytes = attrs.field(repr=False)
    algorithm: str
    public_key: bytes = attrs.field(repr=False)
    revision: Revision
    signed_data: SignedData = attrs.field(repr=False)


def prepare(
    pdf: bytes, *, certificates: Sequence[bytes], algorithm: str, at: datetime, stamped: bool = False
) -> Prepared:
    """Return what has to be signed to seal a PDF; the same arguments give the same octets.

    Args:
        pdf: a complete PDF, neither sealed nor encrypted.
        certificates: DER, the seal certificate first, each issued by the next; all go into the seal.
        algorithm: `RS256`, `PS256`, `ES256` or one of their kin with 384 and 512 (RFC 7518, 3.1).
        at: the signing time to claim (aware); written in UTC with whole seconds.
        stamped: whether to keep room for a time stamp of the signature.

    Raises:
        SealError: if the PDF can't be read or is sealed already, the time is naive, or algorithm, key or certificates
            won't do.
    """
    if at.utcoffset() is None:
        raise SealError(message("the signing time has no time zone; an aware datetime would be right"))
    try:
        public_key = sealing_key(certificates, algorithm=algorithm)
    except CertificateError as error:
        raise refusal(error) from error
    room = _room(certificates, stamped=stamped)
    try:
        from mikrocert_seal_ades.pades.writing import revision  # noqa: PLC0415

        whole_seconds = at.astimezone(UTC).replace(microsecond=0)
        draft = revision(pdf, at=whole_seconds, room=room, seed=b"".join(certificates))
    except MikrocertError:
        raise
    # pyHanko answers damage with almost any exception.
    except Exception as error:
        raise SealError(
            message("the PDF can't be sealed, it may be damaged: {error}; --debug shows where", error=error)
        ) from error
    unsigned = _unsigned(
        draft.digest(ALGORITHMS[algorithm].digest), certificates=certificates, algorithm=algorithm
    )
    return Prepared(unsigned.signing_input, algorithm, public_key, draft, unsigned)


def finish(prepared: Prepared, *, signature: bytes) -> bytes:
    """Return the sealed PDF, once the signature was verified with the key of the seal certificate.

    Args:
        prepared: what `prepare` returned.
        signature: the signature over its `to_be_signed`, in the form of JWS: for ES256 the 64 octets of r and s.

    Raises:
        SealError: if the signature is another one.
    """
    algorithm = ALGORITHMS[prepared.algorithm]
    wrong = verify(
        prepared.to_be_signed, signature=signature, algorithm=algorithm, public_key=prepared.public_key
    )
    if wrong:
        raise SealError(
            message(
                "the signature does not belong to the seal certificate: {reason}", reason=message_of(wrong)
            )
        )
    if algorithm.kind == "ECDSA":
        signature = _der(lowered(signature, algorithm=algorithm))
    return prepared.revision.filled(attrs.evolve(prepared.signed_data, signature=signature).dump())


def _room(certificates: Sequence[bytes], *, stamped: bool) -> int:
    """Return how many octets to keep for the signature, so that there is no need to sign twice to find out."""
    size = sum(map(len, certificates))
    # The seal certificate once more is more than its issuer's name and a signature by its key.
    room = size + len(certificates[0]) + _ATTRIBUTES + (STAMP_ROOM if stamped else 0)
    if room > LARGEST:
        raise SealError(
            message(
                "the certificate chain takes {octets} octets, too many for a signature of {most}; shorten it",
                octets=size,
                most=LARGEST,
            )
        )
    return room


def _unsigned(document_digest: bytes, *, certificates: Sequence[bytes], algorithm: str) -> SignedData:
    leaf = certificates[0]
    digest = next(octets for octets, name in DIGESTS.items() if name == ALGORITHMS[algorithm].digest)
    identifier = next(octets for (_, octets), name in SIGNATURES.items() if name == algorithm)
    return SignedData(
        certificates=tuple(sorted(certificates)),
        signer=leaf,
        digest=digest,
        algorithm=identifier,
        signed_attributes=attributes.encode(
            document_digest=document_digest, certificates=certificates, digest=digest, algorithm=identifier
        ),
        signature=b"",
    )


def _der(signature: bytes) -> bytes:
    """Return the r and s that JWS writes side by side as CMS has them, a DER sequence (RFC 5753, 7.2)."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature  # noqa: PLC0415

    middle = len(signature) // 2
    return encode_dss_signature(int.from_bytes(signature[:middle]), int.from_bytes(signature[middle:]))
