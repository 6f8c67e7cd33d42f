"""What a file is that can't be verified here: called by its name, with what to do, since it may well be genuine elsewhere.

Nothing here is judged or read as data; a few octets, the root of an XML document and the types of a JSON one tell what it is.
"""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, cast

from mikrocert.errors import FormatError
from mikrocert.parsing import strict_json
from mikrocert.report import Finding
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_sealed_otherwise", "other_file"]

_HEAD = 4096
_JWT = re.compile(rb"[A-Za-z0-9_-]{1,100000}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*(~[A-Za-z0-9_.~-]*)?")
_XML_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")
_XML_PROLOGUE = re.compile(rb"<[?!][^>]*>")

_ASK = message("Ask the holder for the data file, the certificate or the verification link.")
_ELSEWHERE = message("Who issued it says where it can be verified.")
_TYPE = message("If it shows a certificate, type the 12 characters on it, or scan its QR code.")
_AGAIN = message("Ask the holder to send it again.")

_BY_BEGINNING: tuple[tuple[bytes, Message, Message], ...] = (
    (b"\x89PNG\r\n\x1a\n", message("a picture"), _TYPE),
    (b"\xff\xd8\xff", message("a picture"), _TYPE),
    (b"GIF8", message("a picture"), _TYPE),
    (b"II*\x00", message("a picture"), _TYPE),
    (b"MM\x00*", message("a picture"), _TYPE),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", message("a document of an office program"), _ASK),
    (b"{\\rtf", message("a document of an office program"), _ASK),
    (b"-----BEGIN ", message("a certificate or a key in PEM"), message("Never pass a private key on.")),
    (
        b"7z\xbc\xaf\x27\x1c",
        message("an archive of several files"),
        message("Unpack it and verify the file inside."),
    ),
    (b"Rar!", message("an archive of several files"), message("Unpack it and verify the file inside.")),
    (b"\x1f\x8b", message("a packed file"), message("Unpack it and verify the file inside.")),
)
_IN_ZIP: tuple[tuple[bytes, Message, Message], ...] = (
    (b"word/", message("a document of Word"), _ASK),
    (b"xl/", message("a workbook of Excel"), _ASK),
    (b"ppt/", message("a presentation of PowerPoint"), _ASK),
    (b"mimetypeapplication/vnd.oasis", message("a document of an office program"), _ASK),
)
_XML: dict[bytes, tuple[Message, Message]] = {
    b"europassCredential": (
        message("an older Europass credential (XML)"),
        message("The viewer of Europass shows and verifies it."),
    ),
    b"elmo": (message("a record of studies in ELMO"), _ELSEWHERE),
    b"html": (message("a web page"), message("If it shows a micro-credential, open its verification link.")),
    b"svg": (message("a picture"), _TYPE),
}


def other_file(data: bytes) -> Finding | None:
    """Return the finding that calls a file by its name and says what to do with it, or none for what has no name."""
    if not data.strip():
        return Finding.error("empty", "The file is empty. {advice}", advice=_AGAIN)
    found = next(_names(data), None)
    if found is None:
        return None
    kind, advice = found
    return Finding.error(
        "other-kind", "This is {kind}, which can't be verified here. {advice}", kind=kind, advice=advice
    )


def is_sealed_otherwise(payload: bytes) -> bool:
    """Return whether a JSON document carries a seal inside, as credentials with an embedded proof do (VC Data Model 1.1, 4.7)."""
    return bool(_object(payload).get("proof"))


def _names(data: bytes) -> Iterator[tuple[Message, Message]]:
    yield from ((kind, advice) for mark, kind, advice in _BY_BEGINNING if data.startswith(mark))
    if data[4:8] == b"ftyp" or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        yield message("a picture"), _TYPE
    if data.startswith(b"PK\x03\x04"):
        yield from ((kind, advice) for mark, kind, advice in _IN_ZIP if mark in data)
        yield message("an archive of several files (ZIP)"), message("Unpack it and verify the file inside.")
    text = data.removeprefix(b"\xef\xbb\xbf").strip()
    if text.startswith(b"<"):
        yield _of_xml(text[:_HEAD])
    if text.startswith(b"{"):
        yield from _of_json(_object(text))
    if _JWT.fullmatch(text):
        yield from _of_token(text)


def _of_xml(head: bytes) -> tuple[Message, Message]:
    root = _XML_ROOT.search(_XML_PROLOGUE.sub(b"", head))
    name = root[1] if root else b""
    return _XML.get(name) or _XML.get(name.lower()) or (message("an XML document"), _ASK)


def _of_json(document: dict[str, object]) -> Iterator[tuple[Message, Message]]:
    contexts, types = ([str(one) for one in _many(document.get(name))] for name in ("@context", "type"))
    if any("purl.imsglobal.org/spec/ob/" in one or "w3id.org/openbadges" in one for one in contexts) or {
        "OpenBadgeCredential",
        "AchievementCredential",
    } & set(types):
        yield message("an Open Badge"), _ELSEWHERE
    if {"VerifiableCredential", "VerifiablePresentation"} & set(types):
        yield message("a verifiable credential of another kind"), _ELSEWHERE


def _of_token(text: bytes) -> Iterator[tuple[Message, Message]]:
    head, body = (_object(_decoded(part)) for part in text.split(b"~")[0].split(b".")[:2])
    kind = str(head.get("typ", ""))
    if b"~" in text or "sd-jwt" in kind:
        yield message("a credential in SD-JWT"), _ELSEWHERE
    elif "EuropeanDigitalCredential" in map(str, _many(body.get("type"))):
        yield (
            message("a European Digital Credential in a compact seal"),
            message("Ask the holder for the data file as Europass has it."),
        )
    elif head.get("alg"):
        yield message("a credential in JWT"), _ELSEWHERE


def _many(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _decoded(part: bytes) -> bytes:
    try:
        return urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except binascii.Error:
        return b""


def _object(data: bytes) -> dict[str, object]:
    try:
        document = strict_json.loads(data, refuse=FormatError)
    except FormatError:
        return {}
    return cast("dict[str, object]", document) if isinstance(document, dict) else {}
