"""The controlled vocabularies an award may draw from, each with labels in English and Czech, and names in more languages.

One tab-separated table per list lies beside this module: a comment line with the concept scheme, a header,
one concept a line. The code is what an award says, the IRI what a credential says. The IRIs belong to the
European Learning Model and to the authority tables of the Publications Office of the EU; the Czech labels
are ours, names of languages and countries mostly those of Unicode CLDR.

Labels are what a credential says and stay as they are. What a code is called for readers of other languages is in a table of
that language in `names/`, ours too; languages and countries are called as Unicode CLDR has them.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.errors import CodeListError
from mikrocert.texts import Message, message
from mikrocert.texts.formatting import language_called, territory_called

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["CodeList", "Concept", "codelist", "codelist_names", "country", "read_codelist"]

_SCHEME_MARK: Final = "# scheme: "
_COLUMNS: Final = ("code", "iri", "en", "cs")
_MAY_BE_EMPTY: Final = ("cs",)
_SHORT: Final = 20


def _read_only(labels: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(labels))


@attrs.frozen
class _Names(Mapping[str, str]):
    """Language → what a code is called in it: as its tables say, else as CLDR does where that knows it.

    Args:
        listed: what the tables say; only these are named one by one.
        code: ISO code of a language or country, or nothing.
        kind: name of the list.
    """

    listed: Mapping[str, str] = attrs.field(hash=False)
    code: str = ""
    kind: str = ""

    def __getitem__(self, language: str) -> str:
        found = self.listed.get(language) or self._called(language)
        if found is None:
            raise KeyError(language)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.listed)

    def __len__(self) -> int:
        return len(self.listed)

    def _called(self, language: str) -> str | None:
        call = _CALLED.get(self.kind)
        return call(self.code, language) if call and self.code else None


_CALLED: Final[Mapping[str, Callable[[str, str], str | None]]] = {
    "language": language_called,
    "country": territory_called,
}
"""List whose codes CLDR knows → how it calls one in a language."""


@attrs.frozen(kw_only=True)
class Concept:
    """One entry of a code list.

    Args:
        scheme: IRI of its concept scheme.
        code: what an award says.
        iri: what a credential says.
        labels: language → name; always `en`, and `cs` where there is an established one.
        extra: what more its table has: column → cell, such as `alpha2` of a country.
        list_name: name of its list, by which it is called in other languages; none for one that stands alone.
    """

    scheme: str
    code: str
    iri: str
    labels: Mapping[str, str] = attrs.field(converter=_read_only, hash=False)
    extra: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=_read_only, hash=False)

    list_name: str = ""

    @property
    def name(self) -> Message:
        """Its name for people; catalogues can have it in languages that no table has."""
        listed = {**_named(self.list_name).get(self.code, {}), **self.labels}
        code = self.extra.get("alpha2", self.code)
        return Message(self.labels["en"], translations=_Names(listed, code, self.list_name))


def _index_codes(codes: CodeList) -> Mapping[str, Concept]:
    return {concept.code: concept for concept in codes.concepts}


def _index_iris(codes: CodeList) -> Mapping[str, Concept]:
    return {concept.iri: concept for concept in codes.concepts}


@attrs.frozen
class CodeList:
    """A closed list of concepts of one scheme, found by code or by IRI.

    Args:
        name: what the list is called.
        scheme: IRI of its concept scheme.
        concepts: its concepts, in the order of the table.
    """

    name: str
    scheme: str = attrs.field(kw_only=True)
    concepts: tuple[Concept, ...] = attrs.field(kw_only=True, repr=False)
    _by_code: Mapping[str, Concept] = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(_index_codes, takes_self=True)
    )
    _by_iri: Mapping[str, Concept] = attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(_index_iris, takes_self=True)
    )

    def __contains__(self, code: object) -> bool:
        """Return whether the list has this code; upper and lower case differ."""
        return isinstance(code, str) and code in self._by_code

    def get(self, code: str) -> Concept:
        """Return the concept with this code; upper and lower case differ.

        Raises:
            CodeListError: there is none; the message names the codes near it.
        """
        if code not in self:
            raise CodeListError(
                message(
                    "code list '{name}' has no code '{code}'; {suggestion}",
                    name=self.name,
                    code=code,
                    suggestion=self._suggestion(code),
                )
            )
        return self._by_code[code]

    def by_iri(self, iri: str) -> Concept | None:
        """Return the concept with this IRI, or none."""
        return self._by_iri.get(iri)

    def _suggestion(self, code: str) -> Message:
        near = self.near(code)
        if near:
            return message("near it: {codes:comma}", codes=_quoted(near))
        if len(self.concepts) <= _SHORT:
            return message("its codes: {codes:comma}", codes=_quoted(self._by_code))
        return message("none of its {count} codes or labels is near it", count=len(self.concepts))

    def near(self, code: str) -> Iterable[str]:
        """Return the codes that may be meant by one that is not on the list, by how they and their labels are written."""
        spellings: dict[str, str] = {}
        for concept in self.concepts:
            for spelling in (concept.code, *concept.labels.values()):
                spellings.setdefault(spelling.casefold(), concept.code)
        matches = difflib.get_close_matches(str(code).casefold(), spellings, n=5)
        return dict.fromkeys(spellings[match] for match in matches)


@functools.cache
def codelist(name: str) -> CodeList:
    """Return the code list of this name, read at the first call and kept.

    Raises:
        CodeListError: there is none; the message names those there are. Or its table can't be read.
    """
    if name not in codelist_names():
        raise CodeListError(
            message(
                "there is no code list '{name}'; there are {names:comma}",
                name=name,
                names=_quoted(codelist_names()),
            )
        )
    return read_codelist(_table(name), name=name)


@functools.cache
def codelist_names() -> tuple[str, ...]:
    """Return the names of all code lists, in alphabetical order."""
    files = (file.name for file in resources.files(__name__).iterdir())
    return tuple(sorted(file.removesuffix(".tsv") for file in files if file.endswith(".tsv")))


def country(code: str) -> Concept:
    """Return the country with this code of ISO 3166-1, of three letters (`CZE`) or of two (`CZ`).

    What ISO 3166-1 doesn't list but the EU does has the EU's code (Kosovo `1A0`) and the customary letters (`XK`).

    Raises:
        CodeListError: there is none; the message names the codes near it.
    """
    return codelist("country").get(_countries_by_alpha2().get(code, code))


def read_codelist(text: str, *, name: str) -> CodeList:
    """Read a code list from the text of its table.

    Args:
        text: a line `# scheme: <IRI>`, a header `code<TAB>iri<TAB>en<TAB>cs`, and a line of such columns per
            concept, where `cs` may be empty; more columns may follow.
        name: what to call the list.

    Raises:
        CodeListError: the text is no such table; the message has every fault with its line.
    """
    mark, _, table = text.removesuffix("\n").partition("\n")
    header, *lines = table.split("\n")
    if (
        not mark.startswith(_SCHEME_MARK)
        or tuple(header.split("\t")[: len(_COLUMNS)]) != _COLUMNS
        or not lines
    ):
        raise CodeListError(
            message(
                "code list '{name}' is malformed: it should have a line '{scheme}<IRI>', the header {header} and a line per concept",
                name=name,
                scheme=_SCHEME_MARK,
                header="<TAB>".join(_COLUMNS),
            )
        )
    faults = list(_faults(lines, width=header.count("\t") + 1))
    if faults:
        raise CodeListError(
            message("code list '{name}' is malformed: {faults:semicolon}", name=name, faults=faults)
        )
    scheme = mark.removeprefix(_SCHEME_MARK)
    more = header.split("\t")[len(_COLUMNS) :]
    concepts = tuple(_concept(line, scheme=scheme, more=more, list_name=name) for line in lines)
    return CodeList(name, scheme=scheme, concepts=concepts)


def _concept(line: str, *, scheme: str, more: Sequence[str], list_name: str) -> Concept:
    code, iri, en, cs, *cells = line.split("\t")
    labels = {"en": en, "cs": cs} if cs else {"en": en}
    return Concept(
        scheme=scheme,
        code=code,
        iri=iri,
        labels=labels,
        extra=dict(zip(more, cells, strict=True)),
        list_name=list_name,
    )


def _faults(lines: Iterable[str], *, width: int) -> Iterator[Message]:
    lines_of: dict[tuple[str, str], int] = {}
    for number, line in enumerate(lines, start=3):
        cells = line.split("\t")
        if len(cells) != width:
            yield message(
                "line {line} has {count} columns, not {expected}",
                line=number,
                count=len(cells),
                expected=width,
            )
            continue
        for column, cell in zip(_COLUMNS, cells, strict=False):
            if cell != cell.strip():
                yield message(
                    "line {line}: {column} '{cell}' has white space around it",
                    line=number,
                    column=column,
                    cell=cell,
                )
            elif not cell and column not in _MAY_BE_EMPTY:
                yield message("line {line}: {column} is empty", line=number, column=column)
            elif column in ("code", "iri") and lines_of.setdefault((column, cell), number) != number:
                yield message(
                    "line {line}: {column} '{cell}' is on line {before} already",
                    line=number,
                    column=column,
                    cell=cell,
                    before=lines_of[column, cell],
                )


@functools.cache
def _countries_by_alpha2() -> Mapping[str, str]:
    return {concept.extra["alpha2"]: concept.code for concept in codelist("country").concepts}


@functools.cache
def _named(name: str) -> Mapping[str, Mapping[str, str]]:
    """Return what the tables of names call the codes of a list: code → language → name."""
    found: dict[str, dict[str, str]] = {}
    for file in resources.files(__name__).joinpath("names").iterdir():
        language, _, kind = file.name.partition(".")
        if kind != "tsv":
            continue
        for line in file.read_text(encoding="utf-8").splitlines()[1:]:
            list_name, code, called = line.split("\t")
            if list_name == name:
                found.setdefault(code, {})[language] = called
    return found


def _table(name: str) -> str:
    try:
        return (resources.files(__name__) / f"{name}.tsv").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CodeListError(
            message("code list '{name}' can't be read as UTF-8 text: {error}", name=name, error=error)
        ) from error


def _quoted(codes: Iterable[str]) -> list[str]:
    return [repr(code) for code in codes]
