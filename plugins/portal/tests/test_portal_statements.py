"""Statements on request: who gets one, how many, what is looked up by a number."""

from __future__ import annotations

import io
import re
import zipfile
from hashlib import sha256
from html import unescape

import pytest
from litestar.testing import TestClient
from mikrocert.errors import ArchiveError, RenderError
from mikrocert.settings import Archive, StatementSettings
from mikrocert_portal.app import create_app
from mikrocert_portal.config import Limits, PortalConfig

LIMITS = Limits(upload_megabytes=1, unknown_seconds=0, misses=3, miss_seconds=10_000, statements=3)
VALID = "K7mQx4Rt9bHz"
STATING = {"statements": StatementSettings("statements", ("statements.pem",)), "archive": Archive()}


@pytest.fixture
def stating(make_system):
    return make_system(**STATING)


@pytest.fixture
def client(stating):
    config = PortalConfig(limits=LIMITS)
    with TestClient(create_app(stating, config=config), base_url="https://mikrocertifikat.cz") as client:
        yield client


def words(response):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text)).replace("\u2060", "").split())


def ask(client, **fields):
    return client.post("/statement?lang=en", data=fields)


def test_a_statement_about_an_identifier_is_of_the_file_in_the_archive(client, stating):
    """The button of the page leads to a page with the statement in all its forms; it is about the sealed file."""
    assert 'name="identifier" value="K7mQx4Rt9bHz"' in client.get(f"/verify/{VALID}").text
    page = ask(client, identifier=VALID)
    assert page.status_code == 200
    links = re.findall(r'href="(/given/[\w-]+/\w+\.\w+)"', page.text)
    assert [client.get(link).content for link in links] == [b"pdf", b"json", b"xml"]
    (kept,) = stating.stated.values()
    assert kept.file == sha256(stating.files(VALID)[0].octets).hexdigest()


def test_a_statement_about_an_upload_is_of_what_was_uploaded(client, stating):
    """The file is gone by then; its hash is that of the octets that came."""
    answer = client.post("/verify", files={"file": ("a.pdf", b"changed")}).text
    (name,) = re.findall(r'name="answer" value="([\w-]+)"', answer)
    assert ask(client, answer=name).status_code == 200
    (kept,) = stating.stated.values()
    assert (kept.file, kept.verdict.value) == (sha256(b"changed").hexdigest(), "invalid")


def test_nothing_that_can_not_be_opened_has_a_button(client):
    """About what is no micro-credential there is nothing to state."""
    assert "/statement" not in client.post("/verify", files={"file": ("a.pdf", b"x")}).text


@pytest.mark.parametrize("changes", [{}, {"archive": Archive()}])
def test_where_no_signer_is_named_nothing_offers_a_statement(make_system, changes):
    """There is no button, and no address that gives one."""
    with TestClient(create_app(make_system(**changes))) as client:
        page = client.get(f"/verify/{VALID}").text
        assert "/statement" not in page
        assert client.post("/statement", data={"identifier": VALID}).status_code == 404
        many = client.post("/many", files=[("file", ("a.pdf", b"valid"))]).text
        assert "/statements" not in many


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"answer": "gone"}, 404),
        ({"identifier": "Zzz4x4Rt9bHz"}, 404),
        ({}, 400),
        ({"other": "x"}, 400),
        ({"identifier": VALID, "answer": "x"}, 400),
    ],
)
def test_a_request_for_a_statement_about_nothing_gets_none(client, stating, fields, status):
    """What is asked for has to be there, and to be one thing."""
    assert ask(client, **fields).status_code == status
    assert stating.stated == {}


def test_one_address_is_given_only_so_many(client, stating):
    """The next one is refused with the time to wait; what is asked in vain costs nothing."""
    ask(client, answer="gone")
    assert [ask(client, identifier=VALID).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = ask(client, identifier=VALID)
    assert int(refused.headers["retry-after"]) > 0
    assert "Too many statements" in words(refused)
    assert len(stating.stated) == 3


@pytest.fixture
def failing(stating, monkeypatch):
    """Has statements fail: call it with what goes wrong for which file, or with nothing for none."""
    state = type(stating).state

    def fail(error, *, digest=None):
        def stated(self, report, *, file, language):
            if error is not None and digest in {None, file}:
                raise error
            return state(self, report, file=file, language=language)

        monkeypatch.setattr(type(stating), "state", stated)

    return fail


@pytest.mark.parametrize(
    ("error", "heading"),
    [
        (RenderError("a font is missing in /etc/x"), "The statement could not be made"),
        (ArchiveError("away"), "can't be looked up here just now"),
    ],
)
def test_a_statement_that_can_not_be_made_is_told_and_costs_nothing(client, failing, error, heading):
    """The page says that this is about the statement; why is for the operator, and the allowance is as it was."""
    failing(error)
    for _ in range(LIMITS.statements + 1):
        refused = ask(client, identifier=VALID)
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        assert heading in words(refused)
        assert "/etc/x" not in refused.text
    failing(None)
    answers = [ask(client, identifier=VALID).status_code for _ in range(LIMITS.statements + 1)]
    assert answers == [200] * LIMITS.statements + [429]


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "https://mikrocertifikat.cz"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "https://mikrocertifikat.cz.elsewhere.example"},
        {"origin": "http://mikrocertifikat.cz"},
    ],
)
def test_no_other_site_asks_in_the_name_of_its_visitors(client, stating, headers):
    """Neither for one nor for many; their allowance stays, and nothing stands in the archive."""
    many = client.post("/many", files=[("file", ("a.pdf", b"valid"))]).text
    (address,) = re.findall(r'action="(/many/[\w-]+/statements)"', many)
    for _ in range(LIMITS.statements + 1):
        assert client.post("/statement", data={"identifier": VALID}, headers=headers).status_code == 403
        assert client.post(address, headers=headers).status_code == 403
    assert stating.stated == {}
    own = {"sec-fetch-site": "same-origin", "origin": "null"}
    assert client.post("/statement", data={"identifier": VALID}, headers=own).status_code == 200


def test_a_number_says_what_was_found_and_nothing_more(client, stating):
    """Hash, verdict and time are shown to anybody with the number; no name and no title is known."""
    ask(client, identifier=VALID)
    ((number, kept),) = stating.stated.items()
    page = client.get(f"/statement/{number}?lang=en")
    assert kept.file in page.text
    assert "found to be valid" in words(page)
    assert "Černohorská" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert client.get(f"/statement/{number}", headers={"accept": "application/json"}).json() == {
        "id": number,
        "file": {"sha256": kept.file},
        "verdict": "valid",
        "verified_at": "2026-11-23T07:14:00+00:00",
    }


def test_wrong_numbers_count_as_wrong_identifiers_do(client):
    """Whoever guesses has to wait, and a number that is right is answered all the same."""
    ask(client, identifier=VALID)
    assert [client.get(f"/statement/{n}").status_code for n in ("a", "b", "c", "d")] == [404] * 3 + [429]
    assert client.get(f"/statement/{'1'.zfill(22)}").status_code == 200


def test_without_an_archive_nothing_is_said_of_a_number(client, stating):
    """A database that is away is no statement that wasn't given."""
    stating.crash = ArchiveError("away")
    assert client.get("/statement/a").status_code == 503


def test_statements_about_many_are_packed(client, stating):
    """Each file that could be verified has its statement; the others are named."""
    files = [("file", (name, octets)) for name, octets in (("a", b"valid"), ("b", b""), ("c", b"changed"))]
    page = client.post("/many", files=files).text
    (address,) = re.findall(r'action="(/many/[\w-]+/statements)"', page)
    packed = client.post(address)
    assert packed.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        names = archive.namelist()
        assert archive.read("without-statement.txt") == b"b\r\n"
    assert [name[:3] for name in names[:-1]] == ["001"] * 3 + ["003"] * 3
    assert {kept.file for kept in stating.stated.values()} == {
        sha256(octets).hexdigest() for octets in (b"valid", b"changed")
    }


def test_statements_about_many_count_one_by_one(client):
    """Those beyond the allowance are named as missing; where there is none at all, it is refused."""
    files = [("file", (f"{number}.pdf", b"valid")) for number in range(5)]
    (address,) = re.findall(r'action="(/many/[\w-]+/statements)"', client.post("/many", files=files).text)
    with zipfile.ZipFile(io.BytesIO(client.post(address).content)) as archive:
        assert archive.read("without-statement.txt") == b"3.pdf\r\n4.pdf\r\n"
    assert client.post(address).status_code == 429


def test_statements_about_many_that_can_not_be_made_are_named_as_missing(client, failing):
    """One that can't be made costs nothing and keeps the others; where there is none at all, the page says so."""
    files = [("file", (name, octets)) for name, octets in (("a", b"valid"), ("b", b"changed"))]
    (address,) = re.findall(r'action="(/many/[\w-]+/statements)"', client.post("/many", files=files).text)
    failing(RenderError("a font is missing"), digest=sha256(b"valid").hexdigest())
    for _ in range(LIMITS.statements):
        with zipfile.ZipFile(io.BytesIO(client.post(address).content)) as archive:
            assert archive.read("without-statement.txt") == b"a\r\n"
            assert [name[:3] for name in archive.namelist()[:-1]] == ["002"] * 3
    failing(RenderError("a font is missing"))
    assert client.post(address).status_code == 429  # all of them were given, none was spent in vain


def test_where_no_statement_about_many_can_be_made_it_is_told(client, failing):
    """There is no archive with a list of what is missing only."""
    many = client.post("/many", files=[("file", ("a", b"valid")), ("file", ("b", b"changed"))]).text
    (address,) = re.findall(r'action="(/many/[\w-]+/statements)"', many)
    failing(RenderError("a font is missing"))
    refused = client.post(f"{address}?lang=en")
    assert refused.status_code == 503
    assert "The statement could not be made" in words(refused)


def test_a_statement_is_gone_after_a_while(client):
    """Under a name that nobody was given there is nothing."""
    assert client.get("/given/none").status_code == 404
    assert client.get("/given/none/1.pdf").status_code == 404
