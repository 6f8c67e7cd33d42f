"""What leaves the command line: every text of ours is written here or by the console of `printing`, inert."""

from __future__ import annotations

import io
import json
import os
import re
import select
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

import typer

from mikrocert.errors import AnswerError
from mikrocert.texts import message, printable

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = [
    "answering",
    "discard_answer",
    "echo",
    "inert",
    "output_is_closed",
    "print_json",
    "standard_output",
    "take_streams",
]

_STANDARD_OUTPUT, _STANDARD_ERROR = 1, 2
_RAW = re.compile(r"[^\n\x20-\x7e]")


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
    r"""Print a value as JSON, with every control and invisible character in its texts as `\uXXXX`.

    Where the encoding of standard output lacks a letter, all but those of ASCII are written so.
    """
    from mikrocert.parsing.strict_json import dumps_visibly  # noqa: PLC0415

    text, output = dumps_visibly(value, indent=indent), standard_output()
    try:
        text.encode(output.encoding or "utf-8")
    except UnicodeEncodeError:
        text = _RAW.sub(lambda found: json.dumps(found[0])[1:-1], text)
    output.write(f"{text}\n")


class _Answers(io.TextIOWrapper):
    """Standard output, at which what can't be written is an error of its own, unless somebody reads no more."""

    def write(self, text: str, /) -> int:
        with _delivering():
            return super().write(text)

    def flush(self) -> None:
        with _delivering():
            super().flush()

    def close(self) -> None:
        with _delivering():
            super().close()


class _Remarks(io.TextIOWrapper):
    """Standard error, at which what can't be written is left out: there is no place left to say so, and no answer is in it."""

    def write(self, text: str, /) -> int:
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()

    def close(self) -> None:
        with suppress(OSError):
            super().close()


@contextmanager
def _delivering() -> Generator[None]:
    try:
        yield
    except BrokenPipeError:  # whoever read it has enough
        raise
    except OSError as error:
        raise AnswerError(message("the answer can't be written: {reason}", reason=error)) from error


def take_streams() -> bool:
    """Make standard streams of the process fit for answers, and return whether there is a standard output at all.

    One that is closed leads nowhere from now on, so that no file that is opened later is taken for it.
    """
    answers = sys.stdout is not None
    with suppress(OSError):
        while (opened := os.open(os.devnull, os.O_RDWR)) <= _STANDARD_ERROR:
            os.set_inheritable(opened, True)  # noqa: FBT003 - positional only
        os.close(opened)
    sys.stdout = _fit(sys.stdout, _Answers, _STANDARD_OUTPUT)
    sys.stderr = _fit(sys.stderr, _Remarks, _STANDARD_ERROR)
    return answers


def _fit(stream: Any, kind: type[io.TextIOWrapper], descriptor: int) -> TextIO:  # noqa: ANN401 - Python has none where it is closed
    if stream is None:
        return kind(os.fdopen(descriptor, "wb"), encoding="utf-8", errors="backslashreplace")
    settings = {name: getattr(stream, name) for name in ("encoding", "line_buffering")}
    return kind(stream.detach(), errors="backslashreplace", **settings)


def discard_answer() -> None:
    """Let standard output lead nowhere, so that what is left of an answer that can't be delivered disturbs nobody."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STANDARD_OUTPUT)
    os.close(nowhere)


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


def output_is_closed() -> bool:
    """Return whether whoever read standard output has closed it, as `head` does once it has its lines."""
    poll = select.poll()
    try:
        poll.register(_STANDARD_OUTPUT, 0)
        return any(events & select.POLLERR for _, events in poll.poll(0))
    except OSError:
        return False


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
    octets = os.fdopen(os.dup(_STANDARD_OUTPUT), "wb")
    with _Answers(octets, encoding=usual.encoding, errors=usual.errors) as kept:
        os.dup2(_STANDARD_ERROR, _STANDARD_OUTPUT)
        try:
            yield kept
        finally:
            os.dup2(kept.fileno(), _STANDARD_OUTPUT)
            kept.flush()
