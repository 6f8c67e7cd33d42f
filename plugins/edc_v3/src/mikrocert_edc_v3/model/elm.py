"""The European Learning Model as far as an award needs it: the EDC application profile, declared once.

Class by class after the profile `edc-generic-full` 1.1.0. Every value is optional here, because a document under examination
may lack anything: how many there must be is stated by `min_count` and checked by `validation`. Of what is legal beyond these classes and
fields `vocabulary` knows the names.
"""

from collections.abc import Mapping
from functools import cache, cached_property
from typing import Annotated, ClassVar, Final

import attrs
from mikrocert.api import LanguageMap

from mikrocert_edc_v3.model.lists import known_labels
from mikrocert_edc_v3.model.profile import (
    EMPTY,
    DateTime,
    Duration,
    Node,
    Notation,
    PositiveInteger,
    Profile,
    Rdf,
    StatusUri,
    Text,
    Uri,
)

__all__ = [
    "SCHEMES",
    "Accreditation",
    "Address",
    "AwardingProcess",
    "Concept",
    "ConceptScheme",
    "CreditPoint",
    "DisplayDetail",
    "DisplayParameter",
    "EuropeanDigitalCredential",
    "Evidence",
    "GradingScheme",
    "Identifier",
    "IndividualDisplay",
    "LearningAchievement",
    "LearningAchievementSpecification",
    "LearningActivity",
    "LearningActivitySpecification",
    "LearningAssessment",
    "LearningAssessmentSpecification",
    "LearningOutcome",
    "LegalIdentifier",
    "Location",
    "MediaObject",
    "Note",
    "Organisation",
    "PeriodOfTime",
    "Person",
    "Qualification",
    "ShaclValidator2017",
    "WebResource",
    "profile",
]


class SCHEMES:
    """IRIs of the concept schemes that the profile asks for by name."""

    ACCREDITATION: Final = "http://data.europa.eu/snb/accreditation/25831c2"
    COUNTRY: Final = "http://publications.europa.eu/resource/authority/country"
    CREDENTIAL: Final = "http://data.europa.eu/snb/credential/25831c2"
    EQF: Final = "http://data.europa.eu/snb/eqf/25831c2"
    ESCO_SKILL: Final = "http://data.europa.eu/esco/concept-scheme/skills"
    EVIDENCE: Final = "http://data.europa.eu/snb/evidence-type/25831c2"
    ISCED_F: Final = "http://data.europa.eu/snb/isced-f/25831c2"
    LANGUAGE: Final = "http://publications.europa.eu/resource/authority/language"
    LEARNING_SETTING: Final = "http://data.europa.eu/snb/learning-setting/25831c2"
    NQF: Final = "http://data.europa.eu/snb/qdr/25831c2"
    REUSE_LEVEL: Final = "http://data.europa.eu/snb/skill-reuse-level/25831c2"
    SKILL_TYPE: Final = "http://data.europa.eu/snb/skill-type/25831c2"


_AGENTS = ("elm:Agent", "elm:Person")
_TITLE = Rdf("dc:title", min_count=1, one_per_language=True)
_DESCRIPTION = Rdf("dc:description", one_per_language=True)
_DC_TYPE = Rdf("dc:type", "dcType")
_IDENTIFIER = Rdf("adms:identifier")
_ADDITIONAL_NOTE = Rdf("elm:additionalNote")
_SUPPLEMENTARY_DOCUMENT = Rdf("elm:supplementaryDocument")
_MODE = Rdf("elm:mode")
_LANGUAGE = Rdf("dc:language", scheme=SCHEMES.LANGUAGE)
_HOMEPAGE = Rdf("foaf:homepage")
_ALT_LABEL = Rdf("skos:altLabel")


@attrs.frozen(kw_only=True)
class ConceptScheme(Node):
    """A controlled vocabulary."""

    IRI: ClassVar[str] = "skos:ConceptScheme"


@attrs.frozen(kw_only=True)
class Concept(Node):
    """An entry of a controlled vocabulary."""

    IRI: ClassVar[str] = "skos:Concept"

    in_scheme: Annotated[tuple[ConceptScheme, ...], Rdf("skos:inScheme")] = ()
    notation: Annotated[Notation | None, Rdf("skos:notation")] = None
    pref_label: Annotated[Text, Rdf("skos:prefLabel", one_per_language=True)] = EMPTY
    definition: Annotated[Text, Rdf("skos:definition")] = EMPTY

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Its labels: our own where we know it, else those in the document, else its IRI.

        A document can put any label beside an IRI; where the IRI is known, its label is too.
        """
        ours = known_labels(self.id or "", schemes=(scheme.id or "" for scheme in self.in_scheme))
        return ours or self.pref_label.first or {"en": self.id or ""}

    @cached_property
    def name(self) -> LanguageMap:
        """Its name, in the languages there are; its IRI if it has no label."""
        return Text.of(self.labels).by_language or LanguageMap.of(self.id or "?", self.id or "?")


@attrs.frozen(kw_only=True)
class Identifier(Node):
    """An identifier in a named scheme."""

    IRI: ClassVar[str] = "elm:Identifier"

    notation: Annotated[Notation | None, Rdf("skos:notation", min_count=1)] = None
    scheme_name: Annotated[str | None, Rdf("elm:schemeName")] = None
    scheme_id: Annotated[Uri | None, Rdf("elm:schemeId")] = None
    scheme_version: Annotated[str | None, Rdf("elm:schemeVersion")] = None
    scheme_agency: Annotated[Text, Rdf("adms:schemeAgency", max_count=1)] = EMPTY
    date_issued: Annotated[DateTime | None, Rdf("dc:issued")] = None
    dc_type: Annotated[tuple[Concept, ...], _DC_TYPE] = ()


@attrs.frozen(kw_only=True)
class LegalIdentifier(Identifier):
    """An identifier in a register kept by law, with the country of the register."""

    IRI: ClassVar[str] = "elm:LegalIdentifier"

    spatial: Annotated[Concept | None, Rdf("dc:spatial", min_count=1, scheme=SCHEMES.COUNTRY)] = None


_Identifiers = Annotated[tuple[Identifier | LegalIdentifier, ...], _IDENTIFIER]


@attrs.frozen(kw_only=True)
class Note(Node):
    """A text, and what it is about."""

    IRI: ClassVar[str] = "elm:Note"

    note_literal: Annotated[Text, Rdf("elm:noteLiteral", min_count=1)] = EMPTY
    subject: Annotated[Concept | None, Rdf("dc:subject")] = None
    note_format: Annotated[Concept | None, Rdf("elm:noteFormat")] = None


_Notes = Annotated[tuple[Note, ...], _ADDITIONAL_NOTE]


@attrs.frozen(kw_only=True)
class WebResource(Node):
    """A page on the web."""

    IRI: ClassVar[str] = "elm:WebResource"

    title: Annotated[Text, Rdf("dc:title", one_per_language=True)] = EMPTY
    content_url: Annotated[Uri | None, Rdf("elm:contentUrl", "contentURL", min_count=1)] = None
    language: Annotated[Concept | None, _LANGUAGE] = None


_WebResources = Annotated[tuple[WebResource, ...], _SUPPLEMENTARY_DOCUMENT]
_Homepages = Annotated[tuple[WebResource, ...], _HOMEPAGE]


@attrs.frozen(kw_only=True)
class MediaObject(Node):
    """A file inside the credential, in base64."""

    IRI: ClassVar[str] = "elm:MediaObject"

    title: Annotated[Text, Rdf("dc:title", one_per_language=True)] = EMPTY
    description: Annotated[Text, _DESCRIPTION] = EMPTY
    content: Annotated[str | None, Rdf("elm:content", min_count=1)] = None
    content_encoding: Annotated[Concept | None, Rdf("elm:contentEncoding", min_count=1)] = None
    content_type: Annotated[Concept | None, Rdf("elm:contentType", min_count=1)] = None
    content_size: Annotated[int | None, Rdf("elm:contentSize")] = None
    content_url: Annotated[Uri | None, Rdf("elm:contentUrl", "contentURL")] = None
    attachment_type: Annotated[Concept | None, Rdf("elm:attachmentType")] = None


@attrs.frozen(kw_only=True)
class Address(Node):
    """A postal address: a country and a text."""

    IRI: ClassVar[str] = "elm:Address"

    identifier: _Identifiers = ()
    country_code: Annotated[Concept | None, Rdf("elm:countryCode", min_count=1, scheme=SCHEMES.COUNTRY)] = (
        None
    )
    full_address: Annotated[Note | None, Rdf("elm:fullAddress")] = None


@attrs.frozen(kw_only=True)
class Location(Node):
    """A place."""

    IRI: ClassVar[str] = "dc:Location"

    identifier: _Identifiers = ()
    geographic_name: Annotated[Text, Rdf("elm:geographicName")] = EMPTY
    description: Annotated[Text, _DESCRIPTION] = EMPTY
    address: Annotated[tuple[Address, ...], Rdf("elm:address", min_count=1)] = ()
    spatial_code: Annotated[tuple[Concept, ...], Rdf("elm:spatialCode")] = ()


@attrs.frozen(kw_only=True)
class PeriodOfTime(Node):
    """From when until when."""

    IRI: ClassVar[str] = "dc:PeriodOfTime"
    URN: ClassVar[str] = "period"

    pref_label: Annotated[Text, Rdf("skos:prefLabel", one_per_language=True)] = EMPTY
    start_date: Annotated[DateTime | None, Rdf("elm:startDate")] = None
    end_date: Annotated[DateTime | None, Rdf("elm:endDate")] = None


@attrs.frozen(kw_only=True)
class Organisation(Node):
    """A legal person or a part of one."""

    IRI: ClassVar[str] = "elm:Organisation"
    URN: ClassVar[str] = "org"

    legal_name: Annotated[Text, Rdf("rov:legalName", min_count=1, one_per_language=True)] = EMPTY
    alt_label: Annotated[Text, _ALT_LABEL] = EMPTY
    e_idas_identifier: Annotated[
        LegalIdentifier | None, Rdf("elm:eidasLegalIdentifier", "eIDASIdentifier")
    ] = None
    registration: Annotated[LegalIdentifier | None, Rdf("rov:registration")] = None
    vat_identifier: Annotated[tuple[LegalIdentifier, ...], Rdf("elm:vatIdentifier")] = ()
    tax_identifier: Annotated[tuple[LegalIdentifier, ...], Rdf("elm:taxIdentifier")] = ()
    identifier: _Identifiers = ()
    location: Annotated[tuple[Location, ...], Rdf("elm:location", min_count=1)] = ()
    homepage: _Homepages = ()
    logo: Annotated[MediaObject | None, Rdf("elm:logo")] = None
    dc_type: Annotated[tuple[Concept, ...], _DC_TYPE] = ()
    additional_note: _Notes = ()
    accreditation: Annotated["tuple[Accreditation, ...]", Rdf("elm:accreditation")] = ()
    has_sub_organization: Annotated["tuple[Organisation, ...]", Rdf("org:hasSubOrganization")] = ()
    sub_organization_of: Annotated["Organisation | None", Rdf("org:subOrganizationOf")] = None


@attrs.frozen(kw_only=True)
class Accreditation(Node):
    """Quality assurance or licence of an organisation or a qualification."""

    IRI: ClassVar[str] = "elm:Accreditation"

    identifier: _Identifiers = ()
    dc_type: Annotated[
        Concept | None, Rdf("dc:type", "dcType", min_count=1, scheme=SCHEMES.ACCREDITATION)
    ] = None
    title: Annotated[Text, _TITLE] = EMPTY
    description: Annotated[Text, _DESCRIPTION] = EMPTY
    accrediting_agent: Annotated[Organisation | None, Rdf("elm:accreditingAgent", min_count=1)] = None
    organisation: Annotated[tuple[Organisation, ...], Rdf("elm:organisation")] = ()
    decision: Annotated[Concept | None, Rdf("elm:decision")] = None
    report: Annotated[WebResource | None, Rdf("elm:report")] = None
    date_issued: Annotated[DateTime | None, Rdf("dc:issued")] = None
    review_date: Annotated[DateTime | None, Rdf("elm:reviewDate")] = None
    expiry_date: Annotated[DateTime | None, Rdf("elm:expiryDate")] = None
    homepage: _Homepages = ()
    landing_page: Annotated[tuple[WebResource, ...], Rdf("elm:landingPage")] = ()
    supplementary_document: _WebResources = ()
    additional_note: _Notes = ()


@attrs.frozen(kw_only=True)
class AwardingProcess(Node):
    """The awarding: by whom, when and where."""

    IRI: ClassVar[str] = "elm:AwardingProcess"

    identifier: _Identifiers = ()
    description: Annotated[Text, _DESCRIPTION] = EMPTY
    awarding_body: Annotated[
        tuple[Organisation, ...], Rdf("elm:awardingBody", min_count=1, also=_AGENTS)
    ] = ()
    awarding_date: Annotated[DateTime | None, Rdf("elm:awardingDate")] = None
    location: Annotated[Location | None, Rdf("elm:location")] = None
    educational_system_note: Annotated[Concept | None, Rdf("elm:educationalSystemNote")] = None
    additional_note: _Notes = ()


@attrs.frozen(kw_only=True)
class CreditPoint(Node):
    """Credits in a framework; the number is a string with a decimal point."""

    IRI: ClassVar[str] = "elm:CreditPoint"

    framework: Annotated[Concept | None, Rdf("elm:framework", min_count=1)] = None
    point: Annotated[str | None, Rdf("elm:point", min_count=1)] = None


@attrs.frozen(kw_only=True)
class GradingScheme(Node):
    """The scale that gives a grade its meaning."""

    IRI: ClassVar[str] = "elm:GradingScheme"

    identifier: _Identifiers = ()
    title: Annotated[Text, _TITLE] = EMPTY
    description: Annotated[Text, _DESCRIPTION] = EMPTY
    supplementary_document: _WebResources = ()


@attrs.frozen(kw_only=True)
class LearningOutcome(Node):
    """One thing that the learner knows or can do."""

    IRI: ClassVar[str] = "elm:LearningOutcome"

    identifier: _Identifiers = ()
    title: Annotated[Text, _TITLE] = EMPTY
    dc_type: Annotated[Concept | None, Rdf("dc:type", "dcType", scheme=SCHEMES.SKILL_TYPE)] = None
    reusability_level: Annotated[Concept | None, Rdf("elm:reusabilityLevel", scheme=SCHEMES.REUSE_LEVEL)] = (
        None
    )
    related_esco_skill: Annotated[
        tuple[Concept, ...], Rdf("elm:relatedESCOSkill", "relatedESCOSkill", scheme=SCHEMES.ESCO_SKILL)
    ] = ()
    related_skill: Annotated[tuple[Concept, ...], Rdf("elm:relatedSkill")] = ()
    additional_note: _Notes = ()


@attrs.frozen(kw_only=True)
class LearningAssessmentSpecification(Node):
    """A description of an assessment: its type and scale."""

    IRI: ClassVar[str] = "elm:LearningAssessmentSpecification"
    URN: ClassVar[str] = "learningAssessmentSpec"

    identifier: _Identifiers = ()
    title: Annotated[Text, _TITLE] = EMPTY
    alt_label: Annotated[Text, _ALT_LABEL] = EMPTY
    description: Annotated[Text, _DESCRIPTION] = EMPTY
    dc_type: Annotated[Concept | None, Rdf("dc:type", "dcType")] = None
    mode: Annotated[tuple[Concept, ...], _MODE] = ()
    language: Annotated[tuple[Concept, ...], _LANGUAGE] = ()
    grading_scheme: Annotated[GradingScheme | None, Rdf("elm:gradingScheme")] = None
    homepage: _Homepages = ()
    supplementary_document: _WebResources = ()
    additional_note: _Notes = ()


@attrs.frozen(kw_only=True)
class LearningAssessment(Node):
    """An assessment that took place, with its grade."""

    IRI: ClassVar[str] = "elm:LearningAssessment"

    identifier: _Identifiers = ()
    title: Annotated[Text, _TITLE] = EMPTY
    description: Annotated[Text, _DESCRIPTION] = EMPTY
    dc_type: Annotated[tuple[Concept, ...], _DC_TYPE] = ()
    awarded_by: Annotated[AwardingProcess | None, Rdf("elm:awardedBy", min_count=1)] = None
    assessed_by: Annotated[tuple[Organisation, ...], Rdf("elm:assessedBy", also=_AGENTS)] = ()
    date_issued: Annotated[DateTime | None, Rdf("dc:issued")] = None
    grade: Annotated[Note | None, Rdf("elm:grade", min_count=1)] = None
    grade_status: Annotated[Concept | None, Rdf("elm:gradeStatus")] = None
    id_verification: Annotated[Concept | None, Rdf("elm:idVerification")] = None
    location: Annotated[Location | None, Rdf("elm:location")] = None
    specified_by: Annotated[LearningAssessmentSpecification | None, Rdf("elm:specifiedBy")] = None
    supplementary_document: _WebResources = ()
    additional_note: _Notes = ()


@attrs.frozen(kw_only=True)
class LearningActivitySpecification(Node):
    """A description of an activity: what is taught and in which form."""

    IRI: ClassVar[str] = "elm:LearningActivitySpecification"
    URN: ClassVar[str] = "learningActivitySpec"

    identifier: _Identifiers = ()
    title: Annotated[Text, _TITLE] = EMPTY
    alt_label: Annotated[Text, _ALT_LABEL] = EMPTY
    description: Annotated[Text, _DESCRIPTION] = EMPTY
    dc_type: Annotated[tuple[Concept, ...], _DC_TYPE] = ()
    mode: Annotated[tuple[Concept, ...], _MODE] = ()
    language: Annotated[tuple[Concept, ...], _LANGUAGE] = ()
    contact_hour: Annotated[tuple[str, ...], Rdf("elm:contactHour")] = ()
    volume_of_learning: Annotated[Duration | None, Rdf("elm:volumeOfLearning")] = None
    homepage: _Homepages = ()
    supplementary_document: _WebResources = ()
    additional_note: _Notes = ()


@attrs.frozen(kw_only=True)
class LearningActivity(Node):
    """A learning activity that the learner took part in."""

    IRI: ClassVar[str] = "elm:LearningActivity"
    URN: ClassVar[str] = "activity"

    identifier: _Identifiers = ()
    title: Annotated[Text, _TITLE] = EMPTY
    description: Annotated[Text, _DESCRIPTION] = EMPTY
    dc_type: Annotated[tuple[Concept, ...], _DC_TYPE] = ()
    awarded_by: Annotated[AwardingProcess | None, Rdf("elm:awardedBy", min_count=1)] = None
    directed_by: Annotated[tuple[Organisation, ...], Rdf("elm:directedBy", also=_AGENTS)] = ()
    workload: Annotated[Duration | None, Rdf("elm:workload")] = None
    temporal: Annotated[tuple[PeriodOfTime, ...], Rdf("dc:temporal")] = ()
    location: Annotated[tuple[Location, ...], Rdf("elm:location")] = ()
    specified_by: Annotated[LearningActivitySpecification | None, Rdf("elm:specifiedBy")] = None
    supplementary_document: _WebResources = ()
    additional_note: _Notes = ()


@attrs.frozen(kw_only=True)
class LearningAchievementSpecification(Node):
    """A description of an achievement: outcomes, workload, form."""

    IRI: ClassVar[str] = "elm:LearningAchievementSpecification"
    URN: ClassVar[str] = "learningAchievementSpec"

    identifier: _Identifiers = ()
    title: Annotated[Text, _TITLE] = EMPTY
    alt_label: Annotated[Text, _ALT_LABEL] = EMPTY
    description: Annotated[Text, _DESCRIPTION] = EMPTY
    dc_type: Annotated[tuple[Concept, ...], _DC_TYPE] = ()
    learning_outcome: Annotated[tuple[LearningOutcome, ...], Rdf("elm:learningOutcome")] = ()
    learning_outcome_summary: Annotated[Note | None, Rdf("elm:learningOutcomeSummary")] = None
    credit_point: Annotated[tuple[CreditPoint, ...], Rdf("elm:creditPoint")] = ()
    volume_of_learning: Annotated[Duration | None, Rdf("elm:volumeOfLearning")] = None
    maximum_duration: Annotated[Duration | None, Rdf("elm:maximumDuration")] = None
    thematic_area: Annotated[
        tuple[Concept, ...], Rdf("elm:ISCEDFCode", "thematicArea", scheme=SCHEMES.ISCED_F)
    ] = ()
    education_level: Annotated[tuple[Concept, ...], Rdf("elm:educationLevel")] = ()
    education_subject: Annotated[tuple[Concept, ...], Rdf("elm:educationSubject")] = ()
    language: Annotated[tuple[Concept, ...], _LANGUAGE] = ()
    learning_setting: Annotated[
        Concept | None, Rdf("elm:learningSetting", scheme=SCHEMES.LEARNING_SETTING)
    ] = None
    mode: Annotated[tuple[Concept, ...], _MODE] = ()
    target_group: Annotated[tuple[Concept, ...], Rdf("elm:targetGroup")] = ()
    entry_requirement: Annotated[Note | None, Rdf("elm:entryRequirement")] = None
    homepage: _Homepages = ()
    supplementary_document: _WebResources = ()
    additional_note: _Notes = ()


@attrs.frozen(kw_only=True)
class Qualification(LearningAchievementSpecification):
    """A description of an achievement with a level and accreditation."""

    IRI: ClassVar[str] = "elm:Qualification"
    URN: ClassVar[str] = "qualification"

    eqf_level: Annotated[Concept | None, Rdf("elm:EQFLevel", "eqfLevel", scheme=SCHEMES.EQF)] = None
    nqf_level: Annotated[tuple[Concept, ...], Rdf("elm:NQFLevel", "nqfLevel", scheme=SCHEMES.NQF)] = ()
    is_partial_qualification: Annotated[bool | None, Rdf("elm:isPartialQualification")] = None
    qualification_code: Annotated[tuple[Concept, ...], Rdf("elm:qualificationCode")] = ()
    accreditation: Annotated[tuple[Accreditation, ...], Rdf("elm:accreditation")] = ()


@attrs.frozen(kw_only=True)
class LearningAchievement(Node):
    """An achievement of the learner."""

    IRI: ClassVar[str] = "elm:LearningAchievement"

    identifier: _Identifiers = ()
    title: Annotated[Text, _TITLE] = EMPTY
    description: Annotated[Text, _DESCRIPTION] = EMPTY
    dc_type: Annotated[tuple[Concept, ...], _DC_TYPE] = ()
    awarded_by: Annotated[AwardingProcess | None, Rdf("elm:awardedBy", min_count=1)] = None
    credit_received: Annotated[tuple[CreditPoint, ...], Rdf("elm:creditReceived")] = ()
    specified_by: Annotated[
        LearningAchievementSpecification | Qualification | None, Rdf("elm:specifiedBy")
    ] = None
    influenced_by: Annotated[tuple[LearningActivity, ...], Rdf("elm:influencedBy")] = ()
    proven_by: Annotated[tuple[LearningAssessment, ...], Rdf("elm:provenBy")] = ()
    has_part: Annotated["tuple[LearningAchievement, ...]", Rdf("elm:hasPart")] = ()
    supplementary_document: _WebResources = ()
    additional_note: _Notes = ()


@attrs.frozen(kw_only=True)
class Person(Node):
    """A natural person; each name has one literal in one language."""

    IRI: ClassVar[str] = "elm:Person"

    given_name: Annotated[Text, Rdf("foaf:givenName", max_count=1)] = EMPTY
    family_name: Annotated[Text, Rdf("foaf:familyName", max_count=1)] = EMPTY
    full_name: Annotated[Text, Rdf("foaf:fullName", max_count=1)] = EMPTY
    birth_name: Annotated[Text, Rdf("person:birthName")] = EMPTY
    patronymic_name: Annotated[Text, Rdf("person:patronymicName")] = EMPTY
    date_of_birth: Annotated[DateTime | None, Rdf("elm:dateOfBirth")] = None
    place_of_birth: Annotated[Location | None, Rdf("elm:placeOfBirth")] = None
    identifier: _Identifiers = ()
    additional_note: _Notes = ()
    has_claim: Annotated[
        tuple[LearningAchievement | LearningActivity | LearningAssessment, ...],
        Rdf("elm:hasClaim", min_count=1, also=("elm:LearningEntitlement", "elm:Claim")),
    ] = ()


@attrs.frozen(kw_only=True)
class DisplayDetail(Node):
    """One page of a display, as a picture."""

    IRI: ClassVar[str] = "elm:DisplayDetail"

    image: Annotated[MediaObject | None, Rdf("elm:image", min_count=1)] = None
    page: Annotated[PositiveInteger | None, Rdf("elm:page", min_count=1)] = None


@attrs.frozen(kw_only=True)
class IndividualDisplay(Node):
    """The pages in one language."""

    IRI: ClassVar[str] = "elm:IndividualDisplay"

    language: Annotated[Concept | None, Rdf("dc:language", min_count=1)] = None
    display_detail: Annotated[tuple[DisplayDetail, ...], Rdf("elm:displayDetail", min_count=1)] = ()


@attrs.frozen(kw_only=True)
class DisplayParameter(Node):
    """How the credential wants to be shown."""

    IRI: ClassVar[str] = "elm:DisplayParameter"

    title: Annotated[Text, _TITLE] = EMPTY
    description: Annotated[Text, _DESCRIPTION] = EMPTY
    primary_language: Annotated[
        Concept | None, Rdf("elm:primaryLanguage", min_count=1, scheme=SCHEMES.LANGUAGE)
    ] = None
    language: Annotated[tuple[Concept, ...], Rdf("dc:language", min_count=1, scheme=SCHEMES.LANGUAGE)] = ()
    individual_display: Annotated[
        tuple[IndividualDisplay, ...], Rdf("elm:individualDisplay", min_count=1)
    ] = ()
    summary_display: Annotated[str | None, Rdf("elm:summaryDisplay")] = None


@attrs.frozen(kw_only=True)
class Evidence(Node):
    """The ground on which is issued, such as a mandate."""

    IRI: ClassVar[str] = "elm:Evidence"

    dc_type: Annotated[Concept | None, Rdf("dc:type", "dcType", min_count=1, scheme=SCHEMES.EVIDENCE)] = None
    evidence_statement: Annotated[str | None, Rdf("elm:evidenceStatement")] = None
    evidence_target: Annotated[Organisation | None, Rdf("elm:evidenceTarget", also=_AGENTS)] = None
    embedded_evidence: Annotated[tuple[MediaObject, ...], Rdf("elm:embeddedEvidence")] = ()
    accreditation: Annotated[Accreditation | None, Rdf("elm:accreditation")] = None


@attrs.frozen(kw_only=True)
class ShaclValidator2017(Node):
    """The shapes that the credential says it conforms to."""

    IRI: ClassVar[str] = "elm:ShaclValidator2017"


@attrs.frozen(kw_only=True)
class EuropeanDigitalCredential(Node):
    """A set of claims about a person, made under the European Digital Credentials standard."""

    IRI: ClassVar[str] = "elm:EuropeanDigitalCredential"

    credential_profiles: Annotated[
        tuple[Concept, ...], Rdf("elm:credentialProfiles", min_count=1, scheme=SCHEMES.CREDENTIAL)
    ] = ()
    credential_schema: Annotated[
        tuple[ShaclValidator2017, ...], Rdf("cred:credentialSchema", min_count=1)
    ] = ()
    credential_status: Annotated[StatusUri | None, Rdf("cred:credentialStatus")] = None
    identifier: _Identifiers = ()
    issuer: Annotated[
        Organisation | None, Rdf("cred:issuer", min_count=1, also=_AGENTS, needs="elm:eidasLegalIdentifier")
    ] = None
    issued: Annotated[DateTime | None, Rdf("cred:issued", min_count=1)] = None
    issuance_date: Annotated[DateTime | None, Rdf("cred:issuanceDate")] = None
    valid_from: Annotated[DateTime | None, Rdf("cred:validFrom", min_count=1)] = None
    valid_until: Annotated[DateTime | None, Rdf("cred:validUntil")] = None
    expiration_date: Annotated[DateTime | None, Rdf("cred:expirationDate")] = None
    display_parameter: Annotated[DisplayParameter | None, Rdf("elm:displayParameter", min_count=1)] = None
    credential_subject: Annotated[
        Person | None, Rdf("cred:credentialSubject", min_count=1, also=("elm:Agent", "elm:Organisation"))
    ] = None
    evidence: Annotated[tuple[Evidence, ...], Rdf("cred:evidence")] = ()
    attachment: Annotated[tuple[MediaObject, ...], Rdf("elm:attachment")] = ()


@cache
def profile() -> Profile:
    """Return the profile that the classes of this module declare."""
    return Profile.of(EuropeanDigitalCredential)
