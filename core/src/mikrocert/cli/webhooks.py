"""The group `mikrocert webhook`: what institutions are told by their own servers' addresses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mikrocert.cli.command import Command
from mikrocert.cli.common import AsJson, Lang, context, voice
from mikrocert.cli.groups import GROUPS
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from mikrocert.jobs.outbox import Webhook
    from mikrocert.texts import Message

__all__ = ["app"]

_Id = Annotated[str, typer.Argument(help="Identifier of the webhook.", metavar="WEBHOOK")]
_Institution = Annotated[str, typer.Option(help="Institution that is told.", metavar="NAME")]


def app() -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=GROUPS["webhook"].summary
    )
    for name, command in (("add", add), ("list", list_), ("remove", remove), ("replay", replay)):
        group.command(name, cls=Command)(command)
    return group


def add(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(help="Address that is told.", metavar="URL")],
    institution: _Institution,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="What it is told; may be repeated. Everything without it.", metavar="KIND"),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Add a webhook, and print its secret, which is shown only this once."""
    system = context(ctx).system
    say = voice(system.texts, lang)
    webhook, secret = system.webhooks.add(institution, url, kinds=kind or ())
    if as_json:
        print_json({"id": webhook.id, "secret": secret, "kinds": list(webhook.kinds)})
        return
    echo(say(_line(webhook)))
    echo(say(message("Secret, shown only this once: {secret}", secret=secret)))


def list_(
    ctx: typer.Context,
    institution: Annotated[str | None, typer.Option(help="Only of this institution.", metavar="NAME")] = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """List webhooks, and what is wrong with them."""
    system = context(ctx).system
    say = voice(system.texts, lang)
    found = system.webhooks.all_of(institution)
    if as_json:
        print_json(
            [
                {
                    "id": one.id,
                    "institution": one.institution,
                    "url": one.url,
                    "kinds": list(one.kinds),
                    "failures": one.failures,
                    "fault": one.fault,
                    "stopped_at": one.stopped_at.isoformat() if one.stopped_at else None,
                }
                for one in found
            ]
        )
        return
    for one in found:
        echo(say(_line(one)))
    if not found:
        echo(say(message("There are no webhooks.")))


def remove(ctx: typer.Context, webhook: _Id, institution: _Institution, lang: Lang = ENGLISH) -> None:
    """Remove a webhook and its secret."""
    system = context(ctx).system
    system.webhooks.remove(institution, webhook)
    echo(voice(system.texts, lang)(message("{id} is removed.", id=webhook)))


def replay(
    ctx: typer.Context,
    webhook: _Id,
    institution: _Institution,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Day (UTC) since which everything is told again; without it what wasn't told yet.",
            metavar="DATE",
        ),
    ] = None,
    lang: Lang = ENGLISH,
) -> None:
    """Tell a webhook again, or go on with one that was stopped because it failed for days."""
    system = context(ctx).system
    moment = None if since is None else since.replace(tzinfo=UTC)
    count = system.webhooks.replay(institution, webhook, since=moment)
    echo(voice(system.texts, lang)(message("{id} is told: {count}.", id=webhook, count=count)))


def _line(one: Webhook) -> Message:
    line = message(
        "{id} ({institution}): {url}; {kinds:comma}",
        id=one.id,
        institution=one.institution,
        url=one.url,
        kinds=one.kinds,
    )
    if one.stopped_at is not None:
        return message(
            "{line}; stopped on {at}: {fault}", line=line, at=one.stopped_at, fault=one.fault or "–"
        )
    if one.failures:
        return message(
            "{line}; failures: {count}: {fault}", line=line, count=one.failures, fault=one.fault or "–"
        )
    return line
