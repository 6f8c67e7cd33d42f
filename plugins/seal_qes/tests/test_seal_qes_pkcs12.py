"""The signer with a PKCS#12 file: what it opens, and what it refuses and why."""

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
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
    "p521": ec.generate_private_key(ec.SECP521R1()),
    "k256": ec.generate_private_key(ec.SECP256K1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "root": ec.generate_private_key(ec.SECP256R1()),
    "authority": ec.generate_private_key(ec.SECP256R1()),
}
ALGORITHMS = {"rsa": "PS256", "p384": "ES384", "p521": "ES512"}
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


def offers() -> Registry:
    signers = Registry("signers")
    for offered in plugin_module.mikrocert_register_signers():
        signers.add(offered, plugin="under-test")
    return signers


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
        return Pkcs12Config(file=file, password="env:SEAL_PASSWORD", algorithm=ALGORITHMS.get(kind, "ES256"))

    return write


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [
        *(("rsa", f"{padding}{digest}") for padding in ("RS", "PS") for digest in (256, 384, 512)),
        ("p256", "ES256"),
        ("p384", "ES384"),
        ("p521", "ES512"),
    ],
)
def test_settings_choose_the_algorithm(make, kind, algorithm):
    """A key signs with each algorithm that it can; the key is that of the certificate."""
    signer = open_signer(attrs.evolve(make(kind), algorithm=algorithm), at=NOW)
    assert signer.identity.algorithm == algorithm
    assert load_der_public_key(signer.identity.public_key) == KEYS[kind].public_key()
    assert len(signer.sign_many([b"1", b"2"])) == 2


def test_algorithm_has_no_default(tmp_path):
    """A real seal says its algorithm; settings without one are refused, with the names that there are."""
    settings = tmp_path / "mikrocert.toml"
    settings.write_text('[signers.pkcs12]\nfile = "a.p12"\npassword = "env:A"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="algorithm"):
        offers().config("pkcs12", load_settings(settings, environment={}))


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
        (
            {"kind": "k256"},
            "on the curve secp256k1; RSA of at least 2048 bits, P-256, P-384 or P-521 is needed",
        ),
        ({"kind": "ed25519"}, "of another kind; RSA of at least 2048 bits, P-256, P-384 or P-521 is needed"),
        ({"key": "none"}, "holds no private key; export key and certificate together"),
        ({"with_leaf": False, "others": ()}, "holds no certificate that belongs to its key"),
        ({"end": NOW - DAY / 2}, "valid from .* not now"),
        ({"start": NOW + DAY / 2}, "valid from .* not now"),
        ({"usage": "key_encipherment"}, "its key is for other uses"),
        ({"subject": {"CN": "Pečeť ď"}}, "lacks O, organizationIdentifier .*, C"),
        ({"others": (AUTHORITY,)}, "chain ends at “Vydávající ů”, which is no root; name a PEM file"),
        (
            {"others": (certificate(KEYS["p384"], {"CN": "Jiná ř"}), AUTHORITY, ROOT)},
            "others that are no authority's: Jiná ř; export the key of the seal alone",
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
        open_signer(make("k256", end=NOW - DAY / 2, usage="key_encipherment"), at=NOW)
    assert all(part in str(caught.value) for part in ("secp256k1", "not now", "for other uses"))


def test_algorithm_that_does_not_fit_the_key_is_refused(make):
    """ES256 with an RSA key is refused."""
    with pytest.raises(SealError, match="ES256"):
        open_signer(attrs.evolve(make("rsa"), algorithm="ES256"), at=NOW)


OPENSSL = shutil.which("openssl")
OLD = {
    "RC2 of 40 bits, as Windows wrote it": ["-legacy"],
    "RC2 of 128 bits": ["-legacy", "-certpbe", "PBE-SHA1-RC2-128", "-keypbe", "PBE-SHA1-RC2-128"],
    "3DES": ["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
    "RC4": ["-legacy", "-certpbe", "PBE-SHA1-RC4-128", "-keypbe", "PBE-SHA1-RC4-128"],
    "DES": ["-legacy", "-certpbe", "PBE-MD5-DES", "-keypbe", "PBE-MD5-DES"],
    "nothing encrypted": ["-certpbe", "NONE", "-keypbe", "NONE"],
    "no MAC": ["-nomac"],
    "AES": [],
}
PASSWORDS = {
    "ASCII": ("heslo", b"heslo"),
    "empty": ("", b""),
    "UTF-8": (PASSWORD, PASSWORD.encode()),
}


@pytest.fixture
def export(tmp_path, monkeypatch):
    """Return a function: have openssl write a PKCS#12 file and return the config that opens it."""

    def write(arguments, *, octets, password):
        (tmp_path / "key.pem").write_bytes(
            KEYS["p256"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        leaf = certificate(KEYS["p256"], SUBJECT)
        (tmp_path / "seal.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
        (tmp_path / "password").write_bytes(octets + b"\n")
        command = [OPENSSL, "pkcs12", "-export", "-inkey", "key.pem", "-in", "seal.pem", "-out", "seal.p12"]
        command += ["-passout", "file:password", *arguments]
        made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        if "-legacy" in arguments and made.returncode:
            pytest.skip("openssl has no legacy provider here")
        assert made.returncode == 0, made.stderr
        monkeypatch.setenv("SEAL_PASSWORD", password)
        return Pkcs12Config(file=tmp_path / "seal.p12", password="env:SEAL_PASSWORD", algorithm="ES256")

    return write


@pytest.mark.system
@pytest.mark.skipif(OPENSSL is None, reason="needs openssl")
@pytest.mark.parametrize("password", PASSWORDS.values(), ids=PASSWORDS)
@pytest.mark.parametrize("arguments", OLD.values(), ids=OLD)
def test_files_of_old_programs_are_read(export, arguments, password):
    """Whatever a provider encrypted its file with, and whatever its password is, the key in it seals."""
    text, octets = password
    signer = open_signer(export(arguments, octets=octets, password=text), at=NOW)
    (signature,) = signer.sign_many([b"1"])
    assert len(signature) == 64


@pytest.mark.system
@pytest.mark.skipif(OPENSSL is None, reason="needs openssl")
@pytest.mark.parametrize("misread", ["utf-8", "cp1250"])
def test_passwords_that_an_old_program_misread_open_the_file(export, misread):
    """A program that took each octet of the password for a letter wrote a file that opens all the same."""
    octets = PASSWORD.encode(misread).decode("latin-1").encode()
    assert open_signer(export(["-legacy"], octets=octets, password=PASSWORD), at=NOW)


@pytest.mark.parametrize(
    ("password", "what"),
    [
        ("jiné heslo", "export it anew with a password without diacritics"),
        ("heslo 漢", "export it anew with a password without diacritics"),
        ("heslo", "no PKCS#12 file$"),
        ("", "no PKCS#12 file$"),
    ],
)
def test_wrong_password_is_told_with_what_may_help(make, monkeypatch, password, what):
    """Where a password has letters that programs write differently, another password is the remedy."""
    config = make()
    monkeypatch.setenv("SEAL_PASSWORD", password)
    with pytest.raises(SealError, match=what):
        open_signer(config, at=NOW)


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
    offered = next(one for one in plugin_module.mikrocert_register_signers() if one.name == "pkcs12")
    with offered.factory(attrs.evolve(make("rsa"), algorithm="RS256")) as signer:
        first, second = signer.sign_many(["ř".encode(), "ď".encode()])
        key = load_der_public_key(signer.identity.public_key)
    key.verify(first, "ř".encode(), padding.PKCS1v15(), hashes.SHA256())
    key.verify(second, "ď".encode(), padding.PKCS1v15(), hashes.SHA256())


def test_settings_in_the_readme_are_right(tmp_path):
    """The settings that the README shows are taken as they stand."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    file = tmp_path / "mikrocert.toml"
    blocks = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    for block in blocks:
        file.write_text(block, encoding="utf-8")
        settings = load_settings(file, environment={})
        assert offers().config(settings.signer, settings)
    assert len(blocks) == len(plugin_module.mikrocert_register_signers())


def test_a_file_of_a_kind_that_no_library_reads_is_told(make, monkeypatch):
    """A key or an encryption that can't be used is a reason in words, with what would be right."""

    def load(*_):
        raise UnsupportedAlgorithm("GOST")

    monkeypatch.setattr("mikrocert_seal_qes.pkcs12.pkcs12.load_pkcs12", load)
    with pytest.raises(SealError, match=r"of a kind that no library here reads; a key of RSA or P-256"):
        open_signer(make(), at=NOW)
