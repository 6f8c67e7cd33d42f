"""What leaves the command line: every text of ours is written here or by the console of `printing`, inert."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import typer

from mikrocert.texts import printable

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["answering", "echo", "inert", "print_json", "standard_output"]

_STANDARD_OUTPUT, _STANDARD_ERROR = 1, 2
_RAW = re.compile(r"[^\n\x20-\x7e]")
_ESCAPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Categories of characters that drive something or can't be seen (UAX #44, 5.7.1)."""


def inert(text: str) -> str:
    """Return one line that drives no terminal and looks like no other line: control and invisible characters are escapes."""
    return printable(text).replace("\n", "\\n")


def echo(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print one line, inert.

    Args:
        text: what is printed.
        err: whether on standard error.
        nl: whether a new line begins after it.
    """
    typer.echo(inert(str(text)), file=None if err else standard_output(), err=err, nl=nl)


def print_json(value: object, *, indent: int | None = 2) -> None:
    r"""Print a value as JSON, with every control and invisible character in its texts as `\uXXXX`."""
    from mikrocert.parsing.strict_json import dumps  # noqa: PLC0415

    standard_output().write(_RAW.sub(_escaped, dumps(value, indent=indent)) + "\n")


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    return json.dumps(character)[1:-1] if unicodedata.category(character) in _ESCAPED else character


class _Lent(io.TextIOBase):
    """Stands at `sys.stdout` while it belongs to the answer: what is printed goes to standard error.

    Args:
        answers: where the answer goes.
    """

    def __init__(self, answers: TextIO) -> None:
        self.answers = answers

    def writable(self) -> bool:
        """Return that it takes what is printed."""
        return True

    def write(self, text: str, /) -> int:
        """Write to standard error."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Flush standard error."""
        sys.stderr.flush()

    def fileno(self) -> int:
        """Return the number of standard error."""
        return sys.stderr.fileno()


def standard_output() -> TextIO:
    """Return where answers go: standard output, whoever stands in its place now."""
    return sys.stdout.answers if isinstance(sys.stdout, _Lent) else sys.stdout


@contextmanager
def answering() -> Generator[None]:
    """Keep standard output for the answer alone; whatever plugins and libraries print, goes to standard error.

    What they write to the file descriptor itself, or have a process of their own write, does too.
    """
    usual: Any = sys.stdout
    with _descriptor_kept(usual) as answers:
        sys.stdout = _Lent(answers)
        try:
            yield
        finally:
            sys.stdout = usual
            answers.flush()


@contextmanager
def _descriptor_kept(usual: TextIO) -> Generator[TextIO]:
    """Give a stream to what standard output is, and let its descriptor lead to standard error."""
    try:
        real = usual.fileno() == _STANDARD_OUTPUT
    except (OSError, ValueError):  # a test has put something else there
        real = False
    if not real:
        yield usual
        return
    usual.flush()
    with os.fdopen(os.dup(_STANDARD_OUTPUT), "w", encoding=usual.encoding, errors=usual.errors) as kept:
        os.dup2(_STANDARD_ERROR, _STANDARD_OUTPUT)
        try:
            yield kept
        finally:
            kept.flush()
            os.dup2(kept.fileno(), _STANDARD_OUTPUT)
