from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO

import attrs
import pypdfium2
import pytest
from mikrocert.api import (
    Attachment,
    Branding,
    Figure,
    Item,
    LanguageMap,
    SealInfo,
    SealOwner,
    SealQuality,
    Section,
    Texts,
    View,
    certificates_of,
    front_of,
)
from mikrocert_render_pdf.renderer import WeasyPrintRenderer

of = LanguageMap.of
TEXTS = Texts()


@pytest.fixture(scope="session")
def renderer():
    """One renderer for all tests, as a batch has it."""
    return WeasyPrintRenderer()


@pytest.fixture(scope="session")
def texts():
    """Czech and English of the renderer."""
    return TEXTS


@pytest.fixture
def attachment():
    """A file whose octets must survive: line ends, diacritics, NUL."""
    return Attachment(
        "K7mQx4Rt9bHz.jsonld", '{"payload":"ěščř\r\n\\u0000"}'.encode() + b"\x00\xff", "application/ld+json"
    )


@pytest.fixture
def seal_of():
    """A note of a seal of this quality."""

    def make(quality: SealQuality) -> SealInfo:
        owner = SealOwner("Polabská univerzita", "mikrocertifikat.cz", "NTRCZ-12345679", "CZ", b"")
        return SealInfo("JAdES", "B-B", owner, datetime(2026, 6, 22, 12, 5, tzinfo=UTC), quality)

    return make


@pytest.fixture
def view(seal_of):
    """A certificate as most are: Czech and English, sealed."""
    outcomes = (
        of(
            "Načte, vyčistí a propojí data z několika zdrojů.",
            "Loads, cleans and links data from several sources.",
        ),
        of("Zvolí vhodný statistický test.", "Chooses a suitable statistical test."),
    )
    annex = Section(
        "annex-i",
        of("Údaje podle přílohy I doporučení Rady 2022/C 243/02", "Elements of Annex I"),
        (
            Item("learner", of("Držitel", "Learner"), (of("Tereza Černohorská", "Tereza Černohorská"),), 1),
            Item("birth", of("Datum narození", "Date of birth"), (of("14. března 1994", "14 March 1994"),)),
            Item(
                "title",
                of("Název", "Title"),
                (of("Analýza dat v jazyce Python", "Data Analysis in Python"),),
                2,
            ),
            Item("outcomes", of("Výsledky učení", "Learning outcomes"), outcomes, 6),
            Item(
                "grade", of("Výsledek hodnocení", "Grade achieved"), (of("A – výborně", "A – excellent"),), 14
            ),
        ),
    )
    details = Section(
        "details",
        of("Další údaje", "Further data"),
        (
            Item(
                "skills",
                of("Dovednosti", "Skills"),
                (of("čistit data", "cleanse data"), of("měřit", "measure")),
            ),
        ),
    )
    return View(
        title=of("Analýza dat v jazyce Python", "Data Analysis in Python"),
        holder="Tereza Černohorská",
        birth=of("datum narození 14. března 1994", "born on 14 March 1994"),
        awarding_body=of("Polabská univerzita", "University of Polabí"),
        figures=(
            Figure("credits", of("2,5", "2.5"), of("kreditu ECTS (65 hodin)", "ECTS credits (65 hours)")),
            Figure("level", of("7", "7"), of("úroveň EQF", "EQF level")),
            Figure("grade", of("A", "A"), of("hodnocení: výborně", "grade: excellent")),
            Figure("date", of("22. 6. 2026", "22 June 2026"), of("udělen v Brně", "awarded in Brno")),
        ),
        sections=(annex, details),
        identifier="K7mQx4Rt9bHz",
        link="https://mikrocertifikat.cz/verify/K7mQx4Rt9bHz",
        evidence_number="MU/CŽV/2026/00417",
        awarded_on=date(2026, 6, 22),
        seal=seal_of(SealQuality.QUALIFIED),
    )


@pytest.fixture(scope="session")
def drawings():
    """Certificates that some test has drawn already."""
    return {}


@pytest.fixture
def drawn(renderer, attachment, drawings):
    """Draw a certificate: the view, changed as the arguments say, as PDF octets; the same one only once."""

    def draw(view: View, *, branding: Branding | None = None, **changes) -> bytes:
        wanted = (attrs.evolve(view, **changes), branding or Branding())
        if wanted not in drawings:
            certificates = certificates_of(wanted[0], texts=TEXTS, file=attachment.name)
            drawings[wanted] = renderer.document(certificates, attachment=attachment, branding=wanted[1])
        return drawings[wanted]

    return draw


@pytest.fixture
def pictured(renderer):
    """Draw the front of a view, as PNG octets, by this renderer unless another one is given."""

    def draw(view: View, *, language: str = "cs", by=renderer, branding: Branding | None = None) -> bytes:
        front = front_of(view, language=language, texts=TEXTS)
        (picture,) = by.pages(front, branding=branding or Branding())
        return picture

    return draw


@pytest.fixture
def pages_of():
    """Text of each page, with plain spaces where no-break spaces are and lines joined."""

    def read(pdf: bytes) -> list[str]:
        document = pypdfium2.PdfDocument(pdf)
        try:
            texts = [page.get_textpage().get_text_bounded() for page in document]
        finally:
            document.close()
        plain = str.maketrans({"\u00a0": " ", "\u202f": " ", "\r": " ", "\n": " ", "\ufffe": "-"})
        return [" ".join(text.translate(plain).split()) for text in texts]

    return read


@pytest.fixture
def picture_of():
    """Picture of one page of a PDF (counted from 0) at this resolution."""

    def take(pdf: bytes, *, page: int, resolution: int):
        document = pypdfium2.PdfDocument(pdf)
        try:
            return document[page].render(scale=resolution / 72).to_pil()
        finally:
            document.close()

    return take


@pytest.fixture
def fonts_of():
    """Names of the fonts embedded in a PDF, without the prefix of the subset."""

    def read(pdf: bytes) -> set[str]:
        from pyhanko.pdf_utils.reader import PdfFileReader

        reader = PdfFileReader(BytesIO(pdf))
        found = set()
        for page in reader.root["/Pages"]["/Kids"]:
            for font in page.get_object()["/Resources"]["/Font"].values():
                found.add(str(font.get_object()["/BaseFont"]).rpartition("+")[2])
        return found

    return read
