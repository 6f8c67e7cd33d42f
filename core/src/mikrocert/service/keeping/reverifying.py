"""Verifying the archive anew: the seal of every file of every edition, in several processes, and on from where it was interrupted.

The check of the archive (`mikrocert.archive.checking`) proves that files are those that were recorded. Whether their seals still
hold is asked here, of the verifier as of now: integrity has to be passed; where trust failed, or can't be told any more, that is told.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from mikrocert.errors import ArchiveError, MikrocertError, ObjectStoreError
from mikrocert.report import FileKind, Finding, Outcome, Severity
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from mikrocert.archive import Archive
    from mikrocert.service.confining import Crew
    from mikrocert.service.verifying.verifying import Verifier

__all__ = ["Reached", "Reverified", "reverify", "seals_of"]

_FORMAT: Final = "mikrocert check 1"
_AT_ONCE: Final = 200


@attrs.frozen
class Reverified:
    """What became of the seals of a file.

    Args:
        path: which file, `artefacts[K7mQx4Rt9bHz, badge, certificate, 1]`.
        integrity: outcome of the check `integrity`.
        trust: outcome of the check `trust`.
    """

    path: str
    integrity: Outcome
    trust: Outcome

    @property
    def finding(self) -> Finding | None:
        """What is wrong with them, or none."""
        if self.integrity is Outcome.FAILED:
            return Finding.error("seal-not-intact", "its seal doesn't hold any more", path=self.path)
        if self.integrity is not Outcome.PASSED:
            return Finding.error("seal-not-verifiable", "its seal can't be verified here", path=self.path)
        if self.trust is Outcome.FAILED:
            return Finding.error("seal-not-trusted", "its seal is not trusted", path=self.path)
        if self.trust is not Outcome.PASSED:
            return Finding.warning(
                "seal-undetermined",
                "it can't be told any more whether its seal is to be trusted",
                path=self.path,
            )
        return None


@attrs.frozen
class Reached:
    """How far it is.

    Args:
        after: the last credential that was gone through.
        credentials: how many were.
        files: how many files they have.
    """

    after: str = ""
    credentials: int = 0
    files: int = 0

    @classmethod
    def of(cls, file: Path) -> Reached:
        """Return the progress that a file has, none made where there is no file.

        Raises:
            ArchiveError: if it is something else.
        """
        try:
            members: Any = json.loads(file.read_bytes())
            reached = cls(str(members["after"]), int(members["credentials"]), int(members["files"]))
            ours = members["format"] == _FORMAT
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _no_state(file) from error
        if not ours:
            raise _no_state(file)
        return reached

    def write(self, file: Path) -> None:
        """Write it, as a whole or not at all.

        Raises:
            ArchiveError: if it can't be written.
        """
        unfinished = file.with_name(
            f".{secrets.token_hex(8)}.part"
        )  # which nobody can have laid a link under
        try:
            with unfinished.open("x", encoding="utf-8") as opened:
                opened.write(json.dumps({"format": _FORMAT, **attrs.asdict(self)}) + "\n")
            unfinished.replace(file)
        except OSError as error:
            raise ArchiveError(
                message("{file} can't be written: {reason}", file=file, reason=error)
            ) from error


def seals_of(
    archive: Archive, verifier: Verifier, identifier: str, *, at: datetime
) -> tuple[Reverified, ...] | Message | None:
    """Return what becomes of the seals of all files of a credential; none where its content was erased or can't be read, a reason where the object store can't be.

    Args:
        archive: where it is.
        verifier: who verifies.
        identifier: the 12 characters.
        at: the time of verification (aware).
    """
    try:
        archived = archive.find(identifier)
        if archived.erased_at is not None:
            return None
        found: list[Reverified] = []
        for info in archived.artefacts:
            if info.kind is FileKind.PICTURE:
                continue  # it has no seal
            octets = archive.file(identifier, info.kind, format=info.format, edition=info.edition).octets
            report = verifier.verify(octets, at=at)
            path = f"artefacts[{identifier}, {info.format}, {info.kind.value}, {info.edition}]"
            found.append(Reverified(path, report.outcome("integrity"), report.outcome("trust")))
    except ObjectStoreError as error:
        return error.message
    except MikrocertError:
        return None  # the check of the archive tells what is wrong with it
    return tuple(found)


def reverify(
    archive: Archive,
    *,
    crew: Crew,
    at: datetime,
    start: Reached,
    on_progress: Callable[[Reached], object],
) -> Iterator[Finding]:
    """Yield what is wrong with the seals of all files, credential by credential in the order of their identifiers.

    Args:
        archive: where they are.
        crew: does it, by `seals_of`.
        at: the time of verification (aware).
        start: where an interrupted one goes on.
        on_progress: called each time some were gone through, after what is wrong with them was told.

    Raises:
        ArchiveError: if the archive fails.
        WorkerError: if a process can't begin.
    """
    progress = start
    while some := archive.identifiers(after=progress.after, limit=_AT_ONCE):
        files = 0
        for identifier, answer in zip(some, crew.work([(one, at) for one in some]), strict=True):
            if answer is None:
                continue
            if isinstance(answer, Message):
                yield Finding("seal-undetermined", Severity.WARNING, answer, path=f"artefacts[{identifier}]")
                continue
            if not isinstance(answer, tuple):
                yield Finding.warning(
                    "seal-undetermined",
                    "verifying it cost more than a file may cost",
                    path=f"artefacts[{identifier}]",
                )
                continue
            found = cast("Sequence[Reverified]", answer)
            files += len(found)
            yield from filter(None, (one.finding for one in found))
        progress = Reached(some[-1], progress.credentials + len(some), progress.files + files)
        on_progress(progress)


def _no_state(file: Path) -> ArchiveError:
    return ArchiveError(
        message("{file} is not the state of an interrupted check; another file would be right", file=file)
    )
