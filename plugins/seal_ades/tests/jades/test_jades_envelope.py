"""The envelope `jades` above level B-B: whom it asks, and what becomes of faults."""

from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from mikrocert.api import TEST_POLICY, Outcome, SealError, Services, SettingsError, Trust
from mikrocert_seal_ades import plugin
from mikrocert_seal_ades.envelopes import JadesEnvelope
from mikrocert_seal_ades.jades import extend, parse
from mikrocert_seal_ades.signers import KeySigner


def sealed(envelope: Any, authorities: Any, *, count: int = 1) -> tuple[bytes, ...]:
    chain = (authorities.seal.der, authorities.ca.der, authorities.root.der)
    signer = KeySigner(authorities.seal.key, certificates=chain, algorithm="ES256")
    prepared = [
        envelope.prepare(f"[{number}]".encode(), identity=signer.identity, at=authorities.clock)
        for number in range(count)
    ]
    signatures = signer.sign_many([one.to_be_signed for one in prepared])
    files: tuple[bytes, ...] = envelope.finish_many(prepared, signatures, services=Services())
    return files


def test_a_batch_is_raised_at_once(authorities: Any) -> None:
    """A batch comes back at the level of the settings, each service asked once for all of it."""
    files = sealed(JadesEnvelope(level="B-LTA", sources=authorities.sources()), authorities, count=3)
    assert [parse(file).payload for file in files] == [b"[0]", b"[1]", b"[2]"]
    assert {tuple(entry.kind for entry in parse(file).unsigned) for file in files} == {
        ("sigTst", "xVals", "rVals", "arcTst")
    }
    assert authorities.asked == [("stamp", 3), ("fetch", 3), ("stamp", 3)]


def test_the_level_is_the_one_that_was_judged(authorities: Any) -> None:
    """A level above B-B is told where its time-stamps lead to an anchor; else a stranger could have made it."""
    envelope = JadesEnvelope(level="B-LTA", sources=authorities.sources())
    (file,) = sealed(envelope, authorities)
    for anchor, level in ((authorities.root.der, "B-LTA"), (authorities.seal.der, "B-B")):
        results = envelope.examine(envelope.open(file), trust=Trust((anchor,)), at=authorities.clock)
        assert {result.check: result.outcome for result in results} == dict.fromkeys(
            ("integrity", "trust"), Outcome.PASSED
        )
        (seal,) = results[1].seals
        assert (seal.level, seal.proven_at is not None) == (level, level == "B-LTA")


@pytest.mark.parametrize("sandbox", [False, True])
def test_time_stamps_of_a_sandbox_prove_nothing_outside_of_one(
    authorities: Any, certify: Any, *, sandbox: bool
) -> None:
    """Whoever has a sandbox makes time-stamps of any moment: below its marked root they prove none for a real seal."""
    mark = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(TEST_POLICY), None)])
    root = authorities.root
    marked = certify(root.key, subject=root.certificate.subject, issuer=None, ca=True, extensions=(mark,))
    (file,) = sealed(JadesEnvelope(), authorities)
    stamped = extend(file, level="B-T", sources=authorities.sources())
    trust = Trust((authorities.seal.der, marked.der), sandbox=sandbox, revocation="if-available")
    envelope = JadesEnvelope()
    (_, result) = envelope.examine(envelope.open(stamped), trust=trust, at=authorities.clock)
    (seal,) = result.seals
    assert (seal.level, seal.proven_at is not None) == (("B-T", True) if sandbox else ("B-B", False))
    told = {finding.code for finding in result.findings}
    assert ("timestamp-not-trusted" in told) is not sandbox


def test_faults_of_services_are_told(authorities: Any) -> None:
    """No file comes back where a service fails, and the reason is a sentence that catalogues know."""
    authorities.lies["answers"] = 0
    with pytest.raises(SealError, match=r"^0 answers came to 1 questions\.$"):
        sealed(JadesEnvelope(level="B-T", sources=authorities.sources()), authorities)


@pytest.mark.parametrize("level", ["B-T", "B-LT", "B-LTA"])
def test_nobody_to_ask(authorities: Any, level: Any) -> None:
    """A level above B-B without anybody who makes time-stamps says which setting is missing."""
    with pytest.raises(
        SealError, match=rf"^level {level} needs time stamps, and \[envelopes\.jades\] timestamps"
    ):
        sealed(JadesEnvelope(level=level), authorities)


def test_settings_name_services(authorities: Any, tmp_path: Path) -> None:
    """Addresses of authorities, their policy and missing certificates come from the settings; nothing is asked before it is needed."""
    (offered,) = (one for one in plugin.mikrocert_register_envelopes() if one.name == "jades")
    issuers = tmp_path / "issuers.pem"
    issuers.write_bytes(authorities.ca.pem)
    given = {"profile": "edc-legacy", "timestamps": ("ftp://razitka.example",), "certificates": issuers}
    with offered.factory(offered.config(**given, level="B-B")) as envelope:
        assert parse(sealed(envelope, authorities)[0]).header.profile == "edc-legacy"
    with (
        offered.factory(offered.config(**given, level="B-LTA")) as envelope,
        pytest.raises(SealError, match=r"ftp://razitka\.example” is no address"),
    ):
        sealed(envelope, authorities)
    for content, error in ((b"nonsense", SealError), (None, SettingsError)):
        if content is None:
            issuers.unlink()
        else:
            issuers.write_bytes(content)
        with pytest.raises(error), offered.factory(offered.config(**given)):
            pass
