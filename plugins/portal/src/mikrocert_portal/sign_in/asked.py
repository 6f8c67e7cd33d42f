"""The page that somebody asked for before they signed in: a path below where they sign in and nothing else, so that nobody is led away."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["asked_page"]

_PAGE: Final = re.compile(r"(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}){1,6}")
_DOORS: Final = frozenset({"/sign-in", "/signed-in"})


def asked_page(path: str) -> str:
    """Return a path below the door, as it was asked for; nothing for what can't be one of its pages.

    Parameters don't come along: a search may have the name of a learner in them.

    Args:
        path: what a request, or a browser, says; anybody may have written it.
    """
    return path if _PAGE.fullmatch(path) and path not in _DOORS else ""
