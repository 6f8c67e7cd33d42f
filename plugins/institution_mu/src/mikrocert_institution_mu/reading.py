"""Reading the fields of a row by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import attrs
from mikrocert.api import Finding, LanguageMap

from mikrocert_institution_mu import values
from mikrocert_institution_mu.faults import Faults, birth_number, has_birth_number
from mikrocert_institution_mu.layout import Field, Group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from decimal import Decimal

    from mikrocert_institution_mu.record import Entry, Row, Scalar

__all__ = ["NO_TEXT", "Reading"]

T = TypeVar("T")

NO_TEXT = LanguageMap.of("–")
"""What stands in for a required text that is missing; such an award is never handed out."""

# Digits in these are parts of addresses.
_ADDRESSES = {"uri", "url"}


class Reading:
    """Reads the fields of a row by name, noting each fault; what is missing or wrong comes back as none.

    Args:
        row: the values.
        parts: what the layout says of them.
        faults: takes the faults.
    """

    def __init__(self, row: Row, *, parts: tuple[Field | Group, ...], faults: Faults) -> None:
        self._row = row
        self._fields = {part.name: part for part in parts if isinstance(part, Field)}
        self._groups = {part.name: part for part in parts if isinstance(part, Group)}
        self._faults = faults

    def fault(self, finding: Finding, *, name: str) -> None:
        """Note a fault of the field with this name."""
        self._faults.add(attrs.evolve(finding, path=self._row.path(name)))

    def birth_number(self, name: str) -> None:
        """Note that the field with this name leads to a birth number."""
        self._faults.add(birth_number(self._row.path(name)))

    def text(self, name: str) -> str | None:
        """Read a text."""
        return self._read(name, values.text)

    def day(self, name: str) -> date | None:
        """Read a date."""
        return self._read(name, values.day)

    def number(self, name: str) -> Decimal | None:
        """Read a number with decimals."""
        return self._read(name, values.number)

    def integer(self, name: str) -> int | None:
        """Read a whole number."""
        return self._read(name, values.integer)

    def code(self, name: str) -> str | None:
        """Read a code, or the word that stands for it."""
        field = self._fields[name]
        return self._read(
            name, lambda value: values.code(value, code_list=field.code_list, words=field.words)
        )

    def codes(self, name: str) -> tuple[str, ...]:
        """Read a list of codes."""
        field = self._fields[name]
        entries = self._row.lists.get(name, ())
        for entry in entries:
            if entry.value is None:
                self._faults.missing(entry.path)
        found = [
            self._understood(
                entry, lambda value: values.code(value, code_list=field.code_list, words=field.words)
            )
            for entry in entries
        ]
        return tuple(code for code in found if code is not None)

    def texts(self, name: str) -> LanguageMap | None:
        """Read a bilingual field."""
        cs_name, en_name = self._fields[name].names
        cs, en = self._row.entries.get(cs_name), self._row.entries.get(en_name)
        if cs is None and en is None:
            self._check_required(name)
        return self._language_map(cs, en)

    def list_of_texts(self, name: str) -> tuple[LanguageMap, ...]:
        """Read a bilingual field that repeats; its halves belong together by position."""
        cs_name, en_name = self._fields[name].names
        cs, en = self._row.lists.get(cs_name, ()), self._row.lists.get(en_name, ())
        if en and len(cs) != len(en):
            self.fault(
                Finding.error(
                    "count-differs",
                    "English items: {english}, Czech items: {czech}; they are matched by position, so there have to be as many",
                    english=len(en),
                    czech=len(cs),
                ),
                name=en_name,
            )
            en = ()
        found: list[LanguageMap] = []
        for position, entry in enumerate(cs):
            other = en[position] if en else None
            if entry.value is None and (other is None or other.value is None):
                self._faults.missing(entry.path)
            found.append(self._language_map(entry, other) or NO_TEXT)
        return tuple(found)

    def items(self, name: str) -> Iterator[Reading]:
        """Read the items of a group."""
        members = self._groups[name].members
        return (Reading(row, parts=members, faults=self._faults) for row in self._row.groups.get(name, ()))

    def _read(self, name: str, understand: Callable[[Scalar], T]) -> T | None:
        entry = self._row.entries.get(name)
        if entry is None:
            self._check_required(name)
            return None
        return self._understood(entry, understand, address=name in _ADDRESSES)

    def _understood(
        self, entry: Entry, understand: Callable[[Scalar], T], *, address: bool = False
    ) -> T | None:
        if entry.value is None:
            return None
        if not address and has_birth_number(entry.value):
            self._faults.add(birth_number(entry.path))
            return None
        try:
            return understand(entry.value)
        except values.WrongValue as wrong:
            self._faults.add(attrs.evolve(wrong.finding, path=entry.path))
            return None

    def _language_map(self, cs: Entry | None, en: Entry | None) -> LanguageMap | None:
        halves = {"cs": cs, "en": en}
        read = {
            language: self._understood(entry, values.text)
            for language, entry in halves.items()
            if entry is not None
        }
        texts = {language: text for language, text in read.items() if text is not None}
        return LanguageMap(texts) if texts else None

    def _check_required(self, name: str) -> None:
        if self._fields[name].required:
            self._faults.missing(self._row.path(name))
