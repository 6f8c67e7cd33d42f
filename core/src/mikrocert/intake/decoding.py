"""From octets to text: UTF-8, and what Excel saves instead of it."""

from __future__ import annotations

import codecs

from mikrocert.errors import IntakeError
from mikrocert.intake.encodings import NAMES, likely
from mikrocert.parsing import strict_json
from mikrocert.report import Finding

__all__ = ["decoded"]

_ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "cp1250": "cp1250",
    "iso8859-2": "iso8859-2",
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
        encoding: `cp1250`, `iso-8859-2` or `utf-16` where a person says so; none means UTF-8.

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
                    "the file is in UTF-16; save it as 'CSV UTF-8', or send it again with this encoding (--encoding utf-16; at the desk, the one chosen below the file)",
                )
            ]
        )
    if named != "utf-8" and _is_utf8(data, nul=named in NAMES):
        raise IntakeError(
            [
                Finding.error(
                    "wrong-encoding",
                    "the file is not in {encoding} but in UTF-8; send it again without another encoding",
                    encoding=named,
                )
            ]
        )
    try:
        text = data.decode(named)
    except UnicodeDecodeError as error:
        raise _not_decoded(data, error, named) from error
    if named in NAMES:
        _demand_likely(data, named)
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
                "encoding {encoding} is not read; utf-8, cp1250, iso-8859-2 and utf-16 are",
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


def _demand_likely(data: bytes, named: str) -> None:
    """Refuse a file that has signs inside its words in the encoding that a person named, and none in another one.

    Raises:
        IntakeError: names both readings of a word.
    """
    guess = likely(data)
    if guess is None or guess.codec == named or not guess.signs_in(named):
        return
    raise IntakeError(
        [
            Finding.error(
                "wrong-encoding",
                "the file is not in {named}, in which a word of it would be '{wrong}'; it is probably in {name}, where it is "
                "'{right}'; save the file as 'CSV UTF-8'",
                named=NAMES[named],
                wrong=guess.word(named),
                name=NAMES[guess.codec],
                right=guess.word(),
            )
        ]
    )


def _not_decoded(data: bytes, error: UnicodeDecodeError, named: str) -> IntakeError:
    line = data.count(b"\n", 0, error.start) + 1
    guess = likely(data) if named == "utf-8" else None
    if guess is None:
        fault = Finding.error(
            "wrong-encoding",
            "octet {octet} (line {line}) is not {encoding}; save the file as 'CSV UTF-8'",
            octet=error.start + 1,
            line=line,
            encoding=named,
        )
    elif guess.codec in _ENCODINGS:
        fault = Finding.error(
            "not-utf-8",
            "the file is not UTF-8 (line {line}), it is probably in {name}, where a word of it is '{word}'; save it as "
            "'CSV UTF-8', or send it again with this encoding (--encoding {encoding}; at the desk, the one chosen below the file)",
            line=line,
            name=NAMES[guess.codec],
            word=guess.word(),
            encoding=guess.codec.replace("iso8859", "iso-8859"),
        )
    else:
        fault = Finding.error(
            "not-utf-8",
            "the file is not UTF-8 (line {line}), it is probably in {name}, where a word of it is '{word}'; save it as "
            "'CSV UTF-8'",
            line=line,
            name=NAMES[guess.codec],
            word=guess.word(),
        )
    return IntakeError([fault])
