"""The group `mikrocert type`: types of micro-credentials that awards take from what their own systems don't know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.command import Command
from mikrocert.cli.common import (
    Actor,
    AsJson,
    Lang,
    acting,
    context,
    print_unusable,
    settings_to_json,
    voice,
    warn,
)
from mikrocert.cli.groups import GROUPS
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.catalogue import Catalogue, KeptType
    from mikrocert.texts import Message, Say

__all__ = ["app"]

_AT_ONCE = 500

Institution = Annotated[str, typer.Option(help="Institution whose types they are.", metavar="NAME")]
TypeId = Annotated[str, typer.Argument(help="What the institution calls the type.", metavar="TYPE")]


def app() -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=GROUPS["type"].summary
    )
    for name, command in (("add", add), ("list", list_), ("show", show), ("end", end)):
        group.command(name, cls=Command)(command)
    return group


def add(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Types: JSON, JSON Lines, CSV or a workbook.", metavar="FILE")],
    institution: Institution,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of a CSV if not UTF-8, such as cp1250.", metavar="NAME")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge everything and keep nothing.")] = False,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Keep types, all of a file or none: new ones, and new versions of those that say something else now. Exit code 1: refused."""
    from mikrocert.catalogue import read_types  # noqa: PLC0415
    from mikrocert.errors import IntakeError, TypeRefused  # noqa: PLC0415

    catalogue, say = _catalogue_of(ctx, institution), voice(context(ctx).texts, lang)
    who = acting(actor)
    try:
        types = read_types(_octets(file, say), encoding=encoding)
        findings = catalogue.judge(types, at=who["at"])
        kept = catalogue.keep(institution, types, dry_run=dry_run, **who)
    except (IntakeError, TypeRefused) as error:
        print_unusable(error, texts=context(ctx).texts, say=None if as_json else say)
        refused = isinstance(error, TypeRefused)
        raise typer.Exit(ExitCode.SOME_REFUSED if refused else ExitCode.UNUSABLE) from error
    if as_json:
        print_json(
            {
                "types": [{**one.to_json(), "created": created} for one, created in kept],
                "settings": settings_to_json(context(ctx).system),
            }
        )
        return
    for finding in findings:
        warn(finding, say)
    for one, created in kept:
        echo(say(_added(one, created=created, dry_run=dry_run)))
    _print_settings(ctx, say)


def list_(
    ctx: typer.Context, institution: Institution, as_json: AsJson = False, lang: Lang = ENGLISH
) -> None:
    """List types: the newest version of each."""
    catalogue, say = _catalogue_of(ctx, institution), voice(context(ctx).texts, lang)
    types = list(_all(catalogue, institution))
    if as_json:
        print_json(
            {
                "types": [one.to_json() for one in types],
                "settings": settings_to_json(context(ctx).system),
            }
        )
        return
    for one in types:
        echo(say(_line(one)))
    if not types:
        echo(say(message("There are no types.")))
    _print_settings(ctx, say)


def show(
    ctx: typer.Context,
    type_id: TypeId,
    institution: Institution,
    version: Annotated[
        int | None, typer.Option(help="Version that is wanted; the newest without it.", metavar="NUMBER")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Show what a type says, and its versions. Exit code 1: there is no such type or version."""
    from mikrocert.errors import UnknownType  # noqa: PLC0415
    from mikrocert.parsing import strict_json  # noqa: PLC0415

    catalogue, say = _catalogue_of(ctx, institution), voice(context(ctx).texts, lang)
    try:
        kept = catalogue.type(institution, type_id, version=version)
        versions = catalogue.versions(institution, type_id, limit=_AT_ONCE)
    except UnknownType as error:
        echo(f"mikrocert: {say(error.message)}", err=True)
        raise typer.Exit(ExitCode.SOME_REFUSED) from error
    if as_json:
        shown = [{"version": one.version, "at": one.at.isoformat()} for one in versions]
        print_json({**kept.to_json(), "versions": shown, "settings": settings_to_json(context(ctx).system)})
        return
    echo(say(_line(kept)))
    echo(strict_json.dumps(kept.to_json()["type"], indent=2))
    for one in versions:
        echo(say(message("version {version}: since {at}", version=one.version, at=one.at)))
    _print_settings(ctx, say)


def end(
    ctx: typer.Context,
    type_id: TypeId,
    institution: Institution,
    why: Annotated[str | None, typer.Option(help="Why; it stays among the acts.", metavar="TEXT")] = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """End a type for good: no award takes it from then on. What was issued stays as it is. Exit code 1: it can't be ended."""
    from mikrocert.errors import TypeConflict, UnknownType  # noqa: PLC0415

    catalogue, say = _catalogue_of(ctx, institution), voice(context(ctx).texts, lang)
    try:
        ended = catalogue.end(institution, type_id, **acting(actor, why=why))
    except (TypeConflict, UnknownType) as error:
        echo(f"mikrocert: {say(error.message)}", err=True)
        raise typer.Exit(ExitCode.SOME_REFUSED) from error
    if as_json:
        print_json({**ended.to_json(), "settings": settings_to_json(context(ctx).system)})
        return
    echo(say(message("Type {id} is ended.", id=ended.id)))
    _print_settings(ctx, say)


def _catalogue_of(ctx: typer.Context, institution: str) -> Catalogue:
    """Return the catalogue of the archive that the settings name.

    Raises:
        SettingsError: if they name none.
        UnknownOffer: if there is no such institution.
    """
    from mikrocert.errors import SettingsError  # noqa: PLC0415

    system = context(ctx).system
    with system.plugins.institutions.choose(institution, system.settings):
        catalogue = system.catalogue
    if catalogue is None:
        raise SettingsError(
            message("there is no mikrocert.toml here that says where the archive is; --config FILE names one")
        )
    return catalogue


def _octets(file: Path, say: Say) -> bytes:
    from mikrocert.parsing.files import read_bounded  # noqa: PLC0415
    from mikrocert.parsing.strict_json import LARGEST  # noqa: PLC0415

    data: Any = read_bounded(file, most=LARGEST)
    if not isinstance(data, bytes):
        raise typer.BadParameter(say(data))
    return data


def _all(catalogue: Catalogue, institution: str) -> Iterator[KeptType]:
    after = ""
    while some := catalogue.types(institution, after=after, limit=_AT_ONCE):
        yield from some
        after = some[-1].id


def _added(kept: KeptType, *, created: bool, dry_run: bool) -> Message:
    values: dict[str, Any] = {"id": kept.id, "version": kept.version}
    if not created:
        return message("{id}: version {version} says the same", **values)
    if dry_run:
        return message("{id}: would be kept as version {version}", **values)
    return message("{id}: kept as version {version}", **values)


def _line(kept: KeptType) -> Message:
    values: dict[str, Any] = {"id": kept.id, "version": kept.version, "title": kept.content.title or "–"}
    if kept.ended_at is None:
        return message("{id} {title}: version {version} since {at}", at=kept.at, **values)
    return message("{id} {title}: version {version}, ended {at}", at=kept.ended_at, **values)


def _print_settings(ctx: typer.Context, say: Say) -> None:
    from mikrocert.cli.printing import print_settings  # noqa: PLC0415

    print_settings(context(ctx).settings, say)
