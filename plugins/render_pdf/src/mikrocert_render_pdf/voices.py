"""The language of each part of a PDF, so that it is read aloud in the right voice (ISO 32000-2, 14.9.2)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["tag_languages"]

_OURS = "with_language"


def tag_languages() -> None:
    """Let WeasyPrint write the language of each element of the structure; it writes that of the document only.

    WeasyPrint 70 offers no place for it: structure and boxes meet in one function of its own, which is wrapped, once a process. What
    it tags besides stays as it is.
    """
    tags: Any = import_module("weasyprint.pdf.tags")
    pydyf: Any = import_module("pydyf")
    build = tags._build_box_tree  # noqa: SLF001 - see above
    if build.__name__ == _OURS:
        return

    def with_language(box: Any, *rest: Any) -> Iterator[Any]:  # noqa: ANN401 - WeasyPrint is untyped
        for element in build(box, *rest):
            language = getattr(box, "_box", box).style["lang"]
            if language:
                element.setdefault("Lang", pydyf.String(language))
            yield element

    tags._build_box_tree = with_language  # noqa: SLF001
