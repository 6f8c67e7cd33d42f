"""The core's commands. Each imports what it needs when it runs, so that `--help` stays quick."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import attrs
import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.common import (
    AsJson,
    Lang,
    context,
    find_archived,
    neither,
    settings_to_json,
    voice,
    wrong_use,
)
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, Message, message

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from rich.console import Console

    from mikrocert.errors import IntakeError
    from mikrocert.kinds.intake import IntakeRecord
    from mikrocert.report import Finding, Receipt, Report
    from mikrocert.service.anchors import Anchor
    from mikrocert.service.issuing import Progress
    from mikrocert.service.system import System
    from mikrocert.texts import Say, Texts

__all__ = ["COMMANDS"]

_LARGEST_FILE = 16 * 1024 * 1024
_MORE_THAN_A_FEW = 3


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
    from mikrocert.cli.printing import new_console, print_result, print_settings, print_summary  # noqa: PLC0415
    from mikrocert.errors import IntakeError  # noqa: PLC0415
    from mikrocert.service.json import result_to_json  # noqa: PLC0415

    if (replaces is None) != (reason is None) or (reason is not None and not reason.strip()):
        raise wrong_use(message("--replaces IDENTIFIER and --reason TEXT belong together"), lang)
    system = context(ctx).system
    say = voice(system.texts, lang)
    corrected = None if replaces is None else find_archived(system, replaces, say).registration.identifier
    if not dry_run:
        _check_out(out, lang)
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
                on_warning=lambda finding: _warn(finding, say),
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
            print_settings(system.settings, say)
    raise typer.Exit(ExitCode.SOME_REFUSED if refused else ExitCode.ACCEPTED)


def _check_out(folder: Path, lang: str) -> None:
    """Refuse a folder that can't be written, before anything is sealed; nothing stays in it."""
    from mikrocert.cli.files import check_folder  # noqa: PLC0415

    try:
        check_folder(folder)
    except (OSError, ValueError) as error:
        wrong = message(
            "--out: {path} can't be written: {reason}; nothing was issued",
            path=folder,
            reason=getattr(error, "strerror", None) or error,
        )
        raise wrong_use(wrong, lang) from error


def _warn(finding: Finding, say: Say) -> None:
    """Print on standard error what somebody should know before the first award is sealed."""
    warning = message("warning: {text}", text=finding.message)
    echo(f"mikrocert: {say(warning)}", err=True)


def _records(system: System, file: Path, **how: Any) -> list[IntakeRecord]:  # noqa: ANN401 - as System.read
    from mikrocert.errors import IntakeError  # noqa: PLC0415
    from mikrocert.parsing.files import read_bounded  # noqa: PLC0415
    from mikrocert.report import Finding, Severity  # noqa: PLC0415

    data = read_bounded(file, most=_LARGEST_FILE)
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
    as_file: Annotated[
        bool, typer.Option("--file", help="Take it as the name of a file, whatever it looks like.")
    ] = False,
    as_identifier: Annotated[
        bool, typer.Option("--id", help="Take it as an identifier or a link, whatever files there are.")
    ] = False,
    anchor: Annotated[
        list[Path] | None,
        typer.Option(
            help="PEM file with certificates to trust this time, besides those of the settings; may be repeated.",
            metavar="FILE",
        ),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Verify a file, an identifier or a link. The archive is asked, and nothing is ever fetched.

    Twelve characters of the alphabet of identifiers are one, and what has "://" in it is a link; the rest is the name of a
    file.
    """
    from mikrocert.cli.printing import print_report, print_settings, print_taken  # noqa: PLC0415
    from mikrocert.report.json import report_to_json  # noqa: PLC0415
    from mikrocert.service.anchors import read_anchors  # noqa: PLC0415

    if as_file and as_identifier:
        raise wrong_use(message("--file and --id exclude each other"), lang)
    system = context(ctx).system
    say = voice(system.texts, lang)
    subject = _subject(system, what, as_file=as_file)
    if as_identifier and subject.kind == "file":
        raise typer.BadParameter(say(neither(system, what)))
    anchors = [one for file in anchor or () for one in read_anchors(file, member="--anchor")]
    report = _report(system, what, subject, anchors=anchors)
    if as_json:
        print_json(
            {
                **report_to_json(report, texts=system.texts),
                "taken_as": subject.kind,
                "anchors": [
                    {"name": one.name, "file": str(one.file), "sha256": one.sha256} for one in anchors
                ],
                "settings": settings_to_json(system),
            }
        )
    else:
        print_report(report, say)
        print_taken(subject.sentence(what), anchors, say)
        print_settings(system.settings, say)
    code = {"valid": ExitCode.VALID, "invalid": ExitCode.INVALID, "undetermined": ExitCode.UNDETERMINED}
    raise typer.Exit(code.get(report.verdict.value, ExitCode.UNUSABLE))


@attrs.frozen
class _Subject:
    """As what the argument of `verify` is taken: decided by its form alone, whatever files there are.

    Args:
        kind: what it is.
        identifier: the 12 characters; none for a file, and for a link that is none of this system.
    """

    kind: Literal["file", "identifier", "link"]
    identifier: str | None = None

    def sentence(self, what: str) -> Message:
        """Return what it was taken as, and that a file of the same name was not read."""
        if self.kind == "file":
            return message("Taken as the name of a file.")
        taken = (
            message("Taken as an identifier.")
            if self.kind == "identifier"
            else message("Taken as a verification link.")
        )
        if not _exists(Path(what)):
            return taken
        return message("{taken} The file of this name was not read; --file reads it.", taken=taken)


def _subject(system: System, what: str, *, as_file: bool) -> _Subject:
    identifier = None if as_file else system.identifier_of(what)
    if "://" in what and not as_file:
        return _Subject("link", identifier)
    if identifier is not None:
        return _Subject("identifier", identifier)
    return _Subject("file")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or with a NUL
        return False


def _report(system: System, what: str, subject: _Subject, *, anchors: Sequence[Anchor]) -> Report:
    from datetime import UTC, datetime  # noqa: PLC0415

    from mikrocert.errors import UnknownIdentifier  # noqa: PLC0415
    from mikrocert.parsing.files import read_bounded  # noqa: PLC0415
    from mikrocert.report import Finding, Report, Severity  # noqa: PLC0415

    def unusable(finding: Finding) -> Report:
        return Report(at=datetime.now(UTC), unusable=(finding,))

    if subject.identifier is not None:
        try:
            return system.verify_identifier(subject.identifier, anchors=anchors)
        except UnknownIdentifier:
            return unusable(
                Finding.error(
                    "unknown-identifier", "The archive does not know this identifier; letter case matters."
                )
            )
    if subject.kind == "link":
        return unusable(
            Finding.error(
                "foreign-link",
                "This is no verification link of this system; its links begin with {base}/verify/.",
                base=system.settings.base_url,
            )
        )
    data = read_bounded(Path(what), most=_LARGEST_FILE)
    if not isinstance(data, bytes):
        return unusable(Finding("unreadable", Severity.ERROR, data))
    return system.verify(data, anchors=anchors)


def show(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="Identifier or verification link.", metavar="ID|LINK")],
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Show a credential of the archive with its history."""
    from mikrocert.cli.printing import print_archived, print_settings  # noqa: PLC0415
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
        print_json({**shown, "data": data, "settings": settings_to_json(system)})
    else:
        print_archived(archived, history, view, system.link(identifier), say)
        print_settings(system.settings, say)


def revoke(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="Identifier or verification link.", metavar="ID|LINK")],
    reason: Annotated[str, typer.Option(help="Why; verifiers read it.", metavar="TEXT")],
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Revoke a credential. It stays in the archive, and its page says so."""
    from mikrocert.cli.printing import print_revoked, print_settings  # noqa: PLC0415
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
        print_settings(system.settings, say)


def plugins(ctx: typer.Context, as_json: AsJson = False, lang: Lang = ENGLISH) -> None:
    """List plugins, what they offer, and why some failed. Exit code 0: all are well; 78: one failed."""
    from mikrocert.cli.printing import print_plugins, print_settings  # noqa: PLC0415

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
        print_settings(context(ctx).settings, say)
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
