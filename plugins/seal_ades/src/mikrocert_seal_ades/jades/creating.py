"""Seal a text: from payload octets and a signer to the octets of a sealed file, at level B-B.

A sealed file is one line of JSON, `{"payload":"…","signatures":[{"protected":"…","signature":"…"}]}`: a JSON Web
Signature in General serialization with the payload readable inside (`b64` false), profiled by ETSI TS 119 182-1.
`layout` says why every octet of it is determined.

Next: `reading`.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, NoReturn, Protocol

import attrs
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from mikrocert_seal_ades.jades import layout, strict_json
from mikrocert_seal_ades.jades.encoding import base64_padded, base64url
from mikrocert_seal_ades.jades.errors import SealingError
from mikrocert_seal_ades.jades.header import Profile
from mikrocert_seal_ades.jades.strict_json import Json
from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, PrivateKey, key_problem, sign, verify
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.problems import problem, reason_of

SEALING_ALGORITHMS: Final = ("RS256", "PS256", "ES256")
DEFAULT_PROFILE: Final[Profile] = "ts119182-1.2.1"


class Signer(Protocol):
    """A key that can sign, wherever it lives, and the certificates that say whose it is."""

    @property
    def certificate_chain(self) -> tuple[bytes, ...]:
        """DER certificates, the seal certificate first, each issued by the next; the root may be left out."""
        ...

    @property
    def algorithm(self) -> str:
        """`RS256`, `PS256` or `ES256` (RFC 7518, 3.1)."""
        ...

    def sign(self, octets: bytes) -> bytes:
        """Return the signature over `octets` in the form of JWS: for ES256 the 64 octets of r and s."""
        ...


@attrs.frozen
class KeySigner:
    """A `Signer` over a private key of `cryptography` that was loaded once and is held in memory.

    Raises `SealingError` when the key does not fit the algorithm or the seal certificate.
    """

    certificate_chain: tuple[bytes, ...]
    algorithm: str
    key: PrivateKey = attrs.field(repr=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse a key that could only make signatures nobody accepts."""
        leaf = _check_signer(self)
        if unfit := key_problem(self.key, algorithm=ALGORITHMS[self.algorithm]):
            raise SealingError(unfit)
        own = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if own != leaf:
            raise SealingError(problem("signer-mismatch", reason="the private key is another one"))

    def sign(self, octets: bytes) -> bytes:
        """Return the signature over `octets` in the form of JWS."""
        return sign(octets, algorithm=ALGORITHMS[self.algorithm], key=self.key)


def seal(payload: bytes, *, signer: Signer, at: datetime, profile: Profile = DEFAULT_PROFILE) -> bytes:
    """Return the sealed file around `payload`, signed by `signer`, which claims to have done so `at` an aware time.

    `payload` is UTF-8 without a byte order mark and is kept octet for octet. `profile` is `ts119182-1.2.1` (`iat`,
    whole seconds) or `edc-legacy` (`sigT`, as Europass wrote until 2025; newer validators no longer call it a
    baseline signature). The signature is verified with the key of the seal certificate before anything is returned.

    Raises `SealingError`: payload, time, algorithm, key or certificates are at fault, or the signer failed
    (ETSI TS 119 182-1 v1.2.1, 5 and 6; RFC 7797).
    """
    text = _payload_text(payload)
    if at.utcoffset() is None:
        _fail("time-naive", where="at")
    if profile not in _PROFILES:
        _fail("profile-unknown", where="profile", name=profile, allowed=", ".join(_PROFILES))
    public_key = _check_signer(signer)
    header = strict_json.dumps(_PROFILES[profile](signer, at.astimezone(UTC)))
    protected = base64url(header.encode("utf-8"))
    signing_input = protected.encode("ascii") + b"." + payload
    try:
        signature = bytes(signer.sign(signing_input))
    except Exception as fault:
        raise SealingError(problem("signer-failed", reason=reason_of(fault))) from fault
    wrong = verify(
        signing_input, signature=signature, algorithm=ALGORITHMS[signer.algorithm], public_key=public_key
    )
    if wrong:
        raise SealingError(problem("signer-mismatch", reason=wrong.en))
    return layout.octets_of(
        {"payload": text, "signatures": [{"protected": protected, "signature": base64url(signature)}]}
    )


def _payload_text(payload: bytes) -> str:
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise SealingError(problem("payload-not-text", where=f"octet {fault.start}")) from fault
    if text.startswith("\ufeff"):
        _fail("payload-not-text", where="octet 0")
    if not text:
        _fail("payload-empty", where="payload")
    return text


def _check_signer(signer: Signer) -> bytes:
    """The public key of the seal certificate, if algorithm, key and certificates may be used at all."""
    if signer.algorithm not in SEALING_ALGORITHMS:
        _fail("algorithm-unavailable", alg=signer.algorithm, allowed=", ".join(SEALING_ALGORITHMS))
    if not signer.certificate_chain:
        _fail("chain-empty")
    try:
        for certificate in signer.certificate_chain:
            x509.parse(certificate)
        public_key = x509.public_key(signer.certificate_chain[0])
        unfit = key_problem(load_der_public_key(public_key), algorithm=ALGORITHMS[signer.algorithm])
    except CertificateError as fault:
        raise SealingError(*fault.problems) from fault
    except Exception as fault:
        raise SealingError(problem("certificate-unreadable", reason=reason_of(fault))) from fault
    if unfit:
        raise SealingError(unfit)
    return public_key


def _header_of_2024(signer: Signer, at: datetime) -> dict[str, Json]:
    """ETSI TS 119 182-1 v1.2.1: `iat`, and only `b64` critical."""
    return {**_certified(signer), "iat": int(at.timestamp()), "crit": ["b64"]}


def _header_of_2021(signer: Signer, at: datetime) -> dict[str, Json]:
    """ETSI TS 119 182-1 v1.1.1 as Europass writes it: `kid`, `sigT`, and every JAdES member critical."""
    members = _certified(signer)
    kid = base64_padded(x509.issuer_serial(signer.certificate_chain[0]))
    written = {"alg": members.pop("alg"), "cty": members.pop("cty"), "kid": kid, **members}
    return {**written, "sigT": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "crit": ["b64", "sigT"]}


def _certified(signer: Signer) -> dict[str, Json]:
    return {
        "alg": signer.algorithm,
        "cty": "octet-stream",
        "x5t#S256": base64url(hashlib.sha256(signer.certificate_chain[0]).digest()),
        "x5c": [base64_padded(certificate) for certificate in signer.certificate_chain],
        "typ": "jose+json",
        "b64": False,
    }


_PROFILES: Final[Mapping[Profile, Callable[[Signer, datetime], dict[str, Json]]]] = {
    "ts119182-1.2.1": _header_of_2024,
    "edc-legacy": _header_of_2021,
}


def _fail(code: str, *, where: str = "", **values: object) -> NoReturn:
    raise SealingError(problem(code, where=where, **values))
