"""The certificate and its supplement as PDF, drawn by Typst."""

from __future__ import annotations

import re
import unicodedata
from contextlib import closing, suppress
from io import BytesIO

import attrs
import pypdfium2
import pytest
from mikrocert.api import Branding, Figure, Item, LanguageMap
from mikrocert.errors import RenderError, UnrenderableError
from mikrocert.testing import PluginContract, RendererContract, texts_to_read
from mikrocert_render_typst import plugin as typst_plugin
from mikrocert_render_typst.finish import finish
from pyhanko.pdf_utils.reader import PdfFileReader

of = LanguageMap.of


class TestPlugin(PluginContract):
    @pytest.fixture
    def plugin(self):
        return typst_plugin


class TestRenderer(RendererContract):
    """The contract of renderers, with the session's renderer."""


def bare(text: str) -> str:
    """Return a text as two readers of one page agree on it: composed, without spaces, ends of lines and controls."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        c for c in composed if not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc", "Cn"}
    )


def unread(renderer, certificates, pdf):
    """Return the texts of certificates that are not read in their document."""
    read = bare("".join(renderer.text(pdf)))
    return [
        text for certificate in certificates for text in texts_to_read(certificate) if bare(text) not in read
    ]


SIGNATORY = (
    "prof. RNDr. Ondřej Ďurech, CSc.",
    of("děkan Fakulty informatiky", "Dean of the Faculty of Informatics"),
)
KINDS = {  # certificates of all kinds: changes of the usual one, and how it looks
    "usual": ({}, {}),
    "a test": ({"test": True}, {}),
    "lying": ({}, {"landscape": True}),
    "signed by a person": ({"signatory": SIGNATORY}, {}),
    "signed, lying": ({"signatory": SIGNATORY}, {"landscape": True}),
    "one language": ({"languages": ("en",)}, {}),
    "one after the other": ({"separate": True}, {}),
    "English first": ({"languages": ("en", "cs")}, {}),
    "nobody named": ({"holder": None, "birth": None}, {}),
    "nothing optional": ({"holder": None, "birth": None, "seal": None, "link": None, "identifier": None, "figures": (), "unit": None, "evidence_number": None, "awarded_on": None}, {}),
    "ligatures": ({"holder": "Jiří Officiál fi ffi fl Ďáblík", "title": of("Efficient workflow, first office", "Efficient workflow")}, {}),
    "words as figures": ({"figures": (Figure("grade", of("absolvoval s vyznamenáním", "passed with distinction"), of("hodnocení", "grade")), Figure("date", of("8. 6. 2026", "8 June 2026"), of("udělen", "awarded")))}, {}),
    "a long name and a long title": ({"holder": "doc. MUDr. Mgr. Maria-Konstantina Papadopoulou Schwarzenbergová-Ďurišová, Ph.D., MBA", "title": of("Interdisciplinární přístupy k prevenci kybernetických hrozeb ve zdravotnických zařízeních a k ochraně osobních údajů pacientů podle evropského práva", "Interdisciplinary Approaches to Preventing Cyber Threats in Healthcare Facilities and to Protecting Patients’ Personal Data under European Law")}, {}),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_of_a_certificate_is_read_back(view, drawn, certified, renderer, kind):
    """What a program reads on the pages is what the certificate says, in logical order, each text as a whole."""
    changes, look = KINDS[kind]
    certificates = certified(view, **changes)
    pdf = drawn(view, branding=Branding(**look), **changes)
    assert unread(renderer, certificates, pdf) == []


NAMES = {
    "Arabic": "محمد عبد الرحمن الأنصاري",
    "Hebrew": "דוד בן גוריון",
    "Vietnamese": "Nguyễn Thị Phương Thảo",
    "Chinese": "王小明",
    "Japanese": "田中さくら",
    "Korean": "김민준",
    "Greek": "Παπαδοπούλου Ελένη",
    "Cyrillic": "Владимир Њујић",
    "Thai": "สมชาย ใจดี",
    "Devanagari": "राजेश कुमार श्रीवास्तव",
    "decomposed": unicodedata.normalize("NFD", "Řehoř Ďurišův"),
    "with an apostrophe": "Sinéad O’Brien-Škvorecká",
}


@pytest.mark.parametrize("script", NAMES)
def test_a_name_is_set_and_read_back_in_its_own_script(view, drawn, certified, renderer, script):
    """Packaged fonts have the scripts that names come in."""
    changes = {"holder": NAMES[script]}
    assert unread(renderer, certified(view, **changes), drawn(view, **changes)) == []


@pytest.mark.parametrize(
    "name",
    [
        "#let x = 1",
        "*bold* _it_ `c`",
        "$x^2$ @ref <label>",
        "\\ // /* --- ~",
        '"] #panic("x") [',
        "{{ 7 * 7 }} {% raw %}",
    ],
)
def test_the_signs_of_typst_are_letters_of_a_name(view, drawn, certified, renderer, name):
    """No text of a certificate is ever a part of a source."""
    changes = {"holder": name, "title": of(name, name)}
    assert unread(renderer, certified(view, **changes), drawn(view, **changes)) == []


def test_a_character_that_no_font_has_is_refused(view, drawn):
    """Rather no certificate than one with an empty box; the character is named."""
    with pytest.raises(UnrenderableError, match=r"no font at hand has \U000F0000 \(U\+F0000\)") as refused:
        drawn(view, holder="Ďas \U000f0000")
    assert [finding.code for finding in refused.value.findings] == ["no-glyph"]


def test_a_front_that_is_too_full_is_refused(view, drawn):
    """Nothing is cut off: what doesn't fit in the smallest type is refused, for this record."""
    with pytest.raises(UnrenderableError, match="does not fit one page") as refused:
        drawn(view, awarding_body=of("Řípská univerzita " * 150, "University"))
    assert [finding.code for finding in refused.value.findings] == ["does-not-fit"]


def test_long_words_break_where_they_must(view, drawn, picture_of):
    """A word without end stays within the margins."""
    picture = picture_of(drawn(view, holder="ů" * 170, title=of("ř" * 300, "ř" * 300)), page=0, resolution=50)
    right = picture.crop((picture.width - 40, 0, picture.width, picture.height))
    assert right.convert("L").getextrema() == (255, 255)


def test_certificate_and_supplement_of_a_usual_award_are_three_pages(view, drawn, pages_of):
    """The certificate, and both sides of one sheet; notes stand beside the verification, not on a page of their own."""
    for changes in ({}, {"test": True}):
        pages = pages_of(drawn(view, **changes))
        assert len(pages) == 3
        assert "O mikrocertifikátu" in pages[1]


def many_outcomes(view, count):
    outcomes = tuple(of(f"Výsledek {number}: navrhne a obhájí opatření v povodí, zdůvodní volbu modelu a vyhodnotí nejistotu výpočtu.", f"Outcome {number}: designs and defends measures in a catchment, justifies the model and evaluates uncertainty.") for number in range(1, count + 1))  # fmt: skip
    annex, *others = view.sections
    items = tuple(
        attrs.evolve(item, values=outcomes) if item.key == "outcomes" else item for item in annex.items
    )
    return attrs.evolve(view, sections=(attrs.evolve(annex, items=items), *others))


def test_a_row_that_goes_on_says_so_on_each_page(view, drawn, pages_of):
    """Where an element continues on the next page, its label is repeated there, and only there."""
    pages = pages_of(drawn(many_outcomes(view, 40)))
    holding = [number for number, page in enumerate(pages) if re.search(r"Výsledek \d", page) and number]
    assert len(holding) > 2
    for number in holding:
        assert pages[number].count("Výsledky učení (pokračování)") == (0 if number == holding[0] else 1), (
            number
        )
        assert pages[number].count("Learning outcomes (continued)") == (0 if number == holding[0] else 1), (
            number
        )


def test_a_front_of_an_institution_can_lie(view, drawn, picture_of):
    """Only the certificate lies; its supplement stands."""
    pdf = drawn(view, branding=Branding(landscape=True))
    front, back = (picture_of(pdf, page=page, resolution=20).size for page in (0, 1))
    assert front == back[::-1]
    assert front[0] > front[1]


def test_the_same_arguments_give_the_same_octets(view, certified, attachment, renderer):
    """No clock and no chance, whatever was drawn in between, by whichever renderer."""
    certificates = certified(view)
    first = renderer.document(certificates, attachment=attachment, branding=Branding())
    renderer.document(
        certified(view, holder="王小明"), attachment=attachment, branding=Branding(landscape=True)
    )
    with type(renderer)() as other:
        assert other.document(certificates, attachment=attachment, branding=Branding()) == first
    assert renderer.document(certificates, attachment=attachment, branding=Branding()) == first


def test_the_file_ends_with_a_line(view, drawn):
    """Without it, a seal of a later revision breaks ISO 19005-3, 6.1.9."""
    assert drawn(view).endswith(b"%%EOF\n")


@pytest.fixture
def opened():
    """A PDF as pyHanko reads it."""
    return lambda pdf: PdfFileReader(BytesIO(pdf))


def test_the_file_says_what_it_is(view, drawn, opened):
    """Title, author, date of the seal, language and display of the title are in the file."""
    reader = opened(drawn(view))
    info, root = reader.trailer_view["/Info"], reader.root
    assert info["/Title"] == "Mikrocertifikát: Základy kybernetické bezpečnosti – Tereza Černohorská"
    assert info["/Author"] == "Řípská univerzita"
    assert str(info["/CreationDate"]).startswith("D:20260622120500")
    assert str(root["/Lang"]).startswith("cs")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert root["/MarkInfo"]["/Marked"]


def test_the_sealed_file_is_enclosed_octet_for_octet(view, drawn, opened, attachment):
    """Under its name, as the source of the document."""
    root = opened(drawn(view)).root
    specification = root["/AF"][0].get_object()
    assert len(root["/AF"]) == 1
    assert specification["/AFRelationship"] == "/Source"
    assert specification["/UF"] == attachment.name
    assert specification["/EF"]["/F"].data == attachment.data
    assert specification["/EF"]["/F"]["/Subtype"] == "/application/ld+json"


def elements(node, kind=None):
    """Give the elements of a structure tree, depth first."""
    node = node.get_object()
    if not hasattr(node, "get"):
        return
    if node.get("/S") is not None and kind in {None, str(node["/S"])}:
        yield node
    children = node.get("/K")
    if children is None:
        return
    for child in children if isinstance(children, list) else [children]:
        if not isinstance(child, int):
            yield from elements(child, kind)


def test_each_row_of_a_table_has_its_head(view, drawn, opened):
    """A reader who goes from cell to cell hears the label of the row and the language of the column; a line that goes on has none."""
    tree = opened(drawn(view)).root["/StructTreeRoot"]
    rows = [list(elements(row)) for body in elements(tree, "/TBody") for row in elements(body, "/TR")]
    assert len([row for row in rows if "/TH" in [str(part["/S"]) for part in row]]) > len(
        view.sections[0].items
    )
    for row in rows:
        cells = [cell for cell in row if cell["/S"] in {"/TH", "/TD"}]
        heads = [cell["/A"][0].get("/Scope") for cell in cells if cell["/S"] == "/TH"]
        going_on = not heads and cells[0]["/K"] == []
        assert going_on or heads == ["/Row"], [str(cell["/S"]) for cell in cells]
        assert going_on or not [cell for cell in cells if "/Headers" in cell["/A"][0]]


def test_a_file_that_typst_did_not_write_so_is_refused():
    """Rather no certificate than one whose structure nobody understood."""
    for pdf in (b"", b"%PDF-1.7\n", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nxref\n0 2\nx"):
        with pytest.raises(RenderError, match="the PDF that Typst wrote"):
            finish(pdf)


def test_structure_is_what_a_reader_hears(view, drawn, opened):
    """The name is the first heading, tables have heads, the QR code has an alternative text, and English parts say that they are."""
    tree = opened(drawn(view)).root["/StructTreeRoot"]
    kinds = [str(element["/S"]) for element in elements(tree)]
    assert kinds.index("/H1") < kinds.index("/H2") < kinds.index("/Table")
    assert kinds.count("/TH") >= 4
    assert {"/Link", "/Figure"} <= set(kinds)
    figures = list(elements(tree, "/Figure"))
    assert all("https://mikrocertifikat.cz/verify/K7mQx4Rt9bHz" in str(figure["/Alt"]) for figure in figures)
    assert len(figures) == 2, "the disc is decoration"
    assert any(str(element.get("/Lang", "")).startswith("en") for element in elements(tree))


def test_addresses_break_after_a_slash(view, drawn, renderer):
    """An address is never torn inside https://, nor inside a word that fits a line."""
    with closing(pypdfium2.PdfDocument(drawn(view))) as document:
        lines = [line for page in document for line in page.get_textpage().get_text_range().splitlines()]
    assert not [line for line in lines if line.rstrip().endswith(("http:", "https:", "https:/", "https://"))]
    assert [line for line in lines if "https://www.ripska.example/" in line]


LONE = {
    "a mark alone": "\u0301",
    "a mark after a space": "Jan \u030c Novák",
    "line separator": "Jan\u00a0Novák",
    "joiners": "Ja\u200dn\u200c Nov\u00adák",
}


@pytest.mark.parametrize("name", LONE)
def test_odd_characters_are_drawn_or_refused(view, drawn, name):
    """A record with odd characters ends with a document or a refusal, and never with anything else."""
    with suppress(RenderError):
        assert drawn(view, holder=LONE[name])


def test_surely_drawn_is_drawn(view, drawn, certified, renderer):
    """What the renderer answers for without drawing can be drawn; a script that isn't ours is not answered for."""
    (certificate,) = certified(view)
    assert renderer.surely_draws(certificate)
    assert drawn(view)
    (foreign,) = certified(view, holder="王小明")
    assert not renderer.surely_draws(foreign)
    (long,) = certified(view, title=of("Dlouhý název " * 20, "Long title " * 20))
    assert not renderer.surely_draws(long)


def test_other_languages_of_a_value_are_set_too(view, drawn, certified, renderer):
    """A value in a third language stands across the columns."""
    annex, *others = view.sections
    german = Item(
        "note", of("Poznámka", "Note"), (LanguageMap({"cs": "Výborně", "en": "Well done", "de": "Sehr gut"}),)
    )
    changed = attrs.evolve(view, sections=(attrs.evolve(annex, items=(*annex.items, german)), *others))
    assert unread(renderer, certified(changed), drawn(changed)) == []
    assert "Sehr gut" in " ".join(renderer.text(drawn(changed)))
