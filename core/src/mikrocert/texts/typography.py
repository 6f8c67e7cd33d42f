"""Typography of running text: where a line must not break, by the rules of the Czech Language Institute.

ČSN 01 6910 and Internetová jazyková příručka, „Zalomení řádků a nevhodné výrazy na jejich konci“; for Slovak, which has
the same habits with other words, STN 01 6910; for Ukrainian what its
printers do, with whom a dash stays with the word before it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

__all__ = ["NARROW", "NBSP", "groups", "plain_hyphens", "printable", "standing", "tight_date", "typo"]

NBSP = "\u00a0"
NARROW = "\u202f"

_MONTHS = "ledna|února|března|dubna|května|června|července|srpna|září|října|listopadu|prosince"
_UNITS = r"ECTS|EQF|Kč|%|‰|°C|kB|MB|hodin\w*|hod\.|bajt\w*|bit\w*|číslic\w*|hodnot\w*|úrovn\w*|znak\w*|kredit\w*|let|roků|měsíc\w*|týdn\w*|dn[íůy]|bod[ůy]?|minut\w*|sekund\w*|stran\w*|slov\b|min\b|h\b"
_ENGLISH_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"

_CZECH = (
    # One-letter prepositions and conjunctions; twice in a row too ("i v"), hence the look-behind.
    (r"(?<![^\s(„‚«–/-])([KkSsVvZzOoUuAaIi]) (?=\S)", rf"\1{NBSP}"),
    (r"\b([Vv]e|[Kk]e|[Zz]e|[Oo]d|[Dd]o) (?=\d)", rf"\1{NBSP}"),
    # 22. 6. 2026
    (r"\b(\d{1,2})\. (\d{1,2})\. (?=\d{4}\b)", rf"\1.{NBSP}\2.{NBSP}"),
    # 22. června; only the year may go to the next line
    (rf"\b(\d{{1,2}})\. (?=(?:{_MONTHS})\b)", rf"\1.{NBSP}"),
    (r"(?<!\w)([§č]\.?) (?=\d)", rf"\1{NBSP}"),
    (rf"(\d) (?=(?:{_UNITS}))", rf"\1{NBSP}"),
    (r"\b(kredit\w*) (?=ECTS)", rf"\1{NBSP}"),
    (r"\b(EQF|ISCED|IČO|DIČ|DSČ) (?=\d)", rf"\1{NBSP}"),
    (r"(\d) (?=\d{3}(?!\d))", rf"\1{NBSP}"),
    (r"(?<!\d)(\d{3}) (?=\d{2}(?!\d))", rf"\1{NBSP}"),
    (r"\b(tj\.|tzv\.|např\.|př\.|nám\.|ul\.|č\.|čl\.|odst\.|písm\.|sv\.|dr\.) (?=\S)", rf"\1{NBSP}"),
)
_SLOVAK_MONTHS = "januára|februára|marca|apríla|mája|júna|júla|augusta|septembra|októbra|novembra|decembra"
_SLOVAK_UNITS = r"ECTS|EKR|€|%|‰|°C|kB|MB|hodin\w*|hodín\b|hod\.|bajt\w*|bit\w*|číslic\w*|hodnôt\b|hodnot\w*|úrov\w*|znak\w*|kredit\w*|rok\w*|mesiac\w*|týžd\w*|dn[iíy]\w*|deň\b|bod\w*|minút\w*|sekúnd\w*|str[aá]n\w*|slov\w*|min\b|h\b"
_SLOVAK = (
    # One-letter prepositions and conjunctions, as in Czech.
    (r"(?<![^\s(„‚«–/-])([KkSsVvZzOoUuAaIi]) (?=\S)", rf"\1{NBSP}"),
    (r"\b([Vv]o|[Kk]u|[Zz]o|[Oo]d|[Dd]o) (?=\d)", rf"\1{NBSP}"),
    (r"\b(\d{1,2})\. (\d{1,2})\. (?=\d{4}\b)", rf"\1.{NBSP}\2.{NBSP}"),
    (rf"\b(\d{{1,2}})\. (?=(?:{_SLOVAK_MONTHS})\b)", rf"\1.{NBSP}"),
    (r"(?<!\w)([§č]\.?) (?=\d)", rf"\1{NBSP}"),
    (rf"(\d) (?=(?:{_SLOVAK_UNITS}))", rf"\1{NBSP}"),
    (r"\b(kredit\w*) (?=ECTS)", rf"\1{NBSP}"),
    (r"\b(EKR|ISCED|IČO|DIČ|DPH|PSČ) (?=\d)", rf"\1{NBSP}"),
    (r"(\d) (?=\d{3}(?!\d))", rf"\1{NBSP}"),
    (r"(?<!\d)(\d{3}) (?=\d{2}(?!\d))", rf"\1{NBSP}"),
    (r"\b(t\.\s?j\.|tzv\.|napr\.|nám\.|ul\.|č\.|čl\.|ods\.|písm\.|sv\.|dr\.) (?=\S)", rf"\1{NBSP}"),
    (r"\bt\. (?=j\.)", f"t.{NBSP}"),
)
_UKRAINIAN_MONTHS = "січня|лютого|березня|квітня|травня|червня|липня|серпня|вересня|жовтня|листопада|грудня"
_UKRAINIAN_UNITS = r"ЄКТС|ЄРК|€|₴|%|‰|°C|[кМ]Б\b|[КМ]іБ\b|годин\w*|год\b|байт\w*|октет\w*|біт\w*|цифр\w*|значен\w*|рівн\w*|знак\w*|кредит\w*|рок\w*|рік\b|місяц\w*|тиж\w*|дн[іяю]\w*|день\b|бал\w*|хвилин\w*|секунд\w*|стор\w*|сл[оі]в\w*|файл\w*|запис\w*|хв\b|с\b"
_UKRAINIAN = (
    # One-letter prepositions, conjunctions and pronouns.
    (r"(?<![^\s(«„–—/-])([ВвУуЗзІіЙйАаОоЯяЄє]) (?=[^\s—–])", rf"\1{NBSP}"),
    (r"\b([Дд]о|[Вв]ід|[Зз]а|[Нн]а|[Пп]о|[Оо]б|[Іі]з|[Зз]і) (?=\d)", rf"\1{NBSP}"),
    # A dash never begins a line.
    (r"(?<=\S) (?=[—–](?:\s|$))", NBSP),
    (rf"\b(\d{{1,2}}) (?=(?:{_UKRAINIAN_MONTHS})\b)", rf"\1{NBSP}"),
    (r"\b(\d{4}) (?=(?:року|рік|році|р\.)(?!\w))", rf"\1{NBSP}"),
    (r"\b(\d{1,2})\. (\d{1,2})\. (?=\d{4}\b)", rf"\1.{NBSP}\2.{NBSP}"),
    (r"(?<!\w)([§№]) (?=\w)", rf"\1{NBSP}"),
    (rf"(\d) (?=(?:{_UKRAINIAN_UNITS}))", rf"\1{NBSP}"),
    (r"\b(кредит\w*) (?=ЄКТС)", rf"\1{NBSP}"),
    (r"\b(ЄРК|EQF|ISCED|IČO) (?=\d)", rf"\1{NBSP}"),
    (r"(\d) (?=\d{3}(?!\d))", rf"\1{NBSP}"),
    (r"\b(див\.|напр\.|ім\.|вул\.|ст\.|пп?\.|м\.) (?=\S)", rf"\1{NBSP}"),
)
_ENGLISH = (
    (rf"\b(\d{{1,2}}) (?=(?:{_ENGLISH_MONTHS})\b)", rf"\1{NBSP}"),
    (r"(?<!\d)(\d{3}) (?=\d{2} \w)", rf"\1{NBSP}"),
    (r"\b([Ff]rom|[Tt]o|i\.e\.) (?=\d)", rf"\1{NBSP}"),
    (r"\bID (?=No\.)", f"ID{NBSP}"),
    (r"\b(No\.|Section|Art\.|EQF|ISCED) (?=\d)", rf"\1{NBSP}"),
    (
        r"(\d) (?=(?:ECTS|credits?|hours?|minutes?|seconds?|weeks?|days?|months?|years?|points?|pages?|words?|kB|MB|%)\b)",
        rf"\1{NBSP}",
    ),
)
_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "cs": _CZECH,
    "sk": _SLOVAK,
    "uk": _UKRAINIAN,
    "en": _ENGLISH,
}


_DATE_SPACE = re.compile(r"(?<=\d\.)[ \u00a0](?=\d)")
_DIGIT = re.compile(r"\d")


@cache
def _rules(language: str) -> tuple[tuple[re.Pattern[str], str, bool], ...]:
    """Return the rules of a language, compiled when they are first wanted, and of each whether it is about digits."""
    rules = _RULES.get(language, ())
    return tuple((re.compile(pattern), replacement, r"\d" in pattern) for pattern, replacement in rules)


def standing(text: str) -> str:
    """Return a remark as a sentence that stands alone: a capital first, a full stop last.

    Remarks on a place follow its name and a colon elsewhere, so they are written without both.
    """
    if text[-1:].isalnum() or text[-1:] in {")", "”", "“", "'", "’", '"', "]", "}"}:
        text += "."
    first = re.match(r"[^\W\d_]+\b(?![.:_/(])", text)
    return text[:1].upper() + text[1:] if first and first[0].islower() else text


def typo(text: str, language: str) -> str:
    """Return the text with no-break spaces where a line must not break; nothing else changes.

    Args:
        text: running text, not markup.
        language: its language; rules exist for `cs`, `sk`, `uk` and `en`, other texts come back as they are.
    """
    if " " not in text:
        return text  # each rule is about a space
    digits = _DIGIT.search(text) is not None
    for pattern, replacement, about_digits in _rules(language):
        if digits or not about_digits:
            text = pattern.sub(replacement, text)
    return text


def plain_hyphens(text: str) -> str:
    """Return the text with usual hyphens for no-break ones, which few fonts have."""
    return text.replace("\u2011", "-")


def tight_date(text: str) -> str:
    """Return the text with narrow no-break spaces inside `22. 6. 2026`, for dates set large."""
    return _DATE_SPACE.sub(NARROW, text)


def groups(identifier: str) -> tuple[str, ...]:
    """Return an identifier in groups of four, as it is read aloud and typed."""
    return tuple(identifier[start : start + 4] for start in range(0, len(identifier), 4))


def printable(text: str) -> str:
    """Return the text with what could drive a terminal, or can't be encoded, written as an escape.

    Line feeds and all kinds of spaces stay.
    """
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character == "\n" or unicodedata.category(character) == "Zs"
        else character.encode("unicode_escape").decode()
        for character in text
    )
