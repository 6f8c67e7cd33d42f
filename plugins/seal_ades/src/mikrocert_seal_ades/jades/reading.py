"""Read a sealed file: from octets to `JadesFile`, with everything that is wrong with it named.

Two kinds of fault. What keeps a file from being read at all (not JSON, a member twice, no signature or two) raises
`UnreadableError`. What a conformant signature must not have, but leaves it readable (`b64` missing in `crit`, a
reference too many), is kept in `JadesFile.problems`, so that a report can say both what is wrong and whether the
signature itself still holds. Nothing in here decides by trust or by time; that is `validating`.

Next: `validating`.
"""

from typing import Final, Literal, NoReturn

import attrs

from mikrocert_seal_ades.jades import layout, strict_json
from mikrocert_seal_ades.jades.encoding import base64url, from_base64url
from mikrocert_seal_ades.jades.errors import JsonError, UnreadableError
from mikrocert_seal_ades.jades.header import ProtectedHeader, Serialization, read_header
from mikrocert_seal_ades.jades.strict_json import DEFAULT_LIMITS, Json, Limits, child
from mikrocert_seal_ades.jades.unsigned import Unsigned, read_unsigned
from mikrocert_seal_ades.pki.problems import Problem, phrase, problem

_ALLOWED: Final = {
    "general": frozenset(("payload", "signatures")),
    "flattened": frozenset(("payload", "protected", "header", "signature")),
    "signature": frozenset(("protected", "header", "signature")),
}
_COMPACT_PARTS: Final = 3
MOST_SIGNATURES: Final = 20
"""The most signatures over one payload that are read."""
_HEADER: Final = Limits(octets=512 * 1024, values=100_000)


@attrs.frozen
class JadesFile:
    """A signature of a sealed file as it was read.

    `where` is its path in the file, empty where it is the file. `payload` are the octets that are sealed. `protected` is the protected header as the file spells it, `header`
    what it says, `unsigned` what was added outside the signature. `signing_input` are the octets under the
    signature (RFC 7515, 5.1; RFC 7797, 3). `canonical` says whether the file is written the way of
    `layout`. `problems` are the findings of reading; none of severity `error` means well-formed.
    """

    serialization: Serialization
    where: str
    payload: bytes = attrs.field(repr=False)
    protected: str = attrs.field(repr=False)
    header: ProtectedHeader
    signature: bytes = attrs.field(repr=False)
    unsigned: tuple[Unsigned, ...]
    signing_input: bytes = attrs.field(repr=False)
    canonical: bool
    problems: tuple[Problem, ...]

    @property
    def content(self) -> bytes:
        """The payload as it stands in the signing input: base64url, unless `b64` is false."""
        return base64url(self.payload).encode("ascii") if self.header.b64 else self.payload


def parse(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> JadesFile:
    """Return the sealed file in `data`: JWS JSON serialization with one signature and the payload inside.

    A file that is written otherwise than `layout` demands, or in Flattened serialization, is read, with the warning
    `not-canonical` or `flattened` among its problems; members that nobody knows are named and not read. Raises
    `UnreadableError` when there is no such file in `data` (ETSI TS 119 182-1, 4 and 5; RFC 7515).
    """
    document = _document(data, limits=limits)
    if not _ALLOWED["general"] & document.keys():
        _fail("not-sealed")
    serialization = _serialization_of(document)
    flattened = serialization == "flattened"
    signature = document if flattened else _only_signature(document)
    where = "" if flattened else "signatures[0]"
    file = _read(
        document,
        signature={name: value for name, value in signature.items() if name in _ALLOWED["signature"]},
        where=where,
        serialization=serialization,
        outside=False,
    )
    canonical = layout.is_layout_of(data, document=document)
    problems = [
        *([] if canonical else [problem("not-canonical")]),
        *([problem("flattened")] if flattened else []),
        *_uncovered(document, "", covered=_ALLOWED[serialization]),
        *([] if flattened else _uncovered(signature, where, covered=_ALLOWED["signature"])),
    ]
    return attrs.evolve(file, canonical=canonical, problems=(*problems, *file.problems))


def parse_any(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> JadesFile:
    """Return the JAdES signature in `data` in any serialization: General, Flattened or Compact.

    Meant for signatures that are no credentials: white space and escapes of the JSON around them are not judged
    (see `JadesFile.canonical`), one line break behind a compact one is tolerated, and the payload may be elsewhere
    (`sigD`, reported as `payload-detached`). Raises `UnreadableError`, also where there are several.
    """
    reading = parse_all(data, limits=limits)
    if reading.problems:
        raise UnreadableError(*reading.problems)
    if len(reading.files) > 1:
        _fail("signatures-many", where="signatures", count=len(reading.files))
    return reading.files[0]


@attrs.frozen
class Reading:
    """The signatures of a file that can be read, and why others can't."""

    files: tuple[JadesFile, ...]
    problems: tuple[Problem, ...] = ()


def parse_all(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Reading:
    """Return every JAdES signature in `data`, in any serialization; in General there may be several over one payload.

    They all have to agree on `b64`, since they share the payload (RFC 7797, 3). The rest is as `parse_any` has it. Raises
    `UnreadableError` where not one can be read.
    """
    if not data.lstrip().startswith(b"{"):
        return Reading((_parse_compact(data, limits=limits),))
    document = _document(data, limits=limits)
    if not document.keys() & {"signatures", "signature"}:
        _fail("not-sealed")
    flattened = _serialization_of(document) == "flattened"
    uncovered = tuple(_uncovered(document, "", covered=_ALLOWED["flattened" if flattened else "general"]))
    signatures: list[tuple[str, Serialization, dict[str, Json]]] = []
    if flattened:
        signatures.append(("", "flattened", document))
    else:
        signatures += [
            (child("signatures", index), "general", members)
            for index, members in enumerate(_signatures(document))
        ]
    files: list[JadesFile] = []
    problems: list[Problem] = []
    canonical = layout.is_layout_of(data, document=document)
    for where, serialization, members in signatures:
        try:
            beside = () if flattened else tuple(_uncovered(members, where, covered=_ALLOWED["signature"]))
            inside = {name: value for name, value in members.items() if name in _ALLOWED["signature"]}
            file = _read(document, signature=inside, where=where, serialization=serialization, outside=True)
            outside = (*uncovered, *beside)
            files.append(attrs.evolve(file, canonical=canonical, problems=(*outside, *file.problems)))
        except UnreadableError as fault:
            problems += fault.problems
    if len({file.header.b64 for file in files}) > 1:
        _fail("signatures-mixed", where="signatures")
    if not files:
        raise UnreadableError(*problems)
    return Reading(tuple(files), tuple(problems))


def parse_countersignature(data: bytes, *, of: JadesFile) -> JadesFile:
    """Return the counter-signature in `data`, a JWS over the signature value of another as that is spelled.

    Its payload may be left out, or be there. Raises `UnreadableError` when it can't be read, or is over something else
    (ETSI TS 119 182-1, 5.3.2).
    """
    signed = base64url(of.signature)
    if data.startswith(b"{"):
        document = _document(data, limits=DEFAULT_LIMITS)
        if faults := _foreign_members(document, "", allowed=_ALLOWED["flattened"]):
            raise UnreadableError(*faults)
        serialization: Serialization = "flattened"
    else:
        protected, payload, signature = _compact_parts(data, limits=DEFAULT_LIMITS)
        document = {"payload": payload, "protected": protected, "signature": signature}
        serialization = "compact"
    members = {name: value for name, value in document.items() if name != "payload"}
    where = ""
    if not document.get("payload"):
        header, _ = _header(
            _octets(members, "protected", where, []), where="protected", serialization=serialization
        )
        document["payload"] = base64url(signed.encode("ascii")) if header.b64 else signed
    file = _read(document, signature=members, where=where, serialization=serialization, outside=False)
    if file.payload != signed.encode("ascii"):
        _fail("countersigned-other")
    return file


def _parse_compact(data: bytes, *, limits: Limits) -> JadesFile:
    protected, payload, signature = _compact_parts(data, limits=limits)
    document: dict[str, Json] = {"payload": payload}
    members: dict[str, Json] = {"protected": protected, "signature": signature}
    file = _read(document, signature=members, where="", serialization="compact", outside=True)
    return attrs.evolve(file, canonical=not data.endswith(b"\n"))


def _compact_parts(data: bytes, *, limits: Limits) -> tuple[str, str, str]:
    if len(data) > limits.octets:
        _fail("json-too-large", size=len(data), limit=limits.octets)
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as fault:
        raise UnreadableError(problem("not-compact")) from fault
    parts = text.removesuffix("\n").split(".", _COMPACT_PARTS)
    if len(parts) != _COMPACT_PARTS:
        _fail("not-compact")
    protected, payload, signature = parts
    return protected, payload, signature


def _document(data: bytes, *, limits: Limits) -> dict[str, Json]:
    try:
        document = strict_json.loads(data, limits=limits)
    except JsonError as fault:
        raise UnreadableError(*fault.problems) from fault
    if not isinstance(document, dict):
        _fail("wrong-type", right=phrase("an object"))
    return document


def _serialization_of(document: dict[str, Json]) -> Literal["general", "flattened"]:
    """Return which of the two JSON serializations this is; a file can't be of both at once (RFC 7515, 7.2.2)."""
    flattened = "signature" in document and "signatures" not in document
    own, other = ("flattened", "general") if flattened else ("general", "flattened")
    others = _ALLOWED[other] - _ALLOWED[own]
    if faults := _foreign_members(document, "", allowed=frozenset(document.keys() - others)):
        raise UnreadableError(*faults)
    return "flattened" if flattened else "general"


def _only_signature(document: dict[str, Json]) -> dict[str, Json]:
    found = _signatures(document)
    if len(found) > 1:
        _fail("signatures-many", where="signatures", count=len(found))
    return found[0]


def _signatures(document: dict[str, Json]) -> list[dict[str, Json]]:
    signatures = document.get("signatures")
    if "signatures" not in document:
        _fail("member-missing", name="signatures")
    if not isinstance(signatures, list):
        _fail("wrong-type", where="signatures", right=phrase("an array with one signature"))
    if not signatures:
        _fail("signatures-none", where="signatures")
    if len(signatures) > MOST_SIGNATURES:
        _fail("signatures-too-many", where="signatures", count=len(signatures), most=MOST_SIGNATURES)
    found = [one for one in signatures if isinstance(one, dict)]
    if len(found) < len(signatures):
        index = next(i for i, one in enumerate(signatures) if not isinstance(one, dict))
        _fail("wrong-type", where=child("signatures", index), right=phrase("an object"))
    return found


def _read(
    document: dict[str, Json],
    *,
    signature: dict[str, Json],
    where: str,
    serialization: Serialization,
    outside: bool,
) -> JadesFile:
    """Read what the three serializations share. `outside`: the payload may be outside the file."""
    faults = _foreign_members(signature, where, allowed=_ALLOWED["signature"])
    elsewhere = outside and "payload" not in document
    payload_text = "" if elsewhere else _text(document, "payload", "", faults)
    protected = _text(signature, "protected", where, faults)
    signature_octets = _octets(signature, "signature", where, faults)
    header_octets = _octets(signature, "protected", where, []) if protected else b""
    if protected and not header_octets:
        faults.append(problem("not-base64url", where=child(where, "protected")))
    if faults:
        raise UnreadableError(*faults)
    header, problems = _header(header_octets, where=child(where, "protected"), serialization=serialization)
    if elsewhere and "sigD" not in header.names:
        raise UnreadableError(problem("member-missing", name="payload"))
    payload = from_base64url(payload_text) if header.b64 else payload_text.encode("utf-8")
    if payload is None:
        raise UnreadableError(*problems, problem("payload-encoding", where="payload"))
    unsigned: tuple[Unsigned, ...] = ()
    if "header" in signature:
        unsigned, unsigned_problems = read_unsigned(signature["header"], where=child(where, "header"))
        problems += unsigned_problems
    return JadesFile(
        serialization=serialization,
        where=where,
        payload=payload,
        protected=protected,
        header=header,
        signature=signature_octets,
        unsigned=unsigned,
        signing_input=protected.encode("ascii") + b"." + payload_text.encode("utf-8"),
        canonical=True,
        problems=problems
        + _content_problems(header, payload, where=child(where, "protected"), outside=outside),
    )


def _header(
    octets: bytes, *, where: str, serialization: Serialization
) -> tuple[ProtectedHeader, tuple[Problem, ...]]:
    try:
        members = strict_json.loads(octets, where=where, limits=_HEADER)
    except JsonError as fault:
        raise UnreadableError(*fault.problems) from fault
    if not isinstance(members, dict):
        _fail("wrong-type", where=where, right=phrase("an object"))
    return read_header(members, where=where, serialization=serialization)


def _content_problems(
    header: ProtectedHeader, payload: bytes, *, where: str, outside: bool
) -> tuple[Problem, ...]:
    if "sigD" in header.names:
        return (problem("payload-detached" if outside else "sigD-refused", where=f"{where}.sigD"),)
    return () if payload else (problem("payload-empty", where="payload"),)


def _uncovered(members: dict[str, Json], where: str, *, covered: frozenset[str]) -> list[Problem]:
    # What was an unprotected header once must not be passed over with all that it holds.
    return [
        problem(
            "header-renamed" if isinstance(value, dict) and "etsiU" in value else "member-uncovered",
            where=child(where, name),
            name=name,
        )
        for name, value in members.items()
        if name not in covered
    ]


def _foreign_members(members: dict[str, Json], where: str, *, allowed: frozenset[str]) -> list[Problem]:
    return [
        problem("member-unexpected", where=child(where, name), name=name)
        for name in members
        if name not in allowed
    ]


def _text(members: dict[str, Json], name: str, where: str, faults: list[Problem]) -> str:
    value = members.get(name)
    if isinstance(value, str):
        return value
    if name in members:
        faults.append(problem("wrong-type", where=child(where, name), right=phrase("a string")))
    else:
        faults.append(problem("member-missing", where=where, name=name))
    return ""


def _octets(members: dict[str, Json], name: str, where: str, faults: list[Problem]) -> bytes:
    octets = from_base64url(_text(members, name, where, faults))
    if octets is None:
        faults.append(problem("not-base64url", where=child(where, name)))
    return octets or b""


def _fail(code: str, *, where: str = "", **values: object) -> NoReturn:
    raise UnreadableError(problem(code, where=where, **values))
