"""Files of other kinds that are sent as exports: called by their name, with what to do, whatever they are called on disk."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from mikrocert.report import Finding
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["other_kind"]

_SAVE = message("open it in a spreadsheet program and save the sheet as 'CSV UTF-8'")
_EXPORT = message("export the records as 'CSV UTF-8' or JSON")
_UNPACK = message("unpack it and send the CSV or JSON file inside")

_BY_BEGINNING: tuple[tuple[bytes, Message, Message], ...] = (
    (b"%PDF-", message("a PDF document"), _EXPORT),
    (b"{\\rtf", message("a document of a text editor (RTF)"), _EXPORT),
    (b"\x89PNG", message("a picture"), _EXPORT),
    (b"\xff\xd8\xff", message("a picture"), _EXPORT),
    (b"\x1f\x8b", message("a packed file"), _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", message("a packed file"), _UNPACK),
    (b"Rar!", message("a packed file"), _UNPACK),
)
_IN_ZIP: tuple[tuple[bytes, Message, Message], ...] = (
    (b"xl/", message("a workbook of Excel (.xlsx)"), _SAVE),
    (b"opendocument.spreadsheet", message("a workbook of LibreOffice (.ods)"), _SAVE),
    (b"word/", message("a document of Word (.docx)"), _EXPORT),
    (b"", message("an archive of several files (ZIP)"), _UNPACK),
)
_IN_COMPOUND: tuple[tuple[bytes, Message, Message], ...] = (
    (
        "EncryptedPackage".encode("utf-16-le"),
        message("a workbook or document locked by a password"),
        message("unlock it and save the sheet as 'CSV UTF-8'"),
    ),
    ("Workbook".encode("utf-16-le"), message("a workbook of an older Excel (.xls)"), _SAVE),
    (b"", message("a document of an older office program"), _EXPORT),
)
_IN_MARKUP: tuple[tuple[bytes, Message, Message], ...] = (
    (b"urn:schemas-microsoft-com:office", message("a table of Excel written as XML or HTML"), _SAVE),
    (b"<table", message("a web page with a table, as some systems export it under the name .xls"), _SAVE),
    (b"<html", message("a web page"), _EXPORT),
    (b"", message("an XML document"), _EXPORT),
)
_INSIDE: tuple[tuple[bytes, tuple[tuple[bytes, Message, Message], ...]], ...] = (
    (b"PK\x03\x04", _IN_ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _IN_COMPOUND),
    (b"<", _IN_MARKUP),
)


def other_kind(data: bytes) -> Finding | None:
    """Return the finding that calls a file by what it is and says what to send instead; none for what may be an export.

    Args:
        data: the file; its first octets and marks of its kind are looked for, nothing is read.
    """
    text = data.removeprefix(codecs.BOM_UTF8).strip()
    if not text:
        return Finding.error(
            "empty", "the file is empty; export the records again, and look at the size of the file"
        )
    found = next(_kinds(text), None)
    if found is None:
        return None
    kind, advice = found
    return Finding.error("other-kind", "this is {kind}, not an export; {advice}", kind=kind, advice=advice)


def _kinds(text: bytes) -> Iterator[tuple[Message, Message]]:
    for beginning, kind, advice in _BY_BEGINNING:
        if text.startswith(beginning):
            yield kind, advice
    for beginning, marks in _INSIDE:
        if text.startswith(beginning):
            content = text.lower() if beginning == b"<" else text
            yield from ((kind, advice) for mark, kind, advice in marks if mark in content)
