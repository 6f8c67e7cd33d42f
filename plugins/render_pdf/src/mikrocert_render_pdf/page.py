"""What the templates are given: a certificate, with the sizes in which it is set."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs
from markupsafe import Markup, escape
from mikrocert.api import Line, Pair, RenderError, message

if TYPE_CHECKING:
    from collections.abc import Collection

    from mikrocert.api import Branding, Certificate, Fact

    from mikrocert_render_pdf.ruler import Ruler

__all__ = ["Sizes", "name_pieces", "page_of", "title_pieces"]

_LONGEST_WORD = 26
_FROM_RIGHT = {"R", "AL"}
"""Bidirectional classes of letters that are read from the right (UAX #9)."""
_HYPHENED = re.compile(rf"(?<!\S)(?=\S{{3,{_LONGEST_WORD}}}(?!\S))[^\s/<&]+-[^\s/<&]+(?!\S)")
"""A short word with a hyphen inside; looking no further than its length keeps the cost linear."""
_WEB = re.compile(r"(https?://|(?<![\w.-]))((?:[\w-]++\.)++[a-z]{2,}+/[^\s<]*)")
"""A web address in escaped text, without its scheme and from there on."""
_FACT_SIZES = (("large", 24), ("medium", 14))
"""Classes of figures in the stylesheet, and their type sizes in points."""
_FACT_WIDTH = 146
"""Points that a fact may take without pressing the next."""


@attrs.frozen
class Sizes:
    """Type sizes of a front, and the widths in which its large texts break evenly; all in points."""

    name: float
    title: float
    also: float
    name_width: float
    title_width: float


@attrs.frozen
class SetFact:
    """A fact, and the class of its type size."""

    value: Pair
    caption: Pair
    size: str


def name_pieces(name: str) -> list[str]:
    """Return a name in pieces that stay together on a line: words, also hyphenated ones unless they are very long, with the one letter before them."""
    words = re.findall(r"(?:(?<!\S)[^\W\d_] )*\S+\s*", name)
    return [
        piece for word in words for piece in ([word] if len(word) <= _LONGEST_WORD else title_pieces(word))
    ]


def title_pieces(title: str) -> list[str]:
    """Return a title in pieces that stay together on a line: up to a space or a hyphen."""
    return re.findall(r"[^ -]+(?:-+| +|$)|[ -]+", title)


def _from_right(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in _FROM_RIGHT for character in text)


def _set(fact: Fact, ruler: Ruler) -> SetFact:
    large = fact.value.lead.text
    size = next(
        (name for name, points in _FACT_SIZES if ruler.length(large, size=points) <= _FACT_WIDTH), "small"
    )
    caption = fact.caption
    if fact.key == "grade" and fact.value.also and caption.also:
        # A grade that has other words in the other language says them in its caption.
        caption = Pair(
            caption.lead, Line(caption.also.language, f"{fact.value.also.text}, {caption.also.text}")
        )
    return SetFact(fact.value, caption, size)


def breakable(text: str) -> Markup:
    """Return a text in which a web address may break after the slashes of its path, and a hyphened word stays whole unless it is long."""
    whole = _HYPHENED.sub(r'<span class="word">\g<0></span>', str(escape(text)))
    return Markup(_WEB.sub(_with_places, whole))  # noqa: S704 - escaped, and only <wbr> and spans are new


def _with_places(address: re.Match[str]) -> str:
    scheme, rest = address[1], address[2]
    return scheme + rest.replace("/", "/<wbr>")


def page_of(
    certificate: Certificate,
    *,
    sizes: Sizes,
    branding: Branding,
    ruler: Ruler,
    continued: Collection[str] = (),
    display: bool = False,
) -> dict[str, Any]:
    """Return what `certificate.html` and the templates that it includes name.

    Args:
        certificate: what stands on it.
        sizes: type sizes.
        branding: accent and marks of the institution.
        ruler: measures facts.
        display: whether it is a picture for a screen instead of a sheet.
        continued: the rows of tables, as their ids are called, that begin a page without their label.
    """
    holder = certificate.front.holder or ""
    pieces = name_pieces(holder)
    # Words that are read from the right stand in their order only in a text as a whole, without spans.
    bound = () if _from_right(holder) else [piece for piece in pieces if len(piece) <= _LONGEST_WORD]

    def both(**texts: str) -> Pair:
        """Return a sentence of an institution's own template in the languages of the certificate."""
        lines = [Line(language, texts[language]) for language in certificate.languages if language in texts]
        if not lines:
            raise RenderError(
                message(
                    "a template says something in {given:comma} only; the certificate is in {wanted:comma}",
                    given=sorted(texts),
                    wanted=certificate.languages,
                )
            )
        return Pair(*lines)

    return {
        "both": both,
        "certificate": certificate,
        "front": certificate.front,
        "supplement": certificate.supplement,
        "sizes": sizes,
        "accent": branding.accent,
        "logo": branding.logo is not None,
        "emblem": branding.emblem is not None,
        "display": display,
        "landscape": branding.landscape,
        "breakable": breakable,
        "continued": continued,
        "dated": _dated(certificate),
        "holder": [(piece, piece in bound) for piece in pieces],
        "facts": [_set(fact, ruler) for fact in certificate.front.facts],
    }


def _dated(certificate: Certificate) -> str | None:
    if isinstance(certificate.dated, datetime):
        return certificate.dated.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return None if certificate.dated is None else certificate.dated.isoformat()
