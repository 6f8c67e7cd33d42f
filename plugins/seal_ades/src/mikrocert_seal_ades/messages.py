"""From the problems that `pki` and `jades` tell in English to messages, which catalogues know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mikrocert.api import Message, SealError, message

from mikrocert_seal_ades.pki.problems import Phrase

if TYPE_CHECKING:
    from mikrocert_seal_ades.pki.errors import AdesError
    from mikrocert_seal_ades.pki.problems import Problem

__all__ = ["message_of", "refusal"]


def message_of(problem: Problem | Phrase) -> Message:
    """Return the text of a problem as a message, which catalogues know."""
    parameters = {
        name: message_of(value) if isinstance(value, Phrase) else value
        for name, value in problem.parameters.items()
    }
    return Message(problem.text, parameters)


def refusal(error: AdesError) -> SealError:
    """Return the error that says, in the reader's language, why nothing can be sealed."""
    faults = [message_of(problem) for problem in error.problems]
    return SealError(message("{faults:semicolon}", faults=faults))
