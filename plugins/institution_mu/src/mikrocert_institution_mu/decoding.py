"""From octets to text: UTF-8, and what Excel saves instead of it."""

from __future__ import annotations

import codecs

from mikrocert.api import Finding, IntakeError, strict_json

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
    if len(data) > strict_json.LARGEST:
        raise IntakeError(
            [
                Finding.error(
                    "too-large",
                    "the file has {count} octets; at most {most} MiB are read",
                    count=len(data),
                    most=strict_json.LARGEST // (1024 * 1024),
                )
            ]
        )
    named = _codec(encoding)
    head = data[:1000]
    if named == "utf-8" and (
        data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        or head.count(0) * _NULS_OF_UTF_16 > len(head)
    ):
        raise IntakeError(
            [
                Finding.error(
                    "utf-16",
                    "the file is in UTF-16; save it as 'CSV UTF-8', or add --encoding utf-16",
                )
            ]
        )
    if named != "utf-8" and _is_utf8(data, nul=named == "cp1250"):
        raise IntakeError(
            [
                Finding.error(
                    "wrong-encoding",
                    "the file is not in {encoding} but in UTF-8; leave --encoding out",
                    encoding=named,
                )
            ]
        )
    try:
        text = data.decode(named)
    except UnicodeDecodeError as error:
        raise _not_decoded(data, error, named) from error
    if text.count("\n") + text.count("\r") - text.count("\r\n") > _MOST_LINES:
        raise IntakeError(
            [
                Finding.error(
                    "too-long",
                    "the file has more than {most} lines; split it",
                    most=_MOST_LINES,
                )
            ]
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
    return IntakeError(
        [
            Finding.error(
                "unknown-encoding",
                "encoding {encoding} is not read; utf-8, cp1250 and utf-16 are",
                encoding=encoding or "–",
            )
        ]
    )


def _is_utf8(data: bytes, *, nul: bool) -> bool:
    """Return whether the octets are UTF-8 that no other encoding would give by chance; NUL octets mean UTF-16."""
    try:
        return not data.decode("utf-8").isascii() and (nul or 0 not in data)
    except UnicodeDecodeError:
        return False


def _not_decoded(data: bytes, error: UnicodeDecodeError, named: str) -> IntakeError:
    line = data.count(b"\n", 0, error.start) + 1
    if named == "utf-8" and _is_cp1250(data):
        return IntakeError(
            [
                Finding.error(
                    "cp1250",
                    "the file is not UTF-8 (line {line}), it is probably in Windows-1250; save it as 'CSV UTF-8', or add --encoding cp1250",
                    line=line,
                )
            ]
        )
    return IntakeError(
        [
            Finding.error(
                "wrong-encoding",
                "octet {octet} (line {line}) is not {encoding}; save the file as 'CSV UTF-8'",
                octet=error.start + 1,
                line=line,
                encoding=named,
            )
        ]
    )


def _is_cp1250(data: bytes) -> bool:
    try:
        return data.decode("cp1250").replace("\r", "").replace("\n", "").replace("\t", "").isprintable()
    except UnicodeDecodeError:
        return False
