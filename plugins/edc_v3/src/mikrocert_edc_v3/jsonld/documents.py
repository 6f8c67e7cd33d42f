"""Between the compact JSON of a credential and the model."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from mikrocert.api import Finding, FormatError, strict_json

from mikrocert_edc_v3.jsonld import jsonld_subset
from mikrocert_edc_v3.jsonld.context import CONTEXT
from mikrocert_edc_v3.model import EuropeanDigitalCredential, profile
from mikrocert_edc_v3.model.profile import EMPTY, ClassProfile, Kind, Node, Property, Text

__all__ = ["parse", "structure", "unstructure", "write"]


def parse(payload: bytes) -> dict[str, object]:
    """Read the octets of a credential, refusing whatever two readers could understand differently.

    Args:
        payload: UTF-8 without BOM.

    Raises:
        FormatError: with every fault and its path.
    """
    document = strict_json.loads(payload, refuse=FormatError)
    faults = jsonld_subset.faults(document)
    if faults:
        raise FormatError(faults)
    return cast("dict[str, object]", document)


def structure(document: Mapping[str, object]) -> EuropeanDigitalCredential:
    """Return the model of a document of the strict subset.

    What doesn't fit a field (wrong class, several values where one may be, a number that is none, a node inside itself) is left
    out, so that nothing doubtful is read; `validate.examine` reports what the profile forbids.

    Raises:
        FormatError: if references make a chain deeper than documents may nest.
    """
    return _Reader(document).credential()


def unstructure(credential: EuropeanDigitalCredential) -> dict[str, object]:
    """Return the document of a credential: compact like live ones, one value without an array, `@context` last."""
    document = _node(credential)
    document["type"] = list(jsonld_subset.TYPES)
    document["@context"] = list(CONTEXT)
    return document


def write(credential: EuropeanDigitalCredential) -> bytes:
    """Return the octets of a credential, ready for sealing: UTF-8, one line."""
    return strict_json.dumps(unstructure(credential)).encode()


class _Reader:
    """Reads each node once, wherever and however often it is written or referred to."""

    def __init__(self, document: Mapping[str, object]) -> None:
        self._document = document
        self._members: dict[str, Mapping[str, object]] = {}
        for node in jsonld_subset.nodes(document):
            if node.id and not node.stub:
                self._members.setdefault(node.id, node.members)
        # Term of the class and id → node; none while the node is being read, so that circles end.
        self._nodes: dict[tuple[str, str], Node | None] = {}
        self._depth = 0

    def credential(self) -> EuropeanDigitalCredential:
        return cast("EuropeanDigitalCredential", self._once(self._document, profile().root))

    def _once(self, node: Mapping[str, object], class_: ClassProfile) -> Node | None:
        id_ = cast("str | None", node.get("id"))
        if id_ is None:
            return self._node(node, class_)
        if (class_.term, id_) not in self._nodes:
            self._nodes[class_.term, id_] = None
            self._nodes[class_.term, id_] = self._node(node, class_)
        return self._nodes[class_.term, id_]

    def _node(self, node: Mapping[str, object], class_: ClassProfile) -> Node:
        self._depth += 1
        if self._depth > strict_json.DEEPEST:
            raise FormatError(
                [
                    Finding.error(
                        "too-deep",
                        "references between nodes make a chain longer than {deepest}",
                        deepest=strict_json.DEEPEST,
                    )
                ]
            )
        values: dict[str, object] = {"id": node.get("id")}
        for property_ in class_.properties.values():
            if property_.term in node:
                self._field(values, property_, node[property_.term])
        self._depth -= 1
        return _instance(class_.python, values)

    def _field(self, values: dict[str, object], property_: Property, value: object) -> None:
        if property_.kind is Kind.TEXT:
            values[property_.field] = Text(tuple(dict.fromkeys(_literals(value))))
            return
        distinct: dict[object, object] = {}
        for item, path in jsonld_subset.items(value, path=""):
            if property_.kind is Kind.LITERAL:
                distinct.update((literal, literal) for literal in _literal(item, property_))
            else:
                node = self._target(item, property_)
                distinct.update({node.id or path: node} if node else {})
        if property_.many:
            values[property_.field] = tuple(distinct.values())
        elif len(distinct) == 1:
            values[property_.field] = next(iter(distinct.values()))

    def _target(self, item: object, property_: Property) -> Node | None:
        node = {"id": item} if isinstance(item, str) else cast("Mapping[str, object]", item)
        whole = self._members.get(cast("str", node.get("id", "")), node)
        names = jsonld_subset.types(whole)
        for target in property_.range:
            if target.__name__ in names:
                return self._once(whole, profile().classes[target.__name__])
        return None


def _instance(python: Callable[..., Node], values: Mapping[str, object]) -> Node:
    return python(**values)


def _literals(value: object) -> Iterator[tuple[str, str]]:
    for language, texts in cast("Mapping[str, object]", value).items():
        for text, _ in jsonld_subset.items(texts, path=""):
            yield language, cast("str", text)


def _literal(item: object, property_: Property) -> Iterator[object]:
    if property_.datatype == "xsd:boolean":
        yield from {"true": [True], "false": [False]}.get(str(item).lower(), [])
    elif property_.datatype in {"xsd:integer", "xsd:positiveInteger"}:
        if re.fullmatch("-?[0-9]{1,18}", str(item)):
            yield int(str(item))
    else:
        yield item


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
