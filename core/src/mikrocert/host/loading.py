"""The plugin host: loads plugins one by one and joins their offers.

A broken plugin is recorded and reported, the others go on. What is ambiguous is disabled and recorded: two plugins of one
name, two offers of one kind and name. `Any` from pluggy ends in this module.
"""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any, cast

import attrs
import pluggy

from mikrocert.errors import MikrocertError, PluginError, interruptions, place_of
from mikrocert.host import hookspecs
from mikrocert.host.registry import Registry
from mikrocert.kinds.offer import KINDS, Offer
from mikrocert.kinds.offer import offer as checked_offer
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from importlib.metadata import EntryPoint

    import typer

    from mikrocert.kinds.check import Check
    from mikrocert.kinds.envelope import Envelope
    from mikrocert.kinds.format import Format
    from mikrocert.kinds.institution import Institution
    from mikrocert.kinds.intake import Intake
    from mikrocert.kinds.observer import Observer
    from mikrocert.kinds.renderer import Renderer
    from mikrocert.kinds.signer import Signer

__all__ = ["GROUP", "Failure", "Plugin", "Plugins", "Skipped", "installed_packages", "load_plugins"]

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
    """A plugin or an offer that can't be used, and why.

    Args:
        name: name of the plugin, or of the offer where only that can't be used.
        distribution: name of the distribution that it came with, where that is known.
        reason: what is wrong.
        check: whether it is, or may be, a check: what would have been found out is not known then.
    """

    name: str
    distribution: str
    reason: Message
    check: bool = True


@attrs.frozen
class Skipped:
    """A plugin that the settings leave out, and which of them; nothing of it was imported."""

    name: str
    distribution: str
    reason: Message


def _ignored(failure: Failure) -> None:
    """Do nothing about a failure but keep it."""


class Plugins:
    """All plugins at hand, their offers and their failures.

    Args:
        on_failure: called with each failure when it happens, also later, when an offer can't be opened.
    """

    def __init__(self, *, on_failure: Callable[[Failure], object] = _ignored) -> None:
        self._on_failure = on_failure
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self.loaded: list[Plugin] = []
        self.failures: list[Failure] = []
        self.skipped: list[Skipped] = []
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

    def sources(self, name: str) -> frozenset[str]:
        """Return the names under which plugins.require may mean this plugin: its own and its distribution's."""
        return frozenset({name, *(plugin.distribution for plugin in self.loaded if plugin.name == name)})

    def elsewhere(self, kind: str, name: str) -> bool:
        """Return whether another process can have this offer, too: it came with a distribution that is installed.

        Args:
            kind: one of `KINDS`.
            name: name of the offer.
        """
        return any(plugin.distribution and (kind, name) in plugin.offers for plugin in self.loaded)

    def fail(self, failure: Failure) -> None:
        """Record a failure, and tell of it."""
        self.failures.append(failure)
        self._on_failure(failure)

    def add(self, module: object, *, name: str, distribution: str = "", version: str = "") -> None:
        """Take in one plugin and its offers; what is wrong with it is recorded as a failure.

        Args:
            module: module or object with the hook implementations.
            name: name of the plugin.
            distribution: where it came from.
            version: version of that.

        Raises:
            PluginError: if a plugin of this name is there already.
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
        except interruptions():
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a plugin does wrong is its failure, not ours
            if self._manager.has_plugin(name):
                self._manager.unregister(name=name)
            self.fail(Failure(name, distribution, _reason(error)))
            return
        for kind, offer in offers:
            try:
                self.registry(kind).add(offer, plugin=name)
            except PluginError as error:
                self.fail(Failure(offer.name, distribution, error.message, check=kind == "checks"))
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
                "{name} gives {found}; an Offer, made by mikrocert.api.offer, would be right",
                name=hook,
                found=type(value).__name__,
            )
        )
    checked: Offer[Any] = checked_offer(
        value.name,
        value.summary,
        value.config,
        value.factory,
        administers=value.administers is True,
        examine=value.examine if callable(value.examine) else None,
        usual=value.usual if isinstance(value.usual, bool) else None,
    )
    if hook.endswith("_checks"):
        from mikrocert.kinds.check import CORE_CHECKS  # noqa: PLC0415 - help, which has to be quick, needs no checks

        if checked.name in CORE_CHECKS:
            raise PluginError(
                message("a check can't be called '{name}': the core has one of this name", name=checked.name)
            )
    return checked


def _reason(error: BaseException) -> Message:
    if isinstance(error, MikrocertError):
        return error.message
    if isinstance(error, pluggy.PluginValidationError):
        return Message(str(error))  # what pluggy has against it, in its own words
    if isinstance(error, ImportError) and error.name:
        return message("{kind}: {name}", kind=type(error).__name__, name=error.name)
    import logging  # noqa: PLC0415 - only when something is wrong

    logging.getLogger("mikrocert").debug("a plugin can't be loaded", exc_info=error)
    return message("{kind} at {place}", kind=type(error).__name__, place=place_of(error))


def installed_packages() -> tuple[str, ...]:
    """Return the import names of the packages in which plugins are installed, sorted by plugin; none is imported."""
    found = sorted(metadata.entry_points(group=GROUP), key=lambda entry_point: entry_point.name)
    return tuple(dict.fromkeys(entry_point.module.partition(".")[0] for entry_point in found))


def load_plugins(
    *,
    allow: Collection[str] | None = None,
    require: Collection[str] = (),
    disable: Collection[str] = (),
    on_failure: Callable[[Failure], object] = _ignored,
) -> Plugins:
    """Load every installed plugin, one by one.

    Args:
        allow: names of the distributions whose plugins may be loaded; none allows all. The core is always allowed.
            A signing host lists what it trusts: nothing else is even imported.
        require: names of plugins or distributions that have to be loaded.
        disable: names of plugins or distributions that are not to be imported.
        on_failure: called with each failure when it happens.

    Raises:
        PluginError: if what is allowed, required or disabled isn't installed, or what is required can't be loaded.
    """
    plugins = Plugins(on_failure=on_failure)
    found = [(point, _distribution(point)) for point in metadata.entry_points(group=GROUP)]
    found.sort(key=lambda each: (each[1].name != _CORE, each[0].name, each[1].name))
    installed = {_normal(source.name) for _, source in found}
    _demand_installed("plugins.allow", allow or (), installed)
    _demand_installed("plugins.disable", disable, installed | {_normal(point.name) for point, _ in found})
    allowed = None if allow is None else {_normal(name) for name in (*allow, _CORE)}
    disabled = {_normal(name) for name in disable}
    wanted: dict[str, list[tuple[EntryPoint, _Source]]] = {}
    for point, source in found:
        names = {_normal(point.name), _normal(source.name)}
        if allowed is not None and _normal(source.name) not in allowed:
            reason = message("not on the allow-list; it was not imported")
            plugins.skipped.append(Skipped(point.name, source.name, reason))
        elif names & disabled and source.name != _CORE:
            reason = message("disabled by plugins.disable; it was not imported")
            plugins.skipped.append(Skipped(point.name, source.name, reason))
        else:
            wanted.setdefault(point.name, []).append((point, source))
    for name, points in wanted.items():
        if len(points) > 1 and points[0][1].name != _CORE:
            reason = message(
                "two plugins are called '{name}', so that neither is used; they come with {distributions:comma}",
                name=name,
                distributions=[source.name for _, source in points],
            )
            plugins.fail(Failure(name, "", reason))
        else:
            _load(plugins, *points[0])
    _demand_loaded(require, plugins)
    return plugins


_CORE = "mikrocert"


@attrs.frozen
class _Source:
    """A distribution, of which the metadata are parsed each time they are asked for."""

    name: str
    version: str


def _distribution(point: EntryPoint) -> _Source:
    if point.dist is None:
        return _Source("", "")
    described = point.dist.metadata
    return _Source(described["Name"], described["Version"])


def _load(plugins: Plugins, point: EntryPoint, source: _Source) -> None:
    try:
        module = point.load()
    except interruptions():
        raise
    except BaseException as error:  # noqa: BLE001 - a plugin that can't be imported is recorded, the others go on
        plugins.fail(Failure(point.name, source.name, _reason(error)))
        return
    plugins.add(module, name=point.name, distribution=source.name, version=source.version)


def _demand_installed(setting: str, names: Iterable[str], installed: Collection[str]) -> None:
    missing = sorted({_normal(name) for name in names} - {*installed, _CORE})
    if missing:
        raise PluginError(
            message(
                "{setting} names what is not installed: {missing:comma}; installed are: {installed:comma}",
                setting=setting,
                missing=missing,
                installed=sorted(installed),
            )
        )


def _demand_loaded(required: Iterable[str], plugins: Plugins) -> None:
    loaded = {_normal(name) for plugin in plugins.loaded for name in (plugin.name, plugin.distribution)}
    out: list[Failure | Skipped] = [*plugins.failures, *plugins.skipped]
    failed = {_normal(name): each for each in out for name in (each.name, each.distribution) if name}
    wrong = [
        message("{name}: {reason}", name=name, reason=failed[_normal(name)].reason)
        if _normal(name) in failed
        else message("{name}: not installed", name=name)
        for name in required
        if _normal(name) in failed or _normal(name) not in loaded
    ]
    if wrong:
        raise PluginError(message("plugins.require names what can't be used: {wrong:semicolon}", wrong=wrong))


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
