"""A screen reader changes its voice with the language: every text of a certificate is marked with its own."""

from __future__ import annotations

import ctypes
from contextlib import closing

import pypdfium2
import pypdfium2.raw as pdfium
import pytest


def _utf16(get, *given) -> str:
    """Return what pdfium says in UTF-16 into a buffer whose size it is asked for first."""
    size = get(*given, None, 0)
    buffer = ctypes.create_string_buffer(size)
    get(*given, buffer, size)
    return buffer.raw.decode("utf-16-le").rstrip("\0")


def _mark_of(piece) -> str:
    """Return the language that the marks of a piece of text say, or nothing."""
    for number in range(pdfium.FPDFPageObj_CountMarks(piece)):
        mark = pdfium.FPDFPageObj_GetMark(piece, number)
        size, buffer = ctypes.c_ulong(), (ctypes.c_ushort * 32)()
        if pdfium.FPDFPageObjMark_GetParamStringValue(mark, b"Lang", buffer, 64, size):
            return bytes(buffer)[: size.value].decode("utf-16-le").rstrip("\0")
    return ""


def _voices(element, inherited: str, found: dict[int, str]) -> None:
    """Note the language of the marked content in an element: its own, else that of what it stands in."""
    voice = _utf16(pdfium.FPDF_StructElement_GetLang, element) or inherited
    for index in range(pdfium.FPDF_StructElement_CountChildren(element)):
        number = pdfium.FPDF_StructElement_GetChildMarkedContentID(element, index)
        if number >= 0:
            found[number] = voice
        elif child := pdfium.FPDF_StructElement_GetChildAtIndex(element, index):
            _voices(child, voice, found)


def spoken(pdf: bytes, *, otherwise: str) -> dict[str, str]:
    """Return all text of a document in each language, without spaces.

    Args:
        pdf: the document.
        otherwise: its own language, which is that of all that says no other.
    """
    said_in: dict[str, str] = {}
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        for page in document:
            tree = pdfium.FPDF_StructTree_GetForPage(page)
            structure: dict[int, str] = {}
            for index in range(pdfium.FPDF_StructTree_CountChildren(tree)):
                _voices(pdfium.FPDF_StructTree_GetChildAtIndex(tree, index), "", structure)
            pdfium.FPDF_StructTree_Close(tree)
            with closing(page.get_textpage()) as text:
                for piece in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
                    number = pdfium.FPDFPageObj_GetMarkedContentID(piece)
                    voice = _mark_of(piece) or structure.get(number) or otherwise
                    size = pdfium.FPDFTextObj_GetText(piece, text, None, 0)
                    buffer = (ctypes.c_ushort * (size // 2))()
                    pdfium.FPDFTextObj_GetText(piece, text, buffer, size)
                    words = bytes(buffer).decode("utf-16-le").rstrip("\0")
                    said_in[voice] = said_in.get(voice, "") + "".join(words.split())
    return said_in


@pytest.mark.parametrize(
    "changes", [{}, {"test": True}, {"languages": ("en", "cs")}], ids=["usual", "test", "English first"]
)
def test_every_text_says_its_language(view, drawn, certified, changes):
    """No English is read in Czech, no Czech in English: each line of the certificate is marked with the language that it is in."""
    (certificate,) = certified(view, **changes)
    said_in = spoken(drawn(view, **changes), otherwise=certificate.languages[0])
    assert set(said_in) == {"cs", "en"}
    lines = [*certificate.front.certifies, *certificate.front.title, *certificate.front.earned]
    lines += [line for note in certificate.supplement.notes for line in note.text]
    lines += [line for table in certificate.supplement.tables for row in table.rows for line in row.label]
    assert {line.language for line in lines} == {"cs", "en"}
    for line in lines:
        assert "".join(line.text.split()) in said_in[line.language], line
