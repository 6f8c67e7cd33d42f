"""A refusal names the sender's own fields."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import attrs
import pytest
from mikrocert.award import Award
from mikrocert.kinds.institution import Mandate
from mikrocert.rules import rule_set
from mikrocert_institution_mu import example
from mikrocert_institution_mu.institution import MasarykUniversity
from mikrocert_institution_mu.intake import IsMuIntake
from mikrocert_institution_mu.layout import LAYOUT, columns
from mikrocert_institution_mu.names import NAMES, names_in_csv

_PROFILE = MasarykUniversity(Mandate("MC-2024-001", date(2024, 6, 1))).profile


def _bad_record(name: str):
    records = list(IsMuIntake().read(example(name).read_bytes(), profile=_PROFILE))
    record = next(record for record in records if record.award is not None)
    award = attrs.evolve(
        record.award,
        workload=attrs.evolve(record.award.workload, ects=Decimal(75)),
        assessments=(attrs.evolve(record.award.assessments[0], type="poklepání"),),
    )
    return record, rule_set("CZ-HE-2024").judge(award, on=date(2026, 11, 22))


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("is-mu-2026.json", {"ects", "hodnoceni[0].typ"}),
        ("is-mu-2026.csv", {"ects", "hodnoceni_typ[0]"}),
    ],
)
def test_rules_name_the_fields_of_the_export(name: str, places: set[str]) -> None:
    """What a rule finds is told under the name that the sender knows."""
    record, findings = _bad_record(name)
    assert places <= {finding.path for finding in record.named(findings)}


def test_every_name_is_a_field_of_the_layout() -> None:
    """No name is made up: each is a JSON member or a CSV column of the layout."""
    members = {name for part in LAYOUT for name in getattr(part, "names", (part.name,))}
    for name in NAMES.values():
        assert set(re.split(r"\[\]\.\w+|, ", name)) - {""} <= members, name
    known = set(columns()) | members
    for name in names_in_csv().values():
        assert set(name.split(", ")) <= known, name


def test_every_member_named_is_one_of_the_award() -> None:
    """The left side follows the award model."""
    for member in NAMES:
        assert member.split(".")[0] in {field.name for field in attrs.fields(Award)}
