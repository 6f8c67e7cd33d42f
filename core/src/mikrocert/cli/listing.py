"""The commands `mikrocert list`, `find` and `stats`: what the archive holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mikrocert.cli import ExitCode
from mikrocert.cli.common import AsJson, Lang, context, voice, wrong_use
from mikrocert.cli.output import echo, inert, print_json, standard_output
from mikrocert.texts import ENGLISH, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mikrocert.archive import Archived
    from mikrocert.service.counting import Total
    from mikrocert.service.system import System

__all__ = ["find", "list_", "stats"]

_MONTH = "%Y-%m"
_CSV_COLUMNS = ("identifier", "issued_at", "state", "institution", "evidence_number", "version", "holder")

Institution = Annotated[
    str | None, typer.Option(help="Institution that awarded; all without it.", metavar="NAME")
]
After = Annotated[
    str | None,
    typer.Option(help="Identifier of the last one of the page before.", metavar="IDENTIFIER"),
]
Limit = Annotated[int, typer.Option(help="How many at most.", min=1, max=1000, metavar="NUMBER")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]


def list_(
    ctx: typer.Context,
    institution: Institution = None,
    state: Annotated[
        Literal["live", "revoked", "replaced", "erased"] | None,
        typer.Option(help="State of the credentials.", metavar="STATE"),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day of issuing (UTC).", metavar="DATE"),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day before which they were issued (UTC).", metavar="DATE"),
    ] = None,
    after: After = None,
    limit: Limit = 100,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """List credentials in the order of issuing, page by page. Exit code 0: there are some; 1: there are none."""
    from mikrocert.archive import ListedState  # noqa: PLC0415

    _one_form(as_json, as_csv, lang)
    system = context(ctx).system
    found = system.credentials(
        institution=institution,
        state=None if state is None else ListedState(state),
        since=None if since is None else since.replace(tzinfo=UTC),
        until=None if until is None else until.replace(tzinfo=UTC),
        after=after,
        limit=limit,
    )
    _print(found, system, limit=limit, as_csv=as_csv, as_json=as_json, lang=lang)


def find(
    ctx: typer.Context,
    text: Annotated[
        str,
        typer.Argument(
            help="Identifier, verification link, record number, or words of the learner's name.",
            metavar="TEXT",
        ),
    ],
    institution: Institution = None,
    after: After = None,
    limit: Limit = 100,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Find credentials. Of a name whole words count, with or without marks. Exit code 0: there are some; 1: there are none."""
    _one_form(as_json, as_csv, lang)
    system = context(ctx).system
    found = system.find(text, institution=institution, after=after, limit=limit)
    _print(found, system, limit=limit, as_csv=as_csv, as_json=as_json, lang=lang)


def stats(
    ctx: typer.Context,
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="What to tell them by; may be repeated: institution, month, type, field. By institution and month without it.",
            metavar="WHAT",
        ),
    ] = None,
    institution: Institution = None,
    since: Annotated[
        datetime | None, typer.Option(formats=[_MONTH], help="First month (UTC).", metavar="MONTH")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=[_MONTH], help="Last month (UTC).", metavar="MONTH")
    ] = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
    lang: Lang = ENGLISH,
) -> None:
    """Count what was issued, revoked, replaced, renewed and erased. Nothing personal is told.

    By field, a credential counts in each of its fields.
    """
    from mikrocert.service.counting import BY, COUNTED, totals  # noqa: PLC0415

    _one_form(as_json, as_csv, lang)
    chosen = tuple(dict.fromkeys(by or ("institution", "month")))
    for one in chosen:
        if one not in BY:
            raise wrong_use(message("--by is one of {names:comma}, not '{text}'", names=BY, text=one), lang)
    tallies = context(ctx).system.statistics(
        institution=institution,
        since=None if since is None else since.strftime(_MONTH),
        until=None if until is None else until.strftime(_MONTH),
    )
    columns = (*chosen, *(kind.value for kind in COUNTED))
    found = totals(tallies, by=chosen)
    if as_json:
        print_json(
            {"by": list(chosen), "counts": [dict(zip(columns, _row(one), strict=True)) for one in found]}
        )
    elif as_csv:
        _print_csv(columns, map(_row, found))
    else:
        _print_table([columns, *map(_row, found)])


def _row(total: Total) -> tuple[str | int, ...]:
    return (*total.values, *total.counts)


def _one_form(as_json: bool, as_csv: bool, lang: str) -> None:  # noqa: FBT001 - two options
    if as_json and as_csv:
        raise wrong_use(message("--json and --csv don't belong together"), lang)


def _print(
    found: Sequence[Archived], system: System, *, limit: int, as_csv: bool, as_json: bool, lang: str
) -> None:
    from mikrocert.service.json import listed_to_json  # noqa: PLC0415

    following = found[-1].registration.identifier if len(found) >= limit else None
    rows = [listed_to_json(one, link=system.link(one.registration.identifier)) for one in found]
    if as_json:
        print_json({"credentials": rows, "next": following})
    elif as_csv:
        _print_csv(_CSV_COLUMNS, ([row[column] for column in _CSV_COLUMNS] for row in rows))
    else:
        say = voice(system.texts, lang)
        _print_table([[row[column] or "–" for column in _CSV_COLUMNS] for row in rows])
        if following is not None:
            echo(say(message("There may be more: --after {identifier}", identifier=following)))
        if not rows:
            echo(say(message("There are none.")))
    raise typer.Exit(ExitCode.VALID if found else ExitCode.INVALID)


def _print_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print CSV (RFC 4180); a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    import csv  # noqa: PLC0415 - so that help stays quick

    from mikrocert.texts.spreadsheets import no_formula  # noqa: PLC0415

    writer = csv.writer(standard_output(), lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(["" if cell is None else no_formula(inert(str(cell))) for cell in row])


def _print_table(rows: Sequence[Sequence[Any]]) -> None:
    """Print rows in columns as wide as they need to be, the last one apart."""
    texts = [[inert(str(cell)) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
