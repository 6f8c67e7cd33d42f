"""The core's commands. Each imports what it needs when it runs, so that `--help` stays quick."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import attrs
import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.acts import acts
from mikrocert.cli.archive import export, import_
from mikrocert.cli.common import (
    Actor,
    AsJson,
    Lang,
    context,
    find_archived,
    neither,
    print_unusable,
    settings_to_json,
    voice,
    warn,
    wrong_use,
)
from mikrocert.cli.copying import copy
from mikrocert.cli.listing import find, list_, stats
from mikrocert.cli.output import echo, print_json
from mikrocert.cli.previewing import preview
from mikrocert.cli.renewing import renew
from mikrocert.cli.working import work
from mikrocert.texts import ENGLISH, Message, message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from mikrocert.kinds.intake import IntakeRecord
    from mikrocert.report import Finding, Receipt, Report
    from mikrocert.service.system import System
    from mikrocert.service.verifying.anchors import Anchor

__all__ = ["COMMANDS"]

_LARGEST_FILE = 16 * 1024 * 1024
_LARGEST_PROOF = 256 * 1024


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
        bool,
        typer.Option(
            "--dry-run",
            help="Seal and record nothing; draw only the first certificate and those that need it to be judged.",
        ),
    ] = False,
    draw: Annotated[bool, typer.Option("--draw", help="In a dry run draw every certificate.")] = False,
    faults: Annotated[
        Path | None,
        typer.Option(help="Write every fault into a table (CSV), a line for each.", metavar="FILE"),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Issue the awards of a file. Good ones go on, bad ones come back with every fault."""
    from mikrocert.cli.faults import Faults  # noqa: PLC0415
    from mikrocert.cli.printing import new_console, print_result, print_settings, print_summary  # noqa: PLC0415
    from mikrocert.cli.progress import shown  # noqa: PLC0415
    from mikrocert.errors import IntakeError  # noqa: PLC0415
    from mikrocert.service.json import result_to_json  # noqa: PLC0415

    if (replaces is None) != (reason is None) or (reason is not None and not reason.strip()):
        raise wrong_use(message("--replaces IDENTIFIER and --reason TEXT belong together"), lang)
    if draw and not dry_run:
        raise wrong_use(message("--draw belongs to --dry-run; without it everything is drawn"), lang)
    system = context(ctx).system
    say = voice(system.texts, lang)
    corrected = None if replaces is None else find_archived(system, replaces, say).registration.identifier
    if not dry_run:
        _check_out(out, lang)
    console, found = new_console(), Faults(system.texts, lang)
    if faults is not None:
        found.check(faults)
    refused = accepted = before = unread = undrawn = 0
    try:
        records = _records(system, file, institution=institution, intake=intake, encoding=encoding)
        with shown(len(records), _bar_console(console), say, quiet=as_json, dry_run=dry_run) as meter:
            for result in system.issue(
                records,
                institution=institution,
                formats=tuple(format or ()),
                signer=signer,
                replaces=corrected,
                reason=reason,
                dry_run=dry_run,
                draw=draw,
                on_progress=meter.step,
                on_warning=lambda finding: warn(finding, say),
            ):
                meter.result()
                again = result.receipt is not None and not result.receipt.created
                accepted, before = accepted + (not result.refused and not again), before + again
                refused += result.refused
                unread, undrawn = unread + result.record.unread, undrawn + (not result.drawn)
                files = _export(system, result.receipt, out) if result.receipt and not dry_run else []
                found.add(result)
                if as_json:
                    print_json(result_to_json(result, files=files, texts=system.texts), indent=None)
                else:
                    print_result(result, files, say, console=console)
    except IntakeError as error:
        print_unusable(error, texts=system.texts, say=None if as_json else say)
        raise typer.Exit(ExitCode.UNUSABLE) from error
    finally:
        if faults is not None:
            found.put(faults)
        if not as_json and accepted + before + refused:
            found.print(say)
            print_summary(accepted, before, refused, unread, say=say, undrawn=undrawn if dry_run else None)
            print_settings(system.settings, say)
    raise typer.Exit(ExitCode.SOME_REFUSED if refused else ExitCode.ACCEPTED)


def _bar_console(console: Console) -> Console:
    """Return the console that shows progress: on a terminal the one that also prints results, so that both keep apart."""
    return console if sys.stdout.isatty() else type(console)(stderr=True)


def _check_out(folder: Path, lang: str) -> None:
    """Refuse a folder that can't be written, before anything is sealed; nothing stays in it."""
    from mikrocert.cli.files import check_folder  # noqa: PLC0415
    from mikrocert.errors import ArchiveError  # noqa: PLC0415

    try:
        check_folder(folder)
    except ArchiveError as error:
        wrong = message("--out: {problem}; nothing was issued", problem=error.message)
        raise wrong_use(wrong, lang) from error


def _records(system: System, file: Path, **how: Any) -> list[IntakeRecord]:  # noqa: ANN401 - as System.read
    from mikrocert.errors import IntakeError  # noqa: PLC0415
    from mikrocert.parsing.files import read_bounded  # noqa: PLC0415
    from mikrocert.report import Finding, Severity  # noqa: PLC0415

    data = read_bounded(file, most=_LARGEST_FILE)
    if not isinstance(data, bytes):
        raise IntakeError([Finding("unreadable", Severity.ERROR, data)])
    return system.read(data, **how)


def _export(system: System, receipt: Receipt, folder: Path) -> list[str]:
    """Write every file of a receipt, each whole or not at all, and its proofs; the archive keeps the originals."""
    from mikrocert.cli.files import put  # noqa: PLC0415
    from mikrocert.cli.log import put_proofs_of  # noqa: PLC0415
    from mikrocert.errors import ArchiveError  # noqa: PLC0415

    try:
        files = [str(put(file.octets, folder=folder, name=receipt.name(file))) for file in receipt.files]
        return [*files, *put_proofs_of(system, receipt, folder)]
    except ArchiveError as error:
        raise ArchiveError(
            message(
                "{identifier} was issued and recorded, but {problem}",
                identifier=receipt.registration.identifier,
                problem=error.message,
            )
        ) from error


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
    proof: Annotated[
        Path | None, typer.Option(help="Proof that the file is in a log.", metavar="FILE")
    ] = None,
    offline: Annotated[
        bool,
        typer.Option(
            "--offline",
            help="It is a bundle, as `mikrocert bundle` makes it: neither archive nor network is asked.",
        ),
    ] = False,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Verify a file, an identifier or a link. The archive is asked, and nothing is ever fetched.

    Twelve characters of the alphabet of identifiers are one, and what has "://" in it is a link; the rest is the name of a
    file.
    """
    from mikrocert.cli.printing import print_report, print_settings, print_taken  # noqa: PLC0415
    from mikrocert.report.json import report_to_json  # noqa: PLC0415
    from mikrocert.service.verifying.anchors import read_anchors  # noqa: PLC0415
    from mikrocert.settings.files import read_named_file  # noqa: PLC0415

    if as_file and as_identifier:
        raise wrong_use(message("--file and --id exclude each other"), lang)
    system = context(ctx).system
    say = voice(system.texts, lang)
    if offline and (as_identifier or proof is not None):
        raise wrong_use(message("--offline excludes --id and --proof: a bundle has its own proof"), lang)
    if offline:
        from mikrocert.cli.bundling import verify_bundle  # noqa: PLC0415

        verify_bundle(system, Path(what), anchors=anchor or (), as_json=as_json, say=say)
        return
    subject = _subject(system, what, as_file=as_file)
    if as_identifier and subject.kind == "file":
        raise typer.BadParameter(say(neither(system, what)))
    anchors = [one for file in anchor or () for one in read_anchors(file, member="--anchor")]
    proven = None if proof is None else read_named_file(proof, member="--proof", most=_LARGEST_PROOF)
    report = _report(system, what, subject, anchors=anchors, proof=proven)
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


def bundle(
    ctx: typer.Context,
    what: Annotated[
        str, typer.Argument(help="Identifier, or sealed file or certificate.", metavar="ID|FILE")
    ],
    out: Annotated[Path, typer.Option(help="File to be written, .zip; it is not there yet.", metavar="FILE")],
    lang: Lang = ENGLISH,
) -> None:
    """Bundle a file with all that judging it offline takes: proof, status of this moment, anchors, trusted lists.

    The key of the log signs the status. `mikrocert verify --offline` judges the bundle anywhere, and says as of when its status is.
    """
    from mikrocert.cli.bundling import make  # noqa: PLC0415

    make(context(ctx).system, what, out=out, lang=lang)


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


def _report(
    system: System, what: str, subject: _Subject, *, anchors: Sequence[Anchor], proof: bytes | None
) -> Report:
    from datetime import UTC, datetime  # noqa: PLC0415

    from mikrocert.errors import UnknownIdentifier  # noqa: PLC0415
    from mikrocert.parsing.files import read_bounded  # noqa: PLC0415
    from mikrocert.report import Finding, Report, Severity  # noqa: PLC0415

    def unusable(finding: Finding) -> Report:
        return Report(at=datetime.now(UTC), unusable=(finding,))

    if subject.identifier is not None:
        try:
            return system.verify_identifier(subject.identifier, anchors=anchors, proof=proof)
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
    return system.verify_apart(data, anchors=anchors, proof=proof)


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
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Revoke a credential. It stays in the archive, and its page says so; once revoked, its reason stays."""
    from mikrocert.cli.printing import print_revoked, print_settings  # noqa: PLC0415
    from mikrocert.report import StatusValue  # noqa: PLC0415
    from mikrocert.service.json import status_to_json  # noqa: PLC0415

    if not reason.strip():
        raise wrong_use(message("--reason needs a text; verifiers read it"), lang)
    system = context(ctx).system
    say = voice(system.texts, lang)
    before = find_archived(system, what, say)
    again = before.status.value is StatusValue.REVOKED
    archived = (
        before
        if again
        else system.revoke(
            before.registration.identifier,
            reason=reason,
            actor=actor,
            on_warning=lambda found: warn(found, say),
        )
    )
    if as_json:
        print_json({**status_to_json(archived), "changed": not again})
    else:
        print_revoked(archived, say, again=again)
        print_settings(system.settings, say)


def holder_link(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="Identifier or verification link.", metavar="ID|LINK")],
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Make a new link for the holder of a credential, told once. Those before open nothing any more; whoever has it is the holder."""
    from mikrocert.cli.printing import print_settings  # noqa: PLC0415

    system = context(ctx).system
    say = voice(system.texts, lang)
    identifier = find_archived(system, what, say).registration.identifier
    link = system.new_holder_link(identifier, actor=actor)
    if as_json:
        print_json({"identifier": identifier, "holder_link": link})
        return
    echo(link)
    echo(say(message("It is told this once and belongs to the holder alone.")))
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


def doctor(
    ctx: typer.Context,
    network: Annotated[
        bool, typer.Option("--network", help="Ask the services that the settings name.")
    ] = False,
    signer: Annotated[
        bool, typer.Option("--signer", help="Open the signer, with its password or PIN; nothing is signed.")
    ] = False,
    archive: Annotated[
        bool,
        typer.Option(
            "--archive",
            help="Read every file of the archive for how long its seal lasts, however many there are.",
        ),
    ] = False,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Show what an operator has to do: settings, archive, certificates, seals. Exit code 0: all is well; 1: something is to be done."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from mikrocert.cli.printing import print_examined, print_settings  # noqa: PLC0415
    from mikrocert.report import Severity  # noqa: PLC0415
    from mikrocert.report.json import finding_to_json  # noqa: PLC0415
    from mikrocert.service.doctor.examining import examine  # noqa: PLC0415

    system, texts = context(ctx).system, context(ctx).texts
    say = voice(texts, lang)
    found = tuple(examine(system, at=datetime.now(UTC), network=network, signer=signer, archive=archive))
    to_do = any(finding.severity is not Severity.INFO for finding in found)
    if as_json:
        print_json(
            {
                "settings": settings_to_json(system),
                "well": not to_do,
                "findings": [finding_to_json(finding, texts=texts) for finding in found],
            }
        )
    else:
        print_examined(found, say)
        print_settings(context(ctx).settings, say)
    raise typer.Exit(ExitCode.INVALID if to_do else ExitCode.VALID)


def schema() -> None:
    """Print the JSON Schema of the canonical intake."""
    from mikrocert.award.canonical import awards_schema  # noqa: PLC0415

    print_json(awards_schema())


COMMANDS: dict[str, Callable[..., None]] = {
    "issue": issue,
    "verify": verify,
    "bundle": bundle,
    "copy": copy,
    "show": show,
    "list": list_,
    "find": find,
    "stats": stats,
    "revoke": revoke,
    "holder-link": holder_link,
    "renew": renew,
    "work": work,
    "export": export,
    "import": import_,
    "preview": preview,
    "acts": acts,
    "doctor": doctor,
    "plugins": plugins,
    "schema": schema,
}
