"""The command group `mikrocert seal`."""

from __future__ import annotations

import json
import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from mikrocert.api import (
    ENGLISH,
    Finding,
    SettingsError,
    WrongUse,
    apart,
    message,
    printable,
    read_named_file,
    voice,
)

from mikrocert_seal_ades.inspection import Fault, InspectedFile, inspect, to_json
from mikrocert_seal_ades.jades import Document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mikrocert.api import CommandContext, Message, Say

    from mikrocert_seal_ades.inspection import InspectedSeal, InspectedStamp

__all__ = ["group", "wrapped"]

_LARGEST: Final = 16 * 1024 * 1024
_MOST_DOCUMENTS: Final = 20
_INTACT, _NOT_INTACT, _NONE = 0, 1, 3

_MARKS: Final = {True: ("✓", "green"), False: ("✗", "red"), None: ("!", "yellow")}
_WORDS: Final = {
    True: message("intact"),
    False: message("not intact"),
    None: message("can't be told"),
}
_KINDS: Final = {
    "adoTst": message("of the content"),
    "sigTst": message("of the signature"),
    "sigRTst": message("of the signature and its references"),
    "rfsTst": message("of the references"),
    "arcTst": message("of everything before it (archive)"),
    "DTS": message("of the document"),
}
_WIDTH: Final = 18


def group() -> typer.Typer:
    """Return the commands: `inspect`."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        help="Seals by themselves.",
    )
    app.callback()(_described)
    app.command("inspect")(_inspect)
    return app


def _described() -> None:
    """Seals by themselves."""


def _inspect(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="Sealed file: JAdES in any serialization, or PDF.", metavar="FILE")
    ],
    detached: Annotated[
        list[Path] | None,
        typer.Option("--detached", help="Document that the seal refers to; may be repeated.", metavar="DOC"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,  # noqa: FBT002  Typer's way
    lang: Annotated[
        str,
        typer.Option(
            "--lang", help="Language of the answer: cs, en, or another one installed.", metavar="CODE"
        ),
    ] = ENGLISH,
) -> None:
    """Tell whether the seals of a file are intact, of which level, and what is wrong with them.

    Nobody is asked whom to trust, and nothing is fetched. Exit code 0: every seal is intact; 1: one is not, or nobody can tell;
    3: there is none that can be read.
    """
    host: CommandContext = ctx.obj
    say = voice(host.texts, lang)
    documents = [
        Document(str(path), _read(path, member="--detached")) for path in (detached or ())[:_MOST_DOCUMENTS]
    ]
    found = _found(file, documents)
    if as_json:
        typer.echo(json.dumps(to_json(found, say), indent=2))
    else:
        for line in _lines(found, say):
            typer.echo(line)
    raise typer.Exit(_exit_code(found))


def _read(path: Path, *, member: str) -> bytes:
    try:
        return read_named_file(path, member=member, most=_LARGEST)
    except SettingsError as error:
        raise WrongUse(error.message) from error


def _found(path: Path, documents: list[Document]) -> InspectedFile:
    try:
        data = read_named_file(path, member="FILE", most=_LARGEST)
    except SettingsError as error:
        return InspectedFile((), (Fault("unreadable", error.message, ""),))
    answer = apart(inspect, data, documents)
    if isinstance(answer, Finding):
        return InspectedFile((), (Fault(answer.code, answer.message, answer.path),))
    if not isinstance(answer, InspectedFile):
        raise TypeError(type(answer).__name__)
    return answer


def _exit_code(found: InspectedFile) -> int:
    if not found.seals:
        return _NONE
    return _INTACT if not found.errors and all(seal.intact for seal in found.seals) else _NOT_INTACT


def _lines(found: InspectedFile, say: Say) -> Iterable[str]:
    count = len(found.seals)
    for number, seal in enumerate(found.seals, start=1):
        if count > 1:
            title = message("Seal {number} of {count}", number=number, count=count)
            yield typer.style(say(title), bold=True)
        yield from _seal(seal, say)
        if number < count:
            yield ""
    if not found.seals:
        yield typer.style(say(message("There is no seal here that can be read.")), bold=True)
    yield from _faults(found.errors, say, mark="✗", colour="red")
    if found.seals:
        note = message(
            "Whom to trust was not asked, neither for the seal nor for its time stamps; {command} does that.",
            command="mikrocert verify",
        )
        yield from wrapped(say(note), dim=True)


def _seal(seal: InspectedSeal, say: Say) -> Iterable[str]:
    mark, colour = _MARKS[seal.intact]
    yield _row(mark, say(message("Seal")), say(_WORDS[seal.intact]), colour=colour)
    level = say(message("none")) if seal.level == "none" else seal.level
    rows: list[tuple[Message, str]] = [
        (message("Level"), level),
        (message("Algorithm"), seal.algorithm or "–"),
        (message("Signer"), printable(seal.signer or "–")),
        (message("Claimed time"), "–" if seal.signing_time is None else say(seal.signing_time)),
    ]
    for name, value in rows:
        yield _row(" ", say(name), value)
    for stamp in seal.stamps:
        yield from _stamp(stamp, say)
    yield from _faults(seal.errors, say, mark="✗", colour="red")
    yield from _faults(seal.warnings, say, mark="!", colour="yellow")


def _stamp(stamp: InspectedStamp, say: Say) -> Iterable[str]:
    mark, colour = _MARKS[stamp.intact]
    time = "–" if stamp.time is None else say(stamp.time)
    yield _row(mark, say(message("Time stamp")), time, colour=colour)
    what = f"{say(_KINDS[stamp.kind])} ({stamp.kind}), {printable(stamp.unit or '–')}"
    yield _row(" ", "", what, dim=True)


def _row(mark: str, name: str, value: str, *, colour: str | None = None, dim: bool = False) -> str:
    return f"{typer.style(mark, fg=colour)}  {name:{_WIDTH}}{typer.style(value, dim=dim)}"


def _faults(faults: Iterable[Fault], say: Say, *, mark: str, colour: str) -> Iterable[str]:
    for one in faults:
        yield from wrapped(printable(say(one.message)), first=f"{mark}  ", rest="   ", colour=colour)
        place = ", ".join(part for part in (one.code, one.where, one.clause) if part)
        yield from wrapped(printable(place), first="   ", rest="   ", dim=True)


def wrapped(
    text: str, *, first: str = "", rest: str = "", colour: str | None = None, dim: bool = False
) -> Iterable[str]:
    """Yield the lines of a text, as wide as the terminal."""
    width = max(40, min(shutil.get_terminal_size().columns, 100))
    for line in textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest):
        yield typer.style(line, fg=colour, dim=dim)
