"""Registers the envelopes `jades` and `pades` and the command groups `seal` and `trust`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.api import NoConfig, Offer, hookimpl, offer

from mikrocert_seal_ades.config import JadesConfig, PadesConfig

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import typer
    from mikrocert.api import Envelope, Examination, Finding


@contextmanager
def _jades(config: JadesConfig) -> Generator[Envelope]:
    from mikrocert_seal_ades.envelopes import jades_envelope  # noqa: PLC0415

    yield jades_envelope(config)


def _examine_jades(config: JadesConfig, examination: Examination) -> Iterator[Finding]:
    from mikrocert_seal_ades.acceptance import jades_findings  # noqa: PLC0415

    yield from jades_findings(config, examination)


def _examine_pades(config: PadesConfig, examination: Examination) -> Iterator[Finding]:
    from mikrocert_seal_ades.acceptance import pades_findings  # noqa: PLC0415

    yield from pades_findings(config, examination)


@contextmanager
def _pades(config: PadesConfig) -> Generator[Envelope]:
    import logging  # noqa: PLC0415 - only when it is used

    from mikrocert_seal_ades.envelopes import pades_envelope  # noqa: PLC0415

    # What pyHanko thinks of a damaged PDF is said in findings; where nobody listens to its log it would go to stderr.
    silence = logging.NullHandler()
    logger = logging.getLogger("pyhanko")
    logger.addHandler(silence)
    try:
        yield pades_envelope(config)
    finally:
        logger.removeHandler(silence)


@contextmanager
def _seal(_: NoConfig) -> Generator[typer.Typer]:
    from mikrocert_seal_ades.commands import group  # noqa: PLC0415

    yield group()


@contextmanager
def _lists(_: NoConfig) -> Generator[typer.Typer]:
    from mikrocert_seal_ades.list_commands import group  # noqa: PLC0415

    yield group()


@hookimpl
def mikrocert_register_envelopes() -> list[Offer[Envelope]]:
    """Offer both envelopes."""
    return [
        offer(
            "jades",
            "JSON sealed with JAdES (JWS JSON General serialization)",
            JadesConfig,
            _jades,
            examine=_examine_jades,
        ),
        offer(
            "pades",
            "PDF documents sealed with PAdES, with a file inside",
            PadesConfig,
            _pades,
            examine=_examine_pades,
        ),
    ]


@hookimpl
def mikrocert_register_commands() -> list[Offer[typer.Typer]]:
    """Offer the commands about seals and about trusted lists."""
    return [
        offer("seal", "Seals by themselves: are they intact, of which level?", NoConfig, _seal),
        offer("trust", "Trusted lists: bring them up to date, show what is kept.", NoConfig, _lists),
    ]
