"""What commands share: options, the language of the answer, and the credential that is meant.

A command line is answered in the language that it asks for, else in that of its terminal. An answer for programs doesn't depend on the
terminal: where one is asked for, only `--lang` counts.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.output import echo, print_json
from mikrocert.service.context import voice
from mikrocert.texts import ENGLISH, Message, Texts, at_hand, message, of_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from mikrocert.accounts import Accounts, Scope
    from mikrocert.archive import Archived
    from mikrocert.errors import FindingsError
    from mikrocert.report import Finding
    from mikrocert.service.context import CommandContext
    from mikrocert.service.system import System
    from mikrocert.texts import Say

__all__ = [
    "Actor",
    "AsJson",
    "Lang",
    "Network",
    "Note",
    "Scopes",
    "Until",
    "accounts_of",
    "acting",
    "context",
    "end_of_life",
    "find_archived",
    "neither",
    "print_list",
    "print_unusable",
    "refusing",
    "scopes_named",
    "settings_to_json",
    "voice",
    "voice_of",
    "warn",
    "wishes_of",
    "wrong_use",
]

T = TypeVar("T")

_A_YEAR = timedelta(days=365)
_NOT_AT_A_TERMINAL = ("key ", "client ", "person ")

_LANGUAGE: Final = "--lang"
_FOR_PROGRAMS: Final = frozenset({"--json", "--csv"})

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def _a_name(name: str | None) -> str | None:
    """Return the name under which somebody acts at a terminal; it can't be one of a program or of who signed in.

    Raises:
        WrongUse: if it looks like one.
    """
    if name is not None and name.lstrip().startswith(_NOT_AT_A_TERMINAL):
        from mikrocert.service.wrong_use import WrongUse  # noqa: PLC0415

        wrong = message(
            "--as: '{name}' looks like a key, a client or a person who signed in elsewhere", name=name
        )
        raise WrongUse(wrong)
    return name


Actor = Annotated[
    str | None,
    typer.Option(
        "--as",
        help="Who does it, for the acts; the user of the system without it.",
        metavar="NAME",
        callback=_a_name,
    ),
]
Scopes = Annotated[
    list[str], typer.Option(help="What it is for: issue, read or revoke; may be repeated.", metavar="SCOPE")
]
Until = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], help="Last day of its life; a year from now without it.", metavar="DATE"
    ),
]
Network = Annotated[
    list[str] | None,
    typer.Option(
        help="Network from which it may be used, such as 192.0.2.0/24; may be repeated.", metavar="CIDR"
    ),
]
Note = Annotated[str | None, typer.Option(help="What uses it, such as the name of a system.", metavar="TEXT")]
Lang = Annotated[
    str,
    typer.Option("--lang", help="Language of the answer: cs, en, or another one installed.", metavar="CODE"),
]


def context(ctx: typer.Context) -> CommandContext:
    """Return settings, plugins and system of this command line."""
    found: CommandContext = ctx.obj
    return found


def warn(finding: Finding, say: Say) -> None:
    """Print on standard error what somebody should know."""
    echo(f"mikrocert: {say(message('warning: {text}', text=finding.message))}", err=True)


def wrong_use(wrong: Message, lang: str) -> typer.BadParameter:
    """Return the error that the command line is wrong, told in the language asked for."""
    return typer.BadParameter(Texts().say(wrong, lang))


def settings_to_json(system: System) -> str | None:
    """Return the settings file that was read, or none."""
    file = system.settings.file
    return None if file is None else str(file)


def neither(system: System, what: str) -> Message:
    """Return the sentence that a text is neither an identifier nor a link of this system."""
    return message(
        "'{text}' is neither an identifier of 12 characters nor a link that begins with {base}/verify/",
        text=what,
        base=system.settings.base_url,
    )


def accounts_of(ctx: typer.Context) -> Accounts:
    """Return the accounts of the archive that the settings name.

    Raises:
        SettingsError: if they name none.
    """
    from mikrocert.errors import SettingsError  # noqa: PLC0415

    accounts = context(ctx).system.accounts
    if accounts is None:
        raise SettingsError(
            message("there is no mikrocert.toml here that says where the archive is; --config FILE names one")
        )
    return accounts


def acting(actor: str | None, *, at: datetime | None = None, **why: Any) -> dict[str, Any]:  # noqa: ANN401 - as methods of `Accounts` take it
    """Return who acts, when and, where it is asked for, why, as methods of `Accounts` take it.

    Args:
        actor: who acts; none means the user of the operating system.
        at: when (aware); none means now.
        why: the reason, where there may be one.
    """
    from mikrocert.accounts import system_user  # noqa: PLC0415

    return {"actor": actor or system_user(), "at": at or datetime.now(UTC), **why}


def scopes_named(names: Sequence[str], lang: str) -> tuple[Scope, ...]:
    """Return the scopes that a command line names.

    Raises:
        typer.BadParameter: if one is unknown.
    """
    from mikrocert.accounts import Scope  # noqa: PLC0415

    there = [scope.value for scope in Scope]
    for name in names:
        if name not in there:
            wrong = message(
                "--scope: there is no '{scope}'; there are: {known:comma}", scope=name, known=there
            )
            raise wrong_use(wrong, lang)
    return tuple(map(Scope, names))


def end_of_life(last_day: datetime | None, now: datetime) -> datetime:
    """Return when a key or a client expires: after its last day, or a year from now."""
    from mikrocert.texts.dates import ZONE  # noqa: PLC0415

    if last_day is None:
        return now + _A_YEAR
    return datetime.combine(last_day.date() + timedelta(days=1), time(), ZONE).astimezone(UTC)


@contextmanager
def refusing(say: Say) -> Generator[None]:
    """Tell what an account or a key can't do, and end with the exit code for that."""
    from mikrocert.errors import AccountError  # noqa: PLC0415

    try:
        yield
    except AccountError as error:
        echo(f"mikrocert: {say(error.message)}", err=True)
        raise typer.Exit(ExitCode.SOME_REFUSED) from error


def print_list(
    ctx: typer.Context,
    name: str,
    items: Sequence[T],
    *,
    to_json: Callable[[T], dict[str, Any]],
    lines: Iterable[Message],
    none: Message,
    as_json: bool,
    lang: str,
) -> None:
    """Print a list, and the settings that it is of.

    Args:
        ctx: of the command.
        name: what it is called in JSON.
        items: what is listed.
        to_json: returns one of them as JSON says it.
        lines: a line for each.
        none: what is said where there are none.
        as_json: whether it is printed as JSON.
        lang: language of the answer.
    """
    from mikrocert.cli.printing import print_settings  # noqa: PLC0415

    if as_json:
        print_json({name: [to_json(one) for one in items], "settings": settings_to_json(context(ctx).system)})
        return
    say = voice(context(ctx).texts, lang)
    for line in lines if items else (none,):
        echo(say(line))
    print_settings(context(ctx).settings, say)


def print_unusable(error: FindingsError, *, texts: Texts, say: Say | None) -> None:
    """Print why a file can't be read.

    Args:
        error: the error with all faults.
        texts: catalogues.
        say: writes it on standard error in the language that is spoken; none prints JSON.
    """
    from mikrocert.service.json import unusable_to_json  # noqa: PLC0415

    if say is None:
        print_json(unusable_to_json(error, texts=texts), indent=None)
        return
    for finding in error.findings:
        place = f"{finding.path}: " if finding.path else ""
        echo(f"mikrocert: {place}{say(finding.message)}", err=True)


def find_archived(system: System, what: str, say: Say) -> Archived:
    """Return what the archive has under an identifier or verification link.

    Raises:
        typer.BadParameter: if it is neither.
        typer.Exit: if the archive doesn't know the identifier, which is printed.
    """
    from mikrocert.errors import UnknownIdentifier  # noqa: PLC0415

    identifier = system.identifier_of(what)
    if identifier is None:
        raise typer.BadParameter(say(neither(system, what)))
    try:
        return system.archived(identifier)
    except UnknownIdentifier as error:
        echo(f"mikrocert: {say(error.message)}", err=True)
        raise typer.Exit(ExitCode.UNUSABLE) from error


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
    asked = _language_asked(arguments)
    terminal = () if _FOR_PROGRAMS.intersection(arguments) else of_terminal(os.environ)
    return terminal if asked is None else (asked, *terminal)


def _language_asked(arguments: Sequence[str]) -> str | None:
    """Return the language that a command line that may be wrong asks for, the last one; or none."""
    for number, argument in reversed(list(enumerate(arguments))):
        if argument == _LANGUAGE:
            return next(iter(arguments[number + 1 :]), None)
        if argument.startswith(f"{_LANGUAGE}="):
            return argument.partition("=")[2]
    return None
