"""The group `mikrocert person`: what is held of a person, for that person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.command import Command
from mikrocert.cli.common import AsJson, Lang, context, find_archived, settings_to_json, voice, wrong_use
from mikrocert.cli.groups import GROUPS
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.service.system import System
    from mikrocert.texts import Say

__all__ = ["app"]


def app() -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=GROUPS["person"].summary
    )
    group.command("export", cls=Command)(export)
    group.callback()(_group)
    return group


def _group() -> None:
    """Stand for the group, which typer would leave out where it has one command."""


def export(
    ctx: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            help="Identifier, verification link, or with --institution a record number.",
            metavar="ID|LINK|NUMBER",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(help="Folder, or a ZIP where its name ends so; it is not there yet.", metavar="PATH"),
    ],
    institution: Annotated[
        str | None, typer.Option(help="Institution whose record number it is.", metavar="NAME")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Write all that is held of an award and its holder, in open formats, with a letter to the holder (GDPR, Article 15).

    Nothing of any other person is in it. It is not encrypted: hand it to the holder and nobody else, then delete it.
    """
    from mikrocert.cli.printing import print_settings  # noqa: PLC0415

    system = context(ctx).system
    say = voice(system.texts, lang)
    if out.exists() or out.is_symlink():
        taken = message("--out: {path} is there already and is kept; a new name would be right", path=out)
        raise wrong_use(taken, lang)
    data = system.personal_data(_identifier(system, what, institution, say))
    _write(data.files, out)
    if as_json:
        print_json(
            {
                "institution": data.institution,
                "evidence_number": data.evidence_number,
                "identifiers": list(data.identifiers),
                "files": sorted(data.files),
                "settings": settings_to_json(system),
            }
        )
        return
    done = message(
        "Written to {path}: {files} files about the award {number}. Nothing in them is encrypted; hand them to the holder, then delete them.",
        path=out,
        files=len(data.files),
        number=data.evidence_number,
    )
    echo(say(done))
    print_settings(system.settings, say)


def _identifier(system: System, what: str, institution: str | None, say: Say) -> str:
    """Return the identifier of the credential that is meant."""
    if institution is None:
        return find_archived(system, what, say).registration.identifier
    archived = system.find_award(institution, what)
    if archived is None:
        unknown = message(
            "the archive has nothing of {institution} under record number '{number}'",
            institution=institution,
            number=what,
        )
        echo(f"mikrocert: {say(unknown)}", err=True)
        raise typer.Exit(ExitCode.UNUSABLE)
    return archived.registration.identifier


def _write(files: Mapping[str, bytes], out: Path) -> None:
    """Write files into a folder that only its owner may enter, or into a ZIP that only its owner may read."""
    import io  # noqa: PLC0415
    import os  # noqa: PLC0415
    import zipfile  # noqa: PLC0415

    from mikrocert.cli.files import put  # noqa: PLC0415

    before = os.umask(0o077)
    try:
        if out.suffix.lower() == ".zip":
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, octets in files.items():
                    archive.writestr(name, octets)
            put(packed.getvalue(), folder=out.parent, name=out.name)
            return
        for name, octets in files.items():
            inside = Path(name)
            put(octets, folder=out / inside.parent, name=inside.name)
    finally:
        os.umask(before)
