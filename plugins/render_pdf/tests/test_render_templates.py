"""Templates of an institution, and the shipped ones."""

from __future__ import annotations

import re

import pytest
from mikrocert.api import TEST_MARK, Branding
from mikrocert.errors import RenderError, SettingsError, TemplateError
from mikrocert_render_pdf.templates import read
from mikrocert_templates import folder


@pytest.fixture
def templates(tmp_path):
    """Write files into a folder of templates; return it."""

    def write(**files: str):
        for name, text in files.items():
            tmp_path.joinpath(name.replace("__", ".")).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_an_own_front_is_preferred_and_the_rest_is_shipped(view, drawn, pages_of, templates):
    """A file of the folder replaces ours; the supplement is still ours."""
    own = templates(front__html='<p id="front-end">Dóm učení: {{ front.holder }}</p>')
    pages = pages_of(drawn(view, branding=Branding(templates=own)))
    assert pages[0] == "Dóm učení: Tereza Černohorská"
    assert "Dodatek" in pages[1]


BLOCKS = {  # template → its blocks
    "front.html": ("header", "person", "achievement", "facts", "seal", "signatory", "verify"),
    "supplement.html": ("verification", "notes", "tables"),
}


def test_blocks_are_other_ones_and_the_rest_is_shipped(view, drawn, pages_of, templates):
    """A template that extends the shipped one of its name says blocks anew, and may say what stood there before."""
    files = {
        file.replace(".", "__"): f"{{% extends 'shipped/{file}' %}}"
        + "".join(
            f"{{% block {name} %}}<p>Ďáblova {name}</p>{{{{ super() }}}}{{% endblock %}}" for name in names
        )
        for file, names in BLOCKS.items()
    }
    pages = pages_of(drawn(view, branding=Branding(templates=templates(**files))))
    for page, names in zip(("\n".join(pages[:1]), "\n".join(pages[1:])), BLOCKS.values(), strict=True):
        assert all(f"Ďáblova {name}" in page for name in names)
    assert "Tereza Černohorská" in pages[0]
    assert "Dodatek" in pages[1]


def test_a_further_stylesheet_comes_after_ours(view, drawn, picture_of, templates):
    """`further.css` changes one thing and leaves the rest."""
    own = templates(further__css="@page front { size: 400mm 400mm }")
    picture = picture_of(drawn(view, branding=Branding(templates=own)), page=0, resolution=72)
    assert abs(picture.width - 1134) <= 1


def test_an_own_template_says_its_own_sentences(view, drawn, pages_of, templates):
    """A sentence that no catalogue has is said as it stands, its places filled in."""
    own = templates(
        front__html='<p id="front-end">{{ both(cs=front.holder ~ " tu byla", en=front.holder ~ " was here").lead.text }}</p>'
    )
    assert pages_of(drawn(view, branding=Branding(templates=own)))[0] == "Tereza Černohorská tu byla"


def test_an_own_stylesheet_replaces_ours(view, drawn, picture_of, templates):
    """`certificate.css` of the folder is the only stylesheet then."""
    own = templates(certificate__css="@page { size: 400mm 400mm }")
    picture = picture_of(drawn(view, branding=Branding(templates=own)), page=0, resolution=72)
    assert abs(picture.width - 1134) <= 1


def test_own_templates_are_escaped_too(view, drawn, pages_of, templates):
    """A name stays text in any template."""
    own = templates(front__html='<p id="front-end">{{ front.holder }}</p>')
    assert pages_of(drawn(view, holder="<b>Ďas</b>", branding=Branding(templates=own)))[0] == "<b>Ďas</b>"


WRONG = {  # template → what is told
    "unknown name": (
        "<p>\n{{ holdr.thing }}",
        "template 'front.html' of the certificate, line 2: 'holdr' is undefined; a template is given accent, both,",
    ),
    "unknown member": ("\n\n{{ front.holdr }}", "line 3: 'mikrocert.certificate.model.Front object' has no attribute 'holdr'"),
    "syntax": ("{% if %}", "template 'front.html' of the certificate, line 1: Expected an expression"),
    "another file": ("{% include '../secret' %}", "line 1: there is no template '../secret' beside it"),
    "division by zero": ("\n{{ 1 // 0 }}", "line 2: ZeroDivisionError; --debug"),
    "loop in a loop": (
        "{% for a in range(9999) %}{% for b in range(9999) %}{% set c = b %}{% endfor %}{% endfor %}",
        "line 1: it doesn't end",
    ),
    "a loop in a macro": (
        "{% macro m() %}{% for a in range(99999) %}{% endfor %}{% endmacro %}{{ m() }}{{ m() }}{{ m() }}",
        "line 1: it doesn't end",
    ),
    "much text": ("{{ 'ř' * 9000000 }}", "line 1: it doesn't end, or makes more text"),
    "itself": ("{% include 'front.html' %}", "it extends, includes or calls itself without end; the shipped one is called 'shipped/front.html'"),
    "an extension of itself": ("{% extends 'front.html' %}", "the shipped one is called 'shipped/front.html'"),
    "a block that there isn't": (
        "{% extends 'shipped/front.html' %}\n{% block tittle %}Ď{% endblock %}",
        "line 2: 'shipped/front.html' has no block 'tittle'; it has achievement, facts, header, person, seal, signatory, verify",
    ),
    "an end that there isn't": ("<p>{{ front.title.lead.text }}</p>", "no element has the id 'front-end'"),
    "the insides of Python": ("{{ front.__class__.__mro__ }}", "line 1: access to attribute '__class__' of"),
    "change": ("{{ facts.append(1) }}", "line 1: access to attribute 'append' of 'list' object is unsafe"),
    "one language of two": ("{{ both(de='Bienen').lead.text }}", "a template says something in de only; the certificate is in cs, en"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_templates_are_errors_of_the_settings(view, drawn, templates, name):
    """A fault in a template is told with its file and line, instead of a certificate with a hole; no text of the certificate is."""
    template, fault = WRONG[name]
    with pytest.raises((SettingsError, RenderError)) as caught:
        drawn(view, branding=Branding(templates=templates(front__html=template)))
    assert fault in str(caught.value)
    assert "Černohorská" not in str(caught.value)


def test_a_template_that_is_not_utf_8_is_an_error(view, drawn, tmp_path):
    """The file is named."""
    tmp_path.joinpath("front.html").write_bytes("Ďas".encode("cp1250"))
    with pytest.raises(TemplateError, match=r"template 'front\.html' can't be read"):
        drawn(view, branding=Branding(templates=tmp_path))


@pytest.mark.parametrize("name", ["", ".", "..", "../front.html", "a/b", "a\\b", "none.html"])
def test_only_files_of_the_folder_are_read(name):
    """No path leads out of it."""
    assert read(name, preferred=None) is None


@pytest.mark.parametrize("name", ["certificate.css", "paper.css"])
def test_the_shipped_look_asks_for_no_features_of_fonts(name):
    """WeasyPrint 70 never frees the attributes that it makes of them; two thousand pictures would take 200 MB."""
    css = read(name, preferred=None)
    assert not re.findall(r"font-(?:kerning|feature-settings|variant[a-z-]*)\s*:", css)


def test_the_shipped_certificate_is_complete():
    """The package holds every file of the certificate."""
    assert {
        "certificate.html",
        "front.html",
        "supplement.html",
        "macros.html",
        "certificate.css",
    } <= {file.name for file in folder("certificate").iterdir()}


DROPPING = {  # how an institution's templates try to drop the mark
    "a front without it": {"front__html": '<p id="front-end">Dóm učení</p>'},
    "a white sheet above everything": {
        "front__html": '<p id="front-end">x</p><div style="position:fixed;inset:-99mm;background:#fff;z-index:2147483647"></div>'
    },
    "nothing is shown": {"certificate__css": "* { display: none !important } @page { size: 210mm 297mm }"},
    "no margins": {
        "certificate__css": "@page { size: 210mm 297mm; margin: 0; @bottom-center { content: none !important } }"
    },
    "other pages": {"certificate__css": "@page { size: 400mm 100mm }"},
    "everything in white": {
        "certificate__css": "* { color: #fff !important; visibility: hidden !important }"
    },
}


@pytest.mark.parametrize("name", DROPPING)
def test_templates_can_not_drop_the_test_mark(view, drawn, pages_of, picture_of, templates, name):  # noqa: PLR0917 - fixtures
    """It is on every page, in dark on white above all else, whatever the templates do."""
    own = templates(**{"front__html": '<p id="front-end">x</p>', **DROPPING[name]})
    try:
        pdf = drawn(view, test=True, branding=Branding(templates=own))
    except RenderError:
        return
    for number, page in enumerate(pages_of(pdf)):
        assert TEST_MARK in page
        picture = picture_of(pdf, page=number, resolution=72).convert("RGB")
        width, height = picture.size
        strip = picture.crop((width // 2 - 50, height - 22, width // 2 + 50, height - 6))
        dark = [colour for _, colour in strip.getcolors(10000) if sum(colour) < 360]
        assert dark, (name, number)


def test_a_real_seal_has_no_test_mark(view, drawn, pages_of):
    """Only a test says so."""
    assert not [page for page in pages_of(drawn(view)) if TEST_MARK in page]
