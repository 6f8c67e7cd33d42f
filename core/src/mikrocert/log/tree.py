"""The Merkle tree of RFC 6962, 2.1: its hashes, what proves that an entry is in it, and that it only grew.

A tree is read by the hashes that C2SP tlog-tiles keeps: at level *l* stands, one after the other, the hash of every
*complete* subtree of 256**l entries. A proof reads at most 256 of them at each level, so it costs O(log n).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "EMPTY",
    "HASH_SIZE",
    "TILE_HEIGHT",
    "TILE_WIDTH",
    "GrowingTree",
    "Hashes",
    "consistency_proof",
    "inclusion_proof",
    "is_consistent",
    "is_included",
    "leaf_hash",
    "node_hash",
    "subtree_hash",
    "tree_hash",
]

HASH_SIZE: Final = 32
TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
EMPTY: Final = hashlib.sha256(b"").digest()
"""The hash of the tree without entries."""


class Hashes(Protocol):
    """Reads the hashes that are kept of a tree."""

    def __call__(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """Return the hashes of the complete subtrees number `start` to `end - 1` of 256**level entries each."""
        ...


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry, 32 octets (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees, 32 octets (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def subtree_hash(hashes: Sequence[bytes]) -> bytes:
    """Return the hash over subtrees of one height, as many as a power of two: those of a tile, for example."""
    while len(hashes) > 1:
        hashes = [node_hash(*hashes[at : at + 2]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def tree_hash(hashes: Hashes, size: int) -> bytes:
    """Return the Merkle tree hash of the first `size` entries (RFC 6962, 2.1)."""
    return _subtree(hashes, 0, size) if size else EMPTY


class GrowingTree:
    """A tree to which one entry after the other is added; it keeps what its hash needs, at most 255 hashes of each level."""

    def __init__(self) -> None:
        self.size = 0
        self._unfinished: list[list[bytes]] = [[]]

    def add(self, leaf: bytes) -> list[bytes]:
        """Add an entry by its hash, and return the hashes of the subtrees that are complete now, from level 1 up."""
        self.size += 1
        complete: list[bytes] = []
        for hashes in self._unfinished:
            hashes.append(leaf)
            if len(hashes) < TILE_WIDTH:
                return complete
            leaf = subtree_hash(hashes)
            hashes.clear()
            complete.append(leaf)
        self._unfinished.append([leaf])
        return complete

    @property
    def root(self) -> bytes:
        """The hash of the tree."""
        return tree_hash(self._read, self.size)

    def _read(self, level: int, start: int, end: int) -> Sequence[bytes]:
        first = (self.size >> level * TILE_HEIGHT) // TILE_WIDTH * TILE_WIDTH
        return self._unfinished[level][start - first : end - first]


def inclusion_proof(hashes: Hashes, index: int, size: int) -> list[bytes]:
    """Return what proves that an entry is in the tree of the first `size` entries (RFC 6962, 2.1.1).

    Args:
        hashes: of a tree of at least that size.
        index: of the entry, from 0.
        size: of the tree.

    Raises:
        ValueError: if the tree has no such entry.
    """
    if not 0 <= index < size:
        message = f"a tree of {size} entries has no entry {index}"
        raise ValueError(message)
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _largest_power_below(end - start)
        if index < middle:
            proof.append(_subtree(hashes, middle, end))
            end = middle
        else:
            proof.append(_subtree(hashes, start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(hashes: Hashes, old: int, new: int) -> list[bytes]:
    """Return what proves that the tree of `new` entries begins with that of `old` ones (RFC 6962, 2.1.2).

    Every tree begins with the empty one and with itself: that needs no proof.

    Raises:
        ValueError: if the older tree is larger.
    """
    if not 0 <= old <= new:
        message = f"a tree of {new} entries can't begin with one of {old}"
        raise ValueError(message)
    if old in {0, new}:
        return []
    proof: list[bytes] = []
    start, end = 0, new
    while end != old:
        middle = start + _largest_power_below(end - start)
        if old <= middle:
            proof.append(_subtree(hashes, middle, end))
            end = middle
        else:
            proof.append(_subtree(hashes, start, middle))
            start = middle
    if start:  # else the verifier has this hash: it is that of the older tree
        proof.append(_subtree(hashes, start, old))
    return proof[::-1]


def is_included(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether a proof shows that an entry is in a tree (RFC 9162, 2.1.3.2).

    Args:
        leaf: hash of the entry.
        index: of the entry, from 0.
        size: of the tree.
        proof: as `inclusion_proof` returns it.
        root: hash of the tree.
    """
    if not 0 <= index < size:
        return False
    number, last = index, size - 1
    found = leaf
    for sibling in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            found = node_hash(sibling, found)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(*, old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether a proof shows that a tree begins with an older one (RFC 9162, 2.1.4.2).

    Args:
        old: size of the older tree.
        old_root: its hash.
        new: size of the newer tree.
        new_root: its hash.
        proof: as `consistency_proof` returns it.
    """
    if not 0 <= old <= new:
        return False
    if old in {0, new}:
        return not proof and old_root == (new_root if old else EMPTY)
    path = list(proof)
    if old & (old - 1) == 0:  # a complete tree is part of the newer one as it is
        path.insert(0, old_root)
    if not path:
        return False
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    of_old = of_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            of_old, of_new = node_hash(sibling, of_old), node_hash(sibling, of_new)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            of_new = node_hash(of_new, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and of_old == old_root and of_new == new_root


def _largest_power_below(number: int) -> int:
    return 1 << (number - 1).bit_length() - 1


def _subtree(hashes: Hashes, start: int, end: int) -> bytes:
    """Return the hash of the entries from `start` to `end - 1`, as RFC 6962 cuts a tree: `start` is a multiple of its height."""
    parts: list[bytes] = []
    while start < end:
        size = 1 << (end - start).bit_length() - 1  # the largest complete subtree that begins here
        level = (size.bit_length() - 1) // TILE_HEIGHT
        unit = level * TILE_HEIGHT
        parts.append(subtree_hash(hashes(level, start >> unit, (start + size) >> unit)))
        start += size
    found = parts.pop()
    while parts:
        found = node_hash(parts.pop(), found)
    return found
