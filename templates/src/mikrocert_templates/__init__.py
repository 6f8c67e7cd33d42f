"""Templates of mikrocert: data only."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["folder"]


def folder(name: Literal["certificate", "plugin", "portal"]) -> Traversable:
    """Return the folder of templates for certificates, for the portal, or of a plugin's skeleton."""
    return files(__name__).joinpath(name)
