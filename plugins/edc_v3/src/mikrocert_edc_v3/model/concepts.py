"""Concepts of the controlled vocabularies, with one and the same label wherever they occur.

Labels come from the core's code lists and from one table of our own for what ELM has no list for. In a document a concept with
two labels in one language would break the shapes once RDF merges the nodes.
"""

from collections.abc import Mapping
from typing import Final

from mikrocert.api import codelist

from mikrocert_edc_v3.model import SCHEMES, Concept, ConceptScheme, lists
from mikrocert_edc_v3.model.profile import Text

__all__ = [
    "code",
    "concept",
    "is_complete",
    "may_be_later",
    "own",
    "own_name",
    "skill",
]

# Lists that our tables have wholly, as they were when the tables were made.
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

# Lists that get no more entries: a new framework of levels, or a new edition of the fields, would be another list.
_CLOSED: Final = frozenset({SCHEMES.EQF, SCHEMES.ISCED_F})


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
        id=entry.iri,
        in_scheme=(ConceptScheme(id=entry.scheme),),
        pref_label=Text.of(lists.in_order(entry.labels)),
    )


def own(scheme: str, name: str) -> Concept:
    """Return a concept of one of our own schemes, `qf-ehea` or `note-subject`.

    Raises:
        KeyError: if there is none; callers pass names of the tables above.
    """
    return Concept(
        id=lists.own_iri(scheme, name),
        in_scheme=(ConceptScheme(id=lists.own_scheme(scheme)),),
        pref_label=Text.of(lists.OWN_LABELS[scheme][name]),
    )


def own_name(node: Concept | None, *, scheme: str) -> str | None:
    """Return the name of one of our own concepts, or none if this is another one."""
    return lists.own_name(node.id or "", scheme=scheme) if node else None


def skill(uri: str, title: Mapping[str, str]) -> Concept:
    """Return an ESCO skill with the label it was given."""
    return Concept(id=uri, in_scheme=(ConceptScheme(id=SCHEMES.ESCO_SKILL),), pref_label=Text.of(title))


def code(list_name: str, node: Concept | None) -> str | None:
    """Return the code of a concept in this list, or none if there is no concept or the list lacks it."""
    entry = codelist(list_name).by_iri(node.id) if node and node.id else None
    return entry.code if entry else None


def is_complete(scheme: str) -> bool:
    """Return whether our table for this scheme is the whole list, as it was when the table was made."""
    return scheme in _COMPLETE


def may_be_later(iri: str, *, scheme: str) -> bool:
    """Return whether a concept that our table for this scheme lacks may have been added to the list since."""
    return scheme not in _CLOSED and lists.is_like_listed(iri, scheme=scheme)
