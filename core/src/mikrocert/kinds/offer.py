"""Offers: what a plugin can provide, named before anyone has chosen it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from mikrocert.errors import PluginError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

__all__ = ["KINDS", "NoConfig", "Offer", "offer"]

KINDS = (
    "institutions",
    "intakes",
    "formats",
    "envelopes",
    "signers",
    "renderers",
    "checks",
    "observers",
    "commands",
)
"""The kinds of offers, as the registering hooks and the sections of mikrocert.toml name them."""

T = TypeVar("T")
ConfigT = TypeVar("ConfigT")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@attrs.frozen
class NoConfig:
    """The config of an offer that has nothing to configure."""


@attrs.frozen
class Offer(Generic[T]):
    """Something that a plugin can provide, under a name, once it is chosen.

    Args:
        name: kebab-case; unique among the offers of its kind.
        summary: one line for `mikrocert plugins`.
        config: frozen attrs class of its settings; its fields are the members of `[<kind>.<name>]`.
        factory: takes such a config, returns a context manager of the thing offered. Heavy imports,
            sessions and keys belong inside it.
        administers: of a command: whether it issues or administers, so that the mikrocert.toml of the current folder
            counts for it. One that verifies or shows never does: the folder may be a stranger's.
    """

    name: str
    summary: str
    config: type[Any]
    factory: Callable[[Any], AbstractContextManager[T]]
    administers: bool = attrs.field(default=False, kw_only=True)


def offer(
    name: str,
    summary: str,
    config: type[ConfigT],
    factory: Callable[[ConfigT], AbstractContextManager[T]],
    *,
    administers: bool = False,
) -> Offer[T]:
    """Make an offer whose factory takes exactly the config class it names.

    Args:
        name: kebab-case name by which settings choose it.
        summary: one line that tells a maintainer what this is.
        config: frozen attrs class; `NoConfig` if there is nothing to configure.
        factory: makes the thing, as a context manager that cleans up after itself.
        administers: of a command: whether it issues or administers, so that the mikrocert.toml of the current folder
            counts for it.

    Raises:
        PluginError: if the name is not kebab-case or the config is no attrs class.
    """
    _check(name, summary, config, factory)
    return Offer(name, summary, config, factory, administers=administers)


def _check(name: object, summary: object, config: object, factory: object) -> None:
    """Refuse what is no offer; an offer can be made without `offer`, so that nothing is taken on trust."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise PluginError(
            message("offer name '{name}' is not kebab-case; 'my-university' would be right", name=name)
        )
    if not isinstance(config, type) or not attrs.has(config):
        raise PluginError(
            message(
                "the config of offer '{name}' is not an attrs.frozen class, which would be right", name=name
            )
        )
    if not isinstance(summary, str) or not callable(factory):
        raise PluginError(
            message("offer '{name}' needs a line of text for a summary and a factory to be called", name=name)
        )
