"""Between the compact JSON of a credential and the model."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from mikrocert.errors import FormatError
from mikrocert.parsing import strict_json
from mikrocert.report import Finding

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
    found = jsonld_subset.faults(document)
    if found:
        raise FormatError(found)
    return cast("dict[str, object]", document)


def structure(document: Mapping[str, object]) -> EuropeanDigitalCredential:
    """Return the model of a document of the strict subset.

    What doesn't fit a field (wrong class, several values where one may be, a number that is none, a node inside itself) is left
    out, so that nothing doubtful is read; `direct.examine` reports what the profile forbids.

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
        self._written: dict[str, Mapping[str, object]] = {}
        for found in jsonld_subset.nodes(document):
            if found.id and not found.stub:
                self._written.setdefault(found.id, found.node)
        # Term of the class and id → node; none while the node is being read, so that circles end.
        self._read: dict[tuple[str, str], Node | None] = {}
        self._depth = 0

    def credential(self) -> EuropeanDigitalCredential:
        return cast("EuropeanDigitalCredential", self._once(self._document, profile().root))

    def _once(self, node: Mapping[str, object], read: ClassProfile) -> Node | None:
        id_ = cast("str | None", node.get("id"))
        if id_ is None:
            return self._node(node, read)
        if (read.term, id_) not in self._read:
            self._read[read.term, id_] = None
            self._read[read.term, id_] = self._node(node, read)
        return self._read[read.term, id_]

    def _node(self, node: Mapping[str, object], read: ClassProfile) -> Node:
        self._depth += 1
        if self._depth > strict_json.DEEPEST:
            raise FormatError(
                [
                    Finding.error(
                        "too-deep",
                        f"odkazy mezi uzly tvoří řetězec delší než {strict_json.DEEPEST}",
                        f"references between nodes make a chain longer than {strict_json.DEEPEST}",
                    )
                ]
            )
        values: dict[str, object] = {"id": node.get("id")}
        for known in read.properties.values():
            if known.term in node:
                self._field(values, known, node[known.term])
        self._depth -= 1
        return _made(read.python, values)

    def _field(self, values: dict[str, object], known: Property, value: object) -> None:
        if known.kind is Kind.TEXT:
            values[known.field] = Text(tuple(dict.fromkeys(_literals(value))))
            return
        found: dict[object, object] = {}
        for item, path in jsonld_subset.items(value, path=""):
            if known.kind is Kind.LITERAL:
                found.update((made, made) for made in _literal(item, known))
            else:
                made = self._target(item, known)
                found.update({made.id or path: made} if made else {})
        if known.many:
            values[known.field] = tuple(found.values())
        elif len(found) == 1:
            values[known.field] = next(iter(found.values()))

    def _target(self, item: object, known: Property) -> Node | None:
        node = {"id": item} if isinstance(item, str) else cast("Mapping[str, object]", item)
        whole = self._written.get(cast("str", node.get("id", "")), node)
        names = jsonld_subset.types(whole)
        for target in known.range:
            if target.__name__ in names:
                return self._once(whole, profile().classes[target.__name__])
        return None


def _made(python: Callable[..., Node], values: Mapping[str, object]) -> Node:
    return python(**values)


def _literals(value: object) -> Iterator[tuple[str, str]]:
    for language, texts in cast("Mapping[str, object]", value).items():
        for text, _ in jsonld_subset.items(texts, path=""):
            yield language, cast("str", text)


def _literal(item: object, known: Property) -> Iterator[object]:
    if known.datatype == "xsd:boolean":
        yield from {"true": [True], "false": [False]}.get(str(item).lower(), [])
    elif known.datatype in {"xsd:integer", "xsd:positiveInteger"}:
        if re.fullmatch("-?[0-9]{1,18}", str(item)):
            yield int(str(item))
    else:
        yield item


def _node(node: Node) -> dict[str, object]:
    read = profile().of_node(node)
    document: dict[str, object] = {"id": node.id} if node.id else {}
    document["type"] = read.term
    for known in read.properties.values():
        value = getattr(node, known.field)
        if value not in (None, (), EMPTY):
            document[known.term] = _value(value)
    return document


def _value(value: object) -> object:
    if isinstance(value, tuple):
        made = [_value(item) for item in cast("tuple[object, ...]", value)]
        return made[0] if len(made) == 1 else made
    if isinstance(value, Text):
        texts: dict[str, list[str]] = {}
        for language, text in value.literals:
            texts.setdefault(language, []).append(text)
        return {language: said[0] if len(said) == 1 else said for language, said in texts.items()}
    return _node(value) if isinstance(value, Node) else value
