"""A PKI whose seal certificates have keys of every kind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
OWNER = {
    NameOID.COUNTRY_NAME: "CZ",
    NameOID.ORGANIZATION_NAME: "Univerzita Řípská",
    NameOID.ORGANIZATION_IDENTIFIER: "NTRCZ-12345679",
    NameOID.COMMON_NAME: "Pečeť ď",
}
CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
FLAGS = "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign"


class Pki:
    """Makes keys and certificates; a key of each kind is made once."""

    def __init__(self) -> None:
        self._keys: dict[str, Any] = {}
        self.root = self.certify("root", {NameOID.COMMON_NAME: "Kořen ř"}, by=None, ca=True)
        self.authority = self.certify("authority", {NameOID.COMMON_NAME: "Vydávající ů"}, by="root", ca=True)

    def key(self, name: str) -> Any:
        """Return the key of somebody; a seal's is named by its algorithm."""
        if name not in self._keys:
            made = rsa.generate_private_key(65537, 2048) if name[:2] in {"RS", "PS"} else None
            self._keys[name] = made or ec.generate_private_key(CURVES.get(name[:5], ec.SECP256R1()))
        return self._keys[name]

    def certify(self, name, subject, *, by, ca=False, usage="content_commitment", end=NOW + DAY):
        """Return a certificate for the key of somebody."""
        named = x509.Name([x509.NameAttribute(oid, value) for oid, value in subject.items()])
        usages = {flag: flag in ({"key_cert_sign"} if ca else {usage}) for flag in FLAGS.split()}
        issuer = named if by is None else getattr(self, by).subject
        return (
            x509.CertificateBuilder()
            .subject_name(named)
            .issuer_name(issuer)
            .public_key(self.key(name).public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - DAY)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usages, encipher_only=False, decipher_only=False), critical=True)
            .sign(self.key(by or name), hashes.SHA256())
        )

    def seal(self, algorithm: str, **options: Any) -> x509.Certificate:
        """Return a seal certificate for the key of an algorithm."""
        return self.certify(algorithm, OWNER, by="authority", **options)

    def pem(self, *certificates: x509.Certificate) -> bytes:
        """Return certificates and their issuers as PEM."""
        chain = (*certificates, self.authority, self.root)
        return b"".join(one.public_bytes(Encoding.PEM) for one in chain)


@pytest.fixture(scope="session")
def pki() -> Pki:
    """Return the PKI."""
    return Pki()


MODULES = ("usr/lib/softhsm", "usr/lib/*/softhsm", "usr/local/lib/softhsm", "opt/homebrew/lib/softhsm")
LABEL, PIN = "Pečeť ř", "1234"


class SoftHsm:
    """A token in software: a folder, which can be pulled and put back."""

    def __init__(self, folder: Path, module: Path) -> None:
        self.folder, self.module = folder, module
        (folder / "tokens").mkdir()
        self.conf = folder / "softhsm2.conf"
        self.conf.write_text(
            f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
        )

    def run(self, *arguments: object) -> None:
        subprocess.run(
            ["softhsm2-util", *map(str, arguments)],
            check=True,
            capture_output=True,
            env={**os.environ, "SOFTHSM2_CONF": str(self.conf)},
        )

    def add_token(self, label: str = LABEL) -> None:
        self.run("--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", PIN)

    def add_key(self, key: Any, *, label: str = "seal", number: str = "01", token: str = LABEL) -> None:
        file = self.folder / "key.pem"
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.run("--import", file, "--token", token, "--label", label, "--id", number, "--pin", PIN)
        file.unlink()

    def add_asking_key(self, key: Any, *, label: str = "seal", number: str = "01") -> None:
        """Put in a P-256 key that asks for the PIN before each signature, as those of many qualified cards do."""
        import pkcs11
        from pkcs11.util.ec import encode_named_curve_parameters

        octets = key.private_numbers().private_value.to_bytes(32, "big")
        attributes = {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY,
            pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.EC,
            pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1"),
            pkcs11.Attribute.VALUE: octets,
            pkcs11.Attribute.LABEL: label,
            pkcs11.Attribute.ID: bytes.fromhex(number),
            pkcs11.Attribute.TOKEN: True,
            pkcs11.Attribute.SIGN: True,
            pkcs11.Attribute.ALWAYS_AUTHENTICATE: True,
        }
        self._create(attributes)

    def _create(self, *objects: dict[Any, Any]) -> None:
        import pkcs11

        library = pkcs11.lib(str(self.module))
        try:
            session = library.get_token(token_label=LABEL).open(rw=True, user_pin=PIN)
            for attributes in objects:
                session.create_object(attributes)
            session.close()
        finally:
            library.finalize()

    def add_certificates(self, *certificates: x509.Certificate, number: str = "01") -> None:
        """Put certificates in: the first under the number of its key."""
        import pkcs11
        from pkcs11.util.x509 import decode_x509_certificate

        objects = [decode_x509_certificate(one.public_bytes(Encoding.DER)) for one in certificates]
        for place, attributes in enumerate(objects):
            attributes[pkcs11.Attribute.TOKEN] = True
            attributes[pkcs11.Attribute.ID] = bytes.fromhex(number) if place == 0 else b"chain"
        self._create(*objects)

    def pull(self) -> None:
        (self.folder / "tokens").rename(self.folder / "pulled")

    def put_back(self) -> None:
        (self.folder / "pulled").rename(self.folder / "tokens")


@pytest.fixture
def softhsm(tmp_path, monkeypatch):
    """Return a token in software, empty; skipped only where the program that makes it is missing."""
    found = [path for pattern in MODULES for path in Path("/").glob(f"{pattern}/libsofthsm2.so")]
    if not found or shutil.which("softhsm2-util") is None:
        pytest.skip("needs softhsm2, a package of Debian and others")
    folder = tmp_path / "softhsm"
    folder.mkdir()
    token = SoftHsm(folder, found[0])
    monkeypatch.setenv("SOFTHSM2_CONF", str(token.conf))
    monkeypatch.setenv("TOKEN_PIN", PIN)
    token.add_token()
    return token


ABLE = {
    "RS256": "1.2.840.113549.1.1.11",
    "RS384": "1.2.840.113549.1.1.12",
    "RS512": "1.2.840.113549.1.1.13",
    "PS": "1.2.840.113549.1.1.10",
    "ES256": "1.2.840.10045.4.3.2",
    "ES384": "1.2.840.10045.4.3.3",
    "ES512": "1.2.840.10045.4.3.4",
}
DIGESTS = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}


class Refusal(Exception):
    def __init__(self, status: int, error: str) -> None:
        super().__init__(status, error)
        self.status, self.error = status, error


class Cut(Exception):
    """The connection ends before an answer."""


class Signing:
    """A remote signing service that follows the schema of the CSC API, version 1 or 2, and lies where it is told to.

    It refuses whatever the schema doesn't have: unknown members, a wrong count, digests that were not authorised.
    """

    PIN = "1234"

    def __init__(self, *, version: int, key: Any, certificates: list[x509.Certificate]) -> None:
        self.version, self.key, self.certificates = version, key, certificates
        self.scal, self.multisign, self.mode = "1", 100, "explicit"
        self.pin, self.otp = True, False
        self.able = ABLE
        self.status, self.cert_status = "enabled", "valid"
        self.expires_in = 3600
        self.sads: dict[str, tuple[int, list[str]]] = {}
        self.asked: list[str] = []
        self.bearers: list[str] = []
        self.once = False
        self.lie: Any = lambda method, answer: answer  # (method, answer) → what is answered instead

    def names(self, first: str, second: str) -> str:
        return first if self.version == 1 else second

    def info(self, body: dict[str, Any]) -> dict[str, Any]:
        self.only(body, {"credentialID", "certificates", "certInfo", "authInfo"}, {"credentialID"})
        ders = [b64encode(one.public_bytes(Encoding.DER)).decode() for one in self.certificates]
        answer: dict[str, Any] = {
            "key": {"status": self.status, "algo": list(self.able.values()), "len": self.key.key_size},
            "cert": {"status": self.cert_status, "certificates": ders},
            "SCAL": self.scal,
            "multisign": self.multisign,
        }
        if self.version == 1:
            answer |= {"authMode": self.mode, "PIN": {"presence": str(self.pin).lower()}}
            answer |= {"OTP": {"presence": str(self.otp).lower(), "type": "offline"}}
            return answer
        objects = [{"type": "Password", "id": "PIN", "format": "N"}] if self.pin else []
        objects += [{"type": "ChallengeResponse", "id": "OTP", "format": "N"}] if self.otp else []
        expression = " AND ".join(one["id"] for one in objects)
        return answer | {"auth": {"mode": self.mode, "expression": expression, "objects": objects}}

    def authorize(self, body: dict[str, Any]) -> dict[str, Any]:
        hashes_name = self.names("hash", "hashes")
        first = {"credentialID", "numSignatures", hashes_name, "description", "clientData"}
        more = {"PIN", "OTP"} if self.version == 1 else {"hashAlgorithmOID", "authData"}
        self.only(body, first | more, {"credentialID", "numSignatures"})
        given = body if self.version == 1 else {one["id"]: one["value"] for one in body.get("authData", [])}
        if self.mode == "explicit" and self.pin and given.get("PIN") != self.PIN:
            raise Refusal(400, "invalid_pin")
        if self.mode == "explicit" and self.otp and not given.get("OTP"):
            raise Refusal(400, "invalid_otp")
        count, bound = body["numSignatures"], body.get(hashes_name, [])
        if (
            not 0 < count <= self.multisign
            or (self.scal == "2") != bool(bound)
            or len(bound) not in {0, count}
        ):
            raise Refusal(400, "invalid_request")
        if bound and self.version == 2 and body.get("hashAlgorithmOID") not in DIGESTS:
            raise Refusal(400, "invalid_request")
        sad = f"SAD {len(self.sads)}"
        self.sads[sad] = (count, bound)
        return {"SAD": sad, "expiresIn": self.expires_in}

    def sign(self, body: dict[str, Any]) -> dict[str, Any]:
        hashes_name, digest_name = self.names("hash", "hashes"), self.names("hashAlgo", "hashAlgorithmOID")
        needed = {"credentialID", "SAD", hashes_name, "signAlgo"}
        more = {digest_name, "signAlgoParams", "clientData"} | (
            {"operationMode"} if self.version == 2 else set()
        )
        self.only(body, needed | more, needed)
        left, bound = self.sads.get(body["SAD"], (0, []))
        wanted = body[hashes_name]
        if not 0 < len(wanted) <= left or (bound and wanted != bound):
            raise Refusal(400, "invalid_request")
        self.sads[body["SAD"]] = (0 if self.once else left - len(wanted), bound)
        digest = DIGESTS[body[digest_name]]
        return {"signatures": [self.signature(b64decode(one), body, digest) for one in wanted]}

    def signature(self, hashed: bytes, body: dict[str, Any], digest: hashes.HashAlgorithm) -> str:
        already = utils.Prehashed(digest)
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            made = self.key.sign(hashed, ec.ECDSA(already))
        elif body["signAlgo"] == ABLE["PS"]:
            salt = b64decode(body["signAlgoParams"])[-1]
            made = self.key.sign(hashed, padding.PSS(padding.MGF1(digest), salt), already)
        else:
            made = self.key.sign(hashed, padding.PKCS1v15(), already)
        return b64encode(made).decode()

    def only(self, body: dict[str, Any], allowed: set[str], needed: set[str]) -> None:
        if not needed <= set(body) <= allowed or body["credentialID"] != "pečeť":
            raise Refusal(400, "invalid_request")

    def answer(self, path: str, bearer: str, data: bytes) -> dict[str, Any]:
        if path == "/oauth2/token":
            form = parse_qs(data.decode())
            if form.get("client_secret") != ["tajemství"] or form.get("grant_type") != ["client_credentials"]:
                raise Refusal(401, "invalid_client")
            self.bearers.append(f"token{len(self.bearers)}")
            return {"access_token": self.bearers[-1], "token_type": "Bearer", "expires_in": self.expires_in}
        if bearer not in {"Bearer heslo", *(f"Bearer {one}" for one in self.bearers[-1:])}:
            raise Refusal(401, "invalid_token")
        method = {
            f"/csc/v{self.version}/credentials/info": self.info,
            f"/csc/v{self.version}/credentials/authorize": self.authorize,
            f"/csc/v{self.version}/signatures/signHash": self.sign,
        }.get(path)
        if method is None:
            raise Refusal(404, "not_found")
        return method(json.loads(data))


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        service: Signing = self.server.service
        data = self.rfile.read(int(self.headers["Content-Length"]))
        method = self.path.rpartition("/")[2]
        service.asked.append(method)
        status = 200
        try:
            answer: Any = service.lie(method, service.answer(self.path, self.headers["Authorization"], data))
        except Cut:
            self.close_connection = True
            return
        except Refusal as refusal:
            status, answer = (
                refusal.status,
                {"error": refusal.error, "error_description": "tajné podrobnosti"},
            )
        octets = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/jinde")
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def remote(pki, monkeypatch):
    """Return a function: run a signing service for the key of an algorithm and return it and the config that signs with it."""
    from mikrocert_seal_qes.config import CscConfig

    monkeypatch.setenv("CSC_TOKEN", "heslo")
    monkeypatch.setenv("CSC_SECRET", "tajemství")
    monkeypatch.setenv("CSC_PIN", Signing.PIN)
    servers = []

    def run(algorithm: str = "ES256", *, version: int = 2, **options: Any) -> tuple[Signing, CscConfig]:
        service = Signing(
            version=version,
            key=pki.key(algorithm),
            certificates=[pki.seal(algorithm), pki.authority, pki.root],
        )
        for name, value in options.items():
            setattr(service, name, value)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.service = service
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        config = CscConfig(
            url=f"http://127.0.0.1:{server.server_port}/csc/v{version}",
            credential="pečeť",
            algorithm=algorithm,
            token="env:CSC_TOKEN",
            pin="env:CSC_PIN",
        )
        return service, config

    run.refusal, run.cut = Refusal, Cut
    yield run
    for server in servers:
        server.shutdown()
        server.server_close()
