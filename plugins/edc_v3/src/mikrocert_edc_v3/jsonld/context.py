"""The JSON-LD context, derived from the profile.

The official context is one document per address; so are these. Every term says what the official one says, in full IRIs and
without prefixes, because this project never reads prefixed names.
"""

from collections.abc import Mapping

from mikrocert_edc_v3.model import profile, vocabulary
from mikrocert_edc_v3.model.profile import expand

__all__ = ["CONTEXT", "EDC_CONTEXT", "W3C_CONTEXT", "edc_context", "w3c_context"]

W3C_CONTEXT = "https://www.w3.org/2018/credentials/v1"
EDC_CONTEXT = "http://data.europa.eu/snb/model/context/edc-ap"
CONTEXT = (W3C_CONTEXT, EDC_CONTEXT)
"""The value that `@context` of a credential must have, exactly."""


def _definition(iri: str, coercion: str | None) -> dict[str, str]:
    if coercion is None:
        return {"@id": expand(iri)}
    if coercion == "@language":
        return {"@id": expand(iri), "@container": "@language"}
    return {"@id": expand(iri), "@type": coercion if coercion == "@id" else expand(coercion)}


def _properties() -> dict[str, dict[str, str]]:
    terms: dict[str, tuple[str, str | None]] = {**vocabulary.TERMS, **vocabulary.CREDENTIAL_TERMS}
    for class_ in profile().classes.values():
        terms.update(
            {term: (property_.iri, property_.coercion) for term, property_ in class_.properties.items()}
        )
    return {term: _definition(iri, coercion) for term, (iri, coercion) in sorted(terms.items())}


def edc_context() -> Mapping[str, object]:
    """Return the context document that stands at `EDC_CONTEXT`."""
    classes = {**vocabulary.TYPES, **{term: class_.iri for term, class_ in profile().classes.items()}}
    terms: dict[str, object] = {term: expand(iri) for term, iri in sorted(classes.items())}
    cred = expand("cred:")
    terms.update(
        {
            term: definition
            for term, definition in _properties().items()
            if not definition["@id"].startswith(cred)
        }
    )
    return {"@context": terms}


def w3c_context() -> Mapping[str, object]:
    """Return the part of the context document at `W3C_CONTEXT` that a credential uses (VC Data Model 1.1)."""
    cred = expand("cred:")
    scoped: dict[str, object] = {
        term: definition for term, definition in _properties().items() if definition["@id"].startswith(cred)
    }
    return {
        "@context": {
            "@version": 1.1,
            "id": "@id",
            "type": "@type",
            "VerifiableCredential": {
                "@id": f"{cred}VerifiableCredential",
                "@context": {"@version": 1.1, **scoped},
            },
        }
    }
