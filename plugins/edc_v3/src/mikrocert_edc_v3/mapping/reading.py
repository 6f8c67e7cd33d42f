"""From the European Learning Model back to an award.

What `building` wrote reads back equal; a text that only repeats its default (the full name that given and family name make,
the title of an assessment that is the label of its type, the agent that is the awarding body) reads back as the default. Credentials of other issuers are read as far as they say what an award says; whatever is
missing or in no code list is named, all at once.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from mikrocert.api import (
    Address,
    Assessment,
    Award,
    Component,
    Finding,
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
from mikrocert.errors import FormatError

from mikrocert_edc_v3 import model
from mikrocert_edc_v3.mapping.conventions import (
    EVIDENCE_NUMBER,
    IDENTIFIER,
    NO_GRADE,
    address_parts,
    day_of,
    hours_of,
    number_of,
    scheme_of,
)
from mikrocert_edc_v3.model.concepts import code, labels, own_name
from mikrocert_edc_v3.model.profile import EMPTY, Text

__all__ = [
    "achievement",
    "birth_place",
    "called",
    "evidence_number",
    "grade_value",
    "identifier",
    "language_map",
    "note_about",
    "read",
]

T = TypeVar("T")

_NOT_STATED: Final = {"cs": "neuvedeno", "en": "not stated"}
_NOWHERE: Final = date(1, 1, 1)


def read(credential: model.EuropeanDigitalCredential) -> Award:
    """Return the award that the credential says.

    Raises:
        FormatError: naming every element that an award must have and that is missing or unreadable.
    """
    reader = _Reader()
    award = reader.award(credential)
    if reader.faults:
        raise FormatError(reader.faults)
    return award


def identifier(credential: model.EuropeanDigitalCredential) -> str | None:
    """Return the 12 characters, where the credential has them."""
    return next((said.notation for said in credential.identifier if said.scheme_name == IDENTIFIER), None)


def evidence_number(credential: model.EuropeanDigitalCredential) -> str | None:
    """Return the number in the institution's register, or any other number of the credential."""
    numbers = [said for said in credential.identifier if said.scheme_name != IDENTIFIER and said.notation]
    ours = [said for said in numbers if said.scheme_name == EVIDENCE_NUMBER]
    return next((said.notation for said in [*ours, *numbers]), None)


def achievement(credential: model.EuropeanDigitalCredential) -> model.LearningAchievement | None:
    """Return what was achieved: the first claim that is a learning achievement."""
    claims = credential.credential_subject.has_claim if credential.credential_subject else ()
    return next((claim for claim in claims if isinstance(claim, model.LearningAchievement)), None)


def language_map(text: Text) -> LanguageMap | None:
    """Return a text by language, regional tags without their region; none if there is no text."""
    found: dict[str, str] = {}
    for language, said in text.first.items():
        short = language.partition("-")[0].lower()
        if len(short) in (2, 3) and said:
            found.setdefault(short, said)
    return LanguageMap(found) if found else None


def called(concept: model.Concept) -> LanguageMap:
    """Return what to call a concept, in the languages there are; its IRI if it has no label."""
    return language_map(Text.of(labels(concept))) or LanguageMap.of(concept.id or "?", concept.id or "?")


def note_about(subject: str, *, notes: Iterable[model.Note]) -> LanguageMap | None:
    """Return the text of the note about one of our own subjects, or none."""
    for note in notes:
        if own_name(note.subject, scheme="note-subject") == subject:
            return language_map(note.note_literal)
    return None


def grade_value(assessment: model.LearningAssessment) -> tuple[str, LanguageMap | None] | None:
    """Return the grade as given and in words; none where nothing was graded."""
    written = assessment.grade.note_literal.first if assessment.grade else EMPTY.first
    if not written or written == NO_GRADE:
        return None
    words = note_about("grade-in-words", notes=assessment.additional_note)
    language, value = next(iter(written.items()))
    label = words.get(language) if words else None
    return (value.removesuffix(f" – {label}") if label else value), words


def birth_place(person: model.Person) -> str | None:
    """Return the place of birth: our note about it, else the name or the address of the location; none if unknown."""
    note = note_about("birth-place", notes=person.additional_note)
    if note:
        return note.best("cs")
    location = person.place_of_birth or model.Location()
    notes = [address.full_address.note_literal for address in location.address if address.full_address]
    return next((said for text in (location.geographic_name, *notes) if (said := _one(text))), None)


class _Reader:
    def __init__(self) -> None:
        self.faults: list[Finding] = []

    def award(self, credential: model.EuropeanDigitalCredential) -> Award:
        achieved = achievement(credential) or model.LearningAchievement()
        specified = achieved.specified_by or model.Qualification()
        awarded_by = achieved.awarded_by or model.AwardingProcess()
        body = self.organisation(next(iter(awarded_by.awarding_body), None), "awarding_body")
        place = awarded_by.location
        notes = (*specified.additional_note, *achieved.additional_note)
        return Award(
            evidence_number=evidence_number(credential) or credential.id or "",
            learner=self.learner(credential.credential_subject or model.Person()),
            title=self.text(achieved.title, "title"),
            awarding_body=body,
            awarded_on=self.day(awarded_by.awarding_date or credential.issued, "awarded_on"),
            outcomes=tuple(
                self.outcome(outcome, f"outcomes[{number}]")
                for number, outcome in enumerate(specified.learning_outcome)
            ),
            workload=self.workload(specified),
            level=self.level(specified),
            assessments=tuple(
                self.assessment(assessment, f"assessments[{number}]")
                for number, assessment in enumerate(achieved.proven_by)
            ),
            participation=self.participation(specified, achieved.influenced_by),
            quality_assurance=self.quality(specified, body),
            thematic_areas=self.codes("isced-f", specified.thematic_area, "thematic_areas"),
            languages=self.codes("language", specified.language, "languages"),
            learning_type=code("learning-opportunity", next(iter(specified.dc_type), None)) or "course",
            place=language_map(place.geographic_name) if place else None,
            prerequisites=language_map(specified.entry_requirement.note_literal)
            if specified.entry_requirement
            else None,
            stackability=_stackability(notes),
            further_information=note_about("further-information", notes=notes),
            components=tuple(
                self.component(part, f"components[{number}]") for number, part in enumerate(achieved.has_part)
            ),
            valid_until=day_of(credential.valid_until or credential.expiration_date),
        )

    def learner(self, person: model.Person) -> Learner:
        given = self.required(_one(person.given_name), "learner.given_name", "")
        family = self.required(_one(person.family_name), "learner.family_name", "")
        full = _one(person.full_name)
        return Learner(
            given_name=given,
            family_name=family,
            birth_date=self.day(person.date_of_birth, "learner.birth_date"),
            birth_place=birth_place(person),
            identifiers=tuple(_identifier(said) for said in person.identifier if said.notation),
            full_name=full if full and full != f"{given} {family}" else None,
        )

    def organisation(self, said: model.Organisation | None, path: str) -> Organisation:
        known = said or model.Organisation()
        location = next(iter(known.location), None) or model.Location()
        address = next(iter(location.address), None) or model.Address()
        written = address.full_address.note_literal.first if address.full_address else EMPTY.first
        street, postcode, locality = address_parts(next(iter(written.values()), ""))
        unit = next(iter(known.has_sub_organization), None)
        homepage = next(iter(known.homepage), None)
        return Organisation(
            legal_name=self.text(known.legal_name, f"{path}.legal_name"),
            address=Address(
                country=self.code("country", address.country_code, f"{path}.address.country"),
                region=code("region", next(iter(location.spatial_code), None)),
                street=street,
                postcode=postcode,
                locality=locality,
            ),
            identifiers=_identifiers(known),
            homepage=homepage.content_url if homepage else None,
            unit=language_map(unit.legal_name) if unit else None,
        )

    def outcome(self, outcome: model.LearningOutcome, path: str) -> LearningOutcome:
        return LearningOutcome(
            title=self.text(outcome.title, f"{path}.title"),
            skills=tuple(Skill(skill.id or "", called(skill)) for skill in outcome.related_esco_skill),
        )

    def workload(self, specified: model.LearningAchievementSpecification) -> Workload:
        points = [said.point for said in specified.credit_point if code("credit", said.framework) == "ects"]
        ects = self.required(number_of(next(iter(points), None)), "workload.ects", Decimal(0))
        return Workload(ects=ects, hours=hours_of(specified.volume_of_learning))

    def level(self, specified: model.LearningAchievementSpecification) -> Level:
        eqf = specified.eqf_level if isinstance(specified, model.Qualification) else None
        cycles = [own_name(level, scheme="qf-ehea") for level in specified.education_level]
        return Level(
            eqf=int(self.code("eqf", eqf, "level.eqf") or 0),
            cycle=next((cycle for cycle in cycles if cycle), None),
        )

    def assessment(self, said: model.LearningAssessment, path: str) -> Assessment:
        specified = said.specified_by or model.LearningAssessmentSpecification()
        type_ = self.code("assessment", specified.dc_type, f"{path}.type")
        usual = specified.dc_type is not None and said.title.first == labels(specified.dc_type)
        graded = grade_value(said)
        scale = language_map(specified.grading_scheme.title) if specified.grading_scheme else None
        return Assessment(
            type=type_,
            title=None if usual else language_map(said.title),
            grade=Grade(graded[0], scale or LanguageMap(_NOT_STATED), graded[1]) if graded else None,
            supervision=code("supervision", said.id_verification),
            assessed_on=day_of(said.date_issued),
        )

    def participation(
        self,
        specified: model.LearningAchievementSpecification,
        activities: tuple[model.LearningActivity, ...],
    ) -> Participation:
        activity = next(iter(activities), None) or model.LearningActivity()
        taught = activity.specified_by or model.LearningActivitySpecification()
        period = next(iter(activity.temporal), None) or model.PeriodOfTime()
        return Participation(
            mode=self.code("mode", next(iter((*specified.mode, *taught.mode)), None), "participation.mode"),
            started_on=day_of(period.start_date),
            ended_on=day_of(period.end_date),
        )

    def quality(
        self, specified: model.LearningAchievementSpecification, body: Organisation
    ) -> tuple[QualityAssurance, ...]:
        said = specified.accreditation if isinstance(specified, model.Qualification) else ()
        return tuple(
            self.accreditation(accreditation, body, f"quality_assurance[{number}]")
            for number, accreditation in enumerate(said)
        )

    def accreditation(self, said: model.Accreditation, body: Organisation, path: str) -> QualityAssurance:
        agent = self.organisation(said.accrediting_agent, f"{path}.agent")
        page = next(iter(said.landing_page), None)
        return QualityAssurance(
            type=self.code("accreditation", said.dc_type, f"{path}.type"),
            title=self.text(said.title, f"{path}.title"),
            agent=None if agent == body else agent,
            url=page.content_url if page else None,
            valid_until=day_of(said.expiry_date),
        )

    def component(self, part: model.LearningAchievement, path: str) -> Component:
        points = [said.point for said in part.credit_received if code("credit", said.framework) == "ects"]
        return Component(
            title=self.text(part.title, f"{path}.title"),
            ects=number_of(next(iter(points), None)),
            code=next((said.notation for said in part.identifier), None),
        )

    def text(self, text: Text, path: str) -> LanguageMap:
        return self.required(language_map(text), path, LanguageMap(_NOT_STATED))

    def day(self, written: str | None, path: str) -> date:
        return self.required(day_of(written), path, _NOWHERE)

    def code(self, list_name: str, concept: model.Concept | None, path: str) -> str:
        return self.required(code(list_name, concept), path, "")

    def codes(self, list_name: str, concepts: tuple[model.Concept, ...], path: str) -> tuple[str, ...]:
        return tuple(
            self.code(list_name, concept, f"{path}[{number}]") for number, concept in enumerate(concepts)
        )

    def required(self, value: T | None, path: str, otherwise: T) -> T:
        if value is not None and value != "":
            return value
        self.faults.append(
            Finding.error(
                "element-missing",
                "mikrocertifikát tento údaj neobsahuje, nebo jej nejde přečíst",
                "the credential lacks this element, or it can't be read",
                path=path,
            )
        )
        return otherwise


def _one(text: Text) -> str | None:
    return next(iter(text.first.values()), None)


def _identifier(said: model.Identifier) -> Identifier:
    return Identifier(scheme_of(said.scheme_name), said.notation or "")


def _identifiers(said: model.Organisation) -> tuple[Identifier, ...]:
    listed = [_identifier(known) for known in said.identifier]
    legal: Mapping[str, tuple[model.LegalIdentifier | None, ...]] = {
        "ico": (said.registration,),
        "vat": said.vat_identifier,
        "tax": said.tax_identifier,
        "eidas": (said.e_idas_identifier,),
    }
    values = {known.value for known in listed}
    for scheme, numbers in legal.items():
        written = [known.notation for known in numbers if known and known.notation]
        listed += [Identifier(scheme, value) for value in written if value not in values]
    return tuple(listed)


def _stackability(notes: tuple[model.Note, ...]) -> Stackability | None:
    for note in notes:
        kind = own_name(note.subject, scheme="note-subject")
        if note.subject and kind in {"stand-alone", "stackable"}:
            usual = note.note_literal.first == labels(note.subject)
            return Stackability(kind, None if usual else language_map(note.note_literal))
    return None
