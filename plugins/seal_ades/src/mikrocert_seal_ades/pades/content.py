"""What a sealed PDF holds beside its pages: nothing that acts, hides or can be filled in.

A certificate is read, nothing else. So an allow-list: annotations are links or the seal's own widget, links lead to an
address or to a place in the document, form fields are the seal. Actions can only be reached from the places that are
looked into here (ISO 32000-2, 12.6.3), optional content only works with its entry in the catalog (8.11.4), and
multimedia are annotations.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from mikrocert_seal_ades.pki.problems import Phrase, Problem, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyhanko.pdf_utils.reader import PdfFileReader

__all__ = ["examine_content"]

_MOST: Final = 2_000
"""The most pages, annotations, form fields and bookmarks that are looked into."""

_LEADS: Final = {"/URI", "/GoTo"}
_NAMES: Final = {"/EmbeddedFiles", "/Dests"}


def examine_content(reader: PdfFileReader) -> tuple[Problem, ...]:
    """Return what a PDF holds that no certificate does: a problem of each kind, at the first place where it was met.

    Args:
        reader: the PDF.

    Raises:
        Exception: whatever pyHanko raises where the PDF is damaged.
    """
    met: dict[str, Problem] = {}
    for code, place, reason in itertools.islice(_met(reader), _MOST):
        met.setdefault(code, Problem(code, "error", place, reason.text, reason.parameters))
    return tuple(met.values())


def _met(reader: PdfFileReader) -> Iterator[tuple[str, str, Phrase]]:
    root = reader.root
    yield from _actions(root, "catalog")
    if "/OpenAction" in root and not isinstance(root["/OpenAction"], list):
        yield from _action(root["/OpenAction"], "catalog")
    if "/OCProperties" in root:
        yield "hidden-layers", "catalog", phrase("The PDF has layers that can be shown or hidden.")
    for name in _member(root, "/Names", {}):
        if name not in _NAMES:
            yield (
                "active-content",
                "catalog",
                phrase("The PDF holds something that acts by itself ({kind}).", kind=str(name)),
            )
    yield from _form(reader)
    for number, page in enumerate(_tree(_member(root, "/Pages", None), "/Kids"), start=1):
        yield from _actions(page, f"page[{number}]")
        for annotation in _elements(_member(page, "/Annots", ())):
            yield from _annotation(annotation, f"page[{number}]")
    for bookmark in _bookmarks(_member(root, "/Outlines", None)):
        yield from _link(bookmark, "bookmarks")


def _form(reader: PdfFileReader) -> Iterator[tuple[str, str, Phrase]]:
    form = _member(reader.root, "/AcroForm", {})
    if "/XFA" in form:
        yield "form-fields", "form", phrase("The PDF holds a form that can be filled in.")
    for field in _elements(_member(form, "/Fields", ())):
        for node in _tree(field, "/Kids"):
            yield from _actions(node, "form")
            if _member(node, "/FT", "/Sig") != "/Sig":
                yield "form-fields", "form", phrase("The PDF holds a form that can be filled in.")


def _annotation(annotation: Any, place: str) -> Iterator[tuple[str, str, Phrase]]:  # noqa: ANN401  a PDF dictionary holds anything
    kind = str(_member(annotation, "/Subtype", ""))
    yield from _actions(annotation, place)
    if kind == "/Link":
        yield from _link(annotation, place)
    elif kind != "/Widget":
        yield (
            "annotations",
            place,
            phrase(
                "Something was laid over the pages of the PDF ({kind}); a certificate has links only.",
                kind=kind,
            ),
        )


def _link(holder: Any, place: str) -> Iterator[tuple[str, str, Phrase]]:  # noqa: ANN401  see `_annotation`
    if "/A" in holder:
        yield from _action(holder["/A"], place)


def _action(action: Any, place: str) -> Iterator[tuple[str, str, Phrase]]:  # noqa: ANN401  see `_annotation`
    kind = str(_member(action, "/S", ""))
    if kind not in _LEADS or "/Next" in action:
        yield (
            "active-content",
            place,
            phrase("The PDF holds something that acts by itself ({kind}).", kind=kind or "/Next"),
        )


def _actions(holder: Any, place: str) -> Iterator[tuple[str, str, Phrase]]:  # noqa: ANN401  see `_annotation`
    if "/AA" in holder:
        yield (
            "active-content",
            place,
            phrase("The PDF holds something that acts by itself ({kind}).", kind="/AA"),
        )


def _tree(root: Any, kids: str) -> Iterator[Any]:  # noqa: ANN401  see `_annotation`
    """Yield the nodes of a tree in order, as many as are looked into."""
    nodes = [] if root is None else [root]
    for _ in range(_MOST):
        if not nodes:
            return
        node = nodes.pop()
        yield node
        nodes += reversed(list(_elements(_member(node, kids, ()))))
    raise OverflowError


def _bookmarks(root: Any) -> Iterator[Any]:  # noqa: ANN401  see `_annotation`
    """Yield the bookmarks of a document, which are chained (ISO 32000-2, 12.3.3), as many as are looked into."""
    waiting = [] if root is None else [root]
    for _ in range(_MOST):
        if not waiting:
            return
        bookmark = waiting.pop()
        yield bookmark
        waiting += [bookmark[way] for way in ("/Next", "/First") if way in bookmark]
    raise OverflowError


def _elements(array: Any) -> Iterator[Any]:  # noqa: ANN401  see `_annotation`
    for number, element in enumerate(array):
        if number == _MOST:
            raise OverflowError
        yield element.get_object()


def _member(dictionary: Any, name: str, default: Any) -> Any:  # noqa: ANN401  see `_annotation`
    """Return what a dictionary has under a name, or refers to."""
    return dictionary[name] if name in dictionary else default  # noqa: SIM401  its `get` would give the reference itself
