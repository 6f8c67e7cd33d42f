"""What programs follow: the feed of new types (Atom, RFC 4287) and the map of the site (sitemaps.org)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET  # only written, never read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mikrocert.api import PublishedType

__all__ = ["atom_feed", "site_map"]

_ATOM: Final = "http://www.w3.org/2005/Atom"
_SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NOT_IN_XML: Final = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
_BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""What a feed without an entry was changed at: it has to say something (RFC 4287, 4.1.1)."""


def atom_feed(
    types: Iterable[tuple[PublishedType, str]], *, base: str, title: str, author: str, language: str
) -> bytes:
    """Return the feed.

    Args:
        types: each with the name of its institution, those that were published last first.
        base: address of the catalogue.
        title: of the feed.
        author: who publishes it.
        language: of the texts.
    """
    there = list(types)
    feed = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": language})
    _add(feed, "id", f"{base}/feed.atom")
    _add(feed, "title", title)
    _add(feed, "updated", max([one.changed_at for one, _ in there], default=_BEGINNING).isoformat())
    _add(ET.SubElement(feed, "author"), "name", author)
    ET.SubElement(feed, "link", {"rel": "self", "href": f"{base}/feed.atom?lang={language}"})
    ET.SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": base})
    for one, institution in there:
        address = f"{base}/{one.institution}/{one.id}"
        entry = ET.SubElement(feed, "entry")
        _add(entry, "id", address)
        _add(entry, "title", one.title.best(language))
        _add(ET.SubElement(entry, "author"), "name", institution)
        _add(entry, "published", one.since.isoformat())
        _add(entry, "updated", one.changed_at.isoformat())
        ET.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": address})
    return _octets(feed)


def site_map(pages: Iterable[str], types: Iterable[PublishedType], *, base: str) -> bytes:
    """Return the map.

    Args:
        pages: addresses of pages without a day.
        types: all published types.
        base: address of the catalogue.
    """
    root = ET.Element("urlset", {"xmlns": _SITEMAP})
    for page in pages:
        _add(ET.SubElement(root, "url"), "loc", page)
    for one in types:
        url = ET.SubElement(root, "url")
        _add(url, "loc", f"{base}/{one.institution}/{one.id}")
        _add(url, "lastmod", one.changed_at.isoformat(timespec="seconds"))
    return _octets(root)


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _NOT_IN_XML.sub("", text)


def _octets(root: ET.Element) -> bytes:
    octets: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return octets
