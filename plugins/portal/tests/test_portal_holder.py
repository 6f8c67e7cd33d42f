"""The pages of holders and of those with whom they share: who sees what, what counts, what is told to whom."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import urlencode

import anyio
import attrs
import pytest
from litestar.testing import TestClient
from mikrocert.archive import ErasureReason
from mikrocert.errors import ArchiveError, ErasedError
from mikrocert.report import Access, ShareScope
from mikrocert.service.holders import sharing as sharing_module
from mikrocert.texts import message
from mikrocert_portal import holder as holder_module
from mikrocert_portal.api.sharing import SharingOfHolders
from mikrocert_portal.app import create_app
from mikrocert_portal.config import Limits, PortalConfig

VALID, REVOKED, REPLACED = "K7mQx4Rt9bHz", "Rev4x4Rt9bHz", "Rpc4x4Rt9bHz"
STATES = {"valid": VALID, "revoked": REVOKED, "replaced": REPLACED}
SCOPES = list(ShareScope)
OWN = {"sec-fetch-site": "same-origin"}
JSON = {"accept": "application/json"}


@attrs.define
class Holding:
    """A portal over an archive in which three credentials have holders."""

    client: TestClient
    system: object
    archive: object
    secrets: dict

    def get(self, path, **options):
        return self.client.get(path, follow_redirects=False, **options)

    def post(self, path, fields=None, *, headers=OWN):
        form = {"content-type": "application/x-www-form-urlencoded", **headers}
        content = urlencode(fields or {})
        return self.client.post(path, content=content, headers=form, follow_redirects=False)

    def page_of(self, state="valid"):
        return f"/h/{self.secrets[state]}"

    def make(self, state="valid", **fields):
        """Make a share by the form, and return the address that its page shows."""
        wanted = {"scope": "all", "until": "week", "date": "", "most": "", "note": "", **fields}
        made = self.post(f"{self.page_of(state)}/shares", wanted)
        assert made.status_code == 303, text_of(made)
        page = self.get(made.headers["location"]).text
        return re.search(r"https://mikrocertifikat\.cz(/s/\w+)", page)[1]

    def opened(self, address):
        """Confirm that a share is to be opened, and return where it is shown."""
        answer = self.post(address)
        assert answer.status_code == 303, text_of(answer)
        return answer.headers["location"]


def text_of(response):
    return (
        html.unescape(re.sub(r"<[^>]*>|\s+", " ", response.text)).replace("\u00a0", " ").replace("\u2060", "")
    )


@pytest.fixture
def holding(system, with_holders, tmp_path):
    with (
        with_holders(system, tmp_path) as (archive, secrets),
        TestClient(create_app(system, config=PortalConfig(limits=Limits(unknown_seconds=0)))) as client,
    ):
        yield Holding(client, system, archive, secrets)


# What is where


PERSONAL = {  # what is personal → the smallest scope that shows it
    "14. března 1994": ShareScope.ALL,
    "14 March 1994": ShareScope.ALL,
    "A – výborně": ShareScope.WITHOUT_BIRTH,
    "A – excellent": ShareScope.WITHOUT_BIRTH,
    "statistika": ShareScope.WITHOUT_BIRTH,
    "Tereza Černohorská": ShareScope.WITHOUT_GRADE,
    "Polabská univerzita, Lékařská fakulta": ShareScope.WITHOUT_GRADE,
}
TITLES = {"cs": "Analýza dat v jazyce Python", "en": "Data Analysis in Python"}
REASON = "chybně uvedené jméno držitele"
MISSPELT = {"replaced": "T. C."}
"""The initials of whose name was corrected; those of the others are T. Č."""
WHO = ["share", "program with the share"]


def shown(content, scope):
    """Return what is shown of a list of what is personal, and may not be."""
    below = SCOPES[: SCOPES.index(scope)]
    return [text for text, smallest in PERSONAL.items() if smallest in below and text in content]


@pytest.mark.parametrize("language", ["cs", "en"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("scope", ShareScope)
@pytest.mark.parametrize("who", WHO)
def test_whoever_opens_a_share_sees_its_scope_and_nothing_else(holding, scope, state, who, language):
    """On pages, in JSON, in files and pictures, whatever became of the credential."""
    place = holding.opened(holding.make(state, scope=scope.value))
    headers = {"accept-language": language, **(JSON if who != "share" else {})}
    answer = holding.get(place, headers=headers)
    assert answer.status_code == 200
    content = text_of(answer) if who == "share" else json.dumps(answer.json(), ensure_ascii=False)
    assert shown(content, scope) == []
    assert TITLES[language] in content.replace("\u00a0", " ")
    assert (REASON in content) is (state != "valid" and scope in {ShareScope.ALL, ShareScope.WITHOUT_BIRTH})
    if scope in {ShareScope.WITHOUT_GRADE, ShareScope.TITLE}:
        assert [one for one in STATES.values() if one in answer.text] == []
    if state != "valid":
        words = {"revoked": ("zrušen", "revoked"), "replaced": ("nahrazen", "replaced")}[state]
        assert any(word in content.lower() for word in words)
    identifier, files = STATES[state], scope is ShareScope.ALL
    for name in ("certificate.pdf", f"{identifier}.jsonld", "copy-large-print.html"):
        assert holding.get(f"{place}/{name}").status_code == (200 if files else 404)
        assert (name in answer.text) is (files and who == "share")
    picture = scope in {ShareScope.ALL, ShareScope.WITHOUT_BIRTH}
    for lang in ("cs", "en"):
        assert holding.get(f"{place}/picture-{lang}.png").status_code == (200 if picture else 404)


@pytest.mark.parametrize("access", Access)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("program", [False, True])
def test_the_permanent_link_shows_what_its_holder_decided(holding, access, state, program):
    """Files and birth data by none; a summary has initials; what is closed says that, and that it was revoked or replaced."""
    identifier, headers = STATES[state], JSON if program else {}
    assert holding.post(f"{holding.page_of(state)}/access", {"access": access.value}).status_code == 303
    for address in (f"/verify/{identifier}", *([f"/api/v1/verify/{identifier}"] if program else [])):
        answer = holding.get(address, headers={**headers, "accept-language": "en"})
        content = json.dumps(answer.json(), ensure_ascii=False) if program else text_of(answer)
        scope = {"open": ShareScope.WITHOUT_BIRTH, "summary": ShareScope.TITLE, "closed": ShareScope.TITLE}
        assert shown(content, scope[access.value]) == []
        assert answer.status_code == (410 if access is Access.CLOSED else 200)
        assert (TITLES["en"] in content.replace("\u00a0", " ")) is (access is not Access.CLOSED)
        assert (MISSPELT.get(state, "T. Č.") in content) is (access is Access.SUMMARY)
        assert (REASON in content) is (access is Access.OPEN and state != "valid")
        if state != "valid":
            assert state in content.lower()
        if access is not Access.OPEN:
            assert VALID not in content or state == "valid"  # what replaced it has an access of its own
    for name in ("certificate.pdf", f"{identifier}.jsonld", "copy-large-print.html"):
        assert holding.get(f"/verify/{identifier}/{name}").status_code == (
            410 if access is Access.CLOSED else 404
        )
    pictures = holding.get(f"/verify/{identifier}/picture-cs.png").status_code
    assert pictures == {Access.OPEN: 200, Access.SUMMARY: 404, Access.CLOSED: 410}[access]


@pytest.mark.parametrize("access", Access)
def test_an_uploaded_file_is_verified_whatever_is_closed(holding, access):
    """Whoever has the file has everything in it already."""
    holding.post(f"{holding.page_of('revoked')}/access", {"access": access.value})
    answer = holding.client.post("/verify", files={"file": ("x.pdf", b"revoked")})
    assert answer.status_code == 200
    assert "zrušen" in text_of(answer)
    assert REASON in text_of(answer)


def test_the_holder_takes_along_what_the_page_offers(holding):
    """Badges come as files of their own, kept nowhere; what was revoked or replaced is not offered."""
    place = holding.page_of()
    names = re.findall(rf'href="{place}/(badge-[^"]+)"', holding.get(place).text)
    assert names
    for name in names:
        answer = holding.get(f"{place}/{name}")
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.headers["cache-control"] == "no-store"
        assert "Tereza" not in answer.text
    for state in ("revoked", "replaced"):
        assert "badge-" not in holding.get(holding.page_of(state)).text
        assert holding.get(f"{holding.page_of(state)}/{names[0]}").status_code == 404


@pytest.mark.parametrize("access", Access)
def test_the_holder_is_told_that_a_badge_leads_where_little_is_shown(holding, access):
    """Where the permanent link is not open."""
    assert holding.post(f"{holding.page_of()}/access", {"access": access.value}).status_code == 303
    page = text_of(holding.get(f"{holding.page_of()}?lang=en"))
    assert ("You have not left this address open" in page) is (access is not Access.OPEN)


def test_the_holder_sees_everything_and_has_the_files(holding):
    """Proofs included."""
    holding.system.proof_files[f"{VALID}.tlog-proof"] = b"proof"
    page = holding.get(holding.page_of(), headers={"accept-language": "cs"})
    assert [
        text for text in ("14. března 1994", "A – výborně", "Tereza Černohorská") if text not in text_of(page)
    ] == []
    for name in (
        "certificate.pdf",
        f"{VALID}.jsonld",
        "picture-cs.png",
        "picture-en.png",
        f"{VALID}.tlog-proof",
        "copy-large-print.html",
    ):
        answer = holding.get(f"{holding.page_of()}/{name}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        saved = answer.headers.get("content-disposition", "")
        assert saved.startswith(f'attachment; filename="{VALID}') == (not name.startswith("picture"))
    for name in ("other", "copy-other.html", "copy-large-print", "copy-.html"):
        assert holding.get(f"{holding.page_of()}/{name}").status_code == 404


def test_a_copy_is_saved_and_never_a_page_of_ours(holding):
    """It has a style of its own, which no page here may have; and it says what is found now, so nobody keeps it."""
    answer = holding.get(f"{holding.page_of('revoked')}/copy-large-print.html")
    assert answer.headers["content-disposition"] == f'attachment; filename="{REVOKED}-large-print.html"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "copy-large-print.html" in holding.get(holding.page_of("revoked")).text


# Confirming and counting


PREVIEWS = {
    "get": ("GET", {}),
    "head": ("HEAD", {}),
    "a program": ("GET", JSON),
}


@pytest.mark.parametrize(("method", "headers"), PREVIEWS.values(), ids=PREVIEWS)
def test_what_only_fetches_a_link_counts_nothing_and_sees_nothing(holding, method, headers):
    """Messengers, mail gateways and search engines fetch links; only who presses the button opens one."""
    address = holding.make(most="1")
    for _ in range(3):
        answer = holding.client.request(method, address, headers=headers, follow_redirects=False)
        assert answer.status_code == 200
        assert [text for text in (*PERSONAL, *TITLES.values(), VALID) if text in answer.text] == []
    assert holding.system.sharing.share(VALID, 1).opened == 0
    place = holding.opened(address)
    for _ in range(3):
        assert holding.get(place).status_code == 200
        assert holding.get(f"{place}/picture-cs.png").status_code == 200
    assert holding.system.sharing.share(VALID, 1).opened == 1
    again = holding.post(address)
    assert again.status_code == 410


def test_a_program_opens_a_share_by_one_request(holding):
    """It gets JSON, counted as an opening."""
    address = holding.make(scope="title")
    answer = holding.post(address, headers=JSON)
    assert answer.status_code == 200
    assert answer.json()["share"]["scope"] == "title"
    assert holding.system.sharing.share(VALID, 1).opened == 1


def test_a_pass_that_is_over_leads_back_to_the_question(holding, monkeypatch):
    """Whoever kept the address presses the button again."""
    address = holding.make()
    monkeypatch.setattr(sharing_module, "PASS_SECONDS", -1)
    place = holding.opened(address)
    for path in (place, f"{place}/certificate.pdf"):
        answer = holding.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, address)


def test_the_holder_sees_on_which_day_it_was_opened_and_how_often(holding):
    """No address is kept."""
    address = holding.make(note="Personální oddělení")
    holding.opened(address)
    holding.opened(address)
    listed = text_of(holding.get(f"{holding.page_of()}?lang=en"))
    assert "Personální oddělení" in listed
    assert "Opened 2 times." in listed
    page = text_of(holding.get(f"{holding.page_of()}/shares/1?lang=en"))
    assert "2×" in page


# Ends


def ended(holding, address, words):
    for path, answer in ((address, holding.get), (address, holding.post)):
        got = answer(path)
        assert got.status_code == 410
        assert got.headers["cache-control"] == "no-store"
    english = text_of(holding.get(f"{address}?lang=en"))
    assert words in english
    told = holding.get(address, headers=JSON).json()
    assert told["error"] == "link-ended"
    return told


def test_a_withdrawn_share_says_so(holding):
    """Also to whoever has it open."""
    address = holding.make()
    place = holding.opened(address)
    answer = holding.post(f"{holding.page_of()}/shares/1/withdraw")
    assert answer.status_code == 303
    assert ended(holding, address, "Withdrawn on")["reason"] == "withdrawn"
    assert holding.get(place).status_code == 410
    assert holding.get(f"{place}/certificate.pdf").status_code == 410
    page = text_of(holding.get(f"{holding.page_of()}/shares/1?lang=en"))
    assert "Withdrawn on" in page
    assert "/s/" not in page


def test_a_share_that_is_over_says_since_when(holding, monkeypatch):
    """To the day; nobody waits for the clock."""
    address = holding.make(until="day")
    later = datetime.now(UTC) + timedelta(days=1)
    monkeypatch.setattr(holding.system.sharing, "_now", lambda: later)
    assert ended(holding, address, "It ended on")["reason"] == "expired"


def test_a_replaced_holders_link_says_so(holding):
    """The page of the new one is another."""
    old = holding.page_of()
    new = holding.system.sharing.new_holder_link(VALID, actor="Růžena").removeprefix(
        "https://mikrocertifikat.cz"
    )
    told = ended_holder(holding, old)
    assert told["reason"] == "replaced"
    assert holding.get(new).status_code == 200


def ended_holder(holding, address):
    for path in (address, f"{address}/shares/1", f"{address}/certificate.pdf"):
        assert holding.get(path).status_code == 410
    assert holding.post(f"{address}/shares", {"scope": "all", "until": "week"}).status_code == 410
    return holding.get(address, headers=JSON).json()


@pytest.mark.parametrize(
    ("path", "form"),
    [("access", {"access": "closed"}), ("shares", {"scope": "all", "until": "week"})],
)
def test_a_link_that_is_replaced_while_a_form_is_sent_changes_nothing(holding, monkeypatch, path, form):
    """Whoever has the old one could else keep a form on its way until after that."""
    sharing, reading = holding.system.sharing, holder_module.read_fields

    async def replacing(*arguments, **named):
        sharing.new_holder_link(VALID, actor="škola")
        return await reading(*arguments, **named)

    before = sharing.access(VALID)
    monkeypatch.setattr(holder_module, "read_fields", replacing)
    assert holding.post(f"{holding.page_of()}/{path}", form).status_code == 410
    assert (sharing.access(VALID), sharing.shares(VALID)) == (before, ())


def test_what_was_erased_is_gone_for_all(holding):
    """Whoever asks."""
    address = holding.make()
    place = holding.opened(address)
    holding.archive.erase(VALID, reason=ErasureReason.OTHER, at=datetime(2026, 12, 1, tzinfo=UTC))
    for path in (address, place, f"{place}/certificate.pdf"):
        assert holding.get(path).status_code == 410
    assert holding.post(address).status_code == 410


# Misses


WRONG = [
    "x",
    "{right}x",
    "{right}/",
    "{right}%2F",
    "{right}.",
    "{right}%20",
    "x" * 400,
    "%00",
    "%F0%9F%92%A9",
]


@pytest.mark.parametrize("kind", ["h", "s"])
@pytest.mark.parametrize("wrong", WRONG)
def test_an_unknown_link_looks_like_any_other(holding, kind, wrong):
    """With something appended, in another form, or made up: one answer, which repeats nothing of it."""
    right = holding.secrets["valid"] if kind == "h" else holding.make()[3:]
    holding.client.cookies.clear()
    one = holding.get(f"/{kind}/{wrong.format(right=right)}?lang=en")
    other = holding.get(f"/{kind}/abcdefgh?lang=en")
    assert one.status_code == 404
    if "We do not know this link" in one.text:
        assert one.text == other.text
    assert right not in one.text
    assert holding.system.sharing.shares(VALID) == () or holding.system.sharing.share(VALID, 1).opened == 0


def test_only_misses_slow_down(holding):
    """Whoever has a link gets in, whoever else guesses from the same address."""
    address = holding.make()
    statuses = [holding.get(f"/{kind}/guess{number}").status_code for kind in "hs" for number in range(15)]
    assert set(statuses) == {404, 429}
    assert holding.get("/s/guess").headers["retry-after"]
    assert holding.get(address).status_code == 200
    assert holding.get(holding.page_of()).status_code == 200
    assert holding.get(holding.opened(address)).status_code == 200


def test_an_unknown_link_is_answered_after_a_fixed_time(system, monkeypatch):
    """As an unknown identifier is."""
    slept = []

    async def sleep_until(moment):
        slept.append(moment)

    monkeypatch.setattr("mikrocert_portal.portal.anyio.sleep_until", sleep_until)
    with TestClient(create_app(system)) as client:
        for path in (
            "/h/x",
            "/s/x",
            "/s/x/y",
            "/h/x/certificate.pdf",
            "/h/x/shares/1",
            "/h/x/shares/1/qr.svg",
        ):
            assert client.get(path).status_code == 404
        assert client.post("/s/x", headers=OWN).status_code == 404
        for path in ("/h/x/access", "/h/x/shares", "/h/x/shares/1/withdraw"):
            assert client.post(path, headers=OWN).status_code == 404
    assert len(slept) == 10


# Forms


def test_a_form_of_another_site_changes_nothing(holding):
    """The browser says where it comes from; what is no browser has the secret and may."""
    wanted = {"scope": "all", "until": "week"}
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://x.example"},
        {"origin": "http://["},
        {"origin": "https://mikrocertifikat.cz:abc"},
    ):
        for path in (f"{holding.page_of()}/shares", f"{holding.page_of()}/access"):
            assert holding.post(path, wanted, headers=headers).status_code == 403
    assert holding.system.sharing.shares(VALID) == ()
    for headers in ({}, {"origin": "null"}, {"origin": "https://mikrocertifikat.cz"}):
        assert holding.post(f"{holding.page_of()}/shares", wanted, headers=headers).status_code == 303


WRONG_FORMS = {  # what is wrong → (fields, what is told)
    "nothing": ({}, ["Choose what they see", "Choose until when"]),
    "no scope": ({"until": "week"}, ["Choose what they see"]),
    "another scope": ({"scope": "more", "until": "week"}, ["Choose what they see"]),
    "no end": ({"scope": "title"}, ["Choose until when"]),
    "a date that is none": ({"scope": "title", "until": "date", "date": "31. 2. 2027"}, ["Choose a date"]),
    "no date": ({"scope": "title", "until": "date"}, ["Choose a date"]),
    "a date in the past": ({"scope": "title", "until": "date", "date": "2020-01-01"}, ["in the future"]),
    "a date at the end of time": (
        {"scope": "title", "until": "date", "date": "9999-12-31"},
        ["Choose a date"],
    ),
    "a word as number": ({"scope": "title", "until": "week", "most": "few"}, ["a whole number"]),
    "a negative number": ({"scope": "title", "until": "week", "most": "-1"}, ["a whole number"]),
    "a number of other digits": ({"scope": "title", "until": "week", "most": "٣"}, ["a whole number"]),
    "none": ({"scope": "title", "until": "week", "most": "0"}, ["from 1 to"]),
    "a hostile note": ({"scope": "title", "until": "week", "note": "a\u202eb"}, ["invisible character"]),
    "a long note": ({"scope": "title", "until": "week", "note": "ž" * 150}, ["150 characters"]),
}


@pytest.mark.parametrize(("fields", "words"), WRONG_FORMS.values(), ids=WRONG_FORMS)
def test_a_form_that_makes_no_sense_comes_back(holding, fields, words):
    """With every fault in words, what was typed kept, and nothing made."""
    answer = holding.post(f"{holding.page_of()}/shares?lang=en", fields)
    assert answer.status_code == 422
    assert [one for one in words if one not in text_of(answer)] == []
    if "note" in fields:
        assert f'value="{fields["note"]}"' in answer.text
    assert holding.system.sharing.shares(VALID) == ()


def test_an_access_that_is_none_changes_nothing(holding):
    """Nothing is opened because a parameter is missing."""
    holding.post(f"{holding.page_of()}/access", {"access": "closed"})
    for fields in ({}, {"access": ""}, {"access": "all"}):
        assert holding.post(f"{holding.page_of()}/access", fields).status_code == 422
    assert holding.get(f"/verify/{VALID}").status_code == 410


def test_markup_in_a_note_is_text(holding):
    """On both pages."""
    holding.make(note="<script>alert(1)</script> & {{ 7 * 7 }}")
    for path in (holding.page_of(), f"{holding.page_of()}/shares/1"):
        page = holding.get(path).text
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def test_shares_come_page_by_page(holding):
    """However many there are."""
    for _ in range(holder_module._AT_ONCE + 2):
        holding.make()
    first = holding.get(holding.page_of()).text
    assert first.count('<li id="share-') == holder_module._AT_ONCE
    older = html.unescape(re.search(r'href="([^"]*before=[^"]*)#', first)[1])
    second = holding.get(older).text
    assert re.findall(r'<li id="share-(\d+)"', second) == ["2", "1"]


def test_where_nothing_may_be_written_the_holder_is_told(holding, monkeypatch):
    """The pages may be run by somebody who only reads."""

    def refuse(*_, **__):
        raise ArchiveError(message("permission denied"))

    address = holding.make()
    for name in ("make", "set_access", "withdraw", "open"):
        monkeypatch.setattr(type(holding.archive.sharing), name, refuse)
    asked = (
        (f"{holding.page_of()}/shares", {"scope": "all", "until": "week"}),
        (f"{holding.page_of()}/access", {"access": "open"}),
        (f"{holding.page_of()}/shares/1/withdraw", {}),
        (address, {}),
    )
    for path, fields in asked:
        answer = holding.post(path, fields)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]


# Secrets


def test_no_page_hands_a_secret_on(holding, caplog):
    """Neither to logs nor to caches, search engines or other sites."""
    address = holding.make(note="x")
    place = holding.opened(address)
    pages = [
        holding.page_of(),
        f"{holding.page_of()}/shares/1",
        f"{holding.page_of()}/shares/1/qr.svg",
        address,
        place,
    ]
    for path in pages:
        answer = holding.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert "set-cookie" not in answer.headers
        title = re.search(r"<title>(.*?)</title>", answer.text)
        assert title is None or "Černohorská" not in title[1]
    assert [one for one in (holding.secrets["valid"], address[3:]) if one in caplog.text] == []
    shown_to_others = holding.get(place).text
    assert holding.secrets["valid"] not in shown_to_others


def test_the_link_of_a_share_comes_as_text_code_and_letter(holding):
    """The codes hold the link and nothing else; where it has ended there is none."""
    address = f"https://mikrocertifikat.cz{holding.make()}"
    own = f"{holding.page_of()}/shares/1"
    page = holding.get(own).text
    assert page.count(address) >= 2
    assert 'href="mailto:?subject=' in page
    assert holding.get(f"{own}/qr.png").content.startswith(b"\x89PNG")
    assert holding.get(f"{own}/qr.svg").headers["content-type"].startswith("image/svg+xml")
    assert holding.get(f"{own}/qr.gif").status_code == 404
    holding.post(f"{own}/withdraw")
    assert holding.get(f"{own}/qr.png").status_code == 404


# The API, by which universities do it for their students


def call(holding, method, path, *, key="key-of-mu", **options):
    headers = {"authorization": f"Bearer {key}", "accept-language": "en"}
    return holding.client.request(method, f"/api/v1/credentials/{VALID}{path}", headers=headers, **options)


@pytest.fixture
def api(holding, accounts):
    assert holding.system.accounts is accounts
    return holding


def test_a_university_makes_a_new_holders_link(api):
    """It is told once; the one before ends."""
    answer = call(api, "POST", "/holder-link")
    assert answer.status_code == 200
    secret = answer.json()["holder_link"].rpartition("/")[2]
    assert api.get(f"/h/{secret}").status_code == 200
    assert api.get(api.page_of()).status_code == 410


def test_a_university_makes_lists_and_withdraws_shares(api):
    """The link is told once; the holder sees the share, without its link, and the university no note of the holder."""
    api.make(note="jen pro mne", scope="title")
    answer = call(api, "POST", "/shares", json={"scope": "all", "note": "pro úřad", "most": 2})
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"].endswith(f"/shares/{made['number']}")
    place = api.opened(made["link"].removeprefix("https://mikrocertifikat.cz"))
    assert "14. března 1994" in text_of(api.get(f"{place}?lang=cs"))
    listed = call(api, "GET", "/shares").json()["shares"]
    assert [(one["made_by"], one["note"], one["opened"]) for one in listed] == [
        ("institution", "pro úřad", 1),
        ("holder", None, 0),
    ]
    assert "jen pro mne" not in json.dumps(listed)
    assert "/s/" not in json.dumps(listed)
    assert "/s/" not in api.get(f"{api.page_of()}/shares/{made['number']}").text
    withdrawn = call(api, "DELETE", f"/shares/{made['number']}")
    assert withdrawn.json()["ended"] == "withdrawn"
    assert api.get(place).status_code == 410


def test_shares_are_listed_page_by_page(api):
    """Until “next” is null."""
    for _ in range(5):
        api.make()
    found, before = [], None
    while True:
        query = {"limit": 2} | ({"before": before} if before else {})
        page = call(api, "GET", "/shares", params=query).json()
        found += [one["number"] for one in page["shares"]]
        before = page["next"]
        if before is None:
            break
    assert found == [5, 4, 3, 2, 1]


def test_a_university_decides_what_the_permanent_link_shows(api):
    """For its student, who asked for it."""
    assert call(api, "GET", "/access").json() == {"access": "open"}
    assert call(api, "PUT", "/access", json={"access": "closed"}).json() == {"access": "closed"}
    assert api.get(f"/verify/{VALID}").status_code == 410
    told = api.get(f"/api/v1/verify/{VALID}")
    assert (told.status_code, told.json()["code"], told.json()["state"]) == (410, "access-closed", "live")


NOT_THEIRS = [
    ("POST", "/holder-link", None),
    ("GET", "/shares", None),
    ("POST", "/shares", {"scope": "all"}),
    ("DELETE", "/shares/1", None),
    ("GET", "/access", None),
    ("PUT", "/access", {"access": "open"}),
]


@pytest.mark.parametrize(("method", "path", "sent"), NOT_THEIRS)
def test_another_universitys_holders_are_nobody(api, method, path, sent):
    """To it there is no such credential."""
    api.make()
    answer = call(api, method, path, key="key-of-ripska", json=sent)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-identifier")
    assert call(api, method, path, key="wrong", json=sent).status_code == 401
    assert api.system.sharing.share(VALID, 1).withdrawn_at is None
    assert api.get(api.page_of()).status_code == 200


REFUSED = [
    ("/shares", "POST", {}, 422),
    ("/shares", "POST", {"scope": "more"}, 422),
    ("/shares", "POST", {"scope": "all", "until": "tomorrow"}, 422),
    ("/shares", "POST", {"scope": "all", "until": "2020-01-01T00:00:00Z"}, 422),
    ("/shares", "POST", {"scope": "all", "until": "2030-01-01T00:00:00"}, 422),
    ("/shares", "POST", {"scope": "all", "most": 0}, 422),
    ("/shares", "POST", {"scope": "all", "most": "2"}, 422),
    ("/shares", "POST", {"scope": "all", "note": "a\u202eb"}, 422),
    ("/shares", "POST", {"scope": "all", "more": 1}, 422),
    ("/access", "PUT", {"access": "half"}, 422),
    ("/access", "PUT", {}, 422),
    ("/shares/9", "DELETE", None, 404),
    ("/shares/x", "DELETE", None, 404),
    ("/shares/99999999999999999999", "DELETE", None, 404),
]


@pytest.mark.parametrize(("path", "method", "sent", "status"), REFUSED)
def test_what_makes_no_sense_is_refused_with_a_problem(api, path, method, sent, status):
    """Nothing is made or opened because a member is missing or wrong."""
    answer = call(api, method, path, json=sent)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert api.system.sharing.shares(VALID) == ()
    assert api.system.sharing.access(VALID) is Access.OPEN


def test_what_was_erased_takes_no_links_from_the_others():
    """Links are told once, so those of a page are told whatever became of one among them."""

    def first_holder_link(identifier):
        if identifier == REVOKED:
            raise ErasedError(identifier)
        return f"https://mikrocertifikat.cz/h/{identifier}"

    async def look_up(_, work):
        return work()

    results = [
        SimpleNamespace(identifier=one, created=True, evidence_number=one, number=number)
        for number, one in enumerate(STATES.values(), start=1)
    ]
    system = SimpleNamespace(
        batches=SimpleNamespace(results=lambda *_, **__: results),
        sharing=SimpleNamespace(first_holder_link=first_holder_link),
    )
    handler = SharingOfHolders(SimpleNamespace(system=system, look_up=look_up), credentials=None)
    asked = SimpleNamespace(institution="mu", values={"batch": "b"})
    reply = anyio.run(handler.holder_links, asked)
    links = {one["identifier"]: one["holder_link"] for one in reply.content["holder_links"]}
    assert [identifier for identifier, link in links.items() if link is None] == [REVOKED]
    assert list(links) == list(STATES.values())
