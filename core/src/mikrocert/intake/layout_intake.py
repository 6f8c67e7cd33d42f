"""An intake that reads exports by their layout."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from mikrocert.errors import IntakeError
from mikrocert.intake.awarding import to_record
from mikrocert.intake.csv_export import read_csv
from mikrocert.intake.json_export import is_lines, read_json, read_lines
from mikrocert.intake.names import names_of
from mikrocert.intake.other_kinds import other_kind
from mikrocert.intake.tables import Remarks, table_records
from mikrocert.intake.xlsx_export import is_workbook, open_sheet
from mikrocert.kinds.intake import Intake, IntakeRecord
from mikrocert.report import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.intake.layout import Layout
    from mikrocert.intake.record import RawRecord
    from mikrocert.kinds.institution import Profile

__all__ = ["LayoutIntake"]


class LayoutIntake(Intake):
    """Reads exports of one layout, as a JSON document, JSON Lines, a table or a workbook; the beginning tells which.

    Args:
        layout: the layout.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def read(self, data: bytes, *, profile: Profile, encoding: str | None = None) -> Iterator[IntakeRecord]:
        """Read the awards one by one (see `Intake.read`).

        Args:
            data: the export.
            profile: supplies the awarding body, and quality assurance and place where a record has none.
            encoding: of a CSV: `utf-8` (the same as none), `cp1250`, `iso-8859-2`, `utf-16`. JSON is always UTF-8.
        """
        layout = self._layout
        if is_workbook(data):
            sheet = open_sheet(data, names={*layout.columns, *layout.left_out})
            remarks = Remarks(faults=sheet.faults, warnings=sheet.warnings)
            return self._awards(
                table_records(sheet.rows, layout=layout, remarks=remarks), profile, table=True
            )
        if other := other_kind(data):
            raise IntakeError([other])
        table = data.removeprefix(codecs.BOM_UTF8).lstrip()[:1] not in (b"{", b"[")
        if table:
            records = read_csv(data, layout=layout, encoding=encoding)
        elif encoding is not None and encoding.casefold().replace("_", "-") not in ("utf-8", "utf8"):
            raise IntakeError(
                [
                    Finding.error(
                        "wrong-encoding", "JSON is read in UTF-8 only; send it again without another encoding"
                    )
                ]
            )
        elif is_lines(data, layout=layout):
            records = read_lines(data, layout=layout)
        else:
            records = read_json(data, layout=layout)
        return self._awards(records, profile, table=table)

    def _awards(
        self, records: Iterator[RawRecord], profile: Profile, *, table: bool
    ) -> Iterator[IntakeRecord]:
        names = names_of(self._layout, table=table)
        return (to_record(record, layout=self._layout, names=names, profile=profile) for record in records)
