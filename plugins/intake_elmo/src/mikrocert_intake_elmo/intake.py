"""The intake of ELMO files: one learner, reports of institutions, and in them specifications of which some are micro-credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
from mikrocert.api import (
    CanonicalIntake,
    Finding,
    Intake,
    IntakeError,
    IntakeRecord,
    PartialAward,
    message,
)

from mikrocert_intake_elmo.marks import Marks
from mikrocert_intake_elmo.persons import issuer_faults, read_learner
from mikrocert_intake_elmo.reading import Reading
from mikrocert_intake_elmo.tree import is_xml, read_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.api import Assessment, Grade, Profile

    from mikrocert_intake_elmo.persons import Learner
    from mikrocert_intake_elmo.tree import Element

__all__ = ["ElmoIntake"]

_MOST_FINDINGS: Final = 100
_NOT_IN_ELMO: Final = {
    "outcomes": message("learning outcomes"),
    "assessments": message("the type of assessment"),
    "participation": message("the form of participation"),
    "quality_assurance": message("quality assurance"),
}
"""What an award needs and ELMO has no element for."""


class ElmoIntake(Intake):
    """Reads ELMO 1: each specification that is marked as a micro-credential is a record, and takes what ELMO can't say from its type.

    Args:
        other: reads what is no XML; none means that nothing else comes.
    """

    def __init__(self, other: Intake | None = None) -> None:
        self._other = other

    def read(self, data: bytes, *, profile: Profile, encoding: str | None = None) -> Iterator[IntakeRecord]:
        """Read the awards one by one (see `Intake.read`).

        Args:
            data: the file.
            profile: the institution that sends it.
            encoding: of what is no XML; XML says its own, so that of XML it is UTF-8 or none.
        """
        if self._other is not None and not is_xml(data):
            return self._other.read(data, profile=profile, encoding=encoding)
        if encoding is not None and encoding.casefold().replace("_", "-") not in {"utf-8", "utf8"}:
            raise IntakeError(
                [
                    Finding.error(
                        "wrong-encoding",
                        "XML says its encoding itself; send it again without another encoding",
                    )
                ]
            )
        return self._records(read_tree(data), profile)

    def _records(self, root: Element, profile: Profile) -> Iterator[IntakeRecord]:
        learner, number = read_learner(root), 0
        for report in root.all("report"):
            issuer = issuer_faults(report, profile.organisation)
            schemes = {one.attributes.get("localId", ""): one for one in report.all("gradingScheme")}
            for specification, marked in Marks(report).found():
                number += 1
                if not marked:
                    yield _unmarked(number, specification)
                    continue
                reading = Reading(specification, report, schemes)
                reading.faults[:0] = [*learner.faults, *issuer]
                yield _record(number, reading, learner, profile)


def _unmarked(number: int, specification: Element) -> IntakeRecord:
    return IntakeRecord(
        number,
        findings=(
            Finding.error(
                "not-marked",
                "nothing says that this is a micro-credential; an attachment of the type 'Micro Credential' to which attachments/ref of the instance "
                "refers would be right",
                path=specification.path,
            ),
        ),
        line=specification.line,
    )


def _record(number: int, reading: Reading, learner: Learner, profile: Profile) -> IntakeRecord:
    """Return the record of a micro-credential: what could be read, completed from its type."""
    document = {**reading.document, "learner": learner.members}
    record = CanonicalIntake().record(number, document, profile=profile)
    record = attrs.evolve(record, line=reading.specification.line, names={**learner.names, **reading.names})
    faults = [*reading.faults, *_completed(record, reading)]
    award = record.award
    if award is not None and reading.grade is not None:
        assessments, unplaced = _graded(award.assessments, reading.grade, path=reading.grade_path)
        award, faults = attrs.evolve(award, assessments=assessments), [*faults, *unplaced]
    if not faults:
        return attrs.evolve(record, award=award, findings=_bounded(reading.warnings))
    part = record.part if award is None else PartialAward(award, frozenset())
    if part is not None:
        part = attrs.evolve(part, missing=part.missing | reading.lost)
    return attrs.evolve(record, award=None, part=part, findings=_bounded([*faults, *reading.warnings]))


def _completed(record: IntakeRecord, reading: Reading) -> Iterator[Finding]:
    """Yield what else was found of an award that could be read so far, as the file calls it."""
    lost = {_root(member) for member in reading.lost}
    for finding in record.findings:
        root = _root(finding.path)
        lacking = _NOT_IN_ELMO.get(root) if finding.code == "missing" else None
        if root in lost or (lacking is not None and "type" in lost):
            continue  # it is told already, or nobody knows what the type would have said
        if lacking is None:
            yield from record.named([finding])
        else:
            yield Finding.error(
                "missing",
                "ELMO has no element for this: {what}; it comes from the type of micro-credential that identifier[@type='local'] names",
                path=reading.specification.path,
                what=lacking,
            )


def _graded(
    assessments: tuple[Assessment, ...], grade: Grade, *, path: str
) -> tuple[tuple[Assessment, ...], list[Finding]]:
    """Return the assessments of a type with the one grade that ELMO has, or why nobody knows which of them it is of."""
    if len(assessments) != 1:
        fault = Finding.error(
            "which-assessment",
            "the type has several assessments ({count}), and it is not certain which of them the grade is of; a type with one would be right",
            path=path,
            count=len(assessments),
        )
        return assessments, [fault]
    return (attrs.evolve(assessments[0], grade=grade),), []


def _root(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _bounded(findings: list[Finding]) -> tuple[Finding, ...]:
    if len(findings) <= _MOST_FINDINGS:
        return tuple(findings)
    more = Finding.error(
        "more-faults",
        "further faults: {count}; correct the ones above first",
        count=len(findings) - _MOST_FINDINGS,
    )
    return (*findings[:_MOST_FINDINGS], more)
