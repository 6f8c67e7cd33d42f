"""The award: what a university tells us, in the elements of Annex I and in no format's words.

Annex I of Council Recommendation 2022/C 243/02 lists eleven mandatory elements (M1–M11) and five
optional ones (O1–O5). Each class below names the elements that it carries. Values are checked here
only as far as their type goes; what an award must say is the business of the rules (`mikrocert.rules`).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import attrs

from mikrocert.texts import LanguageMap

__all__ = [
    "Address",
    "Assessment",
    "Award",
    "Component",
    "Grade",
    "Identifier",
    "Learner",
    "LearningOutcome",
    "Level",
    "Organisation",
    "Participation",
    "QualityAssurance",
    "Skill",
    "Stackability",
    "TypeReference",
    "Workload",
]


@attrs.frozen
class Identifier:
    """An identifier in a named scheme.

    Args:
        scheme: short name of the scheme: `ico`, `vat`, `ror`, `erasmus`, `deqar`, `eter` for organisations;
            any name for learners, except those of the birth number.
        value: the identifier as its register writes it.
    """

    scheme: str
    value: str


@attrs.frozen
class Address:
    """Where an organisation has its seat (M3).

    Args:
        country: code of the list `country` (ISO 3166-1 alpha-3), such as `CZE`.
        region: code of the list `region`, such as `CZE_KRJ_JIHOMOR`, or none.
        street: street and number.
        postcode: postal code.
        locality: town.
    """

    country: str
    region: str | None = None
    street: str | None = None
    postcode: str | None = None
    locality: str | None = None


@attrs.frozen
class Organisation:
    """A legal person: the awarding body (M3, M4) or the body behind a quality assurance.

    Args:
        legal_name: the registered name.
        address: its seat.
        identifiers: legal and other identifiers; an awarding body needs at least `ico` or `vat`.
        homepage: https address, or none.
        unit: faculty or department that taught, or none.
    """

    legal_name: LanguageMap
    address: Address
    identifiers: tuple[Identifier, ...] = ()
    homepage: str | None = None
    unit: LanguageMap | None = None

    def identifier(self, scheme: str) -> str | None:
        """Return the first identifier in this scheme, or none."""
        return next((i.value for i in self.identifiers if i.scheme == scheme), None)


@attrs.frozen
class Learner:
    """The person who learnt (M1).

    Args:
        given_name: given names, as the person writes them, or none; who has one name only has it as the family name.
        family_name: family names, or none.
        birth_date: date of birth, or none.
        birth_place: town of birth, or none.
        identifiers: other identifiers, such as an ORCID; never a birth number (rodné číslo), and no
            student number ever enters a credential.
        email: for contact only; never enters a credential.
        full_name: name with academic titles as it stands on the certificate; none means given name and
            family name.
    """

    given_name: str | None = None
    family_name: str | None = None
    birth_date: date | None = None
    birth_place: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    email: str | None = None
    full_name: str | None = None

    @property
    def name(self) -> str:
        """The name that stands on the certificate; empty where there is none."""
        return self.full_name or " ".join(part for part in (self.given_name, self.family_name) if part)


@attrs.frozen
class Skill:
    """A skill of the ESCO classification.

    Args:
        uri: `http://data.europa.eu/esco/skill/<uuid>`.
        title: its preferred label.
    """

    uri: str
    title: LanguageMap


@attrs.frozen
class LearningOutcome:
    """One thing that the learner knows or can do (M6).

    Args:
        title: one outcome, one sentence.
        skills: ESCO skills that it relates to.
    """

    title: LanguageMap
    skills: tuple[Skill, ...] = ()


@attrs.frozen
class Workload:
    """Notional workload (M7).

    Args:
        ects: ECTS credits, decimals allowed, or none where work is counted in hours only.
        hours: hours of work altogether, or none; 1 ECTS is 25 to 30 hours.
    """

    ects: Decimal | None = None
    hours: Decimal | None = None


@attrs.frozen
class Level:
    """Level of the learning experience (M8).

    Args:
        eqf: level of the European Qualifications Framework, 1–8.
        cycle: cycle of the QF-EHEA (`short`, `first`, `second`, `third`), or none.
    """

    eqf: int
    cycle: str | None = None


@attrs.frozen
class Participation:
    """Form of participation in the learning activity (M10).

    Args:
        mode: code of the list `mode`, such as `blended`.
        started_on: first day of the learning, or none.
        ended_on: last day of the learning, or none.
    """

    mode: str
    started_on: date | None = None
    ended_on: date | None = None


@attrs.frozen
class Grade:
    """A grade with the scale that gives it a meaning (O3).

    Args:
        value: the grade as given: `A`, `1`, `87 %`, `absolvováno`.
        scale: the scale, in words.
        label: the grade in words ("výborně"), or none.
    """

    value: str
    scale: LanguageMap
    label: LanguageMap | None = None


@attrs.frozen
class Assessment:
    """One assessment that the outcomes were proven by (M9, O2, O3).

    Args:
        type: code of the list `assessment`, such as `project-work`.
        title: what was assessed how, in words, or none.
        grade: the grade achieved, or none.
        supervision: code of the list `supervision`, or none.
        assessed_on: day of the assessment, or none.
    """

    type: str
    title: LanguageMap | None = None
    grade: Grade | None = None
    supervision: str | None = None
    assessed_on: date | None = None


@attrs.frozen
class QualityAssurance:
    """Quality assurance that underpins the micro-credential (M11).

    Args:
        type: code of the list `accreditation`, such as `institutional-quality-assurance`.
        title: what it is, in words.
        agent: body that assures the quality; none means the awarding body itself.
        url: page that documents it, or none.
        valid_until: day on which it lapses, or none.
    """

    type: str
    title: LanguageMap
    agent: Organisation | None = None
    url: str | None = None
    valid_until: date | None = None


@attrs.frozen
class Stackability:
    """Whether and into what the micro-credential can be stacked (O4).

    Args:
        kind: `stand-alone` or `stackable`.
        description: towards what, or none.
    """

    kind: str
    description: LanguageMap | None = None


@attrs.frozen
class Component:
    """One course of a set that was awarded as a whole, or a micro-credential that was stacked into it.

    Args:
        title: title of the course.
        ects: its share of the credits, below 1 too, or none.
        code: the institution's code of the course, or none.
        outcomes: what it taught, or nothing where the outcomes of the whole say it.
        assessments: how it was assessed, with the grades, or nothing.
        started_on: first day of its learning, or none.
        ended_on: last day of its learning, or none.
        link: verification link (https) of the micro-credential that was issued for it, or none.
    """

    title: LanguageMap
    ects: Decimal | None = None
    code: str | None = None
    outcomes: tuple[LearningOutcome, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    started_on: date | None = None
    ended_on: date | None = None
    link: str | None = None


@attrs.frozen
class TypeReference:
    """Names a type of micro-credential of the institution's catalogue.

    Args:
        id: what the institution calls the type.
        version: its version, from 1; none means the newest, or the one that the award took when it was issued before.
    """

    id: str
    version: int | None = None


@attrs.frozen
class Award:
    """This learner achieved this, assessed so, of this level and workload.

    Args:
        evidence_number: number in the institution's register; together with the institution it names the award.
        learner: M1.
        title: M2.
        awarding_body: M3, M4; the institution, with the unit that taught.
        awarded_on: M5, the university's date; also the start of validity.
        outcomes: M6.
        workload: M7.
        level: M8.
        assessments: M9, O2, O3.
        participation: M10.
        quality_assurance: M11.
        thematic_areas: codes of the list `isced-f`, at least one.
        languages: codes of the list `language` in which was taught, at least one.
        learning_type: code of the list `learning-opportunity`, such as `course`.
        place: place of issue.
        prerequisites: O1.
        stackability: O4.
        further_information: O5.
        components: the courses of a set, or nothing.
        valid_until: last day of validity; none means without limit.
        joint_awarding_bodies: M4; further institutions that award it together with the first, or nothing.
        type: type of micro-credential that it takes from what it doesn't say itself; what both say has to agree.
    """

    evidence_number: str
    learner: Learner
    title: LanguageMap
    awarding_body: Organisation
    awarded_on: date
    outcomes: tuple[LearningOutcome, ...]
    workload: Workload
    level: Level
    assessments: tuple[Assessment, ...]
    participation: Participation
    quality_assurance: tuple[QualityAssurance, ...]
    thematic_areas: tuple[str, ...]
    languages: tuple[str, ...]
    learning_type: str = "course"
    place: LanguageMap | None = None
    prerequisites: LanguageMap | None = None
    stackability: Stackability | None = None
    further_information: LanguageMap | None = None
    components: tuple[Component, ...] = ()
    valid_until: date | None = None
    joint_awarding_bodies: tuple[Organisation, ...] = ()
    type: TypeReference | None = None
