"""The plugin host: loads plugins one by one and joins their offers.

A broken plugin is recorded and reported, the others go on. What is ambiguous is an error: two plugins of one name,
two offers of one kind and name. `Any` from pluggy ends in this module.
"""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any, cast

import attrs
import pluggy

from mikrocert.errors import MikrocertError, PluginError
from mikrocert.host import hookspecs
from mikrocert.host.registry import Registry
from mikrocert.kinds.offer import KINDS, Offer
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import typer

    from mikrocert.kinds.check import Check
    from mikrocert.kinds.envelope import Envelope
    from mikrocert.kinds.format import Format
    from mikrocert.kinds.institution import Institution
    from mikrocert.kinds.intake import Intake
    from mikrocert.kinds.observer import Observer
    from mikrocert.kinds.renderer import Renderer
    from mikrocert.kinds.signer import Signer

__all__ = ["GROUP", "Failure", "Plugin", "Plugins", "installed_packages", "load_plugins"]

GROUP = "mikrocert"
"""The entry point group in which plugins announce themselves."""


@attrs.frozen
class Plugin:
    """A plugin that was loaded.

    Args:
        name: name of its entry point.
        distribution: name of the distribution that it came with.
        version: version of that distribution.
        offers: kind and name of everything it offers.
    """

    name: str
    distribution: str
    version: str
    offers: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class Failure:
    """A plugin that can't be used, and why."""

    name: str
    distribution: str
    reason: Message


class Plugins:
    """All plugins at hand, their offers and their failures."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self.loaded: list[Plugin] = []
        self.failures: list[Failure] = []
        self._packages: dict[str, str] = {}
        self.institutions: Registry[Institution] = Registry("institutions")
        self.intakes: Registry[Intake] = Registry("intakes")
        self.formats: Registry[Format] = Registry("formats")
        self.envelopes: Registry[Envelope] = Registry("envelopes")
        self.signers: Registry[Signer] = Registry("signers")
        self.renderers: Registry[Renderer] = Registry("renderers")
        self.checks: Registry[Check] = Registry("checks")
        self.observers: Registry[Observer] = Registry("observers")
        self.commands: Registry[typer.Typer] = Registry("commands")

    @property
    def packages(self) -> tuple[str, ...]:
        """Import names of the packages that the plugins are in, sorted by plugin; they may carry catalogues."""
        return tuple(self._packages[name] for name in sorted(self._packages) if self._packages[name])

    def registry(self, kind: str) -> Registry[Any]:
        """Return the registry of this kind (one of `KINDS`)."""
        return cast("Registry[Any]", getattr(self, kind))

    def add(self, module: object, *, name: str, distribution: str = "", version: str = "") -> None:
        """Take in one plugin and its offers; what is wrong with it is recorded as a failure.

        Args:
            module: module or object with the hook implementations.
            name: name of the plugin.
            distribution: where it came from.
            version: version of that.

        Raises:
            PluginError: if a plugin of this name is there already, or offers a name that another one offers.
        """
        if self._manager.has_plugin(name):
            raise PluginError(
                message(
                    "two plugins are called '{name}'; the second one comes with {distribution}",
                    name=name,
                    distribution=distribution or message("an unknown distribution"),
                )
            )
        try:
            self._manager.register(module, name)
            self._manager.check_pending()
            offers = self._offers(module)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plugin does wrong is its failure, not ours
            if self._manager.has_plugin(name):
                self._manager.unregister(name=name)
            self.failures.append(Failure(name, distribution, _reason(error)))
            return
        for kind, offer in offers:
            self.registry(kind).add(offer, plugin=name)
        self._packages[name] = getattr(getattr(module, "__spec__", None), "parent", None) or ""
        self.loaded.append(
            Plugin(name, distribution, version, tuple((kind, offer.name) for kind, offer in offers))
        )

    def _offers(self, module: object) -> list[tuple[str, Offer[Any]]]:
        offers: list[tuple[str, Offer[Any]]] = []
        callers = self._manager.get_hookcallers(module) or []
        for caller in callers:
            implementation = next(i for i in caller.get_hookimpls() if i.plugin is module)
            if implementation.wrapper or implementation.hookwrapper:
                raise PluginError(
                    message(
                        "{name} is a wrapper; wrappers could replace what others offer and are not allowed",
                        name=caller.name,
                    )
                )
            kind = caller.name.removeprefix("mikrocert_register_")
            if kind not in KINDS:
                continue
            others = [plugin for plugin in self._manager.get_plugins() if plugin is not module]
            returned = self._manager.subset_hook_caller(caller.name, remove_plugins=others)()
            for offered in cast("Iterable[Iterable[object]]", returned):
                offers += [(kind, _offer_of(caller.name, one)) for one in offered]
        return offers


def _offer_of(hook: str, value: object) -> Offer[Any]:
    if not isinstance(value, Offer):
        raise PluginError(
            message(
                "{name} returned {value}; an Offer, made by mikrocert.api.offer, would be right",
                name=hook,
                value=repr(value),
            )
        )
    return value  # pyright: ignore[reportUnknownVariableType] - of whatever it offers


def _reason(error: BaseException) -> Message:
    if isinstance(error, MikrocertError):
        return error.message
    kind = type(error).__name__
    return message("{kind}: {error}", kind=kind, error=error) if str(error) else Message(kind)


def installed_packages() -> tuple[str, ...]:
    """Return the import names of the packages in which plugins are installed, sorted by plugin; none is imported."""
    found = sorted(metadata.entry_points(group=GROUP), key=lambda entry_point: entry_point.name)
    return tuple(dict.fromkeys(entry_point.module.partition(".")[0] for entry_point in found))


def load_plugins(*, allow: Collection[str] | None = None) -> Plugins:
    """Load every installed plugin, one by one.

    Args:
        allow: names of the distributions whose plugins may be loaded; none allows all. The core is always allowed.
            A signing host lists what it trusts: nothing else is even imported.

    Raises:
        PluginError: if two plugins or two offers of one kind have the same name, or an allowed one isn't installed.
    """
    plugins = Plugins()
    allowed = None if allow is None else {_normal(name) for name in allow} | {"mikrocert"}
    installed: set[str] = set()
    for entry_point in sorted(metadata.entry_points(group=GROUP), key=lambda e: (e.name != "core", e.name)):
        dist_name, version = _name_and_version(entry_point.dist)
        installed.add(_normal(dist_name))
        if allowed is not None and _normal(dist_name) not in allowed:
            plugins.failures.append(
                Failure(entry_point.name, dist_name, message("not on the allow-list; it was not imported"))
            )
            continue
        try:
            module = entry_point.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin that can't be imported is recorded, the others go on
            plugins.failures.append(Failure(entry_point.name, dist_name, _reason(error)))
            continue
        plugins.add(module, name=entry_point.name, distribution=dist_name, version=version)
    missing = sorted((allowed or set()) - installed)
    if missing:
        raise PluginError(
            message(
                "plugins.allow names what is not installed: {missing:comma}; installed are: {installed:comma}",
                missing=missing,
                installed=sorted(installed),
            )
        )
    return plugins


def _name_and_version(distribution: metadata.Distribution | None) -> tuple[str, str]:
    if distribution is None:
        return "", ""
    described = distribution.metadata  # parsed each time it is asked for
    return described["Name"], described["Version"]


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
