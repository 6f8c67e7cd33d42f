"""Catalogues: the sentences of the program in the languages that are installed."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mikrocert.texts import formatting
from mikrocert.texts.language_map import ENGLISH, LANGUAGES, LanguageMap
from mikrocert.texts.messages import Message, Value, available, message, placeholders, rendered, wordless
from mikrocert.texts.negotiation import negotiated
from mikrocert.texts.typography import typo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mikrocert.texts.gettext_files import Catalogue

__all__ = ["Texts"]


class Texts:
    """Writes messages in the languages that are installed; safe to use from several threads.

    Catalogues are gettext files, `locale/<language>/LC_MESSAGES/messages.po` inside a package. They are read as their
    translators wrote them, so that no step of building can leave a stale one, and only once a language is asked for.

    Args:
        packages: import names of the packages that carry catalogues. A sentence is looked up in the core's first, then
            in these, in their order, so that no plugin changes the core's sentences.
    """

    def __init__(self, packages: Iterable[str] = ()) -> None:
        self._packages = ("mikrocert", *(name for name in dict.fromkeys(packages) if name != "mikrocert"))
        self._found: dict[tuple[str, Path], Catalogue | None] = {}
        self._languages: tuple[str, ...] | None = None
        self._places: tuple[Path, ...] | None = None

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language that can be asked for: Czech, English, then those for which there is a catalogue."""
        if self._languages is None:
            there = {name for folder in self._folders() for name in _languages_in(folder)}
            self._languages = (*LANGUAGES, *sorted(there - set(LANGUAGES)))
        return self._languages

    def say(self, value: Value, language: str) -> str:
        """Return a value as running text in a language, with no-break spaces where a line must not break.

        A sentence that isn't translated is English.

        Args:
            value: a message, a text in several languages, a day, a number or a list of these.
            language: ISO 639 code.
        """
        return typo(self.plain(value, language), self.language_of(value, language))

    def plain(self, value: Value, language: str) -> str:
        """Return a value as text in a language, as programs want it: without the typography of running text."""
        return rendered(value, language, translate=self.sentence)

    def all(self, value: Value) -> dict[str, str]:
        """Return a value by language, for JSON: a text that came with an award in its own languages, else in all.

        A sentence made of our words and the issuer's is only said in languages that the issuer used, if there are any.
        """
        if isinstance(value, LanguageMap):
            return dict(value.texts)
        there = [language for language in self.languages if available(value, language)]
        return {language: self.plain(value, language) for language in there or self.languages}

    def language_of(self, value: Value, language: str) -> str:
        """Return the language that a value is written in, for the `lang` attribute of a page.

        What is only punctuation around other texts is in the language of these.
        """
        if isinstance(value, LanguageMap):
            return value.language_of_best(language)
        if not isinstance(value, Message):
            return language
        if not wordless(value.text):
            return self.sentence(value, language)[1]
        inside = (self.language_of(part, language) for part in _flat(value.parameters.values()))
        return next((other for other in inside if other != language), language)

    def sentence(self, asked: Message, language: str) -> tuple[str, str]:
        """Return the sentence of a message for a language, its placeholders not yet filled, and the language it is in.

        A translation that has a place for something that the message hasn't is passed over; what is not translated is
        English.
        """
        if language == ENGLISH or not asked.text:
            return asked.english, ENGLISH
        if language in asked.translations:
            return asked.translations[language], language
        found = next(filter(None, self._translated(asked, language)), "")
        if not found or not placeholders(found) <= placeholders(asked.english):
            return asked.english, language if wordless(asked.text) else ENGLISH
        return found, language

    def name_of(self, language: str) -> str:
        """Return what a language calls itself, as its catalogue translates "English"."""
        name = message("English")
        spoken = self.sentence(name, language)[1]
        return self.plain(name, language) if spoken == language else formatting.autonym(language)

    def order_of(self, value: Value, language: str) -> tuple[str, str]:
        """Return what a value is sorted by among others: as it is said, by the alphabet of the language."""
        from mikrocert.texts.alphabets import alphabetical  # noqa: PLC0415 - so that help stays quick

        return alphabetical(self.plain(value, language), language)

    def preferred(self, accept_language: str) -> str:
        """Return the language for a browser's preferences.

        Args:
            accept_language: the header Accept-Language (RFC 9110, 12.5.4), or nothing.
        """
        return negotiated(accept_language, self.languages)

    def _translated(self, asked: Message, language: str) -> Iterator[str]:
        """Yield what each catalogue of a language has for a message; an empty text where it has nothing."""
        number = 1 if asked.plural is None else asked.count
        for catalogue in self._catalogues(language):
            yield catalogue.translated(asked.text, number)

    def _catalogues(self, language: str) -> Iterator[Catalogue]:
        """Yield the catalogues of a language, each read only when those before it had nothing."""
        if language not in self.languages:
            return
        for folder in self._folders():
            place = language, folder
            if place not in self._found:
                self._found[place] = _catalogue_in(folder, language)
            found = self._found[place]
            if found is not None:
                yield found

    def _folders(self) -> tuple[Path, ...]:
        if self._places is None:
            folders = (place.joinpath("locale") for package in self._packages for place in _places(package))
            self._places = tuple(folder for folder in folders if folder.is_dir())
        return self._places


def _flat(values: Iterable[Value]) -> Iterator[Value]:
    """Yield the values, those of a list one by one."""
    for value in values:
        if isinstance(value, tuple):
            yield from _flat(value)
        else:
            yield value


def _places(package: str) -> list[Path]:
    """Return the folders of a package, which is not imported for that; none if it is no package."""
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return []
    return [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []


def _languages_in(folder: Path) -> Iterator[str]:
    for language in folder.iterdir():
        if language.joinpath("LC_MESSAGES", "messages.po").is_file():
            yield language.name


def _catalogue_in(folder: Path, language: str) -> Catalogue | None:
    """Return the catalogue of a language, or none."""
    file = folder.joinpath(language, "LC_MESSAGES", "messages.po")
    try:
        status = file.stat()
    except OSError:
        return None
    return _catalogue(file, version=(status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=64)
def _catalogue(file: Path, *, version: tuple[int, int]) -> Catalogue | None:  # noqa: ARG001 - another version is read anew
    """Return the catalogue in a file, read once a process; none if it can't be read, which is logged."""
    from mikrocert.texts.gettext_files import read_catalogue  # noqa: PLC0415 - readers of English need none

    try:
        return read_catalogue(file)
    except (OSError, ValueError) as error:
        import logging  # noqa: PLC0415 - only when something is wrong

        logging.getLogger(__name__).warning("catalogue %s can't be read: %s", file, error)
        return None
