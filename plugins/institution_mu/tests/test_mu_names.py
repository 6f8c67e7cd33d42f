"""A refusal names the sender's own fields, and all faults of a record come at once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import attrs
import pytest
from mikrocert.award import Award, Level, Skill
from mikrocert.intake.layout import Group
from mikrocert.intake.layout_intake import LayoutIntake
from mikrocert.intake.names import names_of
from mikrocert.kinds.institution import Mandate
from mikrocert.rules import rule_set
from mikrocert.texts import LanguageMap
from mikrocert_institution_mu import example
from mikrocert_institution_mu.institution import MasarykUniversity
from mikrocert_institution_mu.layout import layout

_PROFILE = MasarykUniversity(Mandate("MC-2024-001", date(2024, 6, 1))).profile
_RULES = rule_set("CZ-HE-2024")
_ON = date(2026, 11, 22)
_CZECH, _ENGLISH = LanguageMap({"cs": "Jen česky, nic víc"}), LanguageMap({"en": "In English only"})

_PLACES = {  # what is wrong → (change, rule, place in JSON, place in CSV)
    "credits": (
        lambda award: _with(award, "workload", ects=Decimal(75)), "workload-ects", "ects", "ects",
    ),
    "credits and hours": (
        lambda award: _with(award, "workload", hours=Decimal(2)), "workload-hours", "ects, hodin", "ects, hodin",
    ),
    "level and cycle": (
        lambda award: attrs.evolve(award, level=Level(8, "short")), "level-of-cycle", "eqf, cyklus", "eqf, cyklus",
    ),
    "cycle": (lambda award: attrs.evolve(award, level=Level(8, "x")), "level-cycle", "cyklus", "cyklus"),
    "Czech title": (lambda award: attrs.evolve(award, title=_ENGLISH), "title-cs", "nazev", "nazev"),
    "English title": (lambda award: attrs.evolve(award, title=_CZECH), "title-en", "nazev_en", "nazev_en"),
    "length of the English title": (
        lambda award: attrs.evolve(award, title=LanguageMap.of("Krátký", "l" * 301)), "title-length", "nazev_en", "nazev_en",
    ),
    "English prerequisites": (
        lambda award: attrs.evolve(award, prerequisites=LanguageMap.of("Nic", "#REF!")), "debris",
        "vstupni_pozadavky_en", "vstupni_pozadavky_en",
    ),
    "English outcome": (
        lambda award: attrs.evolve(
            award, outcomes=(award.outcomes[0], attrs.evolve(award.outcomes[1], title=_CZECH))
        ),
        "outcome-en", "vysledky_uceni_en[1]", "vysledky_uceni_en[1]",
    ),
    "type of an assessment": (
        lambda award: _assessed(award, type="poklepání"), "assessment-type", "hodnoceni[0].typ", "hodnoceni_typ[0]",
    ),
    "no assessment": (
        lambda award: attrs.evolve(award, assessments=()), "assessments", "hodnoceni", "hodnoceni_typ",
    ),
    "English words of an assessment": (
        lambda award: _assessed(award, title=LanguageMap.of("Zkouška", "NULL")), "debris",
        "hodnoceni[0].popis_en", "hodnoceni_popis_en[0]",
    ),
}  # fmt: skip


def _with(award: Award, member: str, **changes: object) -> Award:
    return attrs.evolve(award, **{member: attrs.evolve(getattr(award, member), **changes)})


def _assessed(award: Award, **changes: object) -> Award:
    return attrs.evolve(award, assessments=(attrs.evolve(award.assessments[0], **changes),))


def _read(data: bytes):
    return list(LayoutIntake(layout()).read(data, profile=_PROFILE))


def _first(name: str):
    return next(record for record in _read(example(name).read_bytes()) if record.award is not None)


@pytest.mark.parametrize("kind", _PLACES)
def test_rules_name_the_fields_of_the_export(kind: str) -> None:
    """What a rule finds is told under the name that the sender knows, in the language at fault."""
    change, code, *places = _PLACES[kind]
    for name, place in zip(("is-mu-2026.json", "is-mu-2026.csv"), places, strict=True):
        record = _first(name)
        findings = record.named(_RULES.judge(change(record.award), on=_ON))
        assert (code, place) in {(finding.code, finding.path) for finding in findings}


def test_a_skill_is_named_by_its_place_in_the_export() -> None:
    """Skills stand in one list, whichever outcome they belong to."""
    item = '{"vysledek": %d, "uri": "http://data.europa.eu/esco/skill/%d", "nazev": "Ruční řez"}'
    skills = ", ".join(item % (outcome, number) for number, outcome in enumerate((2, 1, 2)))
    data = example("is-mu-2026.json").read_text(encoding="utf-8")
    data = data.replace('"ects": 5,', f'"ects": 5, "dovednosti_esco": [{skills}],', 1)
    record = _read(data.encode())[0]
    findings = record.named(_RULES.judge(record.award, on=_ON))
    assert {(finding.path, finding.message.parameters["value"][-1]) for finding in findings} == {
        (f"dovednosti_esco[{number}].uri", str(number)) for number in range(3)
    }
    assert isinstance(record.award.outcomes[1].skills[1], Skill)


HEAD = "evidencni_cislo;jmeno;prijmeni;datum_narozeni;nazev;vysledky_uceni;ects;hodin;eqf;isced_f;jazyk_vyuky;forma;hodnoceni_typ;hodnoceni_datum;predmety_nazev;predmety_ects;datum_udeleni"
ROW = "MU-1;Řehoř;Ďurůžka;1. 2. 1999;Úvod do včelařství;Vyhledá matku.;2,5;65;5;0811;čeština;prezenční;kvíz|portfolio;1. 6. 2026|2. 6. 2026;Včely|Úly;77|;22.6.2026"


def _hidden(**cells: str) -> tuple[set[str], set[str]]:
    """Return where the intake and where the rules find something wrong in a row with other cells."""
    row = ";".join({**dict(zip(HEAD.split(";"), ROW.split(";"), strict=True)), **cells}.values())
    [record] = _read(f"{HEAD}\n{row}\n".encode())
    assert record.award is None
    part = record.part
    judged = _RULES.judge(part.award, on=_ON, withheld=part.missing)
    more = [f for f in judged if f.code != "withheld" and not part.lacks(f.path)]
    return {f.path for f in record.findings}, {f.path for f in record.named(more)}


_ALWAYS = {"nazev_en", "vysledky_uceni_en[0]", "predmety_ects[0]"}

_UNREADABLE = {  # cells → (what the intake tells, what the rules tell besides)
    "credits": ({"ects": "moc", "isced_f": "9898"}, {"ects"}, _ALWAYS | {"isced_f[0]"}),
    "date of the award": (
        {"datum_udeleni": "22. 6. 26", "prijmeni": "Ďurů<žka"}, {"datum_udeleni"}, _ALWAYS | {"prijmeni"},
    ),
    "date of birth": ({"datum_narozeni": "včera", "eqf": "9"}, {"datum_narozeni"}, _ALWAYS | {"eqf"}),
    "level": ({"eqf": "bakalář", "ects": "61"}, {"eqf"}, _ALWAYS | {"ects", "ects, hodin"}),
    "title": ({"nazev": "=1", "forma": "jak kdy"}, {"nazev", "forma"}, _ALWAYS - {"nazev_en"}),
    "one of two dates": ({"hodnoceni_datum": "1. 6. 2026|včera"}, {"hodnoceni_datum[1]"}, _ALWAYS),
    "number of dates": (
        {"hodnoceni_datum": "1. 6. 2026|2. 6. 2026|3. 6. 2026", "isced_f": "9898"}, {"hodnoceni_typ"},
        _ALWAYS | {"isced_f[0]"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", _UNREADABLE)
def test_what_can_t_be_read_hides_nothing_else(kind: str) -> None:
    """Rules judge the rest of a record, and nothing that stands in for what could not be read."""
    cells, unread, found = _UNREADABLE[kind]
    assert _hidden(**cells) == (unread, found)


def test_an_empty_record_is_told_everything_it_lacks() -> None:
    """Each required field is named, whether the intake or a rule misses it."""
    [record] = _read(b'{"format": "is-mu-mikrocertifikaty", "verze": 1, "zaznamy": [{}]}')
    judged = _RULES.judge(record.part.award, on=_ON, withheld=record.part.missing)
    paths = {finding.path for finding in (*record.findings, *record.named(judged))}
    assert {part.name for part in layout().parts if part.required} <= paths


def test_every_name_is_a_field_of_the_layout() -> None:
    """No name is made up: each is a JSON member or a CSV column of the layout."""
    members = {
        name
        for part in layout().parts
        for name in (
            (part.name, *(f"{part.name}[].{one}" for field in part.members for one in field.names))
            if isinstance(part, Group)
            else part.names
        )
    }
    for name in names_of(layout(), table=False).joined().values():
        assert set(name.split(", ")) <= members, name
    for name in names_of(layout(), table=True).joined().values():
        assert set(name.split(", ")) <= set(layout().columns), name


def test_every_member_named_is_one_of_the_award() -> None:
    """The left side follows the award model."""
    for member in names_of(layout(), table=False).members:
        assert member.split(".")[0] in {field.name for field in attrs.fields(Award)}


def test_every_field_that_can_be_lost_is_a_member() -> None:
    """Whatever column can't be read, the rules know which member of the award that is."""
    beside = {"uco", "titul_pred", "titul_za"}
    names = names_of(layout(), table=True)
    lost = {name: names.members_at([name]) for name in layout().columns if name not in beside}
    assert {name for name, members in lost.items() if not members} == set()
