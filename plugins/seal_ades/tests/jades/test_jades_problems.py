"""The texts of all problems."""

import re
from pathlib import Path

from mikrocert_seal_ades.pki import problems
from mikrocert_seal_ades.pki.problems import phrase, problem

CODES = problems._KINDS.keys()


def test_every_code_is_used_and_every_used_code_exists() -> None:
    """The table has no text that nothing reports, and nothing reports a code without a text."""
    package = Path(problems.__file__).parents[1]
    source = "".join(path.read_text() for path in package.rglob("*.py") if path.name != "problems.py")
    quoted = set(re.findall(r'"([a-zA-Z0-9-]+)"', source))
    assert quoted >= CODES
    jades = "".join(path.read_text() for room in ("pki", "jades") for path in (package / room).glob("*.py"))
    called = set(re.findall(r'(?:problem|_fail|fault|refuse)\(\s*"([a-zA-Z0-9-]+)"', jades))
    assert called <= CODES


def test_hostile_values_stay_on_one_line() -> None:
    """A value from a file can neither break the line nor flood the text."""
    found = str(problem("header-unknown", name="a\nb\x1b[31m" + "x" * 10_000))
    assert "\n" not in found
    assert "\x1b" not in found
    assert len(found) < 400


def test_what_would_be_right_is_a_text_with_parameters_too() -> None:
    """A phrase inside a sentence is filled in as the sentence is."""
    found = problem("header-value", right=phrase("a digest of {size} octets", size=32))
    assert str(found) == "This value is not allowed here. It has to be a digest of 32 octets."
