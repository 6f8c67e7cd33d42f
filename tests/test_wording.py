"""What people read is in people's words: no names of members, no IRIs, one name for each thing, "ho" rather than "jej"."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from mikrocert.cli.app import run

ROOT = Path(__file__).parent.parent
FOR_PEOPLE = (  # whose sentences a verifier reads on the page and on the terminal
    "core/src/mikrocert/report/",
    "core/src/mikrocert/service/",
    "plugins/edc_v3/src/mikrocert_edc_v3/validation/",
    "plugins/seal_ades/src/mikrocert_seal_ades/pki/",
    "plugins/seal_ades/src/mikrocert_seal_ades/results.py",
    "templates/src/mikrocert_templates/",
)
FOR_OPERATORS = (
    "examining_objects.py",
    "preflight.py",
    "system.py",
    "issuing.py",
)  # what settings are called, they have to be called
TECHNICAL = {
    "a member of a file or of a standard": re.compile(r"\b(?!eIDAS|kB|base64url)[a-z]+[A-Z]\w*"),
    "a prefixed name": re.compile(r"(?<![{\w])[a-z]+:[A-Za-z]"),
    "an IRI": re.compile(r"\b(https?|urn):"),
    "something of Python": re.compile(r"<(function|class|object)\b|0x[0-9a-f]{4}|\bNone\b"),
}
CZECH = {  # what is not said → what is
    r"\bjej\b": "ho",
    r"v pořádku|netýká se": "vyhovuje, nehodnotí se",
    r"tak jako tak": "sám o sobě",
    r"\b(je|jen|o) zkouš(ka|ku)\b": "zkušební (zkouška is an exam)",
    r"pečetící (instituce|škola)|pečetitel": "pečetící organizace",
    r"(udělující|udělila) (instituce|organizace)": "udělující škola",
    r"evidenční identifikátor": "identifikátor",
}
CZECH_OF_OPERATORS = {"Archiv je v pořádku."}
ENGLISH = {
    r"\bin order\b(?! to)": "passed",
    r"[Ee]vidence number": "record number",
    r"[Tt]elephone": "phone",
    r"for true": "rely on",
}


def technical(text):
    return [what for what, pattern in TECHNICAL.items() if pattern.search(text)]


def test_sentences_for_people_name_no_members(catalogues):
    """Neither the English sentence nor any translation has what belongs among technical details."""
    found = []
    for member in catalogues.members():
        translated = {
            catalogues._text(entry): catalogues._strings(entry)
            for file in sorted(member.source.glob("locale/*/*/*.po"))
            for entry in catalogues._entries(catalogues._read(file, file.parts[-3])).values()
        }
        for sentence in catalogues.sentences(member):
            place = str(Path(sentence.place.rpartition(":")[0] or sentence.place))
            if any(part in place for part in FOR_PEOPLE) and not place.endswith(FOR_OPERATORS):
                for text in (sentence.text, *translated.get(sentence.text, ())):
                    found += [f"{place}: {text}: {what}" for what in technical(text)]
    assert found == []


@pytest.mark.parametrize("table", [CZECH, ENGLISH], ids=["Czech", "English"])
def test_one_name_for_each_thing(catalogues, table):
    """What a word of the list replaces, is in no catalogue."""
    found = []
    for member in catalogues.members():
        for file in member.source.glob("locale/cs/*/*.po"):
            for entry in catalogues._entries(catalogues._read(file, "cs")).values():
                texts = catalogues._strings(entry) if table is CZECH else [catalogues._text(entry)]
                found += [
                    f"{text}: {right}"
                    for text in texts
                    for wrong, right in table.items()
                    if re.search(wrong, text) and text not in CZECH_OF_OPERATORS
                ]
    assert found == []


SAMPLES = ("Sample-MC-Annex1-signed", "Sample-CertOfPart-2025-signed")


@pytest.mark.parametrize("language", ["cs", "en"])
@pytest.mark.parametrize("name", SAMPLES)
def test_what_the_terminal_says_of_a_foreign_credential_is_for_people(shared, capsys, name, language):
    """Sentences hold nothing technical; codes and places stand among the technical details."""
    file = shared / "elm" / f"{name}.jsonld"
    run(["verify", str(file), "--lang", language])
    shown, _, details = capsys.readouterr().out.partition(
        {"cs": "Technické podrobnosti", "en": "Technical details"}[language]
    )
    assert technical(shown) == []
    run(["verify", str(file), "--json"])
    report = json.loads(capsys.readouterr().out)
    places = {
        finding["path"]
        for check in report["checks"]
        for finding in check["findings"]
        if finding["severity"] != "info"
    } - {""}
    assert places
    assert all(place in details for place in places)
    assert not any(place in shown for place in places if "." in place)
