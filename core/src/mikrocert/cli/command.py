"""A command of the core."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from typer.core import TyperCommand

from mikrocert.cli.output import answering

__all__ = ["LENT", "Command"]

LENT = "mikrocert.lent"
"""Where a command line keeps what gives standard output back when everything is closed."""


class Command(TyperCommand):
    """A command of the core; while it answers in JSON, standard output belongs to the answer alone."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as click types it
        """Run the command."""
        if ctx.params.get("as_json"):
            lent: ExitStack = ctx.meta[LENT]
            lent.enter_context(answering())
        return super().invoke(ctx)
