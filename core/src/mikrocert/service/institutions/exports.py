"""Exports: from the file that an institution sends to records, whatever its intake does on the way."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import attrs

from mikrocert.errors import IntakeError, PluginError
from mikrocert.kinds.intake import Intake, IntakeRecord
from mikrocert.parsing import strict_json
from mikrocert.report import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mikrocert.kinds.institution import Profile

__all__ = ["Form", "read_export", "read_sent"]

_MOST_CRASHES = 100


class Form(Enum):
    """What an institution sends."""

    EXPORT = "export"
    """An export in the layout of its intake."""

    AWARD = "award"
    """One award in the canonical form, on as many lines as it has."""

    LINES = "lines"
    """An award in the canonical form on each line."""


def read_sent(
    octets: bytes, *, form: Form, before: int, read: Callable[[bytes], Iterable[IntakeRecord]]
) -> list[IntakeRecord]:
    """Read what an institution sent; a line that is no award is refused, and the others stay.

    Args:
        octets: as they came.
        form: what they are.
        before: how many lines stand before them, where they are lines.
        read: reads an export by its intake.

    Raises:
        IntakeError: if an export can't be read at all.
    """
    match form:
        case Form.EXPORT:
            return list(read(octets))
        case Form.AWARD:
            return [_award_of(octets, read)]
        case Form.LINES:
            return [
                attrs.evolve(_award_of(line, read), line=number)
                for number, line in enumerate(octets.split(b"\n"), start=before + 1)
                if line.strip()
            ]


def _award_of(octets: bytes, read: Callable[[bytes], Iterable[IntakeRecord]]) -> IntakeRecord:
    try:
        if not isinstance(strict_json.loads(octets, refuse=IntakeError), dict):
            return IntakeRecord(1, findings=(_NO_AWARD,))
        [record] = read(b'{"awards":[' + octets.removeprefix(b"\xef\xbb\xbf") + b"]}")
    except IntakeError as error:
        return IntakeRecord(1, findings=error.findings)
    return record


def read_export(data: bytes, *, intake: Intake, profile: Profile, encoding: str | None) -> list[IntakeRecord]:
    """Read an export; a record at which the intake crashes is refused, and the intake is asked for the next one.

    An intake that ends with a crash, as a generator has to, may leave records unread; the last one says so.

    Args:
        data: the export as it came.
        intake: the intake.
        profile: the institution that sends the export.
        encoding: encoding that a person named, or none.

    Raises:
        IntakeError: if the file can't be read at all or has no record, or the intake did nothing but crash.
    """
    records: list[IntakeRecord] = []
    crashes: list[Finding] = []
    try:
        left = iter(intake.read(data, profile=profile, encoding=encoding))
    except PluginError as error:
        raise IntakeError([_crash(error)]) from error
    crashed = False
    while len(crashes) < _MOST_CRASHES:
        try:
            record = next(left, None)
        except PluginError as error:
            crashed = True
            crashes.append(_crash(error))
            number = records[-1].number + 1 if records else 1
            records.append(IntakeRecord(number, findings=(crashes[-1],)))
            continue
        if record is None:
            break
        crashed = False
        records.append(record)
    if not records:
        raise IntakeError([_NO_RECORD])
    if len(crashes) == len(records):
        raise IntakeError(crashes)
    if crashed:
        last = records.pop()
        records.append(IntakeRecord(last.number, findings=(*last.findings, _UNREAD)))
    return records


def _crash(error: PluginError) -> Finding:
    return Finding("plugin-crashed", Severity.ERROR, error.message)


_NO_RECORD = Finding.error("no-record", "the file has no record; there has to be at least one")
_NO_AWARD = Finding.error(
    "no-award", "this is no object; an award in the canonical form, as mikrocert schema says, would be right"
)
_UNREAD = Finding.warning(
    "unread", "Whether the export goes on after this record is not known; nothing more was read."
)
