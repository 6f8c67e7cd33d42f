"""The CSV export: what Excel saves is read back, and what is broken is refused with its line."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from decimal import Decimal
from functools import partial
from unicodedata import normalize

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
    "ISO 8859-2, as said": (table(ROW).encode("iso8859-2"), "iso-8859-2"),
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
    "nothing": (b"", None, "empty"),
    "nothing but a mark and lines": (b"\xef\xbb\xbf\r\n \r\n", None, "empty"),
    "empty lines": (b"\r\n;;;\r\n", None, "no-header"),
    "no header": (table(head=ROW).encode(), None, "no-header"),
    "no header after sep=": (b"sep=;\r\n" + ROW.encode(), None, "no-header"),
    "other separator": (table(ROW).replace(";", "^").encode(), None, "no-header"),
    "sep=|": (b"sep=|\r\n" + table(ROW).encode(), None, "wrong-separator"),
    "cp1250": (table(ROW).encode("cp1250"), None, "not-utf-8"),
    "cp852": (table(ROW).encode("cp852"), None, "not-utf-8"),
    "Latin-2 said to be cp1250": (
        table(changed(prijmeni="Šťastná")).encode("iso8859-2"),
        "cp1250",
        "wrong-encoding",
    ),
    "cp852 said to be cp1250": (table(ROW).encode("cp852"), "cp1250", "wrong-encoding"),
    "Mac said to be cp1250": (
        table(changed(prijmeni="Šídlo")).encode("mac_latin2"),
        "cp1250",
        "wrong-encoding",
    ),
    "cp1250 said to be Latin-2": (
        table(changed(prijmeni="Šťastná")).encode("cp1250"),
        "iso-8859-2",
        "wrong-encoding",
    ),
    "octets that no encoding of Czech has": (table(ROW).encode() + b"\x81", None, "wrong-encoding"),
    "UTF-16 with BOM": (table(ROW).encode("utf-16"), None, "utf-16"),
    "UTF-16 without BOM": (table(ROW).encode("utf-16-le"), None, "utf-16"),
    "UTF-8 said to be cp1250": (table(ROW).encode(), "cp1250", "wrong-encoding"),
    "octets that cp1250 lacks": (table(ROW).encode("cp1250") + b"\x81", "cp1250", "wrong-encoding"),
    "unread encoding": (table(ROW).encode("cp852"), "cp852", "unknown-encoding"),
    "unknown encoding": (table(ROW).encode(), "žádné", "unknown-encoding"),
    "encoding with NUL": (table(ROW).encode(), "utf\x008", "unknown-encoding"),
    "encoding that is none": (table(ROW).encode(), "base64", "unknown-encoding"),
    "20 MB": (table(ROW).encode() + b"x" * 20_000_000, None, "too-large"),
    "500,001 lines": (table(ROW).encode() + b"\n" * 500_000, None, "too-long"),
    "201 columns": (table(head=HEAD + ";x" * 188).encode(), None, "too-many-columns"),
    "duplicate column": (table(ROW + ";x", head=HEAD + ";nazev").encode(), None, "duplicate-column"),
    "missing column, whose cells may be empty": (
        table(head=HEAD.replace("jmeno;", "")).encode(),
        None,
        "missing-column",
    ),
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
    "line separator": (table(changed(prijmeni="Ďur\u2028ůžka")), "prijmeni", "control-character"),
    "paragraph separator": (table(changed(nazev="Ďur\u2029ůžka")), "nazev", "control-character"),
    "next line": (table(changed(prijmeni="Ďur\u0085ůžka")), "prijmeni", "control-character"),
    "vertical tab": (table(changed(prijmeni="Ďur\x0bůžka")), "prijmeni", "control-character"),
    "form feed": (table(changed(prijmeni="Ďur\x0cůžka")), "prijmeni", "control-character"),
    "day as Excel counts": (table(changed(datum_udeleni="46195")), "datum_udeleni", "day-of-excel"),
    "column too narrow": (table(changed(datum_udeleni="########")), "datum_udeleni", "too-narrow"),
    "American date": (table(changed(datum_udeleni="6/22/2026")), "datum_udeleni", "ambiguous-date"),
    "two-digit year": (table(changed(datum_narozeni="1. 2. 99")), "datum_narozeni", "short-year"),
    "grouped number": (table(changed(ects='"1.234,5"')), "ects", "ambiguous-number"),
    "level in words": (table(changed(eqf="bakalář")), "eqf", "not-an-integer"),
    "empty cell": (table(changed(prijmeni="")), "prijmeni", "missing"),
    "too few cells": (table(ROW.rpartition(";")[0]), "", "too-few-cells"),
    "too many cells": (table(ROW + ";x"), "", "cell-without-column"),
    "cell under a column without name": (table(ROW + ";x", head=HEAD + ";"), "", "cell-without-column"),
    "both separators of a list": (table(changed(isced_f='"0811|0812\n0821"')), "isced_f", "mixed-separators"),
    "gap in a list": (table(changed(isced_f="0811||0812")), "isced_f[1]", "missing"),
    "languages with a comma": (
        table(changed(jazyk_vyuky="čeština, angličtina")),
        "jazyk_vyuky",
        "several-in-one",
    ),
    "languages with a slash": (table(changed(jazyk_vyuky="cs/en")), "jazyk_vyuky", "several-in-one"),
    "fields with a comma": (table(changed(isced_f="0613, 0612")), "isced_f", "several-in-one"),
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
    "accents apart": {"dalsi_informace": "Vc\u030cely"},
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


def _workbook(name, content=b"x"):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr(name, content)
    return stream.getvalue()


def _compound(stream):
    """Return the beginning of a compound file (MS-CFB) with the name of a stream, as its directory has it."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le")


OTHER_KINDS = {  # kind → (file, what is said of it, what to do)
    "xlsx": (_workbook("xl/workbook.xml"), "Excel (.xlsx)", "save the sheet as 'CSV UTF-8'"),
    "ods": (
        _workbook("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), "LibreOffice (.ods)", "save the sheet",
    ),
    "docx": (_workbook("word/document.xml"), "Word (.docx)", "export the records"),
    "ZIP": (_workbook("export.csv", table(ROW)), "an archive of several files", "unpack it"),
    "xls": (_compound("Workbook"), "an older Excel (.xls)", "save the sheet as 'CSV UTF-8'"),
    "locked workbook": (_compound("EncryptedPackage"), "locked by a password", "unlock it"),
    "doc": (_compound("WordDocument"), "an older office program", "export the records"),
    "HTML called xls": (b"<html><body><TABLE><tr><td>1", "a web page with a table", "save the sheet"),
    "XML of Excel": (
        b'\xef\xbb\xbf<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
        "a table of Excel written as XML", "save the sheet",
    ),
    "page of a login": (b"\n<!DOCTYPE html><html>", "a web page", "export the records"),
    "XML": (b"<zaznamy/>", "an XML document", "export the records"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3", "a PDF document", "export the records"),
    "RTF": (b"{\\rtf1", "RTF", "export the records"),
    "picture": (b"\x89PNG\r\n\x1a\n", "a picture", "export the records"),
    "gzip": (b"\x1f\x8b\x08", "a packed file", "unpack it"),
}  # fmt: skip


@pytest.mark.parametrize("encoding", [None, "cp1250", "utf-16"])
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_files_of_other_kinds_are_called_by_their_name(read, kind, encoding):
    """Whatever it is called on disk and whatever encoding is named, a file is known by what it has inside."""
    data, name, advice = OTHER_KINDS[kind]
    with pytest.raises(IntakeError) as caught:
        read(data, encoding)
    [finding] = caught.value.findings
    assert finding.code == "other-kind"
    assert name in str(finding.message)
    assert advice in str(finding.message)


def test_birth_number_twice_in_the_header_is_not_repeated(read):
    """Not even as a duplicate is a birth number named."""
    with pytest.raises(IntakeError) as caught:
        read(table(head=HEAD + ";850431/0023;850431/0023").encode())
    assert {finding.code for finding in caught.value.findings} == {"birth-number"}
    assert "850431" not in repr(caught.value.findings)


WORDS = ["Božena", "Šťastná", "Příčný", "žížala", "Ťažký", "hloubkař", "ŽIŽKOV", "Růžena", "Kůň", "Čáp"]


@pytest.mark.parametrize(
    ("codec", "said"),
    {"cp1250": "--encoding cp1250", "iso8859-2": "--encoding iso-8859-2", "cp852": "CP852", "mac_latin2": "Mac"}.items(),
)  # fmt: skip
@given(st.lists(st.sampled_from(WORDS), min_size=3, unique=True))
def test_an_encoding_is_known_by_what_comes_out(read, codec, said, words):
    """Whoever sends an old encoding is told which it is and what reads it, with a word that shows it."""
    try:
        data = table(changed(nazev=" ".join(words), prijmeni=words[0])).encode(codec)
    except UnicodeEncodeError:
        return
    with pytest.raises(IntakeError, match=said) as caught:
        read(data)
    [finding] = caught.value.findings
    assert finding.message.parameters["word"] in table(ROW) + " ".join(words)


def test_a_sign_after_a_word_is_no_other_encoding(read):
    """A trade mark in a file of few letters doesn't make Windows-1250 another encoding."""
    (record,) = read(
        table(changed(nazev="Stavba s LEGO® Duplo®", prijmeni="Dvořák")).encode("cp1250"), "cp1250"
    )
    assert record.award is not None


def test_a_day_of_excel_is_told_as_a_day(read):
    """The message says which day the number would be."""
    (record,) = read(table(changed(datum_udeleni="46195")).encode())
    assert "22.\u00a06. 2026" in czech(record.findings[0].message)


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
    assert (record.row, record.line) == (2, 2)
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
    assert [(r.number, r.row, r.line, r.evidence_number, r.award is not None) for r in records] == [
        (1, 2, 3, "MU-1", True),
        (2, 4, 5, "MU-X", False),
        (3, 5, 6, "MU-2", True),
        (4, 6, 8, "MU-3", True),
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
    good, broken = read(table(ROW, row, ROW, "", ROW, ";" * 12).encode())
    assert good.award is not None
    assert (good.unread, broken.unread) == (0, 2)
    assert (broken.award, broken.row, broken.line) == (None, 3, 3)
    assert [finding.code for finding in broken.findings] == [code]
    assert "3" in czech(broken.findings[0].message)


@given(
    st.lists(st.sampled_from(["", "Najde matku.", "Najde\nmatku.", "a\r\nb\r\nc"]), min_size=1, max_size=6)
)
def test_rows_are_counted_as_a_spreadsheet_shows_them(read, cells):
    """Whatever line breaks its cells have, a record is one row, an empty line is one too, and the line is that of the file."""
    rows = [changed(vysledky_uceni=f'"{cell}"') if cell else "" for cell in cells]
    lines, number = [], 2
    for row in rows:
        lines.append(number)
        number += row.count("\n") + 1
    expected = [(row, line) for row, (line, cell) in enumerate(zip(lines, cells, strict=True), 2) if cell]
    if expected:
        assert [(r.row, r.line) for r in read(table(*rows).encode())] == expected


@pytest.mark.parametrize(
    ("position", "letters"), {13: "N", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA"}.items()
)
def test_a_cell_without_column_is_called_as_a_spreadsheet_calls_it(read, position, letters):
    """The column of a cell that has no name above it is told in letters."""
    (record,) = read(table(ROW + ";" * (position - ROW.count(";")) + "x").encode())
    assert record.findings[0].message.parameters["column"] == letters


def test_a_person_may_have_one_name(read):
    """An empty given name is none, and the name on the certificate is the family name, with titles if there are any."""
    [record] = read(table(changed(jmeno="")).encode())
    assert record.findings == ()
    learner = record.award.learner
    assert (learner.given_name, learner.family_name, learner.name) == (None, "Ďurůžka", "Ďurůžka")
    [titled] = read(more(titul_pred="Ing.").replace(";Řehoř;", ";;").encode())
    assert titled.award.learner.name == "Ing. Ďurůžka"


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
    .map(lambda text: normalize("NFC", f"ř{text.strip()}ů"))
    .filter(lambda text: sum(character.isdigit() for character in text) < 9)
)
days = st.dates().filter(lambda day: day.year >= 1000).map(lambda day: f"{day.day}. {day.month}. {day.year}")
codes = texts.map(lambda text: text.translate(dict.fromkeys(map(ord, ",;/"), "-")))  # those would be several
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
        isced_f=st.lists(codes, max_size=2),
        jazyk_vyuky=st.lists(st.sampled_from(["cs", "angličtina"]), max_size=2),
        typ_vzdelavani=optional(st.just("mooc")),
        forma=st.sampled_from(["online", "kombinovaná"]),
        vyuka_od=optional(days),
        vyuka_do=optional(days),
        fakulta=optional(st.sampled_from(["FI", "PřF"])),
        hodnoceni=assessments,
        zajisteni_kvality=st.lists(
            some(typ=st.just("programme-license"), nazev=texts, url=optional(texts), plati_do=optional(days)),
            max_size=2,
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


@pytest.mark.system  # some seconds
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
