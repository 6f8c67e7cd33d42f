"""Disclosing: what of a report others see, as the holder of a credential decided.

Made here once, for pages, JSON, files and pictures alike: whoever writes an answer writes what is left in a `Disclosed`, and nothing is
left in it that is outside of its scope. Scopes lie within each other: `all`, `without-birth`, `without-grade`, `title`.

What is left out is left out of everything that is told along: findings that may quote it, the reason of a revocation, times of seals,
and the identifier, which opens the permanent link, where that could show more than the scope.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.report.findings import Finding, Severity
from mikrocert.report.status import StatusValue
from mikrocert.report.view import View
from mikrocert.texts import Message, message
from mikrocert.texts.dates import local_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mikrocert.report.report import Report
    from mikrocert.report.results import CheckResult

__all__ = [
    "Access",
    "Disclosed",
    "EndReason",
    "ShareEnd",
    "ShareScope",
    "disclosed_by_link",
    "disclosed_by_share",
    "initials",
]


class Access(Enum):
    """What the permanent link of a credential shows, which is printed on its certificate."""

    OPEN = "open"
    SUMMARY = "summary"
    CLOSED = "closed"


class ShareScope(Enum):
    """What a share shows; each after the first is part of the one before.

    `ALL`: everything, date and place of birth and the files among it. `WITHOUT_BIRTH`: what the page shows, without these.
    `WITHOUT_GRADE`: the same without grades. `TITLE`: verdict and title.
    """

    ALL = "all"
    WITHOUT_BIRTH = "without-birth"
    WITHOUT_GRADE = "without-grade"
    TITLE = "title"


class EndReason(Enum):
    """Why a share, or a holder's link, opens nothing any more."""

    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    USED_UP = "used-up"
    REPLACED = "replaced"


@attrs.frozen
class ShareEnd:
    """How and when a share, or a holder's link, ended.

    Args:
        reason: how.
        on: when, as a day of the framework's zone; none where it isn't known.
    """

    reason: EndReason
    on: date | None


@attrs.frozen
class Disclosed:
    """What somebody sees of a credential.

    Args:
        report: what there is to show; nothing in it is outside of the scope.
        birth: whether date and place of birth may be shown; else the view has none.
        files: whether the files may be handed out.
        picture: whether the picture of the certificate may be: all that is drawn on it is within the scope.
    """

    report: Report
    birth: bool = False
    files: bool = False
    picture: bool = False


def disclosed_by_share(report: Report, scope: ShareScope) -> Disclosed:
    """Return what a share shows of a credential.

    Args:
        report: all that was found out about it.
        scope: what the share is of.
    """
    if scope is ShareScope.ALL:
        return Disclosed(report, birth=True, files=True, picture=report.proven)
    if scope is ShareScope.WITHOUT_BIRTH:
        return Disclosed(
            _with_view(report, report.view and report.view.without_birth()), picture=report.proven
        )
    view = report.view if report.proven else None
    if scope is ShareScope.WITHOUT_GRADE:
        return Disclosed(_quiet(_with_view(report, view and view.without_grade()), dated=True, named=False))
    return Disclosed(_quiet(_with_view(report, view and _title_of(view)), dated=False, named=False))


def disclosed_by_link(report: Report, access: Access) -> Disclosed | None:
    """Return what the permanent link shows of a credential; none where it is closed.

    Args:
        report: all that was found out about it.
        access: what its holder, or else the institution, decided.
    """
    if access is Access.OPEN:
        return disclosed_by_share(report, ShareScope.WITHOUT_BIRTH)
    if access is Access.CLOSED:
        return None
    view = report.view if report.proven else None
    short = view and attrs.evolve(_title_of(view), holder=initials(view.holder))
    return Disclosed(_quiet(_with_view(report, short), dated=False, named=True))


def initials(name: str | None) -> str | None:
    """Return the initials of a name without its abbreviated titles: "Mgr. Kateřina Hůrková" → "K. H.".

    Args:
        name: a name; none gives none.
    """
    words = (name or "").split()
    names = [word for word in words if not word.endswith(".")] or words
    short = ("-".join(f"{_first(part)}." for part in word.split("-") if part) for word in names)
    return " ".join(filter(None, short)) or None


def _first(word: str) -> str:
    """Return the first character of a word with the marks on it."""
    composed = unicodedata.normalize("NFC", word)
    end = next((n for n, mark in enumerate(composed[1:], start=1) if not unicodedata.combining(mark)), None)
    return composed[:end]


def _with_view(report: Report, view: View | None) -> Report:
    return attrs.evolve(report, view=view)


def _title_of(view: View) -> View:
    """Return a view of which only the title is left."""
    return View(
        title=view.title,
        holder=None,
        birth=None,
        awarding_body=_NOT_SHOWN,
        figures=(),
        sections=(),
        languages=view.languages,
        test=view.test,
    )


def _quiet(report: Report, *, dated: bool, named: bool) -> Report:
    """Return a report that says how each check ended, and of what it found only what the verdict rests on.

    Args:
        report: with the view that is to be shown.
        dated: whether it may say when the credential was issued and sealed.
        named: whether it may say the identifier.
    """
    status = report.status
    if status is not None:
        live = status.value is StatusValue.LIVE
        status = None if live and not dated else attrs.evolve(status, reason=None, successor=None)
    return attrs.evolve(
        report,
        results=tuple(_quiet_result(result, report, dated=dated) for result in report.results),
        identifier=report.identifier if named else None,
        status=status,
        seals=report.seals
        if dated
        else tuple(attrs.evolve(seal, claimed_at=None, proven_at=None) for seal in report.seals),
    )


def _quiet_result(result: CheckResult, report: Report, *, dated: bool) -> CheckResult:
    found: Iterable[Finding] = ()
    if result.check == "status":
        found = (_quiet_status(finding, report) for finding in result.findings)
    elif result.check in _ABOUT_THE_SEAL:
        kept = (finding for finding in result.findings if finding.severity is not Severity.INFO)
        found = kept if dated else (_undated(finding) for finding in kept)
    elif result.check in _ABOUT_THE_CONTENT:
        found = (_unsaid(finding) for finding in result.findings if finding.severity is Severity.ERROR)
    return attrs.evolve(result, findings=tuple(dict.fromkeys(found)), seals=())


def _quiet_status(finding: Finding, report: Report) -> Finding:
    status = report.status
    if finding.code in _WITHOUT_REASON and status is not None:
        sentence = attrs.evolve(
            _WITHOUT_REASON[finding.code], parameters={"day": local_time(status.since).date()}
        )
        return attrs.evolve(finding, message=sentence)
    return finding


def _undated(finding: Finding) -> Finding:
    """Return a finding that says no day and no moment, unless the verdict rests on it."""
    rests_on_it = finding.severity is Severity.ERROR
    return finding if rests_on_it or not _says_when(finding.message) else _unsaid(finding)


def _says_when(value: object) -> bool:
    """Return whether a day or a moment is in a sentence, or in one within it."""
    if isinstance(value, Message):
        return any(map(_says_when, value.parameters.values()))
    return isinstance(value, date)  # moments are dates, too


def _unsaid(finding: Finding) -> Finding:
    """Return a finding of which only its code is left: its sentence and its place may quote what is not shown."""
    return attrs.evolve(finding, message=_NOT_SAID, path="")


_NOT_SHOWN: Final = message("not shown here")
_NOT_SAID: Final = message("What was found is not shown here.")
_ABOUT_THE_SEAL: Final = frozenset({"integrity", "trust", "issuer", "validity", "logged"})
"""Checks that say nothing of what a credential is about; of validity, an error says that it has ended."""
_ABOUT_THE_CONTENT: Final = frozenset({"format", "award"})
_WITHOUT_REASON: Final = {
    "revoked": message("Revoked on {day}."),
    "replaced": message("Replaced by a new micro-credential on {day}."),
}
