"""Findings: one remark on one place, for people and programs."""

from __future__ import annotations

from enum import Enum

import attrs

from mikrocert.texts import Message

__all__ = ["Finding", "Severity"]


class Severity(Enum):
    """How much a finding weighs: an error fails its check, a warning and an info do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@attrs.frozen
class Finding:
    """One remark on one place.

    Args:
        code: stable name in kebab-case, unique within its check, for programs.
        severity: error, warning or info.
        message: what is wrong and what would be right.
        path: where: members joined by dots, list positions in brackets from 0
            (`learner.birth_date`, `outcomes[2].title.cs`), or empty for the whole.
        sub_indication: of a seal, what ETSI EN 319 102-1, 5.1.3 calls it, such as `REVOKED_NO_POE`, for programs; empty where it has
            no name there.
    """

    code: str
    severity: Severity
    message: Message
    path: str = ""
    sub_indication: str = ""

    @classmethod
    def error(cls, code: str, text: str, /, *, path: str = "", **parameters: object) -> Finding:
        """Make a finding that fails its check; its message is made of `text` and `parameters`."""
        return cls(code, Severity.ERROR, Message(text, parameters), path)

    @classmethod
    def warning(cls, code: str, text: str, /, *, path: str = "", **parameters: object) -> Finding:
        """Make a finding that deserves a look and fails nothing; its message is made of `text` and `parameters`."""
        return cls(code, Severity.WARNING, Message(text, parameters), path)

    @classmethod
    def info(cls, code: str, text: str, /, *, path: str = "", **parameters: object) -> Finding:
        """Make a finding that only tells; its message is made of `text` and `parameters`."""
        return cls(code, Severity.INFO, Message(text, parameters), path)
