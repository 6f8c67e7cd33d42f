"""Read a sealed PDF: from octets to the file inside and to the seal, within bounds and without any judgement.

What keeps a PDF from being read (encrypted, damaged, no seal or several, no file inside or several) raises
`EnvelopeError`. The PDF syntax is pyHanko's affair; what it stumbles over is an error of the file.

What is read of a PDF is what was sealed: its first octets, up to where the seal says that it ends. What later revisions
add is for `revisions`; none of them can replace anything here.

Next: `validating`.
"""

from __future__ import annotations

import io
import itertools
import re
import sys
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

import attrs
from mikrocert.api import EnvelopeError, Finding, Message, Severity, message

from mikrocert_seal_ades.pades import cms
from mikrocert_seal_ades.pades.content import examine_content
from mikrocert_seal_ades.pades.revisions import Later, examine_revisions

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from pyhanko.pdf_utils.decode_limits import DecodeLimits
    from pyhanko.pdf_utils.reader import PdfFileReader

    from mikrocert_seal_ades.pades.cms import SignedData
    from mikrocert_seal_ades.pades.documents import Document
    from mikrocert_seal_ades.pki.problems import Problem

__all__ = ["LIMIT", "PadesFile", "read", "read_all"]

LIMIT: Final = 16 * 1024 * 1024
"""The most octets of a PDF, and of the file inside, that are read."""

_DECODED: Final = LIMIT + LIMIT // 2
_OBJECTS: Final = 512 * 1024
_TABLE: Final = 512 * 1024
_PIECES: Final = 500_000
_NODES: Final = 128
_MOST: Final = 20
"""The most signatures of a PDF that are read."""
_GRANT: Final = 60_000
"""Pieces that reading one more revision may take; a time stamp alone takes one for each digit."""
_RANGE: Final = re.compile(
    rb"/ByteRange\s{0,4}\[\s{0,4}0\s{1,4}\d{1,10}\s{1,4}(\d{1,10})\s{1,4}(\d{1,10})\s{0,200}\]"
)
_DAMAGED: Final = Finding.error(
    "damaged", "The PDF is damaged and can't be read; ask for the original file.", path="pdf"
)


@attrs.frozen
class PadesFile:
    """A sealed PDF as it was read.

    Args:
        data: the whole PDF.
        sealed: its first octets, those that the seal is over; all where these are no PDF by themselves.
        attachment: the one file inside; empty where it can't be taken out.
        attachment_name: its file name; empty where it has none; none where it can't be taken out.
        sub_filter: kind of signature as the PDF has it, such as `/ETSI.CAdES.detached`.
        byte_range: what the signature says that it covers, as pairs of offset and length in octets.
        contents: /Contents of the signature dictionary, decoded.
        claimed_at: /M of the signature dictionary (aware), or none where it is missing or can't be read.
        content_problems: what it holds beside its pages that no certificate does (see `content`).
        faults: why it can't be read behind its seal; the seal can be judged all the same.
        later: what stands behind those octets.
    """

    data: bytes = attrs.field(repr=False)
    sealed: bytes = attrs.field(repr=False)
    attachment: bytes = attrs.field(repr=False)
    attachment_name: str | None
    sub_filter: str
    byte_range: tuple[int, ...]
    contents: bytes = attrs.field(repr=False)
    claimed_at: datetime | None
    content_problems: tuple[Problem, ...] = ()
    faults: tuple[Finding, ...] = ()
    later: Later = attrs.field(factory=Later)

    @cached_property
    def signed_data(self) -> SignedData:
        """The signature itself, read once. Raises `CmsError`."""
        return cms.read(self.contents)


def read(data: bytes) -> PadesFile:
    """Return what a sealed PDF holds.

    Args:
        data: the PDF.

    Raises:
        EnvelopeError: if it is too large or encrypted, or its seal can't be found or isn't the only one.
    """
    with _reading(data):
        return _read(data)


def read_all(data: bytes) -> tuple[PadesFile, ...]:
    """Return every signature of a PDF with what it covers, in the order in which they were made.

    Meant for PDFs that are no certificates: there may be several, and behind one there may be others whose fields nobody sees.

    Args:
        data: the PDF.

    Raises:
        EnvelopeError: if it is too large or encrypted, or no signature can be found, or two are made over the same octets.
    """
    with _reading(data):
        found = list(itertools.islice(_seals(_open(data)), _MOST + 1))
        ends = sorted({_end(one) for one in found})
        if len(found) <= 1:
            return (_read(data),)
        if len(found) > _MOST or len(ends) < len(found):
            _refuse_several()
        return tuple(_one_of_several(data, end=end) for end in ends)


@contextmanager
def _reading(data: bytes) -> Generator[None]:
    """Refuse what is no PDF, and make an `EnvelopeError` of whatever pyHanko stumbles over."""
    if len(data) > LIMIT:
        _refuse(
            "too-large",
            message("The PDF has {count} octets; at most {limit} are read.", count=len(data), limit=LIMIT),
        )
    if not data.startswith(b"%PDF-"):
        _refuse("not-a-pdf", message("The file doesn't begin as a PDF does (%PDF-)."))
    try:
        yield
    except EnvelopeError:
        raise
    # pyHanko answers damage with almost any exception, and with RecursionError to nesting.
    except Exception as error:
        raise EnvelopeError([_DAMAGED]) from error


@attrs.frozen
class _Rationed:
    """A PDF that hands out only so many octets in so many pieces.

    Whatever pyHanko builds, it builds piece by piece. Without rations a hostile file of 12 kB cost a gigabyte of
    memory, and one of 15 MB two.

    Args:
        read: returns the next piece while there is any of the ration left.
        seek: as of a file.
        tell: as of a file.
        grant: lets one more revision be read.
        allow: sets how many octets and pieces may be read from now on.
    """

    read: Callable[..., bytes]
    seek: Callable[..., int]
    tell: Callable[[], int]
    grant: Callable[[], None]
    allow: Callable[[int, int], None]


def _rationed(data: bytes, *, octets: int, pieces: int) -> _Rationed:
    """Return a PDF with a ration; functions, because pyHanko reads the digits of a seal one by one."""
    stream = io.BytesIO(data)
    take = stream.read

    def read(size: int | None = -1, /) -> bytes:
        nonlocal octets, pieces
        piece = take(size)
        octets -= len(piece)
        pieces -= 1
        if octets < 0 or pieces < 0:
            raise OverflowError(message("reading this PDF takes more than any certificate does"))
        return piece

    def grant() -> None:
        nonlocal pieces
        pieces += _GRANT

    def allow(more_octets: int, more_pieces: int, /) -> None:
        nonlocal octets, pieces
        octets, pieces = more_octets, more_pieces

    return _Rationed(read, stream.seek, stream.tell, grant, allow)


def _limits(decoded: int) -> DecodeLimits:
    from pyhanko.pdf_utils.decode_limits import (  # noqa: PLC0415
        DecodeLimits,
        DecodePurpose,
        DocumentDecodeBudget,
        StreamDecodeLimits,
    )

    return DecodeLimits(
        per_stream=StreamDecodeLimits(max_output_size=LIMIT),
        per_purpose={DecodePurpose.OBJECT_STREAM: StreamDecodeLimits(max_output_size=_OBJECTS)},
        document_budget=DocumentDecodeBudget(base_allowance=decoded, max_ratio=0),
    )


def _read(data: bytes) -> PadesFile:
    reader = _open(data)
    inner = _inner(data, size=_claimed_end(data)) or _inner(data, size=_end(_seal(reader)))
    file = _file(data, reader=reader, inner=inner, signature=inner.signature if inner else _seal(reader))
    if file.later.problems:
        _seal(reader)  # that there are several is to be said first
    return file


def _one_of_several(data: bytes, *, end: int) -> PadesFile:
    """Return the signature that covers all up to an end; others may follow."""
    reader, seal = _open(data), partial(_seal_at, end=end)
    inner = _inner(data, size=end, seal=seal)
    signature = inner.signature if inner else seal(reader)
    return _file(data, reader=reader, inner=inner, signature=signature, several=True)


@attrs.frozen
class _Inner:
    """What was sealed, its seal, and how many octets it has."""

    reader: Document
    signature: Any
    size: int


def _file(
    data: bytes,
    *,
    reader: Document,
    inner: _Inner | None,
    signature: Any,  # noqa: ANN401  see `_seal`
    several: bool = False,
) -> PadesFile:
    """Return what there is to say of a PDF and a signature in it; `inner` is none where that covers no PDF by itself."""
    sealed, later = data, Later()
    if inner is not None:
        stream = cast("_Rationed", reader.stream)
        later = examine_revisions(
            data,
            reader=reader,
            sealed=inner.reader,
            size=inner.size,
            digits=range(*_byte_range(signature)[1:3]),
            grant=stream.grant,
            signatures=several,
        )
        reader, sealed = inner.reader, data[: inner.size]
    name, attachment, content_problems, faults = _content(reader)
    return PadesFile(
        data=data,
        sealed=sealed,
        attachment=attachment,
        attachment_name=name,
        sub_filter=str(signature["/SubFilter"]),
        byte_range=_byte_range(signature),
        contents=signature["/Contents"].original_bytes,
        claimed_at=_claimed_at(signature),
        content_problems=content_problems,
        faults=faults,
        later=later,
    )


def _open(data: bytes) -> Document:
    from mikrocert_seal_ades.pades.documents import Document  # noqa: PLC0415

    # Only the table of objects is read at first, so that it is held to a small ration of its own.
    stream = _rationed(data, octets=_TABLE, pieces=_PIECES)
    reader = Document(data, stream=stream, limits=_limits(_TABLE))
    reader.allow(_limits(_DECODED))
    stream.allow(_DECODED, _PIECES)
    if reader.encrypted:
        _refuse(
            "encrypted",
            message("The PDF is encrypted. Upload it without a password, as it was issued."),
        )
    return reader


def _claimed_end(data: bytes) -> int:
    """Return where the first signature in the file seems to end: a guess, which `_inner` proves or drops."""
    found = _RANGE.search(data)
    return sys.maxsize if found is None else int(found[1]) + int(found[2])


def _inner(data: bytes, *, size: int, seal: Callable[[Document], Any] | None = None) -> _Inner | None:
    """Return what was sealed, with its seal, where the PDF has more than that.

    None where the first octets are no PDF by themselves whose seal ends with them; then the seal says what is wrong with it.
    """
    if size >= len(data):
        return None
    try:
        reader = _open(data[:size])
        signature = (seal or _seal)(reader)
    except Exception:  # noqa: BLE001  as in `read`
        return None
    return _Inner(reader, signature, size) if _end(signature) == size else None


def _byte_range(signature: Any) -> tuple[int, ...]:  # noqa: ANN401  see `_seal`
    return tuple(int(number) for number in itertools.islice(signature["/ByteRange"], 5))


def _end(signature: Any) -> int:  # noqa: ANN401  see `_seal`
    """Return how many octets the PDF had when it was sealed, as far as the seal says."""
    match _byte_range(signature):
        case (0, _, after, length) if after > 0 and length > 0:
            return after + length
        case _:
            return sys.maxsize


def _content(reader: PdfFileReader) -> tuple[str | None, bytes, tuple[Problem, ...], tuple[Finding, ...]]:
    """Return the file inside and what else is there, or why it can't be read: then the seal tells whether it was made so."""
    try:
        name, attachment = _attachment(reader)
        return name, attachment, tuple(examine_content(reader)), ()
    except EnvelopeError as error:
        return None, b"", (), error.findings
    except Exception:  # noqa: BLE001  as in `read`
        return None, b"", (), (_DAMAGED,)


def _seal(reader: PdfFileReader) -> Any:  # noqa: ANN401  a PDF dictionary holds anything
    """Return the one signature that is no document time stamp."""
    found = list(itertools.islice(_seals(reader), 2))
    if not found:
        _refuse(
            "not-sealed",
            message(
                "There is no seal in the PDF. A micro-credential has one; printing to PDF or saving a copy loses it."
            ),
        )
    if len(found) > 1:
        _refuse_several()
    return found[0]


def _refuse_several() -> NoReturn:
    _refuse(
        "several-seals",
        message(
            "There are several seals or signatures in the PDF; there has to be exactly one. Upload the file as it was issued."
        ),
    )


def _seal_at(reader: PdfFileReader, *, end: int) -> Any:  # noqa: ANN401  see `_seal`
    """Return the signature that says that it covers so many octets."""
    return next(one for one in _seals(reader) if _end(one) == end)


def _seals(reader: PdfFileReader) -> Iterator[Any]:
    """Yield the signatures that are no document time stamps."""
    return (one for one in _signatures(reader) if not _is_stamp(one))


def _signatures(reader: PdfFileReader) -> Iterator[Any]:
    """Yield the signature dictionaries that are values of form fields (ISO 32000-2, 12.7.4 and 12.8)."""
    for field in _tree(reader, _member(_member(reader.root, "/AcroForm", {}), "/Fields", ())):
        value = _member(field, "/V", None)
        if isinstance(value, dict) and "/ByteRange" in value:
            yield cast("Any", value)


def _is_stamp(signature: Any) -> bool:  # noqa: ANN401  see `_seal`
    return "/Type" in signature and str(signature["/Type"]) == "/DocTimeStamp"


def _attachment(reader: PdfFileReader) -> tuple[str, bytes]:
    """Return the one file that is associated or embedded, whatever its name (ISO 32000-2, 7.7.4 and 14.13)."""
    keys = ("/UF", "/F")
    found: dict[object, tuple[str, Any]] = {}
    for specification in _file_specifications(reader):
        name = next((str(specification[key]) for key in keys if key in specification), "")
        embedded = _member(specification, "/EF", {})
        for key in keys:
            if key in embedded:
                reference = getattr(embedded.raw_get(key), "reference", None)
                found[reference or id(embedded[key])] = (name, embedded[key])
    if len(found) != 1:
        count = len(found)
        _refuse(
            "attachments",
            message(
                "Exactly one file has to be attached to the PDF; there are {count}. Upload the PDF as it was issued, or the file that belongs to it.",
                count=count,
            ),
            path="pdf.attachments",
        )
    name, stream = next(iter(found.values()))
    # A file specification may be a path, of this or that system (ISO 32000-2, 7.11.2); only the name is passed on.
    return re.split(r"[/\\]", name)[-1], stream.data


def _file_specifications(reader: PdfFileReader) -> Iterator[Any]:
    yield from map(_direct, _few(_member(reader.root, "/AF", ())))
    names = _member(reader.root, "/Names", {})
    for node in _tree(reader, [names["/EmbeddedFiles"]] if "/EmbeddedFiles" in names else ()):
        # A name tree has names and values by turns.
        yield from map(_direct, _few(_member(node, "/Names", ()))[1::2])


def _tree(reader: PdfFileReader, roots: Iterable[Any]) -> Iterator[Any]:
    """Yield what stands in a tree of /Kids, as long as that is little."""
    nodes = _few(roots)
    count = 0
    while nodes:
        count += 1
        # Nothing read before is kept: objects may be large, and many may overlap in the file.
        reader.resolved_objects.clear()
        node = _direct(nodes.pop())
        yield node
        nodes += _few(_member(node, "/Kids", ()), but=count)


def _few(values: Iterable[Any], *, but: int = 0) -> list[Any]:
    """Return all of these, if with those that were before there are few."""
    found = list(itertools.islice(values, _NODES - but + 1))
    if len(found) + but > _NODES:
        _refuse(
            "too-many-parts",
            message("The PDF has more form fields or attachments than any micro-credential has."),
        )
    return found


def _member(dictionary: Any, name: str, default: Any) -> Any:  # noqa: ANN401  see `_seal`
    """Return what a dictionary has under a name, or refers to; its `get` would give the reference itself."""
    return dictionary[name] if name in dictionary else default  # noqa: SIM401  see above


def _direct(value: Any) -> Any:  # noqa: ANN401  see `_seal`
    """Return what stands in an array, or what it refers to."""
    return value.get_object()


def _claimed_at(signature: Any) -> datetime | None:  # noqa: ANN401  see `_seal`
    from pyhanko.pdf_utils.generic import parse_pdf_date  # noqa: PLC0415

    try:
        time = parse_pdf_date(signature["/M"])
    except Exception:  # noqa: BLE001  a time that can't be read is no time; trust says so
        return None
    return time if time.utcoffset() is not None else None


def _refuse(code: str, message: Message, *, path: str = "pdf") -> NoReturn:
    raise EnvelopeError([Finding(code, Severity.ERROR, message, path)])
