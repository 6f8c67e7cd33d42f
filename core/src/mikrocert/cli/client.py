"""The group `mikrocert client`: programs of institutions that prove who they are by keys or a certificate (OAuth 2.0)."""

from __future__ import annotations

from datetime import UTC, datetime
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
    wrong_use,
)
from mikrocert.cli.groups import GROUPS
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mikrocert.accounts import Client
    from mikrocert.texts import Message, Say

__all__ = ["app"]

_LARGEST = 64 * 1024

Identifier = Annotated[str, typer.Argument(help="The 12 characters of the client.", metavar="CLIENT")]
Why = Annotated[str | None, typer.Option(help="Why; it stays among the acts.", metavar="TEXT")]
Jwks = Annotated[
    Path | None,
    typer.Option(help="Its public keys (JWK Set), for assertions that it signs.", metavar="FILE"),
]
Certificate = Annotated[
    Path | None, typer.Option(help="Its certificate (PEM or DER), for TLS.", metavar="FILE")
]


def app() -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=GROUPS["client"].summary
    )
    group.command("list", cls=Command)(list_)
    for command in (add, replace, end):
        group.command(command.__name__, cls=Command)(command)
    return group


def list_(
    ctx: typer.Context,
    institution: Annotated[
        str | None, typer.Argument(help="Institution whose clients are wanted.", metavar="NAME")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """List clients, also those that are over."""
    clients = accounts_of(ctx).clients.clients(institution)
    print_list(
        ctx,
        "clients",
        clients,
        to_json=_to_json,
        lines=_lines(clients, at=datetime.now(UTC)),
        none=message("There is no client."),
        as_json=as_json,
        lang=lang,
    )


def add(
    ctx: typer.Context,
    institution: Annotated[str, typer.Argument(help="Institution whose program it is.", metavar="NAME")],
    scope: Scopes,
    jwks: Jwks = None,
    certificate: Certificate = None,
    until: Until = None,
    network: Network = None,
    note: Note = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Register a client by its public keys or its certificate, and give its client_id. Exit code 1: it is refused."""
    scopes, now = scopes_named(scope, lang), datetime.now(UTC)
    accounts, say = accounts_of(ctx), voice(context(ctx).texts, lang)
    proof = _proof(jwks, certificate, lang)
    with refusing(say):
        client = accounts.clients.add(
            institution,
            scopes=scopes,
            expires_at=end_of_life(until, now),
            networks=network or (),
            note=note,
            **proof,
            **acting(actor, at=now),
        )
    if as_json:
        print_json({**_to_json(client), "settings": settings_to_json(context(ctx).system)})
        return
    done = message(
        "The client {client} of {institution} is registered.",
        client=client.identifier,
        institution=institution,
    )
    echo(say(done))
    _print_settings(ctx, say)


def replace(
    ctx: typer.Context,
    client: Identifier,
    jwks: Jwks = None,
    certificate: Certificate = None,
    why: Why = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Replace the keys or the certificate of a client; the tokens that it has stay. Exit code 1: it is refused."""
    accounts, say = accounts_of(ctx), voice(context(ctx).texts, lang)
    proof = _proof(jwks, certificate, lang)
    with refusing(say):
        replaced = accounts.clients.replace(client, **proof, **acting(actor, why=why))
    if as_json:
        print_json({**_to_json(replaced), "settings": settings_to_json(context(ctx).system)})
        return
    done = message(
        "The client {client} of {institution} has other keys or another certificate from now on.",
        client=client,
        institution=replaced.institution,
    )
    echo(say(done))
    _print_settings(ctx, say)


def end(
    ctx: typer.Context,
    client: Identifier,
    why: Why = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """End a client and its tokens at once and for good. Exit code 1: it is refused."""
    accounts, say = accounts_of(ctx), voice(context(ctx).texts, lang)
    with refusing(say):
        ended = accounts.clients.end(client, **acting(actor, why=why))
    if as_json:
        print_json({**_to_json(ended), "settings": settings_to_json(context(ctx).system)})
        return
    done = message(
        "The client {client} of {institution} is ended.", client=client, institution=ended.institution
    )
    echo(say(done))
    _print_settings(ctx, say)


def _proof(jwks: Path | None, certificate: Path | None, lang: str) -> dict[str, Any]:
    """Return the octets of the keys or the certificate that a command names.

    Raises:
        typer.BadParameter: if it names both or neither.
        SettingsError: if a file can't be read.
    """
    from mikrocert.settings.files import read_named_file  # noqa: PLC0415

    if (jwks is None) == (certificate is None):
        raise wrong_use(message("either --jwks FILE or --certificate FILE would be right"), lang)
    return {
        name: None if file is None else read_named_file(file, member=f"--{name}", most=_LARGEST)
        for name, file in (("jwks", jwks), ("certificate", certificate))
    }


def _to_json(client: Client) -> dict[str, Any]:
    def moment(at: datetime | None) -> str | None:
        return None if at is None else at.isoformat()

    return {
        "client": client.identifier,
        "institution": client.institution,
        "scopes": sorted(scope.value for scope in client.scopes),
        "networks": [str(network) for network in client.networks],
        "note": client.note,
        "made_at": client.made_at.isoformat(),
        "expires_at": moment(client.expires_at),
        "ended_at": moment(client.ended_at),
        "method": "private_key_jwt" if client.certificate is None else "self_signed_tls_client_auth",
        "certificate": client.certificate,
    }


def _lines(clients: Iterable[Client], *, at: datetime) -> Iterator[Message]:
    for client in clients:
        values: dict[str, Any] = {
            "client": client.identifier,
            "institution": client.institution,
            "proof": message("by keys") if client.certificate is None else message("by certificate"),
            "scopes": sorted(scope.value for scope in client.scopes),
            "note": client.note or "–",
        }
        until = client.ended_at or client.expires_at
        if until is None:
            yield message("{client} {institution}, {proof}, {scopes:comma}: without end, {note}", **values)
        elif client.is_over(at):
            yield message(
                "{client} {institution}, {proof}, {scopes:comma}: over since {end}, {note}",
                end=until,
                **values,
            )
        else:
            yield message(
                "{client} {institution}, {proof}, {scopes:comma}: until {end}, {note}", end=until, **values
            )


def _print_settings(ctx: typer.Context, say: Say) -> None:
    from mikrocert.cli.printing import print_settings  # noqa: PLC0415

    print_settings(context(ctx).settings, say)
