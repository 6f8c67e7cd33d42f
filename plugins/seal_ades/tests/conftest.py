"""A PKI made anew for each run, and small PDFs with a file inside."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from mikrocert.api import TEST_POLICY, Envelope, Services, Signer
from mikrocert_seal_ades.envelopes import JadesEnvelope, PadesEnvelope
from mikrocert_seal_ades.signers import KeySigner

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PAYLOAD = '{"jméno": "Kateřina Ďurišová, půl řešeto"}'.encode()
NAMES = {
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "ID": NameOID.ORGANIZATION_IDENTIFIER,
    "CN": NameOID.COMMON_NAME,
}
ESEAL = bytes.fromhex("30153013060604008e4601063009060704008e46010602")
"""QCStatements with nothing but QcType eSeal (EN 319 412-5, 4.2.3)."""
OWNER = {"C": "CZ", "O": "Univerzita Řípská", "ID": "NTRCZ-12345679", "CN": "Pečeť řůď"}


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


CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}


class Pki:
    """Makes certificates and signers; keys are made once a run."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str], Any] = {}
        self.root = self.certify("root", {"C": "CZ", "O": "Kořen", "CN": "Kořen ř"}, ca=True)
        self.authority = self.certify("authority", {"C": "CZ", "CN": "Vydávající ř"}, by=self.root, ca=True)

    def key(self, name: str, kind: str = "p256") -> Any:
        if (name, kind) not in self.keys:
            curve = CURVES.get(kind)
            self.keys[name, kind] = (
                ec.generate_private_key(curve) if curve else rsa.generate_private_key(65537, int(kind))
            )
        return self.keys[name, kind]

    def certify(
        self,
        name: str,
        subject: dict[str, str],
        *,
        by: Party | None = None,
        ca: bool = False,
        kind: str = "p256",
        marked: bool = False,
        start: datetime = NOW - 30 * DAY,
        end: datetime = NOW + 365 * DAY,
        qc: bytes | None = ESEAL,
        extensions: tuple[x509.ExtensionType, ...] = (),
    ) -> Party:
        key = self.key(name, kind)
        full = x509.Name([x509.NameAttribute(NAMES[part], value) for part, value in subject.items()])
        usage = {"key_cert_sign", "crl_sign"} if ca else {"content_commitment"}
        flags = [
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ]
        builder = (
            x509.CertificateBuilder()
            .subject_name(full)
            .issuer_name(by.certificate.subject if by else full)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.KeyUsage(**{flag: flag in usage for flag in flags}), critical=True)
        )
        if by:
            identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
            builder = builder.add_extension(identifier, critical=False)
        if marked:
            policy = x509.PolicyInformation(x509.ObjectIdentifier(TEST_POLICY), None)
            builder = builder.add_extension(x509.CertificatePolicies([policy]), critical=False)
        if qc and not ca:
            statements = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), qc)
            builder = builder.add_extension(statements, critical=False)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return Party(builder.sign((by or Party(None, key)).key, hashes.SHA256()), key)

    def signer(self, algorithm: str = "ES256", *, root: bool = True, **options: Any) -> KeySigner:
        kind = {"ES256": "p256", "ES384": "p384", "ES512": "p521"}.get(algorithm, "2048")
        seal = self.certify("seal", OWNER, by=self.authority, kind=kind, **options)
        chain = (seal.der, self.authority.der, self.root.der)
        return KeySigner(seal.key, certificates=chain if root else chain[:-1], algorithm=algorithm)

    def jades(self, payload: bytes, *, by: Signer | None = None, at: datetime = NOW) -> bytes:
        """Return the payload, sealed with JAdES, with ES256 unless another signer is given."""
        return _sealed(JadesEnvelope(), payload, signer=by or self.signer(), at=at)

    def pades(self, pdf: bytes, *, by: Signer | None = None, at: datetime = NOW) -> bytes:
        """Return the PDF, sealed with PAdES, with ES256 unless another signer is given."""
        return _sealed(PadesEnvelope(), pdf, signer=by or self.signer(), at=at)


def _sealed(envelope: Envelope, payload: bytes, *, signer: Signer, at: datetime) -> bytes:
    prepared = envelope.prepare(payload, identity=signer.identity, at=at)
    signatures = signer.sign_many([prepared.to_be_signed])
    return envelope.finish_many([prepared], signatures, services=Services())[0]


@pytest.fixture(scope="session")
def parties() -> Pki:
    """Return a PKI: root, authority, and seals as they are asked for."""
    return Pki()


def pdf_with(*attachments: tuple[str, bytes], encrypt: bool = False) -> bytes:
    """Return a small PDF with these files inside."""
    from pyhanko.pdf_utils import embed, generic, writer

    out = writer.PdfFileWriter()
    out.insert_page(
        writer.PageObject(
            contents=out.add_object(generic.StreamObject(stream_data=b"q Q")), media_box=(0, 0, 99, 99)
        )
    )
    for name, content in attachments:
        embedded = embed.EmbeddedFileObject.from_file_data(out, data=content, compress=True)
        embed.embed_file(out, embed.FileSpec(file_spec_string=name, file_name=name, embedded_data=embedded))
    if encrypt:
        out.encrypt("heslo", "heslo")
    result = io.BytesIO()
    out.write(result)
    return result.getvalue()


@pytest.fixture(scope="session")
def make_pdf():
    """Return the maker of small PDFs."""
    return pdf_with


@pytest.fixture(scope="session")
def sealed_json(parties: Pki) -> bytes:
    """Return a JAdES file, sealed with ES256."""
    return parties.jades(PAYLOAD)


@pytest.fixture(scope="session")
def sealed_pdf(parties: Pki, sealed_json: bytes) -> bytes:
    """Return a PDF with that file inside, sealed with ES256."""
    return parties.pades(pdf_with(("K7mQx4Rt9bHz.jsonld", sealed_json)))
