"""Intakes: how an institution's export becomes awards."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mikrocert.award import Award
    from mikrocert.award.partial import PartialAward
    from mikrocert.kinds.institution import Profile
    from mikrocert.report import Finding

__all__ = ["Intake", "IntakeRecord"]

_POSITION = re.compile(r"\[\d+\]")


@attrs.frozen
class IntakeRecord:
    """One record of an export: an award, or the reasons why there is none.

    Args:
        number: position in the file, from 1.
        award: the award; none if it could not be read, or not as a whole.
        part: what could be read of an award that could not be read as a whole, so that all its faults are told at once; it is
            never issued.
        findings: with an award warnings and infos, without one at least one error; the path names the
            field as the export calls it.
        row: row of a table as a spreadsheet shows it, from 1, the header and empty rows counted; none where there is no table.
        line: line in the file on which the record begins, from 1, where that means something.
        evidence_number: as far as it could be read, so that a person finds the record.
        names: member of the award without list positions (`workload.ects`, `assessments.type`) → what the export
            calls it, so that the rules name the sender's fields; `[]` marks where a list position goes
            (`hodnoceni[].typ`), else it goes to the end. A member with its list positions (`outcomes[1].skills[0].uri`)
            may have a name of its own (`dovednosti_esco[3].uri`), which is then taken as it is.
        unread: how many lines after this record can't be read because of it, so that nobody counts them as done.
    """

    number: int
    award: Award | None = None
    findings: tuple[Finding, ...] = ()
    line: int | None = None
    evidence_number: str | None = None
    names: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False, repr=False)
    unread: int = 0
    row: int | None = None
    part: PartialAward | None = None

    def named(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return the findings with paths as the export calls them, list positions kept."""
        return tuple(attrs.evolve(finding, path=self._name(finding.path)) for finding in findings)

    def _name(self, path: str) -> str:
        if path in self.names:
            return self.names[path]
        parts = _POSITION.sub("", path).split(".")
        for length in range(len(parts), 0, -1):
            name = self.names.get(".".join(parts[:length]))
            if name is not None:
                for position in _POSITION.findall(path):
                    name = name.replace("[]", position, 1) if "[]" in name else name + position
                return name
        return path


class Intake(ABC):
    """Reads one kind of export."""

    @abstractmethod
    def read(self, data: bytes, *, profile: Profile, encoding: str | None = None) -> Iterator[IntakeRecord]:
        """Read awards one by one; a bad record comes back with its reasons and the next one is read.

        Args:
            data: the export as it came.
            profile: the institution that sends it; it supplies the awarding body.
            encoding: encoding that a person named, such as `cp1250`; none means UTF-8.

        Raises:
            IntakeError: if the file can't be read at all.
        """
