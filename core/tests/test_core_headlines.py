"""The headline of a report: chosen by what was found, and accusing nobody of what nobody found."""

from __future__ import annotations

from datetime import UTC, date, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.report import (
    CHECK_NAMES,
    OUTCOME_WORDS,
    CheckResult,
    CredentialStatus,
    Finding,
    Headline,
    Outcome,
    Report,
    SealInfo,
    SealOwner,
    SealQuality,
    StatusValue,
    Verdict,
    advice_of,
    headline_of,
    sealer_of,
    tone_of,
)
from mikrocert.testing import example_view
from mikrocert.texts import Texts

AT = datetime(2026, 11, 23, 7, 14, tzinfo=UTC)
CHECKS = tuple(CHECK_NAMES)
FAILED, OPEN, NONE = Outcome.FAILED, Outcome.UNDETERMINED, Outcome.NOT_APPLICABLE
REVOKED = CredentialStatus(StatusValue.REVOKED, AT, "chyba")
REPLACED = CredentialStatus(StatusValue.REPLACED, AT, "chyba", "K7mQx4Rt9bHz")
LIVE = CredentialStatus(StatusValue.LIVE, AT)
TEXTS = Texts()


def a_report(*, status_now=None, test_seal=False, own=None, **found):
    """Return a report whose checks passed but for those named: by an outcome, or by the codes of their errors."""
    results = []
    for check in (*CHECKS, *(() if own is None else ("own",))):
        given_ = found.get(check, own if check == "own" else Outcome.PASSED)
        if isinstance(given_, Outcome):
            results.append(CheckResult(check, given_, (Finding.info("x", f"About {check}."),)))
        else:
            errors = tuple(Finding.error(code, f"About {code}.") for code in given_)
            results.append(CheckResult(check, FAILED, errors))
    return Report(at=AT, results=tuple(results), status=status_now, test_seal=test_seal)


def left_open(check, *codes):
    """Return the result of a check that findings of these codes left open."""
    return CheckResult(check, OPEN, tuple(Finding.warning(code, f"About {code}.") for code in codes))


def failing(check, code):
    """Return the result of a check that an error of this code fails."""
    return CheckResult.of(check, [Finding.error(code, f"About {code}.")])


def with_results(*results):
    """Return a report with these results in place of passed ones."""
    different = {result.check: result for result in results}
    report = a_report()
    return attrs.evolve(
        report, results=tuple(different.get(result.check, result) for result in report.results)
    )


ENDS = {
    "all passed": (a_report(), Headline.VALID, "valid"),
    "of another system": (a_report(status=NONE), Headline.VALID, "valid"),
    "a test seal": (a_report(test_seal=True), Headline.TEST, "test"),
    "never sealed": (a_report(integrity=["unsealed"], trust=OPEN), Headline.NO_SEAL, "failed"),
    "another content than sealed": (a_report(integrity=["digest-mismatch"]), Headline.CHANGED, "failed"),
    "content and seal that don't fit": (a_report(integrity=["signature-invalid"]), Headline.UNFITTING, "failed"),
    "a seal of which nothing fits": (
        a_report(integrity=["digest-mismatch", "signature-invalid"]), Headline.UNFITTING, "failed",
    ),
    "a document whose seal fails around a file without": (
        a_report(integrity=["digest-mismatch", "unsealed-inside"]), Headline.CHANGED, "failed",
    ),
    "a sealed document around a file without": (a_report(integrity=["unsealed-inside"]), Headline.SEAL_FAULT, "failed"),
    "another document than sealed": (a_report(integrity=["digest-mismatch"]), Headline.CHANGED, "failed"),
    "something appended": (a_report(integrity=["changed-after-seal"]), Headline.ADDED, "failed"),
    "appended and changed": (a_report(integrity=["changed-after-seal", "digest-mismatch"]), Headline.CHANGED, "failed"),
    "saved anew": (a_report(integrity=["not-canonical"]), Headline.REWRITTEN, "failed"),
    "saved anew and changed": (a_report(integrity=["not-canonical", "signature-invalid"]), Headline.UNFITTING, "failed"),
    "an unknown header": (a_report(integrity=["header-unknown"]), Headline.SEAL_FAULT, "failed"),
    "a finding that nobody knows": (a_report(integrity=["of-a-plugin"]), Headline.SEAL_FAULT, "failed"),
    "a test seal elsewhere": (a_report(trust=FAILED, test_seal=True), Headline.TEST_SEAL, "failed"),
    "a seal that fails": (a_report(trust=["key-usage"]), Headline.UNTRUSTED, "failed"),
    "our name, a seal of anybody": (a_report(trust=OPEN, issuer=["borrowed-name"]), Headline.BORROWED, "failed"),
    "our name on another's": (a_report(issuer=["our-name"]), Headline.BORROWED, "failed"),
    "our number on another's": (a_report(issuer=["our-identifier"]), Headline.BORROWED, "failed"),
    "our link on another's": (a_report(issuer=["our-link", "other-name"]), Headline.BORROWED, "failed"),
    "two sealers": (a_report(issuer=["other-seal"]), Headline.OTHER_SEALS, "failed"),
    "no issuer": (a_report(issuer=["no-identifier"]), Headline.NAMELESS, "failed"),
    "another issuer": (a_report(issuer=["other-name"]), Headline.ISSUER, "failed"),
    "not in the archive": (a_report(status=["unknown"]), Headline.UNKNOWN, "failed"),
    "other content in the archive": (a_report(status=["other-content"]), Headline.OTHER_CONTENT, "failed"),
    "another certificate": (a_report(status=["other-document"], status_now=LIVE), Headline.OTHER_DOCUMENT, "failed"),
    "rewritten around the seal": (a_report(status=["rewritten"], status_now=LIVE), Headline.REWRITTEN, "failed"),
    "revoked": (a_report(status=["revoked"], status_now=REVOKED), Headline.REVOKED, "failed"),
    "revoked and another certificate": (a_report(status=["other-document", "revoked"], status_now=REVOKED), Headline.REVOKED, "failed"),
    "revoked and expired": (a_report(status=["revoked"], validity=FAILED, status_now=REVOKED), Headline.REVOKED, "failed"),
    "revoked and changed": (a_report(status=["revoked"], integrity=["signature-invalid"], status_now=REVOKED), Headline.UNFITTING, "failed"),
    "replaced": (a_report(status=["replaced"], status_now=REPLACED), Headline.REPLACED, "neutral"),
    "replaced and another certificate": (a_report(status=["other-document", "replaced"], status_now=REPLACED), Headline.OTHER_DOCUMENT, "failed"),
    "expired": (a_report(validity=["expired"]), Headline.EXPIRED, "failed"),
    "not valid yet": (a_report(validity=["not-yet"]), Headline.NOT_YET, "failed"),
    "times that contradict each other": (a_report(validity=["expired", "not-yet"]), Headline.VALIDITY, "failed"),
    "another fault of its time": (a_report(validity=["odd"]), Headline.VALIDITY, "failed"),
    "a format that fails": (a_report(format=["x"]), Headline.CONTENT, "failed"),
    "content that fails": (a_report(award=["x"]), Headline.CONTENT, "failed"),
    "a check of a plugin": (a_report(own=["x"]), Headline.FAILED, "failed"),
    "a seal of anybody": (with_results(left_open("trust", "issuer-not-trusted")), Headline.SEALER_OPEN, "undetermined"),
    "a seal of anybody on what has ended": (
        with_results(left_open("trust", "issuer-not-trusted"), failing("validity", "expired")), Headline.SEALER_OPEN, "failed",
    ),
    "a seal of anybody on what has not begun": (
        with_results(left_open("trust", "issuer-not-trusted"), failing("validity", "not-yet")), Headline.SEALER_OPEN, "failed",
    ),
    "a seal of anybody on a wrong format": (
        with_results(left_open("trust", "issuer-not-trusted"), failing("format", "x")), Headline.SEALER_OPEN, "failed",
    ),
    "a certificate that ended on what has ended": (
        with_results(left_open("trust", "certificate-expired"), failing("validity", "expired")), Headline.TIME_OPEN, "failed",
    ),
    "a seal of which nobody knows whether it was revoked": (
        with_results(left_open("trust", "revocation-unknown")), Headline.REVOCATION_OPEN, "undetermined",
    ),
    "a certificate that ended, and nobody knows whether it was revoked": (
        with_results(left_open("trust", "revocation-unknown", "certificate-expired")), Headline.TIME_OPEN, "undetermined",
    ),
    "a certificate that was revoked some time": (
        with_results(left_open("trust", "revoked-without-proof")), Headline.TIME_OPEN, "undetermined",
    ),
    "a certificate that ended": (with_results(left_open("trust", "certificate-expired")), Headline.TIME_OPEN, "undetermined"),
    "pages of another one": (with_results(left_open("status", "text-absent")), Headline.OTHER_TEXT, "undetermined"),
    "an archive that is away": (with_results(left_open("status", "archive-unreachable")), Headline.UNDETERMINED, "undetermined"),
    "a seal of another kind": (
        with_results(left_open("integrity", "sealed-otherwise")), Headline.SEALED_OTHERWISE, "undetermined",
    ),
    "integrity that is open": (a_report(integrity=OPEN), Headline.UNDETERMINED, "undetermined"),
    "nothing asked": (attrs.evolve(a_report(), results=()), Headline.UNDETERMINED, "undetermined"),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
def test_the_headline_says_what_was_found(name):
    """Every kind of finding has its headline and colour; what casts doubt on everything else comes first."""
    report, headline, tone = ENDS[name]
    assert (headline_of(report), tone_of(report)) == (headline, tone)


@pytest.mark.parametrize("name", [name for name in ENDS if name.startswith("a seal of anybody on")])
def test_beside_an_open_question_stands_what_failed(name):
    """Who reads that anyone could have made the seal reads, too, what would be wrong if it were genuine."""
    first, *_, last = (str(sentence) for sentence in advice_of(ENDS[name][0]))
    assert first == "Anyone could have made this seal."
    assert last.startswith("About ")


UNUSABLE = {
    "not-a-credential": Headline.UNUSABLE,
    "other-kind": Headline.OTHER_KIND,
    "empty": Headline.UNOPENED,
    "damaged": Headline.DAMAGED,
    "json-syntax": Headline.DAMAGED,
    "not-sealed": Headline.NO_SEAL,
    "encrypted": Headline.UNOPENED,
    "of-a-plugin": Headline.UNOPENED,
    "unknown-identifier": Headline.NOT_THERE,
}


@pytest.mark.parametrize("code", UNUSABLE)
def test_what_can_not_be_opened_is_told_apart(code):
    """A damaged file is not called something else than a micro-credential, and no colour accuses anybody.

    What has no seal is coloured as it is where it can be opened.
    """
    report = Report(at=AT, unusable=(Finding.error(code, "It can't be opened."),))
    tone = "failed" if code == "not-sealed" else "neutral"
    assert (headline_of(report), tone_of(report)) == (UNUSABLE[code], tone)


@pytest.mark.parametrize("status", [Outcome.PASSED, NONE])
def test_a_valid_one_says_until_when(status):
    """Where validity ends, the first sentence under the verdict has the day; without an end there is none."""
    report = attrs.evolve(
        a_report(status=status), view=attrs.evolve(example_view(), valid_until=date(2031, 6, 22))
    )
    first, *rest = advice_of(report)
    assert [TEXTS.say(first, language).replace("\u00a0", " ") for language in ("cs", "en")] == [
        "Platí do 22. června 2031.",
        "It is valid until 22 June 2031.",
    ]
    endless = attrs.evolve(report, view=example_view())
    assert advice_of(endless) == tuple(rest)


@pytest.mark.parametrize("name", ENDS)
def test_only_a_change_that_was_found_is_spoken_of(name):
    """ "Changed" stands only where the content has another digest than a seal that holds; else the seal may be what is wrong."""
    report, headline, _ = ENDS[name]
    said = " ".join(
        TEXTS.say(text, language)
        for text in (headline.title, *advice_of(report))
        for language in ("cs", "en")
    )  # fmt: skip
    accuses = "was changed" in said or "byl změněn" in said
    assert accuses is (headline is Headline.CHANGED)


@pytest.mark.parametrize("name", [name for name, (report, *_) in ENDS.items() if report.results])
def test_every_headline_says_what_it_means(name):
    """No headline stands alone; sentences end in a full stop."""
    report, headline, _ = ENDS[name]
    advice = [TEXTS.say(text, language) for text in advice_of(report) for language in ("cs", "en")]
    assert advice
    assert all(text.endswith(".") for text in advice), headline


@given(
    st.fixed_dictionaries({check: st.sampled_from(list(Outcome)) for check in CHECKS}),
    st.booleans(),
    st.sampled_from([None, LIVE, REVOKED, REPLACED]),
)
def test_green_is_only_for_what_is_genuine_and_valid(outcomes, test_seal, status_now):
    """The green band needs no failure, no open question and no test seal; a test seal is never green."""
    report = a_report(test_seal=test_seal, status_now=status_now, **outcomes)
    if tone_of(report) == "valid":
        assert not test_seal
        assert not {FAILED, OPEN, Outcome.WITHHELD} & set(outcomes.values())
        assert outcomes["integrity"] is Outcome.PASSED
    if report.verdict is Verdict.INVALID:
        assert tone_of(report) in {"failed", "neutral"}


def test_the_sealer_is_the_one_in_the_certificate():
    """It is named as a fact only where seal and trust passed."""
    owner = SealOwner("Škola řemesel, z. ú.", "Pečeť", "NTRCZ-12345679", "CZ", SealQuality.ADVANCED, b"")
    seals = (SealInfo("JAdES", "B-B", owner, AT),)
    sentences = {
        name: TEXTS.say(sealer_of(attrs.evolve(report, seals=seals)), "en")
        for name, report in {
            "proven": a_report(),
            "open": a_report(trust=OPEN),
            "changed": a_report(integrity=["signature-invalid"]),
        }.items()
    }
    assert sentences["proven"] == "Sealing organisation: Škola řemesel, z. ú. (NTRCZ-12345679)."
    assert sentences["open"] == sentences["changed"]
    assert sentences["open"].endswith("but nothing proves that.")
    assert sealer_of(a_report()) is None


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("cs", ["vyhovuje", "nevyhovuje", "nezjištěno", "skryto držitelem", "nehodnotí se"]),
        ("en", ["passed", "failed", "unclear", "withheld by the holder", "not assessed"]),
    ],
)
def test_outcomes_have_one_word_each(language, words):
    """Page and terminal take them from here."""
    assert [TEXTS.say(OUTCOME_WORDS[outcome], language) for outcome in Outcome] == words
