"""A sandbox in a folder: made once, by one process, then only read."""

from __future__ import annotations

import os
import secrets
import stat
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import attrs
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from mikrocert.api import SealError, message, read_named_file
from mikrocert_seal_ades.signers import KeySigner

from mikrocert_seal_test import certificates
from mikrocert_seal_test.certificates import MEMBERS, Member, PrivateKey

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from datetime import datetime
    from pathlib import Path

    from mikrocert_seal_test.config import SandboxConfig

__all__ = ["Sandbox", "open_sandbox"]

_MEMBER: Final = "signers.test.state"
_LOCK: Final = ".lock"
_PATIENCE: Final = 60.0
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@attrs.frozen
class Sandbox:
    """A sandbox PKI: everyone in it with key and certificate.

    Args:
        members: root, authority, seal, tsa, ocsp.
    """

    members: Mapping[str, Member] = attrs.field(repr=False)

    @property
    def root(self) -> bytes:
        """The root certificate, DER: the anchor to trust."""
        return self.members["root"].certificate.public_bytes(Encoding.DER)

    @property
    def root_pem(self) -> str:
        """The root certificate, PEM."""
        return self.members["root"].certificate.public_bytes(Encoding.PEM).decode("ascii")

    @property
    def signer(self) -> KeySigner:
        """The seal's key behind the certificates from the seal certificate to the root."""
        seal = self.members["seal"]
        chain = tuple(
            self.members[name].certificate.public_bytes(Encoding.DER)
            for name in ("seal", "authority", "root")
        )
        algorithm = "ES256" if seal.certificate.public_key_algorithm_oid == _EC else "PS256"
        return KeySigner(seal.key, certificates=chain, algorithm=algorithm)


_EC: Final = x509.ObjectIdentifier("1.2.840.10045.2.1")


def open_sandbox(config: SandboxConfig, *, at: datetime) -> Sandbox:
    """Return the sandbox in `config.state`; make it if there is none.

    Of several processes that start at once one makes it and the others wait.

    Args:
        config: where it is, and, if it has to be made, whom it pretends to be.
        at: when the certificates that have to be made begin to be valid (aware).

    Raises:
        SealError: if the folder can't be used, a key is readable by others, or the sandbox was made with other settings.
        SettingsError: if what stands for a key or certificate is no ordinary file.
    """
    try:
        config.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _complete(config.state):
            with _locked(config.state):
                if not _complete(config.state):
                    _write(config.state, certificates.make(config, at=at))
        members = {name: _read(config.state, name) for name in MEMBERS}
    except OSError as error:
        raise SealError(
            message(
                "the sandbox in {folder} can't be used: {reason}",
                folder=config.state,
                reason=error,
            )
        ) from error
    _check_settings(config, members["seal"])
    return Sandbox(members)


def _complete(folder: Path) -> bool:
    # The root is written last.
    return (folder / "root.pem").exists()


@contextmanager
def _locked(folder: Path) -> Generator[None]:
    """Hold the folder alone; a lock that nobody gives back within a minute is an error that names it."""
    lock = folder / _LOCK
    give_up = time.monotonic() + _PATIENCE
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            break
        except FileExistsError:
            if time.monotonic() > give_up:
                raise SealError(
                    message(
                        "another process has been making the sandbox for a minute; if there is none, remove {lock}",
                        lock=lock,
                    )
                ) from None
            time.sleep(0.05)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _write(folder: Path, members: Mapping[str, Member]) -> None:
    for name in reversed(MEMBERS):
        member = members[name]
        key = member.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_whole(folder / f"{name}.key", key, mode=0o600)
        _write_whole(folder / f"{name}.pem", member.certificate.public_bytes(Encoding.PEM), mode=0o644)


def _write_whole(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file so that nobody ever sees half of it, nor a key with looser rights."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _read(folder: Path, name: str) -> Member:
    key_file, certificate_file = folder / f"{name}.key", folder / f"{name}.pem"
    if os.name == "posix" and key_file.stat().st_mode & _OTHERS:
        raise SealError(message("others can read the key {file}; chmod 600 would be right", file=key_file))
    try:
        key = load_pem_private_key(read_named_file(key_file, member=_MEMBER), password=None)
        certificate = x509.load_pem_x509_certificate(read_named_file(certificate_file, member=_MEMBER))
    except ValueError as error:
        raise SealError(
            message(
                "{key} or {certificate} is damaged; remove the folder to get a new sandbox",
                key=key_file,
                certificate=certificate_file,
            )
        ) from error
    if not isinstance(key, PrivateKey) or key.public_key() != certificate.public_key():
        raise SealError(
            message(
                "{key} isn't the key of {certificate}; remove the folder to get a new sandbox",
                key=key_file,
                certificate=certificate_file,
            )
        )
    return Member(key, certificate)


def _check_settings(config: SandboxConfig, seal: Member) -> None:
    wanted = certificates.seal_subject(config)
    kind = "p256" if seal.certificate.public_key_algorithm_oid == _EC else "rsa3072"
    url = certificates.url_of(seal.certificate)
    if (seal.certificate.subject, kind, url) != (wanted, config.key, config.url):
        raise SealError(
            message(
                "the sandbox in {folder} was made for {subject} with a {kind} key, at {url}; the settings now say {wanted}, {key} and {address}: name another folder as state",
                folder=config.state,
                subject=seal.certificate.subject.rfc4514_string(),
                kind=kind,
                url=url or "-",
                wanted=wanted.rfc4514_string(),
                key=config.key,
                address=config.url,
            )
        )
