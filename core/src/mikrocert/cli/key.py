"""The group `mikrocert key`: keys with which institutions call the interface for programs."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mikrocert.cli.command import Command
from mikrocert.cli.common import (
    Actor,
    AsJson,
    Lang,
    Network,
    Note,
    Scopes,
    Until,
    accounts_of,
    acting,
    context,
    end_of_life,
    print_list,
    refusing,
    scopes_named,
    settings_to_json,
    voice,
)
from mikrocert.cli.groups import GROUPS
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from mikrocert.accounts import ApiKey, NewApiKey
    from mikrocert.texts import Message, Say

__all__ = ["app", "key_lines", "key_to_json"]

Identifier = Annotated[
    str, typer.Argument(help="The 12 characters of the key; not its secret.", metavar="KEY")
]
Out = Annotated[
    Path | None,
    typer.Option(help="New file for the key, for its owner only; without it, it is printed.", metavar="FILE"),
]


def app() -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=GROUPS["key"].summary
    )
    group.command("list", cls=Command)(list_)
    for command in (make, replace, end):
        group.command(command.__name__, cls=Command)(command)
    return group


def list_(
    ctx: typer.Context,
    institution: Annotated[
        str | None, typer.Argument(help="Institution whose keys are wanted.", metavar="NAME")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """List keys, also those that are over. Their secrets are nowhere."""
    keys = accounts_of(ctx).keys(institution)
    print_list(
        ctx,
        "keys",
        keys,
        to_json=key_to_json,
        lines=key_lines(keys, at=datetime.now(UTC)),
        none=message("There is no key."),
        as_json=as_json,
        lang=lang,
    )


def make(
    ctx: typer.Context,
    institution: Annotated[str, typer.Argument(help="Institution whose key it is.", metavar="NAME")],
    scope: Scopes,
    until: Until = None,
    network: Network = None,
    note: Note = None,
    out: Out = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Make a key and give it once: nobody can say it again. Exit code 1: it is refused."""
    scopes, now = scopes_named(scope, lang), datetime.now(UTC)
    accounts = accounts_of(ctx)
    _give(
        ctx,
        lambda: accounts.make_key(
            institution,
            scopes=scopes,
            expires_at=end_of_life(until, now),
            networks=network or (),
            note=note,
            **acting(actor, at=now),
        ),
        out=out,
        as_json=as_json,
        lang=lang,
    )


def replace(
    ctx: typer.Context,
    key: Identifier,
    overlap: Annotated[
        int, typer.Option(help="How many days the old key stays valid.", metavar="DAYS", min=0, max=365)
    ] = 7,
    out: Out = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Make a key like another one, which stays valid for some days. Exit code 1: it is refused."""
    accounts = accounts_of(ctx)
    _give(
        ctx,
        lambda: accounts.replace_key(key, overlap=timedelta(days=overlap), **acting(actor)),
        out=out,
        as_json=as_json,
        lang=lang,
    )


def end(
    ctx: typer.Context,
    key: Identifier,
    why: Annotated[str | None, typer.Option(help="Why; it stays among the acts.", metavar="TEXT")] = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """End a key at once and for good. Exit code 1: it is refused."""
    accounts, say = accounts_of(ctx), voice(context(ctx).texts, lang)
    with refusing(say):
        ended = accounts.end_key(key, **acting(actor, why=why))
    if as_json:
        print_json({**key_to_json(ended), "settings": settings_to_json(context(ctx).system)})
        return
    echo(say(message("The key {key} of {institution} is ended.", key=key, institution=ended.institution)))
    _print_settings(ctx, say)


def key_to_json(key: ApiKey) -> dict[str, Any]:
    """Return a key as JSON says it, without its secret."""

    def moment(at: datetime | None) -> str | None:
        return None if at is None else at.isoformat()

    return {
        "key": key.identifier,
        "institution": key.institution,
        "scopes": sorted(scope.value for scope in key.scopes),
        "networks": [str(network) for network in key.networks],
        "note": key.note,
        "made_at": key.made_at.isoformat(),
        "expires_at": moment(key.expires_at),
        "ended_at": moment(key.ended_at),
        "replaced_by": key.replaced_by,
        "used_on": None if key.used_on is None else key.used_on.isoformat(),
    }


def key_lines(keys: Iterable[ApiKey], *, at: datetime) -> Iterator[Message]:
    """Give a line for each key.

    Args:
        keys: the keys.
        at: now (aware).
    """
    for key in keys:
        values: dict[str, Any] = {
            "key": key.identifier,
            "institution": key.institution,
            "scopes": sorted(scope.value for scope in key.scopes),
            "note": key.note or "–",
            "used": "–" if key.used_on is None else key.used_on,
        }
        end = key.ended_at or key.expires_at
        if end is None:
            yield message(
                "{key} {institution}, {scopes:comma}: without end, last used {used}, {note}", **values
            )
        elif key.is_over(at):
            yield message(
                "{key} {institution}, {scopes:comma}: over since {end}, last used {used}, {note}",
                end=end,
                **values,
            )
        else:
            yield message(
                "{key} {institution}, {scopes:comma}: until {end}, last used {used}, {note}",
                end=end,
                **values,
            )


def _give(
    ctx: typer.Context, made: Callable[[], NewApiKey], *, out: Path | None, as_json: bool, lang: str
) -> None:
    """Make a key and hand it over: into a file, or as the answer."""
    say = voice(context(ctx).texts, lang)
    with refusing(say), _file_for(out) as write:
        new = made()
        write(f"{new.secret}\n")
    shown = {"secret": new.secret} if out is None else {"file": str(out)}
    if as_json:
        print_json({**key_to_json(new.key), **shown, "settings": settings_to_json(context(ctx).system)})
        return
    if out is None:
        echo(new.secret)
        echo(say(message("This is the key; it is shown once. Its name is {key}.", key=new.key.identifier)))
    else:
        echo(
            say(
                message(
                    "The key {key} is in {path}; it is kept nowhere else.", key=new.key.identifier, path=out
                )
            )
        )
    _print_settings(ctx, say)


@contextmanager
def _file_for(path: Path | None) -> Generator[Callable[[str], object]]:
    """Give what writes into a new file that its owner alone can read; it is there before a key is made, and gone where none is.

    Raises:
        ArchiveError: if it can't be written.
    """
    from mikrocert.errors import ArchiveError  # noqa: PLC0415

    if path is None:
        yield lambda _: None
        return
    try:
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w")
    except OSError as error:
        raise ArchiveError(message("{path} can't be written: {reason}", path=path, reason=error)) from error
    try:
        with file:
            yield file.write
    except BaseException:
        path.unlink()
        raise


def _print_settings(ctx: typer.Context, say: Say) -> None:
    from mikrocert.cli.printing import print_settings  # noqa: PLC0415

    print_settings(context(ctx).settings, say)
