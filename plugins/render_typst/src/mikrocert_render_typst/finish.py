"""The last hand on a PDF that Typst wrote: heads of rows, and a third fewer octets."""

from __future__ import annotations

import re
import zlib
from struct import pack
from typing import TYPE_CHECKING

from mikrocert.api import RenderError, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["finish"]

_TABLE = re.compile(
    rb"xref\n0 (\d+)\n((?:\d{10} \d{5} [nf][ \r]\n?)+)\s*trailer\s*<<(.*?)>>\s*startxref\s+\d+\s+%%EOF\s*",
    re.DOTALL,
)
_ENTRY = 20
_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)\n?endobj\s*", re.DOTALL)
_ROW = re.compile(rb"<</Type/StructElem/S/TR/.*?/K\[([^\]]*)\]", re.DOTALL)
_KID = re.compile(rb"(\d+) 0 R")
_FIRST_KID = re.compile(rb"/K\[(\d+) 0 R")
_ELEMENT = b"<</Type/StructElem/"
_CELL, _STRONG = _ELEMENT + b"S/TD/", _ELEMENT + b"S/Strong/"
_HEADERS = re.compile(rb"(?<=<</O/Table)/Headers\[[^\]]*\]")


def finish(pdf: bytes) -> bytes:
    """Return a PDF as Typst writes it, with heads of rows in its tables and its small objects compressed.

    A cell of a table that is all strong is the head of its row (ISO 32000-1, 14.8.4.3.4): Typst 0.15 has heads of columns only,
    and says of each other cell which those are, so that nobody would look for another one. What isn't a stream goes into
    object streams (7.5.7), with a cross-reference stream (7.5.8) behind it, which PDF/A-3 allows.

    Raises:
        RenderError: if it is no such PDF.
    """
    objects, trailer = _read(pdf)
    objects.update(_with_row_heads(objects))
    head = pdf[: pdf.index(b"1 0 obj\n")]
    return _file_of(head, objects, trailer)


def _read(pdf: bytes) -> tuple[dict[int, bytes], bytes]:
    """Return the objects by their numbers, and what the trailer says."""
    start = pdf.rfind(b"\nxref\n") + 1
    table = _TABLE.fullmatch(pdf, start)
    if not start or table is None:
        raise RenderError(message("the PDF that Typst wrote has no table of objects"))
    entries = table[2]
    places = sorted(
        int(entries[at : at + 10])
        for at in range(0, len(entries), _ENTRY)
        if entries[at + 17 : at + 18] == b"n"
    )
    objects: dict[int, bytes] = {}
    for begin, end in zip(places, [*places[1:], start], strict=True):
        found = _OBJECT.fullmatch(pdf, begin, end)
        if found is None:
            raise RenderError(message("the PDF that Typst wrote has a table of objects that is wrong"))
        objects[int(found[1])] = found[2]
    return objects, table[3]


def _with_row_heads(objects: Mapping[int, bytes]) -> Iterator[tuple[int, bytes]]:
    """Give the cells that change: what is the head of its row says so, and the others of that row name no heads any more."""
    for row in objects.values():
        found = _ROW.match(row)
        cells = [int(number) for number in _KID.findall(found[1])] if found else []
        heads = {number for number in cells if _is_head(objects[number], objects)}
        for number in cells if heads else ():
            scope = b"/Scope/Row" if number in heads else b""
            cell = _HEADERS.sub(scope, objects[number])
            yield number, cell.replace(_CELL, b"<</Type/StructElem/S/TH/", 1) if number in heads else cell


def _is_head(cell: bytes, objects: Mapping[int, bytes]) -> bool:
    kid = _FIRST_KID.search(cell)
    return cell.startswith(_CELL) and kid is not None and objects[int(kid[1])].startswith(_STRONG)


def _file_of(head: bytes, objects: Mapping[int, bytes], trailer: bytes) -> bytes:
    out, entries = bytearray(head), dict[int, tuple[int, int, int]]()

    def put(number: int, body: bytes) -> None:
        entries[number] = (1, len(out), 0)
        out.extend(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    # The structure is by itself: who seals or verifies looks for what else there is, and would unpack all of it each time.
    structure, others = dict[int, bytes](), dict[int, bytes]()
    for number, body in objects.items():
        if body.endswith(b"endstream"):
            put(number, body)
        else:
            (structure if body.startswith(_ELEMENT) else others)[number] = body
    last = max(objects)
    for small in filter(None, (structure, others)):
        last += 1
        entries.update({number: (2, last, index) for index, number in enumerate(small)})
        put(last, _packed(small))
    start, size = len(out), last + 2
    entries[last + 1] = (1, start, 0)
    lines = b"".join(pack(">BIH", *entries.get(number, (0, 0, 0xFFFF))) for number in range(size))
    kept = re.sub(rb"/Size \d+", b"", trailer)
    put(last + 1, _stream(b"/Type/XRef/Size %d/W[1 4 2]%b" % (size, kept), lines))
    # Without a line end after the last octet, a seal of a later revision breaks ISO 19005-3, 6.1.9.
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % start


def _packed(objects: Mapping[int, bytes]) -> bytes:
    """Return an object stream."""
    offsets, bodies = bytearray(), bytearray()
    for number, body in objects.items():
        offsets += b"%d %d " % (number, len(bodies))
        bodies += body + b"\n"
    dictionary = b"/Type/ObjStm/N %d/First %d" % (len(objects), len(offsets))
    return _stream(dictionary, bytes(offsets + bodies))


def _stream(dictionary: bytes, data: bytes) -> bytes:
    packed = zlib.compress(data)
    return b"<<%b/Filter/FlateDecode/Length %d>>\nstream\n%b\nendstream" % (dictionary, len(packed), packed)
