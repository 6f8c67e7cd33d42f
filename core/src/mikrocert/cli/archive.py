"""The group `mikrocert archive`: the only commands that make an archive, upgrade, check or erase from it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.command import Command
from mikrocert.cli.common import Actor, AsJson, Lang, context, find_archived, voice, warn, wrong_use
from mikrocert.cli.groups import GROUPS
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mikrocert.archive import ArchiveCheck, KeyBackup, ObjectStore
    from mikrocert.report import Finding, Registration
    from mikrocert.service.keeping.reverifying import Reached
    from mikrocert.service.system import System
    from mikrocert.texts import Say, Texts

__all__ = ["app", "export", "import_"]


def app() -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        help=GROUPS["archive"].summary,
    )
    group.command("init", cls=Command)(init)
    group.command("upgrade", cls=Command)(upgrade)
    group.command("check", cls=Command)(check)
    group.command("backup", cls=Command)(backup)
    group.command("restore", cls=Command)(restore)
    group.command("erase", cls=Command)(erase)
    group.command("move", cls=Command)(move)
    return group


def init(ctx: typer.Context, lang: Lang = ENGLISH) -> None:
    """Make the archive and its key store; where they are, nothing is done."""
    from mikrocert.archive import init_archive  # noqa: PLC0415

    url, keys_url = _urls(ctx)
    say = voice(context(ctx).texts, lang)
    made = init_archive(url, keys_url=keys_url)
    operator, archive = context(ctx).settings.operator, context(ctx).system.archive
    if operator is not None and archive is not None:
        archive.belong(operator.organization_identifier)
    done = message("The archive is made.") if made else message("The archive was there already.")
    echo(say(done))
    _print_settings(ctx, say)


def upgrade(
    ctx: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    lang: Lang = ENGLISH,
) -> None:
    """Bring the archive up to date, and put its fence up again where it is down. Two at once wait for each other."""
    from mikrocert.archive import planned_upgrade, upgrade_archive  # noqa: PLC0415

    url, keys_url = _urls(ctx)
    say = voice(context(ctx).texts, lang)
    if dry_run:
        steps = planned_upgrade(url, keys_url=keys_url)
        for step in steps:
            line = message(
                "{store}: to version {version}: {does}",
                store=step.store,
                version=step.version,
                does=step.does,
            )
            echo(say(line))
        echo(say(message("Nothing was changed.") if steps else message("The archive is up to date.")))
        _print_settings(ctx, say)
        return
    upgraded = upgrade_archive(url, keys_url=keys_url)
    left = context(ctx).system.complete_topics()
    done = message("The archive is upgraded.") if upgraded else message("The archive is up to date.")
    echo(say(done))
    if left:
        echo(
            say(
                message(
                    "Of {count} credential it can't be told what it is of; statistics count it without type and field.",
                    plural="Of {count} credentials it can't be told what they are of; statistics count them without type "
                    "and field.",
                    count=left,
                )
            )
        )
    _print_settings(ctx, say)


def check(
    ctx: typer.Context,
    seals: Annotated[
        bool, typer.Option("--seals", help="Also verify the seal of every file of every edition anew.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Processes that verify seals; as many as there are cores without it.",
            min=1,
            max=64,
            metavar="NUMBER",
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            help="File that keeps how far verifying seals is; interrupted, it goes on from there. It is removed at the end.",
            metavar="FILE",
        ),
    ] = None,
    orphans: Annotated[
        bool,
        typer.Option(
            "--remove-orphans",
            help="Where all is sound, also delete what no row names from the object store, if it is older than a day and the last event.",
        ),
    ] = False,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Prove everything in the archive. Exit code 0: sound; 1: damaged; 69: it, or its object store, can't be read."""
    from mikrocert.archive import check_archive, open_objects  # noqa: PLC0415

    if not seals and (workers is not None or state is not None):
        raise wrong_use(message("--workers and --state belong to --seals"), lang)
    url, keys_url = _urls(ctx)
    objects = open_objects(context(ctx).settings)
    if orphans and objects is None:
        raise wrong_use(message("--remove-orphans needs an object store; the settings name none"), lang)
    texts = context(ctx).texts
    say = voice(texts, lang)
    walk = check_archive(url, keys_url=keys_url, objects=objects)
    verified = _Seals(context(ctx).system, workers=workers, file=state) if seals else None
    removal = partial(_remove_orphans, url, objects) if orphans and objects is not None else None
    damaged = (
        _print_json(walk, texts=texts, seals=verified, removal=removal)
        if as_json
        else _print(walk, say, seals=verified, removal=removal)
    )
    if not as_json:
        _print_settings(ctx, say)
    raise typer.Exit(ExitCode.INVALID if damaged else ExitCode.VALID)


def _remove_orphans(url: str, objects: ObjectStore) -> int:
    from mikrocert.archive import remove_orphans  # noqa: PLC0415

    return remove_orphans(url, store=objects, at=datetime.now(UTC))


class _Seals:
    """Verifying the seals of an archive: iterating yields what is wrong with them, afterwards `reached` is complete.

    Args:
        system: verifies.
        workers: how many processes; none means as many as there are cores.
        file: keeps how far it is, or none.
    """

    def __init__(self, system: System, *, workers: int | None, file: Path | None) -> None:
        from mikrocert.service.keeping.reverifying import Reached  # noqa: PLC0415

        self._system, self._workers, self._file = system, workers, file
        self.reached = Reached() if file is None else Reached.of(file)

    def __iter__(self) -> Iterator[Finding]:
        yield from self._system.reverify(workers=self._workers, start=self.reached, on_progress=self._keep)
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def _keep(self, reached: Reached) -> None:
        self.reached = reached
        if self._file is not None:
            reached.write(self._file)


def _print(
    walk: ArchiveCheck,
    say: Say,
    *,
    seals: _Seals | None = None,
    removal: Callable[[], int] | None = None,
) -> bool:
    """Print each finding as it comes, then the counts; return whether anything is damaged. Orphans are removed where nothing is."""
    import attrs  # noqa: PLC0415

    from mikrocert.report import Severity  # noqa: PLC0415

    damaged = False
    for finding in chain(walk, seals or ()):
        damaged |= finding.severity is Severity.ERROR
        echo(f"{finding.path}: {say(finding.message)} [{finding.code}]")
    counts = message(
        "awards: {awards}, artefacts: {artefacts}, editions: {editions}, events: {events}, erased: {erased}, "
        "pending: {pending}, orphan keys: {orphan_keys}, acts: {acts}",
        **attrs.asdict(walk.counts),
    )
    echo(say(counts))
    if walk.counts.objects or walk.counts.orphan_objects:
        stored = message(
            "files in the object store: {objects}, orphan objects: {orphan_objects}",
            objects=walk.counts.objects,
            orphan_objects=walk.counts.orphan_objects,
        )
        echo(say(stored))
    if removal is not None and not damaged:
        echo(say(message("orphan objects removed: {count}", count=removal())))
    if seals is not None:
        verified = message(
            "seals verified anew: credentials {credentials}, files {files}",
            credentials=seals.reached.credentials,
            files=seals.reached.files,
        )
        echo(say(verified))
    echo(say(message("The archive is damaged.") if damaged else message("The archive is sound.")))
    return damaged


def _print_json(
    walk: ArchiveCheck,
    *,
    texts: Texts,
    seals: _Seals | None = None,
    removal: Callable[[], int] | None = None,
) -> bool:
    """Print one object; return whether anything is damaged. Orphans are removed where nothing is."""
    import attrs  # noqa: PLC0415

    from mikrocert.report import Severity  # noqa: PLC0415
    from mikrocert.report.json import finding_to_json  # noqa: PLC0415

    found = list(chain(walk, seals or ()))
    damaged = any(finding.severity is Severity.ERROR for finding in found)
    answer: dict[str, Any] = {
        "sound": not damaged,
        "findings": [finding_to_json(finding, texts=texts) for finding in found],
        "counts": attrs.asdict(walk.counts),
    }
    if seals is not None:
        answer["seals"] = {"credentials": seals.reached.credentials, "files": seals.reached.files}
    if removal is not None:
        answer["removed_orphan_objects"] = 0 if damaged else removal()
    print_json(answer)
    return damaged


def backup(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder for the archive; new, or empty.", metavar="FOLDER")],
    keys: Annotated[
        Path,
        typer.Option(
            help="Folder for its keys, whose backups are kept for a short time only.", metavar="FOLDER"
        ),
    ],
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Back up archive and keys as they are at one moment, while others work. A backup is a SQLite file, whatever the archive is."""
    from mikrocert.archive import back_up, count_stored  # noqa: PLC0415

    url, keys_url = _urls(ctx)
    say = voice(context(ctx).texts, lang)
    of_archive, of_keys = back_up(url, keys_url=keys_url, folder=folder, keys_folder=keys)
    elsewhere = count_stored(url)
    if as_json:
        print_json(
            {"archive": of_archive.to_json(), "keys": of_keys.to_json(), "files_in_object_store": elsewhere}
        )
        return
    done = message(
        "Backed up with {events} events: the archive to {folder}, its keys to {keys}.",
        events=of_archive.events,
        folder=folder,
        keys=keys,
    )
    echo(say(done))
    if elsewhere:
        missing = message(
            "Files that are in the object store are not in this backup: {count}. The bucket has a backup of its own.",
            count=elsewhere,
        )
        echo(say(missing))
    _print_settings(ctx, say)


def restore(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder of a backup of the archive.", metavar="FOLDER")],
    keys: Annotated[
        Path,
        typer.Option(help="Folder of a backup of its keys, of the same moment or newer.", metavar="FOLDER"),
    ],
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Put a backup where the settings say that archive and keys are and nothing is yet, then prove everything in it.

    Exit code 0: it is restored and sound; 1: it is restored and damaged; 69: it was not restored.
    """
    from mikrocert.archive import check_archive, open_objects, upgrade_archive  # noqa: PLC0415
    from mikrocert.archive import restore as put_back  # noqa: PLC0415

    url, keys_url = _urls(ctx)
    texts = context(ctx).texts
    say = voice(texts, lang)
    of_archive, _ = put_back(url, keys_url=keys_url, folder=folder, keys_folder=keys)
    upgrade_archive(url, keys_url=keys_url)
    if not as_json:
        done = message(
            "The backup of {at} is restored with {events} events.", at=of_archive.at, events=of_archive.events
        )
        echo(say(done))
    walk = check_archive(url, keys_url=keys_url, objects=open_objects(context(ctx).settings))
    damaged = _print_json(walk, texts=texts) if as_json else _print(walk, say)
    if not as_json:
        _print_settings(ctx, say)
    raise typer.Exit(ExitCode.INVALID if damaged else ExitCode.VALID)


def export(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder of the bag; new, or empty.", metavar="FOLDER")],
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Export all that was recorded in open formats, as a bag (BagIt, RFC 8493). It is not encrypted: guard it as the keys."""
    from mikrocert.archive import export_archive, open_objects  # noqa: PLC0415

    url, keys_url = _urls(ctx)
    say = voice(context(ctx).texts, lang)
    objects = open_objects(context(ctx).settings)
    count = export_archive(url, keys_url=keys_url, folder=folder, objects=objects)
    if as_json:
        print_json({"events": count, "folder": str(folder)})
        return
    done = message(
        "Exported to {folder}, events: {events}. Nothing in it is encrypted, and no erasure reaches it.",
        folder=folder,
        events=count,
    )
    echo(say(done))
    _print_settings(ctx, say)


def import_(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder of the bag.", metavar="FOLDER")],
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Import a bag into an empty archive, then prove everything in it. Interrupted, it goes on when it is run again.

    Exit code 0: all of it is imported and sound; 1: it is imported and damaged; 69: it was not imported.
    """
    from mikrocert.archive import check_archive, import_archive, open_objects  # noqa: PLC0415

    url, keys_url = _urls(ctx)
    texts = context(ctx).texts
    say = voice(texts, lang)
    objects = open_objects(context(ctx).settings)
    imported = import_archive(url, keys_url=keys_url, folder=folder, objects=objects)
    if not as_json:
        echo(say(message("Imported, events: {events}.", events=imported.events)))
    if imported.acts is None:
        lacking = message(
            "This bag is of an older format: acts, legal holds and types of micro-credentials didn't come with it. Add holds and types again."
        )
        echo(f"mikrocert: {say(lacking)}", err=True)
    walk = check_archive(url, keys_url=keys_url, objects=objects)
    damaged = _print_json(walk, texts=texts) if as_json else _print(walk, say)
    if not as_json:
        _print_settings(ctx, say)
    raise typer.Exit(ExitCode.INVALID if damaged else ExitCode.VALID)


def erase(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="Identifier or verification link.", metavar="ID|LINK")],
    reason: Annotated[
        Literal["holder", "authority", "mistake", "retention", "other"],
        typer.Option(
            help="Why; it stays: request of the holder, order of an authority, mistake, end of the time of keeping, other. "
            "Verifiers are told of the first one only.",
            metavar="REASON",
        ),
    ],
    why: Annotated[
        str | None,
        typer.Option(
            help="What else there is to say, such as the number of a file; for the acts, so it names no learner.",
            metavar="TEXT",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask for the identifier again.")] = False,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Erase the content of a credential for good by destroying its key. Its status and history stay known.

    What is on hold is not erased. Backups that still hold the key are listed.
    """
    from mikrocert.archive import ErasureReason  # noqa: PLC0415
    from mikrocert.service.json import status_to_json  # noqa: PLC0415

    system = context(ctx).system
    say = voice(system.texts, lang)
    registration = find_archived(system, what, say).registration
    if not yes:
        _confirm(system, registration, say)
    archived = system.erase(
        registration.identifier,
        reason=ErasureReason(reason),
        why=why,
        actor=actor,
        on_warning=lambda found: warn(found, say),
    )
    erased_at = archived.erased_at or datetime.now(UTC)
    kept = timedelta(days=system.settings.privacy.key_backup_days)
    backups = _backups_before(system, erased_at, say)
    if as_json:
        listed = None
        if backups is not None:
            listed = [{"folder": str(one.folder), "until": (one.at + kept).isoformat()} for one in backups]
        print_json(
            {**status_to_json(archived), "key_backups": listed, "gone_by": (erased_at + kept).isoformat()}
        )
        return
    done = message("The content of {identifier} is erased.", identifier=registration.identifier)
    echo(say(done))
    for one in backups or ():
        still = message(
            "This backup still has its key, to be deleted by {until}: {folder}",
            until=one.at + kept,
            folder=one.folder,
        )
        echo(say(still))
    if backups is None:
        somewhere = message(
            "Backups of the key store made before now still have its key; settings have them kept for {days} days, so that it is gone by "
            "{until}. Where they lie, key_backups of [privacy] can say.",
            days=kept.days,
            until=erased_at + kept,
        )
        echo(say(somewhere))
    _print_settings(ctx, say)


def move(
    ctx: typer.Context,
    where: Annotated[
        Literal["objects", "database"],
        typer.Argument(help="Into the object store, or back into the database.", metavar="objects|database"),
    ],
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Move the larger files into the object store, or back, while others work. Interrupted, it goes on when it is run again.

    Whoever moves owns the tables, as for upgrades. What is moved back leaves orphans in the store, since older backups need them.
    """
    from mikrocert.archive import move_to_database, move_to_objects, open_objects  # noqa: PLC0415
    from mikrocert.errors import SettingsError  # noqa: PLC0415

    url, _ = _urls(ctx)
    say = voice(context(ctx).texts, lang)
    objects = open_objects(context(ctx).settings)
    if objects is None:
        raise SettingsError(
            message(
                "{file} names no object store; a section [archive.objects] would be right",
                file=context(ctx).settings.name,
            )
        )
    moved = (
        move_to_objects(url, store=objects) if where == "objects" else move_to_database(url, store=objects)
    )
    if as_json:
        print_json({"moved_to": where, "files": moved.files, "octets": moved.octets})
        return
    if where == "objects":
        done = message(
            "Moved to {place}, files: {files}, octets: {octets}. New files go there by themselves.",
            place=objects.place,
            files=moved.files,
            octets=moved.octets,
        )
    else:
        done = message(
            "Moved into the database, files: {files}, octets: {octets}. New files still go to {place} until [archive.objects] is taken out of "
            "the settings.",
            files=moved.files,
            octets=moved.octets,
            place=objects.place,
        )
    echo(say(done))
    _print_settings(ctx, say)


def _backups_before(system: System, erased_at: datetime, say: Say) -> list[KeyBackup] | None:
    """Return the backups of keys that were made before an erasure; none where nobody can tell."""
    from mikrocert.errors import ArchiveError  # noqa: PLC0415

    try:
        backups = system.key_backups()
    except ArchiveError as error:  # it is erased all the same
        echo(f"mikrocert: {say(message('warning: {text}', text=error.message))}", err=True)
        return None
    return None if backups is None else [one for one in backups if one.at <= erased_at]


def _confirm(system: System, registration: Registration, say: Say) -> None:
    """Go on only where the identifier is typed again; what is asked is on standard error, so that JSON stays JSON."""
    question = message(
        "This erases the content of {identifier} ({institution}, {number}) for good; it can't be undone. "
        "Type the identifier to go on:",
        identifier=registration.identifier,
        institution=registration.institution,
        number=registration.evidence_number,
    )
    echo(f"{say(question)} ", nl=False, err=True)
    if system.identifier_of(sys.stdin.readline()) != registration.identifier:
        wrong = message(
            "that was not {identifier}; nothing was erased (--yes asks no question)",
            identifier=registration.identifier,
        )
        raise typer.BadParameter(say(wrong))


def _print_settings(ctx: typer.Context, say: Say) -> None:
    from mikrocert.cli.printing import print_settings  # noqa: PLC0415

    print_settings(context(ctx).settings, say)


def _urls(ctx: typer.Context) -> tuple[str, str | None]:
    from mikrocert.errors import SettingsError  # noqa: PLC0415

    settings = context(ctx).settings
    if settings.archive_url is None:
        raise SettingsError(
            message("there is no mikrocert.toml here that says where the archive is; --config FILE names one")
        )
    return settings.archive_url, settings.archive_keys_url
