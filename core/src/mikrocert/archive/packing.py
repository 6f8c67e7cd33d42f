"""Packing: a file is kept as that which gives exactly its octets back and takes least room.

The column `packing` beside the ciphertext says how, in words that are read without this program:

- `whole`: what was encrypted are the octets;
- `deflated`: it is a zlib stream (RFC 1950) of them;
- `after KIND EDITION COUNT`: the first `COUNT` octets are those of another file of the same credential and format, such as
  `after certificate 1 238013`; the zlib stream that was encrypted follows them. So an edition whose seal was renewed is kept
  as what was added;
- `inside KIND EDITION START COUNT`: nothing was encrypted; the file is the content of a zlib stream of `COUNT` octets that
  begins at octet `START` (from 0) of another file of the same credential and format. So a data file is kept within the
  certificate that embeds it.

Nothing here knows what a file is: where a stream is, is found by looking for one that inflates to the very octets. How a file
is packed is no evidence and stands in no hash; whatever is read has to have the fingerprint that its event committed to.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.report import FileKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Packed", "pack", "unpack"]

_LEVEL: Final = 6
_LARGEST: Final = 64 * 1024 * 1024
_HEADER: Final = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
"""How zlib streams begin whose window is of 32 kB, whatever made them (RFC 1950, 2.2)."""
_FIRST_LOOK: Final = 64
_AFTER: Final = re.compile(r"after ([a-z]+) ([0-9]{1,9}) ([0-9]{1,18})")
_INSIDE: Final = re.compile(r"inside ([a-z]+) ([0-9]{1,9}) ([0-9]{1,18}) ([0-9]{1,18})")


@attrs.frozen
class Packed:
    """A file as it is kept.

    Args:
        packing: how, as the column says it.
        octets: what is encrypted.
    """

    packing: str
    octets: bytes = attrs.field(repr=False)


def pack(octets: bytes, *, others: Mapping[tuple[FileKind, int], bytes]) -> Packed:
    """Return a file as it is kept.

    Args:
        octets: the file.
        others: files of the same credential and format that are kept without its help, by kind and edition.
    """
    for (kind, edition), other in others.items():
        found = _stream(octets, other)
        if found is not None:
            start, count = found
            return Packed(f"inside {kind.value} {edition} {start} {count}", b"")
    deflated = zlib.compress(octets, _LEVEL)
    ways = [Packed("whole", octets), Packed("deflated", deflated)]
    for (kind, edition), other in others.items():
        count = _common(octets, other)
        if count:
            rest = zlib.compress(octets[count:], _LEVEL)
            ways.append(Packed(f"after {kind.value} {edition} {count}", rest))
    return min(ways, key=lambda way: len(way.octets))


def unpack(packed: Packed, *, other: Callable[[FileKind, int], bytes]) -> bytes:
    """Return the file; nothing proves yet that it is the one that was packed.

    Args:
        packed: the file as it is kept.
        other: returns another file of the same credential and format, by kind and edition.

    Raises:
        ValueError: if it can't be unpacked so.
    """
    if packed.packing == "whole":
        return packed.octets
    if packed.packing == "deflated":
        return _inflated(packed.octets)
    if found := _AFTER.fullmatch(packed.packing):
        kind, edition, count = found.groups()
        return other(FileKind(kind), int(edition))[: int(count)] + _inflated(packed.octets)
    if found := _INSIDE.fullmatch(packed.packing):
        kind, edition, start, count = found.groups()
        around = other(FileKind(kind), int(edition))
        return _inflated(around[int(start) : int(start) + int(count)])
    message = f"no file is packed so: {packed.packing}"
    raise ValueError(message)


def _inflated(stream: bytes) -> bytes:
    """Return the content of a zlib stream.

    Raises:
        ValueError: if it is none, is not whole, or has more in it than any file of ours.
    """
    inflating = zlib.decompressobj()
    try:
        content = inflating.decompress(stream, _LARGEST)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not inflating.eof or inflating.unused_data:
        message = "the stream is not whole"
        raise ValueError(message)
    return content


def _stream(content: bytes, around: bytes) -> tuple[int, int] | None:
    """Return where in a file a zlib stream of this content begins and how many octets it has, or none."""
    if not content or len(around) < _FIRST_LOOK:
        return None
    view = memoryview(around)
    for header in _HEADER.finditer(around):
        inflating = zlib.decompressobj()
        start = header.start()
        try:
            first = inflating.decompress(view[start : start + _FIRST_LOOK], _FIRST_LOOK)
            if not content.startswith(first):
                continue
            inflating = zlib.decompressobj()
            whole = inflating.decompress(view[start:], len(content) + 1)
        except zlib.error:
            continue
        if inflating.eof and whole == content:
            return start, len(around) - start - len(inflating.unused_data)
    return None


def _common(one: bytes, other: bytes) -> int:
    """Return how many octets two files have in common at their beginnings."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least
