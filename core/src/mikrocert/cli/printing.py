"""What the terminal shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from rich.console import Console
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from mikrocert.archive.events import ERASURE_WORDS, EVENT_WORDS, ErasureReason, EventKind
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
from mikrocert.service.issuing.issuing import Phase
from mikrocert.settings import FILE
from mikrocert.texts import Message, message, printable, standing
from mikrocert.texts.typography import groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mikrocert.archive import Archived, Event
    from mikrocert.host.loading import Plugins, Skipped
    from mikrocert.report import Finding, Report, View
    from mikrocert.service.issuing.issuing import IssueResult
    from mikrocert.service.verifying.anchors import Anchor
    from mikrocert.settings import Settings
    from mikrocert.texts import Say, Value

__all__ = [
    "PHASES",
    "PHASES_OF_A_DRY_RUN",
    "new_console",
    "print_archived",
    "print_examined",
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
_REVOKED_BEFORE = message(
    "It was revoked before, on this day and for this reason; the reason given now was not recorded."
)
PHASES = {
    Phase.JUDGE: message("judging"),
    Phase.BUILD: message("drawing pictures"),
    Phase.SECURE: message("sealing"),
    Phase.RENDER: message("drawing certificates"),
    Phase.SECURE_DOCUMENTS: message("sealing certificates"),
    Phase.RECORD: message("recording"),
}
"""What is shown beside the progress of a batch."""
PHASES_OF_A_DRY_RUN = {**PHASES, Phase.SECURE: message("checking")}
"""The same where nothing is sealed."""


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

    def on_broken_pipe(self) -> None:
        """Leave it to whoever called, since there are other pipes than standard output."""
        raise  # noqa: PLE0704 - Rich calls it where it has caught the error

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


_POSITION = re.compile(r"\[(\d+)\]$")


def _finding_line(finding: Finding, say: Say, *, in_table: bool = False) -> Text:
    """Return a finding with its place, for whoever made the file.

    Args:
        finding: what was found.
        say: writes in the language of the reader.
        in_table: whether its path names a cell of a table, in which people count from one.
    """
    line = Text("  ")
    line.append(_sentence(SEVERITY_WORDS[finding.severity], say), style=_SEVERITIES[finding.severity])
    place = _shown(finding.path)
    if in_table and (found := _POSITION.search(finding.path)):
        item = message(
            "{column} (item {number})", column=finding.path[: found.start()], number=int(found[1]) + 1
        )
        place = _sentence(item, say)
    line.append(f" {place}: " if place else ": ")
    return line.append(_sentence(finding.message, say))


def _remark(finding: Finding, say: Say) -> Text:
    """Return a finding as a sentence for whoever was given the file; its place is a technical detail."""
    line = Text("  ")
    line.append(_sentence(SEVERITY_WORDS[finding.severity], say), style=_SEVERITIES[finding.severity])
    return line.append(f": {standing(_sentence(finding.message, say))}")


def _print_technical(console: Console, report: Report, say: Say) -> None:
    details = [
        f"{result.check} · {finding.code} · {finding.path}"
        for result in report.results
        for finding in result.findings
        if finding.path and finding.severity is not Severity.INFO
    ]
    if details:
        console.print(Text(_sentence(message("Technical details"), say), style="dim"))
        for detail in dict.fromkeys(details):
            console.print(Text(f"  {_shown(detail)}", style="dim"), soft_wrap=True)


def _grouped(identifier: str) -> str:
    """Return an identifier in groups; what is none is not repeated where people look for one."""
    return " ".join(groups(identifier)) if is_identifier(identifier) else "–"


def print_result(result: IssueResult, files: Iterable[str], say: Say, *, console: Console) -> None:
    """Print what became of one record: identifier, link and files, or every fault."""
    record = result.record
    place = message("#{number}", number=record.number)
    if record.row is not None and record.line not in {None, record.row}:
        place = message(
            "#{number} (row {row}, line {line} of the file)",
            number=record.number,
            row=record.row,
            line=record.line,
        )
    elif record.row is not None:
        place = message("#{number} (row {row})", number=record.number, row=record.row)
    elif record.line is not None:
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
        if receipt.holder_link is not None:
            line = message("for the holder alone, told this once: {link}", link=receipt.holder_link)
            console.print(Text(f"  {_shown(say(line))}"), soft_wrap=True)
        for name in files:
            console.print(Text(f"  {_shown(name)}", style="dim"), soft_wrap=True)
    for finding in result.findings:
        console.print(_finding_line(finding, say, in_table=record.row is not None), soft_wrap=True)


def print_summary(
    accepted: int, before: int, refused: int, unread: int, *, say: Say, undrawn: int | None
) -> None:
    """Print what became of an export.

    Args:
        accepted: how many awards were issued now, or would be.
        before: how many had been issued before.
        refused: how many records were refused.
        unread: how many lines nobody could read.
        say: writes in the language of the reader.
        undrawn: in a dry run, how many certificates were not drawn; else none.
    """
    summary = message("Issued: {accepted}, refused: {refused}.", accepted=accepted, refused=refused)
    if undrawn is not None:
        summary = message(
            "Would be issued: {accepted}, refused: {refused}. Nothing was sealed or recorded.",
            accepted=accepted,
            refused=refused,
        )
    if before:
        summary = message("{summary} Issued before: {before}.", summary=summary, before=before)
    if unread:
        summary = message("{summary} Lines that were not read: {unread}.", summary=summary, unread=unread)
    if undrawn:
        summary = message(
            "{summary} Certificates that were not drawn, since their texts give no reason to doubt it: {undrawn}; --draw "
            "draws them, too.",
            summary=summary,
            undrawn=undrawn,
        )
    new_console().print(_sentence(summary, say))


def print_examined(findings: Iterable[Finding], say: Say) -> None:
    """Print what an examination found, each with its mark and the setting that is meant, then in one line what that comes to."""
    console, to_do = new_console(), 0
    marks = {
        Severity.ERROR: ("✗", "bold red"),
        Severity.WARNING: ("!", "yellow"),
        Severity.INFO: ("✓", "green"),
    }
    for finding in findings:
        sign, style = marks[finding.severity]
        to_do += finding.severity is not Severity.INFO
        line = Text(f"{sign} ", style=style)
        if finding.path:
            line.append(f"{_shown(finding.path)}: ", style="bold")
        console.print(line.append(_sentence(finding.message, say), style="default"))
    end = message("one thing is to be done", plural="{count} things are to be done", count=to_do)
    console.print(Text(_sentence(end if to_do else message("All is well."), say), style="bold"))


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
        console.print(Text(" ".join(standing(_sentence(sentence, say)) for sentence in advice_of(report))))
    for finding in report.unusable:
        console.print(_finding_line(finding, say), soft_wrap=True)
    if report.identifier:
        line = Text(f"{_sentence(message('Identifier'), say)} ")
        console.print(line.append(_grouped(report.identifier), style="bold"))
    if report.results:
        console.print(_checks(report, say))
        _print_technical(console, report, say)
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
        if result.outcome is Outcome.PASSED and (report.test_seal or not report.proven):
            icon, style = "○", ""  # a tick is for what is proven
        name, word = CHECK_NAMES.get(result.check), OUTCOME_WORDS[result.outcome]
        sentence = result.sentence
        shown = Text(standing(_sentence(sentence, say)) if sentence else "")
        different = {(finding.severity, finding.message): finding for finding in result.findings}
        for finding in different.values():
            if finding.severity is not Severity.INFO and finding.message != sentence:
                shown.append("\n")
                shown.append(_remark(finding, say))
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
            _sentence(EVENT_WORDS[event.kind], say), style="bold"
        )
        if event.successor:
            line.append(f" → {_grouped(event.successor)}")
        reason = event.reason or ""
        if event.kind is EventKind.ERASED:
            reason = _sentence(ERASURE_WORDS[ErasureReason.of(event.reason)], say)
        console.print(line.append(f": {_shown(reason)}" if reason else ""))
    if view is not None:
        _print_view(console, view, say)


def print_revoked(archived: Archived, say: Say, *, again: bool) -> None:
    """Print that a credential is revoked, since when and why.

    Args:
        archived: the credential.
        say: writes in the language of the reader.
        again: whether it was revoked before, so that nothing was recorded now.
    """
    status, console = archived.status, new_console()
    line = Text(_grouped(archived.registration.identifier), style="bold")
    line.append(f" {_sentence(_STATES[StatusValue.REVOKED], say)} ", style="bold red")
    console.print(
        line.append(f"{_sentence(status.since, say)}: {_shown(status.reason or '')}", style="default")
    )
    if again:
        console.print(_sentence(_REVOKED_BEFORE, say))


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
