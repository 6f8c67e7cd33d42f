r"""Catalogues as translators write them: gettext files, `.po`, read in milliseconds and without a library.

A program that only shows help reads them, so nothing that takes long to import may stand here. `script/catalogues` and the tests read the
same files by Babel.
"""

from __future__ import annotations

import re
from gettext import c2py
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["Catalogue", "read_catalogue"]

_LINE: Final = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
_STRING: Final = rf"{_LINE}(?:[ \t]*\n[ \t]*{_LINE})*"
_ENTRY: Final = re.compile(
    rf"""
    ((?:^[ \t]*(?:\#.*)?\n)*)                                   # comments and empty lines
    ^[ \t]*(?:msgctxt[ \t]+({_STRING})[ \t]*\n[ \t]*)?
    msgid[ \t]+({_STRING})[ \t]*\n[ \t]*
    (?:msgid_plural[ \t]+({_STRING})[ \t]*\n[ \t]*)?
    (msgstr(?:\[\d+\])?[ \t]+{_STRING}(?:[ \t]*\n[ \t]*msgstr\[\d+\][ \t]+{_STRING})*)[ \t]*(?:\n|\Z)
    """,
    re.MULTILINE | re.VERBOSE,
)
_FORM: Final = re.compile(rf"msgstr(?:\[\d+\])?[ \t]+({_STRING})")
_REST: Final = re.compile(r"(?:[ \t]*(?:#.*)?(?:\n|\Z))*")
_FUZZY: Final = re.compile(r"^[ \t]*#,.*\bfuzzy\b", re.MULTILINE)
_JOINT: Final = re.compile(r'"[ \t]*\n[ \t]*"')
_ESCAPE: Final = re.compile(r"\\(.)")
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r"}
_CHARSET: Final = re.compile(rb"charset=([\w.:-]+)")
_PLURAL: Final = re.compile(r"^Plural-Forms:.*\bplural=([^;\n]+)", re.MULTILINE)
_GERMANIC: Final = "n != 1"
"""How a language counts whose catalogue doesn't say so, as gettext has it."""


@attrs.frozen
class Catalogue:
    """The sentences of a package in one language.

    Args:
        translations: English sentence → its translation, or the forms of it that the number chooses from.
        form: returns the form that a number has.
    """

    translations: Mapping[str, tuple[str, ...]]
    form: Callable[[int], int]

    def translated(self, sentence: str, number: int = 1) -> str:
        """Return the translation of a sentence in the form for a number; an empty text where there is none."""
        forms = self.translations.get(sentence, ())
        place = self.form(number) if len(forms) > 1 else 0
        return forms[place] if place < len(forms) else ""


def read_catalogue(file: Path) -> Catalogue:
    """Read a catalogue. Entries that are fuzzy, or for a context of their own, are left out.

    Raises:
        OSError: if it can't be read.
        ValueError: if it is no such file.
    """
    octets = file.read_bytes()
    charset = _CHARSET.search(octets)
    try:
        text = octets.decode(charset[1].decode() if charset else "utf-8")
    except LookupError as error:
        raise ValueError(str(error)) from error
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    translations: dict[str, tuple[str, ...]] = {}
    end = 0
    while entry := _ENTRY.match(text, end):
        end = entry.end()
        comments, context, sentence, _, forms = entry.groups()
        if context is None and ("fuzzy" not in comments or not _FUZZY.search(comments)):
            translations[_text(sentence)] = tuple(map(_text, _FORM.findall(forms)))
    if _REST.fullmatch(text, end) is None:
        line = text.count("\n", 0, end) + 1
        message = f"what follows line {line} is no entry"
        raise ValueError(message)
    counts = _PLURAL.search("".join(translations.pop("", ())))
    return Catalogue(translations, c2py(counts[1] if counts else _GERMANIC))


def _text(quoted: str) -> str:
    """Return what a string in quotation marks says, be it on one line or several."""
    text = quoted[1:-1]
    if "\n" in text:
        text = _JOINT.sub("", text)
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text) if "\\" in text else text
