"""The table as JSON, for programs: what the page says of each file, and the report about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mikrocert.api import report_to_json

from mikrocert_portal.many.table import texts_of_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from mikrocert.api import Finding, Texts

    from mikrocert_portal.many.table import Row, Table

__all__ = ["table_to_json"]


def table_to_json(
    table: Table, *, texts: Texts, language: str, fault_to_json: Callable[[Finding], dict[str, str]]
) -> dict[str, Any]:
    """Return a table as JSON; what there is none of is null.

    Args:
        table: the table.
        texts: the languages of the system.
        language: in which people read it.
        fault_to_json: writes why a file was not verified.
    """

    def one(row: Row) -> dict[str, Any]:
        words = texts_of_row(row, texts=texts, language=language)
        return {
            "name": words.name,
            "octets": row.size,
            "sha256": row.digest,
            "verdict": None if row.report is None else words.verdict,
            "headline": words.headline,
            "advice": list(words.advice),
            "title": words.title or None,
            "holder": words.holder or None,
            "awarding_institution": words.awarding_institution or None,
            "awarded_on": words.awarded_on or None,
            "identifier": words.identifier or None,
            "sealed_by": words.sealed_by or None,
            "fault": None if row.fault is None else fault_to_json(row.fault),
            "report": None if row.report is None else report_to_json(row.report, texts=texts),
        }

    return {
        "verified_at": table.at.isoformat(timespec="seconds"),
        "counts": dict(table.counts()),
        "files": [one(row) for row in table.rows],
    }
