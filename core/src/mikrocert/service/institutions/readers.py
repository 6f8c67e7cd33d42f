"""Readers: what institutions sent is read in a process of its own, so that nothing of it can keep a worker from its other jobs.

An intake may take any time and memory for a file that was made to cost. Here that costs its process, which is tried once more in a new
one, and then what was sent is refused by its name.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final, cast

import attrs

from mikrocert.errors import IntakeError, MikrocertError, WorkerError
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.report import Finding
from mikrocert.service.confining import CostLimits, Crew, Loss
from mikrocert.service.institutions.exports import Form, read_sent

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from mikrocert.service.confining import Opening
    from mikrocert.service.system import System
    from mikrocert.texts import Message

__all__ = ["OF_AN_EXPORT", "Readers", "Sent", "reading_for_others"]

OF_AN_EXPORT: Final = CostLimits(cpu_seconds=120, memory_megabytes=2048, seconds=300)
"""What reading one export, or a piece of lines, may cost: many times what the largest one that is taken in needs."""

_READINGS_OF_A_PROCESS: Final = 500


@attrs.frozen
class Sent:
    """Something that an institution sent.

    Args:
        octets: as it came.
        form: what it is.
        institution: name of the institution.
        intake: name of the intake; none means the institution's own.
        encoding: encoding that a person named, or none.
        before: how many lines stand before it, where it is a part of lines.
    """

    octets: bytes = attrs.field(repr=False)
    form: Form
    institution: str
    intake: str | None = None
    encoding: str | None = None
    before: int = 0


@attrs.frozen
class _Unreadable:
    """What is wrong with a file that can't be read at all, as one process tells another."""

    findings: tuple[Finding, ...]


@attrs.frozen
class _Unread:
    """Why a file was not read, which is no fault of the file."""

    message: Message


class Readers:
    """Reads what institutions sent under limits; safe to use from several threads. Close it when it is needed no more.

    Args:
        opening: opens what reads; called in a process of its own. It is `reading_for_others` of a system.
        limits: what reading may cost.
    """

    def __init__(self, opening: Opening, *, limits: CostLimits = OF_AN_EXPORT) -> None:
        self._crew = Crew(opening, workers=1, limits=limits, lifetime=_READINGS_OF_A_PROCESS)
        self._lock = Lock()

    def read(self, sent: Sent) -> list[IntakeRecord]:
        """Return the records in something; a line that costs more than it may is refused, and the others stay.

        Args:
            sent: what was sent.

        Raises:
            IntakeError: if it can't be read at all, or costs more than it may.
            WorkerError: if no process can be started, or it can't read anything at the moment.
        """
        with self._lock:
            answer = self._asked([sent])[0]
            if isinstance(answer, Loss) and sent.form is Form.LINES:
                return self._line_by_line(sent)
        return _records(answer)

    def _line_by_line(self, sent: Sent) -> list[IntakeRecord]:
        lines = [
            attrs.evolve(sent, octets=line, before=number)
            for number, line in enumerate(sent.octets.split(b"\n"), start=sent.before)
            if line.strip()
        ]
        found: list[IntakeRecord] = []
        for line, answer in zip(lines, self._asked(lines), strict=True):
            try:
                found += _records(answer)
            except IntakeError as error:
                found.append(IntakeRecord(1, findings=error.findings, line=line.before + 1))
        return found

    def _asked(self, requests: Sequence[Sent]) -> list[object]:
        return list(self._crew.work([(request,) for request in requests]))

    def close(self) -> None:
        """End the process."""
        self._crew.close()


def _records(answer: object) -> list[IntakeRecord]:
    if isinstance(answer, Loss):
        raise IntakeError([_LOST.get(answer, _LOST[Loss.ENDED])])
    if isinstance(answer, _Unreadable):
        raise IntakeError(answer.findings)
    if isinstance(answer, _Unread):
        raise WorkerError(answer.message)
    return cast("list[IntakeRecord]", answer)


@contextmanager
def reading_for_others(system: System) -> Generator[Callable[[Sent], object]]:
    """Yield what reads for `Readers`, in their process: records, or what can be sent instead of an error.

    Args:
        system: of this process.
    """

    def read(sent: Sent) -> object:
        try:
            return read_here(system, sent)
        except IntakeError as error:
            return _Unreadable(error.findings)
        except MikrocertError as error:  # the database is away, for example; it is tried again later
            return _Unread(error.message)

    yield read


def read_here(system: System, sent: Sent) -> list[IntakeRecord]:
    """Return the records in something, read in this process.

    Args:
        system: of this process.
        sent: what was sent.

    Raises:
        IntakeError: if it can't be read at all.
        UnknownOffer: if a name is unknown.
    """
    with system.reading(sent.institution, intake=sent.intake, encoding=sent.encoding) as read:
        return read_sent(sent.octets, form=sent.form, before=sent.before, read=read)


_LOST: Final = {
    Loss.TOO_COSTLY: Finding.error(
        "reading-too-costly",
        "reading this took more time or memory than it may, or the system ended it, also when it was tried once more; "
        "send it in several parts",
    ),
    Loss.ENDED: Finding.error(
        "reading-ended",
        "reading this ended its process, also when it was tried once more; nothing was recorded",
    ),
}
