"""What reaches a terminal or a folder: inert texts, JSON of visible characters, files that follow no link."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import sys
import unicodedata
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert import cli
from mikrocert.archive import Archived, Event
from mikrocert.archive.events import EventKind
from mikrocert.cli import output
from mikrocert.cli.app import run
from mikrocert.cli.files import check_folder, put
from mikrocert.cli.output import answering, echo, inert, print_json, take_streams
from mikrocert.cli.printing import new_console, print_archived, print_report, print_result, print_revoked
from mikrocert.errors import AnswerError, ArchiveError
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.report import (
    CheckResult,
    CredentialStatus,
    Finding,
    Item,
    Outcome,
    Receipt,
    Registration,
    Report,
    Section,
    StatusValue,
    View,
)
from mikrocert.service.issuing.issuing import IssueResult
from mikrocert.texts import LanguageMap, Texts, message

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
DRIVING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
HOSTILE = {
    "an escape sequence": "\x1b[2J\x1b]0;x\x07",
    "one of C1": "\x9b31m",
    "a carriage return": "a\rb",
    "a backspace": "a\x08b",
    "a line of its own": "a\n ✓ valid",
    "a line separator": "a\u2028b",
    "a paragraph separator": "a\u2029b",
    "an override of direction": "\u202egpj.exe",
    "an isolate": "\u2066a\u2069",
    "a mark of direction": "\u200ea\u061c",
    "a zero-width space": "a\u200bb",
    "a zero-width joiner": "a\u200db",
    "a byte order mark": "\ufeffa",
    "a soft hyphen": "a\u00adb",
    "a tag": "a\U000e0041b",
    "a lone surrogate": "a\ud800b",
    "the glue of lines": "a\ue000b",
}
say = partial(Texts().say, language="en")


def driving(text):
    return {character for character in text if unicodedata.category(character) in DRIVING} - {"\n"}


def report_of(text):
    """Return a report in which a text stands wherever one can."""
    finding = Finding.warning("x", "{text}", path=text, text=text)
    words = LanguageMap({"cs": text, "en": text})
    view = View(
        title=words,
        holder=text,
        birth=text,
        awarding_body=words,
        figures=(),
        sections=(Section(text, words, (Item(text, words, (text, words, message("{t}", t=text))),)),),
        identifier=text,
        link=text,
    )
    results = [CheckResult(check, Outcome.PASSED, (finding,)) for check in ("integrity", "trust", text)]
    return Report(at=AT, results=tuple(results), identifier=text, format=text, view=view, failures=(finding,))


def everything_printed(text, capsys):
    """Print a text in each place of each output, and return what came out."""
    report = report_of(text)
    registration = Registration(text, text, text, AT)
    status = CredentialStatus(StatusValue.REVOKED, AT, text, text)
    receipt = Receipt(registration, text, (), status, created=True)
    finding = Finding.error("x", "{text}", path=text, text=text)
    record = IntakeRecord(1, None, (finding,), evidence_number=text)
    print_report(report, say)
    print_report(attrs.evolve(report, results=(), unusable=(finding,)), say)
    for result in (
        IssueResult(record, receipt, (finding,), refused=False),
        IssueResult(record, None, (finding,), refused=True),
    ):
        print_result(result, [text], say, console=new_console())
    archived = Archived(registration, 1, text, text, status, None, None, (), award_hash="", salt=None)
    event = Event(1, EventKind.REVOKED, AT, text, text, "")
    print_archived(archived, (event,), report.view, text, say)
    for again in (False, True):
        print_revoked(archived, say, again=again)
    echo(text)
    echo(text, err=True)
    captured = capsys.readouterr()
    return captured.out + captured.err


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_in_a_text_drives_a_terminal(name, capsys, monkeypatch):
    """In every place of report, result, archive and messages; it is seen as an escape instead."""
    monkeypatch.setenv("COLUMNS", "500")
    printed = everything_printed(HOSTILE[name], capsys)
    assert driving(printed) == set()
    assert inert(HOSTILE[name])[:3] in printed
    if name == "a line of its own":
        assert not [line for line in printed.splitlines() if line.startswith(" ✓")]


@given(st.text(st.characters()))
def test_an_inert_text_is_of_visible_characters_in_one_line(text):
    """Whatever was in it; and what is inert stays as it is."""
    assert driving(inert(text)) == set()
    assert "\n" not in inert(text)
    assert inert(inert(text)) == inert(text)


@given(
    st.recursive(st.text(st.characters()), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_json_is_of_visible_characters_and_says_the_same(value):
    """Control and invisible characters are escapes of JSON, so that a program reads what was there."""
    from io import StringIO
    from unittest.mock import patch

    with patch("sys.stdout", StringIO()) as output:
        print_json(value)
    assert driving(output.getvalue()) == set()
    assert json.loads(output.getvalue()) == value


@pytest.mark.parametrize("encoding", ["ascii", "iso8859-1", "cp1250", "utf-8"])
def test_json_is_json_in_any_encoding_of_the_output(encoding, monkeypatch):
    """A letter that the encoding lacks is an escape of JSON, not of Python, and no reason to fail."""
    octets = io.BytesIO()
    stream = io.TextIOWrapper(octets, encoding=encoding, errors="backslashreplace")
    monkeypatch.setattr(output, "standard_output", lambda: stream)
    value = {"jméno": "Řehoř Ďurák 大 \U0001f393"}
    print_json(value)
    stream.flush()
    assert json.loads(octets.getvalue().decode(encoding)) == value


def test_remarks_that_say_the_same_are_printed_once(capsys):
    """However many places a file has for one remark, it is said once; its places are technical details."""
    alike = tuple(Finding.warning("x", "Odd {name}.", path=f"a[{n}]", name="ř") for n in range(6))
    other = Finding.warning("x", "Odd {name}.", path="b", name="ů")
    results = (CheckResult("format", Outcome.PASSED, (Finding.info("y", "Fine."), *alike, other)),)
    print_report(attrs.evolve(report_of("ř"), results=results), say)
    printed = capsys.readouterr().out
    assert [printed.count("Odd ř."), printed.count("Odd ů.")] == [1, 1]


@pytest.mark.parametrize(
    ("test_seal", "trusted", "green"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_green_and_a_tick_are_for_what_is_proven(test_seal, trusted, green, monkeypatch):
    """What passed is green and ticked only where the whole proves something: not of a test, nor under a seal of anybody."""
    from io import StringIO

    from rich.console import Console

    output = StringIO()
    console = Console(file=output, force_terminal=True, color_system="standard", width=120)
    monkeypatch.setattr("mikrocert.cli.printing.new_console", lambda: console)
    trust = Outcome.PASSED if trusted else Outcome.UNDETERMINED
    results = [
        CheckResult(check, trust if check == "trust" else Outcome.PASSED, (Finding.info("x", "Fine."),))
        for check in ("integrity", "trust", "issuer")
    ]
    print_report(Report(at=AT, results=tuple(results), test_seal=test_seal), say)
    lines = [line for line in output.getvalue().splitlines() if "passed" in line]
    assert lines
    assert all(("\x1b[32m" in line) == ("✓" in line) == green for line in lines)


@pytest.mark.parametrize("code", ["revoked", "replaced"])
def test_a_reason_of_whoever_wrote_it_ends_as_a_sentence(code, capsys):
    """Beside the verdict stand sentences, whether or not somebody's own words end with a full stop."""
    finding = Finding.error(code, "Ended. Reason: Opraveno příjmení Ďurůžková")
    status = CheckResult("status", Outcome.FAILED, (finding,))
    print_report(Report(at=AT, results=(status,)), say)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert "Ended. Reason: Opraveno příjmení Ďurůžková." in lines


def test_identifiers_are_printed_only_where_they_are_ones(capsys):
    """Where people look for an identifier, nothing else stands."""
    print_report(attrs.evolve(report_of("ř"), identifier="K7mQx4Rt9bHz"), say)
    assert "Identifier K7mQ x4Rt 9bHz" in capsys.readouterr().out
    for wrong in ("K7mQx4Rt9bH0", "THIS IS VALID", *HOSTILE.values()):
        print_report(attrs.evolve(report_of("ř"), identifier=wrong), say)
        assert "Identifier –" in capsys.readouterr().out


@pytest.mark.system  # some seconds
@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_typed_drives_a_terminal(name, capsys, tmp_path, monkeypatch):
    """Wrong commands, options, languages, files and identifiers are repeated inert."""
    monkeypatch.chdir(tmp_path)
    text = HOSTILE[name]
    for arguments in (
        [text],
        [f"--{text}"],
        ["verify", text],
        ["verify", text, "--lang", text],
        ["show", text],
        ["--config", text, "verify", "x"],
    ):
        assert run(arguments) not in {0, 70}
    captured = capsys.readouterr()
    assert driving(captured.out + captured.err) == set()


def test_the_command_line_writes_in_one_place():
    """No module of the command line prints past the sink."""
    past = {}
    for path in Path(cli.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if called in {"print", "typer.echo", "typer.secho", "click.echo"} or ".stdout.write" in called:
                past.setdefault(path.name, []).append(called)
    assert past == {"output.py": ["typer.echo"]}


def test_the_answer_has_standard_output_for_itself(capsys):
    """What others print meanwhile is on standard error; afterwards everything is as before."""
    with answering():
        print("a plugin's")  # noqa: T201 - this is the point
        print_json({"a": 1}, indent=None)
    print("after")  # noqa: T201
    captured = capsys.readouterr()
    assert captured.out == '{"a": 1}\nafter\n'
    assert captured.err == "a plugin's\n"


class Refusing(io.RawIOBase):
    """Takes nothing."""

    def __init__(self, error):
        self._error = error

    def writable(self):
        return True

    def write(self, _octets):
        raise self._error


@pytest.mark.parametrize(
    ("error", "expected"), [(OSError("no room"), AnswerError), (BrokenPipeError("enough"), BrokenPipeError)]
)
def test_an_answer_that_can_not_be_written_is_an_error_and_a_remark_is_left_out(monkeypatch, error, expected):
    """Whoever reads no more is told apart from a disk that is full; what is said beside the answer fails nothing."""
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BufferedWriter(Refusing(error)), encoding="utf-8"))
    assert take_streams()
    assert sys.stderr.write("ř") == 1
    sys.stderr.flush()
    sys.stderr.close()
    assert sys.stdout.write("ř") == 1
    for deliver in (sys.stdout.flush, sys.stdout.close):
        with pytest.raises(expected):
            deliver()
    assert sys.stdout.closed


def test_streams_that_are_taken_write_any_letter(monkeypatch):
    """In the encoding that they had; a letter that it lacks is an escape and no error."""
    octets = {name: io.BytesIO() for name in ("stdout", "stderr")}
    for name, stream in octets.items():
        monkeypatch.setattr(sys, name, io.TextIOWrapper(stream, encoding="iso8859-2", line_buffering=True))
    assert take_streams()
    for name in octets:
        stream = getattr(sys, name)
        assert (stream.encoding, stream.line_buffering) == ("iso8859-2", True)
        stream.write("ř 大\n")
    assert {stream.getvalue() for stream in octets.values()} == {"ř \\u5927\n".encode("iso8859-2")}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_whole(tmp_path):
    """Its folder is made, an ordinary file of its name is replaced, and nothing is left beside it."""
    for octets in (b"one", b"two"):
        for content in (octets, iter([octets[:1], octets[1:]])):
            assert put(content, folder=tmp_path / "a" / "ř", name="x.pdf") == tmp_path / "a" / "ř" / "x.pdf"
            assert (tmp_path / "a" / "ř" / "x.pdf").read_bytes() == octets
    assert names(tmp_path / "a" / "ř") == ["x.pdf"]


def link_to_file(folder, victim):
    (folder / "x.pdf").symlink_to(victim)


def link_to_nothing(folder, victim):
    (folder / "x.pdf").symlink_to(victim.with_name("new"))


def pipe(folder, _):
    os.mkfifo(folder / "x.pdf")


def directory(folder, _):
    (folder / "x.pdf").mkdir()


IN_THE_WAY = (link_to_file, link_to_nothing, pipe, directory)


@pytest.mark.parametrize("lay", IN_THE_WAY, ids=lambda lay: lay.__name__)
def test_nothing_but_an_ordinary_file_is_replaced(tmp_path, lay):
    """A link leads nowhere, and what is there stays."""
    victim, folder = tmp_path / "victim", tmp_path / "out"
    victim.write_bytes(b"precious")
    folder.mkdir()
    lay(folder, victim)
    with pytest.raises(ArchiveError, match="no ordinary file"):
        put(b"new", folder=folder, name="x.pdf")
    assert victim.read_bytes() == b"precious"
    assert names(folder) == ["x.pdf"]
    assert names(tmp_path) == ["out", "victim"]


FOLDERS = ("link", "link/b", "a/link", "a/link/b", "a/link/b/c", "a/../link/b", "a/link/../b")


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("absolute", [True, False])
def test_no_step_of_the_way_to_a_folder_is_a_link(name, absolute, tmp_path, monkeypatch):
    """Neither the folder nor any above it as it is named; it is refused by its name, and nothing is made behind it."""
    monkeypatch.chdir(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    for place in (elsewhere, tmp_path / "a"):
        place.mkdir()
    for link in (tmp_path / "link", tmp_path / "a" / "link"):
        link.symlink_to(elsewhere)
    folder = tmp_path / name if absolute else Path(name)
    for write in (partial(put, b"new", folder=folder, name="x.pdf"), partial(check_folder, folder)):
        with pytest.raises(ArchiveError, match=r"link is a link; the folder that it leads to would be right"):
            write()
    assert list(elsewhere.iterdir()) == []


def test_a_folder_is_made_with_all_above_it(tmp_path, monkeypatch):
    """Relative to the current folder or to the root."""
    monkeypatch.chdir(tmp_path)
    for folder in (Path("a/b/c"), tmp_path / "d" / "e", Path(), Path("a/../f")):
        check_folder(folder)
        assert put(b"x", folder=folder, name="x.pdf").read_bytes() == b"x"
        assert [found.name for found in folder.iterdir() if found.is_file()] == ["x.pdf"]


def test_names_that_can_be_guessed_are_not_written_through(tmp_path):
    """Whoever lays links under the names of unfinished files lays them in vain: the names are random."""
    for name in (".x.pdf.part", "x.pdf.part", "x.pdf.tmp"):
        (tmp_path / name).symlink_to(tmp_path / "victim")
    put(b"new", folder=tmp_path, name="x.pdf")
    assert not (tmp_path / "victim").exists()


def test_no_module_of_a_command_writes_over_a_file():
    """What opens a file to write into it follows the link that somebody laid under its name."""
    over = re.compile(r"open\(\"[wa]|(?<!formatter)\.write_(bytes|text)\(|O_TRUNC|O_APPEND")
    for part in ("cli", "service"):
        for module in Path(output.__file__).parents[1].joinpath(part).rglob("*.py"):
            assert not over.search(module.read_text(encoding="utf-8")), module.name


def test_no_command_reads_a_file_without_bounds():
    """A device has no end, a pipe waits for somebody, and what the system says of either is in its own language."""
    for module in Path(cli.__file__).parent.glob("*.py"):
        assert not re.search(r"\.read_(bytes|text)\(|strerror", module.read_text("utf-8")), module.name


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "/x", "a/b", "a/"])
def test_a_name_is_no_path(tmp_path, name):
    """A suffix that a plugin made up leads out of no folder."""
    (tmp_path / "out").mkdir()
    with pytest.raises(ArchiveError, match="no name of a file"):
        put(b"new", folder=tmp_path / "out", name=name)
    assert names(tmp_path) == ["out"]
