"""The plugin, its envelopes and the signer for keys in memory under the contracts of the core."""

from datetime import UTC, datetime

import pytest
from mikrocert.api import Trust
from mikrocert.testing import EnvelopeContract, PluginContract, SignerContract
from mikrocert_seal_ades import plugin as plugin_module
from mikrocert_seal_ades.envelopes import JadesEnvelope, PadesEnvelope
from mikrocert_seal_ades.pki.algorithms import SEALING_ALGORITHMS

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class TestPlugin(PluginContract):
    @pytest.fixture
    def plugin(self):
        return plugin_module


class TestKeySigner(SignerContract):
    @pytest.fixture(params=SEALING_ALGORITHMS)
    def signer(self, request, parties):
        return parties.signer(request.param)


class TestJadesEnvelope(EnvelopeContract):
    @pytest.fixture
    def at(self):
        return NOW

    @pytest.fixture
    def signer(self, parties):
        return parties.signer()

    @pytest.fixture
    def envelope(self):
        return JadesEnvelope()

    @pytest.fixture
    def payload(self):
        return "Kateřina Ďurišová".encode()

    @pytest.fixture
    def sealed(self, sealed_json):
        return sealed_json

    @pytest.fixture
    def stranger(self, parties, payload):
        return type(parties)().jades(payload)

    @pytest.fixture
    def trust(self, parties):
        return Trust((parties.root.der,), revocation="if-available")


class TestPadesEnvelope(TestJadesEnvelope):
    @pytest.fixture
    def envelope(self):
        return PadesEnvelope()

    @pytest.fixture
    def payload(self, make_pdf):
        return make_pdf(("ů", b"{}"))

    @pytest.fixture
    def sealed(self, sealed_pdf):
        return sealed_pdf

    @pytest.fixture
    def stranger(self, parties, payload):
        return type(parties)().pades(payload)
