"""What programs read on the pages of a PDF."""

import io

from mikrocert_seal_ades import pades
from mikrocert_seal_ades.envelopes import PadesEnvelope
from mikrocert_seal_ades.pades import pages
from pyhanko.pdf_utils import generic, writer


def pdf_value(value):
    if isinstance(value, dict):
        return generic.DictionaryObject({generic.pdf_name(n): pdf_value(inner) for n, inner in value.items()})
    if isinstance(value, (list, tuple)):
        return generic.ArrayObject(map(pdf_value, value))
    if isinstance(value, int):
        return generic.NumberObject(value)
    return generic.pdf_name(value) if isinstance(value, str) else value


def tagged_pdf(drawn: list[tuple[int, str]], order: list[int]) -> bytes:
    """Return a PDF whose texts are drawn in one order and tagged in another.

    Args:
        drawn: number of the marked content and its text, in the order of drawing.
        order: the numbers in the order of the structure.
    """
    out = writer.PdfFileWriter()
    font = out.add_object(pdf_value({"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}))
    stream = "".join(
        f"/P <</MCID {number}>> BDC BT /F 12 Tf 20 {20 + 20 * number} Td ({text}) Tj ET EMC\n"
        for number, text in drawn
    )
    page = out.insert_page(
        writer.PageObject(
            contents=out.add_object(generic.StreamObject(stream_data=stream.encode("ascii"))),
            media_box=(0, 0, 300, 200),
            resources=pdf_value({"/Font": {"/F": font}}),
        )
    )
    root = out.allocate_placeholder()
    paragraphs = [
        out.add_object(pdf_value({"/Type": "/StructElem", "/S": "/P", "/P": root, "/Pg": page, "/K": number}))
        for number in order
    ]
    parents = [paragraphs[order.index(number)] for number in sorted(order)]
    tree = {"/Type": "/StructTreeRoot", "/K": paragraphs, "/ParentTree": {"/Nums": [0, parents]}}
    out.objects[root.generation, root.idnum] = pdf_value(tree)
    page.get_object()[generic.pdf_name("/StructParents")] = generic.NumberObject(0)
    out.root[generic.pdf_name("/StructTreeRoot")] = root
    out.root[generic.pdf_name("/MarkInfo")] = pdf_value({"/Marked": generic.BooleanObject(True)})
    buffer = io.BytesIO()
    out.write(buffer)
    return buffer.getvalue()


PDF = tagged_pdf([(1, "Python"), (0, "Analyza dat "), (2, " 2026")], [0, 1, 2])


def test_pages_are_read_as_they_are_drawn_and_as_they_are_tagged():
    """A text whose parts are drawn in another order stands together in the order of the tags."""
    drawn, tagged = pages.readings(PDF)
    assert "Analyza dat Python 2026" in tagged
    assert "Analyza dat Python" not in drawn
    assert drawn.split()[0] == "Python"


def test_pages_without_tags_are_read_once(make_pdf):
    """What nobody tagged has one order; pages without text have an empty one."""
    assert pades.readings(make_pdf()) == ("",)


def test_an_envelope_reads_the_pages_of_its_document(parties, make_pdf, sealed_json):
    """JAdES has none."""
    opened = PadesEnvelope().open(parties.pades(make_pdf(("ř.jsonld", sealed_json))))
    assert PadesEnvelope().readings(opened) == ("",)


def test_reading_ends(monkeypatch):
    """Only so many pages, parts and characters are looked at."""
    monkeypatch.setattr(pages, "_MOST_PARTS", 2)
    assert len(pages.readings(PDF)) <= 2
    monkeypatch.setattr(pages, "_LONGEST", 4)
    assert {len(reading) for reading in pages.readings(PDF)} <= {4}
    monkeypatch.setattr(pages, "_MOST_PAGES", 0)
    assert pages.readings(PDF) == ("",)
