"""The CSV export: what Excel saves is read back, and what is broken is refused with its line."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.errors import IntakeError
from mikrocert.texts import Texts

czech = partial(Texts(["mikrocert_institution_mu"]).plain, language="cs")

HEAD = "evidencni_cislo;jmeno;prijmeni;datum_narozeni;nazev;vysledky_uceni;ects;eqf;isced_f;jazyk_vyuky;forma;hodnoceni_typ;datum_udeleni"
ROW = "MU-1;Řehoř;Ďurůžka;1. 2. 1999;Úvod do včelařství;Vyhledá matku.;2,5;5;0811;čeština;prezenční;kvíz;22.6.2026"


def table(*rows, head=HEAD, end="\r\n"):
    return end.join([head, *rows, ""])


def changed(**cells):
    """Return the good row with other cells in these columns."""
    row = dict(zip(HEAD.split(";"), ROW.split(";"), strict=True))
    return ";".join({**row, **cells}.values())


def more(**cells):
    """Return a table whose one row has these columns besides."""
    return table(";".join([ROW, *cells.values()]), head=";".join([HEAD, *cells]))


READABLE = {
    "UTF-8 without BOM": (table(ROW).encode(), None),
    "UTF-8 with BOM": (table(ROW).encode("utf-8-sig"), None),
    "named UTF-8": (table(ROW).encode("utf-8-sig"), "utf-8"),
    "cp1250, as said": (table(ROW).encode("cp1250"), "cp1250"),
    "windows-1250, as said": (table(ROW).encode("cp1250"), "windows-1250"),
    "UTF-16, as said": (table(ROW).encode("utf-16"), "utf-16"),
    "commas": (
        table(ROW.replace("2,5", '"2,5"').replace(";", ","), head=HEAD.replace(";", ",")).encode(),
        None,
    ),
    "tabs": (table(ROW, end="\n").replace(";", "\t").encode(), None),
    "Unix lines": (table(ROW, end="\n").encode(), None),
    "old Macintosh lines": (table(ROW, end="\r").encode(), None),
    "no last line break": (table(ROW).encode().rstrip(), None),
    "sep=;": (b"sep=;\r\n" + table(ROW).encode(), None),
    "sep=; after BOM": (("sep=;\r\n" + table(ROW)).encode("utf-8-sig"), None),
    "sep=, quoted": (
        b'"sep=,"\n'
        + table(ROW.replace("2,5", '"2,5"').replace(";", ","), head=HEAD.replace(";", ",")).encode(),
        None,
    ),
    "quoted header": (table(ROW, head=";".join(f'"{name}"' for name in HEAD.split(";"))).encode(), None),
    "empty lines": (b"\r\n" + table("", ROW, ";" * 12, " ; ;").encode(), None),
    "empty columns at the end": (table(ROW + ";;", head=HEAD + ";;").encode(), None),
    "empty cells at the end": (table(ROW + ";;;").encode(), None),
    "white space": (table(ROW.replace(";", " ; ")).encode(), None),
    "ISO dates": (table(changed(datum_narozeni="1999-02-01", datum_udeleni="2026-06-22")).encode(), None),
    "decimal point": (table(changed(ects="2.5")).encode(), None),
}

UNUSABLE = {
    "nothing": (b"", None, "no-header"),
    "empty lines": (b"\r\n;;;\r\n", None, "no-header"),
    "no header": (table(head=ROW).encode(), None, "no-header"),
    "no header after sep=": (b"sep=;\r\n" + ROW.encode(), None, "no-header"),
    "other separator": (table(ROW).replace(";", "^").encode(), None, "no-header"),
    "sep=|": (b"sep=|\r\n" + table(ROW).encode(), None, "wrong-separator"),
    "cp1250": (table(ROW).encode("cp1250"), None, "cp1250"),
    "cp852": (table(ROW).encode("cp852"), None, "wrong-encoding"),
    "octets that no encoding of Czech has": (table(ROW).encode() + b"\x81", None, "wrong-encoding"),
    "UTF-16 with BOM": (table(ROW).encode("utf-16"), None, "utf-16"),
    "UTF-16 without BOM": (table(ROW).encode("utf-16-le"), None, "utf-16"),
    "UTF-8 said to be cp1250": (table(ROW).encode(), "cp1250", "wrong-encoding"),
    "octets that cp1250 lacks": (table(ROW).encode("cp1250") + b"\x81", "cp1250", "wrong-encoding"),
    "unread encoding": (table(ROW).encode("iso8859-2"), "iso-8859-2", "unknown-encoding"),
    "unknown encoding": (table(ROW).encode(), "žádné", "unknown-encoding"),
    "encoding with NUL": (table(ROW).encode(), "utf\x008", "unknown-encoding"),
    "encoding that is none": (table(ROW).encode(), "base64", "unknown-encoding"),
    "20 MB": (table(ROW).encode() + b"x" * 20_000_000, None, "too-large"),
    "500,001 lines": (table(ROW).encode() + b"\n" * 500_000, None, "too-long"),
    "201 columns": (table(head=HEAD + ";x" * 188).encode(), None, "too-many-columns"),
    "duplicate column": (table(ROW + ";x", head=HEAD + ";nazev").encode(), None, "duplicate-column"),
    "missing column": (table(head=HEAD.replace("ects;", "")).encode(), None, "missing-column"),
    "unknown column": (table(ROW + ";x", head=HEAD + ";nazef_en").encode(), None, "unknown-field"),
    "capitals": (table(ROW + ";x", head=HEAD + ";Email").encode(), None, "unknown-field"),
    "birth number column": (table(ROW + ";", head=HEAD + ";rodne_cislo").encode(), None, "birth-number"),
    "column rc": (table(ROW + ";", head=HEAD + ";RČ").encode(), None, "birth-number"),
    "birth number as column": (table(ROW + ";", head=HEAD + ";850431/0023").encode(), None, "birth-number"),
    "UTF-8 with NUL said to be cp1250": (table(ROW).encode() + b"\0", "cp1250", "wrong-encoding"),
    "open quote in the header": (f'"{HEAD}\r\n{ROW}'.encode(), None, "broken-quotes"),
}

FAULTS = {
    "formula": (table(changed(nazev="=HYPERLINK(1)")), "nazev", "formula"),
    "formula after spaces": (table(changed(nazev="  =1+1")), "nazev", "formula"),
    "quoted formula": (table(changed(nazev='"=1+1"')), "nazev", "formula"),
    "at": (table(changed(nazev="@SUM(A1)")), "nazev", "formula"),
    "tab": (table(changed(nazev="\t1")), "nazev", "formula"),
    "plus before a text": (table(changed(nazev="+cmd")), "nazev", "formula"),
    "minus before a formula": (table(changed(nazev="-2+A1")), "nazev", "formula"),
    "lost letter": (table(changed(prijmeni="\ufffdurůžka")), "prijmeni", "damaged-text"),
    "NUL": (table(changed(prijmeni="Ďur\x00")), "prijmeni", "control-character"),
    "American date": (table(changed(datum_udeleni="6/22/2026")), "datum_udeleni", "ambiguous-date"),
    "two-digit year": (table(changed(datum_narozeni="1. 2. 99")), "datum_narozeni", "short-year"),
    "grouped number": (table(changed(ects='"1.234,5"')), "ects", "ambiguous-number"),
    "level in words": (table(changed(eqf="bakalář")), "eqf", "not-an-integer"),
    "empty cell": (table(changed(jmeno="")), "jmeno", "missing"),
    "too few cells": (table(ROW.rpartition(";")[0]), "", "too-few-cells"),
    "too many cells": (table(ROW + ";x"), "", "cell-without-column"),
    "cell under a column without name": (table(ROW + ";x", head=HEAD + ";"), "", "cell-without-column"),
    "both separators of a list": (table(changed(isced_f='"0811|0812\n0821"')), "isced_f", "mixed-separators"),
    "gap in a list": (table(changed(isced_f="0811||0812")), "isced_f[1]", "missing"),
    "birth number": (
        more(identifikatory_typ="osobní", identifikatory_hodnota="850431/0023"),
        "identifikatory_hodnota",
        "birth-number",
    ),
    "fewer courses than codes": (
        more(predmety_kod="A|B", predmety_nazev="Řeč včel"),
        "predmety_nazev",
        "count-differs",
    ),
    "second course without title": (
        more(predmety_kod="A|B", predmety_nazev="Řeč včel|"),
        "predmety_nazev[1]",
        "missing",
    ),
    "credits of the second course": (
        more(predmety_nazev="Řeč|Let", predmety_ects="1|dva"),
        "predmety_ects[1]",
        "not-a-number",
    ),
    "quality assurance without type": (
        more(zajisteni_kvality_nazev="Komise"),
        "zajisteni_kvality_typ",
        "missing",
    ),
}

HARMLESS = {
    "negative number": {"dalsi_informace": "-5"},
    "telephone": {"dalsi_informace": "+420 549 491 011"},
    "plus as a grade": {"hodnoceni_znamka": "+", "hodnoceni_stupnice": "znaménka + a -"},
    "minus as a grade": {"hodnoceni_znamka": "-", "hodnoceni_stupnice": "plus nebo minus"},
    "one minus": {"hodnoceni_znamka": "1-", "hodnoceni_stupnice": "1 až 4"},
    "markup in a text": {"dalsi_informace": "C++ <templates>"},
    "separator in quotes": {"dalsi_informace": '"včely; med, vosk"'},
    "quotes in quotes": {"dalsi_informace": '"kniha ""Včely"""'},
}


@pytest.mark.parametrize(("data", "encoding"), READABLE.values(), ids=READABLE)
def test_what_excel_saves_is_read(read, data, encoding):
    """However the table was saved, it is the same award."""
    (expected,) = read(table(ROW).encode())
    (record,) = read(data, encoding)
    assert expected.award is not None
    assert record.award == expected.award
    assert record.award.workload.ects == Decimal("2.5")
    assert record.award.learner.family_name == "Ďurůžka"


@pytest.mark.parametrize(("data", "encoding", "code"), UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_files_are_refused(read, data, encoding, code):
    """A file that can't be read is refused as a whole, and no birth number is repeated."""
    with pytest.raises(IntakeError) as caught:
        read(data, encoding)
    assert [finding.code for finding in caught.value.findings] == [code]
    assert "850431" not in repr(caught.value.findings)


def test_birth_number_twice_in_the_header_is_not_repeated(read):
    """Not even as a duplicate is a birth number named."""
    with pytest.raises(IntakeError) as caught:
        read(table(head=HEAD + ";850431/0023;850431/0023").encode())
    assert {finding.code for finding in caught.value.findings} == {"birth-number"}
    assert "850431" not in repr(caught.value.findings)


def test_remedy_is_named(read):
    """Whoever sends cp1250 is told the option that reads it."""
    with pytest.raises(IntakeError, match="--encoding cp1250"):
        read(table(ROW).encode("cp1250"))


def test_all_faults_of_the_header_are_named(read):
    """Unknown, duplicate and missing columns come at once."""
    head = HEAD.replace("prijmeni", "prijmeny").replace("ects", "nazev")
    with pytest.raises(IntakeError) as caught:
        read(table(head=head).encode())
    assert [(finding.path, finding.code) for finding in caught.value.findings] == [
        ("prijmeny", "unknown-field"),
        ("nazev", "duplicate-column"),
        ("prijmeni", "missing-column"),
        ("ects", "missing-column"),
    ]


@pytest.mark.parametrize(("text", "path", "code"), FAULTS.values(), ids=FAULTS)
def test_faults_are_named(read, text, path, code):
    """A faulty record comes back with exactly this column and reason."""
    (record,) = read(text.encode())
    assert record.award is None
    assert record.line == 2
    assert [(finding.path, finding.code) for finding in record.findings] == [(path, code)]
    assert "850431" not in repr(record)


@pytest.mark.parametrize("cells", HARMLESS.values(), ids=HARMLESS)
def test_harmless_cells_are_accepted(read, cells):
    """A sign before a number or as a grade, and quoted separators, are what they are."""
    (record,) = read(more(**cells).encode())
    assert record.findings == ()


def test_good_records_go_on(read):
    """Bad records come back, good ones go on, blank rows are skipped, in order and with their lines."""
    quoted = changed(evidencni_cislo="MU-2", vysledky_uceni='"Najde matku.\r\nNajde trubce."')
    rows = [ROW, "", changed(evidencni_cislo="MU-X", ects="moc"), quoted, changed(evidencni_cislo="MU-3")]
    records = read(b"sep=;\r\n" + table(*rows).encode())
    assert [(r.number, r.line, r.evidence_number, r.award is not None) for r in records] == [
        (1, 3, "MU-1", True),
        (2, 5, "MU-X", False),
        (3, 6, "MU-2", True),
        (4, 8, "MU-3", True),
    ]
    assert len(records[2].award.outcomes) == 2


@pytest.mark.parametrize(
    ("row", "code"),
    {
        "no end": (changed(nazev='"Včely'), "broken-quotes"),
        "text after the end": (changed(nazev='"Včely" a med'), "broken-quotes"),
        "200,000 characters": (changed(nazev="v" * 200_000), "cell-too-long"),
    }.values(),
)
def test_after_broken_quotes_nothing_is_read(read, row, code):
    """Where a cell ends can't be told any more, so the rest is refused and its first line named."""
    good, broken = read(table(ROW, row, ROW).encode())
    assert good.award is not None
    assert (broken.award, broken.line) == (None, 3)
    assert [finding.code for finding in broken.findings] == [code]
    assert "3" in czech(broken.findings[0].message)


def test_lists_may_be_separated_by_bars(read):
    """Items on lines and items between bars are the same."""
    by_bars = read(table(changed(vysledky_uceni="Najde matku.|Najde trubce.")).encode())
    by_lines = read(table(changed(vysledky_uceni='"Najde matku.\nNajde trubce.\n"')).encode())
    assert by_bars[0].award is not None
    assert by_bars[0].award == by_lines[0].award


def test_columns_come_in_any_order(read):
    """The order of columns means nothing."""
    turned = [";".join(reversed(line.split(";"))) for line in (HEAD, ROW)]
    assert read(table(turned[1], head=turned[0]).encode())[0].award == read(table(ROW).encode())[0].award


texts = (
    st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="|\ufffd"), min_size=1)
    .map(lambda text: f"ř{text.strip()}ů")
    .filter(lambda text: sum(character.isdigit() for character in text) < 9)
)
days = st.dates().filter(lambda day: day.year >= 1000).map(lambda day: f"{day.day}. {day.month}. {day.year}")
credit = st.decimals(0, 100, places=2)


def some(**fields):
    """Return dictionaries with all of these fields."""
    return st.fixed_dictionaries(fields)


def optional(strategy):
    return st.none() | strategy


assessments = st.lists(
    some(
        typ=st.sampled_from(["quiz", "písemná zkouška"]),
        popis=optional(texts),
        popis_en=optional(texts),
        znamka=texts,
        znamka_slovy=optional(texts),
        stupnice=texts,
        stupnice_en=optional(texts),
        dohled=optional(st.just("supervised-with-id-verification")),
        datum=optional(days),
    ),
    max_size=3,
)
outcomes = st.lists(st.tuples(texts, texts), min_size=1, max_size=4)
exports = st.builds(
    lambda record, pairs: {
        **record,
        "vysledky_uceni": [cs for cs, _ in pairs],
        "vysledky_uceni_en": [en for _, en in pairs],
    },
    some(
        evidencni_cislo=texts,
        jmeno=texts,
        prijmeni=texts,
        titul_pred=optional(texts),
        titul_za=optional(texts),
        datum_narozeni=days,
        misto_narozeni=optional(texts),
        email=optional(texts),
        uco=optional(texts),
        identifikatory=st.lists(some(typ=texts, hodnota=texts), max_size=2),
        nazev=texts,
        nazev_en=optional(texts),
        dovednosti_esco=st.lists(
            some(vysledek=st.just(1), uri=texts, nazev=texts, nazev_en=optional(texts)), max_size=2
        ),
        ects=credit,
        hodin=optional(credit),
        eqf=st.integers(-9, 99),
        cyklus=optional(st.just("magisterský")),
        isced_f=st.lists(texts, max_size=2),
        jazyk_vyuky=st.lists(st.sampled_from(["cs", "angličtina"]), max_size=2),
        typ_vzdelavani=optional(st.just("mooc")),
        forma=texts,
        vyuka_od=optional(days),
        vyuka_do=optional(days),
        fakulta=optional(st.sampled_from(["FI", "PřF"])),
        hodnoceni=assessments,
        zajisteni_kvality=st.lists(
            some(typ=texts, nazev=texts, url=optional(texts), plati_do=optional(days)), max_size=2
        ),
        vstupni_pozadavky=optional(texts),
        kumulativnost=st.just("kumulativní"),
        kumulativnost_popis=optional(texts),
        predmety=st.lists(
            some(kod=optional(texts), nazev=texts, nazev_en=optional(texts), ects=optional(credit)),
            max_size=3,
        ),
        datum_udeleni=days,
        misto_udeleni=optional(texts),
        platnost_do=optional(days),
        dalsi_informace=optional(texts),
        dalsi_informace_en=optional(texts),
    ),
    outcomes,
)


def as_json(record):
    """Write a record as JSON with its decimals digit by digit."""
    marked = json.dumps(record, ensure_ascii=False, default=lambda number: f"\u0001{number}\u0001")
    plain = marked.replace('"\\u0001', "").replace('\\u0001"', "")
    return f'{{"format": "is-mu-mikrocertifikaty", "verze": 1, "zaznamy": [{plain}]}}'.encode()


@given(record=exports, delimiter=st.sampled_from(";,\t"), end=st.sampled_from(["\n", "\r\n"]))
def test_csv_and_json_are_the_same_award(read, written, record, delimiter, end):
    """Whatever a record says, both exports of it are one award."""
    (from_json,) = read(as_json(record))
    (from_csv,) = read(written([record], delimiter, end).encode("utf-8-sig"))
    assert from_json.findings == ()
    assert from_csv.findings == ()
    assert from_csv.award == from_json.award
    assert from_csv.award.learner.given_name == record["jmeno"]
    assert [outcome.title.get("en") for outcome in from_csv.award.outcomes] == record["vysledky_uceni_en"]
    assert from_csv.award.workload.ects == record["ects"]


@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: (HEAD + "\n" + text).encode("utf-8", "replace"))
)
def test_nothing_crashes(read, data):
    """Whatever comes is refused as a file or record by record."""
    with suppress(IntakeError):
        assert all(record.award is None and record.findings for record in read(data))
