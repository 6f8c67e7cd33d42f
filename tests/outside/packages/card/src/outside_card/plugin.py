"""Registers the card."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.api import Offer, hookimpl, offer, secret

from outside_card.config import CardConfig

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.api import Signer


@contextmanager
def _card(config: CardConfig) -> Generator[Signer]:
    from outside_card.card import unlocked

    pin = secret(config.pin, member="signers.card.pin")
    with unlocked(config, pin=pin) as session:
        yield session


@hookimpl
def mikrocert_register_signers() -> list[Offer[Signer]]:
    """Offer the card."""
    return [offer("card", "A card whose holder types a PIN once a batch", CardConfig, _card)]
