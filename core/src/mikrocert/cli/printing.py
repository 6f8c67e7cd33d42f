"""What the terminal shows."""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING, Any, cast

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mikrocert.report import Outcome, Severity, Verdict
from mikrocert.texts import Message, printable
from mikrocert.texts.dates import in_prague, written
from mikrocert.texts.typography import groups, typo

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from mikrocert.archive import Archived, Event
    from mikrocert.host.loading import Plugins
    from mikrocert.report import Finding, Report, View
    from mikrocert.service.issuing import IssueResult

__all__ = [
    "new_console",
    "print_archived",
    "print_plugins",
    "print_report",
    "print_response",
    "print_revoked",
    "print_summary",
]

_VERDICTS = {
    Verdict.VALID: (
        Message("Mikrocertifikát je platný", "This micro-credential is valid"),
        "bold white on dark_green",
    ),
    Verdict.INVALID: (
        Message("Mikrocertifikát není platný", "This micro-credential is not valid"),
        "bold white on dark_red",
    ),
    Verdict.UNDETERMINED: (
        Message("Platnost se nepodařilo potvrdit", "We could not confirm validity"),
        "bold black on yellow",
    ),
    Verdict.UNUSABLE: (
        Message("Toto není mikrocertifikát", "This is not a micro-credential"),
        "bold white on dark_red",
    ),
}
_NOTHING_THERE = Message("Není co ověřit", "There is nothing to verify")
_NOT_FOUND = {"unreadable", "unknown-identifier", "foreign-link"}
_TEST_VALID = Message("TEST · Zkouška: kontroly v pořádku", "TEST · Test: checks passed")
_TEST_NOTE = Message(
    "Zkušební pečeť (TEST). Nic nedokládá a nemá právní účinky.",
    "Test seal (TEST). It proves nothing and has no legal effect.",
)
_OUTCOMES = {
    Outcome.PASSED: ("✓", Message("v pořádku", "passed"), "green"),
    Outcome.FAILED: ("✗", Message("nevyhovělo", "failed"), "bold red"),
    Outcome.UNDETERMINED: ("!", Message("nezjištěno", "undetermined"), "yellow"),
    Outcome.NOT_APPLICABLE: ("–", Message("netýká se", "not applicable"), "dim"),
}
_CHECKS = {
    "format": Message("Formát", "Format"),
    "award": Message("Obsah", "Content"),
    "integrity": Message("Neporušenost", "Integrity"),
    "trust": Message("Důvěryhodnost", "Trust"),
    "issuer": Message("Vydavatel", "Issuer"),
    "validity": Message("Platnost", "Validity"),
    "status": Message("Stav", "Status"),
}
_SEVERITIES = {
    Severity.ERROR: (Message("chyba", "error"), "red"),
    Severity.WARNING: (Message("upozornění", "warning"), "yellow"),
    Severity.INFO: (Message("poznámka", "note"), "dim"),
}
_STATES = {
    "live": Message("platí", "live"),
    "revoked": Message("zrušen", "revoked"),
    "replaced": Message("nahrazen", "replaced"),
}
_KINDS = {
    "issued": Message("vydán", "issued"),
    "revoked": Message("zrušen", "revoked"),
    "replaced": Message("nahrazen", "replaced"),
}


_GLUE = "\ue000"
"""Stands for a no-break space until lines are broken; `printable` lets no such character through."""


class _Output:
    """Standard output that turns the glue back into no-break spaces."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text.replace(_GLUE, "\u00a0"))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a file has
        return getattr(sys.stdout, name)


def new_console() -> Console:
    """Return a console on standard output that highlights nothing on its own."""
    return Console(file=cast("IO[str]", _Output()), highlight=False, soft_wrap=False)


def _shown(text: str) -> str:
    """Return a text that drives no terminal and is not broken at its no-break spaces, as Rich would do."""
    return printable(text).replace("\u00a0", _GLUE)


def _said(message: Message, lang: str) -> str:
    return _shown(typo(message.best(lang), lang))


def _moment(moment: datetime, lang: str) -> str:
    return f"{written(moment).best(lang)} {in_prague(moment):%H:%M}"


def _finding_line(finding: Finding, lang: str) -> Text:
    word, style = _SEVERITIES[finding.severity]
    line = Text("  ")
    line.append(word.best(lang), style=style)
    line.append(f" {_shown(finding.path)}: " if finding.path else ": ")
    return line.append(_said(finding.message, lang))


def _grouped(identifier: str) -> str:
    return " ".join(groups(identifier))


def print_response(response: IssueResult, files: Iterable[str], lang: str, *, console: Console) -> None:
    """Print what became of one record: identifier, link and files, or every fault."""
    record = response.record
    place = f"#{record.number}"
    if record.line is not None:
        place += f" ({'řádek' if lang == 'cs' else 'line'} {record.line})"
    number = _shown(record.evidence_number or "") or (
        "bez evidenčního čísla" if lang == "cs" else "no evidence number"
    )
    receipt = response.receipt
    if receipt is None:
        head = Text("✗ ", style="bold red").append(f"{place} {number} ", style="default")
        console.print(head.append("odmítnuto" if lang == "cs" else "refused", style="bold red"))
    else:
        word = (
            ("vydáno" if receipt.created else "už bylo vydáno")
            if lang == "cs"
            else ("issued" if receipt.created else "was issued before")
        )
        head = (
            Text("✓ ", style="bold green")
            .append(f"{place} {number} ", style="default")
            .append(word, style="green")
        )
        if receipt.status.value.value != "live":
            head.append(f" ({_STATES[receipt.status.value.value].best(lang)})", style="bold yellow")
        console.print(head)
        console.print(
            Text("  ").append(_grouped(receipt.identifier), style="bold").append(f"  {receipt.link}"),
            soft_wrap=True,
        )
        for name in files:
            console.print(Text(f"  {name}", style="dim"), soft_wrap=True)
    for finding in response.findings:
        console.print(_finding_line(finding, lang), soft_wrap=True)


def print_summary(accepted: int, refused: int, lang: str) -> None:
    """Print how many were issued and how many refused."""
    if lang == "cs":
        new_console().print(f"Vydáno: {accepted}, odmítnuto: {refused}.")
    else:
        new_console().print(f"Issued: {accepted}, refused: {refused}.")


def print_report(report: Report, lang: str) -> None:
    """Print verdict first, then every check with its reason, then the data if they may be shown as fact."""
    console = new_console()
    message, style = _VERDICTS[report.verdict]
    if report.test_seal and report.verdict is Verdict.VALID:
        message, style = _TEST_VALID, "bold reverse"
    if {finding.code for finding in report.unusable} & _NOT_FOUND:
        message, style = _NOTHING_THERE, "bold reverse"
    console.print(Text(f" {message.best(lang)} ", style=style))
    if report.test_seal:
        console.print(Text(_TEST_NOTE.best(lang), style="bold"))
    for finding in report.unusable:
        console.print(_finding_line(finding, lang), soft_wrap=True)
    if report.identifier:
        console.print(
            Text("Identifikátor " if lang == "cs" else "Identifier ").append(
                _grouped(report.identifier), style="bold"
            )
        )
    if report.results:
        console.print(_checks(report, lang))
    view = report.view
    if view is not None and report.proven:
        _print_view(console, view.without_birth(), lang)
    elif view is not None:
        console.print(
            "Obsah neukazujeme: není jisté, že je pravý."
            if lang == "cs"
            else "The content is not shown: it may not be genuine."
        )


def _checks(report: Report, lang: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for result in report.results:
        icon, word, style = _OUTCOMES[result.outcome]
        name = _CHECKS.get(result.check)
        sentence = result.sentence
        shown = Text(_said(sentence, lang) if sentence else "")
        for finding in result.findings:
            if finding.severity is not Severity.INFO and finding.message != sentence:
                shown.append("\n")
                shown.append(_finding_line(finding, lang))
        table.add_row(
            Text(icon, style=style),
            Text(name.best(lang) if name else result.check),
            Text(word.best(lang), style=style),
            shown,
        )
    return table


def _print_view(console: Console, view: View, lang: str) -> None:
    for section in view.sections:
        console.print()
        console.print(Text(_shown(section.heading.best(lang)), style="bold"))
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(style="dim", max_width=28)
        table.add_column(ratio=1)
        for item in section.items:
            values = [_shown(value.best(lang)) for value in item.values]
            if len(values) > 1:
                values = [f"{number}. {value}" for number, value in enumerate(values, start=1)]
            table.add_row(Text(_shown(item.label.best(lang))), Text("\n".join(values)))
        console.print(table)


def print_archived(
    archived: Archived, history: Iterable[Event], view: View | None, link: str, lang: str
) -> None:
    """Print a credential of the archive with its history."""
    console = new_console()
    console.print(Text(_grouped(archived.identifier), style="bold").append(f"  {link}"), soft_wrap=True)
    console.print(Text(f"{archived.institution} · {archived.evidence_number} · {archived.format}"))
    for event in history:
        line = Text(f"  {_moment(event.at, lang)}  ").append(_KINDS[event.kind].best(lang), style="bold")
        if event.successor:
            line.append(f" → {_grouped(event.successor)}")
        console.print(line.append(f": {event.reason}" if event.reason else ""))
    if view is not None:
        _print_view(console, view, lang)


def print_revoked(archived: Archived, lang: str) -> None:
    """Print that a credential is revoked, since when and why."""
    status = archived.status
    word = "zrušen" if lang == "cs" else "revoked"
    line = Text(_grouped(archived.identifier), style="bold").append(f" {word} ", style="bold red")
    new_console().print(line.append(f"{_moment(status.since, lang)}: {status.reason}", style="default"))


def print_plugins(plugins: Plugins) -> None:
    """Print plugins with version and offers, then the failures with their reasons."""
    console = new_console()
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("plugin", "version", "offers", "summary"):
        table.add_column(heading, no_wrap=heading in {"plugin", "version"})
    for plugin in plugins.loaded:
        rows = [
            (f"{kind.removesuffix('s')} {name}", plugins.registry(kind).get(name).summary)
            for kind, name in plugin.offers
        ] or [("–", "")]
        for number, (offer, summary) in enumerate(rows):
            first = number == 0
            table.add_row(
                Text(plugin.name if first else "", style="bold"),
                Text(plugin.version if first else ""),
                Text(offer),
                Text(summary),
            )
    console.print(table)
    for failure in plugins.failures:
        line = Text("✗ ", style="bold red").append(failure.name, style="bold")
        line.append(f" ({failure.distribution}): " if failure.distribution else ": ", style="default")
        console.print(line.append(failure.reason, style="default"))
