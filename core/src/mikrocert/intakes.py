"""Intakes: how an institution's export becomes awards."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.award import Award
    from mikrocert.institutions import Profile
    from mikrocert.report import Finding

__all__ = ["Intake", "Record"]


@attrs.frozen
class Record:
    """One record of an export: an award, or the reasons why there is none.

    Args:
        number: position in the file, from 1.
        award: the award; none if it could not be read.
        findings: with an award warnings and infos, without one at least one error; the path names the
            field as the export calls it.
        line: line in the file on which the record begins, from 1, where that means something.
        evidence_number: as far as it could be read, so that a person finds the record.
    """

    number: int
    award: Award | None = None
    findings: tuple[Finding, ...] = ()
    line: int | None = None
    evidence_number: str | None = None


class Intake(ABC):
    """Reads one kind of export."""

    @abstractmethod
    def read(self, data: bytes, *, profile: Profile, encoding: str | None = None) -> Iterator[Record]:
        """Read awards one by one; a bad record comes back with its reasons and the next one is read.

        Args:
            data: the export as it came.
            profile: the institution that sends it; it supplies the awarding body.
            encoding: encoding that a person named, such as `cp1250`; none means UTF-8.

        Raises:
            IntakeError: if the file can't be read at all.
        """
