"""The group `mikrocert log`: the log of what was issued, revoked, replaced and renewed, which nobody can rewrite unseen."""

from __future__ import annotations

import os
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.command import Command
from mikrocert.cli.common import AsJson, Lang, context, find_archived, settings_to_json, voice
from mikrocert.cli.groups import GROUPS
from mikrocert.cli.output import echo, print_json
from mikrocert.cli.renewing import A_YEAR, Before, DryRun, line_of, renewals_to_json
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from mikrocert.errors import SettingsError
    from mikrocert.log.folder import Entries
    from mikrocert.log.notes import Note
    from mikrocert.log.trust import LogTrust
    from mikrocert.report import Receipt
    from mikrocert.service.keeping.auditing import Audit
    from mikrocert.service.keeping.sealed_heads import HeadSeal
    from mikrocert.service.system import System
    from mikrocert.texts import Message, Say, Texts

__all__ = ["app", "put_proofs_of"]

_LARGEST_HEAD = 1024 * 1024

Folder = Annotated[Path, typer.Argument(help="Folder in which the log is published.", metavar="FOLDER")]
Keys = Annotated[
    list[str] | None,
    typer.Option(
        "--key", help="Public key of a log to trust, besides those of the settings; may be repeated."
    ),
]


def app() -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=GROUPS["log"].summary
    )
    for command in (init, publish, renew, audit, proof, witness):
        group.command(command.__name__, cls=Command)(command)
    return group


def init(ctx: typer.Context, lang: Lang = ENGLISH) -> None:
    """Make the key of the log where log.key says, and print the public key for log.keys; a key that is there stays."""
    from mikrocert.errors import LogError, SettingsError  # noqa: PLC0415
    from mikrocert.log.notes import PrivateKey  # noqa: PLC0415
    from mikrocert.settings.secrets import secret  # noqa: PLC0415

    log, say = context(ctx).settings.log, voice(context(ctx).texts, lang)
    if log is None or log.origin is None or log.key is None:
        raise SettingsError(
            message(
                "publishing the log needs log.origin, such as log.example.cz, and log.key, such as file:/etc/mikrocert/log.key, in the settings"
            )
        )
    kind, _, place = log.key.partition(":")
    made = kind == "file" and Path(place).is_absolute() and not os.path.lexists(place)
    if made:
        _write_key(Path(place), PrivateKey.new(log.origin).text)
    try:
        key = PrivateKey.of_text(secret(log.key, member="log.key").decode())
    except LogError as error:
        raise SettingsError(message("{member}: {fault}", member="log.key", fault=error.message)) from error
    done = (
        message("The key of the log is made.") if made else message("The key of the log was there already.")
    )
    echo(say(done))
    echo(say(message("Its public key, for log.keys and for whoever verifies: {key}", key=key.public.text)))


def _write_key(path: Path, text: str) -> None:
    from mikrocert.errors import SettingsError  # noqa: PLC0415

    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text + "\n")
    except OSError as error:
        raise SettingsError(message("{path} can't be written: {reason}", path=path, reason=error)) from error


def publish(
    ctx: typer.Context,
    cosigned: Annotated[
        list[Path] | None,
        typer.Option(help="Head as a witness gave it back; may be repeated.", metavar="FILE"),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Sign the head of the log and publish it. Refused if it doesn't continue what was signed or published before.

    Where log.envelope says so, the operator's signer seals the head. Exit code 69: it is not published, or not sealed.
    """
    system = context(ctx).system
    say = voice(system.texts, lang)
    published = system.log.publish(cosigned=[_octets(file) for file in cosigned or ()])
    head, unsealed = published.checkpoint, published.unsealed
    if as_json:
        print_json(
            {
                "origin": head.origin,
                "size": head.size,
                "root": head.root.hex(),
                "signed": published.signed,
                "sealed": published.sealed,
                "unsealed": None if unsealed is None else system.texts.all(unsealed),
                "settings": settings_to_json(system),
            }
        )
    else:
        done = message("The log {origin} is published. Entries: {size}.", origin=head.origin, size=head.size)
        echo(say(done))
        if not published.signed:
            echo(say(message("It has not grown, so its head is the one that was signed before.")))
        if published.sealed:
            echo(say(message("Its head is sealed.")))
        _print_settings(ctx, say)
    if unsealed is not None:
        wrong = message("the log is published, but its head is not sealed: {fault}", fault=unsealed)
        echo(f"mikrocert: {say(wrong)}", err=True)
        raise typer.Exit(ExitCode.UNAVAILABLE)


def renew(
    ctx: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Sealed heads that somebody kept; without them the published one and those in log.kept.",
            metavar="[FILE]...",
        ),
    ] = None,
    before: Before = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Make the seals of heads of the log last that end soon, each in its place. `mikrocert renew` does it, too, for those of the settings.

    Exit code 0: all that was due is renewed, or nothing was due; 1: something failed.
    """
    system = context(ctx).system
    say = voice(system.texts, lang)
    end = datetime.now(UTC) + A_YEAR if before is None else before.replace(tzinfo=UTC)
    done = list(system.log.renew(files or None, before=end, dry_run=dry_run))
    if as_json:
        found = renewals_to_json(done, texts=system.texts)
        rest = {"before": end.isoformat(), "dry_run": dry_run, "settings": settings_to_json(system)}
        print_json({**found, **rest})
    else:
        for one in done:
            echo(say(line_of(one)))
        if not done:
            echo(say(message("No sealed head ends before {end}.", end=end)))
        _print_settings(ctx, say)
    failed = any(one.fault is not None for one in done)
    raise typer.Exit(ExitCode.SOME_REFUSED if failed else ExitCode.ACCEPTED)


def audit(
    ctx: typer.Context,
    earlier: Annotated[
        Path | None,
        typer.Option(
            "--from", help="Head of the log that somebody kept, sealed or not.", metavar="CHECKPOINT"
        ),
    ] = None,
    published: Annotated[
        Path | None,
        typer.Option(
            help="Folder in which the log is published; without it the archive's.", metavar="FOLDER"
        ),
    ] = None,
    key: Keys = None,
    witness_key: Annotated[
        list[str] | None,
        typer.Option("--witness", help="Public key of a witness; may be repeated.", metavar="KEY"),
    ] = None,
    anchor: Annotated[
        list[Path] | None,
        typer.Option(
            help="PEM file with certificates to trust above the seal of a head, besides those of the settings; may be repeated.",
            metavar="FILE",
        ),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Prove that the log is what was signed, and continues an earlier head. Exit code 0: it does; 1: it doesn't, or a seal of a head is wrong.

    Settings say whose keys and seals count for the archive's log; for a folder, which may be anybody's, only --key, --witness and
    --anchor do.
    """
    from mikrocert.errors import LogError  # noqa: PLC0415
    from mikrocert.log.folder import LogFolder  # noqa: PLC0415
    from mikrocert.log.notes import read_note  # noqa: PLC0415
    from mikrocert.service.keeping.auditing import audit as audited  # noqa: PLC0415
    from mikrocert.service.verifying.anchors import read_anchors  # noqa: PLC0415

    trust = _of_settings(ctx) if published is None else _named(key, witness_key)
    anchors = [one for file in anchor or () for one in read_anchors(file, member="--anchor")]
    folder = _log_folder(ctx) if published is None else published
    sealed = None if folder is None else LogFolder(folder).sealed_head()
    old, beside = (
        None
        if octets is None
        else context(ctx).system.log.read_head(octets, anchors=anchors, by_settings=published is None)
        for octets in (None if earlier is None else _octets(earlier), sealed)
    )
    with ExitStack() as stack:
        log: Entries
        head: Note | None
        if published is not None:
            log = LogFolder(published)
            head = log.head()
        else:
            reader = stack.enter_context(context(ctx).system.log.opened())
            heads = reader.newest_heads()
            log, head = reader, read_note(heads[0].note) if heads else None
        if head is None:
            raise LogError(message("the log has no signed head yet; `mikrocert log publish` signs one"))
        found = audited(log, head, trust=trust, earlier=old, sealed=beside)
    _print_audit(ctx, found, as_json=as_json, lang=lang)
    raise typer.Exit(ExitCode.VALID if found.sound else ExitCode.INVALID)


def _log_folder(ctx: typer.Context) -> Path | None:
    """Return where settings publish the log, or none."""
    log, _ = context(ctx).system.log.settings()
    return None if log.folder is None else context(ctx).settings.path(log.folder)


def _print_audit(ctx: typer.Context, found: Audit, *, as_json: bool, lang: str) -> None:
    from mikrocert.report.json import finding_to_json  # noqa: PLC0415

    texts = context(ctx).texts
    head, old = found.signed, found.earlier
    if as_json:
        print_json(
            {
                "consistent": found.consistent,
                "origin": None if head is None else head.checkpoint.origin,
                "size": None if head is None else head.checkpoint.size,
                "root": None if head is None else head.checkpoint.root.hex(),
                "witnesses": [
                    {"name": one.key.name, "seen_at": _moment(one.time or 0)}
                    for one in (head.witnesses if head else ())
                ],
                "from": None
                if old is None
                else {"size": old.checkpoint.size, "root": old.checkpoint.root.hex()},
                "seals": [_seal_to_json(path, seal, texts) for path, seal in found.seals.items()],
                "findings": [finding_to_json(finding, texts=texts) for finding in found.findings],
                "settings": settings_to_json(context(ctx).system),
            }
        )
        return
    say = voice(texts, lang)
    for finding in found.findings:
        echo(f"{finding.path}: {say(finding.message)} [{finding.code}]")
    if not found.consistent or head is None:
        echo(say(message("The log is not consistent.")))
        _print_seals(found, say)
        _print_settings(ctx, say)
        return
    sentence = message(
        "The log {origin} is consistent, under a head that a known key signed. Entries: {size}.",
        origin=head.checkpoint.origin,
        size=head.checkpoint.size,
    )
    echo(say(sentence))
    if old is not None:
        continues = message(
            "Its first {size} entries are those of the earlier head; nothing of them was changed or taken out.",
            size=old.checkpoint.size,
        )
        echo(say(continues))
    names = [one.key.name for one in head.witnesses]
    witnessed = (
        message("Known witnesses saw this head: {names:comma}.", names=names)
        if names
        else message("No known witness saw this head; others may have been shown another log.")
    )
    echo(say(witnessed))
    _print_seals(found, say)
    _print_settings(ctx, say)


def _print_seals(found: Audit, say: Say) -> None:
    for path, seal in found.seals.items():
        head = message("The earlier head") if path == "from" else message("The head that is published sealed")
        echo(say(_of_seal(head, seal)))
        shown = seal.findings[:1] if seal.outcome.value == "passed" else seal.findings
        for finding in shown:
            echo(f"  {say(finding.message)} [{finding.code}]")


def _of_seal(head: Message, seal: HeadSeal) -> Message:
    """Return what a seal says of a head, and no more than that."""
    owner = "–" if seal.info.owner is None else seal.info.owner.legal_name
    if seal.outcome.value == "failed":
        return message("{head}: its seal does not hold.", head=head)
    if seal.outcome.value != "passed":
        return message("{head}: whether its seal is to be trusted could not be found out.", head=head)
    if seal.proven_at is None:
        return message(
            "{head}: sealed by {owner}; no time stamp shows when.",
            head=head,
            owner=owner,
        )
    return message(
        "{head}: sealed by {owner}; a time stamp shows that it was there by {moment}.",
        head=head,
        owner=owner,
        moment=seal.proven_at,
    )


def _seal_to_json(path: str, seal: HeadSeal, texts: Texts) -> dict[str, Any]:
    from mikrocert.report.json import finding_to_json  # noqa: PLC0415

    owner, claimed, proven = seal.info.owner, seal.info.claimed_at, seal.proven_at
    return {
        "head": path,
        "outcome": seal.outcome.value,
        "owner": None
        if owner is None
        else {
            "name": owner.legal_name,
            "organization_identifier": owner.organization_identifier,
            "test": owner.test,
        },
        "level": seal.info.level,
        "claimed_at": None if claimed is None else claimed.isoformat(),
        "proven_at": None if proven is None else proven.isoformat(),
        "findings": [finding_to_json(finding, texts=texts) for finding in seal.findings],
    }


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def proof(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="Identifier or verification link.", metavar="ID|LINK")],
    out: Annotated[Path, typer.Option(help="Folder for the proofs.", metavar="FOLDER")] = Path(),
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Write the proofs that the files of a credential are in the log; with one, a file verifies without the archive."""
    system = context(ctx).system
    say = voice(system.texts, lang)
    identifier = find_archived(system, what, say).registration.identifier
    files = _put_proofs(system, identifier, out)
    if as_json:
        print_json({"identifier": identifier, "files": files, "settings": settings_to_json(system)})
    else:
        for file in files:
            echo(say(message("Written: {file}", file=file)))
        _print_settings(ctx, say)


def _put_proofs(system: System, identifier: str, folder: Path) -> list[str]:
    """Write the proofs of a credential into a folder; return their names."""
    from mikrocert.cli.files import put  # noqa: PLC0415

    return [str(put(one.octets, folder=folder, name=one.name)) for one in system.log.all_proofs(identifier)]


def put_proofs_of(system: System, receipt: Receipt, folder: Path) -> list[str]:
    """Write the proofs of what was just issued, where the log could be published; why it couldn't was told already."""
    from mikrocert.cli.files import put  # noqa: PLC0415

    if not system.log.is_published:
        return []
    found = system.log.proofs(receipt.registration.identifier)
    return [str(put(octets, folder=folder, name=name)) for name, octets in found.items()]


def witness(
    ctx: typer.Context,
    folder: Folder,
    name: Annotated[str, typer.Option(help="What the witness is called, for good.", metavar="NAME")],
    state: Annotated[
        Path,
        typer.Option(help="Folder with the witness's key and the last heads that it saw.", metavar="FOLDER"),
    ],
    out: Annotated[Path, typer.Option(help="File for the head with the cosignature.", metavar="FILE")],
    key: Keys = None,
    lang: Lang = ENGLISH,
) -> None:
    """Cosign the head of a published log, if it continues the last one that this witness saw. Anyone can be one."""
    from mikrocert.cli.files import put  # noqa: PLC0415
    from mikrocert.log.folder import LogFolder  # noqa: PLC0415
    from mikrocert.log.witness import witness as cosign  # noqa: PLC0415
    from mikrocert.log.witness import witness_key  # noqa: PLC0415

    say = voice(context(ctx).texts, lang)
    own = witness_key(state, name=name)
    note = cosign(LogFolder(folder), trust=_named(key, None), key=own, state=state, at=datetime.now(UTC))
    put(str(note).encode(), folder=out.parent, name=out.name)
    echo(say(message("The head is cosigned: {file}", file=out)))
    echo(say(message("The witness's public key, for log.witnesses: {key}", key=own.public.text)))


def _of_settings(ctx: typer.Context) -> LogTrust:
    """Return which logs and witnesses the settings know."""
    _, trust = context(ctx).system.log.settings()
    if not trust.keys:
        raise _no_key()
    return trust


def _named(keys: list[str] | None, witnesses: list[str] | None) -> LogTrust:
    """Return the logs and witnesses that the command line names.

    Raises:
        SettingsError: if it names no key of a log: then anyone could have made it.
    """
    from mikrocert.log.notes import Key  # noqa: PLC0415
    from mikrocert.log.trust import LogTrust  # noqa: PLC0415

    if not keys:
        raise _no_key()
    return LogTrust(tuple(map(Key.of_text, keys)), tuple(map(Key.of_text, witnesses or ())))


def _no_key() -> SettingsError:
    from mikrocert.errors import SettingsError  # noqa: PLC0415

    return SettingsError(
        message(
            "no key of the log is known, so anyone could have made it; log.keys in the settings names one for the archive's "
            "log, --key KEY for a folder"
        )
    )


def _octets(file: Path) -> bytes:
    from mikrocert.errors import LogError  # noqa: PLC0415
    from mikrocert.parsing.files import read_bounded  # noqa: PLC0415

    data: Any = read_bounded(file, most=_LARGEST_HEAD)
    if not isinstance(data, bytes):
        raise LogError(data)
    return data


def _print_settings(ctx: typer.Context, say: Say) -> None:
    from mikrocert.cli.printing import print_settings  # noqa: PLC0415

    print_settings(context(ctx).settings, say)
