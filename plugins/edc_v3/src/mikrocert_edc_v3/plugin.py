"""Registers the format `edc-v3`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mikrocert.api import NoConfig, Offer, hookimpl, offer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from mikrocert.api import Format

__all__ = ["mikrocert_register_formats"]


@hookimpl
def mikrocert_register_formats() -> Iterable[Offer[Format]]:
    """Offer European Digital Credentials v3."""
    return (offer("edc-v3", "European Digital Credentials v3 (ELM 3), .jsonld", NoConfig, _format),)


def _format(config: NoConfig) -> AbstractContextManager[Format]:
    from mikrocert_edc_v3.format import opened  # noqa: PLC0415

    return opened(config)
