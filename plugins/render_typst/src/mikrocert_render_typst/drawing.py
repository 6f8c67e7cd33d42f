"""What Typst is given: certificates, or a paper, as they are, as JSON; no text of theirs is ever part of a source."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs
from mikrocert.api import TEST_MARK, Line, qr_svg, rosette

from mikrocert_render_typst.fonts import SANS, SERIF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from mikrocert.api import Attachment, Branding, Certificate, Paper

    from mikrocert_render_typst.fonts import Chosen

__all__ = ["TEST_COLOUR", "drawing_of", "drawing_of_paper"]

TEST_COLOUR = "#7A4F00"
_INK = "#14171F"
_LONGEST_DESCRIPTION = 400


def drawing_of(
    certificates: Sequence[Certificate],
    *,
    branding: Branding,
    fonts: Chosen,
    pictures: Mapping[str, str],
    attachment: tuple[Attachment, str] | None,
) -> str:
    """Return all that `main.typ` reads, as JSON.

    Args:
        certificates: what stands on them.
        branding: how the institution's certificates look.
        fonts: families besides our own.
        pictures: `logo`, `emblem` → where in the root their files lie.
        attachment: the file and where in the root it lies, or none.
    """
    first = certificates[0]
    title = first.front.title.lead.text
    drawing = {
        **_families(fonts),
        "about": {
            "title": first.title,
            "author": first.author,
            "language": _language(first.languages[0]),
            "dated": _dated(first.dated),
        },
        "accent": branding.accent,
        "landscape": branding.landscape,
        "pictures": dict(pictures),
        "own-templates": branding.templates is not None,
        "attachment": None if attachment is None else _attached(*attachment, title, relationship="source"),
        "certificates": [
            _certificate(certificate, branding, fine=attachment is not None) for certificate in certificates
        ],
        "paper": None,
    }
    return json.dumps(drawing, ensure_ascii=False)


def drawing_of_paper(paper: Paper, *, fonts: Chosen, attachment: Attachment, path: str) -> str:
    """Return all that `main.typ` reads where it draws a paper, as JSON.

    Args:
        paper: what stands on it.
        fonts: families besides our own.
        attachment: the file that is put inside.
        path: where in the root that lies.
    """
    drawing = {
        **_families(fonts),
        "about": {
            "title": paper.title,
            "author": paper.author,
            "language": _language(paper.language),
            "dated": _dated(paper.dated),
        },
        "accent": _INK,
        "landscape": False,
        "pictures": {},
        "own-templates": False,
        "attachment": _attached(attachment, path, paper.title, relationship="data"),
        "certificates": [],
        "paper": {
            "title": paper.title,
            "author": paper.author,
            "lead": paper.lead,
            "sections": _plain(paper.sections),
            "link": paper.link,
            "link-words": paper.link_words,
            "number": paper.number,
            "test": paper.test,
            "code": qr_svg(paper.link, quiet=0),
        },
    }
    return json.dumps(drawing, ensure_ascii=False)


def _families(fonts: Chosen) -> dict[str, Any]:
    """Return what is the same whatever is drawn: families of fonts, and the mark of a test."""
    return {
        "serif": [SERIF, SANS, *fonts.families],
        "sans": [SANS, SERIF, *fonts.families],
        "mark": TEST_MARK,
    }


def _attached(attachment: Attachment, path: str, title: str, *, relationship: str) -> dict[str, str]:
    return {
        "name": attachment.name,
        "path": path,
        "media-type": attachment.media_type,
        "description": f"{attachment.name}: {title}"[:_LONGEST_DESCRIPTION],
        "relationship": relationship,
    }


def _certificate(certificate: Certificate, branding: Branding, *, fine: bool) -> dict[str, Any]:
    """Return what stands on a certificate."""
    test, link = certificate.test is not None, certificate.front.address.link
    colour = TEST_COLOUR if test else branding.accent
    return {
        **{
            field.name: _plain(getattr(certificate, field.name))
            for field in attrs.fields(type(certificate))
            if field.name != "dated"
        },
        "languages": [_language(language) for language in certificate.languages],
        "dated": _dated(certificate.dated),
        "disc": rosette(certificate.subject, colour=colour, outlined=test, fine=fine),
        "code": None if link is None else qr_svg(link),
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a certificate is made of
    if isinstance(value, Line):
        return {**_language(value.language), "text": value.text}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if attrs.has(type(value)):
        return {field.name: _plain(getattr(value, field.name)) for field in attrs.fields(type(value))}
    return value


def _language(tag: str) -> dict[str, str]:
    """Return a language as Typst names it: a code of two or three letters, and a country where the tag has one."""
    language, *further = tag.split("-")
    region = next((part.upper() for part in further if re.fullmatch(r"[A-Za-z]{2}", part)), None)
    plain = language.lower() if re.fullmatch(r"[A-Za-z]{2,3}", language) else "en"
    return {"lang": plain} if region is None else {"lang": plain, "region": region}


def _dated(dated: date | datetime | None) -> dict[str, int]:
    """Return the date of the document; PDF/A wants one, so the first of all days where none is known, never the clock's."""
    if dated is None:
        return {"year": 1970, "month": 1, "day": 1}
    day = {"year": dated.year, "month": dated.month, "day": dated.day}
    if not isinstance(dated, datetime):
        return day
    moment = dated.astimezone(UTC)
    return {
        "year": moment.year,
        "month": moment.month,
        "day": moment.day,
        "hour": moment.hour,
        "minute": moment.minute,
        "second": moment.second,
    }
