"""Settings: one file, overrides, and every error with the members it names."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from mikrocert.errors import SettingsError
from mikrocert.host.registry import Registry
from mikrocert.kinds.offer import offer
from mikrocert.settings import Settings, load_settings

GOOD = """
base_url = "https://mikrocert.example/"
sandbox = true
signer = "test"

[operator]
name = { cs = "Řípská", en = "Říp" }
organization_identifier = "NTRCZ-00000000"

[signers.test]
key = "keys/seal.pem"
"""


def settings(folder, text=GOOD, **environment):
    path = folder / "mikrocert.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environment=environment)


def test_defaults_without_a_file(tmp_path, monkeypatch):
    """Without mikrocert.toml there is no operator and no archive: enough to verify, not to issue."""
    monkeypatch.chdir(tmp_path)
    found = load_settings(environment={})
    assert (found.operator, found.archive, found.sandbox) == (None, None, False)
    assert found.archive_url is None
    assert found.folder == tmp_path


def test_a_file_is_read(tmp_path):
    """Members, sections of offers and the folder are there; the base has no final slash."""
    found = settings(tmp_path)
    assert found.base_url == "https://mikrocert.example"
    assert found.operator.name.best("cs") == "Řípská"
    assert found.sections("signers") == {"test": {"key": "keys/seal.pem"}}
    assert found.sections("formats") == {}
    assert found.folder == tmp_path


def test_the_archive_lies_beside_the_file(tmp_path):
    """A relative SQLite file is taken from the folder of mikrocert.toml, an absolute one and other URLs as they are."""
    assert settings(tmp_path).archive_url == f"sqlite:///{tmp_path}/archive.sqlite"
    for url in ("sqlite:////var/lib/archive.sqlite", "postgresql+psycopg://db/mikrocert"):
        assert settings(tmp_path, f'{GOOD}\n[archive]\nurl = "{url}"').archive_url == url


def test_the_file_in_the_current_folder_is_found(tmp_path, monkeypatch):
    """mikrocert.toml in the current folder is read without being named."""
    settings(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert load_settings(environment={}).signer == "test"


WRONG = {  # name → (text, English message)
    "not TOML": ("base_url = ", "is not TOML"),
    "an unknown member": ('basse_url = "x"', "basse_url: unknown member; probably 'base_url' is meant"),
    "a text for a boolean": ('sandbox = "false"', "sandbox: this is a text; it has to be true or false"),
    "a missing member": (
        "[operator]\nname = { cs = 'Ř' }",
        "operator.organization_identifier: this is mandatory",
    ),
    "an address without scheme": ('base_url = "mikrocert.example"', "https://host.example would be right"),
    "an address with a query": ('base_url = "https://a.example/?x"', "https://host.example would be right"),
    "a kind that is no section": ("signers = 1", "a section is wanted in: signers;"),
    "an offer that is no section": ("[signers]\ntest = 1", "a section is wanted in: signers.test;"),
    "an allow-list that is a text": ('[plugins]\nallow = "mikrocert"', "plugins.allow: this is a text"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused(tmp_path, name):
    """The message names the file, the member and what would be right."""
    text, message = WRONG[name]
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, text)
    assert message in str(caught.value)
    assert "mikrocert.toml" in str(caught.value)


def test_all_errors_come_at_once(tmp_path):
    """Every wrong member is named."""
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, 'sandbox = 1\nformat = 2\n[archive]\nurl = 3\n[trust]\nanchors = ["a", 4]')
    for member in ("sandbox", "format", "archive.url", "trust.anchors[1]"):
        assert f"{member}: " in str(caught.value)


def test_a_file_that_can_not_be_read_is_refused(tmp_path):
    """Missing, a folder, not UTF-8: each is said."""
    with pytest.raises(SettingsError, match="there is no settings file"):
        load_settings(tmp_path / "missing.toml", environment={})
    with pytest.raises(SettingsError, match="can't be read"):
        load_settings(tmp_path, environment={})
    (tmp_path / "a.toml").write_bytes('seal = "Ř"'.encode("cp1250"))
    with pytest.raises(SettingsError, match="octet 9 is not UTF-8"):
        load_settings(tmp_path / "a.toml", environment={})


OVERRIDES = {  # variable → (value, what is asked, what is expected)
    "MIKROCERT_SIGNER": ("pkcs12", lambda s: s.signer, "pkcs12"),
    "MIKROCERT_BASE_URL": ("https://b.example", lambda s: s.base_url, "https://b.example"),
    "MIKROCERT_SANDBOX": ("false", lambda s: s.sandbox, False),
    "MIKROCERT_ARCHIVE__URL": ("sqlite:////a", lambda s: s.archive_url, "sqlite:////a"),
    "MIKROCERT_OPERATOR__CONTACT": ("a@b.example", lambda s: s.operator.contact, "a@b.example"),
    "MIKROCERT_PLUGINS__ALLOW": ('["a"]', lambda s: s.plugins.allow, ("a",)),
    "MIKROCERT_SIGNERS__TEST__KEY": (
        "other.pem",
        lambda s: s.sections("signers"),
        {"test": {"key": "other.pem"}},
    ),
    "MIKROCERT_FORMATS__EDC_V3__X": ("1", lambda s: s.sections("formats"), {"edc-v3": {"x": 1}}),
    "MIKROCERT_SHARED": ("/x", lambda s: s.signer, "test"),
    "OTHER": ("x", lambda s: s.signer, "test"),
}


@pytest.mark.parametrize("name", OVERRIDES)
def test_environment_overrides(tmp_path, name):
    """A variable overrides a member at any depth and leaves the rest."""
    value, ask, expected = OVERRIDES[name]
    found = settings(tmp_path, **{name: value})
    assert ask(found) == expected
    assert found.operator.organization_identifier == "NTRCZ-00000000"


def test_wrong_overrides_are_named(tmp_path):
    """An unknown or contradicting variable is an error that says it came from the environment."""
    with pytest.raises(SettingsError, match=r"overridden: singer.*probably 'signer'"):
        settings(tmp_path, MIKROCERT_SINGER="x")
    with pytest.raises(SettingsError, match=r"override signer\.name: signer is not a section"):
        settings(tmp_path, MIKROCERT_SIGNER__NAME="x")


@attrs.frozen
class Inner:
    file: Path


@attrs.frozen
class Config:
    key: Path = Path("default.pem")
    chain: tuple[Path, ...] = ()
    spare: Path | None = None
    inner: Inner | None = None
    retries: int = 3


def registry():
    kinds = Registry("signers")
    kinds.add(offer("toy", "Toy", Config, lambda config: config), plugin="toy")
    return kinds


def config(folder, **section):
    return registry().config("toy", Settings(offers={"signers": {"toy": section}}, folder=folder))


def test_paths_of_offers_are_taken_from_the_folder(tmp_path):
    """Relative paths, also in lists, inside and by default, lie beside mikrocert.toml; absolute ones stay."""
    found = config(tmp_path, chain=["a.pem", "/b.pem"], inner={"file": "c.pem"})
    assert found.key == tmp_path / "default.pem"
    assert found.chain == (tmp_path / "a.pem", Path("/b.pem"))
    assert found.inner.file == tmp_path / "c.pem"
    assert found.spare is None


def test_a_wrong_section_is_refused_with_every_member(tmp_path):
    """All members of the section that are wrong are named with the section."""
    with pytest.raises(SettingsError) as caught:
        config(tmp_path, retries="3", kye="x", chain=[1])
    for told in (
        "signers.toy.retries: ",
        "signers.toy.kye: unknown member; probably 'key'",
        "signers.toy.chain[0]: ",
    ):
        assert told in str(caught.value)
