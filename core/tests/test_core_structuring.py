"""Structuring: no coercion, no unknown member, every fault with its path."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Literal

import attrs
import pytest
from mikrocert.award import Learner, Workload
from mikrocert.errors import IntakeError
from mikrocert.parsing.structuring import structured, unstructured
from mikrocert.texts import LanguageMap, Texts, message

czech = partial(Texts().plain, language="cs")


@attrs.frozen
class Inner:
    number: int
    flag: bool = False


@attrs.frozen
class Outer:
    name: str
    inner: Inner
    many: tuple[Inner, ...] = ()
    words: tuple[str, ...] = ()
    listed: list[str] = attrs.field(factory=list[str])
    share: Decimal | None = None
    ratio: float = 0.0
    day: date | None = None
    title: LanguageMap | None = None
    file: Path | None = None
    kind: str = attrs.field(default="a", validator=attrs.validators.in_(("a", "b")))
    level: Literal["low", "high"] = "low"
    secret: str = attrs.field(default="file:x", validator=attrs.validators.matches_re("file:.*"))
    least: int = attrs.field(default=1, validator=attrs.validators.ge(1))
    short: str = attrs.field(default="", validator=attrs.validators.max_len(9))
    own: str = attrs.field(default="", validator=lambda _, __, given: _demand_empty(given))
    foreign: str = attrs.field(default="", validator=lambda _, __, given: _refuse(given))


def _demand_empty(given):
    if given:
        raise ValueError(message("nothing would be right"))


def _refuse(given):
    if given:
        words = f"{given} is no PIN"
        raise ValueError(words)


GOOD = {"name": "Ďáblice", "inner": {"number": 1}}

WRONG = {  # name → (members changed, path, English message)
    "a text for an integer": (
        {"inner": {"number": "12"}},
        "inner.number",
        "this is a text; it has to be a whole number",
    ),
    "a fraction for an integer": (
        {"inner": {"number": Decimal("1.9")}},
        "inner.number",
        "a decimal number; it has to be a whole",
    ),
    "a whole fraction for an integer": (
        {"inner": {"number": 1.0}},
        "inner.number",
        "it has to be a whole number",
    ),
    "a boolean for an integer": ({"inner": {"number": True}}, "inner.number", "this is a boolean"),
    "a text for a boolean": (
        {"inner": {"number": 1, "flag": "false"}},
        "inner.flag",
        "it has to be true or false",
    ),
    "a number for a boolean": (
        {"inner": {"number": 1, "flag": 0}},
        "inner.flag",
        "it has to be true or false",
    ),
    "null for a text": ({"name": None}, "name", "this is null; it has to be a text"),
    "a number for a text": ({"name": 1}, "name", "it has to be a text"),
    "a text for a number": ({"share": "2,5"}, "share", "this is a text; it has to be a number"),
    "a boolean for a number": ({"share": True}, "share", "this is a boolean; it has to be a number"),
    "a text for a float": ({"ratio": "0.5"}, "ratio", "it has to be a number"),
    "a text for an array": ({"words": "abc"}, "words", "this is a text; it has to be an array"),
    "a text for a list": ({"listed": "abc"}, "listed", "this is a text; it has to be an array"),
    "an object for an array": ({"many": {}}, "many", "this is an object; it has to be an array"),
    "an array for an object": ({"inner": []}, "inner", "this is an array; it has to be an object"),
    "a wrong element": ({"words": ["a", 2]}, "words[1]", "it has to be a text"),
    "a wrong member of an element": (
        {"many": [{"number": 1}, {"number": "2"}]},
        "many[1].number",
        "whole number",
    ),
    "a missing member": ({"inner": {}}, "inner.number", "mandatory and missing"),
    "a near miss": ({"naem": "x"}, "naem", "unknown member; probably 'name' is meant"),
    "an unknown member": ({"inner": {"number": 1, "zzz": 1}}, "inner.zzz", "known are: number, flag"),
    "an unknown member that drives terminals": ({"\x1b[2J": 1}, "\\x1b[2J", "unknown member"),
    "a Czech date": ({"day": "22. 11. 2026"}, "day", "it has to be a date YYYY-MM-DD"),
    "a day that isn't": ({"day": "2026-02-30"}, "day", "there is no day 2026-02-30"),
    "a date with time": ({"day": datetime(2026, 1, 1)}, "day", "a date with time"),  # noqa: DTZ001 - as TOML gives it
    "a compact date": ({"day": "20260101"}, "day", "YYYY-MM-DD"),
    "fullwidth digits": ({"day": "２０２６-01-01"}, "day", "YYYY-MM-DD"),
    "a text for a language map": ({"title": "x"}, "title", "an object of texts by language"),
    "an empty language map": ({"title": {}}, "title", "at least one"),
    "a blank text": ({"title": {"cs": " ", "en": ""}}, "title", "missing or empty in language: cs, en"),
    "null in a language map": ({"title": {"cs": None}}, "title", "missing or empty in language: cs"),
    "no language code": ({"title": {"čeština": "x"}}, "title", "keyed by language code"),
    "a number for a path": ({"file": 1}, "file", "it has to be a text"),
    "a value not among those allowed": (
        {"kind": "4711"},
        "kind",
        "not an allowed value: it has to be a or b",
    ),
    "a value not among those of a type": ({"level": "4711"}, "level", "it has to be low or high"),
    "a value of another form": ({"secret": "4711"}, "secret", "it has to be of the form file:.*"),
    "a number out of bounds": ({"least": -4711}, "least", "it has to be >= 1"),
    "a text that is too long": ({"short": "4711471147"}, "short", "its length has to be <= 9"),
    "a value that a sentence refuses": ({"own": "4711"}, "", "nothing would be right"),
    "a value that a library refuses": ({"foreign": "4711"}, "", "not an allowed value: ValueError"),
}


@pytest.mark.parametrize("name", WRONG)
def test_nothing_is_coerced_or_passed_over(name):
    """Each fault is told with its path, in Czech and English."""
    changes, path, sentence = WRONG[name]
    with pytest.raises(IntakeError) as caught:
        structured({**GOOD, **changes}, Outer, refuse=IntakeError)
    [finding] = caught.value.findings
    assert finding.path == path
    assert sentence in str(finding.message)
    assert "4711" not in str(finding.message)  # the value may be a secret
    assert czech(finding.message) != str(finding.message)


def test_all_faults_come_at_once():
    """A document with many faults is refused once, naming each."""
    with pytest.raises(IntakeError) as caught:
        structured(
            {"nme": 1, "inner": {"flag": "x"}, "words": [1, "a", None], "share": []},
            Outer,
            refuse=IntakeError,
        )
    assert {finding.path for finding in caught.value.findings} == {
        "name", "nme", "inner.number", "inner.flag", "words[0]", "words[2]", "share",
    }  # fmt: skip


def test_no_file_floods_its_answer():
    """The first hundred faults are told, and that there are more."""
    many = {**GOOD, "words": [1] * 1000, **{f"naem{number}": 1 for number in range(1000)}}
    with pytest.raises(IntakeError) as caught:
        structured(many, Outer, refuse=IntakeError)
    assert len(caught.value.findings) == 101
    assert caught.value.findings[-1].code == "more-faults"


@pytest.mark.parametrize(
    "options",
    [("ano", "ne"), ["ano", "ne"], {"ano": 1, "ne": 0}, {"ne", "ano"}, frozenset(("ne", "ano"))],
)
def test_options_are_named_however_they_are_kept(options):
    """Whoever mistyped one reads what there is, and never the value, which may be a secret."""
    kind = attrs.make_class("Kind", {"mode": attrs.field(type=str, validator=attrs.validators.in_(options))})
    with pytest.raises(IntakeError) as caught:
        structured({"mode": "tajné"}, kind, refuse=IntakeError)
    [finding] = caught.value.findings
    assert (finding.path, str(finding.message)) == ("mode", "not an allowed value: it has to be ano or ne")


@pytest.mark.parametrize("value", [None, 1, "x", [], Decimal(1)])
def test_what_is_no_object_is_refused(value):
    """The whole has to be an object."""
    with pytest.raises(IntakeError, match="has to be an object"):
        structured(value, Outer, refuse=IntakeError)


def test_paths_begin_where_the_caller_says():
    """A path given is set before every path."""
    with pytest.raises(IntakeError) as caught:
        structured({"name": 1}, Outer, refuse=IntakeError, path="seals.test")
    assert {finding.path for finding in caught.value.findings} == {"seals.test.name", "seals.test.inner"}


def test_right_values_are_taken_as_they_are():
    """What fits is taken; whole numbers and binary fractions become decimals by what they look like."""
    value = structured(
        {**GOOD, "share": 2.5, "day": "2026-11-22", "title": {"en": "T", "cs": "Ť"}, "file": "a.pem", "ratio": 1,
         "many": [{"number": 2, "flag": True}]},
        Outer, refuse=IntakeError,
    )  # fmt: skip
    assert value.share == Decimal("2.5")
    assert value.day == date(2026, 11, 22)
    assert list(value.title) == ["cs", "en"]
    assert value.file == Path("a.pem")
    assert value.many == (Inner(2, flag=True),)
    assert structured({**GOOD, "day": date(2026, 11, 22)}, Outer, refuse=IntakeError).day == value.day


def test_unstructuring_leaves_out_defaults():
    """What is at its default is left out, and the rest is plain."""
    learner = Learner("Ďuro", "Říha", date(1994, 3, 14))
    assert unstructured(learner) == {"given_name": "Ďuro", "family_name": "Říha", "birth_date": "1994-03-14"}
    assert unstructured(Workload(Decimal("2.50"))) == {"ects": Decimal("2.50")}
