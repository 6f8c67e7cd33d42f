"""Registries: the offers of one kind, chosen by name."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import attrs

from mikrocert.errors import (
    FindingsError,
    MikrocertError,
    PluginError,
    SettingsError,
    UnknownOffer,
    interruptions,
    plugin_boundary,
)
from mikrocert.host.border import culprit, guarded
from mikrocert.kinds.offer import is_name
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from contextlib import AbstractContextManager

    from mikrocert.kinds.offer import Examination, Offer
    from mikrocert.report import Finding
    from mikrocert.settings import Settings

__all__ = ["Offered", "Registry"]

T = TypeVar("T")
_OFFER = "offer"
_SEVERAL = frozenset({"institutions", "intakes", "signers"})
"""Kinds of which a section may take an offer for itself: those chosen by name each time."""


class _WrongConfig(FindingsError):
    pass


@attrs.frozen
class Offered(Generic[T]):
    """An offer together with the plugin that makes it."""

    offer: Offer[T]
    plugin: str


class Registry(Generic[T]):
    """The offers of one kind.

    Args:
        kind: one of `mikrocert.kinds.offer.KINDS`.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._offered: dict[str, Offered[T]] = {}
        self._ambiguous: dict[str, Message] = {}

    def __iter__(self) -> Iterator[Offered[T]]:
        return iter(sorted(self._offered.values(), key=lambda offered: offered.offer.name))

    def __contains__(self, name: object) -> bool:
        return name in self._offered

    def reads(self, name: str, settings: Settings) -> bool:
        """Return whether there is an offer of this name, or a section of this name that says whose it is."""
        return name in self or self._is_further(name, settings)

    def _is_further(self, name: str, settings: Settings) -> bool:
        section = settings.sections(self.kind).get(name, {})
        return (
            self.kind in _SEVERAL and name not in self and name not in self._ambiguous and _OFFER in section
        )

    def offer_name(self, name: str, settings: Settings) -> str:
        """Return the name of the offer that is meant: this one, or what the section of this name says by `offer`.

        So there can be several universities and layouts of one offer, each with a section of its own.

        Raises:
            SettingsError: if the section has a name that no offer could have, or names its offer wrongly.
        """
        if not self._is_further(name, settings):
            return name
        section, offer = f"{self.kind}.{name}", settings.sections(self.kind)[name][_OFFER]
        if not is_name(name):
            raise SettingsError(
                message(
                    "{file}: [{section}]: a name of small letters, digits and hyphens would be right, such as my-university",
                    file=settings.name,
                    section=section,
                )
            )
        if not isinstance(offer, str) or offer not in self:
            raise SettingsError(
                message(
                    "{file}: {section}.offer: there is no such offer; there are: {names:comma}",
                    file=settings.name,
                    section=section,
                    names=self.names or ("–",),
                )
            )
        return offer

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all offers, sorted."""
        return tuple(sorted(self._offered))

    def add(self, offer: Offer[T], *, plugin: str) -> None:
        """Take in an offer.

        Raises:
            PluginError: if another plugin offers this name too; then neither is to be had, so that none wins silently.
        """
        if offer.name in self._ambiguous:
            raise PluginError(self._ambiguous[offer.name])
        before = self._offered.pop(offer.name, None)
        if before is not None:
            self._ambiguous[offer.name] = message(
                "{who} is offered by both {first} and {second}, so that neither is used; plugins.disable leaves one out",
                who=culprit(self.kind, offer.name),
                first=before.plugin,
                second=plugin,
            )
            raise PluginError(self._ambiguous[offer.name])
        self._offered[offer.name] = Offered(offer, plugin)

    def get(self, name: str) -> Offer[T]:
        """Return the offer with this name.

        Raises:
            UnknownOffer: if there is none; the message lists those there are.
            PluginError: if two plugins offer it.
        """
        if name in self._ambiguous:
            raise PluginError(self._ambiguous[name])
        if name not in self._offered:
            raise UnknownOffer(self._unknown(name))
        return self._offered[name].offer

    def _unknown(self, name: str, more: Iterable[str] = ()) -> Message:
        from difflib import get_close_matches  # noqa: PLC0415 - only when something is wrong

        names = tuple(sorted({*self.names, *more}))
        near = get_close_matches(name, names, n=1)
        if near:
            return message(
                "{kind}: there is no '{name}' (did you mean '{near}'?); there are: {names:comma}",
                kind=self.kind,
                name=name,
                near=near[0],
                names=names,
            )
        if names:
            return message(
                "{kind}: there is no '{name}'; there are: {names:comma}",
                kind=self.kind,
                name=name,
                names=names,
            )
        return message(
            "{kind}: there is no '{name}'; there are: none at all; is the plugin installed and allowed?",
            kind=self.kind,
            name=name,
        )

    def named(self, name: str | None) -> str:
        """Return this name, or where there is none the name of the only offer, or of the one that says it is the usual one.

        Raises:
            UnknownOffer: if there is no such offer, or no name and not exactly one offer to take.
        """
        if name is None and not self._ambiguous:
            offered = [each for each in self.names if self.get(each).usual is not False]
            usual = [each for each in offered if len(offered) == 1 or self.get(each).usual]
            if len(usual) == 1:
                return usual[0]
        if name is None:
            raise UnknownOffer(
                message(
                    "{kind}: which one? The settings have to name one; there are: {names:comma}",
                    kind=self.kind,
                    names=self.names or ("–",),
                )
            )
        self.get(name)
        return name

    def _chosen(self, name: str, settings: Settings) -> Offer[T]:
        offer = self.offer_name(name, settings)
        if offer != name:
            return attrs.evolve(self.get(offer), name=name)
        if name in self or name in self._ambiguous:
            return self.get(name)
        sections = settings.sections(self.kind)
        raise UnknownOffer(
            self._unknown(name, (other for other in sections if self._is_further(other, settings)))
        )

    def config(self, name: str, settings: Settings) -> Any:  # noqa: ANN401 - each offer has its own class
        """Return the config of an offer, made of its section in mikrocert.toml; relative paths are taken from there.

        Raises:
            UnknownOffer: if there is no such offer.
            SettingsError: if the section is wrong; the message names every member.
        """
        from mikrocert.parsing.structuring import structured  # noqa: PLC0415 - heavy

        offer = self._chosen(name, settings)
        section = f"{self.kind}.{name}"
        members = {
            member: value
            for member, value in settings.sections(self.kind).get(name, {}).items()
            if member != _OFFER or not self._is_further(name, settings)
        }
        try:
            config = structured(members, offer.config, refuse=_WrongConfig, path=section)
        except _WrongConfig as error:
            raise SettingsError(message("{file}: {error}", file=settings.name, error=error)) from error
        return _from_folder(config, settings.folder)

    def examine(self, name: str, settings: Settings, *, examination: Examination) -> tuple[Finding, ...]:
        """Return what an offer says of its section in mikrocert.toml; nothing where it examines none.

        Args:
            name: name of the offer.
            settings: where its section is taken from.
            examination: how far it may go.

        Raises:
            UnknownOffer: if there is no such offer.
            SettingsError: if the section is wrong.
            PluginError: if it crashes; its own errors of mikrocert pass as they are.
        """
        offer, config = self._chosen(name, settings), self.config(name, settings)
        if offer.examine is None:
            return ()
        section = f"{self.kind}.{name}"
        with plugin_boundary(culprit(self.kind, name)):
            return tuple(
                attrs.evolve(found, path=f"{section}.{found.path}" if found.path else section)
                for found in offer.examine(config, examination)
            )

    def choose(self, name: str, settings: Settings) -> AbstractContextManager[T]:
        """Return the context manager of the thing offered under this name; entering it opens keys and sessions.

        Args:
            name: name of the offer.
            settings: where the section of the offer is taken from.

        Raises:
            UnknownOffer: if there is no such offer.
            SettingsError: if its section is wrong.
            PluginError: on entering, if the factory crashes; its own errors of mikrocert pass as they are.
        """
        return self._open(self._chosen(name, settings), self.config(name, settings))

    @contextmanager
    def _open(self, offer: Offer[T], config: object) -> Generator[T]:
        """Open and close what is offered inside the border; its factory learns of an error and can't swallow it."""
        who = culprit(self.kind, offer.name)
        with plugin_boundary(who):
            manager = offer.factory(config)
            thing = manager.__enter__()
        try:
            with plugin_boundary(who):
                behind = guarded(self.kind, offer.name, thing)
            yield behind
        except BaseException as error:
            with suppress(MikrocertError, *interruptions()), plugin_boundary(who):
                manager.__exit__(type(error), error, error.__traceback__)
            raise
        with plugin_boundary(who):
            manager.__exit__(None, None, None)


def _from_folder(value: object, folder: Path) -> object:
    """Return a config whose relative paths, also those inside, are taken from the folder."""
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, tuple):
        return tuple(_from_folder(item, folder) for item in cast("tuple[object, ...]", value))
    if not attrs.has(type(value)):
        return value
    config: Any = cast("Any", value)
    members = {
        field.alias: _from_folder(getattr(config, field.name), folder)
        for field in attrs.fields(cast("type[attrs.AttrsInstance]", type(value)))
        if field.init
    }
    return attrs.evolve(config, **members)
