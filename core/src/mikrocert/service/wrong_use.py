"""What is wrong with a command line, as a sentence that is told in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from mikrocert.texts import Message

__all__ = ["WrongUse"]


class WrongUse(typer.BadParameter):
    """A command line is wrong; commands, also those of plugins, raise it.

    Args:
        fault: what is wrong, and what would be right.
    """

    def __init__(self, fault: Message) -> None:
        super().__init__(str(fault))
        self.fault = fault
