"""Between the compact JSON of a credential and the model."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Final, cast

from mikrocert.api import Finding, FormatError, strict_json

from mikrocert_edc_v3.jsonld import jsonld_subset
from mikrocert_edc_v3.jsonld.context import CONTEXT
from mikrocert_edc_v3.jsonld.jsonld_subset import DocumentNode, Graph, Values
from mikrocert_edc_v3.model import EuropeanDigitalCredential, profile, vocabulary
from mikrocert_edc_v3.model.profile import EMPTY, ClassProfile, Kind, Node, Property, Text

__all__ = ["MOST_VALUES", "parse", "structure", "texts", "unstructure", "write"]

MOST_VALUES: Final = 200_000
"""How many values a credential may have where each reference is replaced by what it refers to."""


def parse(payload: bytes) -> Graph:
    """Read the octets of a credential, refusing whatever two readers could understand differently.

    Args:
        payload: UTF-8 without BOM.

    Raises:
        FormatError: with every fault and its path.
    """
    return jsonld_subset.read(strict_json.loads(payload, refuse=FormatError))


def structure(graph: Graph) -> EuropeanDigitalCredential:
    """Return the model of a document.

    What doesn't fit a field (wrong class, several values where one may be, a number that is none, a node inside itself) is left
    out, so that nothing doubtful is read; `validate.examine` reports what the profile forbids.

    Raises:
        FormatError: if references make a chain deeper than documents may nest, or more values than `MOST_VALUES`.
    """
    structured = cast("_Structured", _Structuring(graph).node(graph.root, profile().root))
    return cast("EuropeanDigitalCredential", structured[0])


def texts(graph: Graph) -> Iterator[str]:
    """Yield every text and address of a document as it is written, understood or not; of files inside only what they are called."""
    waiting: list[object] = [graph.root.members]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            members = cast("dict[str, object]", value)
            waiting += (inner for term, inner in members.items() if term not in vocabulary.FILES)
        elif isinstance(value, list):
            waiting += cast("list[object]", value)


def unstructure(credential: EuropeanDigitalCredential) -> dict[str, object]:
    """Return the document of a credential: compact like live ones, one value without an array, `@context` last."""
    document = _node(credential)
    document["type"] = list(jsonld_subset.TYPES)
    document["@context"] = list(CONTEXT)
    return document


def write(credential: EuropeanDigitalCredential) -> bytes:
    """Return the octets of a credential, ready for sealing: UTF-8, one line."""
    return strict_json.dumps(unstructure(credential)).encode()


# A node of the model, and how many values there are in it, those of other nodes included, as often as they are reached.
_Structured = tuple[Node, int]


class _Structuring:
    """Makes each node of the model once, wherever and however often it is written or referred to."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        # Term of the class and id → node; none while the node is being read, so that circles end.
        self._nodes: dict[tuple[str, str], _Structured | None] = {}
        self._depth = 0

    def node(self, node: DocumentNode, class_: ClassProfile) -> _Structured | None:
        if node.id is None:
            return self._structured(node, class_)
        key = (class_.term, node.id)
        if key not in self._nodes:
            self._nodes[key] = None
            self._nodes[key] = self._structured(node, class_)
        return self._nodes[key]

    def target(self, value: object, range_: Mapping[str, ClassProfile]) -> _Structured | None:
        """Return a target as the first class of a range that it is of, or none if it is of none of them."""
        target = self._graph.target(value)
        for term, class_ in range_.items():
            if term in target.types:
                return self.node(target, class_)
        return None

    def _structured(self, node: DocumentNode, class_: ClassProfile) -> _Structured:
        self._depth += 1
        if self._depth > strict_json.DEEPEST:
            fault = Finding.error(
                "too-deep",
                "references between nodes make a chain longer than {deepest}",
                path=node.path,
                deepest=strict_json.DEEPEST,
            )
            raise FormatError([fault])
        fields: dict[str, object] = {"id": node.id}
        number = 1
        instance, makers = _recipe(class_.term)
        for term, values in node.values.items():
            if term in makers:
                number += makers[term](self, fields, values)
        if number > MOST_VALUES:
            fault = Finding.error(
                "too-many-values",
                "with what its references stand for, this has more than {most} values; no more are read",
                path=node.path,
                most=MOST_VALUES,
            )
            raise FormatError([fault])
        self._depth -= 1
        return instance(**fields), number


_Maker = Callable[[_Structuring, dict[str, object], Values], int]


@cache
def _recipe(term: str) -> tuple[Callable[..., Node], Mapping[str, _Maker]]:
    """Return what makes a node of a class, and what makes its fields of the values of a property, by context term.

    What makes a field returns how many values there are in it.
    """
    class_ = profile().classes[term]
    makers = {Kind.TEXT: _text, Kind.LITERAL: _literals, Kind.NODE: _targets}
    return class_.python, {
        property_.term: makers[property_.kind](property_) for property_ in class_.properties.values()
    }


def _text(property_: Property) -> _Maker:
    def make(_structuring: _Structuring, fields: dict[str, object], values: Values) -> int:
        fields[property_.field] = Text(tuple((language, cast("str", text)) for text, language in values))
        return len(values)

    return make


def _literals(property_: Property) -> _Maker:
    convert = _CONVERTED.get(property_.datatype, _as_written)

    def make(_structuring: _Structuring, fields: dict[str, object], values: Values) -> int:
        literals = [literal for value, _ in values if (literal := convert(value)) is not None]
        _fill(fields, property_, literals if len(literals) == 1 else list(dict.fromkeys(literals)))
        return len(values)

    return make


def _targets(property_: Property) -> _Maker:
    range_ = {python.__name__: profile().classes[python.__name__] for python in property_.range}

    def make(structuring: _Structuring, fields: dict[str, object], values: Values) -> int:
        nodes: list[object] = []
        number = 0
        for value, _ in values:
            structured = structuring.target(value, range_)
            if structured is not None:
                nodes.append(structured[0])
                number += structured[1]
        _fill(fields, property_, nodes)
        return number

    return make


def _fill(fields: dict[str, object], property_: Property, values: list[object]) -> None:
    if property_.many:
        fields[property_.field] = tuple(values)
    elif len(values) == 1:
        fields[property_.field] = values[0]


def _as_written(value: object) -> object | None:
    # The context makes an IRI of one member that is a literal in the model; a node can stand there.
    return None if isinstance(value, DocumentNode) else value


def _boolean(value: object) -> bool | None:
    return {"true": True, "false": False}.get(str(value).lower())


def _whole_number(value: object) -> int | None:
    return int(str(value)) if re.fullmatch("-?[0-9]{1,18}", str(value)) else None


_CONVERTED: Final[Mapping[str | None, Callable[[object], object | None]]] = {
    "xsd:boolean": _boolean,
    "xsd:integer": _whole_number,
    "xsd:positiveInteger": _whole_number,
}


def _node(node: Node) -> dict[str, object]:
    class_ = profile().of_node(node)
    document: dict[str, object] = {"id": node.id} if node.id else {}
    document["type"] = class_.term
    for property_ in class_.properties.values():
        value = getattr(node, property_.field)
        if value not in (None, (), EMPTY):
            document[property_.term] = _value(value)
    return document


def _value(value: object) -> object:
    if isinstance(value, tuple):
        values = [_value(item) for item in cast("tuple[object, ...]", value)]
        return values[0] if len(values) == 1 else values
    if isinstance(value, Text):
        texts: dict[str, list[str]] = {}
        for language, text in value.literals:
            texts.setdefault(language, []).append(text)
        return {
            language: literals[0] if len(literals) == 1 else literals for language, literals in texts.items()
        }
    return _node(value) if isinstance(value, Node) else value
