"""The plugin and its signer under the contracts of the core."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from mikrocert.testing import PluginContract, SignerContract
from mikrocert_seal_qes import plugin as plugin_module
from mikrocert_seal_qes.config import Pkcs12Config

OWNER = {
    NameOID.COUNTRY_NAME: "CZ",
    NameOID.ORGANIZATION_NAME: "Univerzita Řípská",
    NameOID.ORGANIZATION_IDENTIFIER: "NTRCZ-12345679",
    NameOID.COMMON_NAME: "Pečeť ď",
}


class TestPlugin(PluginContract):
    @pytest.fixture
    def plugin(self):
        return plugin_module


class TestPkcs12Signer(SignerContract):
    @pytest.fixture
    def signer(self, tmp_path, monkeypatch):
        monkeypatch.setenv("SEAL_PASSWORD", "heslo ů")
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        name = x509.Name([x509.NameAttribute(oid, value) for oid, value in OWNER.items()])
        unused = dict.fromkeys(
            ("digital_signature", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign"),
            False,
        )
        usage = x509.KeyUsage(
            content_commitment=True, crl_sign=False, encipher_only=False, decipher_only=False, **unused
        )
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(usage, critical=True)
            .sign(key, hashes.SHA256())
        )
        file = tmp_path / "pečeť.p12"
        file.write_bytes(
            pkcs12.serialize_key_and_certificates(
                b"seal", key, certificate, None, BestAvailableEncryption("heslo ů".encode())
            )
        )
        offered = next(one for one in plugin_module.mikrocert_register_signers() if one.name == "pkcs12")
        with offered.factory(
            Pkcs12Config(file=file, password="env:SEAL_PASSWORD", algorithm="ES256")
        ) as signer:
            yield signer
