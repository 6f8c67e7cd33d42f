"""Badges: pictures of a micro-credential for other pages, as SVG without scripts, styles, fonts or anything from elsewhere.

A badge is a picture and proves nothing; it says so by leading to the page on which one verifies. What it says stands in it as text too, for
who doesn't see it.
"""

from __future__ import annotations

import unicodedata
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import attrs
from markupsafe import Markup, escape
from mikrocert.api import day, message

from mikrocert_portal.use.facts import clipped

if TYPE_CHECKING:
    from mikrocert.api import Texts

    from mikrocert_portal.use.facts import Facts

__all__ = ["FORMS", "BadgeForm", "badge_html", "badge_svg"]

_WIDE: Final = frozenset("WF")
_LARGE: Final = 0.82
_USUAL: Final = 0.66
"""Width of a letter in parts of the size of its type; wide enough for the widest usual sans-serif faces, semi-bold."""


@attrs.frozen
class BadgeForm:
    """A form of badge.

    Args:
        name: what it is called in addresses.
        width: in pixels.
        height: in pixels.
        left: where lines begin, or their middle.
        top: where the first line stands.
        room: width of a line.
        size: of the title's type.
        lines: how many lines the title has at most.
        middle: whether lines stand in the middle.
    """

    name: str
    width: int
    height: int
    left: int
    top: int
    room: int
    size: int
    lines: int
    middle: bool = False


FORMS: Final = (
    BadgeForm("plaque", 420, 132, left=116, top=30, room=290, size=18, lines=2),
    BadgeForm("emblem", 400, 400, left=200, top=172, room=280, size=22, lines=3, middle=True),
)
"""A plaque for running text, and an emblem for where badges stand in a row."""


def badge_svg(facts: Facts, *, form: BadgeForm, texts: Texts) -> str:
    """Return a badge as an SVG document.

    Args:
        facts: what it says.
        form: one of `FORMS`.
        texts: the languages of the system.
    """
    return str(_svg(facts, form=form, texts=texts, standalone=True))


def badge_html(facts: Facts, *, form: BadgeForm, texts: Texts) -> Markup:
    """Return a badge to be put into a page: a link to where one verifies, around the picture itself.

    Args:
        facts: what it says.
        form: one of `FORMS`.
        texts: the languages of the system.
    """
    picture = _svg(facts, form=form, texts=texts, standalone=False)
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(facts.address, picture)


def _svg(facts: Facts, *, form: BadgeForm, texts: Texts, standalone: bool) -> Markup:
    kind = texts.plain(message("Micro-credential"), facts.language)
    description = texts.plain(
        message(
            "Micro-credential “{title}”, awarded by {body}. The link leads to its verification.",
            title=facts.title,
            body=facts.body,
        ),
        facts.language,
    )
    # Several badges stand on one page, and each names its own text.
    name = f"mikrocert-{sha256(f'{form.name} {facts.language} {facts.address}'.encode()).hexdigest()[:12]}"
    lines = _lines(facts, kind=kind, form=form)
    namespace = Markup(' xmlns="http://www.w3.org/2000/svg"') if standalone else ""
    return Markup(
        '<svg{namespace} width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        'aria-labelledby="{name}" lang="{language}"><title id="{name}">{description}</title>{frame}{lines}</svg>'
    ).format(
        namespace=namespace,
        width=form.width,
        height=form.height,
        name=name,
        language=facts.language,
        description=description,
        frame=_frame(form, test=facts.test),
        lines=Markup("").join(lines),
    )


def _frame(form: BadgeForm, *, test: bool) -> Markup:
    """Return what is around the words: white, so that the badge can be read on any page; broken around a test."""
    dashes = Markup(' stroke-dasharray="10 6"') if test else ""
    # An open ring with a seal's ribbon, and no tick: a badge confirms nothing.
    x, y, scale = (58, 58, 1.0) if not form.middle else (200, 84, 1.35)
    return Markup(
        '<rect x="1.5" y="1.5" width="{w}" height="{h}" fill="#FFFFFF" stroke="#23408E" stroke-width="3"{dashes}/>'
        '<g transform="translate({x} {y}) scale({scale})" fill="none" stroke="#23408E" stroke-width="3">'
        '<path d="M-14 20 L-20 46 L0 36 L20 46 L14 20" fill="#F2F4FA"/><circle r="27" fill="#F2F4FA"/><circle r="19"/>'
        '<path d="M-8 -6 H8 M-8 1 H8 M-8 8 H3" stroke-width="2.5"/></g>'
    ).format(w=form.width - 3, h=form.height - 3, dashes=dashes, x=x, y=y, scale=scale)


def _lines(facts: Facts, *, kind: str, form: BadgeForm) -> list[Markup]:
    small = round(form.size * 0.75)
    lines: list[tuple[str, int, int, str]] = [(kind, small, 400, "#23408E")]
    lines += [
        (line, form.size, 600, "#14171F")
        for line in _wrapped(facts.title, form=form, size=form.size, most=form.lines)
    ]
    lines += [(line, small, 400, "#14171F") for line in _wrapped(facts.body, form=form, size=small, most=1)]
    if facts.awarded_on is not None:
        lines.append((day(facts.awarded_on, facts.language, style="long"), small, 400, "#4A5060"))
    place, drawn = form.top, []
    for text, size, weight, colour in lines:
        drawn.append(
            Markup(
                '<text x="{x}" y="{y}" font-family="system-ui, sans-serif" font-size="{size}" font-weight="{weight}" '
                'fill="{colour}"{anchor}>{text}</text>'
            ).format(
                x=form.left,
                y=place,
                size=size,
                weight=weight,
                colour=colour,
                anchor=Markup(' text-anchor="middle"') if form.middle else "",
                text=escape(text),
            )
        )
        place += round(size * 1.35) if size == form.size else round(size * 1.6)
    return drawn


def _wrapped(text: str, *, form: BadgeForm, size: int, most: int) -> list[str]:
    """Return a text in at most so many lines that fit; what is left over is cut with an ellipsis."""
    words, lines = text.split(), [""]
    for place, word in enumerate(words):
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer, size) <= form.room:
            lines[-1] = longer
        elif len(lines) < most and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = " ".join([lines[-1], *words[place:]]).strip()
            break
    return [_fitting(line, form=form, size=size) for line in lines]


def _fitting(line: str, *, form: BadgeForm, size: int) -> str:
    most = len(line)
    while most > 1 and _width(clipped(line, most=most), size) > form.room:
        most -= 1
    return clipped(line, most=most)


def _width(text: str, size: int) -> float:
    return sum(_of_letter(letter) for letter in text) * size


def _of_letter(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in _WIDE:
        return 1.0
    return _LARGE if letter.isupper() else _USUAL
