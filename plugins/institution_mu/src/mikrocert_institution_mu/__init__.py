"""Masaryk University for mikrocert: its profile, the intake of IS MU exports, and an export to try it with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["EXAMPLES", "example"]

EXAMPLES = ("is-mu-2026.json", "is-mu-2026.csv")
"""Names of the shipped exports; learners and awards in them are invented."""


def example(name: str) -> Traversable:
    """Return a shipped export.

    Args:
        name: one of `EXAMPLES`.

    Raises:
        PluginError: if there is none of this name; the message lists those there are.
    """
    from importlib.resources import files  # noqa: PLC0415 - nothing at import

    from mikrocert.api import PluginError, message  # noqa: PLC0415 - nothing at import

    if name not in EXAMPLES:
        raise PluginError(
            message("there is no example '{name}'; there are: {examples}", name=name, examples=EXAMPLES)
        )
    return files(__name__) / "examples" / name
