"""The command `mikrocert holder-link`: a new link for the holder of a credential."""

from __future__ import annotations

from typing import Annotated

import typer

from mikrocert.cli.common import Actor, AsJson, Lang, context, find_archived, voice
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, message

__all__ = ["holder_link"]


def holder_link(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="Identifier or verification link.", metavar="ID|LINK")],
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Make a new link for the holder of a credential, told once. Those before open nothing any more; whoever has it is the holder."""
    from mikrocert.cli.printing import print_settings  # noqa: PLC0415

    system = context(ctx).system
    say = voice(system.texts, lang)
    identifier = find_archived(system, what, say).registration.identifier
    link = system.new_holder_link(identifier, actor=actor)
    if as_json:
        print_json({"identifier": identifier, "holder_link": link})
        return
    echo(link)
    echo(say(message("It is told this once and belongs to the holder alone.")))
    print_settings(system.settings, say)
