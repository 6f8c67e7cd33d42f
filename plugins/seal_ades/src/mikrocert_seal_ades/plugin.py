"""Registers the envelopes `jades` and `pades`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.hookspecs import hookimpl
from mikrocert.offers import NoConfig, Offer, offer

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.envelopes import Envelope


@contextmanager
def _jades(_: NoConfig) -> Generator[Envelope]:
    from mikrocert_seal_ades.envelopes import JadesEnvelope  # noqa: PLC0415

    yield JadesEnvelope()


@contextmanager
def _pades(_: NoConfig) -> Generator[Envelope]:
    from mikrocert_seal_ades.envelopes import PadesEnvelope  # noqa: PLC0415

    yield PadesEnvelope()


@hookimpl
def mikrocert_register_envelopes() -> list[Offer[Envelope]]:
    """Offer both envelopes."""
    return [
        offer("jades", "Credentials sealed with JAdES (JWS JSON General serialization)", NoConfig, _jades),
        offer("pades", "PDF certificates sealed with PAdES, with the credential inside", NoConfig, _pades),
    ]
