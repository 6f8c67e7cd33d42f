"""Logos and emblems: pictures that an institution's plugin gives, looked at before anybody works with them."""

from __future__ import annotations

import re
from struct import unpack_from
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from mikrocert.errors import RenderError
from mikrocert.texts import message

if TYPE_CHECKING:
    from mikrocert.texts import Message

__all__ = ["LARGEST_MARK", "media_type_of"]

LARGEST_MARK = 500_000
"""Octets."""
_MOST_PIXELS = 4_000_000
_MOST_ELEMENTS = 5_000
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "http://www.w3.org/2000/svg svg"
_ACTIVE = {
    "script",
    "foreignObject",
    "iframe",
    "animate",
    "animateMotion",
    "animateTransform",
    "set",
    "handler",
    "listener",
}
"""Elements of SVG that run, move or hold something else."""
_REFERENCE = re.compile(r"url\(\s*['\"]?\s*([^)'\"]*)|@import", re.IGNORECASE)


def media_type_of(mark: bytes) -> str:
    """Return the media type of a logo or emblem, PNG or SVG.

    Neither is drawn here: of a PNG only its head is read, of an SVG its elements, once and without document types.

    Raises:
        RenderError: if it is neither, damaged, too large, or an SVG that runs something or refers to anything outside itself.
    """
    if len(mark) > LARGEST_MARK:
        raise _wrong(
            message("it has {count} octets, at most {most} are allowed", count=len(mark), most=LARGEST_MARK)
        )
    if mark.startswith(_PNG):
        return _png(mark)
    return _svg(mark)


def _wrong(why: Message) -> RenderError:
    return RenderError(message("the logo or emblem can't be used: {why}", why=why))


def _png(mark: bytes) -> str:
    # The head is the first chunk (PNG specification, 5.6): length, name, width, height.
    if (
        len(mark) < len(_PNG) + 25
        or mark[12:16] != b"IHDR"
        or not mark.rstrip(b"\0").endswith(b"IEND\xaeB`\x82")
    ):
        raise _wrong(message("it is a damaged PNG"))
    width, height = unpack_from(">II", mark, 16)
    if not 0 < width * height <= _MOST_PIXELS:
        raise _wrong(
            message(
                "it is a PNG of {width} × {height} pixels; at most {most} pixels in all are allowed",
                width=width,
                height=height,
                most=_MOST_PIXELS,
            )
        )
    return "image/png"


class _Unfit(Exception):
    """What the parser met; carries the reason."""

    def __init__(self, why: Message) -> None:
        super().__init__(why)
        self.why = why


class _Reader:
    """Handlers of expat: what an SVG may have."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._style: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._names.append(name)
        local = name.rpartition(" ")[2]
        if self._names[0] != _SVG:
            raise _Unfit(message("it is neither PNG nor SVG; one of the two would be right"))
        if len(self._names) > _MOST_ELEMENTS:
            raise _Unfit(message("it is an SVG of more than {most} elements", most=_MOST_ELEMENTS))
        if local in _ACTIVE:
            raise _Unfit(message("it is an SVG with the element '{name}', which is not allowed", name=local))
        for attribute, value in attributes.items():
            _refuse_references(attribute.rpartition(" ")[2], value)

    def text(self, data: str) -> None:
        if self._names[-1].endswith(" style"):
            self._style.append(data)

    def refuse(self, *_: object) -> None:
        raise _Unfit(
            message("it is an SVG with a document type or processing instruction, which is not allowed")
        )

    def end(self) -> None:
        """Look at all that stands in style sheets, which come in pieces."""
        _refuse_references("style", "".join(self._style))


def _svg(mark: bytes) -> str:
    reader = _Reader()
    parser: Any = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.ProcessingInstructionHandler = reader.refuse
    try:
        parser.Parse(mark, True)  # noqa: FBT003 - expat's own
        reader.end()
    except _Unfit as unfit:
        raise _wrong(unfit.why) from None
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise _wrong(message("it is neither PNG nor well-formed SVG")) from error
    return "image/svg+xml"


def _refuse_references(name: str, value: str) -> None:
    if name.lower().startswith("on"):
        raise _Unfit(message("it is an SVG with the attribute '{name}', which is not allowed", name=name))
    if name == "href" and not value.strip().startswith("#"):
        raise _Unfit(
            message(
                "it is an SVG that refers to '{address}'; it may refer to itself only", address=value[:80]
            )
        )
    for found in _REFERENCE.finditer(value):
        if not (found[1] or "").startswith("#"):
            raise _Unfit(
                message(
                    "it is an SVG that refers to '{address}'; it may refer to itself only",
                    address=found[0][:80],
                )
            )
