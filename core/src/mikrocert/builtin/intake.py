"""The canonical intake: awards as JSON in the names of `mikrocert.award`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from mikrocert.award import Award
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

    What the institution's profile knows may be left out of an award: `awarding_body`, `quality_assurance`, `place`.
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
        return (self._record(number, value, profile) for number, value in numbered)

    def _record(self, number: int, value: object, profile: Profile) -> IntakeRecord:
        evidence_number: str | None = None
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            defaults = {
                "awarding_body": unstructured(profile.organisation),
                "quality_assurance": [unstructured(assurance) for assurance in profile.quality_assurance],
                "place": dict(profile.place.texts) if profile.place else None,
            }
            value = {**defaults, **members}
            given = members.get("evidence_number")
            evidence_number = given if isinstance(given, str) else None
        try:
            award = structured(value, Award, refuse=IntakeError)
        except IntakeError as error:
            return IntakeRecord(number, findings=error.findings, evidence_number=evidence_number)
        return IntakeRecord(number, award=award, evidence_number=award.evidence_number)
