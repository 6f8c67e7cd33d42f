"""Distributions that are none of ours: installed for the tests in a folder of their own, used by the program as they are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from mikrocert.api import TEST_POLICY, award_to_json
from mikrocert.testing import example_award

if TYPE_CHECKING:
    from collections.abc import Sequence

SETTINGS = """
sandbox = true
base_url = "https://outside.example"
signer = "card"
renderer = "sheet"
format = "edc-v3"

[operator]
name = { cs = "Zkušební provozovatel", en = "Test operator" }
organization_identifier = "NTRCZ-00000000"

[archive]
url = "sqlite:///archive.sqlite"

[trust]
anchors = ["card/root.pem"]
organisations = ["card/root.pem"]  # the certificate on the card does not say that it is for seals

[signers.card]
folder = "card"
"""
_SEVERAL = """
import contextlib, io, json, os, sys
from mikrocert.cli.app import run

results = []
for arguments, deed in json.loads(sys.argv[1]):
    if deed is not None:
        os.environ["ROGUE"] = deed
    with contextlib.redirect_stdout(io.StringIO()) as output, contextlib.redirect_stderr(io.StringIO()) as errors:
        code = run(arguments)
    results.append((code, output.getvalue(), errors.getvalue()))
print(json.dumps(results))
"""
_NAMES = {
    "root": {NameOID.COMMON_NAME: "TEST kořen karty"},
    "seal": {
        NameOID.COUNTRY_NAME: "CZ",
        NameOID.ORGANIZATION_NAME: "TEST Zkušební provozovatel",
        NameOID.ORGANIZATION_IDENTIFIER: "NTRCZ-00000000",
        NameOID.COMMON_NAME: "TEST pečeť na kartě",
    },
}


def make_card(folder: Path) -> None:
    """Make a key, a seal certificate with the test mark and its root."""
    folder.mkdir()
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in _NAMES}
    names = {
        name: x509.Name([x509.NameAttribute(oid, value) for oid, value in members.items()])
        for name, members in _NAMES.items()
    }
    start = datetime.now(UTC) - timedelta(days=1)
    for name, key in keys.items():
        builder = (
            x509.CertificateBuilder()
            .subject_name(names[name])
            .issuer_name(names["root"])
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=365))
            .add_extension(x509.BasicConstraints(ca=name == "root", path_length=None), critical=True)
            .add_extension(_usage("key_cert_sign" if name == "root" else "content_commitment"), critical=True)
            .add_extension(
                x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(TEST_POLICY), None)]),
                critical=False,
            )
        )
        certificate = builder.sign(keys["root"], hashes.SHA256())
        (folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    private = keys["seal"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(private)


def _usage(*wanted: str) -> x509.KeyUsage:
    names = (
        *(
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
        ),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: name in wanted for name in names})


@attrs.frozen
class Outside:
    """A folder with settings, an archive and a card, and the program with the packages beside it.

    Args:
        folder: where the program runs.
        site: where the packages are installed.
    """

    folder: Path
    site: Path

    def python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Python with the packages."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MIKROCERT_")}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={
                **inherited,
                "PYTHONPATH": str(self.site),
                "CARD_PIN": "2605",
                "MIKROCERT_CONFIG": str(self.folder.absolute() / "mikrocert.toml"),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the program."""
        return self.python("-c", "from mikrocert.cli import main; main()", *arguments, **environment)

    def results(self, *commands: Sequence[str], **environment: str) -> list[tuple[int, str, str]]:
        """Run several commands in one process; return exit code, output and errors of each."""
        return self._several([(command, None) for command in commands], **environment)

    def rogue(
        self, deeds: Sequence[str], *command: str, **environment: str
    ) -> dict[str, tuple[int, str, str]]:
        """Run a command once for each deed of the rogue, in one process; return exit code, output and errors of each."""
        results = self._several([(command, deed) for deed in deeds], ROGUE="none", **environment)
        return dict(zip(deeds, results, strict=True))

    def _several(
        self, commands: Sequence[tuple[Sequence[str], str | None]], **environment: str
    ) -> list[tuple[int, str, str]]:
        done = self.python("-c", _SEVERAL, json.dumps(commands), **environment)
        assert done.returncode == 0, done.stderr
        return [tuple(result) for result in json.loads(done.stdout)]

    def json(self, *arguments: str, code: int = 0, **environment: str) -> list[dict]:
        """Run the program, hold its exit code, and return what it prints in JSON, object by object."""
        done = self.run(*arguments, "--json", **environment)
        assert done.returncode == code, done.stdout + done.stderr
        if done.stdout.startswith("{\n"):
            return [json.loads(done.stdout)]
        return [json.loads(line) for line in done.stdout.splitlines()]

    def awards(self, *numbers: str) -> str:
        """Write an export of one award for each evidence number."""
        award = award_to_json(example_award())
        awards = [{**award, "evidence_number": number} for number in numbers]
        (self.folder / "awards.json").write_text(json.dumps({"awards": awards}, default=float), "utf-8")
        return "awards.json"

    @property
    def log(self) -> list[str]:
        """What the card did."""
        return (self.folder / "card" / "log.txt").read_text("utf-8").splitlines()


@pytest.fixture(scope="session")
def program_in(site):
    """Return what gives the program with the packages in a folder."""
    return lambda folder: Outside(folder, site)


@pytest.fixture(scope="session")
def unused(made_once, program_in) -> Path:
    """Return a folder with settings, a card and an archive in which nothing is."""

    def make(folder: Path) -> None:
        (folder / "mikrocert.toml").write_text(SETTINGS, "utf-8")
        for name in ("card", "other-card"):
            make_card(folder / name)
        done = program_in(folder).run("archive", "init")
        assert done.returncode == 0, done.stderr

    return made_once(make)


@pytest.fixture
def outside(unused, program_in, tmp_path) -> Outside:
    """Return the program in such a folder of one's own."""
    return program_in(shutil.copytree(unused, tmp_path / "outside"))
