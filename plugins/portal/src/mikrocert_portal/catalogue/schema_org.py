"""A type in the words of schema.org, for search engines: a block of data in its page, which no browser runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from mikrocert.api import codelist, strict_json

if TYPE_CHECKING:
    from mikrocert.api import KeptType, PublicInstitution

__all__ = ["course_of", "data_block"]

_SCHEMES = {"ico": "IČO", "vat": "VAT", "ror": "ROR", "deqar": "DEQAR", "erasmus": "Erasmus", "eter": "ETER"}


def course_of(kept: KeptType, institution: PublicInstitution, *, base: str, language: str) -> dict[str, Any]:
    """Return a type as a course; what it doesn't say has no property.

    Args:
        kept: the type.
        institution: who offers it.
        base: address of the catalogue.
        language: of the texts.
    """
    content, offering, address = kept.content, kept.offering, f"{base}/{kept.institution}/{kept.id}"
    organisation = institution.organisation
    name = content.title.best(language) if content.title else kept.id
    course: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Course",
        "@id": f"{address}#course",
        "url": address,
        "name": name,
        "courseCode": kept.id,
        "dateModified": kept.at.isoformat(),
        "provider": {
            "@type": "Organization",
            "@id": f"{base}/{institution.name}#organization",
            "name": organisation.legal_name.best(language),
            "url": f"{base}/{institution.name}",
            **({"sameAs": organisation.homepage} if organisation.homepage else {}),
            "identifier": [
                {
                    "@type": "PropertyValue",
                    "propertyID": _SCHEMES.get(one.scheme, one.scheme),
                    "value": one.value,
                }
                for one in organisation.identifiers
            ],
        },
        "teaches": [outcome.title.best(language) for outcome in content.outcomes],
        "inLanguage": list(content.languages),
        "educationalCredentialAwarded": {
            "@type": "EducationalOccupationalCredential",
            "name": name,
            "credentialCategory": "micro-credential",
        },
    }
    if content.level is not None:
        course["educationalLevel"] = {
            "@type": "DefinedTerm",
            "name": f"EQF {content.level.eqf}",
            "url": codelist("eqf").get(str(content.level.eqf)).iri,
        }
    if content.workload is not None and content.workload.ects is not None:
        course["numberOfCredits"] = {
            "@type": "StructuredValue",
            "value": content.workload.ects,
            "unitText": "ECTS",
        }
    if content.prerequisites is not None:
        course["coursePrerequisites"] = content.prerequisites.best(language)
    if offering is not None and offering.price is not None:
        course["offers"] = {
            "@type": "Offer",
            "price": offering.price.amount,
            "priceCurrency": offering.price.currency,
        }
    if offering is not None and offering.run is not None:
        run = offering.run
        course["hasCourseInstance"] = {
            "@type": "CourseInstance",
            "startDate": run.starts_on.isoformat(),
            **({"endDate": run.ends_on.isoformat()} if run.ends_on else {}),
        }
    return course


def data_block(document: dict[str, Any]) -> Markup:
    """Return a document as the content of a data block: nothing in it can end the block or begin another (HTML, 4.12.1.3)."""
    text = strict_json.dumps(document)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - no sign of markup is left in it
