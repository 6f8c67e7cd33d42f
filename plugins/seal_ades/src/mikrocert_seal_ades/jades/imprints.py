"""What each time-stamp of a JAdES signature covers, to the octet.

`P` is the payload as it stands in the signing input, `H` the protected header and `S` the signature as the file spells them
(base64url text, not what it decodes to), `E[i]` the entry i of `etsiU` as the file spells it:

| container | covers | clause of ETSI TS 119 182-1 |
|---|---|---|
| `adoTst` | `P` | 5.2.6 |
| `sigTst` | `S` | 5.3.4 |
| `arcTst` in `E[k]` | `P . H . S .` and `E[0]` to `E[k-1]`, without anything between them | 5.3.6.2 |
| `sigRTst` in `E[k]` | `S .` and the entries before it that are time-stamps of the signature or references | A.1.5.1 |
| `rfsTst` in `E[k]` | the entries before it that are references | A.1.5.2 |

A dot is one octet, 0x2E; the one behind `S` is easily forgotten. Where the payload is outside the file (`sigD`), `P` of `adoTst`
and `arcTst` is what `detached` makes of the documents. All tokens of one container cover the same octets.

`of_content`, `of_signature` and `of_archive` are for who asks for a time-stamp, `time_stamped` for who checks those of a file.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

import attrs

from mikrocert_seal_ades.jades.encoding import base64url
from mikrocert_seal_ades.jades.strict_json import child
from mikrocert_seal_ades.pki.problems import Problem, problem

if TYPE_CHECKING:
    from mikrocert_seal_ades.jades.reading import JadesFile

StampKind: TypeAlias = Literal["adoTst", "sigTst", "sigRTst", "rfsTst", "arcTst"]
Pieces: TypeAlias = tuple[bytes, ...]
"""Octets to be taken one after the other, so that a large payload is never copied."""

CLAUSES: Final[Mapping[StampKind, str]] = {
    "adoTst": "ETSI TS 119 182-1, 5.2.6",
    "sigTst": "ETSI TS 119 182-1, 5.3.4",
    "sigRTst": "ETSI TS 119 182-1, A.1.5.1",
    "rfsTst": "ETSI TS 119 182-1, A.1.5.2",
    "arcTst": "ETSI TS 119 182-1, 5.3.6.2",
}
"""Kind of time-stamp → the clause that says what it covers."""

_REFERENCES: Final = frozenset(("xRefs", "rRefs", "axRefs", "arRefs"))
_DOT: Final = b"."


class Entry(Protocol):
    """An entry of `etsiU`, as far as it matters here: its kind, and its text where it is a base64url string."""

    @property
    def kind(self) -> str:
        """Such as `sigTst`."""
        ...

    @property
    def text(self) -> str | None:
        """As the file spells it; None where the entry is an object."""
        ...


@attrs.frozen
class TimeStamped:
    """One container of time-stamps and what they cover.

    `where` is its path in the file, `tokens` are DER. `pieces` is None where nobody here can tell what is covered; then
    `problem` says why.
    """

    kind: StampKind
    where: str
    tokens: tuple[bytes, ...] = attrs.field(repr=False)
    pieces: Pieces | None = attrs.field(repr=False)
    problem: Problem | None = None


def of_content(payload: bytes) -> Pieces:
    """Return what an `adoTst` covers; `payload` as it stands in the signing input."""
    return (payload,)


def of_signature(signature: str) -> Pieces:
    """Return what a `sigTst` covers; `signature` as the file spells it."""
    return (signature.encode("ascii"),)


def of_archive(*, payload: bytes, protected: str, signature: str, entries: Iterable[str]) -> Pieces:
    """Return what an `arcTst` covers that comes behind `entries`.

    `payload` as it stands in the signing input, `protected` and `signature` as the file spells them, `entries` all that `etsiU`
    holds before, base64url strings as the file spells them.
    """
    head = (payload, _DOT, protected.encode("ascii"), _DOT, signature.encode("ascii"), _DOT)
    return (*head, *(entry.encode("ascii") for entry in entries))


def of_signature_and_references(signature: str, *, entries: Iterable[Entry]) -> Pieces | None:
    """Return what a `sigRTst` covers that comes behind `entries`, or None if one of those is no base64url string."""
    texts = _texts(entry for entry in entries if entry.kind in _REFERENCES or entry.kind == "sigTst")
    return None if texts is None else (*of_signature(signature), _DOT, *texts)


def of_references(entries: Iterable[Entry]) -> Pieces | None:
    """Return what a `rfsTst` covers that comes behind `entries`, or None if one of those is no base64url string."""
    return _texts(entry for entry in entries if entry.kind in _REFERENCES)


def digest(pieces: Pieces, *, algorithm: str) -> bytes:
    """Return the message imprint over `pieces`; `algorithm` is a name that `hashlib` knows."""
    return Digester().digest(pieces, algorithm=algorithm)


class _State(Protocol):
    """A digest on its way, as `hashlib` makes it."""

    def copy(self) -> "_State": ...

    def update(self, piece: bytes, /) -> object: ...

    def digest(self) -> bytes: ...


@attrs.define
class Digester:
    """Digests pieces that begin alike without digesting the beginning again.

    Each archive time-stamp covers what the one before covers, and more. So a file with many of them is read once an algorithm.
    """

    _last: dict[tuple[str, Pieces], tuple[Pieces, "_State"]] = attrs.field(
        factory=dict[tuple[str, Pieces], tuple[Pieces, "_State"]]
    )

    def digest(self, pieces: Pieces, *, algorithm: str) -> bytes:
        """Return the message imprint over `pieces`; `algorithm` is a name that `hashlib` knows."""
        start = (algorithm, pieces[:1])
        done, last = self._last.get(start, ((), None))
        if last is None or pieces[: len(done)] != done:
            done, last = (), hashlib.new(algorithm)
        state = last.copy()
        for piece in pieces[len(done) :]:
            state.update(piece)
        self._last[start] = (pieces, state)
        return state.digest()


def time_stamped(file: "JadesFile", *, content: Pieces | None = None) -> tuple[TimeStamped, ...]:
    """Return every container of time-stamps in `file` with what its time-stamps cover, in the order of the file.

    `content` stands for the payload where that is outside the file.
    """
    found: list[TimeStamped] = []
    signature = base64url(file.signature)
    payload = content if "sigD" in file.header.names else (file.content,)
    if "adoTst" in file.header.names:
        where = child(child(file.where, "protected"), "adoTst")
        found.append(_of_payload("adoTst", where, file.header.adoTst, pieces=payload))
    archive: list[bytes] | None = None
    if payload is not None:
        head = of_archive(payload=b"", protected=file.protected, signature=signature, entries=())
        archive = [*payload, *head[1:]]
    readable = True
    for index, entry in enumerate(file.unsigned):
        before = file.unsigned[:index]
        match entry.kind:
            case "sigTst":
                found.append(TimeStamped("sigTst", entry.where, entry.timestamps, of_signature(signature)))
            case "sigRTst":
                pieces = of_signature_and_references(signature, entries=before)
                found.append(_canonicalised("sigRTst", entry.where, entry.timestamps, pieces=pieces))
            case "rfsTst":
                pieces = of_references(before)
                found.append(_canonicalised("rfsTst", entry.where, entry.timestamps, pieces=pieces))
            case "arcTst" if readable and entry.text is not None:
                pieces = None if archive is None else tuple(archive)
                found.append(_of_payload("arcTst", entry.where, entry.timestamps, pieces=pieces))
            case "arcTst":
                found.append(_canonicalised("arcTst", entry.where, entry.timestamps, pieces=None))
            case _:
                pass
        readable &= entry.text is not None
        if archive is not None:
            archive.append((entry.text or "").encode("utf-8"))
    return tuple(found)


def _of_payload(
    kind: StampKind, where: str, tokens: tuple[bytes, ...], *, pieces: Pieces | None
) -> TimeStamped:
    missing = problem("timestamp-without-documents", where=where) if pieces is None else None
    return TimeStamped(kind, where, tokens, pieces, missing)


def _canonicalised(
    kind: StampKind, where: str, tokens: tuple[bytes, ...], *, pieces: Pieces | None
) -> TimeStamped:
    unsupported = problem("canonicalisation-unsupported", where=where) if pieces is None else None
    return TimeStamped(kind, where, tokens, pieces, unsupported)


def _texts(entries: Iterable[Entry]) -> Pieces | None:
    texts: Sequence[str | None] = [entry.text for entry in entries]
    return None if None in texts else tuple(text.encode("ascii") for text in texts if text is not None)
