"""Content outside the file: which documents a seal refers to, and what of them it covers (`sigD`, ETSI TS 119 182-1, 5.2.8).

Three mechanisms are written and read. With `ObjectIdByURIHash` the header has the digest of each document, and the signature covers the header
only. With `ObjectIdByURI` the signature covers the documents themselves, one after the other. In both, a document counts as it is
where `b64` is false, and else in base64url, each by itself. With `HttpHeaders` it covers
header fields of an HTTP message (see `http_messages`).
"""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import unquote

import attrs

from mikrocert_seal_ades.jades.encoding import base64url
from mikrocert_seal_ades.jades.header import DIGESTS
from mikrocert_seal_ades.jades.http_messages import BY_HEADERS, HttpMessage, covered
from mikrocert_seal_ades.jades.imprints import Pieces
from mikrocert_seal_ades.jades.strict_json import Json, child
from mikrocert_seal_ades.pki.problems import Problem, problem

if TYPE_CHECKING:
    from mikrocert_seal_ades.jades.reading import JadesFile

Mechanism: TypeAlias = Literal["ObjectIdByURIHash", "ObjectIdByURI"]

_BY_URI: Final = "http://uri.etsi.org/19182/ObjectIdByURI"
_BY_HASH: Final = "http://uri.etsi.org/19182/ObjectIdByURIHash"


@attrs.frozen
class Document:
    """A document outside the file: its `name`, such as that of a file or a URI, and its octets."""

    name: str
    octets: bytes = attrs.field(repr=False)


def content_of(documents: Sequence[Document], *, b64: bool) -> Pieces:
    """Return what stands for the payload: each document as it is, or in base64url."""
    return tuple(base64url(one.octets).encode("ascii") if b64 else one.octets for one in documents)


def reference_to(
    documents: Sequence[Document], *, mechanism: Mechanism, b64: bool, content_type: str
) -> dict[str, Json]:
    """Return the `sigD` that refers to documents by their names, all of one type (ETSI TS 119 182-1, 5.2.8)."""
    members: dict[str, Json] = {
        "mId": _BY_HASH if mechanism == "ObjectIdByURIHash" else _BY_URI,
        "pars": [one.name for one in documents],
    }
    if mechanism == "ObjectIdByURIHash":
        digests = (hashlib.sha256(octets).digest() for octets in content_of(documents, b64=b64))
        members |= {"hashM": "S256", "hashV": [base64url(digest) for digest in digests]}
    return {**members, "ctys": [content_type for _ in documents]}


def _has_content(resolved: "Resolved") -> bool:
    return resolved.content is not None


@attrs.frozen
class Resolved:
    """What became of the references of a seal.

    `content` is what stands for the payload under time stamps, None where a document is missing or that isn't known. `signed` is
    what stands for it under the signature, None where nobody can tell. `at_hand` says whether all that it covers is there.
    """

    content: Pieces | None
    signed: bytes | None
    problems: tuple[Problem, ...]
    at_hand: bool = attrs.Factory(_has_content, takes_self=True)


def resolve(file: "JadesFile", *, documents: Sequence[Document] | HttpMessage) -> Resolved:
    """Return what `documents` are for a file whose content is outside; which belongs where is found by digest or by name."""
    where = child(child(file.where, "protected"), "sigD")
    if isinstance(documents, HttpMessage):
        return _of_message(file, documents, where=where)
    return _of_documents(file, documents, where=where)


def _of_documents(file: "JadesFile", documents: Sequence[Document], *, where: str) -> Resolved:
    detached = file.header.sigD
    if detached is None or detached.mId not in {_BY_URI, _BY_HASH}:
        return Resolved(None, None, (problem("mechanism-unsupported", where=where),))
    signed = b"" if detached.mId == _BY_HASH else None
    if not documents:
        return Resolved(None, signed, (problem("payload-detached", where=where),))
    encoded = content_of(documents, b64=file.header.b64)
    if detached.mId == _BY_URI:
        ordered = _by_name(detached.pars, documents=documents, encoded=encoded)
        missing = detached.pars if ordered is None else ()
        if ordered is not None:
            return Resolved(ordered, b"".join(ordered), ())
    else:
        if detached.hashM not in DIGESTS or len(detached.hashV) != len(detached.pars):
            return Resolved(None, signed, (problem("digests-missing", where=where),))
        digest = DIGESTS[detached.hashM][0]
        found = {hashlib.new(digest, octets).digest(): octets for octets in encoded}
        pairs = zip(detached.pars, detached.hashV, strict=True)
        missing = tuple(name for name, value in pairs if value not in found)
        if not missing:
            return Resolved(tuple(found[value] for value in detached.hashV), signed, ())
    return Resolved(None, signed, (problem("document-missing", where=where, name=", ".join(missing)),))


def _of_message(file: "JadesFile", message: HttpMessage, *, where: str) -> Resolved:
    detached = file.header.sigD
    if detached is None or detached.mId != BY_HEADERS or detached.hashM or detached.hashV:
        return Resolved(None, None, (problem("mechanism-unsupported", where=where),))
    if file.header.b64:
        return Resolved(None, None, (problem("http-base64", where=where),))
    signed, problems = covered(message, detached.pars, where=where)
    return Resolved(None, signed, problems, at_hand=True)


def _by_name(
    pars: Sequence[str], *, documents: Sequence[Document], encoded: Sequence[bytes]
) -> Pieces | None:
    """Return the documents in the order of the references: by name where all are found so, else as they come."""
    if len(documents) != len(pars):
        return None
    named = {_last(one.name): octets for one, octets in zip(documents, encoded, strict=True)}
    wanted = [_last(name) for name in pars]
    if len(named) == len(set(wanted)) == len(pars) and all(name in named for name in wanted):
        return tuple(named[name] for name in wanted)
    return tuple(encoded)


def _last(name: str) -> str:
    return unquote(name).replace("\\", "/").rsplit("/", 1)[-1]
