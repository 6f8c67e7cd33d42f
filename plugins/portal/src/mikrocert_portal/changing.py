"""What writes: where this program may only read, nothing is changed, and that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from mikrocert.api import ArchiveError, DamagedError, ErasedError, ShareEnded, UnknownShare

from mikrocert_portal.errors import HttpProblem, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["or_unchanged"]

T = TypeVar("T")

_AWAY_SECONDS: Final = 30


def or_unchanged(work: Callable[[], T]) -> Callable[[], T]:
    """Return what does the same, and where the archive can't be written, refuses by saying that nothing was changed."""

    def changed() -> T:
        try:
            return work()
        except (UnknownShare, ShareEnded, ErasedError, DamagedError):
            raise
        except ArchiveError as error:
            raise Refused(HttpProblem.UNCHANGED, retry_after=_AWAY_SECONDS) from error

    return changed
