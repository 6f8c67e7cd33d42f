"""Offers: what a plugin can provide, named before anyone has chosen it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import attrs

from mikrocert.errors import PluginError
from mikrocert.texts import message

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mikrocert.report import Finding

__all__ = ["CANONICAL", "KINDS", "Examination", "NoConfig", "Offer", "is_name", "offer"]

CANONICAL: Final = "json"
"""Name of the core's own intake, which reads awards in the canonical form."""

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
class Examination:
    """How far an offer may go when it examines its settings for `mikrocert doctor`.

    Args:
        at: the present time (aware).
        network: whether it may ask services.
        sandbox: whether test seals count here, whose signer may bring services of its own.
    """

    at: datetime
    network: bool = False
    sandbox: bool = False


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
        examine: says what there is to say of such a config without opening anything or using a PIN: errors and warnings for
            what somebody has to do, infos for what is well. Paths are members of its section.
        usual: whether it is taken where settings name none: true, also where there are several of its kind, unless two say so; false,
            never, since it is for other purposes than the setting's; none, where it is the only one.
    """

    name: str
    summary: str
    config: type[Any]
    factory: Callable[[Any], AbstractContextManager[T]]
    administers: bool = attrs.field(default=False, kw_only=True)
    examine: Callable[[Any, Examination], Iterable[Finding]] | None = attrs.field(default=None, kw_only=True)
    usual: bool | None = attrs.field(default=None, kw_only=True)


def offer(
    name: str,
    summary: str,
    config: type[ConfigT],
    factory: Callable[[ConfigT], AbstractContextManager[T]],
    *,
    administers: bool = False,
    examine: Callable[[ConfigT, Examination], Iterable[Finding]] | None = None,
    usual: bool | None = None,
) -> Offer[T]:
    """Make an offer whose factory takes exactly the config class it names.

    Args:
        name: kebab-case name by which settings choose it.
        summary: one line that tells a maintainer what this is.
        config: frozen attrs class; `NoConfig` if there is nothing to configure.
        factory: makes the thing, as a context manager that cleans up after itself.
        administers: of a command: whether it issues or administers, so that the mikrocert.toml of the current folder
            counts for it.
        examine: says what there is to say of such a config, for `mikrocert doctor`; see `Offer`.
        usual: whether it is taken where settings name none: also among several, never, or (none) where it is the only one; see
            `Offer`.

    Raises:
        PluginError: if the name is not kebab-case or the config is no attrs class.
    """
    _check(name, summary, config, factory)
    return Offer(name, summary, config, factory, administers=administers, examine=examine, usual=usual)


def is_name(name: str) -> bool:
    """Return whether an offer may have this name: small letters and digits, words joined by hyphens."""
    return _NAME.fullmatch(name) is not None


def _check(name: object, summary: object, config: object, factory: object) -> None:
    """Refuse what is no offer; an offer can be made without `offer`, so that nothing is taken on trust."""
    if not isinstance(name, str) or not is_name(name):
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
