"""PDFs as pyHanko reads them, with a bound on what that costs.

It looks through a stream of objects for each object in it, and reads the digits of a seal one by one; both is done otherwise
here. This module imports pyHanko; import it when something is to be read, not before.
"""

from __future__ import annotations

import io
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeContext, DecodePurpose
from pyhanko.pdf_utils.reader import PdfFileReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyhanko.pdf_utils.decode_limits import DecodeLimits

__all__ = ["Document"]

_VALUE: Final = rb"(?:/[\w.]++|\[[\d\s]*+\]|\((?:[^()\\]|\\[0-7]{3})*+\))"
_ENTRIES: Final = rb"((?:\s*+/(?!Contents\b)\w++\s*+%b)*+)" % _VALUE
_SIGNATURE: Final = re.compile(
    rb"(\d{1,10}) (\d{1,5}) obj\s*+<<%(entries)b\s*+/Contents\s*+<([0-9A-Fa-f]*+)>%(entries)b\s*+>>\s*+endobj"
    % {b"entries": _ENTRIES}
)
"""A signature dictionary as it is written: names, numbers and strings without brackets inside, beside its digits."""


class Document(PdfFileReader):
    """A PDF, read in pieces that are as large as can be.

    Args:
        octets: the PDF.
        stream: the same, to be read piece by piece.
        limits: on what its streams may hold, decoded, while its table of objects is read.
    """

    def __init__(self, octets: bytes, *, stream: Any, limits: DecodeLimits) -> None:  # noqa: ANN401  as pyHanko has it
        self._octets = octets
        super().__init__(stream, decode_limits=limits)

    @cached_property
    def root(self) -> Any:  # noqa: ANN401  as pyHanko has it
        """The catalog, read once: what is read is forgotten again and again, so that it takes little memory (see `reading`)."""
        return super().root

    def allow(self, limits: DecodeLimits) -> None:
        """Let its streams hold, decoded, what these limits say, counted anew."""
        self._decode_context = DecodeContext(limits, input_size=len(self._octets))

    def _read_object(
        self,
        ref: Any,  # noqa: ANN401  as pyHanko has it
        marker: Any,  # noqa: ANN401
        never_decrypt: bool = False,  # noqa: FBT001, FBT002
        as_metadata_stream: bool = False,  # noqa: FBT001, FBT002
    ) -> Any:  # noqa: ANN401
        """Return the object at a place; a signature is read by itself, and its digits at once."""
        found = _SIGNATURE.match(self._octets, marker) if isinstance(marker, int) else None
        if (
            found is None
            or (int(found[1]), int(found[2])) != (ref.idnum, ref.generation)
            or len(found[4]) % 2
        ):
            return super()._read_object(ref, marker, never_decrypt, as_metadata_stream)
        self.stream.seek(marker)
        self.stream.read(len(found[0]))  # what is read counts
        holder = generic.Reference(ref.idnum, ref.generation, self)
        rest = b"<<%b %b>>" % (found[3], found[5])
        signature: Any = generic.DictionaryObject.read_from_stream(io.BytesIO(rest + b" "), holder)
        signature[generic.pdf_name("/Contents")] = generic.pdf_string(bytes.fromhex(found[4].decode("ascii")))
        for value in (signature, *signature.values()):
            value.container_ref = holder
        return signature

    def _get_object_from_stream(self, idnum: int, stmnum: int, idx: int) -> Any:  # noqa: ANN401  a PDF object
        """Return an object of a stream of objects (ISO 32000-2, 7.5.7)."""
        octets, places = self._objects_of(stmnum)
        if not 0 <= idx < len(places) or places[idx][0] != idnum:
            raise ValueError(stmnum)
        found: Any = generic.read_object(
            io.BytesIO(octets[places[idx][1] :]), generic.Reference(idnum, 0, self)
        )
        if isinstance(found, generic.StreamObject | generic.IndirectObject):
            raise TypeError(stmnum)
        return found

    def octets_of_objects(self) -> Iterator[bytes]:
        """Yield the decoded octets of each stream of objects."""
        xrefs: Any = self.xrefs  # pyHanko has no types for some of it
        for revision in range(xrefs.total_revisions):
            for reference in xrefs.object_streams_used_in(revision):
                yield self._objects_of(reference.idnum)[0]

    def _objects_of(self, stmnum: int) -> tuple[bytes, list[tuple[int, int]]]:
        """Return the octets of a stream of objects, with number and place of each."""
        tables: dict[int, tuple[bytes, list[tuple[int, int]]]] = self.__dict__.setdefault("_tables", {})
        if stmnum not in tables:
            stream: Any = generic.Reference(stmnum, 0, self).get_object()
            if not isinstance(stream, generic.StreamObject) or stream["/Type"] != "/ObjStm":
                raise ValueError(stmnum)
            octets = stream.read_data(DecodePurpose.OBJECT_STREAM)
            numbers = [int(one) for one in octets[: stream["/First"]].split()][: 2 * stream["/N"]]
            places = [(n, stream["/First"] + at) for n, at in zip(numbers[::2], numbers[1::2], strict=True)]
            tables[stmnum] = octets, places
        return tables[stmnum]
