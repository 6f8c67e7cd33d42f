"""Catalogues are read as gettext and Babel read them."""

from __future__ import annotations

from gettext import c2py
from importlib.resources import files

import pytest
from babel.messages.pofile import read_po
from mikrocert.texts.gettext_files import read_catalogue

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
READ = {  # entries → sentence → what the catalogue has for it
    'msgid "a"\nmsgstr "b"\n': {"a": "b"},
    'msgid "a"\nmsgstr "b"': {"a": "b"},
    'msgid ""\n"a "\n"b"\nmsgstr ""\n"c\\n"\n"d"\n': {"a b": "c\nd"},
    'msgid "a \\"b\\" \\\\ \\t"\nmsgstr "„b“ \\\\n"\n': {'a "b" \\ \t': "„b“ \\n"},
    'msgid "a"\nmsgstr "b"\nmsgid "c"\nmsgstr "d"\n': {"a": "b", "c": "d"},
    '# note\n#. more\n#: file.py:1\n#, python-format\n#| msgid "z"\nmsgid "a"\nmsgstr "b"\n': {
        "a": "b",
        "z": "",
    },
    '#, python-format, fuzzy\nmsgid "a"\nmsgstr "b"\n': {"a": ""},
    '# fuzzy\nmsgid "a"\nmsgstr "b"\n': {"a": "b"},
    '#~ msgid "a"\n#~ msgstr "b"\n': {"a": ""},
    'msgctxt "menu"\nmsgid "a"\nmsgstr "b"\n': {"a": ""},
    'msgid "a"\r\nmsgstr "b"\r\n': {"a": "b"},
    'msgid "a"\nmsgstr ""\n': {"a": ""},
    '  msgid  "a"\n\tmsgstr\t"b"  \n\n\n# the end': {"a": "b"},
    "": {"": ""},
}


@pytest.mark.parametrize("entries", READ)
@pytest.mark.parametrize("header", [HEADER, f"\ufeff# about\n{HEADER}", ""], ids=["plain", "marked", "none"])
def test_every_way_to_write_an_entry_is_read(tmp_path, header, entries):
    """Strings of several lines, escapes, comments; what is fuzzy, obsolete or of another context isn't there."""
    file = tmp_path / "messages.po"
    file.write_bytes((header + entries).encode())
    catalogue = read_catalogue(file)
    assert {sentence: catalogue.translated(sentence) for sentence in READ[entries]} == READ[entries]


@pytest.mark.parametrize("charset", ["iso-8859-2", "cp1250", "utf-8"])
def test_the_encoding_is_the_one_that_the_file_names(tmp_path, charset):
    """Not every editor writes UTF-8."""
    file = tmp_path / "messages.po"
    file.write_bytes(f'{HEADER.replace("utf-8", charset)}msgid "a"\nmsgstr "žluťoučký"\n'.encode(charset))
    assert read_catalogue(file).translated("a") == "žluťoučký"


BROKEN = {
    "text": "this is no catalogue\n",
    "no translation": 'msgid "a"\n\nmsgid "b"\nmsgstr "c"\n',
    "open string": 'msgid "a\nmsgstr "b"\n',
    "no string": "msgid a\nmsgstr b\n",
    "quotation mark inside": 'msgid "a"b"\nmsgstr "c"\n',
    "words behind": 'msgid "a"\nmsgstr "b" c\n',
    "unknown encoding": HEADER.replace("utf-8", "klingon"),
    "rule of plurals that is none": HEADER.replace(
        "utf-8", "utf-8\\nPlural-Forms: nplurals=2; plural=__import__"
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_catalogue_is_refused(tmp_path, name):
    """It is an error, never half of a catalogue."""
    file = tmp_path / "messages.po"
    file.write_text(BROKEN[name], "utf-8")
    with pytest.raises(ValueError, match=r"\w"):
        read_catalogue(file)


@pytest.mark.parametrize("language", ["cs", "sk", "uk"])
def test_our_catalogues_are_read_as_babel_reads_them(language):
    """Every sentence, and every form for the numbers up to two hundred."""
    file = files("mikrocert").joinpath(f"locale/{language}/LC_MESSAGES/messages.po")
    ours = read_catalogue(file)
    with file.open("rb") as source:
        theirs = read_po(source, locale=language)
    entries = [entry for entry in theirs if entry.id]
    assert len(entries) == len(ours.translations)
    for entry in entries:
        if isinstance(entry.id, str):
            assert ours.translated(entry.id) == entry.string
        else:
            assert ours.translations[entry.id[0]] == tuple(entry.string)
    rule = c2py(theirs.plural_expr)
    assert [ours.form(number) for number in range(201)] == [rule(number) for number in range(201)]
