"""Reads an application profile out of attrs classes: what each class and field means in RDF.

A class says its own IRI, a field's `Annotated` type says the rest: the type gives the range and whether there is
one value or many, `Rdf` gives the IRI and what the type can't say. Context, shapes, documents, validation
and the printed reference are all derived from the `Profile` read here.
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cached_property
from types import NoneType
from typing import Annotated, ClassVar, Final, NewType, get_args, get_origin, get_type_hints

import attrs
from mikrocert.api import LanguageMap

__all__ = [
    "EMPTY",
    "PREFIXES",
    "ClassProfile",
    "DateTime",
    "Duration",
    "Kind",
    "Node",
    "Notation",
    "PositiveInteger",
    "Profile",
    "Property",
    "Rdf",
    "StatusUri",
    "Text",
    "Uri",
    "expand",
]

PREFIXES: Mapping[str, str] = {
    "adms": "http://www.w3.org/ns/adms#",
    "cred": "https://www.w3.org/2018/credentials#",
    "dc": "http://purl.org/dc/terms/",
    "elm": "http://data.europa.eu/snb/model/elm/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "locn": "http://www.w3.org/ns/locn#",
    "org": "http://www.w3.org/ns/org#",
    "person": "http://www.w3.org/ns/person#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rov": "http://www.w3.org/ns/regorg#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

Uri = NewType("Uri", str)
DateTime = NewType("DateTime", str)
Duration = NewType("Duration", str)
Notation = NewType("Notation", str)
StatusUri = NewType("StatusUri", str)
PositiveInteger = NewType("PositiveInteger", int)

# Range of a field → (datatype that the shapes ask for, coercion in the context). The profile asks for an
# untyped notation, and of a status for a literal that the W3C context always turns into an IRI.
_DATATYPES: Mapping[object, tuple[str | None, str | None]] = {
    str: ("xsd:string", "xsd:string"),
    Uri: ("xsd:anyURI", "xsd:anyURI"),
    DateTime: ("xsd:dateTime", "xsd:dateTime"),
    Duration: ("xsd:duration", "xsd:duration"),
    Notation: (None, None),
    StatusUri: ("xsd:anyURI", "@id"),
    PositiveInteger: ("xsd:positiveInteger", "xsd:positiveInteger"),
    int: ("xsd:integer", "xsd:integer"),
    bool: ("xsd:boolean", "xsd:boolean"),
}


def expand(name: str) -> str:
    """Return the IRI of a prefixed name such as `elm:address`; a name with an unknown prefix is an IRI already."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES else name


class Kind(Enum):
    """The kinds of values that a property can have."""

    TEXT = "text"
    LITERAL = "literal"
    NODE = "node"


@attrs.frozen
class Text:
    """Literals with a language, as a language map holds them; one language may have several.

    Args:
        literals: (language tag, text) in the order of the document.
    """

    literals: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> "Text":
        """Make a text with one literal in each language."""
        return cls(tuple(texts.items()))

    def __bool__(self) -> bool:
        return bool(self.literals)

    @cached_property
    def first(self) -> Mapping[str, str]:
        """The first literal of each language."""
        texts: dict[str, str] = {}
        for language, text in self.literals:
            texts.setdefault(language, text)
        return texts

    @cached_property
    def by_language(self) -> LanguageMap | None:
        """The first literal of each language, regional tags without their region; none if there is no text."""
        texts: dict[str, str] = {}
        for tag, literal in self.first.items():
            language = tag.partition("-")[0].lower()
            if len(language) in (2, 3) and literal:
                texts.setdefault(language, literal)
        return LanguageMap(texts) if texts else None


EMPTY: Final = Text()
"""A text without any literal."""


@attrs.frozen(kw_only=True)
class Node:
    """Anything with an IRI of its own.

    Args:
        id: absolute IRI; none while nobody has numbered the nodes yet.
    """

    IRI: ClassVar[str] = ""
    URN: ClassVar[str] = ""

    id: str | None = None


@attrs.frozen
class Rdf:
    """The meaning of a field in RDF, as far as its type doesn't give it.

    Args:
        iri: prefixed name of the property.
        term: name in the JSON-LD context, where it isn't the camel case of the field name.
        min_count: how many values there must be.
        max_count: how many values there may be at most; only for texts, elsewhere the type says it.
        one_per_language: whether a language may occur only once.
        scheme: IRI of the concept scheme that the value must be in.
        also: prefixed names of classes that are legal here and not modelled.
        needs: prefixed name of a property that each value must have here, though its class doesn't ask for it.
    """

    iri: str
    term: str = ""
    min_count: int = 0
    max_count: int | None = None
    one_per_language: bool = False
    scheme: str | None = None
    also: tuple[str, ...] = ()
    needs: str | None = None


@attrs.frozen
class Property:
    """A field of a class, resolved.

    Args:
        field: name in Python.
        term: name in the JSON-LD context.
        iri: prefixed name of the property.
        kind: text, literal or node.
        range: classes of the nodes; empty for other kinds.
        also: prefixed names of classes that are legal and not modelled.
        datatype: prefixed name of the datatype of a literal, or none if any literal will do.
        coercion: `@type` of the term in the context, `@language` for texts, or none.
        min_count: how many values there must be.
        max_count: how many values there may be, or none for any number.
        many: whether the field holds a tuple.
        one_per_language: whether a language may occur only once.
        scheme: IRI of the concept scheme that the value must be in, or none.
        needs: property that each value must have here, or none.
    """

    field: str
    term: str
    iri: str
    kind: Kind
    range: tuple[type[Node], ...]
    also: tuple[str, ...]
    datatype: str | None
    coercion: str | None
    min_count: int
    max_count: int | None
    many: bool
    one_per_language: bool
    scheme: str | None
    needs: str | None


@attrs.frozen
class ClassProfile:
    """A class of the profile with its properties by context term.

    Args:
        python: the attrs class.
        term: name in the JSON-LD context.
        iri: prefixed name of the class.
        properties: context term → property, in the order of declaration.
    """

    python: type[Node]
    term: str
    iri: str
    properties: Mapping[str, Property] = attrs.field(hash=False)


@attrs.frozen
class Profile:
    """All classes that can be reached from one root class.

    Args:
        root: the class that a document is an instance of.
        classes: context term → class, root first.
    """

    root: ClassProfile
    classes: Mapping[str, ClassProfile] = attrs.field(hash=False)

    @classmethod
    def of(cls, root: type[Node]) -> "Profile":
        """Read the profile that begins at this class."""
        classes: dict[str, ClassProfile] = {}
        waiting = [root]
        while waiting:
            python = waiting.pop(0)
            if python.__name__ in classes:
                continue
            profile = ClassProfile(
                python,
                python.__name__,
                python.IRI,
                {property_.term: property_ for property_ in _properties(python)},
            )
            classes[profile.term] = profile
            waiting.extend(target for property_ in profile.properties.values() for target in property_.range)
        return cls(classes[root.__name__], classes)

    def of_node(self, node: Node) -> ClassProfile:
        """Return the class of this node."""
        return self.classes[type(node).__name__]


def _properties(python: type[Node]) -> Iterator[Property]:
    for field, hint in get_type_hints(python, include_extras=True).items():
        if get_origin(hint) is not Annotated:
            continue
        range_, rdf = get_args(hint)
        yield _property(field, range_, rdf)


def _property(field: str, hint: object, rdf: Rdf) -> Property:
    many = get_origin(hint) is tuple
    members = get_args(get_args(hint)[0]) or get_args(hint)[:1] if many else get_args(hint) or (hint,)
    members = tuple(member for member in members if member is not NoneType)
    nodes = tuple(member for member in members if isinstance(member, type) and issubclass(member, Node))
    datatype, coercion = (
        (None, "@id") if nodes else _DATATYPES.get(members[0], ("rdf:langString", "@language"))
    )
    kind = Kind.NODE if nodes else Kind.TEXT if members[0] is Text else Kind.LITERAL
    return Property(
        field=field,
        term=rdf.term or re.sub("_(.)", lambda match: match[1].upper(), field),
        iri=rdf.iri,
        kind=kind,
        range=nodes,
        also=rdf.also,
        datatype=datatype,
        coercion=coercion,
        min_count=rdf.min_count,
        max_count=rdf.max_count if kind is Kind.TEXT or many else 1,
        many=many,
        one_per_language=rdf.one_per_language,
        scheme=rdf.scheme,
        needs=rdf.needs,
    )
