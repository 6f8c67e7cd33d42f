"""Awards, a completed credential, and the official files where they are at hand."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from mikrocert.api import (
    Address,
    Assessment,
    Award,
    Component,
    Grade,
    Identifier,
    Identity,
    LanguageMap,
    Learner,
    LearningOutcome,
    Level,
    Mandate,
    Organisation,
    Participation,
    QualityAssurance,
    SealOwner,
    Skill,
    Stackability,
    Workload,
)
from mikrocert.testing import example_small_award
from mikrocert_edc_v3.format import EdcFormat

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
SHARED = Path(os.environ.get("MIKROCERT_SHARED", Path(__file__).resolve().parents[4] / "shared"))


def _masaryk() -> Organisation:
    return Organisation(
        legal_name=LanguageMap.of("Polabská univerzita", "University of Polabí"),
        address=Address("CZE", "CZE_KRJ_JIHOMOR", "Žerotínovo nám. 617/9", "601 77", "Brno"),
        identifiers=(
            Identifier("ror", "https://ror.org/02j46qs45"),
            Identifier("ico", "12345679"),
            Identifier("vat", "CZ12345679"),
        ),
        homepage="https://www.polabi.example",
        unit=LanguageMap.of("Lékařská fakulta", "Faculty of Medicine"),
    )


@pytest.fixture(scope="session")
def full_award() -> Award:
    """An award of one institution that uses every element."""
    text = LanguageMap.of
    return Award(
        evidence_number="MU/CŽV/2026/00417",
        learner=Learner(
            given_name="Tereza",
            family_name="Černohorská",
            birth_date=date(1994, 3, 14),
            birth_place="Uherské Hradiště",
            identifiers=(Identifier("orcid", "0000-0002-1825-0097"),),
            full_name="Mgr. Tereza Černohorská, Ph.D.",
        ),
        title=text("Analýza dat v jazyce Python", "Data Analysis in Python"),
        awarding_body=_masaryk(),
        awarded_on=date(2026, 6, 22),
        outcomes=(
            LearningOutcome(
                text("Načte, vyčistí a propojí klinická data.", "Loads, cleans and links clinical data."),
                (
                    Skill(
                        "http://data.europa.eu/esco/skill/ccdf3597-5c80-410f-896d-e1bdfa223de9",
                        text("používat programovací jazyk Python", "use Python"),
                    ),
                ),
            ),
            LearningOutcome(text("Zvolí vhodný statistický test.", "Chooses a suitable statistical test.")),
        ),
        workload=Workload(Decimal("2.5"), Decimal("62.5")),
        level=Level(7, "second"),
        assessments=(
            Assessment(
                type="project-work",
                title=text("Obhajoba projektu", "Project defence"),
                grade=Grade("A", text("A–F", "A–F"), text("výborně", "excellent")),
                supervision="supervised-with-id-verification",
                assessed_on=date(2026, 6, 20),
            ),
            Assessment("written-examination"),
        ),
        participation=Participation("blended", date(2026, 2, 16), date(2026, 5, 29)),
        quality_assurance=(
            QualityAssurance(
                "institutional-quality-assurance",
                text("Vnitřní systém zajišťování kvality", "Internal quality assurance"),
                url="https://www.polabi.example/kvalita",
                valid_until=date(2028, 12, 31),
            ),
            QualityAssurance(
                "programme-quality-assurance",
                text("Evaluace programu"),
                agent=Organisation(text("Národní akreditační úřad"), Address("CZE")),
            ),
        ),
        thematic_areas=("0613",),
        languages=("cs", "en"),
        place=text("Brno", "Brno"),
        prerequisites=text("Základy statistiky", "Basic statistics"),
        stackability=Stackability("stackable", text("Lze uznat v navazujícím studiu.")),
        further_information=text("Kurz se koná každý rok."),
        components=(
            Component(
                text("Kurz A", "Course A"),
                Decimal("0.5"),
                "MF001",
                outcomes=(
                    LearningOutcome(text("Odhalí chybějící údaje.")),
                    LearningOutcome(text("Sloučí řady.")),
                ),
                assessments=(Assessment("quiz", grade=Grade("B", text("A–F"))), Assessment("project-work")),
                started_on=date(2026, 2, 16),
                ended_on=date(2026, 3, 31),
            ),
            Component(text("Kurz B", "Course B"), link="https://mikrocertifikat.cz/verify/N4wYd8GcT2sV"),
        ),
        valid_until=date(2031, 12, 31),
    )


@pytest.fixture(scope="session")
def small_award() -> Award:
    """An award with mandatory elements only, in Czech only."""
    return example_small_award()


@pytest.fixture(scope="session")
def joint_award(full_award) -> Award:
    """The full award, awarded by two institutions."""
    other = Organisation(
        LanguageMap.of("Univerzita Řípská", "University of Říp"),
        Address("CZE", "CZE_KRJ_ULN", "Pod Řípem 7", "413 01", "Roudnice nad Labem"),
        (Identifier("ico", "12345679"),),
    )
    return attrs.evolve(full_award, joint_awarding_bodies=(other,))


@pytest.fixture(scope="session")
def bare_award(small_award) -> Award:
    """An award in English only, of a learner without birth date and given name, its work counted in hours."""
    text = LanguageMap({"en": "Managing Teams"})
    return attrs.evolve(
        small_award,
        learner=Learner(family_name="Ďáblík"),
        title=text,
        outcomes=(LearningOutcome(text),),
        workload=Workload(hours=Decimal(30)),
    )


@pytest.fixture(scope="session")
def edc() -> EdcFormat:
    return EdcFormat()


@pytest.fixture(scope="session")
def mandate() -> Mandate:
    return Mandate("2026/1", date(2026, 1, 1))


@pytest.fixture(scope="session")
def identity() -> Identity:
    owner = SealOwner("Polabská univerzita", "Mikrocertifikát TEST", "NTRCZ-12345679", "CZ", b"", test=True)
    return Identity("ES256", b"", (b"",), owner)


@pytest.fixture(scope="session")
def complete(edc, mandate, identity):
    """A function that takes an award to the octets to be sealed."""

    def make(award: Award, *, at: datetime = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)) -> bytes:
        link = "https://mikrocertifikat.cz/verify/K7mQx4Rt9bHz"
        draft = edc.build(award, identifier="K7mQx4Rt9bHz", link=link, mandate=mandate)
        return edc.complete(draft, identity=identity, at=at, pictures={"cs": (PNG,), "en": (PNG, PNG)})

    return make


@pytest.fixture(scope="session")
def payload(complete, full_award) -> bytes:
    return complete(full_award)


@pytest.fixture
def the_payload(payload):
    """The same when asked for, so that the report of an example that fails doesn't print it (and warn of its length)."""
    return lambda: payload


@pytest.fixture
def document(payload):
    """The document of the full award, fresh for every test."""
    return json.loads(payload)


@pytest.fixture(scope="session")
def elm() -> Path:
    """The folder of the official context, shapes and samples."""
    folder = SHARED / "elm"
    if not folder.is_dir():
        pytest.skip(f"the official ELM files are not at {folder}; set MIKROCERT_SHARED")
    return folder


@pytest.fixture(scope="session", params=["Sample-MC-Annex1-signed", "Sample-CertOfPart-2025-signed"])
def sample(elm, request) -> bytes:
    """The payload of an official sealed sample."""
    return json.loads((elm / f"{request.param}.jsonld").read_text(encoding="utf-8"))["payload"].encode()
