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
from mikrocert.texts import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        Message(
            "číslo v evidenci univerzity; tentýž záznam má vždy totéž číslo",
            "number in the university's register; the same record always has the same number",
        ),
        required=True,
    ),
    Field("jmeno", Message("jméno nebo jména", "given name or names"), required=True),
    Field("prijmeni", Message("příjmení", "family name"), required=True),
    Field("titul_pred", Message("tituly před jménem", "academic titles before the name")),
    Field("titul_za", Message("tituly za jménem", "academic titles after the name")),
    Field("datum_narozeni", Message("datum narození", "date of birth"), kind=Kind.DATE, required=True),
    Field("misto_narozeni", Message("místo narození", "place of birth")),
    Field(
        "email",
        Message(
            "adresa pro zaslání odkazu; do mikrocertifikátu nevstupuje",
            "address for contact; never enters a credential",
        ),
    ),
    Field(
        "uco",
        Message(
            "univerzitní číslo osoby; přečte se a záměrně se vynechá",
            "student number; read and left out on purpose",
        ),
    ),
    Group(
        "identifikatory",
        Message(
            "další identifikátory držitele, nikdy ne rodné číslo",
            "other identifiers of the learner, never a birth number",
        ),
        (
            Field("typ", Message("druh, například orcid", "scheme, such as orcid"), required=True),
            Field("hodnota", Message("hodnota", "value"), required=True),
        ),
    ),
    Field(
        "nazev",
        Message("název mikrocertifikátu", "title of the micro-credential"),
        required=True,
        bilingual=True,
    ),
    Field(
        "vysledky_uceni",
        Message(
            "výsledky učení, každý zvlášť; anglické ve stejném pořadí",
            "learning outcomes, each apart; the English ones in the same order",
        ),
        required=True,
        bilingual=True,
        many=True,
    ),
    Group(
        "dovednosti_esco",
        Message("dovednosti podle klasifikace ESCO", "skills of the ESCO classification"),
        (
            Field(
                "vysledek",
                Message(
                    "pořadí výsledku učení, ke kterému patří, od 1",
                    "position of the outcome that it belongs to, from 1",
                ),
                kind=Kind.INTEGER,
                required=True,
            ),
            Field(
                "uri",
                Message("http://data.europa.eu/esco/skill/…", "http://data.europa.eu/esco/skill/…"),
                required=True,
            ),
            Field("nazev", Message("název dovednosti", "label of the skill"), required=True, bilingual=True),
        ),
    ),
    Field("ects", Message("kredity ECTS, 1 až 60", "ECTS credits, 1 to 60"), kind=Kind.NUMBER, required=True),
    Field("hodin", Message("hodin práce celkem", "hours of work altogether"), kind=Kind.NUMBER),
    Field("eqf", Message("úroveň EQF, 1 až 8", "EQF level, 1 to 8"), kind=Kind.INTEGER, required=True),
    Field("cyklus", Message("cyklus QF-EHEA", "QF-EHEA cycle"), kind=Kind.CODE, words=_CYCLES),
    Field(
        "isced_f",
        Message(
            "obory ISCED-F 2013, kódy i s úvodní nulou (0613)",
            "ISCED-F 2013 fields, codes with the leading zero (0613)",
        ),
        required=True,
        many=True,
    ),
    Field(
        "jazyk_vyuky",
        Message("jazyky výuky", "languages of instruction"),
        kind=Kind.CODE,
        required=True,
        many=True,
        code_list="language",
    ),
    Field(
        "typ_vzdelavani",
        Message("typ vzdělávání; není-li uveden, kurz", "type of learning; a course unless given"),
        kind=Kind.CODE,
        code_list="learning-opportunity",
    ),
    Field(
        "forma",
        Message("forma účasti", "form of participation"),
        kind=Kind.CODE,
        required=True,
        code_list="mode",
    ),
    Field("vyuka_od", Message("první den výuky", "first day of the learning"), kind=Kind.DATE),
    Field("vyuka_do", Message("poslední den výuky", "last day of the learning"), kind=Kind.DATE),
    Field("fakulta", Message("zkratka fakulty, například FI", "code of the faculty, such as FI")),
    Group(
        "hodnoceni",
        Message("jednotlivá hodnocení", "assessments, one by one"),
        (
            Field(
                "typ",
                Message("typ hodnocení", "type of assessment"),
                kind=Kind.CODE,
                required=True,
                code_list="assessment",
            ),
            Field("popis", Message("co a jak se hodnotilo", "what was assessed, and how"), bilingual=True),
            Field("znamka", Message("známka", "grade")),
            Field("znamka_slovy", Message("známka slovy", "grade in words"), bilingual=True),
            Field(
                "stupnice",
                Message("stupnice; povinná se známkou", "grading scale; required with a grade"),
                bilingual=True,
            ),
            Field(
                "dohled",
                Message("dohled a ověření totožnosti", "supervision and identity verification"),
                kind=Kind.CODE,
                code_list="supervision",
            ),
            Field("datum", Message("den hodnocení", "day of the assessment"), kind=Kind.DATE),
        ),
        required=True,
    ),
    Group(
        "zajisteni_kvality",
        Message(
            "zajištění kvality; není-li uvedeno, to, které má univerzita pro vše",
            "quality assurance; unless given, the one that the university has for everything",
        ),
        (
            Field("typ", Message("typ", "type"), kind=Kind.CODE, required=True, code_list="accreditation"),
            Field("nazev", Message("název", "title"), required=True, bilingual=True),
            Field("url", Message("stránka, která je dokládá", "page that documents it")),
            Field("plati_do", Message("poslední den platnosti", "last day of validity"), kind=Kind.DATE),
        ),
    ),
    Field("vstupni_pozadavky", Message("vstupní požadavky", "prerequisites"), bilingual=True),
    Field(
        "kumulativnost",
        Message("zda se dá skládat do většího celku", "whether it can be stacked"),
        kind=Kind.CODE,
        words=_STACKABILITY,
    ),
    Field(
        "kumulativnost_popis", Message("do čeho se dá skládat", "what it can be stacked into"), bilingual=True
    ),
    Group(
        "predmety",
        Message("předměty, uděluje-li se za soubor předmětů", "courses, where a set of courses is awarded"),
        (
            Field("kod", Message("kód předmětu", "code of the course")),
            Field("nazev", Message("název předmětu", "title of the course"), required=True, bilingual=True),
            Field("ects", Message("kredity ECTS předmětu", "ECTS credits of the course"), kind=Kind.NUMBER),
        ),
    ),
    Field("datum_udeleni", Message("datum udělení", "awarding date"), kind=Kind.DATE, required=True),
    Field(
        "misto_udeleni",
        Message(
            "místo udělení; není-li uvedeno, sídlo univerzity",
            "place of issue; unless given, the seat of the university",
        ),
        bilingual=True,
    ),
    Field("platnost_do", Message("poslední den platnosti", "last day of validity"), kind=Kind.DATE),
    Field("dalsi_informace", Message("další informace", "further information"), bilingual=True),
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


_HEAD = {
    "cs": ("JSON", "CSV", "hodnota", "povinné", "význam"),
    "en": ("JSON", "CSV", "value", "required", "meaning"),
}
_YES = {"cs": "ano", "en": "yes"}
_KINDS = {
    Kind.TEXT: Message("text", "text"),
    Kind.DATE: Message("datum", "date"),
    Kind.NUMBER: Message("číslo", "number"),
    Kind.INTEGER: Message("celé číslo", "whole number"),
}


def _value(field: Field, language: str) -> str:
    if field.words:
        value = ", ".join(f"`{word}` (`{code}`)" for word, code in field.words.items())
    elif field.code_list:
        value = f"{'číselník' if language == 'cs' else 'list'} `{field.code_list}`"
    else:
        value = _KINDS[field.kind].best(language)
    many = Message("; seznam", "; several").best(language) if field.many else ""
    return value + many


def table(language: str) -> str:
    """Return the layout as a Markdown table.

    Args:
        language: `cs` or `en`.
    """
    rows = [_HEAD[language], ("---",) * 5]
    for part in LAYOUT:
        if isinstance(part, Group):
            required = _YES[language] if part.required else ""
            rows.append((f"`{part.name}[]`", "", "", required, part.about.best(language)))
            fields, json_prefix, csv_prefix = part.members, f"{part.name}[].", f"{part.name}_"
        else:
            fields, json_prefix, csv_prefix = (part,), "", ""
        for field in fields:
            json_names, csv_names = (
                ", ".join(f"`{prefix}{name}`" for name in field.names) for prefix in (json_prefix, csv_prefix)
            )
            required = _YES[language] if field.required else ""
            rows.append(
                (json_names, csv_names, _value(field, language), required, field.about.best(language))
            )
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
