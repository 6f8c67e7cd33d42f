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
from mikrocert.parsing import strict_json
from mikrocert.report import Finding

from mikrocert_edc_v3.jsonld.context import CONTEXT
from mikrocert_edc_v3.model import vocabulary

__all__ = ["MOST", "TYPES", "Found", "bounded", "faults", "items", "join", "nodes", "shown", "types"]

_SHOWN: Final = 80

MOST: Final = 100
"""How many findings are listed, so that a hostile document can't make a huge report."""

TYPES = ("VerifiableCredential", "EuropeanDigitalCredential")
"""What `type` of a credential must be."""

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+|_:[A-Za-z0-9]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_WRITTEN_AS: Final[Mapping[str | None, tuple[type, ...]]] = {
    "xsd:boolean": (bool, str),
    "xsd:integer": (int, str),
    "xsd:positiveInteger": (int, str),
    "xsd:decimal": (int, Decimal, str),
}


@attrs.frozen
class Found:
    """A node as it stands in the document.

    Args:
        node: the JSON object.
        path: where it stands.
    """

    node: Mapping[str, object] = attrs.field(hash=False)
    path: str

    @property
    def id(self) -> str | None:
        """The id of the node, or none."""
        return cast("str | None", self.node.get("id"))

    @property
    def stub(self) -> bool:
        """Whether it says nothing but id and type, so that it may refer to a node written out elsewhere."""
        return self.id is not None and self.node.keys() <= {"id", "type"}


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


def nodes(document: Mapping[str, object]) -> Iterator[Found]:
    """Yield every node of a document of the strict subset, parents first."""
    waiting = deque([Found(document, "")])
    while waiting:
        found = waiting.popleft()
        yield found
        for term, value in found.node.items():
            known = vocabulary.coercion(term, on_credential=not found.path)
            if known and known[1] == "@id":
                for item, path in items(value, path=join(found.path, term)):
                    if isinstance(item, dict):
                        waiting.append(Found(cast("dict[str, object]", item), path))


def faults(document: object) -> tuple[Finding, ...]:
    """Return the breaches of the strict subset, at most `MOST` of them; nothing if the document may be read.

    Args:
        document: any JSON value.
    """
    if not isinstance(document, dict):
        return (
            Finding.error(
                "not-an-object", "mikrocertifikát musí být objekt JSON", "a credential must be a JSON object"
            ),
        )
    credential = cast("dict[str, object]", document)
    found = bounded(chain(_root(credential), _node(credential, path="")))
    return found or bounded(_conflicts(credential))


def bounded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the first `MOST` findings, errors having come first, and where there are more, one that says so."""
    found = tuple(islice(findings, MOST + 1))
    if len(found) <= MOST:
        return found
    more = Finding.info(
        "more-findings",
        f"zjištění je víc než {MOST}, další už nevypisujeme",
        f"there are more than {MOST} findings, the others are not listed",
    )
    return (*found[:MOST], more)


def join(path: str, member: str) -> str:
    """Return the path of a member, its name cut short where somebody made it long."""
    name = member if len(member) <= _SHOWN else f"{member[: _SHOWN - 1]}…"
    return f"{path}.{name}" if path else name


def _root(credential: Mapping[str, object]) -> Iterator[Finding]:
    if credential.get("@context") != list(CONTEXT):
        yield Finding.error(
            "foreign-context",
            f"@context musí být přesně pole {list(CONTEXT)}; s jiným kontextem by údaje znamenaly něco jiného",
            f"@context must be exactly the array {list(CONTEXT)}; under another context the data mean something else",
            path="@context",
        )
    if set(types(credential)) != set(TYPES):
        yield Finding.error(
            "wrong-type",
            f"typ mikrocertifikátu musí být {' a '.join(TYPES)}",
            f"the type of a credential must be {' and '.join(TYPES)}",
            path="type",
        )
    if "id" not in credential:
        yield Finding.error(
            "no-id",
            "mikrocertifikát nemá id; správně je urn:credential:<uuid>",
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
            known = vocabulary.coercion(term, on_credential=not path)
            if known is None:
                yield _unknown(term, path=here)
            else:
                yield from _values(value, known[1], path=here)


def _unknown(term: str, *, path: str) -> Finding:
    said = term[:_SHOWN]
    if term.startswith("@"):
        return Finding.error(
            "keyword",
            f"klíčové slovo „{said}“ se v mikrocertifikátu nepoužívá; pište id a type, žádné vnořené kontexty ani grafy",
            f"keyword {said!r} is not used in a credential; write id and type, no nested contexts or graphs",
            path=path,
        )
    if ":" in term:
        return Finding.error(
            "prefixed-term",
            f"„{said}“ je název s předponou nebo IRI; pište název z kontextu EDC",
            f"{said!r} is a prefixed name or an IRI; write the term of the EDC context",
            path=path,
        )
    return Finding.error(
        "unknown-term",
        f"kontext EDC tu nezná „{said}“, takže by ten údaj v RDF tiše zmizel",
        f"the EDC context knows no {said!r} here, so that in RDF the statement would silently vanish",
        path=path,
    )


def _iri(value: object, *, path: str) -> Iterator[Finding]:
    if not isinstance(value, str) or not _IRI.fullmatch(value):
        yield Finding.error(
            "not-an-iri",
            f"{shown(value)} není absolutní IRI; správně je například urn:epass:org:1",
            f"{shown(value)} is no absolute IRI; urn:epass:org:1 would be one",
            path=path,
        )
    elif value.partition(":")[0] in vocabulary.RESERVED_PREFIXES and "//" not in value[:12]:
        yield Finding.error(
            "prefixed-iri",
            f"{shown(value)} začíná předponou kontextu, JSON-LD by je přepsal; napište celé IRI",
            f"{shown(value)} begins with a prefix of the context and JSON-LD would rewrite it; write the whole IRI",
            path=path,
        )


def _types(value: object, *, path: str) -> Iterator[Finding]:
    for item, here in items(value, path=path):
        known = isinstance(item, str) and vocabulary.type_iri(item) is not None
        if not known or (item in TYPES and path != "type"):
            yield Finding.error(
                "unknown-type",
                f"kontext EDC tu nezná typ {shown(item)}",
                f"the EDC context knows no type {shown(item)} here",
                path=here,
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
                f"{shown(item)} není zapsáno tak, jak hodnota {coercion or 'textu'} má být: v uvozovkách, celá čísla bez nich",
                f"{shown(item)} is not written as {coercion or 'a text'} should be: quoted, whole numbers unquoted",
                path=here,
            )


def _fits(item: object, coercion: str | None) -> bool:
    expected = _WRITTEN_AS.get(coercion, (str,))
    return isinstance(item, expected) and (not isinstance(item, bool) or bool in expected)


def _language_map(value: object, *, path: str) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield Finding.error(
            "no-language",
            f'{shown(value)} nemá jazyk; správně je {{"cs": "…"}}',
            f'{shown(value)} has no language; {{"cs": "…"}} is right',
            path=path,
        )
        return
    for language, texts in cast("dict[str, object]", value).items():
        here = join(path, language)
        if not _LANGUAGE.fullmatch(language):
            yield Finding.error(
                "not-a-language",
                f"{shown(language)} není značka jazyka; správně je například cs nebo en",
                f"{shown(language)} is no language tag; cs or en would be one",
                path=here,
            )
        for item, place in items(texts, path=here):
            if not isinstance(item, str):
                yield Finding.error(
                    "wrong-json-type", f"{shown(item)} není text", f"{shown(item)} is no text", path=place
                )


def _conflicts(document: Mapping[str, object]) -> Iterator[Finding]:
    written: dict[str, tuple[Found, object]] = {}
    stubs: list[Found] = []
    for found in nodes(document):
        if found.stub:
            stubs.append(found)
        elif found.id is not None:
            content = _content(found.node)
            before, other = written.setdefault(found.id, (found, content))
            if content != other:
                yield _conflict(found, before)
    for stub in stubs:
        before, _ = written.setdefault(cast("str", stub.id), (stub, None))
        if "type" in stub.node and set(types(stub.node)) != set(types(before.node)):
            yield _conflict(stub, before)


def _conflict(found: Found, before: Found) -> Finding:
    said = shown(found.id)
    return Finding.error(
        "one-id-two-contents",
        f"{said} tu má jiný obsah než v {before.path or 'kořeni'}; v RDF by se oba slily v jedno",
        f"{said} has other content here than at {before.path or 'the root'}; in RDF the two would merge into one",
        path=found.path,
    )


def _content(node: Mapping[str, object]) -> object:
    """Return what a node says itself, alike for one value and an array of one; nested nodes stand by their id."""

    def said(value: object, *, nested: bool) -> object:
        if isinstance(value, list):
            values = [said(item, nested=nested) for item in cast("list[object]", value)]
            return values[0] if len(values) == 1 else tuple(values)
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            if nested:
                return members.get("id") or _content(members)
            return tuple(sorted((language, said(texts, nested=False)) for language, texts in members.items()))
        return value

    def is_node(term: str) -> bool:
        known = vocabulary.coercion(term, on_credential=True)
        return known is not None and known[1] == "@id"

    return tuple(
        sorted(
            (term, said(value, nested=is_node(term))) for term, value in node.items() if term != "@context"
        )
    )


def shown(value: object) -> str:
    """Return a JSON value for a message, cut short where it is long."""
    text = strict_json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
