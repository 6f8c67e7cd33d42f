"""What the terminal shows."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from rich.console import Console
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from mikrocert.archive.events import EventKind
from mikrocert.award.identifiers import is_identifier
from mikrocert.cli.output import inert, standard_output
from mikrocert.host.loading import Failure
from mikrocert.report import (
    CHECK_NAMES,
    OUTCOME_WORDS,
    SEVERITY_WORDS,
    Outcome,
    Severity,
    StatusValue,
    advice_of,
    headline_of,
    sealer_of,
    tone_of,
)
from mikrocert.service.issuing import Phase
from mikrocert.settings import FILE
from mikrocert.texts import Message, message, printable, standing
from mikrocert.texts.typography import groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mikrocert.archive import Archived, Event
    from mikrocert.host.loading import Plugins, Skipped
    from mikrocert.report import Finding, Report, View
    from mikrocert.service.anchors import Anchor
    from mikrocert.service.issuing import IssueResult
    from mikrocert.settings import Settings
    from mikrocert.texts import Say, Value

__all__ = [
    "PHASES",
    "new_console",
    "print_archived",
    "print_plugins",
    "print_report",
    "print_result",
    "print_revoked",
    "print_settings",
    "print_summary",
    "print_taken",
]

_TONES = {
    "valid": "bold white on dark_green",
    "test": "bold reverse",
    "failed": "bold white on dark_red",
    "undetermined": "bold black on yellow",
    "neutral": "bold reverse",
}
_TEST_NOTE = message(
    "Test seal (TEST). It proves nothing and has no legal effect.",
)
_OUTCOMES = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.FAILED: ("✗", "bold red"),
    Outcome.UNDETERMINED: ("!", "yellow"),
    Outcome.WITHHELD: ("·", "yellow"),
    Outcome.NOT_APPLICABLE: ("–", "dim"),
}
_SEVERITIES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
_STATES = {
    StatusValue.LIVE: message("live"),
    StatusValue.REVOKED: message("revoked"),
    StatusValue.REPLACED: message("replaced"),
}
_KINDS = {
    EventKind.ISSUED: message("issued"),
    EventKind.REVOKED: message("revoked"),
    EventKind.REPLACED: message("replaced"),
    EventKind.RENEWED: message("seal renewed"),
    EventKind.ERASED: message("content erased"),
}
PHASES = {
    Phase.JUDGE: message("judging"),
    Phase.BUILD: message("building"),
    Phase.SECURE: message("sealing"),
    Phase.RENDER: message("drawing"),
    Phase.RECORD: message("recording"),
}
"""What is shown beside the progress of a batch."""


_GLUE = "\ue000"
"""Stands for a no-break space until lines are broken; `inert` lets no such character through."""


class _Output:
    """Standard output that turns the glue back into no-break spaces."""

    def write(self, text: str) -> int:
        return standard_output().write(text.replace(_GLUE, "\u00a0"))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a file has
        return getattr(standard_output(), name)


class _Inert(Console):
    """A console on which no text drives anything: what is printed is inert, only Rich's own styles are not."""

    def render(self, *arguments: Any, **options: Any) -> Iterator[Segment]:  # noqa: ANN401 - as Rich has it
        """Give the segments of what is printed."""
        for segment in super().render(*arguments, **options):
            yield segment if segment.control else Segment(_inert(segment.text), segment.style)


def _inert(text: str) -> str:
    """Return what is about to leave, inert: line ends and the glue are ours by now."""
    return _GLUE.join(map(printable, text.split(_GLUE)))


def new_console() -> Console:
    """Return a console on standard output that highlights nothing on its own."""
    return _Inert(file=cast("IO[str]", _Output()), highlight=False, soft_wrap=False)


def _shown(text: str) -> str:
    """Return a text that drives no terminal and is not broken at its no-break spaces, as Rich would do."""
    return inert(text).replace("\u00a0", _GLUE)


def _sentence(value: Value, say: Say) -> str:
    return _shown(say(value))


def _finding_line(finding: Finding, say: Say) -> Text:
    line = Text("  ")
    line.append(_sentence(SEVERITY_WORDS[finding.severity], say), style=_SEVERITIES[finding.severity])
    line.append(f" {_shown(finding.path)}: " if finding.path else ": ")
    return line.append(_sentence(finding.message, say))


def _grouped(identifier: str) -> str:
    """Return an identifier in groups; what is none is not repeated where people look for one."""
    return " ".join(groups(identifier)) if is_identifier(identifier) else "–"


def print_result(result: IssueResult, files: Iterable[str], say: Say, *, console: Console) -> None:
    """Print what became of one record: identifier, link and files, or every fault."""
    record = result.record
    place = message("#{number}", number=record.number)
    if record.line is not None:
        place = message("#{number} (line {line})", number=record.number, line=record.line)
    number = _shown(record.evidence_number or say(message("no record number")))
    start = f"{_sentence(place, say)} {number} "
    receipt = result.receipt
    if result.refused:
        head = Text("✗ ", style="bold red").append(start, style="default")
        console.print(head.append(_sentence(message("refused"), say), style="bold red"))
    elif receipt is None:
        head = Text("✓ ", style="bold green").append(start, style="default")
        console.print(head.append(_sentence(message("would be issued"), say), style="green"))
    else:
        word = message("issued now") if receipt.created else message("was issued before")
        head = Text("✓ ", style="bold green").append(start, style="default")
        head.append(_sentence(word, say), style="green")
        if receipt.status.value is not StatusValue.LIVE:
            head.append(f" ({_sentence(_STATES[receipt.status.value], say)})", style="bold yellow")
        console.print(head)
        console.print(
            Text("  ")
            .append(_grouped(receipt.registration.identifier), style="bold")
            .append(f"  {_shown(receipt.link)}"),
            soft_wrap=True,
        )
        for name in files:
            console.print(Text(f"  {_shown(name)}", style="dim"), soft_wrap=True)
    for finding in result.findings:
        console.print(_finding_line(finding, say), soft_wrap=True)


def print_summary(accepted: int, refused: int, say: Say, *, dry_run: bool) -> None:
    """Print how many were issued, or would be, and how many refused."""
    summary = message("Issued: {accepted}, refused: {refused}.", accepted=accepted, refused=refused)
    if dry_run:
        summary = message(
            "Would be issued: {accepted}, refused: {refused}. Nothing was sealed or recorded.",
            accepted=accepted,
            refused=refused,
        )
    new_console().print(_sentence(summary, say))


def print_settings(settings: Settings, say: Say) -> None:
    """Print in one quiet line where the settings come from, and that those of the current folder were not read."""
    here = Path(FILE).absolute()
    line = settings.origin
    if here != settings.file and here.exists():
        line = message(
            "{settings} ({file} of this folder was not read; --config {file} names it)",
            settings=settings.origin,
            file=FILE,
        )
    new_console().print(Text(_sentence(line, say), style="dim"), soft_wrap=True)


def print_taken(taken: Message, anchors: Iterable[Anchor], say: Say) -> None:
    """Print in quiet lines as what the argument was taken, and which anchors a person added."""
    console = new_console()
    console.print(Text(_sentence(taken, say), style="dim"), soft_wrap=True)
    for anchor in anchors:
        line = message(
            "Trusted for this verification only: {name} ({file}, SHA-256 {sha256})",
            name=anchor.name,
            file=anchor.file,
            sha256=anchor.sha256,
        )
        console.print(Text(_sentence(line, say), style="bold"), soft_wrap=True)


def print_report(report: Report, say: Say) -> None:
    """Print verdict first, then every check with its reason, then the data if they may be shown as fact."""
    console = new_console()
    title = _sentence(headline_of(report).title, say)
    if report.test_seal:
        title = f"TEST · {title}"
    console.print(Text(f" {title} ", style=_TONES[tone_of(report)]))
    if report.test_seal:
        console.print(Text(_sentence(_TEST_NOTE, say), style="bold"))
    sealer = sealer_of(report)
    if sealer is not None:
        console.print(Text(_sentence(sealer, say)))
    if not report.unusable:
        console.print(Text(" ".join(_sentence(sentence, say) for sentence in advice_of(report))))
    for finding in report.unusable:
        console.print(_finding_line(finding, say), soft_wrap=True)
    if report.identifier:
        line = Text(f"{_sentence(message('Identifier'), say)} ")
        console.print(line.append(_grouped(report.identifier), style="bold"))
    if report.results:
        console.print(_checks(report, say))
    view = report.view
    if view is not None and report.proven:
        _print_view(console, view.without_birth(), say)
    elif view is not None:
        console.print(
            _sentence(
                message(
                    "Data of the file are unverified, so they are not shown; --json has them as unverified_data."
                ),
                say,
            )
        )


def _checks(report: Report, say: Say) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for result in report.results:
        icon, style = _OUTCOMES[result.outcome]
        name, word = CHECK_NAMES.get(result.check), OUTCOME_WORDS[result.outcome]
        sentence = result.sentence
        shown = Text(standing(_sentence(sentence, say)) if sentence else "")
        for finding in result.findings:
            if finding.severity is not Severity.INFO and finding.message != sentence:
                shown.append("\n")
                shown.append(_finding_line(finding, say))
        table.add_row(
            Text(icon, style=style),
            Text(_sentence(name, say) if name else _shown(result.check)),
            Text(_sentence(word, say), style=style),
            shown,
        )
    return table


def _print_view(console: Console, view: View, say: Say) -> None:
    for section in view.sections:
        console.print()
        console.print(Text(_sentence(section.heading, say), style="bold"))
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(style="dim", max_width=28)
        table.add_column(ratio=1)
        for item in section.items:
            values = [_sentence(value, say) for value in item.values]
            if len(values) > 1:
                values = [f"{number}. {value}" for number, value in enumerate(values, start=1)]
            table.add_row(Text(_sentence(item.label, say)), Text("\n".join(values)))
        console.print(table)


def print_archived(
    archived: Archived, history: Iterable[Event], view: View | None, link: str, say: Say
) -> None:
    """Print a credential of the archive with its history."""
    console = new_console()
    registration = archived.registration
    console.print(
        Text(_grouped(registration.identifier), style="bold").append(f"  {_shown(link)}"), soft_wrap=True
    )
    facts = (registration.institution, registration.evidence_number, ", ".join(archived.formats))
    console.print(Text(" · ".join(map(_shown, facts))))
    for event in history:
        line = Text(f"  {_sentence(event.at, say)}  ").append(
            _sentence(_KINDS[event.kind], say), style="bold"
        )
        if event.successor:
            line.append(f" → {_grouped(event.successor)}")
        console.print(line.append(f": {_shown(event.reason)}" if event.reason else ""))
    if view is not None:
        _print_view(console, view, say)


def print_revoked(archived: Archived, say: Say) -> None:
    """Print that a credential is revoked, since when and why."""
    status = archived.status
    line = Text(_grouped(archived.registration.identifier), style="bold")
    line.append(f" {_sentence(_STATES[StatusValue.REVOKED], say)} ", style="bold red")
    new_console().print(
        line.append(f"{_sentence(status.since, say)}: {_shown(status.reason or '')}", style="default")
    )


def print_plugins(plugins: Plugins, say: Say) -> None:
    """Print plugins with version and offers, then the failures with their reasons."""
    console = new_console()
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading, whole in (
        (message("plugin"), True),
        (message("version"), True),
        (message("offers"), False),
        (message("summary"), False),
    ):
        table.add_column(_sentence(heading, say), no_wrap=whole)
    for plugin in plugins.loaded:
        rows = [
            (
                f"{kind.removesuffix('s')} {name}",
                _sentence(Message(plugins.registry(kind).get(name).summary), say),
            )
            for kind, name in plugin.offers
            if name in plugins.registry(kind)
        ] or [("–", "")]
        for number, (offer, summary) in enumerate(rows):
            first = number == 0
            table.add_row(
                Text(_shown(plugin.name) if first else "", style="bold"),
                Text(_shown(plugin.version) if first else ""),
                Text(offer),
                Text(summary),
            )
    console.print(table)
    out: list[Failure | Skipped] = [*plugins.failures, *plugins.skipped]
    for left_out in out:
        mark = Text("✗ ", style="bold red") if isinstance(left_out, Failure) else Text("– ", style="dim")
        line = mark.append(_shown(left_out.name), style="bold")
        line.append(
            f" ({_shown(left_out.distribution)}): " if left_out.distribution else ": ", style="default"
        )
        console.print(line.append(_sentence(left_out.reason, say), style="default"))
