"""The core's commands. Each imports what it needs when it runs, so that `--help` stays quick."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.common import AsJson, Lang, context, find_archived, voice, wrong_use
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, Message, message

if TYPE_CHECKING:
    from collections.abc import Generator

    from rich.console import Console

    from mikrocert.errors import IntakeError
    from mikrocert.kinds.intake import IntakeRecord
    from mikrocert.report import Receipt, Report
    from mikrocert.service.issuing import Progress
    from mikrocert.service.system import System
    from mikrocert.texts import Say, Texts

__all__ = ["COMMANDS"]

_LARGEST_FILE = 16 * 1024 * 1024
_MORE_THAN_A_FEW = 3


def _read(path: Path) -> bytes | Message:
    """Return the octets of a file, or why they can't be had; devices and pipes, which may never end, are not read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return message("{path} is no ordinary file", path=path)
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        return message("{path} can't be read: {reason}", path=path, reason=reason)
    if len(data) > _LARGEST_FILE:
        most = _LARGEST_FILE // 1024 // 1024
        return message("{path} is larger than {most} MiB", path=path, most=most)
    return data


def issue(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Export of awards.", metavar="FILE")],
    institution: Annotated[str, typer.Option(help="Institution that awards.", metavar="NAME")],
    format: Annotated[  # noqa: A002 - the option's name
        list[str] | None, typer.Option(help="Format of the credentials; may be repeated.", metavar="NAME")
    ] = None,
    signer: Annotated[str | None, typer.Option(help="Signer to seal with.", metavar="NAME")] = None,
    intake: Annotated[
        str | None,
        typer.Option(help="Intake that reads the file; json is the canonical one.", metavar="NAME"),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of the file if not UTF-8, such as cp1250.", metavar="NAME")
    ] = None,
    replaces: Annotated[
        str | None, typer.Option(help="Credential that this single award corrects.", metavar="IDENTIFIER")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why it is corrected; verifiers read it.", metavar="TEXT")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder for certificates and sealed files.", metavar="FOLDER")
    ] = Path(),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything but sealing and recording.")
    ] = False,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Issue the awards of a file. Good ones go on, bad ones come back with every fault."""
    from mikrocert.cli.printing import new_console, print_result, print_summary  # noqa: PLC0415
    from mikrocert.errors import IntakeError  # noqa: PLC0415
    from mikrocert.service.json import result_to_json  # noqa: PLC0415

    if (replaces is None) != (reason is None) or (reason is not None and not reason.strip()):
        raise wrong_use(message("--replaces IDENTIFIER and --reason TEXT belong together"), lang)
    system = context(ctx).system
    say = voice(system.texts, lang)
    corrected = None if replaces is None else find_archived(system, replaces, say).registration.identifier
    console = new_console()
    refused = accepted = 0
    try:
        records = _records(system, file, institution=institution, intake=intake, encoding=encoding)
        with _progress(len(records), console, say, quiet=as_json) as on_progress:
            for result in system.issue(
                records,
                institution=institution,
                formats=tuple(format or ()),
                signer=signer,
                replaces=corrected,
                reason=reason,
                dry_run=dry_run,
                on_progress=on_progress,
            ):
                accepted, refused = accepted + (not result.refused), refused + result.refused
                files = _export(result.receipt, out) if result.receipt else []
                if as_json:
                    print_json(result_to_json(result, files=files, texts=system.texts), indent=None)
                else:
                    print_result(result, files, say, console=console)
    except IntakeError as error:
        _print_unusable(error, texts=system.texts, say=None if as_json else say)
        raise typer.Exit(ExitCode.UNUSABLE) from error
    finally:
        if not as_json and accepted + refused:
            print_summary(accepted, refused, say, dry_run=dry_run)
    raise typer.Exit(ExitCode.SOME_REFUSED if refused else ExitCode.ACCEPTED)


def _records(system: System, file: Path, **how: Any) -> list[IntakeRecord]:  # noqa: ANN401 - as System.read
    from mikrocert.errors import IntakeError  # noqa: PLC0415
    from mikrocert.report import Finding, Severity  # noqa: PLC0415

    data = _read(file)
    if not isinstance(data, bytes):
        raise IntakeError([Finding("unreadable", Severity.ERROR, data)])
    return system.read(data, **how)


@contextmanager
def _progress(total: int, console: Console, say: Say, *, quiet: bool) -> Generator[Progress]:
    """Give what shows the progress of a batch: a bar, which on a terminal stays below what the same console prints."""
    if not sys.stdout.isatty():
        console = type(console)(stderr=True)
    from mikrocert.service.issuing import untold  # noqa: PLC0415

    if quiet or total <= _MORE_THAN_A_FEW or not console.is_terminal:
        yield untold
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn  # noqa: PLC0415
    from rich.progress import Progress as ProgressBar  # noqa: PLC0415

    from mikrocert.cli.printing import PHASES  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with ProgressBar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda phase, done, all_: bar.update(
            task, description=say(PHASES[phase]), completed=done, total=all_
        )


def _export(receipt: Receipt, folder: Path) -> list[str]:
    """Write every file of a receipt, each whole or not at all; the archive keeps the originals."""
    from mikrocert.cli.files import put  # noqa: PLC0415
    from mikrocert.errors import ArchiveError  # noqa: PLC0415

    try:
        return [str(put(file.octets, folder=folder, name=receipt.name(file))) for file in receipt.files]
    except ArchiveError as error:
        raise ArchiveError(
            message(
                "{identifier} was issued and recorded, but {problem}",
                identifier=receipt.registration.identifier,
                problem=error.message,
            )
        ) from error


def _print_unusable(error: IntakeError, *, texts: Texts, say: Say | None) -> None:
    """Print why a file can't be read: in JSON, or on standard error in the language that is spoken."""
    from mikrocert.service.json import unusable_to_json  # noqa: PLC0415

    if say is None:
        print_json(unusable_to_json(error, texts=texts), indent=None)
        return
    for finding in error.findings:
        place = f"{finding.path}: " if finding.path else ""
        echo(f"mikrocert: {place}{say(finding.message)}", err=True)


def verify(
    ctx: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            help="Sealed file, certificate, identifier or verification link.", metavar="FILE|ID|LINK"
        ),
    ],
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Verify a file, an identifier or a link. The archive is asked, and nothing is ever fetched."""
    from mikrocert.cli.printing import print_report  # noqa: PLC0415
    from mikrocert.report.json import report_to_json  # noqa: PLC0415

    system = context(ctx).system
    say = voice(system.texts, lang)
    report = _report(system, what)
    if as_json:
        print_json(report_to_json(report, texts=system.texts))
    else:
        print_report(report, say)
    code = {"valid": ExitCode.VALID, "invalid": ExitCode.INVALID, "undetermined": ExitCode.UNDETERMINED}
    raise typer.Exit(code.get(report.verdict.value, ExitCode.UNUSABLE))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or with a NUL
        return False


def _report(system: System, what: str) -> Report:
    from datetime import UTC, datetime  # noqa: PLC0415

    from mikrocert.errors import UnknownIdentifier  # noqa: PLC0415
    from mikrocert.report import Finding, Report, Severity  # noqa: PLC0415

    def unusable(finding: Finding) -> Report:
        return Report(at=datetime.now(UTC), unusable=(finding,))

    identifier = system.identifier_of(what)
    if not _exists(Path(what)):
        if identifier is not None:
            try:
                return system.verify_identifier(identifier)
            except UnknownIdentifier:
                return unusable(
                    Finding.error(
                        "unknown-identifier",
                        "The archive does not know this identifier; letter case matters.",
                    )
                )
        if "://" in what:
            return unusable(
                Finding.error(
                    "foreign-link",
                    "This is no verification link of this system; its links begin with {base}/verify/.",
                    base=system.settings.base_url,
                )
            )
    data = _read(Path(what))
    if not isinstance(data, bytes):
        return unusable(Finding("unreadable", Severity.ERROR, data))
    return system.verify(data)


def show(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="Identifier or verification link.", metavar="ID|LINK")],
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Show a credential of the archive with its history."""
    from mikrocert.cli.printing import print_archived  # noqa: PLC0415
    from mikrocert.report.json import view_to_json  # noqa: PLC0415
    from mikrocert.service.json import archived_to_json  # noqa: PLC0415

    system = context(ctx).system
    say = voice(system.texts, lang)
    archived = find_archived(system, what, say)
    identifier = archived.registration.identifier
    history = system.archive.history(identifier) if system.archive else ()
    view = None if archived.erased_at else system.verify_identifier(identifier).view
    if as_json:
        shown = archived_to_json(archived, history=history, link=system.link(identifier))
        data = None if view is None else view_to_json(view, texts=system.texts)
        print_json({**shown, "data": data})
    else:
        print_archived(archived, history, view, system.link(identifier), say)


def revoke(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="Identifier or verification link.", metavar="ID|LINK")],
    reason: Annotated[str, typer.Option(help="Why; verifiers read it.", metavar="TEXT")],
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Revoke a credential. It stays in the archive, and its page says so."""
    from mikrocert.cli.printing import print_revoked  # noqa: PLC0415
    from mikrocert.service.json import status_to_json  # noqa: PLC0415

    if not reason.strip():
        raise wrong_use(message("--reason needs a text; verifiers read it"), lang)
    system = context(ctx).system
    say = voice(system.texts, lang)
    identifier = find_archived(system, what, say).registration.identifier
    archived = system.revoke(identifier, reason=reason)
    if as_json:
        print_json(status_to_json(archived))
    else:
        print_revoked(archived, say)


def plugins(ctx: typer.Context, as_json: AsJson = False, lang: Lang = ENGLISH) -> None:
    """List plugins, what they offer, and why some failed. Exit code 0: all are well; 78: one failed."""
    from mikrocert.cli.printing import print_plugins  # noqa: PLC0415

    found, texts = context(ctx).plugins, context(ctx).texts
    say = voice(texts, lang)
    if as_json:
        print_json(
            {
                "plugins": [
                    {
                        "name": plugin.name,
                        "distribution": plugin.distribution,
                        "version": plugin.version,
                        "offers": [
                            {"kind": kind, "name": name}
                            for kind, name in plugin.offers
                            if name in found.registry(kind)
                        ],
                    }
                    for plugin in found.loaded
                ],
                **{
                    member: [
                        {"name": out.name, "distribution": out.distribution, "reason": texts.all(out.reason)}
                        for out in left_out
                    ]
                    for member, left_out in (("failures", found.failures), ("skipped", found.skipped))
                },
            }
        )
    else:
        print_plugins(found, say)
    raise typer.Exit(ExitCode.SETTINGS if found.failures else ExitCode.VALID)


def schema() -> None:
    """Print the JSON Schema of the canonical intake."""
    from mikrocert.award.canonical import schema as derived  # noqa: PLC0415

    print_json(derived())


COMMANDS: dict[str, Callable[..., None]] = {
    "issue": issue,
    "verify": verify,
    "show": show,
    "revoke": revoke,
    "plugins": plugins,
    "schema": schema,
}
