"""The group `mikrocert hold`: what forbids to erase a credential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mikrocert.cli.command import Command
from mikrocert.cli.common import (
    Actor,
    AsJson,
    Lang,
    acting,
    context,
    find_archived,
    settings_to_json,
    voice,
    wrong_use,
)
from mikrocert.cli.groups import GROUPS
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from mikrocert.archive import Hold
    from mikrocert.texts import Message

__all__ = ["app"]

_Why = Annotated[
    str,
    typer.Option(
        help="By whose order and for what, or why it is over; it stays, so it names no learner.",
        metavar="TEXT",
    ),
]


def app() -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=GROUPS["hold"].summary
    )
    group.command("add", cls=Command)(add)
    group.command("list", cls=Command)(list_)
    group.command("end", cls=Command)(end)
    return group


def add(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="Identifier or verification link.", metavar="ID|LINK")],
    why: _Why,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Put a credential on hold: until the hold is ended, nobody can erase it. Several holds are ended one by one."""
    system = context(ctx).system
    say = voice(system.texts, lang)
    _demand_text(why, lang)
    identifier = find_archived(system, what, say).registration.identifier
    hold = system.the_archive().hold(identifier, **acting(actor, why=why))
    if as_json:
        print_json(_to_json(hold))
        return
    echo(
        say(
            message(
                "Hold {number}: {identifier} can't be erased now.", number=hold.number, identifier=identifier
            )
        )
    )


def _demand_text(why: str, lang: str) -> None:
    if not why.strip():
        raise wrong_use(message("--why needs a text; it stays and names no learner"), lang)


def list_(
    ctx: typer.Context,
    what: Annotated[
        str | None, typer.Argument(help="Identifier or verification link; all without it.", metavar="ID|LINK")
    ] = None,
    ended: Annotated[bool, typer.Option("--ended", help="Also those that have ended.")] = False,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """List what forbids to erase credentials, since when, by whom and why."""
    from mikrocert.cli.printing import print_settings  # noqa: PLC0415

    system = context(ctx).system
    say = voice(system.texts, lang)
    identifier = None if what is None else find_archived(system, what, say).registration.identifier
    holds = [hold for hold in system.the_archive().holds(identifier=identifier) if ended or hold.stands]
    if as_json:
        print_json({"holds": [_to_json(hold) for hold in holds], "settings": settings_to_json(system)})
        return
    for hold in holds:
        echo(say(_line(hold)))
    print_settings(system.settings, say)


def end(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(help="Number of the hold.", metavar="NUMBER")],
    why: _Why,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """End a hold. The credential can be erased once no other hold stands."""
    system = context(ctx).system
    say = voice(system.texts, lang)
    _demand_text(why, lang)
    hold = system.the_archive().end_hold(number, **acting(actor, why=why))
    if as_json:
        print_json(_to_json(hold))
        return
    echo(say(message("Hold {number} of {identifier} is over.", number=number, identifier=hold.identifier)))


def _line(hold: Hold) -> Message:
    parts: dict[str, Any] = {
        "number": hold.number,
        "identifier": hold.identifier,
        "since": hold.since,
        "actor": hold.actor,
        "why": hold.why,
    }
    if hold.ended_at is None:
        return message("{number} {identifier} since {since}, {actor}: {why}", **parts)
    return message(
        "{number} {identifier} from {since} to {until}, {actor}: {why}", **parts, until=hold.ended_at
    )


def _to_json(hold: Hold) -> dict[str, Any]:
    return {
        "number": hold.number,
        "identifier": hold.identifier,
        "since": hold.since.isoformat(),
        "actor": hold.actor,
        "why": hold.why,
        "ended_at": hold.ended_at.isoformat() if hold.ended_at else None,
        "ended_by": hold.ended_by,
    }
