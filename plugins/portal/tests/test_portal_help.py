"""The help: its pages, what they say of the operator, and the search over them."""

from __future__ import annotations

import csv
import re
from contextlib import ExitStack
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient
from mikrocert.api import Examination, LanguageMap, Severity
from mikrocert.settings import PrivacySettings
from mikrocert_portal.app import create_app
from mikrocert_portal.config import AccessibilityStatement, Imprint, PortalConfig
from mikrocert_portal.examining import examine_imprint
from mikrocert_portal.help.searching import (
    LONGEST_QUESTION,
    MOST_FOUND,
    Passage,
    folded,
    passages_of,
    search,
    words_of,
)
from mikrocert_portal.help.terms import TERMS
from mikrocert_portal.help.topics import TOPICS

LANGUAGES = ("cs", "en")
PATHS = ("/help", *(topic.path for topic in TOPICS))
GLOSSARY = Path(__file__).parents[3] / "docs/reference/glossary.tsv"
STATEMENT = AccessibilityStatement(
    conformance="partial",
    prepared=date(2026, 9, 1),
    reviewed=date(2026, 11, 1),
    exceptions=(LanguageMap.of("Starší osvědčení nejsou značkovaná.", "Older certificates are not tagged."),),
    contact="pristupnost@example.cz",
)
SILENT = Imprint()
IMPRINT = Imprint(
    address=LanguageMap.of("Polní 1, Brno", "Polní 1, Brno, Czechia"),
    phone="+420 123 456 789",
    more=(LanguageMap.of("Datová schránka: abc1234", "Data box: abc1234"),),
    press="tisk@example.cz",
    institutions="skoly@example.cz",
    data_protection_officer=LanguageMap.of(
        "Pověřenec, poverenec@example.cz", "Officer, poverenec@example.cz"
    ),
    privacy_notice="https://example.cz/udaje",
    accessibility=STATEMENT,
)


@pytest.fixture(scope="module")
def clients():
    """Holds the portals that were made; pages of the help depend on settings alone."""
    with ExitStack() as stack:
        yield stack, {}


@pytest.fixture
def visit(make_system, clients):
    """Returns a page of a portal whose operator says this of itself."""
    stack, made = clients

    def get(path, *, imprint=SILENT, **settings):
        key = imprint, *sorted(settings.items())
        if key not in made:
            application = create_app(make_system(**settings), config=PortalConfig(imprint=imprint))
            made[key] = stack.enter_context(TestClient(application, base_url="https://mikrocertifikat.cz"))
            made[key].follow_redirects = False
        return made[key].get(path)

    return get


def words(page):
    """The words of a page, with ordinary spaces."""
    text = re.sub(r"<(head|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).replace("\u2060", "").split())


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_there_in_every_language(visit, path):
    """It has one heading of the first level, a title, and no word of the other language or unfilled place."""
    for language in LANGUAGES:
        for imprint in (Imprint(), IMPRINT):
            response = visit(f"{path}?lang={language}", imprint=imprint)
            assert response.status_code == 200
            assert f'<html lang="{language}">' in response.text
            assert len(re.findall(r"<h1\b", response.text)) == 1
            assert "%(" not in response.text
            shown = words(response.text)
            assert language == "en" or not re.search(r"\b(the|and|of) [a-z]", shown)
            assert language == "cs" or not re.search(r"[ěřů]", shown.replace("Česky", ""))


@pytest.mark.parametrize("path", PATHS)
def test_headings_and_links_lead_somewhere(visit, path):
    """Ids are there once, sections are named by their headings, and every link of the help is answered and has its place."""
    page = visit(path, imprint=IMPRINT).text
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'aria-labelledby="([^"]+)"', page)) <= set(ids)
    for link in set(re.findall(r'href="(/help[^"]*)"', page)):
        address, _, anchor = link.partition("#")
        found = visit(address)
        assert found.status_code == 200, link
        assert not anchor or f'id="{anchor}"' in found.text, link


def test_the_page_that_was_there_before_leads_to_the_help(visit):
    """For good, in the language that the link chose, and to the places that it had."""
    response = visit("/about?lang=en")
    assert (response.status_code, response.headers["location"]) == (301, "/help?lang=en")
    assert {"how", "what", "privacy", "accessibility", "contact"} <= set(
        re.findall(r'\bid="([^"]+)"', visit("/help").text)
    )


def test_an_unknown_page_is_not_there(visit):
    """It is the page for what isn't there, and no crash."""
    assert {visit(f"/help/{name}").status_code for name in ("nothing", "search.html", "base", "..%2fx")} == {
        404
    }


# The operator


SAID = {  # member → pages that say it, and what
    "address": (("contact", "privacy"), "Polní 1"),
    "phone": (("contact",), "+420 123 456 789"),
    "more": (("contact",), "Data box: abc1234"),
    "press": (("contact", "journalists"), "tisk@example.cz"),
    "institutions": (("contact", "universities"), "skoly@example.cz"),
    "data_protection_officer": (("contact", "privacy"), "Officer, poverenec@example.cz"),
    "privacy_notice": (("privacy",), "https://example.cz/udaje"),
    "accessibility": (("accessibility",), "Older certificates are not tagged."),
}


def test_every_member_of_the_imprint_is_said_somewhere():
    """None is taken and then forgotten."""
    assert set(SAID) == {field.name for field in attrs.fields(Imprint)}


@pytest.mark.parametrize("member", SAID)
def test_what_is_set_is_said_and_what_is_not_set_is_not(visit, member):
    """On its pages, and nothing in its place without it."""
    pages, said = SAID[member]
    without = attrs.evolve(IMPRINT, **{member: () if member == "more" else None})
    for page in pages:
        assert said in words(visit(f"/help/{page}?lang=en", imprint=IMPRINT).text)
        shown = words(visit(f"/help/{page}?lang=en", imprint=without).text)
        assert said not in shown
        assert "None" not in shown


@pytest.mark.parametrize(
    ("conformance", "exceptions", "said"),
    [
        ("full", (), "The site conforms fully."),
        ("partial", STATEMENT.exceptions, "The site conforms in part"),
        ("none", STATEMENT.exceptions, "The site does not conform yet"),
    ],
)
def test_the_accessibility_statement_says_what_the_decision_asks_for(visit, conformance, exceptions, said):
    """Scope, act, state, exceptions, day and way of its preparation, contact, enforcement (Implementing Decision (EU) 2018/1523)."""
    statement = attrs.evolve(STATEMENT, conformance=conformance, exceptions=exceptions)
    shown = words(
        visit("/help/accessibility?lang=en", imprint=attrs.evolve(IMPRINT, accessibility=statement)).text
    )
    for part in (
        said, "https://mikrocertifikat.cz", "Act No. 99/2019 Coll.", "Directive (EU) 2016/2102", "1 September 2026",
        "1 November 2026", "assessment by the operator", "pristupnost@example.cz", "Digital and Information Agency",
    ):  # fmt: skip
        assert part in shown
    assert ("What is not accessible" in shown) == bool(exceptions)


def test_no_statement_is_made_for_an_operator_who_made_none(visit):
    """Neither a state of conformance nor a day."""
    shown = words(visit("/help/accessibility?lang=en").text)
    assert "has not published its accessibility statement here yet" in shown
    assert not re.search(r"conforms|was prepared on|Act No", shown)


def test_authorities_come_from_the_rule_set_unless_settings_name_others(visit):
    """So that another country's are named there, and nothing is invented where neither has one."""
    other = LanguageMap.of("Úřad jiný", "Another office")
    assert "The Office for Personal Data Protection" in words(visit("/help/privacy?lang=en").text)
    privacy = PrivacySettings(authority=other)
    assert "Another office" in words(visit("/help/privacy?lang=en", privacy=privacy).text)
    statement = attrs.evolve(STATEMENT, authority=other)
    own = visit("/help/accessibility?lang=en", imprint=Imprint(accessibility=statement)).text
    assert "Another office" in words(own)
    assert "Digital and Information Agency" not in words(own)
    for page in ("privacy", "accessibility", "contact"):
        shown = words(visit(f"/help/{page}?lang=en", imprint=IMPRINT, rule_set="unknown", operator=None).text)
        assert not re.search(r"None|Office for Personal|Digital and Information", shown)


WRONG = {
    "exceptions without need": ({"conformance": "full", "exceptions": STATEMENT.exceptions}, "conformance"),
    "need without exceptions": ({"conformance": "partial", "exceptions": ()}, "conformance"),
    "reviewed too early": ({"reviewed": date(2026, 8, 31)}, "reviewed"),
    "no address of mail": ({"contact": "nobody"}, "contact"),
}


@pytest.mark.parametrize(("changes", "told"), WRONG.values(), ids=WRONG)
def test_a_statement_that_contradicts_itself_is_refused(changes, told):
    """Before anything is published."""
    with pytest.raises(ValueError, match=told):
        attrs.evolve(STATEMENT, **changes)


AT = datetime(2026, 11, 30, tzinfo=UTC)
TO_DO = {  # what is set → what is told as to be done
    "nothing": (Imprint(), {"no-address", "no-statement"}),
    "everything": (IMPRINT, set()),
    "a statement of last year": (
        attrs.evolve(
            IMPRINT, accessibility=attrs.evolve(STATEMENT, prepared=date(2024, 1, 1), reviewed=None)
        ),
        {"old-statement"},
    ),
}


@pytest.mark.parametrize(("imprint", "codes"), TO_DO.values(), ids=TO_DO)
def test_doctor_names_what_the_operator_has_to_fill_in(imprint, codes):
    """Each with the member of its section; nothing in a sandbox."""
    found = list(examine_imprint(PortalConfig(imprint=imprint), Examination(AT)))
    assert {finding.code for finding in found if finding.severity is not Severity.INFO} == codes
    members = {field.name for field in attrs.fields(Imprint)}
    assert all(finding.path.partition(".")[2] in members for finding in found)
    assert list(examine_imprint(PortalConfig(imprint=imprint), Examination(AT, sandbox=True))) == []


# The glossary


def test_terms_are_those_of_the_glossary_that_translators_have():
    """Each is there under the very word, and none comes twice."""
    with GLOSSARY.open(encoding="utf-8", newline="") as source:
        kept = {row["en"] for row in csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE)}
    assert {term.word.text for term in TERMS} - kept == set()
    assert len({term.name for term in TERMS}) == len(TERMS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_terms_stand_in_the_order_of_the_reader(visit, language):
    """Sorted by their words in the language of the page, whatever their accents."""
    page = visit(f"/help/glossary?lang={language}").text
    shown = [folded(unescape(term)) for term in re.findall(r"<dt id=[^>]*>([^<]+)</dt>", page)]
    assert len(shown) == len(TERMS)
    assert shown == sorted(shown)


# The search

ASKED = {  # question → place that has to be among the first
    ("cs", "jak ověřit soubor"): "/help/verify#file",
    ("cs", "OVERIT SOUBOR"): "/help/verify#file",
    ("cs", "zaměstnavatelé"): "/help/employers#topic",
    ("cs", "životopis"): "/help/holders#show",
    ("cs", "pečetí"): "/help/glossary#seal",
    ("cs", "datum narozeni"): "/help/holders#show",
    ("cs", "blockchain"): "/help/journalists#words",
    ("en", "birth number"): "/help/universities#content",
    ("en", "revoked"): "/help/glossary#revoked",
    ("en", "screen reader"): "/help/accessibility#made",
    ("en", "qr code"): "/help/verify#certificate",
}


@pytest.mark.parametrize(("language", "question"), ASKED)
def test_what_people_ask_is_found(visit, language, question):
    """In the language of the page, whatever accents, cases and endings."""
    page = visit(f"/help/search?q={question}&lang={language}").text
    found = re.findall(r'<h2><a href="([^"]+)"', page)
    assert ASKED[language, question].replace("#", f"?lang={language}#") in found
    assert "<mark>" in page


HOSTILE = {
    "nothing": "",
    "blanks": "   ",
    "signs only": "?!&\"'<>",
    "markup": "<script>alert(1)</script>",
    "a template": "{{ config }} {% raw %}",
    "an expression": "(a+)+$ [x-",
    "a long one": "soubor " * 5000,
    "no such word": "xyzzyx",
    "places": "%(count)s %s {question}",
    "controls": "soubor\x00\x1b[31m\u202e",
    "half a letter": "\ud83d",
}


@pytest.mark.parametrize("question", HOSTILE.values(), ids=HOSTILE)
def test_any_question_is_answered(make_system, question):
    """The page stays whole, repeats at most what counts of the question and nothing unescaped."""
    with TestClient(create_app(make_system())) as client:
        response = client.get("/help/search", params={"q": question.encode("utf-8", "surrogatepass")})
    assert response.status_code == 200
    assert "<script" not in response.text
    typed = re.search(r'type="search" value="([^"]*)"', response.text)
    assert typed
    assert len(unescape(typed[1])) <= LONGEST_QUESTION


def test_a_search_is_neither_kept_nor_listed(visit):
    """Somebody may have typed an identifier; they are shown the way to its page instead."""
    response = visit("/help/search?q=K7mQ+x4Rt+9bHz&lang=en")
    assert response.headers["cache-control"] == "no-store"
    assert "noindex" in response.headers["x-robots-tag"]
    link = visit("/help/search?q=https://mikrocertifikat.cz/verify/K7mQx4Rt9bHz&lang=en").text
    assert 'href="/verify/K7mQx4Rt9bHz?lang=en"' in link


def test_a_chosen_language_goes_with_the_question(visit):
    """The form carries it, since a form that asks drops what its address says."""
    assert '<input type="hidden" name="lang" value="en">' in visit("/help?lang=en").text
    assert 'name="lang"' not in visit("/help").text


def test_found_passages_are_bounded_and_the_best_come_first():
    """Words in a heading count more than any number below it; equals keep their order."""
    below = [Passage("a", f"a{number}", "other", "seal " * 50) for number in range(MOST_FOUND)]
    title = Passage("b", "b", "Seal", "x")
    found = search("seal", [*below, title])
    assert [one.passage for one in found] == [title, *below[:-1]]


QUESTIONS = {  # question → whether "Ověření: pečeti školy" answers it
    "ověření škola": True,
    "overeni koly": True,
    "peče": True,
    "eče": False,
    "škola xyzzy": True,
    "škola xyzzy plugh": False,
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_words_begin_words_and_endings_may_differ(question):
    """A part within a word is not found; half of the words are enough where nothing has all."""
    passage = Passage("a", "a", "Ověření", "pečeti školy")
    assert bool(search(question, [passage])) == QUESTIONS[question]


def test_who_has_all_words_goes_before_who_has_half():
    """Half of them are enough only where nothing has all."""
    half, whole = Passage("a", "half", "Seal", "seal"), Passage("a", "whole", "x", "link and seal")
    assert [one.passage for one in search("seal link", [half, whole])] == [whole]


@given(st.text(max_size=300))
def test_folding_keeps_every_place(text):
    """A folded text is as long as the text, so that what is marked is what was found; folding again changes nothing more."""
    assert len(folded(text)) == len(text)
    assert len(words_of(text)) <= 8


@given(st.text(max_size=40), st.lists(st.text(max_size=300), max_size=3))
def test_an_excerpt_is_a_part_of_its_passage(question, texts):
    """Whatever was asked, nothing is added to the text, and what is marked begins with a word that was asked for."""
    passages = [Passage("a", str(number), "", text) for number, text in enumerate(texts)]
    for found in search(question, passages):
        assert "".join(part for part, _ in found.excerpt) in found.passage.text
        beginnings = tuple(word[:1] for word in words_of(question))
        assert all(folded(part).startswith(beginnings) for part, hit in found.excerpt if hit)


def test_a_page_is_cut_at_what_has_a_name():
    """Headings and terms with an id begin a passage; navigation, forms and what is outside the article are left out."""
    page = """<header>site</header><article><p>before</p><h1 id="topic">Ti<b>tle</b></h1><p>One.</p><p>Two &amp; three.</p>
      <form>asked</form><nav>other</nav><h3>no id</h3><dl><div><dt id="x">Term</dt><dd>Meaning</dd></div></dl></article><p>after</p>"""
    assert passages_of("a", page) == (
        Passage("a", "topic", "Title", "One. Two & three. no id"),
        Passage("a", "x", "Term", "Meaning"),
    )
