"""Registers the envelopes `jades` and `pades`."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.host.hookspecs import hookimpl
from mikrocert.kinds.offer import NoConfig, Offer, offer

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.kinds.envelope import Envelope


@contextmanager
def _jades(_: NoConfig) -> Generator[Envelope]:
    from mikrocert_seal_ades.envelopes import JadesEnvelope  # noqa: PLC0415

    yield JadesEnvelope()


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
        offer("jades", "Credentials sealed with JAdES (JWS JSON General serialization)", NoConfig, _jades),
        offer("pades", "PDF certificates sealed with PAdES, with the credential inside", NoConfig, _pades),
    ]
