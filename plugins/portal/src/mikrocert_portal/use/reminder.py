"""Reminder: the end of validity as an event for a calendar (RFC 5545)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from mikrocert.api import message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mikrocert.api import Texts

    from mikrocert_portal.use.facts import Facts

__all__ = ["expiry_reminder"]

_LINE_OCTETS: Final = 75
_WEEKS_BEFORE: Final = 4


def expiry_reminder(facts: Facts, *, texts: Texts, at: datetime) -> bytes | None:
    """Return a calendar with one event, all of the last day of validity, and an alarm four weeks before; none without such a day.

    Args:
        facts: what the event says.
        texts: the languages of the system.
        at: when it is made (aware, UTC).
    """
    if facts.valid_until is None:
        return None
    summary = texts.plain(message("Validity ends: {title}", title=facts.title), facts.language)
    description = texts.plain(
        message(
            "The micro-credential “{title}”, which {body} awarded, is valid until this day. Whether there is a newer one: {address}",
            title=facts.title,
            body=facts.body,
            address=facts.address,
        ),
        facts.language,
    )
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//mikrocert//portal//EN",
        "CALSCALE:GREGORIAN",
        "BEGIN:VEVENT",
        f"UID:{uuid5(NAMESPACE_URL, f'{facts.address}#expiry')}",
        f"DTSTAMP:{at:%Y%m%dT%H%M%SZ}",
        # Without an end, a day is a whole day (3.6.1); the day after the last one of the calendar needs no name.
        f"DTSTART;VALUE=DATE:{facts.valid_until:%Y%m%d}",
        f"SUMMARY;LANGUAGE={facts.language}:{_escaped(summary)}",
        f"DESCRIPTION;LANGUAGE={facts.language}:{_escaped(description)}",
        f"URL:{facts.address}",
        "CLASS:PRIVATE",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER:-P{_WEEKS_BEFORE}W",
        f"DESCRIPTION;LANGUAGE={facts.language}:{_escaped(summary)}",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return b"".join(piece + b"\r\n" for line in lines for piece in _folded(line))


def _escaped(text: str) -> str:
    """Return a value of type TEXT (RFC 5545, 3.3.11)."""
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> Iterator[bytes]:
    """Yield a content line in pieces of at most 75 octets, none of which ends within a character (RFC 5545, 3.1)."""
    piece, before = b"", b""
    for letter in line:
        octets = letter.encode()
        if len(before) + len(piece) + len(octets) > _LINE_OCTETS:
            yield before + piece
            piece, before = b"", b" "
        piece += octets
    yield before + piece
