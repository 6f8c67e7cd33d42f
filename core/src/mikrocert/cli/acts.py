"""The command `mikrocert acts`: who did what, when and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mikrocert.cli.common import AsJson, Lang, accounts_of, context, settings_to_json, voice
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.accounts import Accounts
    from mikrocert.archive import Act

__all__ = ["acts"]

_AT_ONCE = 500


def acts(
    ctx: typer.Context,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day that is wanted; all without it.", metavar="DATE"),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """List administrative acts: who did what, when and why. Nobody can take one back or change it unseen."""
    from mikrocert.cli.printing import print_settings  # noqa: PLC0415
    from mikrocert.texts.dates import ZONE  # noqa: PLC0415

    accounts, say = accounts_of(ctx), voice(context(ctx).texts, lang)
    first = None if since is None else since.replace(tzinfo=ZONE).astimezone(UTC)
    found = _all(accounts, first)
    if as_json:
        print_json(
            {"acts": [_to_json(act) for act in found], "settings": settings_to_json(context(ctx).system)}
        )
        return
    for act in found:
        line = message(
            "{number} {at} {actor}: {deed} {subject}",
            number=act.number,
            at=act.at,
            actor=act.actor,
            deed=act.deed,
            subject=act.subject,
        )
        echo(say(line) if act.why is None else f"{say(line)}: {act.why}")
    print_settings(context(ctx).settings, say)


def _all(accounts: Accounts, since: datetime | None) -> Iterator[Act]:
    after = 0
    while found := accounts.acts(since=since, after=after, limit=_AT_ONCE):
        yield from found
        after = found[-1].number


def _to_json(act: Act) -> dict[str, Any]:
    return {
        "number": act.number,
        "at": act.at.isoformat(),
        "actor": act.actor,
        "deed": act.deed,
        "subject": act.subject,
        "why": act.why,
        "details": dict(act.details),
    }
