"""From the European Learning Model back to an award.

What `building` wrote reads back equal; a text that only repeats its default (the full name that given and family name
make, the title of an assessment that is the label of its type, the agent that is the awarding body) reads back as the
default. Credentials of other issuers are read as far as they say what an award says; whatever is missing or in no code
list is named, all at once.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias, TypeVar

import attrs
from mikrocert.api import (
    Address,
    Assessment,
    Award,
    Component,
    Finding,
    FormatError,
    Grade,
    Identifier,
    LanguageMap,
    Learner,
    LearningOutcome,
    Level,
    Organisation,
    Participation,
    QualityAssurance,
    Skill,
    Stackability,
    Workload,
)

from mikrocert_edc_v3 import model
from mikrocert_edc_v3.mapping.conventions import (
    EVIDENCE_NUMBER,
    IDENTIFIER,
    NO_GRADE,
    VERIFICATION,
    address_parts,
    day_in_prague,
    day_of,
    hours_of,
    number_of,
    scheme_of,
)
from mikrocert_edc_v3.model.concepts import code, own_name
from mikrocert_edc_v3.model.profile import EMPTY, Text

__all__ = [
    "Partly",
    "birth_place",
    "claims",
    "evidence_number",
    "grade_value",
    "identifier",
    "link",
    "note_about",
    "read",
    "read_partly",
]

T = TypeVar("T")

Partly: TypeAlias = tuple[Award, Mapping[str, LanguageMap | None]]
"""An award as far as it can be read, and what stands for the elements that can't."""

_Claim = model.LearningAchievement | model.LearningActivity | model.LearningAssessment

_NOT_STATED: Final = LanguageMap.of("neuvedeno", "not stated")
_NOWHERE: Final = date(1, 1, 1)


def read(credential: model.EuropeanDigitalCredential) -> Award:
    """Return the award that the credential says.

    Raises:
        FormatError: naming every element that an award must have and that is missing or unreadable.
    """
    achieved, _ = claims(credential)
    reader = _Reader()
    award = reader.award(credential, achieved or model.LearningAchievement())
    if reader.faults:
        raise FormatError(reader.faults)
    return award


def read_partly(credential: model.EuropeanDigitalCredential) -> Partly:
    """Return an award with what can be read, and what stands for the elements that can't.

    A credential without an achievement is read by its first claim, one without a title by the title of its display.

    Returns:
        The award, and path of an element → its name in the credential, where it is a code of no list of ours; none
        where it is missing.
    """
    achieved, others = claims(credential)
    achieved = achieved or (_as_achievement(others[0]) if others else model.LearningAchievement())
    display = credential.display_parameter or model.DisplayParameter()
    reader = _Reader()
    award = reader.award(credential, attrs.evolve(achieved, title=achieved.title or display.title))
    return award, reader.instead


def claims(
    credential: model.EuropeanDigitalCredential,
) -> tuple[model.LearningAchievement | None, tuple[_Claim, ...]]:
    """Return what was achieved, which is the first claim that is a learning achievement, and the other claims."""
    every = credential.credential_subject.has_claim if credential.credential_subject else ()
    achieved = next((claim for claim in every if isinstance(claim, model.LearningAchievement)), None)
    return achieved, tuple(claim for claim in every if claim is not achieved)


def identifier(credential: model.EuropeanDigitalCredential) -> str | None:
    """Return the 12 characters, where the credential has them."""
    return next(
        (number.notation for number in credential.identifier if number.scheme_name == IDENTIFIER), None
    )


def evidence_number(credential: model.EuropeanDigitalCredential) -> str | None:
    """Return the number in the institution's register, or any other number of the credential."""
    numbers = [
        number for number in credential.identifier if number.scheme_name != IDENTIFIER and number.notation
    ]
    own = [number for number in numbers if number.scheme_name == EVIDENCE_NUMBER]
    return next((number.notation for number in [*own, *numbers]), None)


def link(credential: model.EuropeanDigitalCredential) -> str | None:
    """Return the verification link, where the credential has one."""
    achieved, _ = claims(credential)
    return _verification(achieved.supplementary_document if achieved else ())


def note_about(subject: str, *, notes: Iterable[model.Note]) -> LanguageMap | None:
    """Return the text of the note about one of our own subjects, or none."""
    for note in notes:
        if own_name(note.subject, scheme="note-subject") == subject:
            return note.note_literal.by_language
    return None


def grade_value(assessment: model.LearningAssessment) -> tuple[str, LanguageMap | None] | None:
    """Return the grade as given and in words; none where nothing was graded."""
    grades = assessment.grade.note_literal.first if assessment.grade else EMPTY.first
    if not grades or grades == NO_GRADE:
        return None
    words = note_about("grade-in-words", notes=assessment.additional_note)
    language, value = next(iter(grades.items()))
    label = words.get(language) if words else None
    return (value.removesuffix(f" – {label}") if label else value), words


def birth_place(person: model.Person) -> str | None:
    """Return the place of birth: our note about it, else name or address of the location; none if unknown."""
    note = note_about("birth-place", notes=person.additional_note)
    if note:
        return note.best("cs")
    location = person.place_of_birth or model.Location()
    notes = [address.full_address.note_literal for address in location.address if address.full_address]
    return next((place for text in (location.geographic_name, *notes) if (place := _one(text))), None)


def _as_achievement(claim: _Claim) -> model.LearningAchievement:
    if isinstance(claim, model.LearningAchievement):
        return claim
    return model.LearningAchievement(
        title=claim.title,
        awarded_by=claim.awarded_by,
        influenced_by=(claim,) if isinstance(claim, model.LearningActivity) else (),
        proven_by=(claim,) if isinstance(claim, model.LearningAssessment) else (),
    )


class _Reader:
    """Reads awards and notes what can't be read: as faults, and as what stands for it."""

    def __init__(self) -> None:
        self.faults: list[Finding] = []
        self.instead: dict[str, LanguageMap | None] = {}
        # What was read of a node, by the identity of the node: many may refer to one.
        self._identifiers: dict[int, tuple[Identifier, ...]] = {}

    def award(
        self, credential: model.EuropeanDigitalCredential, achieved: model.LearningAchievement
    ) -> Award:
        specified = achieved.specified_by or model.Qualification()
        awarded_by = achieved.awarded_by or model.AwardingProcess()
        body = self.organisation(next(iter(awarded_by.awarding_body), None), "awarding_body")
        joint = enumerate(awarded_by.awarding_body[1:])
        place = awarded_by.location
        notes = (*specified.additional_note, *achieved.additional_note)
        awarded_on = day_of(awarded_by.awarding_date) or day_in_prague(
            credential.valid_from or credential.issued
        )
        languages = (
            language
            for source in _specifications(specified, achieved.influenced_by)
            for language in source.language
        )
        return Award(
            evidence_number=evidence_number(credential) or "",
            learner=self.learner(credential.credential_subject or model.Person()),
            title=self.text(achieved.title, "title"),
            awarding_body=body,
            awarded_on=self.required(awarded_on, "awarded_on", _NOWHERE),
            outcomes=self.outcomes(specified, "outcomes"),
            workload=self.workload(achieved, specified),
            level=self.level(specified),
            assessments=self.assessments(achieved, "assessments"),
            participation=self.participation(specified, achieved.influenced_by),
            quality_assurance=self.quality(specified, body),
            thematic_areas=self.codes("isced-f", specified.thematic_area, "thematic_areas"),
            languages=self.codes("language", dict.fromkeys(languages), "languages"),
            learning_type=self.code(
                "learning-opportunity", next(iter(specified.dc_type), None), "learning_type"
            ),
            place=place.geographic_name.by_language if place else None,
            prerequisites=specified.entry_requirement.note_literal.by_language
            if specified.entry_requirement
            else None,
            stackability=_stackability(notes),
            further_information=note_about("further-information", notes=notes),
            components=tuple(
                self.component(part, f"components[{number}]") for number, part in enumerate(achieved.has_part)
            ),
            valid_until=day_of(credential.valid_until or credential.expiration_date),
            joint_awarding_bodies=tuple(
                self.organisation(other, f"joint_awarding_bodies[{number}]") for number, other in joint
            ),
        )

    def learner(self, person: model.Person) -> Learner:
        learner = Learner(
            given_name=_one(person.given_name) or None,
            family_name=_one(person.family_name) or None,
            birth_date=day_of(person.date_of_birth),
            birth_place=birth_place(person),
            identifiers=tuple(_identifier(number) for number in person.identifier if number.notation),
        )
        full = _one(person.full_name)
        return attrs.evolve(learner, full_name=full if full and full != learner.name else None)

    def organisation(self, organisation: model.Organisation | None, path: str) -> Organisation:
        organisation = organisation or model.Organisation()
        location = next(iter(organisation.location), None) or model.Location()
        address = next(iter(location.address), None) or model.Address()
        lines = address.full_address.note_literal.first if address.full_address else EMPTY.first
        street, postcode, locality = address_parts(next(iter(lines.values()), ""))
        unit = next(iter(organisation.has_sub_organization), None)
        homepage = next(iter(organisation.homepage), None)
        return Organisation(
            legal_name=self.text(organisation.legal_name, f"{path}.legal_name"),
            address=Address(
                country=self.code("country", address.country_code, f"{path}.address.country"),
                region=code("region", next(iter(location.spatial_code), None)),
                street=street,
                postcode=postcode,
                locality=locality,
            ),
            identifiers=self.identifiers(organisation),
            homepage=homepage.content_url if homepage else None,
            unit=unit.legal_name.by_language if unit else None,
        )

    def identifiers(self, organisation: model.Organisation) -> tuple[Identifier, ...]:
        if id(organisation) not in self._identifiers:
            self._identifiers[id(organisation)] = _identifiers(organisation)
        return self._identifiers[id(organisation)]

    def outcomes(
        self, specified: model.LearningAchievementSpecification, path: str
    ) -> tuple[LearningOutcome, ...]:
        return tuple(
            self.outcome(outcome, f"{path}[{number}]")
            for number, outcome in enumerate(specified.learning_outcome)
        )

    def outcome(self, outcome: model.LearningOutcome, path: str) -> LearningOutcome:
        return LearningOutcome(
            title=self.text(outcome.title, f"{path}.title"),
            skills=tuple(Skill(skill.id or "", skill.name) for skill in outcome.related_esco_skill),
        )

    def workload(
        self, achieved: model.LearningAchievement, specified: model.LearningAchievementSpecification
    ) -> Workload:
        durations = [
            specified.volume_of_learning,
            *(activity.workload for activity in achieved.influenced_by),
        ]
        hours = (hours_of(duration) for duration in durations)
        return Workload(
            ects=_ects((*specified.credit_point, *achieved.credit_received)),
            hours=next((number for number in hours if number is not None), None),
        )

    def level(self, specified: model.LearningAchievementSpecification) -> Level:
        eqf = specified.eqf_level if isinstance(specified, model.Qualification) else None
        cycles = (own_name(level, scheme="qf-ehea") for level in specified.education_level)
        return Level(
            eqf=int(self.code("eqf", eqf, "level.eqf") or 0),
            cycle=next((cycle for cycle in cycles if cycle), None),
        )

    def assessments(self, achieved: model.LearningAchievement, path: str) -> tuple[Assessment, ...]:
        return tuple(
            self.assessment(assessment, f"{path}[{number}]")
            for number, assessment in enumerate(achieved.proven_by)
        )

    def assessment(self, assessment: model.LearningAssessment, path: str) -> Assessment:
        specified = assessment.specified_by or model.LearningAssessmentSpecification()
        type_ = self.code("assessment", specified.dc_type, f"{path}.type")
        usual = specified.dc_type is not None and assessment.title.first == specified.dc_type.labels
        graded = grade_value(assessment)
        scheme = specified.grading_scheme or model.GradingScheme()
        return Assessment(
            type=type_,
            title=None if usual else assessment.title.by_language,
            grade=Grade(graded[0], self.text(scheme.title, f"{path}.grade.scale"), graded[1])
            if graded
            else None,
            supervision=code("supervision", assessment.id_verification),
            assessed_on=day_of(assessment.date_issued),
        )

    def participation(
        self,
        specified: model.LearningAchievementSpecification,
        activities: tuple[model.LearningActivity, ...],
    ) -> Participation:
        modes = (mode for source in _specifications(specified, activities) for mode in source.mode)
        period = _period(activities)
        return Participation(
            mode=self.code("mode", next(modes, None), "participation.mode"),
            started_on=day_of(period.start_date),
            ended_on=day_of(period.end_date),
        )

    def quality(
        self, specified: model.LearningAchievementSpecification, body: Organisation
    ) -> tuple[QualityAssurance, ...]:
        accreditations = specified.accreditation if isinstance(specified, model.Qualification) else ()
        return tuple(
            self.accreditation(accreditation, body, f"quality_assurance[{number}]")
            for number, accreditation in enumerate(accreditations)
        )

    def accreditation(
        self, accreditation: model.Accreditation, body: Organisation, path: str
    ) -> QualityAssurance:
        agent = self.organisation(accreditation.accrediting_agent, f"{path}.agent")
        page = next(iter(accreditation.landing_page), None)
        return QualityAssurance(
            type=self.code("accreditation", accreditation.dc_type, f"{path}.type"),
            title=self.text(accreditation.title, f"{path}.title"),
            agent=None if agent == body else agent,
            url=page.content_url if page else None,
            valid_until=day_of(accreditation.expiry_date),
        )

    def component(self, part: model.LearningAchievement, path: str) -> Component:
        specified = part.specified_by or model.LearningAchievementSpecification()
        period = _period(part.influenced_by)
        return Component(
            title=self.text(part.title, f"{path}.title"),
            ects=_ects(part.credit_received),
            code=next((number.notation for number in part.identifier), None),
            outcomes=self.outcomes(specified, f"{path}.outcomes"),
            assessments=self.assessments(part, f"{path}.assessments"),
            started_on=day_of(period.start_date),
            ended_on=day_of(period.end_date),
            link=_verification(part.supplementary_document),
        )

    def text(self, text: Text, path: str) -> LanguageMap:
        return self.required(text.by_language, path, _NOT_STATED)

    def code(self, list_name: str, concept: model.Concept | None, path: str) -> str:
        instead = concept.name if concept else None
        return self.required(code(list_name, concept), path, "", instead=instead)

    def codes(self, list_name: str, concepts: Iterable[model.Concept], path: str) -> tuple[str, ...]:
        return tuple(
            self.code(list_name, concept, f"{path}[{number}]") for number, concept in enumerate(concepts)
        )

    def required(self, value: T | None, path: str, otherwise: T, *, instead: LanguageMap | None = None) -> T:
        if value is not None and value != "":
            return value
        self.instead[path] = instead
        self.faults.append(
            Finding.error(
                "element-missing", "the credential lacks this element, or it can't be read", path=path
            )
        )
        return otherwise


def _specifications(
    specified: model.LearningAchievementSpecification, activities: Iterable[model.LearningActivity]
) -> tuple[model.LearningAchievementSpecification | model.LearningActivitySpecification, ...]:
    """Return what was to be achieved, and what was taught, each once: form and languages of learning stand at either."""
    taught = {
        id(activity.specified_by): activity.specified_by for activity in activities if activity.specified_by
    }
    return (specified, *taught.values())


def _period(activities: Iterable[model.LearningActivity]) -> model.PeriodOfTime:
    periods = (period for activity in activities for period in activity.temporal)
    return next(periods, model.PeriodOfTime())


def _verification(pages: Iterable[model.WebResource]) -> str | None:
    return next((page.content_url for page in pages if page.title.first == VERIFICATION), None)


def _ects(credits_: Iterable[model.CreditPoint]) -> Decimal | None:
    points = (credit.point for credit in credits_ if code("credit", credit.framework) == "ects")
    return next((number for point in points if (number := number_of(point)) is not None), None)


def _one(text: Text) -> str | None:
    return next(iter(text.first.values()), None)


def _identifier(number: model.Identifier) -> Identifier:
    return Identifier(scheme_of(number.scheme_name), number.notation or "")


def _identifiers(organisation: model.Organisation) -> tuple[Identifier, ...]:
    identifiers = [_identifier(number) for number in organisation.identifier]
    registration = organisation.registration
    czech = registration is not None and code("country", registration.spatial) == "CZE"
    legal: Mapping[str, tuple[model.LegalIdentifier | None, ...]] = {
        "ico" if czech else "registration": (registration,),
        "vat": organisation.vat_identifier,
        "tax": organisation.tax_identifier,
        "eidas": (organisation.e_idas_identifier,),
    }
    values = {number.value for number in identifiers}
    for scheme, numbers in legal.items():
        notations = [number.notation for number in numbers if number and number.notation]
        identifiers += [Identifier(scheme, notation) for notation in notations if notation not in values]
    return tuple(identifiers)


def _stackability(notes: Iterable[model.Note]) -> Stackability | None:
    for note in notes:
        kind = own_name(note.subject, scheme="note-subject")
        if note.subject and kind in {"stand-alone", "stackable"}:
            usual = note.note_literal.first == note.subject.labels
            return Stackability(kind, None if usual else note.note_literal.by_language)
    return None
