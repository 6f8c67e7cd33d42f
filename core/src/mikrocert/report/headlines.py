"""Headlines: the one sentence in which a verification ends, chosen by what was found, and what to do about it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from mikrocert.report.findings import Severity
from mikrocert.report.report import Report, Verdict
from mikrocert.report.results import Outcome
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mikrocert.texts import Message

__all__ = ["Headline", "advice_of", "headline_of", "sealer_of", "tone_of"]


class Headline(Enum):
    """One way a verification can end; the value is a stable name."""

    VALID = "valid"
    TEST = "test"
    REVOKED = "revoked"
    REPLACED = "replaced"
    NO_SEAL = "no-seal"
    UNFITTING = "unfitting"
    CHANGED = "changed"
    ADDED = "added"
    REWRITTEN = "rewritten"
    DAMAGED = "damaged"
    SEAL_FAULT = "seal-fault"
    STATEMENT = "statement"
    TEST_SEAL = "test-seal"
    UNTRUSTED = "untrusted"
    BORROWED = "borrowed"
    OTHER_SEALS = "other-seals"
    NAMELESS = "nameless"
    ISSUER = "issuer"
    UNKNOWN = "unknown"
    OTHER_CONTENT = "other-content"
    OTHER_DOCUMENT = "other-document"
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    VALIDITY = "validity"
    CONTENT = "content"
    FAILED = "failed"
    SEALER_OPEN = "sealer-open"
    TIME_OPEN = "time-open"
    REVOCATION_OPEN = "revocation-open"
    OTHER_TEXT = "other-text"
    UNDETERMINED = "undetermined"
    SEALED_OTHERWISE = "sealed-otherwise"
    NOT_THERE = "not-there"
    OTHER_KIND = "other-kind"
    UNOPENED = "unopened"
    UNUSABLE = "unusable"

    @property
    def title(self) -> Message:
        """The headline itself."""
        return _TITLES[self]


_TONES: Final = {
    Headline.VALID: "valid",
    Headline.TEST: "test",
    Headline.REPLACED: "neutral",
    Headline.DAMAGED: "neutral",
    Headline.NOT_THERE: "neutral",
    Headline.OTHER_KIND: "neutral",
    Headline.UNOPENED: "neutral",
    Headline.UNUSABLE: "neutral",
    Headline.SEALER_OPEN: "undetermined",
    Headline.TIME_OPEN: "undetermined",
    Headline.REVOCATION_OPEN: "undetermined",
    Headline.OTHER_TEXT: "undetermined",
    Headline.SEALED_OTHERWISE: "undetermined",
    Headline.UNDETERMINED: "undetermined",
}

_LEFT_OPEN: Final = frozenset(headline for headline, tone in _TONES.items() if tone == "undetermined")
"""What is said where a question is open, and where something failed beside it."""

_TITLES: Final = {
    Headline.VALID: message("This micro-credential is valid"),
    Headline.TEST: message("Test micro-credential, proves nothing"),
    Headline.REVOKED: message("This micro-credential has been revoked"),
    Headline.REPLACED: message("This micro-credential has been replaced by a new one"),
    Headline.NO_SEAL: message("This file has no seal"),
    Headline.UNFITTING: message("Not valid: the seal does not fit the content"),
    Headline.CHANGED: message("Not valid: the content was changed"),
    Headline.ADDED: message("Not valid: the file holds more than what was sealed"),
    Headline.REWRITTEN: message("The file was rewritten around its seal"),
    Headline.DAMAGED: message("This file is damaged"),
    Headline.SEAL_FAULT: message("Not valid: the seal did not pass"),
    Headline.STATEMENT: message("This is a verification statement, not a micro-credential"),
    Headline.TEST_SEAL: message("Not valid: the seal is a test"),
    Headline.UNTRUSTED: message("Not valid: the seal is not trusted"),
    Headline.BORROWED: message("Not valid: it claims to be ours, and nothing proves that"),
    Headline.OTHER_SEALS: message("Not valid: its two seals do not belong together"),
    Headline.NAMELESS: message("Not valid: it is not clear who issued it"),
    Headline.ISSUER: message("Not valid: somebody else sealed it"),
    Headline.UNKNOWN: message("Not valid: we have no record of it"),
    Headline.OTHER_CONTENT: message("Not valid: our archive has other content"),
    Headline.OTHER_DOCUMENT: message("This is not the certificate that was issued"),
    Headline.EXPIRED: message("This micro-credential has expired"),
    Headline.NOT_YET: message("This micro-credential is not valid yet"),
    Headline.VALIDITY: message("Not valid at this time"),
    Headline.CONTENT: message("Not valid: the content breaks the rules"),
    Headline.FAILED: message("Not valid: a check failed"),
    Headline.SEALER_OPEN: message("We could not confirm who sealed it"),
    Headline.TIME_OPEN: message("We could not confirm when it was sealed"),
    Headline.REVOCATION_OPEN: message("We could not confirm that the seal was valid"),
    Headline.OTHER_TEXT: message("Something else may be printed on this certificate than was sealed in it"),
    Headline.UNDETERMINED: message("We could not confirm validity"),
    Headline.SEALED_OTHERWISE: message("Its seal is of a kind that we can't judge"),
    Headline.NOT_THERE: message("There is nothing to verify"),
    Headline.OTHER_KIND: message("This kind of file can't be verified here"),
    Headline.UNOPENED: message("This file can't be verified"),
    Headline.UNUSABLE: message("This file is not a micro-credential"),
}

_DO_NOT_RELY: Final = message("Do not rely on these data.")
_ASK_FOR_ORIGINAL: Final = message("Ask the holder for the original file or link.")

_ADVICE: Final = {
    Headline.TEST: (
        message("This is a test micro-credential from a test environment; it has no legal effect."),
    ),
    Headline.NO_SEAL: (
        message("Anyone could have made it, so it proves nothing."),
        message("Ask the holder for the sealed file or the link."),
    ),
    Headline.UNFITTING: (
        message(
            "Either one of them is not what it was when it was sealed, or they never belonged together."
        ),
        _DO_NOT_RELY,
        _ASK_FOR_ORIGINAL,
    ),
    Headline.CHANGED: (
        message("The content is not the one that was sealed."),
        _DO_NOT_RELY,
        _ASK_FOR_ORIGINAL,
    ),
    Headline.ADDED: (
        message("Something was added after it was sealed, and no seal covers that."),
        _DO_NOT_RELY,
        _ASK_FOR_ORIGINAL,
    ),
    Headline.REWRITTEN: (
        message("The sealed content is unchanged, but the file around it was saved anew."),
        _ASK_FOR_ORIGINAL,
    ),
    Headline.DAMAGED: (
        message("It can't be read, most often because it did not arrive whole."),
        _ASK_FOR_ORIGINAL,
    ),
    Headline.STATEMENT: (
        message("Its seal is one for statements alone. What the statement says can be looked up at the address on it."),
    ),
    Headline.TEST_SEAL: (message("A test seal proves nothing and has no legal effect."),),
    Headline.UNTRUSTED: (
        message("Nobody whom this system trusts stands behind the seal, or its certificate was not valid."),
        _DO_NOT_RELY,
    ),
    Headline.BORROWED: (
        message(
            "It bears a name, a number or a link of the operator of this system, "
            "but nothing proves that the operator issued it."
        ),
        _DO_NOT_RELY,
    ),
    Headline.OTHER_SEALS: (
        message("The certificate and the data file in it were sealed with different seal certificates."),
        _DO_NOT_RELY,
    ),
    Headline.NAMELESS: (
        message("The issuer can't be compared with the sealing organisation."),
        _DO_NOT_RELY,
    ),
    Headline.ISSUER: (
        message("The issuer named in it is not the one who sealed it."),
        _DO_NOT_RELY,
    ),
    Headline.UNKNOWN: (
        message("It names the operator of this system as its issuer, but our archive does not have it."),
        _DO_NOT_RELY,
    ),
    Headline.OTHER_CONTENT: (
        message("Under its identifier our archive has a micro-credential with other content."),
        _DO_NOT_RELY,
    ),
    Headline.OTHER_DOCUMENT: (
        message("The sealed data in it are genuine, but anything may be printed on it."),
        message("Compare it with the page of the micro-credential."),
    ),
    Headline.SEALER_OPEN: (
        message("Anyone could have made this seal."),
        message("Do not rely on these data until the university confirms them."),
    ),
    Headline.TIME_OPEN: (
        message("The seal certificate is no longer valid, and nothing proves that the seal was made before it ended."),
        message("Do not rely on these data until the university confirms them."),
    ),
    Headline.REVOCATION_OPEN: (
        message("Nothing that we have says whether the seal certificate had been revoked."),
        message("Do not rely on these data until the university confirms them."),
    ),
    Headline.OTHER_TEXT: (
        message("The sealed data in it are genuine, but some of them were not found on its pages."),
        message("Rely on the data shown here, not on the certificate."),
    ),
    Headline.SEALED_OTHERWISE: (
        message("Nothing about this file is proven here; who issued it says where it can be verified."),
        _DO_NOT_RELY,
    ),
    Headline.UNDETERMINED: (
        message("Some checks could not be finished; ask the university that awarded it."),
    ),
}  # fmt: skip

_NO_SEAL: Final = frozenset({"unsealed", "not-sealed", "signatures-none"})
_UNFITTING: Final = frozenset({"signature-invalid"})
_CHANGED: Final = frozenset({"digest-mismatch"})
_ADDED: Final = frozenset({"changed-after-seal", "not-covered", "gap"})
_DAMAGED: Final = frozenset({"damaged", "json-syntax", "json-not-utf8", "not-base64url", "not-base64"})
_REWRITTEN: Final = frozenset({"not-canonical"})
_BORROWED: Final = frozenset({"borrowed-name", "our-name", "our-identifier", "our-link"})
_NAMELESS: Final = frozenset({"no-identifier", "nameless-seal"})
_TIME: Final = frozenset({"certificate-expired", "signing-time-unknown", "revoked-without-proof"})
_REVOCATION: Final = frozenset({"revocation-unknown"})
_EXPIRED: Final = frozenset({"expired"})
_NOT_YET: Final = frozenset({"not-yet", "issued-later"})
_NOT_THERE: Final = frozenset({"unreadable", "unknown-identifier", "foreign-link"})
_SAYS_WHY: Final = {
    Headline.SEAL_FAULT: ("integrity",),
    Headline.EXPIRED: ("validity",),
    Headline.NOT_YET: ("validity",),
    Headline.VALIDITY: ("validity",),
    Headline.CONTENT: ("format", "award"),
}


def _errors(report: Report, check: str) -> frozenset[str]:
    result = report.result(check)
    found = result.findings if result else ()
    return frozenset(finding.code for finding in found if finding.severity is Severity.ERROR)


def _failed(report: Report, *checks: str) -> bool:
    return any(report.outcome(check) is Outcome.FAILED for check in checks)


def _of_integrity(codes: frozenset[str]) -> Headline:
    if codes <= _REWRITTEN and codes:
        return Headline.REWRITTEN
    return _first(
        codes,
        (
            (_UNFITTING, Headline.UNFITTING),
            (_CHANGED, Headline.CHANGED),
            (_ADDED, Headline.ADDED),
            (_NO_SEAL, Headline.NO_SEAL),
            (_DAMAGED, Headline.DAMAGED),
        ),
        otherwise=Headline.SEAL_FAULT,
    )


def _of_issuer(codes: frozenset[str]) -> Headline:
    return _first(
        codes,
        (
            (_BORROWED, Headline.BORROWED),
            (frozenset({"other-seal"}), Headline.OTHER_SEALS),
            (_NAMELESS, Headline.NAMELESS),
        ),
        otherwise=Headline.ISSUER,
    )


def _of_validity(codes: frozenset[str]) -> Headline:
    if codes == _EXPIRED:
        return Headline.EXPIRED
    return Headline.NOT_YET if codes and codes <= _NOT_YET else Headline.VALIDITY


def _of_status(codes: frozenset[str]) -> Headline:
    return _first(
        codes,
        (
            (frozenset({"other-content"}), Headline.OTHER_CONTENT),
            (frozenset({"unknown"}), Headline.UNKNOWN),
            (frozenset({"revoked"}), Headline.REVOKED),
            (frozenset({"other-document"}), Headline.OTHER_DOCUMENT),
            (frozenset({"rewritten"}), Headline.REWRITTEN),
            (frozenset({"replaced"}), Headline.REPLACED),
        ),
        otherwise=Headline.FAILED,
    )


def _first(
    codes: frozenset[str], groups: Iterable[tuple[frozenset[str], Headline]], *, otherwise: Headline
) -> Headline:
    return next((headline for among, headline in groups if codes & among), otherwise)


def _of_invalid(report: Report) -> Headline:
    """Return the gravest reason; what casts doubt on everything else comes first."""
    if _failed(report, "integrity"):
        return _of_integrity(_errors(report, "integrity"))
    if _failed(report, "trust"):
        if "seal-for-statements" in _errors(report, "trust"):
            return Headline.STATEMENT
        return Headline.TEST_SEAL if report.test_seal else Headline.UNTRUSTED
    if _failed(report, "issuer"):
        return _of_issuer(_errors(report, "issuer"))
    if _failed(report, "status"):
        return _of_status(_errors(report, "status"))
    return _of_content(report)


def _of_content(report: Report) -> Headline:
    # Of what anybody may have sealed nobody knows that it was ever valid.
    if {report.outcome("integrity"), report.outcome("trust")} != {Outcome.PASSED}:
        return _of_undetermined(report)
    if _failed(report, "validity"):
        return _of_validity(_errors(report, "validity"))
    return Headline.CONTENT if _failed(report, "format", "award") else Headline.FAILED


def _of_unusable(report: Report) -> Headline:
    codes = frozenset(finding.code for finding in report.unusable)
    return _first(
        codes,
        (
            (_NOT_THERE, Headline.NOT_THERE),
            (frozenset({"not-a-credential"}), Headline.UNUSABLE),
            (frozenset({"other-kind"}), Headline.OTHER_KIND),
            (_NO_SEAL, Headline.NO_SEAL),
            (_DAMAGED, Headline.DAMAGED),
        ),
        otherwise=Headline.UNOPENED,
    )


def _left_open(report: Report, check: str, code: str) -> bool:
    result = report.result(check)
    return (
        result is not None
        and result.outcome is Outcome.UNDETERMINED
        and any(finding.code == code for finding in result.findings)
    )


def _of_undetermined(report: Report) -> Headline:
    if _left_open(report, "integrity", "sealed-otherwise"):
        return Headline.SEALED_OTHERWISE
    if report.outcome("integrity") is not Outcome.PASSED or report.outcome("trust") is Outcome.PASSED:
        printed = report.proven and _left_open(report, "status", "text-absent")
        return Headline.OTHER_TEXT if printed else Headline.UNDETERMINED
    trust = report.result("trust")
    # The finding that left the question open comes first.
    codes = (
        [finding.code for finding in trust.findings if finding.severity is Severity.WARNING] if trust else []
    )
    if not codes or codes[0] not in _TIME | _REVOCATION:
        return Headline.SEALER_OPEN
    return Headline.REVOCATION_OPEN if _TIME.isdisjoint(codes) else Headline.TIME_OPEN


def headline_of(report: Report) -> Headline:
    """Return how this verification ended: by its findings, so that nothing is told that nobody found."""
    if report.verdict is Verdict.UNUSABLE:
        return _of_unusable(report)
    if report.verdict is Verdict.INVALID:
        return _of_invalid(report)
    if report.verdict is Verdict.VALID and report.proven:
        return Headline.TEST if report.test_seal else Headline.VALID
    return _of_undetermined(report)


def tone_of(report: Report) -> str:
    """Return how it is coloured: valid, test, failed, undetermined, or neutral where nothing speaks against the file.

    Without a seal a file proves nothing, whether its content can be read or not.
    """
    headline = headline_of(report)
    if report.unusable and headline is not Headline.NO_SEAL:
        return "neutral"
    tone = _TONES.get(headline, "failed")
    return "failed" if tone == "undetermined" and report.verdict is Verdict.INVALID else tone


def advice_of(report: Report) -> tuple[Message, ...]:
    """Return what the headline means and what to do, in sentences."""
    headline = headline_of(report)
    if report.verdict is Verdict.UNUSABLE:
        own = tuple(finding.message for finding in report.unusable[:1])
        return _ADVICE.get(headline, own)
    if headline is Headline.VALID:
        unchanged = _unchanged(report)
        end = report.view.valid_until if report.view else None
        return (unchanged,) if end is None else (message("It is valid until {day:long}.", day=end), unchanged)
    if headline in {Headline.REVOKED, Headline.REPLACED}:
        return _status(report)
    if headline in _ADVICE and headline not in _LEFT_OPEN:
        return _ADVICE[headline]
    checks = _SAYS_WHY.get(headline) or tuple(result.check for result in report.results)
    failed = (
        result for result in report.results if result.check in checks and result.outcome is Outcome.FAILED
    )
    why = tuple(result.sentence for result in failed if result.sentence is not None)[:1]
    return (*_ADVICE.get(headline, ()), *why)


def sealer_of(report: Report) -> Message | None:
    """Return who sealed it, by the seal certificate and nothing else, and whether that is proven; none without a seal."""
    if not report.seals:
        return None
    owner = report.seals[-1].owner
    if owner is None:
        return message("The seal certificate names no organisation.")
    names = {"name": owner.legal_name, "identifier": owner.organization_identifier}
    if {report.outcome("integrity"), report.outcome("trust")} == {Outcome.PASSED}:
        return message("Sealing organisation: {name} ({identifier}).", **names)
    return message("The seal certificate names {name} ({identifier}), but nothing proves that.", **names)


def _unchanged(report: Report) -> Message:
    """Return that it is unchanged, and what is known of revocation: now, as of some moment, or nothing."""
    if report.outcome("status") is not Outcome.PASSED:
        return _UNCHANGED
    as_of = report.status.as_of if report.status else None
    if as_of is None:
        return _UNCHANGED_AND_LIVE
    return message(
        "The content has not changed since it was sealed. Status as of {moment}: it had not been revoked; what happened since is not known.",
        moment=as_of,
    )


def _status(report: Report) -> tuple[Message, ...]:
    result = report.result("status")
    findings = result.findings if result else ()
    return tuple(finding.message for finding in findings if finding.code in {"revoked", "replaced"})[:1]


_UNCHANGED_AND_LIVE: Final = message(
    "The content has not changed since it was sealed, and the micro-credential has not been revoked."
)
_UNCHANGED: Final = message(
    "The content has not changed since it was sealed. Whether it has been revoked can only be learned from its issuer."
)
