"""What the log says of a file: whether an entry of it is of these very octets, under a head that somebody known signed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.archive import read_entry
from mikrocert.errors import ArchiveError, DamagedError, ErasedError, LogError, NoArchiveError
from mikrocert.log.checkpoints import checkpoint_of, read_proof
from mikrocert.log.notes import read_note
from mikrocert.log.tree import inclusion_proof, is_included, leaf_hash
from mikrocert.report import CheckResult, Finding, Outcome
from mikrocert.service.verifying.heads import MOST_HEADS, best_head, split_extra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.archive import Entry, LogReader
    from mikrocert.log.trust import LogTrust, Signed
    from mikrocert.service.verifying.archived import Lookup, Records

__all__ = ["NO_EVIDENCE", "LogEvidence", "examine_logged", "not_asked", "proof_result"]

_CHECK: Final = "logged"
_USUAL_DELAY: Final = timedelta(days=2)
"""How long after it says that it happened an event comes into the log at most."""


@attrs.frozen
class LogEvidence:
    """What is at hand to find a file in a log.

    Args:
        trust: which logs and witnesses are known; none where the settings say nothing of a log.
        proof: a proof that somebody gave along with the file, or none.
    """

    trust: LogTrust | None = None
    proof: bytes | None = attrs.field(default=None, repr=False)


NO_EVIDENCE: Final = LogEvidence()
"""No log is known, and no proof came along."""


def examine_logged(
    data: bytes, *, evidence: LogEvidence, lookup: Lookup, archive: Records | None, ours: bool
) -> CheckResult:
    """Ask the archive's log for a file.

    Args:
        data: the file.
        evidence: what is known of logs.
        lookup: what the archive has under its identifier.
        archive: the archive at hand, or none.
        ours: whether the credential is one of our operator.
    """
    trust = evidence.trust
    there = not isinstance(lookup.fault, NoArchiveError) and (ours or lookup.archived is not None)
    if trust is None or archive is None or not there:
        return not_asked(evidence)
    if not trust.keys or lookup.fault is not None:
        return CheckResult(_CHECK, Outcome.UNDETERMINED, (_UNREADABLE if trust.keys else _NO_KEY,))
    try:
        artefact = None if lookup.archived is None else lookup.archived.artefact_of(data)
        if lookup.archived is None or artefact is None:
            return CheckResult.of(_CHECK, (_NO_ENTRY,))
        with archive.log() as log:
            return _in_archive(data, artefact.event, lookup.archived.log_salt, log, trust)
    except ErasedError:
        return CheckResult(_CHECK, Outcome.UNDETERMINED, (_ERASED,))
    except (ArchiveError, LogError) as error:
        # One that went away since it was asked for the credential proves nothing.
        away = isinstance(error, ArchiveError) and not isinstance(error, DamagedError)
        return CheckResult(_CHECK, Outcome.UNDETERMINED, (_UNREADABLE,)) if away else _damaged(error)


def _damaged(error: ArchiveError | LogError) -> CheckResult:
    fault = Finding.error("log-damaged", "The log of the archive is damaged: {fault}", fault=error.message)
    return CheckResult.of(_CHECK, (fault,))


def _in_archive(data: bytes, number: int, salt: bytes, log: LogReader, trust: LogTrust) -> CheckResult:
    index = number - 1
    [octets] = log.entries(index, number)
    entry = read_entry(octets)
    if not entry.has(data, salt=salt):
        return CheckResult.of(_CHECK, (_NO_ENTRY,))
    best = best_head(log.newest_heads(min_size=number, limit=MOST_HEADS), trust=trust)
    if best is None:
        return CheckResult(_CHECK, Outcome.UNDETERMINED, (_NO_HEAD,))
    _, signed = best
    head = signed.checkpoint
    proof = inclusion_proof(log, index, head.size)
    if not is_included(leaf_hash(octets), index=index, size=head.size, proof=proof, root=head.root):
        return CheckResult.of(_CHECK, (_OTHER_TREE,))
    result = _included(index, entry, signed, trust)
    return attrs.evolve(result, findings=(*result.findings, *_late(index, entry, log, trust)))


def _late(index: int, entry: Entry, log: LogReader, trust: LogTrust) -> Iterator[Finding]:
    """Yield a doubt where a head without the entry is from long after the moment that the entry names."""
    for head in log.newest_heads(max_size=index):
        signed = trust.find(read_note(head.note))
        seconds = None if signed is None else signed.seen_at
        at = head.at if seconds is None else datetime.fromtimestamp(seconds, UTC)
        if at - entry.at > _USUAL_DELAY:
            yield Finding.warning(
                "logged-late",
                "It says that it was issued on {claimed}, but it came into the log only after {moment}.",
                claimed=entry.at,
                moment=at,
            )


def proof_result(data: bytes, *, evidence: LogEvidence) -> CheckResult | None:
    """Judge a proof that somebody gave along with a file; none where there is none. Neither archive nor network is asked.

    1. The proof is one, and carries salt and entry.
    2. The entry is of these octets.
    3. The path leads from the entry to the root of the head.
    4. A known key of the log signed the head, and enough known witnesses saw it.

    Args:
        data: the file.
        evidence: the proof, and whose signatures count.
    """
    if evidence.proof is None:
        return None
    trust = evidence.trust
    if trust is None or not trust.keys:
        return CheckResult(_CHECK, Outcome.UNDETERMINED, (_NO_KEY,))
    try:
        return _proven(data, evidence.proof, trust)
    except LogError as error:
        fault = Finding.error("wrong-proof", "The proof does not hold: {fault}", fault=error.message)
        return CheckResult.of(_CHECK, (fault,))


def _proven(data: bytes, octets: bytes, trust: LogTrust) -> CheckResult:
    # 1.
    proof = read_proof(octets)
    salt, logged = split_extra(proof)
    entry = read_entry(logged)
    # 2.
    if not entry.has(data, salt=salt):
        return CheckResult.of(_CHECK, (_OTHER_FILE,))
    # 3.
    if not proof.holds_for(logged):
        return CheckResult.of(_CHECK, (_NO_PATH,))
    # 4.
    origin = checkpoint_of(proof.head).origin
    if not trust.knows(origin):
        unknown = Finding.warning(
            "unknown-log",
            "The proof is of the log {origin}, which is not known here, so anyone could have made it.",
            origin=repr(origin),
        )
        return CheckResult(_CHECK, Outcome.UNDETERMINED, (unknown,))
    return _included(proof.index, entry, trust.judge(proof.head), trust)


def _included(index: int, entry: Entry, signed: Signed, trust: LogTrust) -> CheckResult:
    """Return the result for an entry that is in the tree of a signed head."""
    found = Finding.info(
        "in-the-log",
        "This very file is entry {number} of the log {origin}, which says that it was issued or renewed on {claimed}. Whoever kept the log "
        "as it is now would notice if that entry were changed or taken out.",
        number=index + 1,
        origin=signed.checkpoint.origin,
        claimed=entry.at,
    )
    if not trust.is_witnessed(signed):
        few = Finding.warning(
            "too-few-witnesses",
            "Too few known witnesses saw the log with it ({count} of {quorum}); others may have been shown another log.",
            count=len(signed.witnesses),
            quorum=trust.quorum,
        )
        return CheckResult(_CHECK, Outcome.UNDETERMINED, (few, found))
    if signed.seen_at is None:
        return CheckResult(_CHECK, Outcome.PASSED, (found, _UNWITNESSED))
    witnessed = Finding.info(
        "witnessed",
        "A known witness ({witnesses:comma}) saw the log with it by {moment}.",
        witnesses=[witness.key.name for witness in signed.witnesses],
        moment=datetime.fromtimestamp(signed.seen_at, UTC),
    )
    return CheckResult(_CHECK, Outcome.PASSED, (found, witnessed))


def not_asked(evidence: LogEvidence) -> CheckResult:
    """Return the result where no log can be asked."""
    note = _NO_LOG if evidence.trust is None else _NO_PROOF
    return CheckResult(_CHECK, Outcome.NOT_APPLICABLE, (note,))


_NO_LOG: Final = Finding.info("no-log", "No log of what was issued is known here, so nobody was asked.")
_NO_PROOF: Final = Finding.info(
    "no-proof", "The file came without a proof that it is in a log, and no archive at hand has it."
)
_NO_KEY: Final = Finding.warning(
    "no-log-key",
    "Nobody said here whose log counts, so anyone could have made it.",
)
_UNREADABLE: Final = Finding.warning("log-unreadable", "The archive can't be read, so its log was not asked.")
_ERASED: Final = Finding.info(
    "log-erased", "Its content was erased, so nobody can tell any more which entries of the log are its own."
)
_NO_ENTRY: Final = Finding.error(
    "no-entry", "The log has no entry for this file, though everything that was issued here has one."
)
_NO_HEAD: Final = Finding.warning(
    "no-head",
    "It has an entry in the log, but the log was not signed with it yet, so it could still be taken out.",
)
_OTHER_TREE: Final = Finding.error(
    "other-log",
    "The log in the archive is not the one that was signed: its entries were changed, or what was signed.",
)
_OTHER_FILE: Final = Finding.error("other-file", "The proof is of another file.")
_NO_PATH: Final = Finding.error(
    "not-included", "The proof does not fit the log: by it, this file is not in there."
)
_UNWITNESSED: Final = Finding.info(
    "unwitnessed", "No known witness saw it; whoever runs the log could have shown others another log."
)
