"""What `mikrocert doctor` says of the signers: algorithms, files, tokens and services, without a password or a PIN."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography.x509 import load_der_x509_certificate
from mikrocert.api import Finding, MikrocertError, Severity, message, read_named_file
from mikrocert_seal_ades.acceptance import algorithm_findings
from mikrocert_seal_ades.messages import message_of
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.x509 import called, from_pem

from mikrocert_seal_qes.fitness import seal_certificates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mikrocert.api import Examination

    from mikrocert_seal_qes.config import CscConfig, Pkcs11Config, Pkcs12Config
    from mikrocert_seal_qes.refusals import Refusals
    from mikrocert_seal_qes.tokens import Tokens

__all__ = ["csc_findings", "pkcs11_findings", "pkcs12_findings"]

_SOON: Final = timedelta(days=90)


def pkcs12_findings(config: Pkcs12Config, examination: Examination) -> Iterator[Finding]:
    """Yield what there is to say of `[signers.pkcs12]`: what is in the file only its password opens."""
    yield from algorithm_findings(config.algorithm, at=examination.at)
    try:
        read_named_file(config.file, member="signers.pkcs12.file")
    except MikrocertError as error:
        yield Finding("file", Severity.ERROR, error.message, "file")
        return
    yield Finding.info("file", "{file} can be read; --signer opens it", path="file", file=config.file)


def pkcs11_findings(config: Pkcs11Config, examination: Examination, *, tokens: Tokens) -> Iterator[Finding]:
    """Yield what there is to say of `[signers.pkcs11]`: the token, its PIN and, where it is in a file, the seal certificate."""
    from mikrocert_seal_qes.tokens import Place  # noqa: PLC0415 - python-pkcs11 isn't everywhere

    yield from algorithm_findings(config.algorithm, at=examination.at)
    place = Place(config.module, config.token, config.serial)
    try:
        with tokens.opened(place, pin=None) as token:
            condition = token.condition()
    except MikrocertError as error:
        yield Finding("token", Severity.ERROR, error.message, "module")
    else:
        severity, text = (
            Severity.INFO,
            message("the token {token} is there; --signer logs in", token=condition.name),
        )
        if condition.locked:
            severity, text = (
                Severity.ERROR,
                message(
                    "the PIN of the token {token} is locked; unlock it with the program that came with it",
                    token=condition.name,
                ),
            )
        elif condition.warned:
            severity, text = (
                Severity.WARNING,
                message(
                    "the last PIN that the token {token} was given was wrong; log in once with the program that came with it",
                    token=condition.name,
                ),
            )
        yield Finding("token", severity, text, "module")
    if config.certificate is not None:
        try:
            named = from_pem(read_named_file(config.certificate, member="signers.pkcs11.certificate"))
            yield from _ends(seal_certificates(named), at=examination.at, path="certificate")
        except MikrocertError as error:
            yield Finding("certificate", Severity.ERROR, error.message, "certificate")
        except CertificateError as error:
            yield Finding("certificate", Severity.ERROR, message_of(error.problems[0]), "certificate")


def csc_findings(config: CscConfig, examination: Examination, *, refusals: Refusals) -> Iterator[Finding]:
    """Yield what there is to say of `[signers.csc]`; over the network also what the service says, which no PIN is needed for."""
    yield from algorithm_findings(config.algorithm, at=examination.at)
    if not examination.network:
        yield Finding.info("service", "--network asks {url}", path="url", url=config.url)
        return
    from mikrocert_seal_qes.csc import open_signer  # noqa: PLC0415

    try:
        signer = open_signer(config, at=examination.at, refusals=refusals)
    except MikrocertError as error:
        yield Finding("service", Severity.ERROR, error.message, "url")
        return
    yield Finding.info("service", "{url} answers and would sign", path="url", url=config.url)
    yield Finding.info(
        "quota",
        "one authorisation is good for {most} signatures; how many are left in all, the interface has no word for",
        path="credential",
        most=signer.most,
    )
    yield from _ends(signer.identity.certificates[:1], at=examination.at, path="credential")


def _ends(certificates: Iterable[bytes], *, at: datetime, path: str) -> Iterator[Finding]:
    for one in certificates:
        end, name = load_der_x509_certificate(one).not_valid_after_utc, called(one)
        if end < at:
            yield Finding.error(
                "certificate",
                "the seal certificate “{name}” ended on {end}; another one is needed to issue",
                path=path,
                name=name,
                end=end,
            )
        elif end - at < _SOON:
            yield Finding.warning(
                "certificate",
                "the seal certificate “{name}” ends on {end}; get another one before",
                path=path,
                name=name,
                end=end,
            )
        else:
            yield Finding.info(
                "certificate",
                "the seal certificate “{name}” lasts until {end}",
                path=path,
                name=name,
                end=end,
            )
