"""The elements of an ELMO file: read in one pass, within bounds, with nothing made of entities and nothing fetched."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

import attrs
from mikrocert.api import Finding, IntakeError, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Element", "is_xml", "read_tree"]

NAMESPACE: Final = "https://github.com/emrex-eu/elmo-schemas/tree/v1"
_ROOT: Final = "elmo"
_LANG: Final = "http://www.w3.org/XML/1998/namespace lang"
_LARGEST: Final = 16 * 1024 * 1024
_DEEPEST: Final = 64
_MOST_ELEMENTS: Final = 200_000
_LONGEST_SHOWN: Final = 80
_HEAD: Final = 1024
_BEFORE: Final = b"\xef\xbb\xbf\xfe\xff \t\r\n"
"""Octets before the first character: marks of encodings, blanks."""
_BLANKS: Final = re.compile(r"[ \t\r\n]+")
_NOT_KEPT: Final = frozenset({"content", "descriptionHtml", "extension"})
"""Elements of which nothing is asked for: whole documents in base64, HTML, and what others add."""


@attrs.define(eq=False)
class Element:
    """An element of ELMO; those of other namespaces are not kept.

    Args:
        name: local name.
        line: line of the file on which it begins, from 1.
        attributes: its attributes, that of the language under `lang`.
        parent: what it is in; none for the root.
        position: which of the elements of its name in the parent it is, from 1.
    """

    name: str
    line: int
    attributes: dict[str, str]
    parent: Element | None
    position: int
    _children: dict[str, list[Element]] = attrs.field(factory=dict[str, "list[Element]"], init=False)
    _pieces: list[str] = attrs.field(factory=list[str], init=False)

    @property
    def path(self) -> str:
        """Where it stands, as XPath without prefixes; a position is said where there are several."""
        if self.parent is None:
            return self.name
        several = len(self.parent.all(self.name)) > 1
        return f"{self.parent.path}/{self.name}{f'[{self.position}]' if several else ''}"

    @property
    def text(self) -> str:
        """Its text, letters and accents composed (NFC), blanks as `xs:token` has them."""
        return unicodedata.normalize("NFC", _BLANKS.sub(" ", "".join(self._pieces)).strip(" "))

    def all(self, name: str) -> Sequence[Element]:
        """Return the children of a name."""
        return self._children.get(name, ())

    def first(self, *names: str) -> Element | None:
        """Return the first descendant along a path of names, or none."""
        found: Element | None = self
        for name in names:
            found = None if found is None else next(iter(found.all(name)), None)
        return found

    def add(self, name: str, *, line: int, attributes: dict[str, str]) -> Element:
        """Return a new last child."""
        siblings = self._children.setdefault(name, [])
        child = Element(name, line, attributes, self, len(siblings) + 1)
        siblings.append(child)
        return child

    def write(self, text: str) -> None:
        """Add text that stands directly in it."""
        self._pieces.append(text)


def is_xml(data: bytes) -> bool:
    """Return whether octets begin as XML does, in whatever encoding."""
    return data[:_HEAD].replace(b"\0", b"").lstrip(_BEFORE).startswith(b"<")


def read_tree(data: bytes) -> Element:
    """Return the root of an ELMO file.

    Raises:
        IntakeError: if it is no ELMO of version 1, is not well-formed, or is too large.
    """
    if len(data) > _LARGEST:
        raise IntakeError(
            [
                Finding.error(
                    "too-large", "the file has more than {most} MiB; split it", most=_LARGEST // 1024**2
                )
            ]
        )
    parser: Any = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    listener = _Listener(parser)
    parser.StartElementHandler = listener.start
    parser.EndElementHandler = listener.end
    parser.CharacterDataHandler = listener.text
    parser.StartDoctypeDeclHandler = listener.refuse_doctype
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat's own
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise IntakeError(
            [
                Finding.error(
                    "not-xml",
                    "this is no well-formed XML: line {line}, column {column}",
                    line=parser.ErrorLineNumber,
                    column=parser.ErrorColumnNumber + 1,
                )
            ]
        ) from error
    return listener.root


class _Listener:
    """Handlers of expat."""

    root: Element

    def __init__(self, parser: Any) -> None:  # noqa: ANN401 - expat's
        self._parser = parser
        self._open: list[Element | None] = []
        self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        self._elements += 1
        if self._elements > _MOST_ELEMENTS or len(self._open) >= _DEEPEST:
            raise IntakeError(
                [
                    Finding.error(
                        "too-complex",
                        "the file has more than {most} elements, or they are nested deeper than {deepest}",
                        most=_MOST_ELEMENTS,
                        deepest=_DEEPEST,
                    )
                ]
            )
        line = self._parser.CurrentLineNumber
        if not self._open:
            _demand_elmo(namespace, local)
            self.root = Element(local, line, {}, None, 1)
            self._open.append(self.root)
            return
        parent = self._open[-1]
        if parent is None or namespace != NAMESPACE or local in _NOT_KEPT:
            self._open.append(None)
            return
        kept = {"lang" if key == _LANG else key: value for key, value in attributes.items()}
        self._open.append(parent.add(local, line=line, attributes=kept))

    def end(self, _: str) -> None:
        self._open.pop()

    def text(self, data: str) -> None:
        element = self._open[-1]
        if element is not None:
            element.write(data)

    def refuse_doctype(self, *_: object) -> None:
        raise IntakeError(
            [Finding.error("doctype", "a document type (DOCTYPE) is not allowed; ELMO has none")]
        )


def _demand_elmo(namespace: str, local: str) -> None:
    if local != _ROOT:
        raise IntakeError(
            [
                Finding.error(
                    "not-elmo",
                    "this is no ELMO: its root is '{name}'; 'elmo' would be right",
                    name=printable(local)[:_LONGEST_SHOWN],
                )
            ]
        )
    if namespace != NAMESPACE:
        raise IntakeError(
            [
                Finding.error(
                    "other-elmo",
                    "this is an ELMO of the namespace '{namespace}'; read is version 1, '{wanted}'",
                    namespace=printable(namespace)[:_LONGEST_SHOWN],
                    wanted=NAMESPACE,
                )
            ]
        )
