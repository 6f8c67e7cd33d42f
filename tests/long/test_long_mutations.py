"""Tens of thousands of mutations, or a hundred: whatever is changed in a file, what comes is a report or an error of ours, and nothing is valid."""
# pyright: basic

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from mikrocert.award import Award
from mikrocert.award.canonical import award_from_json, award_to_json, canonical_octets
from mikrocert.builtin.intake import CanonicalIntake
from mikrocert.errors import FormatError, IntakeError
from mikrocert.parsing import strict_json
from mikrocert.report import Severity, Verdict
from mikrocert.rules import rule_set
from mikrocert.service.institutions.exports import read_export
from mikrocert.service.system import System, open_system
from mikrocert.settings import load_settings
from mikrocert.testing import example_award, example_profile
from mikrocert_institution_mu import example
from mikrocert_seal_ades.jades import strict_json as jades_json
from mikrocert_seal_ades.jades.errors import JsonError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mikrocert.kinds.intake import IntakeRecord

MANY = pytest.mark.parametrize("count", [100, pytest.param(20_000, marks=pytest.mark.long)])
DAY = datetime(2026, 11, 22, tzinfo=UTC).date()

# What readers have stumbled over: brackets, escapes, numbers, zeros, controls, surrogates, names of PDF.
TOKENS = (
    *(b"{", b"}", b"[", b"]", b'"', b":", b",", b"\\", b"\\u0000", b"\\ud800", b"\\u0061", b"null", b"true", b"NaN"),
    *(b"1e400", b"-0", b"-1", b"0.1", b"9" * 70, b'""', b"[]", b"{}", b"[[[[[[[[", b"\x00", b"\xff", b"\xc5", b"\xed\xa0\x80"),
    *("ř".encode(), "\u202e".encode(), b"\xef\xbb\xbf", b"\r\n", b"%PDF-1.7\n", b" obj\n", b"endobj", b"stream", b"%%EOF", b"<<"),
    *(b">>", b"/Contents <00>", b"/ByteRange [0 1 2 3]", b"startxref\n0\n", b"__proto__", b"2026-02-30", b";", b"'", b"=1+1"),
)  # fmt: skip


def flip(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def replace(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] = chance.randrange(256)


def cut(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.choice((1, 1, 2, 16, 400))]


def truncate(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def insert(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data) + 1)
    data[start:start] = chance.choice(TOKENS)


def overwrite(data: bytearray, chance: random.Random) -> None:
    token, start = chance.choice(TOKENS), chance.randrange(len(data))
    data[start : start + len(token)] = token


def repeat(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    piece = data[start : start + chance.choice((1, 8, 80, 800))]
    data[start:start] = piece * chance.choice((1, 1, 3))


def move(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    end = start + chance.choice((1, 8, 80))
    piece = data[start:end]
    del data[start:end]
    there = chance.randrange(len(data) + 1)
    data[there:there] = piece


CHANGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    *(flip, replace, cut, truncate),
    *(insert, overwrite, repeat, move),
)


def mutations(data: bytes, *, count: int, seed: str) -> Iterator[bytes]:
    """Yield changed copies, each other than the original; most are changed once."""
    chance = random.Random(seed)
    while count:
        changed = bytearray(data)
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            if changed:
                chance.choice(CHANGES)(changed, chance)
        if changed != data:
            count -= 1
            yield bytes(changed)


@pytest.fixture(scope="module")
def system(demo: Path) -> Iterator[System]:
    """Return the demo's system, open."""
    with open_system(load_settings(demo / "mikrocert.toml", environment={})) as opened:
        yield opened


@MANY
@pytest.mark.parametrize("suffix", [".jsonld", ".pdf"])
def test_no_change_of_a_file_is_valid(
    system: System, demo: Path, suffix: str, count: int, record_property
) -> None:
    """Sealed file and certificate, changed somehow, are invalid or unusable, and it is said why."""
    data = min(demo.glob(f"*{suffix}")).read_bytes()
    assert system.verify(data).verdict is Verdict.VALID
    verdicts: Counter[str] = Counter()
    for changed in mutations(data, count=count // 2, seed=suffix):
        report = system.verify(changed)
        verdicts[report.verdict.value] += 1
        assert report.verdict in {Verdict.INVALID, Verdict.UNUSABLE}, changed
        findings = [*report.unusable, *(finding for result in report.results for finding in result.findings)]
        assert any(finding.severity is Severity.ERROR for finding in findings), changed
        assert "plugin-crashed" not in {finding.code for finding in findings}, (findings, changed)
    record_property("verdicts", dict(verdicts))


@MANY
def test_both_readers_of_strict_json_understand_the_same(count: int, record_property) -> None:
    """Both refuse a text with an error of theirs, or read the same, which is what every reader of JSON reads."""
    document = {
        "payload": 'Řeřicha "a" \\ 😀 \u2028',
        "numbers": [0, -1, 12, 1.5, 1e3, 0.1, 123456789012],
        "nothing": None,
        "nested": [[{"a": [True, False, {}]}], [], ""],
    }  # fmt: skip
    texts = [
        json.dumps(document, ensure_ascii=escaped, indent=indent)
        for escaped in (True, False)
        for indent in (None, 1)
    ]
    read: Counter[str] = Counter()
    for number, text in enumerate(texts):
        for changed in mutations(text.encode(), count=count // len(texts), seed=f"strict {number}"):
            try:
                ours = strict_json.loads(changed, refuse=FormatError)
            except FormatError:
                ours = FormatError
            try:
                theirs = jades_json.loads(changed)
            except JsonError:
                theirs = JsonError
            assert (ours is FormatError) == (theirs is JsonError), changed
            read["refused" if ours is FormatError else "read"] += 1
            if ours is not FormatError:
                assert same(ours, json.loads(changed)), changed
                assert same(theirs, json.loads(changed)), changed
    record_property("texts", dict(read))


def same(strict: object, lenient: object) -> bool:
    """Return whether a value is what Python's own reader made of the same text."""
    if isinstance(strict, dict):
        return (
            isinstance(lenient, dict)
            and list(strict) == list(lenient)
            and all(map(same, strict.values(), lenient.values()))
        )
    if isinstance(strict, list):
        return isinstance(lenient, list) and len(strict) == len(lenient) and all(map(same, strict, lenient))
    if isinstance(strict, Decimal):
        return float(strict) == lenient
    return type(strict) is type(lenient) and strict == lenient


def reading(
    read: Callable[[bytes], list[IntakeRecord]],
) -> Callable[[bytes], tuple[list[IntakeRecord], bool]]:
    """Return what reads an export, holds that nothing crashed, and says whether the file as a whole was refused."""

    def attempt(data: bytes) -> tuple[list[IntakeRecord], bool]:
        try:
            records, faults = read(data), ()
        except IntakeError as error:
            records, faults = [], error.findings
            refused = True
        else:
            refused = False
        findings = [*faults, *(finding for record in records for finding in record.findings)]
        assert "plugin-crashed" not in {finding.code for finding in findings}, (findings, data)
        assert bool(faults) == refused, data
        return records, refused

    return attempt


@MANY
def test_a_changed_canonical_file_is_read_or_refused_with_reasons(count: int, record_property) -> None:
    """Each award is refused with its faults or is one that rules, canonical form and schema can take."""
    awards = [award_to_json(example_award()), {**award_to_json(example_award()), "evidence_number": "ŘÚ/2"}]
    data = json.dumps({"awards": awards}, ensure_ascii=False, default=float).encode()
    rules = rule_set("CZ-HE-2024")
    found: Counter[str] = Counter()
    intake, profile = CanonicalIntake(), example_profile()
    read_or_refused = reading(lambda data: read_export(data, intake=intake, profile=profile, encoding=None))
    for changed in mutations(data, count=count, seed="canonical"):
        records, refusal = read_or_refused(changed)
        found["files refused"] += bool(refusal)
        for record in records:
            if record.award is None:
                assert any(finding.severity is Severity.ERROR for finding in record.findings), changed
                found["awards refused"] += 1
            else:
                again(record.award)
                faults = [one for one in rules.judge(record.award, on=DAY) if one.severity is Severity.ERROR]
                found["awards against the rules" if faults else "awards read"] += 1
    record_property("files", dict(found))


def again(award: Award) -> None:
    """Hold that an award, written in the canonical form, is read as the same one."""
    octets = canonical_octets(award)
    document = json.loads(octets)
    assert document
    assert canonical_octets(award_from_json(award_to_json(award))) == octets


@MANY
@pytest.mark.parametrize("name", ["is-mu-2026.json", "is-mu-2026.csv"])
def test_a_changed_export_of_a_university_is_read_or_refused_with_reasons(
    system: System, name: str, count: int, record_property
) -> None:
    """Neither intake crashes, whatever comes."""
    data = example(name).read_bytes()
    found: Counter[str] = Counter()
    read_or_refused = reading(lambda data: system.read(data, institution="mu"))
    for changed in mutations(data, count=count // 4, seed=name):
        records, refusal = read_or_refused(changed)
        found["files refused"] += bool(refusal)
        for record in records:
            found["awards refused" if record.award is None else "awards read"] += 1
            if record.award is not None:
                again(record.award)
    record_property("files", dict(found))
