"""The commands `mikrocert type`: exit codes, what they print, and their JSON."""

from __future__ import annotations

import io
import json
import shutil

import openpyxl
import pytest
from mikrocert.cli.app import run

TOML = """
base_url = "https://toy.example"
sandbox = true
[operator]
name = { cs = "Řípská" }
organization_identifier = "NTRCZ-00000000"
[trust]
anchors = ["root.pem"]
"""
HEAD = (
    "id", "title", "title_en", "outcomes", "workload_ects", "level_eqf", "thematic_areas", "languages",
    "participation_mode", "assessments_type", "assessments_title", "valid_months",
)  # fmt: skip
BEES = ("VC-1", "Chov včel", "Beekeeping", "Pozná plemena.|Postaví úl.", "2,5", "6", "0811", "cs", "blended", "quiz|project-work", "|Úl", "24")  # fmt: skip
ROADS = ("SI-1", "Silnice", "Roads", "Řídí.", "2", "9", "0811", "qq", "blended", "quiz", "", "0")


@pytest.fixture
def do(toy, tmp_path, empty_archive, monkeypatch, capsys):
    """Run a command on an empty archive; return its exit code, what it printed, and on standard error."""
    toy.settings(tmp_path)
    shutil.copytree(empty_archive, tmp_path, dirs_exist_ok=True)
    (tmp_path / "mikrocert.toml").write_text(TOML, encoding="utf-8")
    monkeypatch.setenv("MIKROCERT_CONFIG", str(tmp_path / "mikrocert.toml"))
    monkeypatch.chdir(tmp_path)
    for module in ("host.loading", "service.system"):
        monkeypatch.setattr(f"mikrocert.{module}.load_plugins", lambda **_: toy.plugins())

    def call(*arguments, institution="toy"):
        code = run(["type", *arguments, *(("--institution", institution) if institution else ())])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def table(*rows):
    return "\r\n".join(";".join(row) for row in (HEAD, *rows)).encode("cp1250")


def workbook(*rows):
    """Return a workbook with these rows."""
    book = openpyxl.Workbook()
    for row in (HEAD, *rows):
        book.active.append(row)
    octets = io.BytesIO()
    book.save(octets)
    return octets.getvalue()


@pytest.mark.parametrize("make", [table, workbook])
def test_a_table_of_types_is_kept(do, tmp_path, make):
    """A cell has several items; what it says is what JSON would."""
    (tmp_path / "types").write_bytes(make(BEES))
    how = ("--encoding", "cp1250") if make is table else ()
    assert do("add", "types", "--dry-run", *how)[:2][0] == 0
    assert json.loads(do("list", "--json")[1])["types"] == []
    code, out, _ = do("add", "types", "--json", *how)
    [kept] = json.loads(out)["types"]
    assert (code, kept["version"], kept["created"]) == (0, 1, True)
    assert kept["type"]["outcomes"] == [{"title": {"cs": "Pozná plemena."}}, {"title": {"cs": "Postaví úl."}}]
    assert kept["type"]["workload"] == {"ects": 2.5}
    assert kept["type"]["assessments"] == [{"type": "quiz"}, {"type": "project-work", "title": {"cs": "Úl"}}]
    assert kept["type"]["valid_months"] == 24
    (tmp_path / "types.json").write_text(json.dumps(kept["type"]), encoding="utf-8")
    assert json.loads(do("add", "types.json", "--json")[1])["types"][0]["created"] is False


@pytest.mark.parametrize("make", [table, workbook])
def test_each_fault_of_a_table_is_told_with_its_row(do, tmp_path, make):
    """All at once: those of reading and those of the rules; nothing is kept, the good row neither."""
    (tmp_path / "types").write_bytes(make(BEES, ROADS))
    how = ("--encoding", "cp1250") if make is table else ()
    code, _, err = do("add", "types", *how)
    assert code == 1
    for place in ("level_eqf: row 3", "languages: row 3", "valid_months: row 3"):
        assert place in err, err
    assert do("list")[1].startswith("There are no types.")
    assert "řádek 3" in do("add", "types", "--lang", "cs", *how)[2]


UNUSABLE = {  # kind → octets
    "nothing": b"",
    "no types": b'{"types": []}',
    "something beside": b'{"types": [], "x": 1}',
    "a number": b"[1",
    "another table": b"a;b\n1;2\n",
    "a PDF": b"%PDF-1.7",
    "another encoding": "id;title\nř;ď".encode("utf-16"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_what_is_no_file_of_types_is_unusable(do, tmp_path, kind):
    """As of an export."""
    (tmp_path / "types").write_bytes(UNUSABLE[kind])
    code, _, err = do("add", "types")
    assert (code, bool(err)) == (3, True)


@pytest.mark.parametrize("line", [b"1", b"{", b'{"id": 1}', b"[]", b"{}"])
def test_a_line_that_is_no_type_is_refused_alone(do, tmp_path, line):
    """The others are judged all the same."""
    (tmp_path / "types").write_bytes(b'{"id": "A", "level": {"eqf": 9}}\n' + line)
    code, _, err = do("add", "types")
    assert code == 1
    assert "line 1" in err
    assert "line 2" in err


def test_a_type_is_shown_and_ended(do, tmp_path):
    """With its versions; a second end, and what isn't there, is refused."""
    (tmp_path / "types").write_bytes(table(BEES))
    do("add", "types", "--encoding", "cp1250")
    (tmp_path / "types").write_bytes(table((*BEES[:4], "3", *BEES[5:])))
    assert "VC-1: kept as version 2" in do("add", "types", "--encoding", "cp1250")[1]
    shown = json.loads(do("show", "VC-1", "--version", "1", "--json")[1])
    assert (shown["version"], [one["version"] for one in shown["versions"]]) == (1, [1, 2])
    assert "Beekeeping" in do("show", "VC-1")[1]
    assert do("show", "VC-2")[0] == do("show", "VC-1", "--version", "9")[0] == 1
    assert do("end", "VC-1", "--why", "obor končí")[1].startswith("Type VC-1 is ended.")
    assert json.loads(do("show", "VC-1", "--json")[1])["ended_at"]
    assert do("end", "VC-1")[0] == do("end", "VC-2")[0] == do("add", "types", "--encoding", "cp1250")[0] == 1
    assert "ended" in do("list")[1]


def test_the_institution_is_one_that_there_is(do, tmp_path):
    """A slip of the pen makes no catalogue of nobody's."""
    (tmp_path / "types").write_bytes(table(BEES))
    for arguments in (("add", "types"), ("list",), ("show", "VC-1"), ("end", "VC-1")):
        assert do(*arguments, institution="nobody")[0] == 78
