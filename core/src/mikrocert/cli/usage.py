"""What is wrong with a command line, in words of ours, so that it is told in the reader's language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.exceptions import TyperException

__all__ = ["usage_lines"]

_NO_COMMAND = re.compile(r"No such command '(.*?)'\.(?: Did you mean (.*)\?)?", re.DOTALL)
_EXTRA = re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", re.DOTALL)


def usage_lines(error: TyperException) -> Iterator[Message | str]:
    """Give the lines that say how a command is used and what is wrong with this use; help is given as it is."""
    if _kind(error) == "NoArgsIsHelpError":
        yield from error.format_message().rstrip().split("\n")
        return
    context: Any = getattr(error, "ctx", None)
    if context is not None:
        usage = context.get_usage().removeprefix("Usage: ")
        yield message("Usage: {usage}", usage=" ".join(usage.split()))
        yield message("{command} --help tells more.", command=context.command_path)
        yield ""
    yield message("Error: {fault}", fault=_fault(error))


def _kind(error: TyperException) -> str:
    """Return what is wrong, by the name of its class: typer shows its base only."""
    return type(error).__name__


def _fault(error: Any) -> Message | str:  # noqa: ANN401 - each class has members of its own
    parameter = getattr(error, "param", None)
    kind = _kind(error)
    if kind == "MissingParameter" and parameter is not None:
        return _missing(parameter.get_error_hint(), of=parameter.param_type_name)
    if kind in {"NoSuchOption", "BadOptionUsage"}:
        return _of_option(error)
    if kind == "BadParameter":
        if parameter is None:
            return message("Invalid value: {fault}", fault=error.message)
        return message(
            "Invalid value for {name}: {fault}", name=parameter.get_error_hint(), fault=error.message
        )
    return _of_command(error.format_message())


def _missing(name: str, *, of: str) -> Message:
    if of == "argument":
        return message("Missing argument {name}.", name=name)
    return message("Missing option {name}.", name=name)


def _of_option(error: Any) -> Message:  # noqa: ANN401 - each class has members of its own
    name = error.option_name
    if _kind(error) == "BadOptionUsage":
        if "does not take" in error.message:
            return message("Option {option} takes no value.", option=name)
        return message("Option {option} needs a value.", option=name)
    if error.possibilities:
        near = sorted(error.possibilities)
        return message("No such option: {option}; probably {near:or} is meant.", option=name, near=near)
    return message("No such option: {option}.", option=name)


def _of_command(fault: str) -> Message | str:
    if found := _NO_COMMAND.fullmatch(fault):
        if found[2]:
            return message("No such command: {name}; probably {near} is meant.", name=found[1], near=found[2])
        return message("No such command: {name}.", name=found[1])
    if found := _EXTRA.fullmatch(fault):
        return message("These arguments are too many: {arguments}.", arguments=found[1])
    if fault == "Missing command.":
        return message("A command is missing.")
    return fault
