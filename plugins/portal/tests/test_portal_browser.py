"""The portal as a person meets it: in Chromium, without JavaScript."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from mikrocert.accounts import Caller
from mikrocert.api import read_types
from mikrocert.archive import init_archive
from mikrocert.settings import Archive, StatementSettings
from mikrocert_portal.config import DeskConfig, Limits, PortalConfig, WalletConfig
from mikrocert_portal.desk.sessions import Session
from mikrocert_portal.wallet.sessions import HolderSession

PATIENCE = 300_000  # milliseconds after which a wait has failed; a loaded machine is slow, not wrong
CHROMIUM = os.environ.get("MIKROCERT_CHROMIUM") or shutil.which("chromium")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium: install chromium or set MIKROCERT_CHROMIUM"
)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
]
PAGES = {
    "front": "/",
    "help": "/help",
    "help-verify": "/help/verify",
    "help-answers": "/help/answers",
    "help-accessibility": "/help/accessibility",
    "help-search": "/help/search?q=%C5%A1kola",
    "valid": "/verify/K7mQx4Rt9bHz",
    "test": "/verify/Tst4x4Rt9bHz",
    "revoked": "/verify/Rev4x4Rt9bHz",
    "replaced": "/verify/Rpc4x4Rt9bHz",
    "files": "/verify/K7mQx4Rt9bHz/files",
    "changed": "/verify/Chg4x4Rt9bHz",
    "undetermined": "/verify/Und4x4Rt9bHz",
    "unknown": "/verify/unknown",
    "overlong": f"/verify/{'a' * 90}",
    "nothing": "/nothing",
    "door": "/desk",
    "desk": "/desk#signed-in",
    "desk-batches": "/desk/batches",
    "desk-batch": "/desk/batches/b-K7mQx4Rt9b",
    "desk-under-way": "/desk/batches/b-K7mQx4Rt9c",
    "desk-credentials": "/desk/credentials",
    "desk-credential": "/desk/credentials/K7mQx4Rt9bHz",
    "desk-revoked": "/desk/credentials/Rev4x4Rt9bHz",
    "desk-revoke": "/desk/credentials/K7mQx4Rt9bHz/revoke",
    "desk-replace": "/desk/credentials/K7mQx4Rt9bHz/replace",
    "desk-proposals": "/desk/proposals",
    "desk-unknown": "/desk/credentials/unknown",
}
FURTHER = {
    "expired": "/verify/Exp4x4Rt9bHz",
    "interface": "/api/v1/docs",
    "help-employers": "/help/employers",
    "many": "/many",
    "recognition": "/recognition",
}
"""Pages that only programs judge."""
UPLOADS = ("valid", "undetermined", "changed", "unusable")
JUDGES = Path(__file__).parents[3] / "build/web/node_modules"
AXE = JUDGES / "axe-core/axe.min.js"
CHECKER = JUDGES / "vnu-jar/build/dist/vnu.jar"
MISSING = {"unknown", "overlong", "nothing", "desk-unknown"}
EVERY_PAGE = [(name, language) for name in PAGES for language in ("cs", "en")]

# What a person sees of an element: its colour over the nearest background below it, and its size.
SEEN = """
() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (text) => {
    const [r, g, b] = channels(text).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const below = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const seen = [];
  for (const element of document.querySelectorAll("body *")) {
    const words = [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
    const style = getComputedStyle(element);
    if (!words.length || style.visibility === "hidden" || !element.getClientRects().length) continue;
    const [a, b] = [light(style.color), light(below(element))];
    seen.push({
      text: words[0].data.trim().slice(0, 40),
      contrast: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05),
      size: parseFloat(style.fontSize),
      font: style.fontFamily.split(",")[0],
    });
  }
  return seen;
}
"""


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=PATIENCE)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def portal(run_portal):
    limits = Limits(upload_megabytes=1, misses=1000, unknown_seconds=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESK_SECRET", "x")
        desk = DeskConfig("https://login.example.cz", "desk", "env:DESK_SECRET")
        running = run_portal(config=PortalConfig(limits=limits, desk=desk), sandbox=True)
    running.system.accounts = FakePeople()
    return running


class FakePeople:
    """Lets everybody do everything at their institution."""

    def person(self, institution, *, scopes, name, at):
        return Caller(institution, frozenset(scopes), name)


class Window:
    """A page of Chromium that one visitor after the other uses: making one takes longer than what most tests do in it."""

    def __init__(self, browser, *, own_fonts=True, **options):
        self.context = browser.new_context(**({"java_script_enabled": False} | options))
        self.context.set_default_timeout(PATIENCE)
        if not own_fonts:
            self.context.route("**/*.woff2", lambda route: route.abort())
        self.page = self.context.new_page()
        self._network = self.context.new_cdp_session(self.page)
        self.empty()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("response", self._answered)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _answered(self, response):
        self.statuses[response.url] = response.status
        if response.request.is_navigation_request() and not 300 <= response.status < 400:
            self.document = response

    def empty(self):
        """Forget the visitor: cookies, what was kept of what was asked for, and what the page was made to look like."""
        self.page.goto("about:blank")
        self.page.emulate_media(media="null")
        self.context.clear_cookies()
        self._network.send("Network.clearBrowserCache")
        self.requests: list[str] = []
        self.statuses: dict[str, int] = {}
        self.document = None
        self.complaints: list[str] = []


class Visit:
    """One visitor, in a window of their own unless one is given, and everything that the browser did and complained of."""

    def __init__(self, browser, portal, *, viewport=None, window=None, **options):
        self.url = portal.url
        self.shared = portal.shared
        self.window = window or Window(browser, **options)
        self.context, self.page = self.window.context, self.window.page
        self.page.set_viewport_size(viewport or {"width": 1280, "height": 720})

    @property
    def requests(self):
        """The addresses that were asked for."""
        return self.window.requests

    @property
    def statuses(self):
        """How each of them was answered."""
        return self.window.statuses

    @property
    def complaints(self):
        """What the browser said."""
        return self.window.complaints

    @property
    def source(self):
        """The page that is shown, octet by octet as it was sent."""
        return self.window.document.body()

    def sign_in(self, shared):
        name = "person reditelka-1 Růžena Řezníčková"
        scopes = frozenset({"issue", "read", "revoke"})
        session = Session("https://login.example.cz", "reditelka-1", name, "mu", scopes, "Růžena Řezníčková")
        kept = {"domain": "127.0.0.1", "path": "/", "secure": True, "httpOnly": True, "sameSite": "Lax"}
        self.context.add_cookies([{"name": "__Host-desk", "value": shared.sessions.begin(session), **kept}])

    def enter_wallet(self, shared, language):
        kept = {"domain": "127.0.0.1", "path": "/", "secure": True, "httpOnly": True, "sameSite": "Lax"}
        name = shared.holders.begin(HolderSession(language.encode() * 16))
        self.context.add_cookies([{"name": "__Host-wallet", "value": name, **kept}])

    def go(self, path, language="cs"):
        path, _, place = path.partition("#")
        if place or path.startswith("/desk/"):
            self.sign_in(self.shared)
        asked = "&" if "?" in path else "?"
        self.page.goto(f"{self.url}{path}{asked}lang={language}")
        self.page.evaluate("document.fonts.ready.then(() => true)")
        return self.page

    def upload(self, content, language="cs"):
        self.go("/", language)
        self.page.set_input_files(
            "#file", {"name": "soubor.jsonld", "mimeType": "application/json", "buffer": content}
        )
        self.page.locator("form[enctype] button").click()
        self.page.wait_for_load_state()
        return self.page


@pytest.fixture(scope="module")
def windows(browser):
    """Return what gives a window with these options, one that nobody uses."""
    made: dict[str, list[Window]] = {}

    @contextmanager
    def window(**options):
        free = made.setdefault(repr(sorted(options.items())), [])
        one = free.pop() if free else Window(browser, **options)
        yield one
        one.empty()
        free.append(one)

    return window


@pytest.fixture
def visit(browser, windows, portal):
    with ExitStack() as stack:

        def start(*, viewport=None, at=portal, **options):
            return Visit(browser, at, viewport=viewport, window=stack.enter_context(windows(**options)))

        yield start


@pytest.mark.parametrize(("name", "language"), EVERY_PAGE)
def test_a_page_keeps_to_itself(visit, name, language):
    """No page makes the browser complain, ask another host or keep a cookie; style, fonts and pictures arrive."""
    one = visit()
    page = one.go(PAGES[name], language)
    wanted = 404 if name in MISSING else 200
    statuses = dict(one.statuses)
    assert statuses.pop(page.url) == wanted
    assert set(statuses.values()) == {200}
    assert {url for url in one.requests if not url.startswith(one.url + "/")} == set()
    assert [text for text in one.complaints if "status of 404" not in text] == []
    signed_in = {"__Host-desk"} if name.startswith("desk") else set()
    assert {cookie["name"] for cookie in one.context.cookies()} == signed_in
    assert page.evaluate("document.documentElement.lang") == language


@pytest.mark.parametrize(("name", "language"), EVERY_PAGE)
def test_every_word_can_be_read(visit, name, language):
    """Every text has a contrast of 4.5 or more, 16 px or more, and a typeface of ours; folded data too."""
    page = visit().go(PAGES[name], language)
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    visible = page.evaluate(SEEN)
    assert len(visible) > 10
    assert [text for text in visible if text["contrast"] < 4.5] == []
    assert [text for text in visible if text["size"] < 16 and text["font"].startswith('"Portal')] == []
    assert [text for text in visible if text["size"] < 15] == []
    assert {text["font"] for text in visible} <= {'"Portal Sans"', '"Portal Serif"', "ui-monospace"}


STICKING_OUT = """
(width) => [...document.querySelectorAll("body *")]
  .filter((e) => e.getBoundingClientRect().right > width + 0.5 && !e.closest(".picture"))
  .map((e) => e.outerHTML.slice(0, 80))
"""


@pytest.mark.parametrize(("name", "language"), EVERY_PAGE)
def test_nothing_sticks_out_at_320_pixels(visit, name, language):
    """On the narrowest screen, or at four times the size, no page scrolls sideways, even unfolded and without our fonts."""
    page = visit(viewport={"width": 320, "height": 600}, own_fonts=False).go(PAGES[name], language)
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate(STICKING_OUT, 320) == []


@pytest.mark.parametrize("language", ["cs", "en"])
def test_text_at_twice_the_size_still_fits(visit, language):
    """With the browser's text at 200 % nothing is cut off or scrolls sideways."""
    page = visit(viewport={"width": 640, "height": 800}).go(PAGES["valid"], language)
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    assert page.evaluate("document.documentElement.scrollWidth") == 640
    assert page.evaluate(STICKING_OUT, 640) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_landmarks_and_headings_in_order(visit, name):
    """One banner, main and contentinfo, one h1, no level skipped, every list of links named."""
    page = visit().go(PAGES[name])
    for role in ("banner", "main", "contentinfo"):
        assert page.get_by_role(role).count() == 1
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map((h) => +h.tagName[1])")
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.evaluate(
        "[...document.querySelectorAll('nav')].every((nav) => nav.getAttribute('aria-label'))"
    )
    assert page.evaluate("[...document.querySelectorAll('img')].every((img) => img.alt)")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "name", ["front", "valid", "changed", "unknown", *(name for name in PAGES if name.startswith("desk"))]
)
def test_targets_are_large_enough(visit, name):
    """Buttons and fields are at least 44 px high, every link outside running text at least 24 px."""
    page = visit(viewport={"width": 390, "height": 800}).go(PAGES[name])
    sizes = page.evaluate(
        "[...document.querySelectorAll('a, button, input:not([type=hidden]), summary')]"
        ".filter((e) => e.getClientRects().length && !e.closest('p') && !e.matches('.skip'))"
        ".map((e) => ({text: e.outerHTML.slice(0, 60), main: e.matches('button, input, .button'),"
        " height: e.getBoundingClientRect().height}))"
    )
    assert [target for target in sizes if target["height"] < (44 if target["main"] else 24)] == []


@pytest.mark.parametrize(
    "name",
    [
        "front",
        "help",
        "valid",
        "replaced",
        "changed",
        "undetermined",
        "files",
        "unknown",
        "desk-batch",
        "desk-credential",
        "desk-revoke",
    ],
)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(visit, name):
    """Tab visits every link, field and button in the order of the page, each with a visible outline."""
    page = visit().go(PAGES[name])
    wanted = page.evaluate(
        "[...document.querySelectorAll('a[href], button, input:not([type=hidden]), summary')]"
        ".filter((e) => e.getClientRects().length && (!e.closest('details:not([open])') || e.matches('summary')))"
        ".map((e) => e.outerHTML.slice(0, 80))"
    )
    reached = []
    for _ in wanted:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.outerHTML.slice(0, 80)"))
        assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert reached == wanted


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("desk")])
def test_tables_and_fields_of_the_desk_have_names(visit, name):
    """Each table has a caption, heads of columns and of rows; each field has a label, and a group of choices a legend."""
    page = visit().go(PAGES[name])
    assert page.evaluate(
        "[...document.querySelectorAll('table')].every((t) => t.caption && t.tHead.querySelectorAll('th[scope=col]').length"
        " && [...t.tBodies[0].rows].every((row) => row.cells[0].matches('th[scope=row]')))"
    )
    assert page.evaluate(
        "[...document.querySelectorAll('input:not([type=hidden]), select, progress')].every((field) => field.labels.length)"
    )
    assert page.evaluate(
        "[...document.querySelectorAll('[type=radio]')].every((e) => e.closest('fieldset').querySelector('legend'))"
    )


@pytest.mark.parametrize("name", ["desk", "desk-batch", "desk-proposals"])
def test_who_did_something_is_called_by_name(visit, name):
    """And told apart from others of that name; the words of programs are not shown."""
    text = visit().go(PAGES[name]).locator("main").inner_text()
    assert "Růžena Řezníčková (reditelka-1)" in text
    assert "person" not in text


def test_the_first_tab_skips_to_the_content(visit):
    """The skip link appears when reached and leads to main."""
    page = visit().go(PAGES["valid"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize(
    ("content", "heading", "colour", "ink"),
    [
        (b"valid", "Mikrocertifikát je platný", "rgb(11, 107, 58)", "rgb(255, 255, 255)"),
        (b"revoked", "Mikrocertifikát byl zrušen", "rgb(155, 28, 28)", "rgb(255, 255, 255)"),
        (b"replaced", "Mikrocertifikát byl nahrazen novým", "rgb(242, 244, 250)", "rgb(20, 23, 31)"),
        (b"changed", "Neplatný: obsah byl změněn", "rgb(155, 28, 28)", "rgb(255, 255, 255)"),
        (b"undetermined", "Nepodařilo se potvrdit, čí je pečeť", "rgb(255, 207, 74)", "rgb(20, 23, 31)"),
        (b"unusable", "Tento soubor není mikrocertifikát", "rgb(242, 244, 250)", "rgb(20, 23, 31)"),
        (b"test", "Zkušební mikrocertifikát, nic nedokládá", "rgba(0, 0, 0, 0)", "rgb(20, 23, 31)"),
    ],
)
def test_an_uploaded_file_gets_its_verdict_and_colour(visit, content, heading, colour, ink):
    """The form works in a browser; each verdict has its band; a test is dashed, never green."""
    one = visit()
    page = one.upload(content)
    assert page.locator("h1").inner_text().replace("\u00a0", " ") == heading
    band = page.locator(".band")
    assert band.evaluate("(e) => getComputedStyle(e).backgroundColor") == colour
    assert band.evaluate("(e) => getComputedStyle(e).color") == ink
    dashed = band.evaluate("(e) => getComputedStyle(e).borderBottomStyle") == "dashed"
    assert dashed == (content == b"test")
    assert [text for text in one.complaints if "status of 422" not in text] == []


def test_the_box_leads_to_the_page_and_to_the_other_language(visit):
    """Typing an identifier in groups and pressing Enter opens its page; the switch shows it in English."""
    page = visit().go("/")
    page.get_by_label("Identifikátor nebo odkaz").fill("K7mQ x4Rt 9bHz")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/verify/K7mQx4Rt9bHz"))
    assert page.get_by_role("heading", level=1).inner_text().startswith("Mikrocertifikát je")
    page.get_by_role("link", name="English").click()
    page.wait_for_url(re.compile(r"lang=en"))
    assert page.evaluate("document.documentElement.lang") == "en"


def test_the_page_says_who_has_the_files(visit):
    """The permanent link gives none, and says why."""
    page = visit().go(PAGES["valid"])
    page.get_by_role("link", name="Kdo má osvědčení a datový soubor").click()
    page.wait_for_url(re.compile("/files"))
    assert page.locator("a[download]").count() == 0


def test_an_error_takes_the_focus_and_leads_to_its_field(visit):
    """After a mistake the summary is focused and read; its link puts the cursor into the field."""
    page = visit().go("/")
    page.locator("form[enctype] button").click()
    page.wait_for_load_state()
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    page.get_by_role("alert").get_by_role("link").click()
    assert page.evaluate("document.activeElement.id") == "file"
    assert page.locator("#file").get_attribute("aria-describedby") == "file-hint file-error"


def test_a_file_too_large_gets_our_page_not_a_broken_connection(visit):
    """The browser can send all of it and then shows what to do."""
    page = visit().upload(b"x" * 6 * 1024 * 1024)
    assert (
        page.get_by_role("alert")
        .inner_text()
        .replace("\u00a0", " ")
        .endswith(
            "Soubor je větší než 1 MB. Osvědčení (.pdf) i datové soubory (.jsonld) jsou menší; vyberte jiný."
        )
    )


def test_fonts_are_ours(visit):
    """Both typefaces arrive and are used."""
    page = visit().go(PAGES["valid"])
    loaded = page.evaluate("[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)")
    assert set(loaded) == {"Portal Sans", "Portal Serif"}


def test_print_keeps_the_verdict_and_drops_what_paper_cannot_do(visit):
    """On paper the verdict, checks and data stay; forms, downloads and the language switch go."""
    page = visit().go(PAGES["valid"])
    page.emulate_media(media="print")
    assert page.locator("h1").is_visible()
    assert page.locator(".data").first.is_visible()
    assert page.locator(".address").inner_text().endswith("/verify/K7mQx4Rt9bHz")
    assert page.locator(".band").evaluate("(e) => getComputedStyle(e).backgroundColor") == "rgba(0, 0, 0, 0)"
    for gone in (".languages", ".button >> nth=0", ".picture"):
        assert not page.locator(gone).is_visible()
    assert page.locator(".band").evaluate("(e) => getComputedStyle(e).color") == "rgb(20, 23, 31)"


@pytest.mark.parametrize("width", [320, 1280])
def test_unfolded_findings_read_as_lines(visit, width):
    """Severity, sentence and place follow each other on lines, none is squeezed into a column."""
    page = visit(viewport={"width": width, "height": 800}).go(PAGES["test"])
    page.locator(".checks summary").first.click()
    item = page.locator(".findings li").first
    assert item.evaluate("(e) => getComputedStyle(e).display") == "list-item"
    assert item.locator("b").bounding_box()["height"] < 30


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_keyboard_opens_what_a_check_means(visit, key):
    """The fold of a check is reached by its name and opens without a mouse."""
    page = visit().go(PAGES["valid"], "en")
    fold = page.locator(".meaning").nth(3)
    meaning = fold.locator("p")
    assert not meaning.is_visible()
    assert fold.locator("summary").inner_text().split("\n")[-1].strip().endswith("Trust")
    fold.locator("summary").focus()
    page.keyboard.press(key)
    meaning.wait_for(state="visible")


@pytest.mark.parametrize(
    "name", ["front", "help", "valid", "replaced", "changed", "undetermined", "files", "unknown"]
)
def test_what_is_read_first_stands_first(visit, name):
    """On a phone the order in which a screen reader goes through a page is the order from top to bottom."""
    page = visit(viewport={"width": 390, "height": 800}).go(PAGES[name])
    tops = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, form, main li, main dt, aside, nav, footer p')]"
        ".filter((e) => e.getClientRects().length && !e.closest('header') && !e.closest('details:not([open])'))"
        ".map((e) => e.getBoundingClientRect().top)"
    )
    assert len(tops) >= 4
    assert tops == sorted(tops)


def test_the_menu_of_a_phone_is_one_step_away(visit):
    """Where the header has no room for the pages, a link leads to them below, and the focus goes with it."""
    page = visit(viewport={"width": 390, "height": 800}).go(PAGES["valid"])
    assert not page.locator(".audiences").is_visible()
    page.get_by_role("link", name="Nabídka").click()
    assert page.evaluate("document.activeElement.id") == "menu"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Ověřit"


MODES = {
    "night": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
    "little motion": {"reduced_motion": "reduce"},
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["front", "valid", "changed", "undetermined", "replaced", "desk-batch"])
def test_every_word_can_be_read_in_every_mode(visit, name, mode):
    """By night, in forced colours and with little motion every text has a contrast of 4.5 or more."""
    page = visit(**MODES[mode]).go(PAGES[name])
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    visible = page.evaluate(SEEN)
    assert len(visible) > 10
    assert [text for text in visible if text["contrast"] < 4.5] == []


@pytest.mark.parametrize("width", [320, 768, 1920])
@pytest.mark.parametrize("name", ["front", "valid", "replaced"])
def test_nothing_sticks_out_at_any_size(visit, name, width):
    """From the smallest phone to a large screen no page that matters scrolls sideways, in any language."""
    for language in ("cs", "en"):
        page = visit(viewport={"width": width, "height": 900}).go(PAGES[name], language)
        assert page.evaluate("document.documentElement.scrollWidth") == width


VIOLATIONS = """
() => axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations.map(
  (violation) => violation.id + ": " + violation.help + " " + violation.nodes.map((node) => node.html.slice(0, 120)).join(" | ")))
"""


NO_AXE = pytest.mark.skipif(
    not AXE.is_file(), reason="axe-core is not installed in build/web (script/test does it)"
)
LANGUAGES = ("cs", "en", "sk", "uk")


@pytest.mark.judges
@NO_AXE
@pytest.mark.parametrize("language", ["cs", "en"])
@pytest.mark.parametrize("name", [*PAGES, *FURTHER, *(f"upload-{name}" for name in UPLOADS), "mistake"])
def test_axe_finds_no_violation(visit, name, language):
    """On every kind of page, in every language, at 390 and at 1280 pixels, folded and unfolded, with all of its rules."""
    # The judge is written in JavaScript and waits by timers; the page has none, and lets none in.
    one = visit(viewport={"width": 390, "height": 800}, java_script_enabled=True)
    if name.startswith("upload-"):
        page = one.upload(name.removeprefix("upload-").encode(), language)
    elif name == "mistake":
        page = one.upload(b"", language)
    else:
        page = one.go((PAGES | FURTHER)[name], language)
    page.evaluate(AXE.read_text("utf-8"))
    assert page.evaluate(VIOLATIONS) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    assert page.evaluate(VIOLATIONS) == []


NEWER = re.compile(r"@container|container-type")
"""What the checker doesn't know yet: CSS Containment Level 3."""


@pytest.mark.judges
@pytest.mark.skipif(
    not CHECKER.is_file() or shutil.which("java") is None,
    reason="the W3C checker is not installed in build/web, or there is no Java (script/test does it)",
)
def test_the_w3c_checker_finds_no_error(visit, portal, held, gathered, tmp_path):
    """Nor a warning, in any page, those that are made on the way too, in the style, or in what is drawn."""
    one = visit()
    for name, language in [(name, language) for name in PAGES | FURTHER for language in ("cs", "en")]:
        one.go((PAGES | FURTHER)[name], language)
        (tmp_path / f"{name}-{language}.html").write_bytes(one.source)
    for language in ("cs", "uk"):
        for number, (_, walker) in enumerate(every_way(visit, portal, held, gathered, language)):
            (tmp_path / f"way-{number}-{language}.html").write_bytes(walker.source)
    style = one.page.evaluate("document.querySelector('link[rel=stylesheet]').href")
    icon = one.page.evaluate("document.querySelector('link[rel=icon]').href")
    (tmp_path / "style.css").write_bytes(one.page.request.get(style).body())
    (tmp_path / "icon.svg").write_bytes(one.page.request.get(icon).body())
    # It is over before a thorough compiler would pay; what the quick one makes of it needs a larger stack.
    java = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m", "-jar", CHECKER]
    command = [*java, "--also-check-css", "--also-check-svg", "--format", "json", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = [f"{Path(each['url']).name}: {each['message']}" for each in json.loads(done.stderr)["messages"]]
    assert [message for message in found if not NEWER.search(message)] == []


# Holders, and those with whom they share


@pytest.fixture(scope="module")
def held(run_portal, with_holders, tmp_path_factory):
    """A portal with holders, and the address of the page of one."""
    statements = StatementSettings("statements", ("statements.pem",))
    running = run_portal(archive=Archive(), statements=statements)
    with with_holders(running.system, tmp_path_factory.mktemp("held")) as (_, secrets):
        yield running, f"/h/{secrets['valid']}"


@pytest.mark.parametrize(("width", "language"), [(390, "cs"), (1280, "en")])
def test_a_holder_shares_and_withdraws_and_somebody_sees_in_between(visit, held, width, language):
    """The whole way without JavaScript: a share is made, opened, seen, counted, withdrawn, and says that it has ended."""
    running, place = held
    holder = visit(at=running, viewport={"width": width, "height": 800})
    other = visit(at=running, viewport={"width": width, "height": 800})
    czech = language == "cs"
    page = holder.go(place, language)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_label("Bez hodnocení" if czech else "Without grades").check()
    page.get_by_label("Pro koho" if czech else "For whom").fill("Úřad práce „Ř“")
    page.get_by_role("button", name="Vytvořit odkaz" if czech else "Make a link").click()
    page.wait_for_url(re.compile(r"/shares/\d+"))
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("[...document.images].every((one) => one.complete && one.naturalWidth > 0)")
    address = page.locator("section .link").first.inner_text().strip()
    shared = other.page
    shared.goto(f"{address}?lang={language}")
    assert "Tereza" not in shared.content()
    shared.get_by_role("button").click()
    shared.wait_for_url(re.compile(r"/s/\w+/"))
    text = shared.locator("main").inner_text()
    assert "Tereza Černohorská" in text
    assert "1994" not in text
    assert "výborně" not in text
    assert shared.evaluate("document.documentElement.scrollWidth") == width
    assert shared.locator("a[download]").count() == 0
    page.reload()
    assert "1×" in page.locator("main").inner_text()
    page.get_by_role("button", name="Odvolat" if czech else "Withdraw").click()
    page.wait_for_url(re.compile(r"/h/\w+(\?|#|$)"))
    assert ("Odkaz byl odvolán" if czech else "Withdrawn on") in page.locator("main").inner_text()
    shared.reload()
    assert ("skončila" if czech else "ended") in shared.get_by_role("heading", level=1).inner_text()
    for one in (holder, other):
        assert {url for url in one.requests if not url.startswith(running.url + "/")} == set()
        assert one.context.cookies() == []
        assert [text for text in one.complaints if "status of 410" not in text] == []


def test_a_holder_saves_the_files_and_closes_the_permanent_link(visit, held):
    """The certificate is saved under its identifier; who has the printed one is then told to ask, and what was opened again is."""
    running, place = held
    one = visit(at=running)
    page = one.go(place)
    with page.expect_download() as download:
        page.get_by_role("link", name="Stáhnout osvědčení PDF").click()
    assert download.value.suggested_filename == "K7mQx4Rt9bHz.pdf"
    for choice, words in (
        ("Uzavřený", "Držitel přístup uzavřel"),
        ("Jen souhrn", "T. Č."),
        ("Otevřený", "Tereza"),
    ):
        page = one.go(place)
        page.get_by_label(choice).check()
        page.get_by_role("button", name="Změnit").click()
        page.wait_for_url(re.compile("#access"))
        assert words in one.go(PAGES["valid"]).locator("main").inner_text()


@pytest.mark.parametrize("width", [320, 1280])
def test_every_word_of_a_holders_page_can_be_read(visit, held, width):
    """As on every other page: contrast, size, typeface, nothing that sticks out, every field labelled."""
    running, place = held
    one = visit(at=running, viewport={"width": width, "height": 800})
    page = one.go(place)
    visible = page.evaluate(SEEN)
    assert [text for text in visible if text["contrast"] < 4.5] == []
    assert [text for text in visible if text["size"] < 16 and text["font"].startswith('"Portal')] == []
    assert page.evaluate(STICKING_OUT, width) == []
    assert page.evaluate(
        "[...document.querySelectorAll('input, textarea')].every((field) => field.labels.length === 1)"
    )
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))


STOPS = """
() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), textarea, select, summary, [tabindex='0']")]
  .filter((e) => e.getClientRects().length && (!e.closest("details:not([open])") || e.matches("summary")))
  .filter((e) => e.type !== "radio" || e.checked)
"""
"""Where the keyboard stops: of the choices of a group only at the one that is taken."""


@pytest.mark.parametrize("width", [390, 1280])
def test_the_keyboard_goes_through_a_holders_page_in_its_order(visit, held, width):
    """Once to each group of choices, each field, button, link and text to be copied, always with a visible outline."""
    running, place = held
    page = visit(at=running, viewport={"width": width, "height": 800}).go(place)
    count = page.evaluate(f"({STOPS})().length")
    assert count > 30
    reached = []
    for _ in range(2 * count):
        page.keyboard.press("Tab")
        at = page.evaluate(f"({STOPS})().indexOf(document.activeElement)")
        if at < 0:
            break
        if reached[-1:] != [at]:  # a date has a stop for each of its parts
            reached.append(at)
        outline = page.evaluate("getComputedStyle(document.activeElement).outline")
        assert "none" not in outline
        assert float(re.search(r"([\d.]+)px", outline)[1]) >= 2
    assert reached == list(range(count))


# What axe says of pages that are made of what somebody sent or keeps, and of other languages


def violations(page):
    """Return what axe has against a page, folded on a phone and unfolded on a screen."""
    page.set_viewport_size({"width": 390, "height": 800})
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(VIOLATIONS)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    return found + page.evaluate(VIOLATIONS)


def sent(page, path, *, button, **fields):
    """Send the form of a page, with these in its fields; files are pairs of name and octets."""
    page.goto(path)
    for name, value in fields.items():
        if isinstance(value, str):
            page.locator(f"main [name={name}]").fill(value)
        else:
            files = [{"name": one, "mimeType": "application/pdf", "buffer": octets} for one, octets in value]
            page.set_input_files(f"main [name={name}]", files)
    page.locator(button).first.click()
    page.wait_for_load_state()


def way_of_sharing(visit, held, language, **options):
    """Go the way of a holder and of whom they share with; yield what each page is, and the visit that is at it."""
    running, place = held
    one = visit(at=running, **options)
    asked = f"?lang={language}"
    page = one.go(place, language)
    yield "holder", one
    sent(page, f"{running.url}{place}{asked}", button="form[action*=shares] button", most="x")
    yield "holder, and a field is wrong", one
    page = one.go(place, language)
    page.locator("form[action*=shares] button").click()
    page.wait_for_url(re.compile(r"/shares/\d+"))
    yield "a share, for its holder", one
    of_holder, address = page.url, page.locator("section .link").first.inner_text().strip()
    page.goto(f"{address}{asked}")
    yield "a share, before it is opened", one
    page.get_by_role("button").first.click()
    page.wait_for_url(re.compile(r"/s/\w+/"))
    yield "a share", one
    page.goto(of_holder)
    page.locator("form[action*='/withdraw'] button").click()
    page.wait_for_url(re.compile(r"/h/\w+(\?|#|$)"))
    page.goto(f"{address}{asked}")
    yield "a share that has ended", one
    page.goto(f"{running.url}/s/unknown{asked}")
    yield "a share that there is not", one
    page.goto(f"{running.url}/h/unknown{asked}")
    yield "a holder that there is not", one
    for access in ("closed", "summary", "open"):
        page = one.go(place, language)
        page.locator(f"#access-{access}").check()
        page.locator("form[action*='/access'] button").click()
        page.wait_for_url(re.compile("#access"))
        one.go(PAGES["valid"], language)
        yield f"the permanent link, {access}", one


def way_of_verifying(visit, held, language, **options):
    """Go the way of who verifies many, compares and asks for a statement; yield what each page is, and the visit."""
    running, _ = held
    one = visit(at=running, **options)
    page, asked = one.page, f"?lang={language}"
    files = [("platný.pdf", b"valid"), ("změněný.pdf", b"changed"), ("prázdný.pdf", b"")]
    sent(page, f"{running.url}/many{asked}", button="main form[enctype] button", file=files)
    yield "many", one
    sent(page, f"{running.url}/many{asked}", button="main form[enctype] button")
    yield "many, and none chosen", one
    fields = {"title": "Datová analýza", "ects": "60", "outcomes": "Umí."}
    for name, states in {
        "side by side": ("valid", "revoked", "changed"),
        "side by side, and none counts": ("revoked", "undetermined"),
    }.items():
        identifiers = "\n".join(PAGES[state].rpartition("/")[2] for state in states)
        where, button = f"{running.url}/recognition{asked}", "main form[enctype] button"
        sent(page, where, button=button, identifiers=identifiers, **fields)
        yield name, one
    sent(page, where, button=button, identifiers="x", ects="x")
    assert page.locator("[aria-invalid]").count() > 0
    yield "side by side, and all of it wrong", one
    page = one.go(PAGES["revoked"], language)
    page.locator("form[action*='/statement'] button").click()
    page.wait_for_load_state()
    yield "a statement", one
    page.locator("main a[href*='/statement/']").first.click()
    page.wait_for_url(re.compile(r"/statement/\w+"))
    yield "a statement, looked up", one
    page.goto(f"{running.url}/statement/{'9' * 22}{asked}")
    yield "a statement that there is not", one


@pytest.mark.parametrize("width", [390, 1280])
def test_the_table_of_files_is_one_at_any_size(visit, held, width):
    """On a phone its rows are blocks; who hears the page still goes through rows and cells with their heads."""
    running, _ = held
    one = visit(at=running, viewport={"width": width, "height": 800})
    files = [("platný.pdf", b"valid"), ("změněný.pdf", b"changed")]
    sent(one.page, f"{running.url}/many", button="main form[enctype] button", file=files)
    tree = one.context.new_cdp_session(one.page).send("Accessibility.getFullAXTree")["nodes"]
    roles = Counter(node["role"]["value"] for node in tree if not node["ignored"])
    parts = ("table", "row", "columnheader", "rowheader", "cell")
    assert [roles[part] for part in parts] == [1, 3, 3, 2, 4]


def way_of_gathering(visit, gathered, language, **options):
    """Go the way of who has a wallet, from the door to leaving; yield what each page is, and the visit that is at it."""
    running, secrets = gathered
    one = visit(at=running, **options)
    yield from ((f"wallet: {name}", one) for name in _gathering(one, running, secrets, language))


def _gathering(one, running, secrets, language):
    one.go("/wallet", language)
    yield "door"
    one.go("/wallet/signed-in", language)
    yield "a sign-in that nobody began"
    one.enter_wallet(running.shared, language)
    page = one.go("/wallet", language)
    yield "empty"
    for button in ("form:has(#field-link) button", "form:has(#field-sure) button"):
        one.go("/wallet", language)
        page.locator(button).click()
        page.wait_for_load_state()
        assert page.locator("[aria-invalid]").count() == 1
        yield f"a fault, {button}"
    for state in ("valid", "revoked"):
        one.go("/wallet", language)
        page.locator("#field-link").fill(f"{running.url}/h/{secrets[state]}")
        page.locator("form:has(#field-link) button").click()
        page.wait_for_url(re.compile(r"/wallet(\?|$)"))
    yield "two"
    page.locator(".gathered a").last.click()
    page.wait_for_url(re.compile("/wallet/credentials/"))
    yield "one"
    one.go("/wallet/credentials/unknown", language)
    yield "one that there is not"
    one.go("/wallet", language)
    page.locator("#field-sure").check()
    page.locator("form[action*='/leave'] button").click()
    page.wait_for_url(re.compile("/leave"))
    yield "left"
    one.enter_wallet(running.shared, language)
    one.go("/wallet", language)
    page.locator("form[action*='/sign-out'] button").click()
    page.wait_for_url(re.compile("/sign-out"))
    yield "signed out"


def way_of_the_desk(visit, portal, language, **options):
    """Go through its door in and out; yield what each page is, and the visit that is at it."""
    one = visit(at=portal, **options)
    page = one.go("/desk", language)
    page.goto(f"{portal.url}/desk/signed-in?lang={language}")
    yield "a sign-in at the desk that nobody began", one
    one.go("/desk#signed-in", language)
    page.locator("form[action*='/sign-out'] button").click()
    page.wait_for_url(re.compile("/sign-out"))
    yield "signed out of the desk", one


def every_way(visit, portal, held, gathered, language, **options):
    """Go all of them."""
    yield from way_of_sharing(visit, held, language, **options)
    yield from way_of_verifying(visit, held, language, **options)
    yield from way_of_gathering(visit, gathered, language, **options)
    yield from way_of_the_desk(visit, portal, language, **options)


@pytest.mark.judges
@NO_AXE
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_no_violation_in_what_is_made_on_the_way(visit, portal, held, gathered, language):
    """On pages that answer what somebody did: shared, gathered, compared, had many verified, signed in or out, or did wrong."""
    found = {}
    for name, one in every_way(visit, portal, held, gathered, language, java_script_enabled=True):
        assert one.page.evaluate("document.documentElement.lang") == language
        found[name] = violations(one.page)
    assert {name: violation for name, violation in found.items() if violation} == {}


TYPE = {
    "id": "VC-1",
    "title": {"cs": "Chov včel", "en": "Beekeeping"},
    "outcomes": [{"title": {"cs": "Pozná plemena včel.", "en": "Knows breeds of bees."}}],
    "workload": {"ects": 2.5, "hours": 62.5},
    "level": {"eqf": 6},
    "thematic_areas": ["0811"],
    "languages": ["cs"],
    "participation": {"mode": "blended"},
    "assessments": [{"type": "quiz"}],
    "quality_assurance": [
        {
            "type": "institutional-quality-assurance",
            "title": {"cs": "Vnitřní hodnocení", "en": "Internal evaluation"},
        }
    ],
    "stackability": {"kind": "stackable"},
    "offering": {
        "published": True,
        "homepage": "https://skola.example/vcely",
        "price": {"amount": 1500, "currency": "CZK"},
        "run": {"starts_on": "2099-03-01", "apply_until": "2099-02-15"},
    },
}


@pytest.fixture(scope="module")
def published(run_portal, open_toy, tmp_path_factory):
    """A portal over a real archive, whose university publishes two types, of which it ended one."""
    folder = tmp_path_factory.mktemp("published")
    init_archive(f"sqlite:///{folder / 'archive.sqlite'}")
    by = {"actor": "Růžena Ďurčanská", "at": datetime(2026, 11, 30, 10, 0, tzinfo=UTC)}

    @contextmanager
    def opened(base_url):
        with open_toy(folder, base_url=base_url) as system:
            system.the_accounts().add("toy", **by)
            for type_id in ("VC-1", "VC-2"):
                system.catalogue.keep("toy", read_types(json.dumps({**TYPE, "id": type_id}).encode()), **by)
            system.catalogue.end("toy", "VC-2", **by)
            yield system

    return run_portal(over=opened)


CATALOGUE = (
    "/catalogue",
    "/catalogue?q=nic",
    "/catalogue?level=x",
    "/catalogue/toy",
    "/catalogue/toy/VC-1",
    "/catalogue/toy/VC-2",
    "/recognition",
    "/recognition?target=toy/VC-1",
)


@pytest.mark.judges
@NO_AXE
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_no_violation_in_the_catalogue(visit, published, language):
    """On its front, what was looked for and not found, an institution, a type, an ended one, and where one is chosen as a target."""
    one = visit(at=published, java_script_enabled=True)
    found = {path: violations(one.go(path, language)) for path in CATALOGUE}
    assert {path: violation for path, violation in found.items() if violation} == {}


@pytest.mark.judges
@NO_AXE
@pytest.mark.parametrize("language", [one for one in LANGUAGES if one not in {"cs", "en"}])
def test_axe_finds_no_violation_in_other_languages(visit, language):
    """On every page, in the languages in which the tests above don't look at each by itself."""
    one = visit(java_script_enabled=True)
    found = {}
    for name, path in (PAGES | FURTHER).items():
        page = one.go(path, language)
        assert page.evaluate("document.documentElement.lang") == language
        page.set_viewport_size({"width": 390, "height": 800})
        page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
        page.evaluate(AXE.read_text("utf-8"))
        found[name] = page.evaluate(VIOLATIONS)
    assert {name: violation for name, violation in found.items() if violation} == {}


# Holders who gather theirs


@pytest.fixture(scope="module")
def gathered(run_portal, with_holders, tmp_path_factory):
    """A portal with wallets, and holders' links by the state of the credential."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WALLET_SECRET", "w" * 32)
        wallet = WalletConfig("https://login.example.cz", "wallet", "env:WALLET_SECRET", "env:WALLET_SECRET")
        running = run_portal(config=PortalConfig(wallet=wallet))
    with with_holders(running.system, tmp_path_factory.mktemp("gathered")) as (_, secrets):
        yield running, secrets


@pytest.mark.parametrize(("width", "language"), [(320, "cs"), (1280, "en")])
def test_a_holder_gathers_and_removes(visit, gathered, width, language):
    """Without JavaScript, and as readable as every other page: the door, a fault, what was added, one of them, and leaving."""
    running, secrets = gathered
    one = visit(at=running, viewport={"width": width, "height": 800})
    czech = language == "cs"

    def judge(page):
        visible = page.evaluate(SEEN)
        assert [text for text in visible if text["contrast"] < 4.5] == []
        assert [text for text in visible if text["size"] < 16 and text["font"].startswith('"Portal')] == []
        assert page.evaluate(STICKING_OUT, width) == []
        fields = "[...document.querySelectorAll('input:not([type=hidden])')]"
        assert page.evaluate(f"{fields}.every((field) => field.labels.length === 1)")
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
        assert len(ids) == len(set(ids))

    judge(one.go("/wallet", language))
    assert one.context.cookies() == []
    one.enter_wallet(running.shared, language)
    page = one.go("/wallet", language)
    field, add = page.locator("#field-link"), page.locator("form.form button").first
    field.fill("x")
    add.click()
    page.wait_for_load_state()
    judge(page)
    for state in ("valid", "revoked"):
        page = one.go("/wallet", language)
        page.locator("#field-link").fill(f"{running.url}/h/{secrets[state]}")
        page.locator("form.form button").first.click()
        page.wait_for_url(re.compile(r"/wallet(\?|$)"))
    judge(page)
    assert page.locator(".gathered > li").count() == 2
    page.locator(".gathered a").last.click()
    page.wait_for_url(re.compile("/wallet/credentials/"))
    judge(page)
    assert "Tereza Černohorská" in page.locator("main").inner_text()
    page.get_by_role("button", name="Odebrat odsud" if czech else "Remove from here").click()
    page.wait_for_url(re.compile(r"/wallet(\?|$)"))
    assert page.locator(".gathered > li").count() == 1
    page.locator("#field-sure").check()
    page.get_by_role("button", name="Smazat a odhlásit" if czech else "Delete and sign out").click()
    page.wait_for_url(re.compile("/leave"))
    judge(page)
    assert one.context.cookies() == []
    assert {url for url in one.requests if not url.startswith(running.url + "/")} == set()
    assert [text for text in one.complaints if "status of 404" not in text] == []
