"""What a copy says of itself: it was not sealed, and what was found of the file that it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mikrocert.certificate.model import Copy
from mikrocert.report import Verdict, advice_of, headline_of
from mikrocert.texts import message
from mikrocert.texts.dates import local_time

if TYPE_CHECKING:
    from mikrocert.certificate.speech import Speech
    from mikrocert.report import Report

__all__ = ["copied"]


def copied(report: Report, *, file: str, speech: Speech) -> Copy:
    """Put into words what a copy says of itself.

    A copy is only made of what is proven; what was found beside that, such as that it was revoked since, is its headline.

    Args:
        report: what was found of the sealed file.
        file: its name.
        speech: the languages of the certificate.
    """
    sentences = (
        message("Verified on {day:long}.", day=local_time(report.at).date()),
        *advice_of(report),
        message("What happened after that day is not on this page."),
        message("This page is a copy."),
        message("Anybody can change a copy."),
        message("Only the sealed file proves what is written here."),
    )
    return Copy(
        headline=speech.pair(headline_of(report).title),
        sound=report.verdict is Verdict.VALID and not report.test_seal,
        sentences=tuple(map(speech.pair, sentences)),
        file=speech.pair(message("Save the sealed file {file}", file=file)),
    )
