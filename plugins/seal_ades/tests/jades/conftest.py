"""A small PKI, made anew for each run, and a forge for files that no honest signer would write."""

import base64
import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from mikrocert_seal_ades.jades import Anchors
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, sign

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ESEAL = bytes.fromhex("30153013060604008e4601063009060704008e46010602")
"""QCStatements with nothing but QcType eSeal (EN 319 412-5, 4.2.3)."""


@attrs.frozen
class Party:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Any

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def name_of(common_name: str, **more: str) -> x509.Name:
    oids = {"O": NameOID.ORGANIZATION_NAME, "C": NameOID.COUNTRY_NAME, "ID": NameOID.ORGANIZATION_IDENTIFIER}
    attributes = [x509.NameAttribute(oids[key], value) for key, value in more.items()]
    return x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def certify(
    key: Any,
    *,
    subject: x509.Name,
    issuer: Party | None,
    ca: bool = False,
    start: datetime = NOW - 30 * DAY,
    end: datetime = NOW + 365 * DAY,
    usage: str | None = "digital_signature",
    purposes: tuple[x509.ObjectIdentifier, ...] = (),
    qc: bytes | None = ESEAL,
    extensions: tuple[x509.ExtensionType, ...] = (),
    path_length: int | None = None,
) -> Party:
    """Issue a certificate for `key`, by itself without `issuer`; `qc` are QCStatements, which authorities lack."""
    flags = "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign encipher_only decipher_only"
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if qc and not ca:
        statements = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), qc)
        builder = builder.add_extension(statements, critical=False)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    if usage:
        chosen = {"key_cert_sign", "crl_sign"} if ca else set(usage.split())
        builder = builder.add_extension(
            x509.KeyUsage(**{flag: flag in chosen for flag in flags.split()}), critical=True
        )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    signing = issuer.key if issuer else key
    digest = None if isinstance(signing, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Party(builder.sign(signing, digest), key)


SUBJECT = name_of("Pečeť řůď, a. s.", O="Řízení, O=Podvrh", C="CZ", ID="NTRCZ-00216224")


@attrs.frozen
class Pki:
    """Root, issuing authority, and seal certificates for a key of each kind."""

    root: Party
    ca: Party
    rsa: Party
    ec: Party
    other: Party

    @property
    def anchors(self) -> Anchors:
        return Anchors((self.root.der,))

    def leaf(self, key: Any = None, **more: Any) -> Party:
        """Issue another seal certificate, for `key` or for the EC key, with `more` of `certify`."""
        return certify(key or self.ec.key, **{"subject": SUBJECT, "issuer": self.ca, **more})

    def signer(
        self,
        algorithm: str = "ES256",
        *,
        leaf: Party | None = None,
        chain: tuple[bytes, ...] = (),
        key: Any = None,
    ) -> dict[str, Any]:
        """Return the arguments of `seal` that say who seals."""
        party = leaf or (self.ec if algorithm == "ES256" else self.rsa)
        return {
            "certificates": chain or (party.der, self.ca.der),
            "algorithm": algorithm,
            "sign": lambda octets: sign(octets, algorithm=ALGORITHMS[algorithm], key=key or party.key),
        }


@pytest.fixture(scope="session")
def pki() -> Pki:
    root = certify(ec.generate_private_key(ec.SECP256R1()), subject=name_of("Kořen"), issuer=None, ca=True)
    ca = certify(ec.generate_private_key(ec.SECP256R1()), subject=name_of("Vydavatel"), issuer=root, ca=True)
    key = ec.generate_private_key(ec.SECP256R1())
    return Pki(
        root=root,
        ca=ca,
        rsa=certify(rsa.generate_private_key(65537, 2048), subject=SUBJECT, issuer=ca),
        ec=certify(key, subject=SUBJECT, issuer=ca),
        other=certify(ec.generate_private_key(ec.SECP256R1()), subject=SUBJECT, issuer=ca),
    )


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


def b64u(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


Forge = Callable[..., bytes]


@pytest.fixture(scope="session")
def forge(pki: Pki) -> Forge:
    """Sign whatever is asked for: `header` replaces members (None removes), `protected` replaces all octets."""

    def make(
        *,
        payload: str = '{"název":"Žluťoučký kůň"}',
        header: dict[str, Any] | None = None,
        protected: bytes | None = None,
        x5c: tuple[bytes, ...] | None = None,
        signer: Party | None = None,
        alg: str = "ES256",
        **signature_members: Any,
    ) -> bytes:
        party = signer or pki.ec
        chain = (party.der, pki.ca.der) if x5c is None else x5c
        members: dict[str, Any] = {
            "alg": alg,
            "cty": "octet-stream",
            "x5t#S256": b64u(hashlib.sha256(chain[0]).digest()),
            "x5c": [base64.b64encode(der).decode() for der in chain],
            "typ": "jose+json",
            "b64": False,
            "iat": int(NOW.timestamp()) - 60,
            "crit": ["b64"],
        }
        members |= header or {}
        octets = protected or json.dumps({k: v for k, v in members.items() if v is not None}).encode()
        text = b64u(octets)
        signature = sign(f"{text}.{payload}".encode(), algorithm=ALGORITHMS[alg], key=party.key)
        entry = {"protected": text, **signature_members, "signature": b64u(signature)}
        document = {"payload": payload, "signatures": [entry]}
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    return make


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test data, or a skip."""
    here = Path(__file__).resolve()
    folder = Path(os.environ.get("MIKROCERT_SHARED", here.parents[4].parent / "shared"))
    if not folder.is_dir():
        pytest.skip(
            "no shared test data: set MIKROCERT_SHARED or put the folder `shared` beside the checkout"
        )
    return folder
