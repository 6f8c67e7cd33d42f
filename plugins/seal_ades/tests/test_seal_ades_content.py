"""A sealed PDF holds nothing that acts, hides or can be filled in, whoever sealed it."""

import io

import pytest
from mikrocert_seal_ades import pades
from mikrocert_seal_ades.pki.context import ValidationContext
from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from .conftest import NOW

SCRIPT = {"/S": "/JavaScript", "/JS": "'app.alert(1)"}
RECTANGLE = [0, 0, 9, 9]


def pdf_value(value):
    """Return a Python value as pyHanko has it; a text that begins with an apostrophe is a string, others are names."""
    if isinstance(value, dict):
        return DictionaryObject({NameObject(name): pdf_value(inner) for name, inner in value.items()})
    if isinstance(value, list):
        return ArrayObject(map(pdf_value, value))
    if isinstance(value, int):
        return NumberObject(value)
    return TextStringObject(value[1:]) if value.startswith("'") else NameObject(value)


def changed(pdf, *, catalog=None, page=None, annotation=None):
    """Return a PDF with entries added to its catalog and to its first page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page_object = writer.root["/Pages"]["/Kids"][0].get_object()
    for name, value in (catalog or {}).items():
        writer.root[NameObject(name)] = pdf_value(value)
    for name, value in (page or {}).items():
        page_object[NameObject(name)] = pdf_value(value)
    if annotation is not None:
        laid = pdf_value({"/Type": "/Annot", "/Rect": RECTANGLE, **annotation})
        page_object[NameObject("/Annots")] = ArrayObject([writer.add_object(laid)])
    writer.update_root()
    writer.update_container(page_object)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


WRONG = {  # what → (changes, code)
    "a script when it is opened": ({"catalog": {"/OpenAction": SCRIPT}}, "active-content"),
    "a program when it is opened": ({"catalog": {"/OpenAction": {"/S": "/Launch"}}}, "active-content"),
    "an act when it is closed": ({"catalog": {"/AA": {"/WC": SCRIPT}}}, "active-content"),
    "an act when a page is shown": ({"page": {"/AA": {"/O": SCRIPT}}}, "active-content"),
    "a link that runs a script": ({"annotation": {"/Subtype": "/Link", "/A": SCRIPT}}, "active-content"),
    "a link that goes on to a script": (
        {"annotation": {"/Subtype": "/Link", "/A": {"/S": "/URI", "/URI": "'https://ř.example", "/Next": SCRIPT}}},
        "active-content",
    ),
    "a link that acts when it is passed": (
        {"annotation": {"/Subtype": "/Link", "/AA": {"/E": SCRIPT}}},
        "active-content",
    ),
    "a bookmark that runs a script": (
        {"catalog": {"/Outlines": {"/First": {"/Title": "'ď", "/A": SCRIPT}}}},
        "active-content",
    ),
    "slides that run a script": ({"page": {"/PresSteps": {"/NA": SCRIPT}}}, "active-content"),
    "a button that no form names": (
        {"annotation": {"/Subtype": "/Widget", "/FT": "/Tx", "/T": "'ř"}},
        "form-fields",
    ),
    "a seal's place that runs a script": (
        {"annotation": {"/Subtype": "/Widget", "/FT": "/Sig", "/A": SCRIPT}},
        "active-content",
    ),
    "a note": ({"annotation": {"/Subtype": "/Text", "/Contents": "'neplatí"}}, "annotations"),
    "a text over the page": ({"annotation": {"/Subtype": "/FreeText", "/Contents": "'Ing. Ďuriš"}}, "annotations"),
    "a stamp": ({"annotation": {"/Subtype": "/Stamp"}}, "annotations"),
    "a film": ({"annotation": {"/Subtype": "/RichMedia"}}, "annotations"),
    "an attachment on the page": ({"annotation": {"/Subtype": "/FileAttachment"}}, "annotations"),
    "layers": ({"catalog": {"/OCProperties": {"/OCGs": []}}}, "hidden-layers"),
}  # fmt: skip

RIGHT = {
    "a link to an address": {
        "annotation": {"/Subtype": "/Link", "/A": {"/S": "/URI", "/URI": "'https://ř.example"}}
    },
    "a link to a page": {"annotation": {"/Subtype": "/Link", "/A": {"/S": "/GoTo", "/D": ["/Fit"]}}},
    "a page to begin with": {"catalog": {"/OpenAction": ["/Fit"]}},
    "a bookmark": {"catalog": {"/Outlines": {"/First": {"/Title": "'ď"}}}},
}


@pytest.fixture(scope="module")
def plain(make_pdf, sealed_json):
    return make_pdf(("ř.jsonld", sealed_json))


def codes(pdf):
    return {
        problem.code for problem in pades.validate(pades.read(pdf), context=ValidationContext(NOW)).integrity
    }


@pytest.mark.parametrize("what", WRONG)
def test_what_acts_hides_or_is_laid_over_is_a_fault(parties, plain, what):
    """Sealed by the very key of the operator: what a certificate doesn't have makes it none."""
    changes, code = WRONG[what]
    assert codes(parties.pades(changed(plain, **changes))) == {code}


@pytest.mark.parametrize("what", RIGHT)
def test_what_leads_a_reader_is_no_fault(parties, plain, what):
    """Links, bookmarks and the place to begin with only show something."""
    assert codes(parties.pades(changed(plain, **RIGHT[what]))) == set()


@pytest.mark.parametrize("kind", ["/Tx", "/Btn", "/Ch"])
def test_a_field_to_be_filled_in_is_a_fault(parties, plain, kind):
    """A text that anyone may type, or a box that anyone may tick, is no part of a certificate."""
    field = {"/FT": kind, "/T": "'ř", "/V": "'výborně"}
    pdf = changed(plain, catalog={"/AcroForm": {"/Fields": []}})
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer.root["/AcroForm"][NameObject("/Fields")] = ArrayObject([writer.add_object(pdf_value(field))])
    writer.update_container(writer.root["/AcroForm"])
    buffer = io.BytesIO()
    writer.write(buffer)
    assert codes(parties.pades(buffer.getvalue())) == {"form-fields"}


def test_looking_into_a_pdf_ends(parties, plain, monkeypatch):
    """What is looked into is counted once for the whole document, however its parts share each other."""
    monkeypatch.setattr("mikrocert_seal_ades.pades.content._MOST", 3)
    assert codes(parties.pades(plain)) == {"too-many-parts"}
