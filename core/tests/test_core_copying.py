"""Copies of sealed files: who may be copied, what a copy says, and what the command leaves alone."""

from __future__ import annotations

import json
import shutil

import attrs
import pytest
from mikrocert.archive import ErasureReason
from mikrocert.award.canonical import award_to_json
from mikrocert.certificate import certificates_of
from mikrocert.cli.app import run
from mikrocert.errors import ErasedError, SettingsError, UnknownIdentifier
from mikrocert.kinds.renderer import TEST_MARK, DocumentType
from mikrocert.parsing import strict_json
from mikrocert.service.system import open_system
from mikrocert.settings import load_settings
from mikrocert.testing import example_award, example_view
from mikrocert.texts import LanguageMap, Texts

TOML = """
base_url = "https://toy.example"
sandbox = true
renderer = "toy"
[operator]
name = { cs = "Řípská" }
organization_identifier = "NTRCZ-00000000"
[trust]
anchors = ["root.pem"]
"""
of = LanguageMap.of
TEXTS = Texts()


@pytest.fixture
def plain_copies(toy):
    """A renderer of copies, which writes what certificates say of their copy and their holder."""

    class Copies(toy.Renderer):
        document_type = DocumentType("text/plain", ".txt", None)

        def document(self, certificates, *, attachment, branding):
            lines = [TEST_MARK if each.test else "" for each in certificates]
            for each in certificates:
                lines += [line.text for line in each.copy.headline]
                lines += [line.text for pair in each.copy.sentences for line in pair]
                lines.append(each.front.holder)
            return "\n".join([*lines, attachment.name, str(len(attachment.data))]).encode()

        def text(self, document):
            return (document.decode(),)

    return Copies


@pytest.fixture
def folder(toy, tmp_path, empty_archive, monkeypatch, plain_copies):
    """Work in a folder with settings, where all toys and a renderer of copies are installed."""
    made = [plain_copies]

    def plugins(**_):
        found = toy.plugins()
        plain = toy.offering("renderers", "plain", lambda _: made[-1](), usual=False)
        found.add(plain, name="toy-copies")
        return found

    toy.settings(tmp_path)
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    (tmp_path / "mikrocert.toml").write_text(TOML, encoding="utf-8")
    monkeypatch.setenv("MIKROCERT_CONFIG", str(tmp_path / "mikrocert.toml"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mikrocert.host.loading.load_plugins", plugins)
    monkeypatch.setattr("mikrocert.service.system.load_plugins", plugins)
    return tmp_path


@pytest.fixture
def identifier(folder, capsys):
    """Issue the example and return its identifier."""
    document = {"awards": [award_to_json(example_award())]}
    (folder / "awards.json").write_text(strict_json.dumps(document), encoding="utf-8")
    assert run(["issue", "awards.json", "--institution", "toy", "--json"]) == 0
    return json.loads(capsys.readouterr().out)["identifier"]


def copied(file, *, renderer="plain", out="copy.txt", lang="en"):
    return run(["copy", file, "--renderer", renderer, "--out", out, "--lang", lang])


@pytest.mark.parametrize("suffix", [".toy", ".pdf"])
def test_a_copy_says_what_verifying_says(folder, capsys, identifier, suffix):
    """Of the sealed file or the certificate alike: on the copy and on the terminal, in each language, with the file inside."""
    file = folder / f"{identifier}{suffix}"
    assert copied(file.name) == 0
    copy = (folder / "copy.txt").read_text("utf-8")
    assert copy.startswith(TEST_MARK)
    assert "Test micro-credential, proves nothing" in copy
    assert "Zkušební mikrocertifikát" in copy
    assert "Only the sealed file proves what is written here." in copy
    assert copy.endswith(f"{file.name}\n{file.stat().st_size}")
    answer = capsys.readouterr().out
    assert answer.startswith(" TEST")
    assert "The copy is copy.txt; it is not sealed and proves nothing by itself." in answer


def test_a_copy_of_what_was_revoked_says_so(folder, capsys, identifier):
    """It is still what was sealed; exit code and copy are those of verify."""
    assert run(["revoke", identifier, "--reason", "Omyl v příjmení"]) == 0
    assert copied(f"{identifier}.toy") == 1
    copy = (folder / "copy.txt").read_text("utf-8")
    assert "Mikrocertifikát byl zrušen" in copy
    assert "Omyl v příjmení" in copy
    assert "revoked" in capsys.readouterr().out


def swapped(file):
    file.write_bytes(file.read_bytes().replace("Kateřina".encode(), "Karolína".encode()))


def strict(file):
    (file.parent / "mikrocert.toml").write_text(TOML.replace("sandbox = true", ""), encoding="utf-8")


UNPROVEN = {  # what is wrong → how the file or the settings come to it, and the exit code
    "changed": (swapped, 1),
    "a test outside a sandbox": (strict, 1),
    "no micro-credential": (lambda file: file.write_text("ř"), 3),
    "not there": (lambda file: file.unlink(), 3),
}


@pytest.mark.parametrize("name", UNPROVEN)
def test_what_is_not_proven_is_not_copied(folder, capsys, identifier, name):
    """Its text is anybody's, and large print makes it no truer."""
    change, code = UNPROVEN[name]
    change(folder / f"{identifier}.toy")
    assert copied(f"{identifier}.toy") == code
    assert not (folder / "copy.txt").exists()
    answer = capsys.readouterr()
    assert "Karolína" not in answer.out
    assert "No copy was made" in answer.out or "can't be read" in answer.err


@pytest.mark.parametrize("kind", ["file", "link that leads nowhere", "folder"])
def test_what_has_the_name_of_a_copy_is_kept(folder, capsys, identifier, kind):
    """Nothing is overwritten, and nothing is written through a link."""
    out = folder / "copy.txt"
    if kind == "file":
        out.write_text("moje poznámky")
    elif kind == "folder":
        out.mkdir()
    else:
        out.symlink_to(folder / "elsewhere.txt")
    assert copied(f"{identifier}.toy") == 64
    assert "--out: copy.txt is there already and is kept" in capsys.readouterr().err
    assert not (folder / "elsewhere.txt").exists()
    assert kind != "file" or out.read_text() == "moje poznámky"


def test_documents_that_are_to_be_sealed_are_no_copies(folder, capsys, identifier):
    """A certificate without its seal would look like one with it."""
    assert copied(f"{identifier}.toy", renderer="toy") == 78
    assert "'toy' (application/x-toy-pdf) are to be sealed" in capsys.readouterr().err
    assert not (folder / "copy.txt").exists()


def test_a_copy_of_a_test_without_its_mark_is_not_written(
    folder, capsys, identifier, plain_copies, monkeypatch
):
    """Whatever a renderer forgets, the mark is looked for."""
    monkeypatch.setattr(plain_copies, "text", lambda self, document: ("a page",))
    assert copied(f"{identifier}.toy") == 69
    assert "lacks the mark" in capsys.readouterr().err
    assert not (folder / "copy.txt").exists()


def test_copies_can_not_be_issued(folder, capsys, identifier):
    """Settings that choose a renderer of copies are refused before the first award, and the error says what would be right."""
    (folder / "mikrocert.toml").write_text(TOML.replace('"toy"', '"plain"', 1), encoding="utf-8")
    assert run(["issue", "awards.json", "--institution", "toy"]) == 78
    answer = capsys.readouterr().err
    assert "renderer: it makes copies (text/plain), which nobody seals" in answer
    assert "`mikrocert plugins` lists all" in answer


def test_a_format_without_document_needs_no_renderer_that_seals(folder, toy, capsys, identifier, monkeypatch):
    """Where nothing is drawn, it doesn't matter what the renderer makes: the credential is issued alone."""
    monkeypatch.setattr(
        toy.Format, "packaging", attrs.evolve(toy.Format.packaging, pictures=False, document=False)
    )
    (folder / "mikrocert.toml").write_text(TOML.replace('"toy"', '"plain"', 1), encoding="utf-8")
    other = attrs.evolve(example_award(), evidence_number="UŘ/2026/0043")
    (folder / "awards.json").write_text(strict_json.dumps({"awards": [award_to_json(other)]}))
    assert run(["issue", "awards.json", "--institution", "toy", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["files"] == [f"{result['identifier']}.toy"]


def easy(language, **changes):
    """Return the sentences of the example in easy language."""
    [certificate] = certificates_of(
        attrs.evolve(example_view(), **changes), texts=TEXTS, file="x.toy", languages=(language,)
    )
    return [pair.lead.text.replace("\u00a0", " ") for part in certificate.plain for pair in part.sentences]


def test_easy_language_says_who_what_from_whom_when_and_how_much():
    """One statement a sentence, in real Czech."""
    assert easy("cs")[2:7] == [
        "Mikrocertifikát patří této osobě: Kateřina Hůrková-Ďurišová.",
        "Mikrocertifikát má tento název: Analýza dat v jazyce Python.",
        "Mikrocertifikát uděluje tato škola: Univerzita Řípská.",
        "Byl udělen 22. června 2026.",
        "Kolik je v něm práce: 2,5 kreditu ECTS.",
    ]
    assert "Then type in this code: K7mQ x4Rt 9bHz" in easy("en")
    assert easy("cs", test=True)[:2] == ["Tento mikrocertifikát je jen zkušební.", "Neplatí."]


@pytest.mark.parametrize("language", ["cs", "en"])
def test_easy_language_leaves_out_what_there_is_not(language):
    """A view of a title alone has sentences, and none of them names nothing."""
    sentences = easy(
        language, holder=None, awarded_on=None, figures=(), link=None, identifier=None, birth=None
    )
    assert 4 < len(sentences) < 8
    assert not [text for text in sentences if "None" in text or "{" in text]


@pytest.mark.parametrize("language", ["cs", "en"])
def test_easy_language_explains_its_abbreviation(language):
    """The one abbreviation is followed by its words."""
    sentences = easy(language)
    place = next(number for number, text in enumerate(sentences) if "ECTS" in text)
    assert "European Credit Transfer" in sentences[place + 1] or "systém přenosu" in sentences[place + 1]
    assert not [text for text in sentences if "EQF" in text]


def test_what_the_archive_has_is_copied_by_whatever_is_installed_for_that(folder, identifier):
    """With what is found now, and the file inside; what isn't there, or was erased, isn't copied, nor by a renderer of certificates."""
    settings = load_settings(folder / "mikrocert.toml")
    with open_system(settings) as system:
        (offered,) = system.copies
        assert (offered.name, offered.media_type, offered.suffix) == ("plain", "text/plain", ".txt")
        assert "Test micro-credential" in system.copy(identifier, renderer="plain").decode()
        system.revoke(identifier, reason="Omyl v příjmení")
        copy = system.copy(identifier, renderer="plain").decode()
        assert "Omyl v příjmení" in copy
        assert f"{identifier}.toy" in copy
        with pytest.raises(UnknownIdentifier):
            system.copy("aaaaBBBB2222", renderer="plain")
        with pytest.raises(SettingsError):
            system.copy(identifier, renderer="toy")
        system.erase(identifier, reason=ErasureReason.OTHER)
        with pytest.raises(ErasedError):
            system.copy(identifier, renderer="plain")
