"""Validates a document over the model, in milliseconds.

The same constraints that `shapes` writes down in SHACL: number of values, classes, datatypes, one text per language,
concept schemes. Beyond them it looks into the values (dates, durations, codes of the lists), which SHACL processors don't.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Final, cast

import attrs
from mikrocert.api import Finding, Message, Severity, message

from mikrocert_edc_v3.jsonld import jsonld_subset
from mikrocert_edc_v3.jsonld.jsonld_subset import DocumentNode
from mikrocert_edc_v3.model import concepts, profile, vocabulary
from mikrocert_edc_v3.model.profile import ClassProfile, Kind, Property, expand

__all__ = ["Violation", "examine", "violations"]

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


@attrs.frozen
class Violation:
    """A breach of one constraint at one node.

    Args:
        focus: id of the node, or none for a node without one.
        property: full IRI of the property.
        constraint: `min-count`, `max-count`, `class`, `datatype`, `unique-language`, `scheme` or `needs`.
        finding: the same for people.
    """

    focus: str | None
    property: str
    constraint: str
    finding: Finding


def examine(document: Mapping[str, object]) -> tuple[Finding, ...]:
    """Return the findings: breaches of constraints and wrong values first, then as information what is not judged.

    Args:
        document: a document of the strict subset, as `documents.parse` returns it.
    """
    graph = _Graph(document)
    return jsonld_subset.bounded(
        chain(
            (violation.finding for violation in graph.violations()),
            graph.wrong_values(),
            graph.wrong_concepts(),
            graph.unknown_lists(),
            graph.unmodelled(),
        )
    )


def violations(document: Mapping[str, object]) -> tuple[Violation, ...]:
    """Return the breaches of those constraints that `shapes` writes down too."""
    return tuple(_Graph(document).violations())


_ALWAYS: Final = frozenset({"@context", "id", "type"})


class _Graph:
    """The document as RDF has it: one node per id, whatever the number of places it is written at."""

    def __init__(self, document: Mapping[str, object]) -> None:
        self._nodes: dict[str, DocumentNode] = {}
        for node in jsonld_subset.nodes(document):
            key = node.id or f"at {node.path}"
            earlier = self._nodes.get(key)
            if earlier is None or (earlier.stub and not node.stub):
                self._nodes[key] = node

    def violations(self) -> Iterator[Violation]:
        for node in self._nodes.values():
            for class_ in self._classes(node):
                for property_ in class_.properties.values():
                    if property_.min_count or property_.term in node.members:
                        for breach in self._breaches(node, property_):
                            yield breach.at(node, property_)

    def wrong_values(self) -> Iterator[Finding]:
        for node in self._nodes.values():
            for class_ in self._classes(node):
                for term, property_ in class_.properties.items():
                    if property_.kind is Kind.LITERAL and term in node.members:
                        for value, path in jsonld_subset.items(
                            node.members[term], path=jsonld_subset.join(node.path, term)
                        ):
                            yield from _wrong_value(value, property_.datatype, path=path)

    def wrong_concepts(self) -> Iterator[Finding]:
        for node, scheme in self._unknown_concepts():
            if concepts.is_complete(scheme):
                yield Finding.error(
                    "unknown-code",
                    "{id} is not in the list {scheme}",
                    path=node.path,
                    id=jsonld_subset.shown(node.id),
                    scheme=jsonld_subset.shown(scheme),
                )

    def unknown_lists(self) -> Iterator[Finding]:
        schemes: set[str] = set()
        for node, scheme in self._unknown_concepts():
            if scheme not in schemes and not concepts.is_complete(scheme):
                schemes.add(scheme)
                yield Finding.info(
                    "list-not-at-hand",
                    "we don't have the list {scheme} or this entry of it, so the code was not checked",
                    path=node.path,
                    scheme=jsonld_subset.shown(scheme),
                )

    def unmodelled(self) -> Iterator[Finding]:
        mentioned: set[str] = set()
        for node in self._nodes.values():
            classes = list(self._classes(node))
            names = [name for name in jsonld_subset.types(node.members) if name in vocabulary.TYPES]
            if classes:
                names += [
                    term
                    for term in node.members
                    if term not in _ALWAYS and not any(term in class_.properties for class_ in classes)
                ]
            for name in names:
                if name not in mentioned:
                    mentioned.add(name)
                    yield Finding.info(
                        "not-modelled",
                        "'{name}' is legal ELM that we neither read nor show yet",
                        path=jsonld_subset.join(node.path, name) if name in node.members else node.path,
                        name=name,
                    )

    def _unknown_concepts(self) -> Iterator[tuple[DocumentNode, str]]:
        for node in self._nodes.values():
            if node.id is not None and "Concept" in jsonld_subset.types(node.members):
                for scheme in self._schemes(node):
                    if not concepts.is_listed(node.id, scheme=scheme):
                        yield node, scheme

    def _classes(self, node: DocumentNode) -> Iterator[ClassProfile]:
        for name in jsonld_subset.types(node.members):
            class_ = profile().classes.get(name)
            if class_:
                yield class_

    def _breaches(self, node: DocumentNode, property_: Property) -> Iterator["_Breach"]:
        path = jsonld_subset.join(node.path, property_.term)
        values = list(_values(node.members.get(property_.term, []), property_, path=path))
        number = len(values)
        if number < property_.min_count:
            yield _Breach(
                "min-count",
                message("is missing, at least {min_count} is right", min_count=property_.min_count),
                path,
            )
        if property_.max_count is not None and number > property_.max_count:
            yield _Breach(
                "max-count",
                message(
                    "there are {number} values, at most {max_count} is right",
                    number=number,
                    max_count=property_.max_count,
                ),
                path,
            )
        if property_.one_per_language:
            languages = Counter(cast("tuple[str, str]", value)[0].lower() for value, _ in values)
            for language in sorted(language for language, times in languages.items() if times > 1):
                yield _Breach(
                    "unique-language",
                    message("language {language} occurs more than once", language=language),
                    path,
                )
        for value, at in values:
            if property_.kind is Kind.NODE:
                yield from self._node_breaches(value, property_, at)
            elif property_.kind is Kind.LITERAL and property_.coercion == "@id":
                yield _Breach(
                    "datatype",
                    message(
                        "the profile wants a literal, the context makes an IRI of it; this member can't be used"
                    ),
                    at,
                )

    def _node_breaches(self, value: object, property_: Property, path: str) -> Iterator["_Breach"]:
        target = self._target(value)
        classes = {expand(member.IRI) for member in property_.range} | {
            expand(name) for name in property_.also
        }
        if not classes & {vocabulary.type_iri(name) for name in jsonld_subset.types(target.members)}:
            allowed = ", ".join(member.__name__ for member in property_.range)
            yield _Breach("class", message("the right type is {allowed}", allowed=allowed), path)
        if property_.scheme and (target.id is None or property_.scheme not in self._schemes(target)):
            yield _Breach("scheme", message("must be of the list {scheme}", scheme=property_.scheme), path)
        if property_.needs and not any(
            property_.needs == inner.iri and list(_values(target.members.get(term, []), inner, path=""))
            for class_ in self._classes(target)
            for term, inner in class_.properties.items()
        ):
            yield _Breach("needs", message("{needs} is missing", needs=property_.needs), path)

    def _target(self, value: object) -> DocumentNode:
        node = {"id": value} if isinstance(value, str) else cast("dict[str, object]", value)
        id_ = cast("str | None", node.get("id"))
        return self._nodes.get(id_, DocumentNode(node, "")) if id_ else DocumentNode(node, "")

    def _schemes(self, node: DocumentNode) -> list[str]:
        schemes = [
            self._target(value).id
            for value, _ in jsonld_subset.items(node.members.get("inScheme", []), path="")
        ]
        return [scheme for scheme in schemes if scheme]


@attrs.frozen
class _Breach:
    constraint: str
    message: Message
    path: str

    def at(self, node: DocumentNode, property_: Property) -> Violation:
        fault = message("{term}: {fault}", term=property_.term, fault=self.message)
        finding = Finding(self.constraint, Severity.ERROR, fault, self.path)
        return Violation(node.id, expand(property_.iri), self.constraint, finding)


def _values(value: object, property_: Property, *, path: str) -> Iterator[tuple[object, str]]:
    """Yield the values that RDF would count: equal ones once."""
    distinct: set[object] = set()
    if property_.kind is Kind.TEXT:
        for language, texts in cast("dict[str, object]", value or {}).items():
            for text, here in jsonld_subset.items(texts, path=jsonld_subset.join(path, language)):
                if (language, text) not in distinct:
                    distinct.add((language, text))
                    yield (language, text), here
        return
    for item, here in jsonld_subset.items(value, path=path):
        key = cast("dict[str, object]", item).get("id", here) if isinstance(item, dict) else item
        if key not in distinct:
            distinct.add(key)
            yield item, here


def _wrong_value(value: object, datatype: str | None, *, path: str) -> Iterator[Finding]:
    right = _RIGHT.get(datatype or "")
    if right and not right[0](str(value).lower() if isinstance(value, bool) else str(value)):
        shown = str(value)[:60]
        yield Finding.error(
            "wrong-value",
            "'{shown}': {right} is right",
            path=path,
            shown=shown,
            right=right[1],
        )


def _is_date_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return bool(_DATE_TIME.fullmatch(text))


def _matches(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text) is not None


_DURATION: Final = r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"

# Datatype → whether a value is right, and what would be.
_RIGHT: Final[Mapping[str, tuple[Callable[[str], bool], Message]]] = {
    "xsd:dateTime": (
        _is_date_time,
        message("a date and time such as 2026-06-22T12:00:00Z"),
    ),
    "xsd:duration": (_matches(_DURATION), message("a duration such as PT150H")),
    "xsd:anyURI": (_matches(r"\S+"), message("an address without spaces")),
    "xsd:positiveInteger": (_matches(r"\+?0*[1-9][0-9]*"), message("a whole number from 1")),
    "xsd:integer": (_matches(r"[+-]?[0-9]+"), message("a whole number")),
    "xsd:boolean": (_matches("true|false"), message("true or false")),
}
