"""From JSON or TOML to attrs classes and back, strictly: no coercion, no unknown member, every fault with its path."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, get_args

import attrs
from cattrs import BaseValidationError, Converter
from cattrs.cols import homogenous_tuple_structure_factory, list_structure_factory
from cattrs.errors import AttributeValidationNote, ForbiddenExtraKeysError, IterableValidationNote
from cattrs.gen import make_dict_structure_fn

from mikrocert.report import Finding
from mikrocert.texts import LANGUAGES, LanguageMap, Message, message, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mikrocert.errors import FindingsError

__all__ = ["structured", "unstructured"]

T = TypeVar("T")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_BOUND = re.compile(r"(Length of )?'(\w+)' must be ([<>]=? -?\d+(?:\.\d+)?): ")
"""How validators of attrs begin to say that a number, or a length, is out of bounds; then comes the value."""
_MOST_FINDINGS = 100
_KINDS: dict[type, Message] = {
    str: message("a text"),
    int: message("a whole number"),
    bool: message("true or false"),
    Decimal: message("a number"),
    float: message("a number"),
    date: message("a date YYYY-MM-DD"),
    list: message("an array […]"),
    dict: message("an object {…}"),
}
_NAMES: dict[type, Message] = {
    str: message("a text"),
    bool: message("a boolean"),
    int: message("a whole number"),
    Decimal: message("a decimal number"),
    float: message("a decimal number"),
    list: message("an array"),
    dict: message("an object"),
    type(None): message("null"),
    date: message("a date"),
    datetime: message("a date with time"),
}


class _Mismatch(ValueError):
    """A value of the wrong kind."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding.message))
        self.finding = finding

    @classmethod
    def of(cls, value: object, wanted: type) -> _Mismatch:
        return cls(
            Finding.error(
                "wrong-type",
                "this is {found}; it has to be {wanted}",
                found=_NAMES.get(type(value), message("another value")),
                wanted=_KINDS[wanted],
            )
        )


def _text(value: object, _: object) -> str:
    if not isinstance(value, str):
        raise _Mismatch.of(value, str)
    return value


def _integer(value: object, _: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Mismatch.of(value, int)
    return value


def _boolean(value: object, _: object) -> bool:
    if not isinstance(value, bool):
        raise _Mismatch.of(value, bool)
    return value


def _decimal(value: object, _: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _Mismatch.of(value, Decimal)
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _float(value: object, _: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _Mismatch.of(value, float)
    return float(value)


def _date(value: object, _: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise _Mismatch.of(value, date)
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise _Mismatch(Finding.error("no-such-day", "there is no day {value}", value=value)) from error


def _language_map(value: object, _: object) -> LanguageMap:
    if not isinstance(value, dict):
        raise _Mismatch(
            Finding.error(
                "wrong-type",
                "this has to be an object of texts by language, such as {example}",
                example=json.dumps(dict.fromkeys(LANGUAGES, "…"), ensure_ascii=False),
            )
        )
    texts = cast("dict[object, object]", value)
    empty = [language for language, text in texts.items() if not isinstance(text, str) or not text.strip()]
    if empty:
        named = ", ".join(printable(str(language))[:20] for language in empty)
        raise _Mismatch(
            Finding.error("empty-text", "the text is missing or empty in language: {named}", named=named)
        )
    try:
        return LanguageMap(cast("dict[str, str]", texts))
    except (ValueError, TypeError) as error:
        raise _Mismatch(
            Finding.error(
                "wrong-language",
                "texts have to be keyed by language code, such as cs or en, and there has to be at least one",
            )
        ) from error


def _one_of(value: object, kind: object) -> object:
    options = get_args(kind)
    if not any(type(value) is type(option) and value == option for option in options):
        wanted = message("it has to be {options:or}", options=options)
        raise _Mismatch(Finding.error("wrong-value", "not an allowed value: {error}", error=wanted))
    return value


def _guarded(wanted: type, inner: Callable[[Any, Any], Any]) -> Callable[[object, object], Any]:
    def structure(value: object, kind: object) -> Any:  # noqa: ANN401 - cattrs hooks are typed so
        if not isinstance(value, wanted):
            raise _Mismatch.of(value, wanted)
        return inner(value, kind)

    return structure


def _is(origin: object) -> Callable[[object], bool]:
    return lambda kind: getattr(kind, "__origin__", None) is origin


@cache
def _converter() -> Converter:
    def unstructured_items(items: tuple[object, ...]) -> list[object]:
        return [converter.unstructure(item) for item in items]

    def unstructured_tuple(_: Any) -> Callable[[tuple[object, ...]], list[object]]:  # noqa: ANN401 - a type annotation
        return unstructured_items

    converter = Converter(detailed_validation=True, forbid_extra_keys=True, omit_if_default=True)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(int, _integer)
    converter.register_structure_hook(bool, _boolean)
    converter.register_structure_hook(Decimal, _decimal)
    converter.register_structure_hook(float, _float)
    converter.register_structure_hook(date, _date)
    converter.register_structure_hook(LanguageMap, _language_map)
    converter.register_structure_hook_func(_is(Literal), _one_of)
    converter.register_structure_hook(Path, lambda value, _: Path(_text(value, str)))
    converter.register_structure_hook_factory(
        _is(tuple), lambda kind, conv: _guarded(list, homogenous_tuple_structure_factory(kind, conv))
    )
    converter.register_structure_hook_factory(
        _is(list), lambda kind, conv: _guarded(list, list_structure_factory(kind, conv))
    )
    converter.register_structure_hook_factory(
        lambda kind: attrs.has(kind) and kind is not LanguageMap,
        lambda kind, conv: _guarded(dict, make_dict_structure_fn(kind, conv, _cattrs_forbid_extra_keys=True)),
    )
    converter.register_unstructure_hook(date, lambda day: day.isoformat())
    converter.register_unstructure_hook(LanguageMap, lambda texts: dict(texts.texts))
    converter.register_unstructure_hook(Decimal, lambda number: number)
    converter.register_unstructure_hook_factory(_is(tuple), unstructured_tuple)
    return converter


def _note(error: BaseException, kind: type[T]) -> T | None:
    return next((note for note in getattr(error, "__notes__", ()) if isinstance(note, kind)), None)


def _finding(error: BaseException, path: str) -> Iterator[Finding]:
    if isinstance(error, _Mismatch):
        yield attrs.evolve(error.finding, path=path)
    elif isinstance(error, ForbiddenExtraKeysError):
        names = [field.alias for field in attrs.fields(cast("Any", error.cl))]
        for name in sorted(printable(str(extra)) for extra in error.extra_fields):
            near = difflib.get_close_matches(name, names, n=1)
            inside = (f"{path}.{name}" if path else name)[:200]
            if near:
                yield Finding.error(
                    "unknown-member", "unknown member; probably '{near}' is meant", path=inside, near=near[0]
                )
            else:
                yield Finding.error(
                    "unknown-member", "unknown member; known are: {known:comma}", path=inside, known=names
                )
    elif isinstance(error, KeyError):
        yield Finding.error("missing", "this is mandatory and missing", path=path)
    else:
        yield _not_allowed(error, path)


def _not_allowed(error: BaseException, path: str) -> Finding:
    """Return what a validator of attrs wants, or what one says in a message; the value itself may be a secret."""
    name, wanted = "", message("{kind}", kind=error)
    match error.args:
        case (Message() as sentence,):
            wanted = sentence
        case (str(), attrs.Attribute(name=str() as name), form, _) if isinstance(form, re.Pattern):
            wanted = message("it has to be of the form {form}", form=cast("re.Pattern[str]", form).pattern)
        case (str(), attrs.Attribute(name=str() as name), options, _) if isinstance(options, Collection):
            named = cast("Collection[object]", options)
            in_order = sorted(named, key=str) if isinstance(named, set | frozenset) else named
            wanted = message("it has to be {options:or}", options=tuple(in_order))
        case (str() as text,) if bound := _BOUND.match(text):
            length = message("its length has to be {least}", least=bound[3])
            name = bound[2]
            wanted = length if bound[1] else message("it has to be {least}", least=bound[3])
        case _:
            pass
    path = f"{path}.{name}" if path and name else path or name
    return Finding.error("wrong-value", "not an allowed value: {error}", path=path, error=wanted)


def _findings(error: BaseException, path: str) -> Iterator[Finding]:
    if not isinstance(error, BaseValidationError):
        yield from _finding(error, path)
        return
    for inner in error.exceptions:
        attribute, element = _note(inner, AttributeValidationNote), _note(inner, IterableValidationNote)
        below = path
        if attribute is not None:
            below = f"{path}.{attribute.name}" if path else attribute.name
        elif element is not None:
            below = f"{path}[{element.index}]"
        yield from _findings(inner, below)


def _first(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Yield the first hundred findings, and that there are more: how many there would be, is up to whoever wrote the file."""
    yield from islice(findings, _MOST_FINDINGS)
    if next(findings, None) is not None:
        yield Finding.error("more-faults", "there are more faults; correct the ones above first")


def structured(value: object, kind: type[T], *, refuse: type[FindingsError], path: str = "") -> T:
    """Make an instance of an attrs class from what JSON or TOML gave.

    Args:
        value: mappings, lists and scalars.
        kind: the attrs class.
        refuse: error class to raise.
        path: path of the value itself, set before every path in the findings.

    Raises:
        FindingsError: of the class asked for, with a finding for every fault, up to a hundred.
    """
    try:
        return _converter().structure(value, kind)
    except (BaseValidationError, ValueError) as error:
        raise refuse(_first(_findings(error, path))) from error


def unstructured(value: object) -> dict[str, Any]:
    """Return an attrs instance as mappings, lists and scalars; members at their default are left out."""
    return cast("dict[str, Any]", _converter().unstructure(value))
