"""A screen reader changes its voice with the language: every part of a certificate says which one it is in."""

from __future__ import annotations

import ctypes
from contextlib import closing
from typing import TYPE_CHECKING

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from mikrocert.api import Item, LanguageMap, Section

if TYPE_CHECKING:
    from collections.abc import Iterator


def string_of(get, element) -> str:
    """Return what pdfium says of an element as UTF-16."""
    size = get(element, None, 0)
    buffer = ctypes.create_string_buffer(size)
    get(element, buffer, size)
    return buffer.raw.decode("utf-16-le").rstrip("\0")


def spoken(pdf: bytes) -> list[tuple[str, str]]:
    """Return every text of a certificate and the language that its structure says it is in, in the order of reading."""
    found: list[tuple[str, str]] = []
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        for page in document:
            with closing(page.get_textpage()) as text:
                pieces: dict[int, str] = {}
                for piece in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
                    number = pdfium.FPDFPageObj_GetMarkedContentID(piece)
                    size = pdfium.FPDFTextObj_GetText(piece, text, None, 0)
                    buffer = (ctypes.c_ushort * (size // 2))()
                    pdfium.FPDFTextObj_GetText(piece, text, buffer, size)
                    pieces[number] = pieces.get(number, "") + bytes(buffer).decode("utf-16-le").rstrip("\0")
                tree = pdfium.FPDF_StructTree_GetForPage(page)
                for index in range(pdfium.FPDF_StructTree_CountChildren(tree)):
                    root = pdfium.FPDF_StructTree_GetChildAtIndex(tree, index)
                    found += [(pieces.get(number, ""), voice) for number, voice in voices(root, "")]
                pdfium.FPDF_StructTree_Close(tree)
    return [(text.replace("\xa0", " "), voice) for text, voice in found if text.strip()]


def voices(element, inherited: str) -> Iterator[tuple[int, str]]:
    """Yield the marked content in an element and the language of each: its own, else that of what it stands in."""
    voice = string_of(pdfium.FPDF_StructElement_GetLang, element) or inherited
    for index in range(pdfium.FPDF_StructElement_CountChildren(element)):
        number = pdfium.FPDF_StructElement_GetChildMarkedContentID(element, index)
        if number >= 0:
            yield number, voice
            continue
        child = pdfium.FPDF_StructElement_GetChildAtIndex(element, index)
        if child:
            yield from voices(child, voice)


@pytest.mark.parametrize("changes", [{}, {"test": True}])
def test_every_text_says_its_language(view, drawn, changes):
    """None is left to the language of the document, so that no English is read in Czech."""
    texts = spoken(drawn(view, **changes))
    assert {voice for _, voice in texts} == {"cs", "en"}


@pytest.mark.parametrize("language", ["cs", "en"])
def test_a_text_is_read_in_its_own_language(view, drawn, language):
    """Titles, outcomes and labels: each in the voice of the language that the credential has it in."""
    texts = spoken(drawn(view))
    said_in = " ".join(text for text, voice in texts if voice == language)
    other = " ".join(text for text, voice in texts if voice != language)
    wanted = {
        "cs": ("potvrzuje, že", "Načte, vyčistí", "Výsledky učení", "Dodatek"),
        "en": ("certifies that", "Loads, cleans", "Learning outcomes", "Supplement"),
    }[language]
    for text in wanted:
        assert text in said_in
        assert text not in other


def test_a_third_language_has_a_voice_of_its_own(view, drawn):
    """An outcome that the credential has in German as well is read in German."""
    outcome = LanguageMap({"cs": "Spravuje klíče.", "en": "Manages keys.", "de": "Verwaltet Schlüssel."})
    item = Item("outcomes", LanguageMap.of("Výsledky učení", "Learning outcomes"), (outcome,), 6)
    section = Section("annex-i", LanguageMap.of("Údaje", "Data"), (item,))
    texts = spoken(drawn(view, sections=(section,)))
    (german,) = [voice for text, voice in texts if "Verwaltet" in text]
    assert german == "de"
