"""The controlled vocabularies an award may draw from, each with labels in English and Czech.

One tab-separated table per list lies beside this module: a comment line with the concept scheme, a header,
one concept a line. The code is what an award says, the IRI what a credential says. The IRIs belong to the
European Learning Model and to the authority tables of the Publications Office of the EU; the Czech labels
are ours, names of languages and countries mostly those of Unicode CLDR.
"""

from __future__ import annotations

import difflib
import functools
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.errors import CodeListError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["CodeList", "Concept", "codelist", "codelist_names", "country", "read_codelist"]

_SCHEME_MARK: Final = "# scheme: "
_COLUMNS: Final = ("code", "iri", "en", "cs")
_SHORT: Final = 20


def _read_only(labels: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(labels))


@attrs.frozen(kw_only=True)
class Concept:
    """One entry of a code list.

    Args:
        scheme: IRI of its concept scheme.
        code: what an award says.
        iri: what a credential says.
        labels: language → name; always `en`, and `cs` where there is an established one.
    """

    scheme: str
    code: str
    iri: str
    labels: Mapping[str, str] = attrs.field(converter=_read_only, hash=False)


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
        """Say whether the list has this code; upper and lower case differ."""
        return isinstance(code, str) and code in self._by_code

    def get(self, code: str) -> Concept:
        """Return the concept with this code; upper and lower case differ.

        Raises:
            CodeListError: there is none; the message names the codes near it.
        """
        if code not in self:
            message = f"code list {self.name!r} has no code {code!r}; {self._suggestion(code)}"
            raise CodeListError(message)
        return self._by_code[code]

    def by_iri(self, iri: str) -> Concept | None:
        """Return the concept with this IRI, or none."""
        return self._by_iri.get(iri)

    def _suggestion(self, code: str) -> str:
        near = self._near(code)
        if near:
            return f"near it: {_quoted(near)}"
        if len(self.concepts) <= _SHORT:
            return f"its codes: {_quoted(self._by_code)}"
        return f"none of its {len(self.concepts)} codes or labels is near it"

    def _near(self, code: str) -> Iterable[str]:
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
        message = f"there is no code list {name!r}; there are {_quoted(codelist_names())}"
        raise CodeListError(message)
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
    return codelist("country").get(_alpha3_by_alpha2().get(code, code))


def read_codelist(text: str, *, name: str) -> CodeList:
    """Read a code list from the text of its table.

    Args:
        text: a line `# scheme: <IRI>`, a header `code<TAB>iri<TAB>en<TAB>cs`, and a line of such columns per
            concept, where `cs` may be empty; more columns may follow and are passed over.
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
        right = f"a line '{_SCHEME_MARK}<IRI>', the header {'<TAB>'.join(_COLUMNS)} and a line per concept"
        message = f"code list {name!r} is malformed: it should have {right}"
        raise CodeListError(message)
    faults = list(_faults(lines, width=header.count("\t") + 1))
    if faults:
        message = f"code list {name!r} is malformed: {'; '.join(faults)}"
        raise CodeListError(message)
    scheme = mark.removeprefix(_SCHEME_MARK)
    return CodeList(name, scheme=scheme, concepts=tuple(_concept(line, scheme=scheme) for line in lines))


def _concept(line: str, *, scheme: str) -> Concept:
    code, iri, en, cs = line.split("\t")[: len(_COLUMNS)]
    return Concept(scheme=scheme, code=code, iri=iri, labels={"en": en, "cs": cs} if cs else {"en": en})


def _faults(lines: Iterable[str], *, width: int) -> Iterator[str]:
    seen: dict[tuple[str, str], int] = {}
    for number, line in enumerate(lines, start=3):
        cells = line.split("\t")
        if len(cells) != width:
            yield f"line {number} has {len(cells)} columns, not {width}"
            continue
        for column, cell in zip(_COLUMNS, cells, strict=False):
            if cell != cell.strip():
                yield f"line {number}: {column} {cell!r} has white space around it"
            elif not cell and column != "cs":
                yield f"line {number}: {column} is empty"
            elif column in ("code", "iri") and seen.setdefault((column, cell), number) != number:
                yield f"line {number}: {column} {cell!r} is on line {seen[column, cell]} already"


@functools.cache
def _alpha3_by_alpha2() -> Mapping[str, str]:
    header, *rows = (line.split("\t") for line in _table("country").splitlines()[1:])
    alpha2 = header.index("alpha2")
    return {row[alpha2]: row[0] for row in rows}


def _table(name: str) -> str:
    try:
        return (resources.files(__name__) / f"{name}.tsv").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"code list {name!r} can't be read as UTF-8 text: {error}"
        raise CodeListError(message) from error


def _quoted(codes: Iterable[str]) -> str:
    return ", ".join(repr(code) for code in codes)
