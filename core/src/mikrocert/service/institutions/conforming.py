"""Conformance: whether an institution's exports hold every kind of record that goes wrong in practice, and what becomes of it.

Nothing is issued and nothing is asked of the institution's own tests: its exports are read as always and tried in a dry run.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING

import attrs

from mikrocert.award.canonical import canonical_octets
from mikrocert.errors import IntakeError
from mikrocert.report import Finding
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mikrocert.award import Award
    from mikrocert.service.issuing.issuing import IssueResult
    from mikrocert.service.system import System
    from mikrocert.texts import Message

__all__ = ["REQUIREMENTS", "Conformance", "Requirement", "try_conformance"]

_LATIN_1 = 255


@attrs.frozen
class Requirement:
    """A kind of record that has to be among an institution's exports.

    Args:
        code: what it is called.
        text: what it is.
        shown_by: takes an award that would be issued, and the languages of certificates; returns whether it is of this kind. None
            where awards are not looked at one by one.
    """

    code: str
    text: Message
    shown_by: Callable[[Award, Sequence[str]], bool] | None = None


REQUIREMENTS: tuple[Requirement, ...] = (
    Requirement("accepted", message("a record that would be issued"), lambda _, __: True),
    Requirement(
        "letters",
        message("a learner whose name has letters that Latin-1 lacks, which a wrong encoding breaks"),
        lambda award, _: any(ord(letter) > _LATIN_1 for letter in award.learner.name),
    ),
    Requirement(
        "one-name",
        message("a learner with one name only"),
        lambda award, _: award.learner.given_name is None,
    ),
    Requirement(
        "no-birth-date",
        message("a learner without date of birth"),
        lambda award, _: award.learner.birth_date is None,
    ),
    Requirement(
        "languages",
        message("a title in every language of the certificate"),
        lambda award, languages: set(languages) <= set(award.title.texts),
    ),
    Requirement(
        "several-outcomes", message("several learning outcomes"), lambda award, _: len(award.outcomes) > 1
    ),
    Requirement(
        "several-assessments", message("several assessments"), lambda award, _: len(award.assessments) > 1
    ),
    Requirement(
        "grade",
        message("an assessment with a grade"),
        lambda award, _: any(assessment.grade is not None for assessment in award.assessments),
    ),
    Requirement(
        "decimal-credits",
        message("credits with a fraction"),
        lambda award, _: award.workload.ects is not None and award.workload.ects % 1 != 0,
    ),
    Requirement("expiry", message("a last day of validity"), lambda award, _: award.valid_until is not None),
    Requirement(
        "joint",
        message("a micro-credential that several institutions award together"),
        lambda award, _: bool(award.joint_awarding_bodies),
    ),
    Requirement(
        "correction",
        message("a record number that comes again, in a later export, with other content"),
    ),
    Requirement("refused", message("a record that is refused, so that its faults are read by somebody")),
)
"""What has to be shown, in this order."""


@attrs.frozen
class Conformance:
    """What became of a conformance run.

    Args:
        files: SHA-256 (hex) of the exports, in their order.
        accepted: how many records would be issued.
        refused: how many would be refused.
        shown: code of a requirement → the record that shows it, as far as its number could be read.
        missing: what no record shows.
        excepted: codes of what doesn't have to be shown.
    """

    files: tuple[str, ...]
    accepted: int
    refused: int
    shown: Mapping[str, str] = attrs.field(hash=False)
    missing: tuple[Requirement, ...] = ()
    excepted: tuple[str, ...] = ()

    @property
    def conforms(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


def try_conformance(
    system: System,
    exports: Iterable[bytes],
    *,
    institution: str,
    intake: str | None = None,
    encoding: str | None = None,
    excepted: Iterable[str] = (),
) -> Conformance:
    """Read exports as they would be issued, and tell which kinds of records they show.

    Args:
        system: a sandbox.
        exports: octets of one or more exports of the institution; later ones may correct what earlier ones had.
        institution: name of its offer.
        intake: name of the intake; none means the institution's own.
        encoding: encoding that a person named, or none.
        excepted: codes of requirements that it needn't show, because it never has such records.

    Raises:
        UnknownOffer: if a name is unknown.
        IntakeError: if an export can't be read at all, or a code is unknown.
        SettingsError: if the settings would make a trap.
    """
    spared = _checked(excepted)
    files: list[str] = []
    results: list[IssueResult] = []
    contents: defaultdict[str, dict[bytes, int]] = defaultdict(dict)
    for place, export in enumerate(exports):
        files.append(hashlib.sha256(export).hexdigest())
        records = system.read(export, institution=institution, intake=intake, encoding=encoding)
        for record in records:
            if record.award is not None:
                contents[record.award.evidence_number].setdefault(canonical_octets(record.award), place)
        results += system.issue(records, institution=institution, dry_run=True)
    shown = _shown([result for result in results if not result.refused], system.settings.languages)
    corrected = [number for number, places in contents.items() if len(set(places.values())) > 1]
    if corrected:
        shown["correction"] = corrected[0]
    refused = [result for result in results if result.refused]
    if refused:
        shown["refused"] = refused[0].record.evidence_number or "–"
    return Conformance(
        files=tuple(files),
        accepted=len(results) - len(refused),
        refused=len(refused),
        shown={each.code: shown[each.code] for each in REQUIREMENTS if each.code in shown},
        missing=tuple(each for each in REQUIREMENTS if each.code not in {*shown, *spared}),
        excepted=spared,
    )


def _shown(accepted: Iterable[IssueResult], languages: Sequence[str]) -> dict[str, str]:
    """Return, by code, the first record that shows a kind."""
    found: dict[str, str] = {}
    for result in accepted:
        award = result.record.award
        for each in REQUIREMENTS:
            if award is None or each.shown_by is None or each.code in found:
                continue
            if each.shown_by(award, languages):
                found[each.code] = award.evidence_number
    return found


def _checked(codes: Iterable[str]) -> tuple[str, ...]:
    spared, there = tuple(dict.fromkeys(codes)), [each.code for each in REQUIREMENTS]
    unknown = [
        Finding.error("unknown-requirement", "'{code}' is none of {known:comma}", code=code, known=there)
        for code in spared
        if code not in there
    ]
    if unknown:
        raise IntakeError(unknown)
    return spared
