"""The layout of an export as a value: its fields and groups, and which member of the award each fills.

JSON, tables and workbooks of one university have one layout. In a table a text in two languages is two columns, a field of a
group is a column of its own, and a cell of a field that repeats holds its items one per line, or separated by a sign.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from mikrocert.award.common import Common
from mikrocert.intake.members import Kind, Member
from mikrocert.texts import LANGUAGES, LanguageMap, Text, Value, message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Column", "Field", "Group", "Layout", "layout_table"]


@attrs.frozen
class Field:
    """One field of a record, or of an item in a group.

    Args:
        name: as the export has it.
        fills: member of the award that it fills, or of an item where it is a field of a group (see `mikrocert.intake.members`).
        member: what that member is.
        required: whether a record must have it.
        blank: whether a record may have it empty in spite of that; the column of a table is required all the same, so that
            one that got lost is noticed.
        language: language of its texts (ISO 639).
        translations: language → name of the field that has the same in it.
        words: for codes: words understood besides the list → code.
        separator: sign between the items of a cell, where they are not one per line.
        remark: what it says, where the layout says more than the member does.
    """

    name: str
    fills: str
    member: Member
    required: bool = False
    blank: bool = False
    language: str = LANGUAGES[0]
    translations: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False)
    words: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False)
    separator: str = "|"
    remark: LanguageMap | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Its own name and those of the fields that have the same in other languages."""
        return tuple(self.by_language.values())

    @property
    def by_language(self) -> Mapping[str, str]:
        """The same by language, its own first."""
        return {self.language: self.name, **self.translations}

    @property
    def kind(self) -> Kind:
        """What its value is."""
        return self.member.kind

    @property
    def many(self) -> bool:
        """Whether it has a list of values."""
        return self.member.many

    @property
    def code_list(self) -> str | None:
        """List of the core whose codes and labels are understood, or none."""
        return self.member.code_list

    @property
    def all_words(self) -> Mapping[str, str]:
        """The words that are understood besides the list, where there is one → code."""
        return self.words or {code: code for code in self.member.codes}

    @property
    def about(self) -> Text:
        """What it says."""
        return self.remark or self.member.about


@attrs.frozen
class Group:
    """A list of items that have several fields each.

    Args:
        name: as the export calls it; in a table it stands before the name of each field.
        fills: list of the award that it fills.
        about: what an item is.
        members: fields of an item.
        required: whether a record must have an item at least.
        flat: whether its fields stand beside those of the record, under their own names; in JSON it has one item then.
        left_out: names of further fields of an item, which are not even read.
        common: member of an item → what is taken where an item says nothing.
    """

    name: str
    fills: str
    about: Text
    members: tuple[Field, ...]
    required: bool = False
    flat: bool = False
    left_out: frozenset[str] = frozenset()
    common: Mapping[str, object] = attrs.field(factory=dict[str, object], hash=False)

    @property
    def prefix(self) -> str:
        """What stands before the name of a field in a table."""
        return "" if self.flat else f"{self.name}_"


@attrs.frozen
class Column:
    """One column of a table.

    Args:
        name: as the header has it.
        member: name of the field that it corresponds to, inside the group if there is one.
        group: name of the group that it belongs to, or none.
        many: whether a cell may hold several values.
        required: whether the header must have it.
        separator: sign between the items of a cell, where they are not one per line.
    """

    name: str
    member: str
    group: str | None
    many: bool
    required: bool
    separator: str


@attrs.frozen
class Layout:
    """The layout of an export.

    Args:
        title: what such an export is of, after "this is no export of".
        parts: its fields and groups.
        units: code of each faculty or department → its name; empty where exports have names instead of codes.
        common: what all awards have in common, taken where a record says nothing.
        left_out: names of further fields, which are not even read.
        records: member of a JSON export that has the records; none where the export is the array itself.
        fixed: members that stand beside it, and what each is.
    """

    title: Text
    parts: tuple[Field | Group, ...]
    units: Mapping[str, LanguageMap] = attrs.field(factory=dict[str, LanguageMap], hash=False)
    common: Common = attrs.field(factory=Common)
    left_out: frozenset[str] = frozenset()
    records: str | None = None
    fixed: Mapping[str, str | int] = attrs.field(factory=dict[str, "str | int"], hash=False)

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """The columns of a table by name, in the order of the layout."""
        found: dict[str, Column] = {}
        for part in self.parts:
            group, members = (part, part.members) if isinstance(part, Group) else (None, (part,))
            for field in members:
                for name in field.names:
                    required = field.required and name == field.name and (group is None or group.required)
                    column = name if group is None else f"{group.prefix}{name}"
                    found[column] = Column(
                        column,
                        name,
                        None if group is None else group.name,
                        many=field.many or group is not None,
                        required=required,
                        separator=field.separator,
                    )
        return found

    @cached_property
    def groups(self) -> Mapping[str, Group]:
        """The groups by name."""
        return {part.name: part for part in self.parts if isinstance(part, Group)}

    @cached_property
    def names(self) -> Mapping[str, Field | Group]:
        """The fields and groups by each name that a record of JSON may have."""
        found: dict[str, Field | Group] = {}
        for part in self.parts:
            flat = isinstance(part, Group) and part.flat
            fields = part.members if isinstance(part, Group) else (part,)
            own = [name for field in fields for name in field.names]
            found.update(dict.fromkeys(own if flat or isinstance(part, Field) else [part.name], part))
        return found


_HEAD: tuple[Value, ...] = ("JSON", "CSV", message("value"), message("required"), message("meaning"))
_YES = message("yes")
_KINDS = {
    Kind.TEXT: message("text"),
    Kind.DATE: message("date"),
    Kind.NUMBER: message("number"),
    Kind.INTEGER: message("whole number"),
}


def _value(field: Field) -> Value:
    if field.words:
        value: Value = ", ".join(f"`{word}` (`{code}`)" for word, code in field.words.items())
    elif field.code_list:
        value = message("list `{name}`", name=field.code_list)
    elif field.kind is Kind.CODE:
        value = ", ".join(f"`{code}`" for code in field.member.codes)
    else:
        value = _KINDS[field.kind]
    return message("{value}; several", value=value) if field.many else value


def layout_table(layout: Layout, say: Callable[[Value], str]) -> str:
    """Return a layout as a Markdown table.

    Args:
        layout: the layout.
        say: writes a text in the language of the table.
    """
    rows: list[tuple[Value, ...]] = [_HEAD, ("---",) * 5]
    for part in layout.parts:
        if isinstance(part, Group):
            rows.append((f"`{part.name}[]`", "", "", _YES if part.required else "", part.about))
            fields, json_prefix, csv_prefix = (
                part.members,
                "" if part.flat else f"{part.name}[].",
                part.prefix,
            )
        else:
            fields, json_prefix, csv_prefix = (part,), "", ""
        for field in fields:
            json_names, csv_names = (
                ", ".join(f"`{prefix}{name}`" for name in field.names) for prefix in (json_prefix, csv_prefix)
            )
            rows.append((json_names, csv_names, _value(field), _YES if field.required else "", field.about))
    return "".join(f"| {' | '.join(map(say, row))} |\n" for row in rows)
