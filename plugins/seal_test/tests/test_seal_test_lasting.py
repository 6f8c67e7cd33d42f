"""A sandbox makes seals that last, in its own process, and whoever trusts it judges all that they carry."""

import random
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from mikrocert.api import EnvelopeError, Outcome, SealError, SealQuality, Services, Trust
from mikrocert_seal_ades import jades
from mikrocert_seal_ades.envelopes import JadesEnvelope
from mikrocert_seal_ades.pki.asking import TimeStampClient
from mikrocert_seal_ades.pki.revocation import ocsp_request
from mikrocert_seal_test.authority import revocation_list, revocation_state, timestamp
from mikrocert_seal_test.config import SandboxConfig
from mikrocert_seal_test.signing import SandboxSigner
from mikrocert_seal_test.state import open_sandbox

NOW = datetime.now(UTC).replace(microsecond=0)
STEP = 157
"""One octet of so many is tried; it shares no factor with the widths that base64 has."""


@attrs.frozen
class InProcess:
    """Answers about revocations without a network: lists of the root, OCSP of the authority."""

    sandbox: object

    def fetch(self, questions):
        """Answer each question."""
        return [
            jades.Evidence("crl", revocation_list(self.sandbox, issuer="root", at=NOW))
            if question.issuer == self.sandbox.root
            else jades.Evidence("ocsp", revocation_state(self.sandbox, ocsp_request(question), at=NOW))
            for question in questions
        ]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """Return a sandbox."""
    return open_sandbox(SandboxConfig(state=tmp_path_factory.mktemp("s")), at=NOW - timedelta(minutes=1))


@pytest.fixture(scope="module")
def envelope(sandbox):
    """Return an envelope of level B-LTA that asks the sandbox."""
    client = TimeStampClient((lambda request: timestamp(sandbox, request, at=NOW),), now=lambda: NOW)
    sources = jades.Sources(timestamps=client, revocation=InProcess(sandbox))
    return JadesEnvelope(level="B-LTA", sources=sources)


@pytest.fixture(scope="module")
def file(sandbox, envelope):
    """Return a file of that level."""
    prepared = envelope.prepare(
        '{"jméno":"Kateřina Ďurišová"}'.encode(), identity=sandbox.signer.identity, at=NOW
    )
    signatures = sandbox.signer.sign_many([prepared.to_be_signed])
    return envelope.finish_many([prepared], signatures, services=Services())[0]


def test_a_sandbox_has_at_hand_what_its_seals_need(tmp_path):
    """Where settings name nobody, the signer's own services make a seal last; without them nothing is handed out."""
    config = SandboxConfig(state=tmp_path / "s")
    signer = SandboxSigner(open_sandbox(config, at=datetime.now(UTC)), url=config.url)
    envelope, at = JadesEnvelope(level="B-LTA"), datetime.now(UTC).replace(microsecond=0)
    prepared = envelope.prepare('{"škola":"Řež"}'.encode(), identity=signer.identity, at=at)
    signatures = signer.sign_many([prepared.to_be_signed])
    (file,) = envelope.finish_many([prepared], signatures, services=signer.services)
    (renewed,) = envelope.renew_many([file], services=signer.services)
    assert [jades.inspect(jades.parse(one)).level for one in (file, renewed)] == ["B-LTA", "B-LTA"]
    assert len(renewed) > len(file)
    with pytest.raises(SealError, match="names nobody"):
        envelope.finish_many([prepared], signatures, services=Services())


def judged(envelope, data, trust, *, at=NOW):
    """Return the results of an envelope by check."""
    return {result.check: result for result in envelope.examine(envelope.open(data), trust=trust, at=at)}


def test_all_that_a_lasting_test_seal_carries_is_judged(envelope, sandbox, file):
    """Below its root the seal passes at its level, with a proven time, and nothing about revocations is left open."""
    found = judged(envelope, file, Trust((sandbox.root,), sandbox=True))
    assert {check: result.outcome for check, result in found.items()} == {
        "integrity": Outcome.PASSED,
        "trust": Outcome.PASSED,
    }
    (seal,) = found["trust"].seals
    assert (seal.level, seal.quality, seal.proven_at) == ("B-LTA", SealQuality.TEST, NOW)
    assert [finding.code for finding in found["trust"].findings] == ["test-seal"]


def test_it_lasts_beyond_its_certificate(envelope, sandbox, file):
    """When the seal certificate has ended, the unit's too, nothing is proven any more; a day before all is well."""
    end = sandbox.members["seal"].certificate.not_valid_after_utc
    trust = Trust((sandbox.root,), sandbox=True)
    for at, outcome in (
        (end - timedelta(days=1), Outcome.PASSED),
        (end + timedelta(days=1), Outcome.UNDETERMINED),
    ):
        assert judged(envelope, file, trust, at=at)["trust"].outcome is outcome


@pytest.mark.system
@pytest.mark.covering
def test_a_flipped_bit_anywhere_is_noticed(envelope, sandbox, file):
    """Wherever a bit is flipped, the file can't be opened or fails integrity, so that `verify` ends with 1 or 3."""
    trust = Trust((sandbox.root,), sandbox=True)
    chance = random.Random("sandbox")
    missed = []
    for place in range(chance.randrange(STEP), len(file), STEP):
        flipped = bytearray(file)
        flipped[place] ^= 1 << chance.randrange(8)
        try:
            found = judged(envelope, bytes(flipped), trust)
        except EnvelopeError:
            continue
        if found["integrity"].outcome is not Outcome.FAILED:
            missed.append(place)
    assert missed == []
