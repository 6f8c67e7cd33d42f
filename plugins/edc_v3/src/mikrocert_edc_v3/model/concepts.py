"""Concepts of the controlled vocabularies, with one and the same label wherever they occur.

Labels come from the core's code lists and from one table of our own for what ELM has no list for. In a document a concept with
two labels in one language would break the shapes once RDF merges the nodes.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from mikrocert.api import CodeList, codelist
from mikrocert.codelists import codelist_names

from mikrocert_edc_v3.model import SCHEMES, Concept, ConceptScheme
from mikrocert_edc_v3.model.profile import Text

__all__ = [
    "CYCLES",
    "SUBJECTS",
    "code",
    "complete",
    "concept",
    "known",
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
    "stackable": {"cs": "lze jej skládat do většího celku", "en": "stackable towards another credential"},
}
"""What a note of ours is about: name → labels."""

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


def own_name(read: Concept | None, *, scheme: str) -> str | None:
    """Return the name of one of our own concepts, or none if this is another one."""
    start = f"{_OWN}{scheme}:"
    name = (read.id or "").removeprefix(start) if read and (read.id or "").startswith(start) else None
    return name if name in _OWN_LABELS[scheme] else None


def skill(uri: str, title: Mapping[str, str]) -> Concept:
    """Return an ESCO skill with the label it was given."""
    return Concept(id=uri, in_scheme=(ConceptScheme(id=SCHEMES.ESCO_SKILL),), pref_label=Text.of(title))


def code(list_name: str, read: Concept | None) -> str | None:
    """Return the code of a concept in this list, or none if there is no concept or the list lacks it."""
    entry = codelist(list_name).by_iri(read.id) if read and read.id else None
    return entry.code if entry else None


def labels(read: Concept) -> Mapping[str, str]:
    """Return what to call a concept: our own label where we know it, else what the document says, else its IRI.

    A document can put any label beside an IRI; where the IRI is known, its label is too.
    """
    for stated in read.in_scheme:
        for entries in _lists().get(stated.id or "", ()):
            entry = entries.by_iri(read.id or "")
            if entry:
                return _in_order(entry.labels)
    for scheme, table in _OWN_LABELS.items():
        name = own_name(read, scheme=scheme)
        if name:
            return table[name]
    return read.pref_label.first or {"en": read.id or ""}


def known(iri: str, *, scheme: str) -> bool:
    """Say whether one of our tables for this scheme has the concept."""
    if scheme.startswith(_OWN_SCHEME):
        own_scheme = scheme.removeprefix(_OWN_SCHEME)
        return iri.removeprefix(f"{_OWN}{own_scheme}:") in _OWN_LABELS.get(own_scheme, {})
    return any(entries.by_iri(iri) for entries in _lists().get(scheme, ()))


def complete(scheme: str) -> bool:
    """Say whether our table for this scheme is the whole list."""
    return scheme in _COMPLETE


def _in_order(texts: Mapping[str, str]) -> Mapping[str, str]:
    return {language: texts[language] for language in ("cs", "en") if language in texts}


@cache
def _lists() -> Mapping[str, tuple[CodeList, ...]]:
    found: dict[str, tuple[CodeList, ...]] = {}
    for name in codelist_names():
        entries = codelist(name)
        found[entries.scheme] = (*found.get(entries.scheme, ()), entries)
    return found
