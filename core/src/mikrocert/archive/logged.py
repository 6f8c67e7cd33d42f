"""The log within the archive: its entries stand with the events, hashes of complete tiles beside, and its signed heads.

Appending reads nothing, save the 256 hashes of a tile that has just become complete; so 257 hashes are read and
written for 256 entries and each level, however long the log is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from sqlalchemy import func, insert, select

from mikrocert.archive.tables import events, log_hashes, log_heads
from mikrocert.errors import DamagedError
from mikrocert.log.tree import TILE_WIDTH, leaf_hash, subtree_hash, tree_hash
from mikrocert.report import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

__all__ = ["Head", "LogReader", "add_head", "complete_tiles"]


@attrs.frozen
class Head:
    """A signed head of the log.

    Args:
        number: position among all heads, from 1.
        size: how many entries the log had.
        at: when it was added (aware): the word of whoever added it.
        note: the signed checkpoint.
    """

    number: int
    size: int
    at: datetime
    note: bytes


class LogReader:
    """Reads the log within one transaction; called, it returns hashes of its tree (see `mikrocert.log.tree.Hashes`).

    Args:
        connection: a transaction that sees one state.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self._connection.execute(select(func.max(events.c.number))).scalar_one() or 0

    def root(self, size: int) -> bytes:
        """Return the hash of the tree of the first `size` entries.

        Raises:
            DamagedError: if entries or hashes are missing.
        """
        return tree_hash(self, size)

    def entries(self, start: int, end: int) -> list[bytes]:
        """Return the entries number `start` to `end - 1`.

        Raises:
            DamagedError: if one is missing.
        """
        of_them = select(events.c.entry).where(events.c.number > start, events.c.number <= end)
        found = list(self._connection.execute(of_them.order_by(events.c.number)).scalars())
        return _whole(found, end - start, f"events[{start + 1}..{end}]")

    def __call__(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """Return the hashes of the complete subtrees number `start` to `end - 1` of 256**level entries each.

        Raises:
            DamagedError: if one is missing.
        """
        if level == 0:
            return [leaf_hash(entry) for entry in self.entries(start, end)]
        of_them = select(log_hashes.c.hash).where(
            log_hashes.c.level == level, log_hashes.c.number >= start, log_hashes.c.number < end
        )
        found = list(self._connection.execute(of_them.order_by(log_hashes.c.number)).scalars())
        return _whole(found, end - start, f"log_hashes[{level}, {start}..{end - 1}]")

    def head_numbers(self) -> list[int]:
        """Return the numbers of all signed heads, in the order of their sizes, those of one size in their own."""
        numbers = select(log_heads.c.number).order_by(log_heads.c.size, log_heads.c.number)
        return list(self._connection.execute(numbers).scalars())

    def head(self, number: int) -> Head | None:
        """Return the signed head with this number, or none."""
        row = self._connection.execute(select(log_heads).where(log_heads.c.number == number)).one_or_none()
        return None if row is None else Head(*row)

    def newest_heads(
        self, *, min_size: int = 0, max_size: int | None = None, limit: int = 1
    ) -> tuple[Head, ...]:
        """Return signed heads, the largest first, of one size that which was added last.

        Args:
            min_size: how many entries they have at least.
            max_size: how many at most; none means any.
            limit: how many heads at most.
        """
        size = log_heads.c.size
        wanted = select(log_heads).where(size >= min_size).order_by(size.desc(), log_heads.c.number.desc())
        if max_size is not None:
            wanted = wanted.where(size <= max_size)
        return tuple(Head(*row) for row in self._connection.execute(wanted.limit(limit)))


def complete_tiles(connection: Connection, size: int) -> None:
    """Keep the hashes of those tiles that became complete with the last of `size` entries."""
    reader, level, number = LogReader(connection), 0, size
    while number % TILE_WIDTH == 0:
        level, number = level + 1, number // TILE_WIDTH
        own = subtree_hash(reader(level - 1, (number - 1) * TILE_WIDTH, number * TILE_WIDTH))
        connection.execute(insert(log_hashes).values(level=level, number=number - 1, hash=own))


def add_head(connection: Connection, note: bytes, *, size: int, at: datetime) -> None:
    """Keep a signed head."""
    last = connection.execute(select(func.max(log_heads.c.number))).scalar_one() or 0
    connection.execute(insert(log_heads).values(number=last + 1, size=size, at=at, note=note))


def _whole(found: list[bytes], wanted: int, path: str) -> list[bytes]:
    if len(found) != wanted:
        raise DamagedError(
            Finding.error("log-incomplete", "a part of the log is not there any more", path=path)
        )
    return found
