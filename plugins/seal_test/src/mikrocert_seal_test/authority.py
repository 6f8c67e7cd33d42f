"""What a sandbox answers when asked: time-stamps, the state of its certificates, and revocation lists.

Everything is answered inside the process; nothing listens on the network.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from mikrocert.api import TEST_POLICY, SealError, message
from mikrocert_seal_ades.pades.cms import sequence_of
from mikrocert_seal_ades.pki.der import longest_identifier
from mikrocert_seal_ades.pki.x509 import LONGEST_IDENTIFIER, asn1crypto

if TYPE_CHECKING:
    from mikrocert_seal_test.certificates import Member
    from mikrocert_seal_test.state import Sandbox

__all__ = ["revocation_list", "revocation_state", "timestamp"]

# By their identifiers: of attributes asn1crypto knows the names later than when several threads may ask.
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"

_DIGEST_SIZES: Final = {"sha256": 32, "sha384": 48, "sha512": 64}
_FRESH: Final = timedelta(days=1)


def timestamp(sandbox: Sandbox, request: bytes, *, at: datetime) -> bytes:
    """Return a TimeStampResp: granted with a token by the sandbox's time-stamp unit, or rejected with the reason.

    Args:
        sandbox: whose unit answers.
        request: TimeStampReq, DER.
        at: the time to attest (aware); written in UTC with whole seconds.

    Raises:
        SealError: if the request can't be read (RFC 3161, 2.4).
    """
    _check_identifiers(request)
    tsp: Any = asn1crypto("tsp")
    try:
        asked = tsp.TimeStampReq.load(request, strict=True)
        imprint = asked["message_imprint"]
        algorithm, digest = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native
        policy, nonce = asked["req_policy"].native, asked["nonce"].native
        certificates_wanted = bool(asked["cert_req"].native)
    except Exception as error:
        raise SealError(message("this is no time-stamp request (RFC 3161, 2.4)")) from error
    if _DIGEST_SIZES.get(algorithm) != len(digest):
        return _rejected("bad_alg", "SHA-256, SHA-384 and SHA-512 are accepted")
    if policy not in {None, TEST_POLICY}:
        return _rejected("unaccepted_policy", f"the only policy is {TEST_POLICY}")
    info = {
        "version": "v1",
        "policy": TEST_POLICY,
        "message_imprint": imprint,
        "serial_number": x509.random_serial_number(),
        "gen_time": at.astimezone(UTC).replace(microsecond=0),
        "accuracy": {"seconds": 1},
    }
    if nonce is not None:
        info["nonce"] = nonce
    chain = [sandbox.members[name] for name in ("tsa", "authority", "root")] if certificates_wanted else []
    token = _token(tsp.TSTInfo(info).dump(), unit=sandbox.members["tsa"], chain=chain)
    response: bytes = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump()
    return response


def _check_identifiers(request: bytes) -> None:
    """Refuse what would cost whoever parses it the square of its length."""
    if longest_identifier(request) > LONGEST_IDENTIFIER:
        raise SealError(
            message(
                "this is no request: an object identifier has at most {most} octets", most=LONGEST_IDENTIFIER
            )
        )


def _rejected(failure: str, reason: str) -> bytes:
    tsp: Any = asn1crypto("tsp")
    status = {"status": "rejection", "status_string": [reason], "fail_info": {failure}}
    # asn1crypto takes the token for mandatory; in a rejection it is absent.
    return sequence_of(tsp.PKIStatusInfo(status).dump())


def _token(info: bytes, *, unit: Member, chain: list[Member]) -> Any:  # noqa: ANN401  asn1crypto is untyped
    """Return the signed time-stamp (RFC 3161, 2.4.2; RFC 5816)."""
    cms: Any = asn1crypto("cms")
    tsp: Any = asn1crypto("tsp")
    own = asn1crypto("x509").Certificate.load(unit.certificate.public_bytes(Encoding.DER))
    reference = {"certs": [{"cert_hash": hashlib.sha256(own.dump()).digest()}]}
    signed_attributes = cms.CMSAttributes(
        [
            {"type": _CONTENT_TYPE, "values": ["tst_info"]},
            {"type": _MESSAGE_DIGEST, "values": [hashlib.sha256(info).digest()]},
            {"type": _SIGNING_CERTIFICATE_V2, "values": [tsp.SigningCertificateV2(reference)]},
        ]
    )
    octets = signed_attributes.dump()
    if isinstance(unit.key, ec.EllipticCurvePrivateKey):
        algorithm, signature = "sha256_ecdsa", unit.key.sign(octets, ec.ECDSA(hashes.SHA256()))
    else:
        algorithm, signature = "sha256_rsa", unit.key.sign(octets, padding.PKCS1v15(), hashes.SHA256())
    signer_info = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}},
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": signed_attributes,
        "signature_algorithm": {"algorithm": algorithm},
        "signature": signature,
    }
    signed_data: dict[str, Any] = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "tst_info", "content": cms.ParsableOctetString(info)},
        "signer_infos": [signer_info],
    }
    if chain:
        ders = [member.certificate.public_bytes(Encoding.DER) for member in chain]
        signed_data["certificates"] = [asn1crypto("x509").Certificate.load(der) for der in ders]
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed_data)})


def revocation_state(sandbox: Sandbox, request: bytes, *, at: datetime) -> bytes:
    """Return an OCSPResponse: good for the certificates that the issuing authority issued, unknown for others.

    Args:
        sandbox: whose responder answers.
        request: OCSPRequest for one certificate, DER.
        at: thisUpdate and producedAt (aware).

    Raises:
        SealError: if the request can't be read (RFC 6960, 4.1).
    """
    _check_identifiers(request)
    try:
        asked = ocsp.load_der_ocsp_request(request)
        serial, algorithm = asked.serial_number, asked.hash_algorithm
        name_hash, key_hash = asked.issuer_name_hash, asked.issuer_key_hash
    except Exception as error:
        raise SealError(message("this is no OCSP request for one certificate (RFC 6960, 4.1)")) from error
    issuer = sandbox.members["authority"].certificate
    issued = {sandbox.members[name].certificate.serial_number for name in ("seal", "tsa", "ocsp")}
    good = serial in issued and name_hash == _hashed(issuer.subject.public_bytes(), algorithm)
    start = at.astimezone(UTC).replace(microsecond=0)
    responder = sandbox.members["ocsp"]
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response_by_hash(
            name_hash,
            key_hash,
            serial,
            algorithm,
            ocsp.OCSPCertStatus.GOOD if good else ocsp.OCSPCertStatus.UNKNOWN,
            start,
            start + _FRESH,
            None,
            None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
        .certificates([responder.certificate])
    )
    nonce = next((e.value for e in asked.extensions if isinstance(e.value, x509.OCSPNonce)), None)
    if nonce is not None:
        builder = builder.add_extension(nonce, critical=False)
    return builder.sign(responder.key, hashes.SHA256()).public_bytes(Encoding.DER)


def _hashed(octets: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(octets)
    return digest.finalize()


def revocation_list(sandbox: Sandbox, *, issuer: Literal["root", "authority"], at: datetime) -> bytes:
    """Return a CRL on which nobody stands (RFC 5280, 5).

    Args:
        sandbox: whose list it is.
        issuer: `root` for the issuing authority's certificate, `authority` for all others.
        at: thisUpdate (aware); the next update is due a day later.
    """
    member = sandbox.members[issuer]
    start = at.astimezone(UTC).replace(microsecond=0)
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(member.certificate.subject)
        .last_update(start)
        .next_update(start + _FRESH)
        .add_extension(x509.CRLNumber(int(start.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(member.key.public_key()), critical=False
        )
        .sign(member.key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
