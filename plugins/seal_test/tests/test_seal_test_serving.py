"""The sandbox over HTTP: what it answers, to whom, and that others understand it."""

import base64
import http.client
import threading
import urllib.request
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID
from mikrocert.api import SealError, SettingsError
from mikrocert_seal_test.config import SandboxConfig as Config
from mikrocert_seal_test.serving import reply_to, server
from mikrocert_seal_test.signing import SandboxSigner
from mikrocert_seal_test.state import open_sandbox

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """Return a sandbox."""
    return open_sandbox(
        Config(state=tmp_path_factory.mktemp("s"), organisation="Univerzita Ďáblická"), at=NOW
    )


def asked(sandbox) -> bytes:
    """Return a question for the state of the seal certificate, DER."""
    certificates = [sandbox.members[name].certificate for name in ("seal", "authority")]
    builder = ocsp.OCSPRequestBuilder().add_certificate(*certificates, hashes.SHA256())
    return builder.build().public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("method", "path", "media_type", "status"),
    [
        ("GET", "/", "", HTTPStatus.NOT_FOUND),
        ("GET", "/crl/seal.crl", "", HTTPStatus.NOT_FOUND),
        ("GET", "/tsa", "", HTTPStatus.METHOD_NOT_ALLOWED),
        ("POST", "/crl/root.crl", "", HTTPStatus.METHOD_NOT_ALLOWED),
        ("POST", "/ocsp/MA==", "application/ocsp-request", HTTPStatus.METHOD_NOT_ALLOWED),
        ("POST", "/tsa", "application/json", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        ("POST", "/ocsp", "", HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        ("POST", "/tsa", "application/timestamp-query", HTTPStatus.BAD_REQUEST),
        ("POST", "/ocsp", "application/ocsp-request", HTTPStatus.BAD_REQUEST),
        ("GET", "/ocsp/%C5%99", "", HTTPStatus.BAD_REQUEST),
        ("GET", "/ocsp/", "", HTTPStatus.BAD_REQUEST),
    ],
)
def test_a_wrong_request_is_told_what_would_be_right(sandbox, method, path, media_type, status):
    """Each fault has its status, and a sentence."""
    reply = reply_to(sandbox, method, path, media_type=media_type, body=b"\x30\x00", at=NOW)
    assert reply.status is status
    assert reply.body.decode().endswith("\n")
    assert (reply.allowed is not None) is (status is HTTPStatus.METHOD_NOT_ALLOWED)


def test_the_signer_answers_for_its_sandbox_and_nobody_else(sandbox):
    """What stands at an address of the sandbox is at hand; others are for the network, and a refusal is told."""
    url = Config().url
    services = SandboxSigner(sandbox, url=url).services
    assert services.timestamps == (f"{url}/tsa",)
    state = services.reply(f"{url}/ocsp", asked(sandbox), "application/ocsp-request")
    assert ocsp.load_der_ocsp_response(state).certificate_status is ocsp.OCSPCertStatus.GOOD
    assert services.reply(f"{url}/certificates/root.cer", None, "") == sandbox.root
    for other in ("http://elsewhere.example/ocsp", f"{url}0/ocsp", f"{url}.example/ocsp", url):
        assert services.reply(other, asked(sandbox), "application/ocsp-request") is None
    with pytest.raises(SealError, match="404"):
        services.reply(f"{url}/nothing", None, "")


@pytest.fixture
def running(tmp_path):
    """Return a sandbox that answers on a free port, until the test ends."""
    with server(open_sandbox(Config(state=tmp_path / "free"), at=NOW), "http://127.0.0.1:0") as free:
        port = free.server_address[1]
    sandbox = open_sandbox(Config(state=tmp_path / "s", url=f"http://127.0.0.1:{port}"), at=NOW)
    with server(sandbox, f"http://127.0.0.1:{port}") as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield sandbox
        listening.shutdown()
        thread.join()


def got(url: str) -> bytes:
    """Return what is at a place."""
    with urllib.request.urlopen(url) as response:
        return response.read()


@pytest.mark.system
def test_the_places_in_a_certificate_answer(running):
    """Issuer, revocation list and responder that the certificates name are there, and are those of their issuer."""
    members = running.members
    for name, issuer in {"seal": "authority", "tsa": "authority", "authority": "root"}.items():
        extensions = members[name].certificate.extensions
        places = {
            entry.access_method: entry.access_location.value
            for entry in extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
        }
        of_issuer = members[issuer].certificate
        assert (
            x509.load_der_x509_certificate(got(places[AuthorityInformationAccessOID.CA_ISSUERS])) == of_issuer
        )
        (point,) = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        listed = x509.load_der_x509_crl(got(point.full_name[0].value))
        assert listed.is_signature_valid(of_issuer.public_key())
        if name == "seal":
            request = quote(base64.b64encode(asked(running)).decode(), safe="")
            state = ocsp.load_der_ocsp_response(
                got(f"{places[AuthorityInformationAccessOID.OCSP]}/{request}")
            )
            assert state.certificate_status is ocsp.OCSPCertStatus.GOOD


@pytest.mark.system
def test_others_get_time_stamps(running, new_python):
    """pyHanko's client gets a token whose nonce and imprint are its own."""
    printed = new_python(
        """
        import asyncio, hashlib, sys
        from pyhanko.sign.timestamps.requests_client import HTTPTimeStamper
        digest = hashlib.sha256("půl řešeto".encode()).digest()
        token = asyncio.run(HTTPTimeStamper(sys.argv[1]).async_timestamp(digest, "sha256"))
        print(token["content"]["encap_content_info"]["content"].parsed["message_imprint"]["hashed_message"].native == digest)
        """,
        f"{address(running)}/tsa",
    )
    assert printed == "True\n"


def address(sandbox) -> str:
    """Return where a sandbox answers."""
    (point,) = (
        sandbox.members["seal"]
        .certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
        .value
    )
    return point.full_name[0].value.removesuffix("/crl/authority.crl")


@pytest.mark.system
@pytest.mark.parametrize(
    ("length", "status"),
    [(None, 411), ("x", 411), ("-1", 411), ("65537", 413), ("9" * 5000, 413)],
)
def test_a_request_is_bounded(running, length, status):
    """Who doesn't say how much comes, or too much, is refused at once."""
    connection = http.client.HTTPConnection(urlsplit(address(running)).netloc)
    connection.putrequest("POST", "/tsa")
    connection.putheader("Content-Type", "application/timestamp-query")
    if length is not None:
        connection.putheader("Content-Length", length)
    connection.endheaders()
    assert connection.getresponse().status == status
    connection.close()


@pytest.mark.system
def test_an_address_in_use_is_told(running):
    """The setting is named, and why nothing can listen there."""
    with pytest.raises(
        SettingsError, match=r"signers\.test\.url: nothing can listen at http://127\.0\.0\.1:"
    ):
        server(running, address(running))
