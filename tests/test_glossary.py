"""The words of all languages are those of the glossary."""

from __future__ import annotations

import csv
import re
import unicodedata
from pathlib import Path

import pytest
from mikrocert.report.words import CHECK_NAMES, OUTCOME_WORDS, SEVERITY_WORDS

ROOT = Path(__file__).parent.parent
GLOSSARY = ROOT / "docs/reference/glossary.tsv"
LANGUAGES = ("cs", "sk", "uk")
LETTERS_OF_OTHERS = {
    "en": re.compile(r"[^\x20-\x7e]"),
    "cs": re.compile(r"[äôľĺŕїієґ\u0400-\u04ff]", re.IGNORECASE),
    "sk": re.compile(r"[ěřů\u0400-\u04ff]", re.IGNORECASE),
    "uk": re.compile(r"(?<!\w)(?!QR\b|TEST\b|ISCED\b|F\b)[A-Za-z]|[ыъэё]", re.IGNORECASE),
}
"""What no term of a language has: letters of its neighbours, in Ukrainian also Latin ones outside abbreviations."""

EVERYWHERE = re.compile(
    r"\b(JSON|XML|CSV|XLSX|ZIP|PDF|SVG|PNG|PEM|JWT|URL|IRI|RDF|OCSP|CRL|TLS|ETSI|ELMO?|ISCED|ESCO|eIDAS|DEQAR|ROR|RFC \d+"
    r"|SHA-\d+|OAuth|OpenAPI|WCAG|LinkedIn|Europass|SQLite|PostgreSQL)\b"
)
"""Names that no language translates."""


def rows() -> list[dict[str, str]]:
    """Return the rows of the glossary."""
    with GLOSSARY.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True))


def translations(catalogues, language):
    """Return each sentence that has a translation in some catalogue → its translation."""
    found = {}
    for member in catalogues.members():
        file = member.catalogue(language)
        for entry in catalogues._entries(catalogues._read(file, language)).values():
            if isinstance(entry.id, str) and catalogues._strings(entry)[0] and "fuzzy" not in entry.flags:
                found[entry.id] = catalogues._strings(entry)[0]
    return found


def test_every_term_is_there_once_and_in_all_languages():
    """A row has a term in each language, none of them with space around it or composed in two ways, and none comes twice."""
    faults = [
        f"{row['en']}: {language}: {row[language]!r}"
        for row in rows()
        for language in ("en", *LANGUAGES)
        if not (row[language] or "").strip()
        or row[language] != unicodedata.normalize("NFC", " ".join(row[language].split()))
    ]
    terms = [row["en"] for row in rows()]
    assert faults == []
    assert sorted({term for term in terms if terms.count(term) > 1}) == []
    assert all(None not in row and row["note"] is not None for row in rows()), (
        "a row has more or fewer columns"
    )


@pytest.mark.parametrize("language", LETTERS_OF_OTHERS)
def test_a_term_is_written_in_the_letters_of_its_language(language):
    """No column has a term of its neighbour."""
    assert [row[language] for row in rows() if LETTERS_OF_OTHERS[language].search(row[language])] == []


@pytest.mark.parametrize("language", ["cs", "sk"])
def test_a_translation_is_written_in_the_letters_of_its_language(catalogues, language):
    """No sentence was left in the neighbour's language; what the English sentence quotes, such as names, is quoted."""
    foreign = LETTERS_OF_OTHERS[language]
    assert {
        text: words
        for text, translation in translations(catalogues, language).items()
        if (words := [w for w in re.findall(r"\w+", translation) if foreign.search(w) and w not in text])
    } == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_say_what_the_glossary_says(catalogues, language):
    """Where a term is a sentence of the program, each catalogue that is there has the word of the glossary for it."""
    translated = translations(catalogues, language)
    assert {
        row["en"]: translated[row["en"]]
        for row in rows()
        if row["en"] in translated and translated[row["en"]] != row[language]
    } == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_of_its_own_sentence(catalogues, language):
    """What is called the same in all languages stands in each translation; where it doesn't, it is the translation of another sentence."""
    assert {
        text: translation
        for text, translation in translations(catalogues, language).items()
        if any(name not in translation.replace("\u00a0", " ") for name in EVERYWHERE.findall(text))
    } == {}


def test_the_glossary_holds_what_verifiers_read_first(catalogues):
    """Outcomes of checks, what the checks are called and weights of findings are among its terms, and most terms are sentences."""
    terms = {row["en"] for row in rows()}
    named = [*OUTCOME_WORDS.values(), *CHECK_NAMES.values(), *SEVERITY_WORDS.values()]
    assert {word.text for word in named} - terms == set()
    assert len(terms & set(translations(catalogues, "cs"))) > len(terms) / 3, (
        "its terms are no longer sentences"
    )
