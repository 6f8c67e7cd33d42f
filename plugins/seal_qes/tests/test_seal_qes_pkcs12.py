"""The signer with a PKCS#12 file: what it opens, and what it refuses and why."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    load_der_public_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from mikrocert.api import SealError, SettingsError
from mikrocert.host.registry import Registry
from mikrocert.settings import load_settings
from mikrocert_seal_qes import plugin as plugin_module
from mikrocert_seal_qes.config import Pkcs12Config
from mikrocert_seal_qes.pkcs12 import open_signer

PASSWORD = "příliš žluťoučké heslo ř"
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
KEYS = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "p256": ec.generate_private_key(ec.SECP256R1()),
    "p384": ec.generate_private_key(ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "root": ec.generate_private_key(ec.SECP256R1()),
    "authority": ec.generate_private_key(ec.SECP256R1()),
}
SUBJECT = {"C": "CZ", "O": "Univerzita Řípská", "ID": "NTRCZ-12345679", "CN": "Pečeť ď"}
OIDS = {
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "ID": NameOID.ORGANIZATION_IDENTIFIER,
    "CN": NameOID.COMMON_NAME,
}


def name(parts: dict[str, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(OIDS[part], value) for part, value in parts.items()])


def certificate(
    key, subject, *, by=None, ca=False, usage="content_commitment", start=NOW - DAY, end=NOW + DAY
):
    issuer_key, issuer_name = by or (key, subject)
    flags = "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign"
    usages = {flag: flag in ({"key_cert_sign"} if ca else {usage}) for flag in flags.split()}
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usages, encipher_only=False, decipher_only=False), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


ROOT_NAME, AUTHORITY_NAME = {"CN": "Kořen ř"}, {"CN": "Vydávající ů"}
ROOT = certificate(KEYS["root"], ROOT_NAME, ca=True)
AUTHORITY = certificate(KEYS["authority"], AUTHORITY_NAME, by=(KEYS["root"], ROOT_NAME), ca=True)


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Return a function: write a PKCS#12 file and return the config that opens it."""
    monkeypatch.setenv("SEAL_PASSWORD", PASSWORD)

    def write(
        kind="p256", *, others=(AUTHORITY, ROOT), key="own", subject=SUBJECT, with_leaf=True, **options
    ):
        leaf = certificate(KEYS[kind], subject, by=(KEYS["authority"], AUTHORITY_NAME), **options)
        file = tmp_path / "pečeť.p12"
        content = pkcs12.serialize_key_and_certificates(
            b"seal",
            KEYS[kind] if key == "own" else None,
            leaf if with_leaf else None,
            list(others),
            BestAvailableEncryption(PASSWORD.encode()),
        )
        file.write_bytes(content)
        return Pkcs12Config(file=file, password="env:SEAL_PASSWORD")

    return write


@pytest.mark.parametrize(
    ("kind", "wanted", "algorithm"),
    [("p256", None, "ES256"), ("rsa", None, "RS256"), ("rsa", "PS256", "PS256")],
)
def test_key_chooses_the_algorithm(make, kind, wanted, algorithm):
    """RSA seals with RS256 unless PS256 is asked for, P-256 with ES256; the signature fits the certificate."""
    signer = open_signer(attrs.evolve(make(kind), algorithm=wanted), at=NOW)
    assert signer.identity.algorithm == algorithm
    assert load_der_public_key(signer.identity.public_key) == KEYS[kind].public_key()


def test_chain_goes_up_to_the_root(make):
    """The chain is put in order, whatever the order in the file; strangers are left out."""
    stranger = certificate(KEYS["p384"], {"CN": "Cizí ř"}, ca=True)
    signer = open_signer(make(others=(stranger, ROOT, AUTHORITY)), at=NOW)
    ders = [other.public_bytes(Encoding.DER) for other in (AUTHORITY, ROOT)]
    assert list(signer.identity.certificates[1:]) == ders


def test_missing_authorities_come_from_the_chain_file(make, tmp_path):
    """A PEM file completes what the PKCS#12 file lacks."""
    pem = tmp_path / "chain.pem"
    pem.write_bytes(ROOT.public_bytes(Encoding.PEM) + AUTHORITY.public_bytes(Encoding.PEM))
    signer = open_signer(attrs.evolve(make(others=()), chain=pem), at=NOW)
    assert len(signer.identity.certificates) == 3


def test_seal_certificate_alone_is_enough(make):
    """Without any authority at hand the seal certificate stands alone."""
    assert len(open_signer(make(others=()), at=NOW).identity.certificates) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "p384"}, "on the curve secp384r1; RSA of at least 2048 bits or P-256 is needed"),
        ({"kind": "ed25519"}, "of another kind; RSA of at least 2048 bits or P-256 is needed"),
        ({"key": "none"}, "holds no private key; export key and certificate together"),
        ({"with_leaf": False, "others": ()}, "holds no certificate that belongs to its key"),
        ({"end": NOW - DAY / 2}, "valid from .* not now"),
        ({"start": NOW + DAY / 2}, "valid from .* not now"),
        ({"usage": "key_encipherment"}, "neither digitalSignature nor nonRepudiation"),
        ({"subject": {"CN": "Pečeť ď"}}, "lacks O, organizationIdentifier .*, C"),
        ({"others": (AUTHORITY,)}, "chain ends at “Vydávající ů”, which is no root; name a PEM file"),
        (
            {"others": (certificate(KEYS["p384"], {"CN": "Jiná ř"}), AUTHORITY, ROOT)},
            "several certificates that are no authority's",
        ),
    ],
)
def test_unfit_file_is_refused(make, options, message):
    """A key, certificate or chain that won't do is refused with what would be right."""
    with pytest.raises(SealError, match=message):
        open_signer(make(**options), at=NOW)


def test_all_faults_are_named_at_once(make):
    """An expired certificate with the wrong key and usage is refused once, for all three reasons."""
    with pytest.raises(SealError) as caught:
        open_signer(make("p384", end=NOW - DAY / 2, usage="key_encipherment"), at=NOW)
    assert all(part in str(caught.value) for part in ("secp384r1", "not now", "nonRepudiation"))


def test_algorithm_that_does_not_fit_the_key_is_refused(make):
    """ES256 with an RSA key is refused."""
    with pytest.raises(SealError, match="ES256"):
        open_signer(attrs.evolve(make("rsa"), algorithm="ES256"), at=NOW)


def test_wrong_password_is_told(make, monkeypatch):
    """A wrong password is refused, and neither it nor the right one is repeated."""
    config = make()
    monkeypatch.setenv("SEAL_PASSWORD", "jiné heslo")
    with pytest.raises(SealError, match="the password is wrong, or it is no PKCS#12 file") as caught:
        open_signer(config, at=NOW)
    assert "jiné heslo" not in str(caught.value)


@pytest.mark.parametrize("literal", [PASSWORD, "env=HESLO", "file:relative", "heslo:se:středníkem"])
def test_literal_password_is_refused(make, literal):
    """A password written into the settings is refused with the remedy and not repeated."""
    with pytest.raises(SettingsError, match="env:NAME or file:/absolute/path would be right") as caught:
        open_signer(attrs.evolve(make(), password=literal), at=NOW)
    assert literal not in str(caught.value)
    assert PASSWORD not in repr(attrs.evolve(make(), password=PASSWORD))


def test_password_comes_from_a_file(make, tmp_path):
    """`file:` reads the password; a line break at its end doesn't count."""
    file = tmp_path / "heslo"
    file.write_text(PASSWORD + "\n", encoding="utf-8")
    assert open_signer(attrs.evolve(make(), password=f"file:{file}"), at=NOW)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"password": "env:NENÍ"}, "there is no environment variable NENÍ"),
        ({"password": "file:/není"}, "/není can't be read"),
        ({"file": "není"}, "není can't be read"),
        ({"chain": "není"}, "není can't be read"),
        ({"password": "file:/dev/zero"}, r"signers\.pkcs12\.password: /dev/zero is no ordinary file"),
        ({"file": "/dev/zero"}, r"signers\.pkcs12\.file: /dev/zero is no ordinary file"),
        ({"chain": "."}, r"signers\.pkcs12\.chain: .* is no ordinary file"),
    ],
)
def test_what_is_not_there_is_named(make, tmp_path, change, message):
    """A variable, password file, PKCS#12 file or chain that is missing, or no ordinary file, is named."""
    paths = {
        field: tmp_path / value if field in {"file", "chain"} else value for field, value in change.items()
    }
    with pytest.raises((SealError, SettingsError), match=message):
        open_signer(attrs.evolve(make(), **paths), at=NOW)


def test_chain_without_certificates_is_refused(make, tmp_path):
    """A chain file that holds no certificate is refused."""
    (tmp_path / "chain.pem").write_text("nic")
    with pytest.raises(SealError, match="certificate"):
        open_signer(attrs.evolve(make(), chain=tmp_path / "chain.pem"), at=NOW)


def test_environment_is_left_alone(make):
    """Opening a signer takes nothing out of the environment."""
    open_signer(make(), at=NOW)
    assert os.environ["SEAL_PASSWORD"] == PASSWORD


def test_opened_signer_signs(make):
    """The offer opens a session whose signatures verify with the key of the seal certificate."""
    (offered,) = plugin_module.mikrocert_register_signers()
    with offered.factory(make("rsa")) as signer:
        first, second = signer.sign_many(["ř".encode(), "ď".encode()])
        key = load_der_public_key(signer.identity.public_key)
    key.verify(first, "ř".encode(), padding.PKCS1v15(), hashes.SHA256())
    key.verify(second, "ď".encode(), padding.PKCS1v15(), hashes.SHA256())


def test_settings_in_the_readme_are_right(tmp_path):
    """The settings that the README shows are taken as they stand."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    settings = tmp_path / "mikrocert.toml"
    settings.write_text(re.search(r"```toml\n(.*?)```", readme, re.DOTALL)[1], encoding="utf-8")
    signers = Registry("signers")
    for offered in plugin_module.mikrocert_register_signers():
        signers.add(offered, plugin="under-test")
    assert signers.config("pkcs12", load_settings(settings, environment={}))
