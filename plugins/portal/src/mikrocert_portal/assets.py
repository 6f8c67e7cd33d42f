"""What pages load: style, icon and fonts, all from here, under an address that changes with them."""

from __future__ import annotations

import gzip
import re
from hashlib import sha256
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import attrs

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

__all__ = ["Asset", "Assets"]

_FILES = {"style.css": "text/css", "desk.css": "text/css", "icon.svg": "image/svg+xml"}
_REMARK = re.compile(rb"/\*.*?\*/|^\s+", re.DOTALL | re.MULTILINE)
"""What of a style is for who writes it: remarks, the beginnings of lines, empty lines."""
_FEATURES = ["ccmp", "kern", "liga", "locl", "mark", "mkmk"]
_COPYRIGHT_AND_LICENCE = [0, 13, 14]


@attrs.frozen
class Asset:
    """One file.

    Args:
        content: its octets.
        media_type: its media type.
        packed: its octets by gzip, or none where that gains nothing.
    """

    content: bytes = attrs.field(repr=False)
    media_type: str
    packed: bytes | None = attrs.field(default=None, repr=False)


@attrs.frozen
class _Family:
    """A typeface as pages need it.

    Args:
        name: what the font is called that it is cut from.
        axes: what is fixed or narrowed of its design (OpenType `fvar`), by tag.
    """

    name: str
    axes: dict[str, float | tuple[float, float]]


# Text needs weights from 400 to 600; headlines are set in one weight, drawn for large sizes.
_FAMILIES = {
    "sans": _Family("Source Sans 3", {"wght": (400, 600)}),
    "serif": _Family("Source Serif 4", {"wght": 400, "opsz": 32}),
}

_EVERYDAY = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *range(0x218, 0x21C),
    0x2BC, 0x2C7, 0x2D8, 0x2DA,
    *range(0x2010, 0x2028),
    0x202F, 0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x2044, 0x2060, 0x20AC, 0x2116, 0x2190, 0x2192, 0x2212, 0x2260, 0x2264, 0x2265,
)  # fmt: skip
_CYRILLIC = (
    0x401,
    0x404,
    0x406,
    0x407,
    0x40E,
    *range(0x410, 0x450),
    0x451,
    0x454,
    0x456,
    0x457,
    0x45E,
    0x490,
    0x491,
)
"""What Ukrainian, Belarusian, Bulgarian and Russian are written in; other letters of the script are rare here."""
_FURTHER = (
    *range(0x180, 0x218), *range(0x21C, 0x250), *range(0x2B0, 0x2BC), *range(0x2BD, 0x2C7), *range(0x2C8, 0x2D8),
    0x2D9, *range(0x2DB, 0x370), *sorted({*range(0x400, 0x460)} - {*_CYRILLIC}), *range(0x1E00, 0x1F00), *range(0x2000, 0x2010), *range(0x2028, 0x202F), 0x2122,
)  # fmt: skip
_PARTS = {"": _EVERYDAY, "-cyrillic": _CYRILLIC, "-further": _FURTHER}
"""What follows the name of a family → the characters in that file. The style says which are where, so that a page loads what it has."""


def _text(content: bytes, media_type: str) -> Asset:
    """Return a file of text, packed too: a page in two scripts loads four fonts and has no room for what can be smaller."""
    packed = gzip.compress(content, mtime=0)
    return Asset(content, media_type, packed if len(packed) < len(content) else None)


def _sent(content: bytes, media_type: str) -> bytes:
    """Return what browsers are sent of a file: of a style no more than they read."""
    return _REMARK.sub(b"", content) if media_type == "text/css" else content


def _woff2(source: Path, family: _Family, characters: tuple[int, ...]) -> bytes:
    """Return what pages need of a variable font, a twentieth of what the whole would cost a telephone."""
    from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped] # noqa: PLC0415 - heavy, and needed once
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped] # noqa: PLC0415
    from fontTools.varLib import instancer as untyped  # type: ignore[import-untyped] # noqa: PLC0415

    options = Options(layout_features=_FEATURES, name_IDs=_COPYRIGHT_AND_LICENCE, notdef_outline=True)
    font, instancer = TTFont(source), cast("Any", untyped)
    subsetter: Any = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    cut: Any = instancer.instantiateVariableFont(font, family.axes)
    cut.flavor = "woff2"
    target = BytesIO()
    cut.save(target)
    return target.getvalue()


def _font_files() -> dict[str, Path]:
    import fontpkg  # type: ignore[import-untyped] # noqa: PLC0415 - looks for installed fonts

    return {short: fontpkg.path(family.name) for short, family in _FAMILIES.items()}


class Assets:
    """The files that pages load.

    Args:
        folder: the portal's templates.
    """

    def __init__(self, folder: Traversable) -> None:
        self._ready = {
            name: _text(_sent(folder.joinpath(name).read_bytes(), media_type), media_type)
            for name, media_type in _FILES.items()
        }
        self._fonts = _font_files()
        self._making = Lock()
        digest = sha256()
        for name in sorted(self._ready):
            digest.update(self._ready[name].content)
        for name in sorted(self._fonts):
            digest.update(self._fonts[name].read_bytes())
        digest.update(repr((_FAMILIES, _PARTS, _FEATURES)).encode())
        self.version = digest.hexdigest()[:12]

    def get(self, name: str) -> Asset | None:
        """Return a file, or none if there is none of this name; a font takes seconds the first time."""
        if name in self._ready:
            return self._ready[name]
        short, part = _split(name)
        if short not in self._fonts or part not in _PARTS:
            return None
        with self._making:
            if name not in self._ready:
                octets = _woff2(self._fonts[short], _FAMILIES[short], _PARTS[part])
                self._ready[name] = Asset(octets, "font/woff2")
        return self._ready[name]


def _split(name: str) -> tuple[str, str | None]:
    """Return the family and the part that a file name such as `sans-cyrillic.woff2` means; no part for other names."""
    stem, dot, suffix = name.partition(".")
    if (dot, suffix) != (".", "woff2"):
        return stem, None
    short, dash, rest = stem.partition("-")
    return short, f"{dash}{rest}"
