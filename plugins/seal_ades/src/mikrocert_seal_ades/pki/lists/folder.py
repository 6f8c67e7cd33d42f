"""The folder in which lists are kept: files as they were published, and a note of the newest issue of each that was there."""

import fcntl
import json
import os
import re
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast

import attrs

from mikrocert_seal_ades.pki.errors import ListError
from mikrocert_seal_ades.pki.lists.rules import LIST_OF_LISTS
from mikrocert_seal_ades.pki.lists.signed import LARGEST
from mikrocert_seal_ades.pki.problems import problem

__all__ = ["Latest", "ListFolder"]

_NOTE: Final = "latest.json"
_LOCK: Final = ".lock"
_LARGEST_NOTE: Final = 1024 * 1024
_TERRITORY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.xml", re.ASCII)


@attrs.frozen
class Latest:
    """The newest issue of a list that was there.

    Args:
        sequence: its number; none that is lower is accepted again.
        at: when it was fetched, or found to be the newest one, aware.
    """

    sequence: int
    at: datetime


@attrs.frozen
class ListFolder:
    """Lists on disk, one file each, written whole or not at all.

    What is in it is believed no more than what comes over the network: each file is verified when it is read.

    Args:
        path: the folder; it is made when the first list is kept.
    """

    path: Path

    def read(self, territory: str) -> bytes | None:
        """Return the list of a territory, `EU` for the list of lists, or none. Raises `ListError` if it can't be read."""
        return self._read(self._file(territory), where=territory)

    def keep(self, territory: str, octets: bytes) -> None:
        """Put a list in the place of the one that is there. Raises `ListError` if it can't be written."""
        self._write(self._file(territory), octets, where=territory)

    def read_pivot(self, address: str) -> bytes:
        """Return the pivot from an address. Raises `ListError` if it isn't there or can't be read."""
        octets = self._read(self._pivot(address), where=LIST_OF_LISTS)
        if octets is None:
            raise ListError(problem("list-pivot-missing", where=LIST_OF_LISTS, url=address))
        return octets

    def keep_pivot(self, address: str, octets: bytes) -> None:
        """Put a pivot in the place of the one that is there. Raises `ListError` if it can't be written."""
        self._write(self._pivot(address), octets, where=LIST_OF_LISTS)

    def marks(self) -> tuple[tuple[str, int, int], ...]:
        """Return name, time and size of each file, by which a change is noticed; nothing where there is no folder."""
        try:
            with os.scandir(self.path) as entries:
                found = [(entry.name, entry.stat()) for entry in entries if entry.is_file()]
        except OSError:
            return ()
        return tuple(sorted((name, stat.st_mtime_ns, stat.st_size) for name, stat in found))

    def latest(self) -> dict[str, Latest]:
        """Return the newest issue of each list that was there, by territory. Raises `ListError` if the note can't be read."""
        octets = self._read(self.path / _NOTE, where=_NOTE, most=_LARGEST_NOTE)
        if octets is None:
            return {}
        try:
            return {territory: _latest(noted) for territory, noted in json.loads(octets).items()}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as fault:
            raise ListError(problem("list-note", where=_NOTE, path=self.path / _NOTE)) from fault

    def note(self, latest: Mapping[str, Latest]) -> None:
        """Write the newest issue of each list that was there. Raises `ListError` if it can't be written."""
        noted = {
            territory: {"sequence": one.sequence, "at": one.at.astimezone(UTC).isoformat(timespec="seconds")}
            for territory, one in sorted(latest.items())
        }
        self._write(self.path / _NOTE, f"{json.dumps(noted, indent=1)}\n".encode(), where=_NOTE)

    @contextmanager
    def locked(self) -> Generator[None]:
        """Keep others from writing. Raises `ListError` if somebody is writing, or nobody can."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as fault:
            raise ListError(problem("list-folder", path=self.path, reason=fault.strerror)) from fault
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as fault:
                raise ListError(problem("list-folder-busy", path=self.path)) from fault
            yield
        finally:
            os.close(lock)

    def _file(self, territory: str) -> Path:
        if not _TERRITORY.fullmatch(territory):
            raise ListError(problem("list-territory-name", name=territory))
        return self.path / f"{territory}.xml"

    def _pivot(self, address: str) -> Path:
        name = address.rpartition("/")[2]
        plain = name if _PLAIN.fullmatch(name) else f"{sha256(address.encode()).hexdigest()}.xml"
        return self.path / "pivots" / plain

    def _read(self, file: Path, *, where: str, most: int = LARGEST) -> bytes | None:
        try:
            with file.open("rb") as opened:
                octets = opened.read(most + 1)
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise ListError(problem("list-file", where=where, path=file, reason=fault.strerror)) from fault
        if len(octets) > most:
            raise ListError(problem("list-too-large", where=where, size=len(octets), limit=most))
        return octets

    def _write(self, file: Path, octets: bytes, *, where: str) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".new")
            try:
                with os.fdopen(descriptor, "wb") as opened:
                    opened.write(octets)
                    opened.flush()
                    os.fsync(opened.fileno())
                Path(name).chmod(0o644)
                Path(name).replace(file)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as fault:
            raise ListError(problem("list-file", where=where, path=file, reason=fault.strerror)) from fault


def _latest(noted: object) -> Latest:
    members = cast("dict[str, Any]", noted)
    at = datetime.fromisoformat(members["at"])
    if type(members["sequence"]) is not int or at.utcoffset() is None:
        raise ValueError(noted)
    return Latest(members["sequence"], at)
