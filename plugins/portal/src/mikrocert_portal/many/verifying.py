"""Many files verified: taken apart, each verified by itself, and put in a table, whoever sent them and however it is shown.

Each file is verified as a single one would be, in a process of its own (`System.verify_confined`); here they are only taken apart, in memory
that is counted. They go one after the other, so that whoever sends many waits for them, and nobody else does.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import anyio
import attrs
from anyio import to_thread
from mikrocert.api import Finding, PackedFileError, Severity, UnpackingLimits, is_packed, shown_name, unpack

from mikrocert_portal.errors import HttpProblem, Refused
from mikrocert_portal.many.table import Row, Table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from mikrocert.api import System

    from mikrocert_portal.config import Limits
    from mikrocert_portal.uploads import MemoryLease, SentFile

__all__ = ["FilesVerifier"]

_MORE_UNPACKED: Final = 4


@attrs.frozen
class _Found:
    """A file that was sent, by itself or in an archive.

    Args:
        name: its name as it may be shown.
        octets: what is in it; none where it wasn't opened.
        fault: why it wasn't opened, or none.
        packed: whether it came out of an archive.
    """

    name: str
    octets: bytes | None = attrs.field(default=None, repr=False)
    fault: Finding | None = None
    packed: bool = False


class FilesVerifier:
    """Verifies many files; pages and the interface for programs have one, so that they wait for each other.

    Args:
        system: the assembled system.
        limits: how much one visitor may ask for.
    """

    def __init__(self, system: System, *, limits: Limits) -> None:
        self._system = system
        self._limits = limits
        # At most half of what is verified at one time, so that a single file always finds a place.
        self.places = anyio.CapacityLimiter(max(1, limits.verifications // 2))

    async def verify(self, sent: tuple[SentFile, ...], *, share: MemoryLease) -> Table:
        """Return the table of files that were sent, those of archives one by one.

        Args:
            sent: the files, in memory.
            share: that memory; what is unpacked needs more of it.

        Raises:
            Refused: if they are too many.
        """
        until = anyio.current_time() + self._limits.many_seconds
        rows: list[Row] = []
        async for found in self._found(sent):
            if len(rows) >= self._limits.many_files:
                raise Refused(HttpProblem.TOO_MANY_FILES)
            if found.octets is not None and anyio.current_time() >= until:
                rows.append(Row(found.name, len(found.octets), fault=_NOT_REACHED))
                continue
            rows.append(await self._row(found, share))
        return Table(datetime.now(UTC), tuple(rows))

    async def _found(self, sent: tuple[SentFile, ...]) -> AsyncIterator[_Found]:
        """Yield each file, those of archives one after the other."""
        limits = UnpackingLimits(
            entries=self._limits.many_files,
            octets=self._limits.upload_octets,
            total=_MORE_UNPACKED * self._limits.many_octets,
        )
        for file in sent:
            name = shown_name(file.name)
            if file.octets is None:
                too_large = Finding.error(
                    "too-large", "It is larger than {count} MB.", count=self._limits.upload_megabytes
                )
                yield _Found(name, fault=too_large)
            elif not file.octets:
                yield _Found(name, fault=_EMPTY)
            elif is_packed(file.octets):
                entries = _unpacked(name, file.octets, limits=limits)
                while found := await to_thread.run_sync(partial(next, entries, None), limiter=self.places):
                    yield found
            else:
                yield _Found(name, file.octets)

    async def _row(self, found: _Found, share: MemoryLease) -> Row:
        octets = found.octets
        if octets is None:
            return Row(found.name, fault=found.fault)
        try:
            with share.taking(len(octets) if found.packed else 0):
                async with share.place:
                    return await to_thread.run_sync(
                        partial(self._judged, found.name, octets), limiter=self.places
                    )
        except Refused:  # the files of an archive need room beside it
            return Row(found.name, len(octets), fault=_NO_ROOM)

    def _judged(self, name: str, octets: bytes) -> Row:
        report = self._system.verify_confined(octets)
        return Row(name, len(octets), sha256(octets).hexdigest(), report)


def _unpacked(name: str, data: bytes, *, limits: UnpackingLimits) -> Iterator[_Found]:
    try:
        for entry in unpack(data, limits=limits):
            yield _Found(entry.name, entry.octets, entry.fault, packed=True)
    except PackedFileError as error:
        yield _Found(name, fault=Finding("not-unpacked", Severity.ERROR, error.message))


_EMPTY: Final = Finding.error("empty-file", "The file is empty.")
_NOT_REACHED: Final = Finding.error(
    "not-reached",
    "Verifying the files before it took all the time that there is. Send it once more.",
)
_NO_ROOM: Final = Finding.error("no-room", "There was no room left to unpack it. Send it by itself.")
