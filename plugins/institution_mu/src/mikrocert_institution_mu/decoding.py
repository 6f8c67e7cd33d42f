"""From octets to text: UTF-8, and what Excel saves instead of it."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from mikrocert.parsing.strict_json import LARGEST

from mikrocert_institution_mu.faults import refusal

if TYPE_CHECKING:
    from mikrocert.errors import IntakeError

__all__ = ["decoded"]

_ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "cp1250": "cp1250",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
}
_NULS_OF_UTF_16 = 4
_MOST_LINES = 500_000


def decoded(data: bytes, *, encoding: str | None) -> str:
    """Return the text of a CSV export without its byte order mark.

    Args:
        data: the export.
        encoding: `cp1250` or `utf-16` where a person says so; none means UTF-8.

    Raises:
        IntakeError: it is in another encoding, too large or too long; the message names the remedy.
    """
    if len(data) > LARGEST:
        mebibytes = LARGEST // (1024 * 1024)
        raise refusal(
            "too-large",
            f"soubor má {len(data)} bajtů; čte se nejvýše {mebibytes} MiB",
            f"the file has {len(data)} octets; at most {mebibytes} MiB are read",
        )
    named = _codec(encoding)
    head = data[:1000]
    if named == "utf-8" and (
        data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        or head.count(0) * _NULS_OF_UTF_16 > len(head)
    ):
        raise refusal(
            "utf-16",
            "soubor je v kódování UTF-16; uložte jej jako „CSV UTF-8“, nebo přidejte --encoding utf-16",
            "the file is in UTF-16; save it as 'CSV UTF-8', or add --encoding utf-16",
        )
    if named != "utf-8" and _is_utf8(data, nul=named == "cp1250"):
        raise refusal(
            "wrong-encoding",
            f"soubor není v kódování {named}, ale v UTF-8; vynechte --encoding",
            f"the file is not in {named} but in UTF-8; leave --encoding out",
        )
    try:
        text = data.decode(named)
    except UnicodeDecodeError as error:
        raise _not_decoded(data, error, named) from error
    if text.count("\n") + text.count("\r") - text.count("\r\n") > _MOST_LINES:
        raise refusal(
            "too-long",
            f"soubor má přes {_MOST_LINES} řádků; rozdělte jej",
            f"the file has more than {_MOST_LINES} lines; split it",
        )
    return text.removeprefix("\ufeff")


def _codec(encoding: str | None) -> str:
    try:
        name = codecs.lookup(encoding or "utf-8").name
    except (LookupError, ValueError) as error:
        raise _unknown_encoding(encoding) from error
    if name not in _ENCODINGS:
        raise _unknown_encoding(encoding)
    return _ENCODINGS[name]


def _unknown_encoding(encoding: str | None) -> IntakeError:
    return refusal(
        "unknown-encoding",
        f"kódování {encoding} se nečte; čte se utf-8, cp1250 a utf-16",
        f"encoding {encoding} is not read; utf-8, cp1250 and utf-16 are",
    )


def _is_utf8(data: bytes, *, nul: bool) -> bool:
    """Say whether the octets are UTF-8 that no other encoding would give by chance; NUL octets mean UTF-16."""
    try:
        return not data.decode("utf-8").isascii() and (nul or 0 not in data)
    except UnicodeDecodeError:
        return False


def _not_decoded(data: bytes, error: UnicodeDecodeError, named: str) -> IntakeError:
    line = data.count(b"\n", 0, error.start) + 1
    if named == "utf-8" and _is_cp1250(data):
        return refusal(
            "cp1250",
            f"soubor není v UTF-8 (řádek {line}), nejspíš je v kódování Windows-1250; "
            "uložte jej jako „CSV UTF-8“, nebo přidejte --encoding cp1250",
            f"the file is not UTF-8 (line {line}), it is probably in Windows-1250; "
            "save it as 'CSV UTF-8', or add --encoding cp1250",
        )
    return refusal(
        "wrong-encoding",
        f"bajt {error.start + 1} (řádek {line}) není v kódování {named}; uložte soubor jako „CSV UTF-8“",
        f"octet {error.start + 1} (line {line}) is not {named}; save the file as 'CSV UTF-8'",
    )


def _is_cp1250(data: bytes) -> bool:
    try:
        return data.decode("cp1250").replace("\r", "").replace("\n", "").replace("\t", "").isprintable()
    except UnicodeDecodeError:
        return False
