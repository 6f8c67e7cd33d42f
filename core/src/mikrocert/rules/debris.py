"""What a failed export leaves in a text: it passes for a text, and no person ever wrote it."""

from __future__ import annotations

import re
from functools import cache
from html.entities import html5

__all__ = ["debris_in", "garbled_in", "has_lost_letters", "is_debris", "is_garbled", "lost_letters_in"]

_PLACEHOLDERS = frozenset({
    "(null)",
    "<null>",
    "\\N",
    "N/A",
    "NULL",
    "NaN",
    "None",
    "[object Object]",
    "n/a",
    "nan",
    "null",
    "undefined",
})  # fmt: skip
"""What programs write where they have nothing, in just this spelling: a person may well be called Nan or Null."""

_OF_SPREADSHEETS = re.compile(
    r"(?<!\w)#(N/A|NV|NENÍ_K_DISPOZICI|NEDOSTUPNÝ|REF|ODKAZ|VALUE|HODNOTA|NAME|NÁZEV|DIV/0|DĚLENÍ_NULOU|NUM|ČÍSLO|NULL|SPILL|PŘESAH|CALC|VÝPOČET|FIELD|GETTING_DATA|NAČÍTÁNÍ_DAT)(?!\w)|#{3,}"
    r"|(?<!\w)Err:[0-9]{3}(?!\w)",
    re.IGNORECASE,
)
"""Errors of Excel and LibreOffice in English and Czech, and what stands where a column was too narrow."""

_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
"""A character as Office Open XML writes it (ISO/IEC 29500-1, 22.9.2.19)."""

_ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(
    r"</?(a|abbr|b|big|blockquote|br|center|code|div|em|font|h[1-6]|hr|i|img|li|ol|p|pre|s|script|small|span|strong|style"
    r"|sub|sup|table|td|th|tr|u|ul)(\s++[A-Za-z-]++\s*+=[^<>]*+|\s*+/?)>",
    re.IGNORECASE,
)
_REPLACEMENT = "\ufffd"
_CODECS = ("cp1250", "cp1252", "iso8859-1", "iso8859-2", "mac_latin2", "mac_roman")
_OF_LETTERS = "mac_latin2"
"""Where the first octets of UTF-8 are letters (Ň, ń) that stand before others in a language: by itself no sign of it."""

_QUOTES = "“”„‘’‚…–—\"'"
_LOST = re.compile(r"(^\(?|[^\W\d_])\?+[^\W\d_]")


def is_debris(text: str) -> bool:
    """Return whether a text is, or has, what only programs write: a placeholder, an error of a spreadsheet, markup."""
    return bool(debris_in(text))


def debris_in(text: str, *, by_word: bool = False) -> str:
    """Return what of a text is debris (see `is_debris`), or an empty text.

    Args:
        text: any text.
        by_word: whether each word is looked at alone, and signs before the first or after the last one are debris, too: `- Jan Novák`.
    """
    if by_word:
        words = text.replace(",", " ").split()
        ends = (word for word in (*words[:1], *words[-1:]) if not any(map(str.isalnum, word)))
        found = [debris_in(word) for word in words]
        return next((part for part in (*found, *ends) if part), "")
    if text.strip() in _PLACEHOLDERS:
        return text.strip()
    if _REPLACEMENT in text:
        return _REPLACEMENT
    match = next(filter(None, (pattern.search(text) for pattern in (_OF_SPREADSHEETS, _ESCAPED, _TAG))), None)
    if match is None:
        entities = _ENTITY.finditer(text)
        match = next((one for one in entities if one[1].startswith("#") or f"{one[1]};" in html5), None)
    return match[0] if match else ""


def is_garbled(text: str) -> bool:
    """Return whether a word of a text is UTF-8 that was read in another encoding, such as `KadeÅ™Ã¡bek`."""
    return bool(garbled_in(text))


def garbled_in(text: str) -> tuple[str, str] | tuple[()]:
    """Return the first word of a text that is garbled (see `is_garbled`) and what it was, or nothing."""
    for word in (word.strip(_QUOTES) for word in text.split(" ") if not word.isascii()):
        if reading := _utf8_of(word):
            return word, reading
    return ()


def _utf8_of(word: str) -> str:
    """Return what a word was before its UTF-8 was read in another encoding, or an empty text."""
    plain = word.isalpha() and word[1:].islower()
    for codec in _CODECS:
        if (plain and codec == _OF_LETTERS) or not _misread_pair(codec).search(word):
            continue
        try:
            read = word.encode(codec).decode("utf-8")
        except UnicodeError:
            continue
        others = [character for character in read if not character.isascii()]
        if others and all(_is_expected(character) for character in others):
            return read
    return ""


@cache
def _misread_pair(codec: str) -> re.Pattern[str]:
    """Return a pattern of what an encoding makes of the first two octets of a character in UTF-8."""
    firsts, seconds = bytes(range(0xC2, 0xF5)), bytes(range(0x80, 0xC0))
    first, second = (re.escape(octets.decode(codec, "ignore")) for octets in (firsts, seconds))
    return re.compile(f"[{first}][{second}]")


def _is_expected(character: str) -> bool:
    """Return whether a character is one that European texts have: Latin letters, punctuation, the euro."""
    return "\u00a0" <= character <= "\u017f" or "\u2010" <= character <= "\u203a" or character == "€"


def has_lost_letters(text: str) -> bool:
    """Return whether a question mark stands where a letter would, inside a word or at its beginning; addresses don't count."""
    return bool(lost_letters_in(text))


def lost_letters_in(text: str) -> str:
    """Return the first word of a text that lost letters (see `has_lost_letters`), or an empty text."""
    words = (word for word in text.split() if "?" in word and not ("://" in word or "www." in word))
    return next(filter(_LOST.search, words), "")
