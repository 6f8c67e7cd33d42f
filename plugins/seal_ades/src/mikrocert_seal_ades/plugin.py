"""Registers the envelopes `jades` and `pades`."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.api import NoConfig, Offer, hookimpl, offer

from mikrocert_seal_ades.config import JadesConfig

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.api import Envelope


@contextmanager
def _jades(config: JadesConfig) -> Generator[Envelope]:
    from mikrocert_seal_ades.envelopes import JadesEnvelope  # noqa: PLC0415

    yield JadesEnvelope(profile=config.profile)


@contextmanager
def _pades(_: NoConfig) -> Generator[Envelope]:
    from mikrocert_seal_ades.envelopes import PadesEnvelope  # noqa: PLC0415

    # What pyHanko thinks of a damaged PDF is said in findings; where nobody listens to its log it would go to stderr.
    silence = logging.NullHandler()
    logger = logging.getLogger("pyhanko")
    logger.addHandler(silence)
    try:
        yield PadesEnvelope()
    finally:
        logger.removeHandler(silence)


@hookimpl
def mikrocert_register_envelopes() -> list[Offer[Envelope]]:
    """Offer both envelopes."""
    return [
        offer("jades", "JSON sealed with JAdES (JWS JSON General serialization)", JadesConfig, _jades),
        offer("pades", "PDF documents sealed with PAdES, with a file inside", NoConfig, _pades),
    ]
