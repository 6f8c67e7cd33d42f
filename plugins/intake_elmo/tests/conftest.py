"""An invented university with one type of micro-credential, and a file of one of its learners."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from mikrocert.api import (
    Assessment,
    Finding,
    LanguageMap,
    LearningOutcome,
    Level,
    Participation,
    Types,
    TypeVersion,
    Workload,
)
from mikrocert.award.common import Common
from mikrocert.testing import example_profile
from mikrocert_intake_elmo.intake import ElmoIntake

BEEKEEPING = Common(
    title=LanguageMap.of("Úvod do včelařství", "Introduction to Beekeeping"),
    outcomes=(LearningOutcome(LanguageMap.of("Vyhledá v\u00a0úlu matku.", "Finds the queen of a hive.")),),
    workload=Workload(Decimal("2.5"), Decimal(65)),
    level=Level(6),
    assessments=(Assessment("oral-examination"),),
    participation=Participation("blended"),
    thematic_areas=("0811",),
    languages=("cs",),
)


class SomeTypes(Types):
    """A catalogue of one type."""

    def __init__(self, content=BEEKEEPING):
        self.content = content

    def find(self, wanted, *, evidence_number):
        if wanted.id != "VCELY-1":
            return Finding.error(
                "unknown-type", "there is no type of this key; near to it are {near:comma}", near=["VCELY-1"]
            )
        return TypeVersion(wanted.id, 1, self.content)


@pytest.fixture(scope="session")
def university():
    """Return the profile of the university, its type included."""
    return attrs.evolve(example_profile(), types=SomeTypes())


@pytest.fixture(scope="session")
def sample():
    """Return a file with one micro-credential."""
    return (Path(__file__).parent / "sample.xml").read_bytes()


@pytest.fixture
def changed(sample):
    """Return a function that makes another file of the sample."""

    def change(*replaced):
        text = sample.decode()
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        return text.encode()

    return change


@pytest.fixture
def read(university):
    """Return a function that reads a file into a list of records."""

    def read(data, profile=university):
        return list(ElmoIntake().read(data, profile=profile))

    return read
