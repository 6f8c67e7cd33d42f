"""What is wrong with a command line, in words of ours, so that it is told in the reader's language."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from mikrocert.cli.help import HelpContext, placeholder
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from typer.exceptions import TyperException

__all__ = ["usage_lines"]

_NO_COMMAND = re.compile(r"No such command '(.*?)'\.(?: Did you mean (.*)\?)?", re.DOTALL)
_CHOICE = re.compile(r"'(.*)' is not one of (.*)\.$", re.DOTALL)
_DAY = re.compile(r"'(.*)' does not match the formats? (.*)\.$", re.DOTALL)
_A_DAY: Final = date(2026, 11, 30)
_QUOTED = re.compile(r"'([^']*)'")
_FAULTS: Final[Mapping[str, Message]] = {
    "int_parsing": message("'{value}' is no whole number"),
    "int_from_float": message("'{value}' is no whole number"),
    "float_parsing": message("'{value}' is no number"),
    "greater_than_equal": message("{value} is less than {least}"),
    "less_than_equal": message("{value} is more than {most}"),
}
"""What the library that reads values calls wrong → what is said of it."""
_EXTRA = re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", re.DOTALL)


def usage_lines(error: TyperException) -> Iterator[Message | str]:
    """Give the lines that say how a command is used and what is wrong with this use; help is given as it is."""
    if _kind(error) == "NoArgsIsHelpError":
        yield from error.format_message().rstrip().split("\n")
        return
    context: Any = getattr(error, "ctx", None)
    if context is not None:
        usage = context.pieces() if isinstance(context, HelpContext) else ""
        yield message("Usage: {usage}", usage=f"{context.command_path} {usage}".rstrip())
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
        return _missing(_hint(parameter), of=parameter.param_type_name)
    if kind in {"NoSuchOption", "BadOptionUsage"}:
        return _of_option(error)
    if kind in {"BadParameter", "WrongUse"}:
        fault = _of_value(error)
        if parameter is None:
            return message("Invalid value: {fault}", fault=fault)
        return message("Invalid value for {name}: {fault}", name=_hint(parameter), fault=fault)
    return _of_command(error.format_message())


def _hint(parameter: Any) -> Message | str:  # noqa: ANN401 - click's
    """Return how a parameter is called where it is wrong."""
    if parameter.param_type_name == "argument" and parameter.metavar:
        return message("'{name}'", name=placeholder(parameter))
    hint: str = parameter.get_error_hint()
    return hint


def _of_value(error: Any) -> Message | str:  # noqa: ANN401 - each class has members of its own
    """Return what is wrong with a value: what a command says, or the library that reads values."""
    if hasattr(error, "fault"):
        own: Message = error.fault
        return own
    library: Any = error.__cause__
    faults: list[dict[str, Any]] = library.errors() if hasattr(library, "errors") else []
    for fault in faults:
        sentence = _FAULTS.get(fault["type"])
        if sentence is not None:
            limits: dict[str, Any] = fault.get("ctx", {})
            found: dict[str, Any] = {
                "value": fault["input"],
                "least": limits.get("ge"),
                "most": limits.get("le"),
            }
            return Message(sentence.text, {name: str(one) for name, one in found.items() if one is not None})
    day = _DAY.search(error.message)
    if day:
        like = [_A_DAY.strftime(way) for way in _QUOTED.findall(day[2])]
        return message("'{value}' is not written like {examples:or}", value=day[1], examples=like)
    choice = _CHOICE.search(error.message)
    if choice:
        return message(
            "'{value}' is none of these: {known:comma}", value=choice[1], known=_QUOTED.findall(choice[2])
        )
    wrong: str = error.message
    return wrong


def _missing(name: Message | str, *, of: str) -> Message:
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
