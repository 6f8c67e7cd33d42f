"""Types as learning opportunities and qualifications (LOQ) of the European Learning Model, in JSON-LD.

Each document carries its context, so that nobody has to fetch one to read it, and describes every concept that it uses, as the shapes of
the profile want it (LOQ application profile 1.1). What a type doesn't say has no property.

The profile wants a national level for a qualification. Czech types have the one of the Czech framework that the same level of the EQF stands
for; of countries whose levels can't be told from the list, types are achievement specifications, which have no levels.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final

from mikrocert.api import ENGLISH, ZONE, CodeListError, codelist, country

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mikrocert.api import (
        Concept,
        KeptType,
        LanguageMap,
        Organisation,
        Price,
        PublicInstitution,
        QualityAssurance,
        Run,
    )

__all__ = ["loq_document"]

_ELM: Final = "http://data.europa.eu/snb/model/elm/"
_DC: Final = "http://purl.org/dc/terms/"
_SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_CURRENCIES: Final = "http://publications.europa.eu/resource/authority/currency"

_NATIONAL_LEVELS: Final = {"CZE": "NSK Level {level}"}
"""Country → what the list `nqf` calls its levels, which stand for those of the EQF one to one."""


def _term(iri: str, kind: str | None = None, *, by_language: bool = False) -> dict[str, str]:
    if by_language:
        return {"@id": iri, "@container": "@language"}
    return {"@id": iri} if kind is None else {"@id": iri, "@type": kind}


def _context() -> dict[str, Any]:
    links = [
        "accreditation",
        "accreditingAgent",
        "additionalNote",
        "address",
        "amount",
        "contentUrl",
        "countryCode",
        "creditPoint",
        "defaultLanguage",
        "entryRequirement",
        "EQFLevel",
        "framework",
        "ISCEDFCode",
        "learningAchievementSpecification",
        "learningOutcome",
        "location",
        "mode",
        "NQFLevel",
        "organisation",
        "priceDetail",
        "providedBy",
        "provenBy",
        "relatedESCOSkill",
        "unit",
        "vatIdentifier",
    ]
    terms: dict[str, Any] = {name: _term(f"{_ELM}{name}", "@id") for name in links}
    terms |= {
        "contentUrl": _term(f"{_ELM}contentUrl", f"{_XSD}anyURI"),
        "point": _term(f"{_ELM}point", f"{_XSD}string"),
        "schemeName": _term(f"{_ELM}schemeName", f"{_XSD}string"),
        "volumeOfLearning": _term(f"{_ELM}volumeOfLearning", f"{_XSD}duration"),
        "noteLiteral": _term(f"{_ELM}noteLiteral", by_language=True),
        "title": _term(f"{_DC}title", by_language=True),
        "description": _term(f"{_DC}description", by_language=True),
        "legalName": _term("http://www.w3.org/ns/regorg#legalName", by_language=True),
        "prefLabel": _term(f"{_SKOS}prefLabel", by_language=True),
        "registration": _term("http://www.w3.org/ns/regorg#registration", "@id"),
        "homepage": _term("http://xmlns.com/foaf/0.1/homepage", "@id"),
        "identifier": _term("http://www.w3.org/ns/adms#identifier", "@id"),
        "notation": _term(f"{_SKOS}notation"),
        "inScheme": _term(f"{_SKOS}inScheme", "@id"),
        "dcType": _term(f"{_DC}type", "@id"),
        "language": _term(f"{_DC}language", "@id"),
        "spatial": _term(f"{_DC}spatial", "@id"),
        "temporal": _term(f"{_DC}temporal", "@id"),
        "value": _term("http://www.w3.org/1999/02/22-rdf-syntax-ns#value", f"{_XSD}decimal"),
    }
    moments = ("applicationDeadline", "startDate", "endDate", "expiryDate")
    terms |= {name: _term(f"{_ELM}{name}", f"{_XSD}dateTime") for name in moments}
    terms["modified"] = _term(f"{_DC}modified", f"{_XSD}dateTime")
    classes = [
        "Accreditation",
        "Address",
        "Amount",
        "CreditPoint",
        "Identifier",
        "LearningAchievementSpecification",
        "LearningAssessmentSpecification",
        "LearningOpportunity",
        "LearningOutcome",
        "LegalIdentifier",
        "Note",
        "Organisation",
        "PriceDetail",
        "Qualification",
        "WebResource",
    ]
    terms |= {name: f"{_ELM}{name}" for name in classes}
    return {
        "id": "@id",
        "type": "@type",
        **terms,
        "PeriodOfTime": f"{_DC}PeriodOfTime",
        "Location": f"{_DC}Location",
        "Concept": f"{_SKOS}Concept",
        "ConceptScheme": f"{_SKOS}ConceptScheme",
    }


CONTEXT: Final = _context()
"""The context of every document."""


class _Graph:
    """Nodes by their ids, concepts and schemes among them."""

    def __init__(self) -> None:
        self.nodes: dict[str, dict[str, Any]] = {}

    def concept(self, concept: Concept) -> str:
        """Take a concept in, and return its IRI."""
        label = {language: text for language, text in concept.labels.items() if text}
        return self.described(concept.iri, concept.scheme, label=label)

    def described(self, iri: str, scheme: str, *, label: dict[str, str] | None = None) -> str:
        """Take a concept in that stands in no list here, and return its IRI."""
        named = {"prefLabel": label} if label else {}
        self.nodes[iri] = {"id": iri, "type": "Concept", "inScheme": scheme, **named}
        self.nodes[scheme] = {"id": scheme, "type": "ConceptScheme"}
        return iri

    def coded(self, name: str, code: str) -> list[str]:
        """Take the concept of a code in, and return its IRI; nothing where the list has no such code."""
        codes = codelist(name)
        return [self.concept(codes.get(code))] if code in codes else []

    def organisation(self, organisation: Organisation, iri: str | None = None) -> Any:  # noqa: ANN401 - an IRI or a node
        """Take an organisation in, and return what names it."""
        place = self.concept(country(organisation.address.country))
        node: dict[str, Any] = {
            "type": "Organisation",
            "legalName": dict(organisation.legal_name.texts),
            "location": {"type": "Location", "address": {"type": "Address", "countryCode": place}},
        }
        others: list[dict[str, Any]] = []
        for identifier in organisation.identifiers:
            legal = {"type": "LegalIdentifier", "notation": identifier.value, "spatial": place}
            if identifier.scheme == "ico" and "registration" not in node:
                node["registration"] = legal
            elif identifier.scheme == "vat" and "vatIdentifier" not in node:
                node["vatIdentifier"] = legal
            else:
                others.append(
                    {"type": "Identifier", "notation": identifier.value, "schemeName": identifier.scheme}
                )
        if others:
            node["identifier"] = others
        if organisation.homepage is not None:
            node["homepage"] = _page(organisation.homepage)
        if iri is None:
            return node
        self.nodes[iri] = {"id": iri, **node}
        return iri


def loq_document(types: Iterable[tuple[KeptType, PublicInstitution]], *, base: str) -> dict[str, Any]:
    """Return a document about types.

    Args:
        types: each with its institution.
        base: address of the catalogue.
    """
    graph = _Graph()
    for kept, institution in types:
        _add(graph, kept, institution, base=base)
    return {"@context": CONTEXT, "@graph": list(graph.nodes.values())}


def _add(graph: _Graph, kept: KeptType, institution: PublicInstitution, *, base: str) -> None:
    content, offering = kept.content, kept.offering
    title = content.title
    if title is None or not content.outcomes:  # pragma: no cover - no such type is kept
        return
    address = f"{base}/{kept.institution}/{kept.id}"
    provider = graph.organisation(institution.organisation, f"{base}/{institution.name}#organisation")
    specification = _specification(graph, kept, institution, address=address, provider=provider)
    if specification is None:
        return
    pages = [address, *([offering.homepage] if offering is not None and offering.homepage else [])]
    mode = graph.coded("mode", content.participation.mode) if content.participation else []
    opportunity = {
        "id": f"{address}#opportunity",
        "type": "LearningOpportunity",
        "title": dict(title.texts),
        "defaultLanguage": _default_language(graph, title),
        "providedBy": provider,
        "homepage": [_page(page) for page in pages],
        "learningAchievementSpecification": specification,
        "dcType": graph.coded("learning-opportunity", content.learning_type or ""),
        "mode": mode,
        "modified": kept.at.isoformat(),
        **(_run(offering.run) if offering is not None and offering.run is not None else {}),
        **(_price(graph, offering.price) if offering is not None and offering.price is not None else {}),
    }
    graph.nodes[opportunity["id"]] = _without_nothing(opportunity)


def _specification(
    graph: _Graph, kept: KeptType, institution: PublicInstitution, *, address: str, provider: str
) -> str | None:
    """Take in what is learnt, and return its id; none where the profile has no place for it."""
    content, iri = kept.content, f"{address}#specification"
    levels = _levels(graph, kept, institution.organisation.address.country)
    if not levels and not content.languages:
        return None
    workload = content.workload
    assured = content.quality_assurance or institution.quality_assurance
    node: dict[str, Any] = {
        "id": iri,
        "type": "Qualification" if levels else "LearningAchievementSpecification",
        "identifier": {"type": "Identifier", "notation": kept.id},
        "title": dict(content.title.texts) if content.title else None,
        "learningOutcome": [
            _outcome(graph, one.title, [s.uri for s in one.skills]) for one in content.outcomes
        ],
        "ISCEDFCode": [iri for code in content.thematic_areas for iri in graph.coded("isced-f", code)],
        "language": [iri for code in content.languages for iri in graph.coded("language", code)],
        "mode": graph.coded("mode", content.participation.mode) if content.participation else None,
        "modified": kept.at.isoformat(),
        "provenBy": [
            _without_nothing(
                {
                    "type": "LearningAssessmentSpecification",
                    "title": dict(one.title.texts) if one.title else _labels("assessment", one.type),
                    "dcType": graph.coded("assessment", one.type),
                }
            )
            for one in content.assessments
        ],
        **levels,
    }
    if workload is not None and workload.ects is not None:
        (framework,) = graph.coded("credit", "ects")
        point = f"{workload.ects.normalize():f}"
        node["creditPoint"] = {"type": "CreditPoint", "framework": framework, "point": point}
    if workload is not None and workload.hours is not None:
        node["volumeOfLearning"] = _duration(f"{workload.hours.normalize():f}")
    if content.prerequisites is not None:
        node["entryRequirement"] = _note(content.prerequisites)
    if content.further_information is not None:
        node["additionalNote"] = _note(content.further_information)
    if levels and assured:
        node["accreditation"] = [_assurance(graph, one, provider) for one in assured]
    graph.nodes[iri] = _without_nothing(node)
    return iri


def _levels(graph: _Graph, kept: KeptType, code: str) -> dict[str, Any]:
    """Return the levels, the national one among them; nothing where that can't be told."""
    level, called = kept.content.level, _NATIONAL_LEVELS.get(code)
    if level is None or called is None:
        return {}
    wanted = called.format(level=level.eqf)
    national = [one for one in codelist("nqf").concepts if one.labels[ENGLISH] == wanted]
    european = graph.coded("eqf", str(level.eqf))
    if len(national) != 1 or not european:
        return {}
    return {"EQFLevel": european[0], "NQFLevel": graph.concept(national[0])}


def _assurance(graph: _Graph, one: QualityAssurance, provider: str) -> dict[str, Any]:
    expiry = None if one.valid_until is None else _end_of(one.valid_until)
    return _without_nothing(
        {
            "type": "Accreditation",
            "dcType": graph.coded("accreditation", one.type),
            "title": dict(one.title.texts),
            "organisation": provider,
            "accreditingAgent": provider if one.agent is None else graph.organisation(one.agent),
            "expiryDate": expiry,
            "homepage": None if one.url is None else _page(one.url),
        }
    )


def _run(run: Run) -> dict[str, Any]:
    period = {"type": "PeriodOfTime", "startDate": _moment(run.starts_on, time.min)}
    if run.ends_on is not None:
        period["endDate"] = _end_of(run.ends_on)
    deadline = {} if run.apply_until is None else {"applicationDeadline": _end_of(run.apply_until)}
    return {"temporal": period, **deadline}


def _price(graph: _Graph, price: Price) -> dict[str, Any]:
    unit = graph.described(f"{_CURRENCIES}/{price.currency}", _CURRENCIES)
    detail: dict[str, Any] = {
        "type": "PriceDetail",
        "amount": {"type": "Amount", "unit": unit, "value": f"{price.amount:f}"},
    }
    if price.note is not None:
        detail["description"] = dict(price.note.texts)
    return {"priceDetail": detail}


# Skills of ESCO are related ones as others are: the shapes want those of `relatedESCOSkill` in a scheme that ESCO doesn't have.
def _outcome(graph: _Graph, title: LanguageMap, skills: list[str]) -> dict[str, Any]:
    related = [graph.described(uri, "http://data.europa.eu/esco/concept-scheme/skills") for uri in skills]
    return _without_nothing({"type": "LearningOutcome", "title": dict(title.texts), "relatedSkill": related})


def _default_language(graph: _Graph, title: LanguageMap) -> str | None:
    codes = (code for language in title for code in graph.coded("language", language))
    return next(codes, None)


def _labels(name: str, code: str) -> dict[str, str]:
    try:
        return dict(codelist(name).get(code).labels)
    except CodeListError:  # pragma: no cover - no such type is kept
        return {ENGLISH: code}


def _note(text: LanguageMap) -> dict[str, Any]:
    return {"type": "Note", "noteLiteral": dict(text.texts)}


def _page(address: str) -> dict[str, Any]:
    return {"type": "WebResource", "contentUrl": address}


def _duration(hours: str) -> str:
    whole, _, fraction = hours.partition(".")
    minutes = round(float(f"0.{fraction}") * 60) if fraction else 0
    return f"PT{whole}H{minutes}M" if minutes else f"PT{whole}H"


def _moment(day: date, clock: time) -> str:
    return datetime.combine(day, clock, tzinfo=ZONE).isoformat()


def _end_of(day: date) -> str:
    return _moment(day, time(23, 59, 59))


def _without_nothing(node: dict[str, Any]) -> dict[str, Any]:
    return dict(_there(node))


def _there(node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in node.items():
        if value is not None and value != []:
            yield name, value[0] if isinstance(value, list) and len(value) == 1 else value  # pyright: ignore[reportUnknownArgumentType]
