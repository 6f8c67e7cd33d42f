"""Another implementation of the CSC API, version 1, signs for us: certomancer-csc-dummy, which keeps keys of its own."""

import subprocess
import sys
from datetime import UTC, datetime
from importlib.util import find_spec

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from mikrocert.testing import SignerContract
from mikrocert_seal_qes.config import CscConfig
from mikrocert_seal_qes.csc import open_signer
from mikrocert_seal_qes.refusals import Refusals

pytestmark = pytest.mark.skipif(
    find_spec("csc_dummy") is None, reason="needs certomancer-csc-dummy, a package of PyPI"
)
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
SETTINGS = """
keysets:
  keys:
    path-prefix: .
    keys: {{{keys}}}
pki-architectures:
  own:
    keyset: keys
    entities:
      root: {{country-name: CZ, common-name: Kořen ř}}
      seal:
        country-name: CZ
        organization-name: Univerzita Řípská
        organization-identifier: NTRCZ-12345679
        common-name: Pečeť ď
    certs:
      root:
        subject: root
        issuer: root
        subject-key: root
        authority-key: root
        validity: {{valid-from: "2020-01-01T00:00:00+0000", valid-to: "2120-01-01T00:00:00+0000"}}
        profiles: [simple-ca]
{certs}
"""
CERTIFICATE = """
      seal{algorithm}:
        subject: seal
        issuer: root
        subject-key: seal{algorithm}
        authority-key: root
        validity: {{valid-from: "2020-01-01T00:00:00+0000", valid-to: "2120-01-01T00:00:00+0000"}}
        extensions:
          - id: key_usage
            critical: true
            smart-value: {{schema: key-usage, params: [non_repudiation]}}
"""
SERVER = """
import asyncio
import sys
from aiohttp import web
from certomancer import registry
from csc_dummy.csc_dummy_server import CSCWithCertomancer, DummyServiceParams

config = registry.CertomancerConfig.from_file(sys.argv[1])
service = CSCWithCertomancer(config, service_params=DummyServiceParams(hash_pinning_required=sys.argv[2] == "2"))
service.register_routes()


async def main():
    runner = web.AppRunner(service.app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
"""


@pytest.fixture(scope="module", params=["1", "2"])
def dummy(request, pki, tmp_path_factory):
    """Return the address of a service of SCAL1 or SCAL2 that keeps a key for each algorithm."""
    folder = tmp_path_factory.mktemp("csc")
    for name in ("root", *ALGORITHMS):
        key = pki.key(name)
        octets = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.pem").write_bytes(octets)
    keys = ["root: {path: root.pem}", *(f"seal{one}: {{path: {one}.pem}}" for one in ALGORITHMS)]
    certificates = "".join(CERTIFICATE.format(algorithm=one) for one in ALGORITHMS)
    file = folder / "certomancer.yml"
    file.write_text(SETTINGS.format(keys=", ".join(keys), certs=certificates), encoding="utf-8")
    command = [sys.executable, "-c", SERVER, file.name, request.param]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        port = process.stdout.readline().strip()
        assert port, "the service did not start"
        yield f"http://127.0.0.1:{port}/csc/v1"
        process.kill()


class TestCscSignerOfAnother(SignerContract):
    @pytest.fixture(params=ALGORITHMS)
    def signer(self, request, dummy):
        config = CscConfig(url=dummy, credential=f"own/seal{request.param}", algorithm=request.param)
        return open_signer(config, at=datetime.now(UTC), refusals=Refusals())


def test_a_batch_is_cut_as_the_service_says(dummy):
    """It makes ten signatures for one authorisation; fifty come all the same."""
    config = CscConfig(url=dummy, credential="own/sealES256", algorithm="ES256")
    signer = open_signer(config, at=datetime.now(UTC), refusals=Refusals())
    assert len(signer.sign_many([str(number).encode() for number in range(50)])) == 50
