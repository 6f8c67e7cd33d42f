"""Many files at once: the page, the table, the files that it is saved as, and what may be sent."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from hashlib import sha256
from html import unescape

import attrs
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient
from mikrocert.texts import LanguageMap, Texts
from mikrocert.texts.spreadsheets import no_formula
from mikrocert_portal.app import create_app
from mikrocert_portal.config import Limits, PortalConfig
from mikrocert_portal.many.sheets import cells_of, csv_of, xlsx_of
from mikrocert_portal.many.table import Row, Table

LIMITS = Limits(upload_megabytes=1, client_megabytes=4, many_megabytes=2, many_files=5, unknown_seconds=0)


@pytest.fixture
def client(system):
    config = PortalConfig(limits=LIMITS)
    with TestClient(create_app(system, config=config), base_url="https://mikrocertifikat.cz") as client:
        yield client


def send(client, *files, query="?lang=en", **options):
    return client.post(f"/many{query}", files=[("file", file) for file in files], **options)


def packed(*entries):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, octets in entries:
            archive.writestr(name, octets)
    return stream.getvalue()


def words(markup):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).replace("\u2060", "").split())


def rows(response):
    """The rows of the table, each cell in words."""
    return [
        tuple(words(cell) for cell in re.findall(r"<(?:th|td)\b.*?</(?:th|td)>", row, re.DOTALL))
        for row in re.findall(r"<tr class=.*?</tr>", response.text, re.DOTALL)
    ]


def saved(client, response, suffix, query="?lang=en"):
    (address,) = re.findall(rf'href="(/many/[\w-]+/mikrocert\.{suffix})', response.text)
    return client.get(address + query)


def test_each_file_has_a_row_with_its_verdict(client, system):
    """Files, and those in an archive, are each verified by itself, in the order in which they were sent."""
    archive = packed(("revoked.jsonld", b"revoked"), ("a/changed.pdf", b"changed"))
    response = send(client, ("valid.pdf", b"valid"), ("all.zip", archive))
    assert response.status_code == 200
    found = rows(response)
    assert [row[0].rpartition(" ")[0].rpartition(" ")[0] for row in found] == [
        "valid.pdf",
        "revoked.jsonld",
        "a/changed.pdf",
    ]
    assert [re.sub(r"\. .*|  .*", "", row[1])[:46] for row in found] == [
        "This micro-credential is valid The content has",
        "This micro-credential has been revoked Revoked",
        "Not valid: the content was changed The content",
    ]
    assert "Tereza Černohorská" in found[0][2]
    assert system.asked == ["file of 5", "file of 7", "file of 7"]


def test_what_is_not_proven_is_not_said(client):
    """Name and title of a changed file, which are anybody's, are in no row and no file."""
    response = send(client, ("changed.pdf", b"changed"))
    assert "Černohorská" not in response.text
    assert "Černohorská" not in saved(client, response, "csv").text


def test_birth_data_are_in_no_table(client):
    """What says when somebody was born is neither in the table nor in the files."""
    response = send(client, ("valid.pdf", b"valid"))
    assert "1994" not in response.text
    assert "1994" not in saved(client, response, "csv").text


def test_a_file_that_can_not_be_verified_has_a_row_that_says_why(client, system):
    """A hostile entry, an empty file, a large one, a broken archive: each is answered by its name, and the others are verified."""
    archive = packed(("../a.pdf", b"valid"), ("valid.pdf", b"valid"))
    large = b"x" * (1024 * 1024 + 1)
    response = send(
        client, ("all.zip", archive), ("empty.pdf", b""), ("large.pdf", large), ("broken.zip", b"PK\x03\x04")
    )
    found = [row[1].partition(" This ")[0] for row in rows(response)]
    assert [row.partition(" was not verified ")[2][:25] for row in found] == [
        "Its name leads out of the",
        "",
        "The file is empty.",
        "It is larger than 1 MB.",
        "The archive is damaged.",
    ]
    assert system.asked == ["file of 5"]


BAD = {
    "nothing chosen": ([("file", ("", b""))], 422, "Choose at least one file"),
    "too many": ([("file", (f"{number}.pdf", b"valid")) for number in range(6)], 413, "more than 5 files"),
    "too much": ([("file", (f"{number}.pdf", b"x" * 900_000)) for number in range(4)], 413, "larger than 2 MB"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_form_that_can_not_be_answered_says_so_at_its_field(client, name):
    """The page with the form comes back, and says what to do."""
    files, status, words_of_it = BAD[name]
    response = client.post("/many?lang=en", files=files)
    assert response.status_code == status
    assert words_of_it in words(response.text)
    assert 'aria-invalid="true"' in response.text


API = "/api/v1/verify/many?lang=en"


def asked(client, *files, **options):
    return client.post(API, files=[("file", file) for file in files], **options)


def test_programs_get_the_table_of_the_page(client, system):
    """Row by row the same: what is said of each file, why one was not verified, and which report a file alone would get."""
    archive = packed(("../a.pdf", b"valid"), ("revoked.jsonld", b"revoked"))
    files = (("valid.pdf", b"valid"), ("all.zip", archive), ("empty.pdf", b""), ("changed.pdf", b"changed"))
    answer = asked(client, *files)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    table = answer.json()
    page = send(client, *files)
    cells = list(csv.DictReader(io.StringIO(saved(client, page, "csv").content.decode("utf-8-sig"))))
    names = {
        "name": "File", "headline": "Answer", "title": "Micro-credential", "holder": "Holder", "sha256": "SHA-256 of the file",
        "awarding_institution": "Awarding institution", "awarded_on": "Date of issuing", "identifier": "Identifier", "sealed_by": "Sealed by",
    }  # fmt: skip
    assert [{name: row[name] or "" for name in names} for row in table["files"]] == [
        {name: line[heading] for name, heading in names.items()} for line in cells
    ]
    assert [row["verdict"] or "not-verified" for row in table["files"]] == [line["Verdict"] for line in cells]
    assert [" ".join(" ".join(row["advice"]).split()) for row in table["files"]] == [
        line["What it means and what to do"] for line in cells
    ]
    assert [row["fault"] and row["fault"]["code"] for row in table["files"]] == [
        None, "leads-elsewhere", None, "empty-file", None,
    ]  # fmt: skip
    assert table["counts"] == {"valid": 1, "other": 2, "unverified": 2}
    alone = client.post(
        "/api/v1/verify", content=b"valid", headers={"content-type": "application/octet-stream"}
    )
    assert table["files"][0]["report"] == alone.json()


def test_programs_send_an_archive_as_it_is(client):
    """Its octets as the body give the rows that it gives in a form; what is no archive is refused."""
    archive = packed(("valid.pdf", b"valid"), ("changed.pdf", b"changed"))
    kind = {"content-type": "application/zip"}
    table = client.post(API, content=archive, headers=kind).json()
    assert table["files"] == asked(client, ("all.zip", archive)).json()["files"]
    refused = client.post(API, content=b"valid", headers=kind)
    assert (refused.status_code, refused.json()["findings"][0]["code"]) == (422, "no-archive")


REFUSED = {
    "no file": ({"files": [("file", (None, "x"))]}, 422, "refused"),
    "too many": ({"files": [("file", (f"{n}.pdf", b"valid")) for n in range(6)]}, 413, "too-many-files"),
    "too many in an archive": (
        {"files": [("file", ("a.zip", packed(*((f"{n}.pdf", b"valid") for n in range(4))))), ("file", ("b.zip", packed(*((f"{n}.pdf", b"valid") for n in range(4)))))]},
        413,
        "too-many-files",
    ),
    "too much": ({"files": [("file", (f"{n}.pdf", b"x" * 900_000)) for n in range(4)]}, 413, "too-large"),
    "an archive that is too large": (
        {"content": b"PK\x03\x04" + bytes(1_100_000), "headers": {"content-type": "application/zip"}},
        413,
        "too-large",
    ),
    "half a form": (
        {"content": b"--x\r\n", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        400,
        "bad-request",
    ),
    "no form": ({"json": {"file": "x"}}, 415, "unsupported-media-type"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_programs_are_told_what_is_wrong_as_a_problem(client, system, name):
    """By the same limits as on the page; nothing is verified beyond them, and all memory is free again."""
    how, status, code = REFUSED[name]
    for _ in range(3):
        answer = client.post(API, **how)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == code
        assert answer.json()["title"]
    assert asked(client, ("a.pdf", b"x" * 900_000), ("b.pdf", b"x" * 900_000)).status_code == 200


def test_many_files_in_several_archives_count_together(client):
    """Packing in two archives lets nobody have more verified than the limit says."""
    three = packed(*((f"{number}.pdf", b"valid") for number in range(3)))
    response = send(client, ("a.zip", three), ("b.zip", three))
    assert response.status_code == 413


def test_what_there_is_no_time_for_is_said(system):
    """Files that were not reached in time say so, and were not verified."""
    with attrs.validators.disabled():
        limits = attrs.evolve(LIMITS, many_seconds=0)
    with TestClient(create_app(system, config=PortalConfig(limits=limits))) as client:
        (row,) = rows(send(client, ("valid.pdf", b"valid")))
    assert "took all the time" in row[1]
    assert system.asked == []


def test_all_memory_is_free_again(client, system):
    """Whatever comes of the files, what they took is given back, so that they can be sent again and again."""
    archive = packed(("a.pdf", b"x" * 900_000), ("b.pdf", b"valid"))
    for _ in range(6):
        assert send(client, ("a.zip", archive)).status_code == 200
        assert send(client, ("a.pdf", b"x" * 900_000), ("b.pdf", b"x" * 900_000)).status_code == 200
        assert send(client, *[("a.pdf", b"x" * 900_000)] * 3).status_code == 413
    assert len(system.asked) == 24


def test_a_table_is_there_for_a_while_in_each_language(client):
    """The table has an address that nobody can guess, for other languages and for its files; a wrong one is gone."""
    response = send(client, ("valid.pdf", b"valid"))
    (name,) = set(re.findall(r"/many/([\w-]{32})/", response.text))
    assert "Mikrocertifikát je platný" in words(client.get(f"/many/{name}?lang=cs").text)
    assert client.get("/many/other").status_code == 404
    assert client.get("/many/other/mikrocert.csv").status_code == 404
    assert client.get(f"/many/{name}/other.csv").status_code == 404
    (answer,) = re.findall(r'href="(/answer/[\w-]+)', response.text)
    assert client.get(answer).status_code == 200


def test_a_table_is_neither_stored_nor_indexed(client):
    """What was found out about somebody's files stays in no cache and no search engine."""
    response = send(client, ("valid.pdf", b"valid"))
    for one in (response, saved(client, response, "csv"), saved(client, response, "xlsx")):
        assert one.headers["cache-control"] == "no-store"
        assert "noindex" in one.headers["x-robots-tag"]


def test_a_table_is_saved_with_the_same_words(client):
    """CSV and workbook have the same cells, a row for each file."""
    response = send(client, ("valid.pdf", b"valid"), ("empty.pdf", b""))
    table = saved(client, response, "csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.content.startswith(b"\xef\xbb\xbf")
    cells = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(saved(client, response, "xlsx").content)).active
    assert [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)] == cells
    assert cells[1][:2] == ["valid.pdf", "valid"]
    assert cells[1][4] == "Tereza Černohorská"
    assert cells[1][10] == sha256(b"valid").hexdigest()
    assert cells[2][:2] == ["empty.pdf", "not-verified"]


FORMULAS = (
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "\t=1",
    "\r\n=1",
    "  =1",
    "\uff1d1+1",
    "=HYPERLINK(1)",
    "x;=1+1;x",
    'x; "=1+1";x',
    "x;;@SUM(1)",
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula(client, system, formula):
    """Whatever a file is called or says, programs for tables take it for text."""
    view = attrs.evolve(system.reports["valid"].view, title=LanguageMap.of(formula), holder=formula)
    report = attrs.evolve(system.reports["valid"], view=view)
    table = Table(report.at, (Row(formula, 1, "0" * 64, report),))
    cells = cells_of(table, texts=Texts(["mikrocert_portal"]), language="en")
    for row in csv.reader(io.StringIO(csv_of(cells).decode("utf-8-sig"))):
        assert not [cell for cell in row if cell and cell[0] in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20 "]
    for row in csv.reader(
        io.StringIO(csv_of(cells).decode("utf-8-sig")), delimiter=";"
    ):  # as Excel does in Czech
        assert not [
            cell for cell in row if cell and cell.strip('" ')[:1] in tuple("=+-@\uff1d\uff0b\uff0d\uff20")
        ]
    for row in openpyxl.load_workbook(io.BytesIO(xlsx_of(cells))).active.iter_rows():
        assert {cell.data_type for cell in row} <= {"s", "n"}
        assert not [cell for cell in row if cell.data_type == "n" and cell.value is not None]


@given(st.text(max_size=20))
def test_text_that_is_no_formula_stays_as_it_is(text):
    """Apostrophes come before what begins like a formula, and nothing else is changed."""
    assert no_formula(text).replace("'", "") == text.replace("'", "")
    assert no_formula(text) == text or set(text) & set("=+-@|%\uff1d\uff0b\uff0d\uff20")
    assert no_formula(no_formula(text)) == no_formula(text)


def test_a_name_of_a_file_does_nothing_on_the_page(client):
    """Markup and characters that turn text round in a name are shown and not done."""
    response = send(client, ("<img src=x>\u202efdp.exe", b"valid"))
    assert "<img src=x>" not in response.text
    assert "\u202e" not in response.text
