"""The group `mikrocert batch`: an institution's export is worked through by jobs, for the operator at a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.command import Command
from mikrocert.cli.common import AsJson, Lang, context, voice
from mikrocert.cli.groups import GROUPS
from mikrocert.cli.output import echo, print_json
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from mikrocert.jobs import Batch, BatchResult
    from mikrocert.service.system import System
    from mikrocert.texts import Message, Say

__all__ = ["app", "batch_to_json"]

_ACTOR = "command line"
_AT_ONCE = 500

_Id = Annotated[str, typer.Argument(help="Identifier of the batch.", metavar="BATCH")]
_Institution = Annotated[str, typer.Option(help="Institution that awards.", metavar="NAME")]


def app() -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=GROUPS["batch"].summary
    )
    for name, command in (
        ("send", send),
        ("show", show),
        ("list", list_),
        ("cancel", cancel),
        ("files", files),
        ("holder-links", holder_links),
    ):
        group.command(name, cls=Command)(command)
    return group


def send(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Export of awards.", metavar="FILE")],
    institution: _Institution,
    media_type: Annotated[
        str | None,
        typer.Option(
            help="Media type of the file; application/jsonl has an award in the canonical form on each line. By the end of "
            "its name without it.",
            metavar="TYPE",
        ),
    ] = None,
    intake: Annotated[
        str | None,
        typer.Option(help="Intake that reads the file; json is the canonical one.", metavar="NAME"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Seal and record nothing.")] = False,
    wait: Annotated[
        float, typer.Option(min=0, help="Wait so many seconds for its end.", metavar="SECONDS")
    ] = 0,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Send the awards of a file to be issued by jobs, which `mikrocert work` does. The same file once more is the same batch."""
    from mikrocert.errors import IntakeError  # noqa: PLC0415

    system = context(ctx).system
    say = voice(system.texts, lang)
    try:
        with file.open("rb") as data:
            batch = system.batches.accept(
                institution,
                data,
                media_type=media_type or _media_type(file),
                actor=_ACTOR,
                intake=intake,
                dry_run=dry_run,
            )
    except OSError as error:
        raise typer.BadParameter(
            say(message("{file} can't be read: {reason}", file=file, reason=error))
        ) from error
    except IntakeError as error:
        for finding in error.findings:
            echo(f"mikrocert: {say(finding.message)}", err=True)
        raise typer.Exit(ExitCode.UNUSABLE) from error
    if wait:
        batch = system.batches.wait(institution, batch.id, seconds=wait)
    _print(system, batch, say, as_json=as_json, results=batch.ended)


def _media_type(file: Path) -> str:
    import mimetypes  # noqa: PLC0415

    if file.suffix in {".jsonl", ".ndjson"}:
        return "application/jsonl"
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def show(
    ctx: typer.Context, batch: _Id, institution: _Institution, as_json: AsJson = False, lang: Lang = ENGLISH
) -> None:
    """Show how far a batch is, and what became of each record. Exit code 0: all accepted so far; 1: some refused; 3: unusable."""
    system = context(ctx).system
    _print(
        system,
        system.batches.find(institution, batch),
        voice(system.texts, lang),
        as_json=as_json,
        results=True,
    )


def list_(
    ctx: typer.Context,
    institution: Annotated[str | None, typer.Option(help="Only of this institution.", metavar="NAME")] = None,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """List the last hundred batches, the newest first."""
    system = context(ctx).system
    say = voice(system.texts, lang)
    found = system.batches.recent(institution)
    if as_json:
        print_json([batch_to_json(batch) for batch in found])
        return
    for batch in found:
        echo(say(_line(batch)))
    if not found:
        echo(say(message("There are no batches.")))


def cancel(ctx: typer.Context, batch: _Id, institution: _Institution, lang: Lang = ENGLISH) -> None:
    """Cancel a batch. What was issued stays issued."""
    system = context(ctx).system
    echo(voice(system.texts, lang)(_line(system.batches.cancel(institution, batch))))


def files(
    ctx: typer.Context,
    batch: _Id,
    institution: _Institution,
    out: Annotated[Path, typer.Option(help="ZIP to be written.", metavar="FILE")],
    lang: Lang = ENGLISH,
) -> None:
    """Write a ZIP of all files that came of a batch so far."""
    from mikrocert.cli.files import put  # noqa: PLC0415

    system = context(ctx).system
    file = put(system.batches.archive_of(institution, batch), folder=out.parent, name=out.name)
    echo(voice(system.texts, lang)(message("Written: {file}", file=file)))


def holder_links(ctx: typer.Context, batch: _Id, institution: _Institution) -> None:
    """Make the holder's links of what a batch issued, of those that have none yet: JSON, one on each line, told this once."""
    system = context(ctx).system
    after = 0
    while some := system.batches.results(institution, batch, after=after, limit=_AT_ONCE, refused=False):
        after = some[-1].number
        for one in some:
            if one.identifier is None or not one.created:
                continue
            link = system.sharing.first_holder_link(one.identifier)
            if link is not None:
                shown = {"evidence_number": one.evidence_number, "identifier": one.identifier}
                print_json({**shown, "holder_link": link}, indent=None)


def batch_to_json(batch: Batch) -> dict[str, Any]:
    """Return a batch as JSON."""
    return {
        "id": batch.id,
        "institution": batch.institution,
        "state": batch.state.value,
        "dry_run": batch.options.dry_run,
        "accepted_at": batch.accepted_at.isoformat(timespec="seconds"),
        "ended_at": batch.ended_at.isoformat(timespec="seconds") if batch.ended_at else None,
        "total": batch.total,
        "done": batch.done,
        "issued": batch.issued,
        "repeated": batch.repeated,
        "passed": batch.passed,
        "refused": batch.refused,
        "unusable": list(batch.findings),
    }


def _print(system: System, batch: Batch, say: Say, *, as_json: bool, results: bool) -> None:
    """Print a batch and, if wanted, what became of its records; end with the exit code for it."""
    if as_json:
        print_json(batch_to_json(batch), indent=None)
    else:
        echo(say(_line(batch)))
        for finding in batch.findings:
            echo(f"  {_of_language(finding['message'], say)}")
    after = 0
    while results and (
        some := system.batches.results(batch.institution, batch.id, after=after, limit=_AT_ONCE)
    ):
        after = some[-1].number
        for one in some:
            if as_json:
                print_json(_result_to_json(one), indent=None)
            else:
                echo(say(_result(one)))
                for finding in one.findings:
                    place = f"{finding['path']}: " if finding["path"] else ""
                    echo(f"  {place}{_of_language(finding['message'], say)}")
    if batch.findings:
        raise typer.Exit(ExitCode.UNUSABLE)
    raise typer.Exit(ExitCode.SOME_REFUSED if batch.refused else ExitCode.ACCEPTED)


def _of_language(texts: dict[str, str], say: Say) -> str:
    language: str = getattr(say, "keywords", {}).get("language", ENGLISH)
    return texts.get(language) or texts[ENGLISH]


def _line(batch: Batch) -> Message:
    return message(
        "{id} ({institution}): {state}; records: {total}, issued {issued}, issued before {repeated}, would be issued {passed}, "
        "refused {refused}",
        id=batch.id,
        institution=batch.institution,
        state=_STATES[batch.state.value],
        total="–" if batch.total is None else batch.total,
        issued=batch.issued,
        repeated=batch.repeated,
        passed=batch.passed,
        refused=batch.refused,
    )


_STATES = {
    "arriving": message("is arriving"),
    "reading": message("waits to be read"),
    "working": message("is being worked through"),
    "done": message("done"),
    "cancelled": message("cancelled"),
    "unusable": message("unusable"),
}


def _result(one: BatchResult) -> Message:
    if one.refused:
        return message("{number}: refused ({record})", number=one.number, record=one.evidence_number or "–")
    if one.identifier is None:
        return message(
            "{number}: would be issued ({record})", number=one.number, record=one.evidence_number or "–"
        )
    return message(
        "{number}: {identifier} ({record})",
        number=one.number,
        identifier=one.identifier,
        record=one.evidence_number or "–",
    )


def _result_to_json(one: BatchResult) -> dict[str, Any]:
    return {
        "record": {
            "number": one.number,
            "row": one.row,
            "line": one.line,
            "evidence_number": one.evidence_number,
        },
        "refused": one.refused,
        "identifier": one.identifier,
        "created": one.created,
        "findings": list(one.findings),
    }
