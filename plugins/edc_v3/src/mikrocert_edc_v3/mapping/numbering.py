"""Gives every node its id: `urn:epass:<type>:<n>`, counted from 1 in each credential, as EDC issuers do."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import attrs

from mikrocert_edc_v3.model.profile import Node, Profile

__all__ = ["numbered"]

N = TypeVar("N", bound=Node)


def numbered(root: N, *, profile: Profile) -> N:
    """Return the same tree with an id at every node; equal nodes share one, different ones never do.

    Args:
        root: a node; ids that are there already are kept.
        profile: the profile of its class.
    """
    return cast("N", _Numbering(root, profile).node(root))


class _Numbering:
    def __init__(self, root: Node, profile: Profile) -> None:
        self._profile = profile
        self._taken = {node.id for node in self._nodes(root) if node.id}
        self._ids: dict[Node, str] = {}
        self._last: dict[str, int] = {}

    def node(self, node: Node) -> Node:
        changes: dict[str, Any] = {
            property_.field: _each(getattr(node, property_.field), self.node)
            for property_ in self._profile.of_node(node).properties.values()
            if property_.range
        }
        whole = attrs.evolve(node, **changes)
        if whole.id:
            return whole
        if whole not in self._ids:
            self._ids[whole] = self._next(type(node))
        return attrs.evolve(whole, id=self._ids[whole])

    def _next(self, python: type[Node]) -> str:
        kind = python.URN or python.__name__[0].lower() + python.__name__[1:]
        while True:
            self._last[kind] = self._last.get(kind, 0) + 1
            made = f"urn:epass:{kind}:{self._last[kind]}"
            if made not in self._taken:
                return made

    def _nodes(self, node: Node) -> Iterator[Node]:
        yield node
        for property_ in self._profile.of_node(node).properties.values():
            if property_.range:
                value: Node | tuple[Node, ...] | None = getattr(node, property_.field)
                for inner in value if isinstance(value, tuple) else (value,) if value else ():
                    yield from self._nodes(inner)


def _each(value: object, change: Callable[[Node], Node]) -> object:
    if isinstance(value, tuple):
        return tuple(change(item) for item in cast("tuple[Node, ...]", value))
    return change(value) if isinstance(value, Node) else None
