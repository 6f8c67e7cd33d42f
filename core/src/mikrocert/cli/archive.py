"""The group `mikrocert archive`: the only commands that make an archive, upgrade, check or erase from it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.command import Command
from mikrocert.cli.common import AsJson, Lang, context, find_archived, voice, wrong_use
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from mikrocert.archive import ArchiveCheck
    from mikrocert.report import Registration
    from mikrocert.service.system import System
    from mikrocert.texts import Say, Texts

__all__ = ["app"]


def app() -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Make, upgrade and check the archive, and erase from it.",
    )
    group.command("init", cls=Command)(init)
    group.command("upgrade", cls=Command)(upgrade)
    group.command("check", cls=Command)(check)
    group.command("erase", cls=Command)(erase)
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


def upgrade(ctx: typer.Context, lang: Lang = ENGLISH) -> None:
    """Bring the archive up to date, and put its fence up again where it is down."""
    from mikrocert.archive import upgrade_archive  # noqa: PLC0415

    url, keys_url = _urls(ctx)
    say = voice(context(ctx).texts, lang)
    upgraded = upgrade_archive(url, keys_url=keys_url)
    done = message("The archive is upgraded.") if upgraded else message("The archive is up to date.")
    echo(say(done))
    _print_settings(ctx, say)


def check(ctx: typer.Context, as_json: AsJson = False, lang: Lang = ENGLISH) -> None:
    """Prove everything in the archive. Exit code 0: sound; 1: damaged; 69: it can't be read."""
    from mikrocert.archive import check_archive  # noqa: PLC0415

    url, keys_url = _urls(ctx)
    texts = context(ctx).texts
    say = voice(texts, lang)
    walk = check_archive(url, keys_url=keys_url)
    damaged = _print_json(walk, texts=texts) if as_json else _print(walk, say)
    if not as_json:
        _print_settings(ctx, say)
    raise typer.Exit(ExitCode.INVALID if damaged else ExitCode.VALID)


def _print(walk: ArchiveCheck, say: Say) -> bool:
    """Print each finding as it comes, then the counts; return whether there was any finding."""
    import attrs  # noqa: PLC0415

    damaged = False
    for finding in walk:
        damaged = True
        echo(f"{finding.path}: {say(finding.message)} [{finding.code}]")
    counts = message(
        "awards: {awards}, artefacts: {artefacts}, editions: {editions}, events: {events}, erased: {erased}, "
        "pending: {pending}, orphan keys: {orphan_keys}",
        **attrs.asdict(walk.counts),
    )
    echo(say(counts))
    echo(say(message("The archive is damaged.") if damaged else message("The archive is sound.")))
    return damaged


def _print_json(walk: ArchiveCheck, *, texts: Texts) -> bool:
    """Print one object; return whether there was any finding."""
    import attrs  # noqa: PLC0415

    from mikrocert.report.json import finding_to_json  # noqa: PLC0415

    findings = [finding_to_json(finding, texts=texts) for finding in walk]
    print_json({"sound": not findings, "findings": findings, "counts": attrs.asdict(walk.counts)})
    return bool(findings)


def erase(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="Identifier or verification link.", metavar="ID|LINK")],
    reason: Annotated[str, typer.Option(help="Why; it stays, so it names no person.", metavar="TEXT")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask for the identifier again.")] = False,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Erase the content of a credential for good by destroying its key. Its status and history stay known."""
    from mikrocert.service.json import status_to_json  # noqa: PLC0415

    if not reason.strip():
        raise wrong_use(message("--reason needs a text; it stays in the archive and names no person"), lang)
    system = context(ctx).system
    say = voice(system.texts, lang)
    registration = find_archived(system, what, say).registration
    if not yes:
        _confirm(system, registration, say)
    archived = system.erase(registration.identifier, reason=reason)
    if as_json:
        print_json(status_to_json(archived))
    else:
        done = message(
            "The content of {identifier} is erased. A backup of the key store may still open it; "
            "let such backups expire.",
            identifier=registration.identifier,
        )
        echo(say(done))
        _print_settings(ctx, say)


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
