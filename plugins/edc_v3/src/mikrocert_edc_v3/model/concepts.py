"""Concepts of the controlled vocabularies, with one and the same label wherever they occur.

Labels come from the core's code lists and from one table of our own for what ELM has no list for. In a document a concept with
two labels in one language would break the shapes once RDF merges the nodes.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from mikrocert.api import CodeList, LanguageMap, codelist, codelist_names

from mikrocert_edc_v3.model import SCHEMES, Concept, ConceptScheme
from mikrocert_edc_v3.model.profile import Text

__all__ = [
    "CYCLES",
    "SUBJECTS",
    "code",
    "concept",
    "is_complete",
    "is_listed",
    "labels",
    "own",
    "own_name",
    "skill",
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

_OWN_LABELS: Final = {"qf-ehea": CYCLES, "note-subject": SUBJECTS}

# Lists that are closed: a concept in such a scheme that our table lacks does not exist.
_COMPLETE: Final = frozenset(
    {
        SCHEMES.ACCREDITATION,
        SCHEMES.COUNTRY,
        SCHEMES.EQF,
        SCHEMES.ISCED_F,
        SCHEMES.LEARNING_SETTING,
        SCHEMES.REUSE_LEVEL,
        SCHEMES.SKILL_TYPE,
    }
)


def concept(list_name: str, code: str) -> Concept:
    """Return the concept with this code of this code list, labelled.

    Args:
        list_name: name of a code list of the core, such as `mode`.
        code: what an award says, such as `blended`.

    Raises:
        CodeListError: if the list has no such code.
    """
    entry = codelist(list_name).get(code)
    return Concept(
        id=entry.iri, in_scheme=(ConceptScheme(id=entry.scheme),), pref_label=Text.of(_in_order(entry.labels))
    )


def own(scheme: str, name: str) -> Concept:
    """Return a concept of one of our own schemes, `qf-ehea` or `note-subject`.

    Raises:
        KeyError: if there is none; callers pass names of the tables above.
    """
    return Concept(
        id=f"{_OWN}{scheme}:{name}",
        in_scheme=(ConceptScheme(id=f"{_OWN_SCHEME}{scheme}"),),
        pref_label=Text.of(_OWN_LABELS[scheme][name]),
    )


def own_name(node: Concept | None, *, scheme: str) -> str | None:
    """Return the name of one of our own concepts, or none if this is another one."""
    start = f"{_OWN}{scheme}:"
    name = (node.id or "").removeprefix(start) if node and (node.id or "").startswith(start) else None
    return name if name in _OWN_LABELS[scheme] else None


def skill(uri: str, title: Mapping[str, str]) -> Concept:
    """Return an ESCO skill with the label it was given."""
    return Concept(id=uri, in_scheme=(ConceptScheme(id=SCHEMES.ESCO_SKILL),), pref_label=Text.of(title))


def code(list_name: str, node: Concept | None) -> str | None:
    """Return the code of a concept in this list, or none if there is no concept or the list lacks it."""
    entry = codelist(list_name).by_iri(node.id) if node and node.id else None
    return entry.code if entry else None


def labels(node: Concept) -> Mapping[str, str]:
    """Return the labels of a concept: our own where we know it, else those in the document, else its IRI.

    A document can put any label beside an IRI; where the IRI is known, its label is too.
    """
    for stated in node.in_scheme:
        for entries in _lists().get(stated.id or "", ()):
            entry = entries.by_iri(node.id or "")
            if entry:
                return _in_order(entry.labels)
    for scheme, table in _OWN_LABELS.items():
        name = own_name(node, scheme=scheme)
        if name:
            return table[name]
    return node.pref_label.first or {"en": node.id or ""}


def is_listed(iri: str, *, scheme: str) -> bool:
    """Return whether one of our tables for this scheme has the concept."""
    if scheme.startswith(_OWN_SCHEME):
        own_scheme = scheme.removeprefix(_OWN_SCHEME)
        return iri.removeprefix(f"{_OWN}{own_scheme}:") in _OWN_LABELS.get(own_scheme, {})
    return any(entries.by_iri(iri) for entries in _lists().get(scheme, ()))


def is_complete(scheme: str) -> bool:
    """Return whether our table for this scheme is the whole list."""
    return scheme in _COMPLETE


def _in_order(texts: Mapping[str, str]) -> Mapping[str, str]:
    return LanguageMap(texts).texts


@cache
def _lists() -> Mapping[str, tuple[CodeList, ...]]:
    lists: dict[str, tuple[CodeList, ...]] = {}
    for name in codelist_names():
        entries = codelist(name)
        lists[entries.scheme] = (*lists.get(entries.scheme, ()), entries)
    return lists
