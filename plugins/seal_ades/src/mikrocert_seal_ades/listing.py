"""What trusted lists are good for before anything is sealed: do they stand above a certificate, and are they up to date?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mikrocert.api import Finding, Severity

from mikrocert_seal_ades.messages import message_of
from mikrocert_seal_ades.pki.lists.fetching import ADDRESS, fetch_lists
from mikrocert_seal_ades.pki.lists.folder import ListFolder
from mikrocert_seal_ades.pki.lists.snapshot import load
from mikrocert_seal_ades.pki.trust import examine_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mikrocert.api import TrustedLists

    from mikrocert_seal_ades.pki.context import ValidationContext
    from mikrocert_seal_ades.pki.lists.snapshot import KeptList

__all__ = ["list_findings", "stands_above", "update_findings"]

_SOON: Final = timedelta(days=7)
_OLD: Final = timedelta(days=7)
"""How long ago a list was fetched at most, so that whom a state no longer supervises is not trusted for longer."""


def stands_above(certificates: tuple[bytes, ...], *, context: ValidationContext) -> bool:
    """Return whether a service stands above the first of these certificates (DER) that issues such ones at the time.

    Args:
        certificates: the seal certificate first, each issued by the next.
        context: with the lists, and no anchors besides.
    """
    if not certificates:
        return False
    path = examine_path(certificates, context=context.about(certificates), signed_at=context.at)
    return bool(path.certificates) and all(one.code != "service-not-granted" for one in path.problems)


def list_findings(lists: TrustedLists, *, at: datetime) -> Iterator[Finding]:
    """Yield which lists can't be used, which are past their next update or soon will be, and else that all are current.

    Args:
        lists: where they are.
        at: the time (aware).
    """
    folder = ListFolder(lists.folder)
    snapshot = load(folder, signers=lists.signers, at=at, choose=lambda every: lists.territories or every)
    kept = (snapshot.list_of_lists, *snapshot.lists)
    found = [finding for one in kept for finding in _of_list(one, at=at)]
    yield from found
    ends = [one.content.next_update for one in kept if one.content and one.content.next_update]
    if not found and ends:
        yield Finding.info(
            "lists",
            "trusted lists are up to date: {count}; the next one of them is due on {time}",
            count=len(kept),
            time=min(ends),
        )
    fetched = [one.fetched for one in kept if one.content and one.fetched]
    if fetched:
        yield _age(min(fetched), at=at)


def _age(fetched: datetime, *, at: datetime) -> Finding:
    """Return how old lists are by the one that was fetched longest ago."""
    days = (at - fetched).days
    if at - fetched > _OLD:
        return Finding.warning(
            "lists-old",
            "trusted lists were fetched last on {time}, days since then: {days}; who is no longer supervised is still trusted; "
            "`mikrocert trust update` every day, or jobs.lists_hours, would be right",
            time=fetched,
            days=days,
        )
    return Finding.info(
        "lists-age",
        "trusted lists were fetched last on {time}, days since then: {days}",
        time=fetched,
        days=days,
    )


def update_findings(lists: TrustedLists, *, at: datetime) -> Iterator[Finding]:
    """Bring lists up to date over the network, and yield what became of each: an error where it failed.

    Args:
        lists: where they are kept, and where they come from.
        at: the time (aware).

    Raises:
        ListError: if the folder can't be used.
    """
    updates = fetch_lists(
        ListFolder(lists.folder),
        signers=lists.signers,
        at=at,
        address=lists.url or ADDRESS,
        territories=lists.territories,
    )
    for update in updates:
        for one in update.problems:
            severity = Severity.ERROR if update.outcome == "failed" else Severity.WARNING
            yield Finding(one.code, severity, message_of(one), update.territory)
        if update.outcome != "failed":
            yield Finding.info(
                "list-updated",
                "the trusted list of {territory} is up to date, number {number}",
                path=update.territory,
                territory=update.territory,
                number=update.sequence or 0,
            )


def _of_list(kept: KeptList, *, at: datetime) -> Iterator[Finding]:
    state = kept.state(at)
    for one in kept.problems:
        severity = Severity.ERROR if state == "missing" else Severity.WARNING
        yield Finding(one.code, severity, message_of(one), kept.territory)
    due = kept.content.next_update if kept.content else None
    if state == "current" and due is not None and due - at < _SOON:
        yield Finding.warning(
            "list-ends",
            "the trusted list of {territory} is due for its next update on {time}; `mikrocert trust update` fetches it",
            path=kept.territory,
            territory=kept.territory,
            time=due,
        )
