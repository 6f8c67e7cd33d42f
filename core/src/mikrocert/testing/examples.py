"""Values to test with, Czech to the last diacritic."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import attrs

from mikrocert.award import (
    Address,
    Assessment,
    Award,
    Component,
    Grade,
    Identifier,
    Learner,
    LearningOutcome,
    Level,
    Organisation,
    Participation,
    QualityAssurance,
    Skill,
    Stackability,
    Workload,
)
from mikrocert.certificate import Certificate, Paper, PaperRow, PaperSection, certificate_of
from mikrocert.kinds.institution import Mandate, Profile
from mikrocert.kinds.signer import Identity
from mikrocert.report import Figure, Item, SealOwner, Section, View
from mikrocert.texts import LANGUAGES, LanguageMap, Texts

__all__ = [
    "HOSTILE",
    "example_award",
    "example_certificate",
    "example_owner",
    "example_paper",
    "example_profile",
    "example_small_award",
    "example_stacked_award",
    "example_view",
]

HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "one brace": b"{",
    "NUL octets": b"\x00" * 64,
    "not UTF-8": "Žluťoučký kůň".encode("cp1250"),
    "a lone surrogate": b'{"payload": "\\ud800"}',
    "NaN": b'{"awards": NaN}',
    "a duplicate member": b'{"awards": [], "awards": []}',
    "10,000 levels": b"[" * 10_000 + b"]" * 10_000,
    "half a PDF": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog",
    "a PNG": b"\x89PNG\r\n\x1a\n" + b"\x00" * 32,
    "a number": b"42",
    "a list of nothing": b"[]",
    "HTML": "<!doctype html><title>Ď</title>".encode(),
}
"""Name → octets that no door may crash on."""


def example_profile() -> Profile:
    """Return the profile of an invented university."""
    return Profile(
        organisation=Organisation(
            LanguageMap.of("Univerzita Řípská", "University of Říp"),
            Address("CZE", "CZE_KRJ_ULN", "Pod Řípem 7", "413\u00a001", "Roudnice nad Labem"),
            (Identifier("ico", "12345679"),),
            "https://ripska.example",
        ),
        mandate=Mandate("SML-2026/ř-1", date(2026, 1, 1)),
        quality_assurance=(
            QualityAssurance(
                "institutional-quality-assurance",
                LanguageMap.of("Vnitřní systém zajišťování kvality", "Internal quality assurance system"),
                url="https://ripska.example/kvalita",
            ),
        ),
        place=LanguageMap.of("Roudnice nad Labem"),
    )


def example_award() -> Award:
    """Return an award in which every element of Annex I is filled."""
    profile = example_profile()
    return Award(
        evidence_number="UŘ/2026/0042",
        learner=Learner(
            "Kateřina",
            "Hůrková-Ďurišová",
            date(1994, 3, 14),
            birth_place="Uherské Hradiště",
            identifiers=(Identifier("orcid", "0000-0002-1825-0097"),),
            email="katerina@example.org",
            full_name="Mgr. Kateřina Hůrková-Ďurišová",
        ),
        title=LanguageMap.of("Analýza dat v\u00a0jazyce Python", "Data Analysis in Python"),
        awarding_body=profile.organisation,
        awarded_on=date(2026, 6, 22),
        outcomes=(
            LearningOutcome(
                LanguageMap.of(
                    "Načte, vyčistí a\u00a0propojí data z\u00a0několika zdrojů.",
                    "Loads, cleans and links data.",
                ),
                (
                    Skill(
                        "http://data.europa.eu/esco/skill/97965983-0da4-4902-9daf-d5cd2693ef73",
                        LanguageMap.of("čistit data", "perform data cleansing"),
                    ),
                ),
            ),
            LearningOutcome(
                LanguageMap.of("Zvolí vhodný statistický test.", "Chooses a suitable statistical test.")
            ),
        ),
        workload=Workload(Decimal("2.5"), Decimal(65)),
        level=Level(7, "second"),
        assessments=(
            Assessment(
                "written-examination",
                LanguageMap.of("Písemná zkouška", "Written examination"),
                Grade("A", LanguageMap.of("A–F", "A–F"), LanguageMap.of("výborně", "excellent")),
                "supervised-with-id-verification",
                date(2026, 6, 20),
            ),
        ),
        participation=Participation("blended", date(2026, 2, 2), date(2026, 6, 1)),
        quality_assurance=profile.quality_assurance,
        thematic_areas=("0613",),
        languages=("cs",),
        learning_type="course",
        place=LanguageMap.of("Roudnice nad Labem"),
        prerequisites=LanguageMap.of("Základy statistiky", "Basic statistics"),
        stackability=Stackability(
            "stackable",
            LanguageMap.of("Lze uznat v\u00a0oboru Biostatistika", "Counts towards Biostatistics"),
        ),
        further_information=LanguageMap.of(
            "Program podle § 60 zákona č. 111/1998 Sb.", "Programme under Section 60."
        ),
        components=(
            Component(LanguageMap.of("Základy", "Basics"), Decimal(1), "UŘ:001"),
            Component(LanguageMap.of("Pokročilí", "Advanced"), Decimal("1.5"), "UŘ:002"),
        ),
    )


def example_small_award() -> Award:
    """Return an award with mandatory elements only, in Czech only."""
    text = LanguageMap.of
    return Award(
        evidence_number="UP-1",
        learner=Learner("Jiří", "Ďáblík", date(2000, 1, 1)),
        title=text("Řízení týmů"),
        awarding_body=Organisation(
            text("Univerzita Palackého v Olomouci"), Address("CZE"), (Identifier("ico", "61989592"),)
        ),
        awarded_on=date(2026, 1, 1),
        outcomes=(LearningOutcome(text("Vede tým.")),),
        workload=Workload(Decimal(1)),
        level=Level(4),
        assessments=(Assessment("quiz"),),
        participation=Participation("online"),
        quality_assurance=(QualityAssurance("institutional-quality-assurance", text("Akreditace")),),
        thematic_areas=("0413",),
        languages=("cs",),
    )


def example_stacked_award() -> Award:
    """Return an award by two institutions of what was stacked: each component has all that a component can have.

    The learner has one name only, some credits are below 1, and it expires.
    """
    text = LanguageMap.of
    scale = text("A (nejlepší) až F", "A (best) to F")
    return attrs.evolve(
        example_award(),
        learner=Learner(None, "Ďurůžková", date(1994, 3, 14)),
        workload=Workload(Decimal("1.5"), Decimal(40)),
        components=(
            Component(
                text("Čištění dat", "Data Cleaning"),
                Decimal("0.5"),
                "UŘ:001",
                outcomes=(
                    LearningOutcome(text("Odhalí chybějící údaje.", "Detects missing values.")),
                    LearningOutcome(text("Sloučí řady.", "Merges series.")),
                ),
                assessments=(
                    Assessment("quiz", grade=Grade("B", scale), assessed_on=date(2026, 3, 2)),
                    Assessment("project-work", text("Obhajoba", "Defence"), Grade("1-", scale)),
                ),
                started_on=date(2026, 2, 2),
                ended_on=date(2026, 3, 1),
            ),
            Component(
                text("Průměry a rozptyly", "Means and Variances"),
                Decimal(1),
                link="https://mikrocert.example/verify/N4wYd8GcT2sV",
            ),
        ),
        valid_until=date(2031, 6, 22),
        joint_awarding_bodies=(
            Organisation(
                text("Vysoká škola Ďáblická", "Ďáblice College"),
                Address("CZE", "CZE_KRJ_PRGMES", locality="Praha"),
                (Identifier("ico", "87654326"),),
            ),
        ),
    )


def example_owner() -> SealOwner:
    """Return the owner of a test seal; its certificate is no certificate."""
    return SealOwner("TEST Řípská", "TEST Řípská pečeť", "NTRCZ-00000000", "CZ", b"", test=True)


def example_identity() -> Identity:
    """Return the identity of a test seal; key and certificate are none."""
    return Identity("ES256", b"", (b"",), example_owner())


def example_view() -> View:
    """Return a short view."""
    return View(
        title=LanguageMap.of("Analýza dat v\u00a0jazyce Python", "Data Analysis in Python"),
        holder="Kateřina Hůrková-Ďurišová",
        birth=LanguageMap.of("datum narození 14. března 1994", "born on 14 March 1994"),
        awarding_body=LanguageMap.of("Univerzita Řípská", "University of Říp"),
        figures=(
            Figure("credits", LanguageMap.of("2,5", "2.5"), LanguageMap.of("kreditu ECTS", "ECTS credits")),
            Figure("level", LanguageMap.of("7", "7"), LanguageMap.of("úroveň EQF", "EQF level")),
        ),
        sections=(
            Section(
                "annex-i",
                LanguageMap.of("Údaje mikrocertifikátu", "Data of the micro-credential"),
                (
                    Item(
                        "learner",
                        LanguageMap.of("Držitel", "Learner"),
                        (LanguageMap.of("Kateřina Hůrková-Ďurišová"),),
                        1,
                    ),
                    Item(
                        "title",
                        LanguageMap.of("Název", "Title"),
                        (LanguageMap.of("Analýza dat v\u00a0jazyce Python", "Data Analysis in Python"),),
                        2,
                    ),
                ),
            ),
        ),
        identifier="K7mQx4Rt9bHz",
        link="https://mikrocert.example/verify/K7mQx4Rt9bHz",
        evidence_number="UŘ/2026/0042",
        awarded_on=date(2026, 6, 22),
    )


def example_certificate(view: View | None = None, *, languages: tuple[str, ...] = LANGUAGES) -> Certificate:
    """Return what stands on the certificate of a view, `example_view` unless another one is given, with its supplement."""
    return certificate_of(
        view or example_view(), languages=languages, texts=Texts(), file="K7mQx4Rt9bHz.json"
    )


def example_paper(*, test: bool = False) -> Paper:
    """Return a paper of several pages: paragraphs, rows of several lines, a word longer than a line, and a text that looks like markup.

    Args:
        test: whether it is of a test.
    """
    digest = "4f1d0c9e2b7a5d3f86e1c4a90b2d7f6e5c3a1b8d9e0f7a6b5c4d3e2f1a0b9c8d"
    rows = tuple(
        PaperRow(f"Kontrola {number}", ("splněno",), (f"Řádek {number}: žluťoučký kůň úpěl ďábelské ódy.",))
        for number in range(1, 31)
    )
    return Paper(
        language="cs",
        title="Potvrzení o ověření",
        author="Řípská univerzita",
        lead="Mikrocertifikát je platný.",
        sections=(
            PaperSection("Výsledek", ("Pečeť i obsah jsou v pořádku.", "C++ <templates> & #panic() {{ 7 * 7 }} *tučně* $x$")),
            PaperSection("Co se ověřovalo", rows=(PaperRow("SHA-256 souboru", (digest,)),)),
            PaperSection("Co se zjišťovalo", ("Každá kontrola zvlášť.",), rows),
        ),
        link="https://mikrocert.example/statement/2dK7mQx4Rt9bHzYpKd3sWn",
        link_words="Zda bylo toto potvrzení vydáno, zjistíte zde:",
        number="2dK7mQx4Rt9bHzYpKd3sWn",
        dated=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
        test=test,
    )  # fmt: skip
