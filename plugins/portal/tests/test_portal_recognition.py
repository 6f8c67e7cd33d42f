"""The recognition aid: credentials side by side, and what it doesn't show."""

from __future__ import annotations

import re

import pytest
from litestar.testing import TestClient
from mikrocert.api import Access, AccessClosed, Display
from mikrocert.errors import ErasedError
from mikrocert.report.disclosing import disclosed_by_link
from mikrocert_portal.app import create_app
from mikrocert_portal.config import Limits, PortalConfig
from mikrocert_portal.recognition import MOST

VALID, REVOKED = "K7mQx4Rt9bHz", "Rev4x4Rt9bHz"


@pytest.fixture
def client(make_system):
    config = PortalConfig(limits=Limits(unknown_seconds=0, misses=5))
    with TestClient(create_app(make_system(), config=config)) as opened:
        opened.headers["accept-language"] = "en"
        yield opened


def send(client, *identifiers, files=(), **fields):
    """Send the form as a browser does."""
    parts = [
        (name, (None, value)) for name, value in {"identifiers": "\n".join(identifiers), **fields}.items()
    ]
    parts += [("file", file) for file in files] or [("file", ("", b""))]
    return client.post("/recognition", files=parts)


@pytest.mark.parametrize("language", ["cs", "en"])
def test_the_form_says_that_it_only_advises(client, language):
    """Before anything is entered, and again beside what was found; nobody keeps what was found."""
    page = client.get("/recognition", params={"lang": language})
    assert page.status_code == 200
    answer = send(client, VALID)
    assert "your institution decides" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.headers["x-robots-tag"]


def test_credentials_stand_side_by_side(client):
    """Each with its verdict and what it says; births don't."""
    page = send(client, VALID, REVOKED, f"https://mikrocertifikat.cz/verify/{VALID}").text
    assert page.count('scope="col"') == 3
    assert "Data Analysis in Python for Health Research" in page
    assert "6 ECTS credits" in page.replace("\xa0", " ")
    assert "1994" not in page
    assert "Not in the sum" in page


@pytest.mark.parametrize("kind", ["changed", "foreign"])
def test_what_is_not_proven_is_marked_or_not_shown(client, identifiers, kind):
    """Of what was changed nothing is shown; of what nobody vouches for each cell says so."""
    page = send(client, identifiers[kind]).text
    if kind == "changed":
        assert "Data Analysis in Python" not in page
    else:
        head = re.search(r"<thead>(.*?)</thead>", page, re.DOTALL)[1]
        assert head.index("unproven") < head.index("Data Analysis in Python")
    assert "There is no sum." in page
    assert "0 ECTS" not in page


def test_what_there_is_not_is_told_and_counts_as_a_miss(client):
    """One column says so and the others stay; who guesses on is slowed down as elsewhere."""
    page = send(client, VALID, "2222222222zz")
    assert page.status_code == 200
    assert "no such micro-credential" in page.text
    answers = [send(client, "2222222222zz") for _ in range(6)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


WRONG = {  # kind of fault → (fields, field that is marked)
    "nothing": ({}, "identifiers"),
    "too many": (
        {"identifiers": "\n".join(f"1111111111{n:02}" for n in range(11, 11 + MOST + 1))},
        "identifiers",
    ),
    "no identifier": ({"identifiers": f"{VALID}\nK7mQx4Rt9bH"}, "identifiers"),
    "a link of another site": ({"identifiers": f"https://example.org/verify/{VALID}"}, "identifiers"),
    "too long": ({"identifiers": VALID, "title": "a" * 301}, "title"),
    "credits that are none": ({"identifiers": VALID, "ects": "-3"}, "ects"),
    "endless credits": ({"identifiers": VALID, "ects": "1e99"}, "ects"),
    "a level there is none": ({"identifiers": VALID, "level": "9"}, "level"),
    "a field there is none": ({"identifiers": VALID, "area": "9876"}, "area"),
    "a type there is none": ({"identifiers": VALID, "target": "toy/../x"}, "target"),
    "a type that is markup": ({"identifiers": VALID, "target": "<b>"}, "target"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_fault_is_told_at_its_field(client, kind):
    """What was typed stays, and nothing is looked up."""
    fields, field = WRONG[kind]
    answer = client.post(
        "/recognition", files=[(name, (None, value)) for name, value in fields.items()] or [("x", (None, ""))]
    )
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "<b>" not in answer.text.replace("<bdi>", "")


BROKEN = {
    "no form": ("text/plain", b"x"),
    "another form": ("application/x-www-form-urlencoded", b"identifiers=K7mQx4Rt9bHz"),
    "half of it": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n',
    ),
    "a field twice": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\na\r\n' * 2 + b"--x--\r\n",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_form_is_refused(client, kind):
    """With a page of ours."""
    content_type, body = BROKEN[kind]
    answer = client.post("/recognition", content=body, headers={"content-type": content_type})
    assert answer.status_code == 400


def test_files_are_verified_apart_and_not_kept(client):
    """Each by itself; two of one name have a column each."""
    files = [("certificate.pdf", b"valid"), ("certificate.pdf", b"rubbish")]
    page = send(client, files=files)
    assert page.status_code == 200
    assert "certificate.pdf" in page.text


def test_the_target_stands_beside_them_as_it_was_typed(client):
    """Marked as typed, and what was typed is no markup."""
    page = send(
        client,
        VALID,
        title="<b>Data</b>",
        ects="60",
        level="7",
        area="0613",
        outcomes="Umí vše.\nA ještě víc.",
    ).text
    assert "as you entered it" in page
    assert "<b>Data" not in page
    assert "60 ECTS" in page
    assert "Umí vše." in page


@pytest.mark.parametrize("kind", ["valid", "revoked", "replaced"])
@pytest.mark.parametrize("access", [Access.SUMMARY, Access.CLOSED])
def test_what_holders_do_not_show_is_not_compared(make_system, identifiers, reports, access, kind):
    """The others stay beside it; that it was revoked or replaced is told all the same."""
    system, report = make_system(), reports[kind]
    identifier, other = identifiers[kind], identifiers["expired"]

    class Sharing:
        def by_identifier(self, asked):
            shown = access if asked == identifier else Access.OPEN
            disclosed = disclosed_by_link(system.report_of(asked), shown)
            if disclosed is None:
                raise AccessClosed(report.status)
            return Display(asked, disclosed, (), system.report_of(asked), shown)

    with TestClient(create_app(system)) as client:
        client.headers["accept-language"] = "en"
        system.sharing = Sharing()
        page = send(client, identifier, other)
    assert page.status_code == 200
    assert page.text.count('scope="col"') == 3
    assert page.text.count("Loads, cleans and joins") == 1
    assert "ask for a share" in page.text
    assert kind == "valid" or f"been {kind}" in page.text


@pytest.mark.parametrize("by_holder", [True, False])
def test_a_closed_credential_shows_nothing(make_system, monkeypatch, by_holder):
    """It is one of which there is nothing to show."""
    system = make_system()

    def closed(_, identifier):
        raise ErasedError(identifier, by_holder=by_holder)

    monkeypatch.setattr(type(system), "verify_archived", closed)
    with TestClient(create_app(system)) as client:
        client.headers["accept-language"] = "en"
        page = send(client, VALID)
        assert page.status_code == 200
        assert "Data Analysis" not in page.text
        assert "no such micro-credential" in page.text
