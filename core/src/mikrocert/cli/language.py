"""The language of a command line: the one that it asks for, else that of its terminal.

An answer for programs doesn't depend on the terminal: where one is asked for, only `--lang` counts.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Final

from mikrocert.texts import ENGLISH, Texts, at_hand, of_terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mikrocert.texts import Say

__all__ = ["voice_of", "wishes_of"]

_OPTION: Final = "--lang"
_FOR_PROGRAMS: Final = frozenset({"--json", "--csv"})


def voice_of(arguments: Sequence[str]) -> tuple[Say, str]:
    """Return what writes texts in the language of a command line, whatever else is wrong with it, and the language."""
    wishes = wishes_of(arguments)
    if not wishes or wishes[0] == ENGLISH:
        return partial(Texts().say, language=ENGLISH), ENGLISH
    from mikrocert.host.loading import installed_packages  # noqa: PLC0415 - only for those who don't read English

    # Which plugins are allowed may just be what is wrong; their catalogues are read, nothing of them is imported.
    texts = Texts(installed_packages())
    language = at_hand(wishes, texts.languages)
    return partial(texts.say, language=language), language


def wishes_of(arguments: Sequence[str]) -> tuple[str, ...]:
    """Return the languages that a command line would be answered in, the best first."""
    asked = _option(arguments)
    terminal = () if _FOR_PROGRAMS.intersection(arguments) else of_terminal(os.environ)
    return terminal if asked is None else (asked, *terminal)


def _option(arguments: Sequence[str]) -> str | None:
    """Return the language that a command line that may be wrong asks for, the last one; or none."""
    for number, argument in reversed(list(enumerate(arguments))):
        if argument == _OPTION:
            return next(iter(arguments[number + 1 :]), None)
        if argument.startswith(f"{_OPTION}="):
            return argument.partition("=")[2]
    return None
