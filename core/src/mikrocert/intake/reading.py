"""Reading a row of an export by members of the award."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

import attrs

from mikrocert.intake import values
from mikrocert.intake.faults import Faults, birth_number, has_birth_number
from mikrocert.intake.layout import Field, Group
from mikrocert.intake.members import NOTHING
from mikrocert.report import Finding
from mikrocert.texts import LanguageMap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mikrocert.intake.record import Entry, Row, Scalar

__all__ = ["NO_TEXT", "Reading"]

T = TypeVar("T")

NO_TEXT = LanguageMap.of("–")
"""What stands in for a required text that is missing; such an award is never handed out."""

# Digits in these are parts of addresses.
_SEVERAL = re.compile(r"[,;/]")
_ADDRESSES = {"uri", "url"}


class Reading:
    """Reads a row by member of the award, noting each fault; what is missing or wrong comes back as none.

    Args:
        row: the values.
        parts: what the layout says of them.
        faults: takes the faults.
        common: member → what is taken where the row says nothing.
    """

    def __init__(
        self,
        row: Row,
        *,
        parts: tuple[Field | Group, ...],
        faults: Faults,
        common: Mapping[str, object] | None = None,
    ) -> None:
        self._row = row
        self._fields = {part.fills: part for part in parts if isinstance(part, Field)}
        self._left_out = [part for part in parts if isinstance(part, Field) and part.fills == NOTHING]
        self._groups = {part.fills: part for part in parts if isinstance(part, Group)}
        self._faults = faults
        self.common = common or {}

    def fault(self, finding: Finding, *, member: str) -> None:
        """Note a fault of the field that fills this member."""
        self._faults.add(attrs.evolve(finding, path=self.path(member)))

    def path(self, member: str) -> str:
        """Return what the export calls the field that fills this member; where none does, the name of the member."""
        field = self._fields.get(member)
        return self._row.path(field.name if field else member)

    def paths(self, member: str) -> Mapping[str, str]:
        """Return language → what the export calls the field that fills this member in it."""
        field = self._fields.get(member)
        names: Mapping[str, str] = field.by_language if field else {}
        return {language: self._row.path(name) for language, name in names.items()}

    def language(self, member: str) -> str:
        """Return the language of the field that fills this member."""
        return self._fields[member].language

    def says(self, member: str) -> bool:
        """Return whether the row itself says something of this member."""
        field, group = self._fields.get(member), self._groups.get(member)
        has = {**self._row.entries, **self._row.lists}
        if group is not None:
            return group.name in self._row.groups
        return field is not None and any(name in has for name in field.names)

    def birth_number(self, member: str) -> None:
        """Note that the field that fills this member leads to a birth number."""
        self._faults.add(birth_number(self.path(member)))

    def missing(self, member: str) -> None:
        """Note that this member is required and missing."""
        self._faults.missing(self.path(member))

    def readable(self, member: str) -> bool:
        """Return whether the row itself says something of this member that could be read."""
        return self.says(member) and self.path(member) not in self._faults.lost()

    def leave_out(self) -> None:
        """Read what is left out on purpose, so that no birth number hides there."""
        for field in self._left_out:
            entry = self._row.entries.get(field.name)
            if entry is not None:
                self._understood(entry, values.text)

    def text(self, member: str) -> str | None:
        """Read a text."""
        return self._read(member, str, values.text)

    def day(self, member: str) -> date | None:
        """Read a date."""
        return self._read(member, date, values.day)

    def number(self, member: str) -> Decimal | None:
        """Read a number with decimals."""
        return self._read(member, Decimal, values.number)

    def integer(self, member: str) -> int | None:
        """Read a whole number."""
        return self._read(member, int, values.integer)

    def code(self, member: str) -> str | None:
        """Read a code, or the word that stands for it."""
        field = self._fields.get(member)
        code_list, words = (field.code_list, field.all_words) if field else (None, dict[str, str]())
        return self._read(member, str, lambda value: values.code(value, code_list=code_list, words=words))

    def codes(self, member: str) -> tuple[str, ...]:
        """Read a list of codes."""
        field = self._fields.get(member)
        entries = self._row.lists.get(field.name, ()) if field else ()
        if field is None or not entries:
            return cast("tuple[str, ...]", self.common.get(member, ()))
        found: list[str | None] = []
        for entry in entries:
            if entry.value is None:
                self._faults.missing(entry.path)
            found.append(self._understood(entry, partial(self._code_of_one, field=field)))
        return tuple(code for code in found if code is not None)

    @staticmethod
    def _code_of_one(value: Scalar, *, field: Field) -> str:
        """Return the code of one item of a list; what looks like several items in one is told so."""
        several = isinstance(value, str) and _SEVERAL.search(value) is not None
        words = field.all_words
        try:
            if not several or field.code_list is not None or words:
                return values.code(value, code_list=field.code_list, words=words)
        except values.WrongValue:
            if not several:
                raise
        raise values.WrongValue(
            Finding.error(
                "several-in-one",
                "'{shown}' looks like several items; put each on a line of its own in the cell, or {separator} between them",
                shown=str(value)[:80],
                separator=field.separator,
            )
        )

    def texts(self, member: str) -> LanguageMap | None:
        """Read a text that may be in several languages."""
        field = self._fields.get(member)
        names: Mapping[str, str] = field.by_language if field else {}
        entries = {language: self._row.entries.get(name) for language, name in names.items()}
        if field is None or not any(entries.values()):
            common = self.common.get(member)
            if common is None and field is not None:
                self._check_required(field)
            return cast("LanguageMap | None", common)
        return self._language_map(entries)

    def list_of_texts(self, member: str) -> tuple[LanguageMap, ...]:
        """Read a list of such texts; those of its languages belong together by position."""
        field = self._fields.get(member)
        if field is None:
            return ()
        leading = self._row.lists.get(field.name, ())
        lists = {field.language: leading}
        for language, name in field.translations.items():
            entries = self._row.lists.get(name, ())
            if len(entries) == len(leading):
                lists[language] = entries
            elif entries:
                self._faults.add(
                    Finding.error(
                        "count-differs",
                        "items: {count}, of '{name}': {others}; they are matched by position, so there have to be as many",
                        path=self._row.path(name),
                        count=len(entries),
                        name=field.name,
                        others=len(leading),
                    )
                )
        found: list[LanguageMap] = []
        for position, entry in enumerate(leading):
            item = {language: entries[position] for language, entries in lists.items()}
            if all(one.value is None for one in item.values()):
                self._faults.missing(entry.path)
            found.append(self._language_map(item) or NO_TEXT)
        return tuple(found)

    def items(self, member: str, make: Callable[[Reading], T]) -> tuple[T, ...]:
        """Read the items of a group."""
        group = self._groups.get(member)
        rows = self._row.groups.get(group.name, ()) if group else ()
        if group is None or not rows:
            return cast("tuple[T, ...]", self.common.get(member, ()))
        return tuple(
            make(Reading(row, parts=group.members, faults=self._faults, common=group.common)) for row in rows
        )

    def _read(self, member: str, kind: type[T], understand: Callable[[Scalar], T]) -> T | None:
        field = self._fields.get(member)
        entry = self._row.entries.get(field.name) if field else None
        if entry is None:
            common = self.common.get(member)
            if common is None and field is not None:
                self._check_required(field)
            return common if isinstance(common, kind) else None
        return self._understood(entry, understand, address=member in _ADDRESSES)

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

    def _language_map(self, entries: Mapping[str, Entry | None]) -> LanguageMap | None:
        read = {
            language: self._understood(entry, values.text)
            for language, entry in entries.items()
            if entry is not None
        }
        texts = {language: text for language, text in read.items() if text is not None}
        return LanguageMap(texts) if texts else None

    def _check_required(self, field: Field) -> None:
        if field.required and not field.blank:
            self._faults.missing(self._row.path(field.name))
