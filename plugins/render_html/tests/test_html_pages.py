"""Copies in large print and in easy language."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.api import TEST_MARK, LanguageMap, Line
from mikrocert.errors import RenderError
from mikrocert.testing import (
    PluginContract,
    RendererContract,
    example_certificate,
    example_view,
    texts_to_read,
)
from mikrocert_render_html import plugin as html_plugin
from mikrocert_render_html.reading import words_of
from mikrocert_render_html.renderer import HtmlRenderer

of = LanguageMap.of
JUDGES = Path(__file__).parents[3] / "build/web/node_modules"
AXE = JUDGES / "axe-core/axe.min.js"
CHECKER = JUDGES / "vnu-jar/build/dist/vnu.jar"
OF_HASHES = "Inline style violates Content Security Policy"
"""What the checker says of a style that the policy lets in by its hash; a browser takes it, and complains of one that doesn't fit."""
VIOLATIONS = """
() => axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations.map(
  (violation) => violation.id + ": " + violation.help + " " + violation.nodes.map((node) => node.html.slice(0, 120)).join(" | ")))
"""


def words(text):
    return " ".join(text.split())


class TestPlugin(PluginContract):
    @pytest.fixture
    def plugin(self):
        return html_plugin


@pytest.mark.system
@pytest.mark.covering  # it draws in Python, and in this process
class TestRenderer(RendererContract):
    """The contract of renderers, for both."""

    @pytest.fixture
    def wanted(self, request):
        """What is said in easy language, where that is what the renderer writes; else all but the heads of a table: there is none."""
        return plain_texts if "easy-read" in request.node.callspec.id else texts_without_heads


def texts_without_heads(certificate):
    """Give every text to be read but what stands above columns, which a list doesn't have."""
    supplement = certificate.supplement
    heads = {line.text for line in (supplement.number, *supplement.element, *supplement.columns)}
    return (text for text in texts_to_read(certificate) if text not in heads)


def plain_texts(certificate):
    """Give the headings and sentences in easy language."""
    for part in certificate.plain:
        for pair in (part.heading, *part.sentences):
            yield from (line.text for line in pair)


class Elements(HTMLParser):
    """The elements of a page, in their order."""

    VOID = frozenset({"meta", "path", "link", "br", "wbr", "img", "input"})

    def __init__(self, page):
        super().__init__()
        self.found, self.open, self.faults = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID and (not self.open or self.open.pop() != tag):
            self.faults.append(tag)


def lines_of(value):
    """Give every text with a language, and every text that has none of its own, in the order of a certificate."""
    if isinstance(value, Line):
        yield value.text
    elif isinstance(value, tuple):
        for part in value:
            yield from lines_of(part)
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            if field.name in {"holder", "link", "identifier", "foot", "name"}:
                yield getattr(value, field.name) or ""
            elif field.name not in {
                "plain",
                "copy",
                "number",
                "element",
                "columns",
                "continued",
                "sentence",
                "test",
            }:
                yield from lines_of(getattr(value, field.name))


def assert_in_order(texts, page):
    place = 0
    for text in texts:
        found = page.find(words(text), place)
        assert found >= 0, (text, page[place : place + 200])
        place = found + len(words(text))


@pytest.mark.parametrize("separate", [True, False], ids=["one language each", "side by side"])
def test_every_text_of_a_certificate_is_read_in_its_order(large_print, drawn, view, separate):
    """In large print nothing of certificate and supplement is lost or moved."""
    page, certificates = drawn(large_print, view, separate=separate)
    texts = [
        text for certificate in certificates for text in lines_of((certificate.front, certificate.supplement))
    ]
    if not separate:
        # what is the same in both languages stands in one line once
        texts = [text for text, after in pairwise([*texts, ""]) if text != after]
    assert len(texts) > 60
    assert_in_order(texts, words_of(page))


def test_every_sentence_in_easy_language_is_a_line_of_its_own(easy_read, drawn, view):
    """One paragraph a statement, in the order of the certificate; nothing of the supplement beside."""
    page, certificates = drawn(easy_read, view)
    sentences = [
        line.text
        for certificate in certificates
        for part in certificate.plain
        for pair in part.sentences
        for line in pair
    ]
    paragraphs = [words_of(text) for text in re.findall(r"<p[^>]*>(.*?)</p>", page)]
    assert [text for text in paragraphs if text in set(map(words, sentences))] == list(map(words, sentences))
    assert "Mikrocertifikát patří této osobě: Mgr. Kateřina Hůrková-Ďurišová." in paragraphs
    assert "UŘ/2026/0042" not in page


def test_what_was_found_stands_first(renderer, drawn, view, report, revoked):
    """A copy of what was revoked says so before anything else, in its title too, and why."""
    bad = attrs.evolve(report, results=(*report.results[:3], revoked))
    page, _ = drawn(renderer, view, report=bad)
    text = words_of(page)
    assert text.index("Mikrocertifikát byl zrušen") < text.index("Analýza dat")
    assert "omyl v příjmení Ďurišová" in text
    assert "<title>Mikrocertifikát byl zrušen – " in page
    sound, _ = drawn(renderer, view, report=report)
    assert "<title>Mikrocertifikát: " in sound
    for each in (page, sound):
        assert "Kopii může kdokoli změnit." in words_of(each)
        assert "Only the sealed file proves what is written here." in words_of(each)


def test_a_test_says_so_on_top_and_in_the_title(renderer, drawn, view):
    """The mark is the first that is read."""
    page, _ = drawn(renderer, view, test=True)
    assert words_of(page).startswith(TEST_MARK)
    assert f"<title>{TEST_MARK} – " in page
    assert TEST_MARK not in drawn(renderer, view)[0]


def test_the_page_asks_nobody_for_anything(renderer, drawn, view, report):
    """No script, no picture or style of elsewhere; the one address is the verification link, to be followed."""
    page, _ = drawn(renderer, view, report=report)
    elements = Elements(page).found
    assert not {tag for tag, _ in elements} & {"script", "img", "link", "iframe", "object", "form", "base"}
    assert not [
        name for _, attributes in elements for name in attributes if name.startswith("on") or name == "style"
    ]
    targets = {attributes["href"].partition(",")[0] for tag, attributes in elements if "href" in attributes}
    assert targets == {"#cs", "#en", view.link, "data:application/octet-stream;base64"}
    assert not re.search(r"url\(|@import", page)
    assert "default-src 'none'" in page


def test_the_sealed_file_is_inside(renderer, drawn, view, report, attachment):
    """Octet by octet, under its name."""
    page, _ = drawn(renderer, view, report=report)
    [link] = [attributes for tag, attributes in Elements(page).found if "download" in attributes]
    assert link["download"] == attachment.name
    assert base64.b64decode(link["href"].partition(",")[2]) == attachment.data


def test_each_part_has_its_language_and_headings_are_in_order(renderer, drawn, view, report):
    """No heading skips a level, and whatever is in another language than what stands around it says so."""
    page, _ = drawn(renderer, view, report=report)
    parsed = Elements(page)
    assert parsed.faults == parsed.open == []
    levels = [int(tag[1]) for tag, _ in parsed.found if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [a["lang"] for tag, a in parsed.found if tag == "article"] == ["cs", "en"]
    assert [a["lang"] for tag, a in parsed.found if tag == "html"] == ["cs"]
    mixed, _ = drawn(renderer, view, separate=False)
    assert re.search(r'<span lang="en" dir="auto">Data Analysis', mixed)


def test_a_long_link_is_told():
    """No QR code holds it."""
    view = attrs.evolve(example_view(), link="https://example.org/" + "ř" * 5000)
    with pytest.raises(RenderError, match="too many for a QR code"):
        HtmlRenderer("easy-read.html").document(
            [example_certificate(view)],
            attachment=RendererContract.attachment.__wrapped__(RendererContract()),
            branding=None,
        )


def test_octets_that_are_no_text_are_told(renderer):
    with pytest.raises(RenderError, match="no text in UTF-8"):
        renderer.text(b"\xff\xfe")


HOSTILE = {
    "markup": "<script>alert('ř')</script>",
    "the end of an attribute": "\" onclick='x' <b>",
    "a template": "{{ 7 * 7 }} {% raw %}",
    "references": "&amp; &#65; &lt;",
    "a comment": "<!-- ř --> ]]> </style></title>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_markup_is_text_like_any_other(renderer, drawn, view, name):
    """Whatever a text looks like, it is read as it was written, and the page has the same elements."""
    text = HOSTILE[name]
    page, _ = drawn(renderer, view, title=of(text), holder=text)
    harmless, _ = drawn(renderer, view, title=of("x"), holder="x")
    assert [tag for tag, _ in Elements(page).found] == [tag for tag, _ in Elements(harmless).found]
    assert text in words_of(page)


def test_what_is_read_from_the_right_keeps_to_itself(renderer, drawn, view):
    """Where a text turns the order of letters, the element around it keeps that from its neighbours."""
    text = "محمد بن عبد الله"
    page, _ = drawn(renderer, view, holder=text, title=of(text))
    around = re.findall(r"<([a-z0-9]+)([^>]*)>[^<]*" + text, page)
    assert around
    assert all('dir="auto"' in attributes for tag, attributes in around if tag != "title")


@pytest.mark.unmeasured  # it goes the same way again and again
@given(text=st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "M"]), min_size=1, max_size=60))
def test_any_text_is_read_as_it_was_written(text):
    """What stands on a certificate is read back letter by letter."""
    certificate = example_certificate(attrs.evolve(example_view(), holder=f"x{text}x"))
    attachment = RendererContract.attachment.__wrapped__(RendererContract())
    for name in ("large-print.html", "easy-read.html"):
        renderer = HtmlRenderer(name)
        [page] = renderer.text(renderer.document([certificate], attachment=attachment, branding=None))
        wanted = (
            certificate.front.holder
            if name.startswith("large")
            else certificate.plain[1].sentences[0].lead.text
        )
        assert words(wanted) in page


@pytest.fixture(scope="module")
def tab():
    """A page of Chromium, which every test here uses: starting it takes longer than what they do in it."""
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


@pytest.fixture
def opened(tab, tmp_path):
    """Open a copy in that page."""

    def opened(page):
        (tmp_path / "copy.html").write_text(page, "utf-8")
        tab.goto((tmp_path / "copy.html").as_uri())

    return opened


@pytest.mark.system
def test_nothing_is_cut_where_the_screen_is_narrow(tab, opened, renderer, drawn, report):
    """At 320 pixels, which is 1280 enlarged to 400 %, the longest words don't make anybody scroll sideways."""
    long = "Nejneobhospodařovávatelnějšími" * 6
    page, _ = drawn(renderer, report.view, report=report, holder=long, title=of(long, long))
    tab.set_viewport_size({"width": 320, "height": 640})
    faults = []
    tab.on("console", lambda remark: faults.append(remark.text))
    opened(page)
    widths = tab.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    smallest = tab.evaluate(
        "Math.min(...[...document.querySelectorAll('body *')].map(e => parseFloat(getComputedStyle(e).fontSize)))"
    )
    assert widths[0] <= widths[1]
    assert smallest >= 20
    assert faults == []


@pytest.fixture
def copies(drawn, view, report, revoked):
    """What a copy is by what it says: as it should be, with languages beside each other, and of what was revoked or is a test."""
    bad = attrs.evolve(report, results=(*report.results[:3], revoked))

    def of_renderer(renderer):
        return {
            "sound": drawn(renderer, view, report=report)[0],
            "beside": drawn(renderer, view, separate=False)[0],
            "revoked": drawn(renderer, view, report=bad)[0],
            "test": drawn(renderer, view, test=True)[0],
        }

    return of_renderer


@pytest.mark.judges
@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed in build/web (script/test does it)")
def test_axe_finds_no_violation(tab, opened, renderer, copies):
    """In any copy, at 390 and at 1280 pixels, with all of its rules."""
    found = {}
    for name, page in copies(renderer).items():
        opened(page)
        tab.evaluate(AXE.read_text("utf-8"))
        for width in (390, 1280):
            tab.set_viewport_size({"width": width, "height": 800})
            found[name, width] = tab.evaluate(VIOLATIONS)
    assert {name: violations for name, violations in found.items() if violations} == {}


@pytest.mark.judges
@pytest.mark.skipif(
    not CHECKER.is_file() or shutil.which("java") is None,
    reason="the W3C checker is not installed in build/web, or there is no Java (script/test does it)",
)
def test_the_w3c_checker_finds_no_error(tmp_path, large_print, easy_read, copies):
    """Nor a warning, in any copy."""
    for number, renderer in enumerate((large_print, easy_read)):
        for name, page in copies(renderer).items():
            (tmp_path / f"{name}-{number}.html").write_text(page, "utf-8")
    java = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m", "-jar", CHECKER]
    command = [*java, "--format", "json", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    messages = json.loads(done.stderr)["messages"]
    found = [f"{Path(each['url']).name}: {each['message']}" for each in messages]
    assert [message for message in found if OF_HASHES not in message] == []
