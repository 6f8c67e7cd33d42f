"""What a program reads on a page: its texts, and what stands for its pictures."""

from __future__ import annotations

from html.parser import HTMLParser

__all__ = ["words_of"]

_UNREAD = {"style", "title"}
_WITHIN = {"a", "span", "strong", "wbr"}
"""Elements that stand within a line: no word ends where they do."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unread = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread |= tag in _UNREAD
        if tag not in _WITHIN:
            self.pieces.append(" ")
        self.pieces += [f"{value} " for name, value in attrs if name == "aria-label" and value]

    def handle_endtag(self, tag: str) -> None:
        self._unread &= tag not in _UNREAD
        if tag not in _WITHIN:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.pieces.append(data)


def words_of(page: str) -> str:
    """Return the texts of a page in their order, with single spaces."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return " ".join("".join(reader.pieces).split())
