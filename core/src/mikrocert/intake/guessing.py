"""Guesses what the fields of an export are, by their names and by their values. A guess is no knowledge: a person decides."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import Counter
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from mikrocert.codelists import codelist
from mikrocert.intake import values
from mikrocert.intake.description import name_faults
from mikrocert.intake.faults import has_birth_number, names_birth_number
from mikrocert.intake.members import GROUPS, MEMBERS, NOTHING, Kind, Member
from mikrocert.texts import LANGUAGES
from mikrocert.texts.folding import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mikrocert.intake.record import Scalar
    from mikrocert.intake.sampling import Sample, Sampled

__all__ = ["Guess", "Sureness", "guesses_of", "member_at"]

_Text: TypeAlias = tuple[str, str | None]
"""A member and the language that it is in; none means the one that texts are in anyway."""

_MARK = re.compile(r"[\s_.\-(\[]+([^\W_]+)[)\]]?$")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]{2,}")
_SEPARATORS = "|,;"
_ITEMS = re.compile(r"[|,;\n]")
_NEAR = 0.86
_SHORTEST_NEAR = 5
_FITS, _CONTRADICTS = 0.9, 0.5
_MOST_WORDS, _LONGEST_WORD = 20, 60
_EXACT, _LIKE = 3, 2
_BY_CONTENT: Final = (
    "learner.email",
    "thematic_areas",
    "languages",
    "participation.mode",
    "assessments.type",
)
"""Members that values show by themselves, whatever the field is called."""


class Sureness(Enum):
    """How sure a guess is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@attrs.frozen
class Guess:
    """What a field may be.

    Args:
        field: the field.
        fills: member of the award, or none where nothing speaks for any.
        sureness: how sure that is; none where there is no guess.
        by_name: whether its name speaks for it.
        fits: share of the values that could be such; none where any value could.
        language: language in which it may have what another field has; none means the one that texts are in anyway.
        translates: name of that other field.
        separator: sign that seems to stand between items, where it isn't the usual one.
        unknown_words: values that stand for no code.
        forbidden: whether it has, or is called like, birth numbers.
        unusable: whether its name can't stand in a layout, or its values have a structure that none reads.
    """

    field: Sampled
    fills: str | None = None
    sureness: Sureness | None = None
    by_name: bool = False
    fits: float | None = None
    language: str | None = None
    translates: str | None = None
    separator: str | None = None
    unknown_words: tuple[str, ...] = ()
    forbidden: bool = False
    unusable: bool = False


@attrs.frozen(order=False)
class _Candidate:
    member: str
    score: int
    by_name: bool
    fits: float | None
    language: str | None


def member_at(path: str) -> Member:
    """Return a member by its path, be it of an award or of an item."""
    if path in MEMBERS:
        return MEMBERS[path]
    group = next(group for group in GROUPS if path.startswith(f"{group}."))
    return GROUPS[group][1][path.removeprefix(f"{group}.")]


def guesses_of(sample: Sample) -> tuple[Guess, ...]:
    """Return a guess for every field of an export, in their order; no member is guessed for two fields."""
    guesses: dict[int, Guess] = {}
    candidates: list[tuple[int, _Candidate]] = []
    groups = _groups(sample)
    for number, field in enumerate(sample.fields):
        guesses[number] = Guess(
            field,
            forbidden=names_birth_number(field.name)
            or any(map(has_birth_number, (field.name, *field.values))),
            unusable=field.structured
            or name_faults(field.name)
            or (field.group is not None and field.group not in groups),
        )
        if not guesses[number].forbidden and not guesses[number].unusable:
            within = None if field.group is None else groups[field.group]
            candidates += [(number, candidate) for candidate in _candidates(field, within)]
    candidates.sort(key=lambda pair: (-pair[1].score, pair[1].language or "", pair[0]))
    taken: dict[_Text, int] = {}
    for number, candidate in candidates:
        key = (candidate.member, candidate.language)
        if guesses[number].fills is None and (candidate.member == NOTHING or key not in taken):
            taken[key] = number
            guesses[number] = _guess(guesses[number], candidate)
    return tuple(_with_origin(guesses[number], guesses, taken) for number in sorted(guesses))


def _with_origin(guess: Guess, guesses: Mapping[int, Guess], taken: Mapping[_Text, int]) -> Guess:
    """Return a guess that knows the field of which it has the same in another language."""
    if guess.fills is None or guess.language is None:
        return guess
    origin = taken.get((guess.fills, None))
    return guess if origin is None else attrs.evolve(guess, translates=guesses[origin].field.name)


def _groups(sample: Sample) -> Mapping[str, str]:
    """Return the lists of an award that members of JSON with items seem to fill, by their names."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(field.group for field in sample.fields if field.group is not None):
        member = _group_names().get(_plain(name))
        if member is not None and member not in found.values() and not name_faults(name):
            found[name] = member
    return found


def _candidates(field: Sampled, group: str | None) -> Iterator[_Candidate]:
    """Yield what a field may be, the values held against the name."""
    mark = _MARK.search(field.name)
    marked = _marks().get(mark[1].casefold()) if mark else None
    name = _plain(field.name[: mark.start()] if mark and marked else field.name)
    scores = _scores(name, marked=marked) if group is None else _scores_in(group, name, marked=marked)
    if group is None and all(language for _, language in scores):
        named = {member for member, _ in scores}
        scores |= {(member, None): 0 for member in _BY_CONTENT if member not in named}
    for (member, language), score in scores.items():
        fits = _share(field.values, member)
        by_content = fits is not None and fits >= _FITS
        # Words that nobody knows yet contradict no member that has codes.
        contradicts = fits is not None and fits < _CONTRADICTS and member_at(member).kind is not Kind.CODE
        weight = score + by_content - 2 * contradicts
        if score or by_content:
            yield _Candidate(member, weight, bool(score), fits, language)


def _scores(name: str, *, marked: str | None) -> dict[_Text, int]:
    """Return how much the name of a field speaks for each member, and for the same in another language."""
    scores: dict[_Text, int] = {}
    for language, names in _names().items():
        other = marked or (language if language != LANGUAGES[0] else None)
        for plain, member in names.items():
            score = _EXACT if plain == name else _LIKE if _is_like(name, plain) else 0
            text = (member, other if member_at(member).translatable else None)
            if score:
                scores[text] = max(score, scores.get(text, 0))
    return scores


def _scores_in(group: str, name: str, *, marked: str | None) -> dict[_Text, int]:
    """Return the same for a field of items."""
    return {
        (f"{group}.{inner}", marked if member.translatable else None): _EXACT
        for inner, member in GROUPS[group][1].items()
        if name in {_plain(inner), *map(_plain, _table()["items"].get(inner, ()))}
    }


def _guess(guess: Guess, candidate: _Candidate) -> Guess:
    sureness = Sureness.LOW
    member = member_at(candidate.member)
    if candidate.score > _EXACT or (candidate.score == _EXACT and candidate.fits is None):
        sureness = Sureness.HIGH
    elif candidate.score >= _LIKE:
        sureness = Sureness.MEDIUM
    return attrs.evolve(
        guess,
        fills=candidate.member,
        sureness=sureness,
        by_name=candidate.by_name,
        fits=candidate.fits,
        language=candidate.language,
        separator=_separator(guess.field.values, candidate.member) if member.many else None,
        unknown_words=_unknown_words(guess.field.values, member),
    )


def _plain(name: str) -> str:
    return "".join(character for character in folded(name[:_LONGEST_WORD]) if character.isalnum())


def _is_like(name: str, plain: str) -> bool:
    if min(len(name), len(plain)) < _SHORTEST_NEAR:
        return False
    return name.startswith(plain) or difflib.SequenceMatcher(None, name, plain).ratio() >= _NEAR


@cache
def _table() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads((files("mikrocert.intake") / "column_names.toml").read_text("utf-8"))


@cache
def _marks() -> Mapping[str, str]:
    """Return end of a name → language that it says."""
    return {mark: language for language, members in _table().items() for mark in members.get("marks", ())}


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    """Return language → plain name → member."""
    return {
        language: {
            _plain(name): member
            for member, names in members.items()
            for name in names
            if member not in {*GROUPS, "marks"}
        }
        for language, members in _table().items()
        if language != "items"
    }


@cache
def _group_names() -> Mapping[str, str]:
    """Return plain name → list of the award."""
    named = {
        _plain(name): member
        for members in _table().values()
        for member, names in members.items()
        if member in GROUPS
        for name in names
    }
    return named | {_plain(group): group for group in GROUPS}


def _share(found: Sequence[Scalar], path: str) -> float | None:
    """Return the share of values that could be of a member; none where any value could, or there are none."""
    test = _tests().get(path) or _test_of(member_at(path))
    if test is None or not found:
        return None
    return sum(map(test, found)) / len(found)


def _understood(understand: Callable[[Scalar], object]) -> Callable[[Scalar], bool]:
    def test(value: Scalar) -> bool:
        try:
            understand(value)
        except values.WrongValue:
            return False
        return True

    return test


def _test_of(member: Member) -> Callable[[Scalar], bool] | None:
    if member.kind is Kind.CODE:
        words = {code: code for code in member.codes}
        one = _understood(lambda value: values.code(value, code_list=member.code_list, words=words))
        return (lambda value: all(map(one, _items(value)))) if member.many else one
    kinds: Mapping[Kind, Callable[[Scalar], object]] = {
        Kind.DATE: values.day,
        Kind.NUMBER: values.number,
        Kind.INTEGER: values.integer,
    }
    return _understood(kinds[member.kind]) if member.kind in kinds else None


@cache
def _tests() -> Mapping[str, Callable[[Scalar], bool]]:
    """Return the tests of members that are more than their kind."""
    number, integer = _understood(values.number), _understood(values.integer)
    fields = codelist("isced-f")
    return {
        "learner.email": lambda value: _EMAIL.fullmatch(str(value)) is not None,
        "learner.given_name": _is_of_letters,
        "learner.family_name": _is_of_letters,
        "title": _has_letters,
        "outcomes": _has_letters,
        "workload.ects": lambda value: number(value) and 0 < values.number(value) <= 60,  # noqa: PLR2004 - ECTS
        "workload.hours": lambda value: number(value) and values.number(value) > 0,
        "level.eqf": lambda value: integer(value) and 1 <= values.integer(value) <= 8,  # noqa: PLR2004 - levels
        "thematic_areas": lambda value: all(item in fields for item in _items(value)),
    }


def _is_of_letters(value: Scalar) -> bool:
    return _has_letters(value) and not any(character.isdigit() for character in str(value))


def _has_letters(value: Scalar) -> bool:
    return any(character.isalpha() for character in str(value))


def _items(value: Scalar) -> list[str]:
    return [item.strip() for item in _ITEMS.split(str(value)) if item.strip()]


def _separator(found: Sequence[Scalar], path: str) -> str | None:
    """Return the sign between items of codes, where it isn't the usual one; between texts it could be a part of them."""
    if path not in {"languages", "thematic_areas"}:
        return None
    counts = Counter(sign for value in found for sign in _SEPARATORS if sign in str(value))
    sign = max(_SEPARATORS, key=lambda one: counts[one])
    return sign if counts[sign] and sign != "|" else None


def _unknown_words(found: Sequence[Scalar], member: Member) -> tuple[str, ...]:
    test = _test_of(attrs.evolve(member, many=False)) if member.kind is Kind.CODE else None
    if test is None:
        return ()
    items = [item for value in found for item in (_items(value) if member.many else [str(value)])]
    unknown = dict.fromkeys(item for item in items if not test(item) and len(item) <= _LONGEST_WORD)
    return tuple(unknown)[:_MOST_WORDS]
