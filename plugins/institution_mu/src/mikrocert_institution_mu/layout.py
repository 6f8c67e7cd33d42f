"""The layout of an IS MU export: every field, declared once.

No export of micro-credentials from IS MU is public, so the layout is ours. Both exports, JSON and CSV, have the
fields below; the reader and the tables in README.md derive from them. In CSV a bilingual field is two columns
(`nazev`, `nazev_en`), a member of a group is a column of its own (`predmety_kod`), and a cell of a field that
repeats holds its items one per line, or separated by `|`.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

import attrs
from mikrocert.api import Message, Value, message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["FORMAT", "LAYOUT", "VERSION", "Column", "Field", "Group", "Kind", "columns", "table"]

FORMAT = "is-mu-mikrocertifikaty"
"""What the member `format` of a JSON export says."""

VERSION = 1
"""What its member `verze` says."""


class Kind(Enum):
    """What a value is."""

    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    INTEGER = "integer"
    CODE = "code"


@attrs.frozen
class Field:
    """One field of a record, or of an item in a group.

    Args:
        name: name of the JSON member and, outside groups, of the CSV column.
        about: what it says.
        kind: what its value is.
        required: whether a record must have it.
        bilingual: whether there is also a field of the same name ending in `_en`.
        many: whether it has a list of values.
        code_list: for codes: list of the core whose codes, Czech and English labels are understood.
        words: for codes without such a list: words understood → code.
    """

    name: str
    about: Message
    kind: Kind = Kind.TEXT
    required: bool = False
    bilingual: bool = False
    many: bool = False
    code_list: str | None = None
    words: Mapping[str, str] = attrs.field(factory=dict[str, str], hash=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Its own name and, for a bilingual field, that of its English half."""
        return (self.name, f"{self.name}_en") if self.bilingual else (self.name,)


@attrs.frozen
class Group:
    """A list of items that have several fields each.

    Args:
        name: name of the JSON member; in CSV it stands before the name of each field.
        about: what an item is.
        members: fields of an item.
        required: whether a record must have an item at least.
    """

    name: str
    about: Message
    members: tuple[Field, ...]
    required: bool = False


@attrs.frozen
class Column:
    """One column of a CSV export.

    Args:
        name: as the header has it.
        member: name of the JSON member that it corresponds to, inside the group if there is one.
        group: the group that it belongs to, or none.
        many: whether a cell may hold several values.
        required: whether the header must have it.
    """

    name: str
    member: str
    group: str | None
    many: bool
    required: bool


_CYCLES = {"krátký": "short", "bakalářský": "first", "magisterský": "second", "doktorský": "third"}
_STACKABILITY = {"samostatný": "stand-alone", "kumulativní": "stackable"}

LAYOUT: tuple[Field | Group, ...] = (
    Field(
        "evidencni_cislo",
        message(
            "number in the university's register; the same record always has the same number",
        ),
        required=True,
    ),
    Field("jmeno", message("given name or names"), required=True),
    Field("prijmeni", message("family name"), required=True),
    Field("titul_pred", message("academic titles before the name")),
    Field("titul_za", message("academic titles after the name")),
    Field("datum_narozeni", message("date of birth"), kind=Kind.DATE, required=True),
    Field("misto_narozeni", message("place of birth")),
    Field(
        "email",
        message(
            "address for contact; never enters a credential",
        ),
    ),
    Field(
        "uco",
        message(
            "student number; read and left out on purpose",
        ),
    ),
    Group(
        "identifikatory",
        message(
            "other identifiers of the learner, never a birth number",
        ),
        (
            Field("typ", message("scheme, such as orcid"), required=True),
            Field("hodnota", message("value"), required=True),
        ),
    ),
    Field(
        "nazev",
        message("title of the micro-credential"),
        required=True,
        bilingual=True,
    ),
    Field(
        "vysledky_uceni",
        message(
            "learning outcomes, each apart; the English ones in the same order",
        ),
        required=True,
        bilingual=True,
        many=True,
    ),
    Group(
        "dovednosti_esco",
        message("skills of the ESCO classification"),
        (
            Field(
                "vysledek",
                message(
                    "position of the outcome that it belongs to, from 1",
                ),
                kind=Kind.INTEGER,
                required=True,
            ),
            Field(
                "uri",
                message("http://data.europa.eu/esco/skill/…"),
                required=True,
            ),
            Field("nazev", message("label of the skill"), required=True, bilingual=True),
        ),
    ),
    Field("ects", message("ECTS credits, 1 to 60"), kind=Kind.NUMBER, required=True),
    Field("hodin", message("hours of work altogether"), kind=Kind.NUMBER),
    Field("eqf", message("EQF level, 1 to 8"), kind=Kind.INTEGER, required=True),
    Field("cyklus", message("QF-EHEA cycle"), kind=Kind.CODE, words=_CYCLES),
    Field(
        "isced_f",
        message(
            "ISCED-F 2013 fields, codes with the leading zero (0613)",
        ),
        required=True,
        many=True,
    ),
    Field(
        "jazyk_vyuky",
        message("languages of instruction"),
        kind=Kind.CODE,
        required=True,
        many=True,
        code_list="language",
    ),
    Field(
        "typ_vzdelavani",
        message("type of learning; a course unless given"),
        kind=Kind.CODE,
        code_list="learning-opportunity",
    ),
    Field(
        "forma",
        message("form of participation"),
        kind=Kind.CODE,
        required=True,
        code_list="mode",
    ),
    Field("vyuka_od", message("first day of the learning"), kind=Kind.DATE),
    Field("vyuka_do", message("last day of the learning"), kind=Kind.DATE),
    Field("fakulta", message("code of the faculty, such as FI")),
    Group(
        "hodnoceni",
        message("assessments, one by one"),
        (
            Field(
                "typ",
                message("type of assessment"),
                kind=Kind.CODE,
                required=True,
                code_list="assessment",
            ),
            Field("popis", message("what was assessed, and how"), bilingual=True),
            Field("znamka", message("the grade")),
            Field("znamka_slovy", message("grade in words"), bilingual=True),
            Field(
                "stupnice",
                message("grading scale; required with a grade"),
                bilingual=True,
            ),
            Field(
                "dohled",
                message("supervision and identity verification"),
                kind=Kind.CODE,
                code_list="supervision",
            ),
            Field("datum", message("day of the assessment"), kind=Kind.DATE),
        ),
        required=True,
    ),
    Group(
        "zajisteni_kvality",
        message(
            "quality assurance; unless given, the one that the university has for everything",
        ),
        (
            Field("typ", message("type"), kind=Kind.CODE, required=True, code_list="accreditation"),
            Field("nazev", message("title"), required=True, bilingual=True),
            Field("url", message("page that documents it")),
            Field("plati_do", message("last day of validity"), kind=Kind.DATE),
        ),
    ),
    Field("vstupni_pozadavky", message("prerequisites"), bilingual=True),
    Field(
        "kumulativnost",
        message("whether it can be stacked"),
        kind=Kind.CODE,
        words=_STACKABILITY,
    ),
    Field("kumulativnost_popis", message("what it can be stacked into"), bilingual=True),
    Group(
        "predmety",
        message("courses, where a set of courses is awarded"),
        (
            Field("kod", message("code of the course")),
            Field("nazev", message("title of the course"), required=True, bilingual=True),
            Field("ects", message("ECTS credits of the course"), kind=Kind.NUMBER),
        ),
    ),
    Field("datum_udeleni", message("awarding date"), kind=Kind.DATE, required=True),
    Field(
        "misto_udeleni",
        message(
            "place of issue; unless given, the seat of the university",
        ),
        bilingual=True,
    ),
    Field("platnost_do", message("last day of validity"), kind=Kind.DATE),
    Field("dalsi_informace", message("further information"), bilingual=True),
)


@cache
def columns() -> Mapping[str, Column]:
    """Return the columns of a CSV export by name, in the order of the layout."""
    found: dict[str, Column] = {}
    for part in LAYOUT:
        if isinstance(part, Group):
            for field in part.members:
                for member in field.names:
                    name = f"{part.name}_{member}"
                    required = part.required and field.required and member == field.name
                    found[name] = Column(name, member, part.name, many=True, required=required)
        else:
            for name in part.names:
                required = part.required and name == part.name
                found[name] = Column(name, name, None, many=part.many, required=required)
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
    else:
        value = _KINDS[field.kind]
    return message("{value}; several", value=value) if field.many else value


def table(say: Callable[[Value], str]) -> str:
    """Return the layout as a Markdown table.

    Args:
        say: writes a text in the language of the table.
    """
    rows: list[tuple[Value, ...]] = [_HEAD, ("---",) * 5]
    for part in LAYOUT:
        if isinstance(part, Group):
            rows.append((f"`{part.name}[]`", "", "", _YES if part.required else "", part.about))
            fields, json_prefix, csv_prefix = part.members, f"{part.name}[].", f"{part.name}_"
        else:
            fields, json_prefix, csv_prefix = (part,), "", ""
        for field in fields:
            json_names, csv_names = (
                ", ".join(f"`{prefix}{name}`" for name in field.names) for prefix in (json_prefix, csv_prefix)
            )
            rows.append((json_names, csv_names, _value(field), _YES if field.required else "", field.about))
    return "".join(f"| {' | '.join(map(say, row))} |\n" for row in rows)
