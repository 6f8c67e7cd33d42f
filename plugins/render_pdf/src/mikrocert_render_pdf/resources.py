"""What pages are made of besides templates: fonts and pictures. Nothing is fetched."""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from mikrocert.api import RenderError, message

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["fonts", "url_fetcher"]

FONT_FILES = {
    "mikrocert-font:serif": ("fontpkg_source_serif_4", "SourceSerif4[opsz,wght].ttf"),
    "mikrocert-font:serif-italic": ("fontpkg_source_serif_4", "SourceSerif4-Italic[opsz,wght].ttf"),
    "mikrocert-font:sans": ("fontpkg_source_sans_3", "SourceSans3[wght].ttf"),
}


def fonts() -> dict[str, bytes]:
    """Return the fonts by the address that the stylesheet gives them.

    The axis of optical sizes is renamed: under its own name Fontconfig sets it by type size, so that each size
    becomes a cut of its own, made and embedded anew for every file (half of the time that a picture takes).

    Raises:
        RenderError: if a font package lacks its file.
    """
    found: dict[str, bytes] = {}
    for address, (package, name) in FONT_FILES.items():
        try:
            data = files(package).joinpath("files", name).read_bytes()
        except (ModuleNotFoundError, OSError) as error:
            raise RenderError(
                message(
                    "font '{name}' of the package '{package}' can't be read: {error}",
                    name=name,
                    package=package,
                    error=error,
                )
            ) from error
        found[address] = data.replace(b"opsz", b"OPSZ")
    return found


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
