"""Searching: finds words in the pages of the help, whatever their accents, cases and most of their endings.

1. A page is cut into passages at its headings (`passages_of`).
2. A question becomes a few words (`words_of`); letters lose accents and case (`folded`).
3. A passage is found if each of the words begins one of its own. If there is none, words lose their endings, because languages
   such as Czech decline them. If there is still none, half of the words are enough: people ask "how do I …".
4. Words in a heading count more than words below it; equals stay in the order of the help.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "LONGEST_QUESTION",
    "MOST_FOUND",
    "Found",
    "Passage",
    "folded",
    "passages_of",
    "search",
    "words_of",
]

LONGEST_QUESTION: Final = 100
"""How many characters of a question count."""
MOST_FOUND: Final = 20
"""How many passages are shown at most."""
_MOST_WORDS: Final = 8
_LONG: Final = 6
_SHORT: Final = 4
_EXCERPT: Final = 200
_BEFORE: Final = 60
_HEADING: Final = 10

_WORD: Final = re.compile(r"\w+")
_INVISIBLE: Final = re.compile("[\\u00ad\\u200b-\\u200d\\u2060\\ufeff]")
_STARTS: Final = frozenset({"h1", "h2", "dt"})
_LINE: Final = frozenset({"em", "strong", "b", "i", "a", "span", "bdi", "code", "time", "abbr", "mark"})


@attrs.frozen
class Passage:
    """A part of a page that can be found.

    Args:
        page: name of the page.
        anchor: id of its heading.
        title: its heading.
        text: what stands below it.
    """

    page: str
    anchor: str
    title: str
    text: str


@attrs.frozen
class Found:
    """A passage that was found.

    Args:
        passage: the passage.
        excerpt: parts of its text, and whether each is one of the words.
        cut: whether there is text before, and after the excerpt.
    """

    passage: Passage
    excerpt: tuple[tuple[str, bool], ...]
    cut: tuple[bool, bool] = (False, False)


def folded(text: str) -> str:
    """Return a text of the same length in which letters have no accents and no case.

    A letter that would become several keeps the first, so that places in both texts are the same.
    """
    return "".join(map(_folded, text))


def _folded(letter: str) -> str:
    plain = unicodedata.normalize("NFKD", letter)[:1].casefold()[:1]
    return plain or letter


def words_of(question: str) -> tuple[str, ...]:
    """Return the words that are looked for: folded, each once, the first eight of the first hundred characters."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", question[:LONGEST_QUESTION]))
    return tuple(dict.fromkeys(_WORD.findall(folded(text))))[:_MOST_WORDS]


def search(question: str, passages: Sequence[Passage]) -> tuple[Found, ...]:
    """Return the passages that answer a question, the best first, at most twenty; none where it has no word.

    Args:
        question: what somebody typed.
        passages: where to look.
    """
    words = words_of(question)
    if not words:
        return ()
    stems = tuple(dict.fromkeys(map(_stem, words)))
    return (
        _search(words, passages, least=len(words))
        or _search(stems, passages, least=len(stems))
        or _search(stems, passages, least=(len(stems) + 1) // 2)
    )


def _stem(word: str) -> str:
    """Return what stays of a word without its ending: two letters of a long one, one of a shorter one, none of a short one."""
    return word[: -2 if len(word) >= _LONG else -1] if len(word) > _SHORT else word


def _search(words: tuple[str, ...], passages: Sequence[Passage], *, least: int) -> tuple[Found, ...]:
    # A word begins where no letter or digit stands before it; `re` needs no escape, since words are letters and digits.
    patterns = [re.compile(rf"(?<!\w){word}") for word in words]
    rated: list[tuple[int, Passage]] = []
    for passage in passages:
        title, text = folded(passage.title), folded(passage.text)
        in_title = [bool(pattern.search(title)) for pattern in patterns]
        counts = [len(pattern.findall(text)) for pattern in patterns]
        there = sum(has or count > 0 for has, count in zip(in_title, counts, strict=True))
        if there >= least:
            below = min(sum(counts), _HEADING - 1)
            rated.append((_HEADING**2 * there + _HEADING * sum(in_title) + below, passage))
    rated.sort(key=lambda one: -one[0])
    return tuple(_found(passage, words) for _, passage in rated[:MOST_FOUND])


def _found(passage: Passage, words: tuple[str, ...]) -> Found:
    """Return a passage with what stands around the first of the words."""
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(sorted(words, key=len, reverse=True))})\w*")
    text = passage.text
    hits = [match.span() for match in pattern.finditer(folded(text))]
    start = _at_word(text, hits[0][0] - _BEFORE) if hits else 0
    end = _at_word(text, start + _EXCERPT, back=True) if len(text) > start + _EXCERPT else len(text)
    parts: list[tuple[str, bool]] = []
    place = start
    for begins, ends in hits:
        if begins >= place and ends <= end:
            parts += [(text[place:begins], False), (text[begins:ends], True)]
            place = ends
    parts.append((text[place:end], False))
    return Found(passage, tuple(part for part in parts if part[0]), (start > 0, end < len(text)))


def _at_word(text: str, place: int, *, back: bool = False) -> int:
    """Return the nearest place at which a word begins or, going back, ends."""
    if place <= 0:
        return 0
    if back:
        cut = text.rfind(" ", 0, place)
        return cut if cut > 0 else place
    cut = text.find(" ", place)
    return cut + 1 if 0 <= cut < place + _BEFORE else place


def passages_of(page: str, html: str) -> tuple[Passage, ...]:
    """Return the passages of a page: what stands below each heading or term in its article that has an id.

    Args:
        page: name of the page.
        html: the page as it is sent.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return tuple(
        Passage(page, anchor, _in_words(title), _in_words(text)) for anchor, title, text in reader.passages()
    )


def _in_words(parts: list[str]) -> str:
    return " ".join(_INVISIBLE.sub("", "".join(parts)).split())


class _Reader(HTMLParser):
    """Reads the article of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._passages: list[tuple[str, list[str], list[str]]] = []
        self._inside = 0
        self._skipped = 0
        self._heading: str | None = None

    def passages(self) -> Iterator[tuple[str, list[str], list[str]]]:
        yield from self._passages

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "article":
            self._inside += 1
        elif tag in {"nav", "svg", "form"}:
            self._skipped += 1
        elif self._inside and not self._skipped:
            anchor = dict(attrs).get("id")
            if tag in _STARTS and anchor:
                self._passages.append((anchor, [], []))
                self._heading = tag
            elif tag not in _LINE:
                self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "article":
            self._inside -= 1
        elif tag in {"nav", "svg", "form"}:
            self._skipped -= 1
        elif tag == self._heading:
            self._heading = None
        elif tag not in _LINE:
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        if self._inside and not self._skipped and self._passages:
            _, title, text = self._passages[-1]
            (title if self._heading else text).append(data)
