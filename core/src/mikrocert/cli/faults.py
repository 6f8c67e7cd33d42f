"""What is wrong with an export, after all its records: equal faults gathered, and all of them as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from mikrocert.cli.common import wrong_use
from mikrocert.cli.files import check_folder, put
from mikrocert.cli.output import inert
from mikrocert.cli.printing import new_console
from mikrocert.errors import ArchiveError
from mikrocert.report import SEVERITY_WORDS, Severity
from mikrocert.report.gathering import FaultyRecord, fault_cells, gathered
from mikrocert.report.json import finding_to_json
from mikrocert.texts import ENGLISH, message
from mikrocert.texts.spreadsheets import csv_of

if TYPE_CHECKING:
    from pathlib import Path

    from mikrocert.service.issuing.issuing import IssueResult
    from mikrocert.texts import Say, Texts

__all__ = ["Faults"]

_FEW: Final = 5
"""As many faulty records are seen at once; more are gathered."""
_STYLES: Final = {"error": "red", "warning": "yellow", "info": "dim"}


class Faults:
    """The faults of an export.

    Args:
        texts: catalogues.
        language: of the reader.
    """

    def __init__(self, texts: Texts, language: str) -> None:
        self._texts = texts
        self._language = language
        self._records: list[FaultyRecord] = []

    def check(self, file: Path) -> None:
        """Refuse a file that can't be written, before anything is issued."""
        try:
            check_folder(file.parent)
        except ArchiveError as error:
            wrong = message("--faults: {problem}; nothing was issued", problem=error.message)
            raise wrong_use(wrong, self._language) from error

    def add(self, result: IssueResult) -> None:
        """Take notice of what became of one record."""
        if not result.findings:
            return
        record = result.record
        findings = tuple(finding_to_json(finding, texts=self._texts) for finding in result.findings)
        self._records.append(
            FaultyRecord(record.number, record.row, record.line, record.evidence_number, findings)
        )

    def put(self, file: Path) -> None:
        """Write the table.

        Raises:
            ArchiveError: if it can't be written.
        """
        cells = fault_cells(self._records, texts=self._texts, language=self._language)
        put(csv_of(cells), folder=file.parent, name=file.name)

    def print(self, say: Say) -> None:
        """Print each kind of fault once, with the records that have it, where there are more than one sees at once."""
        if len(self._records) <= _FEW:
            return
        console = new_console()
        console.print(Text(inert(say(message("Faults by kind:"))), style="bold"))
        for kind in gathered(self._records):
            line = Text(f"{len(kind.places):5} × ")
            line.append(inert(say(SEVERITY_WORDS[Severity(kind.severity)])), style=_STYLES[kind.severity])
            line.append(f" {inert(kind.path)}: " if kind.path else ": ")
            sentence = inert(kind.message.get(self._language) or kind.message[ENGLISH])
            if not kind.alike:
                sentence = say(message("{fault}, for example", fault=sentence))
            console.print(line.append(sentence), soft_wrap=True)
            console.print(Text(f"        {inert(say(kind.where))}", style="dim"), soft_wrap=True)
