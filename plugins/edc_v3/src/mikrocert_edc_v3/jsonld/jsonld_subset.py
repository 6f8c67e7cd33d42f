"""The strict subset of JSON-LD in which a credential must be written, and its one reader.

Of a document in this subset a program that reads members by name, an RDF processor and a person see the same: only
the exact two contexts, only terms that they define, `id` and `type` instead of keywords, no graphs, no aliases, no
prefixes, and one content per id (EDC issuers write just this).

A document is walked once, by a reader for each term that is made of the model and the vocabulary; whoever judges or reads it goes
on with the nodes that the walk keeps, one per id.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Final, cast

import attrs
from mikrocert.api import Finding, FormatError, Message, message, strict_json

from mikrocert_edc_v3.jsonld.context import CONTEXT
from mikrocert_edc_v3.model import profile, vocabulary

__all__ = [
    "LONGEST_TEXT",
    "MAX_FINDINGS",
    "MOST_NODES",
    "TYPES",
    "DocumentNode",
    "Graph",
    "Values",
    "bounded",
    "is_private",
    "join",
    "read",
    "shown",
]

MAX_FINDINGS: Final = 100
"""How many findings are listed, so that a hostile document can't make a huge report."""

MOST_NODES: Final = 20_000
"""How many nodes a document may write out; one of a whole degree has some hundreds."""

LONGEST_TEXT: Final = 100_000
"""How many characters a text or an IRI may have; files inside a credential may have more."""

TYPES = ("VerifiableCredential", "EuropeanDigitalCredential")
"""The value that `type` of a credential must have."""

Values = tuple[tuple[object, str], ...]
"""The values of a member that RDF tells apart, each with where it stands.

A text stands with its language. A literal, and a target (a `DocumentNode`, or the id of one), stand with their place in the array
(`[2]`), or with nothing where there is no array.
"""

_SHOWN: Final = 80
_PRIVATE: Final = frozenset({"dateOfBirth", "nationalID", "placeOfBirth"})
"""Members whose values no report shows, since whoever uploads a file may not be the one whom it is about."""
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+|_:[A-Za-z0-9]+")
_TERM = re.compile(r"\w+")
_OF_SEALS = frozenset({"proof"})
"""Terms under which other kinds of credentials carry a seal (VC Data Model 1.1, 4.7)."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_WRITTEN_AS: Final[Mapping[str | None, tuple[type, ...]]] = {
    "xsd:boolean": (bool, str),
    "xsd:integer": (int, str),
    "xsd:positiveInteger": (int, str),
    "xsd:decimal": (int, Decimal, str),
}


@attrs.frozen(eq=False)
class DocumentNode:
    """A node of a document.

    Args:
        id: the id of the node, or none.
        path: where it stands.
        types: its types by context term, each once.
        members: the JSON object.
        values: context term of a property → its values.
    """

    id: str | None
    path: str = ""
    types: tuple[str, ...] = ()
    members: Mapping[str, object] = attrs.field(factory=dict[str, object], repr=False)
    values: Mapping[str, Values] = attrs.field(factory=dict[str, Values], repr=False)

    @property
    def stub(self) -> bool:
        """Whether it says nothing but id and type, so that it may refer to a node written out elsewhere."""
        return self.id is not None and len(self.members) == 1 + ("type" in self.members)


@attrs.frozen
class Graph:
    """A document as RDF has it: one node per id, whatever the number of places it is written at.

    Args:
        root: the credential.
        nodes: id, or else the place, of a node → the node, in the order of the document.
        strange: what is in the document and neither read nor shown: terms and types of a context newer than ours, and values that
            the context makes unusable.
    """

    root: DocumentNode
    nodes: Mapping[str, DocumentNode]
    strange: tuple[Finding, ...] = ()

    def target(self, value: object) -> DocumentNode:
        """Return the node that a value stands for; one that is written nowhere has only its id."""
        if isinstance(value, DocumentNode):
            return value if value.id is None else self.nodes[value.id]
        id_ = cast("str", value)
        return self.nodes.get(id_) or DocumentNode(id_)


def read(document: object) -> Graph:
    """Read a document of the strict subset.

    Args:
        document: any JSON value, no deeper than `strict_json` reads.

    Raises:
        FormatError: with the breaches of the subset, at most `MAX_FINDINGS` of them.
    """
    if not isinstance(document, dict):
        raise FormatError([Finding.error("not-an-object", "a credential must be a JSON object")])
    return _Walk().graph(cast("dict[str, object]", document))


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


class _Enough(Exception):
    """The walk is not worth going on with."""


class _Walk:
    """One walk over one document, which it turns into its graph."""

    def __init__(self) -> None:
        self._nodes: dict[str, DocumentNode] = {}
        self._faults: list[Finding] = []
        # Code and name of what is not understood → the first place of it.
        self._strange: dict[tuple[str, str], Finding] = {}
        self._number = 0
        # Ids whose node, as it is kept, holds texts only and no fault, so that equal JSON objects are the same node.
        self._plain: set[str] = set()
        self._not_texts = 0
        self._iris: set[str] = set()
        # Nodes that are written out again, and those that only refer to one.
        self._again: list[DocumentNode] = []
        self._stubs: list[DocumentNode] = []

    def graph(self, document: Mapping[str, object]) -> Graph:
        try:
            self._root(document)
            root = self.node(document, "")
        except _Enough:
            raise FormatError(bounded(self._faults)) from None
        faults = self._faults or bounded(self._conflicts())
        if faults:
            raise FormatError(faults)
        return Graph(root, self._nodes, tuple(self._strange.values()))

    def fault(self, finding: Finding) -> None:
        """Note a breach; with more of them than are listed the walk ends."""
        self._faults.append(finding)
        if len(self._faults) > MAX_FINDINGS:
            raise _Enough

    def pass_over(self, finding: Finding, *, name: str) -> None:
        """Note that something is not understood, once for each name and for as many as are listed."""
        if len(self._strange) <= MAX_FINDINGS:
            self._strange.setdefault((finding.code, name), finding)

    def node(self, members: Mapping[str, object], path: str) -> DocumentNode:
        """Read an object and all that is inside."""
        self._number += 1
        if self._number > MOST_NODES:
            self.fault(
                Finding.error(
                    "too-many-nodes",
                    "the credential has more than {most} nodes; no more are read",
                    path=path,
                    most=MOST_NODES,
                )
            )
            raise _Enough
        stated = members.get("id")
        earlier = self._nodes.get(stated) if isinstance(stated, str) else None
        if earlier is not None and stated in self._plain and earlier.members == members:
            return earlier
        id_ = self.iri(stated, path, "id") if "id" in members else None
        types = self._types(members["type"], path=path) if "type" in members else ()
        values: dict[str, Values] = {}
        node = DocumentNode(id_, path, types, members, values)
        before = (len(self._faults), self._not_texts)
        kept = self._keep(node, earlier)
        readers = _readers(on_credential=not path)
        for term, value in members.items():
            reader = readers.get(term)
            if reader is not None:
                values[term] = reader(self, value, path, term)
            elif term not in {"id", "type"} and (term != "@context" or path):
                self._unknown(term, path=join(path, term))
        if kept and id_ is not None and before == (len(self._faults), self._not_texts):
            self._plain.add(id_)
        return node

    def is_iri(self, value: object) -> bool:
        """Return whether a value is an absolute IRI."""
        return isinstance(value, str) and len(value) <= LONGEST_TEXT and _IRI.fullmatch(value) is not None

    def iri(self, value: object, path: str, term: str, place: str = "") -> str | None:
        """Return an absolute IRI, or none if the value is something else."""
        if isinstance(value, str):
            if value in self._iris:
                return value
            if self.fits_in(value, path, term, place) and _IRI.fullmatch(value):
                self._unprefixed(value, path=f"{join(path, term)}{place}")
                self._iris.add(value)
                return value
        self.fault(
            Finding.error(
                "not-an-iri",
                "{shown} is no absolute IRI; urn:epass:org:1 would be one",
                path=f"{join(path, term)}{place}",
                shown=shown(value, path=join(path, term)),
            )
        )
        return None

    def _unprefixed(self, iri: str, *, path: str) -> None:
        if iri.partition(":")[0] in vocabulary.RESERVED_PREFIXES and "//" not in iri[:12]:
            self.fault(
                Finding.error(
                    "prefixed-iri",
                    "{shown} begins with a prefix of the context and JSON-LD would rewrite it; write the whole IRI",
                    path=path,
                    shown=shown(iri, path=path),
                )
            )

    def not_text(self, value: object, coercion: str | None, path: str, term: str, place: str) -> bool:
        """Return whether a value that is no string is written as its datatype should be."""
        self._not_texts += 1
        expected = _WRITTEN_AS.get(coercion, ())
        if isinstance(value, expected) and (not isinstance(value, bool) or bool in expected):
            return True
        self.fault(
            Finding.error(
                "wrong-json-type",
                "{shown} is not written as {right} should be: quoted, whole numbers unquoted",
                path=f"{join(path, term)}{place}",
                shown=shown(value, path=join(path, term)),
                right=coercion or message("a text value"),
            )
        )
        return False

    def language(self, language: str, *, path: str) -> None:
        """Refuse what is no language tag."""
        if not _LANGUAGE.fullmatch(language):
            self.fault(
                Finding.error(
                    "not-a-language",
                    "{shown} is no language tag; cs or en would be one",
                    path=join(path, language),
                    shown=shown(language, path=path),
                )
            )

    def text(self, value: object, path: str, language: str, place: str = "") -> bool:
        """Return whether a value is a text that is short enough."""
        if isinstance(value, str):
            return self.fits_in(value, path, language, place)
        self.fault(
            Finding.error(
                "wrong-json-type",
                "{shown} is no text",
                path=f"{join(path, language)}{place}",
                shown=shown(value, path=path),
            )
        )
        return False

    def fits_in(self, text: str, path: str, term: str, place: str) -> bool:
        """Return whether a text is short enough to be read."""
        if len(text) <= LONGEST_TEXT:
            return True
        self.fault(
            Finding.error(
                "too-long",
                "the text has {count} characters; at most {most} are read",
                path=f"{join(path, term)}{place}",
                count=len(text),
                most=LONGEST_TEXT,
            )
        )
        return False

    def _root(self, credential: Mapping[str, object]) -> None:
        if credential.get("@context") != list(CONTEXT):
            self.fault(
                Finding.error(
                    "foreign-context",
                    "@context must be exactly the array {context}; under another context the data mean something else",
                    path="@context",
                    context=str(list(CONTEXT)),
                )
            )
        types = {item for item, _ in _items(credential.get("type", [])) if isinstance(item, str)}
        if types != set(TYPES):
            self.fault(
                Finding.error(
                    "wrong-type", "the type of a credential must be {types}", path="type", types=TYPES
                )
            )
        if "id" not in credential:
            self.fault(
                Finding.error("no-id", "the credential has no id; urn:credential:<uuid> is right", path="")
            )

    def _keep(self, node: DocumentNode, earlier: DocumentNode | None) -> bool:
        """Note a node by its id, one that says something before one that only refers to it; return whether it stays."""
        if node.stub:
            self._stubs.append(node)
        if earlier is None or (earlier.stub and not node.stub):
            key = node.id or f"at {node.path}"
            self._nodes[key] = node
            self._plain.discard(key)
            return True
        if not node.stub:
            self._again.append(node)
        return False

    def _types(self, value: object, *, path: str) -> tuple[str, ...]:
        names = _types()
        if isinstance(value, str) and value in names and value not in TYPES:
            return (value,)
        types: dict[str, None] = {}
        for item, place in _items(value):
            if isinstance(item, str) and item in names and (item not in TYPES or not path):
                types[item] = None
            elif isinstance(item, str) and path and _TERM.fullmatch(item) and item not in names:
                self.pass_over(
                    Finding.warning(
                        "unknown-type",
                        "the EDC context that we have knows no type {shown}; it is not read",
                        path=f"{join(path, 'type')}{place}",
                        shown=shown(item, path=path),
                    ),
                    name=item,
                )
            else:
                self.fault(
                    Finding.error(
                        "unknown-type",
                        "the EDC context knows no type {shown} here",
                        path=f"{join(path, 'type')}{place}",
                        shown=shown(item, path=path),
                    )
                )
        return tuple(types)

    def _unknown(self, term: str, *, path: str) -> None:
        name = term[:_SHOWN]
        if term.startswith("@"):
            self.fault(
                Finding.error(
                    "keyword",
                    "keyword '{name}' is not used in a credential; write id and type, no nested contexts or graphs",
                    path=path,
                    name=name,
                )
            )
        elif ":" in term:
            self.fault(
                Finding.error(
                    "prefixed-term",
                    "'{name}' is a prefixed name or an IRI; write the term of the EDC context",
                    path=path,
                    name=name,
                )
            )
        elif term in _OF_SEALS:
            self.fault(
                Finding.error(
                    "keyword",
                    "'{name}' belongs to another kind of seal and is not read; a credential is sealed around, not inside",
                    path=path,
                    name=name,
                )
            )
        else:
            self.pass_over(_unknown_term(name, path=path), name=term)

    def _conflicts(self) -> Iterator[Finding]:
        contents: dict[str, object] = {}
        for node in self._again:
            id_ = cast("str", node.id)
            earlier = self._nodes[id_]
            if id_ not in contents:
                contents[id_] = _content(earlier.members)
            if _content(node.members) != contents[id_]:
                yield _conflict(node, earlier)
        for stub in self._stubs:
            earlier = self._nodes[cast("str", stub.id)]
            if "type" in stub.members and set(stub.types) != set(earlier.types):
                yield _conflict(stub, earlier)


def _unknown_term(name: str, *, path: str) -> Finding:
    """Return that a term is neither read nor shown, and which one is probably meant if it only looks like that."""
    odd = next((character for character in name if not character.isascii()), None)
    if odd is not None:
        near = difflib.get_close_matches(name, vocabulary.coercions(on_credential=True), n=1, cutoff=0.8)
        return Finding.warning(
            "unknown-term",
            "'{name}' has the character {odd} ({code}), which no term has; it is neither read nor shown, though {near} may be meant",
            path=path,
            name=name,
            odd=odd,
            code=f"U+{ord(odd):04X}",
            near=near[0] if near else "–",
        )
    return Finding.warning(
        "unknown-term",
        "the EDC context that we have knows no '{name}' here; it is neither read nor shown",
        path=path,
        name=name,
    )


_Reader = Callable[[_Walk, object, str, str], Values]


@cache
def _types() -> frozenset[str]:
    return frozenset(vocabulary.type_iris())


@cache
def _readers(*, on_credential: bool) -> Mapping[str, _Reader]:
    """Return what reads the values of a property, by context term."""
    modelled = {term for class_ in profile().classes.values() for term in class_.properties}
    return {
        term: (_targets if term in modelled else _passing_targets)
        if coercion == "@id"
        else _texts
        if coercion == "@language"
        else _literals(coercion, limited=term not in vocabulary.FILES)
        for term, coercion in vocabulary.coercions(on_credential=on_credential).items()
    }


def _targets(walk: _Walk, value: object, path: str, term: str) -> Values:
    here = f"{path}.{term}" if path else term
    if isinstance(value, dict):
        return ((walk.node(cast("dict[str, object]", value), here), ""),)
    targets: dict[str, tuple[object, str]] = {}
    for item, place in _items(value):
        if isinstance(item, dict):
            node = walk.node(cast("dict[str, object]", item), f"{here}{place}")
            targets.setdefault(node.id or f"at {place}", (node, place))
        else:
            id_ = walk.iri(item, path, term, place)
            if id_ is not None:
                targets.setdefault(id_, (id_, place))
    return tuple(targets.values())


def _passing_targets(walk: _Walk, value: object, path: str, term: str) -> Values:
    """Read the values of a property that nobody reads, passing over those that the context makes unusable."""
    usable: list[object] = []
    for item, place in _items(value):
        if isinstance(item, dict) or walk.is_iri(item):
            usable.append(item)
        else:
            walk.pass_over(
                Finding.warning(
                    "unusable-value",
                    "the context makes an IRI of {shown}, which is none; it is neither read nor shown",
                    path=f"{join(path, term)}{place}",
                    shown=shown(item, path=join(path, term)),
                ),
                name=term,
            )
    return _targets(walk, usable if isinstance(value, list) or not usable else usable[0], path, term)


def _texts(walk: _Walk, value: object, path: str, term: str) -> Values:
    here = f"{path}.{term}" if path else term
    if not isinstance(value, dict):
        # Not even an array of one: JSON-LD takes only an object for a language map.
        walk.fault(
            Finding.error(
                "no-language",
                '{shown} has no language; {"cs": "…"} is right',
                path=here,
                shown=shown(value, path=here),
            )
        )
        return ()
    literals: list[tuple[object, str]] = []
    for language, texts in cast("dict[str, object]", value).items():
        walk.language(language, path=here)
        if isinstance(texts, list):
            distinct = dict.fromkeys(
                item
                for item, place in _items(cast("object", texts))
                if walk.text(item, here, language, place)
            )
            literals += [(text, language) for text in distinct]
        elif walk.text(texts, here, language):
            literals.append((texts, language))
    return tuple(literals)


def _literals(coercion: str | None, *, limited: bool) -> _Reader:
    def fits(walk: _Walk, value: object, path: str, term: str, place: str = "") -> bool:
        if isinstance(value, str):
            return not limited or walk.fits_in(value, path, term, place)
        return walk.not_text(value, coercion, path, term, place)

    def read_literals(walk: _Walk, value: object, path: str, term: str) -> Values:
        if not isinstance(value, list):
            return ((value, ""),) if fits(walk, value, path, term) else ()
        literals: dict[object, tuple[object, str]] = {}
        for item, place in _items(cast("object", value)):
            if fits(walk, item, path, term, place):
                literals.setdefault(item, (item, place))
        return tuple(literals.values())

    return read_literals


def _items(value: object) -> Iterable[tuple[object, str]]:
    """Return the values of a member with their places; one value stands for an array of one."""
    if isinstance(value, list):
        return ((item, f"[{number}]") for number, item in enumerate(cast("list[object]", value)))
    return ((value, ""),)


def _conflict(node: DocumentNode, earlier: DocumentNode) -> Finding:
    return Finding.error(
        "one-id-two-contents",
        "{name} has other content here than at {place}; in RDF the two would merge into one",
        path=node.path,
        name=shown(node.id, path=node.path),
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

    coercions = vocabulary.coercions(on_credential=True)
    return tuple(
        sorted(
            (term, content(value, nested=coercions.get(term) == "@id"))
            for term, value in node.items()
            if term != "@context"
        )
    )


def shown(value: object, *, path: str) -> str | Message:
    """Return a JSON value for a message, cut short where it is long; nothing of what no report shows.

    Args:
        value: what stands in the document.
        path: where it stands.
    """
    if is_private(path):
        return message("what stands here")
    text = strict_json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def is_private(path: str) -> bool:
    """Return whether a place is one whose value no report shows: birth, or a national identifier."""
    return not _PRIVATE.isdisjoint(re.split(r"[.\[]", path))
