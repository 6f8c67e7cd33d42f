"""Seal a text: from payload octets to what has to be signed, and with the signature to a sealed file, at level B-B.

A sealed file is one line of JSON, `{"payload":"…","signatures":[{"protected":"…","signature":"…"}]}`: a JSON Web
Signature in General serialization with the payload readable inside (`b64` false), profiled by ETSI TS 119 182-1.
`layout` says why every octet of it is determined.

`prepare` and `finish` leave the signing to whoever has the key, once or for many files at a time; `seal` does all
three for one file.

Next: `reading`.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NoReturn

import attrs

from mikrocert_seal_ades.jades import layout, strict_json
from mikrocert_seal_ades.jades.encoding import base64_padded, base64url
from mikrocert_seal_ades.jades.errors import SealingError
from mikrocert_seal_ades.jades.header import Profile
from mikrocert_seal_ades.jades.strict_json import Json
from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, lowered, verify
from mikrocert_seal_ades.pki.chains import sealing_key
from mikrocert_seal_ades.pki.errors import CertificateError
from mikrocert_seal_ades.pki.problems import phrase, problem

DEFAULT_PROFILE: Final[Profile] = "ts119182-1.2.1"


@attrs.frozen
class Prepared:
    """A sealed file that lacks its signature.

    `to_be_signed` are the octets to be signed with `algorithm` (RFC 7515, 5.1; RFC 7797, 3). `public_key` is that of
    the seal certificate, a DER SubjectPublicKeyInfo.
    """

    to_be_signed: bytes = attrs.field(repr=False)
    algorithm: str
    public_key: bytes = attrs.field(repr=False)


def prepare(
    payload: bytes,
    *,
    certificates: Sequence[bytes],
    algorithm: str,
    at: datetime,
    profile: Profile = DEFAULT_PROFILE,
) -> Prepared:
    """Return what has to be signed to seal `payload`; the same arguments give the same octets.

    `payload` is UTF-8 without a byte order mark and is kept octet for octet. `certificates` are DER, the seal
    certificate first, each issued by the next; the root may be left out. `algorithm` is `RS256`, `PS256` or `ES256`
    (RFC 7518, 3.1). `at` is the signing time to claim, aware. `profile` is `ts119182-1.2.1` (`iat`, whole seconds)
    or `edc-legacy` (`sigT`, as Europass wrote until 2025; newer validators no longer call it a baseline signature).

    Raises `SealingError`: payload, time, algorithm, key or certificates are at fault (ETSI TS 119 182-1 v1.2.1, 5
    and 6; RFC 7797).
    """
    _check_payload(payload)
    if at.utcoffset() is None:
        _fail("time-naive", where="at")
    if profile not in _PROFILES:
        _fail("profile-unknown", where="profile", name=profile, allowed=", ".join(_PROFILES))
    try:
        public_key = sealing_key(certificates, algorithm=algorithm)
        members = _PROFILES[profile](certificates, algorithm, at.astimezone(UTC))
    except CertificateError as fault:
        raise SealingError(*fault.problems) from fault
    protected = base64url(strict_json.dumps(members).encode("utf-8"))
    return Prepared(protected.encode("ascii") + b"." + payload, algorithm, public_key)


def finish(prepared: Prepared, *, signature: bytes) -> bytes:
    """Return the sealed file, once `signature` was verified with the key of the seal certificate.

    `signature` is that over `prepared.to_be_signed`, in the form of JWS: for ES256 the 64 octets of r and s.

    Raises `SealingError` when it is not.
    """
    wrong = verify(
        prepared.to_be_signed,
        signature=signature,
        algorithm=ALGORITHMS[prepared.algorithm],
        public_key=prepared.public_key,
    )
    if wrong:
        raise SealingError(problem("signer-mismatch", reason=phrase(wrong.text, **wrong.parameters)))
    signature = lowered(signature, algorithm=ALGORITHMS[prepared.algorithm])
    protected, _, payload = prepared.to_be_signed.decode("utf-8").partition(".")
    return layout.octets_of(
        {"payload": payload, "signatures": [{"protected": protected, "signature": base64url(signature)}]}
    )


def seal(
    payload: bytes,
    *,
    sign: Callable[[bytes], bytes],
    certificates: Sequence[bytes],
    algorithm: str,
    at: datetime,
    profile: Profile = DEFAULT_PROFILE,
) -> bytes:
    """Return the sealed file around `payload`; `sign` returns the signature over octets, in the form of JWS.

    The rest is as `prepare` and `finish` have it. Raises `SealingError`, and whatever `sign` raises.
    """
    prepared = prepare(payload, certificates=certificates, algorithm=algorithm, at=at, profile=profile)
    return finish(prepared, signature=sign(prepared.to_be_signed))


def _check_payload(payload: bytes) -> None:
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise SealingError(problem("payload-not-text", where=f"octet {fault.start}")) from fault
    if text.startswith("\ufeff"):
        _fail("payload-not-text", where="octet 0")
    if not text:
        _fail("payload-empty", where="payload")


def _header_of_2024(certificates: Sequence[bytes], algorithm: str, at: datetime) -> dict[str, Json]:
    """ETSI TS 119 182-1 v1.2.1: `iat`, and only `b64` critical."""
    return {**_certified(certificates, algorithm), "iat": int(at.timestamp()), "crit": ["b64"]}


def _header_of_2021(certificates: Sequence[bytes], algorithm: str, at: datetime) -> dict[str, Json]:
    """ETSI TS 119 182-1 v1.1.1 as Europass writes it: `kid`, `sigT`, and every JAdES member critical."""
    members = _certified(certificates, algorithm)
    kid = base64_padded(x509.issuer_serial(certificates[0]))
    head: dict[str, Json] = {"alg": members.pop("alg"), "cty": members.pop("cty"), "kid": kid}
    return {**head, **members, "sigT": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "crit": ["b64", "sigT"]}


def _certified(certificates: Sequence[bytes], algorithm: str) -> dict[str, Json]:
    return {
        "alg": algorithm,
        "cty": "octet-stream",
        "x5t#S256": base64url(hashlib.sha256(certificates[0]).digest()),
        "x5c": [base64_padded(certificate) for certificate in certificates],
        "typ": "jose+json",
        "b64": False,
    }


_PROFILES: Final[Mapping[Profile, Callable[[Sequence[bytes], str, datetime], dict[str, Json]]]] = {
    "ts119182-1.2.1": _header_of_2024,
    "edc-legacy": _header_of_2021,
}


def _fail(code: str, *, where: str = "", **values: object) -> NoReturn:
    raise SealingError(problem(code, where=where, **values))
