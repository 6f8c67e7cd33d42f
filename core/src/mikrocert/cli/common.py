"""What commands share: options, the language of the answer, and the credential that is meant."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.output import echo
from mikrocert.texts import Message, Texts, message

if TYPE_CHECKING:
    from mikrocert.archive import Archived
    from mikrocert.service.context import CommandContext
    from mikrocert.service.system import System
    from mikrocert.texts import Say

__all__ = [
    "AsJson",
    "Lang",
    "context",
    "find_archived",
    "neither",
    "settings_to_json",
    "voice",
    "wrong_use",
]

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Lang = Annotated[
    str,
    typer.Option("--lang", help="Language of the answer: cs, en, or another one installed.", metavar="CODE"),
]


def context(ctx: typer.Context) -> CommandContext:
    """Return settings, plugins and system of this command line."""
    found: CommandContext = ctx.obj
    return found


def voice(texts: Texts, lang: str) -> Say:
    """Return what writes texts in the language asked for.

    Raises:
        typer.BadParameter: if it is not installed.
    """
    if lang not in texts.languages:
        wrong = message(
            "--lang: there is no '{language}'; there are: {languages:comma}",
            language=lang,
            languages=texts.languages,
        )
        raise typer.BadParameter(str(wrong))
    return partial(texts.say, language=lang)


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
