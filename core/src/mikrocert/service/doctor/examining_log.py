"""Examining the log for `mikrocert doctor`: what is not published yet, and whether the published head is sealed and how old that is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mikrocert.archive import read_entry
from mikrocert.errors import MikrocertError
from mikrocert.log.checkpoints import checkpoint_of
from mikrocert.log.folder import LogFolder
from mikrocert.log.notes import read_note
from mikrocert.report import Finding, Outcome, Severity
from mikrocert.service.keeping.renewing_heads import endings_of_heads, heads_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mikrocert.log.trust import LogTrust
    from mikrocert.service.system import System
    from mikrocert.settings import LogSettings

__all__ = ["examine_log"]

_PATH: Final = "log"
_A_YEAR: Final = timedelta(days=365)
_DAILY: Final = timedelta(days=2)
"""How old a seal is at most where the log is published daily, with a day to spare."""


def examine_log(system: System, *, at: datetime) -> Iterator[Finding]:
    """Yield what there is to say of the log; nothing where settings don't have it published here.

    Args:
        system: under these settings.
        at: what the clock shows (aware).
    """
    if not system.log.is_published:
        return
    try:
        log, trust = system.log.settings()
        yield from _published(system, log, trust)
        if log.envelope is not None and log.folder is not None:
            yield from _sealed(system, LogFolder(system.settings.path(log.folder)), at=at)
        yield from _endings(system, at=at)
    except MikrocertError as error:
        yield Finding("log-wrong", Severity.ERROR, error.message, _PATH)


def _published(system: System, log: LogSettings, trust: LogTrust) -> Iterator[Finding]:
    with system.log.opened() as reader:
        heads = reader.newest_heads()
        note = read_note(heads[0].note) if heads else None
        if log.folder is not None:
            note = LogFolder(system.settings.path(log.folder)).head()
        size, head = reader.size, None if note is None else trust.judge(note).checkpoint
        there = 0 if head is None else head.size
        if there > size:
            yield Finding.error(
                "log-ahead",
                "the published log has {published} entries, the archive only {size}: entries are gone, or the archive was restored from an old "
                "backup",
                path=_PATH,
                published=there,
                size=size,
            )
        elif there < size:
            oldest = read_entry(reader.entries(there, there + 1)[0]).at
            yield Finding.warning(
                "log-behind",
                "entries of the log that are not published: {count}, the oldest of {moment}; `mikrocert log publish` publishes them",
                path=_PATH,
                count=size - there,
                moment=oldest,
            )
        elif head is None:
            yield Finding.info("log-empty", "nothing is in the log, and nothing is published", path=_PATH)
        else:
            yield Finding.info("log", "every entry of the log is published: {count}", path=_PATH, count=size)


def _endings(system: System, *, at: datetime) -> Iterator[Finding]:
    """Yield in which year how many sealed heads have to be renewed."""
    path = f"{_PATH}.envelope"
    found = endings_of_heads(
        heads_of(system.settings), envelopes=system.verifier.envelopes, at=at, soon=at + _A_YEAR
    )
    if found.unreadable:
        yield Finding.error(
            "heads-unreadable",
            "sealed heads of the log that can't be read, or whose seals are not intact: {count}; `mikrocert log renew --dry-run` says which",
            path=path,
            count=found.unreadable,
        )
    if found.ended:
        yield Finding.error(
            "heads-ended",
            "sealed heads of the log whose seals have ended, so that nothing can prove them any more: {count}",
            path=path,
            count=found.ended,
        )
    if found.soon:
        yield Finding.warning(
            "heads-end",
            "sealed heads of the log whose seals end within a year: {count}; `mikrocert renew` makes them last",
            path=path,
            count=found.soon,
        )
    for year, number in found.by_year.items():
        yield Finding.info(
            "heads-last",
            "sealed heads of the log to be renewed by the end of {year} at the latest: {count}",
            path=path,
            year=str(year),
            count=number,
        )


def _sealed(system: System, folder: LogFolder, *, at: datetime) -> Iterator[Finding]:
    path, octets, note = f"{_PATH}.envelope", folder.sealed_head(), folder.head()
    if note is None:
        return
    if octets is None:
        yield Finding.warning(
            "head-unsealed",
            "the published head of the log is not sealed; `mikrocert log publish` seals it",
            path=path,
        )
        return
    kept = system.log.read_head(octets)
    seal = kept.seal
    if seal is None or seal.outcome is Outcome.FAILED:
        yield Finding.error(
            "head-seal",
            "the seal of the published head of the log does not hold; `mikrocert log audit` says why",
            path=path,
        )
        return
    moment = seal.proven_at or seal.info.claimed_at
    if checkpoint_of(kept.note).size < checkpoint_of(note).size:
        yield Finding.warning(
            "head-unsealed",
            "the newest head of the log that is sealed has {sealed} entries, the published one {size}; `mikrocert log publish` seals it",
            path=path,
            sealed=checkpoint_of(kept.note).size,
            size=checkpoint_of(note).size,
        )
    elif moment is not None and at - moment > _DAILY:
        yield Finding.warning(
            "head-old",
            "the published head of the log was sealed last on {moment}; a timer that calls `mikrocert log publish` every day would be right",
            path=path,
            moment=moment,
        )
    else:
        yield Finding.info(
            "head-sealed",
            "the published head of the log is sealed, last on {moment}",
            path=path,
            moment=moment or "–",
        )
