"""The contracts of the packages; run by test_outside_contracts.py in a process that has them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from mikrocert.api import Certificate, Services, Trust
from mikrocert.testing import (
    EnvelopeContract,
    FormatContract,
    InstitutionContract,
    ObserverContract,
    RendererContract,
    SignerContract,
)
from outside_badge.badge import Badge
from outside_badge.detached import Detached
from outside_card.card import Card
from outside_card.config import CardConfig
from outside_school.school import Leaver, School
from outside_sheet.sheet import Sheet

CARD = Path(os.environ["OUTSIDE_CARD"])


def sealed_by(signer: Card, envelope: Detached, payload: bytes) -> bytes:
    """Return a file with the seal of a card."""
    prepared = [envelope.prepare(payload, identity=signer.identity, at=datetime.now(UTC))]
    signatures = signer.sign_many([each.to_be_signed for each in prepared])
    (file,) = envelope.finish_many(prepared, signatures, services=Services())
    return file


@pytest.fixture
def signer() -> Card:
    """Return the card."""
    return Card(CardConfig(CARD))


class TestBadge(FormatContract):
    @pytest.fixture
    def form(self) -> Badge:
        return Badge()

    @pytest.fixture
    def pictures(self) -> dict[str, tuple[bytes, ...]]:
        return {}


class TestDetached(EnvelopeContract):
    @pytest.fixture
    def envelope(self) -> Detached:
        return Detached()

    @pytest.fixture
    def payload(self) -> bytes:
        return '{"badge": "Ďáblice"}'.encode()

    @pytest.fixture
    def sealed(self, envelope, signer, payload) -> bytes:
        return sealed_by(signer, envelope, payload)

    @pytest.fixture
    def stranger(self, envelope, payload) -> bytes:
        return sealed_by(Card(CardConfig(CARD.with_name("other-card"))), envelope, payload)

    @pytest.fixture
    def trust(self) -> Trust:
        root = load_pem_x509_certificate((CARD / "root.pem").read_bytes())
        return Trust((root.public_bytes(Encoding.DER),), sandbox=True)


class TestCard(SignerContract):
    pass


class TestSheet(RendererContract):
    @pytest.fixture
    def wanted(self) -> Callable[[Certificate], Iterable[str]]:
        """Nothing: a sheet is the file alone."""
        return lambda _: ()

    @pytest.fixture
    def renderer(self) -> Sheet:
        return Sheet()


class TestSchool(InstitutionContract):
    @pytest.fixture
    def institution(self) -> School:
        return School()


class TestLeaver(ObserverContract):
    @pytest.fixture
    def observer(self) -> Leaver:
        return Leaver()
