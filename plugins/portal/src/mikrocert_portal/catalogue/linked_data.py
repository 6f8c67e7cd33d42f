"""JSON-LD as such (W3C Recommendation of 16 July 2020): what its documents are served as; no format of credentials is meant."""

from __future__ import annotations

from typing import Final

__all__ = ["MEDIA_TYPE", "SUFFIX"]

MEDIA_TYPE: Final = "application/ld+json"
SUFFIX: Final = ".jsonld"
