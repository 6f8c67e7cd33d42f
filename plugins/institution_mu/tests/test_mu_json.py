"""The JSON export: what is refused, where and why."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import partial

import pytest
from mikrocert.codelists import codelist
from mikrocert.errors import IntakeError
from mikrocert.intake.layout import Group
from mikrocert.intake.members import Kind
from mikrocert.texts import Texts
from mikrocert_institution_mu.layout import layout

czech = partial(Texts(["mikrocert_institution_mu"]).plain, language="cs")


def exported(*records):
    document = {"format": "is-mu-mikrocertifikaty", "verze": 1, "zaznamy": list(records)}
    return json.dumps(document, ensure_ascii=False).encode()


UNUSABLE = {
    "an array": (b"[]", "not-an-export"),
    "another format": (b'{"format": "stag", "verze": 1, "zaznamy": []}', "not-an-export"),
    "another version": (b'{"format": "is-mu-mikrocertifikaty", "verze": 2, "zaznamy": []}', "not-an-export"),
    "version true": (b'{"format": "is-mu-mikrocertifikaty", "verze": true, "zaznamy": []}', "not-an-export"),
    "one more member": (
        b'{"format": "is-mu-mikrocertifikaty", "verze": 1, "zaznamy": [], "x": 1}',
        "not-an-export",
    ),
    "no array": (b'{"format": "is-mu-mikrocertifikaty", "verze": 1, "zaznamy": {}}', "not-an-export"),
    "BOM": (b'\xef\xbb\xbf{"format": "is-mu-mikrocertifikaty"}', "byte-order-mark"),
    "cp1250": ('{"format": "Dvořák"}'.encode("cp1250"), "not-utf-8"),
    "duplicate member": (b'{"format": 1, "format": 1}', "duplicate-member"),
    "NaN": (b'{"format": NaN}', "not-a-number"),
    "cut off": (b'{"format": "is-mu-', "not-json"),
}

FAULTS = {
    "missing name": ({"prijmeni": None}, "prijmeni", "missing"),
    "empty name": ({"prijmeni": "  "}, "prijmeni", "missing"),
    "missing title": ({"nazev": None}, "nazev", "missing"),
    "missing credits": ({"ects": None}, "ects", "missing"),
    "missing date": ({"datum_udeleni": None}, "datum_udeleni", "missing"),
    "misspelt member": ({"jmenno": "Jan"}, "jmenno", "unknown-field"),
    "column of CSV": ({"predmety_kod": "X"}, "predmety_kod", "unknown-field"),
    "text for a list": ({"vysledky_uceni": "Umí."}, "vysledky_uceni", "wrong-type"),
    "object for a text": ({"nazev": {"cs": "Včely"}}, "nazev", "wrong-type"),
    "boolean for a number": ({"ects": True}, "ects", "wrong-type"),
    "number for a text": ({"jmeno": 7}, "jmeno", "wrong-type"),
    "text in a group": ({"hodnoceni": ["test"]}, "hodnoceni[0]", "wrong-type"),
    "fraction for a level": ({"eqf": Decimal("5.5")}, "eqf", "not-an-integer"),
    "null in a list": ({"isced_f": ["0811", None]}, "isced_f[1]", "missing"),
    "outcome without text": ({"vysledky_uceni": ["Umí vařit.", ""]}, "vysledky_uceni[1]", "missing"),
    "fewer English outcomes": (
        {"vysledky_uceni": ["Umí vařit.", "Umí péct."], "vysledky_uceni_en": ["Cooks."]},
        "vysledky_uceni_en",
        "count-differs",
    ),
    "English outcomes only": (
        {"vysledky_uceni": [], "vysledky_uceni_en": ["Cooks."]},
        "vysledky_uceni_en",
        "count-differs",
    ),
    "unknown member in a group": (
        {"predmety": [{"nazev": "Řeč včel", "kredity": 2}]},
        "predmety[0].kredity",
        "unknown-field",
    ),
    "course without title": ({"predmety": [{"kod": "VČ1"}]}, "predmety[0].nazev", "missing"),
    "unknown faculty": ({"fakulta": "FIT"}, "fakulta", "unknown-faculty"),
    "grade without scale": (
        {"hodnoceni": [{"typ": "quiz", "znamka": "A"}]},
        "hodnoceni[0].stupnice",
        "grade-without-scale",
    ),
    "scale without grade": (
        {"hodnoceni": [{"typ": "quiz", "stupnice": "A až F"}]},
        "hodnoceni[0].znamka",
        "scale-without-grade",
    ),
    "skill of no outcome": (
        {"dovednosti_esco": [{"vysledek": 2, "uri": "http://data.europa.eu/esco/skill/x", "nazev": "x"}]},
        "dovednosti_esco[0].vysledek",
        "no-such-outcome",
    ),
    "stackability only described": ({"kumulativnost_popis": "Do celku."}, "kumulativnost", "missing"),
    "two-digit year": ({"datum_narozeni": "1. 2. 99"}, "datum_narozeni", "short-year"),
    "NUL": ({"prijmeni": "Ďur\x00"}, "prijmeni", "control-character"),
}

# Nobody's numbers: there is no 31 April.
BIRTH_NUMBERS = ["850431/0023", "8504310023", "850431 0023", "855431/0017"]
BIRTH_NUMBER_FIELDS = {
    "member rodne_cislo": ({"rodne_cislo": ""}, "rodne_cislo"),
    "member rc": ({"rc": None}, "rc"),
    "member Rodné číslo": ({"Rodné číslo": "x"}, "Rodné číslo"),
    "identifier named so": ({"identifikatory": [{"typ": "RČ", "hodnota": "x"}]}, "identifikatory[0].typ"),
}
PLACES = {
    "identifier": (
        lambda n: {"identifikatory": [{"typ": "osobní číslo", "hodnota": n}]},
        "identifikatory[0].hodnota",
    ),
    "student number": (lambda n: {"uco": n}, "uco"),
    "evidence number": (lambda n: {"evidencni_cislo": n}, "evidencni_cislo"),
    "name": (lambda n: {"prijmeni": f"Ďurůžka {n}"}, "prijmeni"),
    "date of birth": (lambda n: {"datum_narozeni": n}, "datum_narozeni"),
    "credits": (lambda n: {"ects": n}, "ects"),
    "further information": (lambda n: {"dalsi_informace": f"r. č. {n}"}, "dalsi_informace"),
    "code": (lambda n: {"forma": n}, "forma"),
    "faculty": (lambda n: {"fakulta": n}, "fakulta"),
}


@pytest.mark.parametrize(("data", "code"), UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_files_are_refused(read, data, code):
    """What is no such export is refused as a whole."""
    with pytest.raises(IntakeError) as caught:
        read(data)
    assert [finding.code for finding in caught.value.findings] == [code]


def test_encoding_of_json_is_utf_8(read, minimal):
    """Another encoding than UTF-8 is not for JSON."""
    assert read(exported(minimal), encoding="UTF-8")[0].award
    with pytest.raises(IntakeError, match="UTF-8"):
        read(exported(minimal), encoding="cp1250")


@pytest.mark.parametrize(("change", "path", "code"), FAULTS.values(), ids=FAULTS)
def test_faults_are_named(read, minimal, change, path, code):
    """A faulty record comes back with exactly this field and reason, and the good one after it goes on."""
    data = exported(
        {**minimal, **{k: float(v) if isinstance(v, Decimal) else v for k, v in change.items()}}, minimal
    )
    faulty, good = read(data)
    assert faulty.award is None
    assert [(finding.path, finding.code) for finding in faulty.findings] == [(path, code)]
    assert faulty.evidence_number == "MU-FI-2026-0001"
    assert good.award is not None


@pytest.mark.parametrize(
    "change",
    [{f"sloupec_{number}": number for number in range(150)}, {"isced_f": [None] * 150}],
    ids=["unknown members", "empty items"],
)
def test_no_record_floods_its_answer(read, minimal, change):
    """A hundred faults are named, the others counted."""
    (record,) = read(exported({**minimal, **change}))
    assert len(record.findings) == 101
    assert "50" in czech(record.findings[-1].message)


def test_near_name_is_suggested(read, minimal):
    """An unknown member is answered by the name that is probably meant."""
    (record,) = read(exported({**minimal, "Nazev": "Včely"}))
    assert "nazev" in str(record.findings[0].message)
    assert "„nazev“" in czech(record.findings[0].message)


@pytest.mark.parametrize("value", [7, "x", None, []], ids=repr)
def test_what_is_no_object_is_no_record(read, minimal, value):
    """A record that is no object is refused alone."""
    broken, good = read(exported(value, minimal))
    assert [finding.code for finding in broken.findings] == ["wrong-type"]
    assert (good.number, good.award is not None) == (2, True)


@pytest.mark.parametrize(("change", "path"), BIRTH_NUMBER_FIELDS.values(), ids=BIRTH_NUMBER_FIELDS)
def test_fields_for_birth_numbers_are_refused(read, minimal, change, path):
    """A field that is meant for birth numbers is refused, even an empty one."""
    (record,) = read(exported({**minimal, **change}))
    assert [(finding.path, finding.code) for finding in record.findings] == [(path, "birth-number")]


@pytest.mark.parametrize("number", BIRTH_NUMBERS)
@pytest.mark.parametrize(("change", "path"), PLACES.values(), ids=PLACES)
def test_birth_numbers_are_refused_and_not_repeated(read, minimal, change, path, number):
    """A birth number is refused wherever it stands, and neither the answer nor the record repeats it."""
    (record,) = read(exported({**minimal, **change(number)}))
    assert record.award is None
    assert [(finding.path, finding.code) for finding in record.findings] == [(path, "birth-number")]
    assert number not in repr(record)


def test_birth_number_as_name_of_a_member_is_not_repeated(read, minimal):
    """Even a member that is called so is not named."""
    (record,) = read(exported({**minimal, "850431/0023": "x"}))
    assert [finding.code for finding in record.findings] == ["birth-number"]
    assert "850431" not in repr(record)


@pytest.mark.parametrize(
    "harmless", ["0000-0002-1825-0097", "MU-2026-000123", "+420 549 491 011", "00216224"]
)
def test_other_numbers_are_no_birth_numbers(read, minimal, harmless):
    """An ORCID, an evidence number, a telephone number and an IČO pass."""
    (record,) = read(exported({**minimal, "dalsi_informace": harmless}))
    assert record.award is not None


def test_credits_are_exact(read, minimal):
    """JSON numbers are read as decimals, never as binary fractions."""
    data = exported(minimal).replace(b'"ects": 1', b'"ects": 1.10')
    assert str(read(data)[0].award.workload.ects) == "1.10"


def test_student_number_is_left_out(read, minimal):
    """The student number is read and enters no award."""
    (record,) = read(exported({**minimal, "uco": "483215"}))
    assert record.award is not None
    assert "483215" not in repr(record.award)


def test_profile_supplies_what_a_record_leaves_out(read, minimal, profile):
    """Quality assurance and place come from the profile unless a record has its own."""
    (record,) = read(exported(minimal))
    assert record.award.quality_assurance == profile.quality_assurance
    assert record.award.place == profile.place
    assert record.award.awarding_body == profile.organisation


def test_faculty_is_the_unit(read, minimal):
    """The code of a faculty gives the unit of the awarding body its name."""
    (record,) = read(exported({**minimal, "fakulta": "PřF"}))
    assert record.award.awarding_body.unit.get("cs") == "Přírodovědecká fakulta"


def test_templates_in_a_title_are_accepted(read, minimal):
    """`C++ <templates>` is a title like any other."""
    (record,) = read(exported({**minimal, "nazev": "C++ <templates>"}))
    assert record.award.title.get("cs") == "C++ <templates>"


def filled(field, name):
    """Return a value for a field of the layout."""
    if field.name == "fakulta":
        return "FI"
    by_kind = {
        Kind.TEXT: f"ř {name}",
        Kind.DATE: "1. 2. 2026",
        Kind.NUMBER: 7,
        Kind.INTEGER: 1,
    }
    if field.kind is Kind.CODE:
        value = next(iter(field.words), None) or codelist(field.code_list).concepts[0].code
    else:
        value = by_kind[field.kind]
    return [value] if field.many else value


def full():
    """Return a record that has every field of the layout."""
    record = {}
    for part in layout().parts:
        if isinstance(part, Group):
            record[part.name] = [
                {name: filled(field, name) for field in part.members for name in field.names}
            ]
        else:
            record.update({name: filled(part, name) for name in part.names})
    return record


def places():
    """Yield every field of the layout as group, or none, and name."""
    for part in layout().parts:
        if isinstance(part, Group):
            yield from ((part.name, name) for field in part.members for name in field.names)
        else:
            yield from ((None, name) for name in part.names if name != "uco")


@pytest.mark.parametrize(("group", "name"), list(places()))
def test_no_field_is_dropped(read, group, name):
    """Every field of the layout but the student number makes a difference."""
    without = full()
    del (without[group][0] if group else without)[name]
    complete, lacking = read(exported(full(), without))
    assert complete.award is not None
    assert lacking.award != complete.award
