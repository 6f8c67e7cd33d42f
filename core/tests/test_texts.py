"""Messages, catalogues and languages."""

import errno
import importlib
import sys
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.texts import LanguageMap, Message, Texts, message, negotiated
from mikrocert.texts.formatting import size

HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n>=2 && n<=4 ? 1 : 2);\\n"\n'
)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Makes packages that carry catalogues: name, language, entries → an importable package."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(name, language, entries, *, header=HEADER):
        folder = tmp_path / name / "locale" / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (tmp_path / name / "__init__.py").touch()
        folder.joinpath("messages.po").write_text(f"{header}\n{entries}\n", encoding="utf-8")
        importlib.invalidate_caches()
        monkeypatch.delitem(sys.modules, name, raising=False)
        return name

    return make


@pytest.mark.parametrize("number", errno.errorcode)
def test_the_system_speaks_in_words_of_ours(number):
    """Whatever it refuses: its own sentences are in one language, which needn't be the reader's."""
    sentence = message("{reason}", reason=OSError(number, "Nějaký důvod systému", "soubor"))
    assert "systému" not in str(sentence)
    assert Texts().say(sentence, "cs") != str(sentence)


def test_a_message_is_its_english_sentence_filled_in():
    """str() of a message is the English sentence."""
    assert str(message("the file has {count} octets", count=20_480)) == "the file has 20480 octets"


@pytest.mark.parametrize(
    ("value", "style", "en", "cs"),
    [
        ("Dvořáková", "", "Dvořáková", "Dvořáková"),
        (2026, "", "2026", "2026"),
        (Decimal("12.50"), "", "12.5", "12,5"),
        (Decimal(150), "", "150", "150"),
        (Decimal(1500), "", "1,500", "1\u00a0500"),
        (date(2026, 11, 22), "", "22\u00a0November 2026", "22.\u00a011. 2026"),
        (date(2026, 6, 2), ":long", "2\u00a0June 2026", "2.\u00a0června 2026"),
        (
            datetime(2026, 11, 22, 22, 30, tzinfo=UTC),
            "",
            "22\u00a0November 2026 at\u00a023:30\u00a0CET",
            "22.\u00a011. 2026 ve\u00a023:30",
        ),
        (
            datetime(2026, 7, 1, 6, 5, tzinfo=UTC),
            ":long",
            "1\u00a0July 2026 at\u00a08:05\u00a0CEST",
            "1.\u00a0července 2026 v\u00a08:05",
        ),
        (
            datetime(2026, 7, 1, 6, 5, tzinfo=UTC),
            ":zone",
            "1\u00a0July 2026 at\u00a08:05\u00a0CEST",
            "1.\u00a07. 2026 v\u00a08:05\u00a0SELČ",
        ),
        (["a", "b", "c"], "", "a, b and c", "a, b a\u00a0c"),
        (("a", "b"), ":or", "a or b", "a nebo b"),
        (("a", "b", "c"), ":comma", "a, b, c", "a, b, c"),
        (LanguageMap.of("Brno", "Brünn"), "", "Brünn", "Brno"),
        (message("a number"), "", "a number", "číslo"),
        (
            [message("a number"), date(2026, 1, 5)],
            "",
            "a number and 5\u00a0January 2026",
            "číslo a\u00a05.\u00a01. 2026",
        ),
    ],
)
def test_each_language_writes_values_its_own_way(package, value, style, en, cs):
    """Days, moments, numbers, lists and messages are written as the reader's language has them."""
    entries = f'msgid "it is {{it{style}}}"\nmsgstr "je {{it{style}}}"\n\nmsgid "a number"\nmsgstr "číslo"\n'
    texts = Texts([package("translated_values", "cs", entries)])
    asked = message(f"it is {{it{style}}}", it=value)
    assert str(asked) == f"it is {en}"
    assert texts.plain(asked, "cs") == f"je {cs}"


@pytest.mark.parametrize(
    ("value", "style", "sk"),
    [
        (date(2026, 11, 22), "", "22.\u00a011. 2026"),
        (date(2026, 6, 2), ":long", "2.\u00a0júna 2026"),
        (datetime(2026, 11, 22, 22, 30, tzinfo=UTC), "", "22.\u00a011. 2026 o\u00a023:30"),
        (datetime(2026, 7, 1, 6, 5, tzinfo=UTC), ":zone", "1.\u00a07. 2026 o\u00a08:05\u00a0SELČ"),
        (("a", "b"), ":or", "a alebo b"),
        (Decimal("12.50"), "", "12,5"),
    ],
)
def test_slovak_values_are_no_czech_ones(package, value, style, sk):
    """Slovak writes days in figures as Czech does, with words of its own around them."""
    entries = f'msgid "it is {{it{style}}}"\nmsgstr "je {{it{style}}}"\n'
    texts = Texts([package("translated_slovak", "sk", entries)])
    assert texts.plain(message(f"it is {{it{style}}}", it=value), "sk") == f"je {sk}"


@pytest.mark.parametrize(
    ("value", "style", "uk"),
    [
        (date(2026, 11, 22), "", "22\u00a0листопада 2026\u00a0року"),
        (date(2026, 6, 2), ":long", "2\u00a0червня 2026\u00a0року"),
        (datetime(2026, 11, 22, 22, 30, tzinfo=UTC), "", "22\u00a0листопада 2026\u00a0року о\u00a023:30"),
        (datetime(2026, 11, 22, 10, 5, tzinfo=UTC), "", "22\u00a0листопада 2026\u00a0року об\u00a011:05"),
        (
            datetime(2026, 7, 1, 6, 5, tzinfo=UTC),
            ":zone",
            "1\u00a0липня 2026\u00a0року о\u00a08:05\u00a0CEST",
        ),
        (("а", "б", "в"), ":or", "а, б або в"),
        (Decimal("12.50"), "", "12,5"),
    ],
)
def test_ukrainian_values_stand_in_sentences(package, value, style, uk):
    """A Ukrainian day ends with a whole word, so that no sentence ends with two full stops."""
    entries = f'msgid "it is {{it{style}}}"\nmsgstr "це {{it{style}}}"\n'
    texts = Texts([package("translated_ukrainian", "uk", entries)])
    assert texts.plain(message(f"it is {{it{style}}}", it=value), "uk") == f"це {uk}"


@pytest.mark.parametrize(("octets", "uk"), [(38_000, "38\u00a0кБ"), (1_240_000, "1,2\u00a0МБ")])
def test_units_of_size_are_written_in_the_letters_of_the_language(octets, uk):
    """Ukrainian abbreviates octets in Cyrillic."""
    assert size(octets, "uk") == uk


@pytest.mark.parametrize(
    ("count", "cs"), [(1, "1 soubor"), (3, "3 soubory"), (5, "5 souborů"), (0, "0 souborů")]
)
def test_a_number_chooses_the_plural_form_of_its_language(package, count, cs):
    """Czech has three forms, English two."""
    entries = (
        'msgid "{count} file"\nmsgid_plural "{count} files"\n'
        'msgstr[0] "{count} soubor"\nmsgstr[1] "{count} soubory"\nmsgstr[2] "{count} souborů"\n'
    )
    texts = Texts([package("translated_plurals", "cs", entries)])
    counted = message("{count} file", plural="{count} files", count=count)
    assert texts.plain(counted, "cs") == cs
    assert str(counted) == f"{count} {'file' if count == 1 else 'files'}"


def test_what_is_not_translated_is_english_throughout(package):
    """A sentence that the catalogue hasn't is English, and so are the values in it."""
    texts = Texts([package("translated_nothing", "cs", "")])
    asked = message("since {day}", day=date(2026, 11, 22))
    assert texts.plain(asked, "cs") == "since 22\u00a0November 2026"
    assert texts.language_of(asked, "cs") == "en"


@pytest.mark.parametrize(
    ("name", "entries"),
    [
        ("place that is not there", 'msgid "line {line}"\nmsgstr "řádek {radek}"\n'),
        ("attribute of a parameter", 'msgid "line {line}"\nmsgstr "řádek {line.__class__} {nothing}"\n'),
        ("fuzzy", '#, fuzzy\nmsgid "line {line}"\nmsgstr "něco {line}"\n'),
        ("empty", 'msgid "line {line}"\nmsgstr ""\n'),
        ("not a catalogue", "this is no catalogue\n"),
        ("not UTF-8", "# \udcff\n"),
    ],
)
def test_a_broken_translation_is_passed_over(tmp_path, package, name, entries):
    """Whatever translators wrote, the English sentence comes out instead."""
    made = package("translated_badly", "cs", "")
    file = tmp_path / "translated_badly/locale/cs/LC_MESSAGES/messages.po"
    file.write_bytes(f"{HEADER}\n{entries}".encode("utf-8", "surrogateescape"))
    assert Texts([made]).plain(message("line {line}", line=7), "cs") == "line 7"


def test_braces_that_are_no_placeholders_stay():
    """A sentence may show JSON; a parameter's own braces are not filled."""
    shown = message('an object such as {"cs": "…"} or {…}, not {it}', it="{it}")
    assert str(shown) == 'an object such as {"cs": "…"} or {…}, not {it}'
    assert str(message("{missing} stays")) == "{missing} stays"


@given(st.text(), st.dictionaries(st.from_regex(r"[a-z_][a-z0-9_]*", fullmatch=True), st.text()))
def test_no_sentence_and_no_parameter_makes_rendering_fail(text, parameters):
    """Rendering a message never raises."""
    texts = Texts()
    for language in ("cs", "en", "eo", "xx", ""):
        assert isinstance(texts.say(Message(text, parameters), language), str)


def test_no_plugin_changes_what_the_core_says(package):
    """The core's catalogue is asked first, then the others in the order given."""
    first = package("translated_first", "cs", 'msgid "test sentence"\nmsgstr "první"\n')
    second = package(
        "translated_second",
        "cs",
        'msgid "test sentence"\nmsgstr "druhá"\n\nmsgid "this is mandatory and missing"\nmsgstr "podvrženo"\n',
    )
    texts = Texts([first, second])
    assert texts.plain(message("test sentence"), "cs") == "první"
    assert texts.plain(message("this is mandatory and missing"), "cs") == "povinný údaj chybí"


def test_a_catalogue_brings_its_language(package):
    """A package with a catalogue adds its language; Czech and English are always there."""
    texts = Texts(
        [package("translated_esperanto", "eo", 'msgid "test sentence"\nmsgstr "⟦test sentence⟧"\n')]
    )
    ours = Texts().languages
    assert texts.languages[:2] == ours[:2] == ("cs", "en")
    assert sorted(texts.languages) == sorted([*ours, "eo"])
    assert texts.all(message("test sentence")) == {
        language: "⟦test sentence⟧" if language == "eo" else "test sentence" for language in texts.languages
    }


def test_packages_that_are_not_there_or_no_packages_carry_no_catalogue():
    """A plugin may be a single module, or gone."""
    assert Texts(["antigravity_that_is_not_there", "this"]).languages == Texts().languages


def test_running_text_has_no_break_spaces_and_text_for_programs_has_none(package):
    """`say` applies the typography of the language, `plain` and `all` don't."""
    texts = Texts([package("translated_typography", "cs", 'msgid "in {where}"\nmsgstr "v {where}"\n')])
    asked = message("in {where}", where="Brně")
    assert texts.say(asked, "cs") == "v\u00a0Brně"
    assert texts.plain(asked, "cs") == texts.all(asked)["cs"] == "v Brně"


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "cs"),
        ("cs", "cs"),
        ("cs-CZ,cs;q=0.9,en;q=0.8", "cs"),
        ("sk", "cs"),
        ("en-GB", "en"),
        ("de", "en"),
        ("de,cs;q=0.5", "en"),
        ("eo,cs;q=0.5", "eo"),
        ("fr;q=0.4,en;q=0.8,cs;q=0.9", "cs"),
        ("*", "cs"),
        ("en;q=0,de", "en"),
        ("en;q=nonsense", "cs"),
        ("../../etc", "en"),
    ],
)
def test_a_reader_gets_the_language_wished_for_most(accept, language):
    """Of the languages at hand the one with the greatest weight, Czech for Slovaks, else English."""
    assert negotiated(accept, ("cs", "en", "eo")) == language


def test_slovak_comes_before_czech_where_it_is_installed():
    """A Slovak catalogue is preferred by Slovaks."""
    assert negotiated("sk", ("cs", "en", "sk")) == "sk"


@pytest.mark.parametrize("language", ["../en", "/", "", "cs/LC_MESSAGES/..", "\u0000"])
def test_a_language_is_no_way_to_other_files(language):
    """Only languages that are installed are looked up."""
    assert (
        Texts().plain(message("this is mandatory and missing"), language) == "this is mandatory and missing"
    )
