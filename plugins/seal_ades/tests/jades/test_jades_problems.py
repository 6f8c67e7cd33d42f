"""The texts of all problems."""

import re
import string
from pathlib import Path

import pytest
from mikrocert_seal_ades.pki import problems
from mikrocert_seal_ades.pki.problems import problem

TEXTS = problems._TEXTS


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name} - {"cs", "en"}


@pytest.mark.parametrize("code", TEXTS)
def test_both_languages_say_the_same(code: str) -> None:
    """Both texts of a problem are there and name the same values; what a library says is English, so Czech may omit it."""
    _, cs, en = TEXTS[code]
    assert cs.strip()
    assert en.strip()
    assert cs != en
    assert fields(cs) in (fields(en), fields(en) - {"reason"})


def test_every_code_is_used_and_every_used_code_exists() -> None:
    """The table has no text that nothing reports, and nothing reports a code without a text."""
    source = "".join(
        path.read_text()
        for room in ("pki", "jades")
        for path in (Path(problems.__file__).parents[1] / room).glob("*.py")
        if path.name != "problems.py"
    )
    quoted = set(re.findall(r'"([a-zA-Z0-9-]+)"', source))
    assert TEXTS.keys() <= quoted
    called = set(re.findall(r'(?:problem|_fail|fault|refuse)\(\s*"([a-zA-Z0-9-]+)"', source))
    assert called <= TEXTS.keys()


def test_hostile_values_stay_on_one_line() -> None:
    """A value from a file can neither break the line nor flood the text."""
    found = problem("header-unknown", name="a\nb\x1b[31m" + "x" * 10_000)
    assert "\n" not in found.cs + found.en
    assert "\x1b" not in found.cs + found.en
    assert len(found.en) < 400


def test_czech_prepositions_hold_on_to_the_next_word() -> None:
    """A one-letter preposition, and a number before its unit, is followed by a no-break space."""
    assert "má 20\u00a0bajtů, čte se nejvýše 16." in problem("json-too-large", size=20, limit=16).cs
    assert "K\u00a0algoritmu" not in problem("key-unfit", alg="ES256", cs="x", en="x").cs
    assert "k\u00a0algoritmu" in problem("key-unfit", alg="ES256", cs="x", en="x").cs
    assert not re.search(r"\b[ksvzouai] ", problem("json-not-utf8").cs)
