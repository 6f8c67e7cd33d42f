"""Which old encoding a Czech file is in, judged by what comes out, never by whether something does."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from itertools import islice

import attrs

__all__ = ["NAMES", "Guess", "likely"]

NAMES = {
    "cp1250": "Windows-1250",
    "iso8859-2": "ISO 8859-2",
    "cp852": "CP852",
    "mac_latin2": "Mac Central European",
}
"""Codec → what the encoding is called; the likeliest one comes first."""

_WORD = re.compile(rb'[^\s;,"|]{1,60}')
_MOST_WORDS = 2000
_CZECH = frozenset("áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ")
_WRITTEN_BETWEEN_LETTERS = frozenset("\u00a0\u00ad–’´·")


@attrs.frozen
class Guess:
    """The encoding in which a file reads like Czech.

    Args:
        codec: its name in `NAMES`.
        words: octets of words that are not ASCII.
    """

    codec: str
    words: tuple[bytes, ...] = attrs.field(repr=False)

    def signs_in(self, codec: str) -> bool:
        """Return whether words read in another encoding have signs inside."""
        return any(_signs(word.decode(codec, "replace")) for word in self.words)

    def word(self, codec: str | None = None) -> str:
        """Return the word that tells most, as it is read in this encoding or in another one."""
        return self._telling.decode(codec or self.codec, "replace")

    @cached_property
    def _telling(self) -> bytes:
        def difference(word: bytes) -> int:
            read = word.decode(self.codec, "replace")
            others = [_likeness(word.decode(other, "replace")) for other in NAMES if other != self.codec]
            return _likeness(read) - min(others) if read.isalpha() else -1

        return max(self.words, key=difference)


def likely(data: bytes) -> Guess | None:
    """Return the encoding in which a file reads like Czech, or none if it does in no encoding.

    Args:
        data: a file that is not in UTF-8.
    """
    found = (match[0] for match in _WORD.finditer(data))
    words = tuple(islice((word for word in found if not word.isascii()), _MOST_WORDS))
    likeness: dict[str, int] = {}
    for codec in NAMES:
        try:
            likeness[codec] = sum(_likeness(word.decode(codec)) for word in words)
        except UnicodeDecodeError:
            continue
    codec = max(likeness, key=lambda codec: likeness[codec])  # CP852 has a character for every octet
    return Guess(codec, words) if likeness[codec] > 0 else None


def _likeness(word: str) -> int:
    """Return how much a word looks Czech: its letters speak for it; signs and capitals inside, against it."""
    pairs = zip(f" {word}", word, strict=False)
    letters = sum(
        -2 if letter.isupper() and before.islower() else letter in _CZECH
        for before, letter in pairs
        if not letter.isascii()
    )
    controls = sum(unicodedata.category(character) == "Cc" for character in word)
    return letters - 2 * _signs(word) - 5 * controls


def _signs(word: str) -> int:
    """Return how many signs beside letters a word has, though nobody writes such."""
    return sum(
        not sign.isascii()
        and not sign.isalpha()
        and sign not in _WRITTEN_BETWEEN_LETTERS
        and (before.isalpha() or after.isalpha())
        for before, sign, after in zip(f" {word}", word, f"{word[1:]} ", strict=False)
    )
