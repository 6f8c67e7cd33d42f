"""Registers the seal `pkcs12`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.host.hookspecs import hookimpl
from mikrocert.kinds.offer import Offer, offer

from mikrocert_seal_qes.config import Pkcs12Config

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.kinds.signer import Seal


@contextmanager
def _pkcs12(config: Pkcs12Config) -> Generator[Seal]:
    from datetime import UTC, datetime  # noqa: PLC0415

    from mikrocert_seal_ades.seal import AdesSeal  # noqa: PLC0415

    from mikrocert_seal_qes.pkcs12 import open_signer  # noqa: PLC0415

    yield AdesSeal(open_signer(config, at=datetime.now(UTC)), profile=config.profile)


@hookimpl
def mikrocert_register_seals() -> list[Offer[Seal]]:
    """Offer a seal whose key is in a PKCS#12 file."""
    return [
        offer(
            "pkcs12", "Seal with a key in a PKCS#12 file from a trust service provider", Pkcs12Config, _pkcs12
        )
    ]
