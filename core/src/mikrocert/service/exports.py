"""Exports: from the file that an institution sends to records, whatever its intake does on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mikrocert.errors import IntakeError, PluginError
from mikrocert.kinds.intake import Intake, IntakeRecord
from mikrocert.report import Finding, Severity

if TYPE_CHECKING:
    from mikrocert.kinds.institution import Profile

__all__ = ["read_export"]

_MOST_CRASHES = 100


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
_UNREAD = Finding.warning(
    "unread", "Whether the export goes on after this record is not known; nothing more was read."
)
