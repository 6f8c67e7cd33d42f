"""Registers the signers `pkcs12`, `pkcs11` and `csc`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mikrocert.api import Offer, PluginError, hookimpl, message, offer

from mikrocert_seal_qes.config import CscConfig, Pkcs11Config, Pkcs12Config

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from mikrocert.api import Examination, Finding, Signer


@contextmanager
def _pkcs12(config: Pkcs12Config) -> Generator[Signer]:
    from datetime import UTC, datetime  # noqa: PLC0415

    from mikrocert_seal_qes.pkcs12 import open_signer  # noqa: PLC0415

    yield open_signer(config, at=datetime.now(UTC))


@contextmanager
def _pkcs11(config: Pkcs11Config) -> Generator[Signer]:
    from datetime import UTC, datetime  # noqa: PLC0415

    _demand_library()
    from mikrocert_seal_qes.pkcs11 import opened  # noqa: PLC0415
    from mikrocert_seal_qes.tokens import tokens_of_this_process  # noqa: PLC0415

    with opened(config, at=datetime.now(UTC), tokens=tokens_of_this_process()) as signer:
        yield signer


def _demand_library() -> None:
    try:
        import pkcs11  # noqa: F401, PLC0415  it is not there everywhere
    except ImportError as error:
        raise PluginError(
            message(
                "the signer pkcs11 needs python-pkcs11, which is not installed; pip install 'mikrocert-seal-qes[pkcs11]' brings it"
            )
        ) from error


def _examine_pkcs12(config: Pkcs12Config, examination: Examination) -> Iterator[Finding]:
    from mikrocert_seal_qes.examining import pkcs12_findings  # noqa: PLC0415

    yield from pkcs12_findings(config, examination)


def _examine_pkcs11(config: Pkcs11Config, examination: Examination) -> Iterator[Finding]:
    _demand_library()
    from mikrocert_seal_qes.examining import pkcs11_findings  # noqa: PLC0415
    from mikrocert_seal_qes.tokens import tokens_of_this_process  # noqa: PLC0415

    yield from pkcs11_findings(config, examination, tokens=tokens_of_this_process())


def _examine_csc(config: CscConfig, examination: Examination) -> Iterator[Finding]:
    from mikrocert_seal_qes.examining import csc_findings  # noqa: PLC0415
    from mikrocert_seal_qes.refusals import refusals_of_this_process  # noqa: PLC0415

    yield from csc_findings(config, examination, refusals=refusals_of_this_process())


@contextmanager
def _csc(config: CscConfig) -> Generator[Signer]:
    from datetime import UTC, datetime  # noqa: PLC0415

    from mikrocert_seal_qes.csc import open_signer  # noqa: PLC0415
    from mikrocert_seal_qes.refusals import refusals_of_this_process  # noqa: PLC0415

    yield open_signer(config, at=datetime.now(UTC), refusals=refusals_of_this_process())


@hookimpl
def mikrocert_register_signers() -> list[Offer[Signer]]:
    """Offer the signers whose keys are in a PKCS#12 file, in a token and with a service."""
    return [
        offer(
            "pkcs12",
            "Key in a PKCS#12 file from a trust service provider",
            Pkcs12Config,
            _pkcs12,
            examine=_examine_pkcs12,
        ),
        offer(
            "pkcs11",
            "Key in a token: a card, a device, a hardware security module",
            Pkcs11Config,
            _pkcs11,
            examine=_examine_pkcs11,
        ),
        offer(
            "csc",
            "Key with a remote service (Cloud Signature Consortium API)",
            CscConfig,
            _csc,
            examine=_examine_csc,
        ),
    ]
