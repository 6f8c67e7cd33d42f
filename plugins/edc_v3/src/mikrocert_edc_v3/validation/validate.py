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
from mikrocert.report import Finding

from mikrocert_edc_v3.jsonld import jsonld_subset
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
        constraint: `least`, `most`, `class`, `datatype`, `unique-language`, `scheme` or `needs`.
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
        self._nodes: dict[str, jsonld_subset.Found] = {}
        for found in jsonld_subset.nodes(document):
            key = found.id or f"at {found.path}"
            before = self._nodes.get(key)
            if before is None or (before.stub and not found.stub):
                self._nodes[key] = found

    def violations(self) -> Iterator[Violation]:
        for found in self._nodes.values():
            for read in self._classes(found):
                for known in read.properties.values():
                    if known.least or known.term in found.node:
                        for breach in self._breaches(found, known):
                            yield breach.at(found, known)

    def wrong_values(self) -> Iterator[Finding]:
        for found in self._nodes.values():
            for read in self._classes(found):
                for term, known in read.properties.items():
                    if known.kind is Kind.LITERAL and term in found.node:
                        for value, path in jsonld_subset.items(
                            found.node[term], path=jsonld_subset.join(found.path, term)
                        ):
                            yield from _wrong_value(value, known.datatype, path=path)

    def wrong_concepts(self) -> Iterator[Finding]:
        for found, scheme in self._unknown_concepts():
            if concepts.complete(scheme):
                yield Finding.error(
                    "unknown-code",
                    f"{jsonld_subset.shown(found.id)} v seznamu {jsonld_subset.shown(scheme)} není",
                    f"{jsonld_subset.shown(found.id)} is not in the list {jsonld_subset.shown(scheme)}",
                    path=found.path,
                )

    def unknown_lists(self) -> Iterator[Finding]:
        seen: set[str] = set()
        for found, scheme in self._unknown_concepts():
            if scheme not in seen and not concepts.complete(scheme):
                seen.add(scheme)
                yield Finding.info(
                    "list-not-at-hand",
                    f"seznam {jsonld_subset.shown(scheme)} nebo tuto jeho položku nemáme, kód jsme tedy neověřili",
                    f"we don't have the list {jsonld_subset.shown(scheme)} or this entry of it, so the code was not checked",
                    path=found.path,
                )

    def unmodelled(self) -> Iterator[Finding]:
        seen: set[str] = set()
        for found in self._nodes.values():
            classes = list(self._classes(found))
            names = [name for name in jsonld_subset.types(found.node) if name in vocabulary.TYPES]
            if classes:
                names += [
                    term
                    for term in found.node
                    if term not in _ALWAYS and not any(term in read.properties for read in classes)
                ]
            for name in names:
                if name not in seen:
                    seen.add(name)
                    yield Finding.info(
                        "not-modelled",
                        f"„{name}“ je platný pojem ELM, který zatím nečteme ani neukazujeme",
                        f"{name!r} is legal ELM that we neither read nor show yet",
                        path=jsonld_subset.join(found.path, name) if name in found.node else found.path,
                    )

    def _unknown_concepts(self) -> Iterator[tuple[jsonld_subset.Found, str]]:
        for found in self._nodes.values():
            if found.id is not None and "Concept" in jsonld_subset.types(found.node):
                for scheme in self._schemes(found):
                    if not concepts.known(found.id, scheme=scheme):
                        yield found, scheme

    def _classes(self, found: jsonld_subset.Found) -> Iterator[ClassProfile]:
        for name in jsonld_subset.types(found.node):
            read = profile().classes.get(name)
            if read:
                yield read

    def _breaches(self, found: jsonld_subset.Found, known: Property) -> Iterator["_Breach"]:
        path = jsonld_subset.join(found.path, known.term)
        values = list(_values(found.node.get(known.term, []), known, path=path))
        number = len(values)
        if number < known.least:
            yield _Breach(
                "least",
                f"chybí, má tu být aspoň {known.least}",
                f"is missing, at least {known.least} is right",
                path,
            )
        if known.most is not None and number > known.most:
            yield _Breach(
                "most",
                f"hodnot je {number}, smí být nejvýše {known.most}",
                f"there are {number} values, at most {known.most} is right",
                path,
            )
        if known.one_per_language:
            languages = Counter(cast("tuple[str, str]", value)[0].lower() for value, _ in values)
            for language in sorted(language for language, times in languages.items() if times > 1):
                yield _Breach(
                    "unique-language",
                    f"jazyk {language} je tu víckrát",
                    f"language {language} occurs more than once",
                    path,
                )
        for value, at in values:
            if known.kind is Kind.NODE:
                yield from self._node_breaches(value, known, at)
            elif known.kind is Kind.LITERAL and known.coercion == "@id":
                yield _Breach(
                    "datatype",
                    "profil chce text, ale kontext z něj dělá odkaz; tento údaj nejde použít",
                    "the profile wants a literal, the context makes an IRI of it; this member can't be used",
                    at,
                )

    def _node_breaches(self, value: object, known: Property, path: str) -> Iterator["_Breach"]:
        target = self._target(value)
        classes = {expand(member.IRI) for member in known.range} | {expand(name) for name in known.also}
        if not classes & {vocabulary.type_iri(name) for name in jsonld_subset.types(target.node)}:
            allowed = ", ".join(member.__name__ for member in known.range)
            yield _Breach("class", f"správný typ je {allowed}", f"the right type is {allowed}", path)
        if known.scheme and (target.id is None or known.scheme not in self._schemes(target)):
            yield _Breach(
                "scheme", f"má být ze seznamu {known.scheme}", f"must be of the list {known.scheme}", path
            )
        if known.needs and not any(
            known.needs == inner.iri and list(_values(target.node.get(term, []), inner, path=""))
            for read in self._classes(target)
            for term, inner in read.properties.items()
        ):
            yield _Breach("needs", f"chybí {known.needs}", f"{known.needs} is missing", path)

    def _target(self, value: object) -> jsonld_subset.Found:
        node = {"id": value} if isinstance(value, str) else cast("dict[str, object]", value)
        id_ = cast("str | None", node.get("id"))
        return self._nodes.get(id_, jsonld_subset.Found(node, "")) if id_ else jsonld_subset.Found(node, "")

    def _schemes(self, found: jsonld_subset.Found) -> list[str]:
        schemes = [
            self._target(value).id
            for value, _ in jsonld_subset.items(found.node.get("inScheme", []), path="")
        ]
        return [scheme for scheme in schemes if scheme]


@attrs.frozen
class _Breach:
    constraint: str
    cs: str
    en: str
    path: str

    def at(self, found: jsonld_subset.Found, known: Property) -> Violation:
        finding = Finding.error(
            self.constraint, f"{known.term}: {self.cs}", f"{known.term}: {self.en}", path=self.path
        )
        return Violation(found.id, expand(known.iri), self.constraint, finding)


def _values(value: object, known: Property, *, path: str) -> Iterator[tuple[object, str]]:
    """Yield the values that RDF would count: equal ones once."""
    seen: set[object] = set()
    if known.kind is Kind.TEXT:
        for language, texts in cast("dict[str, object]", value or {}).items():
            for text, here in jsonld_subset.items(texts, path=jsonld_subset.join(path, language)):
                if (language, text) not in seen:
                    seen.add((language, text))
                    yield (language, text), here
        return
    for item, here in jsonld_subset.items(value, path=path):
        key = cast("dict[str, object]", item).get("id", here) if isinstance(item, dict) else item
        if key not in seen:
            seen.add(key)
            yield item, here


def _wrong_value(value: object, datatype: str | None, *, path: str) -> Iterator[Finding]:
    right = _RIGHT.get(datatype or "")
    if right and not right[0](str(value).lower() if isinstance(value, bool) else str(value)):
        shown = str(value)[:60]
        yield Finding.error(
            "wrong-value", f"„{shown}“: správně je {right[1]}", f"{shown!r}: {right[2]} is right", path=path
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
_RIGHT: Final[Mapping[str, tuple[Callable[[str], bool], str, str]]] = {
    "xsd:dateTime": (
        _is_date_time,
        "datum a čas jako 2026-06-22T12:00:00Z",
        "a date and time such as 2026-06-22T12:00:00Z",
    ),
    "xsd:duration": (_matches(_DURATION), "trvání jako PT150H", "a duration such as PT150H"),
    "xsd:anyURI": (_matches(r"\S+"), "adresa bez mezer", "an address without spaces"),
    "xsd:positiveInteger": (_matches(r"\+?0*[1-9][0-9]*"), "celé číslo od 1", "a whole number from 1"),
    "xsd:integer": (_matches(r"[+-]?[0-9]+"), "celé číslo", "a whole number"),
    "xsd:boolean": (_matches("true|false"), "true nebo false", "true or false"),
}
