"""Problems that a visitor can meet, each with its status code; the words are in the templates.

```
MikrocertError
└── Refused             a request was refused; carries a Problem
```
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from mikrocert.api import MikrocertError

if TYPE_CHECKING:
    from mikrocert.api import CredentialStatus, ShareEnd

__all__ = ["HttpProblem", "Refused"]


class HttpProblem(Enum):
    """Why a request was refused: a stable name for programs and templates, and the HTTP status."""

    NO_IDENTIFIER = ("no-identifier", 422)
    NOT_IDENTIFIER = ("not-identifier", 422)
    NO_FILE = ("no-file", 422)
    EMPTY_FILE = ("empty-file", 422)
    TWO_FILES = ("two-files", 422)
    TOO_MANY_FILES = ("too-many-files", 413)
    BROKEN_FORM = ("broken-form", 400)
    TOO_LARGE = ("too-large", 413)
    TOO_SLOW = ("too-slow", 408)
    TOO_MANY_UPLOADS = ("too-many-uploads", 429)
    BUSY = ("busy", 503)
    UNKNOWN = ("unknown-identifier", 404)
    NO_ARCHIVE = ("no-archive", 503)
    ERASED = ("erased", 410)
    CLOSED = ("closed", 410)
    UNKNOWN_LINK = ("unknown-link", 404)
    LINK_ENDED = ("link-ended", 410)
    ACCESS_CLOSED = ("access-closed", 410)
    UNCHANGED = ("not-changed", 503)
    ELSEWHERE = ("sent-from-elsewhere", 403)
    ANSWER_GONE = ("answer-gone", 404)
    STATEMENT_GONE = ("statement-gone", 404)
    UNKNOWN_STATEMENT = ("unknown-statement", 404)
    TOO_MANY_STATEMENTS = ("too-many-statements", 429)
    NO_STATEMENT = ("no-statement", 503)
    TOO_MANY = ("too-many-attempts", 429)
    NOT_FOUND = ("not-found", 404)
    METHOD = ("method-not-allowed", 405)
    HEADERS = ("headers-too-large", 431)
    BAD_REQUEST = ("bad-request", 400)
    CRASH = ("internal-error", 500)

    def __init__(self, code: str, status: int) -> None:
        self.code = code
        self.status = status

    @property
    def field(self) -> str | None:
        """The field of the front page that it is about, or none."""
        if self in {HttpProblem.NO_IDENTIFIER, HttpProblem.NOT_IDENTIFIER}:
            return "identifier"
        if self in {
            HttpProblem.NO_FILE,
            HttpProblem.EMPTY_FILE,
            HttpProblem.TWO_FILES,
            HttpProblem.TOO_MANY_FILES,
            HttpProblem.BROKEN_FORM,
            HttpProblem.TOO_LARGE,
        }:
            return "file"
        return None


class Refused(MikrocertError):
    """A request was refused.

    Args:
        problem: why.
        retry_after: seconds after which it may be tried again, or none.
        typed: what the visitor typed, to be corrected.
        allow: methods that the address allows, where another one was asked for.
        end: how and when a share or a holder's link ended, where it has.
        status: whether a credential was revoked or replaced, where nothing else of it is shown.
    """

    def __init__(
        self,
        problem: HttpProblem,
        *,
        retry_after: int | None = None,
        typed: str = "",
        allow: str = "",
        end: ShareEnd | None = None,
        status: CredentialStatus | None = None,
    ) -> None:
        self.problem = problem
        self.retry_after = retry_after
        self.typed = typed
        self.allow = allow
        self.end = end
        self.status = status
        super().__init__(problem.code)
