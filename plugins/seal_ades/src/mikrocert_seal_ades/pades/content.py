"""What a sealed PDF holds beside its pages: nothing that acts, hides or can be filled in.

A certificate is read, nothing else. So an allow-list: annotations are links or the seal's own widget, links lead to an
address or to a place in the document, form fields are the seal. Actions can only be reached from the places that are
looked into here (ISO 32000-2, 12.6.3), optional content only works with its entry in the catalog (8.11.4), and
multimedia are annotations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from mikrocert_seal_ades.pki.problems import Phrase, Problem, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyhanko.pdf_utils.reader import PdfFileReader

__all__ = ["examine_content"]

_MOST: Final = 2_000
"""The most pages, annotations, form fields and bookmarks, all together, that are looked into."""

_Met: TypeAlias = tuple[str, str, Phrase]

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
    try:
        for code, place, reason in _Walk(reader).met():
            met.setdefault(code, Problem(code, "error", place, reason.text, reason.parameters))
    except _TooMany:
        reason = phrase("The PDF has more pages, links and fields than any certificate.")
        met["too-many-parts"] = Problem("too-many-parts", "error", "catalog", reason.text, reason.parameters)
    return tuple(met.values())


class _TooMany(Exception):
    pass


class _Walk:
    """A walk over everything from which an action can be reached, as long as that is little."""

    def __init__(self, reader: PdfFileReader) -> None:
        self._root = reader.root
        self._left = _MOST

    def met(self) -> Iterator[_Met]:
        """Yield what no certificate holds: a code, the place and the reason."""
        root = self._root
        yield from _actions(root, "catalog")
        if "/OpenAction" in root and not isinstance(root["/OpenAction"], list):
            yield from _action(root["/OpenAction"], "catalog")
        if "/OCProperties" in root:
            yield "hidden-layers", "catalog", phrase("The PDF has layers that can be shown or hidden.")
        for name in _member(root, "/Names", {}):
            if name not in _NAMES:
                yield _acts(str(name), "catalog")
        yield from self._form()
        for number, page in enumerate(self._tree(_member(root, "/Pages", None), "/Kids"), start=1):
            place = f"page[{number}]"
            yield from _actions(page, place)
            if "/PresSteps" in page:
                yield _acts("/PresSteps", place)
            for annotation in self._elements(_member(page, "/Annots", ())):
                yield from _annotation(annotation, place)
        for bookmark in self._bookmarks():
            yield from _link(bookmark, "bookmarks")

    def _form(self) -> Iterator[_Met]:
        form = _member(self._root, "/AcroForm", {})
        if "/XFA" in form:
            yield _FORM
        for field in self._elements(_member(form, "/Fields", ())):
            for node in self._tree(field, "/Kids"):
                yield from _actions(node, "form")
                if _member(node, "/FT", "/Sig") != "/Sig":
                    yield _FORM

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _TooMany

    def _tree(self, root: Any, kids: str) -> Iterator[Any]:  # noqa: ANN401  a PDF dictionary holds anything
        """Yield the nodes of a tree in order."""
        nodes = [] if root is None else [root]
        while nodes:
            self._spend()
            node = nodes.pop()
            yield node
            nodes += reversed(list(self._elements(_member(node, kids, ()))))

    def _bookmarks(self) -> Iterator[Any]:
        """Yield the bookmarks of the document, which are chained (ISO 32000-2, 12.3.3)."""
        waiting = [self._root["/Outlines"]] if "/Outlines" in self._root else []
        while waiting:
            self._spend()
            bookmark = waiting.pop()
            yield bookmark
            waiting += [bookmark[way] for way in ("/Next", "/First") if way in bookmark]

    def _elements(self, array: Any) -> Iterator[Any]:  # noqa: ANN401  see `_tree`
        for element in array:
            self._spend()
            yield element.get_object()


def _annotation(annotation: Any, place: str) -> Iterator[_Met]:  # noqa: ANN401  see `_Walk`
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
    else:
        field = annotation if "/FT" in annotation else _member(annotation, "/Parent", {})
        if _member(field, "/FT", "") != "/Sig":
            yield _FORM
        if "/A" in annotation:
            yield _acts(str(_member(annotation["/A"], "/S", "/A")), place)


def _link(holder: Any, place: str) -> Iterator[_Met]:  # noqa: ANN401  see `_Walk`
    if "/A" in holder:
        yield from _action(holder["/A"], place)
    if "/PA" in holder:
        yield from _action(holder["/PA"], place)


def _action(action: Any, place: str) -> Iterator[_Met]:  # noqa: ANN401  see `_Walk`
    kind = str(_member(action, "/S", ""))
    if kind not in _LEADS or "/Next" in action:
        yield _acts(kind or "/Next", place)


def _actions(holder: Any, place: str) -> Iterator[_Met]:  # noqa: ANN401  see `_Walk`
    if "/AA" in holder:
        yield _acts("/AA", place)


def _acts(kind: str, place: str) -> _Met:
    return "active-content", place, phrase("The PDF holds something that acts by itself ({kind}).", kind=kind)


def _member(dictionary: Any, name: str, default: Any) -> Any:  # noqa: ANN401  see `_Walk`
    """Return what a dictionary has under a name, or refers to."""
    return dictionary[name] if name in dictionary else default  # noqa: SIM401  its `get` would give the reference itself


_FORM: Final[_Met] = ("form-fields", "form", phrase("The PDF holds a form that can be filled in."))
