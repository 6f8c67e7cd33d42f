"""The command `mikrocert renew`: seals of the archive that end soon are made to last."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.common import AsJson, Lang, context, settings_to_json, voice, warn
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from mikrocert.kinds.envelope import Lasting
    from mikrocert.service.keeping.renewing import Renewal
    from mikrocert.texts import Message, Say, Texts

__all__ = ["A_YEAR", "Before", "DryRun", "line_of", "renew", "renewals_to_json"]

A_YEAR = timedelta(days=365)
_MORE_THAN_A_FEW = 3


Before = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        help="Day before which a seal ends that is renewed; a year from now without it.",
        metavar="DATE",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what is due and do nothing.")]


def renew(
    ctx: typer.Context,
    before: Before = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Make the seals of the archive, and those of heads of the log, last that end soon. Old editions stay; it can be stopped and run again.

    Exit code 0: all that was due is renewed, or nothing was due; 1: something failed.
    """
    system = context(ctx).system
    say = voice(system.texts, lang)
    now = datetime.now(UTC)
    end = now + A_YEAR if before is None else before.replace(tzinfo=UTC)
    archive = system.archive
    total = 0 if archive is None else archive.count()
    done: list[Renewal] = []
    with _progress(total, say, quiet=as_json) as on_progress:
        for one in system.renew(
            before=end, dry_run=dry_run, on_progress=on_progress, on_warning=lambda found: warn(found, say)
        ):
            done.append(one)
            if not as_json:
                echo(say(line_of(one)))
    for one in system.log.renew(before=end, dry_run=dry_run):
        done.append(one)
        if not as_json:
            echo(say(line_of(one)))
    failed = sum(one.fault is not None for one in done)
    if as_json:
        print_json(
            {
                **renewals_to_json(done, texts=system.texts),
                "before": end.isoformat(),
                "dry_run": dry_run,
                "settings": settings_to_json(system),
            }
        )
    else:
        good = len(done) - failed
        sentence = (
            message(
                "Credentials: {total}; files that end before {end}: due {due}, too late or unreadable {failed}.",
                total=total,
                end=end,
                due=good,
                failed=failed,
            )
            if dry_run
            else message(
                "Credentials: {total}; files that end before {end}: renewed {renewed}, failed {failed}.",
                total=total,
                end=end,
                renewed=good,
                failed=failed,
            )
        )
        echo(say(sentence))
    raise typer.Exit(ExitCode.SOME_REFUSED if failed else ExitCode.ACCEPTED)


def line_of(one: Renewal) -> Message:
    """Return what became of a file, on one line."""
    credential = one.identifier if one.file is None else f"{one.identifier}{one.file.suffix}"
    name = credential or str(one.head)
    if one.fault is not None:
        return message("{name}: not renewed: {fault}", name=name, fault=one.fault)
    if one.before is None or one.after is None:
        return message(
            "{name}: due, lasts until {end}", name=name, end="–" if one.before is None else one.before.until
        )
    return message(
        "{name}: renewed, lasts until {end} ({level})", name=name, end=one.after.until, level=one.after.level
    )


def renewals_to_json(done: Sequence[Renewal], *, texts: Texts) -> dict[str, Any]:
    """Return what became of each, sorted by that."""
    found: dict[str, list[dict[str, Any]]] = {"renewed": [], "due": [], "failed": []}
    for one in done:
        entry: dict[str, Any] = {
            "identifier": one.identifier,
            "format": None if one.file is None else one.file.format,
            "kind": _kind(one),
            "before": _lasting(one.before),
        }
        if one.head is not None:
            entry["head"] = str(one.head)
        if one.fault is not None:
            found["failed"].append({**entry, "message": texts.all(one.fault)})
        elif one.after is None:
            found["due"].append(entry)
        else:
            found["renewed"].append({**entry, "after": _lasting(one.after)})
    return found


def _kind(one: Renewal) -> str | None:
    if one.head is not None:
        return "head"
    return None if one.file is None else one.file.kind.value


def _lasting(lasting: Lasting | None) -> dict[str, str] | None:
    return None if lasting is None else {"level": lasting.level, "until": lasting.until.isoformat()}


@contextmanager
def _progress(total: int, say: Say, *, quiet: bool) -> Generator[Callable[[int], object]]:
    """Give what shows how far it is: a bar on a terminal, where there are more than a few."""
    from rich.console import Console  # noqa: PLC0415

    from mikrocert.service.keeping.renewing import unseen  # noqa: PLC0415

    console = Console(stderr=not sys.stdout.isatty())
    if quiet or total <= _MORE_THAN_A_FEW or not console.is_terminal:
        yield unseen
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(say(message("Renewing")), total=total)
        yield lambda count: bar.update(task, completed=count)
