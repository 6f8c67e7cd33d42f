"""What the portal answers: pages, headers, languages, problems."""

from __future__ import annotations

import logging
import re
from datetime import date
from html import unescape
from urllib.parse import quote

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient
from mikrocert.errors import ArchiveError, ErasedError, NoArchiveError, ObjectStoreError
from mikrocert.host.loading import Plugins
from mikrocert.report import CheckResult, Finding, Item, Outcome, Section
from mikrocert.report.results import merged
from mikrocert.service.system import open_system
from mikrocert.settings import Settings
from mikrocert.texts import LanguageMap, Texts
from mikrocert_portal.app import create_app
from mikrocert_portal.config import Limits, PortalConfig

QUICK = Limits(upload_megabytes=1, uploads_megabytes=2, misses=5, miss_seconds=10_000, unknown_seconds=0)
JSON = {"accept": "application/json"}
CZECH = {"accept-language": "cs"}


@pytest.fixture
def client(system):
    with TestClient(
        create_app(system, config=PortalConfig(limits=QUICK)), base_url="https://mikrocertifikat.cz"
    ) as client:
        client.follow_redirects = False
        yield client


def text(response):
    """The words of a page, with ordinary spaces."""
    body = re.sub(r"<(head|svg)\b.*?</\1>", " ", response.text, flags=re.DOTALL)
    words = re.sub(r"</?(b|bdi|i|span|a|time|strong)\b[^>]*>", "", body)
    words = re.sub(r"<[^>]+>", " ", words)
    return " ".join(unescape(words).replace("\u2060", "").split())


def words_of(markup):
    """The words of a part of a page, with ordinary spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", markup)).split())


def upload(client, content, *, name="soubor.jsonld", query="?lang=cs", **options):
    return client.post(f"/verify{query}", files={"file": (name, content)}, **options)


# Headers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/help"),
        ("GET", "/verify/K7mQx4Rt9bHz"),
        ("GET", "/verify/K7mQx4Rt9bHz/certificate.pdf"),
        ("GET", "/verify/unknown"),
        ("GET", "/nothing"),
        ("DELETE", "/"),
        ("POST", "/verify"),
        ("GET", "/robots.txt"),
    ],
)
def test_every_answer_is_locked_down(client, method, path):
    """Every answer, also an error, has the policy that lets a page load nothing from elsewhere, and sets no cookie."""
    headers = client.request(method, path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"unsafe|https?:|data:|\*|script-src", policy)
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-type"] in {
        "text/html; charset=utf-8",
        "application/pdf",
        "text/plain; charset=utf-8",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "set-cookie" not in headers
    assert "server" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/verify/K7mQx4Rt9bHz",
        "/verify/K7mQx4Rt9bHz/certificate.pdf",
        "/verify/K7mQx4Rt9bHz/K7mQx4Rt9bHz.jsonld",
        "/verify/K7mQx4Rt9bHz/picture-cs.png",
        "/verify/unknown",
        "/verify/K7mQx4Rt9bHz/nothing",
    ],
)
def test_what_an_identifier_opens_is_neither_stored_nor_indexed(client, path):
    """Answers below /verify/ stay in no cache and no search engine."""
    headers = client.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]


def test_a_search_engine_may_fetch_what_it_must_not_list(client):
    """robots.txt forbids nothing, because a forbidden page would never show its noindex."""
    response = client.get("/robots.txt")
    assert response.text == "User-agent: *\nDisallow:\n"
    assert response.headers["content-type"].startswith("text/plain")


def test_without_tls_nothing_pretends_to_have_it(make_system):
    """HSTS is sent only where the base is https."""
    with TestClient(create_app(make_system(base_url="http://127.0.0.1:8000"))) as client:
        assert "strict-transport-security" not in client.get("/").headers


def test_head_answers_like_get_without_a_body(client):
    """HEAD works wherever GET does."""
    for path in ("/", "/help", "/verify/K7mQx4Rt9bHz", "/robots.txt"):
        response = client.head(path)
        assert (response.status_code, response.content) == (200, b"")


def test_the_style_is_kept_for_ever_under_an_address_with_its_version(client):
    """Static files are immutable, and only the current version exists."""
    address = re.search(r'href="(/static/([0-9a-f]{12})/style\.css)"', client.get("/").text)
    assert address
    response = client.get(address[1])
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert client.get("/static/000000000000/style.css").status_code == 404
    assert client.get(f"/static/{address[2]}/app.py").status_code == 404


@pytest.mark.system
def test_fonts_are_the_latin_part_with_all_of_czech(client):
    """A font is served as WOFF2, has every Czech letter, and weighs less than 150 kB."""
    from io import BytesIO

    from fontTools.ttLib import TTFont

    version = re.search(r"/static/([0-9a-f]+)/", client.get("/").text)[1]
    for name in ("sans.woff2", "serif.woff2"):
        response = client.get(f"/static/{version}/{name}")
        assert response.headers["content-type"] == "font/woff2"
        assert len(response.content) < 150_000
        characters = TTFont(BytesIO(response.content)).getBestCmap()
        assert {ord(letter) for letter in "ÁČĎÉĚÍŇÓŘŠŤÚŮÝŽáčďéěíňóřšťúůýž„“–\u00a0"} <= set(characters)


# Languages


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", None, "cs"),
        ("", "cs-CZ,cs;q=0.9,en;q=0.8", "cs"),
        ("", "sk", "sk"),
        ("", "sk-SK,cs;q=0.9,en;q=0.8", "sk"),
        ("", "en-GB", "en"),
        ("", "de;q=1.0, cs;q=0.9", "en"),
        ("", "en;q=0.3, cs;q=0.8", "cs"),
        ("", "*", "cs"),
        ("", "nonsense;;q=x,,", "cs"),
        ("?lang=en", "cs", "en"),
        ("?lang=cs", "en", "cs"),
        ("?lang=xx", "en", "en"),
        ("?lang=<script>", None, "cs"),
    ],
)
def test_the_address_chooses_the_language_else_the_browser(client, query, header, language):
    """?lang= wins over Accept-Language; Czech is spoken to Czechs and who states nothing."""
    headers = {} if header is None else {"accept-language": header}
    client.headers.pop("accept-language", None)
    assert f'<html lang="{language}">' in client.get(f"/{query}", headers=headers).text


def test_a_chosen_language_stays_chosen(client):
    """Every link and form of a page in a chosen language carries the choice on."""
    page = client.get("/verify/Rev4x4Rt9bHz?lang=en").text
    inside = [
        link for link in re.findall(r'(?:href|action)="(/[^"]*)"', page)
        if not re.search(r"^/static/|certificate\.pdf|\.jsonld", link)
    ]  # fmt: skip
    assert inside
    assert [link for link in inside if "?lang=en" not in link] == []


def test_a_language_not_chosen_is_not_forced_on_others(client):
    """Links of a page in the browser's language carry no language."""
    links = re.findall(r'href="(/[^"]*)"', client.get("/", headers=CZECH).text)
    assert [link for link in links if "lang=" in link] == []


def test_what_is_in_another_language_says_so(client):
    """Data that exist in Czech only are marked as Czech on an English page."""
    page = client.get("/verify/K7mQx4Rt9bHz?lang=en").text
    assert (
        '<span lang="cs"><bdi>Sestaví reprodukovatelnou analýzu v\u00a0prostředí Jupyter.</bdi></span>'
        in page
    )
    assert '<span lang="en"' not in page.partition("<main")[2]


@pytest.mark.parametrize("language", Texts(["mikrocert_portal"]).languages)
def test_every_page_is_whole_in_every_language(client, language):
    """No page leaves an English sentence unmarked in another language, or an unfilled place."""
    for path in ("/", "/help", "/verify/K7mQx4Rt9bHz", "/verify/Und4x4Rt9bHz", "/nothing"):
        page = client.get(f"{path}?lang={language}").text
        assert "%(" not in page
        ours = re.sub(r'<(head|svg)\b.*?</\1>|<(span|bdi) lang="en">.*?</\2>', " ", page, flags=re.DOTALL)
        english = re.search(r"\b(the|and|of) [a-z]", words_of(ours))
        assert bool(english) == (language == "en"), english


# Reports


@pytest.mark.parametrize(
    ("name", "language", "heading", "tone"),
    [
        ("valid", "cs", "Mikrocertifikát je platný", "valid"),
        ("valid", "en", "This micro-credential is valid", "valid"),
        ("revoked", "cs", "Mikrocertifikát byl zrušen", "failed"),
        ("revoked", "en", "This micro-credential has been revoked", "failed"),
        ("replaced", "cs", "Mikrocertifikát byl nahrazen novým", "neutral"),
        ("replaced", "en", "This micro-credential has been replaced by a new one", "neutral"),
        ("changed", "cs", "Neplatný: obsah byl změněn", "failed"),
        ("changed", "en", "Not valid: the content was changed", "failed"),
        ("undetermined", "cs", "Nepodařilo se potvrdit, čí je pečeť", "undetermined"),
        ("undetermined", "en", "We could not confirm who sealed it", "undetermined"),
        ("unusable", "cs", "Tento soubor není mikrocertifikát", "neutral"),
        ("unusable", "en", "This file is not a micro-credential", "neutral"),
        ("test", "cs", "Zkušební mikrocertifikát, nic nedokládá", "test"),
        ("test", "en", "Test micro-credential, proves nothing", "test"),
        ("foreign", "cs", "Neplatný: pečeť je zkušební", "failed"),
        ("foreign", "en", "Not valid: the seal is a test", "failed"),
    ],
)
def test_the_verdict_comes_first(client, name, language, heading, tone):
    """The one h1 of a report is its verdict, in the band that main begins with."""
    page = upload(client, name.encode(), query=f"?lang={language}").text
    headings = re.findall(r"<h1[^>]*>(.*?)</h1>", page)
    assert [heading.replace("\u00a0", " ").replace("\u2060", "") for heading in headings] == [heading]
    assert f'<div class="band {tone}">' in page
    assert page.index("<main") < page.index("<h1") < page.index("<h2" if "<h2" in page else "</main>")


def test_every_check_has_its_answer_in_words(client):
    """Each check is named, explained and answered by a word."""
    words = text(client.get("/verify/Chg4x4Rt9bHz?lang=cs"))
    for row in (
        "Formát Evropský digitální certifikát (EDC v3), struktura odpovídá předpisu. vyhovuje",
        "Neporušenost Otisk obsahu nesouhlasí s pečetí. nevyhovuje",
        "Důvěryhodnost Bez neporušené pečeti nelze posoudit. nezjištěno",
    ):
        assert row in words
    assert "Stav Soubor nevznikl v tomto systému; zrušení u nás zjistit nelze. nehodnotí se" in text(
        upload(client, b"undetermined")
    )


def test_all_findings_of_a_check_can_be_read(client):
    """A check with several findings unfolds all of them, with severity; places and codes are technical details."""
    words = text(client.get("/verify/Tst4x4Rt9bHz?lang=cs"))
    assert "Zjištění (2)" in words
    assert "upozornění Zneplatnění certifikátu pečeti se nezjišťovalo." in words
    assert "x5c[0]" not in words.partition("Technické podrobnosti")[0]
    assert "trust · no-revocation · x5c[0]" in words


@pytest.mark.parametrize("name", ["changed", "foreign"])
def test_unproven_content_is_not_shown_as_fact(client, identifiers, name):
    """Where integrity or trust failed there is no name, title or picture outside the folded unverified data."""
    for response in (upload(client, name.encode()), client.get(f"/verify/{identifiers[name]}?lang=cs")):
        page = response.text
        before, _, folded = page.partition('<details class="unproven">')
        assert "Zobrazit neověřené údaje" in folded
        assert "Černohorská" in folded
        assert "Černohorská" not in before
        assert "Analýza dat" not in before
        assert "<img" not in page
        assert "certificate.pdf" not in page


def test_a_revoked_one_tells_when_and_why(client):
    """Date and reason; the picture is overprinted, and no button offers the certificate."""
    response = client.get("/verify/Rev4x4Rt9bHz?lang=cs")
    assert "Zrušen 3. září 2026. Důvod: chybně uvedené jméno držitele." in text(response)
    assert re.search(r'<div class="picture over revoked">.*?<p>Zrušeno</p>', response.text, re.DOTALL)
    assert 'class="button' not in response.text


def test_an_expired_one_says_so_everywhere(client):
    """The verdict names it, the picture is overprinted, and no button offers the certificate."""
    response = client.get("/verify/Exp4x4Rt9bHz?lang=cs")
    assert "Platnost mikrocertifikátu skončila" in text(response)
    assert re.search(
        r'<div class="picture over expired">.*?<p>Platnost skončila</p>', response.text, re.DOTALL
    )
    assert 'class="button' not in response.text


@pytest.mark.parametrize(
    ("language", "ends", "ended"),
    [
        ("cs", "Platí do 22. června 2031.", "Platnost skončila 22. června 2031."),
        ("en", "It is valid until 22 June 2031.", "Its validity ended on 22 June 2031."),
    ],
)
@pytest.mark.parametrize("name", ["valid", "test", "revoked", "replaced", "expired"])
def test_where_validity_ends_the_page_says_when(system, client, name, language, ends, ended):  # noqa: PLR0917
    """Until when it is valid stands in the band of a valid one, and beside the name of every one that is proven."""
    report = system.reports[name]
    system.reports[name] = attrs.evolve(report, view=attrs.evolve(report.view, valid_until=date(2031, 6, 22)))
    page = upload(client, name.encode(), query=f"?lang={language}").text
    band, _, rest = page.partition('<div class="wrap columns">')
    whose = rest.partition('<div class="whose">')[2].partition("</div>")[0]
    assert (ends in words_of(band)) == (name == "valid")
    assert (ended if name == "expired" else ends) in words_of(whose)
    without = upload(client, b"undetermined", query=f"?lang={language}").text
    assert ends not in words_of(without)


def test_only_who_has_a_birth_date_reads_that_the_files_hold_it(system, client):
    """Nothing is said to be in the files that isn't there."""
    hint = "The files also hold the holder’s date of birth, so only the holder gives them out."
    assert hint in client.get("/verify/K7mQx4Rt9bHz?lang=en").text
    report = system.reports["valid"]
    system.reports["valid"] = attrs.evolve(report, view=report.view.without_birth())
    page = client.get("/verify/K7mQx4Rt9bHz?lang=en").text
    assert hint not in page
    assert "date of birth" not in page


def test_a_replaced_one_leads_to_the_new_one(client):
    """Date, reason, and one button: to the successor."""
    response = client.get("/verify/Rpc4x4Rt9bHz?lang=cs")
    assert "Nahrazen 3. září 2026. Důvod: chybně uvedené jméno držitele." in text(response)
    buttons = re.findall(r'<a class="button[^"]*" href="([^"]*)">(.*?)</a>', response.text)
    assert buttons == [("/verify/K7mQx4Rt9bHz?lang=cs", "Zobrazit nový mikrocertifikát")]
    assert "zrušen" not in text(response).lower()


def test_the_sealer_comes_before_all_that_the_file_says(client):
    """Right under the verdict stands the organisation in the seal certificate, and how far that is proven."""
    for name, sealer in {
        "valid": "Pečetící organizace: Polabská univerzita (NTRCZ-12345679).",
        "changed": "Certifikát pečeti uvádí organizaci Polabská univerzita (NTRCZ-12345679), nic to však nedokládá.",
    }.items():
        words = text(upload(client, name.encode())).partition("Stav ke dni 23.")[2]
        assert words.index(sealer) < words.index("Tereza Černohorská") < words.index("Udělující")


def test_undetermined_is_no_accusation(client):
    """An open question does not mean a forgery; whom to ask is not taken from a file that anyone may have made."""
    words = text(upload(client, b"undetermined"))
    assert "Pečeť si mohl vyrobit kdokoli. Nespoléhejte na údaje, dokud je nepotvrdí škola." in words
    assert "Koho se zeptat" not in words


def test_what_no_check_can_know_is_said(client):
    """A valid page says that it can't know who presents it."""
    assert "Zda je držitelem opravdu osoba, která vám mikrocertifikát ukazuje." in text(
        client.get("/verify/K7mQx4Rt9bHz?lang=cs")
    )


def test_birth_is_on_no_page(client):
    """Date and place of birth appear neither on pages nor in JSON."""
    for name in ("valid", "test", "revoked", "changed", "undetermined", "foreign"):
        for headers in ({}, JSON):
            page = upload(client, name.encode(), headers=headers).text
            assert "1994" not in page
            assert "Hradiště" not in page


def test_a_test_is_named_everywhere_and_never_green(make_system):
    """In a sandbox every page has the strip; the verdict of a test is white with a dashed edge."""
    with TestClient(create_app(make_system(sandbox=True))) as client:
        for path in ("/", "/help", "/verify/Tst4x4Rt9bHz", "/nothing"):
            assert "Zkušební provoz" in text(client.get(f"{path}?lang=cs"))
        page = client.get("/verify/Tst4x4Rt9bHz?lang=cs").text
        assert 'class="band valid"' not in page
        assert "Je ze zkušebního provozu a nemá právní účinky." in text(
            client.get("/verify/Tst4x4Rt9bHz?lang=cs")
        )


@pytest.mark.parametrize(
    ("name", "ticked"),
    [
        ("valid", True),
        ("expired", True),
        ("test", False),
        ("foreign", False),
        ("undetermined", False),
        ("changed", False),
    ],
)
def test_nothing_is_ticked_where_nothing_is_proven(client, name, ticked):
    """A tick says that something is proven; a test proves nothing, nor does a seal of anybody, whatever was found."""
    page = upload(client, name.encode()).text
    ticks = page.count('<path d="M4 12.5l5.2 5L20 6.5"/>') + page.count('<li class="passed">')
    assert bool(ticks) == ticked
    assert "vyhovuje" in page


def test_what_speaks_against_what_passed_stands_beside_it(system, client):
    """Doubts about a check that passed are in its line, not only in the fold, and no more than the first of them."""
    doubts = tuple(Finding.warning("doubt", f"Doubt {number}.") for number in (1, 2, 3))
    report = system.reports["valid"]
    finding = Finding.info("fine", "It is fine.")
    system.reports["valid"] = attrs.evolve(
        report, results=merged([*report.results, CheckResult("trust", Outcome.PASSED, (finding, *doubts))])
    )
    page = upload(client, b"valid").text
    line = re.search(r"<h3>Důvěryhodnost</h3>(.*?)<details>", page, re.DOTALL)[1]
    assert re.findall(r"Doubt \d", line) == ["Doubt 1"]
    assert "Doubt 2" in page
    assert "Doubt 3" in page


def test_remarks_that_say_the_same_are_one(system, client):
    """Alike remarks of a check are shown once, with how many there are; their places are technical details."""
    report = system.reports["valid"]
    alike = tuple(Finding.info("x", "The same.", path=f"place[{number}]") for number in range(6))
    system.reports["valid"] = attrs.evolve(
        report, results=merged([*report.results, CheckResult("format", Outcome.PASSED, alike)])
    )
    page = upload(client, b"valid").text
    before, _, technical = page.partition('<details class="technical">')
    assert before.count("The same.") == 1
    assert "6×" in before
    assert "Zjištění (2)" in before
    assert technical.count("place[") == 6


@pytest.mark.parametrize(
    ("link", "followed"),
    [
        ("https://mikrocertifikat.cz/verify/N4wYd8GcT2sV", True),
        ("https://mikrocertifikat.cz/verify/N4wYd8GcT2sV/files", False),
        ("https://mikrocertifikat.cz/verify/N4wYd8GcT2s0", False),
        ("https://mikrocertifikat.cz.example/verify/N4wYd8GcT2sV", False),
        ("https://a.example/https://mikrocertifikat.cz/verify/N4wYd8GcT2sV", False),
        ("javascript:https://mikrocertifikat.cz/verify/N4wYd8GcT2sV", False),
        ('https://mikrocertifikat.cz/verify/N4wYd8GcT2sV"onclick="', False),
    ],
)
@pytest.mark.parametrize("name", ["valid", "changed"])
def test_only_links_of_ours_in_proven_data_can_be_followed(system, client, name, link, followed):
    """The micro-credential of a component, where it is ours, is one click away; whatever others wrote leads nowhere."""
    value = LanguageMap.of(f"Průměry: {link} (ověří se zvlášť)")
    part = Item("component-credentials", LanguageMap.of("Součásti"), (value,))
    report = system.reports[name]
    view = report.view.with_sections([Section("details", LanguageMap.of("Další údaje"), (part,))])
    system.reports[name] = attrs.evolve(report, view=view)
    page = upload(client, name.encode()).text
    followed = followed and name == "valid"
    assert (f'<a href="{link}">{link}</a>' in page) == followed
    assert page.count('<a href="https://mikrocertifikat.cz/verify/') == followed
    assert "Průměry: " in page


@pytest.mark.parametrize("unusable", [True, False])
def test_what_has_no_seal_looks_alike_whether_it_can_be_read_or_not(system, client, unusable):
    """A PDF and a data file without a seal get one verdict in one colour, and the form for another file."""
    if unusable:
        report = attrs.evolve(system.reports["unusable"], unusable=(Finding.error("not-sealed", "No seal."),))
    else:
        changed = system.reports["changed"]
        unsealed = CheckResult.of("integrity", [Finding.error("unsealed", "No seal.")])
        rest = [result for result in changed.results if result.check != "integrity"]
        report = attrs.evolve(changed, results=(*rest, unsealed))
    system.reports["valid"] = report
    page = upload(client, b"valid").text
    assert '<div class="band failed">' in page
    assert "Soubor nemá pečeť" in page
    assert 'id="file"' in page


def test_the_test_strip_lies_in_a_landmark(make_system):
    """Whoever goes from landmark to landmark meets it in the banner."""
    with TestClient(create_app(make_system(sandbox=True))) as client:
        banner = client.get("/").text.partition("<header")[2].partition("</header>")[0]
    assert 'class="strip"' in banner


def test_a_real_portal_has_no_test_strip(client):
    """Without a sandbox no page speaks of one."""
    assert "Zkušební provoz" not in text(client.get("/?lang=cs"))


def test_the_page_of_an_identifier_says_who_has_the_files_and_gives_none(client):
    """It leads to a page that speaks of the birth date, and none of the two has the files: the holder gives them out."""
    page = client.get("/verify/K7mQx4Rt9bHz?lang=en").text
    assert 'href="/verify/K7mQx4Rt9bHz/files?lang=en"' in page
    assert "certificate.pdf" not in page
    assert "The files also hold the holder’s date of birth, so only the holder gives them out." in page
    files = client.get("/verify/K7mQx4Rt9bHz/files?lang=en")
    assert "date and place of birth" in text(files)
    assert "Download certificate" not in text(files)
    assert "certificate.pdf" not in files.text
    for name in ("certificate.pdf", "K7mQx4Rt9bHz.jsonld"):
        assert client.get(f"/verify/K7mQx4Rt9bHz/{name}").status_code == 404
    assert 'href="?lang=cs"' in files.text


PROOFS = {"K7mQx4Rt9bHz.tlog-proof": b"c2sp.org/tlog-proof@v1\n", "K7mQx4Rt9bHz.2.tlog-proof": b"renewed"}


@pytest.mark.parametrize(
    ("language", "words", "button"),
    [
        ("en", "Proof of the entry in the log", "Download proof .tlog-proof,"),
        ("cs", "Důkaz o zápisu v protokolu", "Stáhnout důkaz .tlog-proof,"),
    ],
)
def test_what_is_logged_comes_with_its_proofs(client, system, language, words, button):
    """The page leads to them, and each comes as it is; what it gives away stands before it."""
    system.proof_files |= PROOFS
    entry = CheckResult("logged", Outcome.PASSED, (Finding.info("in-the-log", "It is in there."),))
    valid = system.reports["valid"]
    system.reports["valid"] = attrs.evolve(valid, results=(*valid.results, entry))
    page = client.get(f"/verify/K7mQx4Rt9bHz?lang={language}")
    assert f'href="/verify/K7mQx4Rt9bHz/files?lang={language}#proof"' in page.text
    assert words in text(page)
    files = client.get(f"/verify/K7mQx4Rt9bHz/files?lang={language}")
    assert words in text(files)
    assert button in text(files)
    for name, octets in PROOFS.items():
        assert f'href="/verify/K7mQx4Rt9bHz/{name}"' in files.text
        proof = client.get(f"/verify/K7mQx4Rt9bHz/{name}")
        assert (proof.content, proof.headers["content-type"]) == (octets, "text/plain; charset=utf-8")
        assert proof.headers["content-disposition"] == f'attachment; filename="{name}"'


def test_where_there_is_no_log_nothing_is_said_of_proofs(client):
    """Neither on the page nor before the downloads, and no address has one."""
    for path in ("/verify/K7mQx4Rt9bHz?lang=en", "/verify/K7mQx4Rt9bHz/files?lang=en"):
        assert "proof of" not in text(client.get(path)).lower()
    assert client.get("/verify/K7mQx4Rt9bHz/K7mQx4Rt9bHz.tlog-proof").status_code == 404


def test_a_page_of_an_identifier_has_its_picture(client):
    """The picture is of this language."""
    response = client.get("/verify/K7mQx4Rt9bHz?lang=en")
    assert 'src="/verify/K7mQx4Rt9bHz/picture-en.png"' in response.text


@pytest.mark.parametrize(
    ("name", "media_type", "start", "disposition"),
    [
        ("picture-cs.png", "image/png", b"\x89PNG", None),
        ("picture-en.png", "image/png", b"\x89PNG", None),
    ],
)
def test_pictures_come_as_they_are(client, name, media_type, start, disposition):
    """With type and octets, to be looked at."""
    response = client.get(f"/verify/K7mQx4Rt9bHz/{name}")
    assert response.headers["content-type"].partition(";")[0] == media_type
    assert response.content.startswith(start)
    assert response.headers.get("content-disposition") == disposition


def test_an_uploaded_file_of_ours_leads_to_its_page(client):
    """A file that the archive knows links to its page; a foreign one does not."""
    assert 'href="/verify/K7mQx4Rt9bHz?lang=cs"' in upload(client, b"valid").text
    assert 'href="/verify/' not in upload(client, b"undetermined").text.replace('href="/verify?', "")


@pytest.mark.parametrize("name", ["valid", "unusable"])
def test_the_answer_about_an_upload_can_be_read_in_every_language(client, system, name):
    """The language links lead to the same answer, which the file is not needed for; no one else finds it."""
    first = upload(client, name.encode())
    address = re.search(r'href="(/answer/[\w-]{32})\?lang=en"', first.text)[1]
    asked = list(system.asked)
    english, czech = (client.get(f"{address}?lang={language}") for language in ("en", "cs"))
    assert english.status_code == czech.status_code == first.status_code
    assert f'href="{address}?lang=cs"' in english.text
    assert text(czech) == text(first)
    assert system.asked == asked
    assert client.get("/answer/elsewhere?lang=cs").status_code == 404
    assert english.headers["cache-control"] == "no-store"


def test_a_print_tells_where_and_when(client):
    """The page has its own address and the time of the status."""
    response = client.get("/verify/K7mQx4Rt9bHz?lang=cs")
    assert "https://mikrocertifikat.cz/verify/K7mQx4Rt9bHz" in text(response)
    assert "Stav ke dni 23. listopadu 2026 v 8:14." in text(response)


def test_markup_in_data_is_text(system, client):
    """`C++ <templates>` and a script in a name are shown, not run."""
    report = system.reports["valid"]
    system.reports["valid"] = attrs.evolve(
        report,
        view=attrs.evolve(
            report.view,
            holder="<script>alert(1)</script>",
            title=LanguageMap.of("C++ <templates> & 100 %(s)s"),
        ),
    )
    page = client.get("/verify/K7mQx4Rt9bHz").text
    assert "<script" not in page
    assert "C++ &lt;templates&gt; &amp; 100 %(s)s" in page.replace("\u00a0", " ")


# JSON


def test_programs_get_the_report_as_json(client):
    """Accept: application/json gets the report, for an identifier and for a file."""
    for response in (
        client.get("/verify/K7mQx4Rt9bHz", headers=JSON),
        upload(client, b"valid", headers=JSON),
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("application/json")
        report = response.json()
        assert report["verdict"] == "valid"
        assert [check["check"] for check in report["checks"]][:2] == ["format", "award"]


@pytest.mark.parametrize("path", ["/verify", "/api/v1/verify"])
def test_what_programs_get_drives_no_terminal(client, system, path):
    """Who looks at an answer with `curl` sees control and invisible characters as escapes; programs read the same."""
    hostile = "\x9b31m\u202e\u200bplatný"
    finding = Finding.error("not-a-credential", "{text}", text=hostile)
    system.reports["unusable"] = attrs.evolve(system.reports["unusable"], unusable=(finding,))
    sent = {"files": {"file": ("x", b"x")}} if path == "/verify" else {"content": b"x"}
    response = client.post(path, headers=JSON, **sent)
    assert not {"\x9b", "\u202e", "\u200b"} & set(response.text)
    assert hostile in response.json()["unusable"][0]["message"].values()


def test_programs_learn_that_a_file_is_unusable(client):
    """An unusable file is 422 for programs, too, with the reasons in both languages."""
    response = upload(client, b"PK", headers=JSON)
    assert (response.status_code, response.json()["verdict"]) == (422, "unusable")
    assert response.json()["unusable"][0]["message"]["en"].startswith("The file is neither JSON nor PDF")


def test_programs_get_problems_as_json(client):
    """Accept: application/json gets the name of the problem, with its status."""
    response = client.get("/verify/unknown", headers=JSON)
    assert (response.status_code, response.json()) == (404, {"error": "unknown-identifier"})


# The identifier box


@pytest.mark.parametrize(
    "typed",
    [
        "K7mQx4Rt9bHz",
        "  K7mQ x4Rt 9bHz ",
        "K7mQ\u00a0x4Rt\u00a09bHz",
        "https://mikrocertifikat.cz/verify/K7mQx4Rt9bHz",
        "https://mikrocertifikat.cz/verify/K7mQx4Rt9bHz?lang=en#certificate",
    ],
)
def test_the_box_takes_an_identifier_as_people_write_it(client, typed):
    """Identifier, groups or link lead to the page, in the chosen language, with a see-other."""
    response = client.post("/verify?lang=cs", data={"identifier": typed})
    assert (response.status_code, response.headers["location"]) == (303, "/verify/K7mQx4Rt9bHz?lang=cs")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Zadejte identifikátor nebo odkaz."),
        ("   ", "Zadejte identifikátor nebo odkaz."),
        ("abc", "Toto není identifikátor: má 3 znaky místo 12."),
        ("https://evil.example/verify/K7mQx4Rt9bHz", "Toto není identifikátor ani odkaz na tento web."),
        ("<b>řů</b>", "Toto není identifikátor ani odkaz na tento web."),
        ("x" * 4000, "Toto není identifikátor ani odkaz na tento web."),
    ],
)
def test_a_wrong_entry_comes_back_with_advice(client, typed, message):
    """The error summary stands before the h1, links to the field, and the entry is kept for correction."""
    response = client.post("/verify?lang=cs", data={"identifier": typed})
    page = response.text
    assert response.status_code == 422
    assert message in text(response)
    assert page.index('role="alert"') < page.index("<h1")
    assert '<a href="#identifier">' in page
    assert 'aria-invalid="true"' in page
    assert "<title>Chyba: " in page
    assert "<b>" not in page


# Uploads


def multipart(*parts, boundary="hranice"):
    body = b"".join(f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in parts)
    return body + f"--{boundary}--\r\n".encode(), {
        "content-type": f"multipart/form-data; boundary={boundary}"
    }


FILE = 'Content-Disposition: form-data; name="file"; filename="{}"'
WHOLE, TYPE = multipart((FILE.format("a.jsonld"), b"valid"))


@pytest.mark.parametrize(
    ("body", "headers", "status", "message"),
    [
        pytest.param(b"", {}, 400, "Soubor nedorazil celý.", id="empty form"),
        pytest.param(b"valid", {"content-type": "text/plain"}, 400, "Soubor nedorazil celý.", id="no form"),
        pytest.param(WHOLE, {"content-type": "multipart/form-data"}, 400, "Soubor nedorazil celý.", id="no boundary"),
        pytest.param(WHOLE, {"content-type": "multipart/form-data; boundary=x"}, 400, "Soubor nedorazil celý.", id="wrong boundary"),
        pytest.param(WHOLE[:-20], TYPE, 400, "Soubor nedorazil celý.", id="cut short"),
        pytest.param(WHOLE.replace(b"form-data", b"attachment"), TYPE, 400, "Soubor nedorazil celý.", id="no form-data"),
        pytest.param(*multipart((FILE.format(""), b"")), 422, "Vyberte soubor:", id="no file chosen"),
        pytest.param(*multipart(('Content-Disposition: form-data; name="other"', b"x")), 422, "Vyberte soubor:", id="other field"),
        pytest.param(*multipart((FILE.format("a"), b"")), 422, "Soubor je prázdný.", id="empty file"),
        pytest.param(*multipart((FILE.format("a"), b"1"), (FILE.format("b"), b"2")), 422, "Vyberte jen jeden soubor;", id="two files"),
        pytest.param(*multipart((FILE.format("a"), b"x" * (1024 * 1024 + 1))), 413, "Soubor je větší než 1 MB.", id="one octet too large"),
        pytest.param(*multipart((FILE.format("a"), b"x" * 1024 * 1024 * 3)), 413, "Soubor je větší než 1 MB.", id="far too large"),
        pytest.param(*multipart(*[('Content-Disposition: form-data; name="x"', b"")] * 9), 400, "Soubor nedorazil celý.", id="too many parts"),
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_used_comes_back_with_advice(  # noqa: PLR0917 - columns of the table
    client, system, body, headers, status, message
):
    """A broken, empty or oversized form gets our page with a summary that says what to do; nothing is verified."""
    response = client.post("/verify?lang=cs", content=body, headers=headers)
    assert response.status_code == status
    assert message in text(response)
    assert response.text.index('role="alert"') < response.text.index("<h1")
    assert '<a href="#file">' in response.text
    assert system.asked == []


def test_a_file_of_the_greatest_size_is_verified(client, system):
    """The limit itself is allowed."""
    assert upload(client, b"x" * 1024 * 1024).status_code == 422  # unusable, but verified
    assert system.asked == ["file of 1048576"]


def test_an_unusable_file_is_answered_kindly(client):
    """The page says what the file is not, what was found, what to upload, and has the form for it."""
    response = upload(client, b"PK")
    assert response.status_code == 422
    words = text(response)
    assert "Soubor není JSON ani PDF, začíná textem „PK“." in words
    assert "Nahrajte osvědčení (.pdf) nebo datový soubor (.jsonld) v podobě, v jaké jste ho dostali" in words
    assert 'type="file"' in response.text


def test_uploads_touch_no_disk(client, monkeypatch):
    """No temporary file is made, however large the upload."""
    import tempfile

    def refuse(*_, **__):
        message = "a temporary file"
        raise AssertionError(message)

    for name in ("TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
    assert upload(client, b"x" * 1024 * 1024).status_code == 422


def test_memory_for_uploads_is_bounded_and_comes_back(system):
    """When uploads have taken all memory the next is asked to wait; afterwards all of it is free again."""
    limits = Limits(upload_megabytes=1, uploads_megabytes=1, unknown_seconds=0)
    with TestClient(create_app(system, config=PortalConfig(limits=limits))) as client:
        for _ in range(3):
            assert upload(client, b"x" * 1024 * 1024).status_code == 422
        response = client.post(
            "/verify?lang=cs", content=multipart((FILE.format("a"), b"x" * 1024 * 1024), ('Content-Disposition: form-data; name="b"', b"x" * 4000))[0], headers=TYPE
        )  # fmt: skip
        assert response.status_code == 503
        assert response.headers["retry-after"] == "10"
        assert "Právě teď ověřuje příliš mnoho lidí" in text(response)
        assert upload(client, b"valid").status_code == 200


# Guessing


def test_an_unknown_identifier_is_answered_kindly(client):
    """The page says why that may be, and has the box."""
    response = client.get("/verify/K7mQx4Rt9bHy?lang=cs")
    assert response.status_code == 404
    assert "Tento identifikátor neznáme" in text(response)
    assert "ještě neznamená, že je osvědčení padělané" in text(response)
    assert 'name="identifier"' in response.text


@pytest.mark.parametrize(
    ("tried", "advice"),
    [
        ("K7mQx4Rt9bHy", None),
        ("0O1Il0O1Il0O", None),
        ("abc", "Má 3 znaky místo 12."),
        ("ř", "Má 1 znak místo 12."),
        ("K7mQx4Rt9bHzK", "Má 13 znaků místo 12."),
    ],
)
def test_an_unknown_identifier_comes_back_for_correction(client, tried, advice):
    """It is shown, stands in the field, and its length is told where that is wrong."""
    response = client.get(f"/verify/{tried}?lang=cs")
    assert response.status_code == 404
    assert f"<bdi>{tried}</bdi>" in response.text
    assert f'value="{tried}"' in response.text
    assert (" místo 12." in text(response)) is (advice is not None)
    assert advice is None or advice in text(response)


def test_an_unknown_identifier_is_answered_after_a_fixed_time(system, monkeypatch):
    """A miss is answered at the same time after it came, whether the archive was searched or not."""
    answered = []

    async def sleep_until(moment):
        answered.append(moment)

    monkeypatch.setattr("anyio.current_time", lambda: 1000.0)
    monkeypatch.setattr("anyio.sleep_until", sleep_until)
    limits = Limits(unknown_seconds=25)
    with TestClient(create_app(system, config=PortalConfig(limits=limits))) as client:
        for tried in ("K7mQx4Rt9bHy", "x"):
            assert client.get(f"/verify/{tried}").status_code == 404
    assert answered == [1025.0, 1025.0]


def test_only_misses_wait(client):
    """After too many wrong identifiers a wrong one waits; a right one is answered, whoever else asks from there."""
    for _ in range(5):
        assert client.get("/verify/wrong").status_code == 404
    response = client.get("/verify/wrong?lang=cs")
    assert response.status_code == 429
    assert 0 < int(response.headers["retry-after"]) <= 10_000
    assert "Příliš mnoho pokusů" in text(response)
    for path in ("/verify/K7mQx4Rt9bHz", "/verify/K7mQx4Rt9bHz/picture-cs.png", "/"):
        assert [client.get(path).status_code for _ in range(7)] == [200] * 7
    assert upload(client, b"valid").status_code == 200


def test_a_header_does_not_make_another_client(client):
    """X-Forwarded-For of anybody does not help a guesser."""
    for number in range(5):
        client.get("/verify/wrong", headers={"x-forwarded-for": f"192.0.2.{number}"})
    assert client.get("/verify/wrong", headers={"x-forwarded-for": "192.0.2.99"}).status_code == 429


# Other problems


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/verify/K7mQx4Rt9bHz/nothing",
        "/verify/K7mQx4Rt9bHz/other.jsonld",
        "/verify/K7mQx4Rt9bHz/a/b",
        "/verify/%2e%2e/%2e%2e/etc/passwd",
        "/static/../app.py",
        "/verify/%00",
        "/verify/%ff%fe",
        "/verify/" + "x" * 5000,
        "/?" + "a=b&" * 1000 + "/..",
        "//verify//",
    ],
)
def test_strange_addresses_get_our_page(client, path):
    """No address gets anything but a page of ours, without a detail of the program."""
    response = client.get(path)
    assert response.status_code in {200, 404}
    assert "</html>" in response.text
    assert "Traceback" not in response.text


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/help", "/verify", "/verify/K7mQx4Rt9bHz", "/answer/x", "/robots.txt", "/s/x", "/s/x/y"),
        *("/h/x", "/h/x/access", "/h/x/shares", "/h/x/shares/1", "/h/x/shares/1/withdraw"),
    ],
)
def test_a_wrong_method_gets_our_page(client, path):
    """405 is a page too, and says all that is allowed there."""
    response = client.delete(f"{path}?lang=cs")
    assert response.status_code == 405
    allowed = set(response.headers["allow"].split(", "))
    statuses = {
        method: client.request(method, path).status_code
        for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT")
    }
    assert allowed == {method for method, status in statuses.items() if status != 405}
    assert "Tato adresa takto nefunguje" in text(response)


def test_the_address_of_the_form_leads_to_the_form(client):
    """Who reloads or shortens an address to /verify comes to the front page."""
    response = client.get("/verify?lang=cs")
    assert (response.status_code, response.headers["location"]) == (303, "/?lang=cs")


def test_huge_headers_get_our_page(client):
    """More than 16 kB of headers is refused with advice."""
    response = client.get("/?lang=cs", headers={"x-much": "x" * 20_000})
    assert response.status_code == 431
    assert "Prohlížeč toho poslal příliš mnoho" in text(response)


ASKED = {  # what is asked of us → how
    "a page": lambda client: client.get("/verify/K7mQx4Rt9bHz?lang=cs"),
    "a page about a file": lambda client: upload(client, b"{}"),
    "the interface": lambda client: client.get("/api/v1/verify/K7mQx4Rt9bHz"),
    "the interface, about a file": lambda client: client.post("/api/v1/verify", content=b"{}"),
}


@pytest.mark.parametrize("what", ASKED)
def test_a_fault_of_ours_tells_no_detail_and_logs_nothing_of_what_an_error_says(client, system, caplog, what):
    """500 for whoever asks; the log has classes and places of the error and of its causes, and none of their words."""
    system.crash = RuntimeError("broken near K7mQx4Rt9bHz")
    system.crash.__cause__ = ValueError("PIN 4711 of Tereza Černohorská")
    system.crash.__cause__.__context__ = KeyError("S9wXy2Zb4cDe")
    with caplog.at_level(logging.DEBUG):
        response = ASKED[what](client)
    assert response.status_code == 500
    log = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("mikrocert"))
    for kind in ("RuntimeError", "ValueError", "KeyError"):
        assert kind in log
        assert kind not in response.text
    assert "conftest.py" in log
    for word in ("K7mQx4Rt9bHz", "4711", "Tereza", "S9wXy2Zb4cDe"):
        assert word not in log


def test_a_fault_of_ours_gets_our_page(client, system):
    """In the language of the visitor."""
    system.crash = RuntimeError("broken")
    response = client.get("/verify/K7mQx4Rt9bHz?lang=cs")
    assert "Něco se pokazilo na naší straně" in text(response)


def test_without_an_archive_no_identifier_is_unknown(client, system, caplog):
    """Where there is none to ask, the page says that nothing is known either way; that is no fault to be logged."""
    system.crash = NoArchiveError("none is named")
    with caplog.at_level(logging.DEBUG):
        answers = [client.get("/verify/K7mQx4Rt9bHz?lang=cs") for _ in range(50)]
    assert {answer.status_code for answer in answers} == {503}
    assert "Identifikátory tu teď nelze vyhledat" in text(answers[0])
    assert [record for record in caplog.records if record.name.startswith("mikrocert")] == []
    response = client.get("/verify/K7mQx4Rt9bHz", headers={"accept": "application/json"})
    assert response.json() == {"error": "no-archive", "verdict": "undetermined"}
    assert response.headers["retry-after"] == "30"


@pytest.mark.parametrize(
    "path", ["/verify/K7mQx4Rt9bHz", "/verify/K7mQx4Rt9bHz/files", f"/h/{'a' * 26}", f"/s/{'a' * 26}"]
)
def test_a_system_that_names_no_archive_says_so(path):
    """Wherever an identifier or a secret is looked up: nothing is opened before somebody is there who answers for it."""
    with open_system(Settings(base_url="http://testserver"), plugins=Plugins()) as system:
        answer = TestClient(create_app(system)).get(path)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"


@pytest.mark.parametrize(
    "case",
    [
        (ArchiveError("the database is away"), 503, "Identifikátory tu teď nelze vyhledat"),
        (ObjectStoreError("the files are away"), 503, "Identifikátory tu teď nelze vyhledat"),
        (ErasedError("K7mQx4Rt9bHz"), 410, "Obsah tohoto mikrocertifikátu byl vymazán"),
        (ErasedError("K7mQx4Rt9bHz", by_holder=True), 410, "uzavřen na žádost držitele"),
    ],
)
def test_an_archive_that_gives_no_file_is_no_fault_of_the_program(client, system, caplog, case):
    """The page says what it means for the micro-credential; nothing is logged, and nobody has to wait."""
    system.crash, status, title = case
    with caplog.at_level(logging.DEBUG):
        answers = [client.get("/verify/K7mQx4Rt9bHz?lang=cs") for _ in range(8)]
    assert {answer.status_code for answer in answers} == {status}
    assert title in text(answers[0])
    assert [record for record in caplog.records if record.name.startswith("mikrocert")] == []


def test_a_base_with_a_path_is_served_there(make_system):
    """A portal under https://host/path answers, links and redirects below that path."""
    with TestClient(create_app(make_system(base_url="https://uni.example/mc"))) as client:
        page = client.get("/mc/verify/K7mQx4Rt9bHz?lang=cs").text
        links = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
        assert links
        assert [link for link in links if not link.startswith("/mc/")] == []
        response = client.post(
            "/mc/verify",
            data={"identifier": "https://uni.example/mc/verify/K7mQx4Rt9bHz"},
            follow_redirects=False,
        )
        assert response.headers["location"] == "/mc/verify/K7mQx4Rt9bHz"
        assert client.get("/verify/K7mQx4Rt9bHz").status_code == 404


def test_one_who_only_verifies_needs_no_operator(make_system):
    """Without an operator and under a bare address every page still stands."""
    with TestClient(create_app(make_system(operator=None, base_url="http://127.0.0.1:8000"))) as client:
        for path in ("/", "/help", "/nothing", "/verify/K7mQx4Rt9bHz"):
            assert "Mikrocertifikáty" in text(client.get(f"{path}?lang=cs"))


# Laws


REQUESTS = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS"]),
        "path": st.sampled_from(
            ["/", "/verify", "/verify/K7mQx4Rt9bHz", "/verify/x/certificate.pdf", "/static/a/b"]
        )
        | st.text(st.characters(min_codepoint=32, max_codepoint=400), max_size=30).map(
            lambda text: "/" + quote(text)
        ),
        "query": st.text(
            st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="#"), max_size=20
        ),
        "content": st.binary(max_size=300)
        | st.binary(max_size=100).map(lambda cut: WHOLE.replace(b"valid", cut)),
        "content_type": st.sampled_from(
            [TYPE["content-type"], "application/x-www-form-urlencoded", "text/plain"]
        )
        | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
        "accept": st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
    }
)


@given(REQUESTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_request_gets_anything_but_our_answers(client, asked):
    """Whatever is asked, the answer is ours: locked down, and never a fault of the program."""
    target = f"{asked['path']}?{quote(asked['query'])}"
    response = client.request(
        asked["method"],
        target,
        content=asked["content"],
        headers={"content-type": asked["content_type"], "accept": asked["accept"]},
    )
    assert response.status_code in {200, 204, 303, 400, 404, 405, 413, 422, 429}
    assert "content-security-policy" in response.headers
    assert "Traceback" not in response.text
