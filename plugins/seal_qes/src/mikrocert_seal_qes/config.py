"""What can be set: the members of `[signers.pkcs12]`, `[signers.pkcs11]` and `[signers.csc]`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

import attrs
from mikrocert.api import SettingsError, message

__all__ = ["Algorithm", "CscConfig", "Pkcs11Config", "Pkcs12Config"]

Algorithm: TypeAlias = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"
]
"""Names of the algorithms that a seal may have (RFC 7518, 3.1)."""


@attrs.frozen
class Pkcs12Config:
    """A key and its certificates in a PKCS#12 file.

    Args:
        file: the PKCS#12 file (.p12, .pfx).
        password: where its password is: `env:NAME` or `file:/absolute/path`; never the password itself.
        algorithm: what the key signs with: RSA with `PS256` or `RS256`, which TS 119 312 lets end with 2028; P-256 with
            `ES256`, P-384 with `ES384`, P-521 with `ES512`.
        chain: PEM file with certificates of authorities that the PKCS#12 file lacks, or none.
    """

    file: Path
    password: str = attrs.field(repr=False)
    algorithm: Algorithm
    chain: Path | None = None


@attrs.frozen
class Pkcs11Config:
    """A key in a token: a card, a device, a hardware security module.

    Args:
        module: the PKCS #11 module of the token's maker (.so).
        algorithm: what the key signs with: RSA with `PS256` or `RS256`, which TS 119 312 lets end with 2028; P-256 with
            `ES256`, P-384 with `ES384`, P-521 with `ES512`.
        pin: where its PIN is: `env:NAME` or `file:/absolute/path`; never the PIN itself. None where it has a keypad of its
            own, or needs none.
        token: label of the token, needed where the module sees several.
        serial: its serial number, likewise.
        key: label of the key, needed where the token has several.
        key_id: its identifier in hexadecimal, likewise.
        certificate: PEM file with the seal certificate and its chain; none means that they are in the token, the seal
            certificate under the identifier of the key.
    """

    module: Path
    algorithm: Algorithm
    pin: str | None = attrs.field(default=None, repr=False)
    token: str | None = None
    serial: str | None = None
    key: str | None = None
    key_id: str | None = None
    certificate: Path | None = None

    @property
    def identifier(self) -> bytes | None:
        """The identifier of the key as octets.

        Raises:
            SettingsError: if it is no hexadecimal number.
        """
        if self.key_id is None:
            return None
        try:
            return bytes.fromhex(self.key_id)
        except ValueError as error:
            raise SettingsError(
                message(
                    "signers.pkcs11.key_id is {value}; octets in hexadecimal, such as 01 or 0a1b, would be right",
                    value=self.key_id,
                )
            ) from error


@attrs.frozen
class CscConfig:
    """A key that a service keeps, by the API of the Cloud Signature Consortium, version 1 (1.0.4) or 2 (2.0).

    Args:
        url: address of the API with its version, such as `https://service.example/csc/v2`; `http://` only on this machine.
        credential: the service's name of the credential (credentialID).
        algorithm: what the key signs with: RSA with `PS256` or `RS256`, which TS 119 312 lets end with 2028; P-256 with
            `ES256`, P-384 with `ES384`, P-521 with `ES512`.
        token: where a bearer token for the service is: `env:NAME` or `file:/absolute/path`.
        token_url: where the service gives bearer tokens to `client` (OAuth 2.0, RFC 6749, 4.4), instead of `token`.
        client: what the service calls us there (client_id).
        client_secret: where our secret is, a reference as well.
        pin: where the PIN of the credential is, a reference as well; none where the service asks for none.
        otp: where a one-time password is, a reference as well; each is used once.
        chain: PEM file with certificates of authorities that the service doesn't give, or none.
        timeout: seconds after which an answer that isn't there is given up.
    """

    url: str
    credential: str
    algorithm: Algorithm
    token: str | None = attrs.field(default=None, repr=False)
    token_url: str | None = None
    client: str | None = None
    client_secret: str | None = attrs.field(default=None, repr=False)
    pin: str | None = attrs.field(default=None, repr=False)
    otp: str | None = attrs.field(default=None, repr=False)
    chain: Path | None = None
    timeout: int = 60
