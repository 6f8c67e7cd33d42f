"""Which values of an award a rule asks."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs

from mikrocert.texts import LanguageMap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Selection", "plain_path", "selected", "texts"]

T = TypeVar("T")


class Selection:
    """What rules ask of one award; a field that many of them name is looked for once.

    Args:
        value: the award.
    """

    def __init__(self, value: object) -> None:
        self._value = value
        self._found: dict[str, tuple[tuple[str, object], ...]] = {}
        self._results: dict[object, object] = {}

    def of(self, field: str) -> tuple[tuple[str, object], ...]:
        """Return path and value of everything that a field name selects, as `selected` does."""
        if field not in self._found:
            self._found[field] = tuple(selected(self._value, field))
        return self._found[field]

    def once(self, make: Callable[[Any], T]) -> T:
        """Return what a function makes of the award; however many values are asked about it, it is called once."""
        if make not in self._results:
            self._results[make] = make(self._value)
        return cast("T", self._results[make])

    def pairs(self, field: str, other: str) -> Iterator[tuple[str, object, object]]:
        """Yield path and value of what a field name selects, with each value that another one selects; absent ones don't count.

        Where both go through one list, values of the same position are paired: the end of a component with its own start.

        Args:
            field: `components[].ended_on?`.
            other: `components[].started_on?`.
        """
        lists = len(_common_lists(field, other))
        others: dict[tuple[str, ...], list[object]] = {}
        for path, member in self.of(other):
            if member is not None:
                others.setdefault(_positions(path)[:lists], []).append(member)
        for path, member in self.of(field):
            if member is not None:
                for held in others.get(_positions(path)[:lists], ()):
                    yield path, member, held


def selected(value: object, field: str, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield path and value of everything that a field name selects.

    Args:
        value: an award or a part of it.
        field: `workload.ects`, `outcomes[].title`, `components[].ects?` (absent ones are passed over), or `**` for every text.
        path: path of the value itself.
    """
    if field == "**":
        yield from texts(value, path)
        return
    name, _, rest = field.partition(".")
    each, optional = name.endswith("[]"), name.endswith("?")
    member = cast("object", getattr(value, name.removesuffix("[]").removesuffix("?")))
    below = f"{path}.{name}" if path else name
    below = below.removesuffix("[]").removesuffix("?")
    if member is None and (optional or rest):
        return
    members: list[tuple[str, object]] = [(below, member)]
    if each:
        items = cast("tuple[object, ...]", member)
        members = [(f"{below}[{number}]", item) for number, item in enumerate(items)]
    for inner_path, item in members:
        if rest:
            yield from selected(item, rest, inner_path)
        else:
            yield inner_path, item


def plain_path(field: str) -> str:
    """Return the path that a field name stands for, list positions left out."""
    return field.replace("[]", "").replace("?", "")


def _common_lists(field: str, other: str) -> tuple[str, ...]:
    """Return the lists that two field names both go through, from the outermost."""
    through = zip(field.split("[]")[:-1], other.split("[]")[:-1], strict=False)
    return tuple(one for one, _ in takewhile(lambda names: names[0] == names[1], through))


def _positions(path: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\[(\d+)\]", path))


def texts(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Yield path and text of every text below a value."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, LanguageMap):
        for language, text in value.texts.items():
            yield f"{path}.{language}", text
    elif isinstance(value, tuple):
        for number, item in enumerate(cast("tuple[object, ...]", value)):
            yield from texts(item, f"{path}[{number}]")
    elif attrs.has(type(value)):
        for field in attrs.fields(cast("type[attrs.AttrsInstance]", type(value))):
            yield from texts(getattr(value, field.name), f"{path}.{field.name}" if path else field.name)
