"""The certificate and its supplement as PDF."""

from __future__ import annotations

import time
import unicodedata
from contextlib import closing
from datetime import date
from decimal import Decimal
from functools import partial
from io import BytesIO
from itertools import pairwise

import attrs
import pypdfium2
import pytest
from mikrocert.api import (
    Branding,
    Figure,
    Item,
    LanguageMap,
    Learner,
    LearningOutcome,
    SealQuality,
    Section,
    Texts,
    View,
    Workload,
    certificate_of,
    certificates_of,
    front_of,
    view_of,
)
from mikrocert.errors import RenderError, UnrenderableError
from mikrocert.testing import PluginContract, RendererContract, example_award, example_stacked_award
from mikrocert_render_pdf import plugin as render_plugin
from mikrocert_render_pdf import renderer as renderer_module
from mikrocert_render_pdf.renderer import WeasyPrintRenderer

czech = partial(Texts().plain, language="cs")

of = LanguageMap.of
CZECH = "ěščřžýáíéúůďťňóĚŠČŘŽÝÁÍÉÚŮĎŤŇÓ"

TEXTS = Texts()


class TestPlugin(PluginContract):
    @pytest.fixture
    def plugin(self):
        return render_plugin


class TestRenderer(RendererContract):
    """The contract of renderers, with the session's renderer."""


def test_every_statement_of_the_view_is_read(view, drawn, pages_of):
    """Labels and values of all sections stand in the supplement, in every language that they have."""
    text = " ".join(pages_of(drawn(view))[1:])
    for section in view.sections:
        for item in section.items:
            for texts in (item.label, *item.values):
                for said in texts.texts.values():
                    assert said in text


def test_the_front_says_who_earned_what(view, drawn, pages_of):
    """Holder, birth, title, institution, figures, seal and record number stand on page 1, in both languages."""
    front = pages_of(drawn(view))[0]
    for text in (
        "Mikrocertifikát",
        "Micro-credential",
        "Polabská univerzita potvrzuje, že",
        "University of Polabí certifies that",
        "Tereza Černohorská",
        "datum narození 14. března 1994",
        "získává mikrocertifikát",
        "Analýza dat v jazyce Python",
        "Data Analysis in Python",
        "2,5",
        "kreditu ECTS (65 hodin)",
        "22. 6. 2026",
        "Kvalifikovaná elektronická pečeť",
        "Qualified electronic seal",
        "Polabská univerzita, IČO 12345679",
        "22. 6. 2026 ve 14:05 SELČ",
        "Evidenční číslo MU/CŽV/2026/00417",
    ):
        assert text in front


@pytest.mark.parametrize(
    ("quality", "words"),
    [
        (SealQuality.QUALIFIED, ["Kvalifikovaná elektronická pečeť", "Qualified electronic seal"]),
        (
            SealQuality.ADVANCED_QC,
            [
                "Zaručená elektronická pečeť založená na kvalifikovaném certifikátu",
                "Advanced electronic seal based on a qualified certificate",
            ],
        ),
        (SealQuality.ADVANCED, ["Zaručená elektronická pečeť Advanced electronic seal Polabská"]),
        (SealQuality.TEST, ["Zkušební elektronická pečeť", "Test electronic seal"]),
        (None, ["Elektronická pečeť Electronic seal Polabská"]),
    ],
)
def test_a_seal_is_called_what_it_was_judged_to_be(view, drawn, pages_of, *, seal_of, quality, words):
    """The words follow what was judged, and nothing more is said where nothing was."""
    text = " ".join(pages_of(drawn(view, seal=seal_of(quality))))
    for word in words:
        assert word in text
    assert ("Kvalifikovaná" in text) is (quality is SealQuality.QUALIFIED)


def test_a_seal_without_readable_owner_names_nobody(view, drawn, pages_of):
    """Where the seal certificate can't be read, the certificate says only that there is a seal."""
    pages = pages_of(drawn(view, seal=attrs.evolve(view.seal, owner=None)))
    assert "Elektronická pečeť Electronic seal Zapečetěno 22. 6. 2026" in pages[0]
    assert "Vlastník" not in " ".join(pages)


def test_without_seal_no_seal_is_spoken_of(view, drawn, pages_of):
    """Before sealing, the front has the record number alone."""
    pages = pages_of(drawn(view, seal=None))
    assert "pečeť" not in " ".join(pages)
    assert "Evidenční číslo MU/CŽV/2026/00417" in pages[0]


def test_a_test_is_marked_on_front_and_supplement(view, drawn, pages_of):
    """The strip stands on page 1 and page 2 and the foot of every page says it, also before there is a seal."""
    items = tuple(Item(f"x-{n}", of("Údaj"), (of("slovo " * 40),)) for n in range(20))
    pages = pages_of(
        drawn(view, test=True, seal=None, sections=(attrs.evolve(view.sections[0], items=items),))
    )
    strip = "Zkušební mikrocertifikát, neplatí · Test micro-credential, not valid"
    assert strip in pages[0]
    assert strip in pages[1]
    assert len(pages) > 2
    assert all("ZKUŠEBNÍ, NEPLATÍ · TEST, NOT VALID · Polabská univerzita" in page for page in pages[1:])


def test_what_is_genuine_is_not_marked_as_a_test(view, drawn, pages_of):
    """No strip on other certificates."""
    assert "zkušební" not in " ".join(pages_of(drawn(view))).casefold()


def test_the_attached_file_keeps_its_octets(view, drawn, attachment):
    """The file comes out of the PDF as it went in, under its name."""
    document = pypdfium2.PdfDocument(drawn(view))
    try:
        assert document.count_attachments() == 1
        inside = document.get_attachment(0)
        assert inside.get_name() == attachment.name
        assert bytes(inside.get_data()) == attachment.data
    finally:
        document.close()


def test_the_attachment_is_the_source_of_the_document(view, drawn):
    """PDF/A-3 asks for relationship and media type of an embedded file (ISO 19005-3, 6.8)."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    root = PdfFileReader(BytesIO(drawn(view))).root
    (entry,) = root["/AF"]
    file = entry.get_object()
    assert file["/AFRelationship"] == "/Source"
    assert file["/EF"]["/F"]["/Subtype"] in ("/application/ld+json", "/application#2fld+json")


def test_the_file_says_what_it_is(view, drawn):
    """Title, language, tags, and both conformance marks."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    root = PdfFileReader(BytesIO(drawn(view))).root
    assert root["/Lang"] == "cs"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    xmp = root["/Metadata"].data.decode()
    assert "Mikrocertifikát: Analýza dat v\u00a0jazyce Python – Tereza Černohorská" in xmp
    assert 'pdfaid:part="3"' in xmp
    assert 'pdfaid:conformance="A"' in xmp
    assert 'pdfuaid:part="1"' in xmp


def test_the_file_ends_with_a_newline(view, drawn):
    """A seal is appended to it; PDF/A asks for an end of line before (ISO 19005-3, 6.1.9)."""
    assert drawn(view).endswith(b"%%EOF\n")


def test_the_same_view_gives_the_same_octets(view, drawn, attachment, monkeypatch):
    """Neither the clock nor another renderer changes a bit."""
    first = drawn(view)
    monkeypatch.setattr(time, "time", lambda: 1_900_000_000.0)
    certificates = certificates_of(view, texts=TEXTS, file=attachment.name)
    again = WeasyPrintRenderer().document(certificates, attachment=attachment, branding=Branding())
    assert first == again


def test_czech_is_set_in_the_chosen_typefaces(view, drawn, fonts_of, pages_of):
    """Every Czech letter, in every cut, has a glyph of Source Serif or Source Sans; no fallback is embedded."""
    pdf = drawn(view, holder=CZECH, title=of(CZECH, CZECH[::-1]), awarding_body=of(CZECH, CZECH[::-1]))
    fonts = fonts_of(pdf)
    assert fonts
    assert all(name.startswith(("Mikrocert-Serif", "Mikrocert-Sans")) for name in fonts), fonts
    assert CZECH in pages_of(pdf)[0]


def test_a_no_break_hyphen_needs_no_fallback(view, drawn, fonts_of, pages_of):
    """U+2011, which the typeface lacks, is set as a hyphen, in names and in texts."""
    pdf = drawn(view, holder="Jan\u2011Ondřej Ďas", title=of("e\u2011learning"))
    assert "Jan-Ondřej Ďas" in pages_of(pdf)[0]
    assert all(font.startswith("Mikrocert-") for font in fonts_of(pdf))


@pytest.mark.parametrize("name", ["Ελένη Παπαδοπούλου", "Nguyễn Thị Phương Thảo"])
def test_greek_and_vietnamese_need_no_fallback(view, drawn, fonts_of, pages_of, name):
    """The typeface has these scripts itself."""
    pdf = drawn(view, holder=name)
    assert name in pages_of(pdf)[0]
    assert all(font.startswith("Mikrocert-") for font in fonts_of(pdf))


@pytest.mark.parametrize(
    "name",
    ["محمد الخوارزمي", "דוד בן גוריון", "王小明", "田中さくら", "김민준", "สมชาย ใจดี", "राजेश कुमार श्रीवास्तव"],
    ids=["Arabic", "Hebrew", "Chinese", "Japanese", "Korean", "Thai", "Devanagari"],
)
def test_other_scripts_come_with_their_fonts(view, drawn, fonts_of, name):
    """Whatever fonts the system has, those of the packages are embedded, and the rest keeps its own."""
    ours = fonts_of(drawn(view))
    others = fonts_of(drawn(view, holder=name)) - ours
    assert others
    assert all(font.startswith(("Mikrocert-", "Noto-Sans-CJK")) for font in others), others


@pytest.mark.parametrize("name", ["عبد الرحمن محمد الأنصاري", "דוד בן גוריון", "عبد الرحمن Novák الأنصاري"])
def test_words_of_a_name_that_is_read_from_the_right_stand_in_their_order(view, drawn, name):
    """On each line every such word begins to the left of the one before it."""
    document = pypdfium2.PdfDocument(drawn(view, holder=name))
    text = document[0].get_textpage()
    begins = []
    for word in name.split():
        found = text.search(word).get_next()
        assert found is not None, word
        left, bottom, _, _ = text.get_charbox(found[0])
        begins.append((round(bottom / 20), left))
    document.close()
    words = [
        place
        for word, place in zip(name.split(), begins, strict=True)
        if unicodedata.bidirectional(word[0]) != "L"
    ]
    for (line, before), (next_line, after) in pairwise(words):
        assert next_line < line or after < before


def test_a_character_of_no_font_is_named_in_two_languages(view, drawn):
    """It is the fault of this content alone, and the finding says which character it is."""
    with pytest.raises(UnrenderableError, match=r"U\+10FFFD") as caught:
        drawn(view, holder="Růžena \U0010fffd")
    [finding] = caught.value.findings
    assert finding.code == "no-glyph"
    assert "U+10FFFD" in czech(finding.message)


@pytest.mark.parametrize(
    "text", ["C++ <templates>", "<script>alert('ř')</script>", "{{ 7 * 7 }} {% raw %}", "&amp; &#65;"]
)
def test_markup_is_text_like_any_other(view, drawn, pages_of, text):
    """What looks like HTML or a template is read as it was written."""
    pages = pages_of(drawn(view, title=of(text), holder=text))
    assert pages[0].count(text) == 2


LONG_NAME = "prof. doc. MUDr. Mgr. Maria-Konstantina Papadopoulou Schwarzenbergová z Rožmberka, Ph.D., MBA"
LONG_TITLE = " ".join(["Interdisciplinární přístupy k prevenci kybernetických hrozeb ve zdravotnictví"] * 5)[
    :300
]


@pytest.mark.parametrize(
    ("holder", "title"),
    [
        ("Li Wu", "Č"),
        (LONG_NAME, "Úvod"),
        (LONG_NAME, LONG_TITLE),
        ("ů" * 170, "ď" * 400),
        (" ".join(["Žofie"] * 60), " ".join(["velmi dlouhý název"] * 60)),
    ],
    ids=["short", "long name", "long name and title", "no spaces", "longer than a front"],
)
def test_any_front_is_one_page(view, drawn, pages_of, holder, title):
    """However long the texts are, verification opens page 2 and nothing of the front is lost."""
    pages = pages_of(drawn(view, holder=holder, title=of(title, title)))
    assert "Ověření" in pages[1]
    assert "Evidenční číslo MU/CŽV/2026/00417" in pages[0]
    assert "22. 6. 2026" in pages[0]


def test_long_names_and_titles_are_set_smaller(view, renderer, attachment):
    """Sizes go down in steps: a name that fits one line keeps 46 points, one of many lines gets 29."""
    sizes = {
        name: next(renderer._sizes(name, "Úvod")).name
        for name in ("Jiří Ďáblík", "Kateřina Hůrková-Ďurišová", LONG_NAME)
    }
    assert list(sizes.values()) == [46, 38, 29]
    assert next(renderer._sizes("Jiří", "Úvod")).title == 25
    assert next(renderer._sizes("Jiří", LONG_TITLE)).title == 19


def test_many_outcomes_break_over_pages_under_a_repeated_head(view, drawn, pages_of):
    """Sixty outcomes are all there, numbered, and every page of the table has its head."""
    outcomes = Item(
        "outcomes",
        of("Výsledky učení", "Learning outcomes"),
        tuple(
            of(f"Výsledek číslo {n}. Ověří postup na datech z praxe.", f"Outcome number {n}.")
            for n in range(1, 61)
        ),
        6,
    )
    pages = pages_of(drawn(view, sections=(attrs.evolve(view.sections[0], items=(outcomes,)),)))
    text = " ".join(pages)
    for number in range(1, 61):
        assert f"Výsledek číslo {number}." in text
        assert f"Outcome number {number}." in text
    assert "60." in text
    tabled = [page for page in pages[1:] if "Výsledek číslo" in page]
    assert len(tabled) > 2
    assert all("Česky English" in page for page in tabled)


@pytest.mark.parametrize("title", ["Úvod do včelařství", "Řízení " * 60], ids=["short", "longest"])
def test_a_front_lies_where_the_institution_wants_it(view, drawn, picture_of, pages_of, title):
    """One that is too long for that stands, and the supplement always does; both say the same."""
    pdf = drawn(view, title=of(title, "Managing " * 45), branding=Branding(landscape=True))
    shapes = [picture_of(pdf, page=number, resolution=20).size for number in (0, 1)]
    assert [width > height for width, height in shapes] == [len(title) < 100, False]
    for words in (
        "Tereza Černohorská",
        "kreditu ECTS (65 hodin)",
        "22. 6. 2026",
        "K7mQ x4Rt 9bHz",
        "Evidenční číslo",
    ):
        assert words in pages_of(pdf)[0]


def test_languages_stand_apart_where_the_institution_wants_it(view, renderer, attachment, pages_of):
    """Each has its certificate and its supplement in one document, with one file inside."""
    certificates = certificates_of(view, texts=TEXTS, file=attachment.name, separate=True)
    pdf = renderer.document(certificates, attachment=attachment, branding=Branding())
    pages = pages_of(pdf)
    assert [("potvrzuje" in page, "certifies" in page) for page in pages] == [
        (True, False), (False, False), (False, True), (False, False),
    ]  # fmt: skip
    assert "Učení" not in pages[3]
    assert "Learning" not in pages[1]
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        assert document.count_attachments() == 1


def test_faculty_emblem_and_signatory_stand_on_the_front(view, renderer, attachment, pages_of, picture_of):
    """Where there are such."""
    signed = {"signatory": ("prof. Řehoř Ďurůžka", of("rektor", "Rector"))}
    faculty = attrs.evolve(view, unit=of("Fakulta křehkých věcí", "Faculty of Fragile Things"))
    certificates = certificates_of(faculty, texts=TEXTS, file=attachment.name, **signed)
    emblem = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#00AA00"/></svg>'
    pdf = renderer.document(certificates, attachment=attachment, branding=Branding(emblem=emblem))
    for words in (
        "Fakulta křehkých věcí",
        "Faculty of Fragile Things",
        "prof. Řehoř Ďurůžka",
        "rektor",
        "Rector",
    ):
        assert words in pages_of(pdf)[0]
    corner = picture_of(pdf, page=0, resolution=60).crop((50, 40, 100, 100)).convert("RGB")
    assert (0, 0xAA, 0) in set(corner.get_flattened_data())


def test_a_row_that_goes_on_says_with_what(view, drawn, pages_of):
    """On the next page its label stands again, on each but once."""
    outcomes = tuple(of(f"Výsledek číslo {n}.", f"Outcome number {n}.") for n in range(60))
    item = Item("outcomes", of("Výsledky učení", "Learning outcomes"), outcomes, 6)
    pages = pages_of(drawn(view, sections=(attrs.evolve(view.sections[0], items=(item,)),)))
    going_on = [page for page in pages if "Výsledek číslo" in page][1:]
    assert going_on
    assert all(page.count("Výsledky učení (pokračování)") == 1 for page in going_on)
    assert all(page.count("Learning outcomes (continued)") == 1 for page in going_on)


def test_the_usual_award_takes_three_pages(drawn, pages_of, seal_of):
    """The certificate and both sides of one more sheet, with every element of Annex I and the notes."""
    usual = view_of(
        example_award(), identifier="K7mQx4Rt9bHz", link="https://mikrocertifikat.cz/verify/K7mQx4Rt9bHz"
    )
    assert len(pages_of(drawn(attrs.evolve(usual, seal=seal_of(SealQuality.QUALIFIED))))) == 3


@pytest.mark.parametrize("rows", [9, 10, 11, 12, 13, 14, 32, 33])
def test_no_page_break_swallows_text(view, drawn, pages_of, rows):
    """Wherever the table ends on its page, nothing is lost and no page holds less than a row; seal and file are spoken of on page 2."""
    items = tuple(Item(f"x-{n}", of(f"Údaj {n}", "Datum"), (of(f"Hodnota {n}."),)) for n in range(rows))
    pages = pages_of(drawn(view, sections=(Section("details", of("Údaje", "Data"), items),)))
    text = " ".join(pages[1:])
    assert all(f"Hodnota {n}." in text for n in range(rows))
    assert all("Hodnota" in page for page in pages[1:])
    assert "Pečeť Seal" in pages[1]
    assert "který lze ověřit samostatně." in pages[1]
    assert "can be verified on its own." in pages[1]


def test_a_text_taller_than_a_page_is_read_to_its_end(view, drawn, pages_of):
    """One value of eight thousand characters, and the items after it, lose no word at the page breaks."""
    words = [f"slovo{n}" for n in range(800)]
    items = (
        Item(
            "further",
            of("Další informace", "Further information"),
            (of(" ".join(words), " ".join(words[:400])),),
        ),
        Item("last", of("Poslední údaj", "Last item"), (of("úplný konec", "the very end"),)),
    )
    text = " ".join(pages_of(drawn(view, sections=(Section("details", of("Údaje", "Data"), items),))))
    found = text.split()
    assert [word for word in words if word not in found] == []
    assert [word for word in words[:400] if found.count(word) < 2] == []
    assert "the very end" in text


def test_what_annex_i_has_and_the_view_has_not_is_said(view, drawn, pages_of):
    """The supplement names the elements that the micro-credential does not state, and no others."""
    text = " ".join(pages_of(drawn(view)))
    said = text.partition("Mikrocertifikát neuvádí: ")[2].partition(".")[0]
    assert said.startswith("země a region, udělující škola")
    assert "výsledky učení" not in said
    assert "Not stated by the micro-credential: country and region" in text
    assert "další informace" not in said
    assert "stackability, " not in text.partition("Not stated by the micro-credential: ")[2].partition(".")[0]


@pytest.mark.parametrize("longest", [False, True])
def test_the_front_says_until_when_it_is_valid(view, drawn, pages_of, longest):
    """Where validity ends, page 1 has the day in both languages, beside the longest title and name too; else nothing."""
    changes = {"title": of("Řízení " * 60, "Managing " * 45), "holder": "Ďurůžková " * 18} if longest else {}
    pages = pages_of(drawn(view, valid_until=date(2031, 6, 22), **changes))
    assert "Platí do 22. června 2031. Valid until 22 June 2031." in pages[0]
    assert "Evidenční číslo" in pages[0]
    assert "Ověření" in pages[1]
    assert "Platí do" not in pages_of(drawn(view))[0]


def test_an_item_with_several_values_stays_on_one_page(view, drawn, pages_of):
    """No value stands at the head of a page without its label: what fits on a page is not cut."""
    items = tuple(
        Item(
            f"x-{number}", of(f"Údaj{number}x"), tuple(of(f"hodnota{number}z{value}x") for value in range(7))
        )
        for number in range(18)
    )
    pages = pages_of(drawn(view, sections=(Section("details", of("Údaje"), items),)))
    for number, item in enumerate(items):
        words = {f"Údaj{number}x", *(f"hodnota{number}z{value}x" for value, _ in enumerate(item.values))}
        assert [words <= set(page.split()) for page in pages].count(True) == 1


def test_czech_alone_is_enough(view, drawn, pages_of):
    """A Czech-only view is drawn with the fixed words in both languages and every value once."""
    czech = attrs.evolve(
        view,
        title=of("Základy první pomoci"),
        birth=None,
        awarding_body=of("Vysoká škola v Ústí"),
        figures=(Figure("credits", of("1"), of("kredit ECTS")),),
        sections=(
            Section("annex-i", of("Údaje"), (Item("title", of("Název"), (of("Základy první pomoci"),), 2),)),
        ),
        languages=("cs",),
    )
    pages = pages_of(drawn(czech))
    assert "Micro-credential" in pages[0]
    assert "Vysoká škola v Ústí certifies that" in pages[0]
    assert pages[1].count("Základy první pomoci") == 2  # in each of both columns


def test_what_two_institutions_award_is_said_of_both(drawn, pages_of):
    """Both stand on the front, the sentence is in the plural, and each component says all that it has."""
    stacked = view_of(
        example_stacked_award(), identifier="K7mQx4Rt9bHz", link="https://x.example/verify/K7mQx4Rt9bHz"
    )
    front, *supplement = (" ".join(page.split()) for page in pages_of(drawn(stacked)))
    assert "Univerzita Řípská a Vysoká škola Ďáblická potvrzují, že" in front
    assert "University of Říp and Ďáblice College certify that" in front
    assert "Ďurůžková" in front
    for words in (
        "0,5 kreditu ECTS",
        "hodnocení: B",
        "Obhajoba: 1−",
        "Odhalí chybějící údaje",
        "verify/ N4wYd8GcT2sV",
    ):
        assert words in " ".join(supplement)


def test_english_alone_is_enough(drawn, pages_of):
    """An award in English only, of hours only, of a learner without given name or birth date, has its certificate."""
    text = LanguageMap({"en": "Managing Teams"})
    award = attrs.evolve(
        example_stacked_award(),
        learner=Learner(family_name="Ďáblík"),
        title=text,
        outcomes=(LearningOutcome(text),),
        workload=Workload(hours=Decimal(30)),
        components=(),
    )
    front, supplement, *_ = (" ".join(page.split()) for page in pages_of(drawn(view_of(award))))
    assert "Ďáblík" in front
    assert "Managing Teams" in front
    assert "hours of work" in front
    assert "30 hours" in supplement


def test_a_foreign_view_has_its_own_languages(view, drawn, pages_of):
    """Without Czech, the view's best two languages lead, and the fixed words are English."""
    ethics = LanguageMap({"en": "Data ethics", "es": "Ética de datos"})
    foreign = View(
        title=ethics,
        holder="José Ñúñez",
        birth=None,
        awarding_body=LanguageMap({"es": "Universidad de Ñuble"}),
        figures=(),
        sections=(
            Section("annex-i", of("Údaje", "Data"), (Item("title", of("Název", "Title"), (ethics,), 2),)),
        ),
        languages=("en", "es"),
    )
    pages = pages_of(drawn(foreign))
    assert "Universidad de Ñuble certifies that" in pages[0]
    assert "English Español" in pages[1]
    assert "Data ethics Ética de datos" in pages[1]


def test_a_third_language_is_not_lost(view, drawn, pages_of):
    """A value in more languages than there are columns has them below, each named."""
    said = LanguageMap({"cs": "Čeština", "en": "Czech", "de": "Tschechisch", "pl": "Czeski"})
    item = Item("language", of("Jazyk", "Language"), (said,), 10)
    text = " ".join(pages_of(drawn(view, sections=(attrs.evolve(view.sections[0], items=(item,)),))))
    assert "Deutsch: Tschechisch" in text
    assert "Polski: Czeski" in text


def test_nothing_but_a_title_is_enough(drawn, pages_of):
    """A view that has nothing else is drawn without holder, figures, link and dates."""
    bare = View(of("Úvod"), None, None, of("Škola"), (), ())
    pages = pages_of(drawn(bare))
    assert "Škola uděluje" in pages[0]
    assert "získává" not in pages[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"holder": "a" * 8001}, "holder: 8001 characters"),
        ({"holder": "Jan\u0000 Ř"}, "holder: U[+]0000"),
        ({"title": of("Zlé \ud800")}, "title: U[+]D800"),
        ({"link": "javascript:alert(1)"}, "link: 'javascript:alert\\(1\\)' is no web address"),
        ({"link": "https://example.org/" + "ř" * 5000}, "too many for a QR code"),
    ],
    ids=["too long", "NUL", "lone surrogate", "script for a link", "endless link"],
)
def test_what_can_not_be_set_is_refused(view, drawn, changes, message):
    """Huge texts and control characters end in an error that names the place."""
    with pytest.raises(RenderError, match=message):
        drawn(view, **changes)


def test_all_faults_are_named_at_once(view, drawn):
    """A view with three faults gets one error that names the three."""
    with pytest.raises(RenderError, match=r"holder.*; evidence_number.*; title"):
        drawn(view, holder="\x01", evidence_number="\x02", title=of("\x03"))


def test_a_view_as_long_as_a_book_is_refused(view, drawn):
    """All texts together have a limit too, so that no file keeps the machine busy."""
    items = tuple(Item(f"x-{n}", of("Ř"), (of("slovo " * 1200),)) for n in range(20))
    with pytest.raises(RenderError, match="all texts together"):
        drawn(view, sections=(Section("annex-i", of("Údaje"), items),))


SURE = {  # what the view has → whether it can surely be drawn
    "usual": ({}, True),
    "another alphabet that the fonts have": ({"holder": "Ђорђе Ђурић"}, True),
    "a name that needs another font": ({"holder": "山田 太郎"}, False),
    "a title that needs another font": ({"title": of("Úvod do 漢字", "Kanji")}, False),
    "a long name": ({"holder": "Ďurišová " * 12}, False),
    "a long title": ({"title": of("Řízení včelařských podniků " * 8, "Bees")}, False),
    "a long second title": ({"title": of("Včely", "Managing apiaries and their bees " * 8)}, False),
    "many who award": ({"awarding_body": of("Vysoká škola řemesel, " * 5, "Crafts")}, False),
}


@pytest.mark.parametrize("name", SURE)
def test_what_can_surely_be_drawn_is_known_by_its_texts(view, renderer, name):
    """Only what has characters of our fonts and is short enough needs no drawing to be judged."""
    changes, sure = SURE[name]
    assert (
        renderer.surely_draws(
            certificate_of(attrs.evolve(view, **changes), languages=("cs", "en"), texts=TEXTS)
        )
        is sure
    )


@pytest.mark.system
def test_what_can_surely_be_drawn_fits_at_once(view, renderer, pictured, monkeypatch):
    """The widest texts that pass fit the front in the usual sizes, so that they are drawn without a second try."""
    tried = []
    fits = renderer_module._fits
    monkeypatch.setattr(renderer_module, "_fits", lambda document: tried.append(fits(document)) or tried[-1])
    widest = {
        "holder": "Ďurišová-Řehořová " * 2,
        "title": of("Řízení malých včelařských podniků v Čechách a na Moravě", "Managing small apiaries in Bohemia and in Moravia now"),
        "awarding_body": of("Vysoká škola včelařská ve Vyšších Řešicích, "[:40] * 2, "Beekeeping University of the Upper Lands "[:40] * 2),
    }  # fmt: skip
    full = attrs.evolve(view, **widest)
    assert renderer.surely_draws(front_of(full, language="cs", texts=TEXTS))
    assert pictured(full)
    assert tried == [True]
