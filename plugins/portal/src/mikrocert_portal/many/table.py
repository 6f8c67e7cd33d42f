"""The table that many files at once are answered with: a row for each file, whether it could be verified or not."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import attrs
from mikrocert.api import (
    Finding,
    Message,
    Report,
    View,
    advice_of,
    headline_of,
    message,
    sealer_of,
    standing,
    tone_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mikrocert.api import Texts

__all__ = ["Row", "RowTexts", "Summary", "Table", "summary_of", "texts_of_row"]


@attrs.frozen
class Row:
    """What is answered about one file.

    Args:
        name: its name as it may be shown.
        size: octets; none where it wasn't opened.
        digest: SHA-256 of it, hexadecimal; none where it wasn't opened.
        report: what was found out; none where it wasn't verified.
        fault: why it wasn't verified, or none.
        answer: name under which the answer about it is kept, or none.
    """

    name: str
    size: int | None = None
    digest: str | None = None
    report: Report | None = attrs.field(default=None, repr=False)
    fault: Finding | None = None
    answer: str | None = None


@attrs.frozen
class Table:
    """What is answered about many files.

    Args:
        at: when the last of them was verified (aware).
        rows: a row for each file, in the order in which they were sent.
    """

    at: datetime
    rows: tuple[Row, ...]

    def counts(self) -> Mapping[str, int]:
        """Return how many files were found to be what: `valid`, `other`, and `unverified`."""
        counts = {"valid": 0, "other": 0, "unverified": 0}
        for row in self.rows:
            counts[summary_of(row).count] += 1
        return counts


@attrs.frozen
class Summary:
    """A row in words.

    Args:
        headline: how it ended.
        tone: what it is coloured by, as a page of its own would be; word and icon say the same.
        advice: what it means and what to do, in sentences.
        sealer: who sealed it, and whether that is proven; none where nothing is known of a seal.
        view: what it says; none unless that is proven.
        identifier: identifier of what our archive has, or none.
        count: as what it is counted.
    """

    headline: Message
    tone: str
    advice: tuple[Message, ...]
    sealer: Message | None = None
    view: View | None = None
    identifier: str | None = None
    count: str = "other"


def summary_of(row: Row) -> Summary:
    """Return what is said of a row, on the page and in the files alike; what nothing proves is not said."""
    report = row.report
    if report is None:
        advice = () if row.fault is None else (row.fault.message,)
        return Summary(_UNVERIFIED, "neutral", advice, count="unverified")
    headline, tone = headline_of(report), tone_of(report)
    view = report.view.without_birth() if report.view is not None and report.proven else None
    return Summary(
        headline.title,
        tone,
        advice_of(report),
        sealer_of(report),
        view,
        report.identifier if report.status is not None else None,
        "valid" if tone == "valid" else "other",
    )


_UNVERIFIED = message("This file was not verified")


@attrs.frozen
class RowTexts:
    """A row in one language, whatever it is written to; a text that there is none of is empty.

    Args:
        name: name of the file.
        verdict: the verdict by its name, `not-verified` where there is none.
        headline: how it ended.
        title: title of the micro-credential.
        holder: whose it is.
        awarding_institution: who awarded it.
        awarded_on: when, as ISO 8601.
        identifier: identifier of what our archive has.
        sealed_by: who sealed it, and whether that is proven.
        advice: what it means and what to do, in sentences.
        sha256: SHA-256 of the file, hexadecimal.
        verified_at: as of when that is, as ISO 8601.
    """

    name: str
    verdict: str
    headline: str
    title: str
    holder: str
    awarding_institution: str
    awarded_on: str
    identifier: str
    sealed_by: str
    advice: tuple[str, ...]
    sha256: str
    verified_at: str


def texts_of_row(row: Row, *, texts: Texts, language: str) -> RowTexts:
    """Return what is said of a row.

    Args:
        row: the row.
        texts: the languages of the system.
        language: in which it is said.
    """

    def say(text: Message) -> str:
        return standing(texts.say(text, language))

    shown, report = summary_of(row), row.report
    view = shown.view
    return RowTexts(
        name=row.name,
        verdict="not-verified" if report is None else report.verdict.value,
        headline=texts.say(shown.headline, language),
        title=texts.say(view.title, language) if view else "",
        holder=(view.holder or "") if view else "",
        awarding_institution=texts.say(view.awarding_body, language) if view else "",
        awarded_on=view.awarded_on.isoformat() if view and view.awarded_on else "",
        identifier=shown.identifier or "",
        sealed_by=say(shown.sealer) if shown.sealer else "",
        advice=tuple(map(say, shown.advice)),
        sha256=row.digest or "",
        verified_at="" if report is None else report.at.isoformat(timespec="seconds"),
    )
