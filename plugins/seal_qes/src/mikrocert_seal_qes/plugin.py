"""Registers the signer `pkcs12`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.api import Offer, hookimpl, offer

from mikrocert_seal_qes.config import Pkcs12Config

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.api import Signer


@contextmanager
def _pkcs12(config: Pkcs12Config) -> Generator[Signer]:
    from datetime import UTC, datetime  # noqa: PLC0415

    from mikrocert_seal_qes.pkcs12 import open_signer  # noqa: PLC0415

    yield open_signer(config, at=datetime.now(UTC))


@hookimpl
def mikrocert_register_signers() -> list[Offer[Signer]]:
    """Offer a signer whose key is in a PKCS#12 file."""
    return [offer("pkcs12", "Key in a PKCS#12 file from a trust service provider", Pkcs12Config, _pkcs12)]
