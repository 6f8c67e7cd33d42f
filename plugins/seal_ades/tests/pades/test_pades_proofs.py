"""What the time stamps of a PDF prove of its seal, to whoever trusts who made them."""

from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest
from cryptography import x509
from mikrocert.api import Outcome, Trust
from mikrocert_seal_ades import jades, pades
from mikrocert_seal_ades.envelopes import JadesEnvelope, PadesEnvelope
from mikrocert_seal_ades.pades import cms
from mikrocert_seal_ades.pki import carried
from mikrocert_seal_ades.pki.chains import Anchors
from mikrocert_seal_ades.pki.context import ValidationContext
from mikrocert_seal_ades.pki.validation import Validation

from .conftest import certify

DAY = timedelta(days=1)
BAD = {"error", "undetermined"}


def judged(data: bytes, lasting: Any, *, at: datetime | None = None, **more: Any) -> Validation:
    """Judge a PDF below the root of the authorities that helped to seal it."""
    anchors = Anchors((more.pop("root", lasting.there.root).der,))
    context = ValidationContext(at or lasting.there.clock, anchors=anchors, **more)
    return pades.validate(pades.read(data), context=context)


def doubts(found: Validation) -> set[str]:
    return {problem.code for problem in (*found.integrity, *found.trust) if problem.severity in BAD}


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_the_level_is_reached_and_judged(lasting: Any, level: str) -> None:
    """From B-LT on a seal is trusted by what it carries; below, nothing says whether a certificate was revoked."""
    found = judged(lasting.raised(level), lasting)
    assert (found.level, found.proven_at is not None) == (level, level != "B-B")
    assert doubts(found) == (set() if level in {"B-LT", "B-LTA"} else {"revocation-unknown"})


@pytest.mark.parametrize(("level", "good"), [("B-B", False), ("B-LT", True), ("B-LTA", True)])
def test_a_certificate_that_ended_since(lasting: Any, level: str, *, good: bool) -> None:
    """A certificate that ended after the proven time stays good; without a proof nobody can tell."""
    there = lasting.there
    there.seal = certify(
        there.seal.key,
        subject=there.seal.certificate.subject,
        issuer=there.ca,
        usage="content_commitment",
        start=there.clock - DAY,
        end=there.clock + DAY,
    )
    found = judged(lasting.raised(level), lasting, at=there.clock + 2 * DAY, demand="if-available")
    assert doubts(found) == (set() if good else {"certificate-expired"})


def test_nothing_is_done_twice(lasting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signature of a PDF is read once; certificates and answers that were verified are not verified again, unless they changed."""
    data, done = lasting.raised(), list[str]()

    def counted(module: Any, name: str) -> None:
        function = getattr(module, name)

        def call(*arguments: Any, **options: Any) -> Any:
            done.append(name)
            return function(*arguments, **options)

        monkeypatch.setattr(module, name, call)

    counted(cms, "read")
    counted(carried, "signature_problem")
    envelope, trust = PadesEnvelope(), Trust((lasting.there.root.der,))

    def judge(octets: bytes) -> tuple[int, int, Outcome]:
        done.clear()
        (integrity, _) = envelope.examine(envelope.open(octets), trust=trust, at=lasting.there.clock)
        return done.count("read"), done.count("signature_problem"), integrity.outcome

    reads, verified, outcome = judge(data)
    assert (reads, verified > 0, outcome) == (1, True, Outcome.PASSED)
    assert judge(data) == (1, 0, Outcome.PASSED)
    later = pades.read(data).later.revisions
    answer = next(one.octets for revision in later for one in revision.responses)
    place = data.index(x509.ocsp.load_der_ocsp_response(answer).signature) + 9
    changed = data[:place] + bytes((data[place] ^ 1,)) + data[place + 1 :]
    reads, verified, outcome = judge(changed)
    assert (reads, verified > 0, outcome) == (1, True, Outcome.FAILED)


@pytest.mark.parametrize("level", ["B-T", "B-LTA"])
def test_time_stamps_of_somebody_else_prove_nothing(lasting: Any, level: str) -> None:
    """Whom nobody trusts raises no level and proves no time, however whole all of it is."""
    data = lasting.raised(level)
    stranger = type(lasting.there).at(lasting.there.clock)
    found = judged(data, lasting, root=stranger.root)
    assert (found.level, found.proven_at) == ("B-B", None)
    assert {"issuer-pretended", "timestamp-not-trusted"} <= {problem.code for problem in found.trust}


def test_a_renewed_certificate_lasts_with_its_last_time_stamp(lasting: Any) -> None:
    """Each time stamp proves the one before, so the first proven time stays."""
    first = judged(lasting.raised(), lasting)
    renewed = pades.renew(lasting.raised(), sources=lasting.sources())
    found = judged(renewed, lasting)
    assert (doubts(found), found.level) == (set(), "B-LTA")
    assert first.proven_at is not None
    assert found.proven_at is not None
    assert found.proven_at - first.proven_at < DAY


@pytest.mark.parametrize(
    ("level", "demand"),
    [("B-B", "if-available"), ("B-T", "if-available"), ("B-LT", "required"), ("B-LTA", "required")],
)
def test_the_file_inside_is_proven_by_the_time_stamps_around_it(
    lasting: Any, level: Any, demand: Any
) -> None:
    """A seal inside whose certificates have all ended is trusted while the document's time stamps prove it was there before."""
    there, unit, end = lasting.there, lasting.there.unit, lasting.there.clock + DAY
    span = {"issuer": there.ca, "start": there.clock - DAY, "end": end}
    there.seal = certify(
        there.seal.key, subject=there.seal.certificate.subject, usage="content_commitment", **span
    )
    purpose = (x509.ExtendedKeyUsageOID.TIME_STAMPING,)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Razítko krátké ů")])
    there.unit = certify(unit.key, subject=subject, qc=None, critical_purposes=purpose, **span)
    inside = jades.extend(there.sealed(), level=level, sources=there.sources())
    there.unit = unit
    document = lasting.raised(content=inside)
    trust, at = Trust((there.root.der,), revocation=demand), end + DAY
    envelope, around = JadesEnvelope(), PadesEnvelope()
    opened = around.open(document)
    proven = around.examine(opened, trust=trust, at=at)[1].seals[0].proven_at
    within = envelope.open(opened.payload)
    for enclosed_at, outcome in (
        (proven, Outcome.PASSED),
        (None, Outcome.UNDETERMINED),
        (end + DAY / 2, Outcome.UNDETERMINED),
    ):
        found = envelope.examine(attrs.evolve(within, enclosed_at=enclosed_at), trust=trust, at=at)
        assert [one.outcome for one in found] == [Outcome.PASSED, outcome], enclosed_at


@pytest.mark.parametrize(
    ("level", "code"), [("B-B", "unchanged"), ("B-T", "covered-unchanged"), ("B-LTA", "covered-unchanged")]
)
def test_what_was_added_is_not_called_unchanged(lasting: Any, level: str, code: str) -> None:
    """That not a character has changed is said only of a PDF to which nothing was added since it was sealed."""
    envelope = PadesEnvelope()
    trust = Trust((lasting.there.root.der,), revocation="if-available")
    opened = envelope.open(lasting.raised(level))
    (integrity, _) = envelope.examine(opened, trust=trust, at=lasting.there.clock)
    assert (integrity.outcome, integrity.findings[0].code) == (Outcome.PASSED, code)
