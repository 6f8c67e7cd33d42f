"""Everything that a certificate is made of besides the view: templates, words, fonts. Nothing is fetched."""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import jinja2
from mikrocert.api import RenderError, message
from mikrocert_templates import folder
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

__all__ = ["fonts", "media_type_of", "read", "template_environment", "url_fetcher"]

FONT_FILES = {
    "mikrocert-font:serif": ("fontpkg_source_serif_4", "SourceSerif4[opsz,wght].ttf"),
    "mikrocert-font:serif-italic": ("fontpkg_source_serif_4", "SourceSerif4-Italic[opsz,wght].ttf"),
    "mikrocert-font:sans": ("fontpkg_source_sans_3", "SourceSans3[wght].ttf"),
}


def read(name: str, *, preferred: Traversable | None) -> str | None:
    """Return a template or stylesheet from the preferred folder, else from the shipped one, else none.

    Raises:
        RenderError: if the file is not UTF-8 or can't be read.
    """
    if not name or name[0] == "." or "/" in name or "\\" in name:
        return None
    for place in (preferred, folder("certificate")):
        if place is None:
            continue
        file = place.joinpath(name)
        try:
            if file.is_file():
                return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RenderError(
                message("template '{name}' can't be read: {error}", name=name, error=error)
            ) from error
    return None


def template_environment(preferred: Traversable | None) -> jinja2.Environment:
    """Return the templates: escaping everything, refusing unknown names."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: read(name, preferred=preferred)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names: dict[str, Any] = {"message": message}
    environment.globals.update(names)
    return environment


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


def media_type_of(logo: bytes) -> str:
    """Return the media type of a logo.

    Raises:
        RenderError: if it is neither PNG nor SVG, or damaged.
    """
    try:
        if logo.startswith(b"\x89PNG\r\n\x1a\n"):
            Image.open(BytesIO(logo)).load()
            return "image/png"
        if ET.fromstring(logo).tag == "{http://www.w3.org/2000/svg}svg":  # noqa: S314 - of a plugin
            return "image/svg+xml"
    except (OSError, SyntaxError, ValueError) as error:
        raise RenderError(
            message("the logo is neither PNG nor SVG, or damaged: {error}", error=error)
        ) from error
    raise RenderError(message("the logo is neither PNG nor SVG; one of the two would be right"))
