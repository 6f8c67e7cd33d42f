"""Until when a file proves its seal, and renewing it through the envelope."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from mikrocert.api import SealError, Services
from mikrocert_seal_ades import jades, pades
from mikrocert_seal_ades.envelopes import JadesEnvelope, PadesEnvelope
from mikrocert_seal_ades.pki.lasting import lasts_until
from mikrocert_seal_ades.pki.policy import AlgorithmPolicy, Use


@pytest.fixture
def files(lasting: Any) -> dict[str, tuple[Any, dict[str, bytes]]]:
    """Return for each envelope what it renews with, and files of all levels."""
    sources = lasting.sources()
    text, pdf = lasting.there.sealed(), lasting.sealed()
    levels = ("B-B", "B-T", "B-LT", "B-LTA")
    return {
        "jades": (
            JadesEnvelope(sources=sources),
            {level: jades.extend(text, level=level, sources=sources) for level in levels},  # type: ignore[arg-type]
        ),
        "pades": (
            PadesEnvelope(sources=sources),
            {level: pades.extend(pdf, level=level, sources=sources) for level in levels},  # type: ignore[arg-type]
        ),
    }


@pytest.mark.parametrize("name", ["jades", "pades"])
def test_a_seal_is_renewed_through_its_envelope(files: Any, lasting: Any, name: str) -> None:
    """A file of any level comes back at B-LTA with what was sealed, and lasts as long as its time-stamp unit."""
    envelope, made = files[name]
    before = [envelope.open(data) for data in made.values()]
    assert [envelope.lasting(one).level for one in before] == list(made)
    renewed = envelope.renew_many(list(made.values()), services=Services())
    after = [envelope.open(data) for data in renewed]
    assert [one.payload for one in after] == [one.payload for one in before]
    assert {envelope.lasting(one).level for one in after} == {"B-LTA"}
    end = lasting.there.unit.certificate.not_valid_after_utc
    assert {envelope.lasting(one).until for one in after} == {end}
    assert all(new != old for new, old in zip(renewed, made.values(), strict=True))


@pytest.mark.parametrize("name", ["jades", "pades"])
def test_nothing_is_renewed_without_an_authority(files: Any, name: str) -> None:
    """Where settings name nobody who makes time stamps, that is said; nothing to renew needs nobody."""
    envelope = JadesEnvelope() if name == "jades" else PadesEnvelope()
    data = files[name][1]["B-B"]
    with pytest.raises(SealError, match=rf"\[envelopes\.{name}\] timestamps names nobody"):
        envelope.renew_many([data], services=Services())
    assert envelope.renew_many([], services=Services()) == ()


def test_a_broken_seal_lasts_for_nothing(files: Any) -> None:
    """Of a seal that is not intact nobody says until when it lasts."""
    envelope, made = files["pades"]
    data = made["B-LTA"]
    broken = data.replace(b"/MediaBox [ 0", b"/MediaBox [ 1", 1)
    assert broken != data
    with pytest.raises(SealError, match="not intact"):
        envelope.lasting(envelope.open(broken))


POLICY = AlgorithmPolicy((Use("ecdsa", 256),))


def ending(at: datetime) -> AlgorithmPolicy:
    return AlgorithmPolicy((Use("ecdsa", 256, at),))


def test_what_ends_first_counts(lasting: Any) -> None:
    """Below B-LTA the certificates of seal and unit and their algorithms count, at B-LTA those of the last unit alone."""
    there = lasting.there
    file = pades.inspect(pades.read(lasting.raised()))
    stamps = [(one.token, one.unit) for one in file.stamps]
    seal, unit = (one.certificate.not_valid_after_utc for one in (there.seal, there.unit))
    soon = there.clock + timedelta(days=1)

    def end(*, archived: bool, policy: AlgorithmPolicy = POLICY, count: int = 2) -> datetime:
        return lasts_until(
            there.seal.der, algorithm="ES256", stamps=stamps[:count], archived=archived, policy=policy
        )

    assert end(archived=False, count=0) == seal
    assert end(archived=False) == min(seal, unit)
    assert end(archived=True) == unit
    assert end(archived=False, policy=ending(soon)) == soon
    assert end(archived=True, policy=ending(soon)) == soon
