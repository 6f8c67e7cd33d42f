"""Time-stamps asked for: what is asked, and whether what comes back is what was asked for (RFC 3161; RFC 5816).

An authority that answers something else than the question (another imprint, nonce or policy, a token that its own
certificate doesn't hold up) is refused here, before its token stands in a file for good.
"""

import hashlib
import importlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NoReturn, Protocol, TypeAlias

import attrs

from mikrocert_seal_ades.pki import timestamps, x509
from mikrocert_seal_ades.pki.errors import ServiceError
from mikrocert_seal_ades.pki.problems import Phrase, phrase, problem, reason_of
from mikrocert_seal_ades.pki.timestamps import Token, TokenError

Digest: TypeAlias = Literal["sha256", "sha384", "sha512"]

DIGESTS: Final[tuple[Digest, ...]] = ("sha256", "sha384", "sha512")
LARGEST: Final = 256 * 1024
"""The most octets of an answer that is read; real ones have some six thousand."""
SKEW: Final = timedelta(minutes=5)
"""By how much the clock here and that of an authority may differ."""
_GRANTED: Final = frozenset({"granted", "granted_with_mods"})


@attrs.frozen
class Imprint:
    """The digest of what a time-stamp covers (RFC 3161, 2.4.1): `sha256`, `sha384` or `sha512`, and its octets."""

    digest: Digest
    octets: bytes

    @classmethod
    def of(cls, covered: bytes, *, digest: Digest = "sha256") -> "Imprint":
        """Return the imprint of the octets `covered`."""
        return cls(digest, hashlib.new(digest, covered).digest())


class TimeStamper(Protocol):
    """Whoever makes time-stamps: a service that is asked over the network, or one in the same process."""

    def stamp(self, imprints: Sequence[Imprint]) -> Sequence[bytes]:
        """Return one TimeStampToken, DER, for each of `imprints`, in their order.

        All imprints of a batch come at once, so that they can be asked for side by side. Raises `ServiceError` when one of
        them can't be had; then none counts.
        """
        ...


def request_for(imprint: Imprint, *, nonce: int, policy: str | None = None) -> bytes:
    """Return the DER TimeStampReq for `imprint` that asks for certificates and, where there is one, for `policy`."""
    tsp = x509.asn1crypto("tsp")
    asked: dict[str, Any] = {
        "version": "v1",
        "message_imprint": {
            "hash_algorithm": {"algorithm": imprint.digest},
            "hashed_message": imprint.octets,
        },
        "nonce": nonce,
        "cert_req": True,
    }
    if policy is not None:
        asked["req_policy"] = policy
    octets: bytes = tsp.TimeStampReq(asked).dump()
    return octets


def token_in(
    response: bytes, *, imprint: Imprint, nonce: int, at: datetime, policy: str | None = None
) -> bytes:
    """Return the token in a DER TimeStampResp, once it is found to be what was asked for (RFC 3161, 2.2 and 2.4.2).

    `at` is when it came (aware): a token of another time is none of now, whoever's clock is wrong. Raises `ServiceError`: the request was rejected, or the answer is to another question or no good token.
    """
    if len(response) > LARGEST:
        _refuse(phrase("its answer has {size} octets, more than {limit}", size=len(response), limit=LARGEST))
    try:
        answer = _asn1().TimeStampResp.load(response, strict=True)
        status, token = answer["status"], answer["time_stamp_token"]
        granted = status["status"].native in _GRANTED
        texts = [status["status"].native, *(status["status_string"].native or ())]
        reason = "; ".join([*texts, *sorted(status["fail_info"].native or ())])
        octets: bytes = token.dump() if granted else b""
    except Exception as fault:
        raise _unreadable(fault) from fault
    if not granted:
        raise ServiceError(problem("timestamp-rejected", reason=reason))
    found, _ = checked(octets, imprint=imprint)
    if token["content"]["encap_content_info"]["content"].parsed["nonce"].native != nonce:
        _refuse(phrase("its nonce is not the one that was sent"))
    if policy is not None and found.policy != policy:
        _refuse(phrase("it is made under the policy {policy}", policy=found.policy))
    if abs(found.time - at) > SKEW:
        _refuse(phrase("it says {time} when it is {now} here", time=found.time, now=at))
    return octets


def checked(token: bytes, *, imprint: Imprint) -> tuple[Token, bytes]:
    """Return what a DER TimeStampToken says and the certificate of its unit, once it is found whole and over `imprint`.

    Whether the unit is trusted is not asked. It has to carry the certificate of its unit. Raises `ServiceError`.
    """
    try:
        found = timestamps.read(token)
    except TokenError as fault:
        raise ServiceError(*fault.problems) from fault
    unit = found.unit()
    if unit is None:
        _refuse(phrase("it does not carry its certificate"))
    if faults := found.examine(unit=unit):
        raise ServiceError(*faults)
    if (found.digest, found.imprint) != (imprint.digest, imprint.octets):
        _refuse(phrase("it covers something else"))
    return found, unit


def _asn1() -> Any:  # noqa: ANN401  asn1crypto is untyped
    return importlib.import_module("mikrocert_seal_ades.pki.asn1")


def _refuse(reason: Phrase) -> NoReturn:
    raise ServiceError(problem("timestamp-refused", reason=reason))


def _unreadable(fault: BaseException) -> ServiceError:
    reason = phrase("it is unreadable ({reason})", reason=reason_of(fault))
    return ServiceError(problem("timestamp-refused", reason=reason))
