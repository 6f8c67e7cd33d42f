"""Templates of mikrocert: data only."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["folder"]


def folder(name: str) -> Traversable:
    """Return one of the template folders.

    Args:
        name: `certificate`, `portal` or `plugin`.

    Raises:
        LookupError: if there is no such folder; the message lists those there are.
    """
    folders = {entry.name: entry for entry in files(__name__).iterdir() if entry.is_dir() and entry.name[0] != "_"}
    if name not in folders:
        message = f"no template folder {name!r}; there are: {', '.join(sorted(folders))}"
        raise LookupError(message)
    return folders[name]
