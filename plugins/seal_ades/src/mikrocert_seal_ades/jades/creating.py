"""Seal a text: from payload octets to what has to be signed, and with the signature to a sealed file, at level B-B.

A sealed file is a JSON Web Signature (RFC 7515) profiled by ETSI TS 119 182-1. Unless another `Form` is asked for it is one
line of JSON, `{"payload":"…","signatures":[{"protected":"…","signature":"…"}]}`: General serialization with the payload readable
inside (`b64` false). `layout` says why every octet of it is determined.

`prepare` and `finish` leave the signing to whoever has the key, once or for many files at a time; `seal` does all
three for one file. What makes a seal outlast its certificate is added afterwards.

Next: `extending`.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final, NoReturn, cast, get_args

import attrs

from mikrocert_seal_ades.jades import imprints, layout, strict_json
from mikrocert_seal_ades.jades.detached import Document, Mechanism, content_of, reference_to
from mikrocert_seal_ades.jades.encoding import base64_padded, base64url
from mikrocert_seal_ades.jades.errors import SealingError
from mikrocert_seal_ades.jades.header import Profile, Serialization
from mikrocert_seal_ades.jades.http_messages import HttpMessage, covered, reference_to_fields
from mikrocert_seal_ades.jades.strict_json import DEFAULT_LIMITS, Json
from mikrocert_seal_ades.jades.unsigned import LARGEST as LARGEST_UNSIGNED
from mikrocert_seal_ades.pki import timestamps, x509
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, lowered, verify
from mikrocert_seal_ades.pki.chains import LONGEST_CHAIN, sealing_key
from mikrocert_seal_ades.pki.errors import CertificateError, ServiceError
from mikrocert_seal_ades.pki.problems import phrase, problem
from mikrocert_seal_ades.pki.rfc3161 import Digest, Imprint, checked
from mikrocert_seal_ades.pki.timestamps import TokenError

_LARGEST: Final = DEFAULT_LIMITS.octets - LARGEST_UNSIGNED
"""The most octets of a file that can still be raised and read."""
_COMPACT: Final = re.compile(rb"[\x20-\x2d\x2f-\x7e]+")
"""What may stand between the dots of a compact serialization when it isn't base64url (RFC 7797, 5.2)."""


@attrs.frozen
class Form:
    """How a sealed file is written; the defaults are those of a European Digital Credential.

    Args:
        serialization: `general`, `flattened` or `compact` (RFC 7515, 7). A compact one has no place for what levels above B-B
            need.
        profile: `ts119182-1.2.1` (`iat`, whole seconds) or `edc-legacy` (`kid`, `sigT`, and every JAdES member critical, as
            Europass wrote until 2025; newer validators no longer call it a baseline signature).
        b64: whether the payload stands in the file in base64url; then it can be any octets. Otherwise it is text and stands
            there as such (RFC 7797, 3).
        content_type: `cty`, the media type of the payload without `application/` (RFC 7515, 4.1.10).
        mechanism: how documents outside the file are referred to (ETSI TS 119 182-1, 5.2.8): `ObjectIdByURIHash` by name and
            digest, `ObjectIdByURI` by name, so that the signature itself covers them.
    """

    serialization: Serialization = "general"
    profile: Profile = "ts119182-1.2.1"
    b64: bool = False
    content_type: str = "octet-stream"
    mechanism: Mechanism = "ObjectIdByURIHash"


DEFAULT_FORM: Final = Form()


@attrs.frozen
class Prepared:
    """A sealed file that lacks its signature.

    `to_be_signed` are the octets to be signed with `algorithm` (RFC 7515, 5.1; RFC 7797, 3). `public_key` is that of
    the seal certificate, a DER SubjectPublicKeyInfo. `detached` says that what is sealed stays outside the file.
    """

    to_be_signed: bytes = attrs.field(repr=False)
    algorithm: str
    public_key: bytes = attrs.field(repr=False)
    serialization: Serialization = "general"
    detached: bool = False


@attrs.frozen
class _Content:
    """What is sealed: as time-stamps cover it, as the signature covers it, and the `sigD` where it stays outside the file."""

    stamped: bytes
    signed: bytes
    reference: dict[str, Json] | None = None


def prepare(
    payload: bytes | Sequence[Document] | HttpMessage,
    *,
    certificates: Sequence[bytes],
    algorithm: str,
    at: datetime,
    form: Form = DEFAULT_FORM,
    content_timestamp: bytes | None = None,
) -> Prepared:
    """Return what has to be signed to seal `payload`; the same arguments give the same octets.

    `payload` is kept octet for octet; it is UTF-8 without a byte order mark unless it is written in base64url. Documents instead
    of it stay outside the file and may be anything; so does an HTTP message, of which header fields are covered.
    `certificates` are DER, the seal certificate first, each issued by the next; the root may be left out. `algorithm` is
    one of RFC 7518, 3.1 or `EdDSA` (RFC 8037, 3.1). `at` is the signing time to claim, aware. `content_timestamp` is a
    DER TimeStampToken over `content_imprint`; it proves that the payload was there before.

    Raises `SealingError`: payload, time, form, algorithm, key, certificates or time-stamp are at fault (ETSI TS 119 182-1
    v1.2.1, 5 and 6; RFC 7797).
    """
    content = _content(payload, form=form)
    if isinstance(payload, HttpMessage) and content_timestamp is not None:
        _fail("http-bare", where="content_timestamp")
    if at.utcoffset() is None:
        _fail("time-naive", where="at")
    try:
        if content_timestamp is not None:
            digest = cast("Digest", timestamps.read(content_timestamp).digest)
            checked(content_timestamp, imprint=Imprint.of(content.stamped, digest=digest))
        public_key = _public_key(tuple(certificates), algorithm)
        members = _header(
            certificates,
            algorithm,
            at.astimezone(UTC),
            form=form,
            token=content_timestamp,
            reference=content.reference,
        )
    except (CertificateError, ServiceError, TokenError) as fault:
        raise SealingError(*fault.problems) from fault
    protected = base64url(strict_json.dumps(members).encode("utf-8"))
    return Prepared(
        protected.encode("ascii") + b"." + content.signed,
        algorithm,
        public_key,
        form.serialization,
        detached=content.reference is not None,
    )


def content_imprint(
    payload: bytes | Sequence[Document], *, form: Form = DEFAULT_FORM, digest: Digest = "sha256"
) -> Imprint:
    """Return what a content time-stamp (`adoTst`) of `payload` covers: the payload as it is signed.

    Raises `SealingError` for a payload that can't be sealed in this form (ETSI TS 119 182-1, 5.2.6).
    """
    pieces = imprints.of_content(_content(payload, form=form).stamped)
    return Imprint(digest, imprints.digest(pieces, algorithm=digest))


def finish(prepared: Prepared, *, signature: bytes) -> bytes:
    """Return the sealed file, once `signature` was verified with the key of the seal certificate.

    `signature` is that over `prepared.to_be_signed`, in the form of JWS: for ES256 the 64 octets of r and s.

    Raises `SealingError` when it is not.
    """
    algorithm = ALGORITHMS[prepared.algorithm]
    wrong = verify(
        prepared.to_be_signed, signature=signature, algorithm=algorithm, public_key=prepared.public_key
    )
    if wrong:
        raise SealingError(problem("signer-mismatch", reason=phrase(wrong.text, **wrong.parameters)))
    sealed = layout.file_of(
        prepared.serialization,
        signing_input=prepared.to_be_signed,
        signature=lowered(signature, algorithm=algorithm),
        detached=prepared.detached,
    )
    if len(sealed) > _LARGEST:
        _fail("payload-too-large", where="payload", size=len(sealed), limit=_LARGEST)
    return sealed


def seal(
    payload: bytes | Sequence[Document] | HttpMessage,
    *,
    sign: Callable[[bytes], bytes],
    certificates: Sequence[bytes],
    algorithm: str,
    at: datetime,
    form: Form = DEFAULT_FORM,
    content_timestamp: bytes | None = None,
) -> bytes:
    """Return the sealed file around `payload`; `sign` returns the signature over octets, in the form of JWS.

    The rest is as `prepare` and `finish` have it. Raises `SealingError`, and whatever `sign` raises.
    """
    prepared = prepare(
        payload,
        certificates=certificates,
        algorithm=algorithm,
        at=at,
        form=form,
        content_timestamp=content_timestamp,
    )
    return finish(prepared, signature=sign(prepared.to_be_signed))


@lru_cache(maxsize=32)
def _public_key(certificates: tuple[bytes, ...], algorithm: str) -> bytes:
    """Return the key of the seal certificate, once the chain is found to be one; a batch has the same chain again and again."""
    public_key = sealing_key(certificates, algorithm=algorithm, allowed=tuple(ALGORITHMS))
    if len(certificates) > LONGEST_CHAIN:
        right = phrase("at most {longest_chain} certificates", longest_chain=LONGEST_CHAIN)
        _fail("header-value", where="x5c", right=right)
    for number, (certificate, issuer) in enumerate(pairwise(certificates), start=1):
        if not x509.issued(certificate, by=issuer):
            _fail("x5c-broken", where="x5c", number=number)
    return public_key


def _content(payload: bytes | Sequence[Document] | HttpMessage, *, form: Form) -> _Content:
    """Return the payload as it stands in the file and under the signature."""
    for name, value, allowed in (
        ("serialization", form.serialization, get_args(Serialization)),
        ("profile", form.profile, get_args(Profile)),
        ("mechanism", form.mechanism, get_args(Mechanism)),
    ):
        if value not in allowed:
            _fail("form-unknown", where=name, name=value, allowed=", ".join(allowed))
    if not payload:
        _fail("payload-empty", where="payload")
    if isinstance(payload, bytes):
        octets = _inside(payload, form=form)
        return _Content(octets, octets)
    if isinstance(payload, HttpMessage):
        if form.b64:
            _fail("http-base64", where="b64")
        signed, problems = covered(payload, payload.names, where="payload")
        if problems or not payload.names:
            raise SealingError(*(problems or (problem("payload-empty", where="payload"),)))
        return _Content(signed, signed, reference_to_fields(payload.names))
    outside = b"".join(content_of(payload, b64=form.b64))
    reference = reference_to(payload, mechanism=form.mechanism, b64=form.b64, content_type=form.content_type)
    return _Content(outside, outside if form.mechanism == "ObjectIdByURI" else b"", reference)


def _inside(payload: bytes, *, form: Form) -> bytes:
    """Return the payload as it stands in the file and under the signature."""
    if form.b64:
        return base64url(payload).encode("ascii")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise SealingError(problem("payload-not-text", where=f"octet {fault.start}")) from fault
    if text.startswith("\ufeff"):
        _fail("payload-not-text", where="octet 0")
    if form.serialization == "compact" and not _COMPACT.fullmatch(payload):
        _fail("payload-not-compact", where="payload")
    return payload


def _header(
    certificates: Sequence[bytes],
    algorithm: str,
    at: datetime,
    *,
    form: Form,
    token: bytes | None,
    reference: dict[str, Json] | None,
) -> dict[str, Json]:
    """Return the protected header, its members in the order of the official samples (ETSI TS 119 182-1, 5.1 and 5.2)."""
    legacy = form.profile == "edc-legacy"
    members: dict[str, Json] = {"alg": algorithm}
    if reference is None:
        members["cty"] = form.content_type
    if legacy:
        members["kid"] = base64_padded(x509.issuer_serial(certificates[0]))
    members["x5t#S256"] = base64url(hashlib.sha256(certificates[0]).digest())
    members["x5c"] = [base64_padded(certificate) for certificate in certificates]
    members["typ"] = "jose" if form.serialization == "compact" else "jose+json"
    if not form.b64:
        members["b64"] = False
    if legacy:
        members["sigT"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    else:
        members["iat"] = int(at.timestamp())
    if token is not None:
        members["adoTst"] = {"tstTokens": [{"val": base64_padded(token)}]}
    if reference is not None:
        members["sigD"] = reference
    # v1.1.1 wants every member that JAdES defines to be critical, v1.2.1 only what changes how the rest is read.
    critical = ("b64", "sigT", "adoTst", "sigD") if legacy else ("b64", "sigD")
    listed: list[Json] = [name for name in critical if name in members]
    if listed:
        members["crit"] = listed
    return members


def _fail(code: str, *, where: str = "", **values: object) -> NoReturn:
    raise SealingError(problem(code, where=where, **values))
