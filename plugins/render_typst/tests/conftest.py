from __future__ import annotations

from datetime import UTC, date, datetime

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
from mikrocert_render_typst.renderer import TypstRenderer

of = LanguageMap.of
TEXTS = Texts()


@pytest.fixture(scope="session")
def renderer():
    """One renderer for all tests, as a batch has it."""
    with TypstRenderer() as made:
        yield made


@pytest.fixture
def attachment():
    """A file whose octets must survive: line ends, diacritics, NUL, what is no UTF-8."""
    return Attachment(
        "K7mQx4Rt9bHz.jsonld", '{"payload":"ěščř\r\n\\u0000"}'.encode() + b"\x00\xff", "application/ld+json"
    )


OUTCOMES = tuple(
    of(czech, english)
    for czech, english in (
        ("Vysvětlí hlavní typy kybernetických hrozeb a jejich dopad na organizaci.", "Explains the main types of cyber threats and their impact on an organisation."),
        ("Navrhne a obhájí bezpečnostní opatření přiměřená zjištěnému riziku.", "Proposes and defends security measures proportionate to the risk identified."),
        ("Provede základní analýzu síťového provozu a rozpozná v něm známky útoku.", "Carries out a basic analysis of network traffic and recognises signs of an attack in it."),
        ("Zpracuje hlášení o bezpečnostním incidentu podle zákona o kybernetické bezpečnosti.", "Writes a security incident report as required by the Czech Act on Cybersecurity."),
    )
)  # fmt: skip
ANNEX = (
    Item("learner", of("Držitel", "Learner"), (of("Tereza Černohorská", "Tereza Černohorská"),), 1),
    Item("birth", of("Datum a místo narození", "Date and place of birth"), (of("14. března 1994, Uherské Hradiště", "14 March 1994, Uherské Hradiště"),)),
    Item("title", of("Název", "Title"), (of("Základy kybernetické bezpečnosti", "Foundations of Cybersecurity"),), 2),
    Item("country", of("Země a region", "Country and region"), (of("Česko, Jihomoravský kraj", "Czechia, South Moravian Region"),), 3),
    Item("awarding-body", of("Udělující škola", "Awarding institution"), (of("Řípská univerzita, Fakulta informatiky, Žerotínovo nám. 617/9, 601 77 Brno, IČO 12345679, DIČ CZ12345679", "University of Říp, Faculty of Informatics, Žerotínovo nám. 617/9, 601 77 Brno, ID No. 12345679, VAT No. CZ12345679"),), 4),
    Item("date", of("Datum udělení", "Date of issuing"), (of("22. června 2026, Brno", "22 June 2026, Brno"),), 5),
    Item("outcomes", of("Výsledky učení", "Learning outcomes"), OUTCOMES, 6),
    Item("workload", of("Studijní zátěž", "Notional workload"), (of("5 kreditů ECTS, tj. 130 hodin", "5 ECTS credits, i.e. 130 hours"),), 7),
    Item("level", of("Úroveň", "Level"), (of("EQF 6, první cyklus QF-EHEA", "EQF 6, QF-EHEA first cycle"),), 8),
    Item("assessment", of("Typ hodnocení", "Type of assessment"), (of("Analýza zaznamenaného útoku a návrh opatření (projektová práce), 22. května 2026", "Analysis of a recorded attack and a proposal of measures (project work), 22 May 2026"), of("Závěrečný písemný test, 90 minut (písemná zkouška), 9. června 2026", "Final written test, 90 minutes (written examination), 9 June 2026")), 9),
    Item("participation", of("Forma účasti", "Form of participation"), (of("Kombinovaná", "Blended"), of("Jazyk výuky: čeština", "Language of instruction: Czech")), 10),
    Item("quality", of("Zajištění kvality", "Quality assurance"), (of("Systém zajišťování a vnitřního hodnocení kvality; https://www.ripska.example/o-univerzite/kvalita", "Quality assurance and internal evaluation system; https://www.ripska.example/o-univerzite/kvalita"),), 11),
    Item("prerequisites", of("Vstupní požadavky", "Prerequisites"), (of("Základní znalost počítačových sítí.", "Basic knowledge of computer networks."),), 12),
    Item("supervision", of("Dohled a ověření totožnosti", "Supervision and identity verification"), (of("S dohledem a s ověřením totožnosti", "Supervised with ID Verification"),), 13),
    Item("grade", of("Výsledek hodnocení", "Grade achieved"), (of("A – výborně; stupnice A (nejlepší) až F (nevyhověl/a)", "A – excellent; scale A (best) to F (failed)"),), 14),
    Item("stackability", of("Kumulativnost", "Stackability"), (of("Lze uznat jako předmět bakalářského programu Kyberbezpečnost.", "May be recognised as a course of the bachelor’s programme Cybersecurity."),), 15),
)  # fmt: skip
FURTHER = (
    Item("type", of("Typ vzdělávání", "Type of learning"), (of("Kurz", "Course"),)),
    Item(
        "field",
        of("Obor vzdělávání (ISCED-F)", "Field of education (ISCED-F)"),
        (
            of(
                "0612 Návrh a správa databází a sítí",
                "0612 Database and network design and administration",
            ),
        ),
    ),
    Item("evidence", of("Evidenční číslo", "Record number"), (of("ŘU/2026/00417", "ŘU/2026/00417"),)),
)


@pytest.fixture
def seal():
    """A note of a qualified seal."""
    owner = SealOwner("Řípská univerzita", "mikrocertifikat.cz", "NTRCZ-12345679", "CZ", b"")
    return SealInfo("JAdES", "B-B", owner, datetime(2026, 6, 22, 12, 5, tzinfo=UTC), SealQuality.QUALIFIED)


@pytest.fixture
def view(seal):
    """A certificate as most are: Czech and English, every element of Annex I, sealed."""
    return View(
        title=of("Základy kybernetické bezpečnosti", "Foundations of Cybersecurity"),
        holder="Tereza Černohorská",
        birth=of("datum narození 14. března 1994", "born on 14 March 1994"),
        awarding_body=of("Řípská univerzita", "University of Říp"),
        unit=of("Fakulta informatiky", "Faculty of Informatics"),
        figures=(
            Figure("credits", of("5", "5"), of("kreditů ECTS (130 hodin)", "ECTS credits (130 hours)")),
            Figure("level", of("6", "6"), of("úroveň EQF", "EQF level")),
            Figure("grade", of("A", "A"), of("hodnocení: výborně", "grade: excellent")),
            Figure("date", of("22. 6. 2026", "22 June 2026"), of("udělen v Brně", "awarded in Brno")),
        ),
        sections=(
            Section("annex-i", of("Údaje podle přílohy I", "Elements of Annex I"), ANNEX),
            Section("details", of("Další údaje", "Further data"), FURTHER),
        ),
        identifier="K7mQx4Rt9bHz",
        link="https://mikrocertifikat.cz/verify/K7mQx4Rt9bHz",
        evidence_number="ŘU/2026/00417",
        awarded_on=date(2026, 6, 22),
        seal=seal,
    )


@pytest.fixture
def certified():
    """What stands on the certificates of a view, changed as the arguments say."""

    def certify(view: View, *, languages=(), separate=False, signatory=None, **changes):
        return certificates_of(
            attrs.evolve(view, **changes),
            texts=TEXTS,
            file="K7mQx4Rt9bHz.jsonld",
            languages=languages,
            separate=separate,
            signatory=signatory,
        )

    return certify


@pytest.fixture(scope="session")
def drawings():
    """Certificates that some test has drawn already."""
    return {}


@pytest.fixture
def drawn(renderer, attachment, drawings, certified):
    """Draw a certificate: the view, changed as the arguments say, as PDF octets; the same one only once."""

    def draw(view: View, *, branding: Branding | None = None, **changes) -> bytes:
        wanted = (certified(view, **changes), branding or Branding())
        if wanted not in drawings:
            drawings[wanted] = renderer.document(wanted[0], attachment=attachment, branding=wanted[1])
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
def pages_of(renderer):
    """Text of each page, with plain spaces where no-break spaces are."""

    def read(pdf: bytes) -> list[str]:
        plain = str.maketrans({"\u00a0": " ", "\u202f": " ", "\ufffe": "-"})
        return [" ".join(text.translate(plain).split()) for text in renderer.text(pdf)]

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
