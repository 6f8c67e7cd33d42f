"""The envelope: octets as they are, and beside them who signed them, when and how."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from mikrocert.api import (
    CheckResult,
    Envelope,
    EnvelopeError,
    Finding,
    OpenedEnvelope,
    Outcome,
    Prepared,
    SealError,
    SealInfo,
    is_test,
    message,
    owner_of,
    strict_json,
    structured,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mikrocert.api import Identity, SealOwner, Services, Trust

__all__ = ["Detached"]

_START, _MIDDLE, _END = b'{"proof":', b',"signed":"', b'"}'
_BROKEN = Finding.error("no-detached", "this is no file with a detached signature")


@attrs.frozen
class _Proof:
    """Who signed, when and how.

    Args:
        algorithm: ES256 is the only one.
        certificates: DER in base64, the seal certificate first.
        at: the signing time claimed, in UTC.
        signature: in base64, in the form of JWS; empty in what is signed.
    """

    algorithm: str
    certificates: tuple[str, ...]
    at: str
    signature: str = ""

    def head(self) -> bytes:
        """Return it as it stands in a file."""
        members = {name: value for name, value in attrs.asdict(self).items() if value}
        return strict_json.dumps(members).encode()


class Detached(Envelope):
    """Secures octets by a signature beside them."""

    def prepare(self, payload: bytes, *, identity: Identity, at: datetime) -> Prepared:
        """Sign the proof and the payload."""
        if at.utcoffset() is None or identity.algorithm != "ES256":
            raise SealError(message("a detached signature needs ES256 and an aware time"))
        time = at.astimezone(UTC).replace(microsecond=0).isoformat()
        chain = tuple(base64.b64encode(certificate).decode() for certificate in identity.certificates)
        proof = _Proof(identity.algorithm, chain, time)
        return Prepared(_signed(proof, payload), identity.algorithm, (proof, payload))

    def finish_many(
        self, prepared: Sequence[Prepared], signatures: Sequence[bytes], *, services: Services
    ) -> tuple[bytes, ...]:
        """Put the signatures in."""
        return tuple(map(_finished, prepared, signatures))

    def recognises(self, data: bytes) -> bool:
        """Return whether it begins as such a file does."""
        return data.startswith(_START)

    def open(self, data: bytes) -> OpenedEnvelope:
        """Take proof and payload apart."""
        head, middle, rest = data.removeprefix(_START).partition(_MIDDLE)
        if not (data.startswith(_START) and middle and rest.endswith(_END)):
            raise EnvelopeError([_BROKEN])
        proof = structured(strict_json.loads(head, refuse=EnvelopeError), _Proof, refuse=EnvelopeError)
        payload = _decoded(rest.removesuffix(_END).decode("latin-1"))
        _decoded(proof.signature)
        if _file(proof, payload) != data:
            raise EnvelopeError([_BROKEN])
        try:
            claimed = datetime.fromisoformat(proof.at)
        except ValueError as error:
            raise EnvelopeError([_BROKEN]) from error
        seal = SealInfo("Detached", None, _owner(proof), claimed)
        return OpenedEnvelope("detached", payload, (seal,), proof)

    def examine(self, opened: OpenedEnvelope, *, trust: Trust, at: datetime) -> tuple[CheckResult, ...]:
        """Judge signature and chain."""
        proof = opened.content
        if not isinstance(proof, _Proof):
            raise TypeError(proof)
        chain = [_decoded(certificate) for certificate in proof.certificates]
        intact = bool(chain) and _fits(proof, opened.payload, chain[0])
        changed = Finding.error("changed", "The signature doesn't fit the content.")
        sound = Finding.info("intact", "The signature fits the content.")
        return (
            CheckResult.of("integrity", (sound if intact else changed,)),
            _trust(chain, trust=trust, at=at),
        )


def _trust(chain: list[bytes], *, trust: Trust, at: datetime) -> CheckResult:
    if is_test(chain) and not trust.sandbox:
        return CheckResult.of("trust", (Finding.error("test-seal", "A test seal proves nothing here."),))
    issued = bool(chain) and _leads_to_anchor(chain, trust=trust, at=at)
    trusted = Finding.info("trusted", "A trusted root issued the certificate.")
    foreign = Finding.warning("untrusted", "No trusted root issued the certificate.")
    return CheckResult(
        "trust", Outcome.PASSED if issued else Outcome.UNDETERMINED, (trusted if issued else foreign,)
    )


def _leads_to_anchor(chain: list[bytes], *, trust: Trust, at: datetime) -> bool:
    """Return whether each certificate was issued by the next one, up to one that an anchor issued."""
    for number, certificate in enumerate(chain):
        if any(_issued(certificate, by=anchor, at=at) for anchor in trust.anchors):
            return True
        if not any(_issued(certificate, by=issuer, at=at) for issuer in chain[number + 1 : number + 2]):
            return False
    return False


def _issued(certificate: bytes, *, by: bytes, at: datetime) -> bool:
    try:
        leaf, root = x509.load_der_x509_certificate(certificate), x509.load_der_x509_certificate(by)
        leaf.verify_directly_issued_by(root)
    except Exception:  # noqa: BLE001 - whatever stops the library at a hostile certificate, it proves nothing
        return False
    return all(one.not_valid_before_utc <= at <= one.not_valid_after_utc for one in (leaf, root))


def _owner(proof: _Proof) -> SealOwner | None:
    try:
        return owner_of([_decoded(certificate) for certificate in proof.certificates])
    except SealError:
        return None


def _signed(proof: _Proof, payload: bytes) -> bytes:
    return attrs.evolve(proof, signature="").head() + b"\n" + payload


def _file(proof: _Proof, payload: bytes) -> bytes:
    return _START + proof.head() + _MIDDLE + base64.b64encode(payload) + _END


def _finished(prepared: Prepared, signature: bytes) -> bytes:
    if not (isinstance(prepared.unfinished, tuple) and isinstance(prepared.unfinished[0], _Proof)):
        raise TypeError(prepared.unfinished)
    proof, payload = prepared.unfinished
    proof = attrs.evolve(proof, signature=base64.b64encode(signature).decode())
    if not _fits(proof, payload, _decoded(proof.certificates[0])):
        raise SealError(message("the signature doesn't fit what was to be signed"))
    return _file(proof, payload)


def _fits(proof: _Proof, payload: bytes, certificate: bytes) -> bool:
    signature = _decoded(proof.signature)
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) or len(signature) != 64:
            return False
        key.verify(encode_dss_signature(r, s), _signed(proof, payload), ec.ECDSA(hashes.SHA256()))
    except Exception:  # noqa: BLE001 - whatever stops the library at a hostile key, it proves nothing
        return False
    return True


def _decoded(text: str) -> bytes:
    """Read base64 as only one text can be written."""
    try:
        octets = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise EnvelopeError([_BROKEN]) from error
    if base64.b64encode(octets).decode() != text:
        raise EnvelopeError([_BROKEN])
    return octets
