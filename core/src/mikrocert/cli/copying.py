"""The command `mikrocert copy`: what a sealed file says, in large print, in easy language, or however a renderer draws it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.common import Lang, context, voice, wrong_use
from mikrocert.cli.output import echo
from mikrocert.texts import ENGLISH, message, printable

__all__ = ["copy"]

_LARGEST_FILE = 16 * 1024 * 1024


def copy(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Sealed file or certificate.", metavar="FILE")],
    renderer: Annotated[
        str, typer.Option(help="Renderer of copies, such as large-print or easy-read.", metavar="NAME")
    ],
    out: Annotated[Path, typer.Option(help="File to be written; it is not there yet.", metavar="FILE")],
    lang: Lang = ENGLISH,
) -> None:
    """Copy what a sealed file says for those who read it otherwise. It is verified first, and nothing is ever fetched.

    The copy says what was found and has the sealed file inside; it is not sealed and proves nothing by itself. Exit codes are
    those of verify. A file whose content is not proven is not copied; one that was revoked is, and its copy says so.
    """
    from mikrocert.cli.files import put  # noqa: PLC0415
    from mikrocert.cli.printing import print_report, print_settings  # noqa: PLC0415
    from mikrocert.kinds.renderer import Attachment  # noqa: PLC0415
    from mikrocert.parsing.files import read_bounded  # noqa: PLC0415
    from mikrocert.service.holders.copying import copier, copy_of  # noqa: PLC0415

    system = context(ctx).system
    say = voice(system.texts, lang)
    if out.exists() or out.is_symlink():
        taken = message("--out: {path} is there already and is kept; a new name would be right", path=out)
        raise wrong_use(taken, lang)
    data = read_bounded(file, most=_LARGEST_FILE)
    if not isinstance(data, bytes):
        echo(f"mikrocert: {say(data)}", err=True)
        raise typer.Exit(ExitCode.UNUSABLE)
    with copier(renderer, plugins=system.plugins, settings=system.settings) as drawing:
        report = system.verify_apart(data)
        enclosed = Attachment(printable(file.name), data, "application/octet-stream")
        made = copy_of(report, renderer=drawing, attachment=enclosed, texts=system.texts)
    print_report(report, say)
    if made is None:
        echo(say(message("No copy was made: the content of the file is not proven.")))
    else:
        done = message(
            "The copy is {path}; it is not sealed and proves nothing by itself.",
            path=put(made, folder=out.parent, name=out.name),
        )
        echo(say(done))
    print_settings(system.settings, say)
    codes = {"valid": ExitCode.VALID, "invalid": ExitCode.INVALID, "undetermined": ExitCode.UNDETERMINED}
    raise typer.Exit(codes.get(report.verdict.value, ExitCode.UNUSABLE))
