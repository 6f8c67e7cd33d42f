"""A signer whose key is with a remote service, by the API of the Cloud Signature Consortium (CSC API 1.0.4 and 2.0).

The service is asked who signs, authorises signatures and makes them from digests. What it answers is believed only as far as the
seal certificate proves it.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final

import attrs
from mikrocert.api import (
    SealError,
    SettingsError,
    Signer,
    message,
    read_named_file,
    secret,
)
from mikrocert_seal_ades.messages import message_of
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.x509 import from_pem, parse

from mikrocert_seal_qes.asking import Refused, Service, service_of
from mikrocert_seal_qes.fitness import fit_identity, refused
from mikrocert_seal_qes.proving import digests, proven

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mikrocert.api import Identity, Message
    from mikrocert_seal_ades.pki.algorithms import Algorithm

    from mikrocert_seal_qes.asking import Reply
    from mikrocert_seal_qes.config import CscConfig
    from mikrocert_seal_qes.refusals import Refusals

__all__ = ["CscSigner", "open_signer"]

_DIGESTS: Final = {
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_SIGNATURES: Final = {
    ("PKCS1", "sha256"): ("1.2.840.113549.1.1.11", "1.2.840.113549.1.1.1"),
    ("PKCS1", "sha384"): ("1.2.840.113549.1.1.12", "1.2.840.113549.1.1.1"),
    ("PKCS1", "sha512"): ("1.2.840.113549.1.1.13", "1.2.840.113549.1.1.1"),
    ("PSS", "sha256"): ("1.2.840.113549.1.1.10",),
    ("PSS", "sha384"): ("1.2.840.113549.1.1.10",),
    ("PSS", "sha512"): ("1.2.840.113549.1.1.10",),
    ("ECDSA", "sha256"): ("1.2.840.10045.4.3.2", "1.2.840.10045.2.1"),
    ("ECDSA", "sha384"): ("1.2.840.10045.4.3.3", "1.2.840.10045.2.1"),
    ("ECDSA", "sha512"): ("1.2.840.10045.4.3.4", "1.2.840.10045.2.1"),
}
"""Object identifiers of signature algorithms: the one with its digest before the one of the key, which leaves the digest open."""

_PSS_PARAMETERS: Final = {
    "sha256": "3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120",
    "sha384": "3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130",
    "sha512": "3034a00f300d06096086480165030402030500a11c301a06092a864886f70d010108300d06096086480165030402030500a203020140",
}
"""DER RSASSA-PSS-params with one digest for all and a salt as long as it (RFC 4055, 3.1)."""

_LIFETIME: Final = 3600
"""Seconds that an authorisation lasts where the service doesn't say (CSC API 1.0.4, 11.6)."""
_MARGIN: Final = 10
_PHASES: Final = 2
"""How often a batch is signed: its credentials, then its documents."""


@attrs.frozen
class Credential:
    """What a service says of a credential.

    Args:
        signature: object identifier of the signature algorithm.
        most: how many signatures one authorisation is good for.
        bound: whether an authorisation names the digests (SCAL2).
        pin: name of the PIN in an authorisation, empty where none is asked for.
        otp: name of the one-time password, likewise.
    """

    signature: str
    most: int
    bound: bool
    pin: str = ""
    otp: str = ""


@attrs.define
class Authorisation:
    """What the service lets us sign.

    Args:
        sad: the signature activation data.
        left: how many signatures.
        until: when it ends, by the clock of the service's client.
        fresh: whether nothing was signed with it yet.
    """

    sad: str = attrs.field(repr=False)
    left: int
    until: float
    fresh: bool = True


class CscSigner(Signer):
    """Signs with a key that a service keeps.

    Args:
        config: the settings.
        service: the way to it.
        credential: what it says of the credential.
        identity: who signs.
        refusals: what was refused in this process.
    """

    def __init__(
        self,
        config: CscConfig,
        *,
        service: Service,
        credential: Credential,
        identity: Identity,
        refusals: Refusals,
    ) -> None:
        self._config = config
        self._service = service
        self._credential = credential
        self._identity = identity
        self._refusals = refusals
        self._algorithm = ALGORITHMS[identity.algorithm]
        self._authorisation: Authorisation | None = None

    @property
    def identity(self) -> Identity:
        """Who signs."""
        return self._identity

    @property
    def most(self) -> int:
        """How many signatures one authorisation is good for, as the service says."""
        return self._credential.most

    def sign_many(self, to_be_signed: Sequence[bytes]) -> tuple[bytes, ...]:
        """Return one signature for each of the octets, in their order and in the form of JWS (RFC 7518, 3).

        Where authorisations name digests (SCAL2) there is one each time, else one for both phases of a batch; more only where the
        service authorises fewer signatures at once.

        Args:
            to_be_signed: what is to be signed, whole, not hashed.
        """
        hashes = digests(to_be_signed, algorithm=self._identity.algorithm)
        signatures: list[bytes] = []
        while len(signatures) < len(hashes):
            rest = hashes[len(signatures) :]
            allowed = self._authorised(rest)
            part = rest[: allowed.left]
            try:
                signatures += self._signed(part, sad=allowed.sad)
            except Refused as fault:
                self._authorisation = None
                # Some authorise one call only, whatever they say; a refusal means that nothing was signed.
                if allowed.fresh:
                    raise self._service.failure(fault) from fault
                continue
            except BaseException:
                self._authorisation = None
                raise
            allowed.left -= len(part)
            allowed.fresh = False
        return proven(signatures, over=to_be_signed, identity=self._identity, source=self._service.name)

    def _authorised(self, hashes: Sequence[bytes]) -> Authorisation:
        held = self._authorisation
        if held and held.left > 0 and not self._credential.bound and self._service.clock() < held.until:
            return held
        most = self._credential.most
        count = min(most, len(hashes) if self._credential.bound else _PHASES * len(hashes))
        self._authorisation = self._authorise(count, hashes=hashes[:count] if self._credential.bound else ())
        return self._authorisation

    def _authorise(self, count: int, *, hashes: Sequence[bytes]) -> Authorisation:
        config, credential, service = self._config, self._credential, self._service
        body: dict[str, Any] = {"credentialID": config.credential, "numSignatures": count}
        if hashes:
            body |= self._hashes(hashes) | (
                {} if service.first_version else {"hashAlgorithmOID": _DIGESTS[self._algorithm.digest]}
            )
        given: dict[str, str] = {}
        who = (config.url.encode(), config.credential.encode())
        pin = otp = None
        if credential.pin:
            pin = _reference(config.pin, member="pin")
            if self._refusals.know(pin, of=who):
                raise self._wrong_pin()
            given[credential.pin] = pin.decode()
        if credential.otp:
            otp = _reference(config.otp, member="otp")
            if self._refusals.know(otp, of=who):
                raise SealError(
                    message(
                        "the one-time password that signers.csc.otp leads to was used; put a new one there and start anew"
                    )
                )
            # Whatever becomes of it, it was sent.
            self._refusals.note(otp, of=who)
            given[credential.otp] = otp.decode()
        if service.first_version:
            body |= given
        elif given:
            body["authData"] = [{"id": name, "value": value} for name, value in given.items()]
        try:
            answer = service.ask("credentials/authorize", body)
        except Refused as fault:
            if pin is not None and fault.of_client:
                self._refusals.note(pin, of=who)
                raise self._wrong_pin(fault) from fault
            raise service.failure(fault) from fault
        sad = answer.text("SAD")
        lifetime = answer.number("expiresIn", default=_LIFETIME)
        return Authorisation(sad, count, service.clock() + max(lifetime - _MARGIN, 0))

    def _signed(self, hashes: Sequence[bytes], *, sad: str) -> list[bytes]:
        """Return the signatures over these digests, as many; asked for once, because an answer that was lost may have been made."""
        body: dict[str, Any] = {
            "credentialID": self._config.credential,
            "SAD": sad,
            "signAlgo": self._credential.signature,
            **self._hashes(hashes),
        }
        oid = _DIGESTS[self._algorithm.digest]
        body |= (
            {"hashAlgo": oid}
            if self._service.first_version
            else {"hashAlgorithmOID": oid, "operationMode": "S"}
        )
        if self._algorithm.kind == "PSS":
            body["signAlgoParams"] = b64encode(
                bytes.fromhex(_PSS_PARAMETERS[self._algorithm.digest])
            ).decode()
        answer = self._service.ask("signatures/signHash", body)
        found = answer.texts("signatures")
        if len(found) != len(hashes):
            raise SealError(
                message(
                    "{source} gave {signatures} signatures for {files} files; none of them is used",
                    source=self._service.name,
                    signatures=len(found),
                    files=len(hashes),
                )
            )
        return [answer.octets(one) for one in found]

    def _hashes(self, hashes: Sequence[bytes]) -> dict[str, Any]:
        name = "hash" if self._service.first_version else "hashes"
        return {name: [b64encode(one).decode() for one in hashes]}

    def _wrong_pin(self, fault: Refused | None = None) -> SealError:
        return SealError(
            message(
                "{service} refused ({reason}) to authorise with the PIN that signers.csc.pin leads to; it is not tried again, since "
                "wrong ones lock a credential; put the right one there and start anew",
                service=self._service.name,
                reason=fault.reason if fault else message("earlier"),
            )
        )


def open_signer(config: CscConfig, *, at: datetime, refusals: Refusals) -> CscSigner:
    """Return a signer whose key a service keeps, once the service was asked who signs.

    Args:
        config: the service, the credential, and where the secrets are.
        at: the time at which the seal certificate has to be valid (aware).
        refusals: what was refused in this process.

    Raises:
        SettingsError: if the settings contradict themselves, or a secret or file isn't where they say.
        SealError: if the service can't be asked, or credential or certificates won't do.
    """
    service = service_of(config)
    try:
        answer = service.ask(
            "credentials/info",
            {"credentialID": config.credential, "certificates": "chain", "certInfo": False, "authInfo": True},
            again=True,
        )
    except Refused as fault:
        raise service.failure(fault) from fault
    algorithm = ALGORITHMS[config.algorithm]
    key, cert = answer.member("key"), answer.member("cert")
    faults: list[Message] = []
    if (status := key.text("status", default="enabled")) != "enabled":
        faults.append(message("the service says that the key is {status}", status=status))
    if (status := cert.text("status", default="valid")) != "valid":
        faults.append(message("the service says that the certificate is {status}", status=status))
    able = key.texts("algo")
    signature = next((oid for oid in _SIGNATURES[algorithm.kind, algorithm.digest] if oid in able), None)
    if signature is None:
        faults.append(_unable(algorithm, able))
    try:
        ders = [cert.octets(one) for one in cert.texts("certificates")]
        for der in ders:
            parse(der)
        if config.chain:
            ders += from_pem(read_named_file(config.chain, member="signers.csc.chain"))
    except CertificateError as error:
        raise refused(service.name, [message_of(problem) for problem in error.problems]) from error
    if not ders:
        raise refused(service.name, [message("the service gives no certificate for the credential")])
    pin, otp, unfit = _asked_for(answer, config, first_version=service.first_version)
    identity = fit_identity(
        ders[0],
        among=ders[1:],
        algorithm=config.algorithm,
        at=at,
        source=service.name,
        faults=[*faults, *unfit],
    )
    credential = Credential(
        signature=signature or "",
        most=max(answer.number("multisign", default=1), 1),
        bound=answer.text("SCAL", default="1") == "2",
        pin=pin,
        otp=otp,
    )
    return CscSigner(config, service=service, credential=credential, identity=identity, refusals=refusals)


def _reference(reference: str | None, *, member: str) -> bytes:
    if reference is None:
        raise _not_set(member)
    return secret(reference, member=f"signers.csc.{member}")


def _not_set(member: str) -> SettingsError:
    return SettingsError(
        message(
            "the service wants a {member}; signers.csc.{member} has to say where it is",
            member=member,
        )
    )


def _asked_for(answer: Reply, config: CscConfig, *, first_version: bool) -> tuple[str, str, list[Message]]:
    """Return what PIN and one-time password are called in an authorisation, empty where none is wanted, and what is wrong with that."""
    if first_version:
        mode = answer.text("authMode", default="implicit")
        wanted = {
            name
            for name in ("PIN", "OTP")
            if name in answer.members and answer.member(name).text("presence", default="false") == "true"
        }
        pin, otp = ("PIN" if "PIN" in wanted else ""), ("OTP" if "OTP" in wanted else "")
    else:
        auth = answer.member("auth")
        mode = auth.text("mode", default="implicit")
        objects = [(one.text("type", default=""), one.text("id")) for one in auth.members_of("objects")]
        pin = next((name for kind, name in objects if kind == "Password"), "")
        otp = next((name for kind, name in objects if kind != "Password"), "")
    if mode == "implicit":
        return "", "", []
    if mode != "explicit":
        return (
            "",
            "",
            [
                message(
                    "the credential is authorised by a person in a browser ({mode}); one that is authorised by a PIN, or "
                    "by the service alone, would be right",
                    mode=mode,
                )
            ],
        )
    for name, reference, member in ((pin, config.pin, "pin"), (otp, config.otp, "otp")):
        if name and reference is None:
            raise _not_set(member)
    return pin, otp, []


def _unable(algorithm: Algorithm, able: Sequence[str]) -> Message:
    names = [
        name
        for name, one in ALGORITHMS.items()
        if (one.kind, one.digest) in _SIGNATURES and set(_SIGNATURES[one.kind, one.digest]) & set(able)
    ]
    return message(
        "the key can't sign with {algorithm}; it can with {able}",
        algorithm=algorithm.name,
        able=message("{able:comma}", able=names) if names else message("nothing"),
    )
