"""Typography of type set large: what the rules for running text do not know."""

from __future__ import annotations

import re

from mikrocert import api

__all__ = ["NARROW", "NBSP", "plain_hyphens", "split_identifier", "tight_date", "typo"]

NBSP = "\u00a0"
NARROW = "\u202f"

_DATE_SPACE = re.compile(r"(?<=\d\.)[ \u00a0](?=\d)")


def typo(text: str, language: str) -> str:
    """Return the text with no-break spaces where a line must not break; nothing else changes but no-break hyphens.

    Args:
        text: running text, not markup.
        language: its language; rules exist for `cs` and `en`, other texts come back as they are.
    """
    return api.typo(plain_hyphens(text), language)


def plain_hyphens(text: str) -> str:
    """Return the text with usual hyphens for no-break ones, which Source Serif lacks."""
    return text.replace("\u2011", "-")


def tight_date(text: str) -> str:
    """Return the text with narrow no-break spaces inside `22. 6. 2026`, for dates set large."""
    return _DATE_SPACE.sub(NARROW, text)


def split_identifier(identifier: str) -> str:
    """Return an identifier in groups of four, as it is read aloud and typed."""
    return NBSP.join(api.groups(identifier))
