"""What the front page and the page of a micro-credential say, in which order, and to whom."""

from __future__ import annotations

import re
from html import unescape
from importlib.resources import files

import attrs
import pytest
from litestar.testing import TestClient
from mikrocert.errors import ArchiveError, ErasedError
from mikrocert.report import Item, SealInfo
from mikrocert.texts import LanguageMap, message
from mikrocert_portal.app import create_app
from mikrocert_portal.config import Limits, PortalConfig
from mikrocert_portal.participants import Participants

LANGUAGES = ("cs", "en")
AWAY = ArchiveError("it is away")
VERDICTS = ("valid", "test", "revoked", "replaced", "expired", "changed", "undetermined", "foreign")


@pytest.fixture
def client(system):
    config = PortalConfig(limits=Limits(misses=1000, unknown_seconds=0))
    with TestClient(create_app(system, config=config), base_url="https://mikrocertifikat.cz") as client:
        client.follow_redirects = False
        yield client


def words_of(markup):
    """The words of a page or a part of it, with ordinary spaces."""
    body = re.sub(r"<(head|svg)\b.*?</\1>", " ", markup, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u2060", "").split())


def upload(client, name, *, language="cs"):
    return client.post(f"/verify?lang={language}", files={"file": ("a.json", name.encode())}).text


def headings(page):
    return [words_of(heading) for heading in re.findall(r"<h2\b[^>]*>(.*?)</h2>", page, re.DOTALL)]


# The page of a micro-credential


@pytest.mark.parametrize("name", VERDICTS)
@pytest.mark.parametrize("door", ["archive", "upload"])
def test_verdict_who_what_next_and_then_the_rest(client, identifiers, name, door):
    """Whatever the verdict: it comes first, then who says so, what is proven or stated, what to do next, and only then the checks."""
    page = (
        upload(client, name) if door == "upload" else client.get(f"/verify/{identifiers[name]}?lang=cs").text
    )
    assert page.index('<div class="band') < page.index('id="who"')
    found = headings(page)
    what = "Co je doloženo" if name in {"valid", "changed", "undetermined", "foreign"} else "Co uvádí"
    rest = [heading for heading in found[3:] if heading != "Co se opravilo"]
    assert found[:3] == ["Kdo to stvrzuje", what, "Co dál"]
    assert rest[0] == "Co jsme ověřili"


@pytest.mark.parametrize("name", VERDICTS)
def test_only_a_valid_one_says_that_its_content_is_proven(client, identifiers, name):
    """Where the verdict isn't valid, nothing stands under that heading but that nothing is proven."""
    page = client.get(f"/verify/{identifiers[name]}?lang=en").text
    proven = re.search(r"What is proven</h2>(.*?)</section>", page, re.DOTALL)
    if name == "valid":
        assert "Tereza Černohorská" in proven[1]
    else:
        assert proven is None or words_of(proven[1]) == "Nothing of its content."


def test_every_check_is_explained_once_in_a_fold_of_its_own(client, identifiers):
    """Each check of the core has its sentence, folded, and the fold says to a screen reader which check is meant."""
    for language in LANGUAGES:
        page = client.get(f"/verify/{identifiers['valid']}?lang={language}").text
        folds = re.findall(
            r'<details class="meaning"><summary>(.*?)</summary><p>(.*?)</p></details>', page, re.DOTALL
        )
        assert len(folds) == len({summary for summary, _ in folds}) == page.count('<li class="passed">')
        assert all(words_of(sentence).endswith(".") for _, sentence in folds)


@pytest.mark.parametrize(
    "name", ["valid", "test", "revoked", "replaced", "expired", "changed", "undetermined"]
)
def test_the_comparison_stands_where_there_is_something_to_compare(client, identifiers, name):
    """Only the page of a live one that the archive has asks to compare a document with it, and says which address it has to have."""
    asks, address = "Porovnejte jméno, název a datum s touto stránkou.", f"/verify/{identifiers[name]}"
    archived = words_of(client.get(f"{address}?lang=cs").text)
    live = name in {"valid", "test"}
    assert (asks in archived) == live
    assert (f"Má být: https://mikrocertifikat.cz{address}" in archived) == live
    assert asks not in words_of(upload(client, name))


@pytest.mark.parametrize("language", LANGUAGES)
def test_seals_of_two_documents_are_told_apart(system, client, language):
    """Where a file has several seals, each is called what its envelope calls it; one alone needs no name."""
    report = system.reports["valid"]
    data = attrs.evolve(report.seals[0], title=message("Seal of the data"))
    document = SealInfo("PAdES", "B-B", data.owner, data.claimed_at, title=message("Seal of the document"))
    for seals in ((document, data), (data,)):
        system.reports["valid"] = attrs.evolve(report, seals=seals)
        words = words_of(upload(client, "valid", language=language))
        label = {"cs": "Která pečeť", "en": "Which seal"}[language]
        assert words.count(label) == (len(seals) if len(seals) > 1 else 0)


def test_the_picture_opens_in_full_size(client, identifiers):
    """It is a link to itself, a plain one."""
    page = client.get(f"/verify/{identifiers['valid']}?lang=en").text
    link = re.search(r'<a href="([^"]+)"><img src="([^"]+)"', page)
    assert link[1].partition("?")[0] == link[2]


# What a correction corrected


def test_a_replaced_one_shows_what_its_successor_says_otherwise(client, identifiers):
    """Statement by statement: what it says, and what the new one says; nothing that is the same in both."""
    page = client.get(f"/verify/{identifiers['replaced']}?lang=cs").text
    corrected = re.search(r'<section aria-labelledby="corrected">(.*?)</section>', page, re.DOTALL)[1]
    assert (
        words_of(corrected) == "Co se opravilo Držitel V tomto Tereza Cernohorská V novém Tereza Černohorská"
    )
    for other in ("valid", "revoked", "expired"):
        assert 'id="corrected"' not in client.get(f"/verify/{identifiers[other]}?lang=cs").text


def test_what_no_page_shows_no_comparison_shows(system, client, identifiers):
    """If only the birth was corrected, the page says that nothing differs that it shows."""
    replaced, valid = system.reports["replaced"], system.reports["valid"]
    annex, *rest = valid.view.sections
    birth = Item(
        "birth",
        LanguageMap.of("Datum narození", "Date of birth"),
        (LanguageMap.of("1. ledna 1901", "1 January 1901"),),
    )
    other = attrs.evolve(annex, items=tuple(birth if each.key == "birth" else each for each in annex.items))
    view = attrs.evolve(valid.view, birth=LanguageMap.of("1. ledna 1901"), sections=(other, *rest))
    system.reports["replaced"] = attrs.evolve(replaced, view=view)
    page = client.get(f"/verify/{identifiers['replaced']}?lang=cs").text
    assert "V ničem, co tato stránka ukazuje, se nový neliší." in words_of(page)
    assert "1901" not in page
    assert "1994" not in page


def test_a_correction_in_one_language_is_not_shown_as_two_equal_lines(system, client, identifiers):
    """Who reads the other language sees the statement once, and that it differs elsewhere; who reads that one sees both."""
    replaced, valid = system.reports["replaced"], system.reports["valid"]
    annex, *rest = valid.view.sections
    title = next(each for each in annex.items if each.key == "title")
    czech, english = "Analýza dat v jazyce Python pro zdravotnický výzkum", "Data Analysis in Python"
    earlier = attrs.evolve(title, values=(LanguageMap.of(czech, "Data Analyses"),))
    items = tuple(earlier if each.key == "title" else each for each in annex.items)
    view = attrs.evolve(valid.view, sections=(attrs.evolve(annex, items=items), *rest))
    system.reports["replaced"] = attrs.evolve(replaced, view=view)
    shown = {
        language: words_of(
            re.search(
                r'<section aria-labelledby="corrected">(.*?)</section>',
                client.get(f"/verify/{identifiers['replaced']}?lang={language}").text,
                re.DOTALL,
            )[1]
        )
        for language in ("cs", "en")
    }
    assert shown["cs"].count(czech) == 1
    assert "V novém" not in shown["cs"]
    assert "Data Analyses" in shown["en"]
    assert english in shown["en"]


@pytest.mark.parametrize("fault", ["erased", "away", "unproven", "unknown"])
def test_a_successor_that_can_not_be_read_is_not_compared_with(
    system, client, identifiers, monkeypatch, fault
):
    """Erased, out of reach, unknown or not proven: the page of the old one stands, without a comparison, also if it had one before."""
    address = f"/verify/{identifiers['replaced']}?lang=cs"
    assert 'id="corrected"' in client.get(address).text
    if fault == "unproven":
        system.reports["valid"] = system.reports["changed"]
    elif fault == "unknown":
        status = attrs.evolve(system.reports["replaced"].status, successor="Nonexistent1")
        system.reports["replaced"] = attrs.evolve(system.reports["replaced"], status=status)
    else:
        error = ErasedError(identifiers["valid"]) if fault == "erased" else AWAY
        asked = type(system).verify_archived

        def verify(self, identifier):
            if identifier == identifiers["valid"]:
                raise error
            return asked(self, identifier)

        monkeypatch.setattr(type(system), "verify_archived", verify)
    page = client.get(address)
    assert page.status_code == 200
    assert 'id="corrected"' not in page.text


def test_the_page_of_what_is_known_at_once_is_the_same(client, system, identifiers, monkeypatch):
    """Nobody is asked for it, save for what it was replaced by; and what was not looked up is counted all the same."""
    asked, counted, sharing = [], [], type(system.sharing)
    look_up = sharing.by_identifier

    def asking(self, identifier):
        asked.append(identifier)
        return look_up(self, identifier)

    monkeypatch.setattr(sharing, "by_identifier", asking)
    monkeypatch.setattr(type(system.measures), "verified", lambda _, verdict: counted.append(verdict))
    states = ("valid", "revoked", "replaced")
    before = {state: client.get(f"/verify/{identifiers[state]}?lang=cs").text for state in states}
    asked.clear()
    monkeypatch.setattr(sharing, "at_once", look_up)
    assert {state: client.get(f"/verify/{identifiers[state]}?lang=cs").text for state in states} == before
    assert asked == [identifiers["replaced"], identifiers["valid"]]
    assert counted == [system.reports["valid"].verdict, system.reports["revoked"].verdict]


# The front page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_front_page_names_those_who_take_part(client, language):
    """By their names in the reader's language, in the order of the letters; nothing else is counted or claimed."""
    page = client.get(f"/?lang={language}").text
    listed = re.search(r'<ul class="taking-part">(.*?)</ul>', page, re.DOTALL)[1]
    names = [words_of(name) for name in re.findall(r"<li>(.*?)</li>", listed, re.DOTALL)]
    assert (
        names
        == {
            "cs": ["Polabská univerzita", "Říp, vysoká škola"],
            "en": ["Říp University", "University of Polabí"],
        }[language]
    )


@pytest.mark.parametrize("fault", ["empty", "away"])
def test_a_front_page_of_nobody_claims_nobody(system, client, monkeypatch, fault):
    """An archive without a micro-credential, or one that can't be asked, leaves the list out and the page whole."""

    def institutions(_):
        if fault == "away":
            raise AWAY
        return ()

    monkeypatch.setattr(type(system), "awarding_institutions", institutions)
    page = client.get("/?lang=en")
    assert page.status_code == 200
    assert "taking-part" not in page.text
    assert "Is this micro-credential genuine?" in words_of(page.text)


def test_the_archive_is_asked_now_and_then_who_takes_part():
    """Once for many visitors, again after a while, and a fault is forgotten then, too."""

    class Asked:
        answers = (("a",), AWAY, ("a", "b"))
        count = 0

        def awarding_institutions(self):
            answer = self.answers[self.count]
            self.count += 1
            if isinstance(answer, Exception):
                raise answer
            return answer

    system = Asked()
    assert Participants(system).latest == ()
    times = iter((0.0, 299.0, 300.0, 599.0, 600.0))
    participants = Participants(system, seconds=300, clock=lambda: next(times))
    answers = [participants.names() for _ in range(5)]
    assert answers == [("a",), ("a",), (), (), ("a", "b")]
    assert system.count == 3


@pytest.mark.parametrize(
    ("base_url", "policy"),
    [
        ("https://mikrocertifikat.cz", "max-age=31536000; includeSubDomains"),
        ("https://mikrocertifikat.cz:8443", "max-age=31536000; includeSubDomains"),
        ("https://uni.example/mc", "max-age=31536000"),
        ("http://127.0.0.1:8000", None),
    ],
)
def test_hsts_binds_subdomains_of_a_host_that_is_ours_alone(make_system, base_url, policy):
    """Where the base has a path, others live on the host, and nothing is said of their subdomains; without TLS nothing at all."""
    with TestClient(create_app(make_system(base_url=base_url))) as client:
        for path in ("/", "/mc", "/nothing", "/robots.txt"):
            assert client.get(path).headers.get("strict-transport-security") == policy


@pytest.mark.parametrize("path", ["/", "/help", "/verify/K7mQx4Rt9bHz", "/nothing"])
def test_every_address_of_the_menu_leads_somewhere(client, path):
    """Each link of header and footer answers, and the place on the page that it names is there."""
    page = client.get(f"{path}?lang=en").text
    around = page.partition("<main")[0] + page.partition("</main>")[2]
    links = {unescape(link) for link in re.findall(r'href="(/[^"]*)"', around) if "/static/" not in link}
    assert len(links) >= 8
    for link in links:
        address, _, place = link.partition("#")
        if address.startswith("/catalogue"):
            continue  # it needs an archive, which its own tests have
        answer = client.get(address)
        assert answer.status_code == 200
        assert not place or f'id="{place}"' in answer.text


def test_only_the_desk_uses_what_its_own_style_sheet_has():
    """Other pages don't load it, so what stands there would do nothing on them."""
    folder = files("mikrocert_templates") / "portal"
    theirs = set(re.findall(r"\.([a-z][a-z-]*)", (folder / "desk.css").read_text("utf-8")))
    shared = set(re.findall(r"\.([a-z][a-z-]*)", (folder / "style.css").read_text("utf-8")))
    alone = theirs - shared - {"css"}
    assert "remarks" in alone
    for page in folder.iterdir():
        if page.name.endswith(".html") and not page.name.startswith("desk"):
            used = {
                name
                for names in re.findall(r'class="([^"]*)"', page.read_text("utf-8"))
                for name in names.split()
            }
            assert used & alone == set(), page.name


def test_a_page_without_its_picture_weighs_less_than_100_kilobytes(client, identifiers):
    """All that a telephone loads for an ordinary page: page, style, icon and the fonts of its letters, nothing compressed."""

    def octets(address):
        return len(client.get(address).content)

    for path in ("/", "/help", *(f"/verify/{identifiers[name]}" for name in VERDICTS)):
        page = client.get(f"{path}?lang=cs").text
        root = re.search(r'"(/static/[0-9a-f]+)/style\.css"', page)[1]
        loaded = sum(
            octets(f"{root}/{name}") for name in ("style.css", "icon.svg", "sans.woff2", "serif.woff2")
        )
        assert len(page.encode()) + loaded <= 100_000, path


def test_a_style_is_sent_without_what_no_browser_reads(client):
    """No remark is sent, and every rule is: the style says what it said."""
    folder = files("mikrocert_templates") / "portal"
    root = re.search(r'"(/static/[0-9a-f]+)/style\.css"', client.get("/").text)[1]
    sent = client.get(f"{root}/style.css").text
    written = re.sub(r"/\*.*?\*/", "", (folder / "style.css").read_text("utf-8"), flags=re.DOTALL)
    assert "/*" not in sent
    assert len(sent) < len(written)
    assert sent.split() == written.split()


def test_a_page_in_two_scripts_weighs_no_more_as_it_is_sent(client, identifiers):
    """Ukrainian pages load Cyrillic beside Latin; with the style packed, as every browser takes it, they keep the measure."""

    def sent(address):
        return int(client.get(address, headers={"accept-encoding": "gzip"}).headers["content-length"])

    fonts = [f"{family}{part}.woff2" for family in ("sans", "serif") for part in ("", "-cyrillic")]
    for path in ("/", "/help/glossary", *(f"/verify/{identifiers[name]}" for name in VERDICTS)):
        page = client.get(f"{path}?lang=uk").text
        root = re.search(r'"(/static/[0-9a-f]+)/style\.css"', page)[1]
        loaded = sum(sent(f"{root}/{name}") for name in ("style.css", "icon.svg", *fonts))
        assert len(page.encode()) + loaded <= 100_000, path


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("br;q=1.0, GZIP;q=0.5", "gzip"),
        ("identity", None),
        ("", None),
        ("gzip;q=0", None),
        ("gzip; q=0.000, identity", None),
        ("notgzip", None),
    ],
)
def test_the_style_is_packed_for_those_who_take_it(client, accepted, coding):
    """The same octets come out either way, and caches are told that there are two ways; a font isn't packed twice."""
    root = re.search(r'"(/static/[0-9a-f]+)/style\.css"', client.get("/").text)[1]
    answer = client.get(f"{root}/style.css", headers={"accept-encoding": accepted})
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.content == client.get(f"{root}/style.css", headers={"accept-encoding": "identity"}).content


@pytest.mark.system
def test_every_letter_is_in_one_font_and_the_style_says_which(client):
    """The parts of a typeface share no letter; the style names for each what is in it, and Cyrillic is among them."""
    from io import BytesIO

    from fontTools.ttLib import TTFont

    root = re.search(r'"(/static/[0-9a-f]+)/style\.css"', client.get("/").text)[1]
    style = client.get(f"{root}/style.css").text
    letters = {"": "ÁČĎÉĚÍŇÓŘŠŤÚŮÝŽžľĺŕôä„“–", "-cyrillic": "ЄІЇҐєіїґЩщ", "-further": "ế"}
    for family in ("sans", "serif"):
        ranges = {}
        for part, wanted in letters.items():
            name = f"{family}{part}.woff2"
            there = set(TTFont(BytesIO(client.get(f"{root}/{name}").content)).getBestCmap())
            text = re.search(rf'url\("{name}"\).*?unicode-range: ([^;]+);', style)[1]
            spans = [[int(end, 16) for end in each.strip()[2:].split("-")] for each in text.split(",")]
            ranges[part] = {number for span in spans for number in range(span[0], span[-1] + 1)}
            assert {ord(letter) for letter in wanted} <= there
            assert there <= ranges[part]
        assert sum(map(len, ranges.values())) == len(set().union(*ranges.values()))


def test_text_has_six_sizes_two_families_and_colours_by_name(client):
    """The style names the sizes of the scale and the two families once, and paints no ground white by night."""
    style = client.get(re.search(r'"(/static/[0-9a-f]+/style\.css)"', client.get("/").text)[1]).text
    scale = {"1rem", "1.125rem", "1.3125rem", "2rem", "2.5rem", "4rem"}
    assert set(re.findall(r"--s\d: ([^;]+);", style)) == scale
    screen = style.partition("@media print")[0]
    sizes = re.findall(r"font(?:-size)?: (?:\d00 )?([\d.]+r?em)", screen)
    assert sizes == []
    assert set(re.findall(r"font-family: ([^;]+);", screen)) <= {
        "var(--sans)",
        "var(--serif)",
        '"Portal Sans"',
        '"Portal Serif"',
    }
    grounds = re.findall(r"([^{}]+)\{[^{}]*background: #FFF[^{}]*color: var\(--ink\)", screen)
    assert grounds == []
