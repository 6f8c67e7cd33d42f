"""Controlled vocabularies by IRI: the core's code lists, and tables of our own for what ELM has no list for."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from mikrocert.api import CodeList, LanguageMap, codelist, codelist_names

__all__ = [
    "CYCLES",
    "OWN_LABELS",
    "SUBJECTS",
    "in_order",
    "is_like_listed",
    "is_listed",
    "known_labels",
    "own_iri",
    "own_name",
    "own_scheme",
]

_OWN: Final = "urn:mikrocert:concept:"
_OWN_SCHEME: Final = "urn:mikrocert:scheme:"

CYCLES: Final[Mapping[str, Mapping[str, str]]] = {
    "short": {"cs": "krátký cyklus QF-EHEA", "en": "QF-EHEA short cycle"},
    "first": {"cs": "první cyklus QF-EHEA", "en": "QF-EHEA first cycle"},
    "second": {"cs": "druhý cyklus QF-EHEA", "en": "QF-EHEA second cycle"},
    "third": {"cs": "třetí cyklus QF-EHEA", "en": "QF-EHEA third cycle"},
}
"""Cycles of the QF-EHEA, for which ELM has no property and no list: award's code → labels."""

SUBJECTS: Final[Mapping[str, Mapping[str, str]]] = {
    "birth-place": {"cs": "místo narození", "en": "place of birth"},
    "further-information": {"cs": "další informace", "en": "further information"},
    "grade-in-words": {"cs": "známka slovy", "en": "grade in words"},
    "stand-alone": {"cs": "samostatný, nezávislý", "en": "stand-alone, independent"},
    "stackable": {"cs": "lze ho skládat do většího celku", "en": "stackable towards another credential"},
}
"""Subjects of our own notes: name → labels."""

OWN_LABELS: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "qf-ehea": CYCLES,
    "note-subject": SUBJECTS,
}
"""Name of one of our own schemes → its concepts."""


def own_iri(scheme: str, name: str) -> str:
    """Return the IRI of a concept of our own."""
    return f"{_OWN}{scheme}:{name}"


def own_scheme(scheme: str) -> str:
    """Return the IRI of a scheme of our own."""
    return f"{_OWN_SCHEME}{scheme}"


def own_name(iri: str, *, scheme: str) -> str | None:
    """Return the name of one of our own concepts, or none if this is another one."""
    start = own_iri(scheme, "")
    name = iri.removeprefix(start) if iri.startswith(start) else None
    return name if name in OWN_LABELS[scheme] else None


def known_labels(iri: str, *, schemes: Iterable[str]) -> Mapping[str, str] | None:
    """Return the labels that our tables have for a concept of these schemes, or none if it is in none of them."""
    for scheme in schemes:
        for entries in _lists().get(scheme, ()):
            entry = entries.by_iri(iri)
            if entry:
                return in_order(entry.labels)
    for scheme, table in OWN_LABELS.items():
        name = own_name(iri, scheme=scheme)
        if name:
            return table[name]
    return None


def is_listed(iri: str, *, scheme: str) -> bool:
    """Return whether one of our tables for this scheme has the concept."""
    if scheme.startswith(_OWN_SCHEME):
        own_scheme = scheme.removeprefix(_OWN_SCHEME)
        return iri.removeprefix(f"{_OWN}{own_scheme}:") in OWN_LABELS.get(own_scheme, {})
    return any(entries.by_iri(iri) for entries in _lists().get(scheme, ()))


def is_like_listed(iri: str, *, scheme: str) -> bool:
    """Return whether a concept stands where the concepts of a list stand, so that it may have been added later."""
    return _space(iri) in _spaces().get(scheme, ())


@cache
def _spaces() -> Mapping[str, frozenset[str]]:
    return {
        scheme: frozenset(_space(entry.iri) for entries in lists for entry in entries.concepts)
        for scheme, lists in _lists().items()
    }


def _space(iri: str) -> str:
    """Return an IRI without its last part."""
    return iri[: max(iri.rfind("/"), iri.rfind("#")) + 1]


def in_order(texts: Mapping[str, str]) -> Mapping[str, str]:
    """Return labels in the order of preference."""
    return LanguageMap(texts).texts


@cache
def _lists() -> Mapping[str, tuple[CodeList, ...]]:
    lists: dict[str, tuple[CodeList, ...]] = {}
    for name in codelist_names():
        entries = codelist(name)
        lists[entries.scheme] = (*lists.get(entries.scheme, ()), entries)
    return lists
