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
    Values,
    certificate_values,
    revocation_values,
    timestamp_tokens,
    validation_data,
)
from mikrocert_seal_ades.jades.strict_json import Json, child
from mikrocert_seal_ades.pki.problems import Phrase, Problem, phrase, problem

LARGEST: Final = 1024 * 1024
"""The most octets of all entries together; a seal with every kind of time-stamp has a tenth of it."""

MOST: Final = 100
"""The most entries."""


_CALLED: Final = {
    "sigTst": phrase("a time stamp"),
    "sigRTst": phrase("a time stamp"),
    "rfsTst": phrase("a time stamp"),
    "arcTst": phrase("an archive time stamp"),
    "xVals": phrase("certificates"),
    "axVals": phrase("certificates"),
    "rVals": phrase("revocation data"),
    "arVals": phrase("revocation data"),
    "anyValData": phrase("validation data"),
    "tstVD": phrase("validation data"),
    "cSig": phrase("a counter-signature"),
}
_OTHER: Final = phrase("something else")


_NO_VALUES: Final = Values()


@attrs.frozen
class Unsigned:
    """One entry of `etsiU`: its `kind` (such as `sigTst`), the octets it takes in the file, what it carries.

    `where` is its path in the file. `kind` is empty where the entry can't be read. `text` is the entry as the file has it when
    entries are base64url strings, else None; time-stamps are made over this text. `timestamps` are DER tokens, `values` what there
    is to validate with, `counter_signature` is a JWS, as JSON or compact.
    """

    kind: str
    where: str
    size: int
    text: str | None
    timestamps: tuple[bytes, ...] = ()
    values: Values = _NO_VALUES
    counter_signature: bytes = attrs.field(default=b"", repr=False)

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The certificates among the values, DER."""
        return tuple(octets for _, octets in self.values.certificates)


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
    places = [child(where, i) for i in range(len(items))]
    entries = [
        _entry(item, where=place, problems=problems) for item, place in zip(items, places, strict=True)
    ]
    problems.extend(
        problem("unsigned-present", where=entry.where, what=called(entry.kind), size=entry.size)
        for entry in entries
        if entry.kind
    )
    return tuple(entries), tuple(problems)


def called(kind: str) -> Phrase:
    """Return what people call an entry of this kind."""
    return _CALLED.get(kind, _OTHER)


def _entry(item: Json, *, where: str, problems: list[Problem]) -> Unsigned:
    text = item if isinstance(item, str) else None
    size = len(text if text is not None else strict_json.dumps(item).encode())
    unread = Unsigned("", where, size, text)
    if text is not None:
        octets = from_base64url(text)
        if octets is None:
            problems.append(problem("not-base64url", where=where))
            return unread
        try:
            item = strict_json.loads(octets, where=where)
        except JsonError as fault:
            problems.extend(fault.problems)
            return unread
    if not isinstance(item, dict) or len(item) != 1:
        problems.append(problem("unsigned-shape", where=where))
        return unread
    ((kind, value),) = item.items()
    where = child(where, kind)
    if kind not in _KINDS:
        problems.append(problem("unsigned-shape", where=where))
        return unread
    carried = _KINDS[kind](value, where, problems)
    return attrs.evolve(carried, kind=kind, where=where, size=size, text=text)


_NOTHING: Final = Unsigned("", "", 0, None)
"""What an entry carries that has nothing to be judged."""


def _own_timestamp(value: Json, where: str, problems: list[Problem]) -> Unsigned:
    tokens, faults = timestamp_tokens(value, where=where, canonicalised=False)
    problems.extend(faults)
    return attrs.evolve(_NOTHING, timestamps=tokens)


def _timestamp(value: Json, where: str, problems: list[Problem]) -> Unsigned:
    tokens, faults = timestamp_tokens(value, where=where, canonicalised=True)
    problems.extend(faults)
    return attrs.evolve(_NOTHING, timestamps=tokens)


def _certificates(value: Json, where: str, problems: list[Problem]) -> Unsigned:
    return attrs.evolve(_NOTHING, values=certificate_values(value, where=where, problems=problems))


def _revocation(value: Json, where: str, problems: list[Problem]) -> Unsigned:
    return attrs.evolve(_NOTHING, values=revocation_values(value, where=where, problems=problems))


def _validation_data(value: Json, where: str, problems: list[Problem]) -> Unsigned:
    return attrs.evolve(_NOTHING, values=validation_data(value, where=where, problems=problems))


def _structured(value: Json, where: str, problems: list[Problem]) -> Unsigned:
    if not isinstance(value, dict | list) or not value:
        problems.append(problem("wrong-type", where=where, right=phrase("an object that is not empty")))
    return _NOTHING


def _counter_signature(value: Json, where: str, problems: list[Problem]) -> Unsigned:
    if not isinstance(value, dict | str) or not value:
        problems.append(problem("wrong-type", where=where, right=phrase("a JWS")))
        return _NOTHING
    text = value if isinstance(value, str) else strict_json.dumps(value)
    return attrs.evolve(_NOTHING, counter_signature=text.encode("utf-8"))


_KINDS: Final[Mapping[str, Callable[[Json, str, list[Problem]], Unsigned]]] = {
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
