"""The core's commands. Each imports what it needs when it runs, so that `--help` stays quick."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mikrocert.cli import ExitCode
from mikrocert.texts import Message, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from mikrocert.archive import Archived
    from mikrocert.errors import IntakeError
    from mikrocert.kinds.intake import IntakeRecord
    from mikrocert.report import Report
    from mikrocert.service.issuing import Issuer, IssueResult, Receipt
    from mikrocert.service.system import System
    from mikrocert.settings import Settings

__all__ = ["COMMANDS"]

_LARGEST_FILE = 16 * 1024 * 1024
_MORE_THAN_A_FEW = 3


class Language(StrEnum):
    """Languages that the program answers in."""

    CS = "cs"
    EN = "en"


_AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
_Lang = Annotated[Language, typer.Option("--lang", help="Language of the answer.")]


def _settings(ctx: typer.Context) -> Settings:
    from mikrocert.settings import load_settings  # noqa: PLC0415

    return load_settings(ctx.obj.settings_path)


def _print_json(value: object, *, indent: int | None = 2) -> None:
    from mikrocert.parsing.strict_json import dumps  # noqa: PLC0415

    sys.stdout.write(dumps(value, indent=indent) + "\n")


def _read(path: Path) -> bytes | Message:
    """Return the octets of a file, or why they can't be had; devices and pipes, which may never end, are not read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return Message(f"{path} není obyčejný soubor", f"{path} is no ordinary file")
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        return Message(f"{path} nelze přečíst: {reason}", f"{path} can't be read: {reason}")
    if len(data) > _LARGEST_FILE:
        most = _LARGEST_FILE // 1024 // 1024
        return Message(f"{path} je větší než {most}\u00a0MiB", f"{path} is larger than {most} MiB")
    return data


def issue(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Export of awards.", metavar="FILE")],
    institution: Annotated[str, typer.Option(help="Institution that awards, such as mu.", metavar="NAME")],
    format: Annotated[str | None, typer.Option(help="Format of the credentials.", metavar="NAME")] = None,  # noqa: A002 - the option's name
    seal: Annotated[str | None, typer.Option(help="Seal to use.", metavar="NAME")] = None,
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
    as_json: _AsJson = False,
    lang: _Lang = Language.EN,
) -> None:
    """Issue the awards of a file. Good ones go on, bad ones come back with every fault."""
    from mikrocert.cli.printing import new_console, print_response, print_summary  # noqa: PLC0415
    from mikrocert.errors import IntakeError  # noqa: PLC0415
    from mikrocert.service.system import open_system  # noqa: PLC0415

    if (replaces is None) != (reason is None) or (reason is not None and not reason.strip()):
        message = "--replaces IDENTIFIER and --reason TEXT belong together"
        raise typer.BadParameter(message)
    with open_system(_settings(ctx)) as system:
        corrected = None if replaces is None else _archived(system, replaces).identifier
        try:
            records = _records(
                system,
                file,
                institution=institution,
                intake_name=intake,
                encoding=encoding,
                single=bool(corrected),
            )
        except IntakeError as error:
            _print_unusable(error, as_json=as_json, lang=lang)
            raise typer.Exit(ExitCode.UNUSABLE) from error
        refused = accepted = 0
        console = new_console()
        with system.issuer(institution, format_name=format, seal_name=seal) as issuer:
            for response in _with_progress(
                _responses(issuer, records, corrected, reason), len(records), console, quiet=as_json
            ):
                files = _export(response.receipt, out) if response.receipt else []
                if as_json:
                    _print_json(_response_to_json(response, files), indent=None)
                else:
                    print_response(response, files, lang, console=console)
                accepted += response.receipt is not None
                refused += response.receipt is None
        if not as_json:
            print_summary(accepted, refused, lang)
    raise typer.Exit(ExitCode.SOME_REFUSED if refused else ExitCode.ACCEPTED)


def _records(system: System, file: Path, *, single: bool, **how: Any) -> list[IntakeRecord]:  # noqa: ANN401 - as System.read
    """Read the records of a file, of which there may be only one for a correction."""
    from mikrocert.errors import IntakeError  # noqa: PLC0415
    from mikrocert.report import Finding  # noqa: PLC0415

    data = _read(file)
    if not isinstance(data, bytes):
        raise IntakeError([Finding.error("unreadable", data.cs, data.en)])
    records = system.read(data, **how)
    if single and len(records) != 1:
        one = Finding.error(
            "one-award",
            f"oprava se vydává pro jediný mikrocertifikát; soubor jich má {len(records)}",
            f"a correction is issued for one award; the file has {len(records)}",
            path="--replaces",
        )
        raise IntakeError([one])
    return records


def _responses(
    issuer: Issuer, records: list[IntakeRecord], replaces: str | None, reason: str | None
) -> Iterator[IssueResult]:
    if replaces is None:
        yield from issuer.issue_all(records)
        return
    from mikrocert.errors import FindingsError  # noqa: PLC0415
    from mikrocert.service.issuing import IssueResult  # noqa: PLC0415

    record = records[0]
    if record.award is None:
        yield IssueResult(record, None, record.findings)
        return
    try:
        receipt, findings = issuer.issue(record.award, replaces=replaces, reason=reason)
    except FindingsError as error:
        yield IssueResult(record, None, (*record.findings, *record.named(error.findings)))
    else:
        yield IssueResult(record, receipt, (*record.findings, *record.named(findings)))


def _with_progress(
    responses: Iterator[IssueResult], total: int, console: Console, *, quiet: bool
) -> Iterator[IssueResult]:
    """Pass responses on under a progress bar; on a terminal it stays below what the same console prints."""
    if not sys.stdout.isatty():
        console = type(console)(stderr=True)
    if quiet or total <= _MORE_THAN_A_FEW or not console.is_terminal:
        yield from responses
        return
    from rich.progress import track  # noqa: PLC0415

    yield from track(responses, total=total, description="", console=console, transient=True)


def _export(receipt: Receipt, folder: Path) -> list[str]:
    """Write both files, each whole or not at all; the archive keeps the originals."""
    from mikrocert.errors import ArchiveError  # noqa: PLC0415

    names: list[str] = []
    for name, data in (
        (receipt.sealed_name, receipt.sealed),
        (receipt.certificate_name, receipt.certificate),
    ):
        path = folder / name
        unfinished = path.with_name(f".{name}.part")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(data)
            unfinished.replace(path)
        except OSError as error:
            message = (
                f"{receipt.identifier} was issued and recorded, but {path} can't be written: {error.strerror}"
            )
            raise ArchiveError(message) from error
        names.append(str(path))
    return names


def _response_to_json(response: IssueResult, files: list[str]) -> dict[str, Any]:
    from mikrocert.report.json import finding_to_json  # noqa: PLC0415

    record = response.record
    shown: dict[str, Any] = {
        "number": record.number,
        "line": record.line,
        "evidence_number": record.evidence_number,
    }
    findings = [finding_to_json(finding) for finding in response.findings]
    if response.receipt is None:
        return {"record": shown, "refused": findings}
    receipt = response.receipt
    return {
        "record": shown,
        "identifier": receipt.identifier,
        "link": receipt.link,
        "files": files,
        "fresh": receipt.created,
        "state": receipt.status.value.value,
        "findings": findings,
    }


def _print_unusable(error: IntakeError, *, as_json: bool, lang: str) -> None:
    from mikrocert.report.json import finding_to_json  # noqa: PLC0415

    if as_json:
        _print_json({"unusable": [finding_to_json(finding) for finding in error.findings]}, indent=None)
        return
    for finding in error.findings:
        place = f"{finding.path}: " if finding.path else ""
        typer.echo(f"mikrocert: {printable(place + finding.message.best(lang))}", err=True)


def verify(
    ctx: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            help="Sealed file, certificate, identifier or verification link.", metavar="FILE|ID|LINK"
        ),
    ],
    as_json: _AsJson = False,
    lang: _Lang = Language.EN,
) -> None:
    """Verify a file, an identifier or a link. The archive is asked, and nothing is ever fetched."""
    from mikrocert.cli.printing import print_report  # noqa: PLC0415
    from mikrocert.report.json import report_to_json  # noqa: PLC0415
    from mikrocert.service.system import open_system  # noqa: PLC0415

    with open_system(_settings(ctx)) as system:
        report = _report(system, what)
        if as_json:
            _print_json(report_to_json(report))
        else:
            print_report(report, lang)
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
    from mikrocert.report import Finding, Report  # noqa: PLC0415

    def unusable(code: str, cs: str, en: str) -> Report:
        return Report(at=datetime.now(UTC), unusable=(Finding.error(code, cs, en),))

    identifier = system.identifier_of(what)
    if not _exists(Path(what)):
        if identifier is not None:
            try:
                return system.verify_identifier(identifier)
            except UnknownIdentifier:
                return unusable(
                    "unknown-identifier",
                    "Tento identifikátor archiv nezná; záleží na velkých a malých písmenech.",
                    "The archive does not know this identifier; letter case matters.",
                )
        if "://" in what:
            return unusable(
                "foreign-link",
                f"Toto není ověřovací odkaz tohoto systému; jeho odkazy začínají {system.settings.base_url}/verify/.",
                f"This is no verification link of this system; its links begin with {system.settings.base_url}/verify/.",
            )
    data = _read(Path(what))
    if not isinstance(data, bytes):
        return unusable("unreadable", data.cs, data.en)
    return system.verify(data)


def show(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="Identifier or verification link.", metavar="ID|LINK")],
    as_json: _AsJson = False,
    lang: _Lang = Language.EN,
) -> None:
    """Show a credential of the archive with its history."""
    from mikrocert.cli.printing import print_archived  # noqa: PLC0415
    from mikrocert.report.json import view_to_json  # noqa: PLC0415
    from mikrocert.service.system import open_system  # noqa: PLC0415

    with open_system(_settings(ctx)) as system:
        archived = _archived(system, what)
        history = system.archive.history(archived.identifier) if system.archive else ()
        view = system.verify(archived.sealed).view
        if as_json:
            _print_json(
                {
                    "identifier": archived.identifier,
                    "link": system.link(archived.identifier),
                    "institution": archived.institution,
                    "evidence_number": archived.evidence_number,
                    "format": archived.format,
                    "issued_at": archived.issued_at.isoformat(timespec="seconds"),
                    "state": archived.status.value.value,
                    "replaces": archived.replaces,
                    "history": [
                        {
                            "kind": e.kind,
                            "at": e.at.isoformat(timespec="seconds"),
                            "reason": e.reason,
                            "successor": e.successor,
                        }
                        for e in history
                    ],
                    "data": None if view is None else view_to_json(view),
                }
            )
        else:
            print_archived(archived, history, view, system.link(archived.identifier), lang)


def _archived(system: System, what: str) -> Archived:
    from mikrocert.errors import UnknownIdentifier  # noqa: PLC0415

    identifier = system.identifier_of(what)
    if identifier is None:
        message = f"{what!r} is neither an identifier of 12 characters nor a link that begins with {system.settings.base_url}/verify/"
        raise typer.BadParameter(message)
    try:
        return system.archived(identifier)
    except UnknownIdentifier as error:
        typer.echo(f"mikrocert: {error}", err=True)
        raise typer.Exit(ExitCode.UNUSABLE) from error


def revoke(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="Identifier or verification link.", metavar="ID|LINK")],
    reason: Annotated[str, typer.Option(help="Why; verifiers read it.", metavar="TEXT")],
    as_json: _AsJson = False,
    lang: _Lang = Language.EN,
) -> None:
    """Revoke a credential. It stays in the archive, and its page says so."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from mikrocert.cli.printing import print_revoked  # noqa: PLC0415
    from mikrocert.service.system import open_system  # noqa: PLC0415

    if not reason.strip():
        message = "--reason needs a text; verifiers read it"
        raise typer.BadParameter(message)
    with open_system(_settings(ctx)) as system:
        archived = _archived(system, what)
        if system.archive is None:  # pragma: no cover - what was found came from an archive
            raise typer.Exit(ExitCode.SETTINGS)
        archived = system.archive.revoke(archived.identifier, reason=reason, at=datetime.now(UTC))
        status = archived.status
        if as_json:
            _print_json(
                {
                    "identifier": archived.identifier,
                    "state": status.value.value,
                    "since": status.since.isoformat(timespec="seconds"),
                    "reason": status.reason,
                }
            )
        else:
            print_revoked(archived, lang)


def plugins(ctx: typer.Context, as_json: _AsJson = False) -> None:
    """List plugins, what they offer, and why some failed."""
    from mikrocert.cli.printing import print_plugins  # noqa: PLC0415
    from mikrocert.host.loading import load_plugins  # noqa: PLC0415

    found = load_plugins(allow=_settings(ctx).plugins.allow)
    if as_json:
        _print_json(
            {
                "plugins": [
                    {
                        "name": plugin.name,
                        "distribution": plugin.distribution,
                        "version": plugin.version,
                        "offers": [{"kind": kind, "name": name} for kind, name in plugin.offers],
                    }
                    for plugin in found.loaded
                ],
                "failures": [
                    {"name": failure.name, "distribution": failure.distribution, "reason": failure.reason}
                    for failure in found.failures
                ],
            }
        )
    else:
        print_plugins(found)


def schema() -> None:
    """Print the JSON Schema of the canonical intake."""
    from mikrocert.award.canonical import schema as derived  # noqa: PLC0415

    _print_json(derived())


COMMANDS: dict[str, Callable[..., None]] = {
    "issue": issue,
    "verify": verify,
    "show": show,
    "revoke": revoke,
    "plugins": plugins,
    "schema": schema,
}
