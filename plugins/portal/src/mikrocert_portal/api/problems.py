"""What a program is told when a request can't be answered: problem details (RFC 9457).

```
MikrocertError
└── ProblemError        a request of the API can't be answered; carries a ApiProblem
```
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from mikrocert.api import ENGLISH, Finding, MikrocertError, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mikrocert.api import Message, Texts

    from mikrocert_portal.errors import HttpProblem

__all__ = [
    "MEDIA_TYPE",
    "ApiProblem",
    "ProblemError",
    "finding_in",
    "oauth_error_of",
    "oauth_to_json",
    "problem_to_json",
]

MEDIA_TYPE = "application/problem+json"


class ApiProblem(Enum):
    """Why a request can't be answered: a stable name for programs, the HTTP status, and what people read."""

    BAD_REQUEST = ("bad-request", 400, message("The request can't be read."))
    WRONG_PARAMETER = (
        "wrong-parameter",
        400,
        message("A parameter of the request is unknown, stands there twice or has a wrong value."),
    )
    INVALID_REQUEST = (
        "invalid-request",
        400,
        message(
            "This is no request for a token: a parameter is missing or stands there twice, or its parts don't fit together."
        ),
    )
    UNSUPPORTED_GRANT = (
        "unsupported-grant-type",
        400,
        message("Tokens are given for “client_credentials” only."),
    )
    INVALID_SCOPE = ("invalid-scope", 400, message("The client may not do now what the token is asked for."))
    INVALID_CLIENT = (
        "invalid-client",
        401,
        message(
            "The client didn't prove who it is: by an assertion that it signed for here and now and never used, or by its certificate."
        ),
    )
    NOT_AUTHENTICATED = (
        "not-authenticated",
        401,
        message("The request needs the key of an institution: “Authorization: Bearer KEY”."),
    )
    SCOPE = ("insufficient-scope", 403, message("The key is good, but not for this."))
    UNKNOWN = (
        "unknown-identifier",
        404,
        message("There is nothing under this identifier; letter case matters."),
    )
    NOT_FOUND = ("not-found", 404, message("There is no such address; the OpenAPI document has all of them."))
    METHOD = ("method-not-allowed", 405, message("The address has no such method; “Allow” has those it has."))
    NOT_ACCEPTABLE = (
        "not-acceptable",
        406,
        message("The answer exists in none of the media types that “Accept” names."),
    )
    TOO_SLOW = ("too-slow", 408, message("The request took too long to arrive."))
    CHANGED = (
        "changed-content",
        409,
        message(
            "This record number was issued before with other content; to correct it, replace the earlier credential."
        ),
    )
    TYPE_CONFLICT = (
        "type-conflict",
        409,
        message("The type is there already and says something else, was changed meanwhile, or was ended."),
    )
    CANCELLED = ("cancelled", 409, message("The batch was cancelled before this was issued."))
    ENDED = ("not-live", 409, message("The credential was revoked or replaced before."))
    UNDECIDABLE = (
        "not-decidable",
        409,
        message(
            "The proposal was decided before, has expired, can't be done any more, or is one's own to confirm."
        ),
    )
    ERASED = ("erased", 410, message("The content of this credential was erased; only its status is known."))
    ACCESS_CLOSED = (
        "access-closed",
        410,
        message(
            "The holder has closed the access; ask for a share. Whether it was revoked or replaced, “state” says."
        ),
    )
    OTHER_VERSION = (
        "other-version",
        412,
        message("What “If-Match” names is not the newest version; look at that, and change it."),
    )
    TOO_LARGE = ("too-large", 413, message("The body of the request is too large."))
    TOO_MANY_FILES = (
        "too-many-files",
        413,
        message("There are more files than are verified at once; send them in several requests."),
    )
    MEDIA_TYPE = (
        "unsupported-media-type",
        415,
        message("The body has a media type, a character set or a coding that is not read here."),
    )
    IN_PROGRESS = (
        "request-in-progress",
        409,
        message(
            "A request with this Idempotency-Key is being answered; “Retry-After” says when to ask again."
        ),
    )
    KEY_REUSED = (
        "idempotency-key-reused",
        422,
        message(
            "This Idempotency-Key was sent before with another request; each request has a key of its own."
        ),
    )
    REFUSED = ("refused", 422, message("What was sent is refused; the findings say why."))
    TOO_MANY_CALLS = (
        "too-many-calls",
        429,
        message("There were too many requests; “Retry-After” says when to go on."),
    )
    TOO_MANY = (
        "too-many-attempts",
        429,
        message("There were too many wrong identifiers or keys; “Retry-After” says when to go on."),
    )
    TOO_MANY_UPLOADS = (
        "too-many-uploads",
        429,
        message("Too much is being sent from this address at one time; “Retry-After” says when to go on."),
    )
    HEADERS = ("headers-too-large", 431, message("The header fields of the request are too large."))
    CRASH = ("internal-error", 500, message("Something went wrong here; it was noted for the operator."))
    BUSY = ("busy", 503, message("There is too much to do now; “Retry-After” says when to try again."))
    NO_ARCHIVE = (
        "no-archive",
        503,
        message("The archive does not answer; “Retry-After” says when to try again."),
    )
    NOT_ISSUING = (
        "not-issuing",
        503,
        message(
            "Nothing can be issued now; it was noted for the operator. What was sent may be sent again, and is issued once."
        ),
    )

    def __init__(self, code: str, status: int, title: Message) -> None:
        self.code = code
        self.status = status
        self.title = title

    @classmethod
    def of(cls, problem: HttpProblem) -> ApiProblem:
        """Return the problem of the API that is what a page would tell."""
        return _BY_CODE.get(problem.code, cls.BAD_REQUEST)


_BY_CODE = {problem.code: problem for problem in ApiProblem}


class ProblemError(MikrocertError):
    """A request of the API can't be answered.

    Args:
        problem: why.
        detail: what is to be said of this very case, or none.
        findings: every fault of what was sent; those that come from results of a batch have their messages by language.
        retry_after: seconds after which it may be tried again, or none.
        headers: further header fields of the answer.
        members: further members of the answer.
    """

    def __init__(
        self,
        problem: ApiProblem,
        *,
        detail: Message | None = None,
        findings: Iterable[Finding | Mapping[str, Any]] = (),
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, str] | None = None,
    ) -> None:
        self.problem = problem
        self.detail = detail
        self.findings = tuple(findings)
        self.retry_after = retry_after
        self.headers = dict(headers or {})
        self.members = dict(members or {})
        super().__init__(problem.title)


def problem_to_json(error: ProblemError, *, base: str, texts: Texts, language: str) -> dict[str, Any]:
    """Return the object of a problem (RFC 9457, 3.1), in one language.

    Args:
        error: the problem.
        base: address of the API.
        texts: catalogues.
        language: language of what people read.
    """
    problem = error.problem
    members: dict[str, Any] = {
        "type": f"{base}/docs#{problem.code}",
        "title": texts.plain(problem.title, language),
        "status": problem.status,
        "code": problem.code,
    }
    if error.detail is not None:
        members["detail"] = texts.plain(error.detail, language)
    if error.findings:
        members["findings"] = [
            finding_in(finding, texts=texts, language=language) for finding in error.findings
        ]
    return members | error.members


def oauth_error_of(problem: ApiProblem) -> str:
    """Return what OAuth 2.0 calls a problem (RFC 6749, 5.2); what it has no word for is called as where people sign in (4.1.2.1)."""
    if problem in _OAUTH:
        return _OAUTH[problem]
    if problem in {ApiProblem.TOO_MANY_CALLS, ApiProblem.TOO_MANY, ApiProblem.TOO_MANY_UPLOADS}:
        return "temporarily_unavailable"
    if problem.status < _OURS:
        return "invalid_request"
    return "server_error" if problem is ApiProblem.CRASH else "temporarily_unavailable"


_OURS = 500
_OAUTH = {
    ApiProblem.UNSUPPORTED_GRANT: "unsupported_grant_type",
    ApiProblem.INVALID_SCOPE: "invalid_scope",
    ApiProblem.INVALID_CLIENT: "invalid_client",
}


def oauth_to_json(error: ProblemError, *, base: str) -> dict[str, str]:
    """Return the object with which a token is refused (RFC 6749, 5.2); what people read is at an address, as that is ASCII only.

    Args:
        error: the problem.
        base: address of the API.
    """
    return {"error": oauth_error_of(error.problem), "error_uri": f"{base}/docs#{error.problem.code}"}


def finding_in(finding: Finding | Mapping[str, Any], *, texts: Texts, language: str) -> dict[str, str]:
    """Return a finding with its message in one language."""
    if isinstance(finding, Finding):
        return {
            "path": finding.path,
            "code": finding.code,
            "severity": finding.severity.value,
            "message": texts.plain(finding.message, language),
        }
    by_language: Mapping[str, str] = finding["message"]
    return {
        "path": finding["path"],
        "code": finding["code"],
        "severity": finding["severity"],
        "message": by_language.get(language) or by_language[ENGLISH],
    }
