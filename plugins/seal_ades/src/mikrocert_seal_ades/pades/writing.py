"""Write the revisions of a PDF that hold its seal, its time stamps and what seals are validated with, and nothing else.

pyHanko writes it, but by itself puts a random /ID and the time of the clock in every revision. Here both follow from
the arguments, so that after a crash the same octets can be made again. This module imports pyHanko; import it when
something is to be sealed, not before.
"""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
from asn1crypto import crl, ocsp, x509
from mikrocert.api import SealError, message
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SignatureFormField, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.signers import constants
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp, SignatureObject
from pyhanko.sign.validation.dss import DocumentSecurityStore

from mikrocert_seal_ades.pades.documents import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mikrocert_seal_ades.pki.revocation import ValidationData

__all__ = ["FIELD", "Revision", "revision", "stamp_revision", "with_store"]

FIELD: Final = "Seal"
"""Name of the signature field."""


@attrs.frozen
class Revision:
    """A PDF with an empty place for its seal, or for a document time stamp.

    Args:
        pdf: the whole PDF; where the seal goes there are zeros.
        start: where the place begins, at its `<`, in octets.
        end: where it ends, behind its `>`.
    """

    pdf: bytes = attrs.field(repr=False)
    start: int
    end: int

    def digest(self, algorithm: str) -> bytes:
        """Return the digest over everything but the place; `algorithm` is a name that `hashlib` knows."""
        view = memoryview(self.pdf)
        digest = hashlib.new(algorithm, view[: self.start])
        digest.update(view[self.end :])
        return digest.digest()

    def filled(self, contents: bytes) -> bytes:
        """Return the PDF with these octets in the place, in hexadecimal.

        Raises:
            SealError: if they are too many.
        """
        digits = contents.hex().upper().encode("ascii")
        room = self.end - self.start - 2
        if len(digits) > room:
            raise SealError(
                message(
                    "the seal takes {octets} octets, {room} were kept for it",
                    octets=len(contents),
                    room=room // 2,
                )
            )
        return self.pdf[: self.start + 1] + digits.ljust(room, b"0") + self.pdf[self.end - 1 :]


class _Writer(IncrementalPdfFileWriter):
    """Writes no time of its own."""

    def _update_meta(self) -> None:
        """Leave title, producer and dates as they are: sealing changes nothing that a person reads."""


def revision(pdf: bytes, *, at: datetime, room: int, seed: bytes) -> Revision:
    """Return the PDF with a signature field and an empty place for the seal.

    Args:
        pdf: a complete PDF, neither sealed nor encrypted.
        at: the signing time to claim, UTC, whole seconds.
        room: how many octets to keep for the seal.
        seed: what else the identifier of the revision depends on, besides PDF and time (ISO 32000-2, 14.4).

    Raises:
        SealError: if it has a signature field already. pyHanko raises what it likes where a PDF is damaged.
    """
    moment = at.isoformat().encode("ascii")
    writer = _writer(pdf, seed=moment + seed)
    if next(cast("Iterator[Any]", enumerate_sig_fields(writer)), None) is not None:
        raise SealError(
            message("the PDF has a signature field already; only a PDF without any can be sealed")
        )
    writer.ensure_output_version((1, 7))
    if writer.output_version < (2, 0):
        writer.register_extension(constants.ESIC_EXTENSION_1)
    placeholder = SignatureObject(timestamp=at, subfilter=SigSeedSubFilter.PADES, bytes_reserved=2 * room)
    return _with_place(writer, PdfCMSEmbedder(new_field_spec=SigFieldSpec(FIELD)), FIELD, placeholder)


def stamp_revision(pdf: bytes, *, room: int) -> Revision:
    """Return a sealed PDF with one more revision, which has an empty place for a document time stamp (ISO 32000-2, 12.8.5).

    Its field is on no page, so that no page changes.

    Args:
        pdf: a sealed PDF.
        room: how many octets to keep for the token.
    """
    writer = _writer(pdf, seed=b"DTS")
    fields = writer.root["/AcroForm"]["/Fields"]
    name = f"Timestamp{len(fields)}"
    fields.append(writer.add_object(SignatureFormField(name)))
    writer.update_container(fields)
    placeholder: Any = DocumentTimestamp
    return _with_place(writer, PdfCMSEmbedder(), name, placeholder(bytes_reserved=2 * room))


def with_store(pdf: bytes, *, data: ValidationData, seal: bytes | None) -> bytes:
    """Return a sealed PDF with one more revision, which has more to validate seals with (ISO 32000-2, 12.8.4.3).

    Args:
        pdf: a sealed PDF.
        data: what goes into the document security store, beside what is there.
        seal: /Contents of the signature dictionary, decoded, that these data are about; none for those about a time stamp.
    """
    writer = _writer(pdf, seed=b"DSS")
    library: Any = DocumentSecurityStore
    library.supply_dss_in_writer(
        writer,
        None if seal is None else seal.hex().upper().encode("ascii"),
        certs=[x509.Certificate.load(octets) for octets in data.certificates],
        ocsps=[ocsp.OCSPResponse.load(octets) for octets in data.ocsps],
        crls=[crl.CertificateList.load(octets) for octets in data.crls],
    )
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _writer(pdf: bytes, *, seed: bytes) -> Any:  # noqa: ANN401  as pyHanko has it
    """Return a writer of one more revision, whose identifier follows from the PDF and the seed (ISO 32000-2, 14.4)."""
    stream = io.BytesIO(pdf)
    before = Document(pdf, stream=stream, limits=DecodeLimits())
    writer: Any = cast("Any", _Writer(stream, prev=before))
    identifier = generic.ByteStringObject(hashlib.sha256(seed + pdf).digest()[:16])
    first = writer._document_id[0] if "/ID" in writer.prev.trailer else identifier  # noqa: SLF001  see below
    # pyHanko has no public way to choose it.
    writer._document_id = generic.ArrayObject([first, identifier])  # noqa: SLF001
    return writer


def _with_place(writer: Any, embedder: PdfCMSEmbedder, name: str, placeholder: Any) -> Revision:  # noqa: ANN401  see `_writer`
    steps = cast("Any", embedder.write_cms(name, writer))
    next(steps)
    steps.send(SigObjSetup(sig_placeholder=placeholder))
    prepared, output = steps.send(SigIOSetup(md_algorithm="sha256"))
    return Revision(
        pdf=output.getvalue(), start=prepared.reserved_region_start, end=prepared.reserved_region_end
    )
