"""Write the revision of a PDF that holds its seal, with nothing in it that was not given.

pyHanko writes it, but by itself puts a random /ID and the time of the clock in every revision. Here both follow from
the arguments, so that after a crash the same octets can be made again. This module imports pyHanko; import it when
something is to be sealed, not before.
"""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
from mikrocert.api import SealError, message
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.signers import constants
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

__all__ = ["FIELD", "Revision", "revision"]

FIELD: Final = "Seal"
"""Name of the signature field."""


@attrs.frozen
class Revision:
    """A PDF with an empty place for its seal.

    Args:
        pdf: the whole PDF; where the seal goes there are zeros.
        digest: SHA-256 over everything but that place.
        start: where the place begins, at its `<`, in octets.
        end: where it ends, behind its `>`.
    """

    pdf: bytes = attrs.field(repr=False)
    digest: bytes
    start: int
    end: int

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
    writer: Any = cast("Any", _Writer(io.BytesIO(pdf)))
    moment = at.isoformat().encode("ascii")
    identifier = generic.ByteStringObject(hashlib.sha256(moment + seed + pdf).digest()[:16])
    first = writer._document_id[0] if "/ID" in writer.prev.trailer else identifier  # noqa: SLF001  see below
    # pyHanko has no public way to choose it.
    writer._document_id = generic.ArrayObject([first, identifier])  # noqa: SLF001
    if next(cast("Iterator[Any]", enumerate_sig_fields(writer)), None) is not None:
        raise SealError(
            message("the PDF has a signature field already; only a PDF without any can be sealed")
        )
    writer.ensure_output_version((1, 7))
    if writer.output_version < (2, 0):
        writer.register_extension(constants.ESIC_EXTENSION_1)
    steps = cast("Any", PdfCMSEmbedder(new_field_spec=SigFieldSpec(FIELD)).write_cms(FIELD, writer))
    next(steps)
    placeholder = SignatureObject(timestamp=at, subfilter=SigSeedSubFilter.PADES, bytes_reserved=2 * room)
    steps.send(SigObjSetup(sig_placeholder=placeholder))
    prepared, output = steps.send(SigIOSetup(md_algorithm="sha256"))
    return Revision(
        pdf=output.getvalue(),
        digest=prepared.document_digest,
        start=prepared.reserved_region_start,
        end=prepared.reserved_region_end,
    )
