"""What is sealed with a credential and shown to nobody: texts beside others, files, pictures, dates beside others.

None of it breaks a rule of the profile, and a reader who sees less than what was sealed should know that there is more.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from mikrocert.api import LANGUAGES, Finding

from mikrocert_edc_v3.jsonld.jsonld_subset import DocumentNode, Graph, join
from mikrocert_edc_v3.mapping.conventions import moment_of

__all__ = ["unshown"]

_FILES: Final = ("attachment", "embeddedEvidence")
_DISPLAYS: Final = ("individualDisplay", "summaryDisplay")
_DATES: Final = (("expirationDate", "validUntil"), ("issuanceDate", "issued"))
_MOST_TOLD: Final = 10


def unshown(graph: Graph) -> Iterator[Finding]:
    """Yield a finding for each kind of content that nobody is shown: warnings first.

    Args:
        graph: a document of the strict subset.
    """
    texts = list(_texts(graph))
    yield from _dates(graph.root)
    yield from _second_texts(texts)
    files = sum(len(node.values.get(term, ())) for node in graph.nodes.values() for term in _FILES)
    if files:
        yield Finding.warning(
            "files-inside",
            "Further files are sealed in it ({count}); they are neither shown nor judged.",
            path=_FILES[0],
            count=files,
        )
    languages = sorted({language for _, _, language in texts} - set(LANGUAGES))
    if languages:
        yield Finding.info(
            "further-languages",
            "It also has texts in languages that may not be shown here: {languages:comma}.",
            languages=languages[:_MOST_TOLD],
        )
    drawn = next(
        (term for term in _DISPLAYS if any(term in node.values for node in graph.nodes.values())), None
    )
    if drawn is not None:
        yield Finding.info(
            "pictures-not-compared",
            "A picture of a certificate is sealed in it, which other programs may show. It was not compared with the data and may "
            "show anything; only the data count.",
            path=f"displayParameter.{drawn}",
        )


def _dates(root: DocumentNode) -> Iterator[Finding]:
    """Yield the dates of the credential that another one of the same meaning contradicts (VCDM 1.1 beside 2.0)."""
    ends, issues = (tuple(_moment(root, term) for term in terms) for terms in _DATES)
    if None not in ends and len(set(ends)) > 1:
        yield Finding.warning(
            "two-ends",
            "It names two ends of its validity, {one} and {other}; the earlier one counts.",
            path=_DATES[0][0],
            one=ends[0],
            other=ends[1],
        )
    if None not in issues and len(set(issues)) > 1:
        yield Finding.warning(
            "two-moments-of-issuing",
            "It names two moments of issuing, {one} and {other}; only the second is shown.",
            path=_DATES[1][0],
            one=issues[0],
            other=issues[1],
        )


def _moment(node: DocumentNode, term: str) -> datetime | None:
    texts = (value for value, _ in node.values.get(term, ()) if isinstance(value, str))
    return moment_of(next(texts, None))


def _texts(graph: Graph) -> Iterator[tuple[DocumentNode, str, str]]:
    """Yield where a text stands and the language it is in; in a literal's place there is a position instead, or nothing."""
    for node in graph.nodes.values():
        for term, values in node.values.items():
            for value, language in values:
                if isinstance(value, str) and language[:1].isalpha():
                    yield node, term, language


def _second_texts(texts: Iterable[tuple[DocumentNode, str, str]]) -> Iterator[Finding]:
    met: set[tuple[int, str, str]] = set()
    again: dict[str, None] = {}
    for node, term, language in texts:
        place = (id(node), term, language)
        if place in met:
            again[join(join(node.path, term), language)] = None
        met.add(place)
    for path in list(again)[:_MOST_TOLD]:
        yield Finding.warning(
            "second-text",
            "There are several texts in one language; only the first is shown.",
            path=path,
        )
