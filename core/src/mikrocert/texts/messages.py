"""Messages: sentences for people, kept as an English sentence with parameters until someone reads them."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias, cast

import attrs

from mikrocert.texts import formatting
from mikrocert.texts.language_map import ENGLISH, LanguageMap

__all__ = [
    "Message",
    "Say",
    "Text",
    "Translate",
    "Value",
    "available",
    "message",
    "placeholders",
    "rendered",
    "wordless",
]

_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)(?::([a-z]+))?\}")
_WORD = re.compile(r"[^\W\d_]{2}")


def _value(parameter: object) -> Value:
    """Return what can be written in any language: what is no such value, such as a path, as text.

    Of an exception that is none of ours the class stays, and of the system's the reason in words of ours: nobody knows what
    else is in it.
    """
    if isinstance(parameter, (str, int, Decimal, date, Message, LanguageMap)):
        return parameter
    if isinstance(parameter, (list, tuple)):
        return tuple(_value(part) for part in cast("Sequence[object]", parameter))
    sentence = getattr(parameter, "message", None)  # an error of ours can say it in every language
    if isinstance(sentence, Message):
        return sentence
    if isinstance(parameter, OSError) and parameter.errno is not None:
        return _reason_of(parameter.errno)
    if isinstance(parameter, BaseException):
        return type(parameter).__name__
    return str(parameter)


def _values(parameters: Mapping[str, object]) -> dict[str, Value]:
    return {name: _value(parameter) for name, parameter in parameters.items()}


@attrs.frozen
class Message:
    """A sentence that a person reads, in English; catalogues have it in other languages.

    `str(message)` is the English sentence, filled in. Texts in the reader's language are made by `Texts.say`.

    Args:
        text: the sentence, with `{name}` where a parameter stands; also the id by which catalogues know it. `{name:long}`
            writes the month of a day as a word, `{name:or}` a list as a choice (see `formatting`), and `{name:capital}`
            begins with a capital letter.
        parameters: name → what stands there. A whole number is written as plain digits, since it may be a line or a
            year; a quantity is a `Decimal`. A word of ours is a message itself. A path becomes its text, an error of ours its
            message, any other one the name of its class.
        plural: the sentence for other numbers than one; the parameter `count` decides. Languages have forms for whole
            numbers only: a fraction is a message of its own.
        translations: language → sentence, for a text that brings some of its translations along, such as a name in a
            code list; catalogues are asked for the others.
    """

    text: str
    parameters: Mapping[str, Value] = attrs.field(factory=dict[str, "Value"], converter=_values, hash=False)
    plural: str | None = None
    translations: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False)

    def __str__(self) -> str:
        return rendered(self, ENGLISH)

    @property
    def count(self) -> int:
        """The whole number that chooses the plural form."""
        count = self.parameters.get("count")
        return int(count) if isinstance(count, (int, Decimal)) else 1

    @property
    def english(self) -> str:
        """The English sentence, its placeholders not yet filled."""
        return self.text if self.plural is None or self.parameters.get("count") == 1 else self.plural


Text: TypeAlias = Message | LanguageMap
"""A text that can be had in several languages: one of ours, or one that came with an award."""

Value: TypeAlias = str | int | Decimal | date | Message | LanguageMap | Sequence["Value"]
"""What can stand in a sentence: each language writes days, moments, numbers and lists its own way."""

Say: TypeAlias = Callable[[Value], str]
"""Writes a value in the language of whoever reads."""

Translate: TypeAlias = Callable[[Message, str], tuple[str, str]]
"""Returns the sentence of a message for a language, its placeholders not yet filled, and the language it is in."""


def message(text: str, /, *, plural: str | None = None, **parameters: object) -> Message:
    """Make a message.

    Args:
        text: the English sentence with `{name}` where a parameter stands.
        plural: the sentence for other numbers than one, where the parameter `count` decides.
        parameters: what stands there.
    """
    return Message(text, parameters, plural)


def _reason_of(number: int) -> Message:
    """Return why the system refuses something, in words of ours: its own are in whatever language it has."""
    reason = _REASONS.get(number)
    if reason is None:
        return message("the system refuses it ({code})", code=errno.errorcode.get(number, str(number)))
    return reason


def wordless(text: str) -> bool:
    """Return whether a sentence is nothing but places and punctuation, so that it is alike in all languages."""
    return not any(character.isalpha() for character in _PLACEHOLDER.sub("", text))


def placeholders(text: str) -> set[str]:
    """Return the names of the parameters that a sentence has places for."""
    return {found[1] for found in _PLACEHOLDER.finditer(text)}


def _untranslated(untranslated: Message, _: str) -> tuple[str, str]:
    return untranslated.english, ENGLISH


def available(value: Value, language: str) -> bool:
    """Return whether what came with an award, if there is any in a value, can be had in exactly this language.

    What has no words ("A–F") is alike in all.
    """
    if isinstance(value, LanguageMap):
        return value.get(language) is not None or not _WORD.search(value.best(language))
    if isinstance(value, Message):
        return all(available(parameter, language) for parameter in value.parameters.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return all(available(part, language) for part in value)
    return True


def rendered(value: Value, language: str, *, translate: Translate = _untranslated, style: str = "") -> str:
    """Return a value as text in a language; whatever is missing, it never fails.

    Args:
        value: what is written.
        language: ISO 639 code.
        translate: knows the sentences; without it they are English.
        style: how days and lists are written (see `formatting`).
    """
    if isinstance(value, Message):
        return _filled(value, language, translate)
    if isinstance(value, LanguageMap):
        return value.best(language)
    if isinstance(value, Sequence) and not isinstance(value, str):
        parts = [rendered(part, language, translate=translate) for part in value]
        return formatting.listed(parts, language, style=style)
    return formatting.scalar(value, language, style=style)


def _filled(value: Message, language: str, translate: Translate) -> str:
    sentence, spoken = translate(value, language)

    def filled(place: re.Match[str]) -> str:
        name, style = place[1], place[2] or ""
        if name not in value.parameters:
            return place[0]
        parameter = value.parameters[name]
        # What came with an award stays in the reader's language where our sentence has to be English.
        inside = language if isinstance(parameter, LanguageMap) else spoken
        if style == "capital":
            text = rendered(parameter, inside, translate=translate)
            return text[:1].upper() + text[1:]
        return rendered(parameter, inside, translate=translate, style=style)

    return _PLACEHOLDER.sub(filled, sentence)


_REASONS: Final[Mapping[int, Message]] = {
    errno.EACCES: message("permission is missing"),
    errno.EADDRINUSE: message("another program has it"),
    errno.EADDRNOTAVAIL: message("this computer has no such address"),
    errno.EBUSY: message("it is being used"),
    errno.ECONNREFUSED: message("nothing answers there"),
    errno.ECONNRESET: message("the other side ended the connection"),
    errno.EDQUOT: message("there is no room left for this user"),
    errno.EEXIST: message("there is something of this name already"),
    errno.EFBIG: message("it gets too large"),
    errno.EHOSTUNREACH: message("nothing answers there"),
    errno.EIO: message("the device fails"),
    errno.EISDIR: message("it is a folder"),
    errno.ELOOP: message("a link stands where none may, or links lead in a circle"),
    errno.EMFILE: message("too many files are open"),
    errno.ENAMETOOLONG: message("the name is too long"),
    errno.ENETUNREACH: message("nothing answers there"),
    errno.ENFILE: message("too many files are open"),
    errno.ENOENT: message("there is no such file or folder"),
    errno.ENOMEM: message("memory is short"),
    errno.ENOSPC: message("the disk is full"),
    errno.ENOTDIR: message("a part of the path is no folder"),
    errno.ENOTEMPTY: message("the folder is not empty"),
    errno.EPERM: message("permission is missing"),
    errno.EPIPE: message("nobody reads it any more"),
    errno.EROFS: message("nothing can be written there"),
    errno.ESTALE: message("the device fails"),
    errno.ETIMEDOUT: message("it took too long"),
    errno.ETXTBSY: message("it is being used"),
}
"""Number of an error of the system (POSIX.1-2024, `errno.h`) → what it means."""
