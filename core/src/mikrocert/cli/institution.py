"""The group `mikrocert institution`: accounts of institutions, from the sandbox to production."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.command import Command
from mikrocert.cli.common import (
    Actor,
    AsJson,
    Lang,
    accounts_of,
    acting,
    context,
    refusing,
    settings_to_json,
    voice,
    wrong_use,
)
from mikrocert.cli.groups import GROUPS
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, Message, message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from mikrocert.accounts import Account
    from mikrocert.service.institutions.conforming import Conformance
    from mikrocert.texts import Say, Texts

__all__ = ["account_to_json", "app"]

_LARGEST = 16 * 1024 * 1024

Name = Annotated[str, typer.Argument(help="Name of the institution's offer.", metavar="NAME")]
Why = Annotated[str | None, typer.Option(help="Why; it stays among the acts.", metavar="TEXT")]
Reason = Annotated[str, typer.Option("--why", help="Why; it stays among the acts.", metavar="TEXT")]


def app() -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=GROUPS["institution"].summary
    )
    commands = (add, show, conform, mandate, approve, suspend, resume)
    group.command("list", cls=Command)(list_)
    group.command("four-eyes", cls=Command)(four_eyes)
    for command in commands:
        group.command(command.__name__, cls=Command)(command)
    return group


def list_(ctx: typer.Context, as_json: AsJson = False, lang: Lang = ENGLISH) -> None:
    """List the institutions that have an account, and how far each is."""
    accounts, say = accounts_of(ctx), voice(context(ctx).texts, lang)
    there = accounts.accounts()
    if as_json:
        print_json(
            {
                "accounts": [account_to_json(account) for account in there],
                "settings": settings_to_json(context(ctx).system),
            }
        )
        return
    for account in there:
        echo(f"{account.institution}: {say(_standing(account))}")
    if not there:
        echo(say(message("No institution has an account.")))
    _print_settings(ctx, say)


def add(
    ctx: typer.Context,
    institution: Annotated[
        str | None, typer.Argument(help="Name of the institution's offer.", metavar="NAME")
    ] = None,
    approval: Annotated[
        Path | None,
        typer.Option("--from", help="File that `institution approve` wrote in the sandbox.", metavar="FILE"),
    ] = None,
    why: Why = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Open an account: in a sandbox by name, where real credentials are issued by the approval from the sandbox (--from FILE).

    Exit code 1: it is refused, such as where there is one; 3: the file is no approval.
    """
    from mikrocert.accounts import Approval  # noqa: PLC0415
    from mikrocert.service.institutions.connecting import differing_settings  # noqa: PLC0415

    if (institution is None) == (approval is None):
        raise wrong_use(message("either NAME, in a sandbox, or --from FILE, elsewhere, would be right"), lang)
    accounts, system = accounts_of(ctx), context(ctx).system
    say = voice(system.texts, lang)
    by = acting(actor, why=why)
    differing: list[Message] = []
    with refusing(say), _readable(say, texts=system.texts, as_json=as_json):
        if approval is None:
            system.plugins.institutions.get(institution or "")
            account = accounts.add(institution or "", **by)
        else:
            approved = Approval.read(_octets(approval))
            system.plugins.institutions.get(approved.institution)
            account = accounts.add_approved(approved, **by)
            differing += differing_settings(approved, system.settings)
    if as_json:
        _print_account(ctx, account, differing=[system.texts.all(each) for each in differing])
        return
    echo(say(message("The account of {institution} is open.", institution=account.institution)))
    for each in differing:
        echo(say(message("Other settings: {difference}", difference=each)))
    _print_standing(ctx, account, say)


def show(ctx: typer.Context, institution: Name, as_json: AsJson = False, lang: Lang = ENGLISH) -> None:
    """Show how far an institution is, and its keys. Exit code 1: it has no account."""
    from mikrocert.cli.key import key_lines, key_to_json  # noqa: PLC0415

    accounts, say = accounts_of(ctx), voice(context(ctx).texts, lang)
    with refusing(say):
        account = accounts.account(institution)
    keys = accounts.keys(institution)
    if as_json:
        _print_account(ctx, account, keys=[key_to_json(key) for key in keys])
        return
    echo(f"{institution}: {say(_standing(account))}")
    for line in _mandate(account):
        echo(say(line))
    for line in key_lines(keys, at=datetime.now(UTC)):
        echo(say(line))
    _print_settings(ctx, say)


def conform(
    ctx: typer.Context,
    institution: Name,
    files: Annotated[
        list[Path],
        typer.Argument(help="Export of the institution; a later one corrects.", metavar="FILE..."),
    ],
    excepted: Annotated[
        list[str] | None,
        typer.Option(
            "--except",
            help="Kind of record that this institution never has; may be repeated, and needs --why.",
            metavar="CODE",
        ),
    ] = None,
    intake: Annotated[
        str | None,
        typer.Option(help="Intake that reads the files; json is the canonical one.", metavar="NAME"),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of the files if not UTF-8, such as cp1250.", metavar="NAME")
    ] = None,
    why: Why = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Try whether an institution's exports show all kinds of records that they have to, and record the run; nothing is issued.

    Exit code 0: it conforms; 1: something is missing; 3: an export can't be read.
    """
    from mikrocert.service.institutions.conforming import try_conformance  # noqa: PLC0415

    if excepted and not (why or "").strip():
        raise wrong_use(message("--except needs --why TEXT: it stays among the acts"), lang)
    accounts, system = accounts_of(ctx), context(ctx).system
    say = voice(system.texts, lang)
    by = acting(actor, why=why)
    with refusing(say), _readable(say, texts=system.texts, as_json=as_json):
        accounts.account(institution)
        run = try_conformance(
            system,
            [_octets(file) for file in files],
            institution=institution,
            intake=intake,
            encoding=encoding,
            excepted=excepted or (),
        )
        account = accounts.conform(institution, conforms=run.conforms, details=_details(run), **by)
    if as_json:
        missing = [{"code": each.code, "message": system.texts.all(each.text)} for each in run.missing]
        _print_account(
            ctx, account, conforms=run.conforms, **{**_details(run), "shown": run.shown, "missing": missing}
        )
    else:
        _print_run(run, say)
        _print_standing(ctx, account, say)
    raise typer.Exit(ExitCode.ACCEPTED if run.conforms else ExitCode.SOME_REFUSED)


def mandate(
    ctx: typer.Context,
    institution: Name,
    document: Annotated[Path, typer.Option(help="The signed document; its hash is kept.", metavar="FILE")],
    since: Annotated[
        datetime,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day on which it holds.", metavar="DATE"),
    ],
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Last day on which it holds; without end if none.", metavar="DATE"
        ),
    ] = None,
    why: Why = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Record the agreement under which the operator seals for an institution. Exit code 1: it is refused."""
    accounts, say = accounts_of(ctx), voice(context(ctx).texts, lang)
    last = None if until is None else until.date()
    with refusing(say):
        account = accounts.mandate(
            institution, _octets(document), since=since.date(), until=last, **acting(actor, why=why)
        )
    if as_json:
        _print_account(ctx, account)
        return
    echo(say(message("The mandate of {institution} is recorded.", institution=institution)))
    for line in _mandate(account):
        echo(say(line))
    _print_standing(ctx, account, say)


def approve(
    ctx: typer.Context,
    institution: Name,
    out: Annotated[
        Path, typer.Option(help="Folder for the file that opens the account elsewhere.", metavar="FOLDER")
    ] = Path(),
    why: Why = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Approve that an institution goes to production, and write NAME-approval.json for `institution add --from` there.

    It can be repeated, where the file is wanted anew. Exit code 1: it is refused.
    """
    from mikrocert.cli.files import check_folder, put  # noqa: PLC0415
    from mikrocert.service.institutions import connecting  # noqa: PLC0415

    accounts, system = accounts_of(ctx), context(ctx).system
    say = voice(system.texts, lang)
    check_folder(out)
    with refusing(say):
        account, approval = connecting.approve(
            accounts, system.settings, institution, **acting(actor, why=why)
        )
    path = put(approval.octets, folder=out, name=f"{institution}-approval.json")
    if as_json:
        _print_account(ctx, account, file=str(path))
        return
    echo(
        say(
            message(
                "{institution} is approved; {path} opens its account where real credentials are issued (`mikrocert institution add --from`).",
                institution=institution,
                path=path,
            )
        )
    )
    _print_standing(ctx, account, say)


def suspend(
    ctx: typer.Context,
    institution: Name,
    why: Reason,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Suspend an institution: its keys only read, until it is resumed. Exit code 1: it is refused."""
    from mikrocert.accounts import Accounts  # noqa: PLC0415

    _change(ctx, Accounts.suspend, institution, **acting(actor, why=why), as_json=as_json, lang=lang)


def resume(
    ctx: typer.Context,
    institution: Name,
    why: Reason,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Lift the suspension of an institution. Exit code 1: it is refused."""
    from mikrocert.accounts import Accounts  # noqa: PLC0415

    _change(ctx, Accounts.resume, institution, **acting(actor, why=why), as_json=as_json, lang=lang)


def _change(
    ctx: typer.Context,
    change: Callable[..., Account],
    institution: str,
    *,
    as_json: bool,
    lang: str,
    **how: Any,  # noqa: ANN401 - as methods of `Accounts` take it
) -> None:
    """Change an account, and print how it stands."""
    accounts, say = accounts_of(ctx), voice(context(ctx).texts, lang)
    with refusing(say):
        account = change(accounts, institution, **how)
    if as_json:
        _print_account(ctx, account)
    else:
        _print_standing(ctx, account, say)


def four_eyes(
    ctx: typer.Context,
    institution: Name,
    why: Reason,
    deeds: Annotated[
        list[str] | None,
        typer.Option(
            "--deed",
            help="What needs a second pair of eyes; may be repeated. Nothing without it.",
            metavar="DEED",
        ),
    ] = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Set what needs a second pair of eyes for an institution, besides what settings want it for: issue, replace, revoke, erase, approve.

    To want it for less than before waits for a second pair itself, which is exit code 2.
    """
    from mikrocert.accounts import Deed  # noqa: PLC0415

    accounts, say = accounts_of(ctx), voice(context(ctx).texts, lang)
    there = [deed.value for deed in Deed if deed is not Deed.RELAX]
    for name in deeds or ():
        if name not in there:
            wrong = message("--deed: there is no '{deed}'; there are: {known:comma}", deed=name, known=there)
            raise wrong_use(wrong, lang)
    with refusing(say):
        account = accounts.want_four_eyes(institution, map(Deed, deeds or ()), **acting(actor, why=why))
    if as_json:
        _print_account(ctx, account)
    else:
        _print_standing(ctx, account, say)


def account_to_json(account: Account) -> dict[str, Any]:
    """Return an account as JSON says it."""
    mandate = account.mandate
    return {
        "institution": account.institution,
        "stage": account.stage.value,
        "since": account.since.isoformat(),
        "suspended_at": None if account.suspended_at is None else account.suspended_at.isoformat(),
        "four_eyes": sorted(deed.value for deed in account.four_eyes),
        "mandate": None
        if mandate is None
        else {
            "document": mandate.document,
            "since": mandate.since.isoformat(),
            "until": None if mandate.until is None else mandate.until.isoformat(),
        },
    }


def _standing(account: Account) -> Message:
    from mikrocert.accounts import STAGE_WORDS  # noqa: PLC0415

    stage = STAGE_WORDS[account.stage]
    if account.suspended_at is not None:
        return message("{stage}, suspended since {at}", stage=stage, at=account.suspended_at)
    return message("{stage} since {at}", stage=stage, at=account.since)


def _mandate(account: Account) -> tuple[Message, ...]:
    mandate = account.mandate
    if mandate is None:
        return ()
    values: dict[str, Any] = {"since": mandate.since, "document": mandate.document}
    if mandate.until is None:
        return (message("Mandate from {since} without end, SHA-256 of the document: {document}", **values),)
    return (
        message(
            "Mandate from {since} to {until}, SHA-256 of the document: {document}",
            until=mandate.until,
            **values,
        ),
    )


def _details(run: Conformance) -> dict[str, Any]:
    return {
        "files": list(run.files),
        "accepted": run.accepted,
        "refused": run.refused,
        "shown": list(run.shown),
        "missing": [each.code for each in run.missing],
        "excepted": list(run.excepted),
    }


def _print_run(run: Conformance, say: Say) -> None:
    from mikrocert.service.institutions.conforming import REQUIREMENTS  # noqa: PLC0415

    missing = {each.code for each in run.missing}
    for each in REQUIREMENTS:
        if each.code in run.shown:
            echo(f"✓ {each.code}: {say(each.text)} ({run.shown[each.code]})")
        elif each.code in missing:
            echo(f"✗ {each.code}: {say(each.text)}")
        else:
            echo(f"– {each.code}: {say(each.text)}")
    counted = message(
        "Would be issued: {accepted}, would be refused: {refused}; kinds of records that are missing: {missing}.",
        accepted=run.accepted,
        refused=run.refused,
        missing=len(missing),
    )
    echo(say(counted))


def _print_account(ctx: typer.Context, account: Account, **more: Any) -> None:  # noqa: ANN401 - as JSON says it
    print_json({**account_to_json(account), **more, "settings": settings_to_json(context(ctx).system)})


def _print_standing(ctx: typer.Context, account: Account, say: Say) -> None:
    echo(f"{account.institution}: {say(_standing(account))}")
    _print_settings(ctx, say)


def _print_settings(ctx: typer.Context, say: Say) -> None:
    from mikrocert.cli.printing import print_settings  # noqa: PLC0415

    print_settings(context(ctx).settings, say)


@contextmanager
def _readable(say: Say, *, texts: Texts, as_json: bool) -> Generator[None]:
    """Tell every fault of a file that can't be read, and end with the exit code for that."""
    from mikrocert.cli.common import print_unusable  # noqa: PLC0415
    from mikrocert.errors import IntakeError  # noqa: PLC0415

    try:
        yield
    except IntakeError as error:
        print_unusable(error, texts=texts, say=None if as_json else say)
        raise typer.Exit(ExitCode.UNUSABLE) from error


def _octets(file: Path) -> bytes:
    from mikrocert.errors import IntakeError  # noqa: PLC0415
    from mikrocert.parsing.files import read_bounded  # noqa: PLC0415
    from mikrocert.report import Finding, Severity  # noqa: PLC0415

    octets = read_bounded(file, most=_LARGEST)
    if not isinstance(octets, bytes):
        raise IntakeError([Finding("unreadable", Severity.ERROR, octets)])
    return octets
