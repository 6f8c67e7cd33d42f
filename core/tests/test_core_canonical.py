"""The canonical form: schema, intake and hash."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from datetime import date
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.award import Award
from mikrocert.award.canonical import award_from_json, award_to_json, awards_schema, canonical_octets
from mikrocert.award.common import Common
from mikrocert.award.model import TypeReference
from mikrocert.builtin.intake import CanonicalIntake
from mikrocert.errors import IntakeError
from mikrocert.parsing import strict_json
from mikrocert.parsing.structuring import structured
from mikrocert.rules import rule_set
from mikrocert.testing import IntakeContract, example_award, example_profile, example_stacked_award
from mikrocert.testing.strategies import awards

SCHEMA = awards_schema()


def sample(*awards):
    return strict_json.dumps({"awards": list(awards)}).encode()


def read(data, **options):
    return list(CanonicalIntake().read(data, profile=example_profile(), **options))


class TestCanonicalIntake(IntakeContract):
    """The canonical intake keeps the contract of intakes."""

    @pytest.fixture
    def intake(self):
        return CanonicalIntake()

    @pytest.fixture
    def sample(self):
        return sample(award_to_json(example_award()))

    @pytest.fixture
    def numbers(self):
        return ["UŘ/2026/0042"]


def test_an_award_reads_back_equal():
    """From the model to JSON and back nothing is lost."""
    [record] = read(sample(award_to_json(example_award())))
    assert record.award == example_award()
    assert record.evidence_number == "UŘ/2026/0042"
    assert record.findings == ()


@pytest.mark.system  # some seconds
@given(award=awards(awarded_until=date(2026, 11, 22)))
def test_any_award_survives_the_way_through_json(award):
    """Whatever an award can say, its canonical form says it, the schema allows it, and it reads back equal."""
    octets = sample(award_to_json(award))
    [record] = read(octets)
    # No place means the usual one of the institution.
    assert record.award == attrs.evolve(award, place=award.place or example_profile().place)
    assert award_from_json(json.loads(octets)["awards"][0]) == award
    assert fits(json.loads(octets), SCHEMA)


def test_the_profile_fills_in():
    """Awarding body, quality assurance and place may be left out; what an award says of its own stands."""
    plain = award_to_json(example_award())
    for name in ("awarding_body", "quality_assurance", "place"):
        del plain[name]
    [filled, own] = read(sample(plain, {**plain, "place": {"cs": "Říčany"}}))
    assert filled.award == example_award()
    assert own.award.place.best("cs") == "Říčany"


def test_awards_are_accepted_one_by_one():
    """A bad award comes back with every fault, and the next one is read."""
    good = award_to_json(example_award())
    bad = {**good, "evidence_number": "UŘ/2", "awarded_on": "22. 6. 2026", "leval": {"eqf": 7}}
    records = read(sample(good, bad, "no award", good))
    assert [record.number for record in records] == [1, 2, 3, 4]
    assert [record.award is None for record in records] == [False, True, True, False]
    assert records[1].evidence_number == "UŘ/2"
    assert {finding.path for finding in records[1].findings} == {"awarded_on", "leval"}
    assert "'level' is meant" in " ".join(str(finding.message) for finding in records[1].findings)
    assert records[2].findings[0].code == "wrong-type"


LEFT = {  # name → (changes to a good award, paths that are missing, what the rules find besides)
    "a date": ({"awarded_on": "včera", "level": {"eqf": 9}}, {"awarded_on"}, {("level-eqf", "level.eqf")}),
    "a member inside": (
        {"learner": {"given_name": "Řehoř", "family_name": "<Ďurů>", "birth_date": "včera"}},
        {"learner.birth_date"},
        {("learner-family-name-characters", "learner.family_name")},
    ),
    "a member of a list": (
        {"outcomes": [{"title": {"cs": "Umí vše."}}, {"title": "x"}], "languages": []}, {"outcomes"},
        {("languages", "languages")},
    ),
    "what can't be left out": ({"level": {"eqf": "6"}, "languages": []}, {"level"}, {("languages", "languages")}),
    "nothing but an unknown member": ({"leval": 1, "languages": []}, {"leval"}, {("languages", "languages")}),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_of_an_award_can_be_judged(name):
    """An award that can't be read as a whole comes back without what can't be read, for the rules to find the rest."""
    changes, missing, found = LEFT[name]
    [record] = read(sample({**award_to_json(example_award()), **changes}))
    assert record.award is None
    assert record.part.missing == missing
    judged = rule_set("CZ-HE-2024").judge(
        record.part.award, on=date(2026, 11, 22), withheld=record.part.missing
    )
    assert {(f.code, f.path) for f in judged if f.code != "withheld"} == found


@given(data=st.data())
def test_whatever_is_wrong_with_an_award_the_rest_is_left(data):
    """Whichever members are of another kind, missing or unknown, the award comes back in part, with the other members."""
    good = award_to_json(example_award())
    junk = st.one_of(
        st.none(), st.integers(), st.text(max_size=3), st.just([1]), st.just({"x.y[0]": {"": 1}})
    )
    bad = data.draw(st.dictionaries(st.sampled_from(sorted(good)), junk, min_size=1))
    extra = data.draw(st.dictionaries(st.sampled_from(["ř.x", "ř[0]", "", "\u0000", "ř" * 300]), junk))
    [record] = read(sample({**good, **bad, **extra}))
    if record.award is None:
        rest = set(good) - set(bad)
        assert rest.isdisjoint(record.part.missing)
        assert all(getattr(record.part.award, name) == getattr(example_award(), name) for name in rest)


def test_an_empty_award_is_judged_too():
    """What is missing is told once, and nothing that stands in for it."""
    [record] = read(sample({}))
    assert len(record.part.missing) == len(record.findings)
    judged = rule_set("CZ-HE-2024").judge(
        record.part.award, on=date(2026, 11, 22), withheld=record.part.missing
    )
    assert {finding.code for finding in judged} <= {"withheld"}


UNREADABLE = {  # name → (octets, English message)
    "a list": (b"[]", 'one member "awards"'),
    "no member": (b"{}", 'one member "awards"'),
    "another member": (b'{"awards": [], "more": 1}', 'one member "awards"'),
    "awards are an object": (b'{"awards": {}}', 'one member "awards"'),
    "awards are a text": (b'{"awards": "x"}', 'one member "awards"'),
    "not JSON": (b"awards", "this is not JSON"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_file_of_awards_is_refused(name):
    """The file is refused as a whole, before any record."""
    data, message = UNREADABLE[name]
    with pytest.raises(IntakeError, match=message):
        CanonicalIntake().read(data, profile=example_profile())


@pytest.mark.parametrize("encoding", [None, "utf-8", "UTF-8", "utf8", "UTF_8"])
def test_utf8_may_be_named(encoding):
    """However UTF-8 is spelled, it is UTF-8."""
    assert read(sample(), encoding=encoding) == []


def test_other_encodings_are_refused():
    """JSON has one encoding."""
    with pytest.raises(IntakeError, match="UTF-8 only"):
        read(sample(), encoding="cp1250")


# The hash


@given(st.sampled_from(["6", "6.0", "6.00", "6.000"]), st.none() | st.emails())
def test_hash_ignores_e_mail_and_trailing_zeros(ects, email):
    """6 == 6.0 == 6.00, and the e-mail is not part of the award."""
    award = example_award()
    same = attrs.evolve(
        award,
        workload=attrs.evolve(award.workload, ects=Decimal(ects)),
        learner=attrs.evolve(award.learner, email=email),
    )
    assert canonical_octets(same) == canonical_octets(
        attrs.evolve(award, workload=attrs.evolve(award.workload, ects=Decimal(6)))
    )


def test_hash_ignores_the_type():
    """What was taken from it stands in the award, so that a later version of the type makes no other award."""
    typed = [attrs.evolve(example_award(), type=TypeReference("DATA1", version)) for version in (None, 1, 2)]
    assert {canonical_octets(award) for award in typed} == {canonical_octets(example_award())}


@given(st.randoms())
def test_hash_ignores_the_order_of_members(random):
    """Two senders that order members differently send the same award."""

    def shuffled(value):
        if isinstance(value, dict):
            names = list(value)
            random.shuffle(names)
            return {name: shuffled(value[name]) for name in names}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    award = structured(shuffled(award_to_json(example_award())), Award, refuse=IntakeError)
    assert canonical_octets(award) == canonical_octets(example_award())


CHANGES = {
    "evidence_number": "UŘ/2026/0043",
    "awarded_on": date(2026, 6, 23),
    "languages": ("cs", "en"),
    "place": None,
    "valid_until": date(2030, 1, 1),
    "learning_type": "class",
}


@pytest.mark.parametrize("member", CHANGES)
def test_hash_tells_content_apart(member):
    """Any other change is another award."""
    assert canonical_octets(attrs.evolve(example_award(), **{member: CHANGES[member]})) != canonical_octets(
        example_award()
    )


def test_hash_stays_what_it_was():
    """A salted hash of these octets is kept in archives for ever, so that what they are can't change unnoticed."""
    assert hashlib.sha256(canonical_octets(example_award())).hexdigest() == GOLDEN


GOLDEN = "8ed41c271a865ee6cb7164385047389452e60a689d92902c1bfb57e18ba411e5"


# The schema


def test_schema_is_json_schema_2020_12():
    """It says so, every reference leads somewhere, and every object is closed."""
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    text = json.dumps(SCHEMA)
    references = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert references <= set(SCHEMA["$defs"])
    objects = [SCHEMA, *SCHEMA["$defs"].values()]
    assert all(entry["type"] == "object" and entry["additionalProperties"] is False for entry in objects)


def test_schema_describes_every_member():
    """Descriptions come from the model, all of them."""
    for name, definition in SCHEMA["$defs"].items():
        assert definition["description"], name
        for member, about in definition.get("properties", {}).items():
            assert about.get("description"), f"{name}.{member}"


def test_schema_asks_for_what_the_profile_can_not_know():
    """Awarding body and quality assurance are optional, everything else without default is mandatory, or a type says it."""
    optional = {"awarding_body", "quality_assurance"}
    mandatory = {field.name for field in attrs.fields(Award) if field.default is attrs.NOTHING}
    award = SCHEMA["$defs"]["Award"]
    of_types = {field.name for field in attrs.fields(Common)}
    assert set(award["required"]) == mandatory - optional - of_types
    assert award["anyOf"] == [{"required": ["type"]}, {"required": award["anyOf"][1]["required"]}]
    assert {*award["required"], *award["anyOf"][1]["required"]} == mandatory - optional


def fits(value, about):  # noqa: PLR0911 - one answer for each word
    """Say whether a value meets the few words of JSON Schema that the schema uses."""
    keywords = {"$ref", "anyOf", "type", "properties", "required", "additionalProperties", "items", "pattern",
             "patternProperties", "minProperties", "description", "format", "title", "$schema", "$defs"}  # fmt: skip
    assert set(about) <= keywords
    if "$ref" in about:
        return fits(value, SCHEMA["$defs"][about["$ref"].rpartition("/")[2]])
    if set(about) == {"required"}:
        return isinstance(value, dict) and set(about["required"]) <= set(value)
    if "anyOf" in about and not any(fits(value, one) for one in about["anyOf"]):
        return False
    if "type" not in about:
        return True
    kinds = {
        "string": str, "integer": int, "number": (int, float, Decimal), "array": list, "object": dict, "null": type(None),
    }  # fmt: skip
    if not isinstance(value, kinds[about["type"]]) or (isinstance(value, bool)):
        return False
    if "pattern" in about and not re.search(about["pattern"], value):
        return False
    if about["type"] == "array":
        return all(fits(item, about["items"]) for item in value)
    if about["type"] == "object":
        named, patterns = about.get("properties", {}), about.get("patternProperties", {})
        if not set(about.get("required", ())) <= set(value) or len(value) < about.get("minProperties", 0):
            return False
        for name, member in value.items():
            one = named.get(name) or next((s for p, s in patterns.items() if re.search(p, name)), None)
            if one is None or not fits(member, one):
                return False
    return True


JUNK = [
    None, True, 0, "", " ", "x", "2026-11-22", "2026-02", [], {}, {"cs": "ř"}, {"CS": "ř"}, {"cs": " "}, [{"cs": "ř"}],
]  # fmt: skip


@pytest.mark.system
@given(st.data())
def test_schema_and_intake_agree(data):
    """Whatever member is removed, added or replaced by junk, the schema accepts exactly what the intake reads."""
    award = data.draw(st.sampled_from([example_award(), example_stacked_award()]))
    document = json.loads(strict_json.dumps(award_to_json(award)))
    for _ in range(data.draw(st.integers(0, 2))):
        at = document
        while True:
            keys = sorted(at) if isinstance(at, dict) else list(range(len(at)))
            key = data.draw(st.sampled_from([*keys, "zzz"] if isinstance(at, dict) else keys))
            if key == "zzz":
                at[key] = 1
                break
            if isinstance(at[key], dict | list) and at[key] and data.draw(st.booleans()):
                at = at[key]
                continue
            if isinstance(at, dict) and data.draw(st.booleans()):
                del at[key]
            else:
                at[key] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
            break
    [record] = read(sample(document))
    assert fits({"awards": [document]}, SCHEMA) == (record.award is not None), record.findings
