"""The catalogue as a dataset, described by DCAT-AP in JSON-LD; what nobody has decided, such as a licence, is not said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mikrocert.api import Message, codelist, message

from mikrocert_portal.catalogue.linked_data import MEDIA_TYPE, SUFFIX

if TYPE_CHECKING:
    from datetime import datetime

    from mikrocert.api import Operator, Texts

__all__ = ["dataset_document"]

_EU: Final = "http://publications.europa.eu/resource/authority"
_IANA: Final = "https://www.iana.org/assignments/media-types"
_CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_TITLE: Final = message("Catalogue of micro-credentials")
_ABOUT: Final = message(
    "Types of micro-credentials that institutions publish: title, learning outcomes, workload, level, field and how they are offered."
)
_DISTRIBUTIONS: Final = (
    ("loq", f"loq{SUFFIX}", MEDIA_TYPE, "JSON_LD", message("Linked data (ELM, LOQ)")),
    ("json", "", "application/json", "JSON", message("JSON")),
)


def dataset_document(
    *, base: str, operator: Operator | None, texts: Texts, modified: datetime | None
) -> dict[str, Any]:
    """Return the description.

    Args:
        base: address of the catalogue.
        operator: who publishes it, or none.
        texts: the languages of the system.
        modified: when a type was changed last (aware), or none where there is no type.
    """
    publisher = None
    if operator is not None:
        publisher = {
            "@id": f"{base}#publisher",
            "@type": "foaf:Agent",
            "foaf:name": _literals(dict(operator.name.texts)),
            **({"foaf:homepage": {"@id": operator.homepage}} if operator.homepage else {}),
        }
    codes = codelist("language")
    languages = [{"@id": codes.get(one).iri} for one in texts.languages if one in codes]
    about: dict[str, Any] = {
        "dct:title": _in_all_languages(_TITLE, texts),
        "dct:description": _in_all_languages(_ABOUT, texts),
        "dct:publisher": publisher,
        "dct:language": languages,
        "dct:modified": None if modified is None else _typed(modified.isoformat(), "dateTime"),
    }
    contact = operator.contact if operator is not None else None
    dataset = {
        "@id": f"{base}#dataset",
        "@type": "dcat:Dataset",
        **about,
        "dcat:theme": {"@id": f"{_EU}/data-theme/EDUC"},
        "dct:accrualPeriodicity": {"@id": f"{_EU}/frequency/CONT"},
        "dcat:landingPage": {"@id": base},
        "dcat:contactPoint": None
        if contact is None
        else {"@type": "vcard:Organization", "vcard:hasEmail": {"@id": f"mailto:{contact}"}},
        "dcat:distribution": [
            {
                "@id": f"{base}#{name}",
                "@type": "dcat:Distribution",
                "dct:title": _in_all_languages(title, texts),
                "dcat:accessURL": {"@id": f"{base}/{file}" if file else f"{base}.json"},
                "dcat:downloadURL": {"@id": f"{base}/{file}" if file else f"{base}.json"},
                "dcat:mediaType": {"@id": f"{_IANA}/{kind}"},
                "dct:format": {"@id": f"{_EU}/file-type/{form}"},
            }
            for name, file, kind, form, title in _DISTRIBUTIONS
        ],
    }
    catalogue = {
        "@id": f"{base}#catalogue",
        "@type": "dcat:Catalog",
        **about,
        "foaf:homepage": {"@id": base},
        "dcat:dataset": _without_nothing(dataset),
    }
    return {"@context": _CONTEXT, **_without_nothing(catalogue)}


def _in_all_languages(text: Message, texts: Texts) -> list[dict[str, str]]:
    return _literals({language: texts.say(text, language) for language in texts.languages})


def _literals(by_language: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": text, "@language": language} for language, text in by_language.items()]


def _typed(value: str, kind: str) -> dict[str, str]:
    return {"@value": value, "@type": f"xsd:{kind}"}


def _without_nothing(node: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in node.items() if value is not None and value != []}
