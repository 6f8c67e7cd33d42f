"""The group `mikrocert intake`: looks at exports of universities that are to be connected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.command import Command
from mikrocert.cli.common import AsJson, Lang, context, voice
from mikrocert.cli.groups import GROUPS
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, Message, Texts, message

if TYPE_CHECKING:
    from mikrocert.intake.guessing import Guess
    from mikrocert.intake.proposing import Proposal
    from mikrocert.service.institutions.trying import Trial
    from mikrocert.texts import Say

__all__ = ["app"]

_LARGEST_FILE = 16 * 1024 * 1024


def app() -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=GROUPS["intake"].summary
    )
    group.callback()(_group)
    group.command("probe", cls=Command)(probe)
    return group


def _group() -> None:
    """Keep `probe` a command of the group, though it is the only one."""


def probe(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Export of any university.", metavar="FILE")],
    layout: Annotated[
        Path | None, typer.Option(help="Layout to try on it, instead of proposing one.", metavar="FILE")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of the file if not UTF-8, such as cp1250.", metavar="NAME")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Propose a layout for an export, as TOML to be read and corrected, and list what an award needs and no column has.

    With --layout say what can be read by it, and what the rules find in that. Nothing is issued or recorded. Exit code 0: read, and
    without errors where a layout is tried; 1: with errors; 3: it can't be read.
    """
    from mikrocert.errors import IntakeError  # noqa: PLC0415
    from mikrocert.intake.proposing import propose  # noqa: PLC0415
    from mikrocert.service.json import unusable_to_json  # noqa: PLC0415

    texts = Texts()
    say = voice(texts, lang)
    try:
        data = _read(file)
        if layout is not None:
            trial = _try(ctx, data, layout, encoding)
            _print_trial(trial, texts, say, as_json=as_json)
            raise typer.Exit(ExitCode.ACCEPTED if trial.good == trial.count else ExitCode.SOME_REFUSED)
        proposal = propose(data, encoding=encoding)
    except IntakeError as error:
        if as_json:
            print_json(unusable_to_json(error, texts=texts), indent=None)
        else:
            for finding in error.findings:
                place = f"{finding.path}: " if finding.path else ""
                echo(f"mikrocert: {place}{say(finding.message)}", err=True)
        raise typer.Exit(ExitCode.UNUSABLE) from error
    if as_json:
        print_json(_proposal_to_json(proposal, say))
    else:
        for line in proposal.toml(say).splitlines():
            echo(line)


def _read(file: Path) -> bytes:
    from mikrocert.errors import IntakeError  # noqa: PLC0415
    from mikrocert.parsing.files import read_bounded  # noqa: PLC0415
    from mikrocert.report import Finding, Severity  # noqa: PLC0415

    data = read_bounded(file, most=_LARGEST_FILE)
    if not isinstance(data, bytes):
        raise IntakeError([Finding("unreadable", Severity.ERROR, data)])
    return data


def _try(ctx: typer.Context, data: bytes, file: Path, encoding: str | None) -> Trial:
    from datetime import UTC, datetime  # noqa: PLC0415

    from mikrocert.intake.description import read_layout  # noqa: PLC0415
    from mikrocert.rules import rule_set  # noqa: PLC0415
    from mikrocert.service.institutions.trying import try_layout  # noqa: PLC0415
    from mikrocert.settings.files import read_named_file  # noqa: PLC0415
    from mikrocert.texts.dates import local_time  # noqa: PLC0415

    layout = read_layout(read_named_file(file, member="--layout"), name=str(file))
    rules = rule_set(context(ctx).settings.rule_set)
    today = local_time(datetime.now(UTC)).date()
    return try_layout(data, layout=layout, rules=rules, on=today, encoding=encoding)


def _print_trial(trial: Trial, texts: Texts, say: Say, *, as_json: bool) -> None:
    from mikrocert.report.json import finding_to_json  # noqa: PLC0415

    if as_json:
        print_json(
            {
                "records": trial.count,
                "without_errors": trial.good,
                "findings": [
                    {**finding_to_json(one.finding, texts=texts), "records": one.records, "first": one.first}
                    for one in trial.tallies
                ],
            }
        )
        return
    echo(
        say(
            message(
                "Records: {count}; without errors, but for what the institution says of itself: {good}.",
                count=trial.count,
                good=trial.good,
            )
        )
    )
    for one in trial.tallies:
        place = f"{one.finding.path}: " if one.finding.path else ""
        times = say(_times(one.records, one.first))
        echo(f"  {place}{say(one.finding.message)} ({times})")


def _times(records: int, first: int) -> Message:
    return message("records: {count}, the first is #{first}", count=records, first=first)


def _proposal_to_json(proposal: Proposal, say: Say) -> dict[str, Any]:
    return {
        "kind": proposal.sample.kind,
        "records": proposal.sample.count,
        "fields": [_guess_to_json(guess) for guess in proposal.guesses],
        "lacks": [
            {"element": lack.element, "member": lack.member, "about": say(lack.about)}
            for lack in proposal.lacks
        ],
        "layout": proposal.toml(say),
    }


def _guess_to_json(guess: Guess) -> dict[str, Any]:
    from mikrocert.intake.proposing import shown_name  # noqa: PLC0415

    return {
        "name": shown_name(guess.field.name),
        "group": guess.field.group,
        "fills": guess.fills,
        "sureness": guess.sureness and guess.sureness.value,
        "by_name": guess.by_name,
        "share_of_values": None if guess.fits is None else round(guess.fits, 2),
        "language": guess.language,
        "translates": guess.translates,
        "words_not_understood": list(guess.unknown_words),
        "forbidden": guess.forbidden,
        "unusable": guess.unusable,
    }
