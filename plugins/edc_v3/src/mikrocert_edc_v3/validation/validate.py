"""Validates a document over the model, in milliseconds.

The same constraints that `shapes` writes down in SHACL: number of values, classes, datatypes, one text per language,
concept schemes. Beyond them it looks into the values (dates, durations, codes of the lists), which SHACL processors don't.
Each property of the model becomes a list of checks, once; a node is judged by the checks of the members that it has.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache, cached_property
from itertools import chain
from typing import Final

import attrs
from mikrocert.api import Finding, Message, Severity, message, names_other

from mikrocert_edc_v3.jsonld.jsonld_subset import DocumentNode, Graph, Values, bounded, is_private, join
from mikrocert_edc_v3.model import concepts, lists, profile, vocabulary
from mikrocert_edc_v3.model.profile import Kind, Property, expand
from mikrocert_edc_v3.validation.list_names import code_name, list_name

__all__ = ["Violation", "examine", "violations"]

_LONGEST_PERSON: Final = 200
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


def examine(graph: Graph) -> tuple[Finding, ...]:
    """Return the findings: breaches of constraints and wrong values first, then what is doubtful, then what is not judged.

    Args:
        graph: a document of the strict subset, as `documents.parse` returns it.
    """
    judge = _Judge(graph)
    return bounded(
        chain(
            (violation.finding for violation in judge.violations()),
            judge.wrong_values(),
            judge.wrong_concepts(),
            graph.strange,
            judge.later_concepts(),
            judge.other_names(),
            judge.unknown_lists(),
            judge.unmodelled(),
        )
    )


def violations(graph: Graph) -> tuple[Violation, ...]:
    """Return the breaches of those constraints that `shapes` writes down too."""
    return tuple(_Judge(graph).violations())


class _Judge:
    """Judges the nodes of one document."""

    def __init__(self, graph: Graph) -> None:
        modelled = profile().classes
        self.target = graph.target
        self._nodes = [
            (node, tuple(_judging(name) for name in node.types if name in modelled))
            for node in graph.nodes.values()
        ]
        self._schemes: dict[str, frozenset[str]] = {}

    def violations(self) -> Iterator[Violation]:
        for node, classes in self._nodes:
            for class_ in classes:
                for property_ in class_.required:
                    if not node.values.get(property_.term):
                        yield from _missing(node, property_)
                for term, values in node.values.items():
                    for constraint in class_.constraints.get(term, ()):
                        yield from constraint(self, node, values)

    def wrong_values(self) -> Iterator[Finding]:
        for node, classes in self._nodes:
            for class_ in classes:
                for term, values in node.values.items():
                    right = class_.right_values.get(term)
                    if right is not None:
                        yield from _wrong_values(values, right, path=join(node.path, term))

    def wrong_concepts(self) -> Iterator[Finding]:
        for node, scheme in self._unknown_concepts:
            if concepts.is_complete(scheme) and not concepts.may_be_later(node.id or "", scheme=scheme):
                yield Finding.error(
                    "unknown-code",
                    "'{code}' is not in the list '{name}'",
                    path=node.path,
                    code=code_name(node.id or ""),
                    name=list_name(scheme),
                )

    def later_concepts(self) -> Iterator[Finding]:
        for node, scheme in self._unknown_concepts:
            if concepts.is_complete(scheme) and concepts.may_be_later(node.id or "", scheme=scheme):
                yield Finding.warning(
                    "unknown-code",
                    "'{code}' is not in our copy of the list '{name}'; it may have been added later",
                    path=node.path,
                    code=code_name(node.id or ""),
                    name=list_name(scheme),
                )

    def other_names(self) -> Iterator[Finding]:
        for node, _ in self._nodes:
            if "fullName" not in node.values or "Person" not in node.types:
                continue
            given, family = (
                {language: str(text) for text, language in node.values.get(term, ())}
                for term in ("givenName", "familyName")
            )
            for whole, language in node.values["fullName"]:
                parts = (given.get(language), family.get(language))
                if names_other(str(whole), parts):
                    yield Finding.warning(
                        "other-name",
                        "the full name is '{whole}', given name and family name are '{parts}'; one person has to be meant",
                        path=f"{join(node.path, 'fullName')}.{language}",
                        whole=str(whole)[:_LONGEST_PERSON],
                        parts=" ".join(part for part in parts if part)[:_LONGEST_PERSON],
                    )

    def unknown_lists(self) -> Iterator[Finding]:
        schemes: set[str] = set()
        for node, scheme in self._unknown_concepts:
            if scheme not in schemes and not concepts.is_complete(scheme):
                schemes.add(scheme)
                name = list_name(scheme)
                fault = (
                    message("we don't have the list of this code, so the code was not checked")
                    if name is None
                    else message(
                        "we don't have the list '{name}' or this entry of it, so the code was not checked",
                        name=name,
                    )
                )
                yield Finding("list-not-at-hand", Severity.INFO, fault, node.path)

    def unmodelled(self) -> Iterator[Finding]:
        mentioned: set[str] = set()
        for node, classes in self._nodes:
            names = [name for name in node.types if name in vocabulary.TYPES]
            if classes:
                unmodelled = set(node.values).difference(*(class_.constraints for class_ in classes))
                names += [term for term in node.values if term in unmodelled] if unmodelled else []
            for name in names:
                if name not in mentioned:
                    mentioned.add(name)
                    yield Finding.info(
                        "not-modelled",
                        "it also says something that is legal ELM and that we neither read nor show yet",
                        path=join(node.path, name),
                    )

    def schemes(self, node: DocumentNode) -> frozenset[str]:
        """Return the lists that a concept says it is of."""
        if node.id is None:
            return frozenset()
        if node.id not in self._schemes:
            lists = (self.target(value).id for value, _ in node.values.get("inScheme", ()))
            self._schemes[node.id] = frozenset(scheme for scheme in lists if scheme)
        return self._schemes[node.id]

    @cached_property
    def _unknown_concepts(self) -> list[tuple[DocumentNode, str]]:
        return [
            (node, scheme)
            for node, _ in self._nodes
            if node.id is not None and "Concept" in node.types
            for scheme in sorted(self.schemes(node))
            if not lists.is_listed(node.id, scheme=scheme)
        ]


_Constraint = Callable[[_Judge, DocumentNode, Values], Iterable[Violation]]
_RightValue = tuple[Callable[[str], bool], Message]


@attrs.frozen
class _Judging:
    """How nodes of a class are judged.

    Args:
        required: the properties that a node must have.
        constraints: context term of a property → what its values must meet.
        right_values: context term of a property → what its values are written like.
    """

    required: tuple[Property, ...]
    constraints: Mapping[str, tuple[_Constraint, ...]]
    right_values: Mapping[str, _RightValue]


@cache
def _judging(class_term: str) -> _Judging:
    properties = profile().classes[class_term].properties.values()
    return _Judging(
        tuple(property_ for property_ in properties if property_.min_count),
        {property_.term: tuple(_constraints(property_)) for property_ in properties},
        {
            property_.term: _RIGHT[property_.datatype]
            for property_ in properties
            if property_.datatype in _RIGHT and property_.coercion != "@id"
        },
    )


def _constraints(property_: Property) -> Iterator[_Constraint]:
    if property_.max_count is not None:
        yield _at_most(property_, property_.max_count)
    if property_.one_per_language:
        yield _one_per_language(property_)
    if property_.kind is Kind.NODE:
        yield _of_class(property_)
        if property_.scheme:
            yield _of_scheme(property_, property_.scheme)
        if property_.needs:
            yield _with_property(property_, property_.needs)
    elif property_.coercion == "@id":
        yield _no_literal(property_)


def _missing(node: DocumentNode, property_: Property) -> Iterator[Violation]:
    fault = message(
        "a mandatory element is missing; at least {min_count} is right", min_count=property_.min_count
    )
    yield _violation("min-count", fault, node, property_)


def _at_most(property_: Property, most: int) -> _Constraint:
    def constraint(_judge: _Judge, node: DocumentNode, values: Values) -> Iterable[Violation]:
        if len(values) <= most:
            return ()
        fault = message(
            "there are {number} values, at most {max_count} is right", number=len(values), max_count=most
        )
        return (_violation("max-count", fault, node, property_),)

    return constraint


def _one_per_language(property_: Property) -> _Constraint:
    def constraint(_judge: _Judge, node: DocumentNode, values: Values) -> Iterator[Violation]:
        languages = [language.lower() for _, language in values]
        for language in _repeated(languages) if len(set(languages)) < len(languages) else ():
            fault = message("language {language} occurs more than once", language=language)
            yield _violation("unique-language", fault, node, property_)

    return constraint


def _repeated(names: list[str]) -> list[str]:
    return sorted(name for name, times in Counter(names).items() if times > 1)


def _of_class(property_: Property) -> _Constraint:
    classes = {expand(name) for name in (*(python.IRI for python in property_.range), *property_.also)}
    right = frozenset(term for term, iri in vocabulary.type_iris().items() if iri in classes)
    allowed = ", ".join(dict.fromkeys(_in_words(python.__name__) for python in property_.range))

    def constraint(judge: _Judge, node: DocumentNode, values: Values) -> Iterator[Violation]:
        for value, place in values:
            if right.isdisjoint(judge.target(value).types):
                fault = message("what stands here is of another kind; right is: {allowed}", allowed=allowed)
                yield _violation("class", fault, node, property_, place)

    return constraint


def _of_scheme(property_: Property, scheme: str) -> _Constraint:
    def constraint(judge: _Judge, node: DocumentNode, values: Values) -> Iterator[Violation]:
        for value, place in values:
            if scheme not in judge.schemes(judge.target(value)):
                fault = message("the code has to be of the list '{name}'", name=list_name(scheme))
                yield _violation("scheme", fault, node, property_, place)

    return constraint


def _with_property(property_: Property, needs: str) -> _Constraint:
    # Whatever its class is: of another one is said by itself.
    terms = {
        inner.term
        for class_ in profile().classes.values()
        for inner in class_.properties.values()
        if inner.iri == needs
    }

    def constraint(judge: _Judge, node: DocumentNode, values: Values) -> Iterator[Violation]:
        for value, place in values:
            target = judge.target(value)
            if not any(target.values.get(term) for term in terms):
                yield _violation("needs", _NEEDED[needs], node, property_, place)

    return constraint


def _no_literal(property_: Property) -> _Constraint:
    def constraint(_judge: _Judge, node: DocumentNode, values: Values) -> Iterator[Violation]:
        for _, place in values:
            fault = message(
                "this element can't be used: the profile wants a text where the context makes a link of it"
            )
            yield _violation("datatype", fault, node, property_, place)

    return constraint


def _violation(
    constraint: str, fault: Message, node: DocumentNode, property_: Property, place: str = ""
) -> Violation:
    path = f"{join(node.path, property_.term)}{place}"
    finding = Finding(constraint, Severity.ERROR, fault, path)
    return Violation(node.id, expand(property_.iri), constraint, finding)


def _in_words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _wrong_values(values: Values, right: _RightValue, *, path: str) -> Iterator[Finding]:
    for value, place in values:
        if right[0](str(value).lower() if isinstance(value, bool) else str(value)):
            continue
        if is_private(path):
            yield Finding.error(
                "wrong-value",
                "the value that stands here is wrong; {right} is right",
                path=f"{path}{place}",
                right=right[1],
            )
        else:
            yield Finding.error(
                "wrong-value",
                "'{shown}': {right} is right",
                path=f"{path}{place}",
                shown=str(value)[:60],
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


_NEEDED: Final = {
    "elm:eidasLegalIdentifier": message("the issuer's identifier according to eIDAS is missing")
}
"""Property → what is said where a value lacks it."""
_DURATION: Final = r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"

# Datatype → whether a value is right, and what would be.
_RIGHT: Final[Mapping[str | None, _RightValue]] = {
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
