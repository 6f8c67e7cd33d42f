"""The strict subset of JSON-LD in which a credential must be written.

Of a document in this subset a program that reads members by name, an RDF processor and a person see the same: only
the exact two contexts, only terms that they define, `id` and `type` instead of keywords, no graphs, no aliases, no
prefixes, and one content per id (EDC issuers write just this).
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import chain, islice
from typing import Final, cast

import attrs
from mikrocert.api import Finding, message, strict_json

from mikrocert_edc_v3.jsonld.context import CONTEXT
from mikrocert_edc_v3.model import vocabulary

__all__ = [
    "MAX_FINDINGS",
    "TYPES",
    "DocumentNode",
    "bounded",
    "faults",
    "items",
    "join",
    "nodes",
    "shown",
    "types",
]

_SHOWN: Final = 80

MAX_FINDINGS: Final = 100
"""How many findings are listed, so that a hostile document can't make a huge report."""

TYPES = ("VerifiableCredential", "EuropeanDigitalCredential")
"""The value that `type` of a credential must have."""

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+|_:[A-Za-z0-9]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_WRITTEN_AS: Final[Mapping[str | None, tuple[type, ...]]] = {
    "xsd:boolean": (bool, str),
    "xsd:integer": (int, str),
    "xsd:positiveInteger": (int, str),
    "xsd:decimal": (int, Decimal, str),
}


@attrs.frozen
class DocumentNode:
    """A node as it stands in the document.

    Args:
        members: the JSON object.
        path: where it stands.
    """

    members: Mapping[str, object] = attrs.field(hash=False)
    path: str

    @property
    def id(self) -> str | None:
        """The id of the node, or none."""
        return cast("str | None", self.members.get("id"))

    @property
    def stub(self) -> bool:
        """Whether it says nothing but id and type, so that it may refer to a node written out elsewhere."""
        return self.id is not None and self.members.keys() <= {"id", "type"}


def items(value: object, *, path: str) -> Iterator[tuple[object, str]]:
    """Yield the values of a member with their paths; one value stands for an array of one."""
    if isinstance(value, list):
        for number, item in enumerate(cast("list[object]", value)):
            yield item, f"{path}[{number}]"
    else:
        yield value, path


def types(node: Mapping[str, object]) -> tuple[str, ...]:
    """Return the types of a node, by context term."""
    return tuple(str(item) for item, _ in items(node.get("type", []), path=""))


def nodes(document: Mapping[str, object]) -> Iterator[DocumentNode]:
    """Yield every node of a document of the strict subset, parents first."""
    waiting = deque([DocumentNode(document, "")])
    while waiting:
        node = waiting.popleft()
        yield node
        for term, value in node.members.items():
            definition = vocabulary.coercion(term, on_credential=not node.path)
            if definition and definition[1] == "@id":
                for item, path in items(value, path=join(node.path, term)):
                    if isinstance(item, dict):
                        waiting.append(DocumentNode(cast("dict[str, object]", item), path))


def faults(document: object) -> tuple[Finding, ...]:
    """Return the breaches of the strict subset, at most `MAX_FINDINGS` of them; nothing if the document may be read.

    Args:
        document: any JSON value.
    """
    if not isinstance(document, dict):
        return (Finding.error("not-an-object", "a credential must be a JSON object"),)
    credential = cast("dict[str, object]", document)
    breaches = bounded(chain(_root(credential), _node(credential, path="")))
    return breaches or bounded(_conflicts(credential))


def bounded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the first `MAX_FINDINGS` findings, errors having come first, and where there are more, one that says so."""
    listed = tuple(islice(findings, MAX_FINDINGS + 1))
    if len(listed) <= MAX_FINDINGS:
        return listed
    more = Finding.info(
        "more-findings",
        "there are more than {limit} findings, the others are not listed",
        limit=MAX_FINDINGS,
    )
    return (*listed[:MAX_FINDINGS], more)


def join(path: str, member: str) -> str:
    """Return the path of a member, its name cut short where somebody made it long."""
    name = member if len(member) <= _SHOWN else f"{member[: _SHOWN - 1]}…"
    return f"{path}.{name}" if path else name


def _root(credential: Mapping[str, object]) -> Iterator[Finding]:
    if credential.get("@context") != list(CONTEXT):
        yield Finding.error(
            "foreign-context",
            "@context must be exactly the array {context}; under another context the data mean something else",
            path="@context",
            context=str(list(CONTEXT)),
        )
    if set(types(credential)) != set(TYPES):
        yield Finding.error(
            "wrong-type",
            "the type of a credential must be {types}",
            path="type",
            types=TYPES,
        )
    if "id" not in credential:
        yield Finding.error(
            "no-id",
            "the credential has no id; urn:credential:<uuid> is right",
        )


def _node(node: Mapping[str, object], *, path: str) -> Iterator[Finding]:
    for term, value in node.items():
        here = join(path, term)
        if term == "id":
            yield from _iri(value, path=here)
        elif term == "type":
            yield from _types(value, path=here)
        elif term == "@context" and not path:
            continue
        else:
            definition = vocabulary.coercion(term, on_credential=not path)
            if definition is None:
                yield _unknown(term, path=here)
            else:
                yield from _values(value, definition[1], path=here)


def _unknown(term: str, *, path: str) -> Finding:
    name = term[:_SHOWN]
    if term.startswith("@"):
        return Finding.error(
            "keyword",
            "keyword '{name}' is not used in a credential; write id and type, no nested contexts or graphs",
            path=path,
            name=name,
        )
    if ":" in term:
        return Finding.error(
            "prefixed-term",
            "'{name}' is a prefixed name or an IRI; write the term of the EDC context",
            path=path,
            name=name,
        )
    return Finding.error(
        "unknown-term",
        "the EDC context knows no '{name}' here, so that in RDF the statement would silently vanish",
        path=path,
        name=name,
    )


def _iri(value: object, *, path: str) -> Iterator[Finding]:
    if not isinstance(value, str) or not _IRI.fullmatch(value):
        yield Finding.error(
            "not-an-iri",
            "{shown} is no absolute IRI; urn:epass:org:1 would be one",
            path=path,
            shown=shown(value),
        )
    elif value.partition(":")[0] in vocabulary.RESERVED_PREFIXES and "//" not in value[:12]:
        yield Finding.error(
            "prefixed-iri",
            "{shown} begins with a prefix of the context and JSON-LD would rewrite it; write the whole IRI",
            path=path,
            shown=shown(value),
        )


def _types(value: object, *, path: str) -> Iterator[Finding]:
    for item, here in items(value, path=path):
        is_known = isinstance(item, str) and vocabulary.type_iri(item) is not None
        if not is_known or (item in TYPES and path != "type"):
            yield Finding.error(
                "unknown-type",
                "the EDC context knows no type {shown} here",
                path=here,
                shown=shown(item),
            )


def _values(value: object, coercion: str | None, *, path: str) -> Iterator[Finding]:
    if coercion == "@language":
        # Not even an array of one: JSON-LD takes only an object for a language map.
        yield from _language_map(value, path=path)
        return
    for item, here in items(value, path=path):
        if coercion == "@id":
            if isinstance(item, dict):
                yield from _node(cast("dict[str, object]", item), path=here)
            else:
                yield from _iri(item, path=here)
        elif not _fits(item, coercion):
            yield Finding.error(
                "wrong-json-type",
                "{shown} is not written as {right} should be: quoted, whole numbers unquoted",
                path=here,
                shown=shown(item),
                right=coercion or message("a text value"),
            )


def _fits(item: object, coercion: str | None) -> bool:
    expected = _WRITTEN_AS.get(coercion, (str,))
    return isinstance(item, expected) and (not isinstance(item, bool) or bool in expected)


def _language_map(value: object, *, path: str) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield Finding.error(
            "no-language",
            '{shown} has no language; {"cs": "…"} is right',
            path=path,
            shown=shown(value),
        )
        return
    for language, texts in cast("dict[str, object]", value).items():
        here = join(path, language)
        if not _LANGUAGE.fullmatch(language):
            yield Finding.error(
                "not-a-language",
                "{shown} is no language tag; cs or en would be one",
                path=here,
                shown=shown(language),
            )
        for item, place in items(texts, path=here):
            if not isinstance(item, str):
                yield Finding.error("wrong-json-type", "{shown} is no text", path=place, shown=shown(item))


def _conflicts(document: Mapping[str, object]) -> Iterator[Finding]:
    contents: dict[str, tuple[DocumentNode, object]] = {}
    stubs: list[DocumentNode] = []
    for node in nodes(document):
        if node.stub:
            stubs.append(node)
        elif node.id is not None:
            content = _content(node.members)
            earlier, other = contents.setdefault(node.id, (node, content))
            if content != other:
                yield _conflict(node, earlier)
    for stub in stubs:
        earlier, _ = contents.setdefault(cast("str", stub.id), (stub, None))
        if "type" in stub.members and set(types(stub.members)) != set(types(earlier.members)):
            yield _conflict(stub, earlier)


def _conflict(node: DocumentNode, earlier: DocumentNode) -> Finding:
    return Finding.error(
        "one-id-two-contents",
        "{name} has other content here than at {place}; in RDF the two would merge into one",
        path=node.path,
        name=shown(node.id),
        place=earlier.path or message("the root"),
    )


def _content(node: Mapping[str, object]) -> object:
    """Return what a node says itself, alike for one value and an array of one; nested nodes stand by their id."""

    def content(value: object, *, nested: bool) -> object:
        if isinstance(value, list):
            values = [content(item, nested=nested) for item in cast("list[object]", value)]
            return values[0] if len(values) == 1 else tuple(values)
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            if nested:
                return members.get("id") or _content(members)
            return tuple(
                sorted((language, content(texts, nested=False)) for language, texts in members.items())
            )
        return value

    def is_node(term: str) -> bool:
        definition = vocabulary.coercion(term, on_credential=True)
        return definition is not None and definition[1] == "@id"

    return tuple(
        sorted(
            (term, content(value, nested=is_node(term))) for term, value in node.items() if term != "@context"
        )
    )


def shown(value: object) -> str:
    """Return a JSON value for a message, cut short where it is long."""
    text = strict_json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
