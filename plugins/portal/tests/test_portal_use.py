"""What a holder takes elsewhere: links, lines, badges, a reminder; whatever the credential says, and never what is only the holder's to tell."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime
from functools import partial
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from mikrocert.api import LanguageMap, Message, Texts
from mikrocert_portal.use.badges import FORMS, badge_html, badge_svg
from mikrocert_portal.use.facts import Facts, clipped, facts_of
from mikrocert_portal.use.lines import vitae_lines
from mikrocert_portal.use.linkedin import linkedin_link
from mikrocert_portal.use.reminder import expiry_reminder
from mikrocert_portal.use.use import use_file, use_of
from mikrocert_templates import folder

TEXTS = Texts(["mikrocert_portal"])
AT = datetime(2026, 11, 30, 16, 5, 9, tzinfo=UTC)
ADDRESS = "https://mikrocertifikat.cz/verify/K7mQx4Rt9bHz"
TITLES = {
    "usual": "Analýza dat v jazyce Python",
    "markup": "<script>alert(\"x\")</script> & 'y' --> ]]>",
    "a calendar": "END:VEVENT\r\nBEGIN:VALARM\nACTION:EMAIL; \\, x",
    "an address": "x&certUrl=https://evil.example/#?",
    "a template": "{{ 7 * 7 }} {title} %(x)s",
    "one word": "Ž" * 300,
    "many words": "Základy strojového učení pro zdravotnický výzkum " * 6,
    "turned around": "abc\u202edef\u2066ghi",
    "from the right": "مقدمة في تحليل البيانات",
    "wide": "医学研究中的数据分析" * 10,
    "pictures": "👩‍🔬🏳️‍🌈" * 40,
    "lines": "a\nb\tc\u2028d\x00e\x1b[31m",
}


def facts(title=TITLES["usual"], **changes):
    """Return facts about a micro-credential of this title."""
    made = Facts(
        title=title, body="Polabská univerzita", measures=("6 kreditů ECTS", "úroveň EQF 7"), awarded_on=date(2026, 6, 22),
        valid_until=date(2029, 6, 30), identifier="K7mQx4Rt9bHz", address=ADDRESS, language="cs",
    )  # fmt: skip
    return attrs.evolve(made, **changes)


@pytest.fixture
def view_of(reports):
    """Returns the view of a valid micro-credential with this title."""
    view = reports["valid"].view

    def make(title=TITLES["usual"], **changes):
        return attrs.evolve(view, title=LanguageMap.of(title), **changes)

    return make


# Facts


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_facts_are_plain_text_in_one_line(view_of, title):
    """Nothing in them steers lines or directions around them."""
    made = facts_of(view_of(title), address=ADDRESS, texts=TEXTS, language="cs")
    assert made.title
    assert not re.search(
        "[\\x00-\\x1f\\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]", f"{made.title}{made.body}"
    )
    assert made.title == " ".join(made.title.split())


@pytest.mark.parametrize("language", ["cs", "en"])
def test_nothing_personal_goes_anywhere(reports, language):
    """Neither name nor birth nor grade, in whatever is taken along."""
    report = attrs.evolve(
        reports["valid"], view=attrs.evolve(reports["valid"].view, valid_until=date(2029, 6, 30))
    )
    use = use_of(report, address=ADDRESS, texts=TEXTS, language=language)
    assert use is not None
    names = [use.reminder, *(badge.file for badge in use.badges)]
    files = [use_file(report, name, address=ADDRESS, texts=TEXTS, language=language, at=AT) for name in names]
    everything = repr(use) + "".join(file.content.decode() for file in files)
    assert "Černohorská" in repr(report.view)
    for personal in ("Tereza", "Černohorsk", "1994", "Hradiště", "výborně", "excellent"):
        assert personal not in everything


@pytest.mark.parametrize(
    "name", ["revoked", "replaced", "expired", "changed", "undetermined", "unusable", "foreign"]
)
def test_only_what_is_valid_is_taken_along(reports, name):
    """Nobody spreads what was revoked, replaced, has ended or isn't proven."""
    assert use_of(reports[name], address=ADDRESS, texts=TEXTS, language="cs") is None
    wanted = partial(use_file, reports[name], address=ADDRESS, texts=TEXTS, language="cs", at=AT)
    assert wanted("badge-plaque-cs.svg") is None
    assert wanted("validity.ics") is None


def test_a_test_says_that_it_is_one_wherever_it_goes(reports):
    """In the name on LinkedIn, in lines and on badges, whose frame is broken, too."""
    use = use_of(reports["test"], address=ADDRESS, texts=TEXTS, language="en")
    assert use.test
    assert parse_qs(urlsplit(use.linkedin).query)["name"][0].startswith("TEST – ")
    assert all("TEST – " in vitae.lines[0] for vitae in use.vitae)
    assert all("TEST – " in badge.html and "stroke-dasharray" in badge.html for badge in use.badges)


@given(st.text(max_size=400), st.integers(min_value=2, max_value=300))
def test_what_is_cut_fits_and_is_a_beginning(text, most):
    """It has at most so many characters, and all but the ellipsis begin the text."""
    cut = clipped(text, most=most)
    assert len(cut) <= most
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))


# LinkedIn


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_linkedin_gets_every_field_once_and_no_other(view_of, title):
    """Whatever the title is, it stays in its field; addresses have one language of signs."""
    made = facts_of(
        view_of(title, valid_until=date(2029, 6, 30)), address=ADDRESS, texts=TEXTS, language="cs"
    )
    link = linkedin_link(made)
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == (
        "https",
        "www.linkedin.com",
        "/profile/add",
        "",
    )
    fields = parse_qs(parts.query, strict_parsing=True)
    assert {name: values[0] for name, values in fields.items() if name not in {"name", "organizationName"}} == {
        "startTask": "CERTIFICATION_NAME", "issueYear": "2026", "issueMonth": "6", "expirationYear": "2029",
        "expirationMonth": "6", "certUrl": ADDRESS, "certId": "K7mQx4Rt9bHz",
    }  # fmt: skip
    assert all(len(values) == 1 for values in fields.values())
    assert made.title.startswith(fields["name"][0].removesuffix("…"))
    assert link.isascii()


def test_linkedin_gets_no_field_without_its_fact():
    """No end, no awarding date, no identifier; a number of a page stands in for the name."""
    link = linkedin_link(facts(awarded_on=None, valid_until=None, identifier=None), organization_id=1234)
    assert set(parse_qs(urlsplit(link).query)) == {"startTask", "name", "organizationId", "certUrl"}


# Curriculum vitae


def test_lines_say_what_it_is_and_where_to_verify_it(view_of):
    """In each language, on two lines."""
    view = view_of(valid_until=date(2029, 6, 30))
    assert vitae_lines(view, address=ADDRESS, texts=TEXTS, language="cs") == (
        (
            "Analýza dat v jazyce Python (mikrocertifikát), Polabská univerzita, 6 kreditů ECTS (150 hodin), úroveň EQF 7, "
            "22.\xa06. 2026, platí do 30.\xa0června 2029"
        ),
        f"Ověření: {ADDRESS}",
    )
    english = vitae_lines(attrs.evolve(view, valid_until=None), address=ADDRESS, texts=TEXTS, language="en")
    assert english[0].endswith(
        "University of Polabí, 6 ECTS credits (150 hours), EQF level 7, 22\xa0June 2026"
    )


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_a_line_stays_a_line(view_of, title):
    """Whatever the title is."""
    for line in vitae_lines(view_of(title), address=ADDRESS, texts=TEXTS, language="cs"):
        assert len(line.splitlines()) == 1


# Reminder


def unfolded(calendar):
    """The content lines of a calendar; they end in CRLF, no line is longer than 75 octets or ends within a character."""
    assert calendar.endswith(b"\r\n")
    pieces = calendar.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(piece) <= 75 for piece in pieces)
    assert all(piece.decode() is not None and b"\n" not in piece and b"\r" not in piece for piece in pieces)
    return b"\r\n".join(pieces).replace(b"\r\n ", b"").decode().split("\r\n")


def text_of(value):
    """The text that a value of type TEXT stands for."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


@given(st.text(max_size=300), st.text(max_size=100))
def test_a_calendar_holds_what_was_put_into_it(title, body):
    """One event and one alarm, and each text comes back as it was, whatever characters it has."""
    title, body = (re.sub("[\r\n\ud800-\udfff]", " ", text) for text in (title, body))
    lines = unfolded(expiry_reminder(facts(title, body=body), texts=TEXTS, at=AT))
    assert [line for line in lines if line.startswith(("BEGIN:", "END:"))] == [
        "BEGIN:VCALENDAR", "BEGIN:VEVENT", "BEGIN:VALARM", "END:VALARM", "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    (summary,) = [line for line in lines if line.startswith("SUMMARY")]
    assert text_of(summary.partition(":")[2]) == TEXTS.plain(
        Message("Validity ends: {title}", {"title": title}), "cs"
    )


def test_a_reminder_is_of_the_whole_last_day_and_comes_four_weeks_before():
    """It is all day, takes no time, is nobody else's, and is the same event when it is downloaded again."""
    lines = unfolded(expiry_reminder(facts(), texts=TEXTS, at=AT))
    assert lines[:4] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//mikrocert//portal//EN",
        "CALSCALE:GREGORIAN",
    ]
    for line in (
        "DTSTART;VALUE=DATE:20290630", "DTSTAMP:20261130T160509Z", "TRIGGER:-P4W", "ACTION:DISPLAY", f"URL:{ADDRESS}",
        "CLASS:PRIVATE", "TRANSP:TRANSPARENT",
    ):  # fmt: skip
        assert lines.count(line) == 1
    again = unfolded(expiry_reminder(facts("Jiný název"), texts=TEXTS, at=AT.replace(year=2027)))
    assert [line for line in lines if line.startswith("UID:")] == [
        line for line in again if line.startswith("UID:")
    ]


def test_what_has_no_end_needs_no_reminder():
    """Neither is there a file, nor is one offered."""
    assert expiry_reminder(facts(valid_until=None), texts=TEXTS, at=AT) is None


def test_the_last_day_of_the_calendar_is_a_day():
    """Its event has no end to be computed."""
    assert b"DTSTART;VALUE=DATE:99991231" in expiry_reminder(facts(valid_until=date.max), texts=TEXTS, at=AT)


# Badges

NAMESPACE = "{http://www.w3.org/2000/svg}"
DRAWN = {"svg", "title", "rect", "g", "path", "circle", "text"}
HARMLESS = {
    "width", "height", "viewBox", "role", "aria-labelledby", "lang", "id", "x", "y", "r", "d", "fill", "stroke", "stroke-width",
    "stroke-dasharray", "transform", "font-family", "font-size", "font-weight", "text-anchor",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_a_badge_is_a_picture_and_nothing_else(view_of, form, title):
    """It is well-formed, runs and loads nothing, styles nothing around it, and can be read out."""
    made = facts_of(view_of(title), address=ADDRESS, texts=TEXTS, language="cs")
    root = ET.fromstring(badge_svg(made, form=form, texts=TEXTS))
    assert {element.tag.removeprefix(NAMESPACE) for element in root.iter()} <= DRAWN
    assert {name for element in root.iter() for name in element.attrib} <= HARMLESS
    label = root.find(f"{NAMESPACE}title")
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == label.get("id")
    assert made.title in label.text
    assert "Polabská univerzita" in label.text


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_no_line_of_a_badge_leaves_it(view_of, form, title):
    """Lines stand below each other within the frame, and each fits its width by its letters."""
    made = facts_of(view_of(title), address=ADDRESS, texts=TEXTS, language="cs")
    lines = ET.fromstring(badge_svg(made, form=form, texts=TEXTS)).findall(f"{NAMESPACE}text")
    heights = [int(line.get("y")) for line in lines]
    assert heights == sorted(set(heights))
    assert max(heights) <= form.height - 10
    assert all(len(line.text) * int(line.get("font-size")) * 0.56 <= form.room + 1 for line in lines)


class Tags(HTMLParser):
    """Collects what a piece of HTML opens."""

    def __init__(self):
        super().__init__()
        self.opened = []

    def handle_starttag(self, tag, attrs):
        self.opened.append((tag, dict(attrs)))


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_an_embedded_badge_is_one_link_to_the_verification(view_of, title):
    """No script, no style, nothing that is loaded, and no address but the one of the verification."""
    made = facts_of(view_of(title), address=ADDRESS, texts=TEXTS, language="cs")
    for form in FORMS:
        tags = Tags()
        tags.feed(badge_html(made, form=form, texts=TEXTS))
        assert tags.opened[0] == ("a", {"href": ADDRESS, "rel": "noreferrer"})
        assert {tag for tag, _ in tags.opened[1:]} <= DRAWN
        names = {name for _, given in tags.opened[1:] for name in given}
        assert not [
            name for name in names if name.startswith("on") or name in {"href", "src", "style", "xlink:href"}
        ]


def test_badges_on_one_page_keep_their_names_apart():
    """Two of them, or one in two languages, have different ids."""
    ids = [
        re.search(
            r'id="([^"]+)"', badge_svg(facts(language=language, address=address), form=form, texts=TEXTS)
        )[1]
        for form in FORMS
        for language in ("cs", "en")
        for address in (ADDRESS, f"{ADDRESS}x")
    ]
    assert len(set(ids)) == len(ids)


# The part of the holder's page


def shown(use, language="cs"):
    """The part of the page, as the holder sees it."""
    environment = Environment(
        loader=FileSystemLoader(str(folder("portal"))), autoescape=True, undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )  # fmt: skip
    environment.install_gettext_callables(
        lambda text: TEXTS.say(Message(text), language),
        lambda one, many, count: TEXTS.say(Message(one, {"count": count}, many), language),
        newstyle=True,
    )
    return environment.get_template("holder_use.html").render(
        use=use, place="/h/secret", root="", chosen=False, lang=language
    )


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_the_page_offers_all_of_it(reports, title):
    """Every file that it links is there, texts to be copied are those that were made, and the title breaks nothing out."""
    view = attrs.evolve(reports["valid"].view, title=LanguageMap.of(title), valid_until=date(2029, 6, 30))
    report = attrs.evolve(reports["valid"], view=view)
    use = use_of(report, address=ADDRESS, texts=TEXTS, language="cs")
    page = shown(use)
    linked = re.findall(r'href="/h/secret/([^"]+)"', page)
    assert linked == [*(badge.file for badge in use.badges), "validity.ics"]
    for name in linked:
        file = use_file(report, name, address=ADDRESS, texts=TEXTS, language="cs", at=AT)
        assert (file.name, bool(file.content)) == (name, True)
    tags = Tags()
    tags.feed(page)
    assert "script" not in {tag for tag, _ in tags.opened}
    ids = [given["id"] for _, given in tags.opened if "id" in given]
    assert len(ids) == len(set(ids))
    assert use_file(report, "other.svg", address=ADDRESS, texts=TEXTS, language="cs", at=AT) is None


def test_without_an_end_there_is_no_reminder_on_the_page(reports):
    """And where nothing can be taken along, there is no such part at all."""
    page = shown(use_of(reports["valid"], address=ADDRESS, texts=TEXTS, language="cs"))
    assert ".ics" not in page
    assert shown(None).strip() == ""


# Preview


def test_a_preview_tells_nothing_of_what_a_link_leads_to(system, reports):
    """It is the same for every page of a language, whatever the page says."""
    from litestar.testing import TestClient
    from mikrocert_portal.app import create_app

    with TestClient(create_app(system)) as client:
        pages = [
            client.get(f"{path}?lang=cs").text
            for path in ("/", "/verify/K7mQx4Rt9bHz", "/verify/Rev4x4Rt9bHz", "/nothing")
        ]
    previews = {tuple(re.findall(r'<meta (?:property="og:|name="twitter:)[^>]+>', page)) for page in pages}
    assert len(previews) == 1
    (preview,) = previews
    assert len(preview) == 6
