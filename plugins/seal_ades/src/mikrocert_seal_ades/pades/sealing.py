"""Seal a PDF: one invisible signature over the whole of it, at level B-B."""

from __future__ import annotations

import io
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
from mikrocert.errors import MikrocertError, SealError

from mikrocert_seal_ades.pades import attributes
from mikrocert_seal_ades.pades.cms import DIGESTS, SIGNATURES, SignedData
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mikrocert_seal_ades.jades import Signer

__all__ = ["FIELD", "LARGEST", "seal"]

FIELD: Final = "Seal"
"""Name of the signature field."""

LARGEST: Final = 32_767
"""The most octets of a signature: PDF/A allows a string no more (ISO 19005-3, 6.1.13)."""

_ATTRIBUTES: Final = 1024


def seal(pdf: bytes, *, signer: Signer, at: datetime) -> bytes:
    """Return the PDF with a seal over the whole of it.

    Args:
        pdf: a complete PDF, neither sealed nor encrypted.
        signer: key and certificates; all its certificates go into the seal.
        at: the signing time to claim (aware); written in UTC with whole seconds.

    Raises:
        SealError: if the PDF can't be read or is sealed already, the time is naive, or the signer fails.
    """
    if at.utcoffset() is None:
        message = "the signing time has no time zone; an aware datetime would be right"
        raise SealError(message)
    try:
        return _sealed(pdf, signer=signer, at=at)
    except MikrocertError:
        raise
    except Exception as error:
        message = f"the PDF can't be sealed: {type(error).__name__}: {error}"
        raise SealError(message) from error


def _sealed(pdf: bytes, *, signer: Signer, at: datetime) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415
    from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields  # noqa: PLC0415
    from pyhanko.sign.signers import constants  # noqa: PLC0415
    from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup  # noqa: PLC0415
    from pyhanko.sign.signers.pdf_byterange import SignatureObject  # noqa: PLC0415

    room = _room(signer)
    writer: Any = cast("Any", IncrementalPdfFileWriter(io.BytesIO(pdf)))
    if next(cast("Iterator[Any]", enumerate_sig_fields(writer)), None) is not None:
        message = "the PDF has a signature field already; only a PDF without any can be sealed"
        raise SealError(message)
    writer.ensure_output_version((1, 7))
    if writer.output_version < (2, 0):
        writer.register_extension(constants.ESIC_EXTENSION_1)
    steps = cast("Any", PdfCMSEmbedder(new_field_spec=SigFieldSpec(FIELD)).write_cms(FIELD, writer))
    next(steps)
    placeholder = SignatureObject(
        timestamp=at.astimezone(UTC).replace(microsecond=0),
        subfilter=SigSeedSubFilter.PADES,
        bytes_reserved=2 * room,
    )
    steps.send(SigObjSetup(sig_placeholder=placeholder))
    prepared, output = steps.send(SigIOSetup(md_algorithm="sha256"))
    contents = _signed(prepared.document_digest, signer=signer)
    steps.send(contents)
    sealed: bytes = output.getvalue()
    return sealed


def _room(signer: Signer) -> int:
    """How many octets to keep for the signature, so that there is no need to sign twice to find out."""
    chain = signer.certificate_chain
    # The seal certificate once more is more than its issuer's name and a signature by its key.
    room = sum(map(len, chain)) + len(chain[0]) + _ATTRIBUTES
    if room > LARGEST:
        message = f"the certificate chain takes {sum(map(len, chain))} octets, too many for a signature of {LARGEST}; shorten it"
        raise SealError(message)
    return room


def _signed(document_digest: bytes, *, signer: Signer) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature  # noqa: PLC0415

    leaf = signer.certificate_chain[0]
    digest = next(octets for octets, name in DIGESTS.items() if name == ALGORITHMS[signer.algorithm].digest)
    algorithm = next(octets for (_, octets), name in SIGNATURES.items() if name == signer.algorithm)
    unsigned = SignedData(
        certificates=tuple(sorted(signer.certificate_chain)),
        signer=leaf,
        digest=digest,
        algorithm=algorithm,
        signed_attributes=attributes.written(
            document_digest=document_digest, signer=leaf, digest=digest, algorithm=algorithm
        ),
        signature=b"",
    )
    signature = signer.sign(unsigned.signing_input)
    if ALGORITHMS[signer.algorithm].kind == "ECDSA":
        # JWS writes r and s side by side, CMS as a DER sequence (RFC 5753, 7.2).
        middle = len(signature) // 2
        signature = encode_dss_signature(
            int.from_bytes(signature[:middle]), int.from_bytes(signature[middle:])
        )
    return attrs.evolve(unsigned, signature=signature).dump()
