"""What pages are made of besides templates: fonts and pictures. Nothing is fetched."""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

from mikrocert.api import RenderError, message

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FACES_OF_OTHER_SCRIPTS", "fonts", "fonts_of_other_scripts", "url_fetcher"]

FONT_FILES = {
    "mikrocert-font:serif": ("fontpkg_source_serif_4", "files/SourceSerif4[opsz,wght].ttf"),
    "mikrocert-font:serif-italic": ("fontpkg_source_serif_4", "files/SourceSerif4-Italic[opsz,wght].ttf"),
    "mikrocert-font:sans": ("fontpkg_source_sans_3", "files/SourceSans3[wght].ttf"),
}
_OTHER_SCRIPTS = {
    "Arabic": ("fontpkg_amiri", "files/Amiri-Regular.ttf"),
    "Hebrew": ("fontpkg_frank_ruhl_libre", "files/FrankRuhlLibre[wght].ttf"),
    "Devanagari": ("fontpkg_noto_sans_devanagari", "files/NotoSansDevanagari[wdth,wght].ttf"),
    "Thai": ("fontpkg_noto_sans_thai", "files/NotoSansThai[wdth,wght].ttf"),
    "Tamil": ("fontpkg_noto_sans_tamil", "files/NotoSansTamil[wdth,wght].ttf"),
    "Telugu": ("fontpkg_noto_sans_telugu", "files/NotoSansTelugu[wdth,wght].ttf"),
    "Khmer": ("fontpkg_noto_sans_khmer", "files/NotoSansKhmer[wdth,wght].ttf"),
    # Its faces keep their names besides this one, such as Noto Sans CJK JP, by which the stylesheet asks for them.
    "CJK": ("noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc"),
}
_FACE = Template('@font-face { font-family: "Mikrocert $script"; src: url(mikrocert-font:$script) }')
FACES_OF_OTHER_SCRIPTS = "\n".join(_FACE.substitute(script=script) for script in _OTHER_SCRIPTS)
"""The stylesheet that makes them known."""


def fonts() -> dict[str, bytes]:
    """Return the fonts by the address that the stylesheet gives them.

    The axis of optical sizes is renamed: under its own name Fontconfig sets it by type size, so that each size
    becomes a cut of its own, made and embedded anew for every file (half of the time that a picture takes).

    Raises:
        RenderError: if a font package lacks its file.
    """
    return {address: _read(*place).replace(b"opsz", b"OPSZ") for address, place in FONT_FILES.items()}


def fonts_of_other_scripts() -> dict[str, bytes]:
    """Return the fonts for characters that ours lack, by the address that `FACES_OF_OTHER_SCRIPTS` gives them: 17 MB.

    Raises:
        RenderError: if a font package lacks its file.
    """
    return {f"mikrocert-font:{script}": _read(*place) for script, place in _OTHER_SCRIPTS.items()}


def _read(package: str, name: str) -> bytes:
    try:
        return files(package).joinpath(name).read_bytes()
    except (ModuleNotFoundError, OSError) as error:
        raise RenderError(
            message(
                "font '{name}' of the package '{package}' can't be read: {error}",
                name=name,
                package=package,
                error=error,
            )
        ) from error


def url_fetcher(resources: Mapping[str, tuple[str, bytes]]) -> Any:  # noqa: ANN401 - WeasyPrint is untyped
    """Return a URL fetcher for WeasyPrint that knows these resources, and data URIs, and nothing else.

    Args:
        resources: address → media type and octets.
    """
    urls: Any = import_module("weasyprint.urls")

    def fetch(self: Any, url: str, headers: Any = None) -> Any:  # noqa: ANN401
        if url in resources:
            media_type, data = resources[url]
            return urls.URLFetcherResponse(url, data, {"Content-Type": media_type})
        return urls.URLFetcher.fetch(self, url, headers)

    # WeasyPrint wants a subclass; an untyped base class can't be subclassed in a strictly typed module.
    return type("OwnResources", (urls.URLFetcher,), {"fetch": fetch})(allowed_protocols={"data"})
