"""The descriptions in docstrings, for the JSON Schema of awards and for the reference."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Description", "described"]


@attrs.frozen
class Description:
    """What the docstring of a class says.

    Args:
        summary: its first sentence.
        arguments: name of an argument → its description, in one line.
    """

    summary: str
    arguments: Mapping[str, str] = attrs.field(hash=False)


def described(kind: type) -> Description:
    """Return what the docstring of a class says, which is in the style of Google.

    Args:
        kind: a class; without a docstring the description is empty.
    """
    from griffe import Docstring, DocstringSectionParameters, parse_google  # noqa: PLC0415 - seldom needed

    text = inspect.getdoc(kind) or ""
    arguments = {
        argument.name: " ".join(argument.description.split())
        for section in parse_google(Docstring(text), warnings=False)
        if isinstance(section, DocstringSectionParameters)
        for argument in section.value
    }
    return Description(text.partition("\n")[0], arguments)
