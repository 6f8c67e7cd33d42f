"""What the sandbox answers: time-stamps, OCSP, revocation lists; judged by other implementations."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import algos, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from mikrocert.api import TEST_POLICY, SealError
from mikrocert_seal_test.authority import revocation_list, revocation_state, timestamp
from mikrocert_seal_test.config import SandboxConfig as Config
from mikrocert_seal_test.state import open_sandbox

NOW = datetime.now(UTC).replace(microsecond=0)
DOCUMENT = "Kateřina Ďurišová, půl řešeto".encode()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """Return a sandbox."""
    return open_sandbox(Config(state=tmp_path_factory.mktemp("s"), key="p256"), at=NOW)


def request(digest: str = "sha256", **more) -> bytes:
    imprint = tsp.MessageImprint(
        {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": digest}),
            "hashed_message": hashlib.new(digest, DOCUMENT).digest(),
        }
    )
    return tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "cert_req": True, **more}).dump()


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_timestamp_verifies(sandbox, digest):
    """pyHanko finds the token intact, valid and trusted, over the very digest."""
    from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
    from pyhanko_certvalidator import ValidationContext

    response = tsp.TimeStampResp.load(timestamp(sandbox, request(digest, nonce=17), at=NOW), strict=True)
    assert response["status"]["status"].native == "granted"
    token = response["time_stamp_token"]["content"]
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(sandbox.root)], moment=NOW + timedelta(seconds=1)
    )
    status = asyncio.run(
        validate_tst_signed_data(token, context, lambda name: hashlib.new(name, DOCUMENT).digest())
    )
    assert status["intact"]
    assert status["valid"]
    assert status["trust_problem_indic"] is None
    assert status["timestamp"] == NOW
    info = token["encap_content_info"]["content"].parsed
    assert (info["nonce"].native, info["policy"].native) == (17, TEST_POLICY)


def test_certificates_come_only_when_asked_for(sandbox):
    """Without certReq the token carries none (RFC 3161, 2.4.1)."""
    response = tsp.TimeStampResp.load(timestamp(sandbox, request(cert_req=False), at=NOW))
    assert len(response["time_stamp_token"]["content"]["certificates"]) == 0


@pytest.mark.parametrize(
    ("asked", "failure"),
    [(request("sha1"), "bad_alg"), (request(req_policy="1.2.3"), "unaccepted_policy")],
)
def test_unfit_timestamp_request_is_rejected(sandbox, asked, failure):
    """SHA-1 and foreign policies are rejected with the reason of RFC 3161, and without a token."""
    (status,) = core.SequenceOf(spec=tsp.PKIStatusInfo, contents=timestamp(sandbox, asked, at=NOW)[2:])
    assert status["status"].native == "rejection"
    assert status["fail_info"].native == {failure}


def ocsp_request(sandbox, certificate) -> bytes:
    issuer = sandbox.members["authority"].certificate
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256())
    return (
        builder.add_extension(x509.OCSPNonce(b"0123456789abcdef"), critical=False)
        .build()
        .public_bytes(Encoding.DER)
    )


def test_own_certificates_are_good(sandbox):
    """OCSP says good for the seal, signed by the responder, with the nonce."""
    asked = ocsp_request(sandbox, sandbox.members["seal"].certificate)
    response = ocsp.load_der_ocsp_response(revocation_state(sandbox, asked, at=NOW))
    assert response.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert response.this_update_utc == NOW
    assert response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"0123456789abcdef"
    (responder,) = response.certificates
    responder.public_key().verify(response.signature, response.tbs_response_bytes, ec.ECDSA(hashes.SHA256()))
    responder.verify_directly_issued_by(sandbox.members["authority"].certificate)


def test_strangers_are_unknown(sandbox):
    """OCSP says unknown for a certificate that the authority didn't issue."""
    asked = ocsp_request(sandbox, sandbox.members["root"].certificate)
    response = ocsp.load_der_ocsp_response(revocation_state(sandbox, asked, at=NOW))
    assert response.certificate_status is ocsp.OCSPCertStatus.UNKNOWN


@pytest.mark.parametrize("answer", [timestamp, revocation_state])
@pytest.mark.parametrize("octets", [b"", b"\x30\x00", b"xyz"])
def test_what_is_no_request_is_refused(sandbox, answer, octets):
    """Octets that are no request raise SealError and nothing else, and no library's words are passed on."""
    with pytest.raises(SealError, match=r"^this is no [^:]* \(RFC [0-9]+, [0-9.]+\)$"):
        answer(sandbox, octets, at=NOW)


@pytest.mark.parametrize("answer", [timestamp, revocation_state])
def test_what_would_be_costly_to_parse_is_refused_unread(sandbox, answer):
    """An object identifier of many octets is met before anybody parses it."""
    identifier = core.ObjectIdentifier(contents=b"\x81" * 60_000 + b"\x01").dump()
    with pytest.raises(SealError, match="an object identifier has at most 100 octets"):
        answer(sandbox, core.Sequence(contents=identifier).dump(), at=NOW)


@pytest.mark.parametrize("issuer", ["root", "authority"])
def test_revocation_list_is_signed_and_empty(sandbox, issuer):
    """Both lists verify with their issuer's key, are fresh, and name nobody."""
    found = x509.load_der_x509_crl(revocation_list(sandbox, issuer=issuer, at=NOW))
    assert found.is_signature_valid(sandbox.members[issuer].key.public_key())
    assert len(found) == 0
    assert found.last_update_utc == NOW
    assert found.next_update_utc == NOW + timedelta(days=1)
