"""The test kit notices plugins that break their contract: a contract that cannot fail would be no contract."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mikrocert.kinds.envelope import Prepared, Trust
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.kinds.observer import Observer
from mikrocert.kinds.signer import Identity, Signer
from mikrocert.report import CheckResult, Outcome
from mikrocert.testing import (
    HOSTILE,
    CheckContract,
    EnvelopeContract,
    InstitutionContract,
    IntakeContract,
    ObserverContract,
    PluginContract,
    RendererContract,
    SignerContract,
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


def test_an_envelope_that_takes_any_signature_is_noticed(toy):
    """A signature over other octets must not finish a file."""
    lenient = type("Lenient", (toy.Envelope,), {"finish_many": lambda self, prepared, *_, **__: (b"",)})
    with pytest.raises(NOTICED):
        EnvelopeContract().test_a_foreign_signature_is_refused(
            lenient(toy.seal_mark, "ToySeal"), toy.Signer(), b"x", datetime.now(UTC)
        )


def test_an_envelope_that_looks_at_the_clock_is_noticed(toy):
    """What is to be signed has to be the same after a crash."""
    drawn = iter(range(9))
    fickle = type(
        "Fickle",
        (toy.Envelope,),
        {"prepare": lambda self, payload, *, identity, at: Prepared(b"%d" % next(drawn), "TOY", b"")},
    )
    with pytest.raises(NOTICED):
        EnvelopeContract().test_the_same_octets_are_to_be_signed_again(
            fickle(toy.seal_mark, "ToySeal"), toy.Signer(), b"x", datetime.now(UTC)
        )


class Ed25519Signer(Signer):
    """Signs for real; `order` may mix the signatures up."""

    def __init__(self, order=list):
        self.key, self.order = Ed25519PrivateKey.generate(), order
        public = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self._identity = Identity("EdDSA", public)

    @property
    def identity(self):
        return self._identity

    def sign_many(self, to_be_signed):
        return tuple(self.order([self.key.sign(octets) for octets in to_be_signed]))


class TestSigner(SignerContract):
    """A signer of the test keeps the contract."""

    @pytest.fixture
    def signer(self):
        return Ed25519Signer()


def test_mixed_up_signatures_are_noticed():
    """Each signature belongs to the octets at its own place."""
    with pytest.raises(NOTICED):
        SignerContract().test_signs_many_in_order(Ed25519Signer(order=reversed))


class TestObserver(ObserverContract):
    """An observer that overrides nothing keeps the contract."""

    @pytest.fixture
    def observer(self):
        return Observer()


def test_a_renderer_that_looks_at_the_clock_is_noticed(toy):
    """A document says what its view says, at any time; and a picture is one."""
    drawn = iter(range(9))
    attachment = RendererContract.attachment.__wrapped__(RendererContract())
    fickle = type("Fickle", (toy.Renderer,), {"document": lambda *_, **__: b"%d" % next(drawn)})
    with pytest.raises(NOTICED):
        RendererContract().test_the_same_view_gives_the_same_document(fickle(), attachment)
    with pytest.raises(NOTICED):
        RendererContract().test_pages_are_small_pictures(toy.Renderer(), "cs")


def test_a_check_under_another_name_is_noticed():
    """Its answer would be counted as another's."""
    check = type("Toy", (), {"examine": lambda self, context, *, at: CheckResult("other", Outcome.PASSED)})()
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
