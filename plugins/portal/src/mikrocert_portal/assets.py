"""What pages load: style, icon, ornament and fonts, all from here, under an address that changes with them."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

__all__ = ["Asset", "Assets"]

_FILES = {"style.css": "text/css", "icon.svg": "image/svg+xml", "rosette.svg": "image/svg+xml"}
_FEATURES = ["ccmp", "kern", "liga", "locl", "mark", "mkmk"]
_COPYRIGHT_AND_LICENCE = [0, 13, 14]


@attrs.frozen
class Asset:
    """One file.

    Args:
        content: its octets.
        media_type: its media type.
    """

    content: bytes = attrs.field(repr=False)
    media_type: str


def _latin() -> list[int]:
    blocks = (
        range(0x20, 0x7F),
        range(0xA0, 0x250),
        range(0x2B0, 0x370),
        range(0x1E00, 0x1F00),
        range(0x2000, 0x2070),
    )
    signs = (0x20AC, 0x2116, 0x2122, 0x2190, 0x2192, 0x2212, 0x2260, 0x2264, 0x2265)
    return [*(character for block in blocks for character in block), *signs]


def _woff2(source: Path) -> bytes:
    """Return the Latin part of a variable font, a fifth of what the whole would cost a telephone."""
    from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped] # noqa: PLC0415 - heavy, and needed once
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped] # noqa: PLC0415

    options = Options(layout_features=_FEATURES, name_IDs=_COPYRIGHT_AND_LICENCE, notdef_outline=True)
    font = TTFont(source)
    subsetter: Any = Subsetter(options)
    subsetter.populate(unicodes=_latin())
    subsetter.subset(font)
    font.flavor = "woff2"
    target = BytesIO()
    font.save(target)
    return target.getvalue()


def _font_files() -> dict[str, Path]:
    import fontpkg  # type: ignore[import-untyped] # noqa: PLC0415 - looks for installed fonts

    return {"sans.woff2": fontpkg.path("Source Sans 3"), "serif.woff2": fontpkg.path("Source Serif 4")}


class Assets:
    """The files that pages load.

    Args:
        folder: the portal's templates.
    """

    def __init__(self, folder: Traversable) -> None:
        self._ready = {
            name: Asset(folder.joinpath(name).read_bytes(), media_type) for name, media_type in _FILES.items()
        }
        self._fonts = _font_files()
        self._making = Lock()
        digest = sha256()
        for name in sorted(self._ready):
            digest.update(self._ready[name].content)
        for name in sorted(self._fonts):
            digest.update(self._fonts[name].read_bytes())
        self.version = digest.hexdigest()[:12]

    def get(self, name: str) -> Asset | None:
        """Return a file, or none if there is none of this name; a font takes a second the first time."""
        if name in self._ready:
            return self._ready[name]
        if name not in self._fonts:
            return None
        with self._making:
            if name not in self._ready:
                self._ready[name] = Asset(_woff2(self._fonts[name]), "font/woff2")
        return self._ready[name]
