"""A signer whose key is in a token: a card, a device, a hardware security module (PKCS #11 v2.40)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
from mikrocert.api import SealError, Signer, message, read_named_file, secret
from mikrocert_seal_ades.messages import message_of
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.x509 import from_pem, parse
from pkcs11 import MGF, Attribute, KeyType, Mechanism, ObjectClass, PKCS11Error, PrivateKey, Session

from mikrocert_seal_qes.fitness import fit_identity, names_of, refused, seal_certificates
from mikrocert_seal_qes.proving import digests, proven
from mikrocert_seal_qes.tokens import Place, no_pin

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Sequence
    from datetime import datetime

    from mikrocert.api import Identity
    from mikrocert_seal_ades.pki.algorithms import Algorithm
    from pkcs11 import SignMixin

    from mikrocert_seal_qes.config import Pkcs11Config
    from mikrocert_seal_qes.tokens import Lent, OpenToken, Tokens

__all__ = ["TokenSigner", "opened"]

_DIGEST_INFO: Final = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
"""What stands before a digest that RSASSA-PKCS1-v1_5 signs (RFC 8017, 9.2, note 1)."""

_HASHES: Final = {
    "sha256": (Mechanism.SHA256, MGF.SHA256, 32),
    "sha384": (Mechanism.SHA384, MGF.SHA384, 48),
    "sha512": (Mechanism.SHA512, MGF.SHA512, 64),
}
"""Parameters of RSASSA-PSS, its salt as long as the digest (RFC 7518, 3.5)."""

_OF_DIGESTS: Final = {
    "PKCS1": Mechanism.RSA_PKCS,
    "PSS": Mechanism.RSA_PKCS_PSS,
    "ECDSA": Mechanism.ECDSA,
}
_OF_OCTETS: Final = {
    ("PKCS1", "sha256"): Mechanism.SHA256_RSA_PKCS,
    ("PKCS1", "sha384"): Mechanism.SHA384_RSA_PKCS,
    ("PKCS1", "sha512"): Mechanism.SHA512_RSA_PKCS,
    ("PSS", "sha256"): Mechanism.SHA256_RSA_PKCS_PSS,
    ("PSS", "sha384"): Mechanism.SHA384_RSA_PKCS_PSS,
    ("PSS", "sha512"): Mechanism.SHA512_RSA_PKCS_PSS,
    ("ECDSA", "sha256"): Mechanism.ECDSA_SHA256,
    ("ECDSA", "sha384"): Mechanism.ECDSA_SHA384,
    ("ECDSA", "sha512"): Mechanism.ECDSA_SHA512,
}


@attrs.frozen
class Method:
    """How a token makes signatures of one algorithm.

    Args:
        algorithm: that of the seal.
        mechanism: that of the token.
        of_digests: whether it is given digests; else it makes them.
    """

    algorithm: Algorithm
    mechanism: Mechanism
    of_digests: bool

    def sign(self, octets: bytes, *, key: PrivateKey, pin: str | None) -> bytes:
        """Return the signature over the octets; raises `PKCS11Error`."""
        digest = self.algorithm.digest
        if self.of_digests:
            (octets,) = digests([octets], algorithm=self.algorithm.name)
            if self.algorithm.kind == "PKCS1":
                octets = _DIGEST_INFO[digest] + octets
        parameters: dict[str, object] = (
            {"mechanism_param": _HASHES[digest]} if self.algorithm.kind == "PSS" else {}
        )
        if pin is not None:
            parameters["pin"] = pin
        signing = cast("SignMixin", key)  # whatever else keys can do, those that are looked for sign
        return signing.sign(octets, mechanism=self.mechanism, **parameters)


@attrs.frozen
class KeyChoice:
    """Which key of a token.

    Args:
        label: its label; none where its identifier or being the only one is enough.
        identifier: its identifier (CKA_ID), likewise.
    """

    label: str | None = None
    identifier: bytes | None = None

    def find(self, lent: Lent, *, token: str) -> PrivateKey:
        """Return the one private key that fits. Raises `SealError` or `PKCS11Error`."""
        if self in lent.keys:
            return lent.keys[self]
        wanted: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.SIGN: True}
        keys = [cast("PrivateKey", one) for one in lent.session.get_objects(wanted)]
        fitting = [
            key for key in keys if self.label in {None, key.label} and self.identifier in {None, key.id}
        ]
        if len(fitting) == 1:
            lent.keys[self] = fitting[0]
            return fitting[0]
        names = [f"{key.label} ({key.id.hex()})" for key in keys]
        raise SealError(
            message(
                "of the keys in the token {token} {count} fit: key and key_id in signers.pkcs11 have to say which one; there are: "
                "{keys}",
                token=token,
                count=len(fitting),
                keys=message("{keys:comma}", keys=names) if names else message("nothing"),
            )
        )


class TokenSigner(Signer):
    """Signs with a key that never leaves its token.

    Args:
        token: in use as long as the signer is.
        choice: which key of it.
        method: how it signs.
        identity: who signs.
        pin: what the key wants before each signature, or none.
    """

    def __init__(
        self, token: OpenToken, *, choice: KeyChoice, method: Method, identity: Identity, pin: str | None
    ) -> None:
        self._token = token
        self._choice = choice
        self._method = method
        self._identity = identity
        self._pin = pin

    @property
    def identity(self) -> Identity:
        """Who signs."""
        return self._identity

    def sign_many(self, to_be_signed: Sequence[bytes]) -> tuple[bytes, ...]:
        """Return one signature for each of the octets, in their order and in the form of JWS (RFC 7518, 3).

        All are made in one session. Where the token fails in the middle none is returned.

        Args:
            to_be_signed: what is to be signed, whole, not hashed.
        """
        if not to_be_signed:
            return ()
        name = self._token.name

        def sign_all(lent: Lent) -> list[bytes]:
            key = self._choice.find(lent, token=name)
            return [self._method.sign(octets, key=key, pin=self._pin) for octets in to_be_signed]

        signatures = self._token.use(sign_all)
        source = message("the token {token}", token=name)
        return proven(signatures, over=to_be_signed, identity=self._identity, source=source)


@contextmanager
def opened(config: Pkcs11Config, *, at: datetime, tokens: Tokens) -> Generator[TokenSigner]:
    """Give a signer with the key of a token, logged in until it is left.

    Args:
        config: module, token, key, certificate, and where the PIN is.
        at: the time at which the seal certificate has to be valid (aware).
        tokens: those of this process.

    Raises:
        SettingsError: if the PIN is no reference, or a file that is named is no ordinary one or can't be read.
        SealError: if the token isn't there or refuses the PIN, or key or certificates won't do.
    """
    pin = None if config.pin is None else secret(config.pin, member="signers.pkcs11.pin")
    place = Place(config.module, config.token, config.serial)
    choice = KeyChoice(config.key, config.identifier)
    algorithm = ALGORITHMS[config.algorithm]
    with tokens.opened(place, pin=pin) as token:

        def look(
            lent: Lent,
        ) -> tuple[KeyType, bytes, bool, Collection[Mechanism], list[tuple[bytes, bytes]]]:
            key = choice.find(lent, token=token.name)
            return (
                key.key_type,
                key.id,
                _asks_each_time(key),
                lent.session.token.slot.get_mechanisms(),
                _certificates(lent.session),
            )

        kind, identifier, asks, mechanisms, certificates = token.use(look)
        source = message("the token {token}", token=token.name)
        try:
            leaf, others = _leaf(config, certificates, identifier=identifier, token=token.name)
        except CertificateError as error:
            raise refused(source, [message_of(problem) for problem in error.problems]) from error
        identity = fit_identity(leaf, among=others, algorithm=config.algorithm, at=at, source=source)
        if kind is not (KeyType.EC if algorithm.kind == "ECDSA" else KeyType.RSA):
            raise SealError(
                message(
                    "the key in the token {token} is of another kind than that of the seal certificate; key or key_id in "
                    "signers.pkcs11 names another one",
                    token=token.name,
                )
            )
        if asks and pin is None:
            raise no_pin(token.name)
        yield TokenSigner(
            token,
            choice=choice,
            method=_method(algorithm, mechanisms, token=token.name),
            identity=identity,
            pin=pin.decode() if asks and pin else None,
        )


def _asks_each_time(key: PrivateKey) -> bool:
    """Return whether the key wants the PIN before each signature, as those of many qualified cards do."""
    try:
        return bool(key[Attribute.ALWAYS_AUTHENTICATE])
    except PKCS11Error:
        return False


def _certificates(session: Session) -> list[tuple[bytes, bytes]]:
    """Return identifier and DER of each certificate in the token that can be read."""
    found: list[tuple[bytes, bytes]] = []
    for one in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        try:
            identifier, value = bytes(one[Attribute.ID]), bytes(one[Attribute.VALUE])
            parse(value)
        except (PKCS11Error, CertificateError):
            continue
        found.append((identifier, value))
    return found


def _leaf(
    config: Pkcs11Config, certificates: list[tuple[bytes, bytes]], *, identifier: bytes, token: str
) -> tuple[bytes, list[bytes]]:
    """Return the seal certificate, and those among which its issuers are; raises `SealError` or `CertificateError`."""
    others = [value for _, value in certificates]
    if config.certificate is None:
        candidates = seal_certificates(value for number, value in certificates if number == identifier)
        where = message(
            "in the token {token} under the identifier of the key ({id})", token=token, id=identifier.hex()
        )
    else:
        named = from_pem(read_named_file(config.certificate, member="signers.pkcs11.certificate"))
        candidates = seal_certificates(named)
        others = [*named, *others]
        where = message("in {file}", file=config.certificate)
    if len(candidates) == 1:
        return candidates[0], others
    raise SealError(
        message(
            "there are {count} certificates {where} that are no authority's: {names}; a PEM file with the one of the seal and its "
            "chain, named as certificate in signers.pkcs11, would be right",
            count=len(candidates),
            where=where,
            names=message("{names:comma}", names=names_of(candidates)) if candidates else message("nothing"),
        )
    )


def _method(algorithm: Algorithm, mechanisms: Collection[Mechanism], *, token: str) -> Method:
    """Return the way in which the token signs, best with digests, which are short; raises `SealError`."""
    with_digests, with_octets = _OF_DIGESTS[algorithm.kind], _OF_OCTETS[algorithm.kind, algorithm.digest]
    if with_digests in mechanisms:
        return Method(algorithm, with_digests, of_digests=True)
    if with_octets in mechanisms:
        return Method(algorithm, with_octets, of_digests=False)
    able = [
        name
        for name, one in ALGORITHMS.items()
        if one.kind in _OF_DIGESTS
        and {_OF_DIGESTS[one.kind], _OF_OCTETS[one.kind, one.digest]} & set(mechanisms)
    ]
    raise SealError(
        message(
            "the token {token} can't sign with {algorithm}; it can with {able:comma}",
            token=token,
            algorithm=algorithm.name,
            able=able,
        )
    )
