"""The canonical intake: awards as JSON in the names of `mikrocert.award`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

import attrs

from mikrocert.award import Award, TypeReference
from mikrocert.award.common import Common
from mikrocert.award.partial import part_of
from mikrocert.award.types import TypeVersion, filled, taken
from mikrocert.errors import IntakeError
from mikrocert.kinds.intake import Intake, IntakeRecord
from mikrocert.parsing import strict_json
from mikrocert.parsing.structuring import structured, unstructured
from mikrocert.report import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.kinds.institution import Profile

__all__ = ["CanonicalIntake"]


class CanonicalIntake(Intake):
    """Reads `{"awards": […]}` in the canonical form.

    What the institution's profile knows may be left out of an award: `awarding_body`, `quality_assurance`, `place`; and what the type says
    that it names.
    """

    def read(self, data: bytes, *, profile: Profile, encoding: str | None = None) -> Iterator[IntakeRecord]:
        """Read the awards one by one (see `Intake.read`)."""
        if encoding is not None and encoding.casefold().replace("_", "-") not in {"utf-8", "utf8"}:
            fault = Finding.error("not-utf-8", "JSON is read in UTF-8 only", path="--encoding")
            raise IntakeError([fault])
        document = strict_json.loads(data, refuse=IntakeError)
        members = cast("dict[str, object]", document) if isinstance(document, dict) else {}
        awards = members.get("awards")
        if set(members) != {"awards"} or not isinstance(awards, list):
            fault = Finding.error(
                "no-awards",
                'the file has to be an object with the one member "awards", an array as mikrocert schema says',
            )
            raise IntakeError([fault])
        numbered = enumerate(cast("list[object]", awards), start=1)
        return (self.record(number, value, profile=profile) for number, value in numbered)

    def record(self, number: int, value: object, *, profile: Profile) -> IntakeRecord:
        """Return the record of one award in the canonical form, for intakes that turn other files into it.

        Args:
            number: position in the file, from 1.
            value: the award as JSON has it, numbers as `int` or `Decimal`.
            profile: as for `read`.
        """
        evidence_number: str | None = None
        of_type: TypeVersion | Finding | None = None
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            defaults = {
                "awarding_body": unstructured(profile.organisation),
                "quality_assurance": [unstructured(assurance) for assurance in profile.quality_assurance],
                "place": dict(profile.place.texts) if profile.place else None,
            }
            given = members.get("evidence_number")
            evidence_number = given if isinstance(given, str) else None
            of_type = _of_type(members.get("type"), profile, evidence_number)
            if isinstance(of_type, TypeVersion):
                members = filled(members, of_type.content)
            value = {**defaults, **members}
        unread: tuple[Finding, ...] = ()
        award: Award | None = None
        try:
            award = structured(value, Award, refuse=IntakeError)
        except IntakeError as error:
            unread = error.findings
        faults = unread
        if isinstance(of_type, Finding):
            # What it would have said, nobody knows.
            faults = (
                of_type,
                *(one for one in unread if one.code != "missing" or _root(one) not in _OF_TYPES),
            )
        elif of_type is not None and award is not None:
            award, differences = taken(award, of_type)
            faults = tuple(differences.values())
        if award is None or faults:
            part = part_of(value, dict.fromkeys((*unread, *faults)))
            return IntakeRecord(number, findings=faults, evidence_number=evidence_number, part=part)
        return IntakeRecord(number, award=award, evidence_number=award.evidence_number)


def _root(finding: Finding) -> str:
    return re.split(r"[.\[]", finding.path, maxsplit=1)[0]


def _of_type(named: object, profile: Profile, evidence_number: str | None) -> TypeVersion | Finding | None:
    """Return the type that an award names, or why there is none; none where it names none, or nothing that can be read."""
    try:
        wanted = structured(named, TypeReference, refuse=IntakeError)
    except IntakeError:
        return None  # whoever reads the whole award tells it
    found = profile.types.find(wanted, evidence_number=evidence_number)
    return attrs.evolve(found, path="type") if isinstance(found, Finding) else found


_OF_TYPES: Final = frozenset(field.name for field in attrs.fields(Common))
