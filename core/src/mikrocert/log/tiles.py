"""The log as files that never change, but for its head (C2SP tlog-tiles)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mikrocert.errors import LogError
from mikrocert.log.tree import HASH_SIZE, TILE_HEIGHT, TILE_WIDTH
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "CHECKPOINT",
    "LARGEST_ENTRY",
    "SEALED_CHECKPOINT",
    "bundle",
    "bundle_path",
    "entries_of",
    "hashes_of",
    "tile_path",
    "tiles_of",
]

CHECKPOINT: Final = "checkpoint"
SEALED_CHECKPOINT: Final = "checkpoint.sealed"
"""The newest head that was sealed; beyond what C2SP has. It may be older than the head, and says itself of which it is."""
LARGEST_ENTRY: Final = 0xFFFF
"""Octets of one entry: its length stands in two."""


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """Return where the hashes of a tile are.

    Args:
        level: 0 for entries, 1 for tiles of entries, and so on.
        number: of the tile in its level, from 0.
        width: how many hashes it has, at most 256.
    """
    return f"tile/{level}/{_numbered(number, width)}"


def bundle_path(number: int, width: int = TILE_WIDTH) -> str:
    """Return where the entries are whose hashes are in that tile of level 0."""
    return f"tile/entries/{_numbered(number, width)}"


def _numbered(number: int, width: int) -> str:
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    *front, last = (digits[at : at + 3] for at in range(0, len(digits), 3))
    path = "/".join([*(f"x{part}" for part in front), last])
    return path if width == TILE_WIDTH else f"{path}.p/{width}"


def tiles_of(size: int, since: int = 0) -> Iterator[tuple[int, int, int]]:
    """Return level, number and width of the tiles of a tree, without those that a tree of `since` entries had whole."""
    level = 0
    while size >> level * TILE_HEIGHT:
        hashes, before = size >> level * TILE_HEIGHT, since >> level * TILE_HEIGHT
        for number in range(before // TILE_WIDTH, -(-hashes // TILE_WIDTH)):
            yield level, number, min(TILE_WIDTH, hashes - number * TILE_WIDTH)
        level += 1


def bundle(entries: Iterable[bytes]) -> bytes:
    """Return entries in one file, each behind its length in two octets."""
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def entries_of(octets: bytes) -> list[bytes]:
    """Return the entries that are in a file.

    Raises:
        LogError: if it ends within one.
    """
    found: list[bytes] = []
    at = 0
    while at < len(octets):
        end = at + 2 + int.from_bytes(octets[at : at + 2])
        if end > len(octets):
            raise LogError(message("a file of the log ends within an entry"))
        found.append(octets[at + 2 : end])
        at = end
    return found


def hashes_of(octets: bytes) -> list[bytes]:
    """Return the hashes that are in a tile.

    Raises:
        LogError: if it ends within one.
    """
    if len(octets) % HASH_SIZE:
        raise LogError(message("a tile of the log ends within a hash"))
    return [octets[at : at + HASH_SIZE] for at in range(0, len(octets), HASH_SIZE)]
