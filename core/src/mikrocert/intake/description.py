"""Layouts described by data: from TOML to a `Layout`, with every fault of the description at once."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Container, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from mikrocert.award.common import Common
from mikrocert.codelists import codelist
from mikrocert.errors import FindingsError, SettingsError
from mikrocert.intake.faults import has_birth_number, names_birth_number
from mikrocert.intake.layout import Field, Group, Layout
from mikrocert.intake.members import GROUPS, MEMBERS, NOTHING, TYPE, TYPE_VERSION, Kind, Member
from mikrocert.parsing.structuring import structured
from mikrocert.report import Finding
from mikrocert.texts import LANGUAGES, LanguageMap, message, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FieldTable", "GroupTable", "JsonTable", "LayoutTable", "layout_of", "name_faults", "read_layout"]

_LONGEST_NAME = 100
_MOST_FIELDS = 200
_MARKS = re.compile(r"[{}]|\[\d*\]")
_ASSESSMENTS: Final = "assessments"
_OF_TYPES: Final = frozenset(field.name for field in attrs.fields(Common))


class _Wrong(FindingsError):
    pass


@attrs.frozen
class FieldTable:
    """One field, `[[fields]]`: a column of a table, a member of JSON.

    Args:
        name: as the export has it; letter case counts.
        fills: member of the award that it fills; inside a group, of the item; `nothing` where it is read and left out on purpose.
        translations: language → name of the field that has the same in it, such as `{ en = "Course" }`.
        required: whether each record must have it; unless said, that is so where an award needs it and `[common]` has it not.
        blank: whether it may be empty where it is required; its column must be there all the same.
        words: for codes: words of the export → code, besides the labels of the code list.
        separator: sign between the items of one cell; items may always stand one per line.
        about: what it says, by language, for the printed description.
    """

    name: str
    fills: str
    translations: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False)
    required: bool | None = None
    blank: bool = False
    words: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False)
    separator: str = "|"
    about: LanguageMap | None = None


@attrs.frozen
class GroupTable:
    """A group of fields, `[[fields]]` with `[[fields.fields]]`: items that have several fields each, such as assessments.

    Args:
        name: name of the array in JSON; in a table it stands before the name of each field with `_` between.
        fills: list of the award that it fills.
        fields: fields of an item.
        required: whether each record must have an item.
        flat: whether its fields stand beside those of the record under their own names, in a table and in JSON.
        left_out: names of fields of an item that are not read at all, in JSON; in a table they are columns like any other.
        common: member of an item → what all items have in common, such as `grade.scale = { cs = "A–F" }`.
        about: what an item is, by language, for the printed description.
    """

    name: str
    fills: str
    fields: tuple[FieldTable, ...]
    required: bool | None = None
    flat: bool = False
    left_out: tuple[str, ...] = ()
    common: Mapping[str, Any] = attrs.field(factory=dict[str, Any], hash=False)
    about: LanguageMap | None = None


@attrs.frozen
class JsonTable:
    """How a JSON export is made, `[json]`.

    Args:
        records: member that has the array of records; none where the export is the array itself.
        fixed: members beside it, texts or whole numbers, and what each has to be.
    """

    records: str | None = None
    fixed: Mapping[str, Any] = attrs.field(factory=dict[str, Any], hash=False)


@attrs.frozen
class LayoutTable:
    """A layout file.

    Args:
        fields: fields and groups, in their order.
        title: what such an export is of, by language: it ends the sentence "this is no export of".
        language: code of the list `language`: what texts are in, where no other language is said.
        left_out: names of fields that are not read at all; any other field that is not described is a fault.
        units: code of each faculty or department → its name by language; then a field that fills `awarding_body.unit` has codes.
        common: what all awards have in common, in the members of the award; taken where a record says nothing.
        json: how a JSON export is made.
    """

    fields: tuple[Any, ...]
    title: LanguageMap | None = None
    language: str = LANGUAGES[0]
    left_out: tuple[str, ...] = ()
    units: Mapping[str, LanguageMap] = attrs.field(factory=dict[str, LanguageMap], hash=False)
    common: Common = attrs.field(factory=Common)
    json: JsonTable = attrs.field(factory=JsonTable)


def read_layout(data: bytes, *, name: str) -> Layout:
    """Return the layout that a TOML file describes.

    Args:
        data: the file.
        name: what the file is called, for errors.

    Raises:
        SettingsError: if it is no such description; the message names the file, each key and what would be right.
    """
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SettingsError(
            message(
                "{path}: octet {octet} is not UTF-8; save the file in UTF-8", path=name, octet=error.start + 1
            )
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(message("{path} is not TOML: {error}", path=name, error=str(error))) from error
    except RecursionError as error:
        raise SettingsError(
            message("{path} is not TOML: {error}", path=name, error=message("it is nested too deeply"))
        ) from error
    try:
        return layout_of(document, refuse=_Wrong)
    except _Wrong as error:
        raise SettingsError(message("{file}: {error}", file=name, error=error)) from error


def layout_of(document: object, *, refuse: type[FindingsError]) -> Layout:
    """Return the layout that a description says.

    Args:
        document: the description as TOML gives it.
        refuse: error class to raise.

    Raises:
        FindingsError: of the class asked for, with a finding for every fault.
    """
    table = structured(document, LayoutTable, refuse=refuse)
    findings: list[Finding] = []
    parts: dict[str, FieldTable | GroupTable] = {}
    for position, part in enumerate(cast("tuple[object, ...]", table.fields)):
        place = f"fields[{position}]"
        try:
            if _has_fields(part):
                parts[place] = structured(part, GroupTable, refuse=_Wrong, path=place)
            else:
                parts[place] = structured(part, FieldTable, refuse=_Wrong, path=place)
        except _Wrong as error:
            findings.extend(error.findings)
    if findings:
        raise refuse(findings)
    made = _Made(table, parts)
    findings.extend(made.faults())
    if findings:
        raise refuse(findings)
    return made.layout()


def _has_fields(part: object) -> bool:
    return isinstance(part, dict) and "fields" in part


@attrs.frozen
class _Made:
    """A layout in the making.

    Args:
        table: the description.
        parts: its fields and groups by their places.
    """

    table: LayoutTable
    parts: Mapping[str, FieldTable | GroupTable]

    def layout(self) -> Layout:
        """Return the layout of a description without faults."""
        return Layout(
            title=self.table.title or message("micro-credentials in this layout"),
            parts=tuple(
                self._group(part)
                if isinstance(part, GroupTable)
                else self._field(part, MEMBERS[part.fills], self._in_common())
                for part in self.parts.values()
            ),
            units=self.table.units,
            common=self.table.common,
            left_out=frozenset(self.table.left_out),
            records=self.table.json.records,
            fixed=self.table.json.fixed,
        )

    def _in_common(self) -> frozenset[str]:
        """Return the members that no record has to have: all have them in common, or the type that each names may."""
        common = set(self.table.common.members())
        if any(part.fills == TYPE and part.required is not False for part in self.parts.values()):
            common |= {name for name in (*MEMBERS, *GROUPS) if name.partition(".")[0] in _OF_TYPES}
        return frozenset(common)

    def _field(self, field: FieldTable, member: Member, common: Container[str]) -> Field:
        usual = (member.mandatory or field.fills == TYPE) and field.fills not in common
        return Field(
            field.name,
            field.fills,
            member,
            required=usual if field.required is None else field.required,
            blank=field.blank,
            language=self.table.language,
            translations=field.translations,
            words=field.words,
            separator=field.separator,
            remark=field.about,
        )

    def _group(self, group: GroupTable) -> Group:
        about, members = GROUPS[group.fills]
        usual = group.fills == _ASSESSMENTS and _ASSESSMENTS not in self._in_common()
        return Group(
            group.name,
            group.fills,
            group.about or about,
            tuple(self._field(field, members[field.fills], group.common) for field in group.fields),
            required=usual if group.required is None else group.required,
            flat=group.flat,
            left_out=frozenset(group.left_out),
            common={name: _taken(value, members[name], "") for name, value in group.common.items()},
        )

    def faults(self) -> Iterator[Finding]:
        """Yield what is wrong with the description beyond its shape."""
        if len(self.parts) > _MOST_FIELDS:
            yield Finding.error(
                "too-many-fields",
                "there are {count} fields; at most {most} are read",
                path="fields",
                count=len(self.parts),
                most=_MOST_FIELDS,
            )
            return
        for place, part in self.parts.items():
            yield from _faults_of_name(part.name, f"{place}.name")
            if isinstance(part, GroupTable):
                yield from self._faults_of_group(part, place)
            elif part.fills in GROUPS:
                yield Finding.error(
                    "no-fields",
                    "'{fills}' is a list of items; say what each has under fields",
                    path=f"{place}.fills",
                    fills=part.fills,
                )
            elif part.fills not in MEMBERS:
                yield _unknown(part.fills, (*MEMBERS, *GROUPS), f"{place}.fills")
            else:
                yield from self._faults_of_field(part, MEMBERS[part.fills], place, common=self._in_common())
        yield from self._doubled()
        yield from self._uncovered()
        yield from self._faults_of_rest()

    def _faults_of_group(self, group: GroupTable, place: str) -> Iterator[Finding]:
        if group.fills not in GROUPS:
            yield _unknown(group.fills, tuple(GROUPS), f"{place}.fills")
            return
        _, members = GROUPS[group.fills]
        for position, field in enumerate(group.fields):
            inside = f"{place}.fields[{position}]"
            yield from _faults_of_name(field.name, f"{inside}.name")
            if field.fills not in members:
                yield _unknown(field.fills, tuple(members), f"{inside}.fills")
            else:
                yield from self._faults_of_field(field, members[field.fills], inside, common=group.common)
        for position, name in enumerate(group.left_out):
            yield from _faults_of_name(name, f"{place}.left_out[{position}]")
        for name, value in group.common.items():
            where = f"{place}.common.{printable(name)[:_LONGEST_NAME]}"
            if name not in members:
                yield _unknown(name, tuple(members), where)
                continue
            try:
                _taken(value, members[name], where)
            except _Wrong as error:
                yield from error.findings
        filled = {*(field.fills for field in group.fields), *group.common}
        for name, member in members.items():
            if member.mandatory and name not in filled:
                yield _not_filled(name, member, f"{place}.fields")

    def _faults_of_field(
        self, field: FieldTable, member: Member, place: str, *, common: Container[str]
    ) -> Iterator[Finding]:
        if field.translations and not member.translatable:
            yield Finding.error(
                "no-translations",
                "'{fills}' is no text in several languages; leave this out",
                path=f"{place}.translations",
                fills=field.fills,
            )
        for language, name in field.translations.items():
            where = f"{place}.translations.{printable(language)[:_LONGEST_NAME]}"
            yield from _faults_of_language(language, where)
            yield from _faults_of_name(name, where)
            if language == self.table.language:
                yield Finding.error(
                    "own-language", "'{name}' itself is in this language", path=where, name=field.name
                )
        if member.mandatory and field.fills not in common and (field.required is False or field.blank):
            yield Finding.error(
                "needed",
                "an award needs '{fills}', so that it can't be left out or empty; leave this out",
                path=f"{place}.{'blank' if field.blank else 'required'}",
                fills=field.fills,
            )
        if len(field.separator) != 1 or field.separator.isalnum() or field.separator in '\n\r"':
            yield Finding.error(
                "separator",
                "a separator is one sign that is neither letter nor digit; | would be right",
                path=f"{place}.separator",
            )
        yield from _faults_of_words(field, member, place)

    def _doubled(self) -> Iterator[Finding]:
        """Yield what is filled twice, and which names two fields have, be it in a table or in JSON."""
        filled: dict[str, str] = {}
        columns: Counter[str] = Counter(self.table.left_out)
        members: Counter[str] = Counter(self.table.left_out)
        for place, part in self.parts.items():
            group = part if isinstance(part, GroupTable) else None
            fields = group.fields if group else (cast("FieldTable", part),)
            names = [name for field in fields for name in (field.name, *field.translations.values())]
            prefix = f"{group.name}_" if group and not group.flat else ""
            columns.update(f"{prefix}{name}" for name in names)
            members.update(names if group is None or group.flat else [group.name])
            if group and not group.flat:
                yield from _twice(Counter([*names, *group.left_out]), f"{place}.fields")
            inner = [(part.fills, f"{place}.fills")] if part.fills != NOTHING else []
            if group:
                inner += [
                    (f"{group.fills}.{field.fills}", f"{place}.fields[{position}].fills")
                    for position, field in enumerate(group.fields)
                ]
            for fills, where in inner:
                if fills in filled:
                    yield Finding.error(
                        "filled-twice",
                        "'{fills}' is filled twice, also by {other}",
                        path=where,
                        fills=fills,
                        other=filled[fills].removesuffix(".fills"),
                    )
                filled.setdefault(fills, where)
        yield from _twice(columns | members, "fields")

    def _uncovered(self) -> Iterator[Finding]:
        filled = {part.fills for part in self.parts.values()} | self._in_common()
        for name, member in MEMBERS.items():
            if member.mandatory and name not in filled:
                yield _not_filled(name, member, "fields")
        if _ASSESSMENTS not in filled:
            about, members = GROUPS[_ASSESSMENTS]
            yield _not_filled(_ASSESSMENTS, attrs.evolve(members["type"], about=about), "fields")

    def _faults_of_rest(self) -> Iterator[Finding]:
        yield from _faults_of_language(self.table.language, "language")
        filled = {part.fills for part in self.parts.values()}
        if self.table.units and "awarding_body.unit" not in filled:
            yield Finding.error(
                "no-unit",
                "there are codes of faculties, but no field fills 'awarding_body.unit'; add it, or leave them out",
                path="units",
            )
        if TYPE_VERSION in filled and TYPE not in filled:
            yield Finding.error(
                "no-type",
                "a field fills 'type.version', but none fills 'type'; add it, or leave this one out",
                path="fields",
            )
        for position, name in enumerate(self.table.left_out):
            yield from _faults_of_name(name, f"left_out[{position}]")
        json = self.table.json
        if json.fixed and json.records is None:
            yield Finding.error(
                "no-records",
                "members can stand beside the records only where 'records' says which member has those",
                path="json.fixed",
            )
        for name, value in json.fixed.items():
            if not isinstance(value, str | int) or isinstance(value, bool) or name == json.records:
                yield Finding.error(
                    "wrong-type",
                    "this has to be a text or a whole number, and not the member of the records",
                    path=f"json.fixed.{printable(name)[:_LONGEST_NAME]}",
                )


def _taken(value: object, member: Member, place: str) -> object:
    """Return what all items of a group have in common as the value of a member.

    Raises:
        _Wrong: if it is no such value.
    """
    kinds: Mapping[Kind, type] = {Kind.DATE: date, Kind.NUMBER: Decimal, Kind.INTEGER: int}
    kind = LanguageMap if member.translatable else kinds.get(member.kind, str)
    taken: object = structured(value, kind, refuse=_Wrong, path=place)
    codes = [one.code for one in codelist(member.code_list).concepts] if member.code_list else member.codes
    if isinstance(taken, str) and member.kind is Kind.CODE and taken not in codes:
        raise _Wrong([_unknown(taken, tuple(codes), place)])
    if isinstance(taken, str) and has_birth_number(taken):
        raise _Wrong(
            [
                Finding.error(
                    "birth-number",
                    "birth numbers (rodné číslo) are not read; the university leaves this field out of its export",
                    path=place,
                )
            ]
        )
    return taken


def _faults_of_language(language: str, place: str) -> Iterator[Finding]:
    languages = codelist("language")
    if language not in languages:
        yield _unknown(language, tuple(one.code for one in languages.concepts), place)


def _faults_of_name(name: str, place: str) -> Iterator[Finding]:
    if names_birth_number(name) or has_birth_number(name):
        yield Finding.error(
            "birth-number",
            "birth numbers (rodné číslo) are not read; the university leaves this field out of its export",
            path=place,
        )
    elif name_faults(name):
        yield Finding.error(
            "name",
            "this is no name of a field: 1 to {most} characters in one line, without braces or a number in brackets, and no white space around them, would be right",
            path=place,
            most=_LONGEST_NAME,
        )


def name_faults(name: str) -> bool:
    """Return whether a name can't be that of a field: where it stands in a path, positions have to be told from it."""
    return (
        not name
        or name != name.strip()
        or len(name) > _LONGEST_NAME
        or _MARKS.search(name) is not None
        or any(unicodedata.category(character).startswith("C") for character in name)
    )


def _faults_of_words(field: FieldTable, member: Member, place: str) -> Iterator[Finding]:
    if field.words and member.kind is not Kind.CODE:
        yield Finding.error(
            "no-words", "'{fills}' has no codes; leave this out", path=f"{place}.words", fills=field.fills
        )
        return
    concepts = codelist(member.code_list).concepts if member.code_list else ()
    codes = tuple(concept.code for concept in concepts) or member.codes
    labels: dict[str, str] = {code.casefold(): code for code in codes}
    for concept in concepts:
        for label in concept.labels.values():
            labels.setdefault(" ".join(label.casefold().split()), concept.code)
    for word, code in field.words.items():
        folded = " ".join(word.casefold().split())
        where = f"{place}.words.{printable(word)[:_LONGEST_NAME]}"
        if code not in codes:
            yield _unknown(code, codes, where)
        elif not folded or has_birth_number(word):
            yield Finding.error("word", "this is no word that can stand for a code", path=where)
        elif labels.setdefault(folded, code) != code and member.code_list is not None:
            yield Finding.error(
                "word-taken",
                "this word means '{other}' already, so that it can't stand for '{code}'",
                path=where,
                other=labels[folded],
                code=code,
            )


def _twice(names: Counter[str], place: str) -> Iterator[Finding]:
    for name, count in names.items():
        if count > 1:
            yield Finding.error(
                "name-twice",
                "two fields are called '{name}'; each has a name of its own",
                path=place,
                name=printable(name)[:_LONGEST_NAME],
            )


def _not_filled(name: str, member: Member, place: str) -> Finding:
    return Finding.error(
        "not-filled",
        "no field fills '{name}' ({about}), which an award needs; describe the field that has it, or say it for all under [common]",
        path=place,
        name=name,
        about=member.about,
    )


def _unknown(name: str, names: tuple[str, ...], place: str) -> Finding:
    near = difflib.get_close_matches(name[:_LONGEST_NAME], names, n=1)
    shown = printable(name)[:_LONGEST_NAME]
    if near:
        return Finding.error(
            "unknown",
            "there is no '{name}'; probably '{near}' is meant",
            path=place,
            name=shown,
            near=near[0],
        )
    return Finding.error(
        "unknown",
        "there is no '{name}'; there are: {names:comma}",
        path=place,
        name=shown,
        names=names[:_MOST_FIELDS],
    )
