"""The code lists: tables that are whole and true to their sources, and a reader that explains itself."""

from __future__ import annotations

import csv
import os
import re
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.codelists import CodeList, Concept, codelist, codelist_names, country, read_codelist
from mikrocert.errors import CodeListError
from mikrocert.texts import Texts
from mikrocert.texts.typography import typo

SNB = "http://data.europa.eu/snb/"
OP = "http://publications.europa.eu/resource/authority/"
SHARED = (
    Path(os.environ.get("MIKROCERT_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "codelists"
)

# name → (namespace of its IRIs, number of its concepts, file of the source where there is one)
LISTS = {
    "accreditation": (f"{SNB}accreditation/", 4, "europass-accreditation-types"),
    "assessment": (f"{SNB}assessment/", 14, "europass-learning-assessment-types"),
    "country": (f"{OP}country/", 252, "country"),
    "credential-profile": (f"{SNB}credential/", 5, None),
    "credit": (f"{SNB}education-credit/", 2, "credit-points"),
    "encoding": (f"{SNB}encoding/", 1, "europass-content-encoding-types"),
    "eqf": (f"{SNB}eqf/", 8, "eqf"),
    "evidence-type": (f"{SNB}evidence-type/", 3, None),
    "file-type": (f"{OP}file-type/", 4, "file-type"),
    "isced-f": (f"{SNB}isced-f/", 220, "isced-f"),
    "language": (f"{OP}language/", 1296, None),
    "learning-activity": (f"{SNB}learning-activity/", 11, "europass-learning-activity-types"),
    "learning-opportunity": (f"{SNB}learning-opportunity/", 12, "europass-learning-opportunity-types"),
    "learning-setting": (f"{SNB}learning-setting/", 2, "europass-learning-setting-types"),
    "mode": (f"{SNB}learning-assessment/", 6, "europass-modes"),
    "nqf": (f"{SNB}qdr/", 424, "nqf"),
    "region": (f"{OP}atu/", 14, "atu"),
    "schedule": (f"{SNB}learning-schedule/", 3, "europass-learning-schedule-types"),
    "skill-reuse-level": (f"{SNB}skill-reuse-level/", 4, "skill-reuse-levels"),
    "skill-type": (f"{SNB}skill-type/", 2, "skill-types"),
    "supervision": (f"{SNB}supervision-verification/", 3, None),
    "target-group": (f"{SNB}target-group/", 20, "europass-target-groups"),
}
PARTIAL = {"file-type", "region"}  # we name only what a Czech micro-credential needs
NO_CONCEPT = {f"{OP}country/OP_DATPRO", f"{OP}language/OP_DATPRO"}  # the authority's own placeholder

KNOWN = [  # list, code, IRI, English, Czech
    ("eqf", "7", f"{SNB}eqf/7", "Level 7", "úroveň 7"),
    ("isced-f", "0613", f"{SNB}isced-f/0613", "Software and applications development and analysis",
     "Vývoj a analýza softwaru a aplikací"),
    ("isced-f", "0588", f"{SNB}isced-f/0588",
     "Inter-disciplinary programmes and qualifications involving natural sciences, mathematics and statistics",
     "Interdisciplinární programy a kvalifikace zahrnující přírodní vědy, matematiku a statistiku"),
    ("language", "cs", f"{OP}language/CES", "Czech", "čeština"),
    ("language", "en", f"{OP}language/ENG", "English", "angličtina"),
    ("language", "sa", f"{OP}language/SAN", "Sanskrit", "sanskrt"),
    ("language", "cse", f"{OP}language/CSE", "Czech Sign Language", "český znakový jazyk"),
    ("language", "cnr", f"{OP}language/CNR", "Montenegrin", "černohorština"),
    ("country", "CZE", f"{OP}country/CZE", "Czechia", "Česko"),
    ("country", "COD", f"{OP}country/COD", "Democratic Republic of the Congo", "Demokratická republika Kongo"),
    ("region", "CZE_KRJ_JIHOMOR", f"{OP}atu/CZE_KRJ_JIHOMOR", "South Moravian Region", "Jihomoravský kraj"),
    ("mode", "blended", f"{SNB}learning-assessment/e92d221e4d", "Blended", "kombinovaná"),
    ("assessment", "written-examination", f"{SNB}assessment/6e6cb2cc78", "written examination", "písemná zkouška"),
    ("learning-opportunity", "short-learning-programme", f"{SNB}learning-opportunity/74a4a268e8",
     "Short learning programme", "krátký vzdělávací program"),
    ("supervision", "supervised-with-id-verification", f"{SNB}supervision-verification/70be69aaf9",
     "Supervised with ID Verification", "s dohledem a s ověřením totožnosti"),
    ("credit", "ects", f"{SNB}education-credit/6fcec5c5af", "European Credit Transfer and Accumulation System (ECTS)",
     "Evropský systém přenosu a akumulace kreditů (ECTS)"),
    ("evidence-type", "mandate", f"{SNB}evidence-type/c_18016257", "Mandate", "pověření"),
    ("credential-profile", "generic", f"{SNB}credential/e34929035b", "Generic", "obecný certifikát"),
    ("file-type", "PDF", f"{OP}file-type/PDF", "PDF", "PDF"),
    ("encoding", "base64", f"{SNB}encoding/6146cde7dd", "base64", "base64"),
    ("nqf", "c_af98ac9a", f"{SNB}qdr/c_af98ac9a", "Czech National Register of Qualifications",
     "Národní soustava kvalifikací"),
]  # fmt: skip

HEAD = "# scheme: urn:s\ncode\tiri\ten\tcs\n"
MALFORMED = {
    "empty": ("", "should have a line '# scheme: <IRI>'"),
    "no scheme": ("code\tiri\ten\tcs\na\turn:a\tA\t\n", "should have a line '# scheme: <IRI>'"),
    "columns in another order": (
        "# scheme: urn:s\niri\tcode\ten\tcs\nurn:a\ta\tA\t\n",
        "the header code<TAB>iri",
    ),
    "no concept": (HEAD, "a line per concept"),
    "too few columns": (f"{HEAD}a\turn:a\tA\n", "line 3 has 3 columns, not 4"),
    "too many columns": (f"{HEAD}a\turn:a\tA\tÁ\tx\n", "line 3 has 5 columns, not 4"),
    "blank line": (f"{HEAD}a\turn:a\tA\tÁ\n\nb\turn:b\tB\tBé\n", "line 4 has 1 columns, not 4"),
    "no English": (f"{HEAD}ř\turn:ř\t\tŘ\n", "line 3: en is empty"),
    "no IRI": (f"{HEAD}ř\t\tR\tŘ\n", "line 3: iri is empty"),
    "white space": (f"{HEAD}a\turn:a\tA\tÁ \n", "line 3: cs 'Á ' has white space around it"),
    "a code twice": (f"{HEAD}a\turn:a\tA\t\na\turn:b\tB\t\n", "line 4: code 'a' is on line 3 already"),
    "an IRI twice": (f"{HEAD}a\turn:a\tA\t\nb\turn:a\tB\t\n", "line 4: iri 'urn:a' is on line 3 already"),
}


def source(file: str) -> dict[str, str]:
    """IRI → English label, as published."""
    if not SHARED.is_dir():
        pytest.skip(f"the published code lists are not at {SHARED}")
    with (SHARED / f"{file}.tsv").open(encoding="utf-8", newline="") as table:
        rows = csv.reader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return {iri: label for iri, label in rows if iri not in NO_CONCEPT}


def test_every_list_is_there():
    """The tables in the package are the lists we promise."""
    assert codelist_names() == tuple(sorted(LISTS))


@pytest.mark.parametrize("name", LISTS)
def test_list_is_of_one_scheme(name):
    """Every IRI of a list is in the namespace of its scheme, and its concepts carry that scheme."""
    namespace, size, _ = LISTS[name]
    codes = codelist(name)
    assert codes.scheme == (
        f"{namespace}25831c2" if namespace.startswith(SNB) else namespace.removesuffix("/")
    )
    assert {concept.scheme for concept in codes.concepts} == {codes.scheme}
    assert [
        c.iri for c in codes.concepts if not re.fullmatch(re.escape(namespace) + r"\w[\w-]*", c.iri)
    ] == []
    assert len(codes.concepts) == size


@pytest.mark.parametrize("name", sorted(set(LISTS) - {"nqf", "language"}))
def test_list_speaks_czech(name):
    """Every concept has a Czech label, but in lists of what has no Czech name."""
    assert [concept.code for concept in codelist(name).concepts if "cs" not in concept.labels] == []


def test_languages_taught_here_speak_czech():
    """Every language with a code of two letters has a Czech name."""
    languages = codelist("language").concepts
    assert [c.code for c in languages if len(c.code) == 2 and "cs" not in c.labels] == []
    assert sum(len(c.code) == 2 for c in languages) > 180


@pytest.mark.parametrize("name", LISTS)
def test_czech_is_typeset(name):
    """No Czech label lets a line end in a one-letter preposition or conjunction, or between hyphens for dashes."""
    labels = [concept.labels.get("cs", "") for concept in codelist(name).concepts]
    assert [label for label in labels if re.search(r"(?<!\S)[ksvzouaiKSVZOUAI] | - |\d-\d|  ", label)] == []


NAMES = Path(str(resources.files("mikrocert.codelists"))) / "names"
NAMED_BY_CLDR = {"language", "country"}
NAMED = sorted(
    set(LISTS) - NAMED_BY_CLDR - {"nqf"}
)  # of frameworks of qualifications there are no established names


@pytest.mark.parametrize("table", sorted(NAMES.glob("*.tsv")), ids=lambda table: table.stem)
def test_a_table_of_names_is_whole(table):
    """A language that has a table calls every code of every list, once, in words that break where they may."""
    header, *rows = [line.split("\t") for line in table.read_text("utf-8").splitlines()]
    assert header == ["list", "code", "name"]
    assert [
        row for row in rows if len(row) != 3 or row != [cell.strip() for cell in row] or not all(row)
    ] == []
    there = [(name, code) for name, code, _ in rows]
    assert there == [(name, concept.code) for name in NAMED for concept in codelist(name).concepts]
    assert [called for *_, called in rows if called != typo(called, table.stem)] == []


def test_a_code_is_called_in_the_language_of_its_reader():
    """The table of a language says what a code is called, CLDR what languages and countries are; labels stay as they are."""
    texts = Texts()
    blended, english, czechia = codelist("mode").get("blended"), codelist("language").get("en"), country("CZ")
    assert [texts.plain(concept.name, "sk") for concept in (blended, english, czechia)] == [
        "kombinovaná",
        "angličtina",
        "Česko",
    ]
    assert texts.plain(english.name, "uk") == "англійська"
    assert sorted(blended.labels) == sorted(english.labels) == ["cs", "en"]


def test_what_a_language_does_not_call_is_english_and_says_so():
    """A page can mark the name as English."""
    framework = next(concept for concept in codelist("nqf").concepts if "cs" not in concept.labels)
    assert Texts().language_of(framework.name, "sk") == "en"
    assert Texts().language_of(codelist("mode").get("blended").name, "qq") == "en"
    assert Texts().language_of(country("CZ").name, "../../etc") == "en"


@pytest.mark.parametrize(("name", "code", "iri", "english", "czech"), KNOWN)
def test_known_concepts(name, code, iri, english, czech):
    """A code leads to the published IRI and to both labels, and the IRI leads back."""
    concept = codelist(name).get(code)
    assert (concept.iri, concept.labels["en"]) == (iri, english)
    assert concept.labels["cs"].replace("\N{NO-BREAK SPACE}", " ") == czech
    assert codelist(name).by_iri(iri) is concept
    assert code in codelist(name)


@pytest.mark.parametrize("name", sorted(name for name, (_, _, file) in LISTS.items() if file))
def test_list_has_what_was_published(name):
    """A list has no IRI that its source has not, and all of them unless it is a choice."""
    file = LISTS[name][2]
    ours, theirs = {concept.iri for concept in codelist(name).concepts}, set(source(file))
    assert ours <= theirs
    if name not in PARTIAL:
        assert theirs <= ours


def test_labelled_languages_are_all_there():
    """Every language that was published with a label is in the list under that label."""
    languages = codelist("language")
    for iri, label in source("language").items():
        concept = languages.by_iri(iri)
        assert concept is not None
        assert concept.labels["en"] == label


@pytest.mark.parametrize("name", ["assessment", "country", "eqf", "isced-f", "learning-opportunity", "nqf"])
def test_english_is_as_published(name):
    """The English label is the published one, apart from white space around it."""
    theirs = source(LISTS[name][2])
    assert {c.iri: c.labels["en"] for c in codelist(name).concepts} == {
        i: t.strip() for i, t in theirs.items()
    }


@pytest.mark.parametrize("name", ["eqf", "isced-f", "country", "region", "nqf", "file-type"])
def test_code_ends_the_iri(name):
    """Where the IRI ends in a code that people know, that is the code."""
    assert [c for c in codelist(name).concepts if not c.iri.endswith(f"/{c.code}")] == []


@pytest.mark.parametrize(
    ("code", "alpha3"), [("CZ", "CZE"), ("CZE", "CZE"), ("SK", "SVK"), ("GR", "GRC"), ("XK", "1A0")]
)
def test_country_has_its_two_letters(code, alpha3):
    """The table has a column more, and its concepts have its cells."""
    assert country(alpha3).extra["alpha2"] == code.replace("CZE", "CZ")


@pytest.mark.parametrize(
    ("code", "alpha3"), [("CZ", "CZE"), ("CZE", "CZE"), ("SK", "SVK"), ("GR", "GRC"), ("XK", "1A0")]
)
def test_country_of_two_or_three_letters(code, alpha3):
    """A country is found by its code of two letters or of three."""
    assert country(code) is codelist("country").get(alpha3)


@pytest.mark.parametrize("code", ["cz", "XX", "Č", ""])
def test_country_unknown(code):
    """A code of no country is refused."""
    with pytest.raises(CodeListError, match=re.escape(f"'country' has no code {code!r}")):
        country(code)


@pytest.mark.parametrize(
    ("name", "code", "hint"),
    [
        ("assessment", "writen-exam", "near it: 'written-examination'"),
        ("assessment", "písemná zkouška", "near it: 'written-examination'"),
        ("mode", "Blended", "near it: 'blended'"),
        ("eqf", "9", "its codes: '1', '2', '3', '4', '5', '6', '7', '8'"),
        ("isced-f", "613", "'0613'"),
        ("nqf", "řepa", "none of its 424 codes or labels is near it"),
    ],
)
def test_unknown_code_is_explained(name, code, hint):
    """A code that is not there is refused with the list, the code and what would be right."""
    assert code not in codelist(name)
    with pytest.raises(CodeListError, match=re.escape(f"code list {name!r} has no code {code!r}")) as caught:
        codelist(name).get(code)
    assert hint in str(caught.value)


@pytest.mark.parametrize("name", ["", "ISCED-F", "../errors", "jazyk"])
def test_unknown_list_is_explained(name):
    """A list that is not there is refused with the names of those that are."""
    with pytest.raises(
        CodeListError, match=re.escape(f"there is no code list {name!r}; there are")
    ) as caught:
        codelist(name)
    assert all(repr(known) in str(caught.value) for known in LISTS)


def test_unknown_iri():
    """An IRI that is not there, or of another list, is none of ours."""
    assert codelist("eqf").by_iri(f"{SNB}eqf/9") is None
    assert codelist("eqf").by_iri(f"{SNB}isced-f/07") is None


def test_read_once():
    """A list is read once and kept."""
    assert codelist("eqf") is codelist("eqf")


def test_concepts_stay_as_they_are():
    """Nobody can change a label for everybody else, and concepts can be members of a set."""
    concept = codelist("eqf").get("6")
    with pytest.raises(TypeError):
        concept.labels["cs"] = "jiná"
    assert len({concept, codelist("eqf").get("7"), codelist("eqf").get("6")}) == 2


@pytest.mark.parametrize(("text", "message"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_table_is_refused(text, message):
    """A table that is not whole is refused with the line and the fault."""
    with pytest.raises(CodeListError, match=re.escape("code list 'x' is malformed")) as caught:
        read_codelist(text, name="x")
    assert message in str(caught.value)


def test_every_fault_is_named():
    """All faults of a table are told at once."""
    with pytest.raises(CodeListError, match=re.escape("line 3: en is empty; line 4 has 2 columns, not 4")):
        read_codelist(f"{HEAD}a\turn:a\t\t\nb\turn:b\n", name="x")


WORDS = st.text(st.characters(exclude_characters="\t\n", exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: text == text.strip()
)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS, st.one_of(st.just(""), WORDS)), min_size=1,
                unique_by=(lambda row: row[0], lambda row: row[1])))  # fmt: skip
def test_table_reads_as_written(rows):
    """Whatever concepts a table holds, reading gives them back in order."""
    text = HEAD + "".join("\t".join(row) + "\n" for row in rows)
    expected = [
        Concept(
            scheme="urn:s", list_name="x", code=code, iri=iri, labels={"en": en} | ({"cs": cs} if cs else {})
        )
        for code, iri, en, cs in rows
    ]
    assert read_codelist(text, name="x") == CodeList("x", scheme="urn:s", concepts=tuple(expected))
