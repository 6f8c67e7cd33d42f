"""The register of quality assurance, such as DEQAR: a snapshot in a file, in which entries of institutions are looked up.

The layout of the file is `mikrocert-register`, described in docs/how-to/publish-the-catalogue.md. Nobody is asked over a network. A file that is
wrong, too large or half written has no entries: then nothing was looked up, and whoever examines the settings learns why.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from mikrocert.errors import IntakeError
from mikrocert.parsing import strict_json
from mikrocert.parsing.files import read_bounded
from mikrocert.parsing.structuring import structured
from mikrocert.report import Finding
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Decision", "Register", "RegisterEntry", "RegisterFile", "examine_register"]

_LARGEST: Final = 8 * 1024 * 1024
_LAYOUT: Final = "mikrocert-register/1"
_LONGEST: Final = 500
_MOST_DECISIONS: Final = 50
_OLD: Final = timedelta(days=180)
_HEAD: Final = frozenset({"layout", "register", "taken_on", "homepage", "institutions"})


@attrs.frozen
class Decision:
    """What a register says that was decided about an institution.

    Args:
        agency: who decided.
        activity: what was evaluated or accredited, in the register's words.
        decision: the outcome in the register's words, or none.
        valid_from: first day, or none.
        valid_until: last day, or none.
        url: https address of the report, or none.
    """

    agency: str
    activity: str
    decision: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    url: str | None = None


@attrs.frozen
class RegisterEntry:
    """An institution as a register has it.

    Args:
        id: its id in the register, as institutions name it in their identifiers.
        name: what the register calls it.
        url: https address of its entry, or none.
        decisions: what was decided about it.
    """

    id: str
    name: str
    url: str | None = None
    decisions: tuple[Decision, ...] = ()


@attrs.frozen
class Register:
    """A snapshot of a register.

    Args:
        name: what the register is called, such as DEQAR.
        taken_on: day on which the snapshot was taken.
        homepage: https address of the register, or none.
    """

    name: str
    taken_on: date
    homepage: str | None = None
    _entries: dict[str, object] = attrs.field(factory=dict[str, object], repr=False, eq=False)

    def entry(self, identifier: str) -> RegisterEntry | None:
        """Return the entry with this id; none where there is none, or it can't be read."""
        found = self._entries.get(identifier)
        if found is None:
            return None
        entry = _entry_of(found)
        return entry if isinstance(entry, RegisterEntry) else None

    def faults(self) -> Iterator[Finding]:
        """Yield what is wrong with entries; they count as if they were not there."""
        for identifier, document in self._entries.items():
            entry = _entry_of(document)
            if not isinstance(entry, RegisterEntry):
                yield from (attrs.evolve(finding, path=f"{identifier}.{finding.path}") for finding in entry)


class RegisterFile:
    """A file with a snapshot, read again when it has changed; safe to use from several threads.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._stamp: object = None
        self._read: Register | Message = message("it was not read")

    def read(self) -> Register | Message:
        """Return the snapshot, or why there is none."""
        with self._lock:
            stamp = _stamp(self._path)
            if stamp is None or stamp != self._stamp:
                self._read, self._stamp = _read(self._path), stamp
            return self._read


def examine_register(path: Path, *, on: date) -> Iterator[Finding]:
    """Yield what there is to say of a file with a snapshot.

    Args:
        path: the file.
        on: the day of examining.
    """
    read, place = _read(path), "catalogue.register"
    if isinstance(read, Message):
        yield Finding.error(
            "register",
            "the snapshot of the register can't be used, so that no entry is looked up: {reason}",
            path=place,
            reason=read,
        )
        return
    faults = list(read.faults())
    for finding in faults[:_MOST_DECISIONS]:
        yield attrs.evolve(finding, path=f"{place}.{finding.path}")
    values: dict[str, Any] = {"name": read.name, "day": read.taken_on}
    if read.taken_on > on:
        yield Finding.error(
            "register-future", "the snapshot of {name} is of {day}, which is to come", path=place, **values
        )
    elif on - read.taken_on > _OLD:
        yield Finding.warning(
            "register-old",
            "the snapshot of {name} is of {day}; pages say so, and a newer one would be right",
            path=place,
            **values,
        )
    elif not faults:
        yield Finding.info("register", "the snapshot of {name} is of {day}", path=place, **values)


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - one question, and its answer as a whole
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _read(path: Path) -> Register | Message:
    data = read_bounded(path, most=_LARGEST)
    if isinstance(data, Message):
        return data
    try:
        return _register_of(strict_json.loads(data, refuse=IntakeError), path)
    except IntakeError as error:
        return message("{path}: {reason}", path=path.name, reason=error.findings[0].message)


def _register_of(document: object, path: Path) -> Register | Message:
    if not isinstance(document, dict) or cast("dict[str, object]", document).get("layout") != _LAYOUT:
        return message(
            "{path} is no snapshot of a register; an object with “layout”: “{layout}” would be right",
            path=path.name,
            layout=_LAYOUT,
        )
    members = cast("dict[str, object]", document)
    institutions = members.get("institutions")
    if not isinstance(institutions, list) or members.keys() - _HEAD:
        return message("{path} has other members than {members:comma}", path=path.name, members=sorted(_HEAD))
    head = {name: value for name, value in members.items() if name in {"register", "taken_on", "homepage"}}
    read = structured(head, _Head, refuse=IntakeError)
    entries: dict[str, object] = {}
    for position, one in enumerate(cast("list[object]", institutions)):
        identifier = cast("dict[str, object]", one).get("id") if isinstance(one, dict) else None
        if not isinstance(identifier, str) or not identifier or identifier in entries:
            return message(
                "{path}: institutions[{position}] has no id, or one that another institution has",
                path=path.name,
                position=position,
            )
        entries[identifier] = one
    return Register(read.register, read.taken_on, _address(read.homepage), entries)


@attrs.frozen
class _Head:
    """What a snapshot says of itself."""

    register: str
    taken_on: date
    homepage: str | None = None


def _entry_of(document: object) -> RegisterEntry | tuple[Finding, ...]:
    try:
        entry = structured(document, RegisterEntry, refuse=IntakeError)
    except IntakeError as error:
        return error.findings
    decisions = [attrs.evolve(one, url=_address(one.url)) for one in entry.decisions[:_MOST_DECISIONS]]
    texts = [
        entry.name,
        *(text for one in decisions for text in (one.agency, one.activity, one.decision or "")),
    ]
    if any(len(text) > _LONGEST for text in texts):
        return (Finding.error("too-long", "a text is longer than {most} characters", most=_LONGEST),)
    return attrs.evolve(entry, url=_address(entry.url), decisions=tuple(decisions))


def _address(text: str | None) -> str | None:
    """Return an address that can be linked, or none."""
    return text if text is not None and text.startswith("https://") and len(text) <= _LONGEST else None
