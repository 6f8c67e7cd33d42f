"""The unprotected header: `etsiU`, what was added to a signature after it was made (ETSI TS 119 182-1, 5.3).

Entries are read strictly and reported; whether a time-stamp in them is good is not judged here.
"""

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from mikrocert_seal_ades.jades import strict_json
from mikrocert_seal_ades.jades.encoding import from_base64url
from mikrocert_seal_ades.jades.errors import JsonError
from mikrocert_seal_ades.jades.shapes import (
    certificate_values,
    revocation_values,
    timestamp_tokens,
    validation_data,
)
from mikrocert_seal_ades.jades.strict_json import Json, child
from mikrocert_seal_ades.pki.problems import Problem, phrase, problem

LARGEST: Final = 1024 * 1024
"""The most octets of all entries together; a seal with every kind of time-stamp has a tenth of it."""

MOST: Final = 100
"""The most entries."""


@attrs.frozen
class Unsigned:
    """One entry of `etsiU`: its `kind` (such as `sigTst`), the octets it takes in the file, what it carries.

    `text` is the entry as the file has it when entries are base64url strings, else None; time-stamps are made over
    this text. `certificates` and `timestamps` are DER.
    """

    kind: str
    size: int
    text: str | None
    certificates: tuple[bytes, ...]
    timestamps: tuple[bytes, ...]


def read_unsigned(header: Json, *, where: str) -> tuple[tuple[Unsigned, ...], tuple[Problem, ...]]:
    """Return the entries in an unprotected `header` and all that is wrong with them."""
    problems: list[Problem] = []
    if not isinstance(header, dict):
        return (), (problem("wrong-type", where=where, right=phrase("an object")),)
    problems.extend(
        problem("member-unexpected", where=child(where, name), name=name)
        for name in header
        if name != "etsiU"
    )
    if "etsiU" not in header:
        return (), (*problems, problem("member-missing", where=where, name="etsiU"))
    where = child(where, "etsiU")
    items = header["etsiU"]
    if not isinstance(items, list) or not items:
        return (), (
            *problems,
            problem("wrong-type", where=where, right=phrase("an array that is not empty")),
        )
    size = sum(len(item) if isinstance(item, str) else len(strict_json.dumps(item)) for item in items)
    if size > LARGEST or len(items) > MOST:
        return (), (
            *problems,
            problem("unsigned-too-large", where=where, size=size, count=len(items), limit=LARGEST, most=MOST),
        )
    if len({isinstance(item, str) for item in items}) > 1:
        problems.append(problem("unsigned-mixed", where=where))
    entries = [_entry(item, where=child(where, i), problems=problems) for i, item in enumerate(items)]
    found = tuple(entry for entry in entries if entry)
    problems.extend(
        problem("unsigned-present", where=where, kind=entry.kind, size=entry.size) for entry in found
    )
    return found, tuple(problems)


def _entry(item: Json, *, where: str, problems: list[Problem]) -> Unsigned | None:
    text = item if isinstance(item, str) else None
    if text is not None:
        octets = from_base64url(text)
        if octets is None:
            problems.append(problem("not-base64url", where=where))
            return None
        try:
            item = strict_json.loads(octets, where=where)
        except JsonError as fault:
            problems.extend(fault.problems)
            return None
    if not isinstance(item, dict) or len(item) != 1:
        problems.append(problem("unsigned-shape", where=where))
        return None
    ((kind, value),) = item.items()
    if kind not in _KINDS:
        problems.append(problem("unsigned-shape", where=child(where, kind)))
        return None
    size = len(text if text is not None else strict_json.dumps(item).encode())
    carried = _KINDS[kind](value, child(where, kind), problems)
    return Unsigned(kind, size, text, carried.certificates, carried.timestamps)


@attrs.frozen
class _Carried:
    certificates: tuple[bytes, ...] = ()
    timestamps: tuple[bytes, ...] = ()


def _own_timestamp(value: Json, where: str, problems: list[Problem]) -> _Carried:
    tokens, faults = timestamp_tokens(value, where=where, canonicalised=False)
    problems.extend(faults)
    return _Carried(timestamps=tokens)


def _timestamp(value: Json, where: str, problems: list[Problem]) -> _Carried:
    tokens, faults = timestamp_tokens(value, where=where, canonicalised=True)
    problems.extend(faults)
    return _Carried(timestamps=tokens)


def _certificates(value: Json, where: str, problems: list[Problem]) -> _Carried:
    return _Carried(certificates=certificate_values(value, where=where, problems=problems))


def _revocation(value: Json, where: str, problems: list[Problem]) -> _Carried:
    revocation_values(value, where=where, problems=problems)
    return _Carried()


def _validation_data(value: Json, where: str, problems: list[Problem]) -> _Carried:
    return _Carried(certificates=validation_data(value, where=where, problems=problems))


def _structured(value: Json, where: str, problems: list[Problem]) -> _Carried:
    if not isinstance(value, dict | list) or not value:
        problems.append(problem("wrong-type", where=where, right=phrase("an object that is not empty")))
    return _Carried()


def _counter_signature(value: Json, where: str, problems: list[Problem]) -> _Carried:
    if not isinstance(value, dict | str) or not value:
        problems.append(problem("wrong-type", where=where, right=phrase("a JWS")))
    return _Carried()


_KINDS: Final[Mapping[str, Callable[[Json, str, list[Problem]], _Carried]]] = {
    "sigTst": _own_timestamp,
    "arcTst": _timestamp,
    "sigRTst": _timestamp,
    "rfsTst": _timestamp,
    "xVals": _certificates,
    "axVals": _certificates,
    "rVals": _revocation,
    "arVals": _revocation,
    "tstVD": _validation_data,
    "anyValData": _validation_data,
    "xRefs": _structured,
    "rRefs": _structured,
    "axRefs": _structured,
    "arRefs": _structured,
    "sigPSt": _structured,
    "cSig": _counter_signature,
}
