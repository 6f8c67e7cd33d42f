"""Names of the official context that are legal in a credential and not modelled here (yet).

Whoever meets one of them reports an information, not a fault; whoever meets any other name reports a fault. The classes of
`model` take precedence.
"""

from collections.abc import Mapping
from functools import cache

from mikrocert_edc_v3.model import profile
from mikrocert_edc_v3.model.profile import expand

__all__ = ["CREDENTIAL_TERMS", "FILES", "RESERVED_PREFIXES", "TERMS", "TYPES", "coercions", "type_iris"]

TYPES: Mapping[str, str] = {
    "Agent": "elm:Agent",
    "Amount": "elm:Amount",
    "AwardingOpportunity": "elm:AwardingOpportunity",
    "Claim": "elm:Claim",
    "ContactPoint": "elm:ContactPoint",
    "EuropeanDigitalPresentation": "elm:EuropeanDigitalPresentation",
    "Geometry": "locn:Geometry",
    "Grant": "elm:Grant",
    "Group": "elm:Group",
    "LearningEntitlement": "elm:LearningEntitlement",
    "LearningEntitlementSpecification": "elm:LearningEntitlementSpecification",
    "LearningOpportunity": "elm:LearningOpportunity",
    "Mailbox": "elm:Mailbox",
    "Phone": "elm:Phone",
    "PriceDetail": "elm:PriceDetail",
    "ResultCategory": "elm:ResultCategory",
    "ResultDistribution": "elm:ResultDistribution",
    "ShortenedGrading": "elm:ShortenedGrading",
    "Specification": "elm:Specification",
    "VerificationCheck": "elm:VerificationCheck",
}
"""Classes: term → prefixed name."""

TERMS: Mapping[str, tuple[str, str]] = {
    "admissionProcedure": ("elm:admissionProcedure", "@id"),
    "applicationDeadline": ("elm:applicationDeadline", "xsd:dateTime"),
    "areaDialingCode": ("elm:areaDialingCode", "xsd:string"),
    "awardingOpportunity": ("elm:awardingOpportunity", "@id"),
    "awards": ("elm:awards", "@id"),
    "bannerImage": ("elm:bannerImage", "@id"),
    "category": ("elm:category", "@language"),
    "citizenshipCountry": ("elm:citizenshipCountry", "@id"),
    "contactForm": ("elm:contactForm", "@id"),
    "contactPoint": ("elm:contactPoint", "@id"),
    "count": ("elm:count", "xsd:positiveInteger"),
    "countryDialing": ("elm:countryDialing", "xsd:string"),
    "creator": ("dc:creator", "@id"),
    "dateCreated": ("dc:created", "xsd:dateTime"),
    "dateModified": ("dc:modified", "@id"),
    "descriptionHtml": ("elm:descriptionHtml", "@id"),
    "dialNumber": ("elm:dialNumber", "xsd:string"),
    "duration": ("elm:duration", "xsd:duration"),
    "elmSubject": ("elm:subject", "@id"),
    "emailAddress": ("elm:emailAddress", "@id"),
    "entitlesTo": ("elm:entitlesTo", "@id"),
    "entitledBy": ("elm:entitledBy", "@id"),
    "entitlementStatus": ("elm:entitlementStatus", "@id"),
    "priceDetail": ("elm:priceDetail", "@id"),
    "amount": ("elm:amount", "@id"),
    "gender": ("elm:gender", "@id"),
    "generalisationOf": ("elm:generalisationOf", "@id"),
    "grant": ("elm:grant", "@id"),
    "groupMemberOf": ("elm:groupMemberOf", "@id"),
    "hasCredential": ("elm:hasCredential", "@id"),
    "influences": ("elm:influences", "@id"),
    "isPartOf": ("elm:isPartOf", "@id"),
    "label": ("elm:label", "xsd:string"),
    "latitude": ("clv:latitude", "xsd:string"),
    "learningAchievementSpecification": ("elm:learningAchievementSpecification", "@id"),
    "longitude": ("clv:longitude", "xsd:string"),
    "learningActivitySpecification": ("elm:learningActivitySpecification", "@id"),
    "learningOpportunity": ("elm:learningOpportunity", "@id"),
    "learningSchedule": ("elm:learningSchedule", "@id"),
    "levelOfCompletion": ("elm:levelOfCompletion", "xsd:positiveInteger"),
    "limitCredentialType": ("elm:limitCredentialType", "@id"),
    "limitEQFLevel": ("elm:limitEQFLevel", "@id"),
    "limitField": ("elm:limitField", "@id"),
    "limitJurisdiction": ("elm:limitJurisdiction", "@id"),
    "limitNationalOccupation": ("elm:limitNationalOccupation", "@id"),
    "limitOccupation": ("elm:limitOccupation", "@id"),
    "limitOrganisation": ("elm:limitOrganisation", "@id"),
    "limitQualification": ("elm:limitQualification", "@id"),
    "maximumScore": ("elm:maxScore", "xsd:string"),
    "minimumScore": ("elm:minScore", "xsd:string"),
    "member": ("foaf:member", "@id"),
    "memberOf": ("org:memberOf", "@id"),
    "nationalID": ("elm:nationalID", "@id"),
    "percentageEqual": ("elm:percentageEqual", "xsd:integer"),
    "percentageHigher": ("elm:percentageHigher", "xsd:integer"),
    "percentageLower": ("elm:percentageLower", "xsd:integer"),
    "phone": ("elm:phone", "@id"),
    "proves": ("elm:proves", "@id"),
    "publisher": ("dc:publisher", "@id"),
    "phoneNumber": ("elm:phoneNumber", "xsd:string"),
    "providedBy": ("elm:providedBy", "@id"),
    "resultDestribution": ("elm:resultDestribution", "@id"),
    "resultCategory": ("elm:resultCategory", "@id"),
    "scheduleInformation": ("elm:scheduleInformation", "@id"),
    "score": ("elm:score", "xsd:string"),
    "shortenedGrading": ("elm:shortenedGrading", "@id"),
    "specialisationOf": ("elm:specialisationOf", "@id"),
    "status": ("elm:status", "xsd:string"),
    "unit": ("elm:unit", "@id"),
    "used": ("elm:used", "@id"),
    "valid": ("dc:valid", "xsd:dateTime"),
    "value": ("elm:value", "xsd:decimal"),
    "verificationCheck": ("elm:verificationCheck", "@id"),
    "verificationStatus": ("elm:verificationStatus", "@id"),
}
"""Properties of any node: term → prefixed name and coercion."""

LATER_TERMS: Mapping[str, tuple[str, str]] = {
    "resultDistribution": ("elm:resultDistribution", "@id"),
}
"""Properties of contexts published after the one that `TERMS` follows, among them its slips put right."""

CREDENTIAL_TERMS: Mapping[str, tuple[str, str]] = {
    "holder": ("cred:holder", "@id"),
    "refreshService": ("cred:refreshService", "@id"),
    "termsOfUse": ("cred:termsOfUse", "@id"),
}
"""Properties that the W3C context defines on the credential alone: term → prefixed name and coercion."""

RESERVED_PREFIXES = frozenset(
    "adms clv cred dc elm foaf locn org person rdf rdfs rov sec skos vc xsd".split()  # noqa: SIM905
)
"""Prefixes of the two official contexts: an IRI that begins with one of them would be rewritten by JSON-LD."""


FILES = frozenset({"content", "summaryDisplay"})
"""Terms whose values are files, which may be long."""


@cache
def type_iris() -> Mapping[str, str]:
    """Return the classes of the context: term → full IRI."""
    modelled = {term: class_.iri for term, class_ in profile().classes.items()}
    names = {"VerifiableCredential": "cred:VerifiableCredential", **TYPES, **modelled}
    return {term: expand(name) for term, name in names.items()}


@cache
def coercions(*, on_credential: bool) -> Mapping[str, str | None]:
    """Return the properties that the context defines: term → coercion.

    Args:
        on_credential: whether they stand on the credential itself, where the W3C context defines more.
    """
    modelled = {
        term: (property_.iri, property_.coercion)
        for class_ in profile().classes.values()
        for term, property_ in class_.properties.items()
    }
    definitions = {**CREDENTIAL_TERMS, **TERMS, **LATER_TERMS, **modelled}
    return {
        term: coercion
        for term, (iri, coercion) in definitions.items()
        if on_credential or not iri.startswith("cred:")
    }
