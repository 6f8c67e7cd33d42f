"""Central European letters read as Western ones: `Dvoøák` for Dvořák, `Bo¾ena` for Božena.

Both encodings of a word look like letters, so only the word itself can tell. No language has some of what comes out; other words
may be right (Søren, Molière, Forlì), and are doubted only where a letter stands where those who have it don't write it.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["ALPHABETS", "doubted_in", "is_misread", "may_be_misread", "misread_in"]

_READ_AS: Final = ("cp1252", "latin-1")
_WRITTEN_AS: Final = ("cp1250", "iso8859-2")

ALPHABETS: Final = {
    "az": "çəğıöşü",
    "ca": "àçèéíïòóúü",
    "cs": "áčďéěíňóřšťúůýž",
    "cy": "áàâäéèêëíìîïóòôöúùûüýỳŷÿẁẃŵẅ",
    "da": "åæéøüöä",
    "de": "äöüßéàèê",
    "es": "áéíñóúü",
    "et": "äöõüšžå",
    "fi": "äöåšž",
    "fo": "áæðíóøúý",
    "fr": "àâæçéèêëîïôœùûüÿñ",
    "gd": "àèìòùáéó",
    "hr": "čćđšž",
    "hu": "áéíóöőúüű",
    "is": "áæðéíóöþúý",
    "it": "àèéìíîòóùú",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
    "mt": "àèìòùċġħż",
    "nl": "áàâäéèêëíïóôöúüûç",
    "no": "åæøéèêóòôâàäö",
    "pl": "ąćęłńóśźż",
    "pt": "áâãàçéêíóôõúüò",
    "ro": "ăâîșțşţ",
    "se": "áčđŋšŧžåäöæø",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "sl": "čšžćđ",
    "sq": "çë",
    "sv": "åäöéàüáèëæø",
    "tr": "çğıiöşüâîû",
    "vi": "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
}
"""Language → its letters beside the basic ones, those that it has in words from elsewhere included."""

_CENTRAL: Final = ("cs", "hr", "hu", "pl", "ro", "sk", "sl")

_WORD: Final = re.compile(r"[^\s\-–—/'’´`\"„“”‚‘()\[\]{},.;:!?&+=ªº0-9]+")
_ENDING: Final = re.compile(r"[áéíýů]\w{0,3}$")
"""How Czech declines names from elsewhere (Åkerlundová): such a letter says nothing of the language of a word."""

_SIGNS: Final = "¹³¾¼©®«»±¶£¥¦¬¯¡¿"
_INSIDE: Final = re.compile(
    rf"[^\W\dA-Z]{{2}}[{_SIGNS}]+[^\W\dA-Z]|[^\W\dA-Z][{_SIGNS}]+[^\W\dA-Z]{{2}}|^[©®«»]{{2,}}[^\W\d]{{2}}"
)
"""Signs inside a word of small letters; not CO² (which would be no letter), m³K, LEGO®Duplo."""
_BESIDE: Final = re.compile(
    rf"^[{_SIGNS}][^\W\dA-Z]{{2}}|[^\W\d]{{3}}[¹³¾¼]$|[{_SIGNS}].*[{_SIGNS}]|[^\W\d]{{2}}[{_SIGNS}][^\W\d]"
)

_OUT_OF_PLACE: Final = re.compile(
    r"(?<=[aeiouyáéíóúýìùè])ø|ø(?=[aeiouáéíóúýìùè])"  # a vowel in the North, beside consonants
    r"|è(?=[aeiouáéíóúýòøù])|(?<=[aeáéíóúý])è|è(?!nci)(?=[bcdfghjklmnpqrstvwxzšžø]+[aiouyáéíóúýìù])"  # père, caffè, València
    r"|ì(?!$|n$|nh$|ng$|m$|u$|a$)"  # Forlì, Bình
    r"|ù(?!$|n$|ng$|m$|y$|a$|i$|u$)"  # Cantù, Phùng
    r"|(?<=[aeouyáéíóúýù])ò|ò(?=[eouáéíóúý])"  # Nicolò, Hòa
    r"|^ï|ï$",  # Loïc, Haïti
)
_OF_CZECH: Final = re.compile(r"[ìù]$|[^i]ò$")
"""Ends of words that others have (Forlì, Cantù, però) and no word of a Czech text."""


def is_misread(text: str) -> bool:
    """Return whether a word of a text is in no language, and one in Central Europe if it was read in a wrong encoding."""
    return bool(misread_in(text))


def misread_in(text: str) -> tuple[str, str] | tuple[()]:
    """Return the first word of a text that is misread (see `is_misread`) and what it was probably, or nothing."""
    return _first(
        word
        for word in _otherwise(text)
        if (_INSIDE.search(word) if not word.isalpha() else not _languages(_ENDING.sub("", word)))
    )


def may_be_misread(text: str, *, czech: bool) -> bool:
    """Return whether a word of a text looks like one that was read in a wrong encoding, though it may be right.

    Args:
        text: a name or another text.
        czech: whether the text is in Czech, rather than a name that may come from anywhere.
    """
    return bool(doubted_in(text, czech=czech))


def doubted_in(text: str, *, czech: bool) -> tuple[str, str] | tuple[()]:
    """Return the first word of a text that may be misread (see `may_be_misread`) and what it was then, or nothing."""
    return _first(
        word
        for word in _otherwise(text)
        if (
            _BESIDE.search(word)
            if not word.isalpha()
            else _OUT_OF_PLACE.search(word.lower()) or (czech and _OF_CZECH.search(word.lower()))
        )
    )


def _first(words: Iterator[str]) -> tuple[str, str] | tuple[()]:
    """Return the first of words with its likeliest reading: as `_otherwise` has it, of letters of one language."""
    word = next(words, None)
    if word is None:
        return ()
    readings = [read for read in _readings(word) if read != word and _of_central_europe(read)]
    czech = (read for read in readings if "cs" in _languages(read))
    return word, next(czech, readings[0] if readings else word)


def _of_central_europe(read: str) -> bool:
    return read.isalpha() and not set(_languages(read)).isdisjoint(_CENTRAL)


def _otherwise(text: str) -> Iterator[str]:
    """Yield the words that would be other ones, of letters of one language of Central Europe, in another encoding."""
    if text.isascii():
        return
    if text.count("»") == text.count("«"):
        text = re.sub("[«»]", " ", text)
    for word in (found.lstrip("µ") for found in _WORD.findall(text)):
        if not word.isascii() and any(read != word and _of_central_europe(read) for read in _readings(word)):
            yield word


def _readings(word: str) -> Iterator[str]:
    letters = set(word)
    for meant in _meant():
        if letters <= meant.keys():
            yield "".join(map(meant.__getitem__, word))


@cache
def _meant() -> tuple[Mapping[str, str], ...]:
    """Return, for each pair of encodings, the character that was written for each that is read."""
    octets = [bytes((octet,)) for octet in range(256)]
    pairs = product(_READ_AS, _WRITTEN_AS)
    return tuple(
        {
            octet.decode(read_as): octet.decode(written_as)
            for octet in octets
            if octet.decode(read_as, "ignore") and octet.decode(written_as, "ignore")
        }
        for read_as, written_as in pairs
    )


def _languages(word: str) -> tuple[str, ...]:
    """Return the languages that have all letters of a word."""
    letters = {letter for letter in word.lower() if not letter.isascii()}
    return tuple(language for language, alphabet in ALPHABETS.items() if letters.issubset(alphabet))
