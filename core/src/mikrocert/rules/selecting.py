"""Which values of an award a rule asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import attrs

from mikrocert.texts import LanguageMap

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["selected", "texts"]


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
