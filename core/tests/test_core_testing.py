"""The test kit notices plugins that break their contract: a contract that cannot fail would be no contract."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime

import attrs
import pytest
from mikrocert.kinds.envelope import Trust
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.report import CheckResult, Outcome
from mikrocert.testing import (
    HOSTILE,
    CheckContract,
    EnvelopeContract,
    InstitutionContract,
    IntakeContract,
    PluginContract,
    RendererContract,
    SealContract,
    example_award,
    example_profile,
)

NOTICED = (AssertionError, pytest.fail.Exception)


class TestToyInstitution(InstitutionContract):
    """The invented university keeps the contract."""

    @pytest.fixture
    def institution(self, toy):
        return toy.University()


def test_a_flipped_bit_that_goes_unnoticed_is_noticed(toy):
    """The toy envelope doesn't guard its head, and the contract says so."""
    sealed = toy.sealed(b"x")
    with pytest.raises(NOTICED, match="octet"):
        EnvelopeContract().test_any_flipped_bit_is_noticed(
            toy.envelopes["toy-seal"], sealed, Trust((toy.root,), sandbox=True), datetime.now(UTC)
        )


def test_an_envelope_without_trust_is_noticed(toy):
    """Trust has to pass under the trust given."""
    with pytest.raises(NOTICED):
        EnvelopeContract().test_sealed_file_passes(
            toy.envelopes["toy-seal"], toy.sealed(b"x"), Trust(), datetime.now(UTC)
        )


def test_a_pale_accent_is_noticed(toy):
    """Yellow names on white paper can't be read."""
    university = toy.University()
    university.profile = attrs.evolve(
        example_profile(), branding=attrs.evolve(example_profile().branding, accent="#FFD700")
    )
    with pytest.raises(NOTICED):
        InstitutionContract().test_accent_is_readable_on_white(university)


def test_a_profile_that_breaks_rules_is_noticed(toy):
    """An IČO with a wrong check digit would have every award refused."""
    university = toy.University()
    organisation = example_profile().organisation
    wrong = attrs.evolve(organisation.identifiers[0], value="12345678")
    university.profile = attrs.evolve(
        example_profile(), organisation=attrs.evolve(organisation, identifiers=(wrong,))
    )
    with pytest.raises(NOTICED):
        InstitutionContract().test_profile_meets_the_rules(university)


class Lenient:
    """An intake that takes anything for an award, and counts from 0."""

    def read(self, data, *, profile, encoding=None):
        return [IntakeRecord(0, award=example_award())]


def test_a_lenient_intake_is_noticed():
    """It reads hostile octets as an award, and numbers records wrongly."""
    for name in HOSTILE:
        with pytest.raises(NOTICED):
            IntakeContract().test_hostile_input_is_refused(Lenient(), example_profile(), name)
    with pytest.raises(NOTICED):
        IntakeContract().test_records_are_numbered(Lenient(), b"", example_profile())
    with pytest.raises(NOTICED):
        IntakeContract().test_twenty_megabytes_are_refused(Lenient(), example_profile())


def test_a_seal_that_takes_any_time_is_noticed(toy):
    """The toy seal doesn't look at the time, and the contract says so."""
    with pytest.raises(NOTICED):
        SealContract().test_naive_time_is_refused(toy.Seal())


def test_a_renderer_of_no_pdf_is_noticed(toy):
    """The toy renderer's certificate is none."""
    attachment = RendererContract.attachment.__wrapped__(RendererContract())
    with pytest.raises(NOTICED):
        RendererContract().test_certificate_is_a_pdf(toy.Renderer(), attachment)
    with pytest.raises(NOTICED):
        RendererContract().test_pages_are_small_pictures(toy.Renderer(), "cs")


def test_a_check_under_another_name_is_noticed():
    """Its answer would be counted as another's."""
    check = type("Toy", (), {"examine": lambda self, subject, *, at: CheckResult("other", Outcome.PASSED)})()
    with pytest.raises(NOTICED):
        CheckContract().test_answers_its_question(check, "mine", None)


def test_a_plugin_without_offers_is_noticed():
    """A module that registers nothing is no plugin."""
    with pytest.raises(NOTICED):
        PluginContract().test_plugin_registers_without_failure(type("Toy", (), {})())


def test_contracts_say_which_fixtures_they_need():
    """The docstring of each contract names them."""
    from mikrocert import testing

    for name in testing.__all__:
        contract = getattr(testing, name)
        if inspect.isclass(contract):
            assert "Fixtures: " in contract.__doc__, name
