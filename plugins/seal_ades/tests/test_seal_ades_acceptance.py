"""Who is known to accept a seal: what `mikrocert doctor` says of profiles, levels, algorithms and time-stamp authorities."""

from datetime import UTC, datetime, timedelta

import pytest
from mikrocert.api import Examination, Severity
from mikrocert_seal_ades import acceptance
from mikrocert_seal_ades.acceptance import (
    algorithm_findings,
    clock_finding,
    jades_findings,
    lasting_finding,
    pades_findings,
)
from mikrocert_seal_ades.config import JadesConfig, PadesConfig
from mikrocert_seal_ades.pki.algorithms import SEALING_ALGORITHMS

AT = datetime(2026, 11, 22, tzinfo=UTC)


def findings(config, *, network=False):
    return [
        (one.code, one.severity, one.path) for one in jades_findings(config, Examination(AT, network=network))
    ]


@pytest.mark.parametrize("algorithm", SEALING_ALGORITHMS)
def test_every_algorithm_says_who_accepts_it(algorithm):
    """By name; only what Europass was seen to write is said to be accepted there."""
    (found,) = algorithm_findings(algorithm, at=AT)
    assert found.severity is Severity.INFO
    text = str(found.message)
    assert algorithm in text
    assert ("Europass has it in its samples" in text) is (algorithm == "RS256")
    assert ("2029" in text) is (algorithm[:2] in {"RS", "PS"})


@pytest.mark.parametrize("algorithm", ["RS256", "RS512"])
def test_the_last_year_of_an_algorithm_is_something_to_do(algorithm):
    """A key for another one has to be got before."""
    (found,) = algorithm_findings(algorithm, at=datetime(2028, 2, 1, tzinfo=UTC))
    assert found.severity is Severity.WARNING
    assert "a key for PS256 or ES256 would be right" in str(found.message)


@pytest.mark.parametrize("profile", ["ts119182-1.2.1", "edc-legacy"])
@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_every_profile_and_level_says_who_accepts_it(profile, level):
    """Nothing that settings can say is left out."""
    config = JadesConfig(profile=profile, level=level, timestamps=("https://tsa.example",))
    assert findings(config) == [("profile", Severity.INFO, "profile"), ("level", Severity.INFO, "level")]


def test_what_is_not_said_is_enough_for_test_seals_only():
    """A test seal needs neither; it is told what a real one needs."""
    assert findings(JadesConfig()) == [
        ("no-profile", Severity.INFO, "profile"),
        ("no-level", Severity.INFO, "level"),
    ]


def test_a_level_with_time_stamps_needs_an_authority():
    """Without one nothing could be sealed."""
    assert ("no-timestamps", Severity.ERROR, "timestamps") in findings(JadesConfig(level="B-T"))


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT", "B-LTA"])
def test_seals_of_documents_say_who_accepts_them(level):
    """Where time stamps are needed, somebody has to make them, as for data."""
    config = PadesConfig(level=level)
    told = [(one.code, one.severity, one.path) for one in pades_findings(config, Examination(AT))]
    assert told[0] == ("level", Severity.INFO, "level")
    assert (("no-timestamps", Severity.ERROR, "timestamps") in told) is (level != "B-B")


def test_authorities_are_asked_over_the_network_only(monkeypatch):
    """Each for one time stamp; one that is silent is something to do."""
    asked = []

    class Http:
        def __init__(self, **_):
            pass

        def post(self, url, _request, **_kwargs):
            asked.append(url)
            raise acceptance.ServiceError(acceptance_problem(url))

    from mikrocert_seal_ades.pki import asking
    from mikrocert_seal_ades.pki.problems import problem

    def acceptance_problem(url):
        return problem("service-silent", url=url, reason="TimeoutError")

    monkeypatch.setattr(asking, "Http", Http)
    config = JadesConfig(level="B-T", timestamps=("https://tsa.example", "https://tsa2.example"))
    assert ("timestamps", Severity.ERROR, "timestamps[0]") not in findings(config)
    assert asked == []
    told = findings(config, network=True)
    assert [path for code, _, path in told if code == "timestamps"] == ["timestamps[0]", "timestamps[1]"]
    assert set(asked) == {"https://tsa.example", "https://tsa2.example"}


@pytest.mark.parametrize(("days", "severity"), [(364, Severity.WARNING), (366, Severity.INFO)])
def test_an_authority_whose_time_stamps_end_soon_is_told(days, severity):
    """In the last year of its unit's certificate all that it makes falls due for renewal together."""
    found = lasting_finding(AT + timedelta(days=days), at=AT, url="https://tsa.example", path="timestamps[0]")
    assert (found.code, found.severity) == ("timestamps-end", severity)


def test_in_a_sandbox_the_signer_makes_time_stamps():
    """Where settings name no authority, a test seal has its own; a real one lacks it."""
    config = PadesConfig(level="B-LTA")
    severities = {
        sandbox: [
            finding.severity
            for finding in pades_findings(config, Examination(AT, sandbox=sandbox))
            if finding.code == "no-timestamps"
        ]
        for sandbox in (True, False)
    }
    assert severities == {True: [Severity.INFO], False: [Severity.ERROR]}


CLOCKS = {  # what the authority says, in seconds after it was asked; it answered after 2
    "as here": (0.0, "clock"),
    "meanwhile": (1.5, "clock"),
    "a second cut off": (-0.9, "clock"),
    "a little behind": (-4.0, "clock"),
    "behind": (-4.5, "clock-off"),
    "a little ahead": (5.0, "clock"),
    "ahead": (5.5, "clock-off"),
    "in another year": (-40_000_000.0, "clock-off"),
}


@pytest.mark.parametrize(("seconds", "code"), CLOCKS.values(), ids=CLOCKS)
def test_a_clock_that_differs_from_an_authoritys_is_told(seconds, code):
    """As far as it surely does, however long the answer took."""
    until = AT + timedelta(seconds=2)
    time = AT + timedelta(seconds=seconds)
    found = clock_finding(time, since=AT, until=until, url="https://tsa.example", path="timestamps[0]")
    assert found.code == code
    assert (found.severity is Severity.WARNING) is (code == "clock-off")
