"""The group `mikrocert proposals`: what waits for a second pair of eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.command import Command
from mikrocert.cli.common import Actor, AsJson, Lang, context, settings_to_json, voice
from mikrocert.cli.groups import GROUPS
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from mikrocert.accounts import Proposal
    from mikrocert.texts import Say

__all__ = ["app"]

_Id = Annotated[str, typer.Argument(help="Identifier of the proposal.", metavar="PROPOSAL")]


def app() -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=GROUPS["proposals"].summary
    )
    for name, command in (("list", list_), ("show", show), ("confirm", confirm), ("refuse", refuse)):
        group.command(name, cls=Command)(command)
    return group


def list_(
    ctx: typer.Context,
    institution: Annotated[
        str | None, typer.Option(help="Institution that they are for; all without it.", metavar="NAME")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Also those that wait no more.")] = False,
    before: Annotated[
        str | None, typer.Option(help="Identifier of the last one of the page before.", metavar="PROPOSAL")
    ] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=1000, metavar="NUMBER")] = 100,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """List proposals, the newest first."""
    from mikrocert.accounts import ProposalState  # noqa: PLC0415
    from mikrocert.cli.printing import print_settings  # noqa: PLC0415

    system = context(ctx).system
    say = voice(system.texts, lang)
    found = [
        one
        for one in system.proposals.recent(institution, before=before, limit=limit)
        if every or one.state is ProposalState.WAITING
    ]
    if as_json:
        print_json({"proposals": [_to_json(one) for one in found], "settings": settings_to_json(system)})
        return
    for one in found:
        _print_line(one, say)
    print_settings(system.settings, say)


def show(ctx: typer.Context, proposal: _Id, as_json: AsJson = False, lang: Lang = ENGLISH) -> None:
    """Show a proposal with what belongs to it, such as the reason. Once it is decided, that is gone."""
    system = context(ctx).system
    found = system.proposals.find(None, proposal)
    if as_json:
        print_json(_to_json(found))
        return
    _print_line(found, voice(system.texts, lang))
    for name, value in found.content.items():
        if value is not None:
            echo(f"  {name}: {value}")


def confirm(
    ctx: typer.Context, proposal: _Id, actor: Actor = None, as_json: AsJson = False, lang: Lang = ENGLISH
) -> None:
    """Confirm what another user of the system, key or person proposed; it is done at once. Exit code 1: it can't be confirmed."""
    system = context(ctx).system
    say = voice(system.texts, lang)
    _decide(lambda: system.proposals.confirm(proposal, actor=actor), say, as_json=as_json)


def refuse(
    ctx: typer.Context,
    proposal: _Id,
    why: Annotated[
        str | None, typer.Option(help="Why, for the acts; it stays, so it names no learner.", metavar="TEXT")
    ] = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Refuse what was proposed; your own proposal is so taken back. Exit code 1: it can't be refused."""
    system = context(ctx).system
    say = voice(system.texts, lang)
    _decide(lambda: system.proposals.refuse(proposal, actor=actor, why=why), say, as_json=as_json)


def _decide(decide: Callable[[], Proposal], say: Say, *, as_json: bool) -> None:
    from mikrocert.errors import ProposalError  # noqa: PLC0415

    try:
        decided = decide()
    except ProposalError as error:
        echo(f"mikrocert: {say(error.message)}", err=True)
        raise typer.Exit(ExitCode.SOME_REFUSED) from error
    if as_json:
        print_json(_to_json(decided))
    else:
        _print_line(decided, say)


def _print_line(proposal: Proposal, say: Say) -> None:
    from mikrocert.accounts import DEED_WORDS  # noqa: PLC0415
    from mikrocert.accounts.proposals import PROPOSAL_WORDS  # noqa: PLC0415

    line = message(
        "{id} {state}, {institution}: {deed} {subject}; proposed by {actor} on {at}, until {until}",
        id=proposal.id,
        state=PROPOSAL_WORDS[proposal.state],
        institution=proposal.institution,
        deed=DEED_WORDS[proposal.deed],
        subject=proposal.subject,
        actor=proposal.actor,
        at=proposal.made_at,
        until=proposal.expires_at,
    )
    echo(say(line))


def _to_json(proposal: Proposal) -> dict[str, Any]:
    return {
        "proposal": proposal.id,
        "institution": proposal.institution,
        "deed": proposal.deed.value,
        "subject": proposal.subject,
        "state": proposal.state.value,
        "actor": proposal.actor,
        "made_at": proposal.made_at.isoformat(timespec="seconds"),
        "expires_at": proposal.expires_at.isoformat(timespec="seconds"),
        "decided_at": proposal.decided_at.isoformat(timespec="seconds") if proposal.decided_at else None,
        "decided_by": proposal.decided_by,
        "content": dict(proposal.content),
    }
