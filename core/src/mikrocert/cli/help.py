"""What `--help` says, in the language of the command line.

Sentences stand in English where a command is made: what Typer is given as `help`, `epilog` and `metavar`, and the docstring of a command. They are the
ids by which catalogues know them; here they are looked up. The layout is Typer's, but for one thing: nothing is cut.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperGroup

from mikrocert.cli.common import voice_of, wishes_of
from mikrocert.errors import MikrocertError
from mikrocert.texts import ENGLISH, Message, Texts, at_hand, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.texts import Say

__all__ = [
    "ARGUMENTS",
    "HelpContext",
    "help_sentences",
    "metavar_words",
    "placeholder",
    "speaking",
    "summary",
]

ARGUMENTS = "mikrocert.arguments"
"""Where a command line is kept as it came, so that the language it asks for is known before it is understood."""

_VOICE: Final = "mikrocert.voice"
_WORDS: Final = (
    *(message("[OPTIONS]"), message("COMMAND [ARGS]..."), message("Show this message and exit.")),
    *(message("str"), message("int"), message("float"), message("path"), message("datetime")),
    *(message("int range"), message("float range"), message("file"), message("directory")),
    *(message("list[str]"), message("list[Path]")),
)
"""Words of Typer's own, which it has in English only."""

_HEADINGS: Final = {"argument": message("Arguments"), "option": message("Options")}
_SENTENCE: Final = re.compile(r"(.+?[.!?])\s+(?=[A-Z`])", re.DOTALL)
_LABEL: Final = re.compile(r"<([A-Za-z\[\] ]+)>")
_WORD: Final = re.compile(r"[A-Z]{2,}")


class HelpContext(typer.Context):
    """Of a command: says how it is used in the language of the command line, which also is what `--lang` is without a value."""

    def get_usage(self) -> str:
        """Return the line that says how the command is called."""
        formatter = self.make_formatter()
        prefix = self._say(message("Usage: {usage}", usage=""))
        formatter.write_usage(self.command_path, self.pieces(), prefix=f"{prefix.rstrip()} ")
        return formatter.getvalue().rstrip("\n")

    def get_help(self) -> str:
        """Return the whole help."""
        command: Any = self.command
        formatter = self.make_formatter()
        formatter.write(f"{self.get_usage()}\n")
        self._write_text(formatter, command.help)
        for kind, heading in _HEADINGS.items():
            records = [self._record(one) for one in command.get_params(self) if one.param_type_name == kind]
            self._write_list(formatter, heading, [record for record in records if record is not None])
        if isinstance(command, TyperGroup):
            self._write_list(formatter, message("Commands"), list(self._commands(command)))
        self._write_text(formatter, command.epilog)
        return formatter.getvalue().rstrip("\n")

    def pieces(self) -> str:
        """Return what follows the command's name in the line that says how it is called."""
        command: Any = self.command
        pieces = [self._say(Message(command.options_metavar))] if command.options_metavar else []
        for parameter in command.get_params(self):
            name = self._say(placeholder(parameter))
            shown = parameter.metavar or name
            pieces += [piece.replace(shown, name) for piece in parameter.get_usage_pieces(self)]
        if isinstance(command, TyperGroup):
            pieces.append(self._say(Message(command.subcommand_metavar)))
        return " ".join(pieces)

    def lookup_default(self, name: str, call: bool = True) -> Any:  # noqa: ANN401, FBT001 - as click types it
        """Return a default: the language of an answer is the terminal's where nobody asks for another one."""
        if name == "lang":
            return self._language()
        return super().lookup_default(name, call=True) if call else super().lookup_default(name, call=False)

    def _language(self) -> str:
        wishes = wishes_of(self.meta[ARGUMENTS])
        if not wishes or wishes[0] == ENGLISH:
            return ENGLISH
        try:
            texts = self.obj.texts
        except MikrocertError:  # what is wrong is told when the settings are needed
            texts = Texts()
        return at_hand(wishes, texts.languages)

    @property
    def _say(self) -> Say:
        if _VOICE not in self.meta:
            say, language = voice_of(self.meta[ARGUMENTS])
            self.meta[_VOICE] = (
                str if language == ENGLISH else say
            )  # English help is as it stands in the code
        voice: Say = self.meta[_VOICE]
        return voice

    def _write_text(self, formatter: Any, text: str | None) -> None:  # noqa: ANN401 - click's, which Typer hides
        if not text:
            return
        formatter.write_paragraph()
        with formatter.indentation():
            paragraphs = (" ".join(self._say(Message(one)) for one in part) for part in help_sentences(text))
            formatter.write_text("\n\n".join(paragraphs))

    def _write_list(self, formatter: Any, heading: Message, rows: list[tuple[str, str]]) -> None:  # noqa: ANN401 - click's
        if rows:
            with formatter.section(self._say(heading)):
                formatter.write_dl(rows)

    def _commands(self, group: TyperGroup) -> Iterator[tuple[str, str]]:
        for name in group.list_commands(self):
            command = group.get_command(self, name)
            if command is not None and not command.hidden:
                yield name, self._say(summary(command))

    def _record(self, parameter: Any) -> tuple[str, str] | None:  # noqa: ANN401 - click's
        """Return what help says of a parameter: its name, and what it is for."""
        record: tuple[str, str] | None = parameter.get_help_record(self)
        if record is None:
            return None
        name, about = record
        if parameter.metavar:
            start, _, end = name.rpartition(parameter.metavar)
            name = f"{start}{self._say(placeholder(parameter))}{end}"
        name = _LABEL.sub(lambda found: f"<{self._say(Message(found[1]))}>", name)
        text = parameter.help or ""
        more = about.removeprefix(text).strip()
        if more:
            more = f"[{'; '.join(map(self._remark, more[1:-1].split('; ')))}]"
        return name, "  ".join(part for part in (self._say(Message(text)) if text else "", more) if part)

    def _remark(self, remark: str) -> str:
        """Return a remark of Typer's on a parameter."""
        if remark == "required":
            return self._say(message("required"))
        kind, _, value = remark.partition(": ")
        if kind == "default":
            return self._say(message("default: {value}", value=value))
        if kind == "env var":
            return self._say(message("env var: {value}", value=value))
        return remark


def speaking(command: Any) -> Any:  # noqa: ANN401 - click's, which Typer hides
    """Return a command that says how it is used in the language of the command line, and so do those under it."""
    command.context_class = HelpContext
    for inner in getattr(command, "commands", {}).values():
        speaking(inner)
    return command


def summary(command: Any) -> Message:  # noqa: ANN401 - click's
    """Return what the list of commands says of one: the first sentence of its help, unless it has a summary of its own."""
    own: Message | None = getattr(command, "summary", None)
    if own is not None:
        return own
    return Message(next((one for part in help_sentences(command.help or "") for one in part), ""))


def placeholder(parameter: Any) -> Message:  # noqa: ANN401 - click's
    """Return what stands for a value where it is told how a command is called: `FILE|ID`, each word a sentence of its own."""
    words = {word.lower(): Message(word) for word in metavar_words(parameter.metavar or "")}
    return Message(
        _WORD.sub(lambda found: f"{{{found[0].lower()}}}", parameter.metavar or parameter.name), words
    )


def metavar_words(metavar: str) -> list[str]:
    """Return the words of what stands for a value."""
    return _WORD.findall(metavar)


def help_sentences(text: str) -> list[list[str]]:
    """Return the paragraphs of a help as they are translated: the first sentence, which lists of commands show, by itself."""
    paragraphs = [
        " ".join(part.split()) for part in re.split(r"\n\s*\n", inspect.cleandoc(text)) if part.strip()
    ]
    if not paragraphs:
        return []
    first = _SENTENCE.match(paragraphs[0])
    start = [paragraphs[0]] if first is None else [first[1], paragraphs[0][first.end() :]]
    return [start, *([part] for part in paragraphs[1:])]
