"""What the templates are given: a view, put into the words, sizes and cells of a certificate."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs
from mikrocert.api import LanguageMap, Message, RenderError, Value, message

from mikrocert_render_pdf.sealing import seal_text
from mikrocert_render_pdf.speech import Line, Pair, Speech
from mikrocert_render_pdf.typo import plain_hyphens, split_identifier, tight_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.api import Branding, Figure, Item, Section, View

    from mikrocert_render_pdf.ruler import Ruler

__all__ = ["Sizes", "check_limits", "front_page", "name_pieces", "supplement_pages", "title_pieces"]

LONGEST_TEXT = 8_000
"""Characters; as UTF-16 they stay below the 32,767 octets that PDF/A-3 (ISO 19005-3, 6.1.13) allows a string."""
LARGEST_VIEW = 120_000
"""Characters of all texts together: some forty pages."""
LONGEST_NAME = 180
LONGEST_TITLE = 420
_LONGEST_WORD = 26
_FROM_RIGHT = {"R", "AL"}
"""Bidirectional classes of letters that are read from the right (UAX #9)."""
_FIGURE_SIZES = (("large", 24), ("medium", 14))
"""Classes of figures in the stylesheet, and their type sizes in points."""
_FIGURE_WIDTH = 112
"""Points that a figure has before it touches the next."""

_ANNEX_ELEMENTS = {
    1: message("learner"),
    2: message("title"),
    3: message("country and region"),
    4: message("awarding institution"),
    5: message("date of issuing"),
    6: message("learning outcomes"),
    7: message("notional workload"),
    8: message("level"),
    9: message("type of assessment"),
    10: message("form of participation"),
    11: message("quality assurance"),
    12: message("prerequisites"),
    13: message("supervision and identity verification"),
    14: message("grade achieved"),
    15: message("stackability"),
    16: message("further information"),
}
"""What the elements of Annex I are called in a sentence."""


@attrs.frozen
class Sizes:
    """Type sizes of a front, and the widths in which its large texts break evenly; all in points."""

    name: float
    title: float
    also: float
    name_width: float = 460.0
    title_width: float = 460.0


@attrs.frozen
class _SetFigure:
    key: str
    value: Pair
    label: Pair
    size: str


@attrs.frozen
class _Row:
    number: int | None
    label: Pair
    rows: tuple[tuple[Line, ...], ...]
    counted: bool


@attrs.frozen
class _Table:
    annex: bool
    numbered: bool
    heading: Pair
    items: tuple[_Row, ...]
    missing: Pair | None


@attrs.frozen
class _Verification:
    qr: bool
    how: tuple[tuple[Line, ...], ...]
    identifier: str | None


def _texts(view: View, speech: Speech) -> Iterator[tuple[str, str]]:
    """Give every text of a view with the name of its place."""
    values: list[tuple[str, Value | None]] = [
        ("holder", view.holder),
        ("identifier", view.identifier),
        ("link", view.link),
        ("record number", view.evidence_number),
        ("title", view.title),
        ("birth", view.birth),
        ("awarding institution", view.awarding_body),
    ]
    for figure in view.figures:
        values += [(figure.key, figure.value), (figure.key, figure.label)]
    for section in view.sections:
        values.append((section.key, section.heading))
        for item in section.items:
            values.append((item.key, item.label))
            values += [(item.key, value) for value in item.values]
    for place, value in values:
        if isinstance(value, LanguageMap):
            yield from ((place, text) for text in value.texts.values())
        elif value is not None:
            yield from ((place, speech.texts.plain(value, own)) for own in (speech.first, speech.second))


def _unprintable(text: str) -> str | None:
    return next(
        (c for c in text if (c < " " and c not in "\t\n\r") or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff"
         or c in "\ufffe\uffff"),
        None,
    )  # fmt: skip


def check_limits(view: View, *, speech: Speech) -> None:
    """Refuse what can't be set on paper.

    Raises:
        RenderError: if a text or all of them are too long, a text holds a control character, or the link is none;
            names every such place.
    """
    faults: list[Message] = []
    total = 0
    for place, text in _texts(view, speech):
        total += len(text)
        if len(text) > LONGEST_TEXT:
            long = message(
                "{count} characters; at most {most} can be set", count=len(text), most=LONGEST_TEXT
            )
            faults.append(message("{place}: {fault}", place=place, fault=long))
        if (found := _unprintable(text)) is not None:
            wrong = message("{code} is no character that can be set", code=f"U+{ord(found):04X}")
            faults.append(message("{place}: {fault}", place=place, fault=wrong))
    if view.link is not None and not re.match(r"https?://[^\s/]", view.link):
        faults.append(
            message("link: '{link}' is no web address; https://… would be right", link=view.link[:80])
        )
    if total > LARGEST_VIEW:
        faults.append(
            message(
                "all texts together: {count} characters; at most {most} can be set",
                count=total,
                most=LARGEST_VIEW,
            )
        )
    if faults:
        raise RenderError(message("{faults:semicolon}", faults=_once(faults)))


def _once(faults: list[Message]) -> list[Message]:
    return [fault for number, fault in enumerate(faults) if fault not in faults[:number]]


def _shortened(text: str, most: int) -> str:
    """Return the text, cut at a word where it is too long for a front; the supplement has all of it."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return f"{cut[: cut.rfind(' ')] if cut.rfind(' ') > most // 2 else cut} …"


def name_pieces(name: str) -> list[str]:
    """Return a name in pieces that stay together on a line: words, also hyphenated ones unless they are very long."""
    words = re.findall(r"\S+\s*", _shortened(plain_hyphens(name), LONGEST_NAME))
    return [
        piece for word in words for piece in ([word] if len(word) <= _LONGEST_WORD else title_pieces(word))
    ]


def _from_right(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in _FROM_RIGHT for character in text)


def title_pieces(title: str) -> list[str]:
    """Return a title in pieces that stay together on a line: up to a space or a hyphen."""
    return re.findall(r"[^ -]+(?:-+| +|$)|[ -]+", title)


def _shortened_pair(pair: Pair, most: int) -> Pair:
    lead, also = pair.lead, pair.also
    return Pair(
        attrs.evolve(lead, text=_shortened(lead.text, most)),
        None if also is None else attrs.evolve(also, text=_shortened(also.text, most)),
    )


def _figure(figure: Figure, speech: Speech, ruler: Ruler) -> _SetFigure:
    value = speech.pair(figure.value)
    lead = attrs.evolve(value.lead, text=tight_date(_shortened(value.lead.text, 60)))
    size = next(
        (name for name, points in _FIGURE_SIZES if ruler.length(lead.text, size=points) <= _FIGURE_WIDTH),
        "small",
    )
    label = _shortened_pair(speech.pair(figure.label), 90)
    return _SetFigure(figure.key, Pair(lead, value.also), label, size)


def _dated(view: View) -> str | None:
    """Return the date that the PDF says of itself: never the clock's, so that the same view gives the same octets."""
    if view.seal is not None and view.seal.claimed_at is not None:
        return view.seal.claimed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return None if view.awarded_on is None else view.awarded_on.isoformat()


def front_page(
    view: View, *, speech: Speech, sizes: Sizes, branding: Branding, ruler: Ruler
) -> dict[str, Any]:
    """Return what `front.html` names.

    Args:
        view: what is certified.
        speech: the two languages.
        sizes: type sizes.
        branding: accent and logo of the institution.
        ruler: measures figures.
    """
    title = speech.pair(view.title)
    kind = speech.pair(message("Micro-credential")).lead.text
    pieces = name_pieces(view.holder or "")
    # Words that are read from the right stand in their order only in a text as a whole, without spans.
    bound = (
        () if _from_right(view.holder or "") else [piece for piece in pieces if len(piece) <= _LONGEST_WORD]
    )
    named = f"{kind}: {title.lead.text}" + (f" – {view.holder}" if view.holder else "")
    return {
        "view": view,
        "body": view.awarding_body.completed()
        if isinstance(view.awarding_body, LanguageMap)
        else view.awarding_body,
        "speech": speech,
        "sizes": sizes,
        "accent": branding.accent,
        "logo": branding.logo is not None,
        "document_title": _shortened(named, 600),
        "dated": _dated(view),
        "holder": [(piece, piece in bound) for piece in pieces],
        "title": _shortened_pair(title, LONGEST_TITLE),
        "figures": [_figure(figure, speech, ruler) for figure in view.figures[:4]],
        "seal": seal_text(view.seal, speech=speech) if view.seal else None,
        "supplement": False,
    }


def _cells(value: Value, speech: Speech) -> Iterator[tuple[Line, ...]]:
    """Give the rows of one value: the two columns, or one across both; then its other languages, if it has any."""
    pair = speech.pair(value)
    yield tuple(pair)
    if isinstance(value, LanguageMap):
        shown = {speech.first, speech.second, pair.lead.language}
        for language in value:
            if language not in shown:
                name = speech.texts.name_of(language)
                yield (Line(language, f"{name}: {value.texts[language]}"),)


def _row(item: Item, speech: Speech) -> _Row:
    rows = tuple(cells for value in item.values for cells in _cells(value, speech))
    counted = item.key == "outcomes" and len(item.values) == len(rows) > 1
    return _Row(item.number, speech.pair(item.label), rows, counted)


def _missing(section: Section, speech: Speech) -> Pair | None:
    present = {item.number for item in section.items if item.values}
    absent = [name for number, name in _ANNEX_ELEMENTS.items() if number not in present]
    if not absent:
        return None
    return speech.pair(message("Not stated by the micro-credential: {elements:comma}.", elements=absent))


def _table(section: Section, speech: Speech, *, without: frozenset[str]) -> _Table:
    annex = section.key == "annex-i"
    items = tuple(_row(item, speech) for item in section.items if item.values and item.key not in without)
    numbered = any(item.number is not None for item in items)
    return _Table(
        annex, numbered, speech.pair(section.heading), items, _missing(section, speech) if annex else None
    )


def _verification(view: View, speech: Speech) -> _Verification | None:
    if view.link is None and view.identifier is None:
        return None
    site = None if view.link is None else urlsplit(view.link).netloc
    how: list[tuple[Line, ...]] = []
    if site and view.identifier:
        enter = message("Scan the code, open the link, or enter the identifier at {site}.", site=site)
        how += zip(speech.pair(enter), speech.pair(message("Letter case matters.")), strict=True)
    elif site:
        how += ((line,) for line in speech.pair(message("Scan the code or open the link.")))
    identifier = None if view.identifier is None else split_identifier(view.identifier)
    return _Verification(view.link is not None, tuple(how), identifier)


def _foot(view: View, speech: Speech) -> str:
    body, identifier = speech.pair(view.awarding_body).lead.text, split_identifier(view.identifier or "")
    if view.test:
        warning = [line.text for line in speech.pair(message("TEST, NOT VALID"))]
        return " · ".join(part for part in (*warning, body, identifier) if part)
    foot = message("{body} · micro-credential {identifier}", body=body, identifier=identifier)
    return speech.pair(foot).lead.text.rstrip()


def supplement_pages(view: View, *, speech: Speech, file: str | None) -> dict[str, Any]:
    """Return what `supplement.html` names besides what `front.html` does.

    Args:
        view: what is certified.
        speech: the two languages.
        file: name of the attached file, or none.
    """
    # What stands large at the head of the page is not said again in its tables.
    headline = frozenset(
        key for key, value in (("identifier", view.identifier), ("link", view.link)) if value
    )
    return {
        "supplement": True,
        "foot": _foot(view, speech),
        "verification": _verification(view, speech),
        "columns": [
            Line(language, speech.texts.name_of(language)) for language in (speech.first, speech.second)
        ],
        "sections": [
            _table(section, speech, without=headline)
            for section in view.sections
            if any(item.values and item.key not in headline for item in section.items)
        ],
        "file": file,
    }
