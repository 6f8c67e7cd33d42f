"""A time stamp of the content is a setting of the envelope: it is sealed with the data, counted, and refused where nobody makes it."""

from typing import Any

import pytest
from mikrocert.api import Examination, Outcome, SealError, Services, Severity, Trust, identity_of
from mikrocert_seal_ades.acceptance import jades_findings
from mikrocert_seal_ades.config import JadesConfig
from mikrocert_seal_ades.envelopes import JadesEnvelope, jades_envelope
from mikrocert_seal_ades.jades import inspect, parse_any
from mikrocert_seal_ades.pki.errors import ServiceError
from mikrocert_seal_ades.pki.problems import problem

PAYLOAD = '{"ř": 1}'.encode()


def sealed(authorities: Any, envelope: JadesEnvelope, payload: bytes = PAYLOAD) -> bytes:
    """Seal in the steps of the core, with the key of the authorities' seal."""
    chain = (authorities.seal.der, authorities.ca.der, authorities.root.der)
    identity = identity_of(chain, algorithm="ES256")
    prepared = envelope.prepare(payload, identity=identity, at=authorities.clock)
    signature = authorities.signed(prepared.to_be_signed)
    (file,) = envelope.finish_many([prepared], [signature], services=Services())
    return file


@pytest.mark.parametrize("profile", ["ts119182-1.2.1", "edc-legacy"])
@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_content_is_stamped_before_it_is_sealed(authorities: Any, level: Any, profile: Any) -> None:
    """The file holds what was sealed, at its level, with as many time stamps as the envelope says that it takes."""
    envelope = JadesEnvelope(
        profile=profile, level=level, content_timestamp=True, sources=authorities.sources()
    )
    file = sealed(authorities, envelope)
    opened = envelope.open(file)
    found = inspect(parse_any(file))
    assert opened.payload == PAYLOAD
    assert found.level == level
    assert next((stamp.kind, stamp.intact) for stamp in found.stamps) == ("adoTst", True)
    assert envelope.timestamps(renewed=False) == len(found.stamps)
    (integrity, _) = envelope.examine(opened, trust=Trust(), at=authorities.clock)
    assert integrity.outcome is Outcome.PASSED


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_without_the_setting_nothing_is_stamped_before(authorities: Any, level: Any) -> None:
    """And as many time stamps are counted as are in the file; renewed, it takes no more than is said."""
    envelope = JadesEnvelope(level=level, sources=authorities.sources())
    file = sealed(authorities, envelope)
    stamps = inspect(parse_any(file)).stamps
    assert "adoTst" not in {stamp.kind for stamp in stamps}
    assert envelope.timestamps(renewed=False) == len(stamps)
    (renewed,) = envelope.renew_many([file], services=Services())
    assert len(inspect(parse_any(renewed)).stamps) - len(stamps) <= envelope.timestamps(renewed=True)


def test_where_nobody_stamps_nothing_is_sealed(authorities: Any) -> None:
    """Settings that name nobody, and an authority that is silent, are told."""
    with pytest.raises(SealError, match="names nobody"):
        sealed(authorities, JadesEnvelope(content_timestamp=True))

    class Silent:
        def stamp(self, imprints: Any) -> Any:
            raise ServiceError(problem("no-timestamp-authority"))

    sources = authorities.sources()
    object.__setattr__(sources, "timestamps", Silent())
    with pytest.raises(SealError):
        sealed(authorities, JadesEnvelope(content_timestamp=True, sources=sources))


def test_doctor_tells_a_setting_that_lacks_its_authority(authorities: Any) -> None:
    """And the envelope of such settings is made all the same: it reads what others sealed."""
    config = JadesConfig(content_timestamp=True)
    examination = Examination(authorities.clock, network=False, sandbox=True)
    found = [one for one in jades_findings(config, examination) if one.severity is Severity.ERROR]
    assert [(one.code, one.path) for one in found] == [("no-timestamps", "content_timestamp")]
    assert isinstance(jades_envelope(config), JadesEnvelope)
