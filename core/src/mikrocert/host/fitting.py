"""Whether a value is of the type that an annotation names, all the way down: what plugins return is not taken on trust.

An annotation is compiled once into a test; a test raises `Misfit` with the place inside the value.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from importlib import import_module
from typing import (
    Any,
    ForwardRef,
    Literal,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs

from mikrocert.award import WITHHELD
from mikrocert.texts import Message

__all__ = ["Misfit", "Test", "fitting", "hints"]

Test: TypeAlias = "Callable[[object], None]"
"""Passes a value of the right type, raises `Misfit` for another."""

_MODULES = (
    "collections.abc",
    "importlib.resources.abc",
    "datetime",
    "mikrocert.award",
    "mikrocert.award.partial",
    "mikrocert.award.types",
    "mikrocert.certificate",
    "mikrocert.kinds.check",
    "mikrocert.kinds.envelope",
    "mikrocert.kinds.format",
    "mikrocert.kinds.institution",
    "mikrocert.kinds.intake",
    "mikrocert.kinds.observer",
    "mikrocert.kinds.renderer",
    "mikrocert.kinds.signer",
    "mikrocert.report",
    "mikrocert.texts",
)
"""Where the names are that the kinds of plugins use in their annotations."""


class Misfit(Exception):
    """A value is of another type than was asked for.

    Args:
        wanted: name of the type that would be right.
        found: the value that isn't of it; only its type is ever told.
    """

    def __init__(self, wanted: str, found: object) -> None:
        self.path = ""
        self.wanted = wanted
        self.found = type(found).__name__
        super().__init__(wanted)

    def inside(self, step: str) -> Misfit:
        """Return the misfit, one step further out."""
        self.path = step + self.path
        return self


@cache
def _namespace() -> dict[str, Any]:
    names: dict[str, Any] = {}
    for module in _MODULES:
        names |= {
            name: value for name, value in vars(import_module(module)).items() if not name.startswith("_")
        }
    return names


def hints(annotated: object) -> dict[str, Any]:
    """Return the annotations of a class or function as types."""
    return get_type_hints(annotated, localns=_namespace())


@cache
def fitting(hint: Any) -> Test:  # noqa: ANN401, C901, PLR0911 - annotations are anything; one line a kind of annotation
    """Return the test for an annotation: a class, a union, a literal, a collection or a mapping of such."""
    origin, inside = get_origin(hint), get_args(hint)
    if hint in (Any, object) or isinstance(hint, TypeVar):
        return _anything
    if hint is None or hint is type(None):
        return _exactly((None,), "None")
    if isinstance(hint, (str, ForwardRef)):
        return fitting(_namespace()[hint if isinstance(hint, str) else hint.__forward_arg__])
    if origin is Literal:
        return _exactly(inside, " | ".join(map(repr, inside)))
    if origin in (Union, types.UnionType):
        return _either(inside)
    if origin is type:
        return _instance(type)
    if origin is tuple and inside[-1:] != (...,):
        return _record(inside)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(cast("type", origin), *map(_later, inside))
    if isinstance(origin, type) and issubclass(origin, Collection):
        return _collection(cast("type", origin), _later(inside[0]))
    if isinstance(origin, type):
        return _instance(origin)
    if attrs.has(hint) and hint is not Message:  # a message writes its parameters as values itself
        return _members(hint)
    return _moment if hint is datetime else _instance(hint)


def _later(hint: object) -> Test:
    """Return the test for an annotation that may be inside itself, made when it is first needed."""

    @cache
    def made() -> Test:
        return fitting(hint)

    def test(value: object) -> None:
        made()(value)

    return test


def _anything(value: object) -> None:
    """Pass."""


def _exactly(allowed: tuple[object, ...], name: str) -> Test:
    def test(value: object) -> None:
        if not any(value is one or (type(value) is type(one) and value == one) for one in allowed):
            raise Misfit(name, value)

    return test


def _instance(kind: type) -> Test:
    def test(value: object) -> None:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise Misfit(kind.__name__, value)

    return test


def _moment(value: object) -> None:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        wanted = "aware datetime"
        raise Misfit(wanted, value)


def _either(alternatives: tuple[object, ...]) -> Test:
    tests = [_later(alternative) for alternative in alternatives]
    optional = type(None) in alternatives

    def test(value: object) -> None:
        if optional and value is None:
            return
        misfits: list[Misfit] = []
        for fits in tests:
            try:
                fits(value)
            except Misfit as misfit:
                misfits.append(misfit)
            else:
                return
        deepest = max(misfits, key=lambda misfit: len(misfit.path))
        raise deepest if deepest.path else Misfit(" | ".join(misfit.wanted for misfit in misfits), value)

    return test


def _collection(kind: type, fits: Test) -> Test:
    def test(value: object) -> None:
        if not isinstance(value, kind) or isinstance(value, (str, bytes)):
            raise Misfit(kind.__name__, value)
        for position, item in enumerate(cast("Collection[object]", value)):
            try:
                fits(item)
            except Misfit as misfit:
                step = f"[{position}]"
                raise misfit.inside(step) from None

    return test


def _record(inside: tuple[object, ...]) -> Test:
    tests = [_later(hint) for hint in inside]

    def test(value: object) -> None:
        wanted = f"tuple of {len(tests)}"
        if not isinstance(value, tuple):
            raise Misfit(wanted, value)
        parts = cast("tuple[object, ...]", value)
        if len(parts) != len(tests):
            raise Misfit(wanted, parts)
        for fits, item in zip(tests, parts, strict=True):
            fits(item)

    return test


def _mapping(kind: type, key: Test, fits: Test) -> Test:
    def test(value: object) -> None:
        if not isinstance(value, kind):
            raise Misfit(kind.__name__, value)
        for name, item in cast("Mapping[object, object]", value).items():
            try:
                key(name)
                fits(item)
            except Misfit as misfit:
                raise misfit.inside("[]") from None

    return test


def _members(kind: type) -> Test:
    @cache
    def tests() -> tuple[tuple[str, Test], ...]:
        types_of = hints(kind)
        return tuple((field.name, fitting(types_of[field.name])) for field in attrs.fields(kind))

    def test(value: object) -> None:
        if not isinstance(value, kind):
            raise Misfit(kind.__name__, value)
        for name, fits in tests():
            member = getattr(value, name)
            try:
                fits(member)
            except Misfit as misfit:
                if member is not WITHHELD:  # stands wherever a holder shows nothing
                    step = f".{name}"
                    raise misfit.inside(step) from None

    return test if not issubclass(kind, Enum) else _instance(kind)
