"""The layout of IS MU exports, as `layout.toml` describes it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from mikrocert.api import Layout, read_layout

__all__ = ["layout"]

_FILE = "layout.toml"


@cache
def layout() -> Layout:
    """Return the layout."""
    return read_layout((files(__package__) / _FILE).read_bytes(), name=_FILE)
