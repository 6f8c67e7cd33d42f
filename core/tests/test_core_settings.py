"""Settings: one file, overrides, and every error with the members it names."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import attrs
import pytest
from mikrocert.errors import SettingsError
from mikrocert.host.registry import Registry
from mikrocert.kinds.offer import offer
from mikrocert.service.verifying.anchors import read_anchors
from mikrocert.settings import Settings, find_settings, load_settings
from mikrocert.settings.files import read_named_file
from mikrocert.settings.secrets import secret

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


PLACES = {  # name → (files that are there, variables, whether the folder counts, what is found)
    "nothing": ((), {}, True, None),
    "the folder's, to administer": (("here",), {}, True, "here"),
    "the folder's, to verify": (("here",), {}, False, None),
    "the user's": (("user",), {}, False, "user"),
    "the user's after the folder's": (("here", "user"), {}, True, "here"),
    "the user's, whatever the folder has": (("here", "user"), {}, False, "user"),
    "the user's elsewhere": (("user", "xdg"), {"XDG_CONFIG_HOME": "xdg"}, False, "xdg"),
    "elsewhere, but not absolute": (("user",), {"XDG_CONFIG_HOME": "./xdg"}, False, "user"),
    "the system's": (("system",), {}, False, "system"),
    "the system's after the user's": (("user", "system"), {}, True, "user"),
    "of the variable": (("here", "named", "user"), {"MIKROCERT_CONFIG": "named"}, True, "named"),
    "of the variable, to verify": (("here", "named"), {"MIKROCERT_CONFIG": "named"}, False, "named"),
    "of the variable, not there": (("here", "user"), {"MIKROCERT_CONFIG": "named"}, True, "named"),
    "of an empty variable": (("here",), {"MIKROCERT_CONFIG": ""}, False, None),
    "without a home": (("user",), {"HOME": ""}, False, None),
}


@pytest.mark.parametrize("name", PLACES)
def test_settings_come_from_where_somebody_put_them(tmp_path, monkeypatch, name):
    """Named, of the variable, of the folder where it may count, of the user, of the system: the first that is there."""
    there, variables, of_folder, expected = PLACES[name]
    places = {
        "here": Path("mikrocert.toml"),
        "user": tmp_path / "home/.config/mikrocert/mikrocert.toml",
        "xdg": tmp_path / "xdg/mikrocert/mikrocert.toml",
        "system": tmp_path / "etc/mikrocert.toml",
        "named": tmp_path / "named.toml",
    }
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr("mikrocert.settings.settings._SYSTEM", places["system"])
    for place in there:
        places[place].parent.mkdir(parents=True, exist_ok=True)
        places[place].write_text(GOOD, encoding="utf-8")
    values = {"named": str(places["named"]), "xdg": str(tmp_path / "xdg")}
    environment = {"HOME": str(tmp_path / "home")}
    environment |= {variable: values.get(value, value) for variable, value in variables.items()}
    found = find_settings(of_folder=of_folder, environment=environment)
    assert found == (None if expected is None else places[expected])
    named = find_settings(Path("other.toml"), of_folder=of_folder, environment=environment)
    assert named == Path("other.toml")


def test_the_variable_never_means_the_folder_one_is_in():
    """A relative path would be another file in each folder."""
    for relative in ("mikrocert.toml", "./mikrocert.toml", "~/mikrocert.toml"):
        with pytest.raises(SettingsError, match=r"MIKROCERT_CONFIG is .*; an absolute path would be right"):
            find_settings(of_folder=False, environment={"MIKROCERT_CONFIG": relative})


ORIGINS = {  # name → (whether there is a file, variables, the sentence)
    "nothing": (False, {}, "Settings: none, the defaults hold"),
    "a file": (True, {}, "Settings: FOLDER/mikrocert.toml"),
    "both": (
        True,
        {"MIKROCERT_SIGNER": "x", "MIKROCERT_BASE_URL": "https://b.example"},
        "Settings: FOLDER/mikrocert.toml; overridden by the environment: base_url, signer",
    ),
    "the environment": (
        False,
        {"MIKROCERT_SANDBOX": "true"},
        "Settings: none, the defaults hold; overridden by the environment: sandbox",
    ),
}


@pytest.mark.parametrize("name", ORIGINS)
def test_settings_say_where_they_come_from(tmp_path, name):
    """The file that was read, absolute, and what overrides it."""
    there, variables, sentence = ORIGINS[name]
    found = settings(tmp_path, **variables) if there else load_settings(environment=variables)
    assert str(found.origin) == sentence.replace("FOLDER", str(tmp_path))
    assert found.file == (tmp_path / "mikrocert.toml" if there else None)


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
    with pytest.raises(SettingsError, match="is no ordinary file"):
        load_settings(tmp_path, environment={})
    (tmp_path / "a.toml").write_bytes('seal = "Ř"'.encode("cp1250"))
    with pytest.raises(SettingsError, match="octet 9 is not UTF-8"):
        load_settings(tmp_path / "a.toml", environment={})


def unfit(folder, kind):
    """Return something of a kind that is no ordinary small file."""
    path = folder / "unfit"
    if kind == "a device":
        return Path("/dev/zero")
    if kind == "a link to a device":
        path.symlink_to("/dev/zero")
    if kind == "a pipe":
        os.mkfifo(path)
    if kind == "a folder":
        path.mkdir()
    if kind == "1 GB":
        with path.open("wb") as file:
            file.truncate(1_000_000_000)
    if kind == "a socket":
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(path))
    return path


UNFIT = {  # kind → what is said
    "a device": "/dev/zero is no ordinary file",
    "a link to a device": "is no ordinary file",
    "a pipe": "is no ordinary file",
    "a folder": "is no ordinary file",
    "a socket": "is no ordinary file",
    "1 GB": "is larger than 1 MiB",
    "nothing": "can't be read",
}

NAMING = {  # what names a file → how it is read
    "an anchor": lambda path: read_anchors(path, member="trust.anchors"),
    "a file of an offer": lambda path: read_named_file(path, member="signers.toy.key"),
    "a secret": lambda path: secret(f"file:{path}", member="signers.toy.password"),
    "the settings": lambda path: load_settings(path, environment={}),
}


@pytest.mark.parametrize("kind", UNFIT)
@pytest.mark.parametrize("what", NAMING)
def test_only_ordinary_small_files_are_read(tmp_path, monkeypatch, kind, what):
    """What may never end, waits for somebody or fills memory is refused unread, with member, place and what would be right."""
    path = unfit(tmp_path, kind)
    read = []
    monkeypatch.setattr("mikrocert.parsing.files.os.open", lambda *_: read.append(path) or 1 / 0)
    if (kind, what) == ("nothing", "the settings"):
        with pytest.raises(SettingsError, match="there is no settings file"):
            NAMING[what](path)
        return
    if kind == "nothing":
        monkeypatch.undo()
    with pytest.raises(SettingsError) as caught:
        NAMING[what](path)
    message = str(caught.value).replace("64 KiB", "1 MiB")
    assert UNFIT[kind] in message
    assert str(path) in message
    assert "an ordinary file of at most" in message
    assert read == []


def test_what_became_another_thing_is_not_waited_for(tmp_path, monkeypatch):
    """A pipe that takes the place of a file after it was looked at is neither waited for nor read."""
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    looked_at = ordinary.stat()
    monkeypatch.setattr(Path, "stat", lambda path, **_: looked_at)
    with pytest.raises(SettingsError, match="is no ordinary file"):
        read_named_file(unfit(tmp_path, "a pipe"), member="trust.anchors")


def test_a_file_may_be_as_large_as_it_may(tmp_path):
    """The last octet that is allowed is; one more isn't, whatever its size was said to be."""
    path = tmp_path / "key"
    path.write_bytes(b"x" * 1024)
    assert len(read_named_file(path, member="m", most=1024)) == 1024
    path.write_bytes(b"x" * 1025)
    with pytest.raises(SettingsError, match="larger than 1 KiB; an ordinary file of at most 1 KiB"):
        read_named_file(path, member="m", most=1024)


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
    "MIKROCERT_CONFIG": ("/x", lambda s: s.signer, "test"),
    "OTHER": ("x", lambda s: s.signer, "test"),
}


@pytest.mark.parametrize("name", OVERRIDES)
def test_environment_overrides(tmp_path, name):
    """A variable overrides a member at any depth and leaves the rest."""
    value, ask, expected = OVERRIDES[name]
    found = settings(tmp_path, **{name: value})
    assert ask(found) == expected
    assert found.operator.organization_identifier == "NTRCZ-00000000"


@pytest.mark.parametrize("name", ["MIKROCERT_", "MIKROCERT___URL", "MIKROCERT_ARCHIVE__", "MIKROCERT_A____B"])
def test_a_variable_that_names_no_member_is_named_itself(tmp_path, name):
    """Where a part of its name is empty, its error says which variable it is."""
    with pytest.raises(SettingsError, match=rf"name no setting: {name}; MIKROCERT_BASE_URL or"):
        settings(tmp_path, **{name: "1", "MIKROCERT_SIGNER": "test"})


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
    for fault in (
        "signers.toy.retries: ",
        "signers.toy.kye: unknown member; probably 'key'",
        "signers.toy.chain[0]: ",
    ):
        assert fault in str(caught.value)


KEPT = {  # octets of a secret → the secret, or none if they are refused
    "UTF-8": ("žluťoučký kůň".encode(), "žluťoučký kůň"),
    "UTF-8 with a mark and a line break": ("kůň\r\n".encode("utf-8-sig"), "kůň"),
    "Windows-1250": ("žluťoučký kůň".encode("cp1250"), None),
    "UTF-16": ("kůň".encode("utf-16"), None),
}


@pytest.mark.parametrize("kept", ["file", "env"])
@pytest.mark.parametrize("name", KEPT)
def test_a_secret_is_a_text_in_utf_8(tmp_path, monkeypatch, kept, name):
    """A mark that an editor put in front is no part of it; another encoding is told, and nothing of the secret."""
    octets, text = KEPT[name]
    if kept == "env" and b"\0" in octets:
        return  # no environment can hold it
    (tmp_path / "secret").write_bytes(octets)
    if kept == "env":
        monkeypatch.setenv("SECRET", os.fsdecode(octets))
    reference = "env:SECRET" if kept == "env" else f"file:{tmp_path / 'secret'}"
    if text is not None:
        assert secret(reference, member="x").decode().strip() == text
        return
    with pytest.raises(SettingsError, match="is not in UTF-8") as caught:
        secret(reference, member="signers.toy.password")
    assert "signers.toy.password" in str(caught.value)
    assert repr(octets)[2:8] not in str(caught.value)
