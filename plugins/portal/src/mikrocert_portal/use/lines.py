"""Lines: what stands in a curriculum vitae, as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mikrocert.api import day, message

from mikrocert_portal.use.facts import facts_of

if TYPE_CHECKING:
    from mikrocert.api import Texts, View

__all__ = ["vitae_lines"]


def vitae_lines(view: View, *, address: str, texts: Texts, language: str) -> tuple[str, str]:
    """Return two lines: what it is, and where it can be verified.

    Args:
        view: what a person sees of the credential.
        address: where it can be verified.
        texts: the languages of the system.
        language: one of them.
    """
    facts = facts_of(view, address=address, texts=texts, language=language)
    parts = [facts.body, *facts.measures]
    if facts.awarded_on is not None:
        parts.append(day(facts.awarded_on, language))
    if facts.valid_until is not None:
        until = message("valid until {day:long}", day=facts.valid_until)
        parts.append(texts.plain(until, language))
    return (
        texts.plain(
            message("{title} (micro-credential), {parts:comma}", title=facts.title, parts=tuple(parts)),
            language,
        ),
        texts.plain(message("Verification: {address}", address=address), language),
    )
