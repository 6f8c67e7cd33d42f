"""The commands `mikrocert work` and `mikrocert jobs`: jobs are done, listed and tried again."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.command import Command
from mikrocert.cli.common import AsJson, Lang, context, voice
from mikrocert.cli.groups import GROUPS
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from mikrocert.jobs import QueuedJob
    from mikrocert.texts import Message

__all__ = ["app", "work"]


def work(
    ctx: typer.Context,
    concurrency: Annotated[
        int | None,
        typer.Option(
            min=1, help="How many jobs at a time; as many as there are processors without it.", metavar="N"
        ),
    ] = None,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="End once nothing is due and nobody is at work.")
    ] = False,
    lang: Lang = ENGLISH,
) -> None:
    """Do jobs: what institutions sent, and what is due. SIGTERM ends it once what is at hand is done.

    As many of these as one likes may run, on as many machines as reach the archive. Exit code 0: stopped, or nothing was left to
    do; 69: workers failed.
    """
    from mikrocert.service.confining import cores  # noqa: PLC0415
    from mikrocert.service.workforce import Workforce  # noqa: PLC0415

    system = context(ctx).system
    say = voice(system.texts, lang)
    system.batches.require()
    force = Workforce(
        system.settings, queue=system.queue, concurrency=concurrency or cores(), until_idle=until_idle
    )
    with _stopped_by_signals(force.stop):
        failed = force.run()
    if failed:
        echo(f"mikrocert: {say(message('workers that failed: {count}', count=failed))}", err=True)
        raise typer.Exit(ExitCode.UNAVAILABLE)


@contextmanager
def _stopped_by_signals(stop: Callable[[], object]) -> Generator[None]:
    """Let the signals that end a program end this one in order."""

    def stopping(_number: int, _frame: object) -> None:
        stop()

    wanted = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, stopping) for number in wanted]
    try:
        yield
    finally:
        for number, handler in zip(wanted, before, strict=True):
            signal.signal(number, handler)


def app() -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=GROUPS["jobs"].summary
    )
    group.command("list", cls=Command)(show)
    group.command("retry", cls=Command)(retry)
    return group


def show(ctx: typer.Context, as_json: AsJson = False, lang: Lang = ENGLISH) -> None:
    """List jobs in the order in which they are taken, a thousand at most."""
    system = context(ctx).system
    say = voice(system.texts, lang)
    found = system.queue.jobs(limit=1000)
    if as_json:
        print_json(
            [
                {
                    "number": one.number,
                    "task": one.job.task,
                    "arguments": dict(one.job.arguments),
                    "at": one.job.at.isoformat() if one.job.at else None,
                    "attempts": one.attempts,
                    "worker": one.worker,
                    "fault": one.fault,
                    "given_up_at": one.given_up_at.isoformat() if one.given_up_at else None,
                }
                for one in found
            ]
        )
        return
    for one in found:
        echo(f"{one.number} {one.job.task}: {say(_state(one))}")
    if not found:
        echo(say(message("There are no jobs.")))


def _state(one: QueuedJob) -> Message:
    if one.given_up_at is not None:
        return message(
            "given up on {at} after {attempts} attempts ({fault})",
            at=one.given_up_at,
            attempts=one.attempts,
            fault=one.fault or "–",
        )
    if one.worker is not None:
        return message("being done by {worker}", worker=one.worker)
    if one.fault is not None:
        return message(
            "waits until {at} after {attempts} attempts ({fault})",
            at=one.job.at or "–",
            attempts=one.attempts,
            fault=one.fault,
        )
    return message("waits") if one.job.at is None else message("waits until {at}", at=one.job.at)


def retry(ctx: typer.Context, lang: Lang = ENGLISH) -> None:
    """Retry all jobs that were given up."""
    system = context(ctx).system
    say = voice(system.texts, lang)
    echo(say(message("Jobs that are tried again: {count}.", count=system.queue.retry())))
