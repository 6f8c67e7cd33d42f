"""From an award to the European Learning Model.

| element | where it goes (A achievement, Q its qualification) |
|---|---|
| M1 learner | credentialSubject: names, dateOfBirth, identifier; birth place as a note, because a place of birth needs a country |
| M2 title | A.title, Q.title, displayParameter.title |
| M3, M4 country, awarding bodies | A.awardedBy.awardingBody with location, those that award jointly after the first; a unit as hasSubOrganization |
| M5 date | A.awardedBy.awardingDate, validFrom |
| M6 outcomes | Q.learningOutcome with relatedESCOSkill |
| M7 workload | Q.creditPoint, Q.volumeOfLearning, A.creditReceived |
| M8 level | Q.eqfLevel; the cycle as Q.educationLevel |
| M9, O2, O3 assessment | A.provenBy with specifiedBy, idVerification, grade, gradingScheme |
| M10 participation | A.influencedBy with temporal; mode and language also at Q |
| M11 quality assurance | Q.accreditation |
| O1 prerequisites | Q.entryRequirement |
| O4 stackability | Q.additionalNote about our own concept |
| O5 further information | A.additionalNote |
| components | A.hasPart, each with creditReceived, specifiedBy.learningOutcome, provenBy, influencedBy.temporal |
| link of a component | its supplementaryDocument |
| identifier, evidence number | identifier of the credential |
| verification link | A.supplementaryDocument |
"""

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import uuid4

from mikrocert.api import (
    Assessment,
    Award,
    LanguageMap,
    Learner,
    Mandate,
    QualityAssurance,
    Stackability,
)
from mikrocert.api import Component as AwardComponent
from mikrocert.api import Identifier as AwardIdentifier
from mikrocert.api import LearningOutcome as AwardOutcome
from mikrocert.api import Organisation as AwardOrganisation

from mikrocert_edc_v3 import model
from mikrocert_edc_v3.mapping.conventions import (
    EVIDENCE_NUMBER,
    IDENTIFIER,
    LEARNER_SCHEMES,
    NO_GRADE,
    VERIFICATION,
    address_lines,
    duration,
    end_of_day,
    mandate_statement,
    noon,
    number,
    scheme_name,
)
from mikrocert_edc_v3.model.concepts import concept, own, skill
from mikrocert_edc_v3.model.profile import EMPTY, DateTime, Notation, Text, Uri

__all__ = ["SCHEMA", "build"]

SCHEMA: Final = "http://data.europa.eu/snb/model/ap/edc-generic-full"


def build(award: Award, *, identifier: str, link: str, mandate: Mandate) -> model.EuropeanDigitalCredential:
    """Return the credential without issuer, dates of issuing and pictures, its nodes not yet numbered.

    Args:
        award: an award that no rule refuses.
        identifier: the 12 characters.
        link: the verification link.
        mandate: the agreement under which is sealed.
    """
    valid_until = end_of_day(award.valid_until) if award.valid_until else None
    return model.EuropeanDigitalCredential(
        id=f"urn:credential:{uuid4()}",
        credential_profiles=(concept("credential-profile", "generic"),),
        credential_schema=(model.ShaclValidator2017(id=SCHEMA),),
        identifier=(
            model.Identifier(notation=Notation(identifier), scheme_name=IDENTIFIER),
            model.Identifier(notation=Notation(award.evidence_number), scheme_name=EVIDENCE_NUMBER),
        ),
        valid_from=DateTime(f"{award.awarded_on.isoformat()}T00:00:00Z"),
        valid_until=valid_until,
        expiration_date=valid_until,
        display_parameter=model.DisplayParameter(title=_text(award.title)),
        credential_subject=_person(award.learner, claim=_achievement(award, link)),
        evidence=(_mandate(mandate, award),),
    )


def _languages(codes: tuple[str, ...]) -> tuple[model.Concept, ...]:
    return tuple(concept("language", code) for code in dict.fromkeys(codes))


def _text(texts: LanguageMap) -> Text:
    return Text.of(texts.texts)


def _note(texts: LanguageMap, *, about: str | None = None) -> model.Note:
    return model.Note(note_literal=_text(texts), subject=own("note-subject", about) if about else None)


def _name(name: str | None) -> Text:
    return Text.of({"cs": name}) if name else EMPTY


def _noon(day: date | None) -> DateTime | None:
    return noon(day) if day else None


def _identifier(identifier: AwardIdentifier) -> model.Identifier:
    return model.Identifier(notation=Notation(identifier.value), scheme_name=scheme_name(identifier.scheme))


def _person(learner: Learner, *, claim: model.LearningAchievement) -> model.Person:
    birth_place = LanguageMap.of(learner.birth_place) if learner.birth_place else None
    return model.Person(
        given_name=_name(learner.given_name),
        family_name=_name(learner.family_name),
        full_name=_name(learner.name),
        date_of_birth=_noon(learner.birth_date),
        identifier=tuple(
            _identifier(identifier)
            for identifier in learner.identifiers
            if identifier.scheme in LEARNER_SCHEMES
        ),
        additional_note=(_note(birth_place, about="birth-place"),) if birth_place else (),
        has_claim=(claim,),
    )


def _achievement(award: Award, link: str) -> model.LearningAchievement:
    awarded_by = _awarding_process(award)
    credits_ = _credits(award.workload.ects)
    further = award.further_information
    return model.LearningAchievement(
        title=_text(award.title),
        awarded_by=awarded_by,
        credit_received=credits_,
        specified_by=_qualification(award, credits_),
        influenced_by=(_activity(award, awarded_by),),
        proven_by=_assessments(award.assessments, award.title, awarded_by),
        has_part=tuple(_component(component, awarded_by) for component in award.components),
        supplementary_document=_verification(link),
        additional_note=(_note(further, about="further-information"),) if further else (),
    )


def _awarding_process(award: Award) -> model.AwardingProcess:
    country = concept("country", award.awarding_body.address.country)
    place = model.Location(
        geographic_name=_text(award.place) if award.place else EMPTY,
        address=(model.Address(country_code=country),),
    )
    return model.AwardingProcess(
        awarding_body=tuple(map(_organisation, (award.awarding_body, *award.joint_awarding_bodies))),
        awarding_date=noon(award.awarded_on),
        location=place if award.place else None,
    )


def _credits(ects: Decimal | None) -> tuple[model.CreditPoint, ...]:
    if ects is None:
        return ()
    return (model.CreditPoint(framework=concept("credit", "ects"), point=number(ects)),)


def _verification(link: str | None) -> tuple[model.WebResource, ...]:
    return (model.WebResource(title=Text.of(VERIFICATION), content_url=Uri(link)),) if link else ()


def _organisation(organisation: AwardOrganisation) -> model.Organisation:
    country = concept("country", organisation.address.country)
    legal = {
        identifier: model.LegalIdentifier(
            notation=Notation(identifier.value), scheme_name=scheme_name(identifier.scheme), spatial=country
        )
        for identifier in organisation.identifiers
        if identifier.scheme in {"ico", "vat"}
    }
    lines = address_lines(
        organisation.address.street, organisation.address.postcode, organisation.address.locality
    )
    location = model.Location(
        address=(
            model.Address(
                country_code=country,
                full_address=model.Note(note_literal=Text.of({"cs": lines})) if lines else None,
            ),
        ),
        spatial_code=(concept("region", organisation.address.region),) if organisation.address.region else (),
    )
    units = (organisation.unit,) if organisation.unit else ()
    return model.Organisation(
        legal_name=_text(organisation.legal_name),
        registration=next((legal[number] for number in legal if number.scheme == "ico"), None),
        vat_identifier=tuple(legal[number] for number in legal if number.scheme == "vat"),
        identifier=tuple(legal.get(number) or _identifier(number) for number in organisation.identifiers),
        location=(location,),
        homepage=_pages(organisation.homepage),
        has_sub_organization=tuple(
            model.Organisation(legal_name=_text(unit), location=(location,)) for unit in units
        ),
    )


def _pages(address: str | None) -> tuple[model.WebResource, ...]:
    return (model.WebResource(content_url=Uri(address)),) if address else ()


def _qualification(award: Award, credits_: tuple[model.CreditPoint, ...]) -> model.Qualification:
    cycle = award.level.cycle
    return model.Qualification(
        title=_text(award.title),
        dc_type=(concept("learning-opportunity", award.learning_type),),
        learning_outcome=tuple(map(_outcome, award.outcomes)),
        credit_point=credits_,
        volume_of_learning=duration(award.workload.hours) if award.workload.hours is not None else None,
        eqf_level=concept("eqf", str(award.level.eqf)),
        education_level=(own("qf-ehea", cycle),) if cycle else (),
        thematic_area=tuple(concept("isced-f", area) for area in award.thematic_areas),
        language=_languages(award.languages),
        mode=(concept("mode", award.participation.mode),),
        entry_requirement=_note(award.prerequisites) if award.prerequisites else None,
        accreditation=tuple(_accreditation(quality, award) for quality in award.quality_assurance),
        additional_note=(_stackability(award.stackability),) if award.stackability else (),
    )


def _outcome(outcome: AwardOutcome) -> model.LearningOutcome:
    return model.LearningOutcome(
        title=_text(outcome.title),
        related_esco_skill=tuple(
            skill(esco_skill.uri, esco_skill.title.texts) for esco_skill in outcome.skills
        ),
    )


def _accreditation(quality: QualityAssurance, award: Award) -> model.Accreditation:
    return model.Accreditation(
        dc_type=concept("accreditation", quality.type),
        title=_text(quality.title),
        accrediting_agent=_organisation(quality.agent or award.awarding_body),
        expiry_date=_noon(quality.valid_until),
        landing_page=_pages(quality.url),
    )


def _stackability(stackability: Stackability) -> model.Note:
    subject = own("note-subject", stackability.kind)
    words = _text(stackability.description) if stackability.description else subject.pref_label
    return model.Note(note_literal=words, subject=subject)


def _activity(award: Award, awarded_by: model.AwardingProcess) -> model.LearningActivity:
    took_part = award.participation
    return model.LearningActivity(
        title=_text(award.title),
        awarded_by=awarded_by,
        temporal=_period(took_part.started_on, took_part.ended_on),
        specified_by=model.LearningActivitySpecification(
            title=_text(award.title),
            mode=(concept("mode", took_part.mode),),
            language=_languages(award.languages),
        ),
    )


def _period(start: date | None, end: date | None) -> tuple[model.PeriodOfTime, ...]:
    return (model.PeriodOfTime(start_date=_noon(start), end_date=_noon(end)),) if start or end else ()


def _assessments(
    assessments: tuple[Assessment, ...], title: LanguageMap, awarded_by: model.AwardingProcess
) -> tuple[model.LearningAssessment, ...]:
    return tuple(_assessment(assessment, title, awarded_by) for assessment in assessments)


def _assessment(
    assessment: Assessment, awarded: LanguageMap, awarded_by: model.AwardingProcess
) -> model.LearningAssessment:
    type_ = concept("assessment", assessment.type)
    grade = assessment.grade
    words = grade and grade.label
    return model.LearningAssessment(
        title=_text(assessment.title) if assessment.title else type_.pref_label,
        awarded_by=awarded_by,
        date_issued=_noon(assessment.assessed_on),
        grade=model.Note(note_literal=_grade(assessment, awarded)),
        id_verification=concept("supervision", assessment.supervision) if assessment.supervision else None,
        specified_by=model.LearningAssessmentSpecification(
            title=type_.pref_label,
            dc_type=type_,
            grading_scheme=model.GradingScheme(title=_text(grade.scale)) if grade else None,
        ),
        additional_note=(_note(words, about="grade-in-words"),) if words else (),
    )


def _grade(assessment: Assessment, awarded: LanguageMap) -> Text:
    if assessment.grade is None:
        return Text.of(NO_GRADE)
    if assessment.grade.label is None:
        return Text.of(dict.fromkeys(awarded.texts, assessment.grade.value))
    return Text.of(
        {
            language: f"{assessment.grade.value} – {label}"
            for language, label in assessment.grade.label.texts.items()
        }
    )


def _component(component: AwardComponent, awarded_by: model.AwardingProcess) -> model.LearningAchievement:
    title = _text(component.title)
    period = _period(component.started_on, component.ended_on)
    outcomes = tuple(map(_outcome, component.outcomes))
    return model.LearningAchievement(
        title=title,
        identifier=(model.Identifier(notation=Notation(component.code)),) if component.code else (),
        awarded_by=awarded_by,
        credit_received=_credits(component.ects),
        specified_by=model.LearningAchievementSpecification(title=title, learning_outcome=outcomes)
        if outcomes
        else None,
        influenced_by=(model.LearningActivity(title=title, awarded_by=awarded_by, temporal=period),)
        if period
        else (),
        proven_by=_assessments(component.assessments, component.title, awarded_by),
        supplementary_document=_verification(component.link),
    )


def _mandate(mandate: Mandate, award: Award) -> model.Evidence:
    bodies = (award.awarding_body, *award.joint_awarding_bodies)
    return model.Evidence(
        dc_type=concept("evidence-type", "mandate"), evidence_statement=mandate_statement(mandate, bodies)
    )
