"""Fonts: ours, those packaged for other scripts, and the system's as the last resort; which of them a text needs."""

from __future__ import annotations

import unicodedata
from functools import cached_property
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import typst
from mikrocert.api import Finding, RenderError, UnrenderableError, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["SANS", "SERIF", "Chosen", "FontCase"]

SERIF, SANS = "Source Serif 4", "Source Sans 3"
_OWN = {
    SERIF: ("fontpkg_source_serif_4", "files"),
    SANS: ("fontpkg_source_sans_3", "files"),
}
_PACKAGED = {
    "Amiri": ("fontpkg_amiri", "files"),
    "Frank Ruhl Libre": ("fontpkg_frank_ruhl_libre", "files"),
    "Noto Sans Devanagari": ("fontpkg_noto_sans_devanagari", "files"),
    "Noto Sans Thai": ("fontpkg_noto_sans_thai", "files"),
    "Noto Sans Tamil": ("fontpkg_noto_sans_tamil", "files"),
    "Noto Sans Telugu": ("fontpkg_noto_sans_telugu", "files"),
    "Noto Sans Khmer": ("fontpkg_noto_sans_khmer", "files"),
}
_CJK = ("noto_cjk_sans_otc", "")
_FORMS = {"ja": "JP", "ko": "KR", "zh-tw": "TC", "zh-hant": "TC", "zh-hk": "HK"}
"""Languages and the forms in which they write Chinese characters; all others write those of the mainland."""
_COLOURED = {"CBDT", "COLR", "sbix", "SVG "}
"""Tables of fonts whose glyphs are pictures, which PDF/A has no place for."""
_NAMED = 20
"""Characters that a refusal names."""


@attrs.frozen
class Chosen:
    """Fonts for one document.

    Args:
        families: besides our own two, in the order in which they are asked for a character.
        files: fonts of the system among them.
    """

    families: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@attrs.frozen
class _Font:
    family: str
    path: str
    index: int = 0


class FontCase:
    """All fonts at hand; what they hold is read once and kept."""

    def __init__(self) -> None:
        self._held: dict[_Font, frozenset[str]] = {}

    @cached_property
    def folders(self) -> tuple[str, ...]:
        """Folders of the packaged fonts.

        Raises:
            RenderError: if a package lacks its folder.
        """
        return tuple(_folder(*place) for place in (*_OWN.values(), *_PACKAGED.values(), _CJK))

    @cached_property
    def own(self) -> frozenset[str]:
        """The characters that both faces of the serif, or the sans, have."""
        held: dict[str, frozenset[str]] = {}
        for font in _fonts_in([_folder(*place) for place in _OWN.values()]):
            before = held.get(font.family)
            held[font.family] = self._characters(font) if before is None else before & self._characters(font)
        return held[SERIF] | held[SANS]

    @cached_property
    def _packaged(self) -> tuple[_Font, ...]:
        found = {font.family: font for font in _fonts_in([_folder(*place) for place in _PACKAGED.values()])}
        return tuple(found[family] for family in _PACKAGED if family in found)

    @cached_property
    def _chinese(self) -> dict[str, _Font]:
        return {font.family: font for font in _fonts_in([_folder(*_CJK)])}

    @cached_property
    def _of_the_system(self) -> tuple[_Font, ...]:
        """Fonts of the system, upright and of book weight, Noto first: the same order wherever they are the same."""
        infos = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False).fonts()
        upright = [info for info in infos if info.path and info.style == "normal" and info.stretch == 1.0]
        upright.sort(
            key=lambda info: (
                not info.family.startswith("Noto Serif"),
                not info.family.startswith("Noto"),
                info.family,
                abs(info.weight - 400),
                str(info.path),
                info.index,
            )
        )
        return tuple(_Font(info.family, str(info.path), info.index) for info in upright)

    def choose(self, texts: Iterable[str], *, languages: Iterable[str]) -> Chosen:
        """Return the fonts in which these texts can be set.

        Args:
            texts: all that is set.
            languages: their languages, which decide between the forms of Chinese characters.

        Raises:
            UnrenderableError: if no font at hand has a character; names the first twenty of them.
        """
        missing = {character for character in set("".join(texts)) - self.own if not _is_invisible(character)}
        families: list[str] = []
        paths: list[str] = []
        if missing:
            for font in self._packaged:
                missing -= self._take(font, missing, families)
        if missing:
            chinese = self._chinese[f"Noto Sans CJK {_form(missing, languages)}"]
            missing -= self._take(chinese, missing, families)
        for font in self._of_the_system if missing else ():
            if taken := self._take(font, missing, families):
                missing -= taken
                paths.append(font.path)
            if not missing:
                break
        if missing:
            named = ", ".join(f"{c} (U+{ord(c):04X})" for c in sorted(missing)[:_NAMED])
            finding = Finding.error(
                "no-glyph",
                "no font at hand has {named}; a font of the system that does (on Debian from fonts-noto-core) would help",
                named=named,
            )
            raise UnrenderableError([finding])
        return Chosen(tuple(families), tuple(paths))

    def _take(self, font: _Font, missing: set[str], families: list[str]) -> frozenset[str]:
        """Return which characters a font has, and add its family where it has any."""
        taken = self._characters(font) & missing
        if taken and font.family not in families:
            families.append(font.family)
        return taken

    def _characters(self, font: _Font) -> frozenset[str]:
        """Return the characters of a font; none where its glyphs are pictures, or it can't be read."""
        if font not in self._held:
            self._held[font] = _characters_of(font)
        return self._held[font]


def _characters_of(font: _Font) -> frozenset[str]:
    ttlib: Any = import_module("fontTools.ttLib")
    try:
        with ttlib.TTFont(font.path, fontNumber=font.index, lazy=True) as opened:
            if _COLOURED.intersection(opened.keys()):
                return frozenset()
            return frozenset(map(chr, opened.getBestCmap() or ()))
    except (OSError, ttlib.TTLibError, ValueError, KeyError):
        return frozenset()


def _is_invisible(character: str) -> bool:
    """Return whether a character needs no glyph: spaces, ends of lines, controls of joining and direction, selectors of variants."""
    return unicodedata.category(character) in {"Zs", "Cc", "Cf"} or "\ufe00" <= character <= "\ufe0f"


def _form(characters: Iterable[str], languages: Iterable[str]) -> str:
    """Return in which form Chinese characters are wanted, by the letters beside them, else by the languages."""
    names = " ".join(unicodedata.name(character, "") for character in characters)
    if "HANGUL" in names:
        return "KR"
    if "HIRAGANA" in names or "KATAKANA" in names:
        return "JP"
    return next((_FORMS[language.lower()] for language in languages if language.lower() in _FORMS), "SC")


def _folder(package: str, below: str) -> str:
    try:
        place = Path(str(files(package))) / below
    except ModuleNotFoundError as error:
        raise RenderError(
            message("fonts: the package '{package}' is not installed", package=package)
        ) from error
    if not place.is_dir():
        raise RenderError(
            message("fonts: the package '{package}' has no folder '{below}'", package=package, below=below)
        )
    return str(place)


def _fonts_in(folders: Sequence[str]) -> tuple[_Font, ...]:
    infos = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders)
    ).fonts()
    return tuple(_Font(info.family, str(info.path), info.index) for info in infos)
