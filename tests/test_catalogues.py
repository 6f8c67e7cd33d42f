"""The catalogues hold, and the code knows no language."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NEUTRAL = (
    "core/src/",
    "plugins/portal/src/",
    "plugins/seal_ades/src/",
    "templates/src/mikrocert_templates/portal/",
)
"""What institutions, formats and countries share: no language is named there at all."""
KNOWN_LANGUAGES = (
    "core/src/mikrocert/texts/",
    "core/src/mikrocert/codelists/",
    "core/src/mikrocert/testing/",
    "core/src/mikrocert/rules/misread.py",  # the letters of thirty languages
    "plugins/portal/src/mikrocert_portal/api/examples.py",
    "plugins/seal_ades/src/mikrocert_seal_ades/pki/lists/reading.py",  # every list has names in English (ETSI TS 119 612, 5.1.4)
)
LANGUAGE = re.compile(r"""["'](?:cs|en)["']""")
LANGUAGE_IN_CODE = re.compile(
    r"""[!=]=\s*["'](?:cs|en)["']|["'](?:cs|en)["']\s*[!=]=|\bin\s*[\[({]\s*["'](?:cs|en)["']"""
    r"""|["']cs["']\s*,\s*["']en["']|["']en["']\s*,\s*["']cs["']"""
)


def test_every_sentence_is_translated(catalogues):
    """No entry is missing, empty, fuzzy, left over, in conflict with another, or has other places than its sentence."""
    assert list(catalogues.faults()) == []


def test_update_changes_nothing_that_is_right(catalogues, tmp_path):
    """A catalogue that is complete is written as it is."""
    for part in ("core/src", "plugins", "templates/src"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    assert all(line.endswith("0 new, 0 gone") for line in catalogues.update(tmp_path))
    for file in ROOT.glob("*/src/**/*.po"):
        assert tmp_path.joinpath(file.relative_to(ROOT)).read_text("utf-8") == file.read_text("utf-8")


HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
GOOD = 'msgid "line {line}: {reason}"\nmsgstr "řádek {line}: {reason}"\n'
FAULTS = {  # entries → what is said
    "": "missing",
    'msgid "line {line}: {reason}"\nmsgstr ""\n': "not translated",
    f"#, fuzzy\n{GOOD}": "fuzzy",
    f'{GOOD}\nmsgid "gone"\nmsgstr "pryč"\n': "left over",
    f'{GOOD}\n#~ msgid "gone"\n#~ msgstr "pryč"\n': "left over",
    GOOD.replace("řádek {line}", "řádek {radek}"): "has a place 'radek'",
    GOOD.replace("řádek {line}: {reason}", "řádek {line}"): "leaves out 'reason' without saying so",
    f"# leaves out: reason\n{GOOD}": "says that it leaves out 'reason'",
}


@pytest.mark.parametrize("entries", FAULTS, ids=FAULTS.values())
def test_a_fault_of_a_catalogue_is_told(catalogues, tmp_path, entries):
    """Each fault names member, language and sentence."""
    package = tmp_path / "core/src/mikrocert"
    file = package / "locale/cs/LC_MESSAGES/messages.po"
    file.parent.mkdir(parents=True)
    file.write_text(HEADER + entries, "utf-8")
    (package / "__init__.py").write_text('Finding.error("x", "line {line}: {reason}", line=1, reason="y")\n')
    found = list(catalogues.faults(tmp_path))
    assert any(FAULTS[entries] in fault and fault.startswith("mikrocert cs") for fault in found), found


def test_a_sentence_that_is_put_together_is_refused(catalogues, tmp_path):
    """What is no plain text can't be in a catalogue."""
    package = tmp_path / "core/src/mikrocert"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('message(f"line {line}")\n')
    with pytest.raises(ValueError, match="put together"):
        list(catalogues.faults(tmp_path))


def test_no_code_asks_for_czech_or_english():
    """Languages are known to the room of texts, to the code lists and to test data; a third one needs no line of code."""
    files = [
        *ROOT.glob("core/src/**/*.py"),
        *ROOT.glob("plugins/*/src/**/*.py"),
        *ROOT.glob("templates/src/**/*.html"),
    ]
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in files
        if not str(file.relative_to(ROOT)).startswith(KNOWN_LANGUAGES)
        for pattern in [LANGUAGE if str(file.relative_to(ROOT)).startswith(NEUTRAL) else LANGUAGE_IN_CODE]
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1)
        if pattern.search(line.replace('lang="en"', ""))  # of codes, which are English words
    ]
    assert found == []
