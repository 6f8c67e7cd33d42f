"""Auditing a log: every entry is read once, and each head that is at hand has to be the one of its first entries.

1. A known key signed the head.
2. The tree is made anew from the entries: the hashes that are kept of it, and the head, are those of these entries.
3. An earlier head, and the sealed one that is published, are of the first of these entries; so nothing was changed or taken out
   since.
4. No entry that came later names a moment long before one at which the log was seen without it: by a known witness, or by a
   time stamp on a sealed head.
5. The seals of these heads hold. That is a question of its own: a log is consistent without them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.archive import read_entry
from mikrocert.errors import ArchiveError, LogError
from mikrocert.log.checkpoints import Checkpoint
from mikrocert.log.tree import TILE_HEIGHT, TILE_WIDTH, GrowingTree, leaf_hash
from mikrocert.report import Finding, Outcome, Severity
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mikrocert.log.folder import Entries
    from mikrocert.log.notes import Note
    from mikrocert.log.trust import LogTrust, Signed
    from mikrocert.service.keeping.sealed_heads import HeadSeal, KeptHead
    from mikrocert.texts import Message

__all__ = ["Audit", "audit"]

_USUAL_DELAY: Final = timedelta(days=2)
"""How long after it says that it happened an event comes into the log at most."""
_MOST_TOLD: Final = 20


@attrs.frozen
class Audit:
    """What became of an audit.

    Args:
        signed: the head; none where no known key signed it.
        earlier: the earlier head, or none.
        findings: what was found; the log is consistent where none of it is an error.
        seals: place of a head, `from` or `sealed` → what was judged of its seal.
    """

    signed: Signed | None
    earlier: Signed | None
    findings: tuple[Finding, ...]
    seals: Mapping[str, HeadSeal] = attrs.field(factory=dict[str, "HeadSeal"], hash=False)

    @property
    def consistent(self) -> bool:
        """Whether everything fits together, under the signature of a known key."""
        return self.signed is not None and all(
            finding.severity is not Severity.ERROR for finding in self.findings
        )

    @property
    def sound(self) -> bool:
        """Whether the log is consistent, and no seal of a head is a wrong one."""
        return self.consistent and all(seal.outcome is not Outcome.FAILED for seal in self.seals.values())


@attrs.frozen
class _Older:
    """A head with which the log has to begin.

    Args:
        path: its place.
        signed: the head.
        seal: what was judged of its seal, or none.
    """

    path: str
    signed: Signed
    seal: HeadSeal | None

    @property
    def checkpoint(self) -> Checkpoint:
        """The head."""
        return self.signed.checkpoint


def audit(
    log: Entries,
    head: Note,
    *,
    trust: LogTrust,
    earlier: KeptHead | None = None,
    sealed: KeptHead | None = None,
) -> Audit:
    """Audit a log.

    Args:
        log: its entries, and the hashes that are kept of it.
        head: the signed checkpoint.
        trust: which logs and witnesses are known.
        earlier: a head that somebody kept, or none.
        sealed: the head that is published with a seal, or none.
    """
    findings: list[Finding] = []
    signed = _signed(head, "head", trust, findings)
    given = {path: kept for path, kept in (("from", earlier), ("sealed", sealed)) if kept is not None}
    judged = {path: _signed(kept.note, path, trust, findings) for path, kept in given.items()}
    older = [_Older(path, one, given[path].seal) for path, one in judged.items() if one is not None]
    if signed is not None and len(older) == len(given):
        findings += _walk(log, signed, older)
    seals = {path: kept.seal for path, kept in given.items() if kept.seal is not None}
    return Audit(signed, judged.get("from"), tuple(findings), seals)


def _signed(note: Note, path: str, trust: LogTrust, findings: list[Finding]) -> Signed | None:
    try:
        return trust.judge(note)
    except LogError as error:
        findings.append(Finding("head-not-signed", Severity.ERROR, error.message, path))
        return None


def _walk(log: Entries, signed: Signed, older: Sequence[_Older]) -> Iterator[Finding]:
    new = signed.checkpoint
    apart = [finding for old in older for finding in _apart(old, new)]
    if apart:
        yield from apart
        return
    wanted = [*((old.path, old.checkpoint) for old in older), ("head", new)]
    tree, late = GrowingTree(), _Late(older)
    yield from _compared(wanted, tree)
    try:
        for start in range(0, new.size, TILE_WIDTH):
            for entry in log.entries(start, min(start + TILE_WIDTH, new.size)):
                for level, own in enumerate(tree.add(leaf_hash(entry)), start=1):
                    yield from _kept(log, level, (tree.size >> level * TILE_HEIGHT) - 1, own)
                yield from _compared(wanted, tree)
                yield from late.judge(tree.size, entry)
    except (ArchiveError, LogError) as error:
        yield Finding("log-unreadable", Severity.ERROR, error.message)


def _apart(old: _Older, new: Checkpoint) -> Iterator[Finding]:
    """Yield why the log can't begin with a head, whatever its entries are."""
    checkpoint = old.checkpoint
    if checkpoint.origin != new.origin:
        yield Finding.error(
            "other-origin",
            "this head is of the log {other}, not of {origin}",
            path=old.path,
            other=repr(checkpoint.origin),
            origin=repr(new.origin),
        )
    elif checkpoint.size > new.size:
        yield Finding.error(
            "entries-gone",
            "the earlier head has {old} entries, the log only {new}: entries are gone, or the head is an old one",
            path="head",
            old=checkpoint.size,
            new=new.size,
        )


def _kept(log: Entries, level: int, number: int, own: bytes) -> Iterator[Finding]:
    if list(log(level, number, number + 1)) != [own]:
        yield Finding.error(
            "hash-changed",
            "a hash that is kept is not that of the entries",
            path=f"level {level}, number {number}",
        )


def _compared(wanted: Iterable[tuple[str, Checkpoint]], tree: GrowingTree) -> Iterator[Finding]:
    for path, checkpoint in wanted:
        if checkpoint.size == tree.size and checkpoint.root != tree.root:
            yield Finding.error(
                "other-history",
                "the first {size} entries are not those whose head was signed: the log was rewritten",
                path=path,
                size=checkpoint.size,
            )


class _Late:
    """Finds entries that name a moment long before one at which the log was seen without them.

    Args:
        older: heads; when one was there, only a cosignature of a known witness or a trusted time stamp on it tells.
    """

    def __init__(self, older: Sequence[_Older]) -> None:
        self._sightings = [(one.checkpoint.size, *moment) for one in older for moment in _moments(one)]
        self._count = 0

    def judge(self, number: int, octets: bytes) -> Iterator[Finding]:
        """Yield what is wrong with an entry."""
        path = f"entry {number}"
        try:
            entry = read_entry(octets)
        except LogError as error:
            yield Finding("not-an-entry", Severity.ERROR, error.message, path)
            return
        for size, moment, text in self._sightings:
            if number > size and moment - entry.at > _USUAL_DELAY:
                self._count += 1
                if self._count <= _MOST_TOLD:
                    parameters = {"claimed": entry.at, "moment": moment}
                    doubt = attrs.evolve(text, parameters=parameters)
                    yield Finding("logged-late", Severity.WARNING, doubt, path)
                return


def _moments(old: _Older) -> Iterator[tuple[datetime, Message]]:
    """Yield when somebody else saw a head, and what that says of an entry that came later and names an earlier moment."""
    if old.signed.seen_at is not None:
        yield datetime.fromtimestamp(old.signed.seen_at, UTC), _SEEN_WITHOUT
    if old.seal is not None and old.seal.proven_at is not None:
        yield old.seal.proven_at, _STAMPED_WITHOUT


_SEEN_WITHOUT: Final = message(
    "it names {claimed}, but a witness saw the log without it on {moment}; it may be back-dated"
)
_STAMPED_WITHOUT: Final = message(
    "it names {claimed}, but a head without it was time-stamped on {moment}; it may be back-dated"
)
