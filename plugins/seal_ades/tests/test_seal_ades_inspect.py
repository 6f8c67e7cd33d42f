"""`mikrocert seal inspect`: what it prints, how it ends, and that strangers' files don't cost more than they may."""

import json
import os
from pathlib import Path

import pytest
from mikrocert.cli.app import run
from mikrocert.testing import CommandContract
from mikrocert_seal_ades import commands
from mikrocert_seal_ades.commands import group
from mikrocert_seal_ades.inspection import InspectedStamp, inspect
from mikrocert_seal_ades.signers import KeySigner


class TestCommand(CommandContract):
    @pytest.fixture
    def app(self):
        return group()


@pytest.fixture
def call(tmp_path, capsys, monkeypatch):
    """Return a function that inspects octets and returns exit code and what was printed."""
    monkeypatch.setenv("COLUMNS", "80")

    def called(data: bytes, *options: object) -> tuple[int, str]:
        file = tmp_path / "file"
        file.write_bytes(data)
        code = run(["seal", "inspect", str(file), *map(str, options)])
        return code, capsys.readouterr().out

    return called


@pytest.fixture
def found(call):
    """Return a function that inspects octets and returns exit code and answer."""

    def answered(data: bytes, *options: object) -> tuple[int, dict]:
        code, printed = call(data, "--json", *options)
        return code, json.loads(printed)

    return answered


def test_an_intact_seal(found, sealed_json):
    """A seal of ours is intact at B-B, and the answer has the members that were promised."""
    code, answer = found(sealed_json)
    (seal,) = answer.pop("signatures")
    assert (code, answer) == (0, {"errors": []})
    assert seal == {
        "intact": True,
        "level": "B-B",
        "algorithm": "ES256",
        "signing_time": "2026-11-22T12:00:00Z",
        "signer": "Pečeť řůď",
        "timestamps": [],
        "errors": [],
        "warnings": [],
    }


def test_a_program_finds_the_same(sealed_json, sealed_pdf):
    """Without the command line: seals of both kinds, one that was changed, and what holds none."""
    of_json, of_pdf = (inspect(data).seals for data in (sealed_json, sealed_pdf))
    assert [(seal.intact, seal.level, seal.errors) for seal in (*of_json, *of_pdf)] == [(True, "B-B", ())] * 2
    (seal,) = inspect(sealed_pdf + b"x").seals
    assert (seal.intact, [fault.code for fault in seal.errors]) == (False, ["changed-after-seal"])
    for nothing in (b"{}", b"%PDF-1.7"):
        assert inspect(nothing).seals == ()
        assert inspect(nothing).errors


@pytest.mark.parametrize(
    ("imprint", "signature", "intact"),
    [(True, True, True), (True, None, None), (None, False, False), (False, True, False)],
)
def test_a_time_stamp_is_intact_where_both_are(imprint, signature, intact):
    """Its imprint and its signature; what nobody can tell stays open."""
    assert InspectedStamp("sigTst", imprint, signature, None, None, None).intact is intact


def test_a_changed_seal(found, sealed_json):
    """A seal that is not intact ends with 1 and says what is wrong, where, and by which clause."""
    code, answer = found(sealed_json.replace("Ď".encode(), "Ť".encode()))
    (seal,) = answer["signatures"]
    assert (code, seal["intact"], seal["level"]) == (1, False, "none")
    assert [one["code"] for one in seal["errors"]] == ["signature-invalid"]
    assert seal["errors"][0]["clause"] == "RFC 7515, 5.2"
    assert seal["errors"][0]["message"].startswith("The signature does not fit")


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"\x00\xff", b'{"payload":"","signatures":[]}', b"a.b.c", b"%PDF-1.7", b"[" * 100]
)
def test_nothing_to_be_read(found, call, data):
    """A file without a signature that can be read gives an empty list, an error and 3."""
    code, answer = found(data)
    assert (code, answer["signatures"]) == (3, [])
    assert all(one["code"] and one["message"] for one in answer["errors"])
    assert answer["errors"]
    assert call(data)[0] == 3


def test_a_file_that_is_not_there(capsys, tmp_path):
    """What is no ordinary file gives an answer too."""
    for path in (tmp_path / "nowhere", tmp_path):
        assert run(["seal", "inspect", str(path), "--json"]) == 3
        answer = json.loads(capsys.readouterr().out)
        assert [one["code"] for one in answer["errors"]] == ["unreadable"]


def test_a_pdf(found, sealed_pdf):
    """Of a PDF the same is told; a changed one is not intact."""
    code, answer = found(sealed_pdf)
    (seal,) = answer["signatures"]
    assert (code, seal["intact"], seal["level"], seal["algorithm"]) == (0, True, "B-B", "ES256")
    assert (seal["signing_time"], seal["signer"]) == ("2026-11-22T12:00:00Z", "Pečeť řůď")
    code, answer = found(sealed_pdf.replace(b"20261122120000Z", b"20251122120000Z"))
    (seal,) = answer["signatures"]
    assert (code, seal["intact"], seal["level"]) == (1, False, "none")


def test_a_pdf_without_a_file_inside(found, parties, make_pdf):
    """A seal counts by itself, whatever else a certificate has to have."""
    code, answer = found(parties.pades(make_pdf()))
    assert (code, answer["signatures"][0]["level"]) == (0, "B-B")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Seal", "intact", "Level", "B-B", "Whom to trust was not asked"]),
        ("cs", ["Pečeť", "neporušena", "Úroveň"]),
    ],
)
def test_for_people(call, sealed_json, language, words):
    """People read it in their language, a line for each thing."""
    code, printed = call(sealed_json, "--lang", language)
    assert code == 0
    assert all(word in printed for word in words)
    assert max(map(len, printed.splitlines())) <= 80


def test_what_is_wrong_is_told_to_people(call, sealed_json):
    """A fault has its sentence, and below it code, place and clause."""
    code, printed = call(sealed_json.replace("Ď".encode(), "Ť".encode()))
    assert code == 1
    assert "not intact" in printed
    assert "signature-invalid, RFC 7515, 5.2" in printed


def test_hostile_names_drive_no_terminal(call, parties):
    """What a certificate calls its owner, and what members are called, is printed without what would drive a terminal."""
    subject = {"C": "CZ", "O": "Řád", "ID": "NTRCZ-1", "CN": "ř\x1b[2J\u202eů"}
    seal = parties.certify("odd", subject, by=parties.authority)
    signer = KeySigner(seal.key, certificates=(seal.der, parties.authority.der), algorithm="ES256")
    document = json.loads(parties.jades(b"{}", by=signer))
    document["\x1b[2J"] = 1
    code, printed = call(json.dumps(document).encode())
    assert code == 0
    assert "ů" in printed
    assert not {"\x1b", "\u202e"} & set(printed)


def test_wrong_use(call, sealed_json, tmp_path):
    """A language that isn't there, and a document that can't be read, are wrong use."""
    assert call(sealed_json, "--lang", "xx")[0] == 64
    assert call(sealed_json, "--detached", tmp_path / "nowhere")[0] == 64


def test_vectors(shared_vectors, found):
    """Content outside the file counts with the document that it refers to."""
    file = (shared_vectors / "simple-detached.json").read_bytes()
    document = shared_vectors / "sample-document.json"
    code, answer = found(file)
    assert (code, answer["signatures"][0]["intact"]) == (1, None)
    code, answer = found(file, "--detached", document)
    assert (code, answer["signatures"][0]["intact"], answer["signatures"][0]["level"]) == (0, True, "B-B")
    code, answer = found(file, "--detached", shared_vectors / "jades-lta.json")
    assert (code, answer["signatures"][0]["intact"]) == (1, False)


def test_time_stamps_in_the_answer(shared_vectors, found, call):
    """Each time stamp has its kind, both results and its time."""
    data = (shared_vectors / "jades-lta-broken-arcTst.json").read_bytes()
    code, answer = found(data)
    (seal,) = answer["signatures"]
    assert (code, seal["intact"], seal["level"]) == (0, True, "B-LT")
    assert seal["timestamps"] == [
        {
            "kind": kind,
            "intact": fits,
            "imprint": fits,
            "signature": True,
            "time": "2021-01-25T10:15:01Z",
            "policy": "1.2.3.4",
            "unit": "good-tsa",
        }
        for kind, fits in (("sigTst", True), ("arcTst", False))
    ]
    _, printed = call(data, "--lang", "cs")
    assert "všeho před ním (archivní) (arcTst), good-tsa" in printed


@pytest.fixture
def shared_vectors():
    """Return the folder of vectors, or a skip."""
    shared = Path(os.environ.get("MIKROCERT_SHARED") or Path(__file__).resolve().parents[4] / "shared")
    if not (shared / "jades-vectors").is_dir():
        pytest.skip("no shared test data beside the checkout")
    return shared / "jades-vectors"


@pytest.mark.system
def test_a_file_costs_no_more_than_it_may(found, sealed_json, monkeypatch):
    """A file that can't be inspected within the limits gets an answer all the same."""

    def endless(*_: object) -> object:
        held = [b""]
        while True:
            held.append(bytes(64 * 1024 * 1024))

    monkeypatch.setattr(commands, "inspect", endless)
    code, answer = found(sealed_json)
    assert code == 3
    assert [one["code"] for one in answer["errors"]] == ["too-costly"]


def test_large_files_are_refused(found):
    """More than what is read of any seal is not read."""
    code, answer = found(b'{"payload":"' + b"x" * (16 * 1024 * 1024))
    assert (code, [one["code"] for one in answer["errors"]]) == (3, ["unreadable"])
