"""The sandbox: made once, kept safe, marked everywhere, and worthless outside."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import attrs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from mikrocert.api import (
    TEST_POLICY,
    Examination,
    Outcome,
    SealError,
    Services,
    Settings,
    SettingsError,
    Severity,
    Trust,
    is_test,
)
from mikrocert.host.registry import Registry
from mikrocert.settings import load_settings
from mikrocert_seal_ades.envelopes import JadesEnvelope
from mikrocert_seal_test import plugin as plugin_module
from mikrocert_seal_test.certificates import MEMBERS
from mikrocert_seal_test.config import SandboxConfig as Config
from mikrocert_seal_test.state import open_sandbox
from typer.testing import CliRunner

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """Return the settings of a sandbox with a P-256 key, which is quickly made."""
    return Config(
        state=tmp_path_factory.mktemp("stav") / "pískoviště", key="p256", organisation="Univerzita Řípská"
    )


@pytest.fixture(scope="module")
def sandbox(config):
    """Return that sandbox."""
    return open_sandbox(config, at=NOW)


def test_everyone_is_marked(sandbox):
    """Each certificate has the policy, and TEST first in O and CN."""
    for name in MEMBERS:
        certificate = sandbox.members[name].certificate
        policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
        wanted = [TEST_POLICY, "0.4.0.194112.1.3"] if name == "seal" else [TEST_POLICY]  # QCP-l-qscd
        assert [policy.policy_identifier.dotted_string for policy in policies] == wanted
        for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
            (attribute,) = certificate.subject.get_attributes_for_oid(oid)
            assert attribute.value.startswith("TEST ")


def test_seal_owner_is_a_test(sandbox):
    """The owner has O, CN, organizationIdentifier and C, and is marked as a test's."""
    owner = sandbox.signer.identity.owner
    assert owner.legal_name == owner.common_name == "TEST Univerzita Řípská"
    assert (owner.organization_identifier, owner.country) == ("NTRCZ-00000000", "CZ")
    assert owner.test


def test_chain_leads_to_the_root(sandbox):
    """The seal's chain ends at the root that is printed."""
    chain = sandbox.signer.identity.certificates
    assert chain[-1] == sandbox.root
    assert len(chain) == 3
    assert is_test(chain[1:2])


@pytest.mark.parametrize(
    ("kind", "key_class", "algorithm"),
    [("p256", ec.EllipticCurvePrivateKey, "ES256"), ("rsa3072", rsa.RSAPrivateKey, "PS256")],
)
def test_key_is_of_the_kind_asked_for(tmp_path, kind, key_class, algorithm):
    """The seal's key is RSA-3072 or P-256."""
    sandbox = open_sandbox(Config(state=tmp_path, key=kind), at=NOW)
    key = sandbox.members["seal"].key
    assert isinstance(key, key_class)
    assert key.key_size == {"p256": 256, "rsa3072": 3072}[kind]
    assert sandbox.signer.identity.algorithm == algorithm


def test_second_opening_finds_the_first(config, sandbox):
    """A sandbox is made once."""
    assert open_sandbox(config, at=NOW + timedelta(days=1)).root == sandbox.root


@pytest.mark.skipif(os.name != "posix", reason="modes of files are a matter of POSIX")
def test_keys_are_nobody_elses(config, sandbox):
    """Folder and keys are open to their owner only."""
    assert config.state.stat().st_mode & 0o077 == 0
    for name in MEMBERS:
        assert (config.state / f"{name}.key").stat().st_mode & 0o777 == 0o600


def test_no_drafts_are_left(config, sandbox):
    """After making it the folder holds keys and certificates, no lock and no drafts."""
    assert sorted(file.name for file in config.state.iterdir()) == sorted(
        f"{name}.{suffix}" for name in MEMBERS for suffix in ("key", "pem")
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("readable key", "others can read the key .*; chmod 600 would be right"),
        ("damaged key", "is damaged; remove the folder to get a new sandbox"),
        ("another key", "isn't the key of"),
        ("missing key", "can't be used: there is no such file"),
        ("other organisation", "was made for .*name another folder as state"),
        ("other key", "with a p256 key, .*; the settings now say .*, rsa3072 and http"),
        ("other address", "at http://127.0.0.1:8319; .* and http://127.0.0.1:9999: name another folder"),
    ],
)
def test_spoilt_sandbox_is_refused(tmp_path, name, message):
    """A key that others can read, damage, and settings that don't fit are refused with the remedy."""
    config = Config(state=tmp_path / "s", key="p256")
    open_sandbox(config, at=NOW)
    key = config.state / "seal.key"
    match name:
        case "readable key":
            key.chmod(0o640)
        case "damaged key":
            key.write_text("-----BEGIN PRIVATE KEY-----\nř\n-----END PRIVATE KEY-----")
        case "another key":
            key.write_bytes((config.state / "tsa.key").read_bytes())
        case "missing key":
            key.unlink()
        case "other organisation":
            config = attrs.evolve(config, organisation="Jiná ď")
        case "other address":
            config = attrs.evolve(config, url="http://127.0.0.1:9999")
        case _:
            config = attrs.evolve(config, key="rsa3072")
    with pytest.raises(SealError, match=message):
        open_sandbox(config, at=NOW)


@pytest.mark.parametrize("change", [{"country": "CZE"}, {"organisation": "Ř" * 60}])
def test_settings_that_fit_into_no_certificate_are_refused(tmp_path, change):
    """A country of three letters and a name too long are refused with what would be right."""
    with pytest.raises(SealError, match="country has two letters, organisation at most 59 characters"):
        open_sandbox(attrs.evolve(Config(state=tmp_path / "s", key="p256"), **change), at=NOW)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8319",
        "https://127.0.0.1:8319",
        "http://127.0.0.1",
        "http://h:x",
        "http://h:1/",
        "http://[::1:1",
    ],
)
def test_an_address_that_nobody_can_ask_is_refused(tmp_path, url):
    """What stands in the certificates is `http://` with a host and a port."""
    with pytest.raises(SealError, match=r"http:// with a host and a port, such as http://127\.0\.0\.1:8319"):
        open_sandbox(Config(state=tmp_path / "s", url=url), at=NOW)


def test_folder_that_cannot_be_made_is_told(tmp_path):
    """A file where the folder should be is an error that names it."""
    (tmp_path / "s").write_text("")
    with pytest.raises(SealError, match="can't be used"):
        open_sandbox(Config(state=tmp_path / "s"), at=NOW)


@pytest.mark.system
def test_processes_that_start_at_once_agree(tmp_path):
    """Several processes on an empty folder end up with one sandbox."""
    program = (
        "import sys, pathlib, hashlib; from datetime import datetime, UTC;"
        "from mikrocert_seal_test.config import SandboxConfig as C; from mikrocert_seal_test.state import open_sandbox;"
        "s = open_sandbox(C(state=pathlib.Path(sys.argv[1]), key='p256'), at=datetime.now(UTC));"
        "print([hashlib.sha256(c).hexdigest() for c in s.signer.identity.certificates])"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "s")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    printed = [process.communicate(timeout=300)[0] for process in running]
    assert all(printed)
    assert len(set(printed)) == 1


def test_stale_lock_is_named(tmp_path, monkeypatch):
    """A lock that nobody gives back is an error that says what to remove."""
    monkeypatch.setattr("mikrocert_seal_test.state._PATIENCE", 0.1)
    (tmp_path / ".lock").touch()
    with pytest.raises(SealError, match=r"remove .*\.lock"):
        open_sandbox(Config(state=tmp_path), at=NOW)


def test_seal_counts_in_this_sandbox_only(sandbox, tmp_path):
    """Trust passes with this root and sandbox = true; with another sandbox's root it fails."""
    envelope, signer = JadesEnvelope(), sandbox.signer
    prepared = envelope.prepare('{"ř": 1}'.encode(), identity=signer.identity, at=datetime.now(UTC))
    signatures = signer.sign_many([prepared.to_be_signed])
    (sealed,) = envelope.finish_many([prepared], signatures, services=Services())
    other = open_sandbox(Config(state=tmp_path, key="p256"), at=NOW)

    def trust(*anchors: bytes, allowed: bool) -> Outcome:
        opened = envelope.open(sealed)
        return envelope.examine(opened, trust=Trust(anchors, sandbox=allowed), at=datetime.now(UTC))[
            1
        ].outcome

    assert trust(sandbox.root, allowed=True) is Outcome.PASSED
    assert trust(sandbox.root, allowed=False) is Outcome.FAILED
    assert trust(other.root, allowed=True) is Outcome.FAILED


@pytest.mark.parametrize("name", ["root.pem", "seal.key", "seal.pem"])
def test_what_is_no_ordinary_file_is_refused_unread(tmp_path, name):
    """A pipe in the place of a key or a certificate is not waited for."""
    config = Config(state=tmp_path / "s", key="p256")
    open_sandbox(config, at=NOW)
    (config.state / name).unlink()
    os.mkfifo(config.state / name, 0o600)
    with pytest.raises(SettingsError, match=rf"signers\.test\.state: .*{name} is no ordinary file"):
        open_sandbox(config, at=NOW)


def test_root_is_printed(tmp_path):
    """`sandbox root` makes the sandbox that the settings name and prints its root, again and again the same."""
    settings = tmp_path / "mikrocert.toml"
    settings.write_text('[signers.test]\nstate = "stav"\nkey = "p256"\n')
    host = SimpleNamespace(
        settings=load_settings(settings, environment={}), plugins=SimpleNamespace(signers=signers())
    )
    (offered,) = plugin_module.mikrocert_register_commands()
    with offered.factory(offered.config()) as app:
        first, second = (CliRunner().invoke(app, ["root"], obj=host) for _ in range(2))
    assert first.exit_code == 0, first.output
    assert first.stderr == f"mikrocert: Settings: {settings}\n"
    assert first.stdout == second.stdout == (tmp_path / "stav" / "root.pem").read_text()
    assert x509.load_pem_x509_certificate(first.stdout.encode()).subject.rfc4514_string().count("TEST") == 2


def signers() -> Registry:
    """Return a registry of the signers that the plugin offers."""
    registry = Registry("signers")
    for offered in plugin_module.mikrocert_register_signers():
        registry.add(offered, plugin="under-test")
    return registry


def test_offer_opens_the_sandbox(config, sandbox):
    """The signer `test` is that of the sandbox."""
    with signers().get("test").factory(config) as signer:
        assert signer.identity == sandbox.signer.identity


@pytest.mark.parametrize(("in_sandbox", "codes"), [(True, []), (False, ["test-signer"])])
def test_doctor_tells_a_test_signer_where_real_credentials_are_issued(config, tmp_path, in_sandbox, codes):
    """In a sandbox there is nothing to be said of it."""
    settings = Settings(offers={"signers": {"test": {"state": str(tmp_path)}}}, folder=tmp_path)
    found = signers().examine("test", settings, examination=Examination(NOW, sandbox=in_sandbox))
    assert [(one.code, one.severity, one.path) for one in found] == [
        (code, Severity.WARNING, "signers.test") for code in codes
    ]


def test_sandboxes_have_names_of_their_own(sandbox, tmp_path):
    """Two roots are told apart by name, not only by key."""
    other = open_sandbox(Config(state=tmp_path, key="p256"), at=NOW)
    assert other.members["root"].certificate.subject != sandbox.members["root"].certificate.subject


def test_settings_in_the_readme_are_right(tmp_path):
    """The settings that the README shows are taken as they stand."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    settings = tmp_path / "mikrocert.toml"
    settings.write_text(re.search(r"```toml\n(.*?)```", readme, re.DOTALL)[1], encoding="utf-8")
    assert signers().config("test", load_settings(settings, environment={}))
